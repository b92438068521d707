"""Prepaid hours: granting, adjusting, spending, reserving, giving back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.hours import lots_of, usable
from deskconsole.data.tables import Client, Contract, HourEntry, HourLot, HourReservation, table
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.hours import Allocation, accrued_minutes, allocate, expiry_of, months_between
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EntryKind, Role
from deskconsole.domain.text import clean

GRANTS = (EntryKind.TOP_UP, EntryKind.ACCRUAL)
MOST_MINUTES = 60_000_000  # in one lot: a million hours
BOOKKEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)


def grant(
    desk: Desk,
    client_id: int,
    minutes: int,
    *,
    bought_on: date | None = None,
    expires_on: date | None = None,
    contract_id: int | None = None,
    kind: EntryKind = EntryKind.TOP_UP,
    note: str = "",
    key: UUID | None = None,
) -> int:
    """Give a client a lot of prepaid minutes; returns the lot's id."""

    def work(unit: Unit) -> int:
        unit.allow(*BOOKKEEPERS)
        day = bought_on or unit.now.astimezone(desk.zone).date()
        if not 0 < minutes <= MOST_MINUTES:
            raise InvalidInput(
                mark("Hours to grant must be more than zero and at most {most} minutes, not {minutes}."),
                most=MOST_MINUTES,
                minutes=minutes,
            )
        if kind not in GRANTS:
            raise InvalidInput(mark("Hours are granted as {kinds}, not as {kind}."), kinds=", ".join(GRANTS), kind=kind)
        if expires_on is not None and expires_on < day:
            raise InvalidInput(
                mark("Hours bought on {bought} can't expire before, on {expires}."),
                bought=day,
                expires=expires_on,
            )
        _need_client(unit.session, client_id)
        _check_contract(unit.session, client_id, contract_id)
        return open_lot(
            unit,
            client_id,
            minutes,
            kind=kind,
            bought_on=day,
            expires_on=expires_on,
            contract_id=contract_id,
            note=clean(note),
        )

    return desk.write("hours.grant", work, key=key)


def accrue(unit: Unit, client_id: int, contract_id: int, *, minutes_per_month: int, first: date, last: date) -> None:
    """Grant the hours of a contract at signing: its months times its rate, in a lot that ends with it."""
    minutes = accrued_minutes(months_between(first, last), minutes_per_month)
    if minutes:
        open_lot(
            unit,
            client_id,
            minutes,
            kind=EntryKind.ACCRUAL,
            bought_on=first,
            expires_on=last,
            contract_id=contract_id,
        )


def open_lot(
    unit: Unit,
    client_id: int,
    minutes: int,
    *,
    kind: EntryKind,
    bought_on: date,
    expires_on: date | None,
    contract_id: int | None,
    note: str = "",
) -> int:
    """Write a lot with its first entry; returns its id."""
    lot = HourLot(client_id=client_id, contract_id=contract_id, bought_on=bought_on, expires_on=expires_on, note=note)
    unit.session.add(lot)
    unit.session.flush()
    _enter(unit, lot.id or 0, kind, minutes, reason=note)
    unit.changed("client", client_id)
    return lot.id or 0


def adjust(desk: Desk, lot_id: int, minutes: int, *, reason: str, key: UUID | None = None) -> int:
    """Correct a lot by signed minutes, with the reason; returns the entry's id."""

    def work(unit: Unit) -> int:
        unit.allow(Role.ADMIN, Role.SUPERVISOR)
        if not clean(reason).strip():
            raise InvalidInput(mark("An adjustment of hours needs its reason in words."))
        lot = unit.session.get(HourLot, lot_id)
        if lot is None:
            raise NotFound(mark("There is no lot of hours {id}."), id=lot_id)
        lock_ledger(unit.session, lot.client_id)
        left = sum(row.free for row in lots_of(unit.session, lot.client_id) if row.id == lot_id)
        if minutes == 0 or not 0 <= left + minutes <= MOST_MINUTES:
            raise InvalidInput(
                mark("Lot {id} has {left} minutes free; it can't be adjusted by {minutes}."),
                id=lot_id,
                left=left,
                minutes=minutes,
            )
        unit.changed("client", lot.client_id)
        return _enter(unit, lot_id, EntryKind.ADJUSTMENT, minutes, reason=clean(reason))

    return desk.write("hours.adjust", work, key=key)


def expire(desk: Desk, client_id: int, *, key: UUID | None = None) -> int:
    """Write off what is left in the client's lots whose last day has passed; returns the minutes lost."""

    def work(unit: Unit) -> int:
        unit.allow(*BOOKKEEPERS)
        lock_ledger(unit.session, client_id)
        today = unit.now.astimezone(desk.zone).date()
        lost = 0
        for row in lots_of(unit.session, client_id):
            if (written_off := expiry_of(row.lot, today)) is not None:
                _enter(unit, row.id, written_off.kind, written_off.minutes)
                lost -= written_off.minutes
        if lost:
            unit.changed("client", client_id)
        return lost

    return desk.write("hours.expire", work, key=key)


def spend(
    unit: Unit,
    client_id: int,
    minutes: int,
    *,
    on: date,
    contract_id: int | None,
    ticket_id: int,
    time_entry_id: int | None = None,
) -> Allocation:
    """Deduct minutes from the client's lots, first-expiring first; what no lot covers is left over."""
    lock_ledger(unit.session, client_id)
    spent = allocate(minutes, usable(lots_of(unit.session, client_id), on, contract_id))
    for lot_id, part in spent.parts:
        _enter(unit, lot_id, EntryKind.DEDUCTION, -part, ticket_id=ticket_id, time_entry_id=time_entry_id)
    if spent.parts:
        unit.changed("client", client_id)
    return spent


def reserve(unit: Unit, client_id: int, minutes: int, *, on: date, contract_id: int | None, line_id: int) -> Allocation:
    """Hold minutes for a planned line, so that no other dispatcher can promise them too."""
    lock_ledger(unit.session, client_id)
    held = allocate(minutes, usable(lots_of(unit.session, client_id), on, contract_id))
    unit.session.add_all(HourReservation(lot_id=lot_id, line_id=line_id, minutes=part) for lot_id, part in held.parts)
    if held.parts:
        unit.changed("client", client_id)
    return held


def release(unit: Unit, line_id: int) -> None:
    """Let go of what a line holds."""
    held = unit.session.scalars(select(HourReservation).where(table(HourReservation).c.line_id == line_id))
    for reservation in held:
        unit.session.delete(reservation)
    unit.session.flush()


def give_back(unit: Unit, client_id: int, entries: Iterable[HourEntry], *, reason: str) -> int:
    """Reverse deductions, each by an opposite entry; returns the minutes given back."""
    lock_ledger(unit.session, client_id)
    back = 0
    for entry in entries:
        _enter(
            unit,
            entry.lot_id,
            EntryKind.REVERSAL,
            -entry.minutes,
            ticket_id=entry.ticket_id,
            time_entry_id=entry.time_entry_id,
            reverses_id=entry.id,
            reason=reason,
        )
        back -= entry.minutes
    unit.changed("client", client_id)
    return back


def lock_ledger(session: Session, client_id: int) -> None:
    """Make writers of one client's hours wait for each other: two can't spend the same minute."""
    client = table(Client)
    session.execute(select(client.c.id).where(client.c.id == client_id).with_for_update())


def _enter(
    unit: Unit,
    lot_id: int,
    kind: EntryKind,
    minutes: int,
    *,
    ticket_id: int | None = None,
    time_entry_id: int | None = None,
    reverses_id: int | None = None,
    reason: str = "",
) -> int:
    entry = HourEntry(
        lot_id=lot_id,
        kind=kind.value,
        minutes=minutes,
        at=unit.now,
        person_id=unit.actor.id,
        ticket_id=ticket_id,
        time_entry_id=time_entry_id,
        reverses_id=reverses_id,
        reason=reason,
    )
    unit.session.add(entry)
    unit.session.flush()
    return entry.id or 0


def _check_contract(session: Session, client_id: int, contract_id: int | None) -> None:
    contract = session.get(Contract, contract_id) if contract_id is not None else None
    if contract_id is not None and contract is None:
        raise NotFound(mark("There is no {what} {id}."), what="contract", id=contract_id)
    if contract is not None and contract.client_id != client_id:
        raise InvalidInput(mark("Contract {number} belongs to another client."), number=contract.number)


def _need_client(session: Session, client_id: int) -> None:
    if session.get(Client, client_id) is None:
        raise NotFound(mark("There is no client {id}."), id=client_id)
