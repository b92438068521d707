"""What holds for the clocks of any ticket, whatever its history and calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from deskconsole.domain.sla import DEFAULT_STANDS, History, Reading, Said, Stay, intervals, read_clock, threshold_at
from deskconsole.domain.terms import Category, ClockState, SlaClock
from deskconsole.domain.worktime import Window, WorkCalendar

QUARTER = timedelta(minutes=15)
"""The grid of all times here, so that the slow way of counting takes few steps."""

BEGIN = datetime(2026, 3, 26, 8, 0, tzinfo=UTC)  # a Thursday; Europe changes its clocks on Sunday the 29th
LONGEST = 6 * 24 * 4


def window(pair: tuple[int, int]) -> Window:
    return Window(min(pair) * 900, max(pair) * 900)


WINDOWS = (
    st.tuples(st.integers(0, 95), st.integers(0, 95))
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda p: (window(p),))
)
CALENDARS = st.builds(
    WorkCalendar,
    st.sampled_from(["UTC", "Europe/Madrid", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.tuples(*[st.just(()) | WINDOWS] * 7),
)
TIMES = st.integers(0, LONGEST).map(lambda steps: BEGIN + steps * QUARTER)
MOVES = st.lists(st.tuples(TIMES, st.sampled_from(Category)), max_size=6).map(sorted)
MESSAGES = st.lists(st.builds(Said, TIMES, st.booleans()), max_size=5).map(
    lambda said: sorted(said, key=lambda s: s.at)
)
TARGETS = st.integers(1, 200).map(lambda steps: steps * QUARTER)
CLOCKS = st.sampled_from(SlaClock)


@st.composite
def histories(draw: st.DrawFn) -> History:
    moves = draw(MOVES)
    return History(
        BEGIN,
        (Stay("new", False, BEGIN), *(Stay(to.value, not to.is_open, when) for when, to in moves)),
        tuple(draw(MESSAGES)),
        draw(st.none() | TIMES),
        draw(st.none() | TIMES),
        draw(st.none() | TIMES),
    )


def read(clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, now: datetime) -> Reading | None:
    return read_clock(clock, target, past, DEFAULT_STANDS, calendar, now)


def last_known(past: History) -> datetime:
    times = [past.acknowledged, past.responded, past.arrived]
    return max([*(s.began for s in past.stays), *(s.at for s in past.said), *(t for t in times if t is not None)])


def counted(past: History, clock: SlaClock, calendar: WorkCalendar, first: datetime, last: datetime) -> timedelta:
    """The slow way: quarter by quarter, ask the calendar and the status the ticket then was in."""
    found = 0
    at = first
    while at < last:
        stay = [stay for stay in past.stays if stay.began <= at][-1]
        is_standing = stay.is_ended or clock in DEFAULT_STANDS.get(stay.status, ())
        found += calendar.is_open(at) and not is_standing
        at += QUARTER
    return found * QUARTER


@settings(deadline=None)  # the slow way is slow
@given(CLOCKS, TARGETS, histories(), CALENDARS, TIMES)
def test_counting_quarter_by_quarter_says_the_same(
    clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, now: datetime
) -> None:
    reading = read(clock, target, replace(past, said=past.said[:2]), calendar, now)
    if reading is None:
        return
    end = reading.ended or max(now, last_known(replace(past, said=past.said[:2])))
    assert reading.elapsed == counted(past, clock, calendar, reading.started, end)
    if reading.due is not None and reading.due < BEGIN + 14 * 96 * QUARTER:
        assert counted(past, clock, calendar, reading.started, reading.due) == target
        assert counted(past, clock, calendar, reading.started, reading.due - QUARTER) < target


@given(CLOCKS, TARGETS, histories(), CALENDARS, st.lists(TIMES, min_size=1, max_size=4))
def test_due_is_a_function_of_history(
    clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, times: list[datetime]
) -> None:
    fresh = WorkCalendar(calendar.zone, calendar.week)
    readings = [read(clock, target, past, calendar, now) for now in times]
    again = [read(clock, target, past, fresh, now) for now in reversed(times)]
    assert readings == again[::-1]
    assert len({reading and (reading.due, reading.promised, reading.state) for reading in readings}) == 1


@given(CLOCKS, TARGETS, histories(), CALENDARS, TIMES, TIMES)
def test_as_time_goes_on_more_is_used_and_a_breach_stays(
    clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, one: datetime, other: datetime
) -> None:
    earlier, later = (read(clock, target, past, calendar, now) for now in sorted((one, other)))
    if earlier is None or later is None:
        assert earlier is later is None
        return
    assert timedelta() <= earlier.elapsed <= later.elapsed
    assert earlier.elapsed + earlier.left == target
    assert later.is_breached or not earlier.is_breached
    assert later.is_breached or later.left >= timedelta()
    assert (earlier.due is not None) <= (earlier.state is ClockState.RUNNING)


@given(TARGETS, CALENDARS, TIMES, TIMES)
def test_a_pause_moves_the_due_out_by_its_working_time(
    target: timedelta, calendar: WorkCalendar, one: datetime, other: datetime
) -> None:
    began, ended = sorted((one, other))
    straight = History(BEGIN, (Stay("new", False, BEGIN),))
    plain = read(SlaClock.RESOLUTION, target, straight, calendar, ended)
    assert plain is not None
    waiting = (Stay("waiting_client", False, began), Stay("open", False, ended))
    paused = read(SlaClock.RESOLUTION, target, replace(straight, stays=(*straight.stays, *waiting)), calendar, ended)
    assert paused is not None
    if plain.due is None or began >= plain.due:
        assert paused.due == plain.due
        return
    assert paused.due is not None
    assert calendar.between(plain.due, paused.due) == calendar.between(began, ended)


@given(CLOCKS, TARGETS, histories(), CALENDARS, st.integers(0, LONGEST), st.integers(0, LONGEST))
def test_reopening_never_resets_a_clock(
    clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, away: int, after: int
) -> None:
    now = last_known(past) + after * QUARTER
    closed = replace(past, stays=(*past.stays, Stay("closed", True, now)))
    reopened = replace(closed, stays=(*closed.stays, Stay("open", False, now + away * QUARTER)))
    before, again = (
        read(clock, target, kept, calendar, until) for kept, until in ((past, now), (reopened, now + away * QUARTER))
    )
    assert (before and (before.started, before.elapsed, before.left)) == (
        again and (again.started, again.elapsed, again.left)
    )


@given(TARGETS, histories(), CALENDARS, st.integers(0, LONGEST))
def test_one_more_message_of_the_client_never_moves_an_open_update(
    target: timedelta, past: History, calendar: WorkCalendar, later: int
) -> None:
    now = last_known(past) + later * QUARTER
    before = read(SlaClock.UPDATE, target, past, calendar, now)
    pushed = replace(past, said=(*past.said, Said(now, by_client=True)))
    after = read(SlaClock.UPDATE, target, pushed, calendar, now)
    assert after is not None
    if past.said and past.said[-1].by_client:
        assert after == before
    else:
        assert after.due is None or after.due >= now


@given(CLOCKS, TARGETS, histories(), CALENDARS, TIMES)
def test_the_explanation_leaves_no_gap_and_adds_up(
    clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, now: datetime
) -> None:
    only_first = replace(past, said=past.said[:1])
    reading = read(clock, target, only_first, calendar, now)
    if reading is None:
        return
    end = reading.ended or max(now, last_known(only_first))
    parts = intervals(reading, calendar, end)
    assert all(one.ended == other.began for one, other in pairwise(parts))
    assert all(part.began < part.ended for part in parts)
    assert [*(part.began for part in parts[:1]), *(part.ended for part in parts[-1:])] in ([reading.started, end], [])
    assert sum((part.ended - part.began for part in parts if part.counted), timedelta()) == reading.elapsed


@given(CLOCKS, TARGETS, histories(), CALENDARS, TIMES)
def test_warnings_come_in_their_order_and_end_with_the_due(
    clock: SlaClock, target: timedelta, past: History, calendar: WorkCalendar, now: datetime
) -> None:
    reading = read(clock, target, past, calendar, now)
    if reading is None:
        return
    times = [threshold_at(reading, percent, calendar) for percent in (1, 50, 75, 90, 100)]
    reached = [at for at in times if at is not None]
    assert reached == sorted(reached)
    assert times[: len(reached)] == reached
    if reading.due is not None:
        assert reached[-1] == reading.due
