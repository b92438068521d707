"""The desk's workflow as its tables say, and the one door through which a ticket changes status."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.engines import engine_of
from deskconsole.data.tables import Status, StatusSpan, Ticket, Transition, table
from deskconsole.desk.desk import Unit
from deskconsole.domain import workflow as rules
from deskconsole.domain.errors import Refused
from deskconsole.domain.sentences import mark
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
    facts = rules.Facts(has_labour(unit.session, ticket.id or 0), reason=reason, restoring=restoring)
    rules.check(flow, ticket.type, ticket.status, to_status, facts)
    place(unit, ticket, to_status, flow.category(to_status), reason=reason, rule=rule)
    return True


def move_into(unit: Unit, ticket: Ticket, category: Category, *, reason: str = "", rule: str = "") -> bool:
    """Bring the ticket into the first status of a category; False when it stands there already.

    Raises:
        Refused: as for `move`, or the workflow has no status of that category.
    """
    return move(unit, ticket, code_of(unit.session, category), reason=reason, rule=rule)


def code_of(session: Session, category: Category) -> str:
    """The first status of a category.

    Raises:
        Refused: the workflow has none.
    """
    status = table(Status)
    code = session.execute(
        select(status.c.code).where(status.c.category == category.value).order_by(status.c.position).limit(1)
    ).scalar()
    if code is None:
        raise Refused(mark("The workflow has no status of the category {category}."), category=category.value)
    return str(code)


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


def has_labour(session: Session, ticket_id: int, *, besides: int | None = None) -> bool:
    """Whether work is logged on the ticket, corrections taken off, besides one entry.

    Asked of the engine: a contractor's eyes don't reach the time that others logged.
    """
    connection = session.connection()
    return engine_of(connection.dialect.name).has_labour(connection, ticket_id, besides)
