"""A point in time as people type a deadline: `2h`, `14:00`, `tomorrow`, `tomorrow 14:00`, `2026-03-01 9:30`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from deskconsole.domain.moments import Clock, read_moment

_WITH_TIME = re.compile(r"(?:(\S+)\s+)?(\d{1,2}:\d{2})")


def read_deadline(text: str, clock: Clock) -> datetime:
    """The instant meant by a typed deadline; a day alone means its last minute, a time alone today's.

    Raises:
        InvalidInput: it is no time.
    """
    typed = text.strip()
    if match := _WITH_TIME.fullmatch(typed):
        day = read_moment(match[1] or "today", clock).start.astimezone(clock.zone).date()
        return read_moment(f"{day.isoformat()} {match[2]}", clock).start
    moment = read_moment(typed, clock)
    if moment.after - moment.start < timedelta(hours=1):
        return moment.start
    return moment.after - timedelta(minutes=1)
