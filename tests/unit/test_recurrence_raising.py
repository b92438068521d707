"""Which occurrences a pass raises, which it records as skipped, and when the next one comes."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.occurrences import (
    CatchUp,
    Due,
    Raising,
    Shift,
    check_raising,
    due_occurrences,
    occurrences,
)
from deskconsole.domain.recurrence import Recurrence, instant_of, read_rules
from deskconsole.domain.worktime import Window, WorkCalendar

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = datetime(2026, 6, 1, 9)
OFFICE = (Window(9 * 3600, 18 * 3600),)


def calendar(days: dict[date, tuple[Window, ...]] | None = None) -> WorkCalendar:
    return WorkCalendar("Europe/Madrid", (OFFICE,) * 5 + ((), ()), days or {}, {})


def daily(*rules: str, start: datetime = MONDAY) -> Recurrence:
    return read_rules(rules or ("FREQ=DAILY",), start, MADRID)


def due(
    made: Recurrence, now: datetime, raising: Raising | None = None, since: datetime = MONDAY, limit: int = 100
) -> Due:
    return due_occurrences(made, raising or Raising(), since, instant_of(now, MADRID), limit=limit)


def raised(found: Due) -> list[tuple[int, bool]]:
    return [(each.nominal.day, each.is_late) for each in found.to_raise]


def skipped(found: Due) -> list[tuple[int, str]]:
    return [(each.nominal.day, str(why)) for each, why in found.skipped]


def test_nothing_is_due_before_its_time() -> None:
    found = due(daily(), MONDAY - timedelta(seconds=1))
    assert found.to_raise == ()
    assert found.next is not None
    assert found.next.nominal == MONDAY


@pytest.mark.parametrize("policy", CatchUp)
def test_what_is_due_in_time_is_raised_by_every_policy(policy: CatchUp) -> None:
    found = due(daily(), MONDAY + timedelta(minutes=3), Raising(catch_up=policy))
    assert raised(found) == [(1, False)]
    assert skipped(found) == []
    assert found.next is not None
    assert found.next.nominal == MONDAY + timedelta(days=1)


LATER = "missed; a later one is due already"


@pytest.mark.parametrize(
    ("policy", "at", "wanted", "left_out"),
    [
        (CatchUp.ALL, datetime(2026, 6, 4, 9, 1), [(1, True), (2, True), (3, True), (4, False)], []),
        (CatchUp.LATEST, datetime(2026, 6, 4, 9, 1), [(4, False)], [(1, LATER), (2, LATER), (3, LATER)]),
        (CatchUp.NONE, datetime(2026, 6, 4, 9, 1), [(4, False)], [(1, LATER), (2, LATER), (3, LATER)]),
        (CatchUp.ALL, datetime(2026, 6, 3, 8, 59), [(1, True), (2, True)], []),
        (CatchUp.LATEST, datetime(2026, 6, 3, 8, 59), [(2, True)], [(1, LATER)]),
        (CatchUp.NONE, datetime(2026, 6, 3, 8, 59), [], [(1, LATER), (2, "missed; its day is over")]),
        (CatchUp.NONE, datetime(2026, 6, 2, 23, 59), [(2, False)], [(1, LATER)]),
    ],
)
def test_a_downtime_raises_by_policy_and_nothing_is_skipped_silently(
    policy: CatchUp, at: datetime, wanted: list[tuple[int, bool]], left_out: list[tuple[int, str]]
) -> None:
    found = due(daily(), at, Raising(catch_up=policy))
    assert raised(found) == wanted
    assert skipped(found) == left_out


def test_what_is_raised_ahead_of_its_day_was_not_missed() -> None:
    weekly = daily("FREQ=WEEKLY")
    found = due(weekly, datetime(2026, 5, 31, 12), Raising(lead_days=14, catch_up=CatchUp.LATEST))
    assert raised(found) == [(1, False), (8, False)]
    found = due(weekly, datetime(2026, 6, 9, 12), Raising(lead_days=7, catch_up=CatchUp.LATEST))
    assert raised(found) == [(8, True), (15, False)]
    assert skipped(found) == [(1, LATER)]


def test_lead_days_are_days_of_the_calendar_across_a_change_of_the_clock() -> None:
    (first, *_rest) = occurrences(daily("FREQ=WEEKLY;COUNT=1", start=datetime(2026, 3, 30, 9)), Raising(lead_days=3))
    assert first.raise_at == instant_of(datetime(2026, 3, 27, 9), MADRID)
    assert first.at - first.raise_at == timedelta(hours=71)


def test_a_day_off_moves_and_the_next_one_is_computed_from_the_nominal_one() -> None:
    month_ends = daily("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", start=datetime(2026, 1, 1, 9))
    for shift, wanted in (
        (Shift.NONE, ["01-31", "02-28", "03-31"]),
        (Shift.PREVIOUS, ["01-30", "02-27", "03-31"]),
        (Shift.NEXT, ["02-02", "03-02", "03-31"]),
    ):
        found = list(occurrences(month_ends, Raising(shift, calendar())))
        assert [f"{each.shifted:%m-%d}" for each in found] == wanted
        assert [f"{each.nominal:%m-%d}" for each in found] == ["01-31", "02-28", "03-31"]
        assert {each.shifted.hour for each in found} == {9}


def test_holidays_and_working_weekends_of_the_calendar_count() -> None:
    days = {date(2026, 6, 1): (), date(2026, 6, 6): OFFICE}
    made = daily("FREQ=DAILY;COUNT=7")
    found = [each.shifted.day for each in occurrences(made, Raising(Shift.NEXT, calendar(days)))]
    assert found == [2, 2, 3, 4, 5, 6, 8]


def test_days_that_meet_after_a_shift_were_not_missed() -> None:
    made = daily("FREQ=DAILY;BYDAY=SA,SU,MO", start=datetime(2026, 6, 6, 9))
    found = due(made, datetime(2026, 6, 8, 9, 1), Raising(Shift.NEXT, calendar()), since=datetime(2026, 6, 6, 9))
    assert raised(found) == [(6, False), (7, False), (8, False)]


def test_a_calendar_without_a_working_day_is_a_sentence_and_not_a_loop() -> None:
    empty = WorkCalendar("Europe/Madrid", ((),) * 7, {}, {})
    with pytest.raises(InvalidInput, match="no working day within a year of 2026-06-01"):
        next(occurrences(daily(), Raising(Shift.NEXT, empty)))


def test_a_shift_without_a_calendar_and_a_wrong_lead_are_refused() -> None:
    for raising in (Raising(Shift.NEXT), Raising(lead_days=-1), Raising(lead_days=367)):
        with pytest.raises(InvalidInput):
            check_raising(raising)


def test_the_last_day_is_a_day_of_work() -> None:
    raising = Raising(catch_up=CatchUp.ALL, ends_on=date(2026, 6, 2))
    found = due(daily(), datetime(2026, 6, 9, 9), raising)
    assert raised(found) == [(1, True), (2, True)]
    assert found.next is None


@given(st.sampled_from(CatchUp), st.integers(1, 9), st.integers(0, 400), st.integers(0, 3))
def test_a_catch_up_in_small_steps_does_what_one_big_step_does(
    policy: CatchUp, limit: int, hours: int, lead: int
) -> None:
    made = daily("FREQ=DAILY;BYHOUR=9,15", "FREQ=WEEKLY;BYDAY=SA;BYHOUR=11")
    raising = Raising(Shift.PREVIOUS, calendar(), lead, policy)
    now = MONDAY + timedelta(hours=hours)
    whole = due(made, now, raising, limit=10_000)
    steps = [due(made, now, raising, limit=limit)]
    while steps[-1].to_raise or steps[-1].skipped:
        following = steps[-1].next
        assert following is not None
        steps.append(due(made, now, raising, since=following.nominal, limit=limit))
        assert len(steps[-1].to_raise) + len(steps[-1].skipped) <= limit
    assert [each for step in steps for each in step.to_raise] == list(whole.to_raise)
    assert [each for step in steps for each in step.skipped] == list(whole.skipped)
    assert steps[-1].next == whole.next


@given(st.sampled_from(CatchUp), st.integers(0, 60), st.sampled_from(Shift))
def test_every_moment_is_either_raised_or_skipped_or_still_to_come(policy: CatchUp, days: int, shift: Shift) -> None:
    made = daily()
    found = due(made, MONDAY + timedelta(days=days), Raising(shift, calendar(), 1, policy))
    met = sorted([each.nominal for each in found.to_raise] + [each.nominal for each, _why in found.skipped])
    assert found.next is not None
    assert met == list(made.between(MONDAY, found.next.nominal))


def test_ten_thousand_missed_moments_are_decided_quickly() -> None:
    made = daily("FREQ=HOURLY", start=datetime(2025, 1, 1))
    began = time.process_time()
    found = due_occurrences(
        made,
        Raising(catch_up=CatchUp.ALL),
        datetime(2025, 1, 1),
        datetime(2026, 2, 21, 16, tzinfo=UTC),
        limit=10_000,
    )
    assert len(found.to_raise) == 10_000
    assert time.process_time() - began < 2
