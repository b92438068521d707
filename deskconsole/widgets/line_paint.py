"""One line of a line list as a value, its strip, and the part of it that differs from the line before."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip

from deskconsole.widgets.line_columns import GAP, GUTTER, Cell, Placed
from deskconsole.widgets.text_block import fit

CURSOR_SIGN = "▌"
MARK_SIGN = "*"


class Kind(StrEnum):
    """What stands on a line; each kind has one background."""

    HEADER = "header"
    ROW = "row"
    CURSOR = "cursor"
    PLACEHOLDER = "placeholder"
    MESSAGE = "message"
    NOTICE = "notice"
    BLANK = "blank"


class Line(NamedTuple):
    """All that decides how a line looks, so two equal lines are never painted twice."""

    kind: Kind
    marked: bool = False
    cells: tuple[Cell, ...] = ()


BLANK = Line(Kind.BLANK)


def message_line(said: str, number: int, width: int) -> Line:
    """Line `number` of a sentence wrapped to a list `width` cells wide."""
    lines = [part for line in said.splitlines() for part in textwrap.wrap(line, max(1, width - 2 * GUTTER))]
    return Line(Kind.MESSAGE, cells=(Cell(lines[number]),)) if 0 <= number < len(lines) else BLANK


StyleOf = Callable[[Kind, str], Style]
"""The style of a look (or "" for plain text) on a line of a kind."""


class Painter:
    """Makes strips of lines for one width and set of columns, and remembers the latest `KEPT`."""

    KEPT = 512

    def __init__(self, placed: tuple[Placed[Any], ...], width: int, style_of: StyleOf) -> None:
        self.placed = placed
        self.width = width
        self._style_of = style_of
        self._strips: LRUCache[Line, Strip] = LRUCache(self.KEPT)

    def strip(self, line: Line) -> Strip:
        """The strip of `line`, exactly as wide as the list."""
        if (strip := self._strips.get(line)) is None:
            strip = self._strips[line] = self._paint(line)
        return strip

    def changed(self, y: int, old: Line | None, new: Line) -> Region:
        """The part of line `y` to paint when `old` stands there (None: not known) and `new` should."""
        if old is None or old.kind is not new.kind or len(old.cells) != len(new.cells):
            return Region(0, y, self.width, 1)
        spans = [
            (placed.x, placed.x + placed.width)
            for placed, before, after in zip(self.placed, old.cells, new.cells, strict=False)
            if before != after
        ]
        if old.marked is not new.marked:
            spans.append((0, GUTTER))
        if not spans or new.kind in {Kind.MESSAGE, Kind.NOTICE}:
            return Region(0, y, self.width, 1)
        first = min(start for start, _ in spans)
        return Region(first, y, max(end for _, end in spans) - first, 1)

    def _paint(self, line: Line) -> Strip:
        plain = self._style_of(line.kind, "")
        pieces = [(text, self._style_of(line.kind, look)) for text, look in self._pieces(line)]
        return Strip(_merged(pieces, plain, self.width), self.width)

    def _pieces(self, line: Line) -> Iterable[tuple[str, str]]:
        if line.kind is Kind.BLANK:
            return
        if line.kind in {Kind.MESSAGE, Kind.NOTICE}:
            yield " " * GUTTER, ""
            yield fit(line.cells[0].text, self.width - GUTTER), ""
            return
        sign = CURSOR_SIGN if line.kind is Kind.CURSOR else " "
        yield sign, ""
        yield (MARK_SIGN if line.marked else " "), "mark"
        if line.kind is Kind.PLACEHOLDER:
            for placed in self.placed:
                yield fit("..", placed.width) + " " * GAP, ""
        for cell in line.cells:
            yield cell.text, cell.look
            yield " " * GAP, ""


def _merged(pieces: Iterable[tuple[str, Style]], plain: Style, width: int) -> list[Segment]:
    """Join neighbours of one style, and blanks with what stands before them: a style costs some 40 bytes."""
    runs: list[list[Any]] = []
    used = 0
    for text, style in pieces:
        room = width - used
        if not text or room <= 0:
            continue
        cells = cell_len(text)
        shown = text if cells <= room else fit(text, room)
        used += min(cells, room)
        if runs and (runs[-1][1] == style or not shown.strip()):
            runs[-1][0] += shown
        else:
            runs.append([shown, style])
    if used < width:
        blank = " " * (width - used)
        if runs:
            runs[-1][0] += blank
        else:
            runs.append([blank, plain])
    return [Segment(text, style) for text, style in runs]
