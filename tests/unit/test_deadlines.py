"""A due or wished time as a dispatcher types it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.deadlines import read_deadline
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import Clock

CLOCK = Clock(datetime(2026, 11, 21, 10, 0, tzinfo=UTC), ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2h", "2026-11-21 15:00"),
        ("2р", "2026-11-21 15:00"),
        ("1d4h", "2026-11-22 17:00"),
        ("14:30", "2026-11-21 14:30"),
        ("tomorrow 14:00", "2026-11-22 14:00"),
        ("завтра 14.00", "2026-11-22 14:00"),
        ("Tomorrow", "2026-11-22 23:59"),
        ("today", "2026-11-21 23:59"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("2026-12-01T9:05", "2026-12-01 09:05"),
        ("2026-12-01", "2026-12-01 23:59"),
    ],
)
def test_a_time_is_read_in_the_persons_zone(typed: str, meant: str) -> None:
    found = read_deadline(typed, CLOCK, day_words={"завтра": "tomorrow"})
    assert found.astimezone(CLOCK.zone).strftime("%Y-%m-%d %H:%M") == meant
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "typed", ["", "soon", "-2h", "now", "12:00", "25:00", "14:60", "2h 14:00", "2026-02-30", "1:1"]
)
def test_what_is_no_time_to_come_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_deadline(typed, CLOCK)


@given(st.text(max_size=30))
def test_any_text_is_a_time_to_come_or_refused(typed: str) -> None:
    try:
        found = read_deadline(typed, CLOCK)
    except InvalidInput:
        return
    assert found > CLOCK.now
