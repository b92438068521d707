"""Reading what tickets ask of the person who takes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.ticket_filter import T
from deskconsole.data.tables import Service, table
from deskconsole.domain.suggestion import Need


def need_of(session: Session, ticket_ids: Sequence[int]) -> Need:
    """The skills of all their services, the team if it is one and the same, and who has them now."""
    service = table(Service)
    found = session.execute(
        select(T.c.team_id, T.c.assignee_id, service.c.skill)
        .outerjoin_from(T, service, service.c.id == T.c.service_id)
        .where(T.c.id.in_(ticket_ids))
    ).all()
    teams = {row.team_id for row in found}
    holders = {row.assignee_id for row in found}
    return Need(
        skills=frozenset(row.skill for row in found if row.skill),
        team_id=teams.pop() if len(teams) == 1 else None,
        held_by=frozenset(holders) if None not in holders else frozenset(),
    )
