from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.desk.ticket_history import HistoryLine, Said, TicketHistory
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import Priority, Visibility
from deskconsole.exchange.extract import Reading
from deskconsole.exchange.fields import What
from deskconsole.exchange.histories import from_events, from_row
from deskconsole.exchange.mapping import BY_TIME, IN_FILE, FileMapping, load_mapping

MAPPING: FileMapping = replace(load_mapping("servicenow_audit_log", What.TICKETS), tracked=("sla",))
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
STATUSES = ("new", "in_progress", "waiting_client", "resolved", "closed")


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def event(line: int, minutes: int, status: str = "new", sla: str = "true", **values: object) -> Reading:
    known = {"time": at(minutes), "status": status, "actor": "Eve", "subject": "Printer", **values}
    return Reading(line, "T-1", known, (sla,))  # type: ignore[arg-type] # as the extractor gives them


def built(*rows: Reading, order: str = BY_TIME) -> TicketHistory:
    return from_events(rows, replace(MAPPING, order=order))[0]


def lines(history: TicketHistory) -> list[tuple[str, str, str]]:
    return [(line.verb, line.old, line.new) for line in history.events]


def test_a_change_of_state_is_a_line_of_history_and_a_stay() -> None:
    history = built(event(2, 0), event(3, 10, "in_progress"), event(4, 30, "resolved"))
    assert lines(history) == [
        ("register", "", ""),
        ("status", "new", "in_progress"),
        ("status", "in_progress", "resolved"),
    ]
    assert [(stay.status, stay.began) for stay in history.stays] == [
        ("new", at(0)),
        ("in_progress", at(10)),
        ("resolved", at(30)),
    ]


def test_reopening_is_a_stay_like_any_other() -> None:
    history = built(event(2, 0, "resolved"), event(3, 5, "in_progress"), event(4, 9, "resolved"))
    assert [stay.status for stay in history.stays] == ["resolved", "in_progress", "resolved"]


def test_people_teams_and_priorities_change_in_the_history() -> None:
    history = built(
        event(2, 0, team="A"),
        event(3, 1, team="A", assignee="Bob", priority=Priority.HIGH),
        event(4, 2, team="B", assignee="Bob", priority=Priority.HIGH),
    )
    assert lines(history)[1:] == [
        ("team", "", "A"),
        ("priority", "", "2"),
        ("assign", "", "Bob"),
        ("team", "A", "B"),
    ]
    assert (history.team, history.assignee, history.priority) == ("B", "Bob", 2)


def test_a_row_that_changes_nothing_we_know_is_still_a_touch() -> None:
    assert lines(built(event(2, 0), event(3, 1)))[1] == ("update", "", "")


def test_tracked_columns_are_history() -> None:
    (line,) = built(event(2, 0), event(3, 1, sla="false")).events[1:]
    assert line == HistoryLine(at(1), "Eve", "edit", "sla", "true", "false")


def test_events_out_of_order_are_sorted_and_told() -> None:
    history, odd = from_events([event(2, 0), event(3, 30, "resolved"), event(4, 10, "in_progress")], MAPPING_BY_TIME)
    assert [stay.status for stay in history.stays] == ["new", "in_progress", "resolved"]
    assert [(line, str(reason)) for line, reason in odd] == [(4, "its time is before that of line 3")]


def test_rows_of_one_instant_keep_the_order_of_the_file() -> None:
    history = built(event(2, 0), event(3, 5, "resolved"), event(4, 5, "closed"))
    assert [stay.status for stay in history.stays] == ["new", "resolved", "closed"]


def test_where_the_file_is_in_order_a_clock_that_stepped_back_reopens_nothing() -> None:
    rows = [event(2, 90), event(3, 10), event(4, 80, "resolved"), event(5, 200, "closed")]
    history, odd = from_events(rows, replace(MAPPING, order=IN_FILE))
    assert [(stay.status, stay.began) for stay in history.stays] == [
        ("new", at(10)),
        ("resolved", at(80)),
        ("closed", at(200)),
    ]
    assert len(odd) == 1


def test_the_ticket_stands_in_its_first_status_from_its_creation_on() -> None:
    history = built(event(2, 30, created=at(0)), event(3, 40, "closed"))
    assert history.created_at == history.stays[0].began == history.events[0].at == at(0)


def test_a_change_before_the_creation_is_told() -> None:
    history, odd = from_events([event(2, 0, created=at(60))], MAPPING)
    assert history.created_at == at(60)
    assert history.stays[0].began == at(0)
    assert [line for line, _reason in odd] == [2]


def test_texts_that_are_repeated_were_said_once() -> None:
    history = built(
        event(2, 0, message="no paper", caller="Ann"),
        event(3, 1, message="no paper", note="call her"),
        event(4, 2, message="no paper", note="call her", reply="done"),
    )
    assert history.said == (
        Said(at(0), "Ann", Visibility.PUBLIC, "no paper", by_client=True),
        Said(at(1), "Eve", Visibility.INTERNAL, "call her"),
        Said(at(2), "Eve", Visibility.PUBLIC, "done"),
    )


def test_a_subject_too_long_for_a_list_is_kept_whole_as_a_note() -> None:
    history = built(event(2, 0, subject="long " * 200))
    assert len(history.subject) == 500
    assert history.said[0].visibility is Visibility.INTERNAL
    assert history.said[0].body == ("long " * 200).strip()


def test_a_ticket_without_a_subject_is_called_by_its_number() -> None:
    assert built(event(2, 0, subject=None)).subject == "T-1"


def test_a_row_for_a_ticket_needs_its_creation() -> None:
    with pytest.raises(InvalidInput, match="when the ticket was created"):
        from_row(Reading(2, "T-1", {"status": "new", "created": None, "subject": "x"}))


def test_the_line_in_the_file_is_no_part_of_the_content() -> None:
    history = built(event(2, 0))
    assert replace(history, line=99).digest == history.digest
    assert replace(history, subject="other").digest != history.digest


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(STATUSES)), min_size=1, max_size=20), st.booleans())
def test_stays_are_one_unbroken_chain_that_ends_in_the_last_status(rows: list[tuple[int, str]], by_file: bool) -> None:
    order = IN_FILE if by_file else BY_TIME
    history = built(*(event(line, minute, status) for line, (minute, status) in enumerate(rows, 2)), order=order)
    begins = [stay.began for stay in history.stays]
    assert begins == sorted(begins)
    assert begins[0] == min(at(minute) for minute, _status in rows)
    assert all(before.status != after.status for before, after in pairwise(history.stays))
    in_order = rows if by_file else sorted(rows, key=lambda row: row[0])
    assert history.stays[-1].status == in_order[-1][1]
    assert sum(line.verb == "status" for line in history.events) == len(history.stays) - 1
    assert len(history.events) == len(rows)


MAPPING_BY_TIME = replace(MAPPING, order=BY_TIME)
