"""SLA policies, what they are bound to, and the clocks of tickets as last derived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import RowId
from deskconsole.data.tables.base import Versioned, instant, key, link, owner, partial_index


class SlaPolicy(Versioned, table=True):
    """What is promised; without a calendar of its own it runs on the desk's."""

    __tablename__ = "sla_policy"
    id: int | None = key()
    name: str = Field(unique=True)
    calendar_id: int | None = link("work_calendar.id", index=False)
    warn_percents: str = "50 75 90 100"  # of the target, in business time
    is_active: bool = True


class SlaTarget(SQLModel, table=True):
    """The working minutes a policy gives one clock, for tickets of these kinds (empty: any)."""

    __tablename__ = "sla_target"
    id: int | None = key()
    policy_id: int = owner("sla_policy.id")
    clock: str  # terms.SlaClock
    minutes: int
    priority: int | None = None
    ticket_type: str = ""
    service_id: int | None = link("service.id", index=False)


class SlaBinding(SQLModel, table=True):
    """For whom a policy holds: one row of the level's table, a client category, or (default) everybody."""

    __tablename__ = "sla_binding"
    id: int | None = key()
    policy_id: int = owner("sla_policy.id")
    level: str  # domain.sla_policy.Level
    row_id: int | None = Field(default=None, sa_type=RowId)
    category: str = ""


class StandingClock(SQLModel, table=True):
    """A clock that stands while a ticket is in a status."""

    __tablename__ = "standing_clock"
    status: str = Field(primary_key=True, foreign_key="status.code", ondelete="CASCADE")
    clock: str = Field(primary_key=True)  # terms.SlaClock


class TicketClock(SQLModel, table=True):
    """One clock of a ticket as last derived from its history (domain.sla); `due_at` only while it runs.

    `due_version` grows when a due moves out and warnings are armed again; `warned_percent` is the highest warning
    raised in this version; `next_check_at` is the instant of the next one.
    """

    __tablename__ = "sla_clock"
    __table_args__ = (
        partial_index("ix_sla_clock_check", "next_check_at", "ticket_id", where="next_check_at IS NOT NULL"),
        Index("ix_sla_clock_promised", "promised_at", "ticket_id"),
        Index("ix_sla_clock_state", "state", "clock", "ticket_id"),
    )
    ticket_id: int = Field(sa_type=RowId, primary_key=True, foreign_key="ticket.id", ondelete="CASCADE")
    clock: str = Field(primary_key=True)
    policy_id: int | None = link("sla_policy.id", index=False)  # None = a due typed by hand
    level: str = ""
    target_seconds: int
    state: str  # terms.ClockState
    started_at: datetime = instant()
    ended_at: datetime | None = instant(default=None)
    due_at: datetime | None = instant(default=None)
    promised_at: datetime | None = instant(default=None)
    left_seconds: int  # when it was last derived; exact while it is paused or stopped
    is_breached: bool = False
    due_version: int = 1
    warned_percent: int = 0
    next_check_at: datetime | None = instant(default=None)
