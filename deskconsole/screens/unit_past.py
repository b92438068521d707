"""One unit of equipment and its past tickets, over the screen that asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from deskconsole.data.queries import equipment
from deskconsole.data.queries.equipment import UnitCard
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EquipmentStatus
from deskconsole.i18n import _
from deskconsole.screens.dialogs import ALWAYS, Question
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_columns import columns
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.line_list import LineList, ListState
from deskconsole.widgets.text_block import plain

PAST_LIMIT = 200
STATUS_WORDS = {
    EquipmentStatus.IN_USE: mark("in use"),
    EquipmentStatus.IN_REPAIR: mark("in repair"),
    EquipmentStatus.SPARE: mark("spare"),
    EquipmentStatus.RETIRED: mark("retired"),
}


@dataclass(frozen=True)
class UnitRead:
    """A unit and its tickets, the newest first."""

    unit: UnitCard
    past: tuple[QueueRow, ...]


class UnitLoaded(Done[UnitRead]):
    """The unit was read."""


class UnitPast(Question[int]):
    """Shows a unit with its tickets; closes with the ticket chosen."""

    OFFERS = ALWAYS
    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialogs.tcss", "unit_past.tcss"]

    def __init__(self, session: Session, equipment_id: int) -> None:
        super().__init__(_("Equipment and its past"))
        self.session = session
        self.equipment_id = equipment_id

    def body(self) -> ComposeResult:
        """What the unit is, over its tickets."""
        yield Static(plain(_("Loading...")), id="unit")
        shown = columns(("created", "id", "status", "subject", "assignee"), self.session.desk.zone)
        yield LineList(shown, key=lambda row: row.id, now=self.session.desk.now(), markable=False, id="past")

    def on_mount(self) -> None:
        """Read the unit."""
        self.query_one(LineList).focus()

        def read() -> UnitRead:
            desk = self.session.desk
            unit = desk.read(equipment.card, self.equipment_id)
            past = desk.read(equipment.tickets_of, self.equipment_id, self.session.viewer, limit=PAST_LIMIT)
            return UnitRead(unit, past)

        self.work(read, UnitLoaded, group="unit")

    @on(UnitLoaded)
    def _loaded(self, event: UnitLoaded) -> None:
        event.stop()
        read = event.result
        self.query_one("#unit", Static).update(unit_content(read.unit))
        rows: LineList[QueueRow] = self.query_one(LineList)
        rows.reset(len(read.past))
        rows.put(0, read.past)
        if not read.past:
            rows.set_state(ListState.EMPTY, _("Nothing ever happened to it."))

    @on(Failed)
    def _unread(self, event: Failed) -> None:
        if event.group == "unit":
            self.query_one("#unit", Static).update("")
            self.query_one(LineList).set_state(ListState.FAILED, event.sentence)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)


def unit_content(unit: UnitCard) -> Content:
    """What is known of a unit, a line a kind of thing."""
    facts = [
        (_("Serial number"), unit.serial_number),
        (_("Part of"), unit.parent),
        (_("Client"), ", ".join(filter(None, (unit.client, unit.site)))),
        (_("Installed"), unit.installed_on.isoformat() if unit.installed_on else ""),
        (_("Warranty until"), unit.warranty_until.isoformat() if unit.warranty_until else ""),
        (_("Note"), unit.note[:500]),
    ]
    head = Content.assemble(plain(unit.name, multiline=False).stylize("bold"), f"  {_(STATUS_WORDS[unit.status])}")
    lines = [
        Content.assemble((f"{title}: ", "$list-muted"), plain(text, multiline=False)) for title, text in facts if text
    ]
    return Content("\n").join([head, *lines])
