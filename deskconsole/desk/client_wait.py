"""Tickets that wait for a silent client: when we remind, and what happens when that does not help.

Design: domain.md, section 7: silent for a term in business time after we spoke last; any message of the client's
cancels. The terms are a setting of the desk; without it nothing is done by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.clock_facts import ClockFacts
from deskconsole.data.tables import ClientWait, table
from deskconsole.desk.settings import read_setting, write_setting
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Category
from deskconsole.domain.worktime import WorkCalendar

NAME = "client_wait"
CLOSE, RETURN = "close", "return"


@dataclass(frozen=True)
class WaitRule:
    """After `term_minutes` of silence the client is reminded, `reminders` times; then the ticket is closed or returned.

    `text` is what the reminder says.
    """

    term_minutes: int
    text: str
    reminders: int = 1
    then: str = RETURN

    def __post_init__(self) -> None:
        if self.term_minutes < 1 or not 0 <= self.reminders <= 20:
            raise InvalidInput(mark("The term is at least a minute, and there are from 0 to 20 reminders."))
        if self.then not in {CLOSE, RETURN}:
            raise InvalidInput(
                mark("After the last reminder a ticket is closed or returned, not {then}."), then=self.then
            )
        if self.reminders and not self.text.strip():
            raise InvalidInput(mark("A reminder needs a text."))


@of_the_books
def rule_of(session: Session) -> WaitRule | None:
    """The desk's rule; None = nothing is done by itself."""
    found = read_setting(session, NAME, None)
    return WaitRule(**found) if found else None


def write_rule(session: Session, rule: WaitRule | None) -> None:
    """Set the desk's rule; tickets that wait already follow it once their clocks are derived anew."""
    write_setting(session, NAME, asdict(rule) if rule is not None else None)


def refresh(session: Session, rule: WaitRule | None, calendar: WorkCalendar, tickets: Sequence[ClockFacts]) -> None:
    """Note of some tickets when their silent client is due for a reminder, or that nobody is waited for."""
    wait = table(ClientWait)
    query = select(ClientWait).where(wait.c.ticket_id.in_([facts.ticket_id for facts in tickets]))
    stored = {row.ticket_id: row for row in session.scalars(query)}
    for facts in tickets:
        known = stored.get(facts.ticket_id)
        if rule is not None and facts.category is Category.WAITING_CLIENT and facts.silent_since is not None:
            row = known or ClientWait(ticket_id=facts.ticket_id, since=facts.silent_since)
            _wait(row, rule, calendar, facts.silent_since, facts.spoke_last or facts.silent_since)
            session.add(row)
        elif known is not None:
            session.delete(known)


def _wait(
    row: ClientWait, rule: WaitRule, calendar: WorkCalendar, silent_since: datetime, spoke_last: datetime
) -> None:
    if row.since != silent_since:
        row.since, row.reminders = silent_since, 0
    has_given_up = row.reminders > rule.reminders  # the workflow lets it neither be closed nor go back to work
    row.next_at = None if has_given_up else calendar.add(spoke_last, timedelta(minutes=rule.term_minutes))
