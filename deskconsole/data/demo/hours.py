"""Prepaid hours of the demo: what each lot gives as work goes on, and a grant that fits what it gave.

A lot is granted at the end, when it is known what was taken from it: so the ledger adds up at any number of tickets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from deskconsole.data.demo.rows import Book
from deskconsole.data.tables import HourEntry, HourLot, HourLotMoney
from deskconsole.domain.terms import EntryKind

HOUR_PRICE = 2600_00  # of a prepaid hour, in minor units


@dataclass(slots=True)
class Lot:
    """A lot of minutes; the days count from today. `exhausted_on` = from that day on the next job takes its rest."""

    id: int
    entry_id: int  # of its grant
    bought_on: date
    expires_on: date | None
    exhausted_on: date | None
    left: int  # at least so many minutes stay
    spent: int = 0
    reserved: int = 0
    is_empty: bool = False

    def is_usable(self, on: date) -> bool:
        """Whether work on that day may be taken from it."""
        return not self.is_empty and self.bought_on <= on and (self.expires_on is None or on <= self.expires_on)


# What a client's hours are like: (bought, expires, exhausted) in days from today, and minutes to be left at least.
PLANS: dict[str, tuple[tuple[int, int | None, int | None, int], ...]] = {
    "plenty": ((-330, -35, None, 40), (-60, 120, None, 900)),
    "nearly": ((-120, 60, None, 20),),
    "used_up": ((-100, 200, -12, 0),),
    "expiring": ((-80, 9, None, 240), (-20, 180, None, 600)),
    "several": ((-200, 90, -25, 0), (-50, 130, None, 300), (-45, None, None, 480)),
}


@dataclass(slots=True)
class Hours:
    """A client's lots in the order of spending."""

    contract_id: int
    lots: list[Lot] = field(default_factory=list)

    def has_minutes(self, on: date) -> bool:
        """Whether work on that day would find prepaid minutes."""
        return any(lot.is_usable(on) and (lot.exhausted_on is None or on < lot.exhausted_on) for lot in self.lots)

    def spend(self, minutes: int, on: date) -> list[tuple[int, int]]:
        """What each lot (id) gives to a job; what is missing is priced."""
        parts = []
        for lot in self.lots:
            if minutes == 0:
                break
            if not lot.is_usable(on):
                continue
            given = minutes
            if lot.exhausted_on is not None and on >= lot.exhausted_on:
                rest = -lot.spent % 60 or 60
                lot.is_empty = minutes >= rest
                given = min(minutes, rest)
            lot.spent += given
            minutes -= given
            parts.append((lot.id, given))
        return parts

    def give_back(self, lot_id: int, minutes: int) -> None:
        """Take a deduction back."""
        for lot in self.lots:
            if lot.id == lot_id:
                lot.spent -= minutes
                lot.is_empty = False

    def reserve(self, minutes: int, on: date) -> int | None:
        """The lot that holds minutes for planned work; None = no lot can."""
        for lot in self.lots:
            if lot.is_usable(on) and lot.exhausted_on is None:
                lot.reserved += minutes
                return lot.id
        return None


def open_lots(book: Book, plan: str, client_id: int, contract_id: int, today: date) -> Hours:
    """Put a client's lots into the book, their grants to follow."""
    hours = Hours(contract_id)
    for bought, expires, exhausted, left in PLANS[plan]:
        bought_on = today + timedelta(days=bought)
        expires_on = None if expires is None else today + timedelta(days=expires)
        number = book.put(
            HourLot,
            client_id=client_id,
            contract_id=contract_id if expires is not None else None,
            bought_on=bought_on,
            expires_on=expires_on,
            note="",
        )
        gone = None if exhausted is None else today + timedelta(days=exhausted)
        hours.lots.append(Lot(number, book[HourEntry].new_id(), bought_on, expires_on, gone, left))
    return hours


def grant(book: Book, hours: Hours, person_id: int, today: date) -> None:
    """Put in what each lot was granted, its price, and what became of the rest."""
    for lot in hours.lots:
        needed = lot.spent + lot.reserved + lot.left
        minutes = max(60, -(-needed // 60) * 60)
        kind = EntryKind.TOP_UP if lot.expires_on is None else EntryKind.ACCRUAL
        _enter(book, lot.entry_id, lot, kind, minutes, lot.bought_on, person_id)
        book.put(HourLotMoney, lot_id=lot.id, price_minor=minutes * HOUR_PRICE // 60, currency="RUB")
        rest = minutes - lot.spent
        if lot.expires_on is not None and lot.expires_on < today and rest:
            after = lot.expires_on + timedelta(days=1)
            _enter(book, book[HourEntry].new_id(), lot, EntryKind.EXPIRY, -rest, after, person_id)
        elif lot.exhausted_on is not None and rest:
            reason = "Сверка часов с клиентом по акту"
            number = book[HourEntry].new_id()
            _enter(book, number, lot, EntryKind.ADJUSTMENT, -rest, lot.exhausted_on, person_id, reason)


def _enter(
    book: Book, number: int, lot: Lot, kind: EntryKind, minutes: int, on: date, person_id: int, reason: str = ""
) -> None:
    at = datetime.combine(on, time(6), UTC)
    book[HourEntry].add((number, lot.id, kind.value, minutes, at, person_id, None, None, None, reason))
