"""A long text in blocks, scrolled by keys: wrapped once a width, painted a line at a time, never as markup."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.binding import BindingType

from deskconsole.domain.text import clean
from deskconsole.screens.actions import bindings_for
from deskconsole.widgets.line_canvas import LineCanvas
from deskconsole.widgets.line_columns import Cell, Placed
from deskconsole.widgets.line_paint import BLANK, Kind, Line, Painter
from deskconsole.widgets.text_block import fit

_CALLS = {
    "up": "go(-1)",
    "down": "go(1)",
    "page_up": "page(-1)",
    "page_down": "page(1)",
    "first": "first",
    "last": "last",
}


INDENT = Cell("  ")


@dataclass(frozen=True)
class Block:
    """A heading of cells side by side, then `body` wrapped below it, each line behind `sign`.

    `key` finds the block again after the text was read anew; no two blocks share one.
    """

    key: str
    head: tuple[Cell, ...] = ()
    body: str = ""
    sign: Cell = INDENT
    look: str = ""
    kind: Kind = Kind.ROW


class _TextPainter(Painter):
    """Paints cells side by side, without gutter and gaps."""

    def _pieces(self, line: Line) -> Iterable[tuple[str, str]]:
        for cell in line.cells:
            yield cell.text, cell.look


class TextLines(LineCanvas, can_focus=True, inherit_bindings=False):
    """Blocks of text; the place in the text stays when they change, and the end stays in view when it was."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("list", calls=_CALLS)]

    def __init__(self, *, follows: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._blocks: tuple[Block, ...] = ()
        self._starts: list[int] = [0]
        self._wrapped: dict[tuple[str, int], tuple[str, ...]] = {}
        self._follows = follows
        self._source: Callable[[int], Sequence[Block]] | None = None
        self._is_stale = False
        self._seen_height = 0
        super().__init__(id=id, classes=classes)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What is shown."""
        return self._blocks

    @property
    def line_count(self) -> int:
        """How many lines the text has at this width."""
        return self._starts[-1]

    def show(self, blocks: Sequence[Block]) -> None:
        """Show these blocks instead, at the same place of the text."""
        self.show_for_width(lambda _width: blocks)

    def show_for_width(self, source: Callable[[int], Sequence[Block]]) -> None:
        """Show what `source` makes of the width in cells, now and after each change of it.

        A pane that is not seen takes it when it is.
        """
        self._source = source
        self._is_stale = True
        if self._width:
            self._take()

    @property
    def _width(self) -> int:
        """The cells a line has; 0 while the pane is not laid out or not shown."""
        return self.scrollable_content_region.width

    def _take(self) -> None:
        at_end, anchor = self._is_at_end, self._anchor()
        self._is_stale = False
        if self._source is not None:
            self._blocks = tuple(self._source(self._width))
        self._measure()
        self._go_back(anchor, to_end=at_end)

    @property
    def _is_at_end(self) -> bool:
        """Whether the end is to stay in view: it was seen last, or nothing was yet."""
        return self._follows and (not self.line_count or self.top >= self.line_count - self._seen_height)

    def _anchor(self) -> tuple[str, int] | None:
        """The block on the top line, and which of its lines that is."""
        if not self.line_count:
            return None
        place = min(self._block_at(self.top), len(self._blocks) - 1)
        return self._blocks[place].key, self.top - self._starts[place]

    def _go_back(self, anchor: tuple[str, int] | None, *, to_end: bool) -> None:
        top = self.top
        if to_end:
            top = self.line_count
        elif anchor is not None:
            places = {block.key: start for block, start in zip(self._blocks, self._starts, strict=False)}
            top = places[anchor[0]] + anchor[1] if anchor[0] in places else top
        self.scroll_lines_to(top)
        self.changed()

    def _measure(self) -> None:
        """Find where each block begins at this width."""
        width = self._width
        known, self._wrapped = self._wrapped, {}
        heights = []
        for block in self._blocks:
            lines: tuple[str, ...] = ()
            if block.body:
                key = (block.body, cell_len(block.sign.text))
                lines = known.get(key) or wrapped(block.body, width - key[1])
                self._wrapped[key] = lines
            heights.append(bool(block.head) + len(lines))
        self._starts = [0, *accumulate(heights)]
        self.resize_to(self.line_count)

    def _block_at(self, line: int) -> int:
        return max(0, bisect_right(self._starts, line) - 1)

    def on_resize(self) -> None:
        """Wrap anew for the new width; the place in the text stays."""
        width = self._width
        if not width:
            return
        if width != self._painter.width:
            self._wrapped.clear()
            self.lay_out((), width)
            self._is_stale = True
        if self._is_stale:
            self._take()
        elif self._is_at_end:
            self.scroll_lines_to(self.line_count)
        self._seen_height = self.size.height

    def watch_show_vertical_scrollbar(self) -> None:
        """The scrollbar takes a cell from the text, or gives it back."""
        if self.is_running:
            self.call_next(self.on_resize)

    def lay_out(self, placed: Iterable[Placed[Any]], width: int) -> None:
        """Paint everything again."""
        super().lay_out(placed, width)
        self._painter = _TextPainter((), width, self._style_of)

    def notify_style_update(self) -> None:
        """Forget what was painted in the old styles."""
        super().notify_style_update()
        self._painter = _TextPainter((), self._painter.width, self._style_of)

    def line_at(self, y: int) -> Line:
        """One line of the text."""
        line = self.top + y
        if line >= self.line_count:
            return BLANK
        place = self._block_at(line)
        block = self._blocks[place]
        number = line - self._starts[place]
        width = self._painter.width
        if block.head and number == 0:
            return Line(block.kind, cells=_side_by_side(block.head, width))
        text = self._lines_of(block)[number - bool(block.head)]
        return Line(block.kind, cells=_side_by_side((block.sign, Cell(text, block.look)), width))

    def _lines_of(self, block: Block) -> tuple[str, ...]:
        return self._wrapped.get((block.body, cell_len(block.sign.text)), ())

    def shown_text(self) -> str:
        """The whole text as it is wrapped now."""
        lines = []
        for block in self._blocks:
            if block.head:
                lines.append("".join(clean(cell.text) for cell in block.head))
            lines += [block.sign.text + line for line in self._lines_of(block)]
        return "\n".join(lines)

    def action_go(self, count: int) -> None:
        """Scroll by lines."""
        self.scroll_lines_to(self.top + count)

    def action_page(self, pages: int) -> None:
        """Scroll by a screen less one line."""
        self.scroll_lines_to(self.top + pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Go to the beginning."""
        self.scroll_lines_to(0)

    def action_last(self) -> None:
        """Go to the end."""
        self.scroll_lines_to(self.line_count)


def _side_by_side(cells: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    """The cells safe and cut to `width` together."""
    made = []
    left = width
    for cell in cells:
        if left <= 0:
            break
        wanted = min(left, cell_len(clean(cell.text[: 8 * left])))
        made.append(Cell(fit(cell.text, wanted), cell.look))
        left -= wanted
    return tuple(made)


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """`text` made safe and broken into lines of at most `width` cells, at spaces where there are some."""
    width = max(1, width)
    lines: list[str] = []
    for paragraph in clean(text, multiline=True).split("\n"):
        lines += _broken(paragraph.rstrip(), width)
    return tuple(lines)


def _broken(paragraph: str, width: int) -> Iterable[str]:
    if len(paragraph) <= width and cell_len(paragraph) <= width:
        yield paragraph
        return
    start = 0
    while start < len(paragraph):
        end = min(len(paragraph), start + width)
        while end > start + 1 and cell_len(paragraph[start:end]) > width:
            end -= max(1, (cell_len(paragraph[start:end]) - width) // 2)
        if end < len(paragraph) and paragraph[end] != " ":
            space = paragraph.rfind(" ", start + 1, end)
            end = space if space > start else end
        yield paragraph[start:end]
        start = end
        while start < len(paragraph) and paragraph[start] == " ":
            start += 1
