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
    PersonCalendar,
    PersonMoney,
    PriceList,
    PriceMoney,
    Service,
    Setting,
    Site,
    Skill,
    SlaBinding,
    SlaPolicy,
    SlaTarget,
    StatusSpan,
    StoredCalendar,
    Team,
    TeamLead,
    Ticket,
    TicketLine,
    TicketLineMoney,
    TicketSearch,
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
    StoredCalendar,
    PersonCalendar,
    TeamLead,
    SlaPolicy,
    SlaTarget,
    SlaBinding,
    Setting,
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
    TicketSearch,
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

# Tables with many rows are filled by position; the others by name (`Book.put`), in the table's own order.
BY_POSITION: Mapping[type[SQLModel], str] = {
    Ticket: (
        "id version type subject channel priority status category is_open client_id site_id contact_id caller"
        " equipment_id service_id team_id assignee_id contract_version_id contract_line_id coverage is_covered policy"
        " due_at wished_at planned_at next_due estimate_minutes created_at created_by_id updated_at first_opened_at"
        " resolved_at closed_at merged_into_id"
    ),
    TicketSearch: "ticket_id words",
    Message: "id ticket_id at person_id author visibility channel body",
    Event: "id ticket_id at person_id actor channel rule verb field old new reason",
    StatusSpan: "id ticket_id status category began_at ended_at",
    TimeEntry: "id ticket_id person_id started_at worked_minutes charged_minutes note at reverses_id",
    TimeEntryMoney: "entry_id hour_cost_minor currency",
    HourEntry: "id lot_id kind minutes at person_id ticket_id time_entry_id reverses_id reason",
}


class Rows:
    """The waiting rows of one table, each a tuple in the order of `columns`."""

    __slots__ = ("add", "columns", "last_id", "table", "waiting")

    def __init__(self, of: Table, columns: tuple[str, ...], last_id: int) -> None:
        self.table = of
        self.columns = columns
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
        self.rows = {}
        for model in MODELS:
            of = table(model)
            columns = tuple(BY_POSITION[model].split()) if model in BY_POSITION else tuple(of.c.keys())
            self.rows[model] = Rows(of, columns, last_ids.get(of.name, 0))

    def __getitem__(self, model: type[SQLModel]) -> Rows:
        return self.rows[model]

    def put(self, model: type[SQLModel], /, **values: object) -> int:
        """Add a row by names, all but `id` and `version` given; returns the number of a table with an `id`, else 0."""
        rows = self.rows[model]
        number = 0
        if "id" in rows.columns:
            number = values["id"] = rows.new_id()
        if "version" in rows.columns:
            values["version"] = 1
        if values.keys() != set(rows.columns):
            raise TypeError(f"{rows.table.name}: {sorted(values.keys() ^ set(rows.columns))} given or missing")
        rows.add(tuple(values[name] for name in rows.columns))
        return number

    def filled(self) -> Iterator[Rows]:
        """The tables with waiting rows, in the order of writing."""
        return (rows for rows in self.rows.values() if rows.waiting)
