"""The live board on real storage: what burns, who has how much, how the day goes, and what share is on time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from deskconsole.data.queries import board as queries
from deskconsole.data.queries.board import Earlier
from deskconsole.data.tables import Absence, PersonCalendar
from deskconsole.desk import board as verbs
from deskconsole.desk import calendars, sla, tickets
from deskconsole.desk import time as times
from deskconsole.desk.desk import Unit
from deskconsole.domain.board import BoardState, Load, Score
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import SlaClock
from tests.storage.desks import MORNING, Company

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(company: Company) -> Company:
    """A company that promises every client an answer in one hour and a solution in four, day and night."""
    promises = [Target(SlaClock.FIRST_RESPONSE, 60), Target(SlaClock.RESOLUTION, 240)]
    sla.put_policy(company.desk("sue"), "usual", targets=promises)
    sla.bind(company.desk("sue"), "usual", Level.DEFAULT)
    return company


def seen(company: Company, login: str = "sue", earlier: Earlier | None = None) -> BoardState:
    """The board as it stands now, in UTC."""
    return company.desk(login).read(queries.board, company.clock(), UTC, earlier)


def answered(company: Company, **said: Any) -> int:
    """A ticket whose client got an answer at once: only its solution is still owed."""
    ticket = company.ticket(**said)
    tickets.open_ticket(company.desk(), ticket)
    tickets.reply(company.desk(), ticket, "We are coming.")
    return ticket


def resolve(company: Company, *numbers: int) -> None:
    """End tickets as people do."""
    for number in numbers:
        times.log_time(company.desk("eva"), number, 10)
    tickets.set_status(company.desk(), list(numbers), "resolved")


def load_of(state: BoardState, name: str) -> Load:
    return next(load for load in state.loads if load.name.startswith(name))


def test_what_is_overdue_longest_stands_first_and_what_is_due_soon_beside_it(shop: Company) -> None:
    first = answered(shop)
    shop.clock.forward(30)
    second = answered(shop)
    shop.clock.forward(60)
    unanswered = shop.ticket()
    shop.clock.forward(170)  # 13:20: the first two were due at 13:00 and 13:30
    fresh = answered(shop)
    state = seen(shop)
    assert [one.ticket_id for one in state.late] == [unanswered, first]
    assert [one.ticket_id for one in state.next] == [second]
    assert (state.overdue, state.soon, state.open) == (2, 1, 4)
    assert state.late[0].clock is SlaClock.FIRST_RESPONSE
    assert state.late[1].due == MORNING + 4 * HOUR
    assert state.late[1].client == "ООО «Ромашка»"
    assert fresh not in {one.ticket_id for one in (*state.late, *state.next)}


def test_a_ticket_without_an_sla_stands_there_by_its_wished_time(company: Company) -> None:
    ticket = company.ticket(wished_at=MORNING + HOUR)
    state = seen(company)
    assert [(one.ticket_id, one.clock) for one in state.next] == [(ticket, None)]
    company.clock.forward(90)
    state = seen(company)
    assert [one.ticket_id for one in state.late] == [ticket]
    assert state.breaches == ()


def test_nobodys_unread_and_paused_tickets_are_counted(shop: Company) -> None:
    mine, waiting = shop.ticket(), answered(shop)
    shop.ticket()
    tickets.assign(shop.desk(), [mine], shop.people["eva"])
    tickets.open_ticket(shop.desk("eva"), mine)
    tickets.set_status(shop.desk(), [waiting], "waiting_client")
    state = seen(shop)
    assert (state.open, state.unassigned, state.paused) == (3, 2, 1)
    assert state.unread == 1
    assert waiting not in {one.ticket_id for one in state.next}


def test_load_is_open_tickets_and_todays_minutes_against_what_the_day_has(shop: Company) -> None:
    ticket = answered(shop)
    tickets.assign(shop.desk(), [ticket], shop.people["eva"])
    estimate(shop, ticket, 90)
    later = answered(shop, subject="Next week")
    tickets.set_times(shop.desk(), later, due_at=MORNING + timedelta(days=7))
    tickets.assign(shop.desk(), [later], shop.people["eva"])
    estimate(shop, later, 600)
    times.log_time(shop.desk("eva"), ticket, 45)
    times.log_time(shop.desk("eva"), ticket, 30, started_at=MORNING - timedelta(days=1))
    times.start_timer(shop.desk("eva"), ticket)
    load = load_of(seen(shop), "Eva")
    assert (load.open, load.worked, load.capacity, load.is_working) == (2, 45, 480, True)
    assert load.estimated == 90
    assert load_of(seen(shop), "Фёдор").open == 0
    assert {one.name for one in seen(shop).loads} == {"Eva Núñez", "Фёдор Ёлкин", "Con Tractor", "Out Sider"}


def estimate(company: Company, ticket: int, minutes: int) -> None:
    """Say how long the work will take."""

    def work(unit: Unit) -> int:
        unit.ticket(ticket).estimate_minutes = minutes
        return 0

    company.write(work)


def test_who_is_away_or_has_a_short_day_has_less_capacity(company: Company) -> None:
    calendars.put_calendar(company.desk("root"), "half", {"timezone": "UTC", "hours": {"mon": [["09:00", "12:00"]]}})

    def work(unit: Unit) -> int:
        unit.session.add(PersonCalendar(person_id=company.people["eva"], calendar_id=1))
        away = Absence(
            person_id=company.people["ed"], first_day=date(2026, 3, 1), last_day=date(2026, 3, 2), created_at=MORNING
        )
        unit.session.add(away)
        return 0

    company.write(work)
    state = seen(company)
    assert load_of(state, "Eva").capacity == 180
    assert load_of(state, "Фёдор").capacity == 0
    assert load_of(state, "Con").capacity == 480
    company.clock.forward(days=1)  # Tuesday: the calendar has no hours, the absence is over
    state = seen(company)
    assert (load_of(state, "Eva").capacity, load_of(state, "Фёдор").capacity) == (0, 480)


def test_arrivals_and_completions_stand_in_the_hours_of_the_local_day(shop: Company) -> None:
    first, second = answered(shop), answered(shop)
    shop.clock.forward(60)
    third = shop.ticket()
    resolve(shop, first)
    shop.clock.forward(90)
    resolve(shop, second)
    tickets.set_status(shop.desk(), [third], "cancelled", reason="A mistake")
    state = seen(shop)
    assert {hour: count for hour, count in enumerate(state.arrivals) if count} == {9: 2, 10: 1}
    assert {hour: count for hour, count in enumerate(state.completions) if count} == {10: 1, 11: 1}
    moscow = shop.desk().read(queries.board, shop.clock(), ZoneInfo("Europe/Moscow"))
    assert {hour: count for hour, count in enumerate(moscow.arrivals) if count} == {12: 2, 13: 1}


def test_the_day_begins_at_local_midnight(shop: Company) -> None:
    shop.clock.now = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)  # 23:30 in Moscow
    ticket = answered(shop)
    resolve(shop, ticket)
    shop.clock.forward(60)
    answered(shop)
    moscow = shop.desk().read(queries.board, shop.clock(), ZoneInfo("Europe/Moscow"))
    assert (sum(moscow.arrivals), moscow.arrivals[0]) == (1, 1)
    assert (moscow.today.counted, moscow.week.counted) == (0, 1)
    assert seen(shop).today.counted == 1


def test_compliance_counts_tickets_with_an_sla_once_and_states_how_many_were_paused(shop: Company) -> None:
    good, waited, late = answered(shop), answered(shop), shop.ticket()
    tickets.set_status(shop.desk(), [waited], "waiting_client")
    shop.clock.forward(5 * 60)  # the late one misses its answer and its solution; the other stood meanwhile
    tickets.set_status(shop.desk(), [waited], "in_progress")
    resolve(shop, waited, late)
    shop.clock.forward(-5 * 60)
    shop.clock.forward(10)
    resolve(shop, good)
    dropped = shop.ticket()
    tickets.set_status(shop.desk(), [dropped], "cancelled", reason="A mistake")
    shop.clock.forward(6 * 60)
    state = seen(shop)
    assert state.today == Score(counted=3, on_time=2, paused=1)
    assert state.week == state.today
    assert str(state.today.told(95)) == "66.6 % (2 of 3), below 95 %, 33.3 % paused"


def test_tickets_without_an_sla_are_left_out_of_compliance(company: Company) -> None:
    resolve(company, company.ticket())
    state = seen(company)
    assert state.today == Score()
    assert sum(state.completions) == 1
    assert str(state.today.told(state.target)) == "no ticket with an SLA completed yet"


def test_a_reopened_ticket_is_completed_no_more(shop: Company) -> None:
    ticket = answered(shop)
    resolve(shop, ticket)
    assert seen(shop).today.counted == 1
    tickets.set_status(shop.desk(), [ticket], "in_progress", reason="Still broken")
    assert seen(shop).today.counted == 0


def test_the_week_begins_on_monday_and_what_was_before_today_may_be_read_once(shop: Company) -> None:
    shop.clock.now = MORNING - timedelta(days=1)  # Sunday
    resolve(shop, answered(shop))
    shop.clock.now = MORNING
    resolve(shop, answered(shop))
    shop.clock.forward(days=2)
    resolve(shop, answered(shop), answered(shop))
    state = seen(shop)
    assert (state.today.counted, state.week.counted) == (2, 3)
    kept = shop.desk().read(queries.earlier_this_week, shop.clock(), UTC)
    assert kept == Earlier(shop.clock().date(), Score(1, 1, 0))
    assert seen(shop, earlier=kept) == state
    shop.clock.forward(days=1)
    assert seen(shop, earlier=kept).week.counted == 3  # of another day: read anew


def test_the_feed_tells_every_clock_that_ran_out_the_latest_first(shop: Company) -> None:
    ticket = shop.ticket()
    assert seen(shop).breaches == ()
    shop.clock.forward(61)
    assert [(one.ticket_id, one.clock, one.at) for one in seen(shop).breaches] == [
        (ticket, SlaClock.FIRST_RESPONSE, MORNING + HOUR)
    ]
    shop.clock.forward(4 * 60)  # nobody touched it: its second clock ran out behind the first
    assert [one.clock for one in seen(shop).breaches] == [SlaClock.RESOLUTION, SlaClock.FIRST_RESPONSE]
    resolve(shop, ticket)
    tickets.reply(shop.desk(), ticket, "Done")
    assert [one.clock for one in seen(shop).breaches] == [SlaClock.RESOLUTION, SlaClock.FIRST_RESPONSE]
    shop.clock.forward(days=8)
    assert seen(shop).breaches == ()


def test_a_clock_that_ended_in_time_is_no_breach_however_late_it_is_now(shop: Company) -> None:
    resolve(shop, answered(shop))
    shop.clock.forward(days=1)
    assert seen(shop).breaches == ()


def test_the_target_is_95_percent_until_a_supervisor_sets_it(company: Company) -> None:
    assert seen(company).target == 95
    verbs.set_target(company.desk("sue"), 97.5)
    assert seen(company).target == 97.5
    with pytest.raises(Refused):
        verbs.set_target(company.desk("ann"), 50)
    for wrong in (0, 100.1, float("nan")):
        with pytest.raises(InvalidInput):
            verbs.set_target(company.desk("sue"), wrong)


def test_a_contractor_sees_no_board(company: Company) -> None:
    with pytest.raises(Refused):
        seen(company, "con")


def test_the_board_takes_as_many_statements_for_many_tickets_as_for_none(shop: Company) -> None:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(shop.store.reader, "before_cursor_execute", note)
    seen(shop)
    empty = len(said)
    for _number in range(12):
        shop.ticket()
    said.clear()
    seen(shop)
    assert len(said) == empty < 30
