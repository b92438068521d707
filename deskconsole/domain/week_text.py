"""The hours of a week as people write them in one line: `mon-fri 09:00-13:00 14:00-18:00, sat 10:00-14:00`."""

from __future__ import annotations

import re
from itertools import groupby

from deskconsole.domain.calendar_form import read_window
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean
from deskconsole.domain.worktime import WEEKDAYS, Window, Windows
from deskconsole.domain.zones import DAY

ALWAYS = "24/7"
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")
_HOURS = re.compile(r"([0-9:]+)-([0-9:]+)")


def read_week(text: str) -> tuple[Windows, ...]:
    """The hours of the seven weekdays, Monday first; days that are not named are free.

    Each part, after a comma, names days (`mon`, `mon-fri`, `sat sun`) and then hours; `24/7` is all of the time.

    Raises:
        InvalidInput: a word is neither, or days have no hours.
    """
    if text.strip() == ALWAYS:
        return ((Window(0, DAY),),) * len(WEEKDAYS)
    week: list[list[Window]] = [[] for _day in WEEKDAYS]
    for part in text.casefold().split(","):
        words = part.replace("\u2013", "-").split()
        days = [day for word in words if not _HOURS.fullmatch(word) for day in _days_of(word)]
        hours = [match for word in words if (match := _HOURS.fullmatch(word))]
        if not days or not hours:
            raise InvalidInput(
                mark('"{value}" names no days with hours; write "mon-fri 09:00-18:00, sat 10:00-14:00"'),
                value=clean(part).strip()[:40],
            )
        for day in days:
            week[day] += [read_window(match[1], match[2], WEEKDAYS[day]) for match in hours]
    return tuple(tuple(sorted(windows)) for windows in week)


def week_text(week: tuple[Windows, ...]) -> str:
    """The hours of a week in one line, days in a row with the same hours together; empty without any."""
    parts = []
    for windows, days in groupby(range(len(week)), key=lambda day: week[day]):
        run = [WEEKDAYS[day] for day in days]
        if windows:
            parts.append(f"{run[0] if len(run) == 1 else f'{run[0]}-{run[-1]}'} {hours_text(windows)}")
    return ", ".join(parts)


def hours_text(windows: Windows) -> str:
    """The hours of a day: `09:00-13:00 14:00-18:00`; a dash where it has none."""
    return " ".join(window.text for window in windows) or "-"


def _days_of(word: str) -> list[int]:
    match = _DAYS.fullmatch(word)
    if match is None or any(name not in WEEKDAYS for name in match.groups() if name):
        raise InvalidInput(
            mark('"{value}" is neither days ({days}) nor hours such as 09:00-18:00'),
            value=clean(word)[:40],
            days=", ".join(WEEKDAYS),
        )
    first = WEEKDAYS.index(match[1])
    length = (WEEKDAYS.index(match[2]) - first) % 7 + 1 if match[2] else 1
    return [(first + place) % 7 for place in range(length)]
