"""Booking what contractors did: their tickets' clocks and search words, and the hours their time costs the client.

A contractor may read neither policies nor the ledger, so the write leaves a row in `unbooked`; a pass in the console
of somebody who may, or in the worker, books it, once: the row goes in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from deskconsole.data.tables import HourEntry, TimeEntry, Unbooked, table
from deskconsole.desk import time
from deskconsole.desk.ticket_words import index_words
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.hours import charged_minutes
from deskconsole.domain.terms import RUNNERS

if TYPE_CHECKING:
    from deskconsole.data.tables import Ticket
    from deskconsole.desk.desk import Desk, Unit

LOG = logging.getLogger(__name__)
BATCH = 100  # tickets a round


def book_waiting(desk: Desk, _now: datetime) -> Mapping[str, int]:
    """Book the oldest of what waits, ticket by ticket; returns how many `tickets`.

    What can't be booked goes on waiting, named in the log, and holds up nobody else's.
    """
    desk.actor.allow(*RUNNERS)
    waiting = table(Unbooked)
    with desk.store.reading() as session:
        oldest = select(waiting.c.ticket_id).group_by(waiting.c.ticket_id).order_by(func.min(waiting.c.id))
        tickets = list(session.execute(oldest.limit(BATCH)).scalars())
    booked = 0
    for ticket_id in tickets:
        try:
            booked += desk.write("unbooked.book", partial(_book, desk=desk, ticket_id=ticket_id))
        except (Refused, InvalidInput, NotFound, ArithmeticError) as error:
            LOG.warning("ticket %s can't be booked: %s", ticket_id, error)
    return {"tickets": booked}


def _book(unit: Unit, *, desk: Desk, ticket_id: int) -> int:
    """Book all that waits of one ticket, in its order: time, and then that it was taken back."""
    waiting = table(Unbooked)
    ticket = unit.ticket(ticket_id)  # before the rows, as everybody who writes does
    mine = select(waiting).where(waiting.c.ticket_id == ticket_id).order_by(waiting.c.id).with_for_update()
    rows = unit.session.execute(mine).all()
    for row in rows:
        if row.time_entry_id is not None:
            _book_time(unit, desk, ticket, unit.session.get_one(TimeEntry, row.time_entry_id))
        unit.session.execute(delete(waiting).where(waiting.c.id == row.id))
    if rows:
        unit.touched[ticket_id] = ticket
        index_words(unit, ticket)
        unit.changed("ticket", ticket_id)
    return 1 if rows else 0


def _book_time(unit: Unit, desk: Desk, ticket: Ticket, entry: TimeEntry) -> None:
    """Charge by the contract's unit, unless other minutes were typed, and book the entry, once."""
    spent = table(HourEntry)
    if unit.session.execute(select(spent.c.id).where(spent.c.time_entry_id == entry.id).limit(1)).first() is not None:
        return
    if entry.reverses_id is not None:
        entry.charged_minutes = -unit.session.get_one(TimeEntry, entry.reverses_id).charged_minutes
    elif entry.charged_minutes == entry.worked_minutes:
        entry.charged_minutes = charged_minutes(entry.worked_minutes, time.charge_unit(unit.session, ticket))
    unit.session.flush()
    time.book(unit, desk, ticket, entry)
