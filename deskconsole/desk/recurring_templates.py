"""Templates of recurring work: making and changing them, letting them rest and go on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlmodel import Session, SQLModel

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import (
    Client,
    Contract,
    Equipment,
    Occurrence,
    Person,
    Recurring,
    RecurringUnit,
    Service,
    Site,
    StoredCalendar,
    Team,
    table,
)
from deskconsole.desk import checklists
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.recurring import write_next
from deskconsole.desk.recurring_plan import Plan, plan_of
from deskconsole.desk.tickets import BODY_LIMIT, DISPATCH, SUBJECT_LIMIT
from deskconsole.domain import occurrences
from deskconsole.domain.errors import Conflict, InvalidInput, NotFound
from deskconsole.domain.occurrences import CatchUp, Shift
from deskconsole.domain.recurrence import local_of
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Priority
from deskconsole.domain.text import clean, fold
from deskconsole.domain.workflow import TICKET_TYPES
from deskconsole.domain.zones import zone_named

NAME_LIMIT = 80
MOST_UNITS = 200  # tickets of one moment are written in one transaction
MOST_POINTS = 200
LONGEST_ESTIMATE = 60 * 24 * 31  # minutes


@dataclass(frozen=True)
class Template:
    """A template as somebody writes it down; `starts` is naive local time of the place.

    `zone` is empty for the site's. `checklist` and `units` (ids of equipment) keep their order.
    """

    name: str
    rules: Sequence[str]
    starts: datetime
    subject: str
    exclusions: Sequence[str] = ()
    zone: str = ""
    ends_on: date | None = None
    lead_days: int = 0
    shift: Shift = Shift.NONE
    catch_up: CatchUp = CatchUp.LATEST
    calendar_id: int | None = None
    client_id: int | None = None
    contract_id: int | None = None
    site_id: int | None = None
    units: Sequence[int] = ()
    one_per_unit: bool = False
    body: str = ""
    type: str = "visit"
    priority: Priority = Priority.NORMAL
    service_id: int | None = None
    team_id: int | None = None
    assignee_id: int | None = None
    estimate_minutes: int = 0
    checklist: Sequence[str] = ()


@dataclass(frozen=True)
class Coming:
    """How a template is read, and the moments that come next while its contract lasts."""

    plan: Plan
    moments: tuple[occurrences.Occurrence, ...]


def put_recurring(
    desk: Desk,
    wanted: Template,
    *,
    template_id: int | None = None,
    seen_version: int | None = None,
    key: UUID | None = None,
) -> int:
    """Make a template (None), or change one; returns its id.

    A new one begins with the first moment from now on. A change touches only what is not yet raised: moments that
    were dealt with stay as they are, those that wait to be caught up still wait.

    Raises:
        InvalidInput: the rules or the ticket can't be meant.
        NotFound: a client, site, unit ... is not there, or belongs to another client.
        Conflict: somebody else changed it since `seen_version`, or the name is taken.
    """

    def work(unit: Unit) -> int:
        unit.allow(*DISPATCH)
        session = unit.session
        template = _template(session, template_id, seen_version) if template_id is not None else None
        if template is None:
            template = Recurring(
                name="", rules="", starts_local="", subject="", created_at=unit.now, created_by_id=unit.actor.id
            )
        _check_ticket(wanted)
        _check_belongings(session, wanted)
        _write(session, template, wanted, desk)
        session.add(template)
        session.flush()
        _write_units(session, template.id or 0, wanted.units)
        plan = plan_of(session, template)
        _go_on(unit, template, plan, _first_open(session, template, plan, unit.now))
        return template.id or 0

    return desk.write("recurring.put", work, key=key)


def pause(desk: Desk, template_id: int, *, key: UUID | None = None) -> bool:
    """Let a template rest: nothing is raised until it goes on. False when it rests already."""

    def work(unit: Unit) -> bool:
        unit.allow(*DISPATCH)
        template = _template(unit.session, template_id)
        if template.is_paused:
            return False
        template.is_paused, template.next_raise_at = True, None
        unit.changed("recurring", template_id)
        return True

    return desk.write("recurring.pause", work, key=key)


def resume(desk: Desk, template_id: int, *, key: UUID | None = None) -> bool:
    """Let a template go on, with what it missed by its catch-up policy; one that is held is looked at again at once.

    False when it neither rested nor was held.
    """

    def work(unit: Unit) -> bool:
        unit.allow(*DISPATCH)
        template = _template(unit.session, template_id)
        if not template.is_paused and not template.trouble:
            return False
        template.is_paused = False
        unit.session.flush()
        plan = plan_of(unit.session, template)
        since = template.next_nominal
        _go_on(unit, template, plan, datetime.fromisoformat(since) if since is not None else None)
        return True

    return desk.write("recurring.resume", work, key=key)


@of_the_books
def plan_by_id(session: Session, template_id: int) -> Plan:
    """How a template is read, for showing what comes of it.

    Raises:
        NotFound: there is no such template.
        InvalidInput: its rules can't be meant (any more).
    """
    found = session.get(Recurring, template_id)
    if found is None:
        raise _missing(template_id)
    return plan_of(session, found)


def coming(desk: Desk, wanted: Template, *, template_id: int | None = None, count: int) -> Coming:
    """What would come next if a template was put as it is `wanted` now, at most `count` moments; nothing is stored.

    Raises:
        InvalidInput: its rules can't be meant.
    """
    desk.actor.allow(*DISPATCH)

    def read(session: Session) -> Coming:
        now = desk.now()
        draft = Recurring(name="", rules="", starts_local="", subject="", created_at=now)
        stored = session.get(Recurring, template_id) if template_id is not None else None
        if stored is not None:
            draft.id, draft.next_nominal = stored.id, stored.next_nominal
        _write_when(session, draft, wanted, desk)
        plan = plan_of(session, draft)
        since = _first_open(session, draft, plan, now)
        return Coming(plan, tuple(islice(plan.occurrences(since), count)))

    return desk.read(read)


def check_days(starts: datetime, ends_on: date | None) -> None:
    """Refuse an end before the start.

    Raises:
        InvalidInput: it would never raise anything.
    """
    if ends_on is not None and ends_on < starts.date():
        raise InvalidInput(
            mark("Its last day, {end}, is before its start, {start}."),
            end=ends_on.isoformat(),
            start=starts.date().isoformat(),
        )


def _missing(template_id: int) -> NotFound:
    return NotFound(mark("There is no template {id}."), id=template_id)


def _template(session: Session, template_id: int, seen_version: int | None = None) -> Recurring:
    found = session.get(Recurring, template_id, with_for_update=True)
    if found is None:
        raise _missing(template_id)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(mark("Somebody else changed this at the same moment; look again and repeat."))
    return found


def _first_open(session: Session, template: Recurring, plan: Plan, now: datetime) -> datetime:
    """From which nominal moment on a template made or changed now is still to be dealt with."""
    since = local_of(now, plan.zone)
    if template.next_nominal is not None:
        since = min(since, datetime.fromisoformat(template.next_nominal))
    occurrence = table(Occurrence)
    last = session.execute(
        select(func.max(occurrence.c.nominal)).where(occurrence.c.recurring_id == template.id)
    ).scalar()
    if last is not None:
        since = max(since, datetime.fromisoformat(last) + timedelta(seconds=1))
    return since


def _go_on(unit: Unit, template: Recurring, plan: Plan, since: datetime | None) -> None:
    """Write the next moment from a nominal one on (None: there is none); a resting template only remembers it."""
    following = plan.first(since) if since is not None else None
    unit.session.flush()
    write_next(unit, template.id or 0, following)
    unit.session.refresh(template)
    if template.is_paused:
        template.next_raise_at = None


def _write(session: Session, template: Recurring, wanted: Template, desk: Desk) -> None:
    template.name = _name(session, template.id, wanted.name)
    _write_when(session, template, wanted, desk)
    template.client_id, template.one_per_unit = wanted.client_id, wanted.one_per_unit
    template.subject = clean(wanted.subject).strip()
    template.body = clean(wanted.body, multiline=True).strip()
    template.type, template.priority = wanted.type, wanted.priority.value
    template.service_id, template.team_id = wanted.service_id, wanted.team_id
    template.assignee_id, template.estimate_minutes = wanted.assignee_id, wanted.estimate_minutes
    template.checklist = json.dumps([checklists.checked_item(text) for text in wanted.checklist], ensure_ascii=False)


def _write_when(session: Session, template: Recurring, wanted: Template, desk: Desk) -> None:
    check_days(wanted.starts, wanted.ends_on)
    template.rules = _lines(wanted.rules)
    template.exclusions = _lines(wanted.exclusions)
    template.starts_local = wanted.starts.replace(tzinfo=None, microsecond=0).isoformat()
    template.zone = _zone(session, wanted, desk)
    template.ends_on = wanted.ends_on
    template.lead_days = wanted.lead_days
    template.shift, template.catch_up = wanted.shift.value, wanted.catch_up.value
    template.calendar_id = wanted.calendar_id
    template.contract_id, template.site_id = wanted.contract_id, wanted.site_id


def _write_units(session: Session, template_id: int, units: Sequence[int]) -> None:
    link = table(RecurringUnit)
    session.execute(delete(link).where(link.c.recurring_id == template_id))
    session.add_all(RecurringUnit(recurring_id=template_id, equipment_id=unit) for unit in dict.fromkeys(units))
    session.flush()


def _name(session: Session, template_id: int | None, typed: str) -> str:
    name = clean(typed).strip()
    if not name or len(name) > NAME_LIMIT:
        raise InvalidInput(mark("A template has a name of 1 to {limit} characters."), limit=NAME_LIMIT)
    template = table(Recurring)
    for row in session.execute(select(template.c.id, template.c.name)):
        if row.id != template_id and fold(row.name) == fold(name):
            raise Conflict(mark('There is a template "{name}" already (#{id}).'), name=row.name, id=row.id)
    return name


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(line for text in texts for line in clean(text, multiline=True).splitlines() if line.strip())


def _zone(session: Session, wanted: Template, desk: Desk) -> str:
    """The zone as it is stored: as named, empty where the site has one, else that of who writes the template.

    A template of no zone at all would be read differently by every console.
    """
    if wanted.zone:
        return zone_named(wanted.zone).key
    site = session.get(Site, wanted.site_id) if wanted.site_id is not None else None
    return "" if site is not None and site.zone else str(desk.zone)


def _check_ticket(wanted: Template) -> None:
    subject = clean(wanted.subject).strip()
    if not subject or len(subject) > SUBJECT_LIMIT:
        raise InvalidInput(mark("The subject of its tickets has from 1 to {limit} characters."), limit=SUBJECT_LIMIT)
    if len(wanted.body) > BODY_LIMIT:
        raise InvalidInput(
            mark("The text has {count} characters, more than {limit}; attach it as a file."),
            count=len(wanted.body),
            limit=BODY_LIMIT,
        )
    if wanted.type not in TICKET_TYPES:
        raise InvalidInput(
            mark("A ticket is of the type {types}, not {type}."), types=", ".join(TICKET_TYPES), type=wanted.type
        )
    if not 0 <= wanted.estimate_minutes <= LONGEST_ESTIMATE:
        raise InvalidInput(mark("The estimate is from 0 to {limit} minutes."), limit=LONGEST_ESTIMATE)
    if len(wanted.checklist) > MOST_POINTS:
        raise InvalidInput(mark("A checklist has at most {limit} points."), limit=MOST_POINTS)
    if len(wanted.units) > MOST_UNITS:
        raise InvalidInput(mark("A template is about at most {limit} units; make another."), limit=MOST_UNITS)
    if wanted.one_per_unit and not wanted.units:
        raise InvalidInput(mark("One ticket a unit needs units."))


def _check_belongings(session: Session, wanted: Template) -> None:
    """What a template names must be there, and of its client."""
    named: list[tuple[type[SQLModel], int | None]] = [
        (Client, wanted.client_id),
        (StoredCalendar, wanted.calendar_id),
        (Service, wanted.service_id),
        (Team, wanted.team_id),
        (Person, wanted.assignee_id),
    ]
    for model, row_id in named:
        if row_id is not None and session.get(model, row_id) is None:
            raise NotFound(mark("There is no {what} {id}."), what=table(model).name, id=row_id)
    owned: list[tuple[type[SQLModel], int | None]] = [(Contract, wanted.contract_id), (Site, wanted.site_id)]
    owned += [(Equipment, unit) for unit in wanted.units]
    for model, row_id in owned:
        if row_id is None:
            continue
        place = table(model)
        owner = session.execute(select(place.c.client_id).where(place.c.id == row_id)).first()
        if owner is None:
            raise NotFound(mark("There is no {what} {id}."), what=place.name, id=row_id)
        if owner.client_id != wanted.client_id:
            raise InvalidInput(mark("The {what} {id} belongs to another client."), what=place.name, id=row_id)
