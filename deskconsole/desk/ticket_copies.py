"""Many tickets alike, written at once: what a long downtime of recurring work leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from deskconsole.data.tables import ChecklistItem, Event, Message, StatusSpan, Ticket, TicketSearch, table
from deskconsole.desk.desk import Unit

T = table(Ticket)
BELONGINGS = (StatusSpan, Message, Event, ChecklistItem)
"""What a ticket has from its registration on, apart from its search words and its clocks."""


def add_copies(unit: Unit, original: Ticket, changes: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write tickets like one registered in this transaction, each with its own `changes`; returns their numbers.

    They were born at the same moment by the same rule, so the original's coverage, status and history are theirs too.
    Written one by one they would take ten times as long. Their clocks are for the caller to derive, once all that
    they depend on is written.
    """
    if not changes:
        return []
    session = unit.session
    session.flush()
    row = session.execute(select(T).where(T.c.id == original.id)).mappings().one()
    alike = {name: value for name, value in row.items() if name != "id"}
    numbers = insert(T).returning(T.c.id, sort_by_parameter_order=True)
    ids = list(session.execute(numbers, [{**alike, **change} for change in changes]).scalars())
    for model in BELONGINGS:
        owned = table(model)
        for one in session.execute(select(owned).where(owned.c.ticket_id == original.id)).mappings().all():
            values = {name: value for name, value in one.items() if name != "id"}
            session.execute(insert(owned), [{**values, "ticket_id": number} for number in ids])
    _add_words(unit, original, ids)
    unit.changed("ticket", None)
    return ids


def _add_words(unit: Unit, original: Ticket, ids: Sequence[int]) -> None:
    search = table(TicketSearch)
    words = unit.session.execute(select(search.c.words).where(search.c.ticket_id == original.id)).scalar_one()
    unit.session.execute(insert(search), [{"ticket_id": number, "words": words} for number in ids])
    connection = unit.session.connection()
    for number in ids:
        unit.store.dialect.index_words(connection, number, None, words)
