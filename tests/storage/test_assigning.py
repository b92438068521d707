"""Opening and giving tickets to people and teams."""

from __future__ import annotations

from uuid import uuid4

import pytest

from deskconsole.data.tables import Event, Ticket
from deskconsole.desk import tickets
from deskconsole.domain.errors import Conflict, NotFound, Refused
from deskconsole.domain.terms import Category, Priority
from tests.storage.desks import MORNING, Company


def test_a_ticket_is_opened_once(company: Company) -> None:
    ticket = company.ticket()
    company.clock.forward(5)
    tickets.open_ticket(company.desk(), ticket)
    company.clock.forward(5)
    tickets.open_ticket(company.desk("bob"), ticket)
    card = company.card(ticket)
    assert [(line.verb, line.actor) for line in card.events] == [("register", "Анна Белова"), ("open", "Анна Белова")]
    assert not card.row.is_unread
    with pytest.raises(NotFound):
        tickets.open_ticket(company.desk(), 999)


def test_assigning_a_new_ticket_opens_its_work_and_moves_it_to_the_person_s_team(company: Company) -> None:
    ticket = company.ticket()
    assert tickets.assign(company.desk(), [ticket], company.people["eva"]) == [ticket]
    row = company.card(ticket).row
    assert (row.assignee, row.team, row.category) == ("Eva Núñez", "field", Category.OPEN)
    lines = [(line.verb, line.field, line.new, line.rule) for line in company.card(ticket).events[1:]]
    assert lines == [
        ("assign", "assignee_id", "Eva Núñez", ""),
        ("team", "team_id", str(company.teams["field"]), "assigned"),
        ("status", "status", "open", "assigned"),
    ]


def test_assigning_what_is_so_already_changes_nothing(company: Company) -> None:
    ticket = company.ticket()
    tickets.assign(company.desk(), [ticket], company.people["eva"])
    events = company.count(Event)
    assert tickets.assign(company.desk("bob"), [ticket], company.people["eva"]) == []
    assert company.count(Event) == events


def test_an_engineer_takes_a_ticket_but_gives_none_away(company: Company) -> None:
    ticket, eva = company.ticket(), company.people["eva"]
    assert tickets.assign(company.desk("eva"), [ticket], eva) == [ticket]
    for other in (company.people["ed"], None):
        with pytest.raises(Refused, match="engineer"):
            tickets.assign(company.desk("eva"), [ticket], other)
    assert company.card(ticket).row.assignee_id == eva


def test_a_contractor_can_t_take_tickets(company: Company) -> None:
    ticket = company.ticket()
    with pytest.raises(Refused):
        tickets.assign(company.desk("con"), [ticket], company.people["con"])


def test_somebody_who_left_gets_no_tickets(company: Company) -> None:
    ticket = company.ticket()
    with pytest.raises(Refused, match="Gone Away no longer takes tickets"):
        tickets.assign(company.desk(), [ticket], company.people["gone"])
    with pytest.raises(NotFound):
        tickets.assign(company.desk(), [ticket], 999)


def test_who_assigns_from_an_old_screen_is_told_who_has_it_now(company: Company) -> None:
    ticket = company.ticket()
    seen = {ticket: None}
    tickets.assign(company.desk("bob"), [ticket], company.people["eva"], seen=seen)
    with pytest.raises(Conflict, match="assignee: Bob Stone has put Eva Núñez meanwhile; you wanted Фёдор Ёлкин"):
        tickets.assign(company.desk(), [ticket], company.people["ed"], seen=seen)
    assert company.card(ticket).row.assignee == "Eva Núñez"
    assert tickets.assign(company.desk(), [ticket], company.people["eva"], seen=seen) == []


def test_a_bulk_act_does_all_or_nothing(company: Company) -> None:
    first, second = company.ticket("one"), company.ticket("two")
    tickets.assign(company.desk("bob"), [second], company.people["eva"])
    events = company.count(Event)
    with pytest.raises(Conflict):
        tickets.assign(company.desk(), [first, second], company.people["ed"], seen={first: None, second: None})
    with pytest.raises(NotFound):
        tickets.assign(company.desk(), [first, 999], company.people["ed"])
    assert company.card(first).row.assignee_id is None
    assert company.count(Event) == events


def test_a_bulk_act_names_each_ticket_once(company: Company) -> None:
    made = [company.ticket(str(number)) for number in range(3)]
    assert tickets.assign(company.desk(), [*reversed(made), made[0]], company.people["ed"]) == made
    assert company.count(Event, verb="assign") == 3


def test_taking_a_ticket_away_leaves_its_team_and_status(company: Company) -> None:
    ticket = company.ticket()
    tickets.assign(company.desk(), [ticket], company.people["eva"])
    tickets.assign(company.desk(), [ticket], None)
    row = company.card(ticket).row
    assert (row.assignee_id, row.team, row.category) == (None, "field", Category.OPEN)


def test_a_ticket_goes_into_a_team_s_queue(company: Company) -> None:
    ticket, night = company.ticket(), company.teams["night"]
    assert tickets.set_team(company.desk(), [ticket], night) == [ticket]
    assert tickets.set_team(company.desk(), [ticket], night) == []
    assert tickets.set_team(company.desk(), [ticket], None) == [ticket]
    with pytest.raises(NotFound):
        tickets.set_team(company.desk(), [ticket], 999)
    with pytest.raises(Refused):
        tickets.set_team(company.desk("eva"), [ticket], night)


def test_priority_is_the_desk_s_to_set(company: Company) -> None:
    ticket = company.ticket()
    assert tickets.set_priority(company.desk(), [ticket], Priority.CRITICAL, seen={ticket: 3}) == [ticket]
    assert tickets.set_priority(company.desk(), [ticket], Priority.CRITICAL) == []
    with pytest.raises(Conflict, match="priority: Анна Белова has put critical meanwhile; you wanted low"):
        tickets.set_priority(company.desk("bob"), [ticket], Priority.LOW, seen={ticket: 3})
    with pytest.raises(Refused):
        tickets.set_priority(company.desk("eva"), [ticket], Priority.LOW)


def test_the_same_act_under_one_key_is_done_once(company: Company) -> None:
    ticket, key = company.ticket(), uuid4()
    assert tickets.assign(company.desk(), [ticket], company.people["eva"], key=key) == [ticket]
    tickets.assign(company.desk(), [ticket], company.people["ed"])
    assert tickets.assign(company.desk(), [ticket], company.people["eva"], key=key) == [ticket]
    assert company.card(ticket).row.assignee == "Фёдор Ёлкин"


def test_every_change_raises_the_ticket_s_version_and_its_time(company: Company) -> None:
    ticket = company.ticket()
    before = company.card(ticket).row.version
    company.clock.forward(7)
    tickets.set_priority(company.desk(), [ticket], Priority.HIGH)
    row = company.card(ticket).row
    assert row.version > before
    assert (row.updated, row.created) == (company.clock.now, MORNING)
    assert company.count(Ticket) == 1
