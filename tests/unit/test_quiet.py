from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.quiet import QuietHours, read_quiet

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = QuietHours("22:00", "07:00", "Europe/Madrid")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10T21:59:59", None),
        ("2026-01-10T22:00", "2026-01-11T07:00"),
        ("2026-01-11T06:59", "2026-01-11T07:00"),
        ("2026-01-11T07:00", None),
        ("2026-03-29T01:30", "2026-03-29T07:00"),  # the night is an hour shorter
        ("2026-10-25T02:30", "2026-10-25T07:00"),
    ],
)
def test_quiet_hours_over_midnight_end_by_the_wall_clock(now: str, until: str | None) -> None:
    assert NIGHT.until(at(now)) == (at(until) if until is not None else None)


def test_quiet_hours_within_a_day() -> None:
    lunch = QuietHours("12:00", "13:30", "UTC")
    assert lunch.until(datetime(2026, 1, 1, 12, 15, tzinfo=UTC)) == datetime(2026, 1, 1, 13, 30, tzinfo=UTC)
    assert lunch.until(datetime(2026, 1, 1, 14, tzinfo=UTC)) is None


@given(some.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), some.times(), some.times())
def test_it_is_quiet_at_most_a_day_and_not_when_it_has_ended(now: datetime, begins: time, ends: time) -> None:
    texts = (f"{begins:%H:%M}", f"{ends:%H:%M}")
    if texts[0] == texts[1]:
        return
    quiet = QuietHours(*texts, "America/New_York")
    until = quiet.until(now.replace(tzinfo=UTC))
    if until is not None:
        assert timedelta() < until - now.replace(tzinfo=UTC) <= timedelta(hours=25)
        assert quiet.until(until) is None


@pytest.mark.parametrize("text", ["", "22", "22:00", "25:00-07:00", "22:00-22:00", "22:61-07:00", "a-b", "00:00-24:00"])
def test_what_is_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_quiet(text, "UTC")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Mars"):
        read_quiet("22:00-07:00", "Mars/Base")
