"""Reading the templates of recurring work and what came of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import (
    Client,
    Contract,
    Equipment,
    Occurrence,
    OccurrenceTicket,
    Person,
    Recurring,
    RecurringUnit,
    Service,
    Site,
    StoredCalendar,
    Team,
    table,
)
from deskconsole.domain.errors import NotFound
from deskconsole.domain.occurrences import CatchUp, OccurrenceState, Shift
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.stored_sentences import unpacked
from deskconsole.domain.terms import Priority
from deskconsole.domain.text import fold

R = table(Recurring)


@dataclass(frozen=True)
class UnitOfTemplate:
    """A unit that a template's work is about."""

    id: int
    kind: str
    maker: str
    model: str
    inventory_number: str
    serial_number: str
    status: str


@dataclass(frozen=True)
class TemplateRow:
    """A template with the names of what it points to.

    `zone` is empty for the site's; `next_nominal` is a local time, without one it has ended; `trouble` says why it
    is held, or what it leaves out.
    """

    id: int
    version: int
    name: str
    rules: tuple[str, ...]
    exclusions: tuple[str, ...]
    starts: datetime
    zone: str
    ends_on: date | None
    lead_days: int
    shift: Shift
    catch_up: CatchUp
    calendar_id: int | None
    calendar: str
    client_id: int | None
    client: str
    contract_id: int | None
    contract: str
    site_id: int | None
    site: str
    units: tuple[UnitOfTemplate, ...]
    one_per_unit: bool
    subject: str
    body: str
    type: str
    priority: Priority
    service_id: int | None
    service: str
    team_id: int | None
    team: str
    assignee_id: int | None
    assignee: str
    estimate_minutes: int
    checklist: tuple[str, ...]
    is_paused: bool
    trouble: Sentence | None
    next_nominal: datetime | None
    next_raise_at: datetime | None


@dataclass(frozen=True)
class OccurrenceRow:
    """One moment that was dealt with, with the tickets that came of it; `nominal` and `shifted_at` as its template."""

    id: int
    nominal: datetime
    at: datetime
    shifted_at: datetime
    created_at: datetime
    state: OccurrenceState
    is_late: bool
    reason: Sentence | None
    tickets: tuple[int, ...]


@of_the_books
def templates(session: Session) -> tuple[TemplateRow, ...]:
    """All templates: those that are due next first, then those that rest or ended, by name."""
    ordered = _query().order_by(R.c.next_raise_at.is_(None), R.c.next_raise_at, R.c.name)
    return _rows(session, ordered)


@of_the_books
def template(session: Session, template_id: int) -> TemplateRow:
    """One template.

    Raises:
        NotFound: there is none of that number.
    """
    rows = _rows(session, _query().where(R.c.id == template_id))
    if not rows:
        raise NotFound(mark("There is no template {id}."), id=template_id)
    return rows[0]


@of_the_books
def find(session: Session, typed: str) -> tuple[tuple[int, str], ...]:
    """The templates (id, name) that are meant: of that number (`12`, `#12`) or exact name, else holding the words."""
    wanted = fold(typed)
    rows = [(row.id, row.name) for row in session.execute(select(R.c.id, R.c.name).order_by(R.c.name))]
    number = typed.strip().removeprefix("#")
    exact = [row for row in rows if fold(row[1]) == wanted or str(row[0]) == number]
    return tuple(exact or [row for row in rows if wanted and wanted in fold(row[1])])


@of_the_books
def last_raised(session: Session) -> Mapping[int, datetime]:
    """When each template last raised something, by its id; those that never did are left out."""
    one = table(Occurrence)
    newest = (
        select(one.c.created_at)
        .where(one.c.recurring_id == R.c.id, one.c.state == OccurrenceState.RAISED.value)
        .order_by(one.c.nominal.desc())
        .limit(1)
        .scalar_subquery()
    )
    return {row.id: row.at for row in session.execute(select(R.c.id, newest.label("at"))) if row.at is not None}


@of_the_books
def occurrences(session: Session, template_id: int, *, limit: int = 50) -> tuple[OccurrenceRow, ...]:
    """The newest moments of a template that were dealt with."""
    one, link = table(Occurrence), table(OccurrenceTicket)
    rows = session.execute(
        select(one).where(one.c.recurring_id == template_id).order_by(one.c.nominal.desc()).limit(limit)
    ).all()
    tickets: dict[int, list[int]] = defaultdict(list)
    mine = select(link).where(link.c.occurrence_id.in_([row.id for row in rows])).order_by(link.c.ticket_id)
    for row in session.execute(mine):
        tickets[row.occurrence_id].append(row.ticket_id)
    return tuple(
        OccurrenceRow(
            id=row.id,
            nominal=datetime.fromisoformat(row.nominal),
            at=row.at,
            shifted_at=row.shifted_at,
            created_at=row.created_at,
            state=OccurrenceState(row.state),
            is_late=row.is_late,
            reason=unpacked(row.reason),
            tickets=tuple(tickets[row.id]),
        )
        for row in rows
    )


def _query() -> Select[Any]:
    client, contract, site, calendar = table(Client), table(Contract), table(Site), table(StoredCalendar)
    service, team, person = table(Service), table(Team), table(Person)
    return (
        select(
            R,
            client.c.name.label("client"),
            contract.c.number.label("contract"),
            site.c.name.label("site"),
            calendar.c.name.label("calendar"),
            service.c.name.label("service"),
            team.c.name.label("team"),
            person.c.name.label("assignee"),
        )
        .outerjoin_from(R, client, client.c.id == R.c.client_id)
        .outerjoin(contract, contract.c.id == R.c.contract_id)
        .outerjoin(site, site.c.id == R.c.site_id)
        .outerjoin(calendar, calendar.c.id == R.c.calendar_id)
        .outerjoin(service, service.c.id == R.c.service_id)
        .outerjoin(team, team.c.id == R.c.team_id)
        .outerjoin(person, person.c.id == R.c.assignee_id)
    )


def _rows(session: Session, query: Select[Any]) -> tuple[TemplateRow, ...]:
    rows = session.execute(query).all()
    link, equipment = table(RecurringUnit), table(Equipment)
    units: dict[int, list[UnitOfTemplate]] = defaultdict(list)
    linked = (
        select(link.c.recurring_id, equipment)
        .join_from(link, equipment, equipment.c.id == link.c.equipment_id)
        .where(link.c.recurring_id.in_([row.id for row in rows]))
        .order_by(equipment.c.id)
    )
    for row in session.execute(linked):
        unit = UnitOfTemplate(
            row.id, row.kind, row.maker, row.model, row.inventory_number, row.serial_number, row.status
        )
        units[row.recurring_id].append(unit)
    return tuple(_row(row, tuple(units[row.id])) for row in rows)


def _row(row: Row[Any], units: tuple[UnitOfTemplate, ...]) -> TemplateRow:
    return TemplateRow(
        id=row.id,
        version=row.version,
        name=row.name,
        rules=tuple(row.rules.splitlines()),
        exclusions=tuple(row.exclusions.splitlines()),
        starts=datetime.fromisoformat(row.starts_local),
        zone=row.zone,
        ends_on=row.ends_on,
        lead_days=row.lead_days,
        shift=Shift(row.shift),
        catch_up=CatchUp(row.catch_up),
        calendar_id=row.calendar_id,
        calendar=row.calendar or "",
        client_id=row.client_id,
        client=row.client or "",
        contract_id=row.contract_id,
        contract=row.contract or "",
        site_id=row.site_id,
        site=row.site or "",
        units=units,
        one_per_unit=row.one_per_unit,
        subject=row.subject,
        body=row.body,
        type=row.type,
        priority=Priority(row.priority),
        service_id=row.service_id,
        service=row.service or "",
        team_id=row.team_id,
        team=row.team or "",
        assignee_id=row.assignee_id,
        assignee=row.assignee or "",
        estimate_minutes=row.estimate_minutes,
        checklist=tuple(json.loads(row.checklist)),
        is_paused=row.is_paused,
        trouble=unpacked(row.trouble),
        next_nominal=datetime.fromisoformat(row.next_nominal) if row.next_nominal else None,
        next_raise_at=row.next_raise_at,
    )
