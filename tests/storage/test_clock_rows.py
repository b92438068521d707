"""What lists and the ticket say of its clocks, and the filters that ask about them, as a ticket runs its course."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskconsole.data.queries import tickets as lists
from deskconsole.data.queries.tickets import QueueRow, as_of
from deskconsole.desk import checklists, sla, tickets
from deskconsole.desk.clock_rows import ClockRow, TicketClocks, ticket_clocks
from deskconsole.desk.desk import Unit
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import ClockState, Role, SlaClock
from tests.storage.desks import MORNING, Company

HOUR = timedelta(hours=1)


@pytest.fixture
def promised(company: Company) -> Company:
    """A desk that promises an answer in one hour and an end in four, round the clock."""
    targets = [Target(SlaClock.FIRST_RESPONSE, 60), Target(SlaClock.RESOLUTION, 240)]
    sla.put_policy(company.desk("sue"), "Gold", targets=targets)
    sla.bind(company.desk("sue"), "Gold", Level.CLIENT, row_id=company.rows["client"])
    return company


def row_of(company: Company, ticket: int) -> QueueRow:
    (row,) = company.desk().read(lists.rows, [ticket])
    return row


def clock_of(company: Company, ticket: int, clock: SlaClock) -> ClockRow:
    found: TicketClocks = company.desk().read(ticket_clocks, ticket, company.clock(), role=Role.ENGINEER)
    return next(row for row in found.rows if row.clock is clock)


def test_a_row_names_the_clock_whose_due_it_shows(promised: Company) -> None:
    ticket = promised.ticket()
    row = row_of(promised, ticket)
    assert (row.due, row.clock, row.paused_seconds, row.has_sla) == (
        MORNING + HOUR, SlaClock.FIRST_RESPONSE, None, True,
    )  # fmt: skip
    tickets.reply(promised.desk(), ticket, "We come")
    row = row_of(promised, ticket)
    assert (row.due, row.clock) == (MORNING + 4 * HOUR, SlaClock.RESOLUTION)


def test_a_ticket_nothing_was_promised_for_has_no_sla(promised: Company) -> None:
    ticket = promised.ticket(client_id=promised.rows["stranger"])
    row = row_of(promised, ticket)
    assert (row.due, row.clock, row.has_sla) == (None, None, False)
    assert promised.found("sla:none") == (ticket,)
    assert promised.found("sla:gold") == ()


def test_waiting_for_the_client_stops_the_countdown_and_every_filter_knows(promised: Company) -> None:
    ticket = promised.ticket()
    tickets.reply(promised.desk(), ticket, "What is on the screen?")
    promised.clock.forward(60)
    tickets.set_status(promised.desk(), [ticket], "in_progress")
    tickets.set_status(promised.desk(), [ticket], "waiting_client")
    row = row_of(promised, ticket)
    assert (row.due, row.clock, row.paused_seconds) == (None, SlaClock.RESOLUTION, 3 * 3600)
    assert promised.found("paused:resolution") == promised.found("paused:any") == (ticket,)
    assert promised.found("paused:none") == promised.found("paused:update") == promised.found("due<30m") == ()
    promised.clock.forward(days=3)
    assert row_of(promised, ticket).paused_seconds == 3 * 3600
    assert promised.found("breached:yes") == ()
    tickets.client_said(promised.desk(), ticket, "It says 404")
    row = row_of(promised, ticket)
    assert (row.due, row.paused_seconds) == (promised.clock() + 3 * HOUR, None)
    assert promised.found("clock:resolution due<4h") == (ticket,)


def test_a_ticket_is_breached_the_second_after_its_due_though_nobody_has_looked(promised: Company) -> None:
    ticket = promised.ticket()
    promised.clock.forward(60)
    assert promised.found("breached:yes") == ()
    promised.clock.now += timedelta(seconds=1)
    assert promised.found("breached:yes") == promised.found("due:overdue") == (ticket,)
    assert promised.found("breached:no") == ()
    row = row_of(promised, ticket)
    assert not row.is_breached
    assert as_of(row, promised.clock()).is_breached


def test_a_broken_answer_stays_breached_when_the_next_clock_is_in_time(promised: Company) -> None:
    ticket = promised.ticket()
    promised.clock.forward(70)
    tickets.reply(promised.desk(), ticket, "Late")
    row = row_of(promised, ticket)
    assert (row.clock, row.is_breached) == (SlaClock.RESOLUTION, True)
    assert promised.found("breached:yes") == promised.found("breached:yes", by="created") == (ticket,)
    answer = clock_of(promised, ticket, SlaClock.FIRST_RESPONSE)
    assert (answer.state, answer.is_breached, answer.left_seconds) == (ClockState.STOPPED, True, -600)
    assert answer.elapsed_seconds == 70 * 60


def test_a_running_clock_is_told_to_the_second_of_asking(promised: Company) -> None:
    ticket = promised.ticket()
    promised.clock.now += timedelta(minutes=30, seconds=5)
    clock = clock_of(promised, ticket, SlaClock.RESOLUTION)
    assert (clock.elapsed_seconds, clock.left_seconds) == (1805, 4 * 3600 - 1805)
    assert clock.due == MORNING + 4 * HOUR


def test_breached_tickets_come_in_the_order_of_their_dues_whichever_way_they_are_known(promised: Company) -> None:
    made = []
    for minutes in (0, 5, 10):
        promised.clock.now = MORNING + timedelta(minutes=minutes)
        made.append(promised.ticket())
    promised.clock.now = MORNING + 2 * HOUR
    tickets.reply(promised.desk(), made[1], "Late, and marked so")
    assert promised.found("breached:yes status:open") == (made[0], made[2], made[1])
    assert promised.found("breached:yes", descending=True) == (made[1], made[2], made[0])


def test_a_contractor_finds_breaches_of_the_own_tickets_only(promised: Company) -> None:
    own, other = promised.ticket(), promised.ticket()
    tickets.assign(promised.desk(), [own], promised.people["con"])
    promised.clock.forward(120)
    assert promised.found("breached:yes", "con") == (own,)
    assert set(promised.found("breached:yes")) == {own, other}


def test_a_due_typed_by_hand_is_a_clock_without_a_policy(promised: Company) -> None:
    ticket = promised.ticket(client_id=promised.rows["stranger"], due_at=MORNING + HOUR)
    found = promised.desk().read(ticket_clocks, ticket, MORNING, role=Role.ENGINEER)
    assert found.policy == ""
    assert [(row.clock, row.due, row.is_fixed) for row in found.rows] == [(SlaClock.RESOLUTION, MORNING + HOUR, True)]


def test_a_checklist_is_read_in_its_order_with_who_ticked_it_off(promised: Company) -> None:
    ticket = promised.ticket()

    def put(unit: Unit) -> int:
        checklists.add_items(unit, unit.ticket(ticket), ["Unplug it", "Plug it in"])
        return 0

    promised.desk().write("points", put)
    first, second = promised.card(ticket).checklist
    assert (first.position, first.text, second.text, first.done_at) == (1, "Unplug it", "Plug it in", None)
    checklists.tick(promised.desk(), second.id)
    second = promised.card(ticket).checklist[1]
    assert (second.done_at, second.done_by) == (MORNING, "Анна Белова")
