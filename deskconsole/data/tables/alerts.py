"""Alerts that were raised, and tickets that wait for a silent client."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from deskconsole.data.tables.base import instant, key, link, owner, owner_key, partial_index


class Alert(SQLModel, table=True):
    """A warning, raised once; it rings until somebody acknowledges it, or its ticket needs it no more.

    `person_id` None = everybody of the `audience`. `held_until`: nobody is on duty in the quiet hours.
    """

    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "clock", "percent", "due_version"),
        partial_index("ix_alert_open", "raised_at", "id", where="acknowledged_at IS NULL"),
        partial_index("ix_alert_ring", "next_ring_at", "id", where="next_ring_at IS NOT NULL"),
    )
    id: int | None = key()
    kind: str  # terms.AlertKind
    ticket_id: int = owner("ticket.id", index=False)
    clock: str = ""
    percent: int = 0
    due_version: int = 0
    audience: str  # terms.Audience
    person_id: int | None = link("person.id", index=False)
    due_at: datetime | None = instant(default=None)
    raised_at: datetime = instant()
    is_loud: bool = True  # a lower warning of the same moment is kept, but does not ring
    held_until: datetime | None = instant(default=None)
    rings: int = 1
    next_ring_at: datetime | None = instant(default=None)
    acknowledged_at: datetime | None = instant(default=None)
    acknowledged_by_id: int | None = link("person.id", index=False)
    muted_at: datetime | None = instant(default=None)
    muted_by_id: int | None = link("person.id", index=False)


class ClientWait(SQLModel, table=True):
    """A ticket that waits for its client since we spoke last: how often we reminded, and when we act next."""

    __tablename__ = "client_wait"
    __table_args__ = (partial_index("ix_client_wait_next", "next_at", where="next_at IS NOT NULL"),)
    ticket_id: int = owner_key("ticket.id")
    since: datetime = instant()
    reminders: int = 0
    next_at: datetime | None = instant(default=None)
