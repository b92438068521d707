"""The columns of a line list: what a cell says, and where each column stands at a given width."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len

from deskconsole.widgets.text_block import Align, fit

Row = TypeVar("Row")

GUTTER = 2
"""Cells left of the first column: the cursor's and the mark's."""
GAP = 1
LEAST_FLEXIBLE = 4
UP, DOWN = "▲", "▼"


class Cell(NamedTuple):
    """What one cell says, and the name of its look: one of `CELL_LOOKS`, or none."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: its title and how a row's cell is made at a moment.

    `width` is in cells, 0 shares what the others leave; the column is shown in lists of `shown_from` cells
    and wider, below `shown_below` (0: in all of them); the cells of a `ticking` column are made again every second.
    """

    id: str
    title: str
    cell: Callable[[Row, datetime], Cell]
    width: int = 0
    align: Align = "left"
    shown_from: int = 0
    ticking: bool = False
    shown_below: int = 0


class Placed(NamedTuple, Generic[Row]):
    """A column with the cells it takes: `x` from the list's left edge, and its width."""

    column: Column[Row]
    x: int
    width: int

    def fitted(self, row: Row, now: datetime) -> Cell:
        """Make the cell of `row`, safe and exactly as wide as the column."""
        text, look = self.column.cell(row, now)
        return Cell(fit(text, self.width, self.column.align), look)

    def heading(self, sorted_by: str | None, descending: bool) -> Cell:
        """The column's title; the sort mark stays when the title is cut."""
        if self.column.id != sorted_by or self.width <= 1:
            return Cell(fit(self.column.title, self.width, self.column.align))
        arrow = DOWN if descending else UP
        title = fit(self.column.title, min(self.width - 1, cell_len(self.column.title)))
        return Cell(fit(title + arrow, self.width, self.column.align))


class CellMaker(Generic[Row]):
    """Makes the cells of rows for columns placed once, and remembers them by the row's place in the list."""

    def __init__(self, placed: tuple[Placed[Row], ...]) -> None:
        self.placed = placed
        self._made: dict[int, tuple[Row, datetime, tuple[Cell, ...]]] = {}

    def cells(self, index: int, row: Row, now: datetime) -> tuple[Cell, ...]:
        """The fitted cells of the row at `index`; of those made before only ticking ones are made again."""
        made = self._made.get(index)
        if made is not None and made[0] is row:
            if made[1] == now:
                return made[2]
            cells = tuple(
                placed.fitted(row, now) if placed.column.ticking else cell
                for placed, cell in zip(self.placed, made[2], strict=True)
            )
        else:
            cells = tuple(placed.fitted(row, now) for placed in self.placed)
        self._made[index] = (row, now, cells)
        return cells

    def forget(self, is_held: Callable[[int], bool]) -> None:
        """Let go of the cells of rows that are not held any more."""
        self._made = {index: made for index, made in self._made.items() if is_held(index)}


def place(columns: Iterable[Column[Row]], width: int) -> tuple[Placed[Row], ...]:
    """Place the columns shown at `width` cells from left to right; what doesn't fit is cut or left out."""
    shown = [column for column in columns if column.shown_from <= width < (column.shown_below or width + 1)]
    flexible = sum(1 for column in shown if column.width == 0)
    taken = GUTTER + sum(column.width + GAP for column in shown) - GAP
    share, over = divmod(max(0, width - taken), flexible) if flexible else (0, 0)
    placed: list[Placed[Row]] = []
    x = GUTTER
    for column in shown:
        cells = column.width
        if cells == 0:
            cells = max(LEAST_FLEXIBLE, share + (1 if over > 0 else 0))
            over -= 1
        cells = min(cells, width - x)
        if cells <= 0:
            break
        placed.append(Placed(column, x, cells))
        x += cells + GAP
    return tuple(placed)
