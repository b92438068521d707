"""Two people at one ticket: different fields merge, the same field is the first one's, and the other is told whose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from deskconsole.data.tables import Event
from deskconsole.desk import tickets
from deskconsole.domain.errors import Conflict, DeskError
from deskconsole.domain.terms import Policy, Priority
from tests.storage.desks import MORNING, Company

NOON, EVENING = MORNING + timedelta(hours=3), MORNING + timedelta(hours=9)


def both(*acts: Callable[[], Any]) -> list[Any]:
    """Do the acts at the same moment; what each gave, or why it was refused."""
    answers: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int) -> None:
        start.wait(10)
        try:
            answers[place] = acts[place]()
        except DeskError as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_of_two_dispatchers_who_assign_at_once_one_wins_and_the_other_is_told_by_whom(company: Company) -> None:
    names = {"ann": "Анна Белова", "bob": "Bob Stone"}
    takers = {"ann": ("eva", "Eva Núñez"), "bob": ("ed", "Фёдор Ёлкин")}

    def give(login: str, ticket: int) -> list[int]:
        taker = company.people[takers[login][0]]
        return tickets.assign(company.desk(login), [ticket], taker, seen={ticket: None})

    for number in range(5):
        ticket = company.ticket(str(number))
        answers = both(partial(give, "ann", ticket), partial(give, "bob", ticket))
        loser, winner = ("ann", "bob") if isinstance(answers[0], Conflict) else ("bob", "ann")
        refused = next(answer for answer in answers if isinstance(answer, Conflict))
        assert [ticket] in answers
        assert company.card(ticket).row.assignee == takers[winner][1]
        assert f"{names[winner]} has put {takers[winner][1]} meanwhile" in str(refused)
        assert f"you wanted {takers[loser][1]}" in str(refused)


def test_different_fields_of_one_ticket_merge(company: Company) -> None:
    ticket = company.ticket()
    answers = both(
        lambda: tickets.assign(company.desk("ann"), [ticket], company.people["eva"], seen={ticket: None}),
        lambda: tickets.set_priority(company.desk("bob"), [ticket], Priority.HIGH, seen={ticket: 3}),
        lambda: tickets.set_times(company.desk("sue"), ticket, planned_at=NOON, seen={"planned_at": None}),
        lambda: tickets.change_subject_of_work(company.desk("root"), ticket, equipment_id=company.rows["unit"]),
    )
    assert not [answer for answer in answers if isinstance(answer, DeskError)]
    card = company.card(ticket)
    assert (card.row.assignee, card.row.priority) == ("Eva Núñez", Priority.HIGH)
    assert (card.row.planned, card.equipment_id) == (NOON, company.rows["unit"])


def test_a_time_set_meanwhile_is_told_with_both_values_and_written_when_asked_again(company: Company) -> None:
    ticket = company.ticket()
    tickets.set_times(company.desk("bob"), ticket, planned_at=NOON)
    with pytest.raises(Conflict) as refused:
        tickets.set_times(company.desk(), ticket, planned_at=EVENING, seen={"planned_at": None})
    for words in ("planned time", "Bob Stone", "2026-03-02 12:00", "2026-03-02 18:00"):
        assert words in str(refused.value)
    assert company.card(ticket).row.planned == NOON
    tickets.set_times(company.desk(), ticket, planned_at=EVENING, seen={"planned_at": NOON})
    assert company.card(ticket).row.planned == EVENING


def test_one_of_several_times_in_conflict_leaves_all_unwritten(company: Company) -> None:
    ticket = company.ticket()
    tickets.set_times(company.desk("bob"), ticket, planned_at=NOON)
    lines = company.count(Event)
    with pytest.raises(Conflict):
        tickets.set_times(
            company.desk(), ticket, due_at=EVENING, planned_at=EVENING, seen={"due_at": None, "planned_at": None}
        )
    assert company.card(ticket).due_at is None
    assert company.count(Event) == lines


def test_who_wants_what_the_other_has_put_has_no_conflict(company: Company) -> None:
    ticket = company.ticket()
    tickets.set_times(company.desk("bob"), ticket, planned_at=NOON)
    assert tickets.set_times(company.desk(), ticket, planned_at=NOON, seen={"planned_at": None}) == []


def test_equipment_changed_meanwhile_is_told_by_its_name(company: Company) -> None:
    ticket = company.ticket()
    tickets.change_subject_of_work(company.desk("eva"), ticket, equipment_id=company.rows["unit"])
    with pytest.raises(Conflict, match=r"equipment: Eva Núñez has put cash register КАС-0012 meanwhile.*drawer КАС"):
        tickets.change_subject_of_work(
            company.desk(), ticket, equipment_id=company.rows["part"], seen={"equipment_id": None}
        )
    assert company.card(ticket).equipment_id == company.rows["unit"]


def test_a_policy_picked_meanwhile_is_not_overwritten(company: Company) -> None:
    ticket = company.ticket(client_id=company.rows["stranger"])
    tickets.pick_policy(company.desk("bob"), ticket, Policy.SALES)
    with pytest.raises(Conflict, match="policy: Bob Stone"):
        tickets.pick_policy(company.desk(), ticket, Policy.ONE_OFF, seen={"policy": None})
    assert company.card(ticket).row.policy == Policy.SALES


def test_a_ticket_taken_from_its_engineer_meanwhile_is_nobody_s(company: Company) -> None:
    ticket = company.ticket()
    tickets.assign(company.desk(), [ticket], company.people["eva"])
    tickets.assign(company.desk("bob"), [ticket], None)
    with pytest.raises(Conflict, match="assignee: Bob Stone has put nobody meanwhile; you wanted Фёдор Ёлкин"):
        tickets.assign(company.desk(), [ticket], company.people["ed"], seen={ticket: company.people["eva"]})
