"""Quiet hours: the same hours of every day in which alerts do not ring for everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.worktime import Window, WorkCalendar
from deskconsole.domain.zones import DAY, zone_named

_TIME = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends` (`HH:MM`, over midnight where that is earlier) of every day, local to a zone.

    Raises:
        InvalidInput: a time or the zone is none, or the two are the same.
    """

    begins: str
    ends: str
    zone: str

    def __post_init__(self) -> None:
        _calendar(self)

    @property
    def text(self) -> str:
        """As people write it: `22:00-07:00`."""
        return f"{self.begins}-{self.ends}"

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` lies in are over; None outside them."""
        for began, ended in _calendar(self).windows(now, now + timedelta(days=2)):
            return ended if began <= now else None
        return None


def read_quiet(text: str, zone: str) -> QuietHours:
    """Quiet hours as people write them, `22:00-07:00`.

    Raises:
        InvalidInput: that is none.
    """
    begins, dash, ends = text.strip().partition("-")
    if not dash:
        raise InvalidInput(mark('Quiet hours are written as 22:00-07:00, not "{value}".'), value=text[:40])
    return QuietHours(begins.strip(), ends.strip(), zone)


@lru_cache(maxsize=16)
def _calendar(quiet: QuietHours) -> WorkCalendar:
    zone_named(quiet.zone)
    begins, ends = _second(quiet.begins) % DAY, _second(quiet.ends)
    if begins == ends % DAY:
        raise InvalidInput(
            mark("Quiet hours end at another time than they begin, not both at {time}."), time=quiet.ends
        )
    window = Window(begins, ends if ends > begins else ends + DAY)
    return WorkCalendar(quiet.zone, ((window,),) * 7)


def _second(text: str) -> int:
    match = _TIME.fullmatch(text)
    second = int(match[1]) * 3600 + int(match[2]) * 60 if match else DAY + 1
    if second > DAY:
        raise InvalidInput(mark('"{value}" is no time of the day; write 22:00.'), value=text[:40])
    return second
