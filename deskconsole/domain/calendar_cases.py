"""One question to a calendar as plain JSON values: the format of `deskconsole calendar compute` (docs/sla.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskconsole.domain.calendar_form import read_calendar
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import LAST_YEAR
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean
from deskconsole.domain.worktime import Pause

OPERATIONS = ("add", "between", "active")
LONGEST = 100_000_000_000  # seconds: more than the years a desk can mean

_UNITS = {"seconds": 1, "minutes": 60}


def compute(case: object) -> dict[str, Any]:
    """The answer to `case` as `{"result": ...}`: an instant with the calendar's offset, signed seconds, or yes and no.

    Raises:
        InvalidInput: something can't be meant that way, or the time never passes; the sentence says which.
    """
    if not isinstance(case, dict):
        raise InvalidInput(mark("A line is a JSON object"))
    operation = case.get("op")
    if operation not in OPERATIONS:
        raise InvalidInput(
            mark('"op" is one of {choices}, not "{value}"'),
            choices=", ".join(OPERATIONS),
            value=clean(str(operation))[:40],
        )
    calendar = read_calendar(case.get("calendar"))
    pauses = list(_pauses(case.get("pauses")))
    if operation == "add":
        due = calendar.add(_moment(case.get("start"), "start"), _length(case), pauses)
        if due is None:
            raise InvalidInput(
                mark("Never: this calendar has not that much working time up to the year {year}"), year=LAST_YEAR
            )
        return {"result": due.astimezone(ZoneInfo(calendar.zone)).isoformat()}
    if operation == "between":
        first, last = _moment(case.get("start"), "start"), _moment(case.get("end"), "end")
        return {"result": _seconds(calendar.between(first, last, pauses))}
    at = _moment(case.get("at"), "at")
    stands = any(start <= at and (end is None or at < end) for start, end in pauses)
    return {"result": calendar.is_open(at) and not stands}


def _length(case: Mapping[str, Any]) -> timedelta:
    """What is to be added: `seconds` or `minutes`, less than nothing goes back."""
    given = [unit for unit in _UNITS if case.get(unit) is not None]
    if len(given) != 1:
        raise InvalidInput(mark('Give either "seconds" or "minutes" to add'))
    value, unit = case[given[0]], given[0]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    most = LONGEST // _UNITS[unit]
    if not is_number or not -most <= value <= most:  # compared, not converted: an integer may be any size
        raise InvalidInput(mark('"{place}" is a number up to {most}'), place=unit, most=most)
    return timedelta(**{unit: value})


def _pauses(value: object) -> Iterator[Pause]:
    if not isinstance(value, (list, type(None))):
        raise InvalidInput(mark('"{place}" is a list of pairs of times'), place="pauses")
    for number, pair in enumerate(value or (), start=1):
        place = f"pauses[{number}]"
        if not isinstance(pair, list) or len(pair) != 2:
            raise InvalidInput(mark('"{place}" is a pair of times; null as the second is "still"'), place=place)
        start = _moment(pair[0], place)
        end = None if pair[1] is None else _moment(pair[1], place)
        if end is not None and end < start:
            raise InvalidInput(mark('"{place}" ends before it starts'), place=place)
        yield start, end


def _moment(value: object, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInput(mark('"{place}" is a time like 2026-03-02T09:00:00+03:00, with its offset'), place=place)
    return found


def _seconds(length: timedelta) -> int | float:
    return length // timedelta(seconds=1) if not length.microseconds else length.total_seconds()
