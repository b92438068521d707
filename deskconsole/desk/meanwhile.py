"""What somebody else put into the same field of a ticket meanwhile: who it was, and both values.

Writes to different fields merge: each use case sets its own ones. One to a field that is not as its writer saw it any
more is refused, and whoever was first has won.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from deskconsole.data.tables import Equipment, Event, Person, Service, Site, Status, Team, Ticket, table
from deskconsole.desk.desk import Unit
from deskconsole.domain.errors import Conflict
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Priority

FIELDS = {
    "assignee_id": mark("assignee"),
    "team_id": mark("team"),
    "status": mark("status"),
    "priority": mark("priority"),
    "due_at": mark("due time"),
    "wished_at": mark("wished time"),
    "planned_at": mark("planned time"),
    "equipment_id": mark("equipment"),
    "service_id": mark("service"),
    "site_id": mark("site"),
    "policy": mark("policy"),
}
PRIORITIES = {
    Priority.CRITICAL: mark("critical"),
    Priority.HIGH: mark("high"),
    Priority.NORMAL: mark("normal"),
    Priority.LOW: mark("low"),
}
PEOPLE_AND_PLACES: Mapping[str, type[SQLModel]] = {
    "assignee_id": Person,
    "team_id": Team,
    "equipment_id": Equipment,
    "service_id": Service,
    "site_id": Site,
}


def refuse_stale(unit: Unit, ticket: Ticket, zone: tzinfo, seen: Mapping[str, Any] | None, **wanted: Any) -> None:
    """Refuse to write over values that the person has not seen (`seen`, by field; None: whatever stands there).

    Who wants what stands there already has no conflict. Times are said in `zone`.

    Raises:
        Conflict: somebody else was faster; it says who, their value and this one.
    """
    for name, value in wanted.items():
        present = getattr(ticket, name)
        if seen is None or name not in seen or present in (seen[name], value):
            continue
        raise Conflict(
            mark(
                "Ticket {id}, {field}: {who} has put {theirs} meanwhile; you wanted {yours}."
                " Nothing was written; do it again to put yours."
            ),
            id=ticket.id,
            field=Sentence(FIELDS[name]),
            who=_who(unit.session, ticket.id or 0, name) or Sentence(mark("somebody")),
            theirs=_said(unit.session, name, present, zone),
            yours=_said(unit.session, name, value, zone),
        )


def _who(session: Session, ticket_id: int, field: str) -> str:
    """Who changed a field last; empty where the history does not say."""
    event = table(Event).c
    latest = select(event.actor).where(event.ticket_id == ticket_id, event.field == field).order_by(event.id.desc())
    return session.execute(latest.limit(1)).scalar() or ""


def _said(session: Session, field: str, value: Any, zone: tzinfo) -> str:
    """A value as people say it."""
    if value is None:
        return Sentence(mark("nobody")) if field == "assignee_id" else Sentence(mark("none"))
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if field == "priority":
        return Sentence(PRIORITIES[Priority(value)])
    if field == "status":
        found = session.execute(select(table(Status).c.name).where(table(Status).c.code == value)).scalar()
        return str(found or value)
    if model := PEOPLE_AND_PLACES.get(field):
        row = session.get(model, value)
        return _name(row) if row is not None else str(value)
    return str(value)


def _name(row: Any) -> str:
    """What people call a row."""
    if isinstance(row, Equipment):
        return " ".join(filter(None, (row.kind, row.inventory_number))) or str(row.id)
    return str(row.name)
