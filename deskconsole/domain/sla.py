"""What every clock of a ticket says as of now: a pure function of the ticket's history (design: domain.md, section 3).

A due time is derived and never shifted: the target counted over the calendar from the clock's start, less the time in
which the clock stood. So the same history gives the same answer whenever, and however often, it is read.

- A status stands the clocks that the table of standing names for it; an ended status stands all of them.
- Ending a ticket stops its clocks where they are; reopening goes on from there, the ended time is a pause.
- A clock is breached when the instant at which it stopped (or stood, or now) is later than its due; at the due itself
  it is still in time.
- Histories of other programs may step backwards. Nothing counts from before the ticket was created, and what is
  written after something else did not happen before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Category, ClockState, SlaClock
from deskconsole.domain.worktime import WorkCalendar

BREACH_PERCENT = 100
"""The due itself: whoever is later has broken the promise."""

Stands = Mapping[str, frozenset[SlaClock]]
"""The clocks that stand in a status, by the status; in one that is not named all run."""

DEFAULT_STANDS: Stands = {Category.WAITING_CLIENT.value: frozenset({SlaClock.UPDATE, SlaClock.RESOLUTION})}
"""What a new desk begins with; ended statuses need no entry."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A ticket's time in one status; it ends where the next one begins."""

    status: str
    is_ended: bool
    began: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A public message written by a human: internal notes and automatic replies are not handed in."""

    at: datetime
    by_client: bool


@dataclass(frozen=True, slots=True)
class History:
    """All that the clocks of one ticket depend on, each part in order of time.

    `responded` is a first answer that is no message (a call back); `acknowledged` and `arrived` are None until then.
    """

    created: datetime
    stays: tuple[Stay, ...]
    said: tuple[Said, ...] = ()
    acknowledged: datetime | None = None
    responded: datetime | None = None
    arrived: datetime | None = None


class Standing(NamedTuple):
    """A stretch in which a clock stood, and the status it stood in; `ended` is None while it still stands."""

    began: datetime
    ended: datetime | None
    status: str
    is_ended: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock as of now.

    `due` is None unless the clock runs; `promised` is the due of a stopped clock too, None when it never comes.
    `elapsed` and `left` are working time; `elapsed + left == target`, so overdue is negative. Of the update clock
    they, and `is_breached`, are those of the worst exchange so far; the rest is the exchange that is open, and
    without one the worst.
    """

    clock: SlaClock
    state: ClockState
    target: timedelta
    started: datetime
    ended: datetime | None
    standing: tuple[Standing, ...]
    due: datetime | None
    promised: datetime | None
    elapsed: timedelta
    left: timedelta
    is_breached: bool

    @property
    def pauses(self) -> tuple[tuple[datetime, datetime | None], ...]:
        """When the clock stood, as a calendar takes it."""
        return tuple((stretch.began, stretch.ended) for stretch in self.standing)


@dataclass(frozen=True, slots=True)
class Counted:
    """A stretch of a clock's way, whether it counted, and why; `status` is the one the clock stood in."""

    began: datetime
    ended: datetime
    counted: bool
    why: Sentence
    status: str | None = None


def read_clock(
    clock: SlaClock,
    target: timedelta | None,
    history: History,
    stands: Stands,
    calendar: WorkCalendar,
    now: datetime,
    *,
    fixed_due: datetime | None = None,
) -> Reading | None:
    """Read one clock; None when it has no target or never started (no client has written yet).

    `fixed_due`, typed by hand, takes the place of the resolution's derived due and of its target; no pause moves it,
    so that the clock runs until the ticket is ended. What stands in the history has happened, whatever `now` says.
    """
    readings = read_exchanges(clock, target, history, stands, calendar, now, fixed_due=fixed_due)
    if len(readings) < 2:
        return readings[0] if readings else None
    worst = min(readings, key=lambda reading: reading.left)
    shown = worst if readings[-1].state is ClockState.STOPPED else readings[-1]
    is_breached = any(reading.is_breached for reading in readings)
    return replace(shown, elapsed=worst.elapsed, left=worst.left, is_breached=is_breached)


def read_exchanges(
    clock: SlaClock,
    target: timedelta | None,
    history: History,
    stands: Stands,
    calendar: WorkCalendar,
    now: datetime,
    *,
    fixed_due: datetime | None = None,
) -> tuple[Reading, ...]:
    """Every exchange the update clock has measured, in order; of any other clock its one reading, or none."""
    fixed = fixed_due if clock is SlaClock.RESOLUTION else None
    if target is None and fixed is None:
        return ()
    standing = _standing(clock, history, stands)
    now = max(now, last_known(history))
    spans = _exchanges(history) if clock is SlaClock.UPDATE else [(history.created, _end(clock, history))]
    return tuple(
        _read_fixed(started, fixed, standing, calendar, now)
        if fixed is not None
        else _read(clock, target or timedelta(), started, ended, standing, calendar, now)
        for started, ended in spans
    )


def threshold_at(reading: Reading, percent: int, calendar: WorkCalendar) -> datetime | None:
    """The instant by which that share of the target is used; None when it never comes or the clock stands before it.

    100 % is the due itself. A stopped clock reaches what lies up to its end.
    """
    if percent >= BREACH_PERCENT or reading.target <= timedelta():
        at = reading.promised
    else:
        at = calendar.add(reading.started, reading.target * percent / 100, reading.pauses)
    is_past_the_end = at is not None and reading.ended is not None and at > reading.ended
    return None if is_past_the_end else at


def intervals(reading: Reading, calendar: WorkCalendar, until: datetime) -> tuple[Counted, ...]:
    """The clock's way from its start to its end, or to `until`, without a gap: what counted, what did not, and why."""
    end = reading.ended or max(until, reading.started)
    found: list[Counted] = []
    at = reading.started
    for stretch in reading.standing:
        began, ended = max(stretch.began, at), min(stretch.ended or end, end)
        if began >= ended:
            continue
        found += _worked(calendar, at, began)
        template = mark("ended: {status}") if stretch.is_ended else mark("paused: {status}")
        why = Sentence(template, status=stretch.status)
        found.append(Counted(began, ended, False, why, stretch.status))
        at = ended
    found += _worked(calendar, at, end)
    return tuple(found)


def _standing(clock: SlaClock, history: History, stands: Stands) -> tuple[Standing, ...]:
    """The stretches in which the clock stood, one a stay, in order and apart."""
    found: list[Standing] = []
    last: Stay | None = None
    since = at = history.created
    for stay in history.stays:
        at = max(at, stay.began)
        if last is not None and since < at:
            found.append(Standing(since, at, last.status, last.is_ended))
        last = stay if stay.is_ended or clock in stands.get(stay.status, ()) else None
        since = at
    if last is not None:
        found.append(Standing(since, None, last.status, last.is_ended))
    return tuple(found)


def last_known(history: History) -> datetime:
    """The last instant of which the history tells: a host's clock that is behind does not undo it."""
    known = [history.created]
    if history.stays:
        known.append(history.stays[-1].began)
    if history.said:
        known.append(history.said[-1].at)
    known += filter(None, (history.acknowledged, history.responded, history.arrived))
    return max(known)


def _end(clock: SlaClock, history: History) -> datetime | None:
    """When what the clock waits for happened."""
    match clock:
        case SlaClock.ACKNOWLEDGE:
            end = history.acknowledged
        case SlaClock.FIRST_RESPONSE:
            answer = next((said.at for said in history.said if not said.by_client), None)
            end = min((at for at in (answer, history.responded) if at is not None), default=None)
        case SlaClock.ARRIVAL:
            end = history.arrived
        case _:
            return None
    return max(end, history.created) if end is not None else None


def _exchanges(history: History) -> Iterator[tuple[datetime, datetime | None]]:
    """From the oldest unanswered message of the client to our next answer."""
    began: datetime | None = None
    at = history.created
    for said in history.said:
        at = max(at, said.at)
        if said.by_client:
            began = began or at
        elif began is not None:
            yield began, at
            began = None
    if began is not None:
        yield began, None


def _closed_since(standing: tuple[Standing, ...]) -> datetime | None:
    """Since when the ticket has been ended; None while it is open."""
    since: datetime | None = None
    for stretch in reversed(standing):
        if not stretch.is_ended or (stretch.ended != since):
            break
        since = stretch.began
    return since


def _read(
    clock: SlaClock,
    target: timedelta,
    started: datetime,
    ended: datetime | None,
    standing: tuple[Standing, ...],
    calendar: WorkCalendar,
    now: datetime,
) -> Reading:
    if ended is None and (closed := _closed_since(standing)) is not None:
        ended = max(closed, started)
    within = tuple(_clipped(standing, started, ended))
    pauses = tuple((stretch.began, stretch.ended) for stretch in within)
    promised = calendar.add(started, target, pauses)
    until = max(ended or now, started)
    elapsed = calendar.between(started, until, pauses)
    state = _state(ended, within)
    return Reading(
        clock=clock,
        state=state,
        target=target,
        started=started,
        ended=ended,
        standing=within,
        due=promised if state is ClockState.RUNNING else None,
        promised=promised,
        elapsed=elapsed,
        left=target - elapsed,
        is_breached=promised is not None and promised < _stood_since(until, within),
    )


def _read_fixed(
    started: datetime, due: datetime, standing: tuple[Standing, ...], calendar: WorkCalendar, now: datetime
) -> Reading:
    ended = _closed_since(standing)
    until = ended or now
    target, elapsed = calendar.between(started, due), calendar.between(started, until)
    return Reading(
        clock=SlaClock.RESOLUTION,
        state=ClockState.RUNNING if ended is None else ClockState.STOPPED,
        target=target,
        started=started,
        ended=ended,
        standing=(),
        due=due if ended is None else None,
        promised=due,
        elapsed=elapsed,
        left=target - elapsed,
        is_breached=due < until,
    )


def _clipped(standing: Iterable[Standing], started: datetime, ended: datetime | None) -> Iterator[Standing]:
    """The parts of `standing` between a clock's start and its end."""
    for stretch in standing:
        if (stretch.ended is not None and stretch.ended <= started) or (ended is not None and stretch.began >= ended):
            continue
        is_open_longer = ended is not None and (stretch.ended is None or stretch.ended > ended)
        if stretch.began < started or is_open_longer:
            last = ended if is_open_longer else stretch.ended
            yield stretch._replace(began=max(stretch.began, started), ended=last)
        else:
            yield stretch


def _state(ended: datetime | None, within: tuple[Standing, ...]) -> ClockState:
    if ended is not None:
        return ClockState.STOPPED
    return ClockState.PAUSED if within and within[-1].ended is None else ClockState.RUNNING


def _stood_since(at: datetime, within: tuple[Standing, ...]) -> datetime:
    """`at`, or the instant since which the clock had stood by then."""
    for stretch in reversed(within):
        if stretch.ended is not None and stretch.ended < at:
            break
        at = min(at, stretch.began)
    return at


def _worked(calendar: WorkCalendar, began: datetime, ended: datetime) -> Iterator[Counted]:
    """A stretch in which the clock ran, cut into working and other time."""
    working, other = Sentence(mark("working time")), Sentence(mark("outside working hours"))
    at = began
    for opens, closes in calendar.windows(began, ended):
        if at < opens:
            yield Counted(at, opens, False, other)
        yield Counted(opens, closes, True, working)
        at = closes
    if at < ended:
        yield Counted(at, ended, False, other)
