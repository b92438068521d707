from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.worktime import ALWAYS_OPEN, Pause, Window, WorkCalendar

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
NINE_TO_SIX = Window(9 * 3600, 18 * 3600)
OFFICE = ((NINE_TO_SIX,),) * 5 + ((), ())
MOSCOW, MADRID, LORD_HOWE, SAMOA = "Europe/Moscow", "Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia"


def hours(opens: float, closes: float) -> Window:
    return Window(int(opens * 3600), int(closes * 3600))


def daily(zone: str, *windows: Window) -> WorkCalendar:
    return WorkCalendar(zone, (windows,) * 7)


def local(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone))  # type: ignore[misc,arg-type] # year, month, day, ...


# A second, slow way to the same answers: cut time at every boundary there is and look at each piece.


def pieces(
    calendar: WorkCalendar, first: datetime, last: datetime, pauses: Sequence[Pause]
) -> Iterator[list[datetime]]:
    """The pieces of [first, last) in which the clock runs."""
    zone = ZoneInfo(calendar.zone)

    def stretches(day: date, windows: Sequence[Window]) -> Iterator[tuple[datetime, datetime]]:
        for window in windows:
            opens = datetime.combine(day, time()) + timedelta(seconds=window.opens)
            closes = datetime.combine(day, time()) + timedelta(seconds=window.closes)
            yield opens.replace(tzinfo=zone).astimezone(UTC), closes.replace(tzinfo=zone).astimezone(UTC)

    working: list[tuple[datetime, datetime]] = []
    standing = [(start, end or last) for start, end in pauses]
    day = first.astimezone(zone).date() - 4 * DAY
    while day <= last.astimezone(zone).date() + 4 * DAY:
        windows = calendar.days.get(day, calendar.week[day.weekday()])
        working += stretches(day, windows)
        standing += stretches(day, calendar.breaks.get(day, ()))
        day += DAY
    cuts = {first, last} | {at for pair in (*working, *standing) for at in pair if first < at < last}
    ordered = sorted(cuts)
    for start, end in pairwise(ordered):
        if any(a <= start < b for a, b in working) and not any(a <= start < b for a, b in standing):
            yield [start, end]


def slow_between(calendar: WorkCalendar, a: datetime, b: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
    if a > b:
        return -slow_between(calendar, b, a, pauses)
    return sum((end - start for start, end in pieces(calendar, a, b, pauses)), timedelta())


def slow_add(
    calendar: WorkCalendar, start: datetime, length: timedelta, horizon: datetime, pauses: Sequence[Pause] = ()
) -> datetime | None:
    for first, last in pieces(calendar, start, horizon, pauses):
        if length <= last - first:
            return first + length
        length -= last - first
    return None


@lru_cache
def all_zones() -> list[str]:
    return sorted(available_timezones())


ODD_ZONES = [
    MADRID,
    LORD_HOWE,
    SAMOA,
    "America/Santiago",
    "America/St_Johns",
    "Pacific/Kwajalein",
    "Africa/Casablanca",
    "Atlantic/Azores",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "America/Havana",
    "Asia/Gaza",
]
ZONES = st.sampled_from(ODD_ZONES) | st.deferred(lambda: st.sampled_from(all_zones()))
# Ten minutes apart and more, with odd seconds: a calendar of seconds a week is honest, but is looked at for centuries.
MARKS = st.tuples(st.integers(0, 143), st.sampled_from((0, 0, 0, 1, 59)))


@st.composite
def day_windows(draw: st.DrawFn) -> tuple[Window, ...]:
    drawn = draw(st.lists(MARKS, max_size=6, unique_by=lambda mark: mark[0]))
    marks = sorted(ten * 600 + seconds for ten, seconds in drawn)
    made = [Window(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    if len(marks) % 2:
        made.append(Window(marks[-1], draw(st.integers(marks[-1] + 600, marks[-1] + 86_400))))
    return tuple(made)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Window, ...], ...]:
    """Seven days; hours over midnight end before the next day's begin."""
    days = [draw(day_windows()) for _ in range(7)]
    for place in range(7):
        day, after = days[place], days[(place + 1) % 7]
        if day and after and day[-1].closes > 86_400 + after[0].opens:
            closes = 86_400 + after[0].opens
            days[place] = (*day[:-1], Window(day[-1].opens, closes))
    return tuple(days)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    dates = NEAR.map(lambda at: at.date())
    return WorkCalendar(
        draw(ZONES),
        draw(weeks()),
        draw(st.dictionaries(dates, day_windows(), max_size=6)),
        draw(st.dictionaries(dates, day_windows(), max_size=4)),
    )


def moments(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    return st.datetimes(first, last, timezones=st.just(UTC))


# Around changes of the clocks: Samoa's lost day, and European and Lord Howe springs and autumns.
CENTRES = (
    datetime(2011, 12, 30),
    datetime(2026, 3, 29),
    datetime(2026, 10, 25),
    datetime(2026, 4, 5),
    datetime(2024, 9, 8),
)
NEAR = st.sampled_from(CENTRES).flatmap(lambda at: moments(at - 8 * DAY, at + 8 * DAY)) | moments(
    datetime(1980, 1, 1), datetime(2040, 1, 1)
)
AT = NEAR.flatmap(lambda at: st.integers(0, 20 * 86_400).map(lambda s: at + timedelta(seconds=s)))
LENGTHS = st.timedeltas(TICK, timedelta(hours=80)) | st.integers(1, 4800).map(lambda m: timedelta(minutes=m))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[WorkCalendar, datetime, list[Pause]]:
    """A calendar, a moment near its odd days, and pauses around that moment, in any order and overlapping."""
    calendar, at = draw(calendars()), draw(AT)
    near = st.integers(-15 * 86_400, 15 * 86_400).map(lambda s: at + timedelta(seconds=s))
    pairs = draw(st.lists(st.tuples(near, near), max_size=4))
    pauses: list[Pause] = [(min(pair), max(pair)) for pair in pairs]
    if draw(st.integers(0, 9)) == 0:
        pauses.append((draw(near), None))
    return calendar, at, pauses


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), st.integers(-30 * 86_400, 30 * 86_400))
def test_measuring_agrees_with_looking_at_every_piece(
    scene: tuple[WorkCalendar, datetime, list[Pause]], seconds: int
) -> None:
    calendar, at, pauses = scene
    other = at + timedelta(seconds=seconds)
    assert calendar.between(at, other, pauses) == slow_between(calendar, at, other, pauses)
    assert calendar.between(other, at, pauses) == -calendar.between(at, other, pauses)


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), LENGTHS)
def test_adding_agrees_with_looking_at_every_piece(
    scene: tuple[WorkCalendar, datetime, list[Pause]], length: timedelta
) -> None:
    calendar, at, pauses = scene
    horizon = at + 60 * DAY
    due = calendar.add(at, length, pauses)
    slow = slow_add(calendar, at, length, horizon, pauses)
    assert due == slow or (slow is None and (due is None or due > horizon))


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), LENGTHS)
def test_what_was_added_is_what_is_measured_and_no_earlier_moment_has_it(
    scene: tuple[WorkCalendar, datetime, list[Pause]], length: timedelta
) -> None:
    calendar, at, pauses = scene
    due = calendar.add(at, length, pauses)
    if due is not None:
        assert calendar.between(at, due, pauses) == length
        assert calendar.between(at, due - TICK, pauses) == length - TICK


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), LENGTHS)
def test_going_back_is_measured_too_and_no_later_moment_has_it(
    scene: tuple[WorkCalendar, datetime, list[Pause]], length: timedelta
) -> None:
    calendar, at, pauses = scene
    began = calendar.add(at, -length, pauses)
    if began is not None:
        assert calendar.between(at, began, pauses) == -length
        assert calendar.between(at, began + TICK, pauses) == TICK - length


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), LENGTHS, LENGTHS)
def test_adding_is_additive_and_never_runs_backwards(
    scene: tuple[WorkCalendar, datetime, list[Pause]], first: timedelta, second: timedelta
) -> None:
    calendar, at, pauses = scene
    both, one = calendar.add(at, first + second, pauses), calendar.add(at, first, pauses)
    if one is None:
        assert both is None
    else:
        assert calendar.add(one, second, pauses) == both
        assert both is None or both > one


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), LENGTHS, st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_later_start_is_never_due_earlier(
    scene: tuple[WorkCalendar, datetime, list[Pause]], length: timedelta, later: timedelta
) -> None:
    calendar, at, pauses = scene
    early, late = calendar.add(at, length, pauses), calendar.add(at + later, length, pauses)
    assert late is None or (early is not None and early <= late)


@settings(deadline=None)  # years of days may be worked out
@given(scenes(), st.lists(st.integers(-40 * 86_400, 40 * 86_400), min_size=3, max_size=3))
def test_parts_add_up(scene: tuple[WorkCalendar, datetime, list[Pause]], places: list[int]) -> None:
    calendar, at, pauses = scene
    a, b, c = (at + timedelta(seconds=seconds) for seconds in places)
    assert calendar.between(a, b, pauses) + calendar.between(b, c, pauses) == calendar.between(a, c, pauses)


@settings(deadline=None)  # years of days may be worked out
@given(calendars(), AT, st.integers(1, 9 * 86_400))
def test_windows_are_the_open_time_and_nothing_else(calendar: WorkCalendar, at: datetime, seconds: int) -> None:
    end = at + timedelta(seconds=seconds)
    found = list(calendar.windows(at, end))
    assert sum((b - a for a, b in found), timedelta()) == calendar.between(at, end)
    assert all(a < b for a, b in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    for a, b in found:
        assert calendar.is_open(a)
        assert calendar.is_open(b - TICK)
        assert b == end or not calendar.is_open(b)


@settings(deadline=None)  # years of days may be worked out
@given(calendars(), st.lists(AT, min_size=2, max_size=6), LENGTHS)
def test_what_was_asked_before_changes_no_answer(
    calendar: WorkCalendar, starts: list[datetime], length: timedelta
) -> None:
    fresh = [copy.copy(calendar).add(at, length) for at in starts]
    assert [calendar.add(at, length) for at in starts] == fresh
    assert [calendar.add(at, length) for at in reversed(starts)] == fresh[::-1]


def test_an_exact_fit_ends_at_closing_not_at_the_next_opening() -> None:
    office = WorkCalendar(MOSCOW, OFFICE)
    assert office.add(local(MOSCOW, 2026, 3, 6, 10), 8 * HOUR) == local(MOSCOW, 2026, 3, 6, 18)
    assert office.add(local(MOSCOW, 2026, 3, 6, 10), 8 * HOUR + TICK) == local(MOSCOW, 2026, 3, 9, 9) + TICK
    assert office.add(local(MOSCOW, 2026, 3, 9, 10), -HOUR) == local(MOSCOW, 2026, 3, 9, 9)
    assert office.add(local(MOSCOW, 2026, 3, 9, 10), -HOUR - TICK) == local(MOSCOW, 2026, 3, 6, 18) - TICK


def test_nothing_to_add_is_the_start_itself_even_at_night() -> None:
    night = local(MOSCOW, 2026, 3, 7, 3)
    assert WorkCalendar(MOSCOW, OFFICE).add(night, timedelta()) == night
    assert WorkCalendar(MOSCOW, ((),) * 7).add(night, timedelta()) == night


def test_results_are_in_utc() -> None:
    due = WorkCalendar(MOSCOW, OFFICE).add(local(MOSCOW, 2026, 3, 6, 10), HOUR)
    assert due is not None
    assert due.tzinfo is UTC


def test_nine_stays_nine_when_clocks_change() -> None:
    office = WorkCalendar(MADRID, OFFICE)
    friday = local(MADRID, 2026, 3, 27, 17)
    assert office.add(friday, 2 * HOUR) == local(MADRID, 2026, 3, 30, 10)
    assert office.between(friday, local(MADRID, 2026, 3, 30, 10)) == 2 * HOUR


def test_a_day_of_changing_clocks_has_23_or_25_hours() -> None:
    always = ALWAYS_OPEN(MADRID)
    assert always.between(local(MADRID, 2026, 3, 29), local(MADRID, 2026, 3, 30)) == 23 * HOUR
    assert always.between(local(MADRID, 2026, 10, 25), local(MADRID, 2026, 10, 26)) == 25 * HOUR
    howe = ALWAYS_OPEN(LORD_HOWE)
    assert howe.between(local(LORD_HOWE, 2026, 4, 5), local(LORD_HOWE, 2026, 4, 6)) == 24.5 * HOUR


def test_a_time_in_the_gap_moves_forward_by_the_gap() -> None:
    early = daily(MADRID, hours(2.5, 6))  # 02:30 is 03:30 on the 29th
    assert early.between(local(MADRID, 2026, 3, 29), local(MADRID, 2026, 3, 30)) == 2.5 * HOUR
    assert early.add(local(MADRID, 2026, 3, 29), TICK) == local(MADRID, 2026, 3, 29, 3, 30) + TICK
    howe = daily(LORD_HOWE, hours(2.25, 6))  # a gap of half an hour: 02:15 is 02:45
    assert howe.add(local(LORD_HOWE, 2026, 10, 4), HOUR) == local(LORD_HOWE, 2026, 10, 4, 3, 45)


def test_an_ambiguous_time_takes_its_first_reading() -> None:
    night = daily(MADRID, hours(2.5, 4))  # 02:30 comes twice on the 25th
    assert night.between(local(MADRID, 2026, 10, 25), local(MADRID, 2026, 10, 26)) == 2.5 * HOUR
    until = daily(MADRID, hours(1, 2.5))
    assert until.between(local(MADRID, 2026, 10, 25), local(MADRID, 2026, 10, 26)) == 1.5 * HOUR


def test_a_day_that_never_was_adds_nothing() -> None:
    samoa = daily(SAMOA, NINE_TO_SIX)  # the 30th of December 2011 was left out
    assert samoa.between(local(SAMOA, 2011, 12, 29), local(SAMOA, 2012, 1, 1)) == 18 * HOUR


def test_hours_over_midnight_belong_to_the_day_they_start_on() -> None:
    night = hours(22, 30)
    shift = WorkCalendar(MOSCOW, ((), (), (), (), (night,), (), ()), {date(2026, 3, 6): ()})
    saturday = local(MOSCOW, 2026, 3, 14)
    assert shift.between(saturday, saturday + DAY) == 6 * HOUR
    assert shift.between(saturday - 7 * DAY, saturday - 6 * DAY) == timedelta()  # Friday the 6th is a holiday
    closed = WorkCalendar(MOSCOW, shift.week, {date(2026, 3, 14): ()})
    assert closed.between(saturday, saturday + DAY) == 6 * HOUR  # Saturday is one; Friday's night goes on


def test_dated_hours_that_meet_the_night_before_count_once() -> None:
    calendar = WorkCalendar(MOSCOW, ((), (), (), (), (hours(22, 30),), (), ()), {date(2026, 3, 14): (hours(4, 8),)})
    saturday = local(MOSCOW, 2026, 3, 14)
    assert calendar.between(saturday, saturday + DAY) == 8 * HOUR
    assert list(calendar.windows(saturday, saturday + DAY)) == [(saturday, saturday + 8 * HOUR)]


def test_breaks_are_cut_out_also_of_the_night_before() -> None:
    calendar = WorkCalendar(
        MOSCOW, ((hours(20, 26),),) * 7, {}, {date(2026, 3, 14): (hours(1, 1.5), hours(1.25, 3), hours(21, 22))}
    )
    day = local(MOSCOW, 2026, 3, 14)
    assert calendar.between(day, day + DAY) == 4 * HOUR
    assert not calendar.is_open(day + 1.2 * HOUR)


def test_pauses_may_overlap_stand_open_and_lie_at_night() -> None:
    office = WorkCalendar(MOSCOW, OFFICE)
    ten = local(MOSCOW, 2026, 3, 9, 10)
    pauses = [(ten + 3 * HOUR, ten + 5 * HOUR), (ten + HOUR, ten + 4 * HOUR), (ten + 9 * HOUR, ten + 10 * HOUR)]
    assert office.add(ten, HOUR, pauses) == ten + HOUR
    assert office.add(ten, 2 * HOUR, pauses) == ten + 6 * HOUR
    assert office.add(ten, 2 * HOUR, [*pauses, (ten + 5.5 * HOUR, None)]) is None
    assert office.add(ten, HOUR, [(ten + HOUR, None)]) == ten + HOUR
    assert office.between(ten, ten + DAY, [(ten + HOUR, None)]) == HOUR
    assert office.between(ten, ten + DAY, [(ten + HOUR, ten)]) == 9 * HOUR  # ends before it starts: nothing stands


@pytest.mark.parametrize("zone", [MOSCOW, SAMOA])
def test_a_calendar_without_working_time_says_never(zone: str) -> None:
    closed = WorkCalendar(zone, ((),) * 7)
    at = datetime(2026, 3, 9, tzinfo=UTC)
    assert closed.add(at, HOUR) is None
    assert closed.add(at, -HOUR) is None
    assert closed.between(at, at + 1000 * DAY) == timedelta()
    assert not closed.is_open(at)
    assert list(closed.windows(at, at + 1000 * DAY)) == []


def test_a_calendar_of_dates_alone_ends_with_them() -> None:
    once = WorkCalendar(MOSCOW, ((),) * 7, {date(2026, 5, 1): (hours(9, 12),), date(2500, 1, 1): (hours(9, 10),)})
    start = local(MOSCOW, 2026, 1, 1)
    assert once.add(start, 3 * HOUR) == local(MOSCOW, 2026, 5, 1, 12)
    assert once.add(start, 4 * HOUR) == local(MOSCOW, 2500, 1, 1, 10)
    assert once.add(start, 4 * HOUR + TICK) is None
    assert once.add(local(MOSCOW, 2600, 1, 1), -4 * HOUR) == local(MOSCOW, 2026, 5, 1, 9)


def test_after_the_year_2999_is_never() -> None:
    weekly = WorkCalendar(MOSCOW, ((hours(9, 10),),) + ((),) * 6)
    assert weekly.add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=60_000)) is None
    assert weekly.add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=-10_000)) is None
    assert ALWAYS_OPEN("UTC").add(datetime(2999, 12, 31, 23, tzinfo=UTC), HOUR) is None
    assert ALWAYS_OPEN("UTC").add(datetime(2999, 12, 31, 22, tzinfo=UTC), HOUR) == datetime(
        2999, 12, 31, 23, tzinfo=UTC
    )
    assert ALWAYS_OPEN("UTC").add(datetime(2026, 1, 1, tzinfo=UTC), timedelta.max) is None


@pytest.mark.parametrize("at", [datetime.min, datetime(1899, 12, 31), datetime(3000, 1, 1), datetime.max])
def test_moments_outside_the_years_of_a_desk_are_refused(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    office = WorkCalendar(MOSCOW, OFFICE)
    inside = datetime(2026, 1, 1, tzinfo=UTC)
    for ask in (lambda: office.add(at, HOUR), lambda: office.between(inside, at), lambda: office.is_open(at)):
        with pytest.raises(InvalidInput, match="outside the years"):
            ask()


def test_a_pause_may_reach_beyond_the_years_of_a_desk() -> None:
    always = ALWAYS_OPEN("UTC")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ages = (datetime.min.replace(tzinfo=UTC), at + HOUR)
    assert always.add(at, HOUR, [ages]) == at + 2 * HOUR
    assert always.add(at, 2 * HOUR, [(at + HOUR, datetime.max.replace(tzinfo=UTC))]) is None


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ([[(9, 12), (11, 13)]], "mon: the hours 09:00-12:00 and 11:00-13:00 overlap"),
        ([[(9, 12), (9, 12)]], "overlap"),
        ([[(22, 30)], [(5, 8)]], "mon 22:00-06:00 runs into tue 05:00-08:00"),
        ([[(0, 8)], [], [], [], [], [], [(20, 33)]], "sun 20:00-09:00 runs into mon 00:00-08:00"),
        ([[(8, 33)]], "more than a day"),
        ([[(9, 9)]], "end before they start"),
        ([[(18, 9)]], "18:00-09:00 end before they start"),
        ([[(24, 25)]], "open from 00:00 to 23:59:59"),
        ([[(-1, 5)]], "open from 00:00"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(week: list[list[tuple[float, float]]], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        WorkCalendar(MOSCOW, tuple(tuple(hours(*pair) for pair in day) for day in (*week, *([[]] * (7 - len(week))))))


def test_hours_that_touch_are_one() -> None:
    calendar = daily(MOSCOW, hours(9, 12), hours(12, 18))
    nine = local(MOSCOW, 2026, 3, 9, 9)
    assert list(calendar.windows(nine, nine + 12 * HOUR)) == [(nine, nine + 9 * HOUR)]
    assert daily(MOSCOW, hours(8, 32)).between(nine, nine + 72 * HOUR) == 72 * HOUR


@pytest.mark.parametrize("zone", ["", "Moscow", "Europe", "../etc/passwd", "Europe/Moscow\0", "/etc/localtime"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput, match="there is no time zone"):
        WorkCalendar(zone, OFFICE)


def test_a_week_has_seven_days_and_a_date_no_overlaps() -> None:
    with pytest.raises(InvalidInput, match="7 days, not 5"):
        WorkCalendar(MOSCOW, OFFICE[:5])
    with pytest.raises(InvalidInput, match="2026-05-09: the hours"):
        WorkCalendar(MOSCOW, OFFICE, {date(2026, 5, 9): (hours(9, 12), hours(10, 11))})


def test_calendars_are_values() -> None:
    one = WorkCalendar(MOSCOW, OFFICE, {date(2026, 5, 9): (), date(2026, 5, 1): (hours(12, 13), hours(9, 10))})
    two = WorkCalendar(MOSCOW, OFFICE, {date(2026, 5, 1): (hours(9, 10), hours(12, 13)), date(2026, 5, 9): ()})
    one.add(datetime(2026, 1, 1, tzinfo=UTC), HOUR)
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    assert one != WorkCalendar(MOSCOW, OFFICE)


def test_a_calendar_keeps_what_it_was_made_of() -> None:
    dated: dict[date, tuple[Window, ...]] = {date(2026, 5, 9): (hours(9, 10),)}
    calendar = WorkCalendar(MOSCOW, OFFICE, dated)
    dated[date(2026, 5, 1)] = ()
    assert list(calendar.days) == [date(2026, 5, 9)]
    with pytest.raises(TypeError):
        calendar.days[date(2026, 5, 1)] = ()  # type: ignore[index] # what must not work


def test_threads_may_share_a_calendar() -> None:
    asked = [datetime(1990 + place * 7 % 60, 3, 9, tzinfo=UTC) for place in range(120)]
    shared = WorkCalendar(MADRID, OFFICE)
    expected = [WorkCalendar(MADRID, OFFICE).add(at, 90 * HOUR) for at in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda at: shared.add(at, 90 * HOUR), asked)) == expected
