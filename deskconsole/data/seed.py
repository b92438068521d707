"""What every new desk starts with: the workflow's statuses, which clocks stand in them, and a few services."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from deskconsole.data.tables import Service, StandingClock, Status, Transition, table
from deskconsole.domain.sentences import mark
from deskconsole.domain.sla import DEFAULT_STANDS
from deskconsole.domain.workflow import DEFAULT_WORKFLOW

SERVICES = (
    ("repair", mark("Repair"), "", 60, "hours"),
    ("maintenance", mark("Maintenance"), "", 90, "hours"),
    ("installation", mark("Installation"), "", 120, "money"),
    ("consultation", mark("Consultation"), "", 20, "hours"),
    ("update", mark("Update"), "", 15, "free"),
)


def seed(connection: Connection) -> None:
    """Write the starting rows."""
    connection.execute(
        insert(table(Status)),
        [
            {
                "code": status.code,
                "name": status.name,
                "category": status.category.value,
                "position": status.position,
            }
            for status in DEFAULT_WORKFLOW.statuses
        ],
    )
    connection.execute(
        insert(table(Transition)),
        [
            {
                "ticket_type": move.ticket_type,
                "from_status": move.from_status,
                "to_status": move.to_status,
                "guards": " ".join(sorted(move.guards)),
            }
            for move in DEFAULT_WORKFLOW.transitions
        ],
    )
    connection.execute(
        insert(table(StandingClock)),
        [
            {"status": status.code, "clock": clock.value}
            for status in DEFAULT_WORKFLOW.statuses
            for clock in sorted(DEFAULT_STANDS.get(status.category, ()))
        ],
    )
    connection.execute(
        insert(table(Service)),
        [
            {
                "code": code,
                "name": name,
                "skill": skill,
                "estimate_minutes": minutes,
                "tariff_mode": mode,
                "version": 1,
                "is_active": True,
            }
            for code, name, skill, minutes, mode in SERVICES
        ],
    )
