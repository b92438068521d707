from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.countdown import Countdown, Level, countdown, duration_text

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
LEFT = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)) | st.timedeltas(
    min_value=timedelta(minutes=-7), max_value=timedelta(minutes=7)
)


def cell(seconds: float, *, paused: bool = False, compact: bool = False) -> Countdown:
    return countdown(NOW, NOW + timedelta(seconds=seconds), paused=paused, compact=compact)


@pytest.mark.parametrize(
    ("seconds", "level", "text"),
    [
        (500 * 86_400, Level.CALM, "500 d"),
        (76 * 3600 + 59, Level.CALM, "3 d 4 h"),
        (3 * 3600 + 10 * 60, Level.CALM, "3 h 10 m"),
        (2 * 3600, Level.CALM, "2 h 0 m"),
        (2 * 3600 - 1, Level.SOON, "▼ 1 h 59 m"),
        (30 * 60, Level.SOON, "▼ 30 m"),
        (30 * 60 - 1, Level.NEAR, "▲ 29 m"),
        (5 * 60, Level.NEAR, "▲ 5 m"),
        (5 * 60 - 1, Level.FINAL, "● 04:59"),
        (0.2, Level.FINAL, "● 00:01"),
        (0, Level.OVERDUE, "!! OVERDUE -00:00"),
        (-12, Level.OVERDUE, "!! OVERDUE -00:12"),
        (-5 * 60, Level.OVERDUE, "!! OVERDUE -5 m"),
        (-190 * 60, Level.OVERDUE, "!! OVERDUE -3 h 10 m"),
    ],
)
def test_the_cell_is_coarse_far_away_and_exact_near(seconds: float, level: Level, text: str) -> None:
    shown = cell(seconds)
    assert (shown.level, shown.text) == (level, text)
    assert shown.text.startswith(shown.shape)


def test_a_ticket_without_a_due_time_says_so() -> None:
    assert countdown(NOW, None) == Countdown(Level.NONE, "", countdown(NOW, None).text, 0)
    assert countdown(NOW, None).text == "-"


def test_a_paused_clock_stands_still() -> None:
    assert cell(130 * 60, paused=True).text == "|| 2 h 10 m"
    assert cell(60, paused=True).level is Level.CALM
    assert cell(-600, paused=True) == Countdown(Level.OVERDUE, "||", cell(-600, paused=True).text, 0)
    assert cell(-600, paused=True).text == "|| -10 m"


@given(LEFT)
def test_the_cell_is_short_when_compact(left: timedelta) -> None:
    assert len(countdown(NOW, NOW + left, compact=True).text) <= 14


@given(LEFT)
def test_the_cell_changes_exactly_when_it_says(left: timedelta) -> None:
    shown = countdown(NOW, NOW + left)
    wait = timedelta(seconds=shown.changes_in_seconds)
    assert wait >= timedelta(seconds=1)
    almost = countdown(NOW + wait - timedelta(seconds=1), NOW + left)
    assert (almost.text, almost.level) == (shown.text, shown.level)
    assert countdown(NOW + wait, NOW + left).text != shown.text


@given(LEFT)
def test_a_cell_far_from_its_due_time_is_rarely_painted(left: timedelta) -> None:
    if abs(left) > timedelta(minutes=6):
        assert ":" not in countdown(NOW, NOW + left).text


def test_a_length_of_work_is_said_in_hours() -> None:
    assert [duration_text(minutes) for minutes in (0, 59, 60, 130, 6000, -130)] == [
        "0 m", "59 m", "1 h", "2 h 10 m", "100 h", "-2 h 10 m",
    ]  # fmt: skip
