"""Business time: adding to a moment, and measuring between two, over the working hours of a calendar.

Working hours are *local*: they are turned into instants day by day, so 09:00 stays 09:00 when clocks change
(design: domain.md, section 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import mark
from deskconsole.domain.timeline import Stretch, Timeline, united, without
from deskconsole.domain.zones import DAY, offset_at, steady_runs, zone_named

Pause = tuple[datetime, datetime | None]
"""A stretch in which the clock stands; None is until further notice."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TICK = timedelta(microseconds=1)
_SECOND = 1_000_000  # microseconds
_YEAR = 366 * DAY * _SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_BEGIN = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH) // _TICK
_END = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _TICK
# A day's windows as instants lie within these days of the same number in UTC: offsets are under 16 hours, a window
# reaches to the end of the next day at most, a gap moves a time by a day at most.
_DAYS_BEFORE, _DAYS_AFTER = 1, 4


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Working hours in seconds of the local day, `[opens, closes)`; beyond 86400 they end on the next day.

    Raises:
        InvalidInput: they open outside the day, end before they start, or last more than a day.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < DAY:
            raise InvalidInput(
                mark("hours open from 00:00 to 23:59:59, not {seconds} s into the day"), seconds=self.opens
            )
        if self.closes <= self.opens:
            raise InvalidInput(mark("the hours {window} end before they start"), window=self.text)
        if self.closes - self.opens > DAY:
            raise InvalidInput(mark("the hours {window} last more than a day"), window=self.text)

    @property
    def text(self) -> str:
        """As people write it: `09:00-18:00`, `22:00-06:00`, `00:00-24:00`."""
        return f"{clock_text(self.opens)}-{clock_text(self.closes)}"


def clock_text(second: int) -> str:
    """A second of the local day as `HH:MM`, or `HH:MM:SS` where it has seconds; only the day's own end is 24:00."""
    minutes, seconds = divmod(second if second <= DAY else second - DAY, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


Windows = tuple[Window, ...]
_NO_DAYS: Mapping[date, Windows] = MappingProxyType({})


@dataclass(frozen=True)
class WorkCalendar:
    """When work is done: a zone, seven weekdays' hours (Monday first), and dates that differ.

    `days` replaces the weekday's hours of a date (none: closed); a window belongs to the day it starts on. `breaks`
    are cut out of the time line. Equal and hashable by value. Instants are aware; results are in UTC and exact to
    the microsecond. What was worked out is kept and grows with the dates asked for; it is safe between threads.

    Raises:
        InvalidInput: there is no such zone, or hours overlap, also over midnight from one weekday to the next.
    """

    zone: str
    week: tuple[Windows, ...]
    days: Mapping[date, Windows] = field(default_factory=dict)
    breaks: Mapping[date, Windows] = field(default_factory=dict)
    _weekly: int = field(default=0, init=False, repr=False, compare=False)  # seconds
    _line: Timeline | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zone_named(self.zone)
        if len(self.week) != len(WEEKDAYS):
            raise InvalidInput(mark("a week has 7 days, not {count}"), count=len(self.week))
        put = object.__setattr__
        put(self, "week", tuple(tuple(sorted(windows)) for windows in self.week))
        for name in ("days", "breaks"):
            dated: Mapping[date, Windows] = getattr(self, name)
            put(self, name, MappingProxyType({day: tuple(sorted(dated[day])) for day in sorted(dated)}))
        put(self, "_weekly", sum(window.closes - window.opens for windows in self.week for window in windows))
        _check_week(self.week)
        for day, windows in self.days.items():
            _check_day(day.isoformat(), windows)

    def __hash__(self) -> int:
        return hash((self.zone, self.week, tuple(self.days.items()), tuple(self.breaks.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return WorkCalendar, (self.zone, self.week, dict(self.days), dict(self.breaks))

    def add(self, start: datetime, duration: timedelta, pauses: Sequence[Pause] = ()) -> datetime | None:
        """The earliest instant by which `duration` of working time has passed since `start`, outside `pauses`.

        None is never: no such instant comes before the year 3000. Nothing to add is `start` itself. A negative
        duration goes back, to the latest instant from which that much was worked until `start`; None also means
        before 1900.

        Raises:
            InvalidInput: `start` lies outside the years a desk can mean.
        """
        at, left = _number(start), duration // _TICK
        if not left:
            return start.astimezone(UTC)
        if left > 0:
            found = self._forward(at, left, _standing(pauses)) if pauses else self._earliest(at, left)
        else:
            found = self._backward(at, -left, _standing(pauses))
        return None if found is None else _EPOCH + found * _TICK

    def between(self, a: datetime, b: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
        """The working time from `a` to `b` outside `pauses`; negative when `b` is earlier.

        Raises:
            InvalidInput: an end lies outside the years a desk can mean.
        """
        first, last = _number(a), _number(b)
        sign = 1 if first <= last else -1
        first, last = min(first, last), max(first, last)
        counted = self._worked(first, last)
        for start, end in _standing(pauses):
            if start < last and first < end:
                counted -= self._worked(max(first, start), min(last, end))
        return timedelta(microseconds=sign * counted)

    @property
    def is_never_open(self) -> bool:
        """Whether it has no hours at all: nothing can be added to a moment."""
        return not any(self.week) and not any(self.days.values())

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is working time."""
        moment = _number(at)
        return self._covering(moment, moment).is_counted(moment)

    def windows(self, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working stretches from `a` to `b` in UTC, in order, those that touch as one."""
        first, last = _number(a), _number(b)
        if first < last:
            for start, end in self._covering(first, last).between(first, last):
                yield _EPOCH + start * _TICK, _EPOCH + end * _TICK

    def _forward(self, at: int, left: int, pauses: Sequence[Stretch]) -> int | None:
        for start, end in pauses:
            if end <= at:
                continue
            room = self._worked(at, start) if at < start else 0
            if left <= room:
                break
            left -= room
            if end >= _END:
                return None
            at = end
        return self._earliest(at, left)

    def _backward(self, at: int, left: int, pauses: Sequence[Stretch]) -> int | None:
        for start, end in reversed(pauses):
            if start >= at:
                continue
            room = self._worked(end, at) if end < at else 0
            if left <= room:
                break
            left -= room
            if start <= _BEGIN:
                return None
            at = start
        return self._latest(at, left)

    def _worked(self, first: int, last: int) -> int:
        line = self._covering(first, last)
        return line.worked(last) - line.worked(first)

    def _earliest(self, at: int, left: int) -> int | None:
        line = self._line
        if line is None or not line.first <= at <= line.last:
            line = self._covering(at, min(_END, at + self._guess(left)))
        while (found := line.after(at, left)) is None or found > line.last:
            if line.last >= _END:
                return None
            line = self._covering(at, min(_END, max(2 * line.last - at, at + self._guess(left)) + _SECOND))
        return found if found < _END else None

    def _latest(self, at: int, left: int) -> int | None:
        line = self._covering(max(_BEGIN, at - self._guess(left)), at)
        while (found := line.before(at, left)) is None or found < line.first:
            if line.first <= _BEGIN:
                return None
            line = self._covering(max(_BEGIN, 2 * line.first - at - _SECOND), at)
        return found if found >= _BEGIN else None

    def _guess(self, left: int) -> int:
        """How far away `left` of working time probably is; everything where no weekday has hours."""
        return min(left * 7 * DAY // self._weekly, _END) + 4 * DAY * _SECOND if self._weekly else _END - _BEGIN

    def _covering(self, first: int, last: int) -> Timeline:
        """The time line complete from `first` to `last`; one that has to grow doubles, or gains a year at least."""
        line = self._line
        if line is not None and line.first <= first and last <= line.last:
            return line
        if line is not None:
            more = min(line.last - line.first, _YEAR)
            first = line.first if first >= line.first else max(_BEGIN, min(first, line.first - more))
            last = line.last if last <= line.last else min(_END, max(last, line.last + more))
        days = range(first // _SECOND // DAY - _DAYS_AFTER, last // _SECOND // DAY + _DAYS_BEFORE + 1)
        line = Timeline(self._stretches(days), first, last)
        # One reference is swapped: another thread sees the old line or this one, both right.
        object.__setattr__(self, "_line", line)
        return line

    def _stretches(self, days: range) -> list[Stretch]:
        """The working stretches of the windows that start on `days`, numbered from 1970-01-01."""
        zone = zone_named(self.zone)
        week = [[(window.opens, window.closes) for window in windows] for windows in self.week]
        shape = [*week[3:], *week[:3]]  # 1970-01-01 was a Thursday
        dated, cuts = _by_number(self.days), _by_number(self.breaks)
        found: list[Stretch] = []
        for run, offset in steady_runs(zone, days) if self._weekly else ():
            if offset is not None:
                found += [
                    ((day * DAY + opens - offset) * _SECOND, (day * DAY + closes - offset) * _SECOND)
                    for day in run
                    for opens, closes in (dated[day] if day in dated else shape[day % 7])
                ]
            else:
                found += (s for day in run for s in _instants(zone, day, dated.get(day, shape[day % 7])))
        if not self._weekly:
            found += (s for day, windows in dated.items() if day in days for s in _instants(zone, day, windows))
        counted = united(found)
        standing = united(s for day, windows in cuts.items() if day in days for s in _instants(zone, day, windows))
        return without(counted, standing) if standing else counted


@lru_cache(maxsize=256)
def ALWAYS_OPEN(zone: str) -> WorkCalendar:  # noqa: N802 - it stands for a value
    """The calendar of that zone in which all time counts."""
    return WorkCalendar(zone, ((Window(0, DAY),),) * 7)


def _by_number(dated: Mapping[date, Windows]) -> dict[int, list[Stretch]]:
    """Windows as seconds of their day, by the day's number from 1970-01-01."""
    return {
        day.toordinal() - _FIRST_DAY: [(window.opens, window.closes) for window in windows]
        for day, windows in dated.items()
    }


def _instants(zone: ZoneInfo, day: int, windows: Iterable[Stretch]) -> Iterator[Stretch]:
    """The instants of windows, each end by the offset of its own local time."""
    for opens, closes in windows:
        yield (
            (day * DAY + opens - offset_at(zone, day, opens)) * _SECOND,
            (day * DAY + closes - offset_at(zone, day, closes)) * _SECOND,
        )


def _check_week(week: tuple[Windows, ...]) -> None:
    for place, windows in enumerate(week):
        _check_day(WEEKDAYS[place], windows)
        after = week[(place + 1) % 7]
        if windows and after and windows[-1].closes - DAY > after[0].opens:
            raise InvalidInput(
                mark("{day} {first} runs into {next_day} {second}"),
                day=WEEKDAYS[place],
                first=windows[-1].text,
                next_day=WEEKDAYS[(place + 1) % 7],
                second=after[0].text,
            )


def _check_day(place: str, windows: Windows) -> None:
    for first, second in pairwise(windows):
        if second.opens < first.closes:
            raise InvalidInput(
                mark("{day}: the hours {first} and {second} overlap"), day=place, first=first.text, second=second.text
            )


def _standing(pauses: Sequence[Pause]) -> list[Stretch]:
    """`pauses` in order, united; an open end is the end of all time, and what ends before it starts is nothing."""
    if not pauses:
        return []
    return united(
        (max(_BEGIN, (start - _EPOCH) // _TICK), _END if end is None else min(_END, (end - _EPOCH) // _TICK))
        for start, end in pauses
    )


def _number(moment: datetime) -> int:
    since = moment - _EPOCH
    number = (since.days * DAY + since.seconds) * _SECOND + since.microseconds
    if not _BEGIN <= number < _END:
        raise InvalidInput(
            mark("{moment} lies outside the years {first} to {last}"),
            moment=moment.isoformat(),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
    return number
