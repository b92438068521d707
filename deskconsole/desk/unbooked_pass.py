"""Booking what contractors did: their tickets' clocks and search words, and the hours their time costs the client.

A contractor may read neither policies nor the ledger, so the write leaves a row in `unbooked`; a pass in the console
of somebody who may, or in the worker, books it, once: the row goes in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from deskconsole.data.tables import TimeEntry, Unbooked, table
from deskconsole.desk import time
from deskconsole.desk.tickets import index_words
from deskconsole.domain.hours import charged_minutes

if TYPE_CHECKING:
    from deskconsole.data.tables import Ticket
    from deskconsole.desk.desk import Desk, Unit

BATCH = 100


def book_waiting(desk: Desk, _now: datetime) -> Mapping[str, int]:
    """Book the oldest of what waits, in its order; returns how many `tickets` were touched."""
    waiting = table(Unbooked)
    with desk.store.reading() as session:
        if session.execute(select(waiting.c.id).limit(1)).first() is None:
            return {"tickets": 0}
    return {"tickets": desk.write("unbooked.book", lambda unit: _book(unit, desk))}


def _book(unit: Unit, desk: Desk) -> int:
    waiting = table(Unbooked)
    # Another pass that holds them is waited for: time taken back must not be booked before the time itself.
    rows = unit.session.execute(select(waiting).order_by(waiting.c.id).limit(BATCH).with_for_update()).all()
    tickets: dict[int, Ticket] = {}
    for row in rows:
        unit.session.execute(delete(waiting).where(waiting.c.id == row.id))
        ticket = tickets[row.ticket_id] = unit.ticket(row.ticket_id)
        if row.time_entry_id is not None:
            _book_time(unit, desk, ticket, unit.session.get_one(TimeEntry, row.time_entry_id))
    unit.touched.update(tickets)
    for ticket_id, ticket in tickets.items():
        index_words(unit, ticket)
        unit.changed("ticket", ticket_id)
    return len(tickets)


def _book_time(unit: Unit, desk: Desk, ticket: Ticket, entry: TimeEntry) -> None:
    """Charge by the contract's unit, unless other minutes were typed, and book the entry."""
    if entry.reverses_id is not None:
        entry.charged_minutes = -unit.session.get_one(TimeEntry, entry.reverses_id).charged_minutes
    elif entry.charged_minutes == entry.worked_minutes:
        entry.charged_minutes = charged_minutes(entry.worked_minutes, time.charge_unit(unit.session, ticket))
    unit.session.flush()
    time.book(unit, desk, ticket, entry)
