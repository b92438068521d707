"""Bytes a live list of a million tickets sends through a pty: cursor moves, pages, and an idle screen.

Run `python -m benchmarks.list_bytes`; beside each figure stands its budget where it has one.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from textual import on
from textual.app import App, ComposeResult

from deskconsole.domain.terms import Category, Coverage, Priority
from deskconsole.widgets import cells, themes
from deskconsole.widgets.line_list import Cell, Column, LineList
from tests.support.terminal import Terminal

TOTAL = 1_000_000
COLUMNS, ROWS = 160, 45
IDLE_SECONDS = 10.0


@dataclass(frozen=True)
class Ticket:
    """What a row of the queue shows."""

    key: int
    due: datetime


def _columns() -> tuple[Column[Ticket], ...]:
    def coverage(row: Ticket, now: datetime) -> Cell:
        return cells.coverage_cell(tuple(Coverage)[row.key % 9])

    return (
        # Textual paints a line from its left edge to the last cell that changed: what ticks stands first.
        Column("due", "Due", lambda row, now: cells.countdown_cell(now, row.due), width=18, ticking=True),
        Column("key", "No", lambda row, _now: Cell(str(row.key)), width=7, align="right"),
        Column("priority", "P", lambda row, _now: cells.priority_cell(Priority(row.key % 4 + 1)), width=4),
        Column("client", "Client", lambda row, _now: Cell(f"ООО Ромашка-{row.key % 97}"), width=24),
        Column("subject", "Subject", lambda row, _now: Cell(f"Касса {row.key} не печатает чек, закрываем смену")),
        Column("coverage", "Coverage", coverage, width=18, shown_from=100),
        Column("status", "Status", lambda row, _now: cells.status_cell("В работе", Category.OPEN), width=12),
        Column("who", "Assignee", lambda row, _now: Cell("Петрова А."), width=14, shown_from=120),
    )


class Queue(App[None]):
    """One list, due over half a day, or within five minutes if `final`; `still` has no clock."""

    def __init__(self, theme: str, kind: str) -> None:
        super().__init__()
        themes.register(self, theme)
        self.started = datetime.now(UTC)
        self.kind = kind
        self.spread = 290 if kind == "final" else 12 * 3600

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The desk's variables."""
        return themes.VARIABLE_DEFAULTS

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield LineList(_columns(), key=lambda row: row.key, now=self.started)

    def on_mount(self) -> None:
        """Start the list and its clock."""
        line_list = self.query_one(LineList)
        line_list.focus()
        line_list.reset(TOTAL)
        if self.kind != "still":
            self.set_interval(1.0, lambda: line_list.tick(datetime.now(UTC)))

    @on(LineList.WindowNeeded)
    def answer(self, message: LineList.WindowNeeded) -> None:
        """Make the rows asked for."""
        places = range(message.first, min(TOTAL, message.first + message.count))
        message.line_list.put(message.first, [self._ticket(place) for place in places])

    def _ticket(self, place: int) -> Ticket:
        return Ticket(place, self.started + timedelta(seconds=120 + place * 7919 % self.spread))


def _after(terminal: Terminal, key: str) -> int:
    before = terminal.bytes_read
    terminal.press(key)
    terminal.wait_until(lambda shown: shown.bytes_read > before)
    terminal.wait_until_quiet(0.1)
    return terminal.bytes_read - before


def _queue(theme: str, kind: str) -> Terminal:
    argv = [sys.executable, "-m", "benchmarks.list_bytes", "--app", theme, kind]
    terminal = Terminal(argv, COLUMNS, ROWS)
    terminal.wait_for("Касса")
    terminal.wait_until_quiet(0.3)
    return terminal


def keys(theme: str) -> dict[str, float]:
    """Bytes a key costs."""
    with _queue(theme, "still") as terminal:
        moves = sorted(_after(terminal, "down") for _ in range(ROWS - 2))
        scrolling = [_after(terminal, "down") for _ in range(ROWS)]
        return {
            "cursor move, median": moves[len(moves) // 2],
            "cursor move, largest on the screen": moves[-1],
            "cursor move, mean while scrolling on": sum(scrolling) / len(scrolling),
            "page": _after(terminal, "pagedown"),
        }


def idle(theme: str, kind: str, name: str) -> dict[str, float]:
    """Bytes a second when nobody touches a key."""
    with _queue(theme, kind) as terminal:
        before = terminal.bytes_read
        time.sleep(IDLE_SECONDS)
        return {name: (terminal.bytes_read - before) / IDLE_SECONDS}


BUDGETS = {
    "cursor move, median": 1200,
    "cursor move, largest on the screen": 1200,
    "idle, 44 countdowns": 1000,
}


def main() -> None:
    """Print a table, or run the app that is measured."""
    if "--app" in sys.argv:
        theme, kind = sys.argv[-2:]
        Queue(theme, kind).run(mouse=False)
        return
    for theme in (themes.DEFAULT_THEME, themes.ANSI_THEME):
        figures = keys(theme) | idle(theme, "day", "idle, 44 countdowns")
        figures |= idle(theme, "final", "idle, 44 countdowns by the second")
        for name, size in figures.items():
            print(f"{theme:12} {name:36} {size:8.0f} bytes   budget {BUDGETS.get(name, '-')}")


if __name__ == "__main__":
    main()
