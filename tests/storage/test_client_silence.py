from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from deskconsole.data.tables import ClientWait, Event, Message, Ticket, Transition, table
from deskconsole.desk import alert_rules, tickets, time
from deskconsole.desk.client_silence import act_on_silence
from deskconsole.desk.client_wait import CLOSE, RETURN, WaitRule
from deskconsole.desk.clock_pass import recompute
from deskconsole.domain.errors import Refused
from tests.storage.desks import Company
from tests.storage.test_alerts import automaton

DAY = 24 * 60


def act(company: Company) -> dict[str, int]:
    """What was done, without the zeros."""
    return {what: count for what, count in act_on_silence(automaton(company), company.clock()).items() if count}


def waiting(company: Company, *, then: str = RETURN, reminders: int = 1) -> int:
    """A ticket that waits for its client since we asked, under a rule of one day."""
    rule = WaitRule(DAY, "Are you still there?", reminders, then)
    alert_rules.set_wait_rule(company.desk("root"), rule)
    number = company.ticket()
    tickets.reply(company.desk("eva"), number, "Which model is it?")
    tickets.set_status(company.desk("eva"), [number], "waiting_client")
    return number


def lines(company: Company, number: int) -> list[tuple[str, str, str]]:
    """Verb, new value and rule of what was done by rule."""
    event = table(Event)
    query = select(event.c.verb, event.c.new, event.c.rule).where(
        event.c.ticket_id == number, event.c.rule == "client_wait"
    )
    return company.desk().read(lambda session: [tuple(row) for row in session.execute(query.order_by(event.c.id))])


def messages(company: Company, number: int) -> list[Any]:
    message = table(Message)
    query = select(message).where(message.c.ticket_id == number).order_by(message.c.id)
    return company.desk().read(lambda session: list(session.execute(query)))


def status(company: Company, number: int) -> str:
    return company.card(number).row.status


def test_a_silent_client_is_reminded_after_the_term_and_the_ticket_returned_after_another(company: Company) -> None:
    number = waiting(company)
    company.clock.forward(DAY - 1)
    assert act(company) == {}
    company.clock.forward(1)
    assert act(company) == {"reminded": 1}
    assert act(company) == {}
    last = messages(company, number)[-1]
    assert (last.body, last.is_automatic, last.visibility) == ("Are you still there?", True, "public")
    company.clock.forward(DAY)
    assert act(company) == {"returned": 1}
    assert status(company, number) == "open"
    assert lines(company, number) == [("remind", str(last.id), "client_wait"), ("status", "open", "client_wait")]
    company.clock.forward(days=9)
    assert act(company) == {}


def test_a_reminder_is_nobodys_answer_and_not_the_clients_word(company: Company) -> None:
    number = waiting(company)
    company.clock.forward(DAY)
    act(company)
    assert [message.is_client for message in company.card(number).messages] == [False, False]


def test_a_ticket_somebody_works_on_is_left_to_the_next_pass(postgres_company: Company) -> None:
    company = postgres_company  # a desk in one file has one writer, and nothing to skip
    number = waiting(company)
    company.clock.forward(DAY)
    ticket = table(Ticket)
    with company.store.writing() as session:
        session.execute(select(ticket.c.id).where(ticket.c.id == number).with_for_update())
        assert act(company) == {}
    assert act(company) == {"reminded": 1}


def test_any_word_of_the_clients_cancels(company: Company) -> None:
    number = waiting(company)
    company.clock.forward(DAY - 5)
    tickets.client_said(company.desk(), number, "Model 5")
    company.clock.forward(days=9)
    assert act(company) == {}
    assert company.count(ClientWait) == 0


def test_the_rule_may_close_the_ticket(company: Company) -> None:
    number = waiting(company, then=CLOSE, reminders=0)
    time.log_time(company.desk("eva"), number, 10)
    company.clock.forward(DAY)
    assert act(company) == {"closed": 1}
    assert status(company, number) == "closed"


def test_a_guard_holds_for_the_rule_too_and_the_ticket_goes_back_to_work(company: Company) -> None:
    number = waiting(company, then=CLOSE, reminders=0)  # nobody has logged any labour
    company.clock.forward(DAY)
    assert act(company) == {"returned": 1}
    assert status(company, number) == "open"


def test_where_the_workflow_allows_nothing_it_is_said_once(company: Company) -> None:
    number = waiting(company, reminders=0)
    move = table(Transition)
    with company.store.writing() as session:
        session.execute(delete(move).where(move.c.from_status == "waiting_client", move.c.to_status == "open"))
    company.clock.forward(DAY)
    assert act(company) == {"left": 1}
    company.clock.forward(DAY)
    assert act(company) == {}
    assert status(company, number) == "waiting_client"
    assert [line[0] for line in lines(company, number)] == ["silence"]


def test_without_a_rule_nothing_is_done(company: Company) -> None:
    number = waiting(company)
    alert_rules.set_wait_rule(company.desk("root"), None)
    company.clock.forward(DAY)
    assert act(company) == {}
    assert status(company, number) == "waiting_client"
    assert len(messages(company, number)) == 1


def test_a_new_rule_holds_for_tickets_that_wait_already(company: Company) -> None:
    waiting(company, reminders=3)
    alert_rules.set_wait_rule(company.desk("root"), WaitRule(60, "Hello?"))
    recompute(automaton(company))
    company.clock.forward(60)
    assert act(company) == {"reminded": 1}


def test_only_supervisors_and_administrators_set_the_rule(company: Company) -> None:
    with pytest.raises(Refused):
        alert_rules.set_wait_rule(company.desk("ann"), None)
