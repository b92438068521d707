"""A client's card: whether they pay, what is covered, hours, equipment, people, tickets, time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskconsole.data.queries import clients, tickets
from deskconsole.data.queries import hours as hour_lists
from deskconsole.data.queries.tickets import Listing, QueueRow, Sort
from deskconsole.desk import coverage
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import clean
from deskconsole.domain.ticket_filter import parse
from deskconsole.i18n import _, say
from deskconsole.screens import client_tabs as tabs
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.client_tabs import ClientRead
from deskconsole.screens.client_words import payment_words
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.pane import Pane
from deskconsole.screens.session import Session
from deskconsole.screens.text_lines import Block, TextLines
from deskconsole.screens.ticket_actions import TicketActions
from deskconsole.screens.ticket_columns import columns, due_cell
from deskconsole.screens.ticket_reading import side_by_side, styled
from deskconsole.screens.ticket_rows import Snapshot, WindowRead, read_snapshot, read_window, show_snapshot
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.line_columns import Cell
from deskconsole.widgets.line_list import LineList, ListState
from deskconsole.widgets.text_block import plain

REREAD_SECONDS = 120.0
OPEN_SHOWN = 12
OVERVIEW, CONTRACTS, HOURS, EQUIPMENT, PEOPLE, TICKETS, TIME = range(1, 8)
TITLES = {
    OVERVIEW: mark("Overview"),
    CONTRACTS: mark("Contracts"),
    HOURS: mark("Hours"),
    EQUIPMENT: mark("Equipment"),
    PEOPLE: mark("Sites"),
    TICKETS: mark("Tickets"),
    TIME: mark("Time"),
}
COLUMNS = ("due", "id", "prio", "status", "subject", "equipment", "assignee", "coverage", "age")
EMPTY = {
    CONTRACTS: mark("There is no contract with this client: work is priced."),
    HOURS: mark("This client has never bought hours."),
    EQUIPMENT: mark("No equipment of this client is known. Import it, or name it when a call comes."),
    PEOPLE: mark("No site or contact of this client is known."),
    TIME: mark("No time was spent for this client yet."),
}


class ClientLoaded(Done[ClientRead]):
    """The client was read."""


@dataclass(frozen=True)
class ClientTickets:
    """The client's tickets: the list round its cursor, the next open ones, and how many are open."""

    listing: Listing
    snapshot: Snapshot
    open_rows: tuple[QueueRow, ...]
    open_count: int


class TicketsRead(Done[ClientTickets]):
    """The client's tickets were read."""


def read_client(session: Session, client_id: int) -> ClientRead:
    """Read the card; in a thread.

    Raises:
        NotFound: there is no such client.
        Refused: a contractor sees no clients.
    """
    desk, today = session.desk, session.today()
    card = desk.read(clients.card, client_id, session.viewer, today)
    verdicts = desk.read(
        coverage.judge_units, client_id, [(unit.id, unit.site_id, unit.above) for unit in card.units], today
    )
    return ClientRead(
        card=card,
        balance=desk.read(hour_lists.balance, client_id, today),
        lots=desk.read(hour_lists.lots_of, client_id),
        ledger=desk.read(hour_lists.ledger, client_id),
        marks={unit: verdict.outcome for unit, verdict in verdicts.items()},
        months=desk.read(clients.time_by_month, client_id),
        open_tickets=(),
        today=today,
        zone=desk.zone,
    )


class ClientScreen(TicketActions):
    """One client; digits show its tabs, side by side with the overview where there is room."""

    SCOPE = "client"
    CSS_PATH = "client.tcss"
    AUTO_FOCUS = "#tab-1"

    def __init__(self, session: Session, client_id: int) -> None:
        super().__init__(session)
        self.client_id = client_id
        self.tab = OVERVIEW
        self.pane = Pane(id="card")
        self.lines: LineList[QueueRow] = LineList(
            columns(COLUMNS, self.desk.zone),
            key=lambda row: row.id,
            now=self.desk.now(),
            markable=False,
            id=f"tab-{TICKETS}",
            classes="-right",
        )
        self.read: ClientRead | None = None
        self._tickets: ClientTickets | None = None
        self._dues: tuple[str, ...] = ()
        self._again = False

    def compose(self) -> ComposeResult:
        """The head, the tabs' titles, the tabs, the keys."""
        with Vertical(id="head"):
            yield Static(id="name", markup=False)
            yield Static(id="pay", markup=False)
            yield Static(id="note", markup=False)
        yield Static(id="tabs", markup=False)
        with self.pane, Horizontal(id="columns"):
            yield TextLines(id="tab-1")
            for number in (CONTRACTS, HOURS, EQUIPMENT, PEOPLE, TIME):
                yield TextLines(id=f"tab-{number}", classes="-right")
            yield self.lines
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the client, and again from time to time."""
        self.query_one("#name", Static).update(Content(_("Client {id}").format(id=self.client_id)))
        self._place()
        self.keep_fresh(
            partial(read_client, self.session, self.client_id), ClientLoaded, group="card", every=REREAD_SECONDS
        )
        self._read_tickets()

    def chosen(self) -> tuple[QueueRow, ...]:
        """The ticket under the cursor of the list."""
        row = self.lines.row_at_cursor
        return (row,) if row is not None else ()

    def why_not(self, action_id: str) -> Sentence | None:
        """There are seven tabs, and the client itself is what is copied."""
        if action_id in {"client.tab_8", "client.tab_9"}:
            return Sentence(mark("There are seven tabs."))
        if action_id == "app.copy":
            return Sentence(mark("The client is not there yet.")) if self.read is None else None
        return super().why_not(action_id)

    # --- reading -------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Read the client and the tickets again."""
        if not self.freshen("card"):
            self._again = True
        self._read_tickets()

    def action_refresh_data(self) -> None:
        """Read all again."""
        self.changed()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        """A change of any ticket may be one of this client's; the equipment is not read again for that."""
        if concerns(event.rows, "client", self.client_id) or concerns(event.rows, "equipment"):
            self.changed()
        elif concerns(event.rows, "ticket"):
            self.after_rest("tickets", self._read_tickets)

    def _read_tickets(self) -> None:
        lines = self.lines
        cursor, line = lines.cursor_key, lines.cursor_index - lines.top

        def read() -> ClientTickets:
            desk = self.desk
            wanted = parse(f"client:#{self.client_id}", now=desk.now(), zone=desk.zone)
            listing = Listing(wanted, Sort("created", descending=True), self.session.viewer)
            snapshot = read_snapshot(desk, listing, cursor, line)
            still_open = parse(f"client:#{self.client_id} status:open", now=desk.now(), zone=desk.zone)
            open_list = Listing(still_open, Sort("due"), self.session.viewer)
            rows = desk.read(tickets.page, open_list, offset=0, limit=OPEN_SHOWN)
            return ClientTickets(listing, snapshot, rows, desk.read(tickets.count, open_list))

        self.work(read, TicketsRead, group="tickets", overlap=Overlap.LATEST)

    @on(ClientLoaded)
    def _loaded(self, event: ClientLoaded) -> None:
        self.read = event.result
        self._show()
        self.refresh_bindings()
        if self._again:
            self._again = False
            self.freshen("card")

    @on(TicketsRead)
    def _tickets_read(self, event: TicketsRead) -> None:
        self._tickets = found = event.result
        show_snapshot(self.lines, found.snapshot)
        self._fill()
        if not found.snapshot.total:
            self.lines.set_state(ListState.EMPTY, _("No ticket yet. n registers a call."))

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        event.stop()
        if self._tickets is not None:
            read = partial(read_window, self.desk, self._tickets.listing, event, self.lines.total)
            self.work(read, WindowRead, group="window", overlap=Overlap.LATEST)

    @on(WindowRead)
    def _window_read(self, event: WindowRead) -> None:
        self.lines.put(event.result.first, event.result.rows, edition=event.result.edition)

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        """A reading that failed is said where its data stands."""
        if event.group == "card":
            event.prevent_default()
            self.pane.failed(event.sentence, self.desk.now())
        elif event.group in {"tickets", "window"}:
            event.prevent_default()
            self.lines.set_state(ListState.FAILED, f"{say(event.sentence)} {_('F5 tries again.')}")

    # --- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        read = self.read
        if read is None:
            return
        self.pane.ready(self.desk.now())
        card = read.card
        name = plain(card.name, multiline=False).stylize("bold")
        gone = styled(Cell("" if card.is_active else f"x {_('no longer a client')}", "overdue"))
        entity = card.entities[0].tax_number if card.entities else ""
        words = [name, gone, *(plain(text, multiline=False) for text in (card.category, card.region, entity))]
        self.query_one("#name", Static).update(side_by_side(words))
        self.query_one("#pay", Static).update(styled(payment_words(card.payment, read.today)))
        note = self.query_one("#note", Static)
        note.update(plain(card.note[:2000], multiline=False))
        note.display = bool(card.note.strip())
        self._fill()

    def _fill(self) -> None:
        """Fill the tabs that are seen; the others when they are."""
        read = self.read
        if read is None:
            return
        for number in {OVERVIEW, self.tab} - {TICKETS}:
            pane = self.query_one(f"#tab-{number}", TextLines)
            pane.show_for_width(partial(self._blocks, number))

    def _blocks(self, number: int, width: int) -> tuple[Block, ...]:
        read = self.read
        if read is None:
            return ()
        made = {
            OVERVIEW: lambda: tabs.overview(self._with_tickets(read), self.desk.now(), width),
            CONTRACTS: lambda: tabs.contracts(read),
            HOURS: lambda: tabs.hours(read, width),
            EQUIPMENT: lambda: tabs.units(read),
            PEOPLE: lambda: tabs.sites(read),
            TIME: lambda: tabs.months(read, width),
        }[number]()
        is_empty = not made or (number == HOURS and not read.lots)
        return (Block("empty", body=_(EMPTY[number])),) if is_empty else made

    def _place(self) -> None:
        """Show the tab that is wanted, beside the overview on a wide screen."""
        wide = self.app.size.width >= 140
        beside = (TICKETS if self.tab == OVERVIEW else self.tab) if wide else None
        for number in TITLES:
            shown = number in {self.tab, beside} or (wide and number == OVERVIEW)
            self.query_one(f"#tab-{number}", Widget).display = shown
        self.query_one("#tabs", Static).update(self._tab_line())

    def _tab_line(self) -> Content:
        parts = []
        for number, title in TITLES.items():
            look = "bold reverse" if number == self.tab else ""
            parts.append((f" {number} {_(title)} ", look))
        return Content.assemble(*parts)

    @on(events.Resize)
    def _resized(self) -> None:
        if self.is_mounted:  # the first size may come before the tabs are there
            self._place()

    def _with_tickets(self, read: ClientRead) -> ClientRead:
        """The client with the open tickets as last read, which is oftener than the rest."""
        if self._tickets is None:
            return read
        card = replace(read.card, open_tickets=self._tickets.open_count)
        return replace(read, card=card, open_tickets=self._tickets.open_rows)

    def tick(self, now: datetime) -> None:
        """Let the countdowns run; the overview is made again when one of them says something else."""
        self.lines.tick(now)
        if self._tickets is not None:
            dues = tuple(due_cell(row, now).text for row in self._tickets.open_rows)
            if dues != self._dues:
                self._dues = dues
                self._fill()
        self.pane.tick(now)

    # --- actions -------------------------------------------------------------------------------------------

    def action_tab(self, number: int) -> None:
        """Show a tab."""
        self.tab = number
        self._place()
        self._fill()
        self.query_one(f"#tab-{number}", Widget).focus()

    @on(LineList.Chosen)
    def _open(self, event: LineList.Chosen) -> None:
        event.stop()
        from deskconsole.screens.ticket import TicketScreen

        self.app.push_screen(TicketScreen(self.session, event.key))

    def action_register(self) -> None:
        """Register a call of this client."""
        from deskconsole.screens.register import Register

        self.app.push_screen(Register(self.session, client_id=self.client_id), self._told)

    def action_copy(self) -> None:
        """Copy the client's name, tax numbers and phones."""
        if self.read is not None:
            card = self.read.card
            parts = [card.name, *(entity.tax_number for entity in card.entities)]
            parts += [f"{contact.name}  {contact.phone}" for contact in card.contacts if contact.phone]
            self.app.copy_to_clipboard("\n".join(clean(part) for part in parts if part))
            self.app.notify(_("Copied."))

    def speak_again(self) -> None:
        """Say everything in another language; the places in the tabs stay."""
        self.lines.set_columns(columns(COLUMNS, self.desk.zone))
        self._show()
        self._place()
        self.refresh_bindings()
