"""What the demo's company promises: its working hours, SLA policies, and for whom they hold."""

from __future__ import annotations

import json
from datetime import date

from deskconsole.data.demo.rows import Book
from deskconsole.data.demo.staff import Staff
from deskconsole.data.tables import (
    PersonCalendar,
    Setting,
    SlaBinding,
    SlaPolicy,
    SlaTarget,
    StoredCalendar,
    TeamLead,
)
from deskconsole.domain.sla_policy import Level
from deskconsole.domain.terms import Priority, SlaClock

ZONE = "Europe/Moscow"
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
WEEK = (*WORKDAYS, "sat", "sun")
OFFICE = {day: [["09:00", "18:00"]] for day in WORKDAYS}
EXTENDED = {day: [["08:00", "22:00"]] for day in WEEK}
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in WEEK}
# Days off of the year (month, day), as most of the demo's clients have them.
HOLIDAYS = (*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4))
HOUR, EVERY = 60, None
# Minutes for each clock: for every priority, or for one.
STANDARD = (
    (SlaClock.ACKNOWLEDGE, EVERY, HOUR),
    (SlaClock.FIRST_RESPONSE, EVERY, 4 * HOUR),
    (SlaClock.FIRST_RESPONSE, Priority.CRITICAL, HOUR),
    (SlaClock.UPDATE, EVERY, 9 * HOUR),
    (SlaClock.ARRIVAL, EVERY, 9 * HOUR),
    (SlaClock.RESOLUTION, EVERY, 18 * HOUR),
    (SlaClock.RESOLUTION, Priority.CRITICAL, 4 * HOUR),
    (SlaClock.RESOLUTION, Priority.HIGH, 9 * HOUR),
    (SlaClock.RESOLUTION, Priority.LOW, 45 * HOUR),
)
VIP = (
    (SlaClock.ACKNOWLEDGE, EVERY, 45),
    (SlaClock.FIRST_RESPONSE, EVERY, HOUR),
    (SlaClock.UPDATE, EVERY, 4 * HOUR),
    (SlaClock.ARRIVAL, EVERY, 4 * HOUR),
    (SlaClock.RESOLUTION, EVERY, 14 * HOUR),
    (SlaClock.RESOLUTION, Priority.CRITICAL, 3 * HOUR),
)
CHARGERS = (
    (SlaClock.ACKNOWLEDGE, EVERY, 45),
    (SlaClock.FIRST_RESPONSE, EVERY, HOUR),
    (SlaClock.ARRIVAL, EVERY, 12 * HOUR),
    (SlaClock.RESOLUTION, EVERY, 24 * HOUR),
)
Promise = tuple[tuple[SlaClock, Priority | None, int], ...]


def promise(book: Book, staff: Staff, today: date) -> None:
    """Put calendars, policies and team leads into the book."""
    office = _calendar(book, "Office", OFFICE, today, is_closed_on_holidays=True)
    extended = _calendar(book, "Extended", EXTENDED, today, is_closed_on_holidays=False)
    always = _calendar(book, "24x7", ROUND_THE_CLOCK, today, is_closed_on_holidays=False)
    for name, calendar_id, targets, level, row_id, category in (
        ("Standard", office, STANDARD, Level.DEFAULT, None, ""),
        ("VIP", extended, VIP, Level.CATEGORY, None, "VIP"),
        ("EV chargers 24x7", always, CHARGERS, Level.SERVICE, staff.services["charger"].id, ""),
    ):
        policy_id = _policy(book, name, calendar_id, targets)
        book.put(SlaBinding, policy_id=policy_id, level=level.value, row_id=row_id, category=category)
    for skill, engineers in staff.engineers.items():
        book.put(TeamLead, team_id=staff.teams[skill], person_id=engineers[0].id)
        for engineer in engineers:
            book.put(PersonCalendar, person_id=engineer.id, calendar_id=extended if skill == "power" else office)
    book.put(Setting, name="default_calendar", value=json.dumps(office))


def _calendar(
    book: Book, name: str, hours: dict[str, list[list[str]]], today: date, *, is_closed_on_holidays: bool
) -> int:
    years = range(today.year - 1, today.year + 3)
    holidays = [date(year, *day).isoformat() for year in years for day in HOLIDAYS] if is_closed_on_holidays else []
    form = {"timezone": ZONE, "hours": hours, "holidays": holidays}
    return book.put(StoredCalendar, name=name, definition=json.dumps(form))


def _policy(book: Book, name: str, calendar_id: int, targets: Promise) -> int:
    number = book.put(SlaPolicy, name=name, calendar_id=calendar_id, warn_percents="50 75 90 100", is_active=True)
    for clock, priority, minutes in targets:
        book.put(
            SlaTarget,
            policy_id=number,
            clock=clock.value,
            minutes=minutes,
            priority=priority.value if priority is not None else None,
            ticket_type="",
            service_id=None,
        )
    return number
