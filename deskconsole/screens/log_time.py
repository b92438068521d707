"""Logging time: minutes worked and charged, on which line, and what it does to the client's hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option as Row

from deskconsole.data.queries import charging as charging_query
from deskconsole.data.queries import ticket_card
from deskconsole.data.queries.charging import Charging
from deskconsole.data.queries.ticket_card import LineRow
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import time
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import DeskError, InvalidInput, StorageUnavailable
from deskconsole.domain.hours import Lot, allocate, charged_minutes
from deskconsole.domain.minutes import read_minutes
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import LineState, Role, TariffMode
from deskconsole.i18n import _, say
from deskconsole.screens.dialogs import ALWAYS, Question
from deskconsole.screens.fields import OptionRows, TextLine
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.text_block import plain

MODE_EFFECTS = {
    TariffMode.MONEY: mark("The charged time is priced; no hours are taken."),
    TariffMode.FREE: mark("This costs the client neither hours nor money."),
}


@dataclass(frozen=True)
class Chargeable:
    """How time on the ticket is charged, and the lines it may stand on."""

    charging: Charging | None  # a contractor's time is charged by a pass: contracts and hours are not for these eyes
    lines: tuple[LineRow, ...]


@dataclass(frozen=True)
class Effect:
    """What charging some minutes does to the hours that can pay for them, in minutes."""

    mode: TariffMode
    before: int
    after: int
    uncovered: int


class ChargeableRead(Done[Chargeable]):
    """What the form needs was read."""


def effect_of(charging: Charging, lines: Sequence[LineRow], charged: int, line_id: int | None) -> Effect:
    """What charging minutes will do: what a planned line holds is spent first, a performed one is paid already."""
    line = next((line for line in lines if line.id == line_id), None)
    mode = line.mode if line is not None else charging.mode
    lots = _with_held(charging, line_id)
    before = sum(lot.remaining_minutes for lot in lots)
    if mode is not TariffMode.HOURS or not charging.has_client:
        return Effect(mode, before, before, 0)
    if line is not None and line.state is LineState.PERFORMED:
        so_far = dict(charging.charged).get(line.id, 0)
        charged = max(line.minutes, so_far + charged) - max(line.minutes, so_far)
    spent = allocate(charged, lots)
    return Effect(mode, before, before - sum(part for _lot, part in spent.parts), spent.uncovered_minutes)


def _with_held(known: Charging, line_id: int | None) -> Sequence[Lot]:
    held = {held.lot_id: held.minutes for held in known.held if held.line_id == line_id}
    lots = [replace(lot, remaining_minutes=lot.remaining_minutes + held.pop(lot.id, 0)) for lot in known.lots]
    # A lot that the line holds whole has nothing free, so it is not among the lots.
    return [*lots, *(Lot(lot_id, minutes, date.min) for lot_id, minutes in held.items())]


def logged_words(logged: time.Logged, before: int, after: int) -> str:
    """What was logged, how the hours moved, and what none cover."""
    parts = [
        _("{worked} worked, {charged} charged.").format(
            worked=say(duration_text(logged.worked)), charged=say(duration_text(logged.charged))
        )
    ]
    if logged.mode is TariffMode.HOURS:
        parts.append(
            _("Hours left: {before} -> {after}.").format(
                before=say(duration_text(before)), after=say(duration_text(after))
            )
        )
    if logged.uncovered:
        parts.append(_("{time} no hours cover: they are priced.").format(time=say(duration_text(logged.uncovered))))
    return " ".join(parts)


class LogTime(Question[Act]):
    """Asks for the time worked on a ticket; closes with a sentence on how the hours moved."""

    OFFERS = (*ALWAYS, "send")
    WRITES = True
    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialogs.tcss", "log_time.tcss"]

    def __init__(self, session: Session, row: QueueRow, *, line_id: int | None = None) -> None:
        super().__init__(_("Log time on ticket {id}").format(id=row.id))
        self.session = session
        self.row = row
        self.line_id = line_id
        self._known: Chargeable | None = None
        self._line_ids: list[int | None] = [None]
        self._charged_by_hand = False
        self._filled = ""

    def body(self) -> ComposeResult:
        """Worked, charged, line, note, and the effect."""
        yield Static(plain(f"{self.row.client}  {self.row.subject}"[:300], multiline=False), id="about")
        with Horizontal(classes="field"):
            yield Label(_("Worked"), markup=False)
            yield TextLine(placeholder=_("90, 1h30 or 1:30"), id="worked")
        with Horizontal(classes="field"):
            yield Label(_("Charged"), markup=False)
            yield TextLine(placeholder=_("as the contract rounds"), id="charged")
        with Horizontal(classes="field", id="line-field"):
            yield Label(_("On line"), markup=False)
            yield OptionRows(id="line")
        with Horizontal(classes="field"):
            yield Label(_("Note"), markup=False)
            yield TextLine(placeholder=_("what was done"), id="note")
        yield Static(id="effect", markup=False)

    def on_mount(self) -> None:
        """Read how the ticket is charged."""
        self.query_one("#line-field").display = False
        self.query_one("#worked", TextLine).focus()
        kept = self.shell.drafts.kept(self._form)
        self._charged_by_hand = bool(kept.get("charged"))
        self.line_id = self.line_id or int(kept.get("line") or 0) or None
        for name in ("worked", "charged", "note"):
            self.query_one(f"#{name}", TextLine).value = kept.get(name, "")

        def read() -> Chargeable:
            desk = self.session.desk
            card = desk.read(ticket_card.card, self.row.id, self.session.viewer)
            lines = tuple(line for line in card.lines if line.state is not LineState.CANCELLED)
            return Chargeable(self._read_charging(), lines)

        self.work(read, ChargeableRead, group="read")

    def _read_charging(self) -> Charging | None:
        """How time is charged as of now; in a thread."""
        desk = self.session.desk
        if desk.actor.role is Role.CONTRACTOR:
            return None
        return desk.read(charging_query.charging, self.row.id, self.session.today())

    @property
    def _form(self) -> str:
        return f"time:{self.row.id}"

    @on(ChargeableRead)
    def _known_now(self, event: ChargeableRead) -> None:
        event.stop()
        self._known = known = event.result
        if known.lines:
            self._line_ids = [None, *(line.id for line in known.lines)]
            words = [
                _("no line"),
                *(f"{line.quantity} x {_(line.service) if line.service else ''}" for line in known.lines),
            ]
            rows = self.query_one("#line", OptionRows)
            rows.add_options([Row(plain(text, multiline=False)) for text in words])
            rows.highlighted = self._line_ids.index(self.line_id) if self.line_id in self._line_ids else 0
            self.query_one("#line-field").display = True
        self._fill_charged()
        self._say_effect()

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        if event.group == "read":
            self.query_one("#effect", Static).update("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "worked":
            self._fill_charged()
        elif event.input.id == "charged" and event.value != self._filled:
            self._charged_by_hand = bool(event.value.strip())
        self.shell.drafts.keep(self._form, self._fields())
        self._say_effect()

    def _fields(self) -> dict[str, str]:
        """What is typed, and on which line it is to stand; nothing while nothing is typed."""
        names = ("worked", "charged", "note") if self._charged_by_hand else ("worked", "note")
        typed = {name: self.query_one(f"#{name}", TextLine).value for name in names}
        return {**typed, "line": str(self.line_id or "")} if any(typed.values()) else {}

    @on(OptionList.OptionHighlighted)
    def _line_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.line_id = self._line_ids[event.option_index]
        self.shell.drafts.keep(self._form, self._fields())
        self._say_effect()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    @on(OptionList.OptionSelected)
    def _line_taken(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_send()

    def _fill_charged(self) -> None:
        """Fill in what the contract charges, until the person has typed something else."""
        if self._charged_by_hand or self._known is None or self._known.charging is None:
            return
        try:
            worked = read_minutes(self.query_one("#worked", TextLine).value)
            self._filled = str(charged_minutes(worked, self._known.charging.unit_minutes))
        except DeskError:
            self._filled = ""
        self.query_one("#charged", TextLine).value = self._filled

    def _say_effect(self) -> None:
        self.query_one("#effect", Static).update(self._effect())

    def _effect(self) -> Content:
        known = self._known
        if known is None:
            return Content(_("Loading..."))
        if known.charging is None:
            return Content("")
        try:
            charged = read_minutes(self.query_one("#charged", TextLine).value)
        except DeskError:
            charged = 0
        effect = effect_of(known.charging, known.lines, charged, self.line_id)
        rounding = known.charging.unit_minutes
        lines = [Content(_("The contract charges by {count} min.").format(count=rounding))] if rounding else []
        if effect.mode is not TariffMode.HOURS:
            lines.append(Content(_(MODE_EFFECTS[effect.mode])))
        else:
            moved = _("Hours left: {before} -> {after}").format(
                before=say(duration_text(effect.before)), after=say(duration_text(effect.after))
            )
            lines.append(Content.styled(moved, "bold"))
            if effect.uncovered:
                over = _("x {time} no hours cover: they will be priced").format(
                    time=say(duration_text(effect.uncovered))
                )
                lines.append(Content.styled(over, "bold $coverage-none"))
        return Content("\n").join(lines)

    def action_send(self) -> None:
        """Log the time."""
        values = {name: self.query_one(f"#{name}", TextLine).value for name in ("worked", "charged", "note")}
        try:
            if not values["worked"].strip():
                raise InvalidInput(mark("Type how long you worked: 90, 1h30 or 1:30."))
            worked = read_minutes(values["worked"])
            charged = read_minutes(values["charged"]) if values["charged"].strip() else None
        except DeskError as error:
            self.say_problem(error.sentence)
            return
        line_id, note = self.line_id, values["note"]
        if not self._charged_by_hand:
            charged = None
        kept = self._fields()
        self.save(lambda: self._log(worked, charged, line_id, note, kept))

    def _log(self, worked: int, charged: int | None, line_id: int | None, note: str, kept: Mapping[str, str]) -> Act:
        """Log it, and say how the hours that can pay moved; in a thread."""
        desk, key = self.session.desk, self.shell.drafts.key_of(self._form, kept)
        logged = time.log_time(desk, self.row.id, worked, charged=charged, line_id=line_id, note=note, key=key)
        try:
            left = self._read_charging()
        except StorageUnavailable:  # the time stands there; only what is left of the hours is not known now
            left = None
        if left is None:
            return Act(None, logged_words(replace(logged, mode=TariffMode.FREE), 0, 0))
        after = sum(lot.remaining_minutes for lot in _with_held(left, line_id))
        return Act(None, logged_words(logged, after + sum(part for _lot, part in logged.spent), after))

    def finish(self, result: object) -> None:
        """Forget the draft: it is logged."""
        self.shell.drafts.discard(self._form)
        super().finish(result)
