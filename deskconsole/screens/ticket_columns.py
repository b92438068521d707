"""The columns every list of tickets draws from, by id; what is shown depends on the room there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from deskconsole.data.queries.tickets import QueueRow
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Priority
from deskconsole.i18n import _
from deskconsole.widgets.cells import age_cell, countdown_cell, coverage_cell, priority_cell, status_cell
from deskconsole.widgets.line_columns import GAP, GUTTER, Cell, Column
from deskconsole.widgets.text_block import Align

CHANNEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Channel.PHONE: mark("phone"),
        Channel.EMAIL: mark("e-mail"),
        Channel.PORTAL: mark("portal"),
        Channel.MESSENGER: mark("messenger"),
        Channel.MONITORING: mark("monitoring"),
        Channel.CONSOLE: mark("console"),
        Channel.CLI: mark("command line"),
        Channel.IMPORT: mark("import"),
        Channel.SCHEDULE: mark("schedule"),
    }
)
WISHED_SIGN = "w"
"""Stands after the due time of a ticket whose client wished it earlier."""


class _Shape(NamedTuple):
    title: str
    cell: Callable[[QueueRow, datetime], Cell]
    width: int = 0
    align: Align = "left"
    shown_from: int = 0
    ticking: bool = False


def wished_earlier(row: QueueRow) -> bool:
    """Whether the client wished the ticket done before it is due."""
    return row.wished is not None and row.due is not None and row.wished < row.due


def status_words(row: QueueRow) -> str:
    """The status in the reader's language."""
    return _(row.status_name) if row.status_name else row.status


def channel_word(channel: str) -> str:
    """How a ticket or a message came, in the reader's language."""
    return _(CHANNEL_WORDS[channel]) if channel in CHANNEL_WORDS else channel


def due_cell(row: QueueRow, now: datetime, *, compact: bool = True) -> Cell:
    """The countdown to the due time, with `w` when the client wished it earlier; nothing once it is done."""
    if not row.category.is_open:
        return Cell("-", "none")
    cell = countdown_cell(now, row.due, compact=compact)
    return Cell(f"{cell.text} {WISHED_SIGN}", cell.look) if wished_earlier(row) else cell


def _id(row: QueueRow, _now: datetime) -> Cell:
    return Cell(str(row.id), "strong" if row.is_unread else "muted")


def _assignee(row: QueueRow, _now: datetime) -> Cell:
    if row.assignee_id is None:
        return Cell(_("nobody"), "muted")
    return Cell(f"{row.assignee} ●" if row.timer_started else row.assignee)


_SHAPES: Mapping[str, _Shape] = MappingProxyType(
    {
        "due": _Shape(mark("Due"), due_cell, 15, ticking=True),
        "id": _Shape(mark("No."), _id, 7, "right"),
        "prio": _Shape(mark("Prio"), lambda row, _now: priority_cell(Priority(row.priority)), 4),
        "covered": _Shape(mark("C"), lambda row, _now: coverage_cell(row.coverage, word=False), 1),
        "status": _Shape(
            mark("Status"), lambda row, _now: status_cell(status_words(row), row.category), 12, shown_from=90
        ),
        "client": _Shape(mark("Client"), lambda row, _now: Cell(row.client), 20),
        "subject": _Shape(mark("Subject"), lambda row, _now: Cell(row.subject, "strong" if row.is_unread else "")),
        "equipment": _Shape(mark("Equipment"), lambda row, _now: Cell(row.equipment, "muted"), shown_from=160),
        "site": _Shape(mark("Site"), lambda row, _now: Cell(row.site, "muted"), 18, shown_from=190),
        "assignee": _Shape(mark("Assignee"), _assignee, 16, shown_from=100),
        "team": _Shape(mark("Team"), lambda row, _now: Cell(row.team, "muted"), 12, shown_from=200),
        "coverage": _Shape(mark("Coverage"), lambda row, _now: coverage_cell(row.coverage), 18, shown_from=150),
        "age": _Shape(mark("Age"), lambda row, now: age_cell(now, row.created), 5, "right", shown_from=120),
        "created": _Shape(mark("Created"), lambda row, now: _moment(row.created, now), 16),
        "updated": _Shape(mark("Updated"), lambda row, now: _moment(row.updated, now), 16),
        "channel": _Shape(
            mark("Channel"), lambda row, _now: Cell(channel_word(row.channel), "muted"), 10, shown_from=220
        ),
        "service": _Shape(mark("Service"), lambda row, _now: Cell(row.service, "muted"), 16),
    }
)

TITLES: Mapping[str, str] = MappingProxyType({name: shape.title for name, shape in _SHAPES.items()})
"""Id of a column -> its title in English, in the order they stand."""

DEFAULT = tuple(name for name in _SHAPES if name not in {"created", "updated", "channel", "service"})
"""The columns of a list that says nothing else."""

_LEAST = 12
"""Cells a flexible column needs to be of use."""


def columns(ids: Iterable[str], zone: tzinfo) -> tuple[Column[QueueRow], ...]:
    """The columns of these ids (none: `DEFAULT`), titled in the reader's language, with the times of `zone`.

    Where all of them fit into 80 cells they are shown at any width, else those that matter least need more room.

    Raises:
        InvalidInput: there is no such column.
    """
    names = tuple(ids) or DEFAULT
    for name in names:
        if name not in _SHAPES:
            known = ", ".join(_SHAPES)
            raise InvalidInput(mark("There is no column {name}; there are: {names}."), name=name, names=known)
    fit = sum((_SHAPES[name].width or _LEAST) + GAP for name in names) + GUTTER <= 80
    return tuple(_column(name, zone, always=fit) for name in names)


def _column(name: str, zone: tzinfo, *, always: bool) -> Column[QueueRow]:
    shape = _SHAPES[name]

    def cell(row: QueueRow, now: datetime) -> Cell:
        return shape.cell(row, now.astimezone(zone))

    shown_from = 0 if always else shape.shown_from
    return Column(name, _(shape.title), cell, shape.width, shape.align, shown_from, shape.ticking)


def _moment(instant: datetime, now: datetime) -> Cell:
    return Cell(f"{instant.astimezone(now.tzinfo):%Y-%m-%d %H:%M}", "muted")
