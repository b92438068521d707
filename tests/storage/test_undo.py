"""Taking acts back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from deskconsole.data.tables import Event
from deskconsole.desk import tickets
from deskconsole.desk.undo import undo
from deskconsole.domain.errors import Conflict, NotFound, Refused
from deskconsole.domain.terms import Category, Policy, Priority
from tests.storage.desks import MORNING, Company


def test_undoing_an_assignment_gives_back_person_team_and_status_together(company: Company) -> None:
    ticket, key = company.ticket(team_id=company.teams["night"]), uuid4()
    tickets.assign(company.desk(), [ticket], company.people["eva"], key=key)
    assert undo(company.desk(), key) == [ticket]
    row = company.card(ticket).row
    assert (row.assignee_id, row.team, row.category) == (None, "night", Category.NEW)
    assert [span.status for span in company.card(ticket).spans] == ["new", "open", "new"]


def test_undoing_an_undo_does_the_act_again(company: Company) -> None:
    ticket, key, back = company.ticket(), uuid4(), uuid4()
    tickets.assign(company.desk(), [ticket], company.people["eva"], key=key)
    undo(company.desk(), key, key=back)
    undo(company.desk(), back)
    row = company.card(ticket).row
    assert (row.assignee, row.team, row.category) == ("Eva Núñez", "field", Category.OPEN)


def test_a_bulk_act_is_undone_whole(company: Company) -> None:
    made = [company.ticket(str(number)) for number in range(3)]
    key = uuid4()
    tickets.set_priority(company.desk(), made, Priority.CRITICAL, key=key)
    assert undo(company.desk(), key) == made
    assert {company.card(ticket).row.priority for ticket in made} == {Priority.NORMAL}


def test_undo_after_another_change_conflicts_and_writes_nothing(company: Company) -> None:
    first, second, key = company.ticket(), company.ticket(), uuid4()
    tickets.set_priority(company.desk(), [first, second], Priority.CRITICAL, key=key)
    tickets.set_priority(company.desk("bob"), [first], Priority.HIGH)
    events = company.count(Event)
    with pytest.raises(Conflict, match=f"Ticket {first} has been changed since"):
        undo(company.desk(), key)
    assert company.card(second).row.priority == Priority.CRITICAL
    assert company.count(Event) == events


def test_an_act_is_taken_back_once(company: Company) -> None:
    ticket, key = company.ticket(), uuid4()
    tickets.set_team(company.desk(), [ticket], company.teams["night"], key=key)
    undo(company.desk(), key)
    with pytest.raises(Conflict):
        undo(company.desk(), key)


def test_another_field_changed_since_does_not_stand_in_the_way(company: Company) -> None:
    ticket, key = company.ticket(), uuid4()
    tickets.set_priority(company.desk(), [ticket], Priority.HIGH, key=key)
    tickets.set_team(company.desk("bob"), [ticket], company.teams["night"])
    undo(company.desk(), key)
    row = company.card(ticket).row
    assert (row.priority, row.team) == (Priority.NORMAL, "night")


def test_times_set_by_hand_are_given_back_and_the_queue_s_order_with_them(company: Company) -> None:
    wished = MORNING + timedelta(hours=9)
    ticket, key = company.ticket(wished_at=wished), uuid4()
    due = MORNING + timedelta(hours=1)
    tickets.set_times(company.desk(), ticket, due_at=due, planned_at=due, key=key)
    assert company.card(ticket).row.due == due
    undo(company.desk(), key)
    row = company.card(ticket).row
    assert (row.due, row.planned) == (wished, None)


def test_words_and_registrations_stay(company: Company) -> None:
    key, call = uuid4(), uuid4()
    ticket = tickets.register(company.desk(), tickets.Registration("x"), key=call)
    tickets.reply(company.desk(), ticket, "we are coming", key=key)
    for done in (key, call):
        with pytest.raises(Refused, match="can't be taken back"):
            undo(company.desk(), done)
    policy = uuid4()
    tickets.pick_policy(company.desk(), ticket, Policy.LOW_PRIORITY, key=policy)
    with pytest.raises(Refused):
        undo(company.desk(), policy)
    assert company.card(ticket).row.priority == Priority.LOW


def test_there_is_nothing_to_take_back_of_what_was_never_done(company: Company) -> None:
    with pytest.raises(NotFound):
        undo(company.desk(), uuid4())


def test_an_engineer_takes_back_own_acts_only(company: Company) -> None:
    ticket, own, other = company.ticket(), uuid4(), uuid4()
    tickets.set_status(company.desk("eva"), [ticket], "in_progress", key=own)
    assert undo(company.desk("eva"), own) == [ticket]
    tickets.set_priority(company.desk(), [ticket], Priority.CRITICAL, key=other)
    with pytest.raises(Refused, match="engineer"):
        undo(company.desk("eva"), other)
    assert undo(company.desk("sue"), other) == [ticket]
