"""Taking in contracts from a file: a new one, a new version of a known one, or nothing new."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from deskconsole.data.tables import (
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    ContractVersionMoney,
    Service,
    table,
)
from deskconsole.desk import records
from deskconsole.desk.book_intake import (
    NEW,
    UNCHANGED,
    UPDATED,
    BookOrigin,
    Entry,
    client_of,
    need_unit,
    remember,
    remembered,
    site_named,
)
from deskconsole.desk.desk import Unit
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Funding, Scope
from deskconsole.domain.text import fold, identifier_key

TERMS = (
    ("suspended", "is_suspended"),
    ("must_be_paid", "must_be_paid"),
    ("grace_days", "grace_days"),
    ("charge_unit_minutes", "charge_unit_minutes"),
    ("minutes_per_month", "minutes_per_month"),
    ("fee", "fee_minor"),
    ("fee_months", "fee_months"),
)


def take_contract(unit: Unit, origin: BookOrigin, entry: Entry) -> str:
    """A version of a contract; one that stands already with the same terms is nothing new.

    Raises:
        InvalidInput: other terms stand from that day on: a version is never edited.
    """
    values = entry.values
    client_id = client_of(unit, origin, entry)
    record = records.ContractRecord(
        number=values["number"],
        starts_on=values["starts_on"],
        ends_on=values.get("ends_on"),
        effective_from=values.get("effective_from"),
        title=values.get("title", ""),
        currency=values.get("currency", ""),
        lines=tuple(_line(unit, client_id, line) for line in entry.lines),
        **{ours: values[theirs] for theirs, ours in TERMS if theirs in values},
    )
    known = remembered(unit.session, origin, "contract", entry.key) or _find(unit.session, client_id, record.number)
    if known is not None and (version := _version(unit.session, known, record.effective_from or record.starts_on)):
        if _says(unit.session, version) == _says_record(record):
            return UNCHANGED
        raise InvalidInput(
            mark("contract {number} has other terms from {day}; terms are never edited: give a later effective_from"),
            number=record.number,
            day=version.effective_from,
        )
    made = records.put_contract(unit, client_id, record, known)
    remember(unit, origin, "contract", entry.key, made)
    return NEW if known is None else UPDATED


def _line(unit: Unit, client_id: int, values: Mapping[str, Any]) -> records.LineRecord:
    """What a line covers; without a scope, what it names decides: a unit, a site, else everything."""
    equipment = values.get("equipment")
    scope = values.get("scope") or (Scope.UNIT if equipment else Scope.SITE if values.get("site") else Scope.CLIENT)
    if (scope is Scope.UNIT and not equipment) or (scope is Scope.SITE and not values.get("site")):
        raise InvalidInput(mark("a line for a {scope} must name it"), scope=scope.value)
    return records.LineRecord(
        scope=scope,
        funding=values.get("funding") or Funding.FEE,
        equipment_id=need_unit(unit.session, client_id, equipment) if scope is Scope.UNIT and equipment else None,
        site_id=site_named(unit, client_id, values["site"]) if scope is Scope.SITE else None,
        includes_children=values.get("includes_children", False),
        included_services=_services(unit.session, values.get("services", "")),
        excluded_services=_services(unit.session, values.get("without_services", "")),
    )


def _services(session: Session, text: str) -> tuple[int, ...]:
    """Services by code or name, several parted by semicolons."""
    names = [name.strip() for name in text.split(";") if name.strip()]
    if not names:
        return ()
    known: dict[str, int] = {}
    for service in session.execute(select(table(Service))):
        known |= {fold(service.code): service.id, fold(service.name): service.id}
    for name in names:
        if fold(name) not in known:
            raise InvalidInput(mark('the desk has no service "{name}"'), name=name)
    return tuple(sorted(known[fold(name)] for name in names))


def _find(session: Session, client_id: int, number: str) -> int | None:
    column = table(Contract).c
    rows = session.execute(select(column.id, column.number).where(column.client_id == client_id).order_by(column.id))
    wanted = identifier_key(number)
    return next((int(row.id) for row in rows if identifier_key(row.number) == wanted), None)


def _version(session: Session, contract_id: int, day: date) -> Row[Any] | None:
    version, money, contract = table(ContractVersion), table(ContractVersionMoney), table(Contract)
    return session.execute(
        select(version, contract.c.title, money.c.fee_minor, money.c.months, money.c.currency)
        .join_from(version, contract, contract.c.id == version.c.contract_id)
        .outerjoin(money, money.c.version_id == version.c.id)
        .where(version.c.contract_id == contract_id, version.c.effective_from == day)
    ).first()


def _says(session: Session, version: Row[Any]) -> tuple[Any, ...]:
    line, named = table(ContractLine), table(ContractLineService)
    services: dict[tuple[int, bool], list[int]] = {}
    for row in session.execute(
        select(named).join_from(named, line, line.c.id == named.c.line_id).where(line.c.version_id == version.id)
    ):
        services.setdefault((row.line_id, row.is_included), []).append(row.service_id)
    lines = [
        (
            row.scope,
            row.funding,
            row.equipment_id,
            row.site_id,
            row.includes_children,
            tuple(sorted(services.get((row.id, True), ()))),
            tuple(sorted(services.get((row.id, False), ()))),
        )
        for row in session.execute(select(line).where(line.c.version_id == version.id))
    ]
    fee = (version.fee_minor, version.months, version.currency) if version.fee_minor is not None else None
    return (
        version.title,
        version.starts_on,
        version.ends_on,
        version.is_suspended,
        version.must_be_paid,
        version.grace_days,
        version.charge_unit_minutes,
        version.minutes_per_month,
        fee,
        sorted(lines, key=repr),
    )


def _says_record(record: records.ContractRecord) -> tuple[Any, ...]:
    lines = [
        (
            line.scope.value,
            line.funding.value,
            line.equipment_id,
            line.site_id,
            line.includes_children,
            tuple(line.included_services),
            tuple(line.excluded_services),
        )
        for line in record.lines
    ]
    fee = (record.fee_minor, record.fee_months, record.currency) if record.fee_minor is not None else None
    return (
        record.title,
        record.starts_on,
        record.ends_on,
        record.is_suspended,
        record.must_be_paid,
        record.grace_days,
        record.charge_unit_minutes,
        record.minutes_per_month,
        fee,
        sorted(lines, key=repr),
    )
