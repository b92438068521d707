"""Reading the SLA policies of the desk, what they are bound to, and what an explanation names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import (
    Client,
    Contract,
    ContractLine,
    ContractVersion,
    Event,
    Service,
    Site,
    SlaBinding,
    SlaPolicy,
    SlaTarget,
    StandingClock,
    Status,
    StoredCalendar,
    Ticket,
    table,
)
from deskconsole.domain.sla_policy import Level
from deskconsole.domain.terms import ENDED, Category, SlaClock

DUE_MOVES = ("sla", "due")
"""Rule and verb of the history lines that say where a due went, as `desk.clocks` writes them."""


@dataclass(frozen=True)
class TargetRow:
    """The working minutes for one clock, for tickets of a priority, type and service (None or "": any)."""

    clock: SlaClock
    minutes: int
    priority: int | None
    ticket_type: str
    service: str  # its code


@dataclass(frozen=True)
class BindingRow:
    """For whom a policy holds: `row_id` in the level's table or a client category, and what people call it."""

    level: Level
    row_id: int | None
    category: str
    name: str


@dataclass(frozen=True)
class PolicyRow:
    """A policy whole; `calendar` is empty where it runs on the desk's own."""

    id: int
    name: str
    calendar: str
    warn_percents: tuple[int, ...]
    is_active: bool
    targets: tuple[TargetRow, ...]
    bindings: tuple[BindingRow, ...]


@dataclass(frozen=True)
class StandingRow:
    """A status and the clocks that stand in it; in an ended one all do, and that can't be changed."""

    status: str
    name: str
    category: Category
    clocks: tuple[SlaClock, ...]


@dataclass(frozen=True)
class Place:
    """What an explanation says of a ticket besides its clocks; `site_zone` is empty where the site has none."""

    subject: str
    assignee_id: int | None
    site_zone: str


@dataclass(frozen=True)
class DueMove:
    """The due of a clock went from one instant to another (None: it had none), by whom and why.

    `rule` is empty where a person typed the time.
    """

    at: datetime
    clock: SlaClock
    old: datetime | None
    new: datetime | None
    actor: str
    rule: str
    reason: str


@of_the_books
def policies(session: Session) -> tuple[PolicyRow, ...]:
    """Every policy, in use or not, by name; four queries and one for each level in use."""
    policy, calendar, target, service = table(SlaPolicy), table(StoredCalendar), table(SlaTarget), table(Service)
    targets: dict[int, list[TargetRow]] = defaultdict(list)
    for row in session.execute(
        select(target, service.c.code)
        .outerjoin_from(target, service, service.c.id == target.c.service_id)
        .order_by(target.c.id)
    ):
        found = TargetRow(SlaClock(row.clock), row.minutes, row.priority, row.ticket_type, row.code or "")
        targets[row.policy_id].append(found)
    bindings = _bindings(session)
    rows = session.execute(
        select(policy, calendar.c.name.label("calendar"))
        .outerjoin_from(policy, calendar, calendar.c.id == policy.c.calendar_id)
        .order_by(policy.c.name)
    )
    return tuple(
        PolicyRow(
            id=row.id,
            name=row.name,
            calendar=row.calendar or "",
            warn_percents=tuple(int(part) for part in row.warn_percents.split()),
            is_active=row.is_active,
            targets=tuple(targets[row.id]),
            bindings=tuple(bindings[row.id]),
        )
        for row in rows
    )


@of_the_books
def standing(session: Session) -> tuple[StandingRow, ...]:
    """The statuses in their order, with the clocks that stand in each."""
    status, clock = table(Status), table(StandingClock)
    stored: dict[str, set[str]] = defaultdict(set)
    for row in session.execute(select(clock)):
        stored[row.status].add(row.clock)
    found = []
    for row in session.execute(select(status).order_by(status.c.position)):
        category = Category(row.category)
        clocks = tuple(one for one in SlaClock if category in ENDED or one.value in stored[row.code])
        found.append(StandingRow(row.code, row.name, category, clocks))
    return tuple(found)


def calendars(session: Session) -> dict[int, str]:
    """The names of the calendars."""
    calendar = table(StoredCalendar)
    return {row.id: row.name for row in session.execute(select(calendar.c.id, calendar.c.name))}


def policy_heads(session: Session) -> dict[int, tuple[str, int | None]]:
    """The name and the calendar of each policy, in use or not."""
    policy = table(SlaPolicy)
    rows = session.execute(select(policy.c.id, policy.c.name, policy.c.calendar_id))
    return {row.id: (row.name, row.calendar_id) for row in rows}


def status_names(session: Session) -> dict[str, str]:
    """What the statuses are called."""
    status = table(Status)
    return {row.code: row.name for row in session.execute(select(status.c.code, status.c.name))}


def service_names(session: Session) -> dict[int, str]:
    """What the services are called."""
    service = table(Service)
    return {row.id: row.name for row in session.execute(select(service.c.id, service.c.name))}


def place_of(session: Session, ticket_id: int) -> Place | None:
    """What a ticket is called, whose it is and in which zone its site lies; None without such a ticket."""
    ticket, site = table(Ticket), table(Site)
    row = session.execute(
        select(ticket.c.subject, ticket.c.assignee_id, site.c.zone)
        .outerjoin_from(ticket, site, site.c.id == ticket.c.site_id)
        .where(ticket.c.id == ticket_id)
    ).first()
    return None if row is None else Place(row.subject, row.assignee_id, row.zone or "")


def due_moves(session: Session, ticket_id: int) -> tuple[DueMove, ...]:
    """Every move of a due that the history tells, derived or typed by hand, oldest first."""
    event = table(Event)
    rule, verb = DUE_MOVES
    derived = (event.c.rule == rule) & (event.c.verb == verb) & event.c.field.in_(tuple(SlaClock))
    rows = session.execute(
        select(event)
        .where(event.c.ticket_id == ticket_id, derived | (event.c.field == "due_at"))
        .order_by(event.c.at, event.c.id)
    )
    return tuple(
        DueMove(
            at=row.at,
            clock=SlaClock.RESOLUTION if row.field == "due_at" else SlaClock(row.field),
            old=_instant(row.old),
            new=_instant(row.new),
            actor=row.actor,
            rule="" if row.field == "due_at" else row.rule,
            reason=row.reason,
        )
        for row in rows
    )


def _instant(text: str) -> datetime | None:
    """The instant a line of history names; None for none, and for what somebody wrote by hand that is no instant."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 1 < found.year < 9999 else None  # else no zone can show it


def _bindings(session: Session) -> dict[int, list[BindingRow]]:
    """The bindings of each policy, the most specific first."""
    binding = table(SlaBinding)
    rows = session.execute(select(binding).order_by(binding.c.id)).all()
    names = {level: _names(session, level, [row.row_id for row in rows if row.level == level]) for level in Level}
    found: dict[int, list[BindingRow]] = defaultdict(list)
    for level in Level:
        for row in rows:
            if row.level == level:
                name = row.category or names[level].get(row.row_id, "")
                found[row.policy_id].append(BindingRow(level, row.row_id, row.category, name))
    return found


def _names(session: Session, level: Level, ids: list[int | None]) -> dict[int | None, str]:
    """What the rows of a level's table are called."""
    line, version = table(ContractLine), table(ContractVersion)
    client, contract, service = table(Client), table(Contract), table(Service)
    if not ids or level in {Level.CATEGORY, Level.DEFAULT}:
        return {}
    plain: dict[Level, tuple[Table, Any]] = {
        Level.CLIENT: (client, client.c.name),
        Level.CONTRACT: (contract, contract.c.number),
        Level.SERVICE: (service, service.c.name),
    }
    if level in plain:
        owner, name = plain[level]
        query = select(owner.c.id, name.label("name")).where(owner.c.id.in_(ids))
    else:
        query = (
            select(line.c.id, contract.c.number.label("name"))
            .join_from(line, version, version.c.id == line.c.version_id)
            .join(contract, contract.c.id == version.c.contract_id)
            .where(line.c.id.in_(ids))
        )
    return {row.id: row.name for row in session.execute(query)}
