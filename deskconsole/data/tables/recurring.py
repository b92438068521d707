"""Recurring work: templates, the occurrences that came of them, and their tickets."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import RowId
from deskconsole.data.tables.base import Versioned, instant, key, link, owner, owner_key, partial_index
from deskconsole.domain.terms import Priority


class Recurring(Versioned, table=True):
    """A template of recurring work: when (RFC 5545, in local time of its zone), for whom, and the ticket it raises."""

    __table_args__ = (partial_index("ix_recurring_next", "next_raise_at", "id", where="next_raise_at IS NOT NULL"),)
    id: int | None = key()
    name: str = Field(unique=True)
    rules: str  # one a line
    exclusions: str = ""  # one a line
    starts_local: str  # ISO, without offset
    zone: str = ""  # empty = the site's, else the desk's
    ends_on: date | None = None
    lead_days: int = 0
    shift: str = "none"  # domain.occurrences.Shift
    catch_up: str = "latest"  # domain.occurrences.CatchUp
    calendar_id: int | None = link("work_calendar.id", index=False)
    client_id: int | None = link("client.id")
    contract_id: int | None = link("contract.id", index=False)
    site_id: int | None = link("site.id", index=False)
    one_per_unit: bool = False
    subject: str
    body: str = ""
    type: str = "visit"
    priority: int = Priority.NORMAL.value
    service_id: int | None = link("service.id", index=False)
    team_id: int | None = link("team.id", index=False)
    assignee_id: int | None = link("person.id", index=False)
    estimate_minutes: int = 0
    checklist: str = "[]"  # JSON list of texts
    is_paused: bool = False
    trouble: str = ""  # why it is held, or what it leaves out; packed by domain.stored_sentences
    next_nominal: str | None = None  # local ISO time of the next occurrence
    next_raise_at: datetime | None = instant(default=None)
    created_at: datetime = instant()
    created_by_id: int | None = link("person.id", index=False)


class RecurringUnit(SQLModel, table=True):
    """A unit that a template's work is about."""

    __tablename__ = "recurring_unit"
    recurring_id: int = Field(sa_type=RowId, primary_key=True, foreign_key="recurring.id", ondelete="CASCADE")
    equipment_id: int = Field(sa_type=RowId, primary_key=True, foreign_key="equipment.id", ondelete="CASCADE")


class Occurrence(SQLModel, table=True):
    """One moment of a template that was dealt with, once: raised, or skipped by its catch-up policy."""

    __table_args__ = (UniqueConstraint("recurring_id", "nominal"),)
    id: int | None = key()
    recurring_id: int = owner("recurring.id", index=False)
    nominal: str  # local ISO time: the same for every console, whatever zone data it has
    at: datetime = instant()
    shifted_at: datetime = instant()
    state: str  # domain.occurrences.OccurrenceState
    is_late: bool = False
    created_at: datetime = instant()
    reason: str = ""  # why it was skipped; packed by domain.stored_sentences


class OccurrenceTicket(SQLModel, table=True):
    """A ticket that an occurrence raised."""

    __tablename__ = "occurrence_ticket"
    ticket_id: int = owner_key("ticket.id")
    occurrence_id: int = owner("occurrence.id")
