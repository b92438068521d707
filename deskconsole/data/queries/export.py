"""Reading whole books for export: page by page in the order of their numbers, as plain rows by column name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.ticket_filter import T, Viewer, conditions
from deskconsole.data.tables import (
    Client,
    Contact,
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    ContractVersionMoney,
    Equipment,
    HourEntry,
    HourLot,
    LegalEntity,
    Payment,
    PaymentMoney,
    Person,
    Service,
    Site,
    Team,
    table,
)
from deskconsole.domain.errors import Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Role
from deskconsole.domain.ticket_filter import Filter

Page = tuple[int | None, list[Mapping[str, Any]]]  # where the next page begins (None = that was the last), its rows

CLIENT, PERSON, TEAM, UNIT = table(Client), table(Person), table(Team), table(Equipment)
SITE, SERVICE, CONTRACT = table(Site), table(Service), table(Contract)

TICKET_COLUMNS = [
    "id",
    "type",
    "subject",
    "channel",
    "priority",
    "status",
    "category",
    "client",
    "site",
    "caller",
    "equipment",
    "service",
    "team",
    "assignee",
    "coverage",
    "policy",
    "due",
    "wished",
    "planned",
    "created",
    "updated",
    "resolved",
    "closed",
]
CLIENT_COLUMNS = [
    "id",
    "name",
    "category",
    "region",
    "note",
    "entity",
    "tax_number",
    "country",
    "pay_state",
    "pay_as_of",
    "overdue_since",
    "debt",
    "currency",
    "site",
    "city",
    "address",
    "zone",
    "contact",
    "position",
    "phone",
    "email",
]
EQUIPMENT_COLUMNS = [
    "id",
    "client",
    "site",
    "inventory_number",
    "serial_number",
    "kind",
    "maker",
    "model",
    "status",
    "parent",
    "installed_on",
    "warranty_until",
    "note",
]
CONTRACT_COLUMNS = [
    "id",
    "client",
    "number",
    "title",
    "starts_on",
    "ends_on",
    "effective_from",
    "suspended",
    "must_be_paid",
    "grace_days",
    "charge_unit_minutes",
    "minutes_per_month",
    "fee",
    "fee_months",
    "currency",
    "scope",
    "funding",
    "equipment",
    "site",
    "includes_children",
    "services",
    "without_services",
]
HOUR_COLUMNS = [
    "id",
    "lot",
    "client",
    "contract",
    "bought_on",
    "expires_on",
    "kind",
    "minutes",
    "at",
    "person",
    "ticket",
    "reason",
]


def tickets(session: Session, viewer: Viewer, after: int, limit: int, wanted: Filter) -> Page:
    """Tickets that satisfy a filter, for these eyes."""
    query = (
        select(
            T,
            CLIENT.c.name.label("client"),
            SITE.c.name.label("site"),
            UNIT.c.inventory_number.label("equipment"),
            UNIT.c.serial_number.label("serial"),
            SERVICE.c.code.label("service"),
            TEAM.c.name.label("team"),
            PERSON.c.name.label("assignee"),
        )
        .select_from(T)
        .outerjoin(CLIENT, CLIENT.c.id == T.c.client_id)
        .outerjoin(SITE, SITE.c.id == T.c.site_id)
        .outerjoin(UNIT, UNIT.c.id == T.c.equipment_id)
        .outerjoin(SERVICE, SERVICE.c.id == T.c.service_id)
        .outerjoin(TEAM, TEAM.c.id == T.c.team_id)
        .outerjoin(PERSON, PERSON.c.id == T.c.assignee_id)
        .where(T.c.id > after, *conditions(session, wanted, viewer))
        .order_by(T.c.id)
        .limit(limit)
    )
    times = {name: f"{name}_at" for name in ("due", "wished", "planned", "created", "updated", "resolved", "closed")}
    rows = []
    for row in session.execute(query):
        made = {name: getattr(row, times.get(name, name)) for name in TICKET_COLUMNS}
        made["equipment"] = made["equipment"] or row.serial
        rows.append(made)
    return _page(rows, limit)


def clients(session: Session, viewer: Viewer, after: int, limit: int) -> Page:
    """Clients; one with several legal persons, sites or contacts has as many rows as the longest of these."""
    _only_own_people(viewer)
    pay, money = table(Payment), table(PaymentMoney)
    heads = session.execute(
        select(CLIENT, pay.c.state, pay.c.as_of, pay.c.overdue_since, money.c.debt_minor, money.c.currency)
        .outerjoin_from(CLIENT, pay, pay.c.client_id == CLIENT.c.id)
        .outerjoin(money, money.c.client_id == CLIENT.c.id)
        .where(CLIENT.c.id > after)
        .order_by(CLIENT.c.id)
        .limit(limit)
    ).all()
    ids = [head.id for head in heads]
    entities = _by_client(session, table(LegalEntity), ids)
    sites = _by_client(session, SITE, ids)
    contacts = _by_client(session, table(Contact), ids)
    site_names = {site.id: site for some in sites.values() for site in some}
    sees_money = viewer.role is not Role.ENGINEER
    rows: list[Mapping[str, Any]] = []
    for head in heads:
        people = contacts.get(head.id, [])
        # a contact stands in the row of their own site; sites nobody sits at have rows of their own
        taken = {person.site_id for person in people if person.site_id is not None}
        lines = [(site_names.get(person.site_id), person) for person in people]
        lines += [(site, None) for site in sites.get(head.id, []) if site.id not in taken]
        legal = entities.get(head.id, [])
        for place in range(max(len(lines), len(legal), 1)):
            site, person = lines[place] if place < len(lines) else (None, None)
            entity = legal[place] if place < len(legal) else None
            rows.append(_client_row(head, entity, site, person, sees_money=sees_money))
    return (ids[-1] if len(ids) == limit else None), rows


def equipment(session: Session, viewer: Viewer, after: int, limit: int) -> Page:
    """Units, each before what is part of it only where its number is lower."""
    _only_own_people(viewer)
    parent = UNIT.alias("parent")
    query = (
        select(
            UNIT,
            CLIENT.c.name.label("client"),
            SITE.c.name.label("site"),
            parent.c.inventory_number.label("above"),
            parent.c.serial_number.label("above_serial"),
        )
        .join_from(UNIT, CLIENT, CLIENT.c.id == UNIT.c.client_id)
        .outerjoin(SITE, SITE.c.id == UNIT.c.site_id)
        .outerjoin(parent, parent.c.id == UNIT.c.parent_id)
        .where(UNIT.c.id > after)
        .order_by(UNIT.c.id)
        .limit(limit)
    )
    rows = [
        {
            name: (row.above or row.above_serial) if name == "parent" else getattr(row, name)
            for name in EQUIPMENT_COLUMNS
        }
        for row in session.execute(query)
    ]
    return _page(rows, limit)


def contracts(session: Session, viewer: Viewer, after: int, limit: int) -> Page:
    """Every version of every contract, one row for each line; fees only for those who may see money."""
    _only_own_people(viewer)
    version, money = table(ContractVersion), table(ContractVersionMoney)
    heads = session.execute(
        select(
            version,
            CONTRACT.c.number,
            CONTRACT.c.title,
            CLIENT.c.name.label("client"),
            money.c.fee_minor,
            money.c.months,
            money.c.currency,
        )
        .join_from(version, CONTRACT, CONTRACT.c.id == version.c.contract_id)
        .join(CLIENT, CLIENT.c.id == CONTRACT.c.client_id)
        .outerjoin(money, money.c.version_id == version.c.id)
        .where(version.c.id > after)
        .order_by(version.c.id)
        .limit(limit)
    ).all()
    ids = [head.id for head in heads]
    lines = _contract_lines(session, ids)
    sees_money = viewer.role is not Role.ENGINEER
    rows: list[Mapping[str, Any]] = []
    for head in heads:
        terms = {
            "id": head.contract_id,
            "suspended": head.is_suspended,
            "fee": _money(head.fee_minor) if sees_money else None,
            "fee_months": head.months if sees_money else None,
            "currency": head.currency if sees_money else None,
        }
        for line in lines.get(head.id, [{}]):
            rows.append(
                {
                    name: line[name] if name in line else terms.get(name, getattr(head, name, None))
                    for name in CONTRACT_COLUMNS
                }
            )
    return (ids[-1] if len(ids) == limit else None), rows


def hours(session: Session, viewer: Viewer, after: int, limit: int) -> Page:
    """The hour ledger, entry by entry, in minutes."""
    _only_own_people(viewer)
    entry, lot = table(HourEntry), table(HourLot)
    query = (
        select(
            entry,
            lot.c.bought_on,
            lot.c.expires_on,
            CLIENT.c.name.label("client"),
            CONTRACT.c.number.label("contract"),
            PERSON.c.name.label("person"),
        )
        .join_from(entry, lot, lot.c.id == entry.c.lot_id)
        .join(CLIENT, CLIENT.c.id == lot.c.client_id)
        .outerjoin(CONTRACT, CONTRACT.c.id == lot.c.contract_id)
        .outerjoin(PERSON, PERSON.c.id == entry.c.person_id)
        .where(entry.c.id > after)
        .order_by(entry.c.id)
        .limit(limit)
    )
    names = {"lot": "lot_id", "ticket": "ticket_id"}
    rows = [{name: getattr(row, names.get(name, name)) for name in HOUR_COLUMNS} for row in session.execute(query)]
    return _page(rows, limit)


def _client_row(head: Any, entity: Any, site: Any, person: Any, *, sees_money: bool) -> dict[str, Any]:
    row = {
        "pay_state": head.state,
        "pay_as_of": head.as_of,
        "overdue_since": head.overdue_since,
        "debt": _money(head.debt_minor) if sees_money else None,
        "currency": head.currency if sees_money else None,
        "entity": entity.name if entity else None,
        "tax_number": entity.tax_number if entity else None,
        "country": entity.country if entity else None,
        "site": site.name if site else None,
        "contact": person.name if person else None,
    }
    row |= {name: getattr(head, name) for name in ("id", "name", "category", "region", "note")}
    row |= {name: getattr(site, name) if site else None for name in ("city", "address", "zone")}
    row |= {name: getattr(person, name) if person else None for name in ("position", "phone", "email")}
    return {name: row[name] for name in CLIENT_COLUMNS}


def _contract_lines(session: Session, version_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    line, named = table(ContractLine), table(ContractLineService)
    services: dict[tuple[int, bool], list[str]] = {}
    for row in session.execute(
        select(named, SERVICE.c.code)
        .join_from(named, line, line.c.id == named.c.line_id)
        .join(SERVICE, SERVICE.c.id == named.c.service_id)
        .where(line.c.version_id.in_(version_ids))
        .order_by(SERVICE.c.code)
    ):
        services.setdefault((row.line_id, row.is_included), []).append(row.code)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.execute(
        select(line, UNIT.c.inventory_number, UNIT.c.serial_number, SITE.c.name.label("site"))
        .outerjoin_from(line, UNIT, UNIT.c.id == line.c.equipment_id)
        .outerjoin(SITE, SITE.c.id == line.c.site_id)
        .where(line.c.version_id.in_(version_ids))
        .order_by(line.c.id)
    ):
        found.setdefault(row.version_id, []).append(
            {
                "scope": row.scope,
                "funding": row.funding,
                "equipment": row.inventory_number or row.serial_number,
                "site": row.site,
                "includes_children": row.includes_children,
                "services": "; ".join(services.get((row.id, True), ())),
                "without_services": "; ".join(services.get((row.id, False), ())),
            }
        )
    return found


def _by_client(session: Session, of: Any, client_ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in session.execute(select(of).where(of.c.client_id.in_(client_ids)).order_by(of.c.id)):
        found.setdefault(row.client_id, []).append(row)
    return found


def _page(rows: list[dict[str, Any]], limit: int) -> Page:
    return (rows[-1]["id"] if len(rows) == limit else None), list(rows)


def _money(minor: int | None) -> str | None:
    """A sum with its two decimals: text, so that no cent is lost to rounding."""
    if minor is None:
        return None
    whole, rest = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:02d}"


def _only_own_people(viewer: Viewer) -> None:
    if viewer.role is Role.CONTRACTOR:
        raise Refused(mark("A contractor sees the own jobs only, not the clients."))
