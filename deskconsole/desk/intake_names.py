"""Names in a file, found among the desk's people, teams, clients, units and services, or made as placeholders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Table, insert, select
from sqlmodel import Session

from deskconsole.data.tables import (
    CallerKey,
    Client,
    Contract,
    Equipment,
    ExternalRef,
    Person,
    Service,
    Site,
    Team,
    table,
)
from deskconsole.desk import records
from deskconsole.desk.desk import Unit
from deskconsole.desk.ticket_words import equipment_words
from deskconsole.domain.terms import Role
from deskconsole.domain.text import fold, identifier_key, name_key, words

REF, KEYS = table(ExternalRef), table(CallerKey)
PEOPLE, TEAMS, CLIENTS = "people", "teams", "clients"
LOGIN_LIMIT = 60


class Placed(Protocol):
    """What of a history says where the work was."""

    @property
    def client(self) -> str:
        """The client's name."""
        ...

    @property
    def site(self) -> str:
        """The site's name or city."""
        ...

    @property
    def equipment(self) -> str:
        """The unit's inventory or serial number."""
        ...

    @property
    def service(self) -> str:
        """The service's code or name."""
        ...


@dataclass(frozen=True)
class Wanted:
    """The distinct names in a batch; actors are only recognised, never made."""

    people: frozenset[str]
    actors: frozenset[str]
    teams: frozenset[str]
    clients: frozenset[str]
    equipment: frozenset[str]
    services: frozenset[str]


class Place(NamedTuple):
    """Where the work was, as far as the desk knows it, with the words to find it by."""

    client_id: int | None
    client: str
    site_id: int | None
    equipment_id: int | None
    equipment: str


class _Unit(NamedTuple):
    id: int
    client_id: int
    site_id: int | None
    words: str


@dataclass(frozen=True)
class Names:
    """What the names of a batch mean at this desk."""

    people: Mapping[str, int]
    teams: Mapping[str, int]
    clients: Mapping[str, int]
    client_names: Mapping[int, str]
    services: Mapping[str, int]
    units: Mapping[str, tuple[_Unit, ...]]
    sites: Mapping[tuple[int, str], int]
    under_contract: frozenset[int]

    def place_of(self, history: Placed) -> Place:
        """The client, site and unit of a ticket; a unit without a client named says whose it is."""
        client_id = self.clients.get(history.client)
        fitting = [unit for unit in self.units.get(history.equipment, ()) if client_id in {None, unit.client_id}]
        unit = fitting[0] if len(fitting) == 1 else None
        if unit is not None:
            client_id = unit.client_id
        site_id = self.sites.get((client_id, fold(history.site))) if client_id and history.site else None
        return Place(
            client_id,
            self.client_names.get(client_id or 0, history.client),
            site_id or (unit.site_id if unit else None),
            unit.id if unit else None,
            unit.words if unit else history.equipment,
        )

    def gaps(self, history: Placed) -> Iterator[tuple[str, str]]:
        """What a ticket names and the desk does not know, as (field, name); people and clients have a policy."""
        place = self.place_of(history)
        if history.equipment and place.equipment_id is None:
            yield "equipment", history.equipment
        if history.site and place.site_id is None:
            yield "site", history.site
        if history.service and history.service not in self.services:
            yield "service", history.service


def resolve(unit: Unit, source: str, create: frozenset[str], wanted: Wanted) -> Names:
    """Find all names of a batch; those that may be made are made, and remembered for the next import."""
    session = unit.session
    people = _people(unit, source, wanted, may_create=PEOPLE in create)
    teams = _teams(unit, source, wanted.teams, may_create=TEAMS in create)
    clients = clients_named(unit, source, wanted.clients, may_create=CLIENTS in create)
    units = _units(session, wanted.equipment)
    ids = set(clients.values()) | {one.client_id for some in units.values() for one in some}
    service, client, contract = table(Service), table(Client), table(Contract)
    return Names(
        people=people,
        teams=teams,
        clients=clients,
        client_names={
            row.id: row.name for row in session.execute(select(client.c.id, client.c.name).where(client.c.id.in_(ids)))
        },
        services=_by_name(session, service, wanted.services, service.c.code, service.c.name),
        units=units,
        sites=_sites(session, ids),
        under_contract=frozenset(
            session.execute(select(contract.c.client_id).where(contract.c.client_id.in_(ids))).scalars()
        ),
    )


def _people(unit: Unit, source: str, wanted: Wanted, *, may_create: bool) -> dict[str, int]:
    person = table(Person)
    known = _remembered(unit.session, source, "person", wanted.people | wanted.actors)
    rest = (wanted.people | wanted.actors) - known.keys()
    known |= _by_name(unit.session, person, rest, person.c.login, person.c.name)
    missing = sorted(wanted.people - known.keys()) if may_create else []
    if missing:
        logins = set(unit.session.execute(select(person.c.login)).scalars())
        for name in missing:
            logins.add(login := _free_login(name, logins))
            made = Person(login=login, name=name, role=Role.ENGINEER.value, is_active=False)
            unit.session.add(made)
            unit.session.flush()
            known[name] = made.id or 0
        _remember(unit, source, "person", {name: known[name] for name in missing})
        unit.changed("person", None)
    return known


def _teams(unit: Unit, source: str, wanted: frozenset[str], *, may_create: bool) -> dict[str, int]:
    team = table(Team)
    known = _remembered(unit.session, source, "team", wanted)
    known |= _by_name(unit.session, team, wanted - known.keys(), team.c.name)
    missing = sorted(wanted - known.keys()) if may_create else []
    made: dict[str, int] = {}  # two spellings of a new name are one team
    for name in missing:
        if fold(name) not in made:
            row = Team(name=name)
            unit.session.add(row)
            unit.session.flush()
            made[fold(name)] = row.id or 0
        known[name] = made[fold(name)]
    if missing:
        _remember(unit, source, "team", {name: known[name] for name in missing})
        unit.changed("team", None)
    return known


def clients_named(unit: Unit, source: str, wanted: frozenset[str], *, may_create: bool) -> dict[str, int]:
    """By reference, then by name (without its legal form), tax number or contract; two that fit are none."""
    known = _remembered(unit.session, source, "client", wanted)
    keys = {name: name_key(name) for name in wanted - known.keys()}
    numbers = {name: identifier_key(name) for name in keys}
    found: dict[str, set[int]] = {}
    for row in unit.session.execute(
        select(KEYS.c.key, KEYS.c.kind, KEYS.c.client_id).where(
            KEYS.c.kind.in_(("name", "entity", "tax", "contract")),
            KEYS.c.key.in_(({*keys.values()} | {*numbers.values()}) - {""}),
        )
    ):
        found.setdefault(f"{row.kind in {'name', 'entity'}}{row.key}", set()).add(row.client_id)
    for name, key in keys.items():
        fitting = found.get(f"True{key}") or found.get(f"False{numbers[name]}") or set()
        if len(fitting) == 1:
            known[name] = min(fitting)
    missing = sorted(wanted - known.keys()) if may_create else []
    made: dict[str, int] = {}  # two spellings of a new name are one client
    for name in missing:
        if keys[name] not in made:
            made[keys[name]] = records.put_client(unit, records.ClientRecord(name))
        known[name] = made[keys[name]]
    _remember(unit, source, "client", {name: known[name] for name in missing})
    return known


def _units(session: Session, wanted: frozenset[str]) -> dict[str, tuple[_Unit, ...]]:
    if not wanted:
        return {}
    keys = {name: identifier_key(name) for name in wanted}
    found: dict[str, dict[int, _Unit]] = {}
    for key, unit in session.execute(
        select(KEYS.c.key, Equipment)
        .join_from(KEYS, Equipment, table(Equipment).c.id == KEYS.c.row_id)
        .where(KEYS.c.kind.in_(("inventory", "serial")), KEYS.c.key.in_({*keys.values()} - {""}))
    ):
        number = unit.id or 0
        found.setdefault(key, {})[number] = _Unit(number, unit.client_id, unit.site_id, equipment_words(unit))
    return {name: tuple(found[key].values()) for name, key in keys.items() if key in found}


def _sites(session: Session, client_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """Sites by client and folded name; by city where the client has one site there."""
    site = table(Site)
    rows = session.execute(select(site).where(site.c.client_id.in_(client_ids)).order_by(site.c.id.desc())).all()
    cities: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        cities.setdefault((row.client_id, fold(row.city)), []).append(row.id)
    found = {place: ids[0] for place, ids in cities.items() if len(ids) == 1}
    return found | {(row.client_id, fold(row.name)): row.id for row in rows}


def _by_name(session: Session, of: Table, wanted: Iterable[str], *columns: Any) -> dict[str, int]:
    """Rows of a small table by one of its names, folded in Python as SQLite can't; the first column wins."""
    folded = {name: fold(name) for name in wanted}
    if not folded:
        return {}
    by_name: dict[str, int] = {}
    rows = session.execute(select(of.c.id, *columns).order_by(of.c.id)).all()
    for place in range(1, len(columns) + 1):
        for row in rows:
            by_name.setdefault(fold(row[place]), row[0])
    return {name: by_name[key] for name, key in folded.items() if key in by_name}


def _remembered(session: Session, source: str, entity: str, names: Iterable[str]) -> dict[str, int]:
    """Names an import has met before, whatever they are called now."""
    wanted = list(names)
    if not wanted:
        return {}
    found = select(REF.c.external_id, REF.c.row_id).where(
        REF.c.source == source, REF.c.entity == entity, REF.c.external_id.in_(wanted)
    )
    return {row.external_id: row.row_id for row in session.execute(found)}


def _remember(unit: Unit, source: str, entity: str, rows: Mapping[str, int]) -> None:
    if rows:
        unit.session.execute(
            insert(REF),
            [
                {
                    "source": source,
                    "entity": entity,
                    "external_id": name,
                    "row_id": number,
                    "digest": "",
                    "at": unit.now,
                }
                for name, number in rows.items()
            ],
        )


def _free_login(name: str, taken: set[str]) -> str:
    base = ".".join(words(name))[:LOGIN_LIMIT] or "person"
    login, number = base, 1
    while login in taken:
        number += 1
        login = f"{base}.{number}"
    return login
