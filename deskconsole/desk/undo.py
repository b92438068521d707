"""Taking back a reversible act: assignment, team, status, priority, times."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from deskconsole.data.tables import Event, Ticket, table
from deskconsole.desk import workflow
from deskconsole.desk.clocks import RULE as DERIVED
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.tickets import DISPATCH
from deskconsole.domain.errors import Conflict, NotFound, Refused
from deskconsole.domain.sentences import mark

NUMBERS = frozenset({"assignee_id", "team_id", "priority"})
TIMES = frozenset({"due_at", "wished_at", "planned_at"})
REVERSIBLE = NUMBERS | TIMES | {"status"}


def undo(desk: Desk, operation: UUID, *, key: UUID | None = None) -> list[int]:
    """Take back everything an operation did to tickets, in one transaction; returns those tickets.

    Raises:
        NotFound: there is nothing to take back.
        Refused: something in it can't be taken back, the workflow's guards say no, or it is another person's doing.
        Conflict: somebody has changed one of them since; nothing was written.
    """

    def work(unit: Unit) -> list[int]:
        event = table(Event)
        events = unit.session.scalars(
            select(Event)
            .where(event.c.operation == operation, event.c.rule != DERIVED)  # dues follow by themselves
            .order_by(event.c.id.desc())
        ).all()
        if not events:
            raise NotFound(mark("There is nothing to take back."))
        if any(line.person_id != unit.actor.id for line in events):
            unit.allow(*DISPATCH)
        for line in events:
            _take_back(unit, unit.ticket(line.ticket_id), line)
        return sorted({line.ticket_id for line in events})

    return desk.write("undo", work, key=key)


def _take_back(unit: Unit, ticket: Ticket, line: Event) -> None:
    if line.field not in REVERSIBLE:
        raise Refused(mark("That can't be taken back: {what} stays in the history."), what=line.verb)
    old, new = _value(line.field, line.old), _value(line.field, line.new)
    if getattr(ticket, line.field) != new:
        raise Conflict(mark("Ticket {id} has been changed since; nothing was taken back."), id=ticket.id)
    if line.field == "status":
        workflow.move(unit, ticket, str(old), rule="undo", reason="undo", restoring=True)
        return
    setattr(ticket, line.field, old)
    unit.note_change(ticket, "undo", line.field, new, old, rule="undo")


def _value(field: str, text: str) -> int | str | datetime | None:
    if field in NUMBERS:
        return int(text) if text else None
    if field in TIMES:
        return datetime.fromisoformat(text) if text else None
    return text
