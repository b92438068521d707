"""Rows that wait to be written: one list of plain tuples a table, with numbers given here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Table
from sqlmodel import SQLModel

from deskconsole.data.tables import (
    Client,
    Contact,
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    ContractVersionMoney,
    Equipment,
    Event,
    HourEntry,
    HourLot,
    HourLotMoney,
    HourReservation,
    LegalEntity,
    Message,
    Payment,
    PaymentMoney,
    Person,
    PersonMoney,
    PriceList,
    PriceMoney,
    Service,
    Site,
    Skill,
    StatusSpan,
    Team,
    Ticket,
    TicketLine,
    TicketLineMoney,
    TimeEntry,
    TimeEntryMoney,
    WorkTimer,
    table,
)

# In the order of writing: a row stands after what it refers to.
MODELS: tuple[type[SQLModel], ...] = (
    Team,
    Person,
    PersonMoney,
    Skill,
    Service,
    Client,
    LegalEntity,
    Site,
    Contact,
    Payment,
    PaymentMoney,
    Equipment,
    PriceList,
    PriceMoney,
    Contract,
    ContractVersion,
    ContractVersionMoney,
    ContractLine,
    ContractLineService,
    HourLot,
    HourLotMoney,
    Ticket,
    TicketLine,
    TicketLineMoney,
    Message,
    Event,
    StatusSpan,
    TimeEntry,
    TimeEntryMoney,
    WorkTimer,
    HourReservation,
    HourEntry,
)


class Rows:
    """The waiting rows of one table, each a value for every column in the table's own order."""

    __slots__ = ("add", "last_id", "table", "waiting")

    def __init__(self, of: Table, last_id: int) -> None:
        self.table = of
        self.waiting: list[tuple[object, ...]] = []
        self.add: Callable[[tuple[object, ...]], None] = self.waiting.append
        self.last_id = last_id

    def new_id(self) -> int:
        """The next number in the table."""
        self.last_id += 1
        return self.last_id


class Book:
    """The waiting rows of all tables; `last_ids` are the highest numbers the desk has already, by table name."""

    def __init__(self, last_ids: Mapping[str, int]) -> None:
        self.rows = {model: Rows(table(model), last_ids.get(table(model).name, 0)) for model in MODELS}

    def __getitem__(self, model: type[SQLModel]) -> Rows:
        return self.rows[model]

    def put(self, model: type[SQLModel], **values: object) -> int:
        """Add a row by names, for tables with few rows; a table with an `id` gets its next one, which is returned."""
        rows = self.rows[model]
        number = 0
        if "id" in rows.table.c:
            number = values["id"] = rows.new_id()
        if "version" in rows.table.c:
            values["version"] = 1
        rows.add(tuple(values[column.name] for column in rows.table.c))
        if len(values) != len(rows.table.c):
            raise TypeError(f"{rows.table.name} has no column {set(values) - set(rows.table.c.keys())}")
        return number

    def filled(self) -> Iterator[Rows]:
        """The tables with waiting rows, in the order of writing."""
        return (rows for rows in self.rows.values() if rows.waiting)
