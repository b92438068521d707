"""The demo's clients: names, legal persons, sites, contacts and equipment in trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from deskconsole.data.demo import names, numbers
from deskconsole.data.demo.equipment import KINDS, TRADE_WEIGHTS, TRADES
from deskconsole.data.demo.hours import Hours
from deskconsole.data.demo.rows import Book
from deskconsole.data.tables import Client, Contact, Equipment, LegalEntity, Site
from deskconsole.domain import coverage
from deskconsole.domain.terms import EquipmentStatus, PayState

UNITS_PER_CLIENT = 12.5
UNKNOWN = coverage.Payment(PayState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a call about it needs it; `above` are the units it is part of, nearest first."""

    id: int
    site_id: int
    kind: str
    skill: str
    number: str
    label: str
    words: str
    above: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """A contract's version from a day on, and the minutes its charged time is rounded to."""

    effective_from: date
    terms: coverage.ContractTerms
    charge_unit: int


@dataclass(slots=True)
class Customer:
    """A client as its tickets need it."""

    id: int
    name: str
    city: names.City
    category: str
    entity_id: int
    site_ids: list[int] = field(default_factory=list)
    contacts: list[tuple[int, str]] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    unlisted: list[Unit] = field(default_factory=list)
    excluded: tuple[int, ...] = ()
    contracts: list[tuple[Terms, ...]] = field(default_factory=list)
    payment: coverage.Payment = UNKNOWN
    hours: Hours | None = None
    is_special: bool = False  # has a price list of its own

    def in_force(self, on: date) -> list[Terms]:
        """Each contract in its version of the day, before the first one the first (as desk.coverage reads them)."""
        return [
            max((version for version in versions if version.effective_from <= on), key=_effective, default=versions[0])
            for versions in self.contracts
        ]


def _effective(version: Terms) -> date:
    return version.effective_from


FIRST = (("Ромашка", "RU"), ("Ёлки-Иголки", "RU"), ("Muñoz y Peña", "ES"), ("Baker & Sons", "GB"))


def meet(book: Book, random: Random, count: int, now: datetime) -> list[Customer]:
    """Put `count` clients with all they have but contracts into the book."""
    taken: set[str] = set()
    made: list[Customer] = []
    for index in range(count):
        city = _city(random, index)
        if index < len(FIRST):
            bare = FIRST[index][0]
            taken.add(bare)
            full = names.legal_name(random, city.country, bare)
        else:
            bare, full = names.company(random, city, taken)
        customer = _client(book, random, city, full, now)
        quota = round((index + 1) * UNITS_PER_CLIENT) - sum(len(other.units) for other in made)
        _places(book, random, customer)
        _equip(book, random, customer, _share(random, quota, is_last=index == count - 1), now.date())
        made.append(customer)
    return made


def _share(random: Random, quota: int, *, is_last: bool) -> int:
    """How many units a client gets of those still to be given out: few or many, but all are given in the end."""
    return quota if is_last else max(2, min(quota, round(quota * random.uniform(0.2, 1.7))))


def _city(random: Random, index: int) -> names.City:
    if index < len(FIRST):
        return next(city for city in names.CITIES if city.country == FIRST[index][1])
    return random.choices(names.CITIES, [city.weight for city in names.CITIES])[0]


def _client(book: Book, random: Random, city: names.City, full: str, now: datetime) -> Customer:
    category = random.choices(("VIP", "A", "B", "C"), (6, 20, 40, 34))[0]
    client_id = book.put(
        Client,
        name=full,
        category=category,
        region=city.region,
        note="Отвечать только письменно" if random.random() < 0.05 else "",
        is_active=True,
        created_at=now - timedelta(days=random.randrange(200, 2000)),
    )
    entity_id = _entity(book, random, client_id, full, city.country)
    if random.random() < 0.12:
        _entity(
            book,
            random,
            client_id,
            names.legal_name(random, city.country, names.person(random, city.language)),
            city.country,
        )
    return Customer(client_id, full, city, category, entity_id)


def _entity(book: Book, random: Random, client_id: int, full: str, country: str) -> int:
    number = numbers.tax_number(random, country)
    return book.put(LegalEntity, client_id=client_id, name=full, country=country, tax_number=number)


def _places(book: Book, random: Random, customer: Customer) -> None:
    city = customer.city
    for number in range(1, random.choice((1, 1, 2, 2, 3, 5)) + 1):
        # A chain has shops in other cities of its country too.
        place = city
        if number > 1 and random.random() < 0.3:
            place = random.choice([other for other in names.CITIES if other.country == city.country])
        site_id = book.put(
            Site,
            client_id=customer.id,
            name=names.site(random, city.language, number),
            city=place.name,
            address=names.address(random, place),
            zone=place.zone,
        )
        customer.site_ids.append(site_id)
        for _ in range(random.choice((1, 1, 2))):
            is_mobile = random.random() < 0.6
            name = names.person(random, city.language)
            contact_id = book.put(
                Contact,
                client_id=customer.id,
                site_id=site_id,
                name=name,
                position=names.position(random, city.language),
                phone=numbers.mobile(random, place.country) if is_mobile else numbers.landline(random, *place.phone),
                email=f"office{customer.id}.{site_id}@client.example" if random.random() < 0.7 else "",
            )
            customer.contacts.append((contact_id, name))


def _equip(book: Book, random: Random, customer: Customer, quota: int, today: date) -> None:
    trees = TRADES[random.choices(list(TRADE_WEIGHTS), list(TRADE_WEIGHTS.values()))[0]]
    while len(customer.units) < quota:
        top, parts = random.choice(trees)
        if len(customer.units) + 1 + len(parts) > quota:
            # No room for a whole tree: a unit that stands alone.
            top, parts = random.choice([tree for tree in trees if not tree[1]])
        site_id = random.choice(customer.site_ids)
        unit = _unit(book, random, customer, top, site_id, None, today)
        for part in parts:
            _unit(book, random, customer, part, site_id, unit, today)


def _unit(
    book: Book, random: Random, customer: Customer, kind_name: str, site_id: int, parent: Unit | None, today: date
) -> Unit:
    kind = KINDS[kind_name]
    maker, model = random.choice(kind.models)
    number = f"{kind.prefixes[customer.city.language != 'ru']}-{book[Equipment].last_id + 1:04}"
    serial = f"{random.choice('ABCDEFGHKMNPRSTX')}{random.randrange(10**8):08}" if maker else ""
    installed = today - timedelta(days=random.randrange(30, 2500))
    status = random.choices(list(EquipmentStatus), (90, 4, 3, 3))[0] if parent is None else EquipmentStatus.IN_USE
    unit_id = book.put(
        Equipment,
        client_id=customer.id,
        site_id=site_id,
        parent_id=parent.id if parent else None,
        inventory_number=number,
        serial_number=serial,
        kind=kind_name,
        maker=maker,
        model=model,
        status=status.value,
        installed_on=installed,
        warranty_until=installed + timedelta(days=random.choice((365, 730, 1095))) if maker else None,
        note="",
    )
    label = " ".join(filter(None, (kind_name, maker, model, number)))
    above = (parent.id, *parent.above) if parent else ()
    words = " ".join((kind_name, maker, model, number, serial))
    unit = Unit(unit_id, site_id, kind_name, kind.skill, number, label, words, above)
    customer.units.append(unit)
    return unit
