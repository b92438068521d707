"""A small app round one line list, with rows in memory, that counts what is asked, built and painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region

from deskconsole.widgets import themes
from deskconsole.widgets.line_list import Cell, Column, LineList

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Job:
    key: int
    subject: str
    client: str
    due: datetime


def job(key: int) -> Job:
    return Job(key, f"Касса {key} не печатает чек", f'ООО "Ромашка-{key % 7}"', NOW + timedelta(hours=1))


def left(row: Job, now: datetime) -> Cell:
    seconds = int((row.due - now).total_seconds())
    return Cell(f"{seconds} s", "overdue") if seconds < 300 else Cell(f"{seconds // 60} m", "calm")


COLUMNS: tuple[Column[Job], ...] = (
    Column("key", "No", lambda row, _now: Cell(str(row.key), "muted"), width=8, align="right"),
    Column("due", "Due", left, width=8, align="right", ticking=True),
    Column("subject", "Subject", lambda row, _now: Cell(row.subject)),
    Column("client", "Client", lambda row, _now: Cell(row.client), width=24, shown_from=100),
)


class CountingList(LineList[Job]):
    """Remembers every region it asks to have painted."""

    def __init__(self, columns: Sequence[Column[Job]]) -> None:
        self.painted: list[Region] = []
        super().__init__(columns, key=lambda row: row.key, now=NOW, id="jobs")

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> CountingList:
        if repaint:
            self.painted.extend(regions or (Region(-1, -1, 0, 0),))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class ListDesk(App[None]):
    """Answers the list's questions with rows that `make` makes, or not at all when `silent`."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        total: int = 1_000_000,
        make: Callable[[int], Job] = job,
        columns: Sequence[Column[Job]] = COLUMNS,
        *,
        silent: bool = False,
    ) -> None:
        super().__init__()
        themes.register(self)
        self.total = total
        self.make = make
        self.silent = silent
        self.columns = columns
        self.questions: list[tuple[int, int]] = []
        self.said: list[LineList.ListMessage] = []

    @property
    def jobs(self) -> CountingList:
        return self.screen.query_one(CountingList)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.VARIABLE_DEFAULTS

    def compose(self) -> ComposeResult:
        yield CountingList(self.columns)

    def on_mount(self) -> None:
        self.jobs.focus()
        self.jobs.reset(self.total)

    def rows(self, first: int, count: int) -> list[Job]:
        return [self.make(index) for index in range(first, min(self.total, first + count))]

    @on(LineList.WindowNeeded)
    def answer(self, message: LineList.WindowNeeded) -> None:
        self.questions.append((message.first, message.count))
        if not self.silent:
            self.jobs.put(message.first, self.rows(message.first, message.count))

    @on(LineList.CursorMoved)
    @on(LineList.Chosen)
    @on(LineList.MarksChanged)
    def note(self, message: LineList.ListMessage) -> None:
        self.said.append(message)

    def shown(self) -> list[str]:
        """The text of the list's lines, as the compositor would get them."""
        return [strip.text for strip in self.jobs.render_lines(self.jobs.size.region)]
