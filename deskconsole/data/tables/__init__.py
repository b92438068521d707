"""The tables of the desk, one module per aggregate."""

from __future__ import annotations

from sqlmodel import SQLModel

from deskconsole.data.tables.alerts import Alert, ClientWait
from deskconsole.data.tables.base import NO_DUE, table
from deskconsole.data.tables.calendars import Absence, PersonCalendar, StoredCalendar
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
from deskconsole.data.tables.people import Person, PersonMoney, Skill, Team, TeamLead
from deskconsole.data.tables.recurring import Occurrence, OccurrenceTicket, Recurring, RecurringUnit
from deskconsole.data.tables.services import PriceList, PriceMoney, Service
from deskconsole.data.tables.settings import Setting
from deskconsole.data.tables.shared import Presence, Seal, Unbooked
from deskconsole.data.tables.sla import SlaBinding, SlaPolicy, SlaTarget, StandingClock, TicketClock
from deskconsole.data.tables.tickets import (
    Attachment,
    ChecklistItem,
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
    "Absence",
    "Alert",
    "Attachment",
    "CallerKey",
    "Change",
    "ChecklistItem",
    "Client",
    "ClientWait",
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
    "Occurrence",
    "OccurrenceTicket",
    "Operation",
    "Payment",
    "PaymentMoney",
    "Person",
    "PersonCalendar",
    "PersonMoney",
    "Presence",
    "PriceList",
    "PriceMoney",
    "Recurring",
    "RecurringUnit",
    "Seal",
    "Service",
    "Setting",
    "Site",
    "Skill",
    "SlaBinding",
    "SlaPolicy",
    "SlaTarget",
    "StandingClock",
    "Status",
    "StatusSpan",
    "StoredCalendar",
    "Team",
    "TeamLead",
    "Ticket",
    "TicketClock",
    "TicketLine",
    "TicketLineMoney",
    "TicketSearch",
    "TimeEntry",
    "TimeEntryMoney",
    "Transition",
    "Unbooked",
    "WorkTimer",
    "metadata",
    "table",
]
