from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskconsole.domain.countdown import (
    Countdown,
    Level,
    countdown,
    duration_text,
    paused_countdown,
    span_text,
    ticket_countdown,
)
from deskconsole.i18n import LANGUAGES, say, use_language

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
LEFT = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)) | st.timedeltas(
    min_value=timedelta(minutes=-7), max_value=timedelta(minutes=7)
)


def cell(seconds: float, *, compact: bool = False) -> Countdown:
    return countdown(NOW, NOW + timedelta(seconds=seconds), compact=compact)


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


def test_paused_overdue_no_sla_and_nothing_due_are_different_words() -> None:
    said = {
        ticket_countdown(NOW, NOW - timedelta(seconds=12), None, has_sla=True).text: "!! OVERDUE -00:12",
        ticket_countdown(NOW, None, 7800, has_sla=True).text: "|| paused 2 h 10 m left",
        ticket_countdown(NOW, None, -600, has_sla=True).text: "|| paused, overdue by 10 m",
        ticket_countdown(NOW, None, None, has_sla=True).text: "- nothing due",
        ticket_countdown(NOW, None, None, has_sla=False).text: "- no SLA",
    }
    assert all(shown == wanted for shown, wanted in said.items())
    assert len(said) == 5


def test_in_few_cells_they_still_differ() -> None:
    said = [
        str(ticket_countdown(NOW, due, paused, has_sla=has_sla, compact=True).text)
        for due, paused, has_sla in (
            (NOW - timedelta(minutes=10), None, True),
            (NOW + timedelta(minutes=10), None, True),
            (None, 600, True),
            (None, -600, True),
            (None, None, True),
            (None, None, False),
        )
    ]
    assert said == ["!! -10 m", "▲ 10 m", "|| 10 m", "|| -10 m", "- nothing due", "- no SLA"]


def test_a_paused_clock_stands_still_and_burns_only_when_it_is_over() -> None:
    assert (paused_countdown(60).level, paused_countdown(60).changes_in_seconds) == (Level.CALM, 0)
    assert (paused_countdown(-60).level, paused_countdown(-60).changes_in_seconds) == (Level.OVERDUE, 0)


def test_working_time_is_never_said_in_days() -> None:
    assert [span_text(seconds) for seconds in (0, 12, 299, 300, 3599, 3600, 7800, 360_000, 3_660_000)] == [
        "00:00", "00:12", "04:59", "5 m", "59 m", "1 h", "2 h 10 m", "100 h", "1016 h",
    ]  # fmt: skip


@pytest.fixture(params=LANGUAGES)
def _language(request: pytest.FixtureRequest) -> Iterator[None]:
    use_language(request.param)
    yield
    use_language("en")


@pytest.mark.usefixtures("_language")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LEFT)
def test_the_cell_is_short_when_compact_in_every_language(left: timedelta) -> None:
    seconds = left // timedelta(seconds=1)
    for paused in (None, seconds):
        for has_sla in (True, False):
            due = NOW + left if paused is None and has_sla else None
            said = ticket_countdown(NOW, due, paused, has_sla=has_sla, compact=True)
            assert len(say(said.text)) <= 14


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
