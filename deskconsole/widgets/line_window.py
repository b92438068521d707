"""The few rows a line list holds of a list of any length, and what it must ask for next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from deskconsole.widgets.line_columns import Row

SCREENS_AHEAD = 2
"""How many screens of rows are kept, and asked for, above and below what is seen."""


@dataclass(frozen=True, slots=True)
class Span:
    """`count` rows from `first` on (0 is the list's first row)."""

    first: int
    count: int


class RowWindow(Generic[Row]):
    """Rows by their place and by their key; holds what `keep` leaves: memory doesn't grow with the list."""

    def __init__(self, key_of: Callable[[Row], int]) -> None:
        self.key_of = key_of
        self.total = 0
        self._rows: dict[int, Row] = {}
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self, total: int) -> None:
        """Forget all rows of what is now a list of `total`."""
        self.total = total
        self._rows.clear()
        self._places.clear()

    def put(self, first: int, rows: Sequence[Row]) -> None:
        """Hold `rows` from place `first` on; a row that stood at another place has left it."""
        for index, row in enumerate(rows, first):
            key = self.key_of(row)
            self._forget(self._places.get(key))
            self._forget(index)
            self._rows[index] = row
            self._places[key] = index

    def replace(self, rows_by_key: Mapping[int, Row]) -> None:
        """Put newer values where the rows of these keys stand; rows not held are left alone."""
        for key, row in rows_by_key.items():
            if (index := self._places.get(key)) is not None:
                self._rows[index] = row

    def row(self, index: int) -> Row | None:
        """The row at a place, if it is held."""
        return self._rows.get(index)

    def holds(self, index: int) -> bool:
        """Whether the row at a place is held."""
        return index in self._rows

    def key(self, index: int) -> int | None:
        """The key of the row at a place, if it is held."""
        row = self._rows.get(index)
        return None if row is None else self.key_of(row)

    def place_of(self, key: int) -> int | None:
        """The place of the row with this key, if it is held."""
        return self._places.get(key)

    def keep(self, top: int, height: int) -> None:
        """Let go of rows too far from the `height` rows seen from `top` on."""
        first, end = self._around(top, height, SCREENS_AHEAD + 1)
        for index in [held for held in self._rows if not first <= held < end]:
            self._forget(index)

    def missing(self, top: int, height: int) -> Span | None:
        """The rows to ask for when `height` rows from `top` on are seen, or None while enough are held.

        Nothing is asked until a row less than one screen away is missing; then all missing ones up to
        `SCREENS_AHEAD` screens away are, in one span.
        """
        near_first, near_end = self._around(top, height, 1)
        if all(index in self._rows for index in range(near_first, near_end)):
            return None
        first, end = self._around(top, height, SCREENS_AHEAD)
        gaps = [index for index in range(first, end) if index not in self._rows]
        return Span(gaps[0], gaps[-1] - gaps[0] + 1)

    def _around(self, top: int, height: int, screens: int) -> tuple[int, int]:
        return max(0, top - screens * height), min(self.total, top + height + screens * height)

    def _forget(self, index: int | None) -> None:
        if index is None or index not in self._rows:
            return
        key = self.key_of(self._rows.pop(index))
        if self._places.get(key) == index:
            del self._places[key]
