"""The desk's workflow as its tables say, and the one door through which a ticket changes status."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.tables import Status, StatusSpan, Ticket, TimeEntry, Transition, table
from deskconsole.desk.desk import Unit
from deskconsole.domain import workflow as rules
from deskconsole.domain.terms import Category


def load(session: Session) -> rules.Workflow:
    """The statuses and transitions of this desk."""
    status, move = table(Status), table(Transition)
    return rules.Workflow(
        statuses=tuple(
            rules.Status(row.code, row.name, Category(row.category), row.position)
            for row in session.execute(select(status).order_by(status.c.position))
        ),
        transitions=tuple(
            rules.Transition(row.ticket_type, row.from_status, row.to_status, frozenset(row.guards.split()))
            for row in session.execute(select(move).order_by(move.c.id))
        ),
    )


def move(
    unit: Unit, ticket: Ticket, to_status: str, *, reason: str = "", rule: str = "", restoring: bool = False
) -> bool:
    """Bring the ticket into a status, past every guard; False when it stands there already.

    Every path goes through here: keyboard, bulk, undo (`restoring`), command line, rules.

    Raises:
        Refused: no such transition, or a guard says no.
    """
    if ticket.status == to_status:
        return False
    flow = load(unit.session)
    facts = rules.Facts(labour_minutes=labour_minutes(unit.session, ticket.id or 0), reason=reason, restoring=restoring)
    rules.check(flow, ticket.type, ticket.status, to_status, facts)
    place(unit, ticket, to_status, flow.category(to_status), reason=reason, rule=rule)
    return True


def place(unit: Unit, ticket: Ticket, code: str, category: Category, *, reason: str = "", rule: str = "") -> None:
    """Write a status that has been decided: ticket, span, history."""
    old = ticket.status
    ticket.take_status(code, category)
    if category is Category.RESOLVED:
        ticket.resolved_at = unit.now
    elif category is Category.CLOSED:
        ticket.resolved_at = ticket.resolved_at or unit.now
        ticket.closed_at = unit.now
    elif category.is_open:
        ticket.resolved_at = ticket.closed_at = None
    unit.note_change(ticket, "status", "status", old, code, reason=reason, rule=rule)
    open_span(unit, ticket)


def open_span(unit: Unit, ticket: Ticket) -> None:
    """End the span the ticket stood in and begin one in its present status."""
    spans = unit.session.scalars(
        select(StatusSpan).where(table(StatusSpan).c.ticket_id == ticket.id, table(StatusSpan).c.ended_at.is_(None))
    )
    for span in spans:
        span.ended_at = unit.now
    unit.session.add(
        StatusSpan(ticket_id=ticket.id or 0, status=ticket.status, category=ticket.category, began_at=unit.now)
    )


def labour_minutes(session: Session, ticket_id: int) -> int:
    """Minutes worked on the ticket, corrections taken off."""
    entry = table(TimeEntry)
    total = session.execute(select(func.sum(entry.c.worked_minutes)).where(entry.c.ticket_id == ticket_id)).scalar()
    return int(total or 0)
