"""Times as people type them, turned into absolute spans: `2h`, `-7d`, `today`, `2026-03-01T10:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""The years a desk can mean; outside them zone arithmetic and the databases part ways."""

_TICK = timedelta(microseconds=1)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_RELATIVE = re.compile(r"([+-]?)((?:[0-9]{1,7}[mhdw])+)")
_AMOUNT = re.compile(r"([0-9]+)([mhdw])")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]([0-9]{1,2}):([0-9]{2}))?")
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a person stands in time: `now` (aware), their zone, and their day if it is not `now`'s."""

    now: datetime
    zone: tzinfo
    today: date | None = None

    @property
    def day(self) -> date:
        """The person's local day."""
        return self.today or self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of absolute time, UTC-aware: `start <= t < end`; None is an open side."""

    start: datetime | None
    end: datetime | None

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Moment:
    """One typed time: where it starts, the first instant after it, and the span it means on its own."""

    start: datetime
    after: datetime
    whole: Span


def read_moment(text: str, clock: Clock) -> Moment:
    """Read one typed time as the person at `clock` means it.

    A relative time (`2h`, `-1d4h`) is elapsed time from `now`, and on its own the span between; a day is the
    whole local day, 23 or 25 hours when clocks change; a local time that does not exist moves forward.

    Raises:
        InvalidInput: it is no time, or lies outside `FIRST_YEAR` to `LAST_YEAR`.
    """
    now = clock.now.astimezone(UTC)
    typed = text.strip().casefold()
    if typed == "now":
        return _instant(now, Span(now, now + _UNITS["m"]))
    if match := _RELATIVE.fullmatch(typed):
        return _relative(text, match, now)
    try:
        if typed in _DAYS:
            return _day(clock.day + timedelta(days=_DAYS[typed]), clock.zone)
        if match := _DATE.fullmatch(text.strip().upper()):
            return _written(match, clock.zone)
    except (ValueError, OverflowError):
        raise InvalidInput(mark('"{value}" is not in the calendar'), value=clean(text)[:40]) from None
    raise InvalidInput(
        mark('"{value}" is not a time; write 2h, -7d, today, 2026-03-01 or 2026-03-01T10:00'),
        value=clean(text)[:40],
    )


def read_range(first: str, last: str, clock: Clock) -> Span:
    """Read `first..last`, both ends included (a day to its end); an empty end leaves that side open.

    Raises:
        InvalidInput: an end is no time, or the range runs backwards.
    """
    start = read_moment(first, clock).start if first else None
    end = read_moment(last, clock).after if last else None
    if start and end and end <= start:
        raise InvalidInput(mark('The range "{value}" runs backwards'), value=clean(f"{first}..{last}")[:40])
    return Span(start, end)


def _instant(start: datetime, whole: Span) -> Moment:
    return Moment(start, start + _TICK, whole)


def _relative(text: str, match: re.Match[str], now: datetime) -> Moment:
    length = timedelta()
    try:
        for amount, unit in _AMOUNT.findall(match[2]):
            length += int(amount) * _UNITS[unit]
        start = now - length if match[1] == "-" else now + length
    except OverflowError:
        start = datetime.max.replace(tzinfo=UTC)
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise InvalidInput(mark('"{value}" is too far away'), value=clean(text)[:40])
    return _instant(start, Span(min(now, start), max(now, start)))


def _day(day: date, zone: tzinfo) -> Moment:
    start, after = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    return Moment(start, after, Span(start, after))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return _absolute(datetime.combine(day, time()), zone)


def _absolute(local: datetime, zone: tzinfo) -> datetime:
    if not FIRST_YEAR <= local.year <= LAST_YEAR + 1:
        raise ValueError(local)
    return local.replace(tzinfo=zone).astimezone(UTC)


def _written(match: re.Match[str], zone: tzinfo) -> Moment:
    day = date(int(match[1]), int(match[2]), int(match[3]))
    if match[4] is None:
        return _day(day, zone)
    start = _absolute(datetime.combine(day, time(int(match[4]), int(match[5]))), zone)
    return _instant(start, Span(start, start + _UNITS["m"]))
