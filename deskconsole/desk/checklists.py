"""What is to be done on a ticket, point by point."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from deskconsole.data.tables import ChecklistItem, Ticket, table
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

ITEM_LIMIT = 300
ITEM = table(ChecklistItem)


def add_items(unit: Unit, ticket: Ticket, texts: Sequence[str]) -> None:
    """Put points on a ticket's list, after those that stand there.

    Raises:
        InvalidInput: one says nothing, or too much.
    """
    last = unit.session.execute(select(func.max(ITEM.c.position)).where(ITEM.c.ticket_id == ticket.id)).scalar() or 0
    for position, text in enumerate(texts, start=last + 1):
        unit.session.add(ChecklistItem(ticket_id=ticket.id or 0, position=position, text=checked_item(text)))


def checked_item(text: str) -> str:
    """A point of a checklist as it is stored.

    Raises:
        InvalidInput: it says nothing, or too much.
    """
    said = clean(text).strip()
    if not said or len(said) > ITEM_LIMIT:
        raise InvalidInput(mark("A point of a checklist has from 1 to {limit} characters."), limit=ITEM_LIMIT)
    return said


def tick(desk: Desk, item_id: int, *, done: bool = True, key: UUID | None = None) -> bool:
    """Tick a point off, or take that back; returns whether it is done now."""

    def work(unit: Unit) -> bool:
        missing = NotFound(mark("There is no point {id} on a checklist."), id=item_id)
        owner = unit.session.execute(select(ITEM.c.ticket_id).where(ITEM.c.id == item_id)).scalar()
        if owner is None:
            raise missing
        try:
            ticket = unit.ticket(owner)  # locked first, as every writer does
        except NotFound:
            raise missing from None  # not for these eyes: no word of which ticket it is on
        item = unit.session.get_one(ChecklistItem, item_id, with_for_update=True)
        if (item.done_at is not None) != done:
            item.done_at, item.done_by_id = (unit.now, unit.actor.id) if done else (None, None)
            old, new = ("", item.text) if done else (item.text, "")
            unit.note_change(ticket, "check", "checklist", old, new)
        return done

    return desk.write("checklist.tick", work, key=key)
