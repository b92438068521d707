"""A pane of lines that its screen hands over as values; what differs from the screen is painted, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.geometry import Region
from textual.message import Message

from deskconsole.widgets.line_canvas import LineCanvas
from deskconsole.widgets.line_columns import Cell, Placed
from deskconsole.widgets.line_paint import BLANK, Kind, Line, Painter
from deskconsole.widgets.text_block import fit


class _PanePainter(Painter):
    """Paints cells side by side, without gutter and gaps, and of a changed line only from cell to cell."""

    KEPT = 64  # lines with countdowns in them hardly ever come again

    def changed(self, y: int, old: Line | None, new: Line) -> Region:
        """The cells of line `y` that differ, where both lines have the same ones side by side."""
        if old is None or old.kind is not new.kind:
            return Region(0, y, self.width, 1)
        old_widths, new_widths = ([cell_len(cell.text) for cell in line.cells] for line in (old, new))
        if old_widths != new_widths:
            return Region(0, y, self.width, 1)
        differ = [place for place, pair in enumerate(zip(old.cells, new.cells, strict=True)) if pair[0] != pair[1]]
        first, last = differ[0], differ[-1]
        start = sum(new_widths[:first])
        return Region(start, y, sum(new_widths[first : last + 1]), 1)

    def _pieces(self, line: Line) -> Iterable[tuple[str, str]]:
        if line.kind in {Kind.MESSAGE, Kind.NOTICE}:
            yield from super()._pieces(line)
            return
        yield from line.cells


class LinePane(LineCanvas):
    """Lines of cells, as many as fit; the screen makes them for the pane's size and hands them over with `show`."""

    DEFAULT_CSS = """
    LinePane { overflow-y: hidden; }
    """

    class Sized(Message):
        """The pane has another size: its lines are to be made again."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Take the lines."""
        self._lines = tuple(lines)
        self.changed()

    def line_at(self, y: int) -> Line:
        """Line `y`, or none."""
        return self._lines[y] if y < len(self._lines) else BLANK

    def on_resize(self, event: events.Resize) -> None:
        """Ask for lines of the new size."""
        self.lay_out((), event.size.width)
        self.post_message(self.Sized())

    def lay_out(self, placed: Iterable[Placed[Any]], width: int) -> None:
        """Paint everything again."""
        super().lay_out(placed, width)
        self._painter = _PanePainter((), width, self._style_of)

    def notify_style_update(self) -> None:
        """Forget what was painted in the old styles."""
        super().notify_style_update()
        self._painter = _PanePainter((), self._painter.width, self._style_of)


def row(cells: Iterable[Cell], width: int, kind: Kind = Kind.ROW) -> Line:
    """Cells side by side as one line: made safe, and cut to `width` together."""
    made, left = [], width
    for text, look in cells:
        if left <= 0:
            break
        fitted = fit(text, min(left, cell_len(text)))
        made.append(Cell(fitted, look))
        left -= cell_len(fitted)
    return Line(kind, cells=tuple(made))
