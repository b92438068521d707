"""Reading the hour ledger: lots with what is left, reserved and expiring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import Contract, HourEntry, HourLot, HourReservation, Person, table
from deskconsole.domain.hours import Lot, expiring


@dataclass(frozen=True)
class LotRow:
    """A lot with its ledger summed up, in minutes."""

    id: int
    contract_id: int | None
    contract_number: str
    bought_on: date
    expires_on: date | None
    note: str
    granted: int
    remaining: int
    reserved: int

    @property
    def free(self) -> int:
        """What may still be promised."""
        return self.remaining - self.reserved

    @property
    def lot(self) -> Lot:
        """As the rules see it: with what nobody has reserved."""
        return Lot(self.id, self.free, self.bought_on, self.expires_on)


@dataclass(frozen=True)
class EntryRow:
    """One line of the ledger, in minutes."""

    id: int
    lot_id: int
    kind: str
    minutes: int
    at: datetime
    person: str
    ticket_id: int | None
    reason: str


@dataclass(frozen=True)
class Balance:
    """What a client can still spend, in minutes, and what of it is lost soon."""

    has_lots: bool
    free: int
    reserved: int
    expiring: int
    expires_on: date | None  # when the next minutes expire


@of_the_books
def lots_of(session: Session, client_id: int) -> tuple[LotRow, ...]:
    """All lots of a client, first-expiring first."""
    lot, entry, reserved, contract = table(HourLot), table(HourEntry), table(HourReservation), table(Contract)
    sums = (
        select(
            entry.c.lot_id,
            func.sum(entry.c.minutes).label("remaining"),
            func.sum(entry.c.minutes).filter(entry.c.kind.in_(("accrual", "top_up"))).label("granted"),
        )
        .join_from(entry, lot, entry.c.lot_id == lot.c.id)
        .where(lot.c.client_id == client_id)
        .group_by(entry.c.lot_id)
        .subquery()
    )
    holds = (
        select(reserved.c.lot_id, func.sum(reserved.c.minutes).label("reserved"))
        .join_from(reserved, lot, reserved.c.lot_id == lot.c.id)
        .where(lot.c.client_id == client_id)
        .group_by(reserved.c.lot_id)
        .subquery()
    )
    rows = session.execute(
        select(lot, contract.c.number, sums.c.remaining, sums.c.granted, holds.c.reserved)
        .outerjoin_from(lot, contract, contract.c.id == lot.c.contract_id)
        .outerjoin(sums, sums.c.lot_id == lot.c.id)
        .outerjoin(holds, holds.c.lot_id == lot.c.id)
        .where(lot.c.client_id == client_id)
    )
    found = [
        LotRow(
            id=row.id,
            contract_id=row.contract_id,
            contract_number=row.number or "",
            bought_on=row.bought_on,
            expires_on=row.expires_on,
            note=row.note,
            granted=int(row.granted or 0),
            remaining=int(row.remaining or 0),
            reserved=int(row.reserved or 0),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda lot: (lot.expires_on or date.max, lot.bought_on, lot.id)))


def usable(lots: tuple[LotRow, ...], on: date, contract_id: int | None = None) -> tuple[Lot, ...]:
    """The lots that may pay on a day for work under a contract, with what is not reserved."""
    paying = (row.lot for row in lots if row.free > 0 and row.contract_id in {None, contract_id})
    return tuple(lot for lot in paying if lot.is_usable(on))


@of_the_books
def minutes_left_by_contract(session: Session, client_id: int, on: date) -> dict[int, int]:
    """Prepaid minutes that may be spent under each of the client's contracts on a day."""
    lots = lots_of(session, client_id)
    contract = table(Contract)
    numbers = session.execute(select(contract.c.id).where(contract.c.client_id == client_id)).scalars()
    return {number: sum(lot.remaining_minutes for lot in usable(lots, on, number)) for number in numbers}


@of_the_books
def balance(session: Session, client_id: int, on: date, *, within_days: int = 30) -> Balance:
    """The client's hours as a dispatcher reads them out; `expiring` are lost within so many days."""
    lots = [row for row in lots_of(session, client_id) if row.lot.is_usable(on)]
    soon = expiring((row.lot for row in lots), on, within_days)
    return Balance(
        has_lots=bool(lots),
        free=sum(lot.free for lot in lots),
        reserved=sum(lot.reserved for lot in lots),
        expiring=sum(lot.remaining_minutes for lot in soon),
        expires_on=soon[0].expires_on if soon else None,
    )


@of_the_books
def ledger(session: Session, client_id: int, *, limit: int = 200) -> tuple[EntryRow, ...]:
    """The latest movements of a client's hours, newest first."""
    lot, entry, person = table(HourLot), table(HourEntry), table(Person)
    rows = session.execute(
        select(entry, person.c.name)
        .join_from(entry, lot, entry.c.lot_id == lot.c.id)
        .outerjoin(person, person.c.id == entry.c.person_id)
        .where(lot.c.client_id == client_id)
        .order_by(entry.c.id.desc())
        .limit(limit)
    )
    return tuple(
        EntryRow(row.id, row.lot_id, row.kind, row.minutes, row.at, row.name or "", row.ticket_id, row.reason)
        for row in rows
    )
