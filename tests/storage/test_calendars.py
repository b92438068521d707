"""Calendars and shifts as the desk keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deskconsole.data.queries import calendars as queries
from deskconsole.data.tables import Absence, StoredCalendar
from deskconsole.desk import calendars, shifts, sla_edition
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.special_days import DayKind, SpecialDay
from deskconsole.domain.week_text import read_week
from tests.storage.desks import Company

OFFICE: dict[str, Any] = {
    "timezone": "Europe/Moscow",
    "hours": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
MONDAY = date(2026, 3, 9)


def edition(company: Company) -> int:
    return company.desk().read(sla_edition.current).number


def test_a_calendar_is_made_changed_and_loaded(company: Company) -> None:
    desk = company.desk("sue")
    made = calendars.put_calendar(desk, "Office", OFFICE)
    assert calendars.put_calendar(desk, "office", {**OFFICE, "holidays": [MONDAY.isoformat()]}) == made
    assert company.count(StoredCalendar) == 1
    by_name, by_id = desk.read(calendars.load, "OFFICE"), desk.read(calendars.load, made)
    assert by_name is by_id
    assert by_name.days == {MONDAY: ()}


def test_each_change_begins_an_edition_and_no_change_none(company: Company) -> None:
    desk, before = company.desk("root"), edition(company)
    calendars.put_calendar(desk, "Office", OFFICE)
    calendars.put_calendar(desk, "Office", dict(reversed(OFFICE.items())))
    assert edition(company) == before + 1
    calendars.set_hours(desk, "Office", week=read_week("24/7"))
    calendars.add_days(desk, "Office", [SpecialDay(MONDAY, DayKind.OFF)])
    calendars.add_days(desk, "Office", [SpecialDay(MONDAY, DayKind.OFF)])
    assert edition(company) == before + 3


def test_a_new_name_for_a_holiday_is_kept(company: Company) -> None:
    desk = company.desk("root")
    calendars.put_calendar(desk, "Office", OFFICE)
    calendars.add_days(desk, "Office", [SpecialDay(MONDAY, DayKind.OFF, "Женский день")])
    (row,) = desk.read(queries.calendars)
    assert "Женский день" in row.definition


def test_days_are_taken_in_once_under_one_key(company: Company) -> None:
    desk, key = company.desk("root"), uuid4()
    calendars.put_calendar(desk, "Office", OFFICE)
    first = calendars.add_days(desk, "Office", [SpecialDay(MONDAY, DayKind.OFF, "x")], key=key)
    assert [change.day for change in first] == [MONDAY]
    assert calendars.add_days(desk, "Office", [SpecialDay(MONDAY, DayKind.OFF, "x")], key=key) == first


def test_calendars_are_for_keepers_and_must_be_there(company: Company) -> None:
    with pytest.raises(Refused):
        calendars.put_calendar(company.desk("ann"), "Office", OFFICE)
    with pytest.raises(NotFound, match="no calendar"):
        calendars.add_days(company.desk("root"), "Office", [SpecialDay(MONDAY, DayKind.OFF)])
    for which in ("Office", 5):
        with pytest.raises(NotFound, match="no calendar"):
            company.desk().read(calendars.load, which)
    with pytest.raises(InvalidInput, match="name of at most"):
        calendars.put_calendar(company.desk("root"), "x" * 200, OFFICE)


def test_a_person_works_by_a_calendar_but_not_when_away(company: Company) -> None:
    desk, eva = company.desk("ann"), company.people["eva"]
    calendars.put_calendar(company.desk("root"), "Office", OFFICE)
    assert desk.read(shifts.working_calendar, eva) is None
    assert shifts.set_calendar(desk, eva, "Office")
    assert not shifts.set_calendar(desk, eva, "Office")
    shifts.add_absence(desk, eva, MONDAY, MONDAY + timedelta(days=1), reason="ill")
    worked = desk.read(shifts.working_calendar, eva)
    assert worked is not None
    week = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC)
    assert worked.between(*week) == timedelta(hours=27)
    shared = desk.read(calendars.load, "Office")
    assert shared.between(*week) == timedelta(hours=45)
    assert shifts.set_calendar(desk, eva, None)
    assert desk.read(shifts.working_calendar, eva) is None


def test_absences_of_one_person_do_not_meet(company: Company) -> None:
    desk, eva, ed = company.desk("ann"), company.people["eva"], company.people["ed"]
    made = shifts.add_absence(desk, eva, MONDAY, MONDAY + timedelta(days=4))
    for first, last in ((4, 9), (-3, 0), (1, 2), (-1, 9)):
        with pytest.raises(InvalidInput, match="already"):
            shifts.add_absence(desk, eva, MONDAY + timedelta(days=first), MONDAY + timedelta(days=last))
    shifts.add_absence(desk, ed, MONDAY, MONDAY)
    shifts.add_absence(desk, eva, MONDAY + timedelta(days=5), MONDAY + timedelta(days=5))
    assert [row.login for row in desk.read(queries.absences, since=MONDAY + timedelta(days=5))] == ["eva"]
    assert shifts.remove_absence(desk, made) == eva
    assert company.count(Absence) == 2
    with pytest.raises(NotFound):
        shifts.remove_absence(desk, made)


def test_shifts_are_not_for_engineers_and_people_must_be_there(company: Company) -> None:
    with pytest.raises(Refused):
        shifts.add_absence(company.desk("eva"), company.people["eva"], MONDAY, MONDAY)
    with pytest.raises(NotFound, match="no person"):
        shifts.add_absence(company.desk("ann"), 999, MONDAY, MONDAY)
    with pytest.raises(NotFound, match="no calendar"):
        shifts.set_calendar(company.desk("ann"), company.people["eva"], "Nope")
