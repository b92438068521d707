"""What a template of recurring work raised, and what it left out and why; over the screen that asks."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from deskconsole.data.queries.recurring import OccurrenceRow, TemplateRow
from deskconsole.day_words import day_and_time, day_text
from deskconsole.domain.occurrences import OccurrenceState
from deskconsole.domain.text import clean
from deskconsole.i18n import _, say
from deskconsole.screens import recurring_source as source
from deskconsole.screens.dialogs import ALWAYS, Question
from deskconsole.screens.recurring_source import PastLine
from deskconsole.screens.session import Session
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.line_columns import Cell, Column
from deskconsole.widgets.line_list import LineList, ListState


class PastRead(Done[tuple[PastLine, ...]]):
    """What came of the template was read."""


class RecurringPast(Question[int]):
    """Lists the moments that were dealt with, the newest first; closes with the ticket chosen."""

    OFFERS = ALWAYS
    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialogs.tcss", "recurring_past.tcss"]

    def __init__(self, session: Session, template: TemplateRow) -> None:
        super().__init__(clean(_("What came of {name}").format(name=template.name)))
        self.session = session
        self.template_id = template.id
        self._rows: tuple[PastLine, ...] = ()

    def body(self) -> ComposeResult:
        """The moments, a line for each ticket."""
        yield LineList(_columns(), key=lambda line: line.place, now=self.session.desk.now(), markable=False, id="past")

    def on_mount(self) -> None:
        """Read them."""
        self.query_one(LineList).focus()
        self.work(partial(source.read_past, self.session.desk, self.template_id), PastRead, group="past")

    @on(PastRead)
    def _past_read(self, event: PastRead) -> None:
        event.stop()
        self._rows = event.result
        lines: LineList[PastLine] = self.query_one(LineList)
        lines.reset(len(self._rows))
        lines.put(0, self._rows)
        if not self._rows:
            lines.set_state(ListState.EMPTY, _("Nothing was raised yet."))

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        self.query_one(LineList).set_state(ListState.FAILED, event.sentence)

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        event.stop()
        event.line_list.put(event.first, self._rows[event.first : event.first + event.count], edition=event.edition)

    @on(LineList.CursorMoved)
    def _moved(self, event: LineList.CursorMoved) -> None:
        """Say in full why the moment under the cursor was left out."""
        event.stop()
        line = self._rows[event.index] if event.index < len(self._rows) else None
        self.say_problem((line.occurrence.reason if line is not None else None) or "", calm=True)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        ticket = self._rows[event.key].ticket
        if ticket is None:
            self.say_problem(_("No ticket came of that."))
        else:
            self.dismiss(ticket.id)


def _columns() -> tuple[Column[PastLine], ...]:
    return (
        Column("nominal", _("By the rule"), lambda line, _now: Cell(day_and_time(line.occurrence.nominal)), 20),
        Column("state", _("State"), lambda line, _now: _state_cell(line.occurrence), 12),
        Column("ticket", _("Ticket"), lambda line, _now: Cell(str(line.ticket.id) if line.ticket else "-"), 7, "right"),
        Column("status", _("Status"), _status_cell),
        Column("raised", _("Raised"), lambda line, _now: Cell(day_text(line.occurrence.created_at), "muted"), 14,
               shown_from=90),
    )  # fmt: skip


def _state_cell(one: OccurrenceRow) -> Cell:
    if one.state is OccurrenceState.SKIPPED:
        return Cell(f"x {_('skipped')}", "muted")
    return Cell(f"! {_('raised late')}", "near") if one.is_late else Cell(f"+ {_('raised')}", "covered")


def _status_cell(line: PastLine, _now: datetime) -> Cell:
    """Where its ticket stands, or why there is none."""
    if line.ticket is None:
        return Cell(say(line.occurrence.reason) if line.occurrence.reason else "", "muted")
    return Cell(", ".join(filter(None, (_(line.ticket.status_name), line.ticket.assignee))))
