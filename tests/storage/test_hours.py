"""The hour ledger: granting, adjusting, writing off."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from deskconsole.data.queries.hours import balance, ledger, lots_of
from deskconsole.data.tables import HourEntry, HourLot
from deskconsole.desk import hours, time
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.terms import EntryKind, Funding
from tests.storage.desks import TODAY, Company, put_contract


def test_a_lot_is_granted_once_under_one_key(company: Company) -> None:
    key = uuid4()
    lot = company.grant(90, key=key)
    assert company.grant(90, key=key) == lot
    assert company.free() == 90
    assert company.entries() == [(lot, "top_up", 90)]


def test_balance_tells_free_reserved_and_expiring_minutes(company: Company) -> None:
    company.grant(100)
    company.grant(40, expires_on=date(2026, 3, 20))
    company.grant(7, expires_on=date(2026, 2, 20))
    company.grant(9, bought_on=date(2026, 3, 3))
    found = company.desk().read(balance, company.rows["client"], TODAY)
    assert (found.free, found.expiring, found.expires_on) == (140, 40, date(2026, 3, 20))


def test_hours_to_grant_are_more_than_none_and_not_without_end(company: Company) -> None:
    for minutes in (0, -5, 10**12):
        with pytest.raises(InvalidInput, match="more than zero"):
            company.grant(minutes)
    assert company.count(HourLot) == 0


def test_hours_can_t_expire_before_they_are_bought(company: Company) -> None:
    with pytest.raises(InvalidInput, match="can't expire before"):
        company.grant(5, bought_on=date(2026, 3, 2), expires_on=date(2026, 3, 1))


def test_hours_are_granted_to_a_client_and_a_contract_that_are_there(company: Company) -> None:
    with pytest.raises(NotFound, match="client 999"):
        hours.grant(company.desk(), 999, 5)
    with pytest.raises(NotFound, match="contract 999"):
        company.grant(5, contract_id=999)
    with pytest.raises(InvalidInput, match="C-2 belongs to another client"):
        company.grant(5, contract_id=company.rows["fee_contract"])


def test_only_accruals_and_top_ups_are_grants(company: Company) -> None:
    assert company.grant(5, kind=EntryKind.ACCRUAL)
    for kind in (EntryKind.DEDUCTION, EntryKind.EXPIRY, EntryKind.REVERSAL, EntryKind.ADJUSTMENT):
        with pytest.raises(InvalidInput, match="Hours are granted as"):
            company.grant(5, kind=kind)


def test_an_adjustment_needs_its_reason_and_leaves_nothing_below_zero(company: Company) -> None:
    desk, lot = company.desk("sue"), company.grant(60)
    for reason in ("", "  ", "\x1b"):
        with pytest.raises(InvalidInput, match="reason"):
            hours.adjust(desk, lot, 5, reason=reason)
    for minutes in (0, -61, 10**12):
        with pytest.raises(InvalidInput, match="can't be adjusted"):
            hours.adjust(desk, lot, minutes, reason="slip")
    hours.adjust(desk, lot, -60, reason="typed twice\x07")
    assert company.free() == 0
    (newest, *_) = company.desk().read(ledger, company.rows["client"])
    assert (newest.kind, newest.minutes, newest.reason, newest.person) == (
        "adjustment",
        -60,
        "typed twice",
        "Sue Field",
    )
    with pytest.raises(NotFound):
        hours.adjust(desk, 999, 5, reason="slip")


def test_what_is_left_of_expired_lots_is_written_off_once(company: Company) -> None:
    old = company.grant(30, expires_on=date(2026, 3, 1))
    company.grant(20, expires_on=TODAY)
    desk = company.desk()
    assert hours.expire(desk, company.rows["client"]) == 30
    assert hours.expire(desk, company.rows["client"]) == 0
    assert company.entries()[-1] == (old, "expiry", -30)
    assert company.free() == 20


def test_the_first_to_expire_is_spent_first_over_several_lots(company: Company) -> None:
    forever = company.grant(100)
    late = company.grant(20, expires_on=date(2026, 12, 31))
    soon = company.grant(20, expires_on=date(2026, 4, 1))
    ticket = company.ticket()
    assert time.log_time(company.desk(), ticket, 45).spent == ((soon, 20), (late, 20), (forever, 5))


def test_hours_of_a_contract_pay_only_under_it(company: Company) -> None:
    client = company.rows["client"]
    other = company.write(lambda unit: put_contract(unit, client, "Я-18", Funding.FEE, starts_on=date(2027, 1, 1)))
    company.grant(60, contract_id=other)
    own = company.grant(15, contract_id=company.rows["contract"])
    logged = time.log_time(company.desk(), company.ticket(), 20)
    assert logged.spent == ((own, 15),)
    assert logged.uncovered == 15


def test_the_lots_of_one_client_are_not_another_s(company: Company) -> None:
    company.grant(60, "fee_client")
    assert company.desk().read(lots_of, company.rows["client"]) == ()
    assert company.count(HourEntry) == 1
