"""One recurrence rule of RFC 5545 (`FREQ=MONTHLY;BYDAY=-1FR`): read strictly, and walked through python-dateutil.

All times here are naive local times of the place where the work is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from enum import StrEnum
from itertools import dropwhile, islice, takewhile
from typing import TYPE_CHECKING

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

if TYPE_CHECKING:
    from dateutil.rrule import rrule, weekday

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NEVER_AFTER_YEARS = 60
"""A rule that does not fire within so many years of its start is taken for one that never does."""

_MOST = 99_999  # of INTERVAL and COUNT
_TOO_OFTEN = {
    "SECONDLY": mark('"{rule}" fires every second; the shortest step of recurring work is an hour (FREQ=HOURLY).'),
    "MINUTELY": mark('"{rule}" counts minutes; write FREQ=HOURLY, with BYMINUTE=0,30 for several times in the hour.'),
}
_LISTS = {
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
}
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_LISTS)
_NUMBER = re.compile("[+-]?[0-9]{1,6}")
_DAY = re.compile("([+-]?[0-9]{1,2})?(" + "|".join(DAYS) + ")")
_MOMENT = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?(?:\.[0-9]+)?(Z)?)?"
)
# The calendar repeats itself, weekdays and all, every 400 years.
_CYCLE = 400


class Frequency(StrEnum):
    """How long one period of a rule is."""

    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    HOURLY = "HOURLY"


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 0 is Monday; `number` counts it in its month or year, from the end if negative, 0 = every."""

    day: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with everything that RFC 5545 takes from the start written out; `until` is the last moment it may fire."""

    text: str
    frequency: Frequency
    start: datetime
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    positions: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = (0,)
    second: int = 0

    def moments(self, since: datetime | None = None) -> Iterator[datetime]:
        """Every moment it fires, rising and each once, from `since` on (itself included).

        The start is one of them only if the rule itself says so.
        """
        begin = self.start if since is None or self.count is not None else max(self.start, since)
        found: Iterator[datetime] = dropwhile(lambda at: at < begin, _walk(self, _period_of(self, begin)))
        if self.count is not None:
            found = islice(found, self.count)
            if since is not None:
                found = dropwhile(lambda at: at < since, found)
        last = self.until or datetime(LAST_YEAR, 12, 31, 23, 59, 59)
        return takewhile(lambda at: at <= last, found)


def read_rule(text: str, start: datetime, zone: tzinfo) -> Rule:
    """Read one rule for work that starts at `start` (naive local time of `zone`).

    Raises:
        InvalidInput: it can't be read, counts minutes or seconds, never fires, or ends before it starts.
    """
    parts = _parts_of(text)
    frequency = _frequency(parts, text)
    lists = {name: _numbers(name, parts[name], text) for name in _LISTS if name in parts}
    if len(lists.get("BYSECOND", ())) > 1:
        raise InvalidInput(
            mark('"{rule}" fires several times a minute ({part}); write one second.'), rule=shown(text), part="BYSECOND"
        )
    rule = Rule(
        text=text.strip(),
        frequency=frequency,
        start=start,
        interval=_whole("INTERVAL", parts.get("INTERVAL", "1"), text),
        count=_whole("COUNT", parts["COUNT"], text) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"], zone, text) if "UNTIL" in parts else None,
        week_start=_week_start(parts.get("WKST", "MO"), text),
        months=lists.get("BYMONTH", ()),
        month_days=lists.get("BYMONTHDAY", ()),
        year_days=lists.get("BYYEARDAY", ()),
        weeks=lists.get("BYWEEKNO", ()),
        weekdays=_weekdays(parts["BYDAY"], frequency, text) if "BYDAY" in parts else (),
        positions=lists.get("BYSETPOS", ()),
        hours=lists.get("BYHOUR", () if frequency is Frequency.HOURLY else (start.hour,)),
        minutes=lists.get("BYMINUTE", (start.minute,)),
        second=lists.get("BYSECOND", (start.second,))[0],
    )
    return _checked(_with_days_of_the_start(rule))


def read_moment_or_day(text: str, zone: tzinfo) -> datetime | date | None:
    """Read `20261231`, `2026-12-31T09:00` or, in UTC, `20261231T060000Z`; None if it is none of them.

    A moment comes as naive local time of `zone`.
    """
    match = _MOMENT.fullmatch(text.strip().upper())
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return None
        if match[4] is None:
            return day
        moment = datetime.combine(day, time(int(match[4]), int(match[5]), int(match[6] or 0)))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if match[7] else moment


def nearest(word: str, names: tuple[str, ...]) -> str:
    """The name most like `word`, else all of them."""
    found = get_close_matches(word.upper(), names, n=1, cutoff=0.5)
    return found[0] if found else ", ".join(names)


def shown(text: str) -> str:
    """What was typed, as a sentence about it can repeat it."""
    return clean(text).strip()[:80]


def _parts_of(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.strip().upper().rstrip(";").split(";"):
        name, sign, value = (word.strip() for word in piece.partition("="))
        if not sign or not value:
            raise InvalidInput(
                mark('"{rule}" can\'t be read at "{part}"; a rule is written like FREQ=WEEKLY;BYDAY=MO.'),
                rule=shown(text),
                part=shown(piece),
            )
        if name not in _PARTS:
            raise InvalidInput(
                mark('"{rule}": a rule has no part {part}; did you mean {near}?'),
                rule=shown(text),
                part=shown(name),
                near=nearest(name, _PARTS),
            )
        if name in parts:
            raise InvalidInput(mark('"{rule}" says {part} twice.'), rule=shown(text), part=name)
        parts[name] = value
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidInput(mark('"{rule}" has both COUNT and UNTIL; one of them ends it.'), rule=shown(text))
    return parts


def _frequency(parts: dict[str, str], text: str) -> Frequency:
    if "FREQ" not in parts:
        raise InvalidInput(mark('"{rule}" does not say how often; it needs FREQ.'), rule=shown(text))
    name = parts["FREQ"]
    if name in _TOO_OFTEN:
        raise InvalidInput(_TOO_OFTEN[name], rule=shown(text))
    try:
        return Frequency(name)
    except ValueError:
        near = nearest(name, tuple(Frequency))
        raise _bad_value("FREQ", name, text, near) from None


def _bad_value(part: str, value: str, text: str, wanted: str) -> InvalidInput:
    return InvalidInput(
        mark('"{rule}": {part} can\'t be "{value}"; write {wanted}.'),
        rule=shown(text),
        part=part,
        value=shown(value),
        wanted=wanted,
    )


def _numbers(part: str, value: str, text: str) -> tuple[int, ...]:
    least, most = _LISTS[part]
    found = set()
    for word in value.split(","):
        number = int(word) if _NUMBER.fullmatch(word.strip()) else None
        if number is None or not least <= number <= most or (least < 0 and number == 0):
            wanted = f"1..{most}, -1..{least}" if least < 0 else f"{least}..{most}"
            raise _bad_value(part, word.strip(), text, wanted)
        found.add(number)
    return tuple(sorted(found, key=lambda number: (number < 0, number)))


def _whole(part: str, value: str, text: str) -> int:
    if not _NUMBER.fullmatch(value) or not 1 <= int(value) <= _MOST:
        raise _bad_value(part, value, text, f"1..{_MOST}")
    return int(value)


def _week_start(value: str, text: str) -> int:
    if value not in DAYS:
        raise _bad_value("WKST", value, text, ", ".join(DAYS))
    return DAYS.index(value)


def _until(value: str, zone: tzinfo, text: str) -> datetime:
    """The last moment a rule may fire: a day counts to its end."""
    found = read_moment_or_day(value, zone)
    if found is None:
        raise _bad_value("UNTIL", value, text, "20261231, 20261231T090000, 20261231T060000Z")
    return found if isinstance(found, datetime) else datetime.combine(found, time(23, 59, 59))


def _weekdays(value: str, frequency: Frequency, text: str) -> tuple[Weekday, ...]:
    most = {Frequency.YEARLY: 53, Frequency.MONTHLY: 5}.get(frequency, 0)
    found = set()
    for word in value.split(","):
        match = _DAY.fullmatch(word.strip())
        number = int(match[1]) if match and match[1] else 0
        if match is None or (match[1] and number == 0):
            raise _bad_value("BYDAY", word.strip(), text, "MO, TU, WE, TH, FR, SA, SU, 1MO, -1FR")
        if number and not most:
            raise InvalidInput(
                mark('"{rule}": {day} counts the day in a month or a year; that needs FREQ=MONTHLY or YEARLY.'),
                rule=shown(text),
                day=word.strip(),
            )
        if abs(number) > most and number:
            raise _bad_value("BYDAY", word.strip(), text, f"1MO..{most}MO, -1MO..-{most}MO")
        found.add(Weekday(DAYS.index(match[2]), number))
    return tuple(sorted(found, key=lambda weekday: (weekday.number < 0, weekday.number, weekday.day)))


def _with_days_of_the_start(rule: Rule) -> Rule:
    """Write out which days a rule means that names none: those like its start's."""
    if rule.weekdays or rule.month_days or rule.year_days or rule.weeks:
        return rule
    if rule.frequency is Frequency.YEARLY:
        return replace(rule, months=rule.months or (rule.start.month,), month_days=(rule.start.day,))
    if rule.frequency is Frequency.MONTHLY:
        return replace(rule, month_days=(rule.start.day,))
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, weekdays=(Weekday(rule.start.weekday()),))
    return rule


def _checked(rule: Rule) -> Rule:
    if rule.until is not None and rule.until < rule.start:
        raise InvalidInput(
            mark('"{rule}" ends before its start, {start}.'),
            rule=shown(rule.text),
            start=rule.start.isoformat(" ", "minutes"),
        )
    first = _first(rule)
    if first is None or (rule.until is not None and first > rule.until):
        raise InvalidInput(
            mark('"{rule}" never fires when it starts at {start}.'),
            rule=shown(rule.text),
            start=rule.start.isoformat(" ", "minutes"),
        )
    return rule


def _first(rule: Rule) -> datetime | None:
    """The first moment a rule fires; None if it has none within `NEVER_AFTER_YEARS` (or it lies past `LAST_YEAR`).

    dateutil looks for it up to the year 9999. So the search begins as late as leaves enough years, a whole number
    of calendar cycles later, where the days fall as they do now.
    """
    later = (9999 - NEVER_AFTER_YEARS - rule.start.year) // _CYCLE * _CYCLE
    moved = replace(rule, start=rule.start.replace(year=rule.start.year + later))
    if rule.frequency in {Frequency.DAILY, Frequency.HOURLY}:
        # Day by day that is long still; whether there are such days at all is quicker seen year by year.
        days = replace(moved, frequency=Frequency.YEARLY, interval=1, positions=(), hours=(0,))
        if next(_walk(days, _period_of(days, days.start)), None) is None:
            return None
    found = next((at for at in _walk(moved, _period_of(moved, moved.start)) if at >= moved.start), None)
    if found is None or found.year - moved.start.year > NEVER_AFTER_YEARS or found.year - later > LAST_YEAR:
        return None
    return found.replace(year=found.year - later)


def _period_of(rule: Rule, at: datetime) -> datetime:
    """Where the period of a rule begins that `at` (not before the start) lies in, or the last one before it."""
    start, step = rule.start, rule.interval
    if rule.frequency is Frequency.YEARLY:
        return datetime(at.year - (at.year - start.year) % step, 1, 1)
    if rule.frequency is Frequency.MONTHLY:
        month = at.year * 12 + at.month - 1
        month -= (month - start.year * 12 - start.month + 1) % step
        return datetime(month // 12, month % 12 + 1, 1)
    if rule.frequency is Frequency.HOURLY:
        hours = (at - start) // timedelta(hours=1)
        return start + timedelta(hours=hours - hours % step)
    day = timedelta(days=1)
    first = datetime.combine(start.date(), time())
    if rule.frequency is Frequency.WEEKLY:
        first -= (start.weekday() - rule.week_start) % 7 * day
        step *= 7
    days = (at - first) // day
    return first + (days - days % step) * day


def _walk(rule: Rule, begin: datetime) -> Iterator[datetime]:
    """The moments of a rule from the beginning of one of its periods, without COUNT and UNTIL."""
    try:
        return iter(_as_dateutil(rule, begin))
    except ValueError:  # BYHOUR names hours that the steps of an hourly rule never meet
        return iter(())


def _as_dateutil(rule: Rule, begin: datetime) -> rrule:
    from dateutil import rrule as library

    return library.rrule(
        getattr(library, rule.frequency.value),
        dtstart=begin,
        interval=rule.interval,
        wkst=rule.week_start,
        bysetpos=rule.positions or None,
        bymonth=rule.months or None,
        bymonthday=rule.month_days or None,
        byyearday=rule.year_days or None,
        byweekno=rule.weeks or None,
        byweekday=_numbered_alike(rule) or None,
        byhour=rule.hours or None,
        byminute=rule.minutes,
        bysecond=rule.second,
    )


def _numbered_alike(rule: Rule) -> list[weekday]:
    """The weekdays of a rule as dateutil has them.

    Of `MO,1TU` it would take the days that are both; RFC 5545 means either, so Monday becomes every numbered Monday.
    """
    from dateutil.rrule import weekday

    is_mixed = len({bool(each.number) for each in rule.weekdays}) > 1
    most = 53 if rule.frequency is Frequency.YEARLY and not rule.months else 5
    found: list[weekday] = []
    for each in rule.weekdays:
        numbers = range(1, most + 1) if is_mixed and not each.number else (each.number,)
        found += [weekday(each.day, number) if number else weekday(each.day) for number in numbers]
    return found
