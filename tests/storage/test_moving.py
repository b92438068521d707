"""Statuses: guards on every way, reopening, spans, history."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskconsole.data.tables import Event
from deskconsole.desk import tickets, time
from deskconsole.desk.undo import undo
from deskconsole.domain.errors import Conflict, DeskError, InvalidInput, NotFound, Refused
from deskconsole.domain.terms import Category, Policy
from tests.storage.desks import MORNING, Company

CODES = [category.value for category in Category]


def test_a_ticket_can_t_be_done_before_time_is_logged(company: Company) -> None:
    ticket = company.ticket()
    for status in ("resolved", "closed"):
        with pytest.raises(Refused, match="Log the time worked"):
            tickets.set_status(company.desk(), [ticket], status)
    time.log_time(company.desk(), ticket, 5)
    assert tickets.set_status(company.desk(), [ticket], "closed") == [ticket]
    card = company.card(ticket)
    assert card.resolved_at == card.closed_at == MORNING


def test_the_labour_guard_holds_in_bulk_and_moves_none(company: Company) -> None:
    done, bare = company.ticket(), company.ticket()
    time.log_time(company.desk(), done, 5)
    with pytest.raises(Refused):
        tickets.set_status(company.desk(), [done, bare], "resolved")
    assert company.card(done).row.category is Category.NEW


def test_time_taken_back_is_no_labour(company: Company) -> None:
    ticket = company.ticket()
    logged = time.log_time(company.desk(), ticket, 5)
    time.correct_time(company.desk(), logged.entry_id, reason="wrong ticket")
    with pytest.raises(Refused, match="Log the time worked"):
        tickets.set_status(company.desk(), [ticket], "resolved")


def test_undo_does_not_carry_a_ticket_past_the_guard(company: Company) -> None:
    ticket, key = company.ticket(), uuid4()
    logged = time.log_time(company.desk(), ticket, 5)
    tickets.set_status(company.desk(), [ticket], "resolved")
    tickets.set_status(company.desk(), [ticket], "open", key=key)
    time.correct_time(company.desk(), logged.entry_id, reason="wrong ticket")
    with pytest.raises(Refused, match="Log the time worked"):
        undo(company.desk(), key)
    assert company.card(ticket).row.category is Category.OPEN


def test_cancelling_needs_a_reason_on_every_way(company: Company) -> None:
    first, second = company.ticket(), company.ticket()
    for reason in ("", "  ", "\x1b"):
        with pytest.raises(Refused, match="Say why"):
            tickets.set_status(company.desk(), [first, second], "cancelled", reason=reason)
    tickets.set_status(company.desk(), [first, second], "cancelled", reason="double\x1b")
    assert company.card(first).events[-1].reason == "double"
    stranger = company.ticket(client_id=company.rows["stranger"])
    tickets.pick_policy(company.desk(), stranger, Policy.REFUSE)
    assert company.card(stranger).events[-1].reason == "not covered"


def test_nobody_merges_by_setting_a_status(company: Company) -> None:
    with pytest.raises(Refused):
        tickets.set_status(company.desk(), [company.ticket()], "merged")


def test_a_status_that_is_not_there_is_named_with_the_nearest(company: Company) -> None:
    with pytest.raises(InvalidInput, match='did you mean "resolved"'):
        tickets.set_status(company.desk(), [company.ticket()], "resolve")


def test_a_closed_ticket_goes_back_to_work_only_through_open(company: Company) -> None:
    ticket = company.ticket()
    time.log_time(company.desk(), ticket, 5)
    tickets.set_status(company.desk(), [ticket], "closed")
    with pytest.raises(Refused, match="it can go to: Open"):
        tickets.set_status(company.desk(), [ticket], "in_progress")


def test_reopening_takes_the_end_away_and_keeps_the_past(company: Company) -> None:
    ticket = company.ticket()
    time.log_time(company.desk(), ticket, 5)
    for status in ("resolved", "open"):
        company.clock.forward(10)
        tickets.set_status(company.desk(), [ticket], status)
    card = company.card(ticket)
    assert card.resolved_at is None
    assert [(span.status, span.began_at - MORNING) for span in card.spans] == [
        ("new", timedelta(0)),
        ("resolved", timedelta(minutes=10)),
        ("open", timedelta(minutes=20)),
    ]


def test_a_status_changed_meanwhile_is_a_conflict(company: Company) -> None:
    ticket = company.ticket()
    tickets.set_status(company.desk("bob"), [ticket], "planned")
    with pytest.raises(Conflict, match="status: Bob Stone has put Planned meanwhile; you wanted Open"):
        tickets.set_status(company.desk(), [ticket], "open", seen={ticket: "new"})
    assert tickets.set_status(company.desk(), [ticket], "planned", seen={ticket: "new"}) == []


def test_tickets_that_are_not_there_can_t_be_moved(company: Company) -> None:
    with pytest.raises(NotFound, match="999"):
        tickets.set_status(company.desk(), [999], "open")


def test_history_has_one_line_an_act_and_names_who_and_how(company: Company) -> None:
    ticket = company.ticket()
    company.clock.forward(1)
    tickets.set_status(company.desk("eva"), [ticket], "in_progress", reason="on site")
    assert company.count(Event, ticket_id=ticket) == 2
    last = company.card(ticket).events[-1]
    assert (last.actor, last.channel, last.old, last.new, last.reason) == (
        "Eva Núñez", "console", "new", "in_progress", "on site",
    )  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.sampled_from(CODES), st.booleans(), st.integers(0, 3)), max_size=8))
def test_spans_are_contiguous_and_end_in_the_ticket_s_status(
    company: Company, moves: list[tuple[str, bool, int]]
) -> None:
    ticket = company.ticket()
    time.log_time(company.desk(), ticket, 1)
    for status, takes_back, minutes in moves:
        company.clock.forward(minutes)
        key = uuid4()
        try:
            tickets.set_status(company.desk(), [ticket], status, reason="because", key=key)
            if takes_back:
                undo(company.desk(), key)
        except DeskError:
            continue
    card = company.card(ticket)
    assert card.spans[0].began_at == card.row.created
    assert [span.ended_at for span in card.spans[:-1]] == [span.began_at for span in card.spans[1:]]
    assert card.spans[-1].ended_at is None
    assert (card.spans[-1].status, card.spans[-1].category) == (card.row.status, card.row.category.value)
    changes = [line.new for line in card.events if line.field == "status"]
    assert [span.status for span in card.spans] == ["new", *changes]
    assert (card.resolved_at is not None) == (card.row.category in {Category.RESOLVED, Category.CLOSED})
