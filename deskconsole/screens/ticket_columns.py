"""The columns every list of tickets draws from, by id; what is shown depends on the room there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from deskconsole.data.queries.tickets import QueueRow
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import ticket_countdown
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Priority
from deskconsole.i18n import _, say
from deskconsole.widgets.cells import age_cell, coverage_cell, left_cell, priority_cell, status_cell
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
WISHED_SIGN = mark("w")
"""Stands before a wished time, and after the due time of a ticket whose client wished it earlier."""


class _Shape(NamedTuple):
    title: str
    cell: Callable[[QueueRow, datetime], Cell]
    width: int = 0
    align: Align = "left"
    shown_from: int = 0
    ticking: bool = False
    in_full: _Full | None = None


class _Full(NamedTuple):
    """How a column says more where there is room."""

    cell: Callable[[QueueRow, datetime], Cell]
    width: int
    shown_from: int


def wished_earlier(row: QueueRow) -> bool:
    """Whether the client wished the ticket done before its clock is due."""
    return row.wished is not None and row.due is not None and row.wished < row.due


def status_words(row: QueueRow) -> str:
    """The status in the reader's language."""
    return _(row.status_name) if row.status_name else row.status


def channel_word(channel: str) -> str:
    """How a ticket or a message came, in the reader's language."""
    return _(CHANNEL_WORDS[channel]) if channel in CHANNEL_WORDS else channel


def left_of(row: QueueRow, now: datetime, *, compact: bool = True) -> Cell:
    """The countdown of an open ticket; nothing once it has ended."""
    if not row.category.is_open:
        return Cell("-", "none")
    left = ticket_countdown(now, row.due, row.paused_seconds, has_sla=row.has_sla, compact=compact)
    return left_cell(left)


def due_cell(row: QueueRow, now: datetime) -> Cell:
    """The countdown in few cells; with `w` behind it when the client wished it earlier.

    Where nothing was promised it runs to the wished time, behind `w`.
    """
    return _with_wish(row, left_of(row, now))


def due_in_full(row: QueueRow, now: datetime) -> Cell:
    """The same, with a word for every state."""
    return _with_wish(row, left_of(row, now, compact=False))


def _with_wish(row: QueueRow, left: Cell) -> Cell:
    if not row.category.is_open or row.due is None:
        return left
    if row.clock is None:
        return Cell(f"{_(WISHED_SIGN)} {left.text}", left.look)
    return Cell(f"{left.text} {_(WISHED_SIGN)}", left.look) if wished_earlier(row) else left


def wished_words(row: QueueRow, now: datetime) -> str:
    """When the client wished it, in the zone of `now`, and whether that is earlier than it is due."""
    if row.wished is None:
        return ""
    words = _("wished {time}").format(time=short_moment(row.wished, now))
    return f"▲ {words} ({_('earlier')})" if wished_earlier(row) and row.category.is_open else words


def short_moment(instant: datetime, now: datetime) -> str:
    """An instant in the zone of `now`: today the time alone, this year without the year."""
    local = instant.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == now.year else f"{local:%Y-%m-%d %H:%M}"


def _wished(row: QueueRow, now: datetime) -> Cell:
    if row.wished is None:
        return Cell("")
    when = short_moment(row.wished, now)
    if not wished_earlier(row) or not row.category.is_open:
        return Cell(when, "muted")
    return Cell(f"{_(WISHED_SIGN)} {when} {_('earlier')}", "near")


def _clock(row: QueueRow, _now: datetime) -> Cell:
    name = say(clock_name(row.clock)) if row.clock is not None else ""
    return Cell(f"x {name or _('broken')}", "uncovered") if row.is_breached else Cell(name, "muted")


def _id(row: QueueRow, _now: datetime) -> Cell:
    return Cell(str(row.id), "strong" if row.is_unread else "muted")


def _assignee(row: QueueRow, _now: datetime) -> Cell:
    if row.assignee_id is None:
        return Cell(_("nobody"), "muted")
    return Cell(f"{row.assignee} ●" if row.timer_started else row.assignee)


_SHAPES: Mapping[str, _Shape] = MappingProxyType(
    {
        "due": _Shape(mark("Due"), due_cell, 15, ticking=True, in_full=_Full(due_in_full, 26, 170)),
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
        "wished": _Shape(mark("Wished"), _wished, 21, shown_from=210),
        "clock": _Shape(mark("Clock"), _clock, 17, shown_from=230),
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
    return tuple(column for name in names for column in _columns(name, zone, always=fit))


def _columns(name: str, zone: tzinfo, *, always: bool) -> Iterator[Column[QueueRow]]:
    """A column; where it can say more in a wide list, the narrow form and the wide one."""
    shape = _SHAPES[name]

    def local(cell: Callable[[QueueRow, datetime], Cell]) -> Callable[[QueueRow, datetime], Cell]:
        return lambda row, now: cell(row, now.astimezone(zone))

    title, shown_from = _(shape.title), 0 if always else shape.shown_from
    below = shape.in_full.shown_from if shape.in_full is not None else 0
    yield Column(name, title, local(shape.cell), shape.width, shape.align, shown_from, shape.ticking, below)
    if shape.in_full is not None:
        yield Column(name, title, local(shape.in_full.cell), shape.in_full.width, shape.align, below, shape.ticking)


def _moment(instant: datetime, now: datetime) -> Cell:
    return Cell(f"{instant.astimezone(now.tzinfo):%Y-%m-%d %H:%M}", "muted")
