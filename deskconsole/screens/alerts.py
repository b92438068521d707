"""The list of alerts: those that stand, or all there ever were, and who took note of each, when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from uuid import UUID, uuid4

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from deskconsole.data.queries import alerts as queries
from deskconsole.data.queries.alerts import AlertRow, AlertState
from deskconsole.desk import alerts
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import clean
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens.base import ALERT_ACTIONS, DeskScreen
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.dialogs import Choice, Confirm, Option
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.session import Session
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.alert_words import alert_about, alert_cell, clock_word
from deskconsole.widgets.line_columns import Cell, Column
from deskconsole.widgets.line_list import LineList, ListState

REREAD_SECONDS = 30.0
MOST_ROWS = 500
FOR_GOOD = 0
MUTES: tuple[tuple[int, str], ...] = (
    (30, mark("for 30 minutes")),
    (60, mark("for an hour")),
    (4 * 60, mark("for 4 hours")),
    (24 * 60, mark("for a day")),
    (FOR_GOOD, mark("for good")),
)
NEEDS_OPEN = frozenset({"alerts.acknowledge", "alerts.mute"})


class AlertListRead(Done[tuple[bool, tuple[AlertRow, ...]]]):
    """The alerts were read: whether all of them were wanted, and the rows."""


class AlertsActed(Done[str]):
    """Something was done about alerts, in words."""


class AlertsScreen(DeskScreen[None]):
    """Where a person looks through the alerts, takes note of them, silences them and opens their tickets."""

    SCOPE = "alerts"
    CSS_PATH = "alerts.tcss"
    AUTO_FOCUS = "LineList"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk
        self.lines: LineList[AlertRow] = LineList(
            columns(self.desk.zone), key=lambda row: row.id, now=self.desk.now(), id="list"
        )
        self._heading = Static(id="heading", markup=False)
        self._rows: dict[int, AlertRow] = {}
        self._wants_all = False
        self._again = False

    def compose(self) -> ComposeResult:
        """What is listed, over the list."""
        yield self._heading
        yield self.lines
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the alerts, and again from time to time."""
        self._say_heading()
        self.keep_fresh(self._read, AlertListRead, group="list", every=REREAD_SECONDS)

    def chosen(self) -> tuple[AlertRow, ...]:
        """The open alerts that the next action is about: the marked ones, else the one under the cursor."""
        keys = self.lines.marks or {self.lines.cursor_key}
        return tuple(row for key, row in self._rows.items() if key in keys and not row.is_acknowledged)

    def why_not(self, action_id: str) -> Sentence | None:
        """What is done with can't be done again."""
        if action_id == ALERT_ACTIONS[1]:
            return Sentence(mark("These are the alerts."))
        if action_id in NEEDS_OPEN and not self.chosen():
            return Sentence(mark("There is no open alert here to do that with."))
        if action_id == "alerts.clear_marks" and not self.lines.mark_count:
            return Sentence(mark("Nothing is marked."))
        return super().why_not(action_id)

    # --- reading -------------------------------------------------------------------------------------------

    def _read(self) -> tuple[bool, tuple[AlertRow, ...]]:
        """Read what is wanted; in a thread."""
        wants_all = self._wants_all
        query = queries.history if wants_all else queries.mine
        return wants_all, self.desk.read(query, self.session.viewer, self.desk.now(), MOST_ROWS)

    def changed(self) -> None:
        """Read again; a change that comes meanwhile is read after it."""
        if not self.freshen("list"):
            self._again = True

    def action_refresh_data(self) -> None:
        """Read again."""
        self.changed()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if concerns(event.rows, "alert") or concerns(event.rows, "ticket"):
            self.after_rest("list", self.changed)

    @on(AlertListRead)
    def _listed(self, event: AlertListRead) -> None:
        wants_all, rows = event.result
        if wants_all == self._wants_all:
            self._put(rows)
        if self._again:
            self._again = False
            self.changed()

    def _put(self, rows: Sequence[AlertRow]) -> None:
        """Show the rows; the cursor stays on its alert, and marks on those that are still there."""
        self._rows = {row.id: row for row in rows}
        cursor = self.lines.cursor_key
        self.lines.reset(len(rows), keep_place=cursor is not None)
        place = next((place for place, row in enumerate(rows) if row.id == cursor), None)
        if cursor is not None and place is not None:
            self.lines.relocate(cursor, place)
        elif self.lines.cursor_index >= len(rows):
            self.lines.update_total(len(rows))
        self.lines.put(0, rows)
        if not rows:
            nothing = _("There were no alerts yet.") if self._wants_all else _("Nothing to alert you of. v shows all.")
            self.lines.set_state(ListState.EMPTY, nothing)
        self.lines.mark_all(self.lines.marks & self._rows.keys())
        self._say_heading()
        self.refresh_bindings()

    @on(Failed)
    def _not_done(self, event: Failed) -> None:
        if event.group == "list":
            self.lines.set_state(ListState.FAILED, f"{say(event.sentence)} {_('F5 tries again.')}")
        else:
            self.app.notify(say(event.sentence), severity="error", timeout=10)

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        """All rows are held here; the list lets those far away go."""
        event.stop()
        rows = tuple(self._rows.values())[event.first : event.first + event.count]
        self.lines.put(event.first, rows, edition=event.edition)

    # --- showing -------------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> None:
        """Let the countdowns run."""
        self.lines.tick(now)

    def _say_heading(self) -> None:
        title = _("All alerts") if self._wants_all else _("Alerts")
        count = len(self._rows)
        more = "+" if count == MOST_ROWS else ""
        marked = self.lines.mark_count
        words = ngettext("{count} marked", "{count} marked", marked).format(count=marked) if marked else ""
        self._heading.update(Content("  ".join(filter(None, (title, f"{count}{more}", words)))))

    @on(LineList.CursorMoved)
    def _cursor_moved(self, event: LineList.CursorMoved) -> None:
        event.stop()
        self.refresh_bindings()

    @on(LineList.MarksChanged)
    def _marks_changed(self, event: LineList.MarksChanged) -> None:
        event.stop()
        self._say_heading()
        self.refresh_bindings()

    def speak_again(self) -> None:
        """Say everything in another language."""
        self.lines.set_columns(columns(self.desk.zone))
        self._say_heading()
        self.refresh_bindings()

    # --- actions -------------------------------------------------------------------------------------------

    @on(LineList.Chosen)
    def _open(self, event: LineList.Chosen) -> None:
        """Open the ticket."""
        event.stop()
        from deskconsole.screens.ticket import TicketScreen

        self.app.push_screen(TicketScreen(self.session, self._rows[event.key].ticket_id))

    def action_show_all(self) -> None:
        """Show all alerts there were, or only those that stand."""
        self._wants_all = not self._wants_all
        self.lines.clear_marks()
        self._say_heading()
        self.changed()

    def action_mark_all(self) -> None:
        """Mark every open alert of the list."""
        self.lines.mark_all(row.id for row in self._rows.values() if not row.is_acknowledged)

    def action_clear_marks(self) -> None:
        """Take all marks away."""
        self.lines.clear_marks()

    def action_back(self) -> None:
        """Take the marks away, else step back."""
        if self.lines.mark_count:
            self.lines.clear_marks()
        else:
            super().action_back()

    def action_acknowledge(self) -> None:
        """Take note of the chosen alerts."""
        rows = self.chosen()
        self._act(rows, _("Acknowledge"), lambda ids, key: alerts.acknowledge(self.desk, ids, key=key))

    def action_mute(self) -> None:
        """Silence the chosen alerts for a while; the desk keeps who did it."""
        rows = self.chosen()

        def muted(minutes: int | None) -> None:
            if minutes is not None:
                words = f"{_('Mute')} {_(dict(MUTES)[minutes])}"
                self._act(rows, words, lambda ids, key: alerts.mute(self.desk, ids, minutes or None, key=key))

        options = [Option(minutes, _(words)) for minutes, words in MUTES]
        self.app.push_screen(Choice(_("Mute for how long?"), options), muted)

    def _act(self, rows: Sequence[AlertRow], what: str, change: Callable[[list[int], UUID], list[int]]) -> None:
        """Do it to the alerts under one key; many at once are confirmed first, with the effect listed."""
        ids, key = [row.id for row in rows], uuid4()

        def act() -> str:
            count = len(change(ids, key))
            return ngettext("{what}: {count} alert.", "{what}: {count} alerts.", count).format(what=what, count=count)

        def go_on(yes: bool | None) -> None:
            if yes:
                self.work(act, AlertsActed)

        if len(ids) == 1:
            go_on(True)
            return
        title = ngettext("{what}: {count} alert?", "{what}: {count} alerts?", len(ids)).format(
            what=what, count=len(ids)
        )
        self.app.push_screen(Confirm(title, [clean(f"#{row.ticket_id}  {alert_about(row)}") for row in rows]), go_on)

    @on(AlertsActed)
    def _acted(self, event: AlertsActed) -> None:
        self.app.notify(event.result)
        self.lines.clear_marks()
        self.changed()
        if self.shell.alert_watch is not None:
            self.shell.alert_watch.freshen()


def columns(zone: tzinfo) -> tuple[Column[AlertRow], ...]:
    """The columns of the list, titled in the reader's language, with the times of `zone`."""

    def state(row: AlertRow, now: datetime) -> Cell:
        return state_cell(row, now.astimezone(zone))

    def raised(row: AlertRow, now: datetime) -> Cell:
        return Cell(_at(row.raised_at, now.astimezone(zone)), "muted")

    return (
        Column("state", _("State"), state, 22, ticking=True),
        Column("id", _("No."), lambda row, _now: Cell(str(row.ticket_id)), 7, "right"),
        Column("clock", _("Clock"), lambda row, _now: Cell(_clock(row)), 20, shown_from=100),
        Column("client", _("Client"), lambda row, _now: Cell(row.client), 16),
        Column("subject", _("Subject"), lambda row, _now: Cell(row.subject)),
        Column("raised", _("Raised"), raised, 11, shown_from=90),
        Column("rings", _("Rings"), lambda row, _now: Cell(str(row.rings or "-"), "muted"), 5, "right", shown_from=120),
        Column("person", _("For"), lambda row, _now: Cell(row.person or "", "muted"), 16, shown_from=140),
    )


def state_cell(row: AlertRow, now: datetime) -> Cell:
    """How an alert stands at `now` (in the reader's zone): its countdown, or what became of it, by whom and when."""
    if row.state is AlertState.ACKNOWLEDGED and row.acknowledged_at is not None:
        return Cell(f"+ {_at(row.acknowledged_at, now)} {row.acknowledged_by}", "muted")
    if row.state is AlertState.SETTLED and row.acknowledged_at is not None:
        return Cell(_("- over {time}").format(time=_at(row.acknowledged_at, now)), "muted")
    until = _at(row.held_until, now) if row.held_until is not None else ""
    if row.state is AlertState.MUTED:
        word = _("x muted to {time}").format(time=until) if until else _("x muted")
        return Cell(f"{word} {row.muted_by or ''}", "muted")
    if row.state is AlertState.HELD:
        return Cell(_("z held to {time}").format(time=until), "muted")
    return alert_cell(row, now)


def _clock(row: AlertRow) -> str:
    return f"{clock_word(row.clock)} {row.percent} %" if row.clock else ""


def _at(instant: datetime, now: datetime) -> str:
    """The time of day, with the day where it is another."""
    local = instant.astimezone(now.tzinfo)
    return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%m-%d %H:%M}"
