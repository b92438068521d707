"""Prepaid hours: lots, the append-only ledger, and what is reserved."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import RowId
from deskconsole.data.tables.base import amount, instant, key, link, owner, owner_key


class HourLot(SQLModel, table=True):
    """Minutes bought or accrued at once, with their own last day; what is left is the sum of its entries."""

    __tablename__ = "hour_lot"
    id: int | None = key()
    client_id: int = owner("client.id")
    contract_id: int | None = link("contract.id")  # None = any contract of the client
    bought_on: date
    expires_on: date | None = None  # the last day it may be spent
    note: str = ""


class HourLotMoney(SQLModel, table=True):
    """What a lot was sold for, in minor units."""

    __tablename__ = "hour_lot_money"
    lot_id: int = owner_key("hour_lot.id")
    price_minor: int = amount()
    currency: str


class HourEntry(SQLModel, table=True):
    """One movement of minutes in a lot; never changed or deleted, only reversed."""

    __tablename__ = "hour_entry"
    id: int | None = key()
    lot_id: int = Field(sa_type=RowId, foreign_key="hour_lot.id", index=True)
    kind: str  # terms.EntryKind
    minutes: int  # signed
    at: datetime = instant()
    person_id: int | None = link("person.id", index=False)
    ticket_id: int | None = link("ticket.id")
    time_entry_id: int | None = link("time_entry.id")
    reverses_id: int | None = Field(default=None, sa_type=RowId, foreign_key="hour_entry.id", unique=True)
    reason: str = ""


class HourReservation(SQLModel, table=True):
    """Minutes of a lot that a planned ticket line will need; gone once performed or cancelled."""

    __tablename__ = "hour_reservation"
    id: int | None = key()
    lot_id: int = owner("hour_lot.id")
    line_id: int = owner("ticket_line.id")
    minutes: int
