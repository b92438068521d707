"""Days off, short days and working weekends out of a country's calendar, as hours of a calendar of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.worktime import Window, Windows, WorkCalendar

HOUR = 3600  # seconds a short day ends earlier


class DayKind(StrEnum):
    """What a country's calendar says about a day."""

    OFF = "off"
    SHORT = "short"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that differs from its weekday; `name` is empty where it has none."""

    day: date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class DayChange:
    """What a day is to become; `is_kept` where the calendar says something else of it and goes on saying so."""

    day: date
    name: str
    before: Windows
    after: Windows
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class NewDays:
    """A calendar with the days of another in it, what they are called, and what changed, by date."""

    calendar: WorkCalendar
    names: Mapping[date, str]
    changes: tuple[DayChange, ...]


def with_days(
    calendar: WorkCalendar, names: Mapping[date, str], found: Iterable[SpecialDay], *, overwrite: bool = False
) -> NewDays:
    """`calendar` with the days `found`: all the dates it has stay.

    A date it has other hours for keeps them unless `overwrite`. A day off is closed; a working day has its weekday's
    hours or, on a free weekday, those most weekdays have; a short day ends an hour earlier.

    Raises:
        InvalidInput: no weekday has hours that a working or a short day could have.
    """
    days, called, changes = dict(calendar.days), dict(names), []
    for special in sorted(found, key=lambda one: one.day):
        usual = calendar.week[special.day.weekday()]
        before, after = days.get(special.day, usual), _hours(calendar.week, special)
        is_kept = special.day in days and before != after and not overwrite
        if not is_kept:
            if special.name:
                called[special.day] = special.name
            if after != usual or special.kind is DayKind.OFF:
                days[special.day] = after
            else:
                days.pop(special.day, None)
        if before != after:
            changes.append(DayChange(special.day, special.name, before, after, is_kept))
    return NewDays(replace(calendar, days=days), called, tuple(changes))


def _hours(week: tuple[Windows, ...], special: SpecialDay) -> Windows:
    if special.kind is DayKind.OFF:
        return ()
    hours = week[special.day.weekday()] or _most_usual(week, special.day)
    return _shortened(hours) if special.kind is DayKind.SHORT else hours


def _most_usual(week: tuple[Windows, ...], day: date) -> Windows:
    """The hours most weekdays have, of those as frequent the first."""
    found = Counter(windows for windows in week if windows).most_common(1)
    if not found:
        raise InvalidInput(
            mark("{day} is a working day, but no weekday of this calendar has hours; set them first"), day=day
        )
    return found[0][0]


def _shortened(windows: Windows) -> Windows:
    """`windows` without their last hour of work."""
    left, shorter = HOUR, list(windows)
    while shorter and left:
        last = shorter.pop()
        length = last.closes - last.opens
        if length > left:
            return (*shorter, Window(last.opens, last.closes - left))
        left -= length
    return tuple(shorter)
