"""Reading a client whole: pay state, contracts, equipment, sites, contacts, tickets, time by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.ticket_filter import IS_OPEN, T, Viewer
from deskconsole.data.tables import (
    Client,
    Contact,
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    Equipment,
    LegalEntity,
    Payment,
    PaymentMoney,
    Service,
    Site,
    TimeEntry,
    table,
)
from deskconsole.domain.errors import NotFound, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EquipmentStatus, Funding, PayState, Role, Scope

CLIENT = table(Client)


@dataclass(frozen=True)
class ClientRow:
    """A client in a list."""

    id: int
    name: str
    category: str
    region: str
    open_tickets: int
    pay_state: PayState


@dataclass(frozen=True)
class EntityRow:
    """A legal person behind the client."""

    id: int
    name: str
    country: str
    tax_number: str


@dataclass(frozen=True)
class SiteRow:
    """A place of the client's."""

    id: int
    name: str
    city: str
    address: str
    zone: str


@dataclass(frozen=True)
class ContactRow:
    """A person at the client's."""

    id: int
    name: str
    position: str
    phone: str
    email: str
    site_id: int | None


@dataclass(frozen=True)
class UnitRow:
    """A unit of equipment; `depth` 0 = the top of its tree."""

    id: int
    parent_id: int | None
    site_id: int | None
    depth: int
    kind: str
    maker: str
    model: str
    inventory_number: str
    serial_number: str
    status: EquipmentStatus
    above: tuple[int, ...]  # ids of the units it is part of, the nearest first

    @property
    def name(self) -> str:
        """As people call it."""
        return " ".join(filter(None, (self.kind, self.maker, self.model, self.inventory_number)))


@dataclass(frozen=True)
class ContractLineRow:
    """What one line covers."""

    id: int
    scope: Scope
    equipment_id: int | None
    equipment: str
    site: str
    includes_children: bool
    funding: Funding
    included_services: tuple[str, ...]
    excluded_services: tuple[str, ...]


@dataclass(frozen=True)
class ContractRow:
    """A contract with the version in force and its lines."""

    id: int
    number: str
    title: str
    version_id: int
    effective_from: date
    starts_on: date
    ends_on: date | None
    is_suspended: bool
    must_be_paid: bool
    grace_days: int
    charge_unit_minutes: int
    minutes_per_month: int
    versions: int
    lines: tuple[ContractLineRow, ...]


@dataclass(frozen=True)
class PaymentRow:
    """The pay state, how old the news is, and what is owed (None: not for these eyes, or not known)."""

    state: PayState
    overdue_since: date | None
    as_of: datetime | None
    source: str
    debt_minor: int | None
    currency: str


@dataclass(frozen=True)
class ClientCard:
    """A client with all that is known; tickets, hours and coverage are read beside it."""

    id: int
    version: int
    name: str
    category: str
    region: str
    note: str
    is_active: bool
    payment: PaymentRow
    entities: tuple[EntityRow, ...]
    sites: tuple[SiteRow, ...]
    contacts: tuple[ContactRow, ...]
    contracts: tuple[ContractRow, ...]
    units: tuple[UnitRow, ...]
    open_tickets: int
    all_tickets: int


@dataclass(frozen=True)
class MonthTime:
    """Minutes in a month of the UTC year."""

    year: int
    month: int
    worked: int
    charged: int
    tickets: int


def card(session: Session, client_id: int, viewer: Viewer, on: date) -> ClientCard:
    """The client as `viewer` may see it on a day.

    Raises:
        NotFound: there is none.
        Refused: a contractor sees own jobs only.
    """
    if viewer.role is Role.CONTRACTOR:
        raise Refused(mark("A contractor sees the own jobs only, not the clients."))
    head = session.execute(select(CLIENT).where(CLIENT.c.id == client_id)).first()
    if head is None:
        raise NotFound(mark("There is no client {id}."), id=client_id)
    counts = session.execute(
        select(func.count().label("all"), func.count().filter(T.c.is_open).label("open")).where(
            T.c.client_id == client_id
        )
    ).one()
    return ClientCard(
        id=head.id,
        version=head.version,
        name=head.name,
        category=head.category,
        region=head.region,
        note=head.note,
        is_active=head.is_active,
        payment=payment(session, client_id, viewer),
        entities=entities(session, client_id),
        sites=sites(session, client_id),
        contacts=contacts(session, client_id),
        contracts=contracts(session, client_id, on),
        units=units(session, client_id),
        open_tickets=counts.open,
        all_tickets=counts.all,
    )


@of_the_books
def clients(session: Session, *, name_like: str = "", limit: int = 1000, offset: int = 0) -> tuple[ClientRow, ...]:
    """Clients by name, with how many open tickets they have."""
    pay = table(Payment)
    open_tickets = (
        select(T.c.client_id, func.count().label("tickets")).where(IS_OPEN).group_by(T.c.client_id).subquery()
    )
    query = (
        select(CLIENT, open_tickets.c.tickets, pay.c.state)
        .outerjoin_from(CLIENT, open_tickets, open_tickets.c.client_id == CLIENT.c.id)
        .outerjoin(pay, pay.c.client_id == CLIENT.c.id)
        .where(CLIENT.c.is_active)
        .order_by(CLIENT.c.name, CLIENT.c.id)
        .limit(limit)
        .offset(offset)
    )
    if name_like:
        query = query.where(CLIENT.c.name.contains(name_like, autoescape=True))
    return tuple(
        ClientRow(
            row.id,
            row.name,
            row.category,
            row.region,
            row.tickets or 0,
            PayState(row.state or PayState.UNKNOWN),
        )
        for row in session.execute(query)
    )


@of_the_books
def name_of(session: Session, client_id: int) -> str:
    """The client's name.

    Raises:
        NotFound: there is none.
    """
    name = session.execute(select(CLIENT.c.name).where(CLIENT.c.id == client_id)).scalar()
    if name is None:
        raise NotFound(mark("There is no client {id}."), id=client_id)
    return str(name)


@of_the_books
def payment(session: Session, client_id: int, viewer: Viewer) -> PaymentRow:
    """The pay state; the sum owed is for the desk, not for engineers and contractors."""
    pay, money = table(Payment), table(PaymentMoney)
    row = session.execute(
        select(pay, money.c.debt_minor, money.c.currency)
        .outerjoin_from(pay, money, money.c.client_id == pay.c.client_id)
        .where(pay.c.client_id == client_id)
    ).first()
    if row is None:
        return PaymentRow(PayState.UNKNOWN, None, None, "", None, "")
    sees_money = viewer.role not in {Role.ENGINEER, Role.CONTRACTOR}
    return PaymentRow(
        PayState(row.state),
        row.overdue_since,
        row.as_of,
        row.source,
        row.debt_minor if sees_money else None,
        (row.currency or "") if sees_money else "",
    )


@of_the_books
def entities(session: Session, client_id: int) -> tuple[EntityRow, ...]:
    """The client's legal persons."""
    entity = table(LegalEntity)
    found = session.execute(select(entity).where(entity.c.client_id == client_id).order_by(entity.c.id))
    return tuple(EntityRow(row.id, row.name, row.country, row.tax_number) for row in found)


@of_the_books
def sites(session: Session, client_id: int) -> tuple[SiteRow, ...]:
    """The client's places."""
    site = table(Site)
    found = session.execute(select(site).where(site.c.client_id == client_id).order_by(site.c.city, site.c.name))
    return tuple(SiteRow(row.id, row.name, row.city, row.address, row.zone) for row in found)


@of_the_books
def contacts(session: Session, client_id: int) -> tuple[ContactRow, ...]:
    """The client's people."""
    contact = table(Contact)
    found = session.execute(select(contact).where(contact.c.client_id == client_id).order_by(contact.c.name))
    return tuple(ContactRow(row.id, row.name, row.position, row.phone, row.email, row.site_id) for row in found)


@of_the_books
def contracts(session: Session, client_id: int, on: date) -> tuple[ContractRow, ...]:
    """The client's contracts with the version in force on a day, the one that ends first first."""
    contract, version = table(Contract), table(ContractVersion)
    found = session.execute(
        select(contract.c.number, contract.c.title, version)
        .join_from(contract, version, version.c.contract_id == contract.c.id)
        .where(contract.c.client_id == client_id)
        .order_by(version.c.contract_id, version.c.effective_from)
    ).all()
    in_force = {}
    versions: dict[int, int] = {}
    for row in found:
        versions[row.contract_id] = versions.get(row.contract_id, 0) + 1
        if row.contract_id not in in_force or row.effective_from <= on:
            in_force[row.contract_id] = row
    made = [
        ContractRow(
            id=row.contract_id,
            number=row.number,
            title=row.title,
            version_id=row.id,
            effective_from=row.effective_from,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            is_suspended=row.is_suspended,
            must_be_paid=row.must_be_paid,
            grace_days=row.grace_days,
            charge_unit_minutes=row.charge_unit_minutes,
            minutes_per_month=row.minutes_per_month,
            versions=versions[row.contract_id],
            lines=contract_lines(session, row.id),
        )
        for row in in_force.values()
    ]
    return tuple(sorted(made, key=lambda row: (row.ends_on or date.max, row.number)))


@of_the_books
def contract_lines(session: Session, version_id: int) -> tuple[ContractLineRow, ...]:
    """What each line of a contract version covers."""
    line, unit, site = table(ContractLine), table(Equipment), table(Site)
    named, service = table(ContractLineService), table(Service)
    services: dict[tuple[int, bool], list[str]] = {}
    for row in session.execute(
        select(named.c.line_id, named.c.is_included, service.c.name)
        .join_from(named, service, service.c.id == named.c.service_id)
        .join(line, line.c.id == named.c.line_id)
        .where(line.c.version_id == version_id)
        .order_by(service.c.name)
    ):
        services.setdefault((row.line_id, row.is_included), []).append(row.name)
    found = session.execute(
        select(line, unit.c.kind, unit.c.maker, unit.c.model, unit.c.inventory_number, site.c.name, site.c.city)
        .outerjoin_from(line, unit, unit.c.id == line.c.equipment_id)
        .outerjoin(site, site.c.id == line.c.site_id)
        .where(line.c.version_id == version_id)
        .order_by(line.c.id)
    )
    return tuple(
        ContractLineRow(
            id=row.id,
            scope=Scope(row.scope),
            equipment_id=row.equipment_id,
            equipment=" ".join(filter(None, (row.kind, row.maker, row.model, row.inventory_number))),
            site=", ".join(filter(None, (row.city, row.name))),
            includes_children=row.includes_children,
            funding=Funding(row.funding),
            included_services=tuple(services.get((row.id, True), ())),
            excluded_services=tuple(services.get((row.id, False), ())),
        )
        for row in found
    )


@of_the_books
def units(session: Session, client_id: int) -> tuple[UnitRow, ...]:
    """The client's equipment as a forest in reading order: each unit right after what it is part of."""
    unit = table(Equipment)
    found = session.execute(
        select(unit).where(unit.c.client_id == client_id).order_by(unit.c.site_id, unit.c.kind, unit.c.id)
    ).all()
    known = {row.id for row in found}
    children: dict[int | None, list[int]] = {}
    by_id = {row.id: row for row in found}
    for row in found:
        children.setdefault(row.parent_id if row.parent_id in known else None, []).append(row.id)
    ordered: list[UnitRow] = []
    stack: list[tuple[int, tuple[int, ...]]] = [(number, ()) for number in reversed(children.get(None, []))]
    while stack:
        number, above = stack.pop()
        ordered.append(_unit(by_id[number], above))
        stack += [(child, (number, *above)) for child in reversed(children.get(number, []))]
    return tuple(ordered)


@of_the_books
def time_by_month(session: Session, client_id: int, *, months: int = 12) -> tuple[MonthTime, ...]:
    """Time spent for the client in its latest months, newest first."""
    entry = table(TimeEntry)
    found = session.execute(
        select(entry.c.started_at, entry.c.worked_minutes, entry.c.charged_minutes, entry.c.ticket_id)
        .join_from(entry, T, T.c.id == entry.c.ticket_id)
        .where(T.c.client_id == client_id)
    )
    sums: dict[tuple[int, int], tuple[int, int, set[int]]] = {}
    for row in found:
        month = (row.started_at.year, row.started_at.month)
        worked, charged, tickets = sums.get(month, (0, 0, set()))
        sums[month] = (worked + row.worked_minutes, charged + row.charged_minutes, tickets | {row.ticket_id})
    newest = sorted(sums.items(), reverse=True)[:months]
    return tuple(
        MonthTime(year, month, worked, charged, len(tickets)) for (year, month), (worked, charged, tickets) in newest
    )


def _unit(row: Any, above: tuple[int, ...]) -> UnitRow:
    return UnitRow(
        id=row.id,
        parent_id=row.parent_id,
        site_id=row.site_id,
        depth=len(above),
        kind=row.kind,
        maker=row.maker,
        model=row.model,
        inventory_number=row.inventory_number,
        serial_number=row.serial_number,
        status=EquipmentStatus(row.status),
        above=above,
    )
