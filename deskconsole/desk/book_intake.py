"""Taking in clients, equipment and contracts from a file: each row once, by reference or by natural key.

What a row says is set, what it leaves empty stays as it is; a row that says nothing new writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from deskconsole.data.tables import (
    CallerKey,
    Client,
    Contact,
    Equipment,
    ExternalRef,
    LegalEntity,
    Payment,
    PaymentMoney,
    Site,
    table,
)
from deskconsole.desk import records
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.identifiers import phone, tax_number
from deskconsole.desk.intake_names import clients_named
from deskconsole.domain.errors import DeskError, InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EquipmentStatus, PayState
from deskconsole.domain.text import fold, identifier_key, name_key

NEW, UPDATED, UNCHANGED = "new", "updated", "unchanged"
REF = table(ExternalRef)


@dataclass(frozen=True)
class Entry:
    """One thing a file tells: the source's key for it (or none), its values by field, empty ones left out.

    A contract has a further mapping for every line it covers.
    """

    key: str
    values: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class BookOrigin:
    """The system's name, and whether clients it names and we don't know are made."""

    source: str
    may_create_clients: bool = False


Taker = Callable[[Unit, BookOrigin, Entry], str]


class _NothingToKeep(Exception):
    """Ends a transaction that wrote nothing of worth, or was only tried."""


def take_in(desk: Desk, origin: BookOrigin, entries: Sequence[Entry], taker: Taker, *, dry_run: bool) -> list[str]:
    """Write entries in one transaction; returns for each `new`, `updated`, `unchanged`, or why it was left out."""
    outcomes: list[str] = []

    def work(unit: Unit) -> None:
        unit.allow(*records.KEEPERS)
        outcomes[:] = [_one(unit, origin, entry, taker) for entry in entries]
        if dry_run or not {NEW, UPDATED} & set(outcomes):
            raise _NothingToKeep

    with suppress(_NothingToKeep):
        desk.write("books.import", work)
    return outcomes


def _one(unit: Unit, origin: BookOrigin, entry: Entry, taker: Taker) -> str:
    """One entry behind a savepoint: a wrong one leaves nothing behind and stops nobody else."""
    try:
        with unit.session.begin_nested():
            return taker(unit, origin, entry)
    except DeskError as error:
        return error.sentence


def take_client(unit: Unit, origin: BookOrigin, entry: Entry) -> str:
    """A client with, as far as told, one legal person, one site, one contact and the pay state."""
    values = entry.values
    known = _find_client(unit.session, origin, entry)
    client = unit.session.get(Client, known) if known else None
    fields = ("name", "category", "region", "note")
    told = {field: values[field] for field in fields if field in values}
    present = {field: getattr(client, field) for field in fields} if client else {}
    if client is None or told != {field: present[field] for field in told}:
        number = records.put_client(unit, records.ClientRecord(**{**present, **told}), known)
        changed = True
    else:
        number, changed = known or 0, False
    remember(unit, origin, "client", entry.key, number)
    changed |= _take_entity(unit, number, values)
    site_id, made_site = _take_site(unit, number, values)
    changed |= made_site
    changed |= _take_contact(unit, number, values, site_id)
    changed |= _take_payment(unit, number, values, origin)
    return NEW if client is None else UPDATED if changed else UNCHANGED


def take_unit(unit: Unit, origin: BookOrigin, entry: Entry) -> str:
    """A unit of equipment of a known client, found by reference, inventory number or serial number."""
    values = entry.values
    client_id = client_of(unit, origin, entry)
    inventory, serial = values.get("inventory_number", ""), values.get("serial_number", "")
    if not (inventory or serial):
        raise InvalidInput(mark("a unit needs an inventory or a serial number"))
    known = remembered(unit.session, origin, "equipment", entry.key)
    known = known or find_unit(unit.session, client_id, inventory) or find_unit(unit.session, client_id, serial)
    row = unit.session.get(Equipment, known) if known else None
    present = {name: getattr(row, name) for name in records.UnitRecord.__dataclass_fields__} if row else {}
    if row is not None:
        present["status"] = EquipmentStatus(row.status)
    told = {name: value for name, value in values.items() if name in records.UnitRecord.__dataclass_fields__}
    if "site" in values:
        told["site_id"] = site_named(unit, client_id, values["site"])
    if "parent" in values:
        told["parent_id"] = need_unit(unit.session, client_id, values["parent"])
    if row is not None and row.client_id == client_id and told == {name: present[name] for name in told}:
        return UNCHANGED
    number = records.put_unit(unit, client_id, records.UnitRecord(**{**present, **told}), known)
    remember(unit, origin, "equipment", entry.key, number)
    return NEW if row is None else UPDATED


def client_of(unit: Unit, origin: BookOrigin, entry: Entry) -> int:
    """The client an entry names.

    Raises:
        InvalidInput: the desk knows none of that name, or several.
    """
    name = str(entry.values["client"])
    found = clients_named(unit, origin.source, frozenset({name}), may_create=origin.may_create_clients)
    if name not in found:
        raise InvalidInput(mark('the desk knows no client "{name}", or more than one'), name=name)
    return found[name]


def find_unit(session: Session, client_id: int, number: str) -> int | None:
    """The client's unit with that inventory or serial number."""
    wanted = identifier_key(number)
    if not wanted:
        return None
    column = table(CallerKey).c
    return session.execute(
        select(column.row_id)
        .where(column.client_id == client_id, column.kind.in_(("inventory", "serial")), column.key == wanted)
        .order_by(column.kind, column.row_id)  # "inventory" first
        .limit(1)
    ).scalar()


def need_unit(session: Session, client_id: int, number: str) -> int:
    """The client's unit with that number.

    Raises:
        InvalidInput: it has none.
    """
    found = find_unit(session, client_id, number)
    if found is None:
        raise InvalidInput(mark('the client has no unit "{number}"'), number=number)
    return found


def site_named(unit: Unit, client_id: int, name: str) -> int:
    """The client's site of that name; a new one when it has none."""
    wanted = fold(name)
    column = table(Site).c
    for row in unit.session.execute(select(column.id, column.name).where(column.client_id == client_id)):
        if fold(row.name) == wanted:
            return int(row.id)
    return records.put_site(unit, client_id, records.SiteRecord(name))


def remembered(session: Session, origin: BookOrigin, entity: str, key: str) -> int | None:
    """The row the source's key stood for before."""
    if not key:
        return None
    return session.execute(
        select(REF.c.row_id).where(REF.c.source == origin.source, REF.c.entity == entity, REF.c.external_id == key)
    ).scalar()


def remember(unit: Unit, origin: BookOrigin, entity: str, key: str, row_id: int) -> None:
    """Keep the source's key for a row, if it has one and it is not kept yet."""
    if key and remembered(unit.session, origin, entity, key) is None:
        row = {"source": origin.source, "entity": entity, "external_id": key, "row_id": row_id, "digest": ""}
        unit.session.execute(insert(REF), {**row, "at": unit.now})


def _find_client(session: Session, origin: BookOrigin, entry: Entry) -> int | None:
    """By reference, else by tax number, else by name where no other tax number stands against it."""
    if found := remembered(session, origin, "client", entry.key):
        return found
    keys, entity = table(CallerKey).c, table(LegalEntity).c
    number = entry.values.get("tax_number", "")
    compact = tax_number(number, entry.values.get("country", "")) if number else ""
    if compact:
        owner = session.execute(select(entity.client_id).where(entity.tax_number == compact).limit(1)).scalar()
        if owner is not None:
            return int(owner)
    named = select(keys.client_id).where(keys.kind == "name", keys.key == name_key(entry.values["name"]))
    same = session.execute(named.distinct()).scalars().all()
    if len(same) > 1:
        raise InvalidInput(mark('the desk has {count} clients called "{name}"; give the tax number'), count=len(same),
                           name=entry.values["name"])  # fmt: skip
    if not same:
        return None
    others = session.execute(select(entity.id).where(entity.client_id == same[0], entity.tax_number != "")).first()
    return None if compact and others is not None else int(same[0])


def _take_entity(unit: Unit, client_id: int, values: Mapping[str, Any]) -> bool:
    if not ("entity" in values or "tax_number" in values):
        return False
    name, country = values.get("entity") or values["name"], values.get("country", "")
    number = values.get("tax_number", "")
    compact = tax_number(number, country) if number else ""
    column = table(LegalEntity).c
    there = unit.session.execute(
        select(column.id).where(
            column.client_id == client_id,
            column.name == name,
            column.tax_number == compact,
            column.country == country.upper(),
        )
    ).first()
    if there is None:
        records.put_entity(unit, client_id, name, number, country)
    return there is None


def _take_site(unit: Unit, client_id: int, values: Mapping[str, Any]) -> tuple[int | None, bool]:
    name = values.get("site") or values.get("city") or values.get("address")
    if not name:
        return None, False
    column = table(Site).c
    rows = unit.session.execute(select(table(Site)).where(column.client_id == client_id)).all()
    known = next((row for row in rows if fold(row.name) == fold(name)), None)
    present = {field: getattr(known, field) for field in ("city", "address", "zone")} if known else {}
    told = {field: values[field] for field in ("city", "address", "zone") if field in values}
    if known is not None and told == {field: present[field] for field in told}:
        return known.id, False
    record = records.SiteRecord(name=known.name if known else name, **{**present, **told})
    return records.put_site(unit, client_id, record, known.id if known else None), True


def _take_contact(unit: Unit, client_id: int, values: Mapping[str, Any], site_id: int | None) -> bool:
    name = values.get("contact") or values.get("phone") or values.get("email")
    if not name:
        return False
    region = values.get("country") or records.ContactRecord.region
    told = {field: values[field] for field in ("position", "email") if field in values}
    if "phone" in values:
        told["phone"] = phone(values["phone"], region)
    if site_id is not None:
        told["site_id"] = site_id
    column = table(Contact).c
    rows = unit.session.execute(select(table(Contact)).where(column.client_id == client_id)).all()
    known = next((row for row in rows if fold(row.name) == fold(name)), None)
    fields = ("position", "email", "phone", "site_id")
    present = {field: getattr(known, field) for field in fields} if known else {}
    if known is not None and told == {field: present[field] for field in told}:
        return False
    record = records.ContactRecord(name=known.name if known else name, region=region, **{**present, **told})
    records.put_contact(unit, client_id, record, known.id if known else None)
    return True


def _take_payment(unit: Unit, client_id: int, values: Mapping[str, Any], origin: BookOrigin) -> bool:
    if "pay_state" not in values:
        return False
    known = unit.session.get(Payment, client_id)
    money = unit.session.get(PaymentMoney, client_id)
    debt, currency = values.get("debt"), values.get("currency", "")
    told = (values["pay_state"], values.get("overdue_since"), debt, currency if debt is not None else "")
    if known is not None:
        owed = (money.debt_minor, money.currency) if money else (None, "")
        if told == (PayState(known.state), known.overdue_since, *owed) and known.as_of >= values.get(
            "pay_as_of", known.as_of
        ):
            return False
        if "pay_as_of" in values and known.as_of > values["pay_as_of"]:
            return False  # older news
    records.put_payment(
        unit,
        client_id,
        records.PaymentRecord(
            state=values["pay_state"],
            as_of=values.get("pay_as_of", unit.now),
            overdue_since=values.get("overdue_since"),
            debt_minor=debt,
            currency=currency,
            source=origin.source,
        ),
    )
    return True
