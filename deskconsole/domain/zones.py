"""Time zones by their IANA names, and the instants behind the local times of their days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark

DAY = 86_400
_EPOCH = datetime(1970, 1, 1)  # the local midnight that days are numbered from
_BLOCK = 256  # days whose offsets are looked up at once


def zone_named(name: str) -> ZoneInfo:
    """The zone of that IANA name.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise InvalidInput(mark('there is no time zone "{zone}"; write it as Europe/Madrid'), zone=name[:40]) from None


def offset_at(zone: ZoneInfo, day: int, second: int) -> int:
    """The offset from UTC, in seconds, of a local time: `second` of a day numbered from 1970-01-01, or after it.

    A time in a gap moves forward by the gap, an ambiguous one takes its first reading.
    """
    offset = zone.utcoffset(_EPOCH + timedelta(days=day, seconds=second))
    if offset is None:
        raise AssertionError("a zone always has an offset")
    return offset.days * DAY + offset.seconds


def steady_runs(zone: ZoneInfo, days: range) -> Iterator[tuple[range, int | None]]:
    """`days` in runs that keep one offset, in seconds, also on the day after; None where it changes."""
    for block in range(days.start // _BLOCK, (days.stop - 1) // _BLOCK + 1):
        for run, offset in _runs_of(zone.key, block):
            if both := range(max(run.start, days.start), min(run.stop, days.stop)):
                yield both, offset


@lru_cache(maxsize=4096)
def _runs_of(name: str, block: int) -> tuple[tuple[range, int | None], ...]:
    """The runs of one block of days.

    No zone has changed its clock twice within a day and come back, so equal offsets at both ends of a day hold for
    all of it.
    """
    zone, first = ZoneInfo(name), block * _BLOCK
    offsets = [offset_at(zone, first + place, 0) for place in range(_BLOCK + 2)]
    steady = [a if a == b == c else None for a, b, c in zip(offsets, offsets[1:], offsets[2:], strict=False)]
    runs = []
    for offset, places in groupby(steady):
        length = len(list(places))
        runs.append((range(first, first + length), offset))
        first += length
    return tuple(runs)
