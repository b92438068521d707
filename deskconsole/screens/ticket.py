"""One ticket: its head with the countdown, what the contract says, and the timeline of all that was said and done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import tickets
from deskconsole.desk.tickets import ASSIGNABLE
from deskconsole.domain.terms import Role, SlaClock
from deskconsole.i18n import _
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.pane import Pane
from deskconsole.screens.session import Session
from deskconsole.screens.text_lines import Block, TextLines
from deskconsole.screens.ticket_columns import status_words
from deskconsole.screens.ticket_forms import point_sign
from deskconsole.screens.ticket_presence import TicketPresence, company_line
from deskconsole.screens.ticket_reading import (
    TicketRead,
    clock_contents,
    coverage_line,
    money_line,
    read_ticket,
    state_line,
    subject_line,
    what_line,
    who_line,
)
from deskconsole.screens.timeline import size_words, time_words, timeline
from deskconsole.screens.unit_past import UnitPast
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.line_columns import Cell

REREAD_SECONDS = 60.0
"""The coverage of today and the pay state age without a change that anybody tells of."""

THEN = {
    "reply": "reply",
    "note": "note",
    "client_said": "client_said",
    "history": "history",
    "lines": "lines",
    "equipment": "equipment",
    "attach": "attach",
    "due": "due",
    "log_time": "log_time",
    "assign": "assign",
    "status": "status",
}
"""The forms that may be opened with the ticket, and their actions."""


CLOCKS = tuple(f"clock-{place}" for place, _clock in enumerate(SlaClock))
HEAD = ("subject", "presence", "state", *CLOCKS, "who", "what", "coverage", "money")
"""The lines over the timeline."""
ROOMY = 32
"""Lines of a terminal from which on each clock has a line of its own; below it those that are through share one."""


class TicketLoaded(Done[TicketRead]):
    """The ticket was read."""


class SeenNoted(Done[None]):
    """It is noted that somebody has opened the ticket."""


class TicketScreen(TicketPresence):
    """One ticket; `then` names a form (`THEN`) to open at once."""

    SCOPE = "ticket"
    CSS_PATH = "ticket.tcss"
    AUTO_FOCUS = "#timeline"

    def __init__(self, session: Session, ticket_id: int, *, then: str = "") -> None:
        super().__init__(session)
        self.ticket_id = ticket_id
        self._then = then
        self._full = then == "history"
        self._again = False
        self._head = {name: Static(id=name, markup=False) for name in HEAD}
        self.pane = Pane(id="main")
        self.timeline = TextLines(follows=True, id="timeline")
        self.side = TextLines(id="side")
        self._said: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        """The head over the timeline, with lines, time and the unit's past beside it where there is room."""
        with Vertical(id="head"):
            yield from self._head.values()
        with Horizontal(id="body"):
            with self.pane:
                yield self.timeline
            yield self.side
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the ticket, and again from time to time."""
        self._say("subject", Content(_("Ticket {id}").format(id=self.ticket_id)))
        self.keep_fresh(
            partial(read_ticket, self.session, self.ticket_id), TicketLoaded, group="ticket", every=REREAD_SECONDS
        )

    def chosen(self) -> tuple[QueueRow, ...]:
        """This ticket."""
        return (self.read.card.row,) if self.read is not None else ()

    @property
    def is_expecting(self) -> bool:
        """Its actions need the ticket, which is being read."""
        return super().is_expecting or (self.read is None and self.is_working("ticket"))

    # --- reading -------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Read the ticket again; a change that comes while it is being read is read after it."""
        if not self.freshen("ticket"):
            self._again = True

    def action_refresh_data(self) -> None:
        """Read the ticket again."""
        self.changed()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        client_id = self.read.card.row.client_id if self.read is not None else None
        is_mine = concerns(event.rows, "ticket", self.ticket_id)
        if is_mine or (client_id is not None and concerns(event.rows, "client", client_id)):
            self.changed()

    @on(TicketLoaded)
    def _loaded(self, event: TicketLoaded) -> None:
        self.read = event.result
        self._show()
        self.refresh_bindings()
        if self._again:
            self._again = False
            self.changed()
        if self.read.card.row.is_unread and self.desk.actor.role in ASSIGNABLE:
            self.work(partial(tickets.open_ticket, self.desk, self.ticket_id), SeenNoted, group="seen")
        self._open_then()

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        """A reading that failed leaves what is there, with its age; that nobody could note the opening is no news."""
        if event.group == "ticket":
            event.prevent_default()
            self.pane.failed(event.sentence, self.desk.now())
        elif event.group == "seen":
            event.prevent_default()

    def _open_then(self) -> None:
        then, self._then = self._then, ""
        if then and then != "history" and then in THEN and self.why_not(f"ticket.{then}") is None:
            getattr(self, f"action_{THEN[then]}")()

    # --- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self.read is None:
            return
        now = self.desk.now()
        self.pane.ready(now)
        read = self.read
        self._say("subject", subject_line(read))
        self.company_changed()
        self._say("who", who_line(read))
        self._say("what", what_line(read))
        self._say("coverage", coverage_line(read))
        self._say("money", money_line(read, now))
        self._head["money"].display = read.payment is not None
        self.tick(now)
        self.timeline.show(timeline(read.card, read.names, full=self._full))
        self.side.show(tuple(self._side(read)))

    def company_changed(self) -> None:
        """Say who else is on the ticket."""
        self._head["presence"].display = bool(self.company)
        self._say("presence", company_line(self.company))

    def _say(self, name: str, content: Content) -> None:
        """Update a line of the head when it says something new: what is updated is sent."""
        if self._said.get(name) != content:
            self._said[name] = content
            self._head[name].update(content)

    def tick(self, now: datetime) -> None:
        """Let the countdown and the timer run."""
        self.pane.tick(now)
        if self.read is not None:
            self._say("state", state_line(self.read, now))
            self._say_clocks(self.read, now)

    def _say_clocks(self, read: TicketRead, now: datetime) -> None:
        lines = clock_contents(read, now, fold=self.app.size.height < ROOMY)
        for place, name in enumerate(CLOCKS):
            self._head[name].display = place < len(lines)
            if place < len(lines):
                self._say(name, lines[place])

    def _side(self, read: TicketRead) -> Iterator[Block]:
        """Lines, time, files and the unit's past, for the wide screen."""
        card = read.card
        yield from self._checklist(read)
        yield from self._section(
            "lines",
            _("Services"),
            _("none; l adds one"),
            [
                Block(
                    f"line:{row.id}",
                    (Cell(f"  {self.line_words(row)[0]}"),),
                    self.line_words(row)[1],
                    Cell("    "),
                    "muted",
                )
                for row in card.lines
            ],
        )
        yield from self._section(
            "times",
            _("Time"),
            _("none; t logs some"),
            [
                Block(
                    f"time:{row.id}",
                    (Cell(f"  {self.session.local(row.started_at):%m-%d %H:%M} {row.person}"),),
                    time_words(row),
                    Cell("    "),
                    "muted" if row.is_reversed else "hours",
                )
                for row in card.times
            ],
        )
        yield from self._section(
            "files",
            _("Files"),
            _("none; f attaches one"),
            [
                Block(f"file:{row.id}", (Cell(f"  {row.name}"), Cell(f"  {size_words(row.size)}", "muted")))
                for row in card.files
            ],
        )
        if self.desk.actor.role is Role.CONTRACTOR:
            return
        yield from self._section(
            "past",
            _("Past of the equipment"),
            _("nothing"),
            [
                Block(
                    f"past:{row.id}",
                    (
                        Cell(f"  {self.session.local(row.created):%Y-%m-%d} {row.id} ", "muted"),
                        Cell(f"{status_words(row)}  ", "strong" if row.category.is_open else "muted"),
                    ),
                    row.subject[:200],
                    Cell("    "),
                )
                for row in read.past
            ],
        )

    def _checklist(self, read: TicketRead) -> Iterator[Block]:
        """The points, ticked or not, where there are some."""
        if read.card.checklist:
            points = [
                Block(
                    f"point:{item.id}",
                    (Cell(f"  {point_sign(item)} {item.text}", "muted" if item.done_at else ""),),
                    self.done_words(item),
                    Cell("      "),
                    "muted",
                )
                for item in read.card.checklist
            ]
            yield from self._section("checklist", _("Checklist"), "", points)

    @staticmethod
    def _section(key: str, title: str, empty: str, blocks: list[Block]) -> Iterator[Block]:
        yield Block(f"section:{key}", (Cell(f" {title}", "strong"),))
        yield from blocks or [Block(f"none:{key}", (Cell(f"  {empty}", "muted"),))]
        yield Block(f"end:{key}", (Cell(" "),))

    # --- actions -------------------------------------------------------------------------------------------

    def action_history(self) -> None:
        """Show every change, or only what matters most."""
        self._full = not self._full
        self._show()
        self.app.notify(_("Full history.") if self._full else _("History in short."))

    def action_equipment(self) -> None:
        """Show the equipment and its past; a ticket chosen there is opened."""
        assert self.read is not None
        assert self.read.card.equipment_id is not None

        def chosen(ticket_id: int | None) -> None:
            if ticket_id is not None and ticket_id != self.ticket_id:
                self.app.push_screen(TicketScreen(self.session, ticket_id))

        self.app.push_screen(UnitPast(self.session, self.read.card.equipment_id), chosen)

    def action_explain(self) -> None:
        """Explain why the ticket is due when it is."""
        from deskconsole.screens.sla_explain import ClockExplanation

        self.app.push_screen(ClockExplanation(self.session, self.ticket_id))

    def action_log_time(self) -> None:
        """Log time on the ticket."""
        self.log_time_on(None)

    def speak_again(self) -> None:
        """Say everything in another language; the place in the timeline stays."""
        self._show()
        self.refresh_bindings()
