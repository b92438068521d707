"""A working calendar as plain JSON values: the form of docs/sla.md, read and written.

Where a holiday, a shift and a break meet, the form means what the Ruby gem `biz` means by the same words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean
from deskconsole.domain.worktime import WEEKDAYS, Window, Windows, WorkCalendar, clock_text
from deskconsole.domain.zones import DAY

KEYS = ("timezone", "hours", "holidays", "shifts", "breaks", "names")
LONGEST_NAME = 200  # characters of a holiday's name

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_calendar(form: object) -> WorkCalendar:
    """The calendar that `form` describes.

    A shift replaces the weekday's hours of its date, a holiday closes its date whatever stands there, a break is
    cut out. Hours that end no later than they start end on the next day.

    Raises:
        InvalidInput: something can't be meant that way; the sentence names the place.
    """
    known = _object(form, "calendar")
    for key in known:
        if key not in KEYS:
            raise InvalidInput(
                mark('a calendar has no "{key}"; there is {choices}'), key=_shown(key), choices=", ".join(KEYS)
            )
    zone = known.get("timezone")
    if not isinstance(zone, str):
        raise InvalidInput(mark('"{place}" is a time zone, such as "Europe/Madrid"'), place="timezone")
    hours = _object(known.get("hours"), "hours")
    for name in hours:
        if name not in WEEKDAYS:
            raise InvalidInput(
                mark('"hours" has no "{key}"; there is {choices}'), key=_shown(name), choices=", ".join(WEEKDAYS)
            )
    read_names(known)
    days = _dated(known.get("shifts"), "shifts") | dict.fromkeys(_holidays(known.get("holidays")), ())
    week = tuple(_windows(hours.get(name, []), f"hours.{name}") for name in WEEKDAYS)
    return WorkCalendar(zone, week, days, _dated(known.get("breaks"), "breaks"))


def read_names(form: object) -> dict[date, str]:
    """What the dates of a calendar are called, by the names in its form; they decide nothing.

    Raises:
        InvalidInput: a date or a name is none.
    """
    found = {}
    for key, name in _object(_object(form, "calendar").get("names"), "names").items():
        if not isinstance(name, str) or len(name) > LONGEST_NAME:
            raise InvalidInput(
                mark('"{place}" is a text of at most {most} characters'),
                place=f"names.{_shown(key)}",
                most=LONGEST_NAME,
            )
        found[read_date(key, "names")] = clean(name).strip()
    return found


def form_of(calendar: WorkCalendar, names: Mapping[date, str] | None = None) -> dict[str, Any]:
    """The form that describes `calendar`, parts that are empty left out; reading it gives an equal calendar."""
    form: dict[str, Any] = {
        "timezone": calendar.zone,
        "hours": {day: _written(windows) for day, windows in zip(WEEKDAYS, calendar.week, strict=True) if windows},
        "holidays": [day.isoformat() for day, windows in calendar.days.items() if not windows],
        "shifts": {day.isoformat(): _written(windows) for day, windows in calendar.days.items() if windows},
        "breaks": {day.isoformat(): _written(windows) for day, windows in calendar.breaks.items() if windows},
        "names": {day.isoformat(): name for day, name in sorted((names or {}).items()) if name},
    }
    return {key: value for key, value in form.items() if value or key in {"timezone", "hours"}}


@lru_cache(maxsize=512)
def calendar_of(definition: str) -> WorkCalendar:
    """The calendar of a stored form; the same text again is the same calendar, with what was worked out in it.

    Raises:
        InvalidInput: the text is no calendar.
    """
    try:
        form = json.loads(definition)
    except (ValueError, RecursionError):
        raise InvalidInput(mark("the calendar is not JSON")) from None
    return read_calendar(form)


def read_window(opens: object, closes: object, place: str) -> Window:
    """The hours from one time of day to another, `09:00` or `09:00:30`; over midnight unless they end later.

    Raises:
        InvalidInput: a time is none.
    """
    found = _window_of(opens, closes) if isinstance(opens, str) and isinstance(closes, str) else None
    if found is not None:
        return found
    for value in (opens, closes):
        if not isinstance(value, str) or _second_of(value) is None:
            raise InvalidInput(
                mark('"{place}": "{value}" is no time of day; write 09:00'), place=_shown(place), value=_shown(value)
            )
    raise InvalidInput(mark('"{place}": hours open from 00:00 to 23:59, not at 24:00'), place=_shown(place))


def read_date(value: object, place: str) -> date:
    """A date, `2026-12-31`.

    Raises:
        InvalidInput: it is none, or lies outside the years a desk can mean.
    """
    found = _date_of(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput(
            mark('"{place}": "{value}" is no day of the calendar; write 2026-12-31'), place=place, value=_shown(value)
        )
    return found


def _written(windows: Iterable[Window]) -> list[list[str]]:
    return [[clock_text(window.opens), clock_text(window.closes)] for window in windows]


def _holidays(value: object) -> list[date]:
    if not isinstance(value, (list, type(None))):
        raise InvalidInput(mark('"{place}" is a list of dates'), place="holidays")
    return [read_date(item, "holidays") for item in value or ()]


def _dated(value: object, place: str) -> dict[date, Windows]:
    return {read_date(key, place): _windows(item, f"{place}.{key}") for key, item in _object(value, place).items()}


def _windows(value: object, place: str) -> Windows:
    if not isinstance(value, list):
        raise InvalidInput(mark('"{place}" is a list of pairs like ["09:00", "18:00"]'), place=_shown(place))
    found = []
    for pair in value:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise InvalidInput(mark('"{place}" is a list of pairs like ["09:00", "18:00"]'), place=_shown(place))
        found.append(read_window(pair[0], pair[1], place))
    return tuple(found)


# Calendars share their times and dates: ten thousand of them are read in a second or two.
@lru_cache(maxsize=16_384)
def _window_of(opens: str, closes: str) -> Window | None:
    start, end = _second_of(opens), _second_of(closes)
    if start is None or end is None or start == DAY:
        return None
    return Window(start, end if end > start else end + DAY)


@lru_cache(maxsize=4096)
def _second_of(text: str) -> int | None:
    """The second of the day, 24:00 included; None if it is no time of day."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return None
    found = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    return found if found <= DAY else None


@lru_cache(maxsize=16_384)
def _date_of(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None  # 2026-02-30
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None


def _object(value: object, place: str) -> dict[str, Any]:
    """A JSON object; nothing is an empty one, but for the calendar itself."""
    if value is None and place != "calendar":
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(mark('"{place}" is an object'), place=place)
    return value


def _shown(value: object) -> str:
    return clean(str(value))[:40]
