"""The times of a ticket: deadline, wish, visit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from deskconsole.data.tables import Event
from deskconsole.desk import tickets
from deskconsole.domain.errors import InvalidInput, Refused
from tests.storage.desks import MORNING, Company

NOON = MORNING + timedelta(hours=3)


def test_the_queue_sorts_by_the_deadline_and_a_planned_visit_moves_nothing(company: Company) -> None:
    first, second = company.ticket(), company.ticket()
    assert tickets.set_times(company.desk(), second, wished_at=NOON) == ["wished_at"]
    assert company.found("", by="due") == (second, first)
    tickets.set_times(company.desk(), first, due_at=MORNING, planned_at=NOON)
    assert company.found("", by="due") == (first, second)
    tickets.set_times(company.desk(), first, due_at=None)
    assert company.card(first).row.due is None
    assert company.found("", by="due") == (second, first)


def test_the_same_time_again_changes_nothing(company: Company) -> None:
    ticket = company.ticket(due_at=NOON)
    events = company.count(Event)
    assert tickets.set_times(company.desk(), ticket, due_at=NOON) == []
    assert company.count(Event) == events


@pytest.mark.parametrize(
    "moment",
    [datetime(1812, 1, 1, tzinfo=MORNING.tzinfo), datetime.max.replace(tzinfo=MORNING.tzinfo), datetime(2026, 1, 1)],
)
def test_a_time_out_of_the_calendar_is_refused(company: Company, moment: datetime) -> None:
    ticket = company.ticket()
    with pytest.raises(InvalidInput, match="no date a ticket can have"):
        tickets.set_times(company.desk(), ticket, planned_at=NOON, due_at=moment)
    assert company.card(ticket).row.planned is None


def test_a_ticket_has_no_other_times(company: Company) -> None:
    with pytest.raises(InvalidInput, match="created_at"):
        tickets.set_times(company.desk(), company.ticket(), created_at=NOON)


def test_engineers_set_times_and_contractors_don_t(company: Company) -> None:
    ticket = company.ticket()
    assert tickets.set_times(company.desk("eva"), ticket, planned_at=NOON) == ["planned_at"]
    tickets.assign(company.desk(), [ticket], company.people["con"])
    with pytest.raises(Refused):
        tickets.set_times(company.desk("con"), ticket, planned_at=NOON)
