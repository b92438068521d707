"""The tables of the desk, one module per aggregate."""

from __future__ import annotations

from sqlmodel import SQLModel

from deskconsole.data.tables.base import NO_DUE, table
from deskconsole.data.tables.clients import (
    CallerKey,
    Client,
    Contact,
    LegalEntity,
    Payment,
    PaymentMoney,
    Site,
)
from deskconsole.data.tables.contracts import (
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    ContractVersionMoney,
)
from deskconsole.data.tables.equipment import Equipment
from deskconsole.data.tables.hours import HourEntry, HourLot, HourLotMoney, HourReservation
from deskconsole.data.tables.journal import Change, Event, ExternalRef, Operation
from deskconsole.data.tables.people import Person, PersonMoney, Skill, Team
from deskconsole.data.tables.services import PriceList, PriceMoney, Service
from deskconsole.data.tables.tickets import (
    Attachment,
    Message,
    Status,
    StatusSpan,
    Ticket,
    TicketLine,
    TicketLineMoney,
    TicketSearch,
    TimeEntry,
    TimeEntryMoney,
    Transition,
    WorkTimer,
)

metadata = SQLModel.metadata

__all__ = [
    "NO_DUE",
    "Attachment",
    "CallerKey",
    "Change",
    "Client",
    "Contact",
    "Contract",
    "ContractLine",
    "ContractLineService",
    "ContractVersion",
    "ContractVersionMoney",
    "Equipment",
    "Event",
    "ExternalRef",
    "HourEntry",
    "HourLot",
    "HourLotMoney",
    "HourReservation",
    "LegalEntity",
    "Message",
    "Operation",
    "Payment",
    "PaymentMoney",
    "Person",
    "PersonMoney",
    "PriceList",
    "PriceMoney",
    "Service",
    "Site",
    "Skill",
    "Status",
    "StatusSpan",
    "Team",
    "Ticket",
    "TicketLine",
    "TicketLineMoney",
    "TicketSearch",
    "TimeEntry",
    "TimeEntryMoney",
    "Transition",
    "WorkTimer",
    "metadata",
    "table",
]
