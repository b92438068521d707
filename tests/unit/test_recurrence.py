"""When recurring work is due: what the rules of RFC 5545 mean at a place whose clocks change."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.recurrence import Recurrence, instant_of, local_of, read_rules, read_start
from deskconsole.domain.recurrence_rule import read_rule
from deskconsole.domain.zones import zone_named

MOSCOW = ZoneInfo("Europe/Moscow")
MADRID = ZoneInfo("Europe/Madrid")
START = datetime(2026, 1, 30, 9)  # a Friday, the last one of its month


def days(made: Recurrence, count: int) -> list[str]:
    return [f"{at:%Y-%m-%d}" for at in made.first(count)]


def read(*rules: str, start: datetime = START, exclusions: tuple[str, ...] = ()) -> Recurrence:
    return read_rules(rules, start, MADRID, exclusions)


def test_the_last_friday_of_every_month() -> None:
    made = read("FREQ=MONTHLY;BYDAY=-1FR")
    assert days(made, 4) == ["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"]
    assert made.first(1) == [START]


def test_a_month_end_rule_does_what_it_says() -> None:
    assert days(read("FREQ=MONTHLY;BYMONTHDAY=-1"), 4) == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert days(read("FREQ=MONTHLY", start=datetime(2026, 1, 31, 9)), 3) == ["2026-01-31", "2026-03-31", "2026-05-31"]
    assert days(read("FREQ=YEARLY", start=datetime(2024, 2, 29, 9)), 2) == ["2024-02-29", "2028-02-29"]


def test_a_start_that_the_rule_does_not_name_is_no_occurrence() -> None:
    assert days(read("FREQ=WEEKLY;BYDAY=MO"), 2) == ["2026-02-02", "2026-02-09"]


def test_every_other_week_counts_weeks_from_the_start_with_their_first_day() -> None:
    sunday = datetime(2026, 8, 2, 9)
    assert days(read("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", start=sunday), 3) == [
        "2026-08-02",
        "2026-08-10",
        "2026-08-16",
    ]
    assert days(read("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", start=sunday), 3) == [
        "2026-08-02",
        "2026-08-03",
        "2026-08-16",
    ]


def test_a_plain_weekday_beside_a_numbered_one_means_either() -> None:
    assert days(read("FREQ=MONTHLY;BYDAY=1TU,FR"), 4) == ["2026-01-30", "2026-02-03", "2026-02-06", "2026-02-13"]
    found = days(read("FREQ=YEARLY;BYDAY=FR,-1TH"), 60)
    assert found[:2] == ["2026-01-30", "2026-02-06"]
    assert "2026-12-31" in found


def test_positions_choose_from_the_whole_first_week() -> None:
    made = read("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", start=datetime(2026, 1, 28, 9))
    assert days(made, 2) == ["2026-02-02", "2026-02-09"]


def test_minutes_are_times_in_every_hour_that_is_named() -> None:
    made = read("FREQ=DAILY;BYHOUR=9,16;BYMINUTE=40,0,20")
    assert [f"{at:%d %H:%M}" for at in made.first(7)] == [
        *("30 09:00", "30 09:20", "30 09:40", "30 16:00", "30 16:20", "30 16:40"),
        "31 09:00",
    ]
    hourly = read("FREQ=HOURLY;INTERVAL=3;BYMINUTE=15,45", start=datetime(2026, 1, 30, 9, 30))
    assert [f"{at:%H:%M}" for at in hourly.first(3)] == ["09:45", "12:15", "12:45"]
    assert hourly.after(datetime(2026, 1, 30, 12, 15)) == datetime(2026, 1, 30, 12, 45)


def test_several_rules_are_united_and_a_moment_of_both_counts_once() -> None:
    made = read("FREQ=WEEKLY;BYDAY=FR", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYMONTHDAY=1")
    assert days(made, 4) == ["2026-01-30", "2026-02-01", "2026-02-06", "2026-02-13"]


def test_an_end_by_day_includes_the_day_and_one_in_utc_is_read_in_utc() -> None:
    assert days(read("FREQ=DAILY;UNTIL=20260201"), 9) == ["2026-01-30", "2026-01-31", "2026-02-01"]
    assert days(read("FREQ=DAILY;UNTIL=20260201T080000Z"), 9)[-1] == "2026-02-01"  # 09:00 in Madrid
    assert days(read("FREQ=DAILY;UNTIL=20260201T075959Z"), 9)[-1] == "2026-01-31"
    assert days(read("FREQ=DAILY;UNTIL=20260201T090000"), 9)[-1] == "2026-02-01"


def test_a_count_is_counted_from_the_start() -> None:
    made = read("FREQ=DAILY;COUNT=3")
    assert len(made.first(9)) == 3
    assert made.after(datetime(2026, 1, 31, 9)) == datetime(2026, 2, 1, 9)
    assert made.after(datetime(2026, 2, 1, 9)) is None


def test_exclusions_are_days_moments_and_rules() -> None:
    made = read(
        "FREQ=DAILY;BYHOUR=9,17",
        exclusions=("2026-01-31, 20260201T170000", "EXDATE;TZID=Europe/Moscow:20260202T110000", "FREQ=WEEKLY;BYDAY=TU"),
    )
    found = [f"{at:%d %H}" for at in made.first(7)]
    assert found == ["30 09", "30 17", "01 09", "02 17", "03 17", "04 09", "04 17"]


def test_lines_of_a_calendar_file_are_understood_as_they_stand() -> None:
    text = "DTSTART;TZID=Europe/Madrid:20260130T090000\nrrule:freq=daily;\nEXDATE:20260131T080000Z\n"
    assert days(read(text), 2) == ["2026-01-30", "2026-02-01"]
    assert days(read("FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU"), 2) == ["2026-01-30", "2026-02-02"]
    assert days(read("FREQ=DAILY", exclusions=("RRULE:FREQ=WEEKLY;BYDAY=SA,SU",)), 2) == ["2026-01-30", "2026-02-02"]
    with pytest.raises(InvalidInput, match="start at 2026-01-31T09:00:00 and the work at 2026-01-30T09:00:00"):
        read("DTSTART:20260131T090000\nFREQ=DAILY")


def test_nine_oclock_stays_nine_oclock_across_both_changes() -> None:
    for start in (datetime(2026, 3, 23, 9), datetime(2026, 10, 19, 9)):
        found = read("FREQ=DAILY", start=start).first(14)
        assert {local_of(instant_of(at, MADRID), MADRID).hour for at in found} == {9}
        assert len({instant_of(at, MADRID).hour for at in found}) == 2


def test_a_moment_the_clock_jumps_over_moves_forward_by_the_jump() -> None:
    made = read("FREQ=DAILY", start=datetime(2026, 3, 28, 2, 30))
    assert [instant_of(at, MADRID) for at in made.first(3)] == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # 03:30 by the new clock
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


def test_of_a_moment_that_comes_twice_the_first_counts() -> None:
    made = read("FREQ=HOURLY", start=datetime(2026, 10, 25, 1))
    assert [instant_of(at, MADRID).hour for at in made.first(3)] == [23, 0, 2]


def test_no_instant_is_given_twice_when_the_clock_jumps_forward() -> None:
    made = read("FREQ=HOURLY", start=datetime(2026, 3, 29, 0))
    assert [at.hour for at in made.first(4)] == [0, 1, 3, 4]
    apia = ZoneInfo("Pacific/Apia")  # 2011-12-30 was left out there
    found = read_rules(["FREQ=DAILY"], datetime(2011, 12, 29, 9), apia).first(3)
    assert [at.day for at in found] == [29, 31, 1]


@pytest.mark.parametrize("start", [datetime(1900, 1, 1), datetime(2999, 12, 1, 9)])
def test_the_first_and_the_last_years_of_a_desk_have_occurrences_too(start: datetime) -> None:
    assert read("FREQ=WEEKLY", start=start).first(1) == [start]
    assert read("FREQ=DAILY", start=start).after(datetime(2999, 12, 31, 23)) is None


REFUSED = {
    "": "needs a rule",
    "weekly": "can't be read at",
    "FREQ": "can't be read at",
    "INTERVAL=2": "how often",
    "FREQ=WEKLY": "write WEEKLY",
    "FRQ=WEEKLY": "did you mean FREQ",
    "FREQ=WEEKLY;BYWEEKDAY=MO": "did you mean BYDAY",
    "FREQ=YEARLY;BYEASTER=0": "no part BYEASTER",
    "FREQ=DAILY;FREQ=DAILY": "says FREQ twice",
    "FREQ=SECONDLY": "fires every second",
    "FREQ=MINUTELY;INTERVAL=90": "counts minutes; write FREQ=HOURLY",
    "FREQ=HOURLY;BYSECOND=0,1": "several times a minute",
    "FREQ=DAILY;INTERVAL=0": 'INTERVAL can\'t be "0"',
    "FREQ=DAILY;INTERVAL=999999999": "INTERVAL can't be",
    "FREQ=DAILY;COUNT=-1": "COUNT can't be",
    "FREQ=DAILY;COUNT=2;UNTIL=20270101": "both COUNT and UNTIL",
    "FREQ=DAILY;UNTIL=tomorrow": "UNTIL can't be",
    "FREQ=DAILY;UNTIL=20260230": "UNTIL can't be",
    "FREQ=DAILY;UNTIL=20260129": "ends before its start",
    "FREQ=DAILY;BYHOUR=24": 'BYHOUR can\'t be "24"; write 0..23',
    "FREQ=MONTHLY;BYMONTHDAY=0": 'BYMONTHDAY can\'t be "0"',
    "FREQ=MONTHLY;BYMONTHDAY=١": "BYMONTHDAY can't be",
    "FREQ=MONTHLY;BYDAY=6FR": 'BYDAY can\'t be "6FR"',
    "FREQ=MONTHLY;BYDAY=XX": 'BYDAY can\'t be "XX"',
    "FREQ=WEEKLY;BYDAY=1MO": "needs FREQ=MONTHLY or YEARLY",
    "FREQ=WEEKLY;WKST=XX": "WKST can't be",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30": "never fires",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30": "never fires",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30": "never fires",
    "FREQ=HOURLY;INTERVAL=4;BYHOUR=8": "never fires",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO": "never fires",
    "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260201": "never fires",
    "RDATE:20260101": "can't be RDATE here",
    "DTSTART:gestern\nFREQ=DAILY": "excludes nothing",
    "EXDATE;TZID=Europe/Atlantis:20260101T090000\nFREQ=DAILY": 'no time zone "Europe/Atlantis"',
    "FREQ=DAILY\nFREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30": "never fires",
}


@pytest.mark.parametrize("rule", REFUSED)
def test_a_rule_that_can_not_be_meant_is_refused_at_once_with_a_sentence(rule: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidInput) as refused:
        read(rule)
    assert REFUSED[rule] in str(refused.value)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("exclusions", [("FREQ=DAILY",), ("RRULE:FREQ=HOURLY",), ("FREQ=DAILY;BYHOUR=9;WKST=SU",)])
def test_exclusions_that_leave_nothing_are_refused(exclusions: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="leave nothing"):
        read("FREQ=DAILY", exclusions=exclusions)
    with pytest.raises(InvalidInput, match="leave nothing"):
        read("FREQ=DAILY;COUNT=2", exclusions=("2026-01-30", "2026-01-31"))


@pytest.mark.parametrize("exclusion", ["someday", "2026-02-30", "FREQ=", "2026-01-30T25:00", "12"])
def test_an_exclusion_that_can_not_be_read_is_refused(exclusion: str) -> None:
    with pytest.raises(InvalidInput):
        read("FREQ=DAILY", exclusions=(exclusion,))


def test_zones_and_starts_are_read_with_a_sentence_for_what_is_neither() -> None:
    assert read_start("2026-01-30T09:00", MOSCOW) == START
    assert read_start("20260130T060000Z", MOSCOW) == START
    assert read_start("2026-01-30", MOSCOW) == datetime(2026, 1, 30)
    for text in ("", "tomorrow", "2026-13-01", "0001-01-01T00:00Z", "9999-12-31"):
        with pytest.raises(InvalidInput, match="no start"):
            read_start(text, MOSCOW)
    for name in ("", "Europe/Atlantis", "../etc/passwd", "Europe", "\x00", "/etc"):
        with pytest.raises(InvalidInput, match="no time zone"):
            zone_named(name)


def test_a_rule_of_long_ago_is_not_walked_from_its_start() -> None:
    made = read("FREQ=HOURLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", start=datetime(1950, 1, 1))
    began = time.process_time()
    assert made.after(datetime(2026, 6, 1, 0, 30)) == datetime(2026, 6, 1, 1)
    assert time.process_time() - began < 0.1


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that dateutil understands as RFC 5545 does."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 30))}"]

    def maybe(name: str, values: st.SearchStrategy[object]) -> None:
        if draw(st.integers(0, 3)) == 0:
            found = draw(st.lists(values, min_size=1, max_size=4, unique=True))
            parts.append(f"{name}={','.join(str(value) for value in found)}")

    maybe("BYMONTH", st.integers(1, 12))
    maybe("BYMONTHDAY", st.integers(1, 31) | st.integers(-31, -1))
    maybe("BYHOUR", st.integers(0, 23))
    if frequency == "YEARLY":
        maybe("BYYEARDAY", st.integers(1, 366) | st.integers(-366, -1))
        maybe("BYWEEKNO", st.integers(1, 53))
    numbered = st.builds(lambda n, day: f"{n}{day}", st.integers(1, 4) | st.integers(-4, -1), st.sampled_from(WEEKDAYS))
    maybe("BYDAY", numbered if frequency == "MONTHLY" and draw(st.booleans()) else st.sampled_from(WEEKDAYS))
    if frequency in {"YEARLY", "MONTHLY"}:
        maybe("BYSETPOS", st.integers(1, 9) | st.integers(-9, -1))
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 20))}")
    return ";".join(parts)


STARTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(microsecond=0))


@settings(deadline=None)  # sparse rules are looked for through centuries
@given(rules(), STARTS)
@example("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", datetime(2026, 1, 1, 9))
def test_a_rule_means_what_dateutil_makes_of_it(rule: str, start: datetime) -> None:
    try:
        made = read_rules([rule], start, MOSCOW)
    except InvalidInput:
        assume(False)
    expected = list(islice(takewhile(lambda at: at.year < 2300, rrulestr(rule, dtstart=start)), 12))
    assert list(islice(made.rules[0].moments(), len(expected))) == expected


@settings(deadline=None)
@given(rules(), STARTS, st.timedeltas(timedelta(), timedelta(days=4000)))
def test_looking_from_anywhere_gives_the_same_moments(rule: str, start: datetime, later: timedelta) -> None:
    try:
        made = read_rule(rule, start, MADRID)
    except InvalidInput:
        assume(False)
    since = start + later
    whole = [at for at in islice(made.moments(), 300) if at >= since][:5]
    assume(whole)
    assert list(islice(made.moments(since), len(whole))) == whole


@settings(deadline=None)
@given(st.lists(rules(), min_size=1, max_size=3), STARTS, st.sampled_from(["Europe/Madrid", "Australia/Lord_Howe"]))
def test_moments_rise_and_no_instant_comes_twice(several: list[str], start: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    try:
        made = read_rules(several, start, zone)
    except InvalidInput:
        assume(False)
    found = made.first(50)
    assert all(before < after for before, after in pairwise(found))
    assert len({instant_of(at, zone) for at in found}) == len(found)


@settings(deadline=None)
@given(rules(), STARTS, st.sets(st.integers(0, 9)))
def test_excluded_days_and_nothing_else_are_missing(rule: str, start: datetime, gone: set[int]) -> None:
    try:
        found = read_rules([rule], start, MOSCOW).first(20)
        out: list[date] = sorted({found[number].date() for number in gone if number < len(found)})
        less = read_rules([rule], start, MOSCOW, [day.isoformat() for day in out])
    except InvalidInput:
        assume(False)
    kept = [at for at in found if at.date() not in out]
    assert less.first(len(kept)) == kept
