"""The fields of recurring work: what stands in them, and what is wrong with one; they know no storage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from deskconsole.desk.callers import Caller
from deskconsole.domain.occurrences import CatchUp, Shift
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Priority
from deskconsole.domain.workflow import TICKET_TYPES
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens.dialogs import Option
from deskconsole.screens.easy_rule import Easy, day_choices, day_options, days_said, easy_of, every_options, with_day
from deskconsole.screens.fields import TextBox, TextLine
from deskconsole.screens.many_pick import Chosen, ManyPick, toggled
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.recurring_source import Belongings, Lists
from deskconsole.screens.recurring_typed import EACH, IDS, Fields
from deskconsole.screens.register_form import nothing_like
from deskconsole.widgets.cells import priority_word
from deskconsole.widgets.text_block import plain

LINES = ("name", "start", "ends", "lead", "zone", "subject", "estimate")
BOXES = ("rules", "except", "text", "points")
CHOICES = {"priority": str(Priority.NORMAL.value), "type": "visit", "shift": Shift.NONE.value, "tickets": ""}
CHOICES["catch_up"] = CatchUp.LATEST.value
"""Fields of a few fixed values, and the usual one."""
OF_CLIENT = ("site", "contract")
OF_DESK = ("calendar", "service", "team", "assignee")
BLANK = {**dict.fromkeys((*LINES, *BOXES, *IDS, "client typed", "units"), ""), **CHOICES}
"""A form in which nothing stands."""
ALL_UNITS = 0
TYPE_WORDS = {"incident": mark("incident"), "request": mark("request"), "visit": mark("visit")}
SHIFT_WORDS = {
    Shift.NONE: mark("stays where it falls"),
    Shift.PREVIOUS: mark("working day before"),
    Shift.NEXT: mark("next working day"),
}
CATCH_UP_WORDS = {
    CatchUp.LATEST: mark("the latest one"),
    CatchUp.ALL: mark("all, marked late"),
    CatchUp.NONE: mark("none"),
}


class RecurringFields(Vertical):
    """The fields, when first, then what; below each that can be mistyped there is room for what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(id="form")
        self._wanted: dict[str, int] = {}  # ids for lists that are not read yet
        self._names: dict[str, str] = {}  # what those rows are called
        self._wrong = ""
        self._site_of_unit: dict[int, int | None] = {}  # of all the client's units

    def compose(self) -> ComposeResult:
        """What it is, when, for whom, and the ticket."""
        yield from _line(_("Name"), TextLine(id="name", placeholder=_("what it is called")))
        yield from _wrong_lines("name")
        with Horizontal(classes="pair"):
            yield Pick[str](_("Repeats"), id="every", options=every_options())
            days = ManyPick[str](_("On"), id="days", words=days_said, combine=with_day, placeholder=_("as it starts"))
            days.add_class("second")
            yield days
        yield from _box(_("Rules"), "rules")
        with Horizontal(classes="pair"):
            yield from _line(_("Starts"), TextLine(id="start", placeholder="2026-01-30 09:00"))
            yield from _line(_("Ends on"), TextLine(id="ends", placeholder=_("never")), second=True)
        yield from _wrong_lines("start", "ends")
        yield from _box(_("Except"), "except")
        with Horizontal(classes="pair"):
            yield Pick[str](_("A day off"), id="shift", options=_named(SHIFT_WORDS))
            yield _second(Pick[int](_("Calendar"), id="calendar"))
        yield from _wrong_lines("calendar")
        with Horizontal(classes="pair"):
            yield from _line(_("Days ahead"), TextLine(id="lead", placeholder="0"))
            yield _second(Pick[str](_("If missed"), id="catch_up", options=_named(CATCH_UP_WORDS)))
        yield from _wrong_lines("lead")
        yield Pick[Caller](_("Client"), id="client", placeholder=_("name, phone, contract, number"), searched=True)
        with Horizontal(classes="pair"):
            yield Pick[int](_("Site"), id="site")
            yield _second(Pick[int](_("Contract"), id="contract"))
        yield ManyPick[int](
            _("Equipment"),
            id="units",
            words=self._units_said,
            combine=self._with_unit,
            placeholder=_("one or several"),
        )
        with Horizontal(classes="pair"):
            yield Pick[str](_("Tickets"), id="tickets", options=_ticket_options())
            yield from _line(_("Zone"), TextLine(id="zone", placeholder=_("the site's")), second=True)
        yield from _wrong_lines("zone")
        yield from _line(_("Subject"), TextLine(id="subject", placeholder=_("of its tickets")))
        yield from _wrong_lines("subject")
        yield from _box(_("Text"), "text")
        with Horizontal(classes="pair"):
            yield Pick[int](_("Service"), id="service")
            yield _second(Pick[str](_("Type"), id="type", options=_types()))
        with Horizontal(classes="pair"):
            yield Pick[str](_("Priority"), id="priority", options=_priorities())
            yield from _line(_("Estimate"), TextLine(id="estimate", placeholder="1h30"), second=True)
        yield from _wrong_lines("estimate")
        with Horizontal(classes="pair"):
            yield Pick[int](_("Team"), id="team")
            yield _second(Pick[int](_("Assignee"), id="assignee"))
        yield from _box(_("Checklist"), "points")

    # --- reading --------------------------------------------------------------------------------------------

    def pick(self, name: str) -> Pick[Any]:
        """One of the fields that are chosen from a list."""
        return self.query_one(f"#{name}", Pick)

    @property
    def units(self) -> ManyPick[int]:
        """The equipment."""
        return self.query_one("#units", ManyPick)

    @property
    def days(self) -> ManyPick[str]:
        """The days of the easy way."""
        return self.query_one("#days", ManyPick)

    @property
    def client_id(self) -> int | None:
        """The client that was taken."""
        caller = self.pick("client").value
        return caller.client_id if caller is not None else None

    def text_of(self, name: str) -> str:
        """What is typed in a plain field."""
        if name in BOXES:
            return self.query_one(f"#{name}", TextBox).text
        return self.query_one(f"#{name}", TextLine).value

    def fields(self) -> dict[str, str]:
        """What stands in the form; names of rows are kept for rows that are in no list any more."""
        ids = {name: str(self._row_id(name) or "") for name in IDS}
        return {
            **{name: self.text_of(name) for name in (*LINES, *BOXES)},
            **{name: self.pick(name).value or usual for name, usual in CHOICES.items()},
            **ids,
            **{f"{name} name": self.pick(name).text or self._names.get(name, "") for name in IDS if ids[name]},
            "client typed": "" if ids["client"] else self.pick("client").text,
            "units": ",".join(map(str, self.units.chosen)),
        }

    def _row_id(self, name: str) -> int | None:
        if name == "client":
            return self.client_id
        value: int | None = self.pick(name).value
        return value or self._wanted.get(name)

    def undecided(self) -> tuple[str, str] | None:
        """The first field with a text that is in no list, and what to say of it."""
        for pick in self.query(Pick).results(Pick):
            if not pick.is_undecided or pick.id is None or pick.id in self._wanted:
                continue
            if pick.id == "client":
                return pick.id, _("Which client? Take one from the list with Enter, or empty the field.")
            return pick.id, nothing_like(pick)
        return None

    @on(Pick.Typed)
    def _retyped(self, event: Pick.Typed) -> None:
        self._wanted.pop(event.pick.id or "", None)

    # --- filling --------------------------------------------------------------------------------------------

    def fill(self, fields: Fields) -> None:
        """Put fields as `fields()` gave them; what is not there is empty. Ids are taken once their lists are read."""
        for name in LINES:
            self.query_one(f"#{name}", TextLine).value = fields.get(name, "")
        for name in BOXES:
            self.query_one(f"#{name}", TextBox).load_text(fields.get(name, ""))
        for name, usual in CHOICES.items():
            self.pick(name).put(fields.get(name) or usual)
        self._names = {name: fields.get(f"{name} name", "") for name in IDS}
        self._wanted = {name: int(number) for name in IDS if (number := fields.get(name)) and name != "client"}
        for name in (*OF_CLIENT, *OF_DESK):
            self.pick(name).show(None, self._names[name] if name in self._wanted else "")
        client = fields.get("client")
        if client:
            self.take_client(int(client), self._names["client"])
        else:
            self.pick("client").show(None, fields.get("client typed", ""))
        self.units.choose([int(unit) for unit in fields.get("units", "").split(",") if unit])
        for name in OF_CLIENT:
            self.pick(name).set_options(())  # they are read again
        for name in OF_DESK:
            if self.pick(name).options:
                self._settle(name)
        self.show_easy()

    def take_client(self, client_id: int, name: str) -> None:
        """Take a client that is known by its number."""
        self.pick("client").show(Option(Caller(client_id, name, "name", client_id, name, 0), name))

    def forget_client(self) -> None:
        """Nothing of the client before stays."""
        for name in OF_CLIENT:
            self._wanted.pop(name, None)
            self.pick(name).show(None)
            self.pick(name).set_options(())
        self._site_of_unit = {}
        self.units.choose(())
        self.units.set_options(())

    def take_lists(self, lists: Lists) -> None:
        """Take the desk's lists."""
        self.pick("service").set_options([Option(row.id, _(row.name)) for row in lists.services])
        self.pick("calendar").set_options([Option(row.id, row.name) for row in lists.calendars])
        self.pick("team").set_options([Option(row.id, row.name) for row in lists.teams])
        self.pick("assignee").set_options([Option(row.id, row.name, row.code) for row in lists.people])
        for name in OF_DESK:
            self._settle(name)

    def take_belongings(self, of_client: Belongings) -> None:
        """Take the lists of the client, and what is wanted from them."""
        self.take_client(of_client.client_id, of_client.name)
        wanted = of_client.wanted or {}
        self._wanted.update({name: number for name, number in wanted.items() if name in OF_CLIENT})
        self.pick("site").set_options(
            [Option(row.id, ", ".join(filter(None, (row.city, row.name))), row.address) for row in of_client.sites]
        )
        self.pick("contract").set_options([Option(row.id, row.number, row.title) for row in of_client.contracts])
        for name in OF_CLIENT:
            self._settle(name)
        names = {unit.id: unit.name or unit.serial_number or f"#{unit.id}" for unit in of_client.units}
        gone = [
            Option(unit, f"#{unit}", _("not in the list any more")) for unit in self.units.chosen if unit not in names
        ]
        everything = [Option(ALL_UNITS, _("all units of the client"), str(len(names)))] if len(names) > 1 else []
        self.units.set_options([*gone, *everything, *_unit_options(of_client)])
        self._site_of_unit = {unit.id: unit.site_id for unit in of_client.units}
        if "equipment" in wanted and not self.units.chosen:
            self.units.choose((wanted["equipment"],))

    def place(self) -> None:
        """Where it is, if nobody said: where all the units stand, else the only site."""
        site = self.pick("site")
        if site.value is not None or site.text.strip():
            return
        places = {self._site_of_unit.get(unit) for unit in self.units.chosen}
        if not places and len(site.options) == 1:
            places = {site.options[0].value}
        if len(places) == 1:
            site.put(places.pop())

    def _settle(self, name: str) -> None:
        """Take what was wanted; a row that is in no list any more stays chosen, and says so."""
        pick, number = self.pick(name), self._wanted.pop(name, None)
        if number is None:
            return
        if all(option.value != number for option in pick.options):
            label = self._names.get(name) or f"#{number}"
            pick.set_options([*pick.options, Option(number, label, _("not in the list any more"))])
        pick.put(number)

    # --- the easy way ---------------------------------------------------------------------------------------

    @property
    def _rule_row(self) -> int:
        return self.query_one("#rules", TextBox).cursor_location[0]

    @property
    def _rule_line(self) -> str:
        lines = self.text_of("rules").splitlines()
        return lines[self._rule_row] if self._rule_row < len(lines) else ""

    @on(events.DescendantBlur)
    def _left(self) -> None:
        """Show what the rule says in place of what was looked for; a form being closed has no lists any more."""
        if self.query("#days PickList") and self.query("#every PickList"):
            self.show_easy()

    def show_easy(self) -> None:
        """Show the rule in the cursor's line the easy way, if it can be said so; what is being typed stays."""
        line = self._rule_line
        easy, every = easy_of(line), self.pick("every")
        if self.screen.focused is not every.line:
            every.put(easy.every if easy is not None else None)
            every.line.placeholder = _("as written below") if line.strip() else _("every month")
        if self.screen.focused is not self.days.line:
            self.days.set_options(day_options(easy.every) if easy is not None else ())
            self.days.choose(easy.days if easy is not None else ())

    def easy(self) -> Easy | None:
        """What is chosen the easy way; a year's month stays."""
        every, before = self.pick("every").value, easy_of(self._rule_line)
        if every is None:
            return None
        days = self.days.chosen if set(self.days.chosen) <= set(day_choices(every)) else ()
        return Easy(every, days, before.month if before is not None else 0)

    def put_rule(self, text: str) -> None:
        """Write a rule into the cursor's line."""
        box, row = self.query_one("#rules", TextBox), self._rule_row
        lines = box.text.splitlines() or [""]
        lines += [""] * (row + 1 - len(lines))
        lines[row] = text
        with box.prevent(TextArea.Changed, TextArea.SelectionChanged):
            box.load_text("\n".join(lines))
            box.move_cursor((row, len(text)))

    # --- what is wrong --------------------------------------------------------------------------------------

    def say_wrong(self, name: str, sentence: str) -> None:
        """Say at a field what is wrong with it; nothing is wrong with the others."""
        if self._wrong and self._wrong != name:
            self.query_one(f"#wrong-{self._wrong}", Static).display = False
        self._wrong = name
        if name:
            line = self.query_one(f"#wrong-{name}", Static)
            line.update(plain(say(sentence)))
            line.display = True

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()

    # --- equipment ------------------------------------------------------------------------------------------

    def _with_unit(self, chosen: Chosen[int], unit: int) -> Chosen[int]:
        if unit != ALL_UNITS:
            return toggled(chosen, unit)
        everything = self._site_of_unit.keys()
        return () if everything <= set(chosen) else tuple(dict.fromkeys((*chosen, *everything)))

    def _units_said(self, chosen: Chosen[int]) -> str:
        labels = {option.value: option.label for option in self.units.options}
        names = ", ".join(labels.get(unit, f"#{unit}") for unit in chosen)
        if len(chosen) == 1:
            return names
        return ngettext("{count}: {names}", "{count}: {names}", len(chosen)).format(count=len(chosen), names=names)


def _line(label: str, line: TextLine, *, second: bool = False) -> ComposeResult:
    with Horizontal(classes=f"field line{' second' if second else ''}"):
        yield Static(plain(label), classes="label")
        yield line


def _box(label: str, name: str) -> ComposeResult:
    with Horizontal(classes="text-row"):
        yield Static(plain(label), classes="label")
        yield TextBox(id=name)
    yield from _wrong_lines(name)


def _wrong_lines(*names: str) -> ComposeResult:
    for name in names:
        line = Static(Content(""), id=f"wrong-{name}", classes="wrong")
        line.display = False
        yield line


def _second(pick: Pick[Any]) -> Pick[Any]:
    pick.add_class("second")
    return pick


def _named(words: dict[Any, str]) -> list[Option[str]]:
    return [Option(str(value), _(text)) for value, text in words.items()]


def _types() -> list[Option[str]]:
    return [Option(name, _(TYPE_WORDS.get(name, name))) for name in TICKET_TYPES]


def _ticket_options() -> list[Option[str]]:
    return [Option("", _("one for all units")), Option(EACH, _("one for each unit"))]


def _priorities() -> list[Option[str]]:
    return [Option(str(priority.value), priority_word(priority)) for priority in Priority]


def _unit_options(of_client: Belongings) -> Iterator[Option[int]]:
    sites = {site.id: site.name for site in of_client.sites}
    for unit in of_client.units:
        serial = f"s/n {unit.serial_number}" if unit.serial_number else ""
        hint = " ".join(filter(None, (sites.get(unit.site_id or 0, ""), serial)))
        yield Option(unit.id, unit.name or serial or f"#{unit.id}", hint)
