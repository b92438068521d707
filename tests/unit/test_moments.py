from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import Clock, Span, read_moment, read_range

NOW = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
CLOCK = Clock(NOW, MADRID)


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_day_is_the_local_day_however_long() -> None:
    assert read_moment("today", CLOCK).whole == Span(utc(27, 23), utc(28, 23))
    assert read_moment("tomorrow", CLOCK).whole == Span(utc(28, 23), utc(29, 22))  # 23 hours
    assert read_moment("2026-10-25", CLOCK).whole == Span(utc(24, 22, month=10), utc(25, 23, month=10))
    assert read_moment("Yesterday", CLOCK).whole == Span(utc(26, 23), utc(27, 23))


def test_a_person_may_say_which_day_it_is() -> None:
    assert read_moment("today", Clock(NOW, MADRID, date(2026, 3, 1))).start == utc(28, 23, month=2)


def test_a_day_starts_with_its_first_hour_where_midnight_is_missing() -> None:
    santiago = Clock(NOW, ZoneInfo("America/Santiago"))
    assert read_moment("2024-09-08", santiago).start == datetime(2024, 9, 8, 4, tzinfo=UTC)


def test_relative_times_count_from_now() -> None:
    assert read_moment("2h", CLOCK).start == NOW + timedelta(hours=2)
    assert read_moment("-1d4h", CLOCK).start == NOW - timedelta(hours=28)
    assert read_moment("+1w30m", CLOCK).start == NOW + timedelta(days=7, minutes=30)
    assert read_moment("-7d", CLOCK).whole == Span(NOW - timedelta(days=7), NOW)
    assert read_moment("now", CLOCK).start == NOW


def test_a_local_time_that_does_not_exist_moves_forward() -> None:
    assert read_moment("2026-03-29T02:30", CLOCK).start == utc(29, 1, 30)
    assert read_moment("2026-03-29 10:00", CLOCK).whole == Span(utc(29, 8), utc(29, 8, 1))


def test_a_range_includes_its_last_day() -> None:
    assert read_range("2026-03-01", "2026-03-31", CLOCK) == Span(utc(28, 23, month=2), utc(31, 22))
    assert read_range("", "today", CLOCK) == Span(None, utc(28, 23))
    assert read_range("today", "today", CLOCK) == read_moment("today", CLOCK).whole
    with pytest.raises(InvalidInput, match="backwards"):
        read_range("tomorrow", "today", CLOCK)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h",
        "2",
        "2x",
        "--2h",
        "2026-13-01",
        "2026-02-30",
        "2026-03-01T25:00",
        "0001-01-01",
        "9999-12-31",
        "9999999w",
        "-9999999w9999999w",
        "٢h",
        "1" * 5000 + "m",
    ],
)
def test_what_is_no_time_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_moment(text, CLOCK)


@given(st.text() | st.text("0123456789-T:hdwm+ ") | st.dates().map(str))
def test_any_text_is_a_time_or_a_sentence(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        moment = read_moment(text, CLOCK)
        assert moment.start < moment.after
        assert moment.start.tzinfo is UTC
