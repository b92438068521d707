"""Two people at the same thing at the same moment, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from deskconsole.data.tables import Event, Operation, Ticket, TimeEntry
from deskconsole.desk import hours, lines, tickets, time
from deskconsole.desk.undo import undo
from deskconsole.domain.errors import Conflict, DeskError, Refused
from deskconsole.domain.terms import Priority
from tests.storage.desks import Company


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gave, or the refusal it met, when all began at the same moment."""
    gate = threading.Barrier(len(acts))

    def begin(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except DeskError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as people:
        return [future.result() for future in [people.submit(begin, act) for act in acts]]


def test_two_who_spend_the_last_hour_share_no_minute(company: Company) -> None:
    first, second = _covered_tickets(company, 2)
    company.grant(60)
    done = at_once(
        lambda: time.log_time(company.desk("ann"), first, 60),
        lambda: time.log_time(company.desk("bob"), second, 60),
    )
    assert sorted(logged.uncovered for logged in done) == [0, 60]
    assert company.free() == 0


def test_many_who_spend_promise_and_adjust_never_pass_zero(company: Company) -> None:
    made = _covered_tickets(company, 6)
    lot = company.grant(100)
    done = at_once(
        *(lambda ticket=ticket: time.log_time(company.desk(), ticket, 30) for ticket in made[:3]),
        *(lambda ticket=ticket: lines.add_line(company.desk("bob"), ticket, 1, minutes=30) for ticket in made[3:]),
        lambda: hours.adjust(company.desk("sue"), lot, -60, reason="typed twice"),
        lambda: hours.adjust(company.desk("root"), lot, -60, reason="typed twice"),
    )
    assert not [answer for answer in done[:6] if isinstance(answer, DeskError)]
    assert company.free() >= 0
    assert sum(minutes for _, _, minutes in company.entries()) >= 0


def test_of_two_who_assign_the_same_ticket_one_wins_and_the_other_is_told(company: Company) -> None:
    ticket = company.ticket()
    seen = {ticket: None}
    done = at_once(
        lambda: tickets.assign(company.desk("ann"), [ticket], company.people["eva"], seen=seen),
        lambda: tickets.assign(company.desk("bob"), [ticket], company.people["ed"], seen=seen),
    )
    assert [type(answer) for answer in done if answer != [ticket]] == [Conflict]
    row = company.card(ticket).row
    assert row.assignee == ("Eva Núñez" if done[0] == [ticket] else "Фёдор Ёлкин")
    assert str(next(answer for answer in done if answer != [ticket])).count(row.assignee) == 1
    assert company.count(Event, verb="assign") == 1


def test_two_bulk_acts_in_opposite_order_don_t_wait_for_each_other_forever(company: Company) -> None:
    made = [company.ticket(str(number)) for number in range(8)]
    done = at_once(
        lambda: tickets.set_priority(company.desk("ann"), made, Priority.HIGH),
        lambda: tickets.set_priority(company.desk("bob"), list(reversed(made)), Priority.CRITICAL),
        lambda: tickets.assign(company.desk("sue"), made[4:] + made[:4], company.people["eva"]),
    )
    assert done == [made, made, made]
    assert len({company.card(ticket).row.priority for ticket in made}) == 1


def test_the_same_key_from_two_threads_is_done_once_and_answered_twice(company: Company) -> None:
    company.grant(600)
    ticket, register, log = company.ticket(), uuid4(), uuid4()
    call = tickets.Registration("once", company.rows["client"])
    made = at_once(*(lambda: tickets.register(company.desk(), call, key=register) for _ in range(4)))
    assert len(set(made)) == 1
    assert company.count(Ticket, subject="once") == 1
    logged = at_once(*(lambda: time.log_time(company.desk(), ticket, 15, key=log) for _ in range(4)))
    assert logged == [logged[0]] * 4
    assert (company.count(TimeEntry), company.free(), company.count(Operation, key=log)) == (1, 585, 1)


def test_time_is_taken_back_once_by_two_at_once(company: Company) -> None:
    company.grant(60)
    logged = time.log_time(company.desk(), company.ticket(), 15)
    done = at_once(*(_take_back(company, login, logged.entry_id) for login in ("ann", "bob", "sue")))
    assert sum(isinstance(answer, int) for answer in done) == 1
    assert all(isinstance(answer, (int, Refused, Conflict)) for answer in done)
    assert company.free() == 60


def _take_back(company: Company, login: str, entry: int) -> Callable[[], int]:
    return lambda: time.correct_time(company.desk(login), entry, reason="slip")


def test_a_line_is_performed_or_struck_by_one_of_two(company: Company) -> None:
    company.grant(60)
    line = lines.add_line(company.desk(), company.ticket(), 1, minutes=45)["line"]
    done = at_once(
        lambda: lines.perform_line(company.desk("ann"), line), lambda: lines.cancel_line(company.desk("bob"), line)
    )
    assert sum(isinstance(answer, DeskError) for answer in done) == 1
    assert company.free() == (60 if done[1] == line else 15)


def test_an_act_is_undone_by_one_of_two(company: Company) -> None:
    ticket, key = company.ticket(), uuid4()
    tickets.assign(company.desk(), [ticket], company.people["eva"], key=key)
    done = at_once(lambda: undo(company.desk("ann"), key), lambda: undo(company.desk("bob"), key))
    assert sorted(isinstance(answer, Conflict) for answer in done) == [False, True]
    assert [span.status for span in company.card(ticket).spans] == ["new", "open", "new"]


def test_timers_started_twice_at_once_are_one(company: Company) -> None:
    ticket = company.ticket()
    done = at_once(*(lambda: time.start_timer(company.desk("eva"), ticket) for _ in range(3)))
    assert len(set(done)) == 1


def test_writing_over_a_row_that_changed_since_it_was_read_fails(company: Company) -> None:
    ticket = company.ticket()
    with Session(company.store.reader) as session:
        stale = session.get_one(Ticket, ticket)
    tickets.set_priority(company.desk(), [ticket], Priority.LOW)
    stale.subject = "over yours"
    with company.store.writing() as session:
        session.add(stale)
        with pytest.raises(StaleDataError):
            session.flush()
        session.rollback()
    assert company.card(ticket).row.subject == "Printer is dead"


def _covered_tickets(company: Company, count: int) -> Sequence[int]:
    lot = company.grant(1)
    made = [company.ticket(str(number)) for number in range(count)]
    hours.adjust(company.desk("sue"), lot, -1, reason="only to be judged as covered")
    return made
