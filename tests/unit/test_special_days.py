"""Days of a country's calendar: what they do to ours, and the files and libraries they come from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.special_days import DayKind, SpecialDay, with_days
from deskconsole.domain.week_text import hours_text, read_week
from deskconsole.domain.worktime import WorkCalendar
from deskconsole.exchange.production_calendar import LARGEST_FILE, read_production_calendar
from deskconsole.exchange.public_holidays import public_holidays

OFFICE = WorkCalendar("Europe/Moscow", read_week("mon-thu 09:00-13:00 14:00-18:00, fri 09:00-13:00 14:00-17:00"))
SATURDAY, MONDAY, FRIDAY = date(2026, 3, 7), date(2026, 3, 9), date(2026, 3, 6)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<calendar year="2026" lang="ru" country="ru">'
SHEET = f"""{HEAD}
  <holidays><holiday id="1" title="Новый год"/></holidays>
  <days><day d="01.01" t="1" h="1"/><day d="01.09" t="1" f="01.03"/><day d="04.30" t="2"/><day d="12.26" t="3"/></days>
</calendar>"""


def hours(calendar: WorkCalendar, day: date) -> str:
    return hours_text(calendar.days.get(day, calendar.week[day.weekday()]))


def test_a_day_off_is_closed_and_named() -> None:
    new = with_days(OFFICE, {}, [SpecialDay(MONDAY, DayKind.OFF, "Женский день")])
    assert hours(new.calendar, MONDAY) == "-"
    assert new.names == {MONDAY: "Женский день"}
    (change,) = new.changes
    assert (hours_text(change.before), hours_text(change.after)) == ("09:00-13:00 14:00-18:00", "-")


def test_a_working_weekend_has_the_hours_most_days_have() -> None:
    new = with_days(OFFICE, {}, [SpecialDay(SATURDAY, DayKind.WORKING)])
    assert hours(new.calendar, SATURDAY) == "09:00-13:00 14:00-18:00"


def test_a_short_day_ends_an_hour_earlier_also_on_a_weekend() -> None:
    new = with_days(OFFICE, {}, [SpecialDay(FRIDAY, DayKind.SHORT), SpecialDay(SATURDAY, DayKind.SHORT)])
    assert hours(new.calendar, FRIDAY) == "09:00-13:00 14:00-16:00"
    assert hours(new.calendar, SATURDAY) == "09:00-13:00 14:00-17:00"


def test_an_hour_less_may_take_whole_windows() -> None:
    pieces = WorkCalendar("UTC", read_week("mon 09:00-12:00 13:00-13:40 14:00-14:20, tue 09:00-09:30"))
    new = with_days(pieces, {}, [SpecialDay(MONDAY, DayKind.SHORT), SpecialDay(date(2026, 3, 10), DayKind.SHORT)])
    assert hours(new.calendar, MONDAY) == "09:00-12:00"
    assert hours(new.calendar, date(2026, 3, 10)) == "-"


def test_dates_already_there_stay_and_keep_their_hours_unless_told() -> None:
    own = with_days(OFFICE, {}, [SpecialDay(SATURDAY, DayKind.WORKING, "inventory")])
    found = [SpecialDay(SATURDAY, DayKind.OFF, "x"), SpecialDay(MONDAY, DayKind.OFF)]
    kept = with_days(own.calendar, own.names, found)
    assert hours(kept.calendar, SATURDAY) == "09:00-13:00 14:00-18:00"
    assert kept.names == {SATURDAY: "inventory"}
    assert [(change.day, change.is_kept) for change in kept.changes] == [(SATURDAY, True), (MONDAY, False)]
    told = with_days(own.calendar, own.names, found, overwrite=True)
    assert hours(told.calendar, SATURDAY) == "-"
    assert not any(change.is_kept for change in told.changes)


def test_the_same_days_again_change_nothing() -> None:
    found = [SpecialDay(SATURDAY, DayKind.WORKING), SpecialDay(MONDAY, DayKind.OFF), SpecialDay(FRIDAY, DayKind.SHORT)]
    once = with_days(OFFICE, {}, found)
    assert with_days(once.calendar, once.names, found).changes == ()
    assert with_days(once.calendar, once.names, found).calendar == once.calendar


def test_a_working_weekend_needs_hours_it_could_have() -> None:
    with pytest.raises(InvalidInput, match="no weekday of this calendar has hours"):
        with_days(WorkCalendar("UTC", ((),) * 7), {}, [SpecialDay(SATURDAY, DayKind.WORKING)])


def test_a_production_calendar_is_read_with_its_names(tmp_path: Path) -> None:
    file = tmp_path / "calendar.xml"
    file.write_text(SHEET, "utf-8")
    assert read_production_calendar(file) == (
        SpecialDay(date(2026, 1, 1), DayKind.OFF, "Новый год"),
        SpecialDay(date(2026, 1, 9), DayKind.OFF),
        SpecialDay(date(2026, 4, 30), DayKind.SHORT),
        SpecialDay(date(2026, 12, 26), DayKind.WORKING),
    )


def test_a_year_by_the_production_calendar_has_its_working_time(tmp_path: Path) -> None:
    file = tmp_path / "calendar.xml"
    file.write_text(SHEET, "utf-8")
    plain = WorkCalendar("UTC", read_week("mon-fri 09:00-13:00 14:00-18:00"))
    new = with_days(plain, {}, read_production_calendar(file)).calendar
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert plain.between(*year) - new.between(*year) == timedelta(hours=8 + 8 + 1 - 8)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not XML"),
        ("<a/>", "does not begin with the calendar of a year"),
        ('<calendar year="26"/>', "does not begin with the calendar of a year"),
        ("<!DOCTYPE c [<!ENTITY a 'b'>]><calendar year='2026'>&a;</calendar>", "declares a document type"),
        (f"{HEAD}</calendar>", "has no days"),
        (f'{HEAD}\n<day d="02.30" t="1"/></calendar>', 'line 3: "02.30" is no day of 2026'),
        (f'{HEAD}<day t="1"/></calendar>', '"" is no day of 2026'),
        (f'{HEAD}<day d="02.20" t="7"/></calendar>', 'day 02.20 has the unknown kind "7"'),
        (f'{HEAD}<day d="02.20" t="1"/><day d="02.20" t="2"/></calendar>', "day 02.20 stands twice"),
        (f'{HEAD}<day d="02.20" t="1"/>', "not XML"),
        ("<?xml version='1.0' encoding='nonsense'?><calendar year='2026'/>", "encoding"),
        (" " * (LARGEST_FILE + 1), "too large"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "calendar.xml"
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=says) as caught:
        read_production_calendar(file)
    assert "calendar.xml" in str(caught.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="can't be read"):
        read_production_calendar(tmp_path / "none.xml")
    with pytest.raises(InvalidInput, match="can't be read"):
        read_production_calendar(tmp_path)


def test_public_holidays_of_a_country_and_of_its_region_by_code_or_name() -> None:
    country = {day.day: day.name for day in public_holidays("ES", [2026])}
    region = {day.day for day in public_holidays("es-md", [2026])}
    assert country[date(2026, 1, 1)] == "Año Nuevo"
    assert date(2026, 5, 2) in region
    assert date(2026, 5, 2) not in country
    assert region == {day.day for day in public_holidays("ES-madrid", [2026])}
    assert {day.day.year for day in public_holidays("RU", range(2025, 2027))} == {2025, 2026}
    assert all(day.kind is DayKind.OFF for day in public_holidays("RU", [2026]))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("XX", 'no holidays of the country "XX"'),
        ("", "no holidays of the country"),
        ("ES-Madrit", "did you mean Madrid"),
        ("ES-QQQ", "there is AN, AR"),
        ("RU-MOW", "No regions of RU are known"),
    ],
)
def test_an_unknown_country_or_region_is_refused(place: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        public_holidays(place, [2026])
