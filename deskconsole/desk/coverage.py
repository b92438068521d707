"""Judging coverage on the desk's facts: contracts in force, payments, hours left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.hours import minutes_left_by_contract
from deskconsole.data.tables import (
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    Equipment,
    Payment,
    Service,
    table,
)
from deskconsole.domain import coverage as rules
from deskconsole.domain.terms import Funding, PayState, Scope

MAX_DEPTH = 32  # of an equipment tree; a longer chain is a loop in bad data


@dataclass(frozen=True)
class Call:
    """What is known of a call so far; everything but the client may still be missing."""

    client_id: int | None
    on: date
    site_id: int | None = None
    equipment_id: int | None = None
    service_id: int | None = None


@of_the_books
def judge(session: Session, call: Call) -> rules.Verdict:
    """Decide whether a contract pays for the call (domain.coverage.judge) on what the desk knows."""
    subject = rules.Subject(
        on=call.on,
        site_id=call.site_id,
        equipment_id=call.equipment_id,
        equipment_label=_equipment_label(session, call.equipment_id),
        ancestors=ancestors(session, call.equipment_id),
        service_id=call.service_id,
        service_name=_service_name(session, call.service_id),
    )
    if call.client_id is None:
        return rules.judge(subject, (), rules.Payment(PayState.UNKNOWN, None, None), {})
    return rules.judge(
        subject,
        contracts_of(session, call.client_id, call.on),
        payment_of(session, call.client_id),
        minutes_left_by_contract(session, call.client_id, call.on),
    )


@of_the_books
def judge_units(
    session: Session, client_id: int, units: Iterable[tuple[int, int | None, tuple[int, ...]]], on: date
) -> dict[int, rules.Verdict]:
    """The coverage of many units of a client at once; `units` gives (id, site, ancestors nearest first)."""
    contracts = contracts_of(session, client_id, on)
    payment = payment_of(session, client_id)
    left = minutes_left_by_contract(session, client_id, on)
    near = _LinesNear(contracts)
    return {
        unit: rules.judge(
            rules.Subject(
                on=on,
                site_id=site,
                equipment_id=unit,
                equipment_label="",
                ancestors=above,
                service_id=None,
                service_name="",
            ),
            near.terms(unit, above),
            payment,
            left,
        )
        for unit, site, above in units
    }


class _LinesNear:
    """Contracts with only the lines that may list a unit: thousands of units times thousands of lines is minutes."""

    def __init__(self, contracts: Sequence[rules.ContractTerms]) -> None:
        self._contracts = contracts
        self._by_unit: list[dict[int | None, list[rules.Line]]] = []
        self._others: list[list[rules.Line]] = []
        for contract in contracts:
            by_unit: dict[int | None, list[rules.Line]] = {}
            for line in contract.lines:
                if line.scope is Scope.UNIT:
                    by_unit.setdefault(line.equipment_id, []).append(line)
            self._by_unit.append(by_unit)
            self._others.append([line for line in contract.lines if line.scope is not Scope.UNIT])

    def terms(self, unit: int, above: tuple[int, ...]) -> Iterator[rules.ContractTerms]:
        """The contracts as they look from one unit; a contract of listed units always keeps one of them."""
        for contract, by_unit, others in zip(self._contracts, self._by_unit, self._others, strict=True):
            own = [line for number in (unit, *above) for line in by_unit.get(number, ())]
            if not own and by_unit:
                own = next(iter(by_unit.values()))[:1]
            yield replace(contract, lines=(*others, *own))


def contracts_of(session: Session, client_id: int, on: date) -> tuple[rules.ContractTerms, ...]:
    """The client's contracts with the version in force on a day (before the first one: the first)."""
    contract, version = table(Contract), table(ContractVersion)
    rows = session.execute(
        select(contract.c.number, version)
        .join_from(contract, version, version.c.contract_id == contract.c.id)
        .where(contract.c.client_id == client_id)
        .order_by(version.c.contract_id, version.c.effective_from)
    ).all()
    in_force = {}
    for row in rows:
        if row.contract_id not in in_force or row.effective_from <= on:
            in_force[row.contract_id] = row
    lines = _lines(session, [row.id for row in in_force.values()])
    return tuple(
        rules.ContractTerms(
            id=row.contract_id,
            version_id=row.id,
            number=row.number,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            suspended=row.is_suspended,
            lines=tuple(lines.get(row.id, ())),
            grace_days=row.grace_days,
            must_be_paid=row.must_be_paid,
        )
        for row in in_force.values()
    )


def payment_of(session: Session, client_id: int) -> rules.Payment:
    """What accounting last said of the client."""
    payment = table(Payment)
    row = session.execute(select(payment).where(payment.c.client_id == client_id)).first()
    if row is None:
        return rules.Payment(PayState.UNKNOWN, None, None)
    return rules.Payment(PayState(row.state), row.overdue_since, row.as_of)


def ancestors(session: Session, equipment_id: int | None) -> tuple[int, ...]:
    """The units above one, the nearest first."""
    unit = table(Equipment)
    chain: list[int] = []
    current = equipment_id
    while current is not None and len(chain) < MAX_DEPTH:
        current = session.execute(select(unit.c.parent_id).where(unit.c.id == current)).scalar()
        if current is not None:
            chain.append(current)
    return tuple(chain)


def _lines(session: Session, version_ids: list[int]) -> dict[int, list[rules.Line]]:
    line, named = table(ContractLine), table(ContractLineService)
    services: dict[int, dict[bool, set[int]]] = {}
    for row in session.execute(
        select(named).join_from(named, line, named.c.line_id == line.c.id).where(line.c.version_id.in_(version_ids))
    ):
        services.setdefault(row.line_id, {True: set(), False: set()})[row.is_included].add(row.service_id)
    found: dict[int, list[rules.Line]] = {}
    for row in session.execute(select(line).where(line.c.version_id.in_(version_ids)).order_by(line.c.id)):
        of_line = services.get(row.id, {True: set(), False: set()})
        found.setdefault(row.version_id, []).append(
            rules.Line(
                id=row.id,
                scope=Scope(row.scope),
                equipment_id=row.equipment_id,
                site_id=row.site_id,
                includes_children=row.includes_children,
                funding=Funding(row.funding),
                services=frozenset(of_line[True]),
                excluded_services=frozenset(of_line[False]),
            )
        )
    return found


def _equipment_label(session: Session, equipment_id: int | None) -> str:
    unit = table(Equipment)
    row = session.execute(select(unit).where(unit.c.id == equipment_id)).first()
    return " ".join(filter(None, (row.kind, row.maker, row.model, row.inventory_number))) if row else ""


def _service_name(session: Session, service_id: int | None) -> str:
    service = table(Service)
    return session.execute(select(service.c.name).where(service.c.id == service_id)).scalar() or ""
