"""Reading how much work stands before each person today, for the live board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, select
from sqlmodel import Session

from deskconsole.data.queries.ticket_filter import IS_OPEN, T
from deskconsole.data.tables import Absence, Person, PersonCalendar, StoredCalendar, TimeEntry, WorkTimer, table
from deskconsole.domain.board import Day, Load
from deskconsole.domain.calendar_form import calendar_of
from deskconsole.domain.terms import Role

TAKES_TICKETS = (Role.ENGINEER.value, Role.CONTRACTOR.value)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Work:
    """All open tickets, those of nobody, and everybody who takes tickets, who has most for today first."""

    open: int
    unassigned: int
    people: tuple[Load, ...]


def loads(session: Session, day: Day) -> Work:
    """Who has how much to do on a day."""
    is_today = case((T.c.next_due < day.ends, T.c.estimate_minutes), else_=0)
    assigned = {
        row.assignee_id: row
        for row in session.execute(
            select(T.c.assignee_id, func.count().label("tickets"), func.sum(is_today).label("minutes"))
            .where(IS_OPEN, T.c.assignee_id.is_not(None))
            .group_by(T.c.assignee_id)
        )
    }
    nobodys = select(func.count()).select_from(T).where(IS_OPEN, T.c.assignee_id.is_(None))
    unassigned = int(session.execute(nobodys).scalar_one())
    worked, hours = _worked(session, day), _hours(session, day)
    timer, person = table(WorkTimer), table(Person)
    found = session.execute(
        select(person.c.id, person.c.name, person.c.capacity_minutes, timer.c.ticket_id.label("working_on"))
        .outerjoin_from(person, timer, timer.c.person_id == person.c.id)
        .where(person.c.is_active, person.c.role.in_(TAKES_TICKETS))
    )
    people = [
        Load(
            person_id=row.id,
            name=row.name,
            open=assigned[row.id].tickets if row.id in assigned else 0,
            worked=worked.get(row.id, 0),
            estimated=int(assigned[row.id].minutes or 0) if row.id in assigned else 0,
            capacity=min(row.capacity_minutes, hours.get(row.id, row.capacity_minutes)),
            is_working=row.working_on is not None,
        )
        for row in found
    ]
    return Work(
        open=unassigned + sum(row.tickets for row in assigned.values()),
        unassigned=unassigned,
        people=tuple(sorted(people, key=lambda load: (-load.share, -load.open, load.name, load.person_id))),
    )


def _worked(session: Session, day: Day) -> dict[int, int]:
    """Minutes logged for work of the day, by person."""
    entry = table(TimeEntry)
    found = session.execute(
        select(entry.c.person_id, func.sum(entry.c.worked_minutes).label("minutes"))
        .where(entry.c.started_at >= day.began, entry.c.started_at < day.ends)
        .group_by(entry.c.person_id)
    )
    return {row.person_id: int(row.minutes or 0) for row in found}


def _hours(session: Session, day: Day) -> dict[int, int]:
    """Minutes of the day in which a person works, of those the desk knows it of: by calendar, none when away."""
    calendar, whose, away = table(StoredCalendar), table(PersonCalendar), table(Absence)
    minutes = {
        row.id: calendar_of(row.definition).between(day.began, day.ends) // MINUTE
        for row in session.execute(
            select(calendar.c.id, calendar.c.definition).where(calendar.c.id.in_(select(whose.c.calendar_id)))
        )
    }
    found = {row.person_id: minutes[row.calendar_id] for row in session.execute(select(whose))}
    absent = select(away.c.person_id).where(away.c.first_day <= day.date, away.c.last_day >= day.date)
    return {**found, **dict.fromkeys(session.execute(absent).scalars(), 0)}
