"""Keeping the books of clients, equipment and contracts; imports write through here too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import delete, select
from sqlmodel import Session

from deskconsole.data.queries.ticket_filter import IS_OPEN
from deskconsole.data.tables import (
    Client,
    Contact,
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    ContractVersionMoney,
    Equipment,
    LegalEntity,
    Payment,
    PaymentMoney,
    Person,
    Service,
    Site,
    Skill,
    Team,
    Ticket,
    table,
)
from deskconsole.desk import caller_keys, hours
from deskconsole.desk.desk import Unit
from deskconsole.desk.identifiers import phone, tax_number
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EquipmentStatus, Funding, PayState, Role, Scope
from deskconsole.domain.text import clean

Known = TypeVar("Known")
Place = TypeVar("Place", Site, Equipment)
LINE_LIMIT = 200  # characters of a name, a number, an address
KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)


@dataclass(frozen=True)
class ClientRecord:
    """A client as somebody writes it down."""

    name: str
    category: str = ""
    region: str = ""
    note: str = ""
    entity: str = ""
    tax_number: str = ""
    country: str = ""


@dataclass(frozen=True)
class PaymentRecord:
    """What accounting says of a client on a day."""

    state: PayState
    as_of: datetime
    overdue_since: date | None = None
    debt_minor: int | None = None
    currency: str = ""
    source: str = ""


@dataclass(frozen=True)
class SiteRecord:
    """A place of a client's."""

    name: str
    city: str = ""
    address: str = ""
    zone: str = ""


@dataclass(frozen=True)
class ContactRecord:
    """A person at a client's; `region` says how a phone without a country code is meant."""

    name: str
    position: str = ""
    phone: str = ""
    email: str = ""
    region: str = "RU"
    site_id: int | None = None


@dataclass(frozen=True)
class PersonRecord:
    """Somebody of the service company."""

    login: str
    name: str
    role: Role
    team_id: int | None = None
    skills: Sequence[str] = ()
    phone: str = ""
    email: str = ""
    capacity_minutes: int = 480


@dataclass(frozen=True)
class UnitRecord:
    """A unit of equipment."""

    inventory_number: str = ""
    serial_number: str = ""
    kind: str = ""
    maker: str = ""
    model: str = ""
    status: EquipmentStatus = EquipmentStatus.IN_USE
    site_id: int | None = None
    parent_id: int | None = None
    installed_on: date | None = None
    warranty_until: date | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """As people call it."""
        return " ".join(filter(None, (self.kind, self.maker, self.model, self.inventory_number)))


@dataclass(frozen=True)
class LineRecord:
    """What a contract covers."""

    scope: Scope
    funding: Funding
    equipment_id: int | None = None
    site_id: int | None = None
    includes_children: bool = False
    included_services: Sequence[int] = ()
    excluded_services: Sequence[int] = ()


@dataclass(frozen=True)
class ContractRecord:
    """A contract's terms from a day on."""

    number: str
    starts_on: date
    ends_on: date | None = None
    effective_from: date | None = None  # None = from its start
    title: str = ""
    is_suspended: bool = False
    must_be_paid: bool = True
    grace_days: int = 0
    charge_unit_minutes: int = 0
    minutes_per_month: int = 0
    fee_minor: int | None = None
    fee_months: int = 1
    currency: str = ""
    lines: Sequence[LineRecord] = field(default=())


def put_team(unit: Unit, name: str) -> int:
    """The team of that name, made if there is none; returns its id."""
    unit.allow(Role.ADMIN, Role.SUPERVISOR)
    team = unit.session.scalars(select(Team).where(table(Team).c.name == _line(name))).first() or Team(name=_line(name))
    unit.session.add(team)
    unit.session.flush()
    return team.id or 0


def put_person(unit: Unit, record: PersonRecord) -> int:
    """Write a person, new or known by login; returns their id."""
    unit.allow(Role.ADMIN, Role.SUPERVISOR)
    login = _line(record.login)
    if not login:
        raise InvalidInput(mark("A person needs a login."))
    known = unit.session.scalars(select(Person).where(table(Person).c.login == login)).first()
    person = known or Person(login=login, name="", role="")
    person.name, person.role, person.team_id = _line(record.name), record.role.value, record.team_id
    person.phone, person.email = _line(record.phone or "") or None, _line(record.email or "") or None
    person.capacity_minutes = record.capacity_minutes
    unit.session.add(person)
    unit.session.flush()
    unit.session.execute(delete(Skill).where(table(Skill).c.person_id == person.id))
    unit.session.add_all(
        Skill(person_id=person.id or 0, name=skill) for skill in dict.fromkeys(map(_line, record.skills))
    )
    unit.changed("person", person.id)
    return person.id or 0


def put_client(unit: Unit, record: ClientRecord, client_id: int | None = None) -> int:
    """Write a client, new or known; returns its id."""
    unit.allow(*KEEPERS)
    name = _line(record.name)
    if not name:
        raise InvalidInput(mark("A client needs a name."))
    client = _known(unit.session, Client, client_id) if client_id else Client(name=name, created_at=unit.now)
    if client_id and client.category != _line(record.category):
        _rederive_clocks(unit, client_id)
    client.name, client.category, client.region = name, _line(record.category), _line(record.region)
    client.note = clean(record.note, multiline=True)
    unit.session.add(client)
    unit.session.flush()
    made = client.id or 0
    caller_keys.replace(unit.session, made, made, ("name",), caller_keys.of_client(name))
    if record.entity or record.tax_number:
        put_entity(unit, made, record.entity or name, record.tax_number, record.country)
    unit.changed("client", made)
    return made


def _rederive_clocks(unit: Unit, client_id: int) -> None:
    """Let the clocks of a client's open tickets follow in this transaction: SLA policies may hold for a category."""
    ticket = table(Ticket).c
    found = unit.session.scalars(select(Ticket).where(ticket.client_id == client_id, IS_OPEN).with_for_update())
    unit.touched.update({row.id or 0: row for row in found})


def put_entity(unit: Unit, client_id: int, name: str, number: str, country: str) -> int:
    """Write a legal person of a client; one with the same tax number is the same one; returns its id."""
    unit.allow(*KEEPERS)
    _known(unit.session, Client, client_id)
    compact = _line(tax_number(number, country)) if number else ""
    column = table(LegalEntity).c
    same = (column.tax_number == compact) if compact else (column.name == _line(name))
    entity = unit.session.scalars(select(LegalEntity).where(column.client_id == client_id, same)).first()
    entity = entity or LegalEntity(client_id=client_id, name="")
    entity.name, entity.tax_number, entity.country = _line(name), compact, _line(country).upper()
    unit.session.add(entity)
    unit.session.flush()
    keys = caller_keys.of_entity(entity.name, compact)
    caller_keys.replace(unit.session, client_id, entity.id or 0, ("entity", "tax"), keys)
    return entity.id or 0


def put_payment(unit: Unit, client_id: int, record: PaymentRecord) -> None:
    """Write what accounting says; older news than what stands there is dropped."""
    unit.allow(*KEEPERS)
    _known(unit.session, Client, client_id)
    known = unit.session.get(Payment, client_id)
    if known is not None and known.as_of > record.as_of:
        return
    payment = known or Payment(client_id=client_id, state="", as_of=record.as_of)
    payment.state, payment.overdue_since = record.state.value, record.overdue_since
    payment.as_of, payment.source = record.as_of, _line(record.source)
    unit.session.add(payment)
    money = unit.session.get(PaymentMoney, client_id)
    if record.debt_minor is not None:
        money = money or PaymentMoney(client_id=client_id, debt_minor=0, currency="")
        money.debt_minor, money.currency = record.debt_minor, _line(record.currency)
        unit.session.add(money)
    elif money is not None:
        unit.session.delete(money)
    unit.changed("client", client_id)


def put_site(unit: Unit, client_id: int, record: SiteRecord, site_id: int | None = None) -> int:
    """Write a place; returns its id."""
    unit.allow(*KEEPERS)
    _known(unit.session, Client, client_id)
    site = _known(unit.session, Site, site_id) if site_id else Site(client_id=client_id, name="")
    site.name, site.city, site.address = _line(record.name), _line(record.city), _line(record.address)
    site.zone = _line(record.zone)
    unit.session.add(site)
    unit.session.flush()
    keys = caller_keys.of_site(site.name, site.city, site.address)
    caller_keys.replace(unit.session, client_id, site.id or 0, ("site",), keys)
    return site.id or 0


def put_contact(unit: Unit, client_id: int, record: ContactRecord, contact_id: int | None = None) -> int:
    """Write a person to call; the phone is brought into E.164; returns its id."""
    unit.allow(*KEEPERS)
    _known(unit.session, Client, client_id)
    _check_owner(unit.session, Site, record.site_id, client_id)
    number = phone(record.phone, record.region) if record.phone.strip() else ""
    contact = _known(unit.session, Contact, contact_id) if contact_id else Contact(client_id=client_id, name="")
    contact.name, contact.position, contact.phone = _line(record.name), _line(record.position), number
    contact.email, contact.site_id = _line(record.email), record.site_id
    unit.session.add(contact)
    unit.session.flush()
    keys = caller_keys.of_contact(contact.name, number)
    caller_keys.replace(unit.session, client_id, contact.id or 0, ("contact", "phone"), keys)
    return contact.id or 0


def put_unit(unit: Unit, client_id: int, record: UnitRecord, equipment_id: int | None = None) -> int:
    """Write a unit of equipment; returns its id.

    Raises:
        InvalidInput: it would be a part of itself or of another client's unit.
    """
    unit.allow(*KEEPERS)
    _known(unit.session, Client, client_id)
    row = _known(unit.session, Equipment, equipment_id) if equipment_id else Equipment(client_id=client_id)
    _check_owner(unit.session, Site, record.site_id, client_id)
    _check_parent(unit.session, client_id, equipment_id, record.parent_id)
    row.client_id, row.site_id, row.parent_id = client_id, record.site_id, record.parent_id
    row.inventory_number, row.serial_number = _line(record.inventory_number), _line(record.serial_number)
    row.kind, row.maker, row.model = _line(record.kind), _line(record.maker), _line(record.model)
    row.status, row.note = record.status.value, clean(record.note, multiline=True)
    row.installed_on, row.warranty_until = record.installed_on, record.warranty_until
    unit.session.add(row)
    unit.session.flush()
    keys = caller_keys.of_unit(record.label, row.inventory_number, row.serial_number)
    caller_keys.replace(unit.session, client_id, row.id or 0, ("inventory", "serial"), keys)
    unit.changed("equipment", row.id)
    return row.id or 0


def put_contract(unit: Unit, client_id: int, record: ContractRecord, contract_id: int | None = None) -> int:
    """Write a contract, or a new version of a known one; returns its id.

    A new contract with an end and a monthly rate grants its hours at once (months x rate at signing); without an
    end nobody knows how many, they are granted by hand. A version is never edited: terms that differ need a later
    `effective_from`.
    """
    unit.allow(*KEEPERS)
    _known(unit.session, Client, client_id)
    if not _line(record.number):
        raise InvalidInput(mark("A contract needs its number."))
    if record.ends_on is not None and record.ends_on < record.starts_on:
        raise InvalidInput(
            mark("Contract {number} would end on {ends}, before it starts on {starts}."),
            number=record.number,
            ends=record.ends_on,
            starts=record.starts_on,
        )
    if min(record.grace_days, record.charge_unit_minutes, record.minutes_per_month, record.fee_minor or 0) < 0:
        raise InvalidInput(mark("Contract {number} has a negative number."), number=record.number)
    contract = (
        _known(unit.session, Contract, contract_id)
        if contract_id
        else Contract(client_id=client_id, number=_line(record.number))
    )
    if contract.client_id != client_id:
        raise InvalidInput(mark("Contract {number} belongs to another client."), number=contract.number)
    for line in record.lines:
        _check_owner(unit.session, Site, line.site_id, client_id)
        _check_owner(unit.session, Equipment, line.equipment_id, client_id)
        for service_id in (*line.included_services, *line.excluded_services):
            _known(unit.session, Service, service_id)
    contract.title = _line(record.title)
    unit.session.add(contract)
    unit.session.flush()
    made = contract.id or 0
    caller_keys.replace(unit.session, client_id, made, ("contract",), caller_keys.of_contract(contract.number))
    _add_version(unit, made, record)
    if contract_id is None and record.ends_on is not None:
        hours.accrue(
            unit,
            client_id,
            made,
            minutes_per_month=record.minutes_per_month,
            first=record.starts_on,
            last=record.ends_on,
        )
    unit.changed("client", client_id)
    return made


def _add_version(unit: Unit, contract_id: int, record: ContractRecord) -> None:
    effective = record.effective_from or record.starts_on
    column = table(ContractVersion).c
    latest = unit.session.execute(
        select(column.effective_from).where(column.contract_id == contract_id).order_by(column.effective_from.desc())
    ).scalar()
    if latest is not None and effective <= latest:
        raise InvalidInput(
            mark("Contract {number} has a version from {latest} already; new terms need a later day than {day}."),
            number=record.number,
            latest=latest,
            day=effective,
        )
    version = ContractVersion(
        contract_id=contract_id,
        effective_from=effective,
        starts_on=record.starts_on,
        ends_on=record.ends_on,
        is_suspended=record.is_suspended,
        must_be_paid=record.must_be_paid,
        grace_days=record.grace_days,
        charge_unit_minutes=record.charge_unit_minutes,
        minutes_per_month=record.minutes_per_month,
        created_at=unit.now,
        created_by_id=unit.actor.id,
    )
    unit.session.add(version)
    unit.session.flush()
    if record.fee_minor is not None:
        unit.session.add(
            ContractVersionMoney(
                version_id=version.id or 0,
                fee_minor=record.fee_minor,
                months=record.fee_months,
                currency=_line(record.currency),
            )
        )
    for line in record.lines:
        _add_line(unit.session, version.id or 0, line)


def _add_line(session: Session, version_id: int, record: LineRecord) -> None:
    line = ContractLine(
        version_id=version_id,
        scope=record.scope.value,
        equipment_id=record.equipment_id,
        site_id=record.site_id,
        includes_children=record.includes_children,
        funding=record.funding.value,
    )
    session.add(line)
    session.flush()
    for is_included, services in ((True, record.included_services), (False, record.excluded_services)):
        session.add_all(
            ContractLineService(line_id=line.id or 0, service_id=service, is_included=is_included)
            for service in services
        )


def _check_parent(session: Session, client_id: int, equipment_id: int | None, parent_id: int | None) -> None:
    above, seen = parent_id, {equipment_id}
    while above is not None:
        if above in seen:
            raise InvalidInput(mark("A unit can't be a part of itself."))
        seen.add(above)
        parent = _known(session, Equipment, above)
        if parent.client_id != client_id:
            raise InvalidInput(mark("A unit can't be a part of another client's unit."))
        above = parent.parent_id


def _line(text: str) -> str:
    """One line as it is kept.

    Raises:
        InvalidInput: it is too long to be a name, a number or an address.
    """
    kept = clean(text).strip()
    if len(kept) > LINE_LIMIT:
        raise InvalidInput(
            mark('"{start}..." has {count} characters, more than {limit}.'),
            start=kept[:20],
            count=len(kept),
            limit=LINE_LIMIT,
        )
    return kept


def _check_owner(session: Session, model: type[Place], row_id: int | None, client_id: int) -> None:
    if row_id is not None and _known(session, model, row_id).client_id != client_id:
        raise InvalidInput(mark("The {what} {id} belongs to another client."), what=model.__name__.lower(), id=row_id)


def _known(session: Session, model: type[Known], row_id: int) -> Known:
    row = session.get(model, row_id)
    if row is None:
        raise NotFound(mark("There is no {what} {id}."), what=model.__name__.lower(), id=row_id)
    return row
