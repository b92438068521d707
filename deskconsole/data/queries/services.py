"""Reading the services the company does."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.people import Named
from deskconsole.data.tables import Service, table


def services(session: Session) -> tuple[Named, ...]:
    """All services on offer: id, code, name."""
    service = table(Service)
    found = session.execute(
        select(service.c.id, service.c.code, service.c.name).where(service.c.is_active).order_by(service.c.name)
    )
    return tuple(Named(row.id, row.code, row.name) for row in found)
