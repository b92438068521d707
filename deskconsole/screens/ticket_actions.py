"""What can be done to tickets from wherever they are listed or shown: the same keys, the same questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from textual import on

from deskconsole.data.queries import people
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import tickets, time, workflow
from deskconsole.desk.clocks import ARRIVES
from deskconsole.desk.undo import undo
from deskconsole.domain.errors import DeskError, InDoubt, StorageUnavailable
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Category, Priority
from deskconsole.domain.text import clean
from deskconsole.domain.workflow import Status
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.dialogs import Ask, Choice, Compose, Confirm, Option
from deskconsole.screens.keys import shown
from deskconsole.screens.session import Keys, Session
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.cells import priority_name, priority_word

NEEDS_TICKET = frozenset(
    {
        "reply",
        "note",
        "status",
        "priority",
        "assign",
        "log_time",
        "timer",
        "client_said",
        "arrive",
        "client",
        "resolve",
        "due",
        "attach",
    }
)


ASKING = ("statuses", "services", "about", "resolve")
"""Groups of work that end in a question."""
FORMS = {"reply": "reply", "note": "note", "client": "client_said", "time": "log_time"}
"""Kinds of drafts that belong to a ticket, and the form that takes each (`ticket.THEN`)."""


@dataclass(frozen=True)
class Act:
    """A change that was made: its operation (None: it can't be taken back), and a sentence that says so.

    After a change that can't be taken back, an older one is not either: `u` means the last one. `is_no_change` is
    for what changed nothing.
    """

    operation: UUID | None
    sentence: str
    is_no_change: bool = False


class Acted(Done[Act]):
    """A change was made."""


class StatusesRead(Done[tuple[tuple[QueueRow, ...], tuple[Status, ...]]]):
    """The statuses that all the chosen tickets may go to."""


class TicketActions(DeskScreen[None]):
    """A screen that acts on tickets: it says which (`chosen`) and reads again after a change (`changed`)."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk

    def chosen(self) -> tuple[QueueRow, ...]:
        """The tickets the next action is about: the marked ones, else the one under the cursor."""
        raise NotImplementedError

    def changed(self) -> None:
        """Read again after a change of one's own; others' changes come through the feed."""

    def why_not(self, action_id: str) -> Sentence | None:
        """Actions on tickets need one."""
        name = action_id.partition(".")[2]
        if action_id == "app.undo" and not self.session.done:
            return Sentence(mark("There is nothing to take back."))
        if action_id == "app.copy" and not self.chosen():
            return Sentence(mark("There is nothing to do that with here."))
        if action_id.startswith(f"{self.SCOPE}.") and name in NEEDS_TICKET and not self.chosen():
            return Sentence(mark("There is no ticket here to do that with."))
        if name == "arrive" and action_id.startswith(f"{self.SCOPE}.") and (why := self._nobody_arrives()):
            return why
        return super().why_not(action_id)

    def _nobody_arrives(self) -> Sentence | None:
        """Why nobody can arrive at the client's for the ticket here."""
        row = self.chosen()[0]
        if row.type not in ARRIVES:
            return Sentence(mark("Nobody travels for this ticket: it is no visit."))
        if not row.category.is_open:
            return Sentence(mark("The ticket has ended: nobody arrives any more."))
        return None

    @property
    def is_expecting(self) -> bool:
        """A question comes once what it offers was read."""
        return any(self.is_working(group) for group in ASKING)

    # --- one ticket ----------------------------------------------------------------------------------------

    def action_reply(self) -> None:
        """Write an answer to the client."""
        self._write(mark("Reply to the client on ticket {id}"), "reply", tickets.reply)

    def action_note(self) -> None:
        """Write an internal note."""
        self._write(mark("Internal note on ticket {id}"), "note", tickets.note)

    def action_client_said(self) -> None:
        """Write down what the client said."""
        self._write(mark("What the client said on ticket {id}"), "client", tickets.client_said)

    def action_arrive(self) -> None:
        """Note that somebody is at the client's."""
        ticket_id = self.chosen()[0].id

        def arrive() -> Act:
            if not tickets.arrive(self.desk, ticket_id):
                return Act(None, _("Nothing changed: it was so already."), is_no_change=True)
            return Act(None, _("Arrived for ticket {id}.").format(id=ticket_id))

        self.work(arrive, Acted)

    def action_log_time(self) -> None:
        """Log time on the ticket."""
        from deskconsole.screens.log_time import LogTime

        self.app.push_screen(LogTime(self.session, self.chosen()[0]), self._told)

    def action_timer(self) -> None:
        """Start the person's work timer on the ticket, or stop it and log what it counted."""
        ticket = self.chosen()[0]

        def turn() -> Act:
            running = self.desk.read(people.timer_of, self.desk.actor.id or 0)
            if ticket.id in self.session.stopping or (running is not None and running.ticket_id == ticket.id):
                return self._stop_timer(ticket.id)
            time.start_timer(self.desk, ticket.id)
            return Act(None, _("Timer runs on ticket {id}.").format(id=ticket.id))

        self.work(turn, Acted)

    def _stop_timer(self, ticket_id: int) -> Act:
        """Stop the timer, or learn whether an earlier try did; in a thread."""
        stopping = self.session.stopping
        key = stopping.setdefault(ticket_id, uuid4())
        try:
            logged = time.stop_timer(self.desk, key=key)
        except InDoubt:
            raise
        except DeskError:
            del stopping[ticket_id]
            raise
        del stopping[ticket_id]
        return Act(None, _("Timer stopped: {minutes} min logged.").format(minutes=logged.worked))

    def action_client(self) -> None:
        """Open the client's card."""
        from deskconsole.screens.client import ClientScreen

        client_id = self.chosen()[0].client_id
        if client_id is None:
            self.app.notify(_("This ticket has no client."), severity="warning")
            return
        self.app.push_screen(ClientScreen(self.session, client_id))

    def action_copy(self) -> None:
        """Copy number and subject to the clipboard of the person's own terminal (OSC 52)."""
        self.app.copy_to_clipboard("\n".join(effects_of(self.chosen())))
        self.app.notify(_("Copied."))

    # --- one or many ---------------------------------------------------------------------------------------

    def action_assign(self) -> None:
        """Choose who does the work."""
        from deskconsole.screens.assign import Assign

        self.app.push_screen(Assign(self.session, self.chosen()), self._told)

    def action_status(self) -> None:
        """Choose a status among those all the chosen tickets may go to."""
        rows = self.chosen()

        def read() -> tuple[tuple[QueueRow, ...], tuple[Status, ...]]:
            flow = self.desk.read(workflow.load)
            common = [set(flow.targets(row.type, row.status)) for row in rows]
            reached = set.intersection(*common) if common else set()
            return rows, tuple(status for status in flow.statuses if status in reached)

        self.work(read, StatusesRead, group="statuses")

    @on(StatusesRead)
    def _choose_status(self, event: StatusesRead) -> None:
        rows, statuses = event.result
        if not statuses:
            self.app.notify(_("There is no status all of these can go to."), severity="warning")
            return
        options = [Option(status, _(status.name)) for status in statuses]

        def chosen(status: Status | None) -> None:
            if status is not None:
                self._go_to(rows, status)

        self.app.push_screen(Choice(f"{_('Status')}: {which(rows)}", options), chosen)

    def _go_to(self, rows: Sequence[QueueRow], status: Status) -> None:
        def to(reason: str, key: UUID) -> list[int]:
            seen = {row.id: row.status for row in rows}
            return tickets.set_status(
                self.desk, [row.id for row in rows], status.code, reason=reason, seen=seen, key=key
            )

        what = _("Status: {name}").format(name=_(status.name))
        if status.category is not Category.CANCELLED:
            self.act(rows, what, lambda key: to("", key))
            return
        keys = Keys()

        def cancel(reason: str) -> Act:
            key = keys.of(reason)
            return self._done(key, to(reason, key), what)

        title = f"{_('Why is it cancelled?')}  {which(rows)}"
        self._once_sure(rows, what, lambda: self.app.push_screen(Ask(title, cancel), self._told))

    def action_priority(self) -> None:
        """Choose a priority."""
        rows = self.chosen()
        options = [Option(priority, priority_name(priority)) for priority in Priority]

        def chosen(priority: Priority | None) -> None:
            if priority is not None:
                seen = {row.id: row.priority for row in rows}
                ids = [row.id for row in rows]
                self.act(
                    rows,
                    _("Priority: {name}").format(name=priority_word(priority)),
                    lambda key: tickets.set_priority(self.desk, ids, priority, seen=seen, key=key),
                )

        self.app.push_screen(Choice(f"{_('Priority')}: {which(rows)}", options), chosen)

    def action_undo(self) -> None:
        """Take the latest change back; one that can't be taken back any more is not tried again."""
        operation, what = self.session.done.pop()

        def take_back() -> Act:
            try:
                count = len(undo(self.desk, operation))
            except StorageUnavailable:
                self.session.done.append((operation, what))
                raise
            words = ngettext("{count} ticket is as before.", "{count} tickets are as before.", count)
            said = _("Taken back: {what}").format(what=what)
            return Act(None, f"{said} {words.format(count=count)}", is_no_change=True)

        self.work(take_back, Acted)

    # --- how ------------------------------------------------------------------------------------------------

    def act(self, rows: Sequence[QueueRow], what: str, change: Callable[[UUID], list[int]]) -> None:
        """Make a change to tickets under one key; many at once are confirmed first, with the effect listed."""

        def make() -> Act:
            key = uuid4()
            return self._done(key, change(key), what)

        self._once_sure(rows, what, lambda: self.work(make, Acted))

    def _once_sure(self, rows: Sequence[QueueRow], what: str, go_on: Callable[[], object]) -> None:
        """Go on, for many tickets only after a question that lists them."""
        if len(rows) == 1:
            go_on()
            return
        title = ngettext("{what} for {count} ticket?", "{what} for {count} tickets?", len(rows)).format(
            what=what, count=len(rows)
        )

        def confirmed(yes: bool | None) -> None:
            if yes:
                go_on()

        self.app.push_screen(Confirm(title, effects_of(rows)), confirmed)

    def _done(self, key: UUID, ids: Sequence[int], what: str) -> Act:
        count = len(ids)
        if not count:
            return Act(None, _("Nothing changed: it was so already."), is_no_change=True)
        words = ngettext("{what}: {count} ticket.", "{what}: {count} tickets.", count).format(what=what, count=count)
        return Act(key, words)

    def _write(self, title: str, form: str, send: Callable[..., int]) -> None:
        ticket_id, drafts = self.chosen()[0].id, self.shell.drafts
        name = f"{form}:{ticket_id}"

        def sent(text: str) -> Act:
            send(self.desk, ticket_id, text, key=drafts.key_of(name, {"text": text}))
            return Act(None, _("Written on ticket {id}.").format(id=ticket_id))

        self.app.push_screen(Compose(_(title).format(id=ticket_id), sent, drafts=drafts, form=name), self._told)

    def open_form(self, form: str) -> None:
        """Open the form of the text that a dead console left."""
        kind, _colon, number = form.partition(":")
        if kind == "register":
            from deskconsole.screens.register import register_for

            self.app.push_screen(register_for(self.session, form), self._told)
        elif kind == "recurring":
            from deskconsole.screens.recurring import RecurringScreen

            self.app.push_screen(RecurringScreen(self.session, then=form))
        elif kind in FORMS and number.isdecimal():
            from deskconsole.screens.ticket import TicketScreen

            self.app.push_screen(TicketScreen(self.session, int(number), then=FORMS[kind]))

    def form_title(self, form: str) -> str:
        """What a person calls the form of a draft."""
        kind, _colon, number = form.partition(":")
        titles = {
            "reply": _("Reply on ticket {id}"),
            "note": _("Note on ticket {id}"),
            "client": _("What the client said on ticket {id}"),
            "time": _("Log time on ticket {id}"),
            "register": _("A call being registered"),
            "recurring": _("Recurring work being written down"),
        }
        return titles.get(kind, form).format(id=number)

    def _told(self, act: Act | None) -> None:
        """Say what a dialog did, and read again."""
        if act is not None:
            self.post_message(Acted(act))

    @on(Acted)
    def _acted(self, event: Acted) -> None:
        act = event.result
        words = act.sentence
        if act.operation is None and not act.is_no_change:
            self.session.done.clear()
        elif act.operation is not None:
            self.session.done.append((act.operation, act.sentence))
            words += " " + _("{key} takes it back.").format(key=shown(self.shell.keys_of("app.undo")[0]))
        self.app.notify(words)
        self.refresh_bindings()
        self.changed()

    @on(Failed)
    def _not_done(self, event: Failed) -> None:
        self.app.notify(say(event.sentence), severity="error", timeout=10)


def which(rows: Sequence[QueueRow]) -> str:
    """The tickets a question is about: one by its number, many by their count."""
    if len(rows) == 1:
        return _("Ticket {id}").format(id=rows[0].id)
    return ngettext("{count} ticket", "{count} tickets", len(rows)).format(count=len(rows))


def effects_of(rows: Sequence[QueueRow]) -> list[str]:
    """Tickets, a line each, that can be shown or copied without harm."""
    return [clean(f"{row.id}  {row.client}  {row.subject}") for row in rows]
