"""The engineer's own work: open tickets by due time, the running timer, today's total."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from deskconsole.data.queries import charging, people
from deskconsole.data.queries import tickets as ticket_lists
from deskconsole.data.queries.people import Timer
from deskconsole.data.queries.tickets import Listing, QueueRow, Sort
from deskconsole.desk import tickets, workflow
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import Refused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Category
from deskconsole.domain.ticket_filter import parse
from deskconsole.domain.workflow import Status
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens.changes import DeskChanged, concerns, heard_also
from deskconsole.screens.dialogs import Choice, Option
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.log_time import LogTime
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act, TicketActions
from deskconsole.screens.ticket_columns import columns
from deskconsole.screens.ticket_rows import (
    Snapshot,
    Window,
    WindowRead,
    read_snapshot,
    read_window,
    show_snapshot,
)
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.line_list import LineList, ListState
from deskconsole.widgets.text_block import plain

OWN_WORK = "status:open assignee:me"
COLUMNS = ("due", "id", "prio", "status", "client", "subject", "equipment", "site", "coverage", "age")
REREAD_SECONDS = 60.0


@dataclass(frozen=True)
class MyWork:
    """The person's list, running timer and its ticket, minutes logged today and minutes in a day."""

    listing: Listing
    rows: Snapshot
    timer: Timer | None
    timed: QueueRow | None
    today: int
    capacity: int


@dataclass(frozen=True)
class Resolving:
    """What it takes to resolve a ticket: the statuses it may go to, and whether time must be logged first."""

    row: QueueRow
    statuses: tuple[Status, ...]
    needs_time: bool


class MyWorkRead(Done[MyWork | None]):
    """The person's work was read; None: what others changed is none of it."""


class ResolvingRead(Done[Resolving]):
    """It is known what resolving takes."""


class MyScreen(TicketActions):
    """Where an engineer sees what is next, times it, logs it and resolves it."""

    SCOPE = "my"
    CSS_PATH = "my.tcss"
    AUTO_FOCUS = "LineList"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._again = False
        self._heard: frozenset[int] | None = frozenset()  # what others changed since; None: the work must be read
        self._work: MyWork | None = None
        self.lines: LineList[QueueRow] = LineList(
            columns(COLUMNS, self.desk.zone), key=lambda row: row.id, now=self.desk.now(), markable=False, id="list"
        )
        self._texts = {name: Static(id=name, markup=False) for name in ("timer", "today")}
        self._cursor: int | None = None
        self._line = 0
        self._said: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        """The timer over the list over the day's total."""
        yield self._texts["timer"]
        yield self.lines
        yield self._texts["today"]
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the work, and again from time to time."""
        self._say("timer", plain(self.desk.actor.name, multiline=False))
        self.keep_fresh(self._read, MyWorkRead, group="mine", every=REREAD_SECONDS)

    def chosen(self) -> tuple[QueueRow, ...]:
        """The ticket under the cursor."""
        row = self.lines.row_at_cursor
        return (row,) if row is not None else ()

    def why_not(self, action_id: str) -> Sentence | None:
        """A list without a person has no own work."""
        if action_id.startswith("my.") and self.desk.actor.id is None:
            return Sentence(mark("Nobody is at this desk; say who you are with --as."))
        return super().why_not(action_id)

    # --- reading -------------------------------------------------------------------------------------------

    def _listing(self) -> Listing:
        return Listing(parse(OWN_WORK, now=self.desk.now(), zone=self.desk.zone), Sort("due"), self.session.viewer)

    def _read(self) -> MyWork:
        """Read the list round the cursor, the timer and the day; in a thread."""
        desk, person, listing = self.desk, self.desk.actor.id or 0, self._listing()
        timer = desk.read(people.timer_of, person)
        timed = desk.read(ticket_lists.rows, [timer.ticket_id]) if timer is not None else ()
        today, capacity = desk.read(charging.logged_since, person, self.session.day_began())
        snapshot = read_snapshot(desk, listing, self._cursor, self._line)
        return MyWork(listing, snapshot, timer, timed[0] if timed else None, today, capacity)

    def _read_touched(self, heard: frozenset[int], shown: MyWork) -> MyWork | None:
        """The same where timer, hours or one of some tickets make it another; None: what is shown is as it was."""
        desk, person = self.desk, self.desk.actor.id or 0
        timer = desk.read(people.timer_of, person)
        hours = desk.read(charging.logged_since, person, self.session.day_began())
        is_as_shown = timer == shown.timer and hours == (shown.today, shown.capacity)
        return None if is_as_shown and not desk.read(ticket_lists.holds_any, self._listing(), heard) else self._read()

    def _shows(self, ticket_id: int) -> bool:
        timer = self._work.timer if self._work is not None else None
        return self.lines.row_of(ticket_id) is not None or (timer is not None and timer.ticket_id == ticket_id)

    def changed(self) -> None:
        """Read again; a change that comes meanwhile is read after it."""
        self._heard = frozenset()
        if not self.freshen("mine"):
            self._again = True

    def action_refresh_data(self) -> None:
        """Read again."""
        self.changed()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if concerns(event.rows, "ticket"):
            self._heard = heard_also(self._heard, event.rows)
            self.after_rest("mine", self._read_heard)

    def _read_heard(self) -> None:
        """Read again if what others changed is the person's work, or was."""
        heard, work = self._heard, self._work
        if work is None or heard is None or any(map(self._shows, heard)):
            self.changed()
            return
        self._heard = frozenset()
        self.work(partial(self._read_touched, heard, work), MyWorkRead, group="mine", overlap=Overlap.LATEST)

    @on(MyWorkRead)
    def _worked(self, event: MyWorkRead) -> None:
        if (work := event.result) is not None:
            self._work = work
            show_snapshot(self.lines, work.rows)
            if not work.rows.total:
                self.lines.set_state(ListState.EMPTY, _("Nothing is assigned to you. F5 looks again."))
            self.tick(self.desk.now())
            self.refresh_bindings()
        if self._again:
            self._again = False
            self.changed()

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        if event.group in {"mine", "window"}:
            event.prevent_default()
            self._heard, self._again = None, False  # the next reading is a whole one, and is to come
            self.lines.set_state(ListState.FAILED, f"{say(event.sentence)} {_('F5 tries again.')}")

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        event.stop()
        if self._work is not None:
            read = partial(read_window, self.desk, self._work.listing, event, self.lines.total)
            self.work(read, WindowRead, group="window", overlap=Overlap.LATEST)

    @on(WindowRead)
    def _window_read(self, event: WindowRead) -> None:
        window: Window = event.result
        self.lines.put(window.first, window.rows, edition=window.edition)
        self.refresh_bindings()

    @on(LineList.CursorMoved)
    def _cursor_moved(self, event: LineList.CursorMoved) -> None:
        event.stop()
        self._cursor, self._line = event.key, event.index - self.lines.top
        self.refresh_bindings()

    # --- showing -------------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> None:
        """Let the countdowns and the timer run."""
        self.lines.tick(now)
        if self._work is not None:
            self._say("timer", self._timer_line(self._work, now))
            self._say("today", self._today_line(self._work, now))

    def _timer_line(self, work: MyWork, now: datetime) -> Content:
        if work.timer is None:
            return Content.styled(_("No timer runs. w starts one on the ticket under the cursor."), "$list-muted")
        elapsed = max(now - work.timer.started_at, timedelta())
        words = _("● {time} on ticket {id}").format(time=_clock(elapsed), id=work.timer.ticket_id)
        about = f"  {work.timed.client}  {work.timed.subject}"[:300] if work.timed is not None else ""
        return Content.assemble((words, "bold $level-soon"), plain(about, multiline=False))

    def _today_line(self, work: MyWork, now: datetime) -> Content:
        running = int((now - work.timer.started_at) / timedelta(minutes=1)) if work.timer is not None else 0
        parts = [
            ngettext("{count} open ticket", "{count} open tickets", work.rows.total).format(count=work.rows.total),
            _("today: {time} logged").format(time=say(duration_text(work.today))),
        ]
        if work.capacity:
            parts[-1] += " " + _("of {time}").format(time=say(duration_text(work.capacity)))
        if running > 0:
            parts.append(_("{time} running").format(time=say(duration_text(running))))
        return plain("  ·  ".join((*parts, self.desk.actor.name)), multiline=False)

    def _say(self, name: str, content: Content) -> None:
        if self._said.get(name) != content:
            self._said[name] = content
            self._texts[name].update(content)

    def speak_again(self) -> None:
        """Say everything in another language."""
        self.lines.set_columns(columns(COLUMNS, self.desk.zone))
        self.tick(self.desk.now())
        self.refresh_bindings()

    # --- actions -------------------------------------------------------------------------------------------

    @on(LineList.Chosen)
    def _open(self, event: LineList.Chosen) -> None:
        event.stop()
        from deskconsole.screens.ticket import TicketScreen

        self.app.push_screen(TicketScreen(self.session, event.key))

    def action_resolve(self) -> None:
        """Resolve the ticket under the cursor; where its time is not logged yet, that is asked for first."""
        self.work(partial(self._look_at, self.chosen()[0]), ResolvingRead, group="resolve")

    def _look_at(self, row: QueueRow) -> Resolving:
        flow = self.desk.read(workflow.load)
        statuses = tuple(
            status for status in flow.targets(row.type, row.status) if status.category is Category.RESOLVED
        )
        if not statuses:
            raise Refused(mark('A ticket that is "{status}" can\'t be resolved.'), status=row.status_name)
        needs_time = flow.needs_labour(row.type) and not self.desk.read(workflow.has_labour, row.id)
        return Resolving(row, statuses, needs_time=needs_time)

    @on(ResolvingRead)
    def _resolve(self, event: ResolvingRead) -> None:
        found = event.result
        if not found.needs_time:
            self._choose_end(found)
            return

        def logged(act: Act | None) -> None:
            if act is not None:
                self._told(act)
                self._choose_end(found)

        self.app.push_screen(LogTime(self.session, found.row), logged)

    def _choose_end(self, found: Resolving) -> None:
        if len(found.statuses) == 1:
            self._end(found.row, found.statuses[0])
            return

        def chosen(status: Status | None) -> None:
            if status is not None:
                self._end(found.row, status)

        options = [Option(status, _(status.name)) for status in found.statuses]
        self.app.push_screen(Choice(_("Resolved as what?"), options), chosen)

    def _end(self, row: QueueRow, status: Status) -> None:
        words = _("Status: {name}").format(name=_(status.name))
        seen = {row.id: row.status}
        self.act((row,), words, lambda key: tickets.set_status(self.desk, [row.id], status.code, seen=seen, key=key))


def _clock(elapsed: timedelta) -> str:
    """Elapsed work: with seconds in the first minutes only, since every change is sent."""
    seconds = int(elapsed.total_seconds())
    if seconds < 300:
        return f"{seconds // 60:02d}:{seconds % 60:02d}"
    return say(duration_text(seconds // 60))
