"""Registering calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deskconsole.data.tables import Event, Operation, StatusSpan, Ticket
from deskconsole.desk import tickets
from deskconsole.desk.tickets import Registration
from deskconsole.domain.errors import DeskError, InvalidInput, NotFound, Refused
from deskconsole.domain.terms import Category, Coverage, Policy, Priority
from tests.storage.desks import MORNING, Company

HOSTILE = "\x1b]52;c;aGk=\x07[VIP] \x9b31m\u202eevil\x00"
STEERING = {"\x1b", "\x07", "\x9b", "\u202e", "\x00"}


def test_a_call_registered_twice_under_one_key_is_one_ticket(company: Company) -> None:
    key = uuid4()
    call = Registration("Printer is dead", company.rows["client"])
    first = tickets.register(company.desk(), call, key=key)
    assert tickets.register(company.desk(), call, key=key) == first
    with pytest.raises(InvalidInput, match="was used for something else"):
        tickets.register(company.desk("bob"), call, key=key)
    with pytest.raises(InvalidInput, match="was used for something else"):
        tickets.reply(company.desk(), first, "hello", key=key)
    assert company.count(Ticket) == 1
    assert company.count(Operation, key=key) == 1
    assert company.count(Event, operation=key, verb="register") == 1


def test_a_new_ticket_stands_new_and_unread_with_one_span(company: Company) -> None:
    card = company.card(company.ticket(body="It blinks", contact_id=company.rows["contact"]))
    assert card.row.category is Category.NEW
    assert card.row.is_unread
    assert card.row.created == MORNING
    assert [(span.status, span.began_at, span.ended_at) for span in card.spans] == [("new", MORNING, None)]
    assert [(said.body, said.is_client) for said in card.messages] == [("It blinks", True)]
    assert card.caller == "Пётр Сёмин"


def test_coverage_is_judged_and_recorded_with_the_contract(company: Company) -> None:
    company.grant(60)
    card = company.card(company.ticket(equipment_id=company.rows["unit"]))
    assert card.row.coverage is Coverage.COVERED_BY_HOURS
    assert card.contract_number == "К-17/2026"
    assert card.events[0].new == "covered_by_hours"


def test_a_call_nobody_pays_for_is_registered_all_the_same(company: Company) -> None:
    card = company.card(company.ticket(client_id=company.rows["stranger"]))
    assert card.row.coverage is Coverage.NO_CONTRACT
    assert company.found("covered:no") == (card.row.id,)
    assert company.card(company.ticket(client_id=None)).row.coverage is Coverage.NO_CONTRACT


def test_the_policy_refuse_cancels_the_ticket_and_says_why(company: Company) -> None:
    card = company.card(company.ticket(client_id=company.rows["stranger"], policy=Policy.REFUSE))
    assert card.row.category is Category.CANCELLED
    assert card.row.policy == "refuse"
    last = card.events[-1]
    assert (last.verb, last.new, last.rule, last.reason) == ("status", "cancelled", "policy", "not covered")
    assert [span.category for span in card.spans] == ["new", "cancelled"]


def test_the_policy_low_priority_puts_the_ticket_last(company: Company) -> None:
    ticket = company.ticket(client_id=company.rows["stranger"], policy=Policy.LOW_PRIORITY, priority=Priority.CRITICAL)
    assert company.card(ticket).row.priority == Priority.LOW


def test_a_covered_call_needs_no_policy_and_is_not_refused(company: Company) -> None:
    for policy in Policy:
        row = company.card(company.ticket(client_id=company.rows["fee_client"], policy=policy)).row
        assert row.coverage is Coverage.COVERED
        assert (row.category, row.policy, row.priority) == (Category.NEW, None, Priority.NORMAL)


def test_a_policy_can_be_picked_later(company: Company) -> None:
    ticket = company.ticket(client_id=company.rows["stranger"])
    tickets.pick_policy(company.desk(), ticket, Policy.LOW_PRIORITY)
    assert company.card(ticket).row.priority == Priority.LOW
    tickets.pick_policy(company.desk(), ticket, Policy.REFUSE)
    assert company.card(ticket).row.category is Category.CANCELLED
    with pytest.raises(Refused):
        tickets.pick_policy(company.desk("eva"), ticket, Policy.SALES)


def test_hostile_text_is_cleaned_before_it_is_stored(company: Company) -> None:
    card = company.card(company.ticket(HOSTILE, body=HOSTILE + "\nsecond line", caller=HOSTILE))
    for text in (card.row.subject, card.caller, card.messages[0].body):
        assert not STEERING & set(text)
        assert "[VIP]" in text
    assert card.messages[0].body.endswith("\nsecond line")


def test_a_text_of_control_codes_alone_is_no_text(company: Company) -> None:
    assert company.card(company.ticket(body="\x1b\x07")).messages == ()
    with pytest.raises(InvalidInput, match="needs a subject"):
        company.ticket("\x1b \x07")


def test_a_subject_of_ten_megabytes_is_refused_and_leaves_nothing(company: Company) -> None:
    with pytest.raises(InvalidInput, match="10000000 characters"):
        company.ticket("x" * 10_000_000)
    with pytest.raises(InvalidInput, match="attach it as a file"):
        company.ticket(body="x" * 10_000_000)
    assert (company.count(Ticket), company.count(Event), company.count(StatusSpan)) == (0, 0, 0)


def test_the_longest_text_is_kept_and_found_by_its_first_words(company: Company) -> None:
    body = " ".join(f"слово{number}" for number in range(80_000))[:1_000_000]
    ticket = company.ticket("Long story " + "щ" * 400, body=body)
    assert company.card(ticket).messages[0].body == body
    assert company.found("слово77") == (ticket,)
    assert company.found("щ" * 400) == (ticket,)
    assert company.found("щ" * 3000) == (ticket,)


def test_a_caller_s_name_of_ten_megabytes_is_cut(company: Company) -> None:
    assert len(company.card(company.ticket(caller="y" * 10_000_000)).caller) == 200


def test_a_date_no_ticket_can_have_is_refused(company: Company) -> None:
    utc = MORNING.tzinfo
    for moment in (datetime(1, 1, 1, tzinfo=utc), datetime(9999, 12, 31, tzinfo=utc), datetime(2026, 3, 3)):
        for name in ("due_at", "wished_at"):
            said: dict[str, Any] = {name: moment}
            with pytest.raises(InvalidInput, match="no date a ticket can have"):
                company.ticket(**said)


def test_an_unknown_type_is_refused_with_the_known_ones(company: Company) -> None:
    with pytest.raises(InvalidInput, match="incident, request, visit"):
        company.ticket(type="telepathy")


def test_what_belongs_to_another_client_is_refused(company: Company) -> None:
    rows = company.rows
    for place, row, client in (
        ("equipment_id", "fee_unit", "client"),
        ("site_id", "site", "fee_client"),
        ("contact_id", "contact", "fee_client"),
    ):
        said: dict[str, Any] = {"client_id": rows[client], place: rows[row]}
        with pytest.raises(InvalidInput, match="belongs to another client"):
            company.ticket(**said)
    assert company.count(Ticket) == 0


def test_what_is_not_there_is_said_so(company: Company) -> None:
    for place in ("client_id", "equipment_id", "site_id", "contact_id", "service_id", "team_id"):
        said: dict[str, Any] = {place: 999}
        with pytest.raises(NotFound, match="999"):
            company.ticket(**said)


def test_contractors_register_nothing(company: Company) -> None:
    with pytest.raises(Refused, match="contractor"):
        company.ticket(login="con")


def test_the_deadline_is_due_first_and_the_wish_without_one(company: Company) -> None:
    soon, later = MORNING + timedelta(hours=1), MORNING + timedelta(hours=2)
    assert company.card(company.ticket(due_at=later, wished_at=soon)).row.due == later
    assert company.card(company.ticket(wished_at=soon)).row.due == soon
    assert company.card(company.ticket()).row.due is None


def test_a_refused_registration_leaves_its_key_unused(company: Company) -> None:
    key = uuid4()
    with pytest.raises(DeskError):
        tickets.register(company.desk(), Registration(""), key=key)
    made = tickets.register(company.desk(), Registration("Now with words"), key=key)
    assert company.card(made).row.subject == "Now with words"
