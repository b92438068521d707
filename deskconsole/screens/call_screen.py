"""The part of a call's form that reads: who is calling, what they have, and whether anybody pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from deskconsole.data.queries import equipment
from deskconsole.data.queries.people import Named
from deskconsole.data.queries.services import services
from deskconsole.desk import call_facts, callers
from deskconsole.desk.call_facts import CallFacts, ClientSheet
from deskconsole.desk.callers import Caller
from deskconsole.desk.coverage import Call
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.register_form import OF_CLIENT, CallForm, Fields, caller_options, nothing_like
from deskconsole.screens.register_panel import FactsPanel
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act
from deskconsole.screens.work import Done, Overlap
from deskconsole.widgets.text_block import plain

HITS = 7
TAKES = {"contact": "contact", "phone": "contact", "site": "site", "inventory": "equipment", "serial": "equipment"}
"""The field that a hit of a kind fills besides who is calling."""


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


class CallScreen(DeskScreen[Act]):
    """A call's form and the facts beside it; every change of an input is judged, in a thread."""

    def __init__(self, session: Session, *, client_id: int | None, equipment_id: int | None) -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk
        self._given = (client_id, equipment_id)
        self._sheet: ClientSheet | None = None
        self._facts: CallFacts | None = None
        self._take_when_found = False
        self._save_when_judged = False
        self._save_after_policy = False

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

    def keep_draft(self) -> None:
        """Keep what stands in the form."""
        raise NotImplementedError

    def action_save(self) -> None:
        """Register the call, once it is complete and judged."""
        raise NotImplementedError

    def fill_form(self, fields: Fields) -> None:
        """Put fields into the form, and read what belongs to them."""
        self._sheet = self._facts = None
        self.form.fill(fields)
        self.read_all()

    def read_all(self) -> None:
        """Read the lists and judge the call again."""
        self.work(partial(self.desk.read, services), ServicesRead, group="services", overlap=Overlap.LATEST)
        if self.form.client_id is not None:
            self.load(self.form.client_id, {})
        self._facts = None
        self._judge()

    def go_to(self, field: str) -> None:
        """Put the focus into a field."""
        node = self.query_one(f"#{field}")
        self.set_focus(node.line if isinstance(node, Pick) else node)

    def say_problem(self, sentence: str, *, calm: bool = False) -> None:
        """Show one sentence over the keys."""
        line = self.query_one("#problem", Static)
        line.set_class(calm, "-calm")
        line.update(plain(say(sentence)))

    # --- who is calling -------------------------------------------------------------------------------------

    @on(Pick.Typed, "#who")
    def _search(self, event: Pick.Typed) -> None:
        event.stop()
        self._take_when_found = False
        self.say_problem("")
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
            self.say_problem(_("Nobody found like that. Enter registers the call without a client."), calm=True)
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
            self.go_to("subject")
        else:
            wanted = {TAKES[caller.kind]: caller.row_id} if caller.kind in TAKES else {}
            contract = caller.row_id if caller.kind == "contract" else None
            self.load(caller.client_id, wanted, contract_id=contract)
            self.go_to("subject" if "equipment" in wanted else "equipment")
        self.say_problem("")
        self.keep_draft()
        self._judge()

    def load(self, client_id: int | None, wanted: Mapping[str, int], *, contract_id: int | None = None) -> None:
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
        if self.form.client_id != sheet.id and (self.form.who.text or self._given[1] is None):
            return  # another caller was typed meanwhile
        self._sheet = sheet
        self.form.want(event.result.wanted)
        self.form.take_sheet(sheet)
        unit = self.form.pick("equipment")
        if self.focused is unit.line:
            if not sheet.units or unit.value is not None:
                self.go_to("subject")
            elif unit.text.strip():
                unit.narrow()
            else:
                unit.open()
        self.keep_draft()
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
            same = self._facts is not None and self._facts.call.client_id == call.client_id
            self.panel.say(_("Judging..."), keep=same)
            self._read_facts(call)
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
        if name == "who":
            return
        if name in {"equipment", "contact"} and self._sheet is not None:
            self.form.place(self._sheet)
        self.keep_draft()
        self._judge()
        if name == "policy" and self._save_after_policy:
            self.action_save()
        elif event.go_on:
            self.focus_next()

    @on(Pick.Typed)
    def _typed(self, event: Pick.Typed) -> None:
        self._save_when_judged = False
        if event.pick is not self.form.policy:
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
        elif event.pick.is_undecided and not self.is_working("sheet"):
            self.say_problem(nothing_like(event.pick))
        else:
            self.focus_next()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if self._facts is not None and any(concerns(event.rows, name) for name in ("ticket", "client", "equipment")):
            self.after_rest("facts", self._judge_again)

    def _judge_again(self) -> None:
        if self._facts is not None:
            self._read_facts(self._facts.call)

    def _read_facts(self, call: Call) -> None:
        read = partial(self.desk.read, call_facts.facts, call, self.session.viewer)
        self.work(read, FactsRead, group="facts", overlap=Overlap.LATEST)

    def action_refresh_data(self) -> None:
        """Read everything again; what is typed stays."""
        self.read_all()
