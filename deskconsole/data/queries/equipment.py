"""Reading one unit: what it is, whose, and what happened to it before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.ticket_filter import T, Viewer, allowed
from deskconsole.data.queries.tickets import QueueRow, rows, unit_name
from deskconsole.data.tables import CallerKey, Client, Equipment, Site, table
from deskconsole.domain.errors import NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EquipmentStatus
from deskconsole.domain.text import identifier_key


@dataclass(frozen=True)
class UnitCard:
    """A unit of equipment."""

    id: int
    name: str
    kind: str
    maker: str
    model: str
    inventory_number: str
    serial_number: str
    status: EquipmentStatus
    installed_on: date | None
    warranty_until: date | None
    note: str
    client_id: int
    client: str
    site_id: int | None
    site: str
    parent_id: int | None
    parent: str


@of_the_books
def card(session: Session, equipment_id: int) -> UnitCard:
    """One unit.

    Raises:
        NotFound: there is none.
    """
    unit, client, site, parent = (
        table(Equipment),
        table(Client),
        table(Site),
        table(Equipment).alias("parent"),
    )
    row = session.execute(
        select(
            unit,
            client.c.name.label("client"),
            site.c.name.label("site_name"),
            site.c.city,
            parent.c.kind.label("parent_kind"),
            parent.c.inventory_number.label("parent_number"),
        )
        .join_from(unit, client, client.c.id == unit.c.client_id)
        .outerjoin(site, site.c.id == unit.c.site_id)
        .outerjoin(parent, parent.c.id == unit.c.parent_id)
        .where(unit.c.id == equipment_id)
    ).first()
    if row is None:
        raise NotFound(mark("There is no equipment {id}."), id=equipment_id)
    return UnitCard(
        id=row.id,
        name=unit_name(row),
        kind=row.kind,
        maker=row.maker,
        model=row.model,
        inventory_number=row.inventory_number,
        serial_number=row.serial_number,
        status=EquipmentStatus(row.status),
        installed_on=row.installed_on,
        warranty_until=row.warranty_until,
        note=row.note,
        client_id=row.client_id,
        client=row.client,
        site_id=row.site_id,
        site=", ".join(filter(None, (row.city, row.site_name))),
        parent_id=row.parent_id,
        parent=" ".join(filter(None, (row.parent_kind, row.parent_number))),
    )


def tickets_of(
    session: Session, equipment_id: int, viewer: Viewer, *, limit: int = 20, open_only: bool = False
) -> tuple[QueueRow, ...]:
    """The unit's tickets, newest first: its repair history, or with `open_only` the possible duplicates."""
    query = (
        select(T.c.id)
        .where(T.c.equipment_id == equipment_id, *allowed(viewer))
        .order_by(T.c.created_at.desc(), T.c.id.desc())
        .limit(limit)
    )
    if open_only:
        query = query.where(T.c.is_open)
    return rows(session, session.execute(query).scalars())


def tickets_of_client(
    session: Session, client_id: int, viewer: Viewer, *, limit: int = 50, open_only: bool = False
) -> tuple[QueueRow, ...]:
    """The client's tickets, newest first."""
    query = (
        select(T.c.id)
        .where(T.c.client_id == client_id, *allowed(viewer))
        .order_by(T.c.created_at.desc(), T.c.id.desc())
        .limit(limit)
    )
    if open_only:
        query = query.where(T.c.is_open)
    return rows(session, session.execute(query).scalars())


@of_the_books
def find(session: Session, number: str) -> int:
    """The unit with that inventory or serial number, or that id written `#12`.

    Raises:
        NotFound: none, or more than one.
    """
    if number.startswith("#") and number[1:].isdecimal():
        return card(session, int(number[1:])).id
    keys = table(CallerKey)
    found = set(
        session.execute(
            select(keys.c.row_id).where(keys.c.kind.in_(("inventory", "serial")), keys.c.key == identifier_key(number))
        ).scalars()
    )
    if len(found) != 1:
        raise NotFound(
            mark("{count} units have the number {number}; name one by #id."), count=len(found), number=number
        )
    return int(found.pop())
