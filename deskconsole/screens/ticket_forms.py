"""What is asked and done on an open ticket beside the acts every list has: lines, files, times, policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from textual import on

from deskconsole.data.queries import ticket_card
from deskconsole.data.queries.people import Named
from deskconsole.data.queries.services import services
from deskconsole.data.queries.ticket_card import FileRow, ItemRow, LineRow, TicketCard, TimeRow
from deskconsole.desk import attachments, checklists, lines, tickets, time
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import Conflict, InvalidInput
from deskconsole.domain.minutes import read_minutes
from deskconsole.domain.moments import Clock
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import LineState, Policy, Role, TariffMode
from deskconsole.i18n import _, say
from deskconsole.screens.deadline import typed_deadline
from deskconsole.screens.dialogs import Ask, Choice, Option
from deskconsole.screens.session import Keys
from deskconsole.screens.ticket_actions import Act, Acted
from deskconsole.screens.ticket_subject import TicketSubject
from deskconsole.screens.timeline import POLICY_WORDS, STATE_WORDS, size_words, time_words
from deskconsole.screens.work import Done

NEW = "new"
MODE_WORDS = {TariffMode.HOURS: mark("prepaid hours"), TariffMode.MONEY: mark("money"), TariffMode.FREE: mark("free")}
TIME_TITLES = {
    "due_at": mark("Due"),
    "wished_at": mark("Wished by the client"),
    "planned_at": mark("Planned visit or work"),
}


class ServicesRead(Done[tuple[Named, ...]]):
    """The services that may be put on a ticket."""


class TicketForms(TicketSubject):
    """The forms of one ticket; `read` is what is known of it."""

    def why_not(self, action_id: str) -> Sentence | None:
        """Forms need the ticket, and what they are about."""
        if action_id.startswith("ticket.") and self.read is None:
            return Sentence(mark("The ticket is not there yet."))
        return self._missing(action_id) or super().why_not(action_id)

    def _missing(self, action_id: str) -> Sentence | None:
        """What this ticket lacks for an action."""
        if self.read is None:
            return None
        card = self.read.card
        is_paid = card.row.coverage is None or card.row.coverage.is_covered
        reasons = {
            "equipment": (card.equipment_id is None, mark("This ticket names no equipment.")),
            "times": (not self._open_entries(), mark("No time is logged here that could be taken back.")),
            "policy": (is_paid, mark("A contract pays for this ticket; there is nothing to choose.")),
            "checklist": (not card.checklist, mark("This ticket has no checklist.")),
            "arrive": (card.arrived_at is not None, mark("The arrival is noted already.")),
            "note": (
                self.desk.actor.role is Role.CONTRACTOR,
                mark("Internal notes are the company's own; write a reply instead."),
            ),
        }
        scope, _dot, name = action_id.partition(".")
        holds, why = reasons.get(name, (False, ""))
        return Sentence(why) if scope == "ticket" and holds else None

    @property
    def _ticket_id(self) -> int:
        assert self.read is not None
        return self.read.card.row.id

    # --- lines ---------------------------------------------------------------------------------------------

    def action_lines(self) -> None:
        """Show the services on the ticket; add, perform or strike one, or log time on it."""
        assert self.read is not None
        options = [Option[LineRow | str](NEW, _("Add a service"))]
        options += [Option[LineRow | str](row, *self.line_words(row)) for row in self.read.card.lines]

        def chosen(row: LineRow | str | None) -> None:
            if isinstance(row, LineRow):
                self._one_line(row)
            elif row is not None:
                self._add_line()

        self.app.push_screen(Choice(_("Services on this ticket"), options), chosen)

    def line_words(self, row: LineRow) -> tuple[str, str]:
        """What a line says, and a hint with its tariff, state, price and reserved hours."""
        held = sum(held.minutes for held in self.read.held if held.line_id == row.id) if self.read else 0
        hints = [_(MODE_WORDS[row.mode]), _(STATE_WORDS[row.state]), say(duration_text(row.minutes))]
        if held:
            hints.append(_("{time} reserved").format(time=say(duration_text(held))))
        if row.unit_price_minor is not None:
            hints.append(f"{row.quantity} x {row.unit_price_minor / 100:.2f} {row.currency}")
        if row.note:
            hints.append(row.note)
        return f"{row.quantity} x {_(row.service) if row.service else ''}", ", ".join(hints)

    def _one_line(self, row: LineRow) -> None:
        planned = row.state is LineState.PLANNED
        done = "" if planned else _("Line {id} is {state} already.").format(id=row.id, state=_(STATE_WORDS[row.state]))
        options = [
            Option("perform", _("Performed"), why_not=done),
            Option("time", _("Log time on it"), why_not="" if row.state is not LineState.CANCELLED else done),
            Option("cancel", _("Strike it"), why_not=done),
        ]

        def chosen(act: str | None) -> None:
            if act == "perform":
                self.do(partial(self._perform, row.id))
            elif act == "cancel":
                self.do(partial(self._strike, row.id))
            elif act == "time":
                self.log_time_on(row.id)

        self.app.push_screen(Choice(self.line_words(row)[0], options), chosen)

    def log_time_on(self, line_id: int | None) -> None:
        """Log time, on a line if one is given."""
        from deskconsole.screens.log_time import LogTime

        self.app.push_screen(LogTime(self.session, self.chosen()[0], line_id=line_id), self._told)

    def _perform(self, line_id: int) -> Act:
        done = lines.perform_line(self.desk, line_id)
        words = _("Performed: {spent} taken from the hours.").format(spent=say(duration_text(done["spent"])))
        if done["uncovered"]:
            words += " " + _("{time} no hours cover.").format(time=say(duration_text(done["uncovered"])))
        return Act(None, words)

    def _strike(self, line_id: int) -> Act:
        lines.cancel_line(self.desk, line_id)
        return Act(None, _("Line {id} is struck; what it reserved is free again.").format(id=line_id))

    def _add_line(self) -> None:
        self.work(lambda: self.desk.read(services), ServicesRead, group="services")

    @on(ServicesRead)
    def _choose_service(self, event: ServicesRead) -> None:
        options = [Option(service, _(service.name), service.code) for service in event.result]

        def chosen(service: Named | None) -> None:
            if service is not None:
                self._choose_mode(service)

        self.app.push_screen(Choice(_("Which service?"), options), chosen)

    def _choose_mode(self, service: Named) -> None:
        options = [Option("", _("as usual for {service}").format(service=_(service.name)))]
        options += [Option(mode.value, _(words)) for mode, words in MODE_WORDS.items()]

        def chosen(mode: str | None) -> None:
            if mode is not None:
                self._ask_quantity(service, TariffMode(mode) if mode else None)

        self.app.push_screen(Choice(_("What does it cost the client?"), options), chosen)

    def _ask_quantity(self, service: Named, mode: TariffMode | None) -> None:
        ticket_id, keys = self._ticket_id, Keys()

        def add(text: str) -> Act:
            quantity, minutes = read_quantity(text)
            made = lines.add_line(
                self.desk, ticket_id, service.id, mode=mode, quantity=quantity, minutes=minutes, key=keys.of(text)
            )
            words = _("Line added.")
            if made["reserved"]:
                words += " " + _("{time} reserved.").format(time=say(duration_text(made["reserved"])))
            if made["uncovered"]:
                words += " " + _("{time} no hours cover.").format(time=say(duration_text(made["uncovered"])))
            return Act(None, words)

        title = _("How many? Then the time all of it takes, if not the usual")
        self.app.push_screen(Ask(title, add, value="1", hint=_("2 or 2 1h30")), self._told)

    # --- checklist -----------------------------------------------------------------------------------------

    def action_checklist(self) -> None:
        """Tick a point off, or take that back; the first one still to do is offered first."""
        assert self.read is not None
        items = sorted(self.read.card.checklist, key=lambda item: item.done_at is not None)
        options = [Option(item, f"{point_sign(item)} {item.text}", self.done_words(item)) for item in items]

        def chosen(item: ItemRow | None) -> None:
            if item is not None:
                self.do(partial(self._tick, item))

        self.app.push_screen(Choice(_("Checklist"), options), chosen)

    def _tick(self, item: ItemRow) -> Act:
        is_done = checklists.tick(self.desk, item.id, done=item.done_at is None)
        words = _("Done: {text}") if is_done else _("To do again: {text}")
        return Act(None, words.format(text=item.text))

    def done_words(self, item: ItemRow) -> str:
        """Who ticked a point off, and when."""
        return f"{self._when(item.done_at)} {item.done_by}" if item.done_at is not None else ""

    # --- files ---------------------------------------------------------------------------------------------

    def action_attach(self) -> None:
        """Attach a file, or save a copy of one that is attached."""
        assert self.read is not None
        files = self.read.card.files
        if not files:
            self._ask_file()
            return
        options = [Option[FileRow | str](NEW, _("Attach a file"))]
        options += [
            Option[FileRow | str](file, file.name, _("{size}, save a copy").format(size=size_words(file.size)))
            for file in files
        ]

        def chosen(file: FileRow | str | None) -> None:
            if isinstance(file, FileRow):
                self._save_copy(file)
            elif file is not None:
                self._ask_file()

        self.app.push_screen(Choice(_("Files on this ticket"), options), chosen)

    def _ask_file(self) -> None:
        ticket_id, keys = self._ticket_id, Keys()

        def attach(text: str) -> Act:
            if not text.strip():
                raise InvalidInput(mark("Type the path of the file."))
            path = _path(text)
            attachments.attach(self.desk, ticket_id, path, key=keys.of(text))
            return Act(None, _("{name} is attached.").format(name=path.name))

        self.app.push_screen(Ask(_("Attach which file?"), attach, hint="~/photo.jpg"), self._told)

    def _save_copy(self, file: FileRow) -> None:
        def save(text: str) -> Act:
            folder = _path(text or ".")
            if not folder.is_dir():
                raise InvalidInput(mark("{folder} is no folder."), folder=str(folder))
            try:
                kept = attachments.save_copy(self.desk, file.id, folder)
            except OSError as error:
                raise InvalidInput(
                    mark("The copy can't be written to {folder}: {reason}"), folder=folder, reason=error.strerror
                ) from None
            return Act(None, _("Saved as {path}").format(path=kept), is_no_change=True)

        self.app.push_screen(Ask(_("Save a copy in which folder?"), save, value=str(Path.cwd())), self._told)

    # --- times ---------------------------------------------------------------------------------------------

    def action_due(self) -> None:
        """Set the due, the wished or the planned time by hand."""
        assert self.read is not None
        now = self._times_of(self.read.card)
        may_due = self.desk.actor.role not in {Role.ENGINEER, Role.CONTRACTOR}
        options = [
            Option(name, _(title), self._when(now[name]), "" if may_due or name != "due_at" else _("Ask a dispatcher."))
            for name, title in TIME_TITLES.items()
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._ask_time(name, now[name])

        self.app.push_screen(Choice(_("Which time?"), options), chosen)

    @staticmethod
    def _times_of(card: TicketCard) -> dict[str, datetime | None]:
        return {"due_at": card.due_at, "wished_at": card.row.wished, "planned_at": card.row.planned}

    def _when(self, instant: datetime | None) -> str:
        return f"{self.session.local(instant):%Y-%m-%d %H:%M}" if instant is not None else _("none")

    def _ask_time(self, name: str, now: datetime | None) -> None:
        ticket_id, seen = self._ticket_id, {name: now}

        def put(text: str) -> Act:
            clock = Clock(self.desk.now(), self.desk.zone)
            instant = typed_deadline(text, clock) if text.strip() not in {"", "-"} else None
            key = uuid4()
            try:
                changed = tickets.set_times(self.desk, ticket_id, seen=seen, key=key, **{name: instant})
            except Conflict:
                seen[name] = self._times_of(self.desk.read(ticket_card.card, ticket_id, self.session.viewer))[name]
                raise
            if not changed:
                return Act(None, _("Nothing changed: it was so already."), is_no_change=True)
            return Act(key, f"{_(TIME_TITLES[name])}: {self._when(instant)}.")

        hint = _("2h, 14:00, tomorrow 14:00, 2026-03-01; - for none")
        value = self._when(now) if now is not None else ""
        self.app.push_screen(Ask(_(TIME_TITLES[name]), put, value=value, hint=hint), self._told)

    # --- policy --------------------------------------------------------------------------------------------

    def action_policy(self) -> None:
        """Choose what happens to work that no contract pays for."""
        assert self.read is not None
        ticket_id, seen = self._ticket_id, {"policy": self.read.card.row.policy or None}
        options = [Option(policy, _(words)) for policy, words in POLICY_WORDS.items()]

        def chosen(policy: Policy | None) -> None:
            if policy is not None:
                self.do(partial(pick, policy))

        def pick(policy: Policy) -> Act:
            tickets.pick_policy(self.desk, ticket_id, policy, seen=seen)
            return Act(None, _("Policy: {policy}.").format(policy=_(POLICY_WORDS[policy])))

        self.app.push_screen(Choice(_("No contract pays for this. What now?"), options), chosen)

    # --- time list -----------------------------------------------------------------------------------------

    def _open_entries(self) -> tuple[TimeRow, ...]:
        if self.read is None:
            return ()
        return tuple(entry for entry in self.read.card.times if not entry.is_reversed and entry.reverses_id is None)

    def action_times(self) -> None:
        """Take back an entry of the time list; its hours go back into their lots."""
        options = [
            Option(
                entry.id,
                f"{self.session.local(entry.started_at):%Y-%m-%d %H:%M} {entry.person}: {time_words(entry)}",
                entry.note,
            )
            for entry in reversed(self._open_entries())
        ]

        def chosen(entry_id: int | None) -> None:
            if entry_id is not None:
                self.app.push_screen(Ask(_("Why is it taken back?"), partial(take_back, entry_id)), self._told)

        def take_back(entry_id: int, reason: str) -> Act:
            time.correct_time(self.desk, entry_id, reason=reason)
            return Act(None, _("The time is taken back; its hours are in their lots again."))

        self.app.push_screen(Choice(_("Take back which time?"), options), chosen)

    def do(self, act: Callable[[], Act]) -> None:
        """Do an act in a thread, and say what it did."""
        self.work(act, Acted)


def point_sign(item: ItemRow) -> str:
    """Whether a point of the checklist is done."""
    return "[x]" if item.done_at is not None else "[ ]"


def read_quantity(text: str) -> tuple[int, int | None]:
    """Read `2` or `2 1h30`: how many, and the minutes of all of it, None for the usual.

    Raises:
        InvalidInput: it is neither.
    """
    number, _space, rest = text.strip().partition(" ")
    if not number.isdecimal() or len(number) > 6 or int(number) < 1:
        raise InvalidInput(mark("Write how many, from 1 on, and perhaps the time: 2 1h30."))
    return int(number), read_minutes(rest) if rest.strip() else None


def _path(text: str) -> Path:
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise InvalidInput(mark("There is no home folder of that person: {path}"), path=text.strip()) from None
