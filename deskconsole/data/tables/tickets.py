"""Tickets and all that hangs on one: lines, messages, attachments, time, status spans."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import RowId
from deskconsole.data.tables.base import NO_DUE, Versioned, amount, instant, key, link, owner, owner_key, partial_index
from deskconsole.domain.terms import Category, Channel, LineState, Priority, Visibility

OPEN = "is_open"
NOT_COVERED = "is_open AND NOT is_covered"
UNASSIGNED = "is_open AND assignee_id IS NULL"
ASSIGNED = "is_open AND assignee_id IS NOT NULL"
BREACHED = "is_open AND is_breached"
RESOLVED = "resolved_at IS NOT NULL"
UNREAD = "is_open AND first_opened_at IS NULL"


class Status(SQLModel, table=True):
    """A status people see, over one of the fixed categories."""

    code: str = Field(primary_key=True)
    name: str
    category: str  # terms.Category
    position: int


class Transition(SQLModel, table=True):
    """A move between statuses that is allowed, and the guards on it."""

    id: int | None = key()
    ticket_type: str  # "*" = every type
    from_status: str | None = None  # None = from any
    to_status: str
    guards: str = ""  # names, separated by spaces


class Ticket(Versioned, table=True):
    """A job asked for: what, for whom, on which unit, how urgent, who has it, until when."""

    __table_args__ = (
        # The queue's own orders; each saved view reads the head of one of these.
        partial_index("ix_ticket_queue_due", "next_due", "id", where=OPEN),
        partial_index("ix_ticket_queue_priority", "priority", "next_due", "id", where=OPEN),
        partial_index("ix_ticket_queue_created", "created_at", "id", where=OPEN),
        partial_index("ix_ticket_queue_assignee", "assignee_id", "next_due", "id", "estimate_minutes", where=ASSIGNED),
        partial_index("ix_ticket_queue_category", "category", "next_due", "id", where=OPEN),
        partial_index("ix_ticket_queue_uncovered", "created_at", "id", where=NOT_COVERED),
        partial_index("ix_ticket_queue_unassigned", "priority", "next_due", "id", where=UNASSIGNED),
        partial_index("ix_ticket_queue_breached", "next_due", "id", where=BREACHED),
        partial_index("ix_ticket_breached", "next_due", "id", where="is_breached"),
        partial_index("ix_ticket_sla_edition", "sla_edition", "id", where=OPEN),
        partial_index("ix_ticket_unread", "created_at", "id", where=UNREAD),
        partial_index("ix_ticket_resolved", "resolved_at", "category", "is_breached", "id", where=RESOLVED),
        Index("ix_ticket_created", "created_at", "id"),
        Index("ix_ticket_updated", "updated_at", "id"),
        Index("ix_ticket_client", "client_id", "created_at"),
        Index("ix_ticket_equipment", "equipment_id", "created_at"),
    )

    id: int | None = key()
    type: str = "incident"
    subject: str
    channel: str = Channel.PHONE.value
    priority: int = Priority.NORMAL.value
    status: str = Field(foreign_key="status.code")
    category: str  # of the status; kept here so that the queue's indexes can use it
    is_open: bool = True  # of the category
    client_id: int | None = link("client.id", index=False)
    site_id: int | None = link("site.id", index=False)
    contact_id: int | None = link("contact.id", index=False)
    caller: str = ""  # who called, when no contact stands for them
    equipment_id: int | None = link("equipment.id", index=False)
    service_id: int | None = link("service.id", index=False)
    team_id: int | None = link("team.id", index=False)
    assignee_id: int | None = link("person.id", index=False)
    contract_version_id: int | None = link("contract_version.id", index=False)
    contract_line_id: int | None = link("contract_line.id", index=False)
    coverage: str | None = None  # terms.Coverage; None = nobody judged it (imported history)
    is_covered: bool = True
    policy: str | None = None  # terms.Policy picked when not covered
    due_at: datetime | None = instant(default=None)  # typed or imported
    wished_at: datetime | None = instant(default=None)
    planned_at: datetime | None = instant(default=None)
    next_due: datetime = instant(default=NO_DUE)
    next_clock: str = ""  # whose due `next_due` is, or who is paused: terms.SlaClock; empty = no clock of an SLA
    paused_seconds: int | None = None  # left on `next_clock` while no clock runs and this one is paused
    is_breached: bool = False  # a clock ended too late, or was overdue when last derived
    sla_edition: int = 0  # of the rules its clocks were last derived by (desk.sla_edition)
    estimate_minutes: int = 0
    created_at: datetime = instant()
    created_by_id: int | None = link("person.id", index=False)
    updated_at: datetime = instant()
    first_opened_at: datetime | None = instant(default=None)
    arrived_at: datetime | None = instant(default=None)
    resolved_at: datetime | None = instant(default=None)
    closed_at: datetime | None = instant(default=None)
    merged_into_id: int | None = link("ticket.id", index=False)

    def take_status(self, code: str, category: Category) -> None:
        """Stand in a status, with the category and openness that follow from it."""
        self.status, self.category, self.is_open = code, category.value, category.is_open


class TicketSearch(SQLModel, table=True):
    """The folded words of a ticket (domain.text.words): what full-text search looks in."""

    __tablename__ = "ticket_search"
    ticket_id: int = owner_key("ticket.id")
    words: str


class TicketLine(Versioned, table=True):
    """A service done or to be done on a ticket, with its own tariff."""

    __tablename__ = "ticket_line"
    id: int | None = key()
    ticket_id: int = owner("ticket.id")
    service_id: int = Field(sa_type=RowId, foreign_key="service.id")
    quantity: int = 1
    mode: str  # terms.TariffMode
    minutes: int = 0  # planned while planned, charged once performed
    state: str = LineState.PLANNED.value
    performed_at: datetime | None = instant(default=None)
    note: str = ""


class TicketLineMoney(SQLModel, table=True):
    """The price frozen on a line when it was performed, in minor units."""

    __tablename__ = "ticket_line_money"
    line_id: int = owner_key("ticket_line.id")
    unit_price_minor: int = amount()
    currency: str
    price_list_id: int | None = link("price_list.id", index=False)


class Message(SQLModel, table=True):
    """Something said on a ticket: the request itself, an answer, an internal note."""

    id: int | None = key()
    ticket_id: int = owner("ticket.id")
    at: datetime = instant()
    person_id: int | None = link("person.id", index=False)  # None = the client
    author: str = ""
    visibility: str = Visibility.PUBLIC.value
    channel: str = Channel.CONSOLE.value
    is_automatic: bool = False  # sent by a rule: no clock takes it for an answer
    body: str


class Attachment(SQLModel, table=True):
    """A file on a ticket; its bytes stand beside the database under their hash."""

    id: int | None = key()
    ticket_id: int = owner("ticket.id")
    message_id: int | None = link("message.id", index=False)
    name: str
    media_type: str = ""
    size: int
    sha256: str = Field(index=True)
    at: datetime = instant()
    person_id: int | None = link("person.id", index=False)


class TimeEntry(SQLModel, table=True):
    """Minutes a person worked on a ticket and minutes charged for it; corrected by a reversing entry."""

    __tablename__ = "time_entry"
    __table_args__ = (Index("ix_time_entry_person", "person_id", "started_at"),)
    id: int | None = key()
    ticket_id: int = owner("ticket.id")
    line_id: int | None = link("ticket_line.id", index=False)
    person_id: int | None = link("person.id", index=False)
    started_at: datetime = instant()
    worked_minutes: int  # negative on a reversing entry
    charged_minutes: int
    note: str = ""
    at: datetime = instant()
    reverses_id: int | None = Field(default=None, sa_type=RowId, foreign_key="time_entry.id", unique=True)


class TimeEntryMoney(SQLModel, table=True):
    """The person's cost rate in force when the time was worked; no row = uncosted hours."""

    __tablename__ = "time_entry_money"
    entry_id: int = owner_key("time_entry.id")
    hour_cost_minor: int = amount()
    currency: str


class WorkTimer(SQLModel, table=True):
    """The one piece of work a person has running."""

    __tablename__ = "work_timer"
    person_id: int = owner_key("person.id")
    ticket_id: int = owner("ticket.id")
    started_at: datetime = instant()


class StatusSpan(SQLModel, table=True):
    """How long a ticket stood in a status; the last span of a ticket is open-ended."""

    __tablename__ = "status_span"
    __table_args__ = (Index("ix_status_span_ticket", "ticket_id", "began_at"),)
    id: int | None = key()
    ticket_id: int = owner("ticket.id", index=False)
    status: str
    category: str
    began_at: datetime = instant()
    ended_at: datetime | None = instant(default=None)


class ChecklistItem(SQLModel, table=True):
    """Something to be done on a ticket, ticked off by whoever did it."""

    __tablename__ = "checklist_item"
    id: int | None = key()
    ticket_id: int = owner("ticket.id")
    position: int
    text: str
    done_at: datetime | None = instant(default=None)
    done_by_id: int | None = link("person.id", index=False)
