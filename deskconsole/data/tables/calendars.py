"""Business time: calendars, whose hours they are, and when people are away."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from deskconsole.data.tables.base import Versioned, instant, key, link, owner, owner_key


class StoredCalendar(Versioned, table=True):
    """A calendar by its name; `definition` is the JSON form of docs/sla.md."""

    __tablename__ = "work_calendar"
    id: int | None = key()
    name: str = Field(unique=True)
    definition: str


class PersonCalendar(SQLModel, table=True):
    """The hours a person works; without a row, the desk does not know them."""

    __tablename__ = "person_calendar"
    person_id: int = owner_key("person.id")
    calendar_id: int = owner("work_calendar.id", index=False)


class Absence(SQLModel, table=True):
    """Days on which a person is away, the first and the last one included."""

    id: int | None = key()
    person_id: int = owner("person.id")
    first_day: date
    last_day: date
    reason: str = ""
    created_at: datetime = instant()
    created_by_id: int | None = link("person.id", index=False)
