"""Feeding a list of tickets: a page at a time, the same list again after a change, the cursor on its ticket."""

from __future__ import annotations

from dataclasses import dataclass

from deskconsole.data.queries import tickets
from deskconsole.data.queries.tickets import Listing, QueueRow
from deskconsole.desk.desk import Desk
from deskconsole.screens.work import Done
from deskconsole.widgets.line_list import LineList

AHEAD = 60
"""Rows read at once, before the list says what else it needs."""


@dataclass(frozen=True)
class Snapshot:
    """A list as it stands: its length, some rows from `first` on, and where the cursor's ticket is now."""

    total: int
    first: int
    rows: tuple[QueueRow, ...]
    cursor: tuple[int, int] | None  # (ticket, place)


@dataclass(frozen=True)
class Window:
    """Rows asked for by `LineList.WindowNeeded`, and the edition they are for."""

    first: int
    edition: int
    rows: tuple[QueueRow, ...]


class WindowRead(Done[Window]):
    """The rows a list asked for are there."""


def read_snapshot(desk: Desk, listing: Listing, cursor: int | None, line: int = 0) -> Snapshot:
    """Read a listing round the ticket under the cursor, which stands on `line` of the screen; in a thread."""
    total = desk.read(tickets.count, listing)
    place = None if cursor is None else desk.read(tickets.position, listing, cursor)
    first = max(0, (place or 0) - line - AHEAD)
    rows = desk.read(tickets.page, listing, offset=first, limit=2 * AHEAD + line, total=total)
    return Snapshot(total, first, rows, None if place is None or cursor is None else (cursor, place))


def show_snapshot(rows: LineList[QueueRow], snapshot: Snapshot) -> None:
    """Bring a list up to date; the cursor stays on its ticket, or on its place when the ticket is gone."""
    rows.reset(snapshot.total, keep_place=rows.cursor_key is not None)
    if snapshot.cursor is not None:
        rows.relocate(*snapshot.cursor)
    elif rows.cursor_index >= snapshot.total:
        rows.update_total(snapshot.total)
    rows.put(snapshot.first, snapshot.rows)


def read_window(desk: Desk, listing: Listing, asked: LineList.WindowNeeded, total: int) -> Window:
    """Read the rows a list asks for; in a thread."""
    rows = desk.read(tickets.page, listing, offset=asked.first, limit=asked.count, total=total)
    return Window(asked.first, asked.edition, rows)
