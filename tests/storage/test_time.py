"""Time worked and charged, corrections, the running timer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest

from deskconsole.data.tables import HourEntry, PersonMoney, TimeEntry, TimeEntryMoney
from deskconsole.desk import tickets, time
from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.terms import TariffMode
from tests.storage.desks import MORNING, TODAY, Company


def test_charged_time_is_rounded_up_by_the_contract_s_unit(company: Company) -> None:
    company.grant(600)
    for worked, charged in ((1, 15), (15, 15), (16, 30), (50, 60)):
        before = company.free()
        logged = time.log_time(company.desk(), company.ticket(), worked)
        assert (logged.worked, logged.charged, logged.mode) == (worked, charged, TariffMode.HOURS)
        assert company.free() == before - charged


def test_charged_time_can_be_given_by_hand(company: Company) -> None:
    company.grant(60)
    logged = time.log_time(company.desk(), company.ticket(), 50, charged=0)
    assert (logged.worked, logged.charged, logged.spent) == (50, 0, ())


def test_what_no_lot_covers_is_said(company: Company) -> None:
    lot = company.grant(20)
    logged = time.log_time(company.desk(), company.ticket(), 45)
    assert (logged.spent, logged.uncovered) == (((lot, 20),), 25)
    assert company.free() == 0


def test_time_on_a_ticket_covered_by_a_fee_or_by_nothing_takes_no_hours(company: Company) -> None:
    company.grant(60, "fee_client")
    company.grant(60, "stranger")
    for client, mode in (("fee_client", TariffMode.FREE), ("stranger", TariffMode.MONEY)):
        logged = time.log_time(company.desk(), company.ticket(client_id=company.rows[client]), 10)
        assert (logged.mode, logged.charged, logged.spent) == (mode, 10, ())
        assert company.free(client) == 60


def test_hours_are_spent_on_the_day_the_work_was_done(company: Company) -> None:
    company.grant(60, expires_on=date(2026, 3, 1))
    fresh = company.grant(60, bought_on=TODAY)
    ticket = company.ticket()
    yesterday = MORNING - timedelta(days=1)
    assert time.log_time(company.desk(), ticket, 15, started_at=yesterday).spent != ((fresh, 15),)
    assert time.log_time(company.desk(), ticket, 15).spent == ((fresh, 15),)


def test_minutes_that_no_day_has_are_refused(company: Company) -> None:
    ticket = company.ticket()
    for minutes in (0, -1, 1441, 10**12):
        with pytest.raises(InvalidInput, match="Minutes worked"):
            time.log_time(company.desk(), ticket, minutes)
    for minutes in (-1, 1441, 10**12):
        with pytest.raises(InvalidInput, match="Minutes charged"):
            time.log_time(company.desk(), ticket, 5, charged=minutes)
    assert company.count(TimeEntry) == 0


def test_work_begins_in_the_past_and_in_this_age(company: Company) -> None:
    ticket = company.ticket()
    with pytest.raises(InvalidInput, match="in the future"):
        time.log_time(company.desk(), ticket, 5, started_at=MORNING + timedelta(minutes=1))
    for moment in (datetime(1, 1, 1, tzinfo=MORNING.tzinfo), datetime(2026, 3, 1)):
        with pytest.raises(InvalidInput, match="no date"):
            time.log_time(company.desk(), ticket, 5, started_at=moment)


def test_only_the_desk_logs_time_for_somebody_else(company: Company) -> None:
    ticket, eva = company.ticket(), company.people["eva"]
    time.log_time(company.desk("ann"), ticket, 5, person_id=eva)
    assert company.card(ticket).times[0].person == "Eva Núñez"
    with pytest.raises(Refused):
        time.log_time(company.desk("ed"), ticket, 5, person_id=eva)
    with pytest.raises(NotFound):
        time.log_time(company.desk("ann"), ticket, 5, person_id=999)


def test_taking_time_back_gives_its_hours_back_to_the_same_lots(company: Company) -> None:
    company.grant(20)
    company.grant(20, expires_on=date(2026, 4, 1))
    ticket, before = company.ticket(), company.entries()
    logged = time.log_time(company.desk(), ticket, 30)
    assert company.free() == 10
    time.correct_time(company.desk(), logged.entry_id, reason="wrong client")
    assert company.free() == 40
    spent, given = company.entries()[len(before) :][:2], company.entries()[len(before) + 2 :]
    assert sorted(given) == sorted((lot, "reversal", -minutes) for lot, _, minutes in spent)
    card = company.card(ticket)
    assert (card.worked, card.charged) == (0, 0)
    assert [entry.is_reversed for entry in card.times] == [True, False]


def test_time_is_taken_back_once_and_a_correction_never(company: Company) -> None:
    company.grant(60)
    logged = time.log_time(company.desk(), company.ticket(), 15)
    opposite = time.correct_time(company.desk(), logged.entry_id, reason="slip")
    for entry in (logged.entry_id, opposite):
        with pytest.raises(Refused, match="taken back already"):
            time.correct_time(company.desk(), entry, reason="slip")
    assert company.free() == 60


def test_taking_time_back_needs_a_reason_and_the_own_hand_or_the_desk_s(company: Company) -> None:
    logged = time.log_time(company.desk("eva"), company.ticket(), 15)
    with pytest.raises(InvalidInput, match="needs a reason"):
        time.correct_time(company.desk("eva"), logged.entry_id, reason=" \x07")
    with pytest.raises(Refused):
        time.correct_time(company.desk("ed"), logged.entry_id, reason="not mine")
    with pytest.raises(NotFound):
        time.correct_time(company.desk(), 999, reason="slip")
    time.correct_time(company.desk("eva"), logged.entry_id, reason="slip")


def test_time_logged_twice_under_one_key_is_spent_once(company: Company) -> None:
    company.grant(60)
    ticket, key = company.ticket(), uuid4()
    first = time.log_time(company.desk(), ticket, 15, key=key)
    assert time.log_time(company.desk(), ticket, 15, key=key) == first
    assert company.free() == 45
    assert company.count(HourEntry) == 2


def test_the_cost_rate_of_the_day_is_frozen_and_no_rate_is_no_row(company: Company) -> None:
    eva = company.people["eva"]
    with company.store.writing() as session:
        for day, cost in ((date(2026, 1, 1), 1000), (date(2026, 3, 1), 1200), (date(2026, 4, 1), 1500)):
            session.add(PersonMoney(person_id=eva, valid_from=day, hour_cost_minor=cost, currency="EUR"))
    ticket = company.ticket()
    logged = time.log_time(company.desk("eva"), ticket, 15)
    uncosted = time.log_time(company.desk("ed"), ticket, 15)
    assert company.count(TimeEntryMoney, entry_id=logged.entry_id, hour_cost_minor=1200) == 1
    assert company.count(TimeEntryMoney, entry_id=uncosted.entry_id) == 0
    opposite = time.correct_time(company.desk("eva"), logged.entry_id, reason="slip")
    assert company.count(TimeEntryMoney, entry_id=opposite, hour_cost_minor=1200) == 1


def test_a_timer_logs_what_it_counted(company: Company) -> None:
    ticket, desk = company.ticket(), company.desk("eva")
    began = time.start_timer(desk, ticket)
    company.clock.forward(25)
    assert time.start_timer(desk, ticket) == began
    logged = time.stop_timer(desk, note="done\x1b")
    assert logged.worked == 25
    (entry,) = company.card(ticket).times
    assert (entry.note, entry.started_at) == ("done", MORNING)
    with pytest.raises(NotFound, match="No timer"):
        time.stop_timer(desk)


def test_a_timer_runs_on_one_ticket_only_and_counts_at_least_a_minute(company: Company) -> None:
    first, second, desk = company.ticket(), company.ticket(), company.desk("eva")
    time.start_timer(desk, first)
    with pytest.raises(Refused, match=f"runs on ticket {first}"):
        time.start_timer(desk, second)
    time.start_timer(company.desk("ed"), first)
    assert time.stop_timer(desk).worked == 1


def test_a_done_ticket_keeps_its_labour(company: Company) -> None:
    ticket, desk = company.ticket(), company.desk("eva")
    wrong = time.log_time(desk, ticket, 30)
    tickets.set_status(desk, [ticket], "resolved")
    with pytest.raises(Refused, match="no time on it"):
        time.correct_time(desk, wrong.entry_id, reason="slip")
    time.log_time(desk, ticket, 20)
    time.correct_time(desk, wrong.entry_id, reason="slip")
    assert company.card(ticket).worked == 20


def test_two_consoles_that_stop_one_timer_at_once_log_its_time_once(company: Company) -> None:
    ticket, desk = company.ticket(), company.desk("eva")
    for number in range(1, 6):
        time.start_timer(desk, ticket)
        company.clock.forward(10)
        together = Barrier(2)

        def stop(desk: Desk, together: Barrier) -> bool:
            together.wait()
            try:
                time.stop_timer(desk)
            except NotFound:
                return False
            return True

        with ThreadPoolExecutor(2) as consoles:
            stopped = [consoles.submit(stop, company.desk("eva"), together) for _console in range(2)]
        assert sorted(each.result() for each in stopped) == [False, True]
        assert company.count(TimeEntry) == number
