"""Days and local times with their weekday, in the language in use."""

from __future__ import annotations

from datetime import date, datetime

from deskconsole.domain.sentences import mark
from deskconsole.i18n import _

DAY_NAMES = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))


def day_and_time(local: datetime) -> str:
    """A local time with its weekday: `Fri 2026-01-30 09:00`."""
    return f"{day_text(local)} {local:%H:%M}"


def day_text(day: date) -> str:
    """A day with its weekday: `Fri 2026-01-30`."""
    return f"{_(DAY_NAMES[day.weekday()])} {day:%Y-%m-%d}"
