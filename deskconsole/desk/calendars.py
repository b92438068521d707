"""Calendars as the desk keeps them: making, changing hours, taking in days off; each change moves the SLA clocks.

Each change begins a new edition of the rules (`sla_edition`); open tickets follow by `clock_pass.recompute`, which
the caller starts when it is done with its changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries import calendars as queries
from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.calendars import CalendarRow
from deskconsole.data.tables import StoredCalendar, table
from deskconsole.desk import sla_edition
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.calendar_form import calendar_of, form_of, read_calendar, read_names
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.special_days import DayChange, SpecialDay, with_days
from deskconsole.domain.terms import Role
from deskconsole.domain.text import clean, fold
from deskconsole.domain.worktime import Window, Windows, WorkCalendar

KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
LONGEST_NAME = 80


def put_calendar(desk: Desk, name: str, form: object, *, key: UUID | None = None) -> int:
    """Make a calendar of its JSON form, or put it in the place of the one of that name; returns its id.

    Raises:
        InvalidInput: the name or the form can't be meant.
    """
    calendar, names = read_calendar(form), read_names(form)

    def work(unit: Unit) -> int:
        unit.allow(*KEEPERS)
        return _store(unit, _like(unit.session, name) or _new(name), calendar, names)

    return desk.write("calendar.put", work, key=key)


def set_hours(
    desk: Desk, name: str, *, zone: str | None = None, week: Sequence[Windows] | None = None, key: UUID | None = None
) -> int:
    """Set the zone and the weekdays' hours (Monday first) of a calendar, made if there is none; returns its id.

    None leaves what stands there; the calendar's dates stay.

    Raises:
        InvalidInput: the hours can't be meant, or a new calendar is to have no zone.
    """

    def work(unit: Unit) -> int:
        unit.allow(*KEEPERS)
        row = _like(unit.session, name)
        if row is None:
            if zone is None:
                raise InvalidInput(mark('The calendar "{name}" is new: name its time zone.'), name=clean(name)[:40])
            calendar = WorkCalendar(zone, tuple(week) if week is not None else ((),) * 7)
            return _store(unit, _new(name), calendar, {})
        calendar = calendar_of(row.definition)
        changed = replace(calendar, zone=zone or calendar.zone, week=tuple(week) if week is not None else calendar.week)
        return _store(unit, row, changed, read_names(json.loads(row.definition)))

    return desk.write("calendar.hours", work, key=key)


def add_days(
    desk: Desk, name: str, days: Sequence[SpecialDay], *, overwrite: bool = False, key: UUID | None = None
) -> tuple[DayChange, ...]:
    """Take days off, short days and working weekends into a calendar; returns what changed and what was kept.

    Dates that stand there with other hours keep them unless `overwrite`; no date is taken out.

    Raises:
        NotFound: there is no such calendar.
    """

    def work(unit: Unit) -> list[list[Any]]:
        unit.allow(*KEEPERS)
        row = _named(unit.session, name)
        names = read_names(json.loads(row.definition))
        new = with_days(calendar_of(row.definition), names, days, overwrite=overwrite)
        _store(unit, row, new.calendar, new.names)
        return [
            [change.day.isoformat(), change.name, _plain(change.before), _plain(change.after), change.is_kept]
            for change in new.changes
        ]

    return tuple(
        DayChange(date.fromisoformat(day), called, _windows(before), _windows(after), is_kept)
        for day, called, before, after, is_kept in desk.write("calendar.days", work, key=key)
    )


@of_the_books
def load(session: Session, which: int | str) -> WorkCalendar:
    """The calendar of that id or name; the same definition again is the same object, with what it has worked out.

    Raises:
        NotFound: there is none.
    """
    return calendar_of(stored(session, which).definition)


@of_the_books
def card(session: Session, name: str) -> CalendarRow:
    """The calendar of that name, with who goes by it.

    Raises:
        NotFound: there is none.
    """
    found = _named(session, name).id
    return next(row for row in queries.calendars(session) if row.id == found)


def stored(session: Session, which: int | str) -> StoredCalendar:
    """The calendar's row, by id or name.

    Raises:
        NotFound: there is none; those there are are named.
    """
    if isinstance(which, str):
        return _named(session, which)
    found = session.get(StoredCalendar, which)
    if found is None:
        raise NotFound(mark("There is no calendar {id}."), id=which)
    return found


def _store(unit: Unit, row: StoredCalendar, calendar: WorkCalendar, names: Mapping[date, str]) -> int:
    if calendar.is_never_open:
        raise InvalidInput(
            mark('The calendar "{name}" has no working hours: no deadline would ever come.'), name=row.name
        )
    definition = json.dumps(form_of(calendar, names), ensure_ascii=False)
    if row.id is None or row.definition != definition:
        row.definition = definition
        unit.session.add(row)
        unit.session.flush()
        sla_edition.bump(unit, f"calendar {row.name}")
        unit.changed("calendar", row.id)
    return row.id or 0


def _new(name: str) -> StoredCalendar:
    called = clean(name).strip()
    if not 0 < len(called) <= LONGEST_NAME:
        raise InvalidInput(mark("A calendar has a name of at most {most} characters."), most=LONGEST_NAME)
    return StoredCalendar(name=called, definition="")


def _named(session: Session, name: str) -> StoredCalendar:
    found = _like(session, name)
    if found is None:
        column = table(StoredCalendar).c.name
        names = session.execute(select(column).order_by(column)).scalars()
        raise NotFound(
            mark('There is no calendar "{name}"; there is {names}.'),
            name=clean(name)[:40],
            names=", ".join(names) or "-",
        )
    return found


def _like(session: Session, name: str) -> StoredCalendar | None:
    """The calendar of that name; in other letters, if only one is called so."""
    column = table(StoredCalendar).c
    names = {row.id: row.name for row in session.execute(select(column.id, column.name))}
    wanted = fold(clean(name).strip())
    ids = [one for one, called in names.items() if called == name] or [
        one for one, called in names.items() if fold(called) == wanted
    ]
    return session.get(StoredCalendar, ids[0]) if len(ids) == 1 else None


def _plain(windows: Windows) -> list[list[int]]:
    return [[window.opens, window.closes] for window in windows]


def _windows(plain: list[list[int]]) -> Windows:
    return tuple(Window(opens, closes) for opens, closes in plain)
