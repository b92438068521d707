"""The clocks of one ticket as they stand now, to the second: what the ticket's screen and its plain twin show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from deskconsole.data.queries.clock_facts import StoredClock, clock_facts, stored_clocks
from deskconsole.desk import clocks
from deskconsole.domain.sla import Reading
from deskconsole.domain.terms import ClockState, Role, SlaClock

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class ClockRow:
    """One clock; lengths are working time, `left_seconds` is negative when it is over.

    `due` is None unless the clock runs, `promised` None when it never comes. `is_fixed`: the due was typed by hand.
    Of the update clock the lengths are those of the worst exchange.
    """

    clock: SlaClock
    state: ClockState
    target_seconds: int
    elapsed_seconds: int
    left_seconds: int
    started: datetime
    ended: datetime | None
    due: datetime | None
    promised: datetime | None
    is_breached: bool
    is_fixed: bool


@dataclass(frozen=True)
class TicketClocks:
    """The policy that holds (empty: none), and the clocks in their order."""

    policy: str = ""
    rows: tuple[ClockRow, ...] = ()


def ticket_clocks(session: Session, ticket_id: int, now: datetime, *, role: Role) -> TicketClocks:
    """Read a ticket's clocks as of `now`; none where there is no such ticket.

    Whether it is for the reader's eyes is for the caller to know: it has read the ticket. A contractor has them as
    they were last derived, for policies and calendars are the company's own.
    """
    if role is Role.CONTRACTOR:
        stored = stored_clocks(session, [ticket_id])[ticket_id]
        return TicketClocks(rows=tuple(_last_derived(stored[clock], now) for clock in SlaClock if clock in stored))
    for facts in clock_facts(session, [ticket_id]):
        choice, found = clocks.readings(clocks.load_rules(session), facts, now)
        is_fixed = facts.due_at is not None
        return TicketClocks(
            policy=choice.policy.name if choice is not None else "",
            rows=tuple(_row(reading, is_fixed=is_fixed) for reading in found.values()),
        )
    return TicketClocks()


def _last_derived(clock: StoredClock, now: datetime) -> ClockRow:
    """A stored clock; of a running one no more working time is left than time till its due."""
    left = clock.left_seconds
    if clock.due_at is not None:
        left = min(left, (clock.due_at - now) // SECOND)
    return ClockRow(
        clock=clock.clock,
        state=ClockState(clock.state),
        target_seconds=clock.target_seconds,
        elapsed_seconds=clock.target_seconds - left,
        left_seconds=left,
        started=clock.started_at,
        ended=clock.ended_at,
        due=clock.due_at,
        promised=clock.promised_at,
        is_breached=clock.is_breached or left < 0,
        is_fixed=clock.policy_id is None,
    )


def _row(reading: Reading, *, is_fixed: bool) -> ClockRow:
    target, elapsed = reading.target // SECOND, reading.elapsed // SECOND
    return ClockRow(
        clock=reading.clock,
        state=reading.state,
        target_seconds=target,
        elapsed_seconds=elapsed,
        left_seconds=target - elapsed,
        started=reading.started,
        ended=reading.ended,
        due=reading.due,
        promised=reading.promised,
        is_breached=reading.is_breached,
        is_fixed=is_fixed and reading.clock is SlaClock.RESOLUTION,
    )
