"""Lengths of work and deadlines as people type them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.deadlines import read_deadline
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.minutes import read_minutes
from deskconsole.domain.moments import Clock

CLOCK = Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), ZoneInfo("Europe/Madrid"))


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90),
        ("1h30", 90),
        ("1:30", 90),
        ("1ч30", 90),
        (" 1 h 30 min ", 90),
        ("1,5h", 90),
        ("1.25 ч", 75),
        ("2h", 120),
        ("45m", 45),
        ("0", 0),
    ],
)
def test_a_length_of_work_is_read_as_people_write_it(typed: str, minutes: int) -> None:
    assert read_minutes(typed) == minutes


@pytest.mark.parametrize("typed", ["", "-5", "1:75", "soon", "1e3", "999999", "1h30h", "[b]5"])
def test_what_is_no_length_of_time_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(InvalidInput, match="no length of time"):
        read_minutes(typed)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(typed: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert read_minutes(typed) >= 0


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2h", datetime(2026, 3, 2, 11, 0, tzinfo=UTC)),
        ("14:00", datetime(2026, 3, 2, 13, 0, tzinfo=UTC)),
        ("tomorrow 14:00", datetime(2026, 3, 3, 13, 0, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 3, 22, 59, tzinfo=UTC)),
        ("2026-03-05 9:30", datetime(2026, 3, 5, 8, 30, tzinfo=UTC)),
        ("2026-03-05T09:30", datetime(2026, 3, 5, 8, 30, tzinfo=UTC)),
        ("2026-07-01 9:30", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_read_in_the_persons_zone(typed: str, instant: datetime) -> None:
    assert read_deadline(typed, CLOCK) == instant


@pytest.mark.parametrize("typed", ["", "25:00", "tomorrow 24:61", "someday 14:00", "2026-02-30 10:00"])
def test_what_is_no_deadline_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_deadline(typed, CLOCK)
