"""What the clocks of a ticket say, from its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deskconsole.domain.sla import (
    DEFAULT_STANDS,
    History,
    Reading,
    Said,
    Stands,
    Stay,
    intervals,
    read_clock,
    threshold_at,
)
from deskconsole.domain.terms import ClockState, SlaClock
from deskconsole.domain.worktime import ALWAYS_OPEN, Window, WorkCalendar

HOURS = (Window(9 * 3600, 18 * 3600),)
OFFICE = WorkCalendar("UTC", (HOURS,) * 5 + ((), ()))
NEVER = WorkCalendar("UTC", ((),) * 7)
ROUND_THE_CLOCK = ALWAYS_OPEN("UTC")
TARGET = timedelta(hours=4)


def at(text: str) -> datetime:
    """`02 09:30`: a time in March 2026; the 2nd is a Monday."""
    return datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def stays(*moves: tuple[str, str]) -> tuple[Stay, ...]:
    return tuple(Stay(status, status in {"resolved", "closed"}, at(when)) for when, status in moves)


def client(when: str) -> Said:
    return Said(at(when), by_client=True)


def us(when: str) -> Said:
    return Said(at(when), by_client=False)


def history(*moves: tuple[str, str], said: tuple[Said, ...] = ()) -> History:
    return History(at(moves[0][0]), stays(*moves), said)


def read(
    clock: SlaClock,
    past: History,
    now: str,
    *,
    target: timedelta | None = TARGET,
    calendar: WorkCalendar = OFFICE,
    stands: Stands = DEFAULT_STANDS,
    fixed_due: datetime | None = None,
) -> Reading:
    found = read_clock(clock, target, past, stands, calendar, at(now), fixed_due=fixed_due)
    assert found is not None
    assert found.elapsed + found.left == found.target
    return found


def resolution(past: History, now: str) -> Reading:
    return read(SlaClock.RESOLUTION, past, now)


NEW = history(("02 10:00", "new"))


def test_resolution_runs_from_creation_over_working_time() -> None:
    reading = resolution(history(("02 16:00", "new")), "02 17:00")
    assert reading.state is ClockState.RUNNING
    assert reading.due == reading.promised == at("03 11:00")
    assert (reading.elapsed, reading.left) == (hours(1), hours(3))


def test_an_exact_fit_is_due_at_closing() -> None:
    assert resolution(history(("02 14:00", "new")), "02 15:00").due == at("02 18:00")


def test_at_the_due_itself_a_clock_is_still_in_time() -> None:
    assert not resolution(NEW, "02 14:00").is_breached
    assert resolution(NEW, "02 14:01").is_breached
    assert resolution(NEW, "02 15:30").left == -hours(1.5)


def test_resolved_at_the_due_itself_is_kept() -> None:
    assert not resolution(history(("02 10:00", "new"), ("02 14:00", "resolved")), "09 10:00").is_breached
    assert resolution(history(("02 10:00", "new"), ("02 14:01", "resolved")), "09 10:00").is_breached


def test_resolved_at_night_after_a_due_at_closing_is_late_by_no_working_time() -> None:
    reading = resolution(history(("02 14:00", "new"), ("02 20:00", "resolved")), "03 10:00")
    assert reading.is_breached
    assert reading.left == timedelta()


def test_a_stopped_clock_keeps_what_was_promised_and_has_no_due() -> None:
    reading = resolution(history(("02 10:00", "new"), ("02 12:00", "resolved"), ("05 12:00", "closed")), "09 10:00")
    assert reading.state is ClockState.STOPPED
    assert (reading.due, reading.promised, reading.ended) == (None, at("02 14:00"), at("02 12:00"))
    assert reading.left == hours(2)


def test_while_paused_it_says_what_is_left_and_no_due() -> None:
    reading = resolution(history(("02 10:00", "new"), ("02 11:00", "waiting_client")), "06 12:00")
    assert reading.state is ClockState.PAUSED
    assert (reading.due, reading.promised, reading.left) == (None, None, hours(3))
    assert not reading.is_breached


def test_a_pause_moves_the_due_out_within_working_hours() -> None:
    past = history(("02 10:00", "new"), ("02 11:00", "waiting_client"), ("02 17:00", "open"))
    assert resolution(past, "02 17:30").due == at("03 11:00")


def test_a_pause_at_night_moves_nothing() -> None:
    past = history(("02 16:00", "new"), ("02 19:00", "waiting_client"), ("03 08:00", "open"))
    assert resolution(past, "03 09:00").due == at("03 11:00")


def test_a_clock_that_was_late_before_it_stood_stays_breached() -> None:
    past = history(("02 10:00", "new"), ("02 15:00", "waiting_client"))
    reading = resolution(past, "05 15:00")
    assert (reading.state, reading.left, reading.is_breached) == (ClockState.PAUSED, -hours(1), True)
    assert reading.promised == at("02 14:00")


def test_a_clock_that_stood_at_its_due_is_in_time_until_it_runs_on() -> None:
    past = history(("02 10:00", "new"), ("02 14:00", "waiting_client"))
    assert not resolution(past, "05 15:00").is_breached
    again = replace(past, stays=(*past.stays, *stays(("05 15:00", "open"))))
    assert resolution(again, "05 15:01").is_breached


def test_resolved_out_of_a_pause_counts_as_of_the_pause() -> None:
    past = history(("02 10:00", "new"), ("02 14:00", "waiting_client"), ("04 12:00", "resolved"))
    reading = resolution(past, "05 15:00")
    assert (reading.elapsed, reading.is_breached) == (TARGET, False)


def test_reopening_continues_the_clock() -> None:
    past = history(("02 10:00", "new"), ("02 12:00", "resolved"), ("03 10:00", "closed"), ("04 10:00", "open"))
    reading = resolution(past, "04 11:00")
    assert reading.due == at("04 12:00")
    assert (reading.started, reading.elapsed) == (at("02 10:00"), hours(3))


def test_waiting_for_the_client_stops_resolution_and_update_only() -> None:
    past = history(("02 10:00", "new"), ("02 10:30", "waiting_client"), said=(client("02 10:00"),))
    states = {clock: read(clock, past, "02 11:00").state for clock in SlaClock}
    assert states == {
        SlaClock.ACKNOWLEDGE: ClockState.RUNNING,
        SlaClock.FIRST_RESPONSE: ClockState.RUNNING,
        SlaClock.UPDATE: ClockState.PAUSED,
        SlaClock.ARRIVAL: ClockState.RUNNING,
        SlaClock.RESOLUTION: ClockState.PAUSED,
    }


def test_which_status_stands_which_clock_is_a_table() -> None:
    past = history(("02 10:00", "new"), ("02 10:30", "waiting_supplier"))
    stands = {"waiting_supplier": frozenset({SlaClock.RESOLUTION})}
    assert read(SlaClock.RESOLUTION, past, "02 11:00").state is ClockState.RUNNING
    assert read(SlaClock.RESOLUTION, past, "02 11:00", stands=stands).state is ClockState.PAUSED
    assert read(SlaClock.FIRST_RESPONSE, past, "02 11:00", stands=stands).state is ClockState.RUNNING


@pytest.mark.parametrize("clock", [SlaClock.ACKNOWLEDGE, SlaClock.FIRST_RESPONSE, SlaClock.ARRIVAL])
def test_each_clock_ends_with_what_it_waits_for(clock: SlaClock) -> None:
    past = replace(NEW, acknowledged=at("02 11:00"), responded=at("02 11:00"), arrived=at("02 11:00"))
    reading = read(clock, past, "09 10:00")
    assert (reading.state, reading.ended, reading.elapsed) == (ClockState.STOPPED, at("02 11:00"), hours(1))
    assert read(SlaClock.RESOLUTION, past, "02 12:00").state is ClockState.RUNNING


def test_the_first_response_is_the_first_thing_we_say() -> None:
    past = replace(NEW, said=(client("02 10:30"), us("02 12:00"), us("02 13:00")))
    assert read(SlaClock.FIRST_RESPONSE, past, "02 15:00").ended == at("02 12:00")
    called_back = replace(past, responded=at("02 11:00"))
    assert read(SlaClock.FIRST_RESPONSE, called_back, "02 15:00").ended == at("02 11:00")
    called_later = replace(past, responded=at("02 14:00"))
    assert read(SlaClock.FIRST_RESPONSE, called_later, "02 15:00").ended == at("02 12:00")


def test_ending_a_ticket_stops_the_clocks_nobody_has_answered() -> None:
    past = history(("02 10:00", "new"), ("02 11:00", "closed"))
    reading = read(SlaClock.FIRST_RESPONSE, past, "05 10:00")
    assert (reading.state, reading.elapsed, reading.is_breached) == (ClockState.STOPPED, hours(1), False)


def test_an_answer_while_the_ticket_is_ended_counts_as_of_the_end() -> None:
    past = history(("02 10:00", "new"), ("02 11:00", "closed"), ("05 10:00", "open"), said=(us("04 10:00"),))
    reading = read(SlaClock.FIRST_RESPONSE, past, "09 10:00")
    assert (reading.state, reading.elapsed, reading.is_breached) == (ClockState.STOPPED, hours(1), False)


def test_no_target_is_no_clock() -> None:
    assert read_clock(SlaClock.RESOLUTION, None, NEW, DEFAULT_STANDS, OFFICE, at("02 12:00")) is None


# The update clock


def update(now: str, *said: Said, moves: tuple[tuple[str, str], ...] = (("02 10:00", "new"),)) -> Reading:
    return read(SlaClock.UPDATE, history(*moves, said=said), now)


def test_without_a_message_of_the_client_there_is_no_update_clock() -> None:
    past = replace(NEW, said=(us("02 11:00"),))
    assert read_clock(SlaClock.UPDATE, TARGET, past, DEFAULT_STANDS, OFFICE, at("02 12:00")) is None


def test_update_counts_from_the_oldest_unanswered_message() -> None:
    reading = update("02 13:00", client("02 11:00"), client("02 12:00"))
    assert (reading.due, reading.elapsed) == (at("02 15:00"), hours(2))


def test_our_answer_clears_the_update_due() -> None:
    reading = update("05 13:00", client("02 11:00"), client("02 12:00"), us("02 12:30"), us("02 17:00"))
    assert (reading.state, reading.due, reading.elapsed) == (ClockState.STOPPED, None, hours(1.5))


def test_the_next_message_begins_a_new_exchange_and_the_worst_one_stays() -> None:
    reading = update("03 10:00", client("02 10:00"), us("02 15:00"), client("03 09:30"))
    assert (reading.state, reading.due) == (ClockState.RUNNING, at("03 13:30"))
    assert (reading.elapsed, reading.left, reading.is_breached) == (hours(5), -hours(1), True)


def test_a_quick_exchange_does_not_hide_a_slow_one() -> None:
    reading = update("05 13:00", client("02 10:00"), us("02 13:00"), client("02 14:00"), us("02 14:05"))
    assert (reading.elapsed, reading.is_breached, reading.ended) == (hours(3), False, at("02 13:00"))


def test_update_stands_while_we_wait_for_the_client() -> None:
    moves = (("02 10:00", "open"), ("02 11:00", "waiting_client"), ("02 13:00", "open"))
    assert update("02 13:30", client("02 10:00"), moves=moves).due == at("02 16:00")


def test_a_message_that_ending_left_unanswered_goes_on_after_reopening() -> None:
    moves = (("02 10:00", "open"), ("02 12:00", "closed"), ("04 10:00", "open"))
    assert update("03 12:00", client("02 10:00"), moves=moves[:2]).elapsed == hours(2)
    reading = update("04 11:00", client("02 10:00"), client("04 10:00"), moves=moves)
    assert (reading.due, reading.elapsed) == (at("04 12:00"), hours(3))


def test_a_message_to_an_ended_ticket_waits_for_its_reopening() -> None:
    moves = (("02 10:00", "open"), ("02 12:00", "closed"), ("04 10:00", "open"))
    ended = update("03 15:00", client("03 10:00"), moves=moves[:2])
    assert (ended.state, ended.due, ended.elapsed) == (ClockState.STOPPED, None, timedelta())
    assert update("04 11:00", client("03 10:00"), moves=moves).due == at("04 14:00")


# A due typed by hand


def test_a_due_typed_by_hand_is_not_moved_by_pauses() -> None:
    past = history(("02 10:00", "new"), ("02 11:00", "waiting_client"), ("03 11:00", "open"))
    reading = read(SlaClock.RESOLUTION, past, "03 12:00", fixed_due=at("03 16:00"))
    assert (reading.due, reading.target, reading.left) == (at("03 16:00"), hours(15), hours(4))
    waiting = replace(past, stays=past.stays[:2])
    assert read(SlaClock.RESOLUTION, waiting, "02 12:00", fixed_due=at("03 16:00")).due == at("03 16:00")


def test_a_due_typed_by_hand_holds_for_the_resolution_alone_and_needs_no_policy() -> None:
    assert read(SlaClock.RESOLUTION, NEW, "02 12:00", target=None, fixed_due=at("03 16:00")).due == at("03 16:00")
    assert read(SlaClock.ARRIVAL, NEW, "02 12:00", fixed_due=at("03 16:00")).due == at("02 14:00")


def test_a_due_typed_by_hand_is_kept_or_missed_when_the_ticket_ends() -> None:
    for end, is_late in (("03 16:00", False), ("03 16:01", True)):
        past = history(("02 10:00", "new"), (end, "resolved"))
        reading = read(SlaClock.RESOLUTION, past, "09 10:00", fixed_due=at("03 16:00"))
        assert (reading.state, reading.due, reading.is_breached) == (ClockState.STOPPED, None, is_late)


# Odd calendars and odd logs


def test_without_working_time_nothing_is_ever_due() -> None:
    reading = read(SlaClock.RESOLUTION, NEW, "09 10:00", calendar=NEVER)
    assert (reading.due, reading.elapsed, reading.is_breached) == (None, timedelta(), False)
    assert threshold_at(reading, 50, NEVER) is None


def test_nothing_counts_from_before_the_creation() -> None:
    past = History(
        at("02 10:00"), stays(("02 08:00", "new"), ("02 09:30", "open")), (client("02 09:00"), us("02 09:30"))
    )
    for clock in (SlaClock.FIRST_RESPONSE, SlaClock.UPDATE):
        reading = read(clock, past, "02 12:00")
        assert (reading.started, reading.ended, reading.elapsed) == (at("02 10:00"), at("02 10:00"), timedelta())
    assert read(SlaClock.RESOLUTION, past, "02 12:00").elapsed == hours(2)


def test_a_clock_set_back_in_the_log_gives_no_negative_time() -> None:
    past = history(
        ("02 10:00", "new"),
        ("02 13:00", "waiting_client"),
        ("02 12:00", "open"),
        said=(client("02 13:00"), us("02 12:00")),
    )
    assert resolution(past, "02 13:30").elapsed == hours(3.5)
    assert read(SlaClock.UPDATE, past, "02 13:30").elapsed == timedelta()


def test_a_message_from_ahead_of_the_host_starts_at_nothing() -> None:
    reading = update("02 12:30", client("02 13:00"), client("02 12:00"))
    assert (reading.started, reading.elapsed) == (at("02 13:00"), timedelta())


def test_a_host_whose_clock_is_behind_undoes_nothing() -> None:
    past = history(("02 10:00", "new"), ("02 12:00", "resolved"), said=(client("02 10:30"), us("02 11:30")))
    for clock in (SlaClock.FIRST_RESPONSE, SlaClock.UPDATE, SlaClock.RESOLUTION):
        assert read(clock, past, "02 09:00") == read(clock, past, "02 12:00")
    assert resolution(NEW, "02 09:00").elapsed == timedelta()


# Warnings


def test_warnings_come_by_business_time() -> None:
    reading = resolution(history(("02 16:00", "new")), "02 16:30")
    found = {percent: threshold_at(reading, percent, OFFICE) for percent in (50, 75, 100)}
    assert found == {50: at("02 18:00"), 75: at("03 10:00"), 100: at("03 11:00")}


def test_a_warning_beyond_the_pause_does_not_come() -> None:
    reading = resolution(history(("02 10:00", "new"), ("02 12:00", "waiting_client")), "04 10:00")
    assert threshold_at(reading, 50, OFFICE) == at("02 12:00")
    assert threshold_at(reading, 75, OFFICE) is None


def test_a_warning_after_the_end_does_not_come() -> None:
    reading = resolution(history(("02 10:00", "new"), ("02 12:30", "resolved")), "04 10:00")
    assert threshold_at(reading, 50, OFFICE) == at("02 12:00")
    assert threshold_at(reading, 75, OFFICE) is None


def test_the_last_warning_of_a_due_typed_by_hand_is_the_due_itself() -> None:
    saturday = at("07 12:00")
    reading = read(SlaClock.RESOLUTION, history(("06 16:00", "new")), "06 17:00", fixed_due=saturday)
    assert threshold_at(reading, 50, OFFICE) == at("06 17:00")
    assert threshold_at(reading, 100, OFFICE) == saturday
    past_due = read(SlaClock.RESOLUTION, NEW, "06 17:00", fixed_due=at("01 12:00"))
    assert threshold_at(past_due, 50, OFFICE) == at("01 12:00")


# The explanation


def explained(reading: Reading, until: str, calendar: WorkCalendar = OFFICE) -> list[tuple[str, str, bool, str]]:
    form = "%d %H:%M"
    return [
        (f"{part.began:{form}}", f"{part.ended:{form}}", part.counted, str(part.why))
        for part in intervals(reading, calendar, at(until))
    ]


def test_the_explanation_names_every_stretch_from_start_to_end() -> None:
    past = history(
        ("02 17:00", "new"),
        ("03 10:00", "waiting_client"),
        ("04 08:00", "open"),
        ("04 10:00", "resolved"),
        ("04 11:00", "open"),
    )
    reading = resolution(past, "04 11:30")
    assert explained(reading, "04 11:30") == [
        ("02 17:00", "02 18:00", True, "working time"),
        ("02 18:00", "03 09:00", False, "outside working hours"),
        ("03 09:00", "03 10:00", True, "working time"),
        ("03 10:00", "04 08:00", False, "paused: waiting_client"),
        ("04 08:00", "04 09:00", False, "outside working hours"),
        ("04 09:00", "04 10:00", True, "working time"),
        ("04 10:00", "04 11:00", False, "ended: resolved"),
        ("04 11:00", "04 11:30", True, "working time"),
    ]


def test_the_explanation_ends_where_the_clock_ended_and_with_the_pause_it_stands_in() -> None:
    ended = resolution(history(("02 10:00", "new"), ("02 12:00", "resolved")), "09 10:00")
    assert explained(ended, "09 10:00") == [("02 10:00", "02 12:00", True, "working time")]
    paused = resolution(history(("02 10:00", "new"), ("02 12:00", "waiting_client")), "02 13:00")
    assert explained(paused, "02 13:00")[-1] == ("02 12:00", "02 13:00", False, "paused: waiting_client")


def test_round_the_clock_is_one_stretch() -> None:
    reading = read(SlaClock.RESOLUTION, NEW, "09 10:00", calendar=ROUND_THE_CLOCK)
    assert explained(reading, "09 10:00", ROUND_THE_CLOCK) == [("02 10:00", "09 10:00", True, "working time")]
