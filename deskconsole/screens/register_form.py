"""The form of a call: its fields, what stands in them, and what is wrong with it; it knows no storage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from deskconsole.data.queries.people import Named
from deskconsole.desk.call_facts import ClientSheet
from deskconsole.desk.callers import Caller
from deskconsole.desk.tickets import Registration
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import Clock
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Coverage, Policy, Priority
from deskconsole.i18n import _, say
from deskconsole.screens.deadline import typed_deadline
from deskconsole.screens.dialogs import Option
from deskconsole.screens.fields import TextBox, TextLine
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.timeline import POLICY_WORDS
from deskconsole.widgets.cells import coverage_cell, priority_word
from deskconsole.widgets.text_block import plain

Fields = Mapping[str, str]
"""What stands in a form, by name: texts as typed, and the ids of what was taken from lists."""

CALLER_KINDS: Mapping[str, str] = {
    "name": "",
    "entity": "",
    "contact": mark("contact"),
    "site": mark("site"),
    "inventory": mark("unit"),
    "serial": mark("unit"),
    "contract": mark("contract"),
    "tax": mark("tax number"),
    "phone": mark("phone"),
}
OF_CLIENT = ("equipment", "contact", "site")
CHOSEN = ("equipment", "site", "service")
TIMES = ("due", "wished")


@dataclass(frozen=True)
class Wrong:
    """What keeps a form from being saved, and the field it stands in."""

    field: str
    sentence: str


class CallForm(Vertical):
    """The fields of a call, in the order a call goes; empty ones mean "not said"."""

    def __init__(self) -> None:
        super().__init__(id="form")
        self._wanted: dict[str, int] = {}  # ids for lists that are not read yet

    def compose(self) -> ComposeResult:
        """Who, what, and then what is seldom said."""
        yield Pick[Caller | None](
            _("Who is calling"),
            id="who",
            placeholder=_("name, phone, tax, contract, inventory or serial number"),
            searched=True,
        )
        yield Pick[int](_("Equipment"), id="equipment")
        with Horizontal(classes="field line"):
            yield Static(plain(_("Subject")), classes="label")
            yield TextLine(id="subject", placeholder=_("what is wrong, in a few words"))
        yield Pick[int](_("Service"), id="service")
        with Horizontal(classes="text-row"):
            yield Static(plain(_("Text")), classes="label")
            yield TextBox(id="text")
        with Horizontal(classes="pair"):
            yield Pick[Priority](_("Priority"), id="priority", options=_priorities())
            yield from _second(_("Due"), TextLine(id="due", placeholder="2h, 14:00"))
        with Horizontal(classes="pair"):
            yield Pick[int](_("Contact"), id="contact", free=True)
            yield from _second(_("Wished"), TextLine(id="wished", placeholder=_("tomorrow 14:00")))
        with Horizontal(classes="pair"):
            yield Pick[int](_("Site"), id="site")
            policy = Pick[Policy](_("Policy"), id="policy", options=_policies())
            policy.add_class("second")
            policy.display = False
            yield policy

    # --- reading --------------------------------------------------------------------------------------------

    def pick(self, name: str) -> Pick[int]:
        """One of the fields that are chosen from a list of rows."""
        return self.query_one(f"#{name}", Pick)

    @property
    def who(self) -> Pick[Caller | None]:
        """The one field for who is calling."""
        return self.query_one("#who", Pick)

    @property
    def policy(self) -> Pick[Policy]:
        """What happens to work no contract pays for."""
        return self.query_one("#policy", Pick)

    @property
    def client_id(self) -> int | None:
        """The client that was taken."""
        caller = self.who.value
        return caller.client_id if caller is not None else None

    @property
    def is_stranger(self) -> bool:
        """Whether the caller was taken as somebody who is no client."""
        return self.who.taken is not None and self.who.value is None

    def row_id(self, name: str) -> int | None:
        """The id taken in a field, or wanted there once its list is read."""
        return self.pick(name).value or self._wanted.get(name)

    def text_of(self, name: str) -> str:
        """What is typed in a plain field."""
        return self.query_one(TextBox).text if name == "text" else self.query_one(f"#{name}", TextLine).value

    def fields(self) -> dict[str, str]:
        """What stands in the form, for a draft: the words first."""
        contact = self.pick("contact")
        priority = self.query_one("#priority", Pick).value or Priority.NORMAL
        ids = {name: str(self.row_id(name) or "") for name in (*OF_CLIENT, "service")}
        return {
            "subject": self.text_of("subject"),
            "text": self.text_of("text"),
            "who": self.who.text,
            "caller": "" if contact.taken else contact.text,
            **{name: self.text_of(name) for name in TIMES},
            "client": str(self.client_id or ""),
            "stranger": "1" if self.is_stranger else "",
            **ids,
            **{f"{name} typed": self.pick(name).text for name in CHOSEN if self.pick(name).is_undecided},
            "priority": "" if priority is Priority.NORMAL else str(priority.value),
            "policy": self.policy.value or "",
        }

    def registration(self, clock: Clock, *, is_covered: bool) -> Registration:
        """The call as it is to be registered; only what `wrong` finds nothing in.

        Raises:
            InvalidInput: a time is none.
        """
        contact = self.pick("contact")
        return Registration(
            subject=self.text_of("subject"),
            client_id=self.client_id,
            body="\n".join(filter(None, (self._unlisted_unit(), self.text_of("text")))),
            priority=self.query_one("#priority", Pick).value or Priority.NORMAL,
            site_id=self.row_id("site"),
            contact_id=self.row_id("contact"),
            caller=self._caller_name(contact),
            equipment_id=self.row_id("equipment"),
            service_id=self.row_id("service"),
            policy=None if is_covered else self.policy.value,
            due_at=self._time("due", clock),
            wished_at=self._time("wished", clock),
        )

    def wrong(self, clock: Clock) -> Wrong | None:
        """The first thing that keeps the form from being saved, or None."""
        if not self.who.text.strip():
            return Wrong("who", _("Say who is calling."))
        if self.who.is_undecided:
            return Wrong("who", _("Who is calling? Take one from the list with Enter."))
        for pick in self.query(Pick).results(Pick):
            if pick.is_undecided and pick.id and not (pick.id == "equipment" and self._unlisted_unit()):
                return Wrong(pick.id, nothing_like(pick))
        if not self.text_of("subject").strip():
            return Wrong("subject", _("Say what is wrong, in a few words."))
        for name in TIMES:
            try:
                self._time(name, clock)
            except InvalidInput as error:
                return Wrong(name, say(error.sentence))
        return None

    def _unlisted_unit(self) -> str:
        """The unit in the caller's words, where the list has none like it: it goes into the text."""
        unit = self.pick("equipment")
        if not unit.is_undecided or unit.like(unit.text):
            return ""
        return _("Equipment, as the caller says: {text}").format(text=unit.text.strip())

    def _caller_name(self, contact: Pick[int]) -> str:
        """Who called, where no contact stands for them."""
        if contact.taken is not None:
            return ""
        return contact.text.strip() or (self.who.text.strip() if self.is_stranger else "")

    def _time(self, name: str, clock: Clock) -> datetime | None:
        typed = self.text_of(name)
        return typed_deadline(typed, clock) if typed.strip() else None

    # --- filling --------------------------------------------------------------------------------------------

    def fill(self, fields: Fields) -> None:
        """Put fields as `fields()` gave them; ids are taken once their lists are read."""
        for name in ("subject", *TIMES):
            self.query_one(f"#{name}", TextLine).value = fields.get(name, "")
        self.query_one(TextBox).load_text(fields.get("text", ""))
        self._wanted = {name: number for name in (*OF_CLIENT, "service") if (number := _number(fields.get(name)))}
        client_id, who = _number(fields.get("client")), fields.get("who", "")
        if client_id is not None:
            self.take_client(client_id, who)
        else:
            self.who.show(Option(None, who) if fields.get("stranger") else None, who)
        self.pick("contact").show(None, fields.get("caller", ""))
        for name in CHOSEN:
            self.pick(name).show(None, fields.get(f"{name} typed", ""))
        number = _number(fields.get("priority"))
        self.query_one("#priority", Pick).put(Priority(number) if number in set(Priority) else Priority.NORMAL)
        picked = fields.get("policy")
        self.policy.put(Policy(picked) if picked in set(Policy) else None)
        self._settle("service")

    def take_client(self, client_id: int, name: str) -> None:
        """Take a client that is known by its number."""
        self.who.show(Option(Caller(client_id, name, "name", client_id, name, 0), name), name)

    def want(self, wanted: Mapping[str, int]) -> None:
        """Take these ids, by field, once their lists are read."""
        self._wanted.update(wanted)

    def forget_wanted(self) -> None:
        """Want nothing of the client before."""
        self._wanted = {name: number for name, number in self._wanted.items() if name not in OF_CLIENT}

    def take_services(self, services: Sequence[Named]) -> None:
        """Take the list of services."""
        self.pick("service").set_options([Option(row.id, _(row.name)) for row in services])
        self._settle("service")

    def take_sheet(self, sheet: ClientSheet) -> None:
        """Take the lists of a client, and what was wanted from them."""
        if self.who.taken is None or self.who.text != sheet.name:
            self.take_client(sheet.id, sheet.name)
        self.pick("equipment").set_options(list(_units(sheet)))
        self.pick("contact").set_options(
            [Option(row.id, row.name, " ".join(filter(None, (row.position, row.phone)))) for row in sheet.contacts]
        )
        self.pick("site").set_options(
            [Option(row.id, ", ".join(filter(None, (row.city, row.name))), row.address) for row in sheet.sites]
        )
        for name in OF_CLIENT:
            self._settle(name)
        self.place(sheet)

    def place(self, sheet: ClientSheet) -> None:
        """Where it is, if nobody said: where the unit stands, where the contact sits, the only site."""
        site = self.pick("site")
        if site.value is not None or site.text.strip():
            return
        unit = next((row for row in sheet.units if row.id == self.pick("equipment").value), None)
        contact = next((row for row in sheet.contacts if row.id == self.pick("contact").value), None)
        only = sheet.sites[0].id if len(sheet.sites) == 1 else None
        site.put((unit and unit.site_id) or (contact and contact.site_id) or only)

    def show_policy(self, *, needed: bool) -> None:
        """Show the policy where one is needed."""
        self.policy.display = needed

    def freeze_time(self, name: str, clock: Clock) -> Sentence | None:
        """Put the moment that a typed time means in its place; what is wrong with it otherwise."""
        try:
            found = self._time(name, clock)
        except InvalidInput as error:
            return error.sentence
        if found is not None:
            self.query_one(f"#{name}", TextLine).value = found.astimezone(clock.zone).strftime("%Y-%m-%d %H:%M")
        return None

    def _settle(self, name: str) -> None:
        """Take what was wanted, or typed before the list was there."""
        pick = self.pick(name)
        number = self._wanted.get(name)
        if not pick.options:
            return
        self._wanted.pop(name, None)
        if number is not None:
            pick.put(number)
        elif pick.is_undecided and self.screen.focused is not pick.line and (like := pick.like(pick.text)):
            pick.show(like[0])

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()


def nothing_like(pick: Pick[Any]) -> str:
    """What to say of a text that is in no list."""
    return _("{field}: nothing like that in the list. Choose, or empty the field.").format(field=pick.label)


def caller_options(hits: Sequence[Caller], typed: str) -> list[Option[Caller | None]]:
    """The hits as they are offered, and last the way out for somebody who is no client."""
    found = [Option[Caller | None](hit, hit.client, _how_found(hit)) for hit in hits]
    return [*found, Option(None, typed, _("not in the list: register without a client"))]


def _how_found(hit: Caller) -> str:
    kind = CALLER_KINDS.get(hit.kind, "")
    if hit.label == hit.client:
        return ""
    return f"{_(kind)} {hit.label}" if kind else hit.label


def _second(label: str, line: TextLine) -> ComposeResult:
    with Horizontal(classes="field line second"):
        yield Static(plain(label), classes="label")
        yield line


def _priorities() -> list[Option[Priority]]:
    return [Option(priority, priority_word(priority)) for priority in Priority]


def _policies() -> list[Option[Policy]]:
    return [Option(policy, f"{number} {_(words)}") for number, (policy, words) in enumerate(POLICY_WORDS.items(), 1)]


def _units(sheet: ClientSheet) -> Iterator[Option[int]]:
    """The units in reading order, each with its number and whether it is covered."""
    for unit in sheet.units:
        outcome = sheet.coverage.get(unit.id)
        covered = coverage_cell(outcome if isinstance(outcome, Coverage) else None).text
        serial = f"s/n {unit.serial_number}" if unit.serial_number else ""
        yield Option(unit.id, unit.name or serial or f"#{unit.id}", " ".join(filter(None, (covered, serial))))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
