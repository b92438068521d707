"""The easy way to a rule: how often, and on which days; and back from a rule that says no more than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from deskconsole.domain.recurrence_rule import Frequency, Rule, Weekday
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _
from deskconsole.recurring_words import days_words
from deskconsole.screens.dialogs import Option

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKING = ",".join(WEEKDAYS[:5])
EVERY = MappingProxyType(
    {
        "day": ("FREQ=DAILY", mark("every day")),
        "working": (f"FREQ=WEEKLY;BYDAY={WORKING}", mark("from Monday to Friday")),
        "week": ("FREQ=WEEKLY", mark("every week")),
        "fortnight": ("FREQ=WEEKLY;INTERVAL=2", mark("every second week")),
        "month": ("FREQ=MONTHLY", mark("every month")),
        "quarter": ("FREQ=MONTHLY;INTERVAL=3", mark("every quarter")),
        "year": ("FREQ=YEARLY", mark("every year")),
        "half": ("FREQ=MONTHLY;INTERVAL=6", mark("every half-year")),
    }
)
"""How often: what a rule begins with, and its words."""
NUMBERS = (1, 2, 3, 4, -1)
LONGEST_MONTH = 31
LAST_MONTH = 12
_OF_WEEK = frozenset({"week", "fortnight"})
_WHOLE = frozenset({"day", "working"})
_ANY_DAY = datetime(2024, 1, 1)


@dataclass(frozen=True)
class Easy:
    """How often (a key of `EVERY`), and the days: `MO` in a week; `15`, `-1` or `2MO`, `-1FR` or `1WD` in a month.

    `WD` is a day from Monday to Friday. No days: as it starts. `month` is the one of a year's days, 0 the start's.
    """

    every: str
    days: tuple[str, ...] = ()
    month: int = 0


def rule_text(easy: Easy, start: datetime) -> str:
    """The rule in the writing of RFC 5545."""
    head = EVERY[easy.every][0]
    if easy.every in _WHOLE or not easy.days:
        return head
    month = f";BYMONTH={easy.month or start.month}" if easy.every == "year" else ""
    return f"{head}{month};{_days_text(easy.days)}"


def easy_of(text: str) -> Easy | None:
    """The easy reading of one line of a rule; None if there is none."""
    pieces = [piece.partition("=") for piece in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";")]
    parts = {name: value for name, _sign, value in pieces}
    if len(parts) < len(pieces):
        return None
    head = ";".join(f"{name}={parts.pop(name)}" for name in ("FREQ", "INTERVAL") if name in parts)
    head = head.removesuffix(";INTERVAL=1")
    if head == "FREQ=WEEKLY" and parts == {"BYDAY": WORKING}:
        return Easy("working")
    every = next((name for name, (begins, _words) in EVERY.items() if begins == head), None)
    month = parts.pop("BYMONTH", "0")
    days = _days_of(parts)
    if every is None or days is None or not month.isdecimal():
        return None
    has_month = 0 < int(month) <= LAST_MONTH
    if has_month != (every == "year" and bool(days)) or (int(month) and not has_month):
        return None
    known = set(day_choices(every))
    return Easy(every, days, int(month)) if set(days) <= known and len(set(days)) == len(days) else None


def day_choices(every: str) -> tuple[str, ...]:
    """The days there are to choose from."""
    if every in _WHOLE:
        return ()
    if every in _OF_WEEK:
        return WEEKDAYS
    days = [str(day) for day in range(1, LONGEST_MONTH + 1)]
    numbered = [f"{number}{day}" for number in NUMBERS for day in WEEKDAYS]
    return (*days, "-1", *numbered, "1WD", "-1WD")


def with_day(days: Sequence[str], day: str) -> tuple[str, ...]:
    """The days with another one, or without it if it is among them; days of another kind give way."""
    if day in days:
        return tuple(other for other in days if other != day)
    kept = [other for other in days if _kind(other) == _kind(day) and _kind(day) != "WD"]
    return tuple(sorted([*kept, day], key=day_choices("month").index if _kind(day) != "MO" else WEEKDAYS.index))


def every_options() -> list[Option[str]]:
    """How often, as it is offered."""
    return [Option(name, _(words)) for name, (_text, words) in EVERY.items()]


def day_options(every: str) -> list[Option[str]]:
    """The days as they are offered."""
    return [Option(day, days_said((day,))) for day in day_choices(every)]


def days_said(days: Sequence[str]) -> str:
    """The days in words: "on Monday and Friday"."""
    if not days:
        return ""
    kind = _kind(days[0])
    if kind == "MO":
        rule = Rule("", Frequency.WEEKLY, _ANY_DAY, weekdays=tuple(Weekday(WEEKDAYS.index(day)) for day in days))
    elif kind == "WD":
        working = tuple(Weekday(day) for day in range(5))
        rule = Rule("", Frequency.MONTHLY, _ANY_DAY, weekdays=working, positions=(int(days[0][:-2]),))
    elif kind == "2MO":
        numbered = tuple(Weekday(WEEKDAYS.index(day[-2:]), int(day[:-2])) for day in days)
        rule = Rule("", Frequency.MONTHLY, _ANY_DAY, weekdays=numbered)
    else:
        rule = Rule("", Frequency.MONTHLY, _ANY_DAY, month_days=tuple(int(day) for day in days))
    return days_words(rule)


def _kind(day: str) -> str:
    if day in WEEKDAYS:
        return "MO"
    if day.endswith("WD"):
        return "WD"
    return "15" if day.lstrip("-").isdecimal() else "2MO"


def _days_text(days: Sequence[str]) -> str:
    kind = _kind(days[0])
    if kind == "WD":
        return f"BYDAY={WORKING};BYSETPOS={days[0][:-2]}"
    return f"{'BYMONTHDAY' if kind == '15' else 'BYDAY'}={','.join(days)}"


def _days_of(parts: dict[str, str]) -> tuple[str, ...] | None:
    """The days of what is left of a rule; None if more is said."""
    if not parts:
        return ()
    if parts.keys() == {"BYDAY", "BYSETPOS"} and parts["BYDAY"] == WORKING:
        return (f"{parts['BYSETPOS']}WD",)
    if len(parts) == 1 and parts.keys() <= {"BYDAY", "BYMONTHDAY"}:
        return tuple(next(iter(parts.values())).split(","))
    return None
