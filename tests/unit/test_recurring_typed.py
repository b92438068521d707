"""The form of recurring work as texts: what it means, and in which field it can't be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from deskconsole.domain.occurrences import CatchUp, Shift
from deskconsole.domain.terms import Priority
from deskconsole.screens.recurring_fields import BLANK
from deskconsole.screens.recurring_typed import WrongField, length_text, template_of, typed

WHOLE = {
    **BLANK,
    "name": "Filters",
    "subject": "Change the filters",
    "rules": "FREQ=WEEKLY;BYDAY=MO\nFREQ=MONTHLY;BYMONTHDAY=-1",
    "except": "2026-05-01",
    "start": "2026-01-30 09:00",
}


def test_a_whole_form_is_a_template() -> None:
    said = {
        "ends": "2026-12-31",
        "zone": "Europe/Madrid",
        "lead": "3",
        "shift": "next",
        "calendar": "2",
        "catch_up": "all",
        "client": "7",
        "units": "3,1",
        "tickets": "each",
        "points": " Open it \n\nClose it",
        "estimate": "1h30",
        "priority": "1",
    }
    made = template_of({**WHOLE, **said}, "", UTC)
    assert (made.starts, made.ends_on, made.zone) == (datetime(2026, 1, 30, 9), date(2026, 12, 31), "Europe/Madrid")
    assert (made.lead_days, made.shift, made.calendar_id, made.catch_up) == (3, Shift.NEXT, 2, CatchUp.ALL)
    assert (made.client_id, list(made.units), made.one_per_unit) == (7, [3, 1], True)
    assert (list(made.checklist), made.estimate_minutes, made.priority) == (
        ["Open it", "Close it"],
        90,
        Priority.CRITICAL,
    )


def test_a_form_says_as_little_as_it_may() -> None:
    made = template_of(WHOLE, "", UTC)
    assert (made.zone, made.type, made.priority, made.lead_days) == ("", "visit", Priority.NORMAL, 0)
    assert (made.client_id, made.estimate_minutes, made.catch_up) == (None, 0, CatchUp.LATEST)


def test_times_with_an_offset_are_those_of_the_sites_clock() -> None:
    at_site = template_of({**WHOLE, "start": "20260130T060000Z"}, "Europe/Moscow", UTC)
    at_desk = template_of({**WHOLE, "start": "20260130T060000Z"}, "", ZoneInfo("Europe/Madrid"))
    assert (at_site.starts, at_desk.starts) == (datetime(2026, 1, 30, 9), datetime(2026, 1, 30, 7))


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("start", "", "Say when it begins"),
        ("start", "soon", "is no start"),
        ("ends", "2026-02-30", "is no day of the calendar"),
        ("ends", "2026-01-29", "is before its start"),
        ("zone", "Mars/Base", "there is no time zone"),
        ("lead", "two", "is no number of days"),
        ("lead", "-1", "is no number of days"),
        ("lead", "4000", "Lead days go from"),
        ("estimate", "long", "is no length of time"),
        ("rules", "", "needs a rule"),
        ("rules", "FREQ=SECONDLY", "fires every second"),
        ("rules", "FREQ=WEEKLY;BYDAY=XX", "BYDAY can't be"),
        ("except", "sometimes", "sometimes"),
        ("except", "FREQ=DAILY", "leave nothing"),
    ],
)
def test_what_can_not_be_meant_is_said_of_its_field(field: str, text: str, sentence: str) -> None:
    with pytest.raises(WrongField) as wrong:
        template_of({**WHOLE, field: text}, "", UTC)
    assert wrong.value.field == field
    assert sentence in str(wrong.value.sentence)


def test_a_shift_without_a_calendar_is_said_of_the_calendar() -> None:
    with pytest.raises(WrongField) as wrong:
        template_of({**WHOLE, "shift": "next"}, "", UTC)
    assert wrong.value.field == "calendar"


def test_names_of_rows_are_not_typed() -> None:
    assert typed({"site": "3", "site name": "Store"}) == {"site": "3"}


@pytest.mark.parametrize(("minutes", "text"), [(0, ""), (45, "45"), (60, "1:00"), (95, "1:35")])
def test_a_length_is_shown_as_one_types_it(minutes: int, text: str) -> None:
    assert length_text(minutes) == text
