"""How a ticket's clocks look: in the cell of a list, in the lines of the ticket, in the zone of the site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk.clock_rows import ClockRow, TicketClocks
from deskconsole.domain.terms import Category, ClockState, SlaClock
from deskconsole.i18n import LANGUAGES, use_language
from deskconsole.screens.ticket_clocks import clock_lines, moment_words, site_zone
from deskconsole.screens.ticket_columns import columns, due_cell, due_in_full, wished_words
from deskconsole.widgets.line_columns import place

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROW = QueueRow(
    id=1, version=1, subject="Printer", type="incident", channel="phone", priority=3, status="open",
    status_name="Open", category=Category.OPEN, client_id=1, client="ООО", site="", equipment="", service="", team="",
    assignee_id=None, assignee="", coverage=None, policy=None, due=NOW + 2 * HOUR, clock=SlaClock.RESOLUTION,
    paused_seconds=None, is_breached=False, has_sla=True, wished=None, planned=None, created=NOW, updated=NOW,
    is_unread=False, timer_started=None,
)  # fmt: skip
CLOCK = ClockRow(
    clock=SlaClock.RESOLUTION, state=ClockState.RUNNING, target_seconds=4 * 3600, elapsed_seconds=2 * 3600,
    left_seconds=2 * 3600, started=NOW - 2 * HOUR, ended=None, due=NOW + 2 * HOUR, promised=NOW + 2 * HOUR,
    is_breached=False, is_fixed=False,
)  # fmt: skip


def cells_of(row: QueueRow) -> tuple[str, str]:
    return due_cell(row, NOW).text, due_in_full(row, NOW).text


def line_of(row: ClockRow, *, site: str = "") -> str:
    ((*cells,),) = clock_lines(TicketClocks("Gold", (row,)), NOW, site_zone(site), fold=False)
    return "".join(cell.text for cell in cells)


@pytest.mark.parametrize(
    ("changed", "few", "full"),
    [
        ({}, "2 h 0 m", "2 h 0 m"),
        ({"due": NOW - timedelta(seconds=12)}, "!! -00:12", "!! OVERDUE -00:12"),
        ({"due": None, "paused_seconds": 7800}, "|| 2 h 10 m", "|| paused 2 h 10 m left"),
        ({"due": None}, "- nothing due", "- nothing due"),
        ({"due": None, "clock": None, "has_sla": False}, "- no SLA", "- no SLA"),
        ({"wished": NOW + HOUR}, "2 h 0 m w", "2 h 0 m w"),
        ({"wished": NOW + 3 * HOUR}, "2 h 0 m", "2 h 0 m"),
        ({"due": NOW + HOUR, "wished": NOW + HOUR, "clock": None, "has_sla": False}, "w ▼ 1 h 0 m", "w ▼ 1 h 0 m"),
        ({"category": Category.RESOLVED, "due": NOW - HOUR}, "-", "-"),
    ],
)
def test_the_cell_of_the_queue_tells_each_state_by_another_word(changed: dict[str, Any], few: str, full: str) -> None:
    assert cells_of(replace(ROW, **changed)) == (few, full)


def test_a_wish_earlier_than_the_contracts_due_is_flagged_in_words_too() -> None:
    assert wished_words(replace(ROW, wished=NOW + HOUR), NOW) == "▲ wished 10:00 (earlier)"
    assert wished_words(replace(ROW, wished=NOW + 3 * HOUR), NOW) == "wished 12:00"
    assert wished_words(replace(ROW, wished=NOW + 24 * HOUR), NOW) == "wished 03-03 09:00"
    ended = replace(ROW, wished=NOW + HOUR, category=Category.CLOSED)
    assert wished_words(ended, NOW) == "wished 10:00"
    assert wished_words(ROW, NOW) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_countdown_fits_its_column(language: str) -> None:
    use_language(language)
    try:
        late = [timedelta(days=99, hours=23, minutes=59), timedelta(hours=23, minutes=59), timedelta(minutes=4)]
        rows = [replace(ROW, due=NOW + sign * time) for time in late for sign in (1, -1)]
        rows += [replace(ROW, due=None, paused_seconds=seconds) for seconds in (-3600 * 99, 3600 * 999 + 3540, 59)]
        for row in rows:
            assert cell_len(due_cell(replace(row, wished=NOW - 9999 * HOUR), NOW).text) <= 15
            assert cell_len(due_in_full(row, NOW).text) <= 28
    finally:
        use_language("en")


def test_a_wide_list_says_the_state_in_words_and_a_narrow_one_in_shapes() -> None:
    paused = replace(ROW, due=None, paused_seconds=7800, wished=NOW + HOUR)
    for width, text in ((80, "|| 2 h 10 m"), (169, "|| 2 h 10 m"), (170, "|| paused 2 h 10 m left")):
        shown = [placed for placed in place(columns((), UTC), width) if placed.column.id == "due"]
        assert [placed.fitted(paused, NOW).text.strip() for placed in shown] == [text]


def test_a_broken_clock_is_named_beside_the_one_that_runs() -> None:
    (clock,) = columns(("clock",), UTC)
    assert clock.cell(ROW, NOW).text == "resolution"
    assert clock.cell(replace(ROW, is_breached=True), NOW).text == "x resolution"
    assert clock.cell(replace(ROW, is_breached=True, clock=None), NOW).text == "x broken"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "resolution      █████░░░░░ 2 h 0 m                  due 11:00, 2 h of 4 h"),
        (
            {"state": ClockState.PAUSED, "due": None},
            "resolution      █████░░░░░ || paused 2 h left       2 h of 4 h",
        ),
        (
            {"due": NOW - HOUR, "elapsed_seconds": 5 * 3600, "left_seconds": -3600, "is_breached": True},
            "resolution      ██████████ !! OVERDUE -1 h 0 m      due 08:00, 5 h of 4 h",
        ),
        (
            {"state": ClockState.STOPPED, "due": None, "ended": NOW, "elapsed_seconds": 60, "left_seconds": 14_340},
            "resolution      █░░░░░░░░░ + kept                   09:00, 1 m of 4 h",
        ),
        (
            {"state": ClockState.STOPPED, "due": None, "ended": NOW, "elapsed_seconds": 14_412, "left_seconds": -12,
             "is_breached": True},
            "resolution      ██████████ x broken by 00:12        09:00, 4 h of 4 h",
        ),
        ({"due": None, "promised": None}, "resolution      █████░░░░░ - never due              2 h of 4 h"),
        ({"is_fixed": True}, "resolution      █████░░░░░ 2 h 0 m                  due 11:00, set by hand"),
    ],
)  # fmt: skip
def test_a_line_says_how_a_clock_stands(changed: dict[str, Any], said: str) -> None:
    assert line_of(replace(CLOCK, **changed)) == said
    assert len(said) <= 80


def test_clocks_that_are_through_share_a_line_where_there_is_little_room() -> None:
    answer = replace(
        CLOCK, clock=SlaClock.FIRST_RESPONSE, state=ClockState.STOPPED, ended=NOW, due=None,
        elapsed_seconds=4200, target_seconds=3600, left_seconds=-600, is_breached=True,
    )  # fmt: skip
    seen = replace(answer, clock=SlaClock.ACKNOWLEDGE, elapsed_seconds=300, left_seconds=3300, is_breached=False)
    clocks = TicketClocks("Gold", (seen, answer, CLOCK))
    running, through = ("".join(cell.text for cell in line) for line in clock_lines(clocks, NOW, None, fold=True))
    assert running.startswith("resolution")
    assert through == "+ acknowledgement kept in 5 m  x first response broken by 10 m"
    assert len(clock_lines(clocks, NOW, None, fold=False)) == 3


def test_a_due_is_told_in_the_sites_zone_too_where_its_clocks_differ() -> None:
    assert "due 11:00 (site 14:00)" in line_of(CLOCK, site="Europe/Moscow")
    assert "due 11:00," in line_of(CLOCK, site="Europe/Lisbon")
    assert "due 11:00," in line_of(CLOCK, site="Nowhere/Else")
    madrid = NOW.astimezone(ZoneInfo("Europe/Madrid"))
    assert moment_words(NOW, madrid, ZoneInfo("Asia/Tokyo")) == "10:00 (site 18:00)"
    assert moment_words(NOW + 8 * HOUR, madrid, ZoneInfo("Asia/Tokyo")) == "18:00 (site 03-03 02:00)"
