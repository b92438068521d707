"""Reminding clients who do not answer, and ending or returning their tickets when that does not help.

When that is due stands in `client_wait` (desk.client_wait keeps it); any message of the client's takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.tables import ClientWait, Message, Ticket, table
from deskconsole.desk import workflow
from deskconsole.desk.client_wait import CLOSE, NAME, WaitRule, rule_of
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.ticket_words import index_words
from deskconsole.domain.errors import Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import RUNNERS, Category, Visibility
from deskconsole.domain.text import clean

T, W = table(Ticket), table(ClientWait)
REMINDED, CLOSED, RETURNED, LEFT = "reminded", "closed", "returned", "left"
SILENT = mark("the client did not answer")
KEPT_OPEN = mark("the client did not answer, but it may not be closed")


def act_on_silence(desk: Desk, now: datetime, limit: int = 100) -> Mapping[str, int]:
    """Do what is due on tickets that wait for silent clients, each in a transaction of its own.

    Returns how many were reminded of, closed, returned to work, and left alone because the workflow allows none.
    """
    desk.actor.allow(*RUNNERS)
    done = {REMINDED: 0, CLOSED: 0, RETURNED: 0, LEFT: 0}
    for ticket_id in desk.read(_due, now, limit):
        outcome = desk.write("ticket.silence", lambda unit, one=ticket_id: _act(unit, one, now))  # type: ignore[misc] # the default makes it a value
        if outcome:
            done[outcome] += 1
    return done


def _due(session: Session, now: datetime, limit: int) -> list[int]:
    return list(
        session.execute(
            select(W.c.ticket_id).where(W.c.next_at <= now).order_by(W.c.next_at, W.c.ticket_id).limit(limit)
        ).scalars()
    )


def _act(unit: Unit, ticket_id: int, now: datetime) -> str:
    """Do what is due on one ticket; empty when another console has done it, or somebody works on it this moment."""
    free = select(T.c.id).where(T.c.id == ticket_id).with_for_update(skip_locked=True)
    if unit.session.execute(free).first() is None:
        return ""
    ticket = unit.ticket(ticket_id)
    wait, rule = unit.session.get(ClientWait, ticket_id), rule_of(unit.session)
    if wait is None or wait.next_at is None or wait.next_at > now:
        return ""
    if rule is None:
        unit.session.delete(wait)
        return ""
    wait.reminders += 1
    if wait.reminders <= rule.reminders:
        _remind(unit, ticket, rule)
        return REMINDED
    return _give_up(unit, ticket, rule)


def _remind(unit: Unit, ticket: Ticket, rule: WaitRule) -> None:
    message = Message(
        ticket_id=ticket.id or 0,
        at=unit.now,
        author=unit.actor.name,
        visibility=Visibility.PUBLIC.value,
        channel=unit.channel.value,
        is_automatic=True,
        body=clean(rule.text, multiline=True).strip(),
    )
    unit.session.add(message)
    unit.session.flush()
    unit.note_change(ticket, "remind", "message", "", message.id, rule=NAME)
    index_words(unit, ticket)


def _give_up(unit: Unit, ticket: Ticket, rule: WaitRule) -> str:
    """Close the ticket where the rule says so and every guard allows it; else return it to work."""
    if rule.then == CLOSE:
        try:
            workflow.move_into(unit, ticket, Category.CLOSED, reason=SILENT, rule=NAME)
        except Refused:
            return _return(unit, ticket, KEPT_OPEN)
        return CLOSED
    return _return(unit, ticket, SILENT)


def _return(unit: Unit, ticket: Ticket, reason: str) -> str:
    try:
        workflow.move_into(unit, ticket, Category.OPEN, reason=reason, rule=NAME)
    except Refused as refused:
        unit.note_change(ticket, "silence", reason=str(refused.sentence), rule=NAME)
        return LEFT
    return RETURNED
