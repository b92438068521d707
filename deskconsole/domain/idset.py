"""Sets of ticket numbers as Request Tracker's command line writes them: `1-10,15`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

HIGHEST_ID = 2**63 - 1  # what both databases can store

_PART = re.compile(r"\s*#?([0-9]{1,19})\s*(?:-\s*#?([0-9]{1,19})\s*)?")


def parse_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """The inclusive ranges `text` names, as typed: `1-10,15` is `((1, 10), (15, 15))`.

    Raises:
        InvalidInput: a part is empty, is no number, runs backwards or can't be a number of the desk.
    """
    return tuple(_range(part) for part in text.split(","))


def _range(part: str) -> tuple[int, int]:
    shown = clean(part).strip()[:40]
    if not (match := _PART.fullmatch(part)):
        raise InvalidInput(mark('"{part}" is not a number or a range such as 1-10,15'), part=shown)
    first = int(match[1])
    last = int(match[2] or first)
    if last < first:
        raise InvalidInput(mark('The range "{part}" runs backwards'), part=shown)
    if first < 1 or last > HIGHEST_ID:
        raise InvalidInput(mark('"{part}" can\'t be a number of the desk'), part=shown)
    return first, last


def parse_ids(text: str, limit: int = 100_000) -> tuple[int, ...]:
    """The numbers `text` names, each once, rising: `15,1-3` is `(1, 2, 3, 15)`.

    Raises:
        InvalidInput: as `parse_ranges`, or there are more than `limit` numbers.
    """
    numbers: set[int] = set()
    for first, last in parse_ranges(text):
        # Counted before it is filled: 1-9999999999 must not eat the memory first.
        if last - first >= limit:
            break
        numbers.update(range(first, last + 1))
        if len(numbers) > limit:
            break
    else:
        return tuple(sorted(numbers))
    raise InvalidInput(mark("Too many numbers at once; name at most {limit}"), limit=limit)


def format_ids(ids: Iterable[int]) -> str:
    """Write `ids` in the same notation, shortest form; the opposite of `parse_ids`."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(ids)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
