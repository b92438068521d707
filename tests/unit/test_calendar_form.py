"""The JSON form of calendars, the week in one line, and cases of `calendar compute`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from deskconsole.domain.calendar_cases import compute
from deskconsole.domain.calendar_form import calendar_of, form_of, read_calendar, read_names
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.week_text import hours_text, read_week, week_text
from deskconsole.domain.worktime import Window, WorkCalendar
from tests.unit.test_worktime import calendars, weeks

NINE_TO_SIX = [["09:00", "18:00"]]
OFFICE = {"timezone": "Europe/Moscow", "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_SIX)}


def moscow(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Europe/Moscow"))  # type: ignore[misc,arg-type] # year, month, day, ...


def case(op: str = "add", calendar: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"op": op, "calendar": {**OFFICE, **(calendar or {})}, **more}


@settings(deadline=None)
@given(calendars())
def test_a_calendar_written_and_read_is_the_same(calendar: WorkCalendar) -> None:
    form = json.loads(json.dumps(form_of(calendar)))
    kept = {day: windows for day, windows in calendar.breaks.items() if windows}
    assert read_calendar(form) == WorkCalendar(calendar.zone, calendar.week, calendar.days, kept)


@settings(deadline=None)
@given(weeks())
def test_a_week_written_in_a_line_and_read_is_the_same(week: tuple[tuple[Window, ...], ...]) -> None:
    text = week_text(week)
    assert text == "" if not any(week) else read_week(text) == week


def test_hours_end_on_the_next_day_unless_they_end_later() -> None:
    hours = {
        "mon": [["22:00", "06:00"]],
        "wed": [["00:00", "00:00"]],
        "fri": [["08:00", "08:00"]],
        "sun": [["9:00:30", "24:00"]],
    }
    week = read_calendar({**OFFICE, "hours": hours}).week
    assert week[0] == (Window(22 * 3600, 30 * 3600),)
    assert week[2] == (Window(0, 86_400),)
    assert week[4] == (Window(8 * 3600, 32 * 3600),)
    assert week[6] == (Window(9 * 3600 + 30, 86_400),)
    assert week[1] == ()


def test_a_holiday_closes_its_day_even_against_a_shift() -> None:
    day = date(2026, 5, 9)
    both = {**OFFICE, "holidays": [day.isoformat()], "shifts": {day.isoformat(): [["10:00", "12:00"]]}}
    assert read_calendar(both).days == {day: ()}


def test_a_shift_replaces_the_hours_of_its_weekday_and_an_empty_one_closes() -> None:
    shifts = {"2026-03-02": [["10:00", "12:00"]], "2026-03-03": [], "2026-03-07": [["10:00", "11:00"]]}
    calendar = read_calendar({**OFFICE, "shifts": shifts})
    assert calendar.between(moscow(2026, 3, 2), moscow(2026, 3, 9)) == timedelta(hours=2 + 0 + 27 + 1)


def test_a_break_is_cut_out_and_may_run_over_midnight() -> None:
    calendar = read_calendar(
        {
            "timezone": "Europe/Moscow",
            "hours": {"mon": [["20:00", "04:00"]]},
            "breaks": {"2026-03-02": [["23:00", "01:00"]]},
        }
    )
    assert calendar.between(moscow(2026, 3, 2), moscow(2026, 3, 9)) == timedelta(hours=6)


def test_names_of_dates_are_kept_beside_the_hours() -> None:
    form = {**OFFICE, "holidays": ["2026-05-09"], "names": {"2026-05-09": " День Победы\n"}}
    names = read_names(form)
    assert names == {date(2026, 5, 9): "День Победы"}
    assert form_of(read_calendar(form), names)["names"] == {"2026-05-09": "День Победы"}


def test_one_definition_is_one_calendar() -> None:
    assert calendar_of(json.dumps(OFFICE)) is calendar_of(json.dumps(OFFICE))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ([], '"calendar" is an object'),
        (None, '"calendar" is an object'),
        ({"hours": {}}, '"timezone" is a time zone'),
        ({**OFFICE, "timezone": 3}, '"timezone" is a time zone'),
        ({**OFFICE, "timezone": "Mars/Base"}, 'no time zone "Mars/Base"'),
        ({**OFFICE, "hollidays": []}, 'a calendar has no "hollidays"'),
        ({**OFFICE, "hours": []}, '"hours" is an object'),
        ({**OFFICE, "hours": {"monday": []}}, '"hours" has no "monday"'),
        ({**OFFICE, "hours": {"mon": "09:00-18:00"}}, '"hours.mon" is a list of pairs'),
        ({**OFFICE, "hours": {"mon": [["09:00"]]}}, '"hours.mon" is a list of pairs'),
        ({**OFFICE, "hours": {"mon": [["09:00", 18]]}}, '"hours.mon": "18" is no time of day'),
        ({**OFFICE, "hours": {"mon": [["09:60", "10:00"]]}}, '"09:60" is no time of day'),
        ({**OFFICE, "hours": {"mon": [["09:00", "24:01"]]}}, '"24:01" is no time of day'),
        ({**OFFICE, "hours": {"mon": [["09:00", "10:00:61"]]}}, '"10:00:61" is no time of day'),
        ({**OFFICE, "hours": {"mon": [["٠٩:00", "10:00"]]}}, "is no time of day"),
        ({**OFFICE, "hours": {"mon": [["24:00", "10:00"]]}}, '"hours.mon": hours open from 00:00'),
        ({**OFFICE, "hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "mon: the hours .* overlap"),
        ({**OFFICE, "hours": {"mon": [["22:00", "10:00"]], "tue": NINE_TO_SIX}}, "mon 22:00-10:00 runs into tue"),
        ({**OFFICE, "holidays": {}}, '"holidays" is a list of dates'),
        ({**OFFICE, "holidays": ["2026-02-30"]}, '"holidays": "2026-02-30" is no day'),
        ({**OFFICE, "holidays": ["20260501"]}, "is no day of the calendar"),
        ({**OFFICE, "holidays": [20260501]}, "is no day of the calendar"),
        ({**OFFICE, "holidays": ["0001-01-01"]}, "is no day of the calendar"),
        ({**OFFICE, "shifts": {"someday": []}}, '"shifts": "someday" is no day'),
        ({**OFFICE, "shifts": {"2026-05-01": None}}, '"shifts.2026-05-01" is a list of pairs'),
        ({**OFFICE, "shifts": {"2026-05-01": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "2026-05-01: the hours"),
        ({**OFFICE, "breaks": [1]}, '"breaks" is an object'),
        ({**OFFICE, "breaks": {"2026-05-01": [["x", "y"]]}}, '"breaks.2026-05-01": "x" is no time'),
        ({**OFFICE, "names": {"2026-05-01": 5}}, '"names.2026-05-01" is a text'),
        ({**OFFICE, "names": {"May": "x"}}, '"names": "May" is no day'),
    ],
)
def test_a_form_that_cannot_be_meant_is_refused_with_the_place(form: object, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_calendar(form)


def test_parts_that_are_missing_are_empty() -> None:
    bare = read_calendar({"timezone": "UTC", "hours": None, "holidays": None, "shifts": None, "breaks": None})
    assert bare == WorkCalendar("UTC", ((),) * 7)
    assert read_calendar(form_of(bare)) == bare


def test_a_text_that_is_no_json_is_no_calendar() -> None:
    with pytest.raises(InvalidInput, match="not JSON"):
        calendar_of("{")


def test_a_week_may_name_days_one_by_one_in_ranges_and_around_the_weekend() -> None:
    week = read_week("sat-mon 10:00-14:00, Tue fri 09:00–13:00 14:00-18:00")
    assert [hours_text(windows) for windows in week] == [
        "10:00-14:00",
        "09:00-13:00 14:00-18:00",
        "-",
        "-",
        "09:00-13:00 14:00-18:00",
        "10:00-14:00",
        "10:00-14:00",
    ]
    assert read_week("24/7") == ((Window(0, 86_400),),) * 7
    assert week_text(read_week("24/7")) == "mon-sun 00:00-24:00"


@pytest.mark.parametrize(
    "text", ["", "mon", "09:00-18:00", "mun 09:00-18:00", "mon 9-18", "mon-fri 09:00-18:00,", "mon 09:00-25:00"]
)
def test_a_week_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_week(text)


def test_adding_answers_with_the_calendars_own_offset() -> None:
    assert compute(case(start="2026-03-06T14:00:00Z", minutes=120)) == {"result": "2026-03-09T10:00:00+03:00"}
    assert compute(case(start="2026-03-06T14:00:00Z", seconds=0.5)) == {"result": "2026-03-06T17:00:00.500000+03:00"}
    assert compute(case(start="2026-03-09T10:00:00+03:00", minutes=-120)) == {"result": "2026-03-06T17:00:00+03:00"}
    assert compute(case(start="2026-03-07T10:00:00+03:00", minutes=0)) == {"result": "2026-03-07T10:00:00+03:00"}


def test_an_answer_follows_the_clock_change() -> None:
    madrid = {"timezone": "Europe/Madrid"}
    assert compute(case(calendar=madrid, start="2026-03-27T16:00:00+01:00", minutes=180)) == {
        "result": "2026-03-30T10:00:00+02:00"
    }


def test_measuring_answers_signed_seconds() -> None:
    a, b = "2026-03-06T17:30:00+03:00", "2026-03-09T09:00:00.25+03:00"
    assert compute(case("between", start=a, end="2026-03-09T10:00:00+03:00")) == {"result": 5400}
    assert compute(case("between", start="2026-03-09T10:00:00+03:00", end=a)) == {"result": -5400}
    assert compute(case("between", start=a, end=b)) == {"result": 1800.25}


def test_the_clock_stands_in_pauses() -> None:
    pauses = [
        ["2026-03-06T10:00:00+03:00", "2026-03-06T12:00:00+03:00"],
        ["2026-03-06T11:00:00+03:00", "2026-03-06T13:00:00+03:00"],
    ]
    start = "2026-03-06T09:00:00+03:00"
    assert compute(case(start=start, minutes=90, pauses=pauses)) == {"result": "2026-03-06T13:30:00+03:00"}
    end = "2026-03-06T14:00:00+03:00"
    assert compute(case("between", start=start, end=end, pauses=pauses)) == {"result": 7200}
    assert compute(case("active", at="2026-03-06T10:00:00+03:00", pauses=pauses)) == {"result": False}
    assert compute(case("active", at="2026-03-06T13:00:00+03:00", pauses=pauses)) == {"result": True}
    with pytest.raises(InvalidInput, match="Never"):
        compute(case(start=start, minutes=90, pauses=[["2026-03-06T10:00:00+03:00", None]]))


def test_hours_are_half_open() -> None:
    assert compute(case("active", at="2026-03-06T09:00:00+03:00")) == {"result": True}
    assert compute(case("active", at="2026-03-06T18:00:00+03:00")) == {"result": False}


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ([], "is a JSON object"),
        ({"op": "sub"}, '"op" is one of add, between, active, not "sub"'),
        ({"op": "add"}, '"calendar" is an object'),
        (case(start="2026-03-06T09:00:00+03:00"), 'either "seconds" or "minutes"'),
        (case(start="2026-03-06T09:00:00+03:00", seconds=1, minutes=1), 'either "seconds" or "minutes"'),
        (case(start="2026-03-06T09:00:00+03:00", seconds="1"), '"seconds" is a number'),
        (case(start="2026-03-06T09:00:00+03:00", minutes=True), '"minutes" is a number'),
        (case(start="2026-03-06T09:00:00+03:00", minutes=float("nan")), '"minutes" is a number'),
        (case(start="2026-03-06T09:00:00+03:00", minutes=10**30), '"minutes" is a number'),
        (case(start="2026-03-06T09:00:00+03:00", minutes=-(10**400)), '"minutes" is a number'),
        (case(start="2026-03-06T09:00:00", minutes=1), '"start" is a time like'),
        (case(start="yesterday", minutes=1), '"start" is a time like'),
        (case(minutes=1), '"start" is a time like'),
        (case(start="0001-01-01T00:00:00Z", minutes=1), "outside the years"),
        (case("between", start="2026-03-06T09:00:00+03:00"), '"end" is a time like'),
        (case("active"), '"at" is a time like'),
        (case("active", at="2026-03-06T09:00:00+03:00", pauses={}), '"pauses" is a list'),
        (case("active", at="2026-03-06T09:00:00+03:00", pauses=[[None, None]]), r'"pauses\[1\]" is a time'),
        (
            case("active", at="2026-03-06T09:00:00+03:00", pauses=[["2026-03-06T09:00:00+03:00"]]),
            r'"pauses\[1\]" is a pair',
        ),
        (
            case("active", at="2026-03-06T09:00:00Z", pauses=[["2026-03-06T09:00:00Z", "2026-03-05T09:00:00Z"]]),
            r'"pauses\[1\]" ends before it starts',
        ),
        (case(calendar={"hours": {}}, start="2026-03-06T09:00:00+03:00", minutes=1), "Never"),
    ],
)
def test_a_case_that_cannot_be_answered_says_why(broken: object, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        compute(broken)


def test_an_answer_is_an_instant_like_any_other() -> None:
    answer = compute(case(start="2026-03-06T14:00:00Z", minutes=120))
    assert datetime.fromisoformat(answer["result"]) == datetime(2026, 3, 9, 7, tzinfo=UTC)
