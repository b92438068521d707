"""The columns that some roles may write, where not all of them."""

from __future__ import annotations

OWN_JOB = (
    "status",
    "category",
    "is_open",
    "first_opened_at",
    "arrived_at",
    "resolved_at",
    "closed_at",
    "updated_at",
    "version",
)
"""Of a ticket: what a contractor's work on the own job moves."""
TICKET_WORK = (
    *OWN_JOB,
    "site_id",
    "equipment_id",
    "service_id",
    "contract_version_id",
    "contract_line_id",
    "coverage",
    "is_covered",
    "team_id",
    "assignee_id",
    "wished_at",
    "planned_at",
    "next_due",
    "next_clock",
    "paused_seconds",
    "is_breached",
    "sla_edition",
)
"""Of a ticket: what an engineer's work moves, with the clocks that follow; never the client, the urgency or the due."""
ALERT_ANSWER = ("acknowledged_at", "acknowledged_by_id", "next_ring_at", "muted_at", "muted_by_id", "held_until")
"""Of an alert: that somebody took note of it, or silenced it."""
PERSON_FACTS = ("name", "team_id", "phone", "email", "capacity_minutes", "version")
"""Of a person: all but who they are to the server (login, role, whether they work here)."""
OWN_HISTORY = ("", "message", "attachment", "status", "time_entry", "timer", "checklist")
"""The fields that a contractor's lines of history speak of."""
LINE_STATE = ("state", "performed_at", "version")
"""Of a ticket's line: that it was done or struck; what it is stands."""
