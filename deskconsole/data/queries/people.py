"""Reading people: who there is, what they can do, and how much they have to do today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.ticket_filter import IS_OPEN, T
from deskconsole.data.tables import Person, Skill, Team, TimeEntry, WorkTimer, table
from deskconsole.domain.terms import Role

PERSON, TEAM = table(Person), table(Team)


@dataclass(frozen=True)
class PersonLoad:
    """A person with their work: open tickets, minutes logged today, estimated minutes of what is open."""

    id: int
    login: str
    name: str
    role: Role
    team_id: int | None
    team: str
    skills: tuple[str, ...]
    open_tickets: int
    logged_minutes: int
    estimated_minutes: int
    capacity_minutes: int
    working_on: int | None  # the ticket their timer runs on


@dataclass(frozen=True)
class Named:
    """A row of a small list to choose from."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Timer:
    """A person's running work."""

    ticket_id: int
    started_at: datetime


@of_the_books
def loads(session: Session, *, day_began: datetime) -> tuple[PersonLoad, ...]:
    """Everybody who takes tickets, with their load since `day_began` (the viewer's midnight), by name."""
    entry, timer = table(TimeEntry), table(WorkTimer)
    open_work = {
        row.assignee_id: row
        for row in session.execute(
            select(
                T.c.assignee_id,
                func.count().label("tickets"),
                func.sum(T.c.estimate_minutes).label("minutes"),
            )
            .where(IS_OPEN, T.c.assignee_id.is_not(None))
            .group_by(T.c.assignee_id)
        )
    }
    logged = {
        row.person_id: row.minutes
        for row in session.execute(
            select(entry.c.person_id, func.sum(entry.c.worked_minutes).label("minutes"))
            .where(entry.c.started_at >= day_began)
            .group_by(entry.c.person_id)
        )
    }
    running = {row.person_id: row.ticket_id for row in session.execute(select(timer.c.person_id, timer.c.ticket_id))}
    skills = _skills(session)
    found = session.execute(
        select(PERSON, TEAM.c.name.label("team"))
        .outerjoin_from(PERSON, TEAM, TEAM.c.id == PERSON.c.team_id)
        .where(PERSON.c.is_active, PERSON.c.role.in_((Role.ENGINEER.value, Role.CONTRACTOR.value)))
        .order_by(PERSON.c.name, PERSON.c.id)
    )
    return tuple(
        PersonLoad(
            id=row.id,
            login=row.login,
            name=row.name,
            role=Role(row.role),
            team_id=row.team_id,
            team=row.team or "",
            skills=skills.get(row.id, ()),
            open_tickets=open_work[row.id].tickets if row.id in open_work else 0,
            logged_minutes=int(logged.get(row.id) or 0),
            estimated_minutes=int(open_work[row.id].minutes or 0) if row.id in open_work else 0,
            capacity_minutes=row.capacity_minutes,
            working_on=running.get(row.id),
        )
        for row in found
    )


def everybody(session: Session) -> tuple[Named, ...]:
    """All active people: id, login, name."""
    found = session.execute(
        select(PERSON.c.id, PERSON.c.login, PERSON.c.name).where(PERSON.c.is_active).order_by(PERSON.c.name)
    )
    return tuple(Named(row.id, row.login, row.name) for row in found)


def teams(session: Session) -> tuple[Named, ...]:
    """All active teams."""
    found = session.execute(select(TEAM.c.id, TEAM.c.name).where(TEAM.c.is_active).order_by(TEAM.c.name))
    return tuple(Named(row.id, row.name, row.name) for row in found)


def timer_of(session: Session, person_id: int) -> Timer | None:
    """The person's running timer."""
    timer = table(WorkTimer)
    row = session.execute(select(timer).where(timer.c.person_id == person_id)).first()
    return Timer(row.ticket_id, row.started_at) if row else None


def _skills(session: Session) -> dict[int, tuple[str, ...]]:
    skill = table(Skill)
    found: dict[int, tuple[str, ...]] = {}
    for row in session.execute(select(skill).order_by(skill.c.person_id, skill.c.name)):
        found[row.person_id] = (*found.get(row.person_id, ()), row.name)
    return found
