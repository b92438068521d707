"""The live list everything stands on: rows of any number at constant cost, painting only what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from deskconsole.domain.sentences import mark
from deskconsole.i18n import _
from deskconsole.widgets.line_canvas import LineCanvas
from deskconsole.widgets.line_columns import Cell, CellMaker, Column, Row, place
from deskconsole.widgets.line_paint import BLANK, Kind, Line, message_line
from deskconsole.widgets.line_window import RowWindow, Span
from deskconsole.widgets.list_state import STATE_WORDS, ListState

__all__ = ["Cell", "Column", "LineList", "ListState"]

HEADER_LINES = 1
MESSAGE_LINE = 2
ASK_AGAIN_AFTER = timedelta(seconds=5)


class LineList(LineCanvas, Generic[Row], can_focus=True):
    """A list of rows with an integer key each, of which only a window is held.

    The cursor and the marks stand on keys, not on row numbers. The screen answers `WindowNeeded` with `put`,
    and calls `tick` once a second. After a change of the data: `reset(total, keep_place=True)`, `relocate`,
    `put`, all in one handler; then only the lines that came out different are painted.
    """

    # Every letter with its twin on the ЙЦУКЕН layout; a keymap remaps them by id.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k,л", "move(-1)", mark("Up"), show=False, id="list.up"),
        Binding("down,j,о", "move(1)", mark("Down"), show=False, id="list.down"),
        Binding("pageup", "page(-1)", mark("Page up"), show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", mark("Page down"), show=False, id="list.page_down"),
        Binding("home,g,п", "first", mark("First row"), show=False, id="list.first"),
        Binding("end,G,П", "last", mark("Last row"), show=False, id="list.last"),
        Binding("space", "mark", mark("Mark"), show=False, id="list.mark"),
        Binding("enter", "choose", mark("Go in"), show=False, id="list.choose"),
    ]

    class ListMessage(Message):
        """Something a line list says to its screen."""

        def __init__(self, line_list: LineList[Any]) -> None:
            super().__init__()
            self.line_list = line_list

        @property
        def control(self) -> LineList[Any]:
            """The list that speaks, for `@on(..., selector)`."""
            return self.line_list

    class WindowNeeded(ListMessage):
        """`count` rows from place `first` on are needed; answer with `put` and this `edition`."""

        def __init__(self, line_list: LineList[Any], first: int, count: int, edition: int) -> None:
            super().__init__(line_list)
            self.first = first
            self.count = count
            self.edition = edition

    class CursorMoved(ListMessage):
        """The cursor stands on another key or place; `key` is None while that row isn't there yet."""

        def __init__(self, line_list: LineList[Any], key: int | None, index: int) -> None:
            super().__init__(line_list)
            self.key = key
            self.index = index

    class Chosen(ListMessage):
        """Enter (or a double click) on the row with this key."""

        def __init__(self, line_list: LineList[Any], key: int) -> None:
            super().__init__(line_list)
            self.key = key

    class MarksChanged(ListMessage):
        """These keys, and no others, are marked now."""

        def __init__(self, line_list: LineList[Any], keys: frozenset[int]) -> None:
            super().__init__(line_list)
            self.keys = keys

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        key: Callable[[Row], int],
        now: datetime,
        markable: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        self._columns = tuple(columns)
        self._now = now
        self._markable = markable
        self._window: RowWindow[Row] = RowWindow(key)
        self._cursor_index = 0
        self._cursor_key: int | None = None
        self._marks: set[int] = set()
        self._edition = 0
        self._sorted_by: str | None = None
        self._descending = False
        self._state = ListState.LOADING
        self._message = ""
        self._asked: Span | None = None
        self._asked_at = now
        self._cells: CellMaker[Row] = CellMaker(())
        super().__init__(id=id, classes=classes)

    # --- What the screen reads

    @property
    def total(self) -> int:
        """How many rows the list has."""
        return self._window.total

    @property
    def visible_rows(self) -> int:
        """How many rows the screen has room for."""
        return max(0, self.size.height - HEADER_LINES - self._notice_lines)

    @property
    def cursor_index(self) -> int:
        """The cursor's place, from 0."""
        return self._cursor_index

    @property
    def cursor_key(self) -> int | None:
        """The key under the cursor; None while its row isn't there yet."""
        return self._cursor_key

    @property
    def row_at_cursor(self) -> Row | None:
        """The row under the cursor, if it is there."""
        return self._window.row(self._cursor_index)

    def row_of(self, key: int) -> Row | None:
        """The row with that key, if it is held."""
        place = self._window.place_of(key)
        return None if place is None else self._window.row(place)

    @property
    def marks(self) -> frozenset[int]:
        """The marked keys, also those not on the screen."""
        return frozenset(self._marks)

    @property
    def mark_count(self) -> int:
        """How many keys are marked."""
        return len(self._marks)

    @property
    def held_rows(self) -> int:
        """How many rows are in memory."""
        return len(self._window)

    # --- Data

    def set_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show other columns."""
        self._columns = tuple(columns)
        self._place_columns()

    def set_sort(self, column_id: str | None, *, descending: bool = False) -> None:
        """Show by which column the rows are sorted; sorting is the data's business."""
        self._sorted_by, self._descending = column_id, descending
        self.changed()

    def reset(self, total: int, *, keep_place: bool = False) -> None:
        """Start a list of `total` rows, all to be asked for, from its top; marks stay.

        With `keep_place` it is the same list read again: cursor and scroll position stay, for `relocate`.
        """
        self._edition += 1
        self._asked = None
        self._window.clear(total)
        self._state, self._message = ListState.READY, ""
        if not keep_place:
            self._place_cursor(0, None)
        self._take_length()
        if not keep_place:
            self.scroll_lines_to(0)
        self.changed()

    def put(self, first_index: int, rows: Sequence[Row], *, edition: int | None = None) -> None:
        """Take rows from place `first_index` on, asked for or not; an empty answer ends the list there.

        With the question's `edition`, an answer that comes after a `reset` is left aside.
        """
        if edition is not None and edition != self._edition:
            return
        asked, self._asked = self._asked, None
        self._window.put(first_index, rows)
        if not rows and asked is not None and first_index == asked.first:
            self.update_total(first_index)
        if self._state in {ListState.LOADING, ListState.FAILED}:
            self.set_state(ListState.READY)
        self._adopt_cursor()
        self.changed()

    def update_total(self, total: int) -> None:
        """Take another length of the list; the rows that are held stay where they are."""
        self._window.total = total
        self._take_length()
        if self._cursor_index >= total:
            self._move_to(max(0, total - 1))
        self.changed()

    def replace(self, rows_by_key: Mapping[int, Row]) -> None:
        """Show newer values of rows that keep their place; keys not held are ignored."""
        self._window.replace(rows_by_key)
        self.changed()

    def relocate(self, key: int, index: int) -> None:
        """Put the cursor on `key`, now at place `index`: the cursor's row keeps its line on the screen.

        Another key than the cursor's is brought into view instead.
        """
        index = max(0, min(index, self.total - 1))
        line = self._cursor_index - self.top
        same_row = key == self._cursor_key and 0 <= line < self.visible_rows
        self._place_cursor(index, key)
        if same_row:
            self.scroll_lines_to(index - line)
        self._show_cursor()
        self.changed()

    def set_state(self, state: ListState, message: str = "") -> None:
        """Say how the data stands, and the next step; rows that are there stay, with a failure below them."""
        self._state, self._message = state, message
        self._asked = None
        self._take_length()
        self.changed()

    def tick(self, now: datetime) -> None:
        """Make the ticking cells on the screen again, and ask again for rows that never came."""
        self._now = now
        if self._asked is not None and now - self._asked_at >= ASK_AGAIN_AFTER:
            self._asked = None
        self.sync()

    # --- Marks

    def mark_all(self, keys: Iterable[int]) -> None:
        """Mark exactly these keys."""
        self._set_marks(set(keys))

    def clear_marks(self) -> None:
        """Mark nothing."""
        self._set_marks(set())

    def _set_marks(self, marks: set[int]) -> None:
        if marks == self._marks:
            return
        self._marks = marks
        self.changed()
        self.post_message(self.MarksChanged(self, self.marks))

    # --- Keys and mouse

    def action_move(self, rows: int) -> None:
        """Move the cursor by `rows`."""
        self._move_to(self._cursor_index + rows)

    def action_page(self, pages: int) -> None:
        """Move a screen further; the cursor keeps its line."""
        line = self._cursor_index - self.top
        step = pages * max(1, self.visible_rows - 1)
        index = max(0, min(self._cursor_index + step, self.total - 1))
        self.scroll_lines_to(index - line)
        self._move_to(index)

    def action_first(self) -> None:
        """Go to the first row."""
        self._move_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._move_to(self.total - 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A list in which nothing can be marked does not offer it."""
        return self._markable or action != "mark"

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and step down."""
        if self._cursor_key is not None:
            self._set_marks(self._marks ^ {self._cursor_key})
            self.action_move(1)

    def action_choose(self) -> None:
        """Tell the screen which row was chosen."""
        if self._cursor_key is not None:
            self.post_message(self.Chosen(self, self._cursor_key))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a double click chooses."""
        offset = event.get_content_offset(self)
        if offset is None or not HEADER_LINES <= offset.y <= self.visible_rows:
            return
        index = self.top + offset.y - HEADER_LINES
        if index < self.total:
            self._move_to(index)
            if event.chain == 2:
                self.action_choose()

    # --- Cursor and scrolling

    def _move_to(self, index: int) -> None:
        index = max(0, min(index, self.total - 1))
        self._place_cursor(index, self._window.key(index))
        self._show_cursor()
        self.changed()

    def _place_cursor(self, index: int, key: int | None) -> None:
        if (index, key) == (self._cursor_index, self._cursor_key):
            return
        self._cursor_index, self._cursor_key = index, key
        self.post_message(self.CursorMoved(self, key, index))

    def _adopt_cursor(self) -> None:
        """Follow the cursor's key to where the new rows have it; if it is gone, keep the place."""
        index = None if self._cursor_key is None else self._window.place_of(self._cursor_key)
        if index == self._cursor_index:
            return
        if index is not None and self._cursor_key is not None:
            seen = 0 <= self._cursor_index - self.top < self.visible_rows
            top = self.top + index - self._cursor_index
            self._place_cursor(index, self._cursor_key)
            if seen:
                self.scroll_lines_to(top)
        elif (key := self._window.key(self._cursor_index)) is not None:
            self._place_cursor(self._cursor_index, key)

    def _show_cursor(self) -> None:
        """Bring the cursor into view, a third of a screen at once: scrolling by one line costs as much."""
        rows = self.visible_rows
        if rows and self._cursor_index < self.top:
            self.scroll_lines_to(self._cursor_index - rows // 3)
        elif rows and self._cursor_index >= self.top + rows:
            self.scroll_lines_to(self._cursor_index - rows + 1 + rows // 3)

    def watch_show_vertical_scrollbar(self) -> None:
        """The scrollbar takes a cell from the columns, or gives it back."""
        if self.is_running:
            self.call_next(self._place_columns)

    def on_resize(self) -> None:
        """Lay out for the new size; the cursor stays in view."""
        self._place_columns()
        self._show_cursor()

    # --- Lines

    def _place_columns(self) -> None:
        width = self.scrollable_content_region.width
        self._cells = CellMaker(place(self._columns, width))
        self.lay_out(self._cells.placed, width)

    def _take_length(self) -> None:
        self.resize_to(self.total + HEADER_LINES + self._notice_lines)

    @property
    def _notice_lines(self) -> int:
        return 1 if self._state is ListState.FAILED and self.total else 0

    def line_at(self, y: int) -> Line:
        """The header, a row or what stands in its place, or the state's sentence."""
        if y < HEADER_LINES:
            return Line(Kind.HEADER, cells=self._headings())
        if not self.total:
            return message_line(self._said, y - MESSAGE_LINE, self.scrollable_content_region.width)
        if self._notice_lines and y == self.size.height - 1:
            return Line(Kind.NOTICE, cells=(Cell(self._said),))
        index = self.top + y - HEADER_LINES
        if index >= self.total:
            return BLANK
        row = self._window.row(index)
        kind = Kind.CURSOR if index == self._cursor_index else Kind.ROW
        if row is None:
            return Line(kind if kind is Kind.CURSOR else Kind.PLACEHOLDER)
        return Line(kind, self._window.key_of(row) in self._marks, self._cells.cells(index, row, self._now))

    def _headings(self) -> tuple[Cell, ...]:
        return tuple(placed.heading(self._sorted_by, self._descending) for placed in self._cells.placed)

    @property
    def _said(self) -> str:
        return self._message or _(STATE_WORDS[self._state])

    def after_sync(self) -> None:
        """Let far rows go, and ask for the missing ones: one question at a time."""
        rows = self.visible_rows
        if not rows:
            return
        self._window.keep(self.top, rows)
        self._cells.forget(self._window.holds)
        if self._asked is not None or self._state is ListState.FAILED:
            return
        if (span := self._window.missing(self.top, rows)) is not None:
            self._asked, self._asked_at = span, self._now
            self.post_message(self.WindowNeeded(self, span.first, span.count, self._edition))
