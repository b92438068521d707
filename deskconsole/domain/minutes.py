"""Lengths of work as people type them: `90`, `1h30`, `1:30`, `45m`, `1ч30`, `1,5h`."""

from __future__ import annotations

import re

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

_PLAIN = re.compile(r"(\d{1,5})\s*(?:m|min|м|мин)?\.?")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")
_HOURS = re.compile(r"(\d{1,5})\s*(?:h|ч)\.?\s*(?:([0-5]?\d)\s*(?:m|min|м|мин)?\.?)?")
_DECIMAL = re.compile(r"(\d{1,3})[.,](\d{1,2})\s*(?:h|ч)\.?")


def read_minutes(text: str) -> int:
    """Read a length of work in whole minutes; a part of a minute counts as one.

    Raises:
        InvalidInput: it can't be meant as a length of time.
    """
    typed = text.strip().casefold()
    if match := _PLAIN.fullmatch(typed):
        return int(match[1])
    if match := _CLOCK.fullmatch(typed):
        return 60 * int(match[1]) + int(match[2])
    if match := _HOURS.fullmatch(typed):
        return 60 * int(match[1]) + int(match[2] or 0)
    if match := _DECIMAL.fullmatch(typed):
        hundredths = int(match[2].ljust(2, "0"))
        return 60 * int(match[1]) + -(-60 * hundredths // 100)
    raise InvalidInput(mark('"{value}" is no length of time; write 90, 1h30 or 1:30.'), value=clean(text)[:40])
