"""Prepaid hours: lots of minutes, the ledger that moves them, and what one job takes from which lot."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EntryKind


@dataclass(frozen=True, slots=True)
class Lot:
    """Minutes bought at once; `expires_on` is the last day they can be used, None is never."""

    id: int
    remaining_minutes: int
    bought_on: date
    expires_on: date | None = None

    def is_usable(self, on: date) -> bool:
        """Whether work done on that day may be taken from this lot: bought by then and not yet expired."""
        return self.bought_on <= on and (self.expires_on is None or on <= self.expires_on)


@dataclass(frozen=True, slots=True)
class Allocation:
    """What each lot gives to one job, in the order of spending, and the minutes that no lot covers."""

    parts: tuple[tuple[int, int], ...]
    uncovered_minutes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only ledger: signed minutes into (+) or out of (-) a lot.

    Raises:
        InvalidInput: the sign does not fit the kind, nothing moves, or an adjustment gives no reason.
    """

    lot_id: int
    kind: EntryKind
    minutes: int
    reason: str = ""

    def __post_init__(self) -> None:
        if self.minutes == 0:
            raise InvalidInput(mark("A ledger entry must move at least one minute"))
        if self.kind in _IN and self.minutes < 0:
            raise InvalidInput(mark("Granted minutes must be more than zero, not {minutes}"), minutes=self.minutes)
        if self.kind in _OUT and self.minutes > 0:
            raise InvalidInput(mark("A deduction takes minutes; it can't add {minutes}"), minutes=self.minutes)
        if self.kind is EntryKind.ADJUSTMENT and not self.reason.strip():
            raise InvalidInput(mark("Give the reason for adjusting the hours"))


_IN = frozenset({EntryKind.ACCRUAL, EntryKind.TOP_UP})
_OUT = frozenset({EntryKind.DEDUCTION, EntryKind.EXPIRY})


@dataclass(frozen=True, slots=True)
class HourBalance:
    """A contract's prepaid minutes on a day: all usable ones, those promised to planned work, those expiring.

    `expires_on` is the first day on which some of the `expiring` minutes are usable for the last time.
    """

    minutes: int
    reserved: int
    expiring: int
    expires_on: date | None

    @property
    def free(self) -> int:
        """Minutes not promised yet; negative when more is promised than is there."""
        return self.minutes - self.reserved


def allocate(need_minutes: int, lots: Iterable[Lot], *, on: date | None = None) -> Allocation:
    """Take `need_minutes` from `lots`: first-expiring first (no expiry comes last), then oldest, then id.

    With `on`, only lots usable on that day give (docs: domain.md, section 4).

    Raises:
        InvalidInput: `need_minutes` is negative.
    """
    if need_minutes < 0:
        raise InvalidInput(mark("Minutes of work can't be negative: {minutes}"), minutes=need_minutes)
    parts: list[tuple[int, int]] = []
    missing = need_minutes
    for lot in sorted(lots, key=_spending_order):
        given = min(missing, lot.remaining_minutes)
        if given > 0 and (on is None or lot.is_usable(on)):
            parts.append((lot.id, given))
            missing -= given
    return Allocation(tuple(parts), missing)


def _spending_order(lot: Lot) -> tuple[date, bool, date, int]:
    return lot.expires_on or date.max, lot.expires_on is None, lot.bought_on, lot.id


def charged_minutes(worked: int, unit: int) -> int:
    """Worked minutes rounded up by the contract's `unit` of minutes; 0 is no rounding.

    Raises:
        InvalidInput: either is negative.
    """
    if worked < 0:
        raise InvalidInput(mark("Worked minutes can't be negative: {minutes}"), minutes=worked)
    if unit < 0:
        raise InvalidInput(mark("The unit of charging can't be negative: {minutes}"), minutes=unit)
    return -(-worked // unit) * unit if unit else worked


def months_between(start: date, end: date) -> int:
    """Whole service months from `start` through `end`, both days included: a calendar year is 12.

    A month that begins on the 31st is over the day before the last day of a shorter next month.

    Raises:
        InvalidInput: `end` lies before `start`.
    """
    if end < start:
        raise InvalidInput(mark("The period ends on {end}, before it starts on {start}"), start=start, end=end)
    after = end + timedelta(days=1) if end < date.max else end
    months = (after.year - start.year) * 12 + after.month - start.month
    anniversary = min(start.day, monthrange(after.year, after.month)[1])
    return months - (after.day < anniversary)


def accrued_minutes(months: int, minutes_per_month: int) -> int:
    """The minutes a contract grants at signing: months of service times its rate.

    Raises:
        InvalidInput: either is negative.
    """
    if months < 0 or minutes_per_month < 0:
        raise InvalidInput(mark("Months and minutes a month can't be negative"))
    return months * minutes_per_month


def balance(entries: Iterable[Entry]) -> int:
    """The minutes left by the ledger: the sum of its entries."""
    return sum(entry.minutes for entry in entries)


def remaining(entries: Iterable[Entry]) -> dict[int, int]:
    """The minutes left in each lot by the ledger, in the order the lots first appear."""
    left: dict[int, int] = {}
    for entry in entries:
        left[entry.lot_id] = left.get(entry.lot_id, 0) + entry.minutes
    return left


def deductions(allocation: Allocation) -> tuple[Entry, ...]:
    """The entries that spend an allocation; what no lot covers is priced, and is no entry."""
    return tuple(Entry(lot_id, EntryKind.DEDUCTION, -minutes) for lot_id, minutes in allocation.parts)


def reversal_of(entries: Iterable[Entry], reason: str = "") -> tuple[Entry, ...]:
    """The entries that undo `entries`, lot by lot; an edit is this and a new allocation."""
    return tuple(Entry(entry.lot_id, EntryKind.REVERSAL, -entry.minutes, reason) for entry in entries)


def expiry_of(lot: Lot, on: date) -> Entry | None:
    """The entry that writes off what an expired lot still holds as of `on`; None if there is nothing to."""
    if lot.expires_on is None or on <= lot.expires_on or lot.remaining_minutes <= 0:
        return None
    return Entry(lot.id, EntryKind.EXPIRY, -lot.remaining_minutes)


def expiring(lots: Iterable[Lot], on: date, within_days: int) -> tuple[Lot, ...]:
    """Usable lots with minutes left whose last day comes `within_days` of `on`, in spending order."""
    return tuple(
        lot
        for lot in sorted(lots, key=_spending_order)
        if lot.remaining_minutes > 0
        and lot.is_usable(on)
        and lot.expires_on is not None
        and (lot.expires_on - on).days <= within_days
    )


def unreserved(lots: Iterable[Lot], reservations: Iterable[tuple[int, int]]) -> tuple[Lot, ...]:
    """`lots` less the (lot, minutes) promised to planned work: what another job may still take."""
    promised: dict[int, int] = {}
    for lot_id, minutes in reservations:
        promised[lot_id] = promised.get(lot_id, 0) + minutes
    return tuple(replace(lot, remaining_minutes=lot.remaining_minutes - promised.get(lot.id, 0)) for lot in lots)


def balance_of(
    lots: Iterable[Lot], reservations: Iterable[tuple[int, int]], on: date, *, within_days: int = 30
) -> HourBalance:
    """The balance of `lots` as of `on`, with the (lot, minutes) reserved and what expires `within_days`."""
    usable = [lot for lot in lots if lot.is_usable(on)]
    soon = expiring(usable, on, within_days)
    return HourBalance(
        minutes=sum(lot.remaining_minutes for lot in usable),
        reserved=sum(minutes for _, minutes in reservations),
        expiring=sum(lot.remaining_minutes for lot in soon),
        expires_on=soon[0].expires_on if soon else None,
    )
