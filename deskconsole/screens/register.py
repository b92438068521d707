"""Registering a call: who, what, and while it is typed whether anybody pays for it; then who goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static, TextArea

from deskconsole.data.queries import equipment, tickets as ticket_rows
from deskconsole.data.queries.people import Named
from deskconsole.data.queries.services import services
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import call_facts, callers, tickets
from deskconsole.desk.call_facts import CallFacts, ClientSheet
from deskconsole.desk.callers import Caller
from deskconsole.desk.coverage import Call
from deskconsole.desk.tickets import DISPATCH, Registration
from deskconsole.domain.moments import Clock
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Category
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.dialogs import Choice, Option
from deskconsole.screens.fields import LIST_CALLS
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.register_form import OF_CLIENT, TIMES, CallForm, Fields, Wrong, caller_options
from deskconsole.screens.register_panel import FactsPanel, ticket_words
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.text_block import plain

FORM = "register"
HITS = 8
WORDS = ("subject", "text", "caller", *TIMES)
"""The fields that make a form worth keeping, besides who is calling."""


@dataclass(frozen=True)
class Loaded:
    """A client's sheet, and the ids to take with it, by field."""

    sheet: ClientSheet
    wanted: Mapping[str, int]


class HitsFound(Done[tuple[str, tuple[Caller, ...]]]):
    """Who may be meant by what was typed."""


class SheetRead(Done[Loaded]):
    """The client's lists are there."""


class ServicesRead(Done[tuple[Named, ...]]):
    """The list of services is there."""


class FactsRead(Done[CallFacts]):
    """The call as it stands was judged."""


class Registered(Done[QueueRow]):
    """The call is a ticket."""


class Register(DeskScreen[Act]):
    """The form, and the facts beside it; it closes with what was done."""

    SCOPE = "register"
    CSS_PATH = "register.tcss"
    LIST_CALLS = {name: call for name, call in LIST_CALLS.items() if name not in {"first", "last"}}  # noqa: RUF012
    AUTO_FOCUS = "#who TextLine"

    def __init__(self, session: Session, *, client_id: int | None = None, equipment_id: int | None = None) -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk
        self.form_name = form_name(client_id, equipment_id)
        self._given = (client_id, equipment_id)
        self._sheet: ClientSheet | None = None
        self._facts: CallFacts | None = None
        self._take_when_found = False
        self._save_when_judged = False
        self._save_after_policy = False
        self._key: UUID | None = None
        self._tried: Fields = {}  # the form as it was when `_key` was made
        self._emptied: Fields = {}

    def compose(self) -> ComposeResult:
        """Title, form, facts, problem, keys."""
        yield Static(plain(_("Register a call")), id="title")
        with Container(id="body"):
            yield CallForm()
            yield FactsPanel(zone=self.desk.zone, now=self.desk.now, id="facts")
        yield Static(id="problem")
        yield KeyLine()

    @property
    def form(self) -> CallForm:
        """The fields."""
        return self.query_one(CallForm)

    @property
    def panel(self) -> FactsPanel:
        """The facts."""
        return self.query_one(FactsPanel)

    def on_mount(self) -> None:
        """Bring back a draft, or begin with what was given."""
        kept = dict(self.shell.drafts.kept(self.form_name))
        key = kept.pop("key", "")
        self._fill(kept)
        if key:
            self._key, self._tried = UUID(key), self.form.fields()
        client_id, equipment_id = self._given
        if not kept and (client_id is not None or equipment_id is not None):
            if client_id is not None:
                self.form.take_client(client_id, "")
            self._load(client_id, {"equipment": equipment_id} if equipment_id is not None else {})
            self._go_to("subject" if equipment_id is not None else "equipment")
        if kept:
            self._say(_("This is the call you had not saved. F9 starts over."), calm=True)

    def _fill(self, fields: Fields) -> None:
        self._sheet = self._facts = None
        self.form.fill(fields)
        self.work(partial(self.desk.read, services), ServicesRead, group="services", overlap=Overlap.LATEST)
        if self.form.client_id is not None:
            self._load(self.form.client_id, {})
        self._judge()

    # --- who is calling -------------------------------------------------------------------------------------

    @on(Pick.Typed, "#who")
    def _search(self, event: Pick.Typed) -> None:
        event.stop()
        self._take_when_found = False
        self._judge()
        typed = event.pick.text
        if typed.strip():
            self.work(lambda: (typed, self.desk.read(callers.find, typed, limit=HITS)), HitsFound, group="find",
                      overlap=Overlap.LATEST)  # fmt: skip

    @on(HitsFound)
    def _found(self, event: HitsFound) -> None:
        typed, hits = event.result
        who = self.form.who
        if typed != who.text or who.taken is not None:
            return
        who.offer(caller_options(hits, typed.strip()))
        if not hits:
            self._say(_("Nobody found like that. Enter registers the call without a client."), calm=True)
        else:
            self._say("")
        if self._take_when_found and hits:
            who.take(go_on=True)
        self._take_when_found = False

    @on(Pick.Taken, "#who")
    def _caller_taken(self, event: Pick.Taken) -> None:
        event.stop()
        caller = self.form.who.value
        self.form.forget_wanted()
        if caller is None:
            self._sheet = None
            for name in OF_CLIENT:
                self.form.pick(name).set_options(())
            self._go_to("subject")
        else:
            place = {"contact": "contact", "phone": "contact", "site": "site", "inventory": "equipment"}
            place["serial"] = "equipment"
            wanted = {place[caller.kind]: caller.row_id} if caller.kind in place else {}
            contract = caller.row_id if caller.kind == "contract" else None
            self._load(caller.client_id, wanted, contract_id=contract)
            self._go_to("subject" if "equipment" in wanted else "equipment")
        self._say("")
        self._keep()
        self._judge()

    def _load(self, client_id: int | None, wanted: Mapping[str, int], *, contract_id: int | None = None) -> None:
        """Read the client's lists, and which of them the call is about."""

        def read() -> Loaded:
            take = dict(wanted)
            owner = client_id or self.desk.read(equipment.card, take["equipment"]).client_id
            if contract_id is not None:
                unit, site = self.desk.read(call_facts.only_place_of, contract_id)
                take |= {name: number for name, number in (("equipment", unit), ("site", site)) if number is not None}
            return Loaded(self.desk.read(call_facts.client_sheet, owner, self.session.today()), take)

        self.work(read, SheetRead, group="sheet", overlap=Overlap.LATEST)

    @on(SheetRead)
    def _sheet_read(self, event: SheetRead) -> None:
        sheet = event.result.sheet
        if self.form.client_id not in {None, sheet.id} or (self.form.client_id is None and self.form.who.text):
            return  # another caller was typed meanwhile
        self._sheet = sheet
        self.form.want(event.result.wanted)
        self.form.take_sheet(sheet)
        unit = self.form.pick("equipment")
        if unit.line.has_focus and unit.value is None:
            if not sheet.units or unit.value is not None:
                self._go_to("subject")
            elif unit.text.strip():
                unit.narrow()
            else:
                unit.open()
        elif unit.line.has_focus:
            self._go_to("subject")
        self._keep()
        self._judge()

    @on(ServicesRead)
    def _services_read(self, event: ServicesRead) -> None:
        self.form.take_services(event.result)
        self._judge()

    # --- the verdict ----------------------------------------------------------------------------------------

    def _call(self) -> Call | None:
        """The call as it stands, or None while nobody is calling."""
        form = self.form
        if form.client_id is None and not form.is_stranger:
            return None
        return Call(
            client_id=form.client_id,
            on=self.session.today(),
            site_id=form.row_id("site"),
            equipment_id=form.row_id("equipment"),
            service_id=form.row_id("service"),
        )

    def _judge(self) -> None:
        """Judge the call again if it is another one than the facts are for."""
        call = self._call()
        if call is None:
            self._facts = None
            self.form.show_policy(needed=False)
            self.panel.say(_("Who is calling? Coverage, payment, hours and open tickets will stand here."))
        elif self._facts is None or self._facts.call != call:
            self.panel.say(_("Judging..."), keep=self._facts is not None and self._facts.call.client_id == call.client_id)
            read = partial(self.desk.read, call_facts.facts, call, self.session.viewer)
            self.work(read, FactsRead, group="facts", overlap=Overlap.LATEST)
        self.refresh_bindings()

    @on(FactsRead)
    def _judged(self, event: FactsRead) -> None:
        if event.result.call != self._call():
            return
        self._facts = event.result
        self.panel.show(event.result)
        self.form.show_policy(needed=not event.result.verdict.is_covered)
        self.refresh_bindings()
        if self._save_when_judged and not self.is_working("sheet"):
            self.action_save()

    @on(Pick.Taken)
    def _taken(self, event: Pick.Taken) -> None:
        name = event.pick.id
        if name in {"equipment", "contact"} and self._sheet is not None:
            self.form.place(self._sheet)
        self._keep()
        self._judge()
        if name == "policy" and self._save_after_policy:
            self.action_save()
        elif event.go_on:
            self.focus_next()

    @on(Pick.Typed)
    def _typed(self) -> None:
        self._save_after_policy = False
        self._judge()

    @on(Pick.Passed)
    def _passed(self, event: Pick.Passed) -> None:
        """Enter with nothing to take: wait for the hits, or go on."""
        who = self.form.who
        if event.pick is who and who.is_undecided:
            self._take_when_found = self.is_working("find")
            if not self._take_when_found:
                self._search(Pick.Typed(who))
        else:
            self.focus_next()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if any(concerns(event.rows, entity) for entity in ("ticket", "client", "equipment")):
            self._judge_again()

    def _judge_again(self) -> None:
        call = self._call()
        if call is not None:
            read = partial(self.desk.read, call_facts.facts, call, self.session.viewer)
            self.work(read, FactsRead, group="facts", overlap=Overlap.LATEST)

    def action_refresh_data(self) -> None:
        """Read everything again; what is typed stays."""
        self._fill(self.form.fields())

    # --- the draft ------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _keep(self) -> None:
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
            self._say(why)

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
        self._fill(back)
        self._keep()
        self._say("" if is_empty else _("Emptied. F9 brings it back."), calm=True)
        self._go_to("who")

    def speak_again(self) -> None:
        """Say everything in the language now in use, with what is typed."""
        fields = self.form.fields()

        async def again() -> None:
            await self.recompose()
            self._fill(fields)

        self.call_next(again)

    # --- saving ---------------------------------------------------------------------------------------------

    def why_not(self, action_id: str) -> Sentence | None:
        """What can't be done now, and why."""
        if self.is_working("save") and action_id in {"register.save", "register.clear", "app.back", "app.refresh"}:
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
            self._say(_("Judging, then saving..."), calm=True)
            self._judge()
            return
        is_covered = self._facts.verdict.is_covered
        if not is_covered and self.form.policy.value is None:
            self._save_after_policy = True
            self.action_policy()
            self._say(_("Not covered: choose what happens, then it is saved."))
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
        self._keep()
        key, drafts = self._key, self.shell.drafts

        def save() -> QueueRow:
            drafts.flush()
            number = tickets.register(self.desk, call, key=key)
            return self.desk.read(ticket_rows.rows, [number])[0]

        if self.work(save, Registered, group="save", overlap=Overlap.DROP):
            self._say(_("Saving..."), calm=True)

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
            self._say(said, calm=True)
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
        self._fill({})
        self._say("")
        self._go_to("who")

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self._save_when_judged = False
        if event.group == "facts":
            self._facts = None
            self.panel.say(_("The call could not be judged. F5 tries again."))
        self._say(event.sentence)

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
        self._go_to(wrong.field)
        self._say(wrong.sentence)
        if wrong.field == "who" and self.form.who.text.strip():
            self._search(Pick.Typed(self.form.who))

    def _go_to(self, field: str) -> None:
        node = self.query_one(f"#{field}")
        node.go() if isinstance(node, Pick) else node.focus()

    def _say(self, sentence: str, *, calm: bool = False) -> None:
        line = self.query_one("#problem", Static)
        line.set_class(calm, "-calm")
        line.update(plain(say(sentence)))


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
