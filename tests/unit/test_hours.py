from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.hours import (
    Allocation,
    Entry,
    HourBalance,
    Lot,
    accrued_minutes,
    allocate,
    balance,
    balance_of,
    charged_minutes,
    deductions,
    expiring,
    expiry_of,
    months_between,
    remaining,
    reversal_of,
    unreserved,
)
from deskconsole.domain.terms import EntryKind

DAY = date(2026, 3, 28)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
LOTS = st.lists(
    st.builds(Lot, st.integers(1, 50), st.integers(-100, 5000), DAYS, st.none() | DAYS),
    max_size=8,
    unique_by=lambda lot: lot.id,
)


def test_one_job_spans_lots_first_expiring_first_then_oldest() -> None:
    lots = [
        Lot(1, 60, date(2025, 1, 1)),
        Lot(2, 30, date(2026, 1, 1), date(2026, 12, 31)),
        Lot(3, 20, date(2025, 6, 1), date(2026, 12, 31)),
        Lot(4, 10, date(2026, 2, 1), date(2026, 6, 30)),
        Lot(5, 0, date(2024, 1, 1), date(2026, 4, 1)),
    ]
    assert allocate(75, lots) == Allocation(((4, 10), (3, 20), (2, 30), (1, 15)), 0)
    assert allocate(200, lots).uncovered_minutes == 80
    assert allocate(0, lots) == Allocation((), 0)


def test_equal_lots_are_spent_by_number() -> None:
    assert allocate(5, [Lot(9, 5, DAY), Lot(7, 5, DAY)]).parts == ((7, 5),)


def test_a_lot_gives_from_its_first_to_its_last_day() -> None:
    lot = Lot(1, 60, DAY, DAY + timedelta(days=1))
    for shift, given_minutes in ((-1, 0), (0, 60), (1, 60), (2, 0)):
        assert allocate(60, [lot], on=DAY + timedelta(days=shift)).uncovered_minutes == 60 - given_minutes


def test_negative_work_is_refused() -> None:
    for wrong in (lambda: allocate(-1, []), lambda: charged_minutes(-1, 15), lambda: charged_minutes(1, -15)):
        with pytest.raises(InvalidInput, match="negative"):
            wrong()


@given(st.integers(0, 20_000), LOTS, st.none() | DAYS, st.randoms())
def test_an_allocation_adds_up_and_overdraws_nothing(
    need: int, lots: list[Lot], on: date | None, chance: random.Random
) -> None:
    made = allocate(need, lots, on=on)
    assert sum(minutes for _, minutes in made.parts) + made.uncovered_minutes == need
    held = {lot.id: lot.remaining_minutes for lot in lots}
    assert all(0 < minutes <= held[lot_id] for lot_id, minutes in made.parts)
    assert made.uncovered_minutes == 0 or all(
        (lot.id, lot.remaining_minutes) in made.parts
        for lot in lots
        if lot.remaining_minutes > 0 and (on is None or lot.is_usable(on))
    )
    chance.shuffle(lots)
    assert allocate(need, lots, on=on) == made


@given(st.integers(0, 10_000), st.integers(0, 600))
def test_charged_time_is_worked_time_rounded_up_once(worked: int, unit: int) -> None:
    charged = charged_minutes(worked, unit)
    assert 0 <= charged - worked < max(unit, 1)
    assert charged % unit == 0 if unit else charged == worked
    assert charged_minutes(charged, unit) == charged


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), 12),
        (date(2026, 1, 1), date(2026, 12, 30), 11),
        (date(2026, 1, 15), date(2026, 2, 14), 1),
        (date(2026, 1, 31), date(2026, 2, 27), 1),
        (date(2024, 2, 29), date(2025, 2, 27), 12),
        (DAY, DAY, 0),
        (date(2026, 1, 1), date.max, 12 * 7974 - 1),
    ],
)
def test_service_months_count_both_days(start: date, end: date, months: int) -> None:
    assert months_between(start, end) == months


def test_a_contract_grants_its_hours_at_signing() -> None:
    assert accrued_minutes(12, 300) == 3600
    with pytest.raises(InvalidInput):
        accrued_minutes(-1, 300)
    with pytest.raises(InvalidInput, match="before it starts"):
        months_between(DAY, DAY - timedelta(days=1))


ENTRIES = st.lists(
    st.builds(Entry, st.integers(1, 5), st.just(EntryKind.TOP_UP), st.integers(1, 5000))
    | st.builds(Entry, st.integers(1, 5), st.just(EntryKind.DEDUCTION), st.integers(-5000, -1))
    | st.builds(Entry, st.integers(1, 5), st.just(EntryKind.ADJUSTMENT), st.integers(1, 99), st.just("counted wrong"))
)


@given(ENTRIES)
def test_the_balance_is_the_sum_of_the_entries_and_of_the_lots(entries: list[Entry]) -> None:
    assert balance(entries) == sum(remaining(entries).values())


@given(ENTRIES, ENTRIES)
def test_a_reversal_gives_every_lot_its_minutes_back(before: list[Entry], job: list[Entry]) -> None:
    undone = [*before, *job, *reversal_of(job)]
    assert {lot: left for lot, left in remaining(undone).items() if left} == {
        lot: left for lot, left in remaining(before).items() if left
    }
    assert all(entry.kind is EntryKind.REVERSAL for entry in reversal_of(job))


@given(st.integers(0, 9000), LOTS)
def test_spending_an_allocation_lowers_the_balance_by_what_the_lots_gave(need: int, lots: list[Lot]) -> None:
    made = allocate(need, lots)
    assert -balance(deductions(made)) == need - made.uncovered_minutes


@pytest.mark.parametrize(
    ("kind", "minutes", "reason"),
    [
        (EntryKind.TOP_UP, -1, ""),
        (EntryKind.ACCRUAL, -1, ""),
        (EntryKind.DEDUCTION, 1, ""),
        (EntryKind.EXPIRY, 1, ""),
        (EntryKind.REVERSAL, 0, ""),
        (EntryKind.ADJUSTMENT, 5, "  "),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(kind: EntryKind, minutes: int, reason: str) -> None:
    with pytest.raises(InvalidInput):
        Entry(1, kind, minutes, reason)


def test_what_expired_is_written_off_the_day_after() -> None:
    lot = Lot(1, 40, DAY, DAY)
    assert expiry_of(lot, DAY) is None
    assert expiry_of(lot, DAY + timedelta(days=1)) == Entry(1, EntryKind.EXPIRY, -40)
    assert expiry_of(Lot(1, 0, DAY, DAY), DAY + timedelta(days=1)) is None
    assert expiry_of(Lot(1, 40, DAY), date.max) is None


def test_the_balance_tells_what_is_promised_and_what_expires() -> None:
    lots = [
        Lot(1, 100, DAY, DAY + timedelta(days=10)),
        Lot(2, 200, DAY, DAY + timedelta(days=31)),
        Lot(3, 300, DAY),
        Lot(4, 400, DAY - timedelta(days=9), DAY - timedelta(days=1)),
        Lot(5, 500, DAY + timedelta(days=1)),
    ]
    assert balance_of(lots, [(1, 90), (3, 10)], DAY) == HourBalance(600, 100, 100, DAY + timedelta(days=10))
    assert balance_of(lots, [(1, 90)], DAY).free == 510
    assert [lot.id for lot in expiring(lots, DAY, 31)] == [1, 2]


def test_two_dispatchers_can_not_promise_the_same_minute() -> None:
    lots = [Lot(1, 100, DAY)]
    first = allocate(80, unreserved(lots, []))
    assert allocate(80, unreserved(lots, first.parts)) == Allocation(((1, 20),), 60)
