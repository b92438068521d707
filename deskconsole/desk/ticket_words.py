"""The words by which a ticket is found: kept beside it, brought up to date by whatever changes them."""

from __future__ import annotations

from sqlalchemy import select

from deskconsole.data.queries.ticket_filter import LONGEST_WORD
from deskconsole.data.tables import Client, Equipment, Message, Ticket, TicketSearch, table
from deskconsole.desk.desk import Unit
from deskconsole.domain.terms import Visibility
from deskconsole.domain.text import words

MOST_INDEXED_BYTES = 300_000  # PostgreSQL's index takes under 1 MB of words and their places for one ticket


def index_words(unit: Unit, ticket: Ticket) -> None:
    """Bring the ticket's search words up to date with its subject, public messages, client and equipment.

    A contractor may not read all of those; a pass does it (desk.unbooked_pass).
    """
    if not unit.may_book:
        return
    session = unit.session
    client = session.get(Client, ticket.client_id) if ticket.client_id else None
    unit_of_equipment = session.get(Equipment, ticket.equipment_id) if ticket.equipment_id else None
    message = table(Message)
    said = session.execute(
        select(message.c.body).where(message.c.ticket_id == ticket.id, message.c.visibility == Visibility.PUBLIC.value)
    ).scalars()
    text = search_words(
        ticket.subject,
        client.name if client else "",
        equipment_words(unit_of_equipment) if unit_of_equipment else "",
        *said,
    )
    found = session.get(TicketSearch, ticket.id)
    if found is not None and found.words == text:
        return
    old = found.words if found else None
    session.merge(TicketSearch(ticket_id=ticket.id or 0, words=text))
    session.flush()
    unit.store.dialect.index_words(session.connection(), ticket.id or 0, old, text)


def search_words(*texts: str) -> str:
    """The distinct folded words of some texts, in the form the full-text index keeps: the first ones of very many."""
    distinct = dict.fromkeys(word[:LONGEST_WORD] for text in texts for word in words(text))
    kept, left = [], MOST_INDEXED_BYTES
    for word in distinct:
        left -= len(word.encode()) + 1
        if left < 0:
            break
        kept.append(word)
    return " ".join(kept)


def equipment_words(unit: Equipment) -> str:
    """What a person may type to find a ticket by its unit."""
    return " ".join((unit.kind, unit.maker, unit.model, unit.inventory_number, unit.serial_number))
