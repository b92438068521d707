"""The picture of the live board, whoever feeds it: a desk that is followed, or a recording."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container

from deskconsole.domain.board import BoardState
from deskconsole.i18n import _
from deskconsole.screens import board_panes as panes
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.footer import KeyLine
from deskconsole.widgets.line_columns import Cell
from deskconsole.widgets.line_paint import Kind, Line
from deskconsole.widgets.line_pane import LinePane, row

TWO_COLUMNS, THREE_COLUMNS = 100, 200
"""Cells from which the panes stand beside each other."""
BIG_WIDTH = 132
"""Cells from which the numbers are written three lines high."""
TALL = 34
"""Lines from which there is room for every pane."""


class BoardView(DeskScreen[None]):
    """Shows a state of the board as of a moment; only lines that came out different are painted."""

    CSS_PATH = "board.tcss"
    AUTO_FOCUS = ""
    CLOCK: ClassVar[str] = "%Y-%m-%d %H:%M"
    """How the time is written: without seconds, each of which would be sent."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self.zone = zone
        self.state: BoardState | None = None
        self.cursor: int | None = None
        """The number of the ticket under the cursor."""
        self._panes = {
            name: LinePane(id=name) for name in ("head", "notice", "numbers", "tickets", "people", "hours", "breaches")
        }

    def compose(self) -> ComposeResult:
        """Head and numbers over the panes."""
        yield self._panes["head"]
        yield self._panes["notice"]
        yield self._panes["numbers"]
        with Container(id="panes"):
            for name in ("tickets", "people", "hours", "breaches"):
                yield self._panes[name]
        yield KeyLine()

    # --- what the feeder says ------------------------------------------------------------------------------

    def moment(self) -> datetime:
        """The time that is shown."""
        return self.shell.now()

    def title_words(self) -> str:
        """What stands at the left of the first line."""
        return _("Board")

    def notice(self) -> str:
        """A sentence under the first line, or nothing."""
        return ""

    # --- painting ------------------------------------------------------------------------------------------

    @on(events.Resize)
    def _place(self, event: events.Resize) -> None:
        """Choose which panes there is room for."""
        self.set_class(event.size.width >= TWO_COLUMNS, "-two")
        self.set_class(event.size.width >= THREE_COLUMNS, "-three")
        self.set_class(event.size.height >= TALL, "-tall")

    @on(LinePane.Sized)
    def _sized(self, event: LinePane.Sized) -> None:
        event.stop()
        self.paint()

    def paint(self) -> None:
        """Show everything anew."""
        self.paint_time()
        state, now = self.state, self.moment()
        if state is None:
            return
        numbers = self._panes["numbers"]
        is_big = self.size.width >= BIG_WIDTH and self.has_class("-tall")
        lines = panes.numbers(state, numbers.size.width, is_big=is_big)
        numbers.styles.height = len(lines)
        numbers.show(lines)
        self._show("people", panes.people(state, *self._panes["people"].size))
        self._show("hours", panes.hours(state, *self._panes["hours"].size))
        self._show("breaches", panes.breaches(state, now, self.zone, *self._panes["breaches"].size))

    def paint_time(self) -> None:
        """Show what time alone changes: the first lines and the countdowns."""
        now, head, notice = self.moment(), self._panes["head"], self.notice()
        clock = now.astimezone(self.zone).strftime(self.CLOCK)
        head.show([panes.head_line(self.title_words(), clock, self.state, now, self.zone, head.size.width)])
        self._panes["notice"].display = bool(notice)
        self._show("notice", [row([Cell(f" {notice}")], self.size.width, Kind.CURSOR)])
        if self.state is not None:
            self._show("tickets", panes.tickets(self.state, now, *self._panes["tickets"].size, cursor=self.cursor))

    def _show(self, name: str, lines: list[Line]) -> None:
        pane = self._panes[name]
        if pane.size.width:
            pane.show(lines)

    def speak_again(self) -> None:
        """Say everything in another language."""
        self.paint()
        self.refresh_bindings()
