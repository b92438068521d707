"""Reading the calendars of the desk, whose hours they are, and who is away when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import Absence, Person, PersonCalendar, SlaPolicy, StoredCalendar, table

CALENDAR, WHOSE, AWAY, PERSON = table(StoredCalendar), table(PersonCalendar), table(Absence), table(Person)


@dataclass(frozen=True)
class CalendarRow:
    """A calendar, its JSON form (docs/sla.md), how many policies run on it and how many people work by it."""

    id: int
    name: str
    definition: str
    policies: int
    people: int


@dataclass(frozen=True)
class AbsenceRow:
    """Days on which a person is away, the first and the last one included."""

    id: int
    person_id: int
    login: str
    person: str
    first_day: date
    last_day: date
    reason: str


@of_the_books
def calendars(session: Session) -> tuple[CalendarRow, ...]:
    """All calendars by name."""
    policy = table(SlaPolicy)
    policies = select(func.count()).where(policy.c.calendar_id == CALENDAR.c.id).scalar_subquery()
    people = select(func.count()).where(WHOSE.c.calendar_id == CALENDAR.c.id).scalar_subquery()
    rows = session.execute(
        select(CALENDAR, policies.label("policies"), people.label("people")).order_by(CALENDAR.c.name, CALENDAR.c.id)
    )
    return tuple(CalendarRow(row.id, row.name, row.definition, row.policies, row.people) for row in rows)


def definition_of_person(session: Session, person_id: int) -> str | None:
    """The form of the calendar a person works by; None if the desk knows none."""
    query = select(CALENDAR.c.definition).join(WHOSE, WHOSE.c.calendar_id == CALENDAR.c.id)
    return session.execute(query.where(WHOSE.c.person_id == person_id)).scalar()


@of_the_books
def absences(session: Session, person_id: int | None = None, *, since: date | None = None) -> tuple[AbsenceRow, ...]:
    """The absences of a person or of everybody, those over before `since` left out, by their first day."""
    query = select(AWAY, PERSON.c.login, PERSON.c.name).join(PERSON, PERSON.c.id == AWAY.c.person_id)
    if person_id is not None:
        query = query.where(AWAY.c.person_id == person_id)
    if since is not None:
        query = query.where(AWAY.c.last_day >= since)
    rows = session.execute(query.order_by(AWAY.c.first_day, AWAY.c.id))
    return tuple(
        AbsenceRow(row.id, row.person_id, row.login, row.name, row.first_day, row.last_day, row.reason) for row in rows
    )
