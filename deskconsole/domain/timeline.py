"""Stretches of absolute time with the time counted before each: sums and look-ups by binary search."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

Stretch = tuple[int, int]  # half-open, [first, last)


class Timeline:
    """Working stretches with running totals, complete from `first` to `last`; never changed once made.

    Every number is microseconds: instants since 1970, totals since the first stretch.
    """

    __slots__ = ("_before", "_ends", "_starts", "first", "last")

    def __init__(self, stretches: Sequence[Stretch], first: int, last: int) -> None:
        self.first, self.last = first, last
        self._starts = [start for start, _end in stretches]
        self._ends = [end for _start, end in stretches]
        self._before = list(accumulate((end - start for start, end in stretches), initial=0))

    def worked(self, at: int) -> int:
        """What was counted before `at`."""
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        end = self._ends[place]
        return self._before[place] + (at if at < end else end) - self._starts[place]

    def after(self, at: int, length: int) -> int | None:
        """The first instant by which `length` (more than zero) is counted from `at` on; None if not in this table."""
        place = bisect_right(self._starts, at) - 1
        total = length
        if place >= 0:
            end = self._ends[place]
            total += self._before[place] + (at if at < end else end) - self._starts[place]
        place = bisect_left(self._before, total, place + 1) - 1
        return self._starts[place] + total - self._before[place] if place < len(self._starts) else None

    def before(self, at: int, length: int) -> int | None:
        """The last instant from which `length` (more than zero) is counted until `at`; None if not in this table."""
        total = self.worked(at) - length
        if total < 0:
            return None
        place = bisect_right(self._before, total) - 1
        return self._starts[place] + total - self._before[place]

    def is_counted(self, at: int) -> bool:
        """Whether `at` lies in a stretch."""
        place = bisect_right(self._starts, at) - 1
        return place >= 0 and at < self._ends[place]

    def between(self, first: int, last: int) -> Iterator[Stretch]:
        """The stretches from `first` to `last`, cut at both."""
        for place in range(max(0, bisect_right(self._starts, first) - 1), len(self._starts)):
            start, end = max(first, self._starts[place]), min(last, self._ends[place])
            if self._starts[place] >= last:
                return
            if start < end:
                yield start, end


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """`stretches` in order, those that overlap or touch as one, empty ones left out."""
    found: list[Stretch] = []
    end = None
    for start, last in sorted(stretches):
        if last <= start:
            continue
        if end is None or start > end:
            found.append((start, last))
            end = last
        elif last > end:
            found[-1] = (found[-1][0], last)
            end = last
    return found


def without(stretches: Sequence[Stretch], cuts: Sequence[Stretch]) -> list[Stretch]:
    """`stretches` less `cuts`; both are in order and don't overlap."""
    left: list[Stretch] = []
    first = 0
    for start, end in stretches:
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        at, place = start, first
        while place < len(cuts) and cuts[place][0] < end:
            if at < cuts[place][0]:
                left.append((at, cuts[place][0]))
            at = cuts[place][1]
            place += 1
        if at < end:
            left.append((at, end))
    return left
