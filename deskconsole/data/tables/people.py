"""People of the service company, their teams and skills."""

from __future__ import annotations

from datetime import date

from sqlmodel import Field, SQLModel

from deskconsole.data.tables.base import Versioned, amount, key, link, owner, owner_key


class Team(Versioned, table=True):
    """A group of people that shares a queue."""

    id: int | None = key()
    name: str = Field(unique=True)
    is_active: bool = True


class Person(Versioned, table=True):
    """Somebody who works at the desk or in the field."""

    id: int | None = key()
    login: str = Field(unique=True)
    name: str
    role: str  # terms.Role
    team_id: int | None = link("team.id")
    phone: str | None = None
    email: str | None = None
    capacity_minutes: int = 480
    is_active: bool = True


class TeamLead(SQLModel, table=True):
    """Who leads a team, and hears of its late tickets before the supervisor does."""

    __tablename__ = "team_lead"
    team_id: int = owner_key("team.id")
    person_id: int = owner("person.id", index=False)


class Skill(SQLModel, table=True):
    """Something a person can do."""

    person_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)


class PersonMoney(SQLModel, table=True):
    """What an hour of a person costs the company from a date on, in minor units."""

    __tablename__ = "person_money"
    id: int | None = key()
    person_id: int = owner("person.id")
    valid_from: date
    hour_cost_minor: int = amount()
    currency: str
