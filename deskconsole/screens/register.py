"""Registering a call: who, what, and while it is typed whether anybody pays for it; then who goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID, uuid4

from textual import events, on
from textual.widgets import Input, TextArea

from deskconsole.data.queries import tickets as ticket_rows
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import tickets
from deskconsole.desk.tickets import DISPATCH, Registration
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.moments import Clock
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Category
from deskconsole.i18n import _
from deskconsole.screens.actions import actions_of
from deskconsole.screens.call_screen import HITS, CallScreen
from deskconsole.screens.dialogs import Choice, Option
from deskconsole.screens.fields import LIST_CALLS
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.register_form import TIMES, Fields, Wrong
from deskconsole.screens.register_panel import ticket_words
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act
from deskconsole.screens.work import Done, Failed, Overlap

FORM = "register"
WORDS = ("subject", "text", "caller", *TIMES)
"""The fields that make a form worth keeping, besides who is calling."""


NOT_WHILE_SAVING = frozenset({*(action.id for action in actions_of("register")), "app.back", "app.refresh"})


class Registered(Done[QueueRow]):
    """The call is a ticket."""


class Register(CallScreen):
    """The form, and the facts beside it; it closes with what was done."""

    SCOPE = "register"
    CSS_PATH = "register.tcss"
    LIST_CALLS: ClassVar[Mapping[str, str]] = {
        name: call for name, call in LIST_CALLS.items() if name not in {"first", "last"}
    }
    AUTO_FOCUS = "#who TextLine"

    def __init__(self, session: Session, *, client_id: int | None = None, equipment_id: int | None = None) -> None:
        super().__init__(session, client_id=client_id, equipment_id=equipment_id)
        self.form_name = form_name(client_id, equipment_id)
        self._key: UUID | None = None
        self._tried: Fields = {}  # the form as it was when `_key` was made
        self._emptied: Fields = {}

    def on_mount(self) -> None:
        """Bring back a draft, or begin with what was given."""
        kept = dict(self.shell.drafts.kept(self.form_name))
        key = kept.pop("key", "")
        self.fill_form(kept)
        if key:
            self._key, self._tried = UUID(key), self.form.fields()
        client_id, equipment_id = self._given
        if not kept and (client_id is not None or equipment_id is not None):
            if client_id is not None:
                self.form.take_client(client_id, "")
            self.load(client_id, {"equipment": equipment_id} if equipment_id is not None else {})
            self.go_to("subject" if equipment_id is not None else "equipment")
        if kept:
            self.say_problem(_("This is the call you had not saved. F9 starts over."), calm=True)

    # --- the draft ------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    def keep_draft(self) -> None:
        """Keep what stands in the form; one that only says what it was opened with is no draft."""
        fields = self.form.fields()
        is_worth = any(fields[name].strip() for name in WORDS) or (self._given == (None, None) and fields["who"])
        if not is_worth:
            self.shell.drafts.keep(self.form_name, {})
            return
        key = str(self._key) if self._key is not None and fields == self._tried else ""
        self.shell.drafts.keep(self.form_name, {**fields, "key": key})

    @on(events.DescendantBlur)
    def _left(self, event: events.DescendantBlur) -> None:
        """Show the moment a typed time means, as soon as its field is left."""
        name = event.widget.id or ""
        if name in TIMES and (why := self.form.freeze_time(name, self._clock())) is not None:
            self.say_problem(why)

    def action_back(self) -> None:
        """Put an open list away, else step back; what is typed stays a draft."""
        if (pick := self._pick_in_focus()) is not None and pick.is_open:
            pick.close()
            return
        if self.shell.drafts.kept(self.form_name):
            self.app.notify(_("Kept as a draft: it comes back when you register again."))
        super().action_back()

    def action_clear(self) -> None:
        """Empty the form; pressed again, bring back what stood there."""
        fields = self.form.fields()
        is_empty = not any(fields.values())
        back, self._emptied = (self._emptied, {}) if is_empty else ({}, fields)
        self.fill_form(back)
        self.keep_draft()
        self.say_problem("" if is_empty else _("Emptied. F9 brings it back."), calm=True)
        self.go_to("who")

    def speak_again(self) -> None:
        """Say everything in the language now in use, with what is typed."""
        fields = self.form.fields()

        async def again() -> None:
            await self.recompose()
            self.fill_form(fields)

        self.call_next(again)

    @property
    def is_expecting(self) -> bool:
        """Saving leads to the question who goes."""
        return self._save_when_judged or self.is_working("save")

    # --- saving ---------------------------------------------------------------------------------------------

    def why_not(self, action_id: str) -> Sentence | None:
        """What can't be done now, and why."""
        if self.is_working("save") and action_id in NOT_WHILE_SAVING:
            return Sentence(mark("Wait a moment: it is being saved."))
        if action_id == "app.back" and (pick := self._pick_in_focus()) is not None and pick.is_open:
            return None
        if action_id == "register.policy" and (self._facts is None or self._facts.verdict.is_covered):
            return Sentence(mark("A policy is picked only where no contract pays."))
        if action_id == "register.duplicates" and (self._facts is None or not self._tickets()):
            return Sentence(mark("There are no tickets to look at."))
        return super().why_not(action_id)

    def action_save(self) -> None:
        """Register the call, once it is complete and judged."""
        if self.is_working("save"):
            return
        self._save_when_judged = self._save_after_policy = False
        if (pick := self._pick_in_focus()) is not None and pick.is_open and pick.text.strip() and not pick.searched:
            pick.take(go_on=False)
        if (wrong := self.form.wrong(self._clock())) is not None:
            self._refuse(wrong)
            return
        if self._facts is None or self._facts.call != self._call() or self.is_working("sheet"):
            self._save_when_judged = True
            self.say_problem(_("Judging, then saving..."), calm=True)
            self._judge()
            return
        is_covered = self._facts.verdict.is_covered
        if not is_covered and self.form.policy.value is None:
            self._save_after_policy = True
            self.action_policy()
            self.say_problem(_("Not covered: choose what happens, then it is saved."))
            return
        self._register(self.form.registration(self._clock(), is_covered=is_covered))

    def _register(self, call: Registration) -> None:
        """Write the ticket under the form's key: the same form saved twice is one ticket.

        A form that was changed after a save that failed is another call: it gets a key of its own, so that
        what was typed since is never taken for saved.
        """
        fields = self.form.fields()
        if self._key is None or fields != self._tried:
            self._key, self._tried = uuid4(), fields
        self.keep_draft()
        key, drafts = self._key, self.shell.drafts

        def save() -> QueueRow:
            drafts.flush()
            number = tickets.register(self.desk, call, key=key)
            try:
                return self.desk.read(ticket_rows.rows, [number])[0]
            except StorageUnavailable as error:
                raise StorageUnavailable(
                    mark("Ticket {id} is registered. Save again to go on with it: {reason}"),
                    id=number,
                    reason=error.sentence,
                ) from None

        if self.work(save, Registered, group="save", overlap=Overlap.DROP):
            self.say_problem(_("Saving..."), calm=True)

    @on(Registered)
    def _registered(self, event: Registered) -> None:
        row = event.result
        self.shell.drafts.discard(self.form_name)
        said = _("Ticket {id} is registered.").format(id=row.id)
        if row.category is Category.CANCELLED:
            self._finish(Act(None, _("Ticket {id} is registered and refused.").format(id=row.id)))
        elif self.desk.actor.role not in DISPATCH:
            self._finish(Act(None, said))
        else:
            self.say_problem(said, calm=True)
            self._assign(row, said)

    def _assign(self, row: QueueRow, said: str) -> None:
        from deskconsole.screens.assign import Assign

        def assigned(act: Act | None) -> None:
            rest = _("Nobody has it yet.") if act is None else act.sentence
            self._finish(Act(act.operation if act is not None else None, f"{said} {rest}"))

        self.app.push_screen(Assign(self.session, (row,)), assigned)

    def _finish(self, act: Act) -> None:
        """Close, or be ready for the next call where nothing lies under the form."""
        if not self.is_first:
            self.dismiss(act)
            return
        self.app.notify(act.sentence)
        self._key, self._emptied = None, {}
        self.fill_form({})
        self.say_problem("")
        self.go_to("who")

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self._save_when_judged = False
        if event.group == "facts":
            self._facts = None
            self.panel.say(_("The call could not be judged. F5 tries again."))
        self.say_problem(event.sentence)

    # --- the rest -------------------------------------------------------------------------------------------

    def action_policy(self) -> None:
        """Choose what happens to work no contract pays for."""
        self.form.policy.go()
        self.call_after_refresh(self.form.policy.open)

    def action_duplicates(self) -> None:
        """Look at the open tickets, and the unit's past ones."""
        options = [Option(row, f"{row.id}  {row.subject}", ticket_words(row)) for row in self._tickets()]

        def chosen(row: QueueRow | None) -> None:
            if row is not None:
                from deskconsole.screens.ticket import TicketScreen

                self.app.push_screen(TicketScreen(self.session, row.id))

        self.app.push_screen(Choice(_("Open tickets, then past ones"), options), chosen)

    def action_cursor_down(self) -> None:
        """Go down in the list of the field, or to the next field."""
        self._move(1)

    def action_cursor_up(self) -> None:
        """Go up in the list of the field, or to the field before."""
        self._move(-1)

    def action_page_down(self) -> None:
        """Go down one page of the list."""
        self._move(HITS)

    def action_page_up(self) -> None:
        """Go up one page of the list."""
        self._move(-HITS)

    def _move(self, rows: int) -> None:
        if (pick := self._pick_in_focus()) is not None:
            pick.move(rows)
        elif rows > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def _tickets(self) -> tuple[QueueRow, ...]:
        return () if self._facts is None else (*self._facts.open_tickets, *self._facts.past)

    def _pick_in_focus(self) -> Pick[object] | None:
        node = self.focused
        return next((one for one in node.ancestors if isinstance(one, Pick)), None) if node is not None else None

    def _clock(self) -> Clock:
        return Clock(self.desk.now(), self.desk.zone)

    def _refuse(self, wrong: Wrong) -> None:
        self.go_to(wrong.field)
        if wrong.field == "who" and self.form.who.text.strip():
            self._search(Pick.Typed(self.form.who))
        self.say_problem(wrong.sentence)


def form_name(client_id: int | None = None, equipment_id: int | None = None) -> str:
    """The draft's name: a call begun on a client's card or a unit's does not mix with the one begun from nothing."""
    if equipment_id is not None:
        return f"{FORM}:unit{equipment_id}"
    return f"{FORM}:client{client_id}" if client_id is not None else FORM


def register_for(session: Session, form: str) -> Register:
    """The form that a draft of this name belongs to."""
    what = form.partition(":")[2]
    number = what.lstrip("abcdefghijklmnopqrstuvwxyz")
    row_id = int(number) if number.isdecimal() else None
    if what.startswith("unit"):
        return Register(session, equipment_id=row_id)
    return Register(session, client_id=row_id)
