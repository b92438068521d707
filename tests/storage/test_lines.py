"""Ticket lines: hours reserved when planned, spent when performed, prices frozen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from deskconsole.data.tables import HourReservation, PriceList, PriceMoney
from deskconsole.desk import hours, lines, time
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.terms import LineState, TariffMode
from tests.storage.desks import Company

REPAIR, UPDATE = 1, 5


def test_a_planned_line_holds_its_minutes(company: Company) -> None:
    company.grant(100)
    ticket = company.ticket()
    made = lines.add_line(company.desk(), company.ticket(), REPAIR, minutes=60)
    assert (made["reserved"], made["uncovered"]) == (60, 0)
    assert company.free() == 40
    more = lines.add_line(company.desk(), company.ticket(), REPAIR, minutes=60)
    assert (more["reserved"], more["uncovered"]) == (40, 20)
    assert time.log_time(company.desk(), ticket, 15).uncovered == 15


def test_a_struck_line_lets_go(company: Company) -> None:
    company.grant(60)
    line = lines.add_line(company.desk(), company.ticket(), REPAIR)["line"]
    assert company.free() == 0
    lines.cancel_line(company.desk(), line)
    assert company.free() == 60
    for act in (lines.cancel_line, lines.perform_line):
        with pytest.raises(Refused, match="is cancelled already"):
            act(company.desk(), line)


def test_a_performed_line_spends_what_it_held(company: Company) -> None:
    lot = company.grant(100)
    line = lines.add_line(company.desk(), company.ticket(), REPAIR, minutes=60)["line"]
    assert lines.perform_line(company.desk(), line) == {"spent": 60, "uncovered": 0}
    assert company.entries()[-1] == (lot, "deduction", -60)
    assert (company.free(), company.count(HourReservation)) == (40, 0)
    with pytest.raises(Refused, match="is performed already"):
        lines.perform_line(company.desk(), line)


def test_time_on_a_planned_line_spends_what_it_held_and_holds_the_rest(company: Company) -> None:
    company.grant(100)
    ticket = company.ticket()
    line = lines.add_line(company.desk(), ticket, REPAIR, minutes=60)["line"]
    assert time.log_time(company.desk(), ticket, 15, line_id=line).uncovered == 0
    assert company.free() == 40
    assert company.count(HourReservation, minutes=45) == 1
    assert lines.perform_line(company.desk(), line)["spent"] == 45
    assert company.free() == 40


def test_taking_time_back_on_a_planned_line_holds_its_minutes_again(company: Company) -> None:
    company.grant(100)
    ticket = company.ticket()
    line = lines.add_line(company.desk(), ticket, REPAIR, minutes=60)["line"]
    logged = time.log_time(company.desk(), ticket, 90, line_id=line)
    assert company.free() == 10
    time.correct_time(company.desk(), logged.entry_id, reason="slip")
    assert (company.free(), company.count(HourReservation, minutes=60)) == (40, 1)


def test_time_on_a_performed_line_is_not_paid_twice(company: Company) -> None:
    company.grant(200)
    ticket = company.ticket()
    line = lines.add_line(company.desk(), ticket, REPAIR, minutes=60)["line"]
    lines.perform_line(company.desk(), line)
    assert time.log_time(company.desk(), ticket, 45, line_id=line).spent == ()
    logged = time.log_time(company.desk(), ticket, 30, line_id=line)
    assert sum(minutes for _, minutes in logged.spent) == 15
    assert company.free() == 125
    time.correct_time(company.desk(), logged.entry_id, reason="slip")
    assert company.free() == 140


def test_taking_back_time_of_before_leaves_a_performed_line_paid(company: Company) -> None:
    company.grant(200)
    ticket = company.ticket()
    line = lines.add_line(company.desk(), ticket, REPAIR, minutes=60)["line"]
    logged = time.log_time(company.desk(), ticket, 45, line_id=line)
    lines.perform_line(company.desk(), line)
    time.correct_time(company.desk(), logged.entry_id, reason="wrong person")
    assert company.free() == 140
    time.log_time(company.desk("eva"), ticket, 45, line_id=line)
    assert company.free() == 140


def test_time_needs_a_line_of_its_own_ticket_that_is_not_struck(company: Company) -> None:
    ticket = company.ticket()
    line = lines.add_line(company.desk(), ticket, REPAIR)["line"]
    with pytest.raises(NotFound, match="has no line"):
        time.log_time(company.desk(), company.ticket(), 15, line_id=line)
    lines.cancel_line(company.desk(), line)
    with pytest.raises(Refused, match="is cancelled already"):
        time.log_time(company.desk(), ticket, 15, line_id=line)


def test_an_update_costs_neither_hours_nor_money(company: Company) -> None:
    company.grant(60)
    ticket = company.ticket()
    line = lines.add_line(company.desk(), ticket, UPDATE)["line"]
    time.log_time(company.desk(), ticket, 15, line_id=line)
    assert lines.perform_line(company.desk(), line)["spent"] == 0
    assert company.free() == 60
    (shown,) = company.card(ticket).lines
    assert (shown.mode, shown.state, shown.unit_price_minor) == (TariffMode.FREE, LineState.PERFORMED, None)


def test_the_nearest_price_of_the_day_is_frozen_on_the_line(company: Company) -> None:
    client = company.rows["client"]
    with company.store.writing() as session:
        lists = [
            PriceList(name="all"), PriceList(name="region", region="Москва"), PriceList(name="A", category="A"),
            PriceList(name="own", client_id=client),
        ]  # fmt: skip
        session.add_all(lists)
        session.flush()
        for number, found in enumerate(lists[:3]):
            session.add(
                PriceMoney(price_list_id=found.id or 0, service_id=REPAIR, valid_from=date(2026, 1, 1),
                           price_minor=1000 * (number + 1), currency="RUB")
            )  # fmt: skip
        for day, price in ((date(2026, 2, 1), 7000), (date(2026, 3, 1), 7700), (date(2026, 5, 1), 9900)):
            session.add(
                PriceMoney(price_list_id=lists[3].id or 0, service_id=REPAIR, valid_from=day, price_minor=price,
                           currency="RUB")
            )  # fmt: skip
    assert _performed_price(company, client) == 7700
    assert _performed_price(company, company.rows["stranger"]) == 1000


def _performed_price(company: Company, client_id: int) -> int | None:
    ticket = company.ticket(client_id=client_id)
    line = lines.add_line(company.desk(), ticket, REPAIR, mode=TariffMode.MONEY)["line"]
    lines.perform_line(company.desk(), line)
    assert company.card(ticket, "eva").lines[0].unit_price_minor is None
    return company.card(ticket).lines[0].unit_price_minor


def test_a_line_without_sense_is_refused(company: Company) -> None:
    senseless: list[dict[str, Any]] = [{"quantity": 0}, {"quantity": 10_001}, {"minutes": -1}, {"minutes": 10**10}]
    for said in senseless:
        with pytest.raises(InvalidInput, match="A line needs"):
            lines.add_line(company.desk(), company.ticket(), REPAIR, **said)


def test_lines_that_are_not_there_are_said_so(company: Company) -> None:
    with pytest.raises(NotFound, match="service 999"):
        lines.add_line(company.desk(), company.ticket(), 999)
    with pytest.raises(NotFound, match="line 999"):
        lines.perform_line(company.desk(), 999)


def test_an_expired_reservation_is_written_off_when_it_is_let_go(company: Company) -> None:
    company.grant(60, expires_on=date(2026, 3, 2))
    line = lines.add_line(company.desk(), company.ticket(), REPAIR, minutes=40)["line"]
    company.clock.forward(days=1)
    assert hours.expire(company.desk(), company.rows["client"]) == 20
    lines.cancel_line(company.desk(), line)
    assert hours.expire(company.desk(), company.rows["client"]) == 40
