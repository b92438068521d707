"""What a desk needs when several people are on it at once: presence, work left to the books, seals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import RowId
from deskconsole.data.tables.base import instant, key, owner


class Presence(SQLModel, table=True):
    """Who is on a ticket now, one row an open console; it expires by itself when `seen_at` grows old."""

    console: UUID = Field(primary_key=True)
    person_id: int = owner("person.id")
    ticket_id: int = owner("ticket.id")
    is_writing: bool = False
    seen_at: datetime = instant()


class Unbooked(SQLModel, table=True):
    """A contractor's write whose consequences a pass has still to book: clocks and, of logged time, hours.

    A contractor reads neither policies nor the ledger, so the own console can't (desk.unbooked_pass).
    """

    id: int | None = key()
    ticket_id: int = owner("ticket.id", index=False)
    time_entry_id: int | None = Field(default=None, sa_type=RowId, foreign_key="time_entry.id", ondelete="CASCADE")


class Seal(SQLModel, table=True):
    """One link of a local desk's chain: the digest of the one before and of the lines one transaction wrote.

    `from_*` and `to_*` are numbers of `event` and `hour_entry`, both inclusive; from > to: none of that table.
    """

    id: int | None = key()
    from_event_id: int = Field(sa_type=RowId)
    to_event_id: int = Field(sa_type=RowId)
    from_entry_id: int = Field(sa_type=RowId)
    to_entry_id: int = Field(sa_type=RowId)
    digest: str
