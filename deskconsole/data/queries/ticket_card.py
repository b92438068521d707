"""Reading one ticket whole: its head, timeline, lines, time and files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.ticket_filter import T, Viewer
from deskconsole.data.queries.tickets import QueueRow, rows
from deskconsole.data.tables import (
    Attachment,
    ChecklistItem,
    Contact,
    Contract,
    ContractVersion,
    Event,
    Message,
    Person,
    Service,
    Site,
    StatusSpan,
    TicketLine,
    TicketLineMoney,
    TimeEntry,
    table,
)
from deskconsole.domain.errors import NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, LineState, Role, TariffMode, Visibility

PERSON = table(Person)
MOST_DIGITS = 18
"""Of a number that a row may have; history may be written round the program."""


@dataclass(frozen=True)
class MessageRow:
    """Something said on the ticket; `is_client` = by the client."""

    id: int
    at: datetime
    author: str
    is_client: bool
    visibility: Visibility
    channel: str
    body: str


@dataclass(frozen=True)
class EventRow:
    """One line of history; `old` and `new` are texts a person can read.

    `login`: by the server's word who wrote it, where that is not the login of the person it names.
    """

    id: int
    at: datetime
    actor: str
    login: str
    channel: str
    rule: str
    verb: str
    field: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class LineRow:
    """A service on the ticket; minutes are planned until performed, then charged."""

    id: int
    service_id: int
    service: str
    quantity: int
    mode: TariffMode
    minutes: int
    state: LineState
    unit_price_minor: int | None
    currency: str
    note: str


@dataclass(frozen=True)
class TimeRow:
    """Time on the ticket, in minutes; `is_reversed` = taken back."""

    id: int
    started_at: datetime
    person: str
    worked: int
    charged: int
    note: str
    reverses_id: int | None
    is_reversed: bool


@dataclass(frozen=True)
class FileRow:
    """A file on the ticket."""

    id: int
    name: str
    size: int
    sha256: str
    at: datetime
    person: str


@dataclass(frozen=True)
class SpanRow:
    """A stay in a status; `ended_at` None = still."""

    status: str
    category: str
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class ItemRow:
    """A point of the checklist; `position` counts from 1, `done_at` None = still to do."""

    id: int
    position: int
    text: str
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True)
class TicketCard:
    """One ticket with all that hangs on it."""

    row: QueueRow
    caller: str
    contact_phone: str
    site_id: int | None
    site_address: str
    site_zone: str
    equipment_id: int | None
    service_id: int | None
    team_id: int | None
    contract_id: int | None
    contract_number: str
    contract_version_id: int | None
    due_at: datetime | None
    arrived_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    estimate_minutes: int
    messages: tuple[MessageRow, ...]
    events: tuple[EventRow, ...]
    lines: tuple[LineRow, ...]
    times: tuple[TimeRow, ...]
    files: tuple[FileRow, ...]
    spans: tuple[SpanRow, ...]
    checklist: tuple[ItemRow, ...]

    @property
    def worked(self) -> int:
        """Minutes worked, corrections taken off."""
        return sum(entry.worked for entry in self.times)

    @property
    def charged(self) -> int:
        """Minutes charged, corrections taken off."""
        return sum(entry.charged for entry in self.times)


def card(session: Session, ticket_id: int, viewer: Viewer) -> TicketCard:
    """The ticket as `viewer` may see it: a contractor only the own, without internal notes, prices and history.

    Raises:
        NotFound: there is none for those eyes.
    """
    contact, site, version, contract = table(Contact), table(Site), table(ContractVersion), table(Contract)
    head = session.execute(
        select(
            T,
            contact.c.name.label("contact"),
            contact.c.phone,
            site.c.city,
            site.c.address,
            site.c.zone,
            contract.c.id.label("contract_id"),
            contract.c.number,
        )
        .select_from(T)
        .outerjoin(contact, contact.c.id == T.c.contact_id)
        .outerjoin(site, site.c.id == T.c.site_id)
        .outerjoin(version, version.c.id == T.c.contract_version_id)
        .outerjoin(contract, contract.c.id == version.c.contract_id)
        .where(T.c.id == ticket_id)
    ).first()
    is_contractor = viewer.role is Role.CONTRACTOR
    if head is None or (is_contractor and head.assignee_id != viewer.person_id):
        raise NotFound(mark("There is no ticket {id}."), id=ticket_id)
    (row,) = rows(session, [ticket_id])
    return TicketCard(
        row=row,
        caller=head.contact or head.caller,
        contact_phone=head.phone or "",
        site_id=head.site_id,
        site_address=", ".join(filter(None, (head.city, head.address))),
        site_zone=head.zone or "",
        equipment_id=head.equipment_id,
        service_id=head.service_id,
        team_id=head.team_id,
        contract_id=head.contract_id,
        contract_number=head.number or "",
        contract_version_id=head.contract_version_id,
        due_at=head.due_at,
        arrived_at=head.arrived_at,
        resolved_at=head.resolved_at,
        closed_at=head.closed_at,
        estimate_minutes=head.estimate_minutes,
        messages=_messages(session, ticket_id, public_only=is_contractor),
        events=() if is_contractor else _events(session, ticket_id),
        lines=_lines(session, ticket_id, with_prices=viewer.role not in {Role.CONTRACTOR, Role.ENGINEER}),
        times=_times(session, ticket_id, person_id=viewer.person_id if is_contractor else None),
        files=_files(session, ticket_id),
        spans=_spans(session, ticket_id),
        checklist=_checklist(session, ticket_id),
    )


def last_messages(session: Session, ticket_id: int, viewer: Viewer, *, limit: int = 3) -> tuple[MessageRow, ...]:
    """The latest messages of a ticket, oldest first, for a preview; none that is not for the viewer's eyes."""
    if viewer.role is Role.CONTRACTOR:
        holder = session.execute(select(T.c.assignee_id).where(T.c.id == ticket_id)).scalar()
        if holder is None or holder != viewer.person_id:
            return ()
    return _messages(session, ticket_id, public_only=viewer.role is Role.CONTRACTOR, limit=limit)


def _messages(
    session: Session, ticket_id: int, *, public_only: bool, limit: int | None = None
) -> tuple[MessageRow, ...]:
    message = table(Message)
    query = (
        select(message, PERSON.c.name)
        .outerjoin_from(message, PERSON, PERSON.c.id == message.c.person_id)
        .where(message.c.ticket_id == ticket_id)
        .order_by(message.c.at.desc(), message.c.id.desc())
        .limit(limit)
    )
    if public_only:
        query = query.where(message.c.visibility == Visibility.PUBLIC.value)
    found = [
        MessageRow(
            id=row.id,
            at=row.at,
            author=row.name or row.author,
            is_client=row.person_id is None and not row.is_automatic,
            visibility=Visibility(row.visibility),
            channel=row.channel,
            body=row.body,
        )
        for row in session.execute(query)
    ]
    return tuple(reversed(found))


def _events(session: Session, ticket_id: int) -> tuple[EventRow, ...]:
    event = table(Event)
    query = (
        select(event, PERSON.c.login.label("own_login"))
        .outerjoin_from(event, PERSON, PERSON.c.id == event.c.person_id)
        .where(event.c.ticket_id == ticket_id)
        .order_by(event.c.at, event.c.id)
    )
    found = session.execute(query).all()
    people = {
        str(row.id): row.name
        for row in session.execute(
            select(PERSON.c.id, PERSON.c.name).where(
                PERSON.c.id.in_(
                    [
                        int(text)
                        for row in found
                        if row.field == "assignee_id"
                        for text in (row.old, row.new)
                        if text.isdecimal() and len(text) <= MOST_DIGITS
                    ]
                )
            )
        )
    }

    def readable(field: str, text: str) -> str:
        return people.get(text, text) if field == "assignee_id" else text

    return tuple(
        EventRow(
            id=row.id,
            at=row.at,
            actor=row.actor,
            login=_other_login(row),
            channel=row.channel,
            rule=row.rule,
            verb=row.verb,
            field=row.field,
            old=readable(row.field, row.old),
            new=readable(row.field, row.new),
            reason=row.reason,
        )
        for row in found
    )


def _other_login(row: Any) -> str:
    """Who wrote a line of history in another's name; what a rule or an import did is nobody's, whoever ran it."""
    is_nobodys = row.rule and (row.person_id is None or row.channel == Channel.IMPORT.value)
    return "" if is_nobodys or row.login == row.own_login else str(row.login)


def _lines(session: Session, ticket_id: int, *, with_prices: bool) -> tuple[LineRow, ...]:
    line, money, service = table(TicketLine), table(TicketLineMoney), table(Service)
    found = session.execute(
        select(line, service.c.name, money.c.unit_price_minor, money.c.currency)
        .join_from(line, service, service.c.id == line.c.service_id)
        .outerjoin(money, money.c.line_id == line.c.id)
        .where(line.c.ticket_id == ticket_id)
        .order_by(line.c.id)
    )
    return tuple(
        LineRow(
            id=row.id,
            service_id=row.service_id,
            service=row.name,
            quantity=row.quantity,
            mode=TariffMode(row.mode),
            minutes=row.minutes,
            state=LineState(row.state),
            unit_price_minor=row.unit_price_minor if with_prices else None,
            currency=row.currency or "" if with_prices else "",
            note=row.note,
        )
        for row in found
    )


def _times(session: Session, ticket_id: int, *, person_id: int | None) -> tuple[TimeRow, ...]:
    entry = table(TimeEntry)
    query = (
        select(entry, PERSON.c.name)
        .outerjoin_from(entry, PERSON, PERSON.c.id == entry.c.person_id)
        .where(entry.c.ticket_id == ticket_id)
        .order_by(entry.c.started_at, entry.c.id)
    )
    if person_id is not None:
        query = query.where(entry.c.person_id == person_id)
    found = session.execute(query).all()
    reversed_ids = {row.reverses_id for row in found}
    return tuple(
        TimeRow(
            id=row.id,
            started_at=row.started_at,
            person=row.name or "",
            worked=row.worked_minutes,
            charged=row.charged_minutes,
            note=row.note,
            reverses_id=row.reverses_id,
            is_reversed=row.id in reversed_ids,
        )
        for row in found
    )


def _files(session: Session, ticket_id: int) -> tuple[FileRow, ...]:
    file = table(Attachment)
    found = session.execute(
        select(file, PERSON.c.name.label("person"))
        .outerjoin_from(file, PERSON, PERSON.c.id == file.c.person_id)
        .where(file.c.ticket_id == ticket_id)
        .order_by(file.c.id)
    )
    return tuple(FileRow(row.id, row.name, row.size, row.sha256, row.at, row.person or "") for row in found)


def _spans(session: Session, ticket_id: int) -> tuple[SpanRow, ...]:
    span = table(StatusSpan)
    found = session.execute(select(span).where(span.c.ticket_id == ticket_id).order_by(span.c.began_at, span.c.id))
    return tuple(SpanRow(row.status, row.category, row.began_at, row.ended_at) for row in found)


def _checklist(session: Session, ticket_id: int) -> tuple[ItemRow, ...]:
    item = table(ChecklistItem)
    found = session.execute(
        select(item, PERSON.c.name.label("done_by"))
        .outerjoin_from(item, PERSON, PERSON.c.id == item.c.done_by_id)
        .where(item.c.ticket_id == ticket_id)
        .order_by(item.c.position, item.c.id)
    )
    return tuple(
        ItemRow(row.id, place, row.text, row.done_at, row.done_by or "") for place, row in enumerate(found, start=1)
    )
