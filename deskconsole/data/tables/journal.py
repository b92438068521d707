"""What the desk remembers of its own doings: history, changes, operations, outside references."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import CurrentTransaction, RowId, TransactionId
from deskconsole.data.tables.base import instant, key, link


class Event(SQLModel, table=True):
    """One line of a ticket's history: who, when, from what to what, by which way; append-only."""

    __table_args__ = (Index("ix_event_ticket", "ticket_id", "at", "id"),)
    id: int | None = key()
    ticket_id: int = Field(sa_type=RowId, foreign_key="ticket.id")
    at: datetime = instant()
    person_id: int | None = link("person.id", index=False)
    actor: str = ""  # the name as it was then, or the outside system's word for who
    login: str = ""  # who wrote the line by the server's word; empty on a local desk, whose file knows nobody
    channel: str
    rule: str = ""  # the name of the rule, for what no person did
    verb: str
    field: str = ""
    old: str = ""
    new: str = ""
    reason: str = ""
    operation: UUID | None = Field(default=None, index=True)


class Operation(SQLModel, table=True):
    """A write that is done, under the key its client made: asking twice does it once."""

    key: UUID = Field(primary_key=True)
    verb: str
    at: datetime = instant()
    person_id: int | None = link("person.id", index=False)
    result: str  # JSON


class Change(SQLModel, table=True):
    """What changed, for every open console to read again; `row_id` None = many rows at once."""

    seq: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    entity: str
    row_id: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = instant()
    txid: int | None = Field(
        default=None, sa_column=Column(TransactionId, index=True, server_default=CurrentTransaction())
    )


class ExternalRef(SQLModel, table=True):
    """The name an outside source has for a row of ours; intake is idempotent by it."""

    __tablename__ = "external_ref"
    __table_args__ = (
        UniqueConstraint("source", "entity", "external_id"),
        Index("ix_external_ref_row", "entity", "row_id"),
    )
    id: int | None = key()
    source: str
    entity: str
    external_id: str
    row_id: int = Field(sa_type=RowId)
    digest: str = ""  # of the source's content as last taken in
    at: datetime = instant()
