"""Tickets: registering, opening, assigning, moving, speaking on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from deskconsole.data.tables import (
    NO_DUE,
    Client,
    Contact,
    Equipment,
    Message,
    Person,
    Service,
    Site,
    Team,
    Ticket,
    table,
)
from deskconsole.desk import coverage, workflow
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.meanwhile import refuse_stale
from deskconsole.desk.ticket_words import index_words
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Category, Channel, Policy, Priority, Role, Visibility
from deskconsole.domain.text import clean
from deskconsole.domain.workflow import TICKET_TYPES

Row = TypeVar("Row", bound=SQLModel)
SUBJECT_LIMIT = 500
BODY_LIMIT = 1_000_000
NAME_LIMIT = 200
DISPATCH = (Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)
ASSIGNABLE = (Role.ENGINEER, Role.CONTRACTOR, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN)
LATEST = datetime(9000, 1, 1, tzinfo=NO_DUE.tzinfo)
EARLIEST = datetime(1990, 1, 1, tzinfo=NO_DUE.tzinfo)


@dataclass(frozen=True)
class Registration:
    """What a dispatcher writes down while the caller speaks."""

    subject: str
    client_id: int | None = None
    body: str = ""
    type: str = "incident"
    channel: Channel = Channel.PHONE
    priority: Priority = Priority.NORMAL
    site_id: int | None = None
    contact_id: int | None = None
    caller: str = ""
    equipment_id: int | None = None
    service_id: int | None = None
    team_id: int | None = None
    policy: Policy | None = None
    due_at: datetime | None = None
    wished_at: datetime | None = None


def register(desk: Desk, call: Registration, *, key: UUID | None = None) -> int:
    """Register a call as a new ticket, judged for coverage as it stands now; returns the ticket's number.

    A call that nobody pays for is registered too, with the policy the dispatcher picked: `refuse` ends it as
    cancelled, `low_priority` puts it last.
    """
    return desk.write("ticket.register", lambda unit: add_ticket(unit, call, desk).id or 0, key=key)


def add_ticket(unit: Unit, call: Registration, desk: Desk, *, rule: str = "") -> Ticket:
    """Write a new ticket inside a use case; `rule` says which one raised it, if no person did."""
    ticket = _new_ticket(unit, call, desk)
    unit.session.add(ticket)
    unit.session.flush()
    if clean(call.body, multiline=True).strip():
        _say(
            unit, ticket, call.body, Visibility.PUBLIC, author=call.caller, by_client=not rule, is_automatic=bool(rule)
        )
    index_words(unit, ticket)
    unit.note_change(ticket, "register", "coverage", "", ticket.coverage or "", rule=rule)
    workflow.open_span(unit, ticket)
    if ticket.policy == Policy.REFUSE.value:
        workflow.move_into(unit, ticket, Category.CANCELLED, reason="not covered", rule="policy")
    return ticket


def open_ticket(desk: Desk, ticket_id: int) -> None:
    """Note that somebody assignable has seen the ticket; the first time counts."""
    first = table(Ticket).c.first_opened_at
    if desk.read(lambda session: session.execute(select(first).where(table(Ticket).c.id == ticket_id)).scalar()):
        return

    def work(unit: Unit) -> None:
        ticket = unit.ticket(ticket_id)
        if ticket.first_opened_at is None:
            unit.note_change(ticket, "open")

    desk.write("ticket.open", work)


def assign(
    desk: Desk,
    ticket_ids: Sequence[int],
    person_id: int | None,
    *,
    seen: Mapping[int, int | None] | None = None,
    key: UUID | None = None,
) -> list[int]:
    """Give tickets to a person (None: to nobody); returns those that changed.

    `seen` is the assignee the caller had on the screen, by ticket.

    Raises:
        Conflict: somebody else assigned one of them meanwhile; nothing was written.
    """

    def work(unit: Unit) -> list[int]:
        if person_id != unit.actor.id or unit.actor.role is Role.CONTRACTOR:
            unit.allow(*DISPATCH)
        person = _active_person(unit.session, person_id) if person_id is not None else None
        changed = []
        for ticket in _tickets(unit, ticket_ids):
            refuse_stale(unit, ticket, desk.zone, _as_seen(seen, ticket, "assignee_id"), assignee_id=person_id)
            if ticket.assignee_id != person_id:
                hand_over(unit, ticket, person)
                changed.append(ticket.id or 0)
        return changed

    return desk.write("ticket.assign", work, key=key)


def hand_over(unit: Unit, ticket: Ticket, person: Person | None, *, rule: str = "") -> None:
    """Give a ticket to a person (None: to nobody) inside a use case; it moves to their team, and from new to open."""
    old, ticket.assignee_id = ticket.assignee_id, person.id if person is not None else None
    unit.note_change(ticket, "assign", "assignee_id", old, ticket.assignee_id, rule=rule)
    if person is not None and person.team_id not in {None, ticket.team_id}:
        unit.note_change(ticket, "team", "team_id", ticket.team_id, person.team_id, rule="assigned")
        ticket.team_id = person.team_id
    if person is not None and ticket.category == Category.NEW.value:
        workflow.move_into(unit, ticket, Category.OPEN, rule="assigned")


def set_team(desk: Desk, ticket_ids: Sequence[int], team_id: int | None, *, key: UUID | None = None) -> list[int]:
    """Put tickets into a team's queue; returns those that changed."""

    def work(unit: Unit) -> list[int]:
        unit.allow(*DISPATCH)
        _check_owned(unit.session, Team, team_id)
        changed = []
        for ticket in _tickets(unit, ticket_ids):
            if ticket.team_id != team_id:
                unit.note_change(ticket, "team", "team_id", ticket.team_id, team_id)
                ticket.team_id = team_id
                changed.append(ticket.id or 0)
        return changed

    return desk.write("ticket.team", work, key=key)


def set_status(
    desk: Desk,
    ticket_ids: Sequence[int],
    status: str,
    *,
    reason: str = "",
    seen: Mapping[int, str] | None = None,
    key: UUID | None = None,
) -> list[int]:
    """Move tickets into a status, all or none, past the workflow's guards; returns those that changed."""

    def work(unit: Unit) -> list[int]:
        changed = []
        for ticket in _tickets(unit, ticket_ids):
            refuse_stale(unit, ticket, desk.zone, _as_seen(seen, ticket, "status"), status=status)
            if workflow.move(unit, ticket, status, reason=clean(reason)):
                changed.append(ticket.id or 0)
        return changed

    return desk.write("ticket.status", work, key=key)


def set_priority(
    desk: Desk,
    ticket_ids: Sequence[int],
    priority: Priority,
    *,
    seen: Mapping[int, int] | None = None,
    key: UUID | None = None,
) -> list[int]:
    """Give tickets a priority; returns those that changed."""

    def work(unit: Unit) -> list[int]:
        unit.allow(*DISPATCH)
        changed = []
        for ticket in _tickets(unit, ticket_ids):
            refuse_stale(unit, ticket, desk.zone, _as_seen(seen, ticket, "priority"), priority=priority.value)
            if ticket.priority != priority.value:
                unit.note_change(ticket, "priority", "priority", ticket.priority, priority.value)
                ticket.priority = priority.value
                changed.append(ticket.id or 0)
        return changed

    return desk.write("ticket.priority", work, key=key)


def set_times(
    desk: Desk,
    ticket_id: int,
    *,
    seen: Mapping[str, datetime | None] | None = None,
    key: UUID | None = None,
    **times: datetime | None,
) -> list[str]:
    """Set `due_at`, `wished_at` or `planned_at` by hand; returns the names that changed.

    `seen` is what the caller had on the screen, by name.

    Raises:
        Conflict: somebody else set one of them meanwhile; nothing was written.
    """

    def work(unit: Unit) -> list[str]:
        unit.allow(*DISPATCH, *(() if "due_at" in times else (Role.ENGINEER,)))
        ticket = unit.ticket(ticket_id)
        changed = []
        for name, value in times.items():
            if name not in {"due_at", "wished_at", "planned_at"}:
                raise InvalidInput(mark("A ticket has no time called {name}."), name=name)
            check_time(value)
            refuse_stale(unit, ticket, desk.zone, seen, **{name: value})
            if getattr(ticket, name) != value:
                unit.note_change(ticket, name.removesuffix("_at"), name, getattr(ticket, name), value)
                setattr(ticket, name, value)
                changed.append(name)
        return changed

    return desk.write("ticket.times", work, key=key)


def reply(desk: Desk, ticket_id: int, text: str, *, key: UUID | None = None) -> int:
    """Answer the client on the ticket; returns the message's id."""
    return _write_message(desk, ticket_id, text, Visibility.PUBLIC, key)


def client_said(desk: Desk, ticket_id: int, text: str, *, key: UUID | None = None) -> int:
    """Write down what the client said, by phone for example; returns the message's id.

    A ticket that waited for the client goes back to work.
    """

    def work(unit: Unit) -> int:
        unit.allow(*DISPATCH, Role.ENGINEER)
        ticket = unit.ticket(ticket_id)
        contact = unit.session.get(Contact, ticket.contact_id) if ticket.contact_id is not None else None
        author = contact.name if contact is not None else ticket.caller
        message_id = _say(unit, ticket, text, Visibility.PUBLIC, author=author, by_client=True)
        unit.note_change(ticket, "client", "message", "", message_id)
        if ticket.category == Category.WAITING_CLIENT.value:
            workflow.move_into(unit, ticket, Category.OPEN, rule="client answered")
        unit.session.flush()
        index_words(unit, ticket)
        return message_id

    return desk.write("ticket.client_said", work, key=key)


def arrive(desk: Desk, ticket_id: int, *, key: UUID | None = None) -> bool:
    """Note that somebody is at the client's; False when that was noted before."""

    def work(unit: Unit) -> bool:
        ticket = unit.ticket(ticket_id)
        if ticket.arrived_at is not None:
            return False
        if not Category(ticket.category).is_open:
            raise Refused(mark("The ticket has ended: nobody arrives any more."))
        ticket.arrived_at = unit.now
        unit.note_change(ticket, "arrive")
        return True

    return desk.write("ticket.arrive", work, key=key)


def note(desk: Desk, ticket_id: int, text: str, *, key: UUID | None = None) -> int:
    """Write an internal note on the ticket, never shown to clients or contractors; returns the message's id."""
    return _write_message(desk, ticket_id, text, Visibility.INTERNAL, key)


def change_subject_of_work(
    desk: Desk,
    ticket_id: int,
    *,
    equipment_id: int | None = None,
    service_id: int | None = None,
    site_id: int | None = None,
    seen: Mapping[str, int | None] | None = None,
    key: UUID | None = None,
) -> str:
    """Say which unit, service or site the ticket is about; coverage is judged again; returns the outcome.

    `seen` is what the caller had on the screen, by the names of these arguments.

    Raises:
        Conflict: somebody else changed one of them meanwhile; nothing was written.
    """

    def work(unit: Unit) -> str:
        unit.allow(*DISPATCH, Role.ENGINEER)
        ticket = unit.ticket(ticket_id)
        for name, value in (("equipment_id", equipment_id), ("service_id", service_id), ("site_id", site_id)):
            if value is not None and getattr(ticket, name) != value:
                refuse_stale(unit, ticket, desk.zone, seen, **{name: value})
                unit.note_change(ticket, name.removesuffix("_id"), name, getattr(ticket, name), value)
                setattr(ticket, name, value)
        _check_belongings(unit.session, ticket)
        before = ticket.coverage
        _judge(unit, ticket, desk)
        if ticket.coverage != before:
            unit.note_change(ticket, "coverage", "coverage", before, ticket.coverage, rule="coverage")
        index_words(unit, ticket)
        return ticket.coverage or ""

    return desk.write("ticket.subject", work, key=key)


def pick_policy(
    desk: Desk,
    ticket_id: int,
    policy: Policy,
    *,
    seen: Mapping[str, str | None] | None = None,
    key: UUID | None = None,
) -> str:
    """Record what is done with a call that nobody pays for; returns the policy.

    Raises:
        Conflict: it is not the one that was on the screen (`seen`) any more; nothing was written.
    """

    def work(unit: Unit) -> str:
        unit.allow(*DISPATCH)
        ticket = unit.ticket(ticket_id)
        refuse_stale(unit, ticket, desk.zone, seen, policy=policy.value)
        unit.note_change(ticket, "policy", "policy", ticket.policy, policy.value)
        ticket.policy = policy.value
        if policy is Policy.LOW_PRIORITY and ticket.priority != Priority.LOW.value:
            unit.note_change(ticket, "priority", "priority", ticket.priority, Priority.LOW.value, rule="policy")
            ticket.priority = Priority.LOW.value
        if policy is Policy.REFUSE:
            workflow.move_into(unit, ticket, Category.CANCELLED, reason="not covered", rule="policy")
        return policy.value

    return desk.write("ticket.policy", work, key=key)


def _new_ticket(unit: Unit, call: Registration, desk: Desk) -> Ticket:
    unit.allow(*DISPATCH, Role.ENGINEER)
    subject = clean(call.subject).strip()
    if not subject:
        raise InvalidInput(mark("A ticket needs a subject: what is wrong, in a few words."))
    if len(subject) > SUBJECT_LIMIT:
        raise InvalidInput(
            mark("The subject has {count} characters, more than {limit}; put the story into the text."),
            count=len(subject),
            limit=SUBJECT_LIMIT,
        )
    if call.type not in TICKET_TYPES:
        raise InvalidInput(
            mark("A ticket is of the type {types}, not {type}."),
            types=", ".join(TICKET_TYPES),
            type=call.type,
        )
    check_time(call.due_at)
    check_time(call.wished_at)
    ticket = Ticket(
        subject=subject,
        type=call.type,
        channel=call.channel.value,
        priority=call.priority.value,
        status="",
        category="",
        client_id=call.client_id,
        site_id=call.site_id,
        contact_id=call.contact_id,
        caller=clean(call.caller)[:NAME_LIMIT],
        equipment_id=call.equipment_id,
        service_id=call.service_id,
        team_id=call.team_id,
        due_at=call.due_at,
        wished_at=call.wished_at,
        created_at=unit.now,
        created_by_id=unit.actor.id,
        updated_at=unit.now,
    )
    ticket.take_status(workflow.code_of(unit.session, Category.NEW), Category.NEW)
    _check_belongings(unit.session, ticket)
    if ticket.service_id is not None:
        ticket.estimate_minutes = _found(unit.session, Service, ticket.service_id).estimate_minutes
    _judge(unit, ticket, desk)
    if call.policy is not None and not ticket.is_covered:  # what a contract pays for needs no policy
        ticket.policy = call.policy.value
        if call.policy is Policy.LOW_PRIORITY:
            ticket.priority = Priority.LOW.value
    return ticket


def _judge(unit: Unit, ticket: Ticket, desk: Desk) -> None:
    """Judge the ticket's coverage by the contracts in force when it was registered."""
    verdict = coverage.judge(
        unit.session,
        coverage.Call(
            client_id=ticket.client_id,
            on=ticket.created_at.astimezone(desk.zone).date(),
            site_id=ticket.site_id,
            equipment_id=ticket.equipment_id,
            service_id=ticket.service_id,
        ),
    )
    ticket.coverage = verdict.outcome.value
    ticket.is_covered = verdict.is_covered
    ticket.contract_version_id = verdict.version_id
    ticket.contract_line_id = verdict.line_id


def _write_message(desk: Desk, ticket_id: int, text: str, visibility: Visibility, key: UUID | None) -> int:
    def work(unit: Unit) -> int:
        ticket = unit.ticket(ticket_id)
        if unit.actor.role is Role.CONTRACTOR and visibility is Visibility.INTERNAL:
            raise Refused(mark("Internal notes are the company's own; write a reply instead."))
        message_id = _say(unit, ticket, text, visibility)
        unit.note_change(ticket, "reply" if visibility is Visibility.PUBLIC else "note", "message", "", message_id)
        if visibility is Visibility.PUBLIC:
            unit.session.flush()
            index_words(unit, ticket)
        return message_id

    return desk.write(f"ticket.message.{visibility.value}", work, key=key)


def _say(
    unit: Unit,
    ticket: Ticket,
    text: str,
    visibility: Visibility,
    *,
    author: str = "",
    by_client: bool = False,
    is_automatic: bool = False,
) -> int:
    body = clean(text, multiline=True).strip()
    if not body:
        raise InvalidInput(mark("There is no text to send."))
    if len(body) > BODY_LIMIT:
        raise InvalidInput(
            mark("The text has {count} characters, more than {limit}; attach it as a file."),
            count=len(body),
            limit=BODY_LIMIT,
        )
    message = Message(
        ticket_id=ticket.id or 0,
        at=unit.now,
        person_id=None if by_client else unit.actor.id,
        author=clean(author) if by_client else unit.actor.name,
        visibility=visibility.value,
        channel=ticket.channel if by_client else unit.channel.value,
        is_automatic=is_automatic,
        body=body,
    )
    unit.session.add(message)
    unit.session.flush()
    return message.id or 0


def _tickets(unit: Unit, ticket_ids: Sequence[int]) -> list[Ticket]:
    """The tickets in the order of their numbers: two bulk writers can't wait for each other in a ring."""
    return [unit.ticket(ticket_id) for ticket_id in sorted(set(ticket_ids))]


def _as_seen(seen: Mapping[int, Any] | None, ticket: Ticket, field: str) -> dict[str, Any] | None:
    """What the caller had on the screen for one field of one of the tickets."""
    return {field: seen[ticket.id or 0]} if seen is not None and ticket.id in seen else None


def _active_person(session: Session, person_id: int) -> Person:
    person = _found(session, Person, person_id)
    if not person.is_active:
        raise Refused(mark("{name} no longer takes tickets."), name=person.name)
    return person


def _check_belongings(session: Session, ticket: Ticket) -> None:
    """A site, contact or unit of another client on this ticket is a slip that would bill the wrong one."""
    places = ((Site, ticket.site_id), (Contact, ticket.contact_id), (Equipment, ticket.equipment_id))
    for model, row_id in places:
        _check_owned(session, model, row_id)
        place = table(model)
        owner = session.execute(select(place.c.client_id).where(place.c.id == row_id)).scalar()
        if row_id is not None and owner != ticket.client_id:
            raise InvalidInput(mark("The {what} {id} belongs to another client."), what=place.name, id=row_id)
    _check_owned(session, Client, ticket.client_id)
    _check_owned(session, Team, ticket.team_id)
    _check_owned(session, Service, ticket.service_id)


def _check_owned(session: Session, model: type[SQLModel], row_id: int | None) -> None:
    if row_id is not None:
        _found(session, model, row_id)


def _found(session: Session, model: type[Row], row_id: int) -> Row:
    row = session.get(model, row_id)
    if row is None:
        raise NotFound(mark("There is no {what} {id}."), what=table(model).name, id=row_id)
    return row


def check_time(value: datetime | None) -> None:
    """Refuse a time no ticket can have: without a zone, or centuries away."""
    if value is not None and (value.tzinfo is None or not EARLIEST <= value <= LATEST):
        raise InvalidInput(mark("{value} is no date a ticket can have."), value=value.isoformat())
