"""Why a ticket is due when it is: its clocks, and every stretch of time of the one under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from deskconsole.desk import sla_explain
from deskconsole.desk.explanation import ClockAccount, Explanation, Run, length_text
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.terms import ClockState
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.pane import Pane
from deskconsole.screens.session import Session
from deskconsole.screens.sla_account import Times, account_blocks
from deskconsole.screens.text_lines import TextLines
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.line_columns import Cell, Column
from deskconsole.widgets.line_list import LineList
from deskconsole.widgets.text_block import plain

REREAD_SECONDS = 30.0
"""A clock that runs has counted more by then."""
HEAD = ("subject", "policy", "calendar")


@dataclass(frozen=True)
class ClockLine:
    """One run of a clock as a row of the list; `number` counts the runs of a clock that has several."""

    place: int
    account: ClockAccount
    run: Run
    number: int

    @property
    def name(self) -> str:
        """The clock, and which of its exchanges."""
        name = say(clock_name(self.account.clock))
        count = len(self.account.runs)
        return f"{name} {self.number}/{count}" if count > 1 else name


class Explained(Done[Explanation]):
    """The explanation was read."""


class ClockExplanation(DeskScreen[None]):
    """A ticket's clocks over the account of the one under the cursor; an argument with a client ends here."""

    SCOPE = "explain"
    CSS_PATH = "sla_explain.tcss"
    AUTO_FOCUS = "#clocks"

    def __init__(self, session: Session, ticket_id: int) -> None:
        super().__init__()
        self.session = session
        self.ticket_id = ticket_id
        self.read: Explanation | None = None
        self.pane = Pane(id="body")
        self.lines: LineList[ClockLine] = LineList(
            (), key=lambda line: line.place, now=session.desk.now(), markable=False, id="clocks"
        )
        self.account = TextLines(id="account")
        self._head = {name: Static(id=name, markup=False) for name in HEAD}
        self._rows: tuple[ClockLine, ...] = ()
        self._again = False

    def compose(self) -> ComposeResult:
        """The head, the clocks, the account of one of them, the keys."""
        with Vertical(id="head"):
            yield from self._head.values()
        with self.pane:
            yield self.lines
            yield self.account
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the explanation, and again from time to time."""
        self._head["subject"].update(Content(_("Ticket {id}").format(id=self.ticket_id)))
        self.lines.set_columns(self._columns())
        self.keep_fresh(
            partial(sla_explain.explain, self.session.desk, self.ticket_id),
            Explained,
            group="explain",
            every=REREAD_SECONDS,
        )

    # --- reading -------------------------------------------------------------------------------------------

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if concerns(event.rows, "ticket", self.ticket_id) or concerns(event.rows, "sla"):
            self.action_refresh_data()

    def action_refresh_data(self) -> None:
        """Read everything again; a change that comes while it is being read is read after it."""
        if not self.freshen("explain"):
            self._again = True

    @on(Explained)
    def _explained(self, event: Explained) -> None:
        self.read = event.result
        self._show()
        if self._again:
            self._again = False
            self.action_refresh_data()

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        event.prevent_default()
        self.pane.failed(event.sentence, self.session.desk.now())

    # --- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        read = self.read
        if read is None:
            return
        self.pane.ready(self.session.desk.now())
        self._head["subject"].update(plain(f"#{read.ticket_id} {read.subject}", multiline=False))
        policy = _("SLA policy {policy}: {why}.").format(policy=read.policy or "-", why=say(read.why))
        self._head["policy"].update(plain(policy, multiline=False))
        calendar = f"{read.calendar} ({read.calendar_zone})" if read.calendar else _("none: time runs day and night")
        times = self._times(read)
        as_of = _("Calendar {calendar}. As of {time}.").format(calendar=calendar, time=times.long(read.now))
        self._head["calendar"].update(plain(as_of, multiline=False))
        self._rows = tuple(_lines_of(read))
        self.lines.reset(len(self._rows), keep_place=self.lines.cursor_key is not None)
        self.lines.put(0, self._rows)
        self._show_account()

    def _times(self, read: Explanation) -> Times:
        return Times(self.session.desk.zone, read.site_zone)

    def _show_account(self) -> None:
        read, place = self.read, self.lines.cursor_key
        if read is None:
            return
        line = self._rows[place] if place is not None and place < len(self._rows) else None
        chosen = (line.account, line.run) if line is not None else None
        self.account.show_for_width(lambda width: account_blocks(read, chosen, self._times(read), width))

    @on(LineList.CursorMoved)
    def _moved(self, event: LineList.CursorMoved) -> None:
        event.stop()
        self._show_account()
        self.account.action_first()

    def _columns(self) -> tuple[Column[ClockLine], ...]:
        times = Times(self.session.desk.zone, "")
        return (
            Column("clock", _("Clock"), lambda line, _now: Cell(line.name, "strong"), width=20),
            Column("verdict", _("State"), lambda line, _now: _verdict_cell(line.run)),
            Column("due", _("Due"), lambda line, _now: Cell(times.short(line.run.promised)), width=14),
            Column(
                "target",
                _("Target"),
                lambda line, _now: Cell(length_text(line.account.target_seconds)),
                width=10,
                align="right",
                shown_from=100,
            ),
            Column(
                "elapsed",
                _("Elapsed"),
                lambda line, _now: Cell(length_text(line.run.elapsed_seconds)),
                width=10,
                align="right",
                shown_from=100,
            ),
            Column(
                "left",
                _("Left"),
                lambda line, _now: Cell(length_text(line.run.left_seconds)),
                width=10,
                align="right",
                shown_from=100,
            ),
        )

    # --- actions -------------------------------------------------------------------------------------------

    def action_next_clock(self) -> None:
        """Explain the next clock, from wherever the focus is."""
        self.lines.action_move(1)

    def action_previous_clock(self) -> None:
        """Explain the clock before."""
        self.lines.action_move(-1)

    def action_copy(self) -> None:
        """Copy the account that is shown."""
        self.app.copy_to_clipboard(f"#{self.ticket_id}\n{self.account.shown_text()}")
        self.app.notify(_("Copied."))

    def speak_again(self) -> None:
        """Say everything in another language; the place in the account stays."""
        self.lines.set_columns(self._columns())
        self._show()
        self.refresh_bindings()


def _lines_of(read: Explanation) -> list[ClockLine]:
    runs = [(account, run, number) for account in read.clocks for number, run in enumerate(account.runs, 1)]
    return [ClockLine(place, *run) for place, run in enumerate(runs)]


def _verdict_cell(run: Run) -> Cell:
    """How the clock stands: shape, word, colour."""
    if run.is_breached:
        return Cell(f"!! {say(run.verdict)}", "overdue")
    if run.state is ClockState.PAUSED:
        return Cell(f"|| {say(run.verdict)}", "calm")
    return Cell(f"{'+' if run.state is ClockState.STOPPED else '>'} {say(run.verdict)}", "covered")
