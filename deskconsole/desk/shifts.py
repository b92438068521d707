"""When people work: whose calendar is theirs, and the days they are away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import Session

from deskconsole.data.queries.calendars import absences, definition_of_person
from deskconsole.data.tables import Absence, Person, PersonCalendar
from deskconsole.desk import calendars
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.calendar_form import calendar_of
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Role
from deskconsole.domain.text import clean
from deskconsole.domain.worktime import WorkCalendar

KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)
LONGEST_ABSENCE = 3 * 366  # days; a parent's leave
LONGEST_REASON = 200


def set_calendar(desk: Desk, person_id: int, calendar: str | None, *, key: UUID | None = None) -> bool:
    """Let a person work by the calendar of that name (None: the desk does not know); False when it was so already.

    Raises:
        NotFound: there is no such person or calendar.
    """

    def work(unit: Unit) -> bool:
        unit.allow(*KEEPERS)
        _need_person(unit.session, person_id)
        chosen = calendars.stored(unit.session, calendar).id if calendar is not None else None
        row = unit.session.get(PersonCalendar, person_id)
        if (row.calendar_id if row is not None else None) == chosen:
            return False
        if row is not None and chosen is None:
            unit.session.delete(row)
        elif chosen is not None:
            unit.session.merge(PersonCalendar(person_id=person_id, calendar_id=chosen))
        unit.changed("person", person_id)
        return True

    return desk.write("person.calendar", work, key=key)


def add_absence(
    desk: Desk, person_id: int, first_day: date, last_day: date, *, reason: str = "", key: UUID | None = None
) -> int:
    """Write down that a person is away from `first_day` through `last_day`; returns the absence's id.

    Raises:
        InvalidInput: it ends before it starts, lasts for years, or meets another one of the same person.
        NotFound: there is no such person.
    """

    def work(unit: Unit) -> int:
        unit.allow(*KEEPERS)
        _need_person(unit.session, person_id)
        if last_day < first_day:
            raise InvalidInput(
                mark("The absence ends on {last}, before it starts on {first}."), first=first_day, last=last_day
            )
        if (last_day - first_day).days >= LONGEST_ABSENCE:
            raise InvalidInput(mark("An absence lasts at most {most} days."), most=LONGEST_ABSENCE)
        for known in absences(unit.session, person_id, since=first_day):
            if known.first_day <= last_day:
                raise InvalidInput(
                    mark("{person} is away from {first} to {last} already (absence {id})."),
                    person=known.person,
                    first=known.first_day,
                    last=known.last_day,
                    id=known.id,
                )
        absence = Absence(
            person_id=person_id,
            first_day=first_day,
            last_day=last_day,
            reason=clean(reason).strip()[:LONGEST_REASON],
            created_at=unit.now,
            created_by_id=unit.actor.id,
        )
        unit.session.add(absence)
        unit.session.flush()
        unit.changed("person", person_id)
        return absence.id or 0

    return desk.write("person.absence", work, key=key)


def remove_absence(desk: Desk, absence_id: int, *, key: UUID | None = None) -> int:
    """Strike out an absence; returns whose it was.

    Raises:
        NotFound: there is none of that number.
    """

    def work(unit: Unit) -> int:
        unit.allow(*KEEPERS)
        absence = unit.session.get(Absence, absence_id)
        if absence is None:
            raise NotFound(mark("There is no absence {id}."), id=absence_id)
        unit.session.delete(absence)
        unit.changed("person", absence.person_id)
        return absence.person_id

    return desk.write("person.present", work, key=key)


def working_calendar(session: Session, person_id: int) -> WorkCalendar | None:
    """When a person works: the calendar, closed on the days away; None if the desk does not know their hours."""
    definition = definition_of_person(session, person_id)
    if definition is None:
        return None
    calendar = calendar_of(definition)
    away = {
        absence.first_day + timedelta(days=place)
        for absence in absences(session, person_id)
        for place in range((absence.last_day - absence.first_day).days + 1)
    }
    return replace(calendar, days={**calendar.days, **dict.fromkeys(away, ())}) if away else calendar


def _need_person(session: Session, person_id: int) -> None:
    """Find the person and hold their row: two absences at once must not miss each other.

    Raises:
        NotFound: there is no such person.
    """
    if session.get(Person, person_id, with_for_update=True) is None:
        raise NotFound(mark("There is no person {id}."), id=person_id)
