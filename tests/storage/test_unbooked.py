"""What a contractor does is booked by a pass: clocks, charged minutes and prepaid hours, each once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from deskconsole.data.tables import TicketClock, TimeEntry, Unbooked, table
from deskconsole.desk import sla, tickets, time
from deskconsole.desk.clock_rows import ticket_clocks
from deskconsole.desk.unbooked_pass import book_waiting
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import ClockState, Role, SlaClock
from tests.storage.desks import Company


def owned(company: Company) -> int:
    """A ticket of the contractor `con`, covered by hours of a client who has four."""
    company.grant(240)
    ticket = company.ticket("mine", equipment_id=company.rows["unit"])
    tickets.assign(company.desk(), [ticket], company.people["con"])
    return ticket


@pytest.fixture
def own(company: Company) -> int:
    """Such a ticket, on each engine."""
    return owned(company)


def book(company: Company) -> int:
    """Run the pass as a console of somebody who may."""
    return book_waiting(company.desk("sue"), company.clock.now)["tickets"]


def test_a_contractor_s_time_spends_hours_when_it_is_booked_and_then_once(company: Company, own: int) -> None:
    logged = time.log_time(company.desk("con"), own, 50)
    assert (logged.spent, company.free(), company.count(Unbooked)) == ((), 240, 2)
    assert book(company) == 1
    entry = company.desk().read(lambda session: session.get_one(TimeEntry, logged.entry_id))
    assert (entry.worked_minutes, entry.charged_minutes) == (50, 60)  # rounded up by the contract's unit
    assert company.free() == 180
    assert (book(company), company.free(), company.count(Unbooked)) == (0, 180, 0)


@pytest.mark.parametrize("is_booked_between", [True, False])
@pytest.mark.parametrize("who", ["con", "ann"])
def test_time_taken_back_gives_back_just_what_was_spent(
    company: Company, own: int, who: str, is_booked_between: bool
) -> None:
    entry = time.log_time(company.desk("con"), own, 50).entry_id
    if is_booked_between:
        book(company)
    opposite = time.correct_time(company.desk(who), entry, reason="wrong ticket")
    book(company)
    assert company.free() == 240
    entries = table(TimeEntry)
    charged = company.desk().read(
        lambda session: (
            session.execute(select(entries.c.charged_minutes).where(entries.c.id.in_((entry, opposite))))
            .scalars()
            .all()
        )
    )
    assert sum(charged) == 0
    assert company.count(Unbooked) == 0


def test_a_contractor_s_answer_stops_the_clock_at_its_own_moment(company: Company, own: int) -> None:
    sla.put_policy(company.desk("sue"), "Gold", targets=[Target(SlaClock.FIRST_RESPONSE, 60)])
    sla.bind(company.desk("sue"), "Gold", Level.DEFAULT)
    company.clock.forward(30)
    tickets.reply(company.desk("con"), own, "on my way")
    answered = company.clock.now
    company.clock.forward(90)
    before = clock(company, own)
    assert before is None or before.state != ClockState.STOPPED.value
    book(company)
    after = clock(company, own)
    assert after is not None
    assert (after.state, after.ended_at, after.is_breached) == (ClockState.STOPPED.value, answered, False)


def test_asking_for_a_booking_again_spends_nothing_more(company: Company, own: int) -> None:
    entry = time.log_time(company.desk("con"), own, 50).entry_id
    book(company)
    for _again in range(3):
        with company.store.writing() as session:
            session.add(Unbooked(ticket_id=own, time_entry_id=entry))
        book(company)
    assert (company.free(), company.count(Unbooked)) == (180, 0)


def test_what_can_t_be_booked_holds_up_nobody_else(sqlite_company: Company) -> None:
    company, own = sqlite_company, owned(sqlite_company)  # a server refuses such minutes at the door
    other = company.ticket("other", equipment_id=company.rows["unit"])
    tickets.assign(company.desk(), [other], company.people["con"])
    entry = time.log_time(company.desk("con"), own, 50).entry_id
    with company.store.writing() as session:
        session.get_one(TimeEntry, entry).worked_minutes = -5
        session.get_one(TimeEntry, entry).charged_minutes = -5
    time.log_time(company.desk("con"), other, 20)
    assert book(company) == 1
    assert company.free() == 210
    assert company.count(Unbooked, ticket_id=own) > 0


def test_what_a_contractor_answers_is_found_by_its_words(company: Company, own: int) -> None:
    tickets.reply(company.desk("con"), own, "capacitor replaced")
    book(company)
    assert company.found("capacitor") == (own,)


def test_a_contractor_sees_the_clocks_as_they_were_derived(company: Company, own: int) -> None:
    sla.put_policy(company.desk("sue"), "Gold", targets=[Target(SlaClock.RESOLUTION, 60)])
    sla.bind(company.desk("sue"), "Gold", Level.DEFAULT)
    tickets.note(company.desk(), own, "policy holds")
    seen = company.desk("con").read(ticket_clocks, own, company.clock.forward(45), role=Role.CONTRACTOR)
    (row,) = seen.rows
    assert (row.clock, row.left_seconds, row.elapsed_seconds, seen.policy) == (SlaClock.RESOLUTION, 900, 2700, "")
    seen = company.desk("con").read(ticket_clocks, own, company.clock.forward(30), role=Role.CONTRACTOR)
    assert (seen.rows[0].is_breached, seen.rows[0].left_seconds) == (True, -900)


ACTS: dict[str, Callable[[Company, int, list[int]], object]] = {
    "log": lambda company, own, made: made.append(time.log_time(company.desk("con"), own, 20).entry_id),
    "correct": lambda company, own, made: made and time.correct_time(company.desk("con"), made.pop(), reason="no"),
    "manager": lambda company, own, made: made and time.correct_time(company.desk("ann"), made.pop(0), reason="no"),
    "book": lambda company, own, made: book(company),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=12))
def test_whatever_the_order_what_is_spent_is_what_is_charged(sqlite_company: Company, acts: list[str]) -> None:
    company = sqlite_company
    company.grant(6000)
    before = company.free()
    ticket = company.ticket("mine", equipment_id=company.rows["unit"])
    tickets.assign(company.desk(), [ticket], company.people["con"])
    made: list[int] = []
    for act in acts:
        ACTS[act](company, ticket, made)
    book(company)
    standing = len(made)
    assert company.free() == before - standing * 30


def clock(company: Company, ticket: int) -> TicketClock | None:
    """The stored first-response clock."""
    return company.desk().read(lambda session: session.get(TicketClock, (ticket, SlaClock.FIRST_RESPONSE.value)))
