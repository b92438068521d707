"""A scrolling pane of lines that are values: it compares them with the screen and paints what differs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from deskconsole.widgets.line_columns import Placed
from deskconsole.widgets.line_paint import BLANK, Kind, Line, Painter
from deskconsole.widgets.looks import CELL_LOOKS, LOOKS_CSS

_KIND_LOOKS = (Kind.HEADER, Kind.CURSOR, Kind.PLACEHOLDER, Kind.MESSAGE, Kind.NOTICE)


class LineCanvas(ScrollView, inherit_bindings=False):
    """Lines come from `line_at`, their number from `resize_to`; call `changed()` after any change.

    Textual sends what a widget marks dirty, so no line is marked before it is known to look different.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"line-list--{kind}" for kind in _KIND_LOOKS),
        *(f"line-list--{look}" for look in CELL_LOOKS),
    }
    DEFAULT_CSS = (
        """
    LineCanvas {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        background: $background; color: $foreground;
        & > .line-list--header { background: $list-header-background; color: $list-header; text-style: bold; }
        & > .line-list--cursor { background: $list-cursor-blurred-background; color: $list-cursor-blurred; }
        &:focus > .line-list--cursor { background: $list-cursor-background; color: $list-cursor; }
        &:nocolor:focus > .line-list--cursor { text-style: reverse; }
        & > .line-list--placeholder { background: $background; color: $list-muted; }
        & > .line-list--message { background: $background; color: $foreground; }
        & > .line-list--notice { background: $background; color: $level-overdue; text-style: bold; }
    }
    """
        + LOOKS_CSS
    )
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._styles_of: dict[tuple[Kind, str], Style] = {}
        self._painter = Painter((), 0, self._style_of)
        self._painted: dict[int, Line] = {}
        self._thumb: tuple[int, int] | None = None
        self._sync_due = False
        super().__init__(id=id, classes=classes)
        self.set_reactive(Widget.auto_links, False)

    def line_at(self, y: int) -> Line:
        """What stands on line `y` of the screen."""
        return BLANK

    def after_sync(self) -> None:
        """Called when the screen and the lines agree."""

    @property
    def top(self) -> int:
        """How far the pane is scrolled, in lines."""
        return round(self.scroll_y)

    def lay_out(self, placed: Iterable[Placed[Any]], width: int) -> None:
        """Take the columns placed at `width` cells; everything is painted again."""
        self._painted.clear()
        self._painter = Painter(tuple(placed), width, self._style_of)
        self._show_thumb()
        self.changed()

    def changed(self) -> None:
        """Compare with the screen once the current message is dealt with: several changes are one paint."""
        if not self._sync_due and self.is_running:
            self._sync_due = True
            self.call_next(self.sync)

    def sync(self) -> None:
        """Ask for a paint of exactly what differs from the screen."""
        self._sync_due = False
        regions = []
        for y in range(self.size.height):
            old, new = self._painted.get(y), self.line_at(y)
            if old != new:
                regions.append(self._painter.changed(y, old, new))
        if regions:
            self.refresh(*regions)
        self.after_sync()

    def render_line(self, y: int) -> Strip:
        """The strip of line `y` of the screen."""
        line = self._painted[y] = self.line_at(y)
        return self._painter.strip(line)

    def scroll_lines_to(self, top: int) -> None:
        """Scroll so that line `top` is the first, as far as there are lines, and at once."""
        if self.is_running:
            self.scroll_to(y=top, animate=False, force=True)

    def resize_to(self, lines: int) -> None:
        """Take the pane's length; a layout, which paints everything, only if the scrollbar comes or goes."""
        old, height = self.virtual_size.height, self.size.height
        if lines != old and self.is_running and (old > height) != (lines > height):
            self.virtual_size = Size(0, lines)
            return
        self.set_reactive(Widget.virtual_size, Size(0, lines))
        if lines != old and self.is_running:
            self.scroll_y = self.validate_scroll_y(self.scroll_y)
            self._show_thumb()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Paint only the lines that came out different."""
        if round(old_value) != round(new_value):
            self._show_thumb()
            self.changed()

    def _show_thumb(self) -> None:
        """Paint the scrollbar, 2 kB of it, only when its thumb has moved by an eighth of a cell."""
        height = self.size.height
        if not self.show_vertical_scrollbar or not height:
            return
        lines = max(1, self.virtual_size.height)
        thumb = (8 * height * self.top // lines, 8 * height * height // lines)
        if thumb != self._thumb:
            self._thumb = thumb
            self.vertical_scrollbar.window_virtual_size = lines
            self.vertical_scrollbar.position = self.top

    def notify_style_update(self) -> None:
        """Forget what was painted in the old styles."""
        super().notify_style_update()
        self._styles_of.clear()
        self._painter = Painter(self._painter.placed, self._painter.width, self._style_of)

    def _style_of(self, kind: Kind, look: str) -> Style:
        """One background a line; only rows have colours, the cursor's line keeps the weight of its cells."""
        if (style := self._styles_of.get((kind, look))) is None:
            style = self._styles_of[kind, look] = self._made_style(kind, look)
        return style

    def _made_style(self, kind: Kind, look: str) -> Style:
        line = self.get_component_rich_style(f"line-list--{kind}") if kind in _KIND_LOOKS else self.rich_style
        if not look:
            return line
        own = self.get_component_rich_style(f"line-list--{look}", partial=True)
        if kind is Kind.ROW:
            return line + own
        return line + Style(bold=True) if own.bold else line
