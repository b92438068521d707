"""An SLA tried on a history given as JSON values: the situations in which desks are known to count differently."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sla_replay import CLOCKS, StandingTable, replay, state_name
from deskconsole.domain.terms import SlaClock

NOW = datetime(2013, 6, 10, 12, 0, tzinfo=UTC)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
DAYS = (*WEEKDAYS, "sat", "sun")
OFFICE = {"timezone": "Europe/Berlin", "hours": {day: [["08:00", "18:00"]] for day in WEEKDAYS}}
EVERY_DAY = {"timezone": "Europe/Berlin", "hours": {day: [["09:00", "18:00"]] for day in DAYS}}
ALL_STAND = {"pending": list(CLOCKS), "closed": list(CLOCKS)}

Step = tuple[str, str] | tuple[str, str, str]


def event(day: str, step: Step) -> dict[str, str]:
    """`("09:30", "state", "open")` on `day`, in UTC; a step may bring a day of its own: `04T09:30`."""
    when = step[0] if "T" in step[0] else f"{day}T{step[0]}"
    made = {"at": f"{when}:00+00:00", "event": step[1]}
    return {**made, "state": step[2]} if len(step) == 3 else made


def mailed(*steps: Step, now: str = "16:00") -> dict[str, Any]:
    """A ticket that a client's mail opened on Thursday at 09:30 UTC, under 60/120/180 minutes."""
    day = "2013-03-21"
    begun: list[Step] = [("09:30", "created"), ("09:30", "customer_message")]
    form = {
        "calendar": OFFICE,
        "sla_minutes": {"first_response": 60, "update": 120, "solution": 180},
        "events": [event(day, step) for step in (*begun, *steps)],
        "now": f"{day}T{now}:00+00:00",
    }
    return replay(form, NOW)


def suspended(*steps: Step, minutes: dict[str, int | None], **more: Any) -> dict[str, Any]:
    """A ticket created on a summer's Tuesday at 09:00 UTC, 11:00 in Berlin; `pending` stands every clock."""
    events = [event("2013-06-04", step) for step in (("09:00", "created"), *steps)]
    form = {"calendar": EVERY_DAY, "sla_minutes": minutes, "stops": ALL_STAND, "events": events, **more}
    return replay(form, NOW)


def dues(answer: dict[str, Any]) -> list[str | None]:
    """First response, update, solution and the next one, as times of 2013-03-21 in Berlin."""
    names = ("first_response_due", "update_due", "solution_due", "next_due")
    return [answer[name] and answer[name].removeprefix("2013-03-21T").removesuffix(":00+01:00") for name in names]


def test_a_clients_mail_starts_all_three_clocks() -> None:
    answer = mailed(now="09:45")
    assert dues(answer) == ["11:30", "12:30", "13:30", "11:30"]
    assert answer["elapsed_minutes"] == {"first_response": 15, "update": 15, "solution": 15}
    assert answer["slack_minutes"] == {"first_response": 45, "update": 105, "solution": 165}
    assert answer["breached"] == []
    assert "notes" not in answer


@pytest.mark.parametrize(("when", "elapsed", "slack", "late"), [("10:00", 30, 30, False), ("14:00", 270, -210, True)])
def test_a_first_response_ends_its_own_clock_alone(when: str, elapsed: int, slack: int, late: bool) -> None:
    answer = mailed((when, "first_response"))
    assert dues(answer) == [None, "12:30", "13:30", "12:30"]
    assert answer["elapsed_minutes"]["first_response"] == elapsed
    assert answer["slack_minutes"]["first_response"] == slack
    assert ("first_response" in answer["breached"]) is late


@pytest.mark.parametrize(("when", "elapsed", "slack"), [("11:00", 90, 30), ("12:00", 150, -30)])
def test_an_answer_ends_first_response_and_update(when: str, elapsed: int, slack: int) -> None:
    answer = mailed((when, "agent_message"))
    assert dues(answer) == [None, None, "13:30", "13:30"]
    assert (answer["elapsed_minutes"]["update"], answer["slack_minutes"]["update"]) == (elapsed, slack)
    assert answer["elapsed_minutes"]["first_response"] == elapsed
    assert ("update" in answer["breached"]) == (slack < 0)


def test_a_note_answers_nobody() -> None:
    assert mailed(("10:00", "note"), now="10:10") == mailed(now="10:10")


def test_a_second_message_of_the_client_moves_nothing() -> None:
    assert dues(mailed(("10:00", "customer_message"))) == dues(mailed())


def test_the_worst_exchange_stays_when_later_ones_are_quick() -> None:
    slow: tuple[Step, ...] = (("12:00", "agent_message"), ("12:05", "customer_message"))
    answer = mailed(*slow, now="12:06")
    assert answer["update_due"] == "2013-03-21T15:05:00+01:00"
    assert (answer["elapsed_minutes"]["update"], answer["slack_minutes"]["update"]) == (150, -30)
    answered = mailed(*slow, ("12:10", "agent_message"))
    assert answered["update_due"] is None
    assert (answered["elapsed_minutes"]["update"], answered["slack_minutes"]["update"]) == (150, -30)
    assert "update" in answered["breached"]


def test_our_message_alone_starts_no_update_clock() -> None:
    answer = suspended(("09:10", "agent_message"), minutes={"update": 60})
    assert answer["update_due"] is None
    assert (answer["elapsed_minutes"], answer["breached"]) == ({}, [])


@pytest.mark.parametrize(("when", "elapsed", "slack"), [("11:30", 120, 60), ("13:00", 210, -30)])
@pytest.mark.parametrize("how", [("closed",), ("state", "closed"), ("state", "Resolved"), ("closed", "merged")])
def test_closing_stops_everything_and_keeps_the_result(
    when: str, elapsed: int, slack: int, how: tuple[str, ...]
) -> None:
    answer = mailed((when, *how))  # type: ignore[arg-type] # a step of two or three words
    assert dues(answer) == [None, None, None, None]
    assert (answer["elapsed_minutes"]["solution"], answer["slack_minutes"]["solution"]) == (elapsed, slack)
    assert ("solution" in answer["breached"]) == (slack < 0)


def test_pauses_and_the_closed_time_of_a_reopened_ticket_do_not_count() -> None:
    steps: tuple[Step, ...] = (
        ("09:30", "state", "pending"),
        ("09:45", "state", "open"),
        ("10:00", "closed"),
        ("10:30", "state", "open"),
    )
    answer = suspended(*steps, minutes={"first_response": 120, "solution": 250})
    assert answer["first_response_due"] == "2013-06-04T13:45:00+02:00"
    assert answer["solution_due"] == "2013-06-04T15:55:00+02:00"
    by_state = (*steps[:2], ("10:00", "state", "closed"), steps[3])
    assert suspended(*by_state, minutes={"first_response": 120, "solution": 250}) == answer


def test_what_fits_exactly_after_a_pause_is_due_at_closing_and_not_next_morning() -> None:
    answer = suspended(("10:00", "state", "pending"), ("15:00", "state", "open"), minutes={"first_response": 120})
    assert answer["next_due"] == "2013-06-04T18:00:00+02:00"


def test_an_answer_and_a_close_after_a_pause() -> None:
    answer = suspended(
        ("10:00", "state", "pending"),
        ("10:30", "state", "open"),
        ("10:45", "agent_message"),
        ("12:00", "closed"),
        minutes={"first_response": 120, "update": 180, "solution": 250},
    )
    assert answer["elapsed_minutes"] == {"first_response": 75, "solution": 150}
    assert answer["slack_minutes"] == {"first_response": 45, "solution": 100}


PENDING: Step = ("09:00", "state", "pending")


@pytest.mark.parametrize(
    ("steps", "elapsed"),
    [
        ((PENDING,), 0),
        ((PENDING, ("10:30", "state", "open"), ("11:00", "state", "pending")), 30),
        (
            (PENDING, ("10:30", "state", "open"), ("11:00", "state", "pending"), ("11:30", "state", "open")),
            60,
        ),
    ],
)
def test_a_ticket_created_pending_counts_its_open_time_only(steps: tuple[Step, ...], elapsed: int) -> None:
    answer = suspended(*steps, ("12:00", "closed"), minutes={"solution": 240})
    assert answer["elapsed_minutes"] == {"solution": elapsed}
    assert answer["slack_minutes"] == {"solution": 240 - elapsed}


def test_a_state_at_creation_is_the_first_one() -> None:
    form = {
        "calendar": EVERY_DAY,
        "sla_minutes": {"solution": 60},
        "stops": ALL_STAND,
        "events": [{"at": "2013-06-04T09:00:00Z", "event": "created", "state": "pending"}],
    }
    answer = replay(form, NOW)
    assert (answer["solution_due"], answer["elapsed_minutes"]) == (None, {"solution": 0})


def test_suspending_pushes_the_update_out() -> None:
    answer = suspended(
        ("09:00", "customer_message"),
        ("09:10", "state", "pending"),
        ("09:20", "state", "open"),
        minutes={"update": 60},
    )
    assert answer["update_due"] == "2013-06-04T12:10:00+02:00"


def test_a_holiday_and_two_suspensions() -> None:
    holiday = {
        "timezone": "Europe/Berlin",
        "hours": {day: [["08:00", "20:00"]] for day in WEEKDAYS},
        "holidays": ["2016-11-01"],
    }
    moments = [
        ("2016-11-01T13:56:21Z", "created", None),
        ("2016-11-01T13:56:21Z", "customer_message", None),
        ("2016-11-01T15:25:40Z", "state", "pending"),
        ("2016-11-01T15:25:40Z", "agent_message", None),
        ("2016-11-01T15:59:14Z", "state", "open"),
        ("2016-11-01T15:59:14Z", "customer_message", None),
        ("2016-11-01T15:59:58Z", "state", "pending"),
        ("2016-11-07T13:26:36Z", "state", "open"),
        ("2016-11-07T13:26:36Z", "customer_message", None),
        ("2016-11-07T14:26:36Z", "customer_message", None),
    ]
    expected = {
        2: ("2016-11-02T10:00:00+01:00", "2016-11-03T16:00:00+01:00"),
        4: (None, None),
        6: (None, "2016-11-03T16:00:00+01:00"),
        7: (None, None),
        9: (None, "2016-11-09T10:26:36+01:00"),
        10: (None, "2016-11-09T10:26:36+01:00"),
    }
    for count, (first, update) in expected.items():
        events = [{"at": at, "event": kind, "state": state} for at, kind, state in moments[:count]]
        minutes = {"first_response": 120, "update": 1200, "solution": None}
        form = {"calendar": holiday, "sla_minutes": minutes, "stops": ALL_STAND, "events": events}
        answer = replay({**form, "now": moments[count - 1][0]}, NOW)
        assert (answer["first_response_due"], answer["update_due"], answer["solution_due"]) == (first, update, None)


def test_the_desks_own_table_stands_solution_and_update_while_the_client_is_awaited() -> None:
    answer = mailed(("10:00", "state", "Waiting client"), now="10:10")
    assert dues(answer) == ["11:30", None, None, "11:30"]
    assert answer["elapsed_minutes"] == {"first_response": 40, "update": 30, "solution": 30}


def test_a_table_of_a_desk_takes_the_place_of_the_default() -> None:
    table = StandingTable(
        {"parts": frozenset({SlaClock.RESOLUTION})}, frozenset({"done"}), frozenset({"parts", "done"})
    )
    form = {"calendar": OFFICE, "sla_minutes": {"solution": 60, "first_response": 60}}
    events = [{"at": "2013-03-21T09:30:00Z", "event": "created"}]
    parts = {"at": "2013-03-21T09:40:00Z", "event": "state", "state": "Parts"}
    answer = replay({**form, "events": [*events, parts]}, NOW, table)
    assert answer["elapsed_minutes"]["solution"] == 10
    assert answer["first_response_due"] == "2013-03-21T11:30:00+01:00"
    done = replay({**form, "events": [*events, {**parts, "state": "done"}]}, NOW, table)
    assert (done["next_due"], done["elapsed_minutes"]) == (None, {"first_response": 10, "solution": 10})


def test_a_status_the_default_table_does_not_know_runs_and_is_named() -> None:
    answer = mailed(("10:00", "state", "on the moon"), ("10:01", "state", "On the moon"), now="10:10")
    assert dues(answer) == ["11:30", "12:30", "13:30", "11:30"]
    assert answer["notes"] == ['The desk knows no status "on_the_moon"; all clocks run in it.']


def test_a_scenarios_own_table_may_let_an_ended_status_run() -> None:
    own = {"closed": ["solution"]}
    answer = suspended(("09:30", "state", "closed"), minutes={"first_response": 120, "solution": 120}, stops=own)
    assert answer["first_response_due"] == "2013-06-04T13:00:00+02:00"
    assert answer["solution_due"] is None
    closed = suspended(("09:30", "closed"), minutes={"first_response": 120, "solution": 120}, stops=own)
    assert closed["next_due"] is None


def test_events_may_come_in_any_order() -> None:
    answer = mailed(("12:05", "customer_message"), ("12:00", "agent_message"))
    assert answer == mailed(("12:00", "agent_message"), ("12:05", "customer_message"))


def test_what_happens_after_its_now_has_not_happened_yet() -> None:
    assert mailed(("11:00", "closed"), now="10:00") == mailed(now="10:00")


def test_without_a_now_it_is_read_as_of_the_present_or_its_later_end() -> None:
    answer = suspended(minutes={"solution": 10_000})
    assert answer["elapsed_minutes"] == {"solution": 7 * 60 + 5 * 540 + 5 * 60}
    later = suspended(("12T09:00".replace("12T", "2013-06-12T"), "note"), minutes={"solution": 10_000})
    assert later["elapsed_minutes"] == {"solution": 7 * 60 + 7 * 540 + 2 * 60}


def test_parts_of_minutes_are_told() -> None:
    answer = mailed(("09:31", "agent_message"), now="10:00")
    assert answer["elapsed_minutes"]["update"] == 1
    form = {
        "calendar": OFFICE,
        "sla_minutes": {"solution": 0.5},
        "events": [{"at": "2013-03-21T09:30:00Z", "event": "created"}],
        "now": "2013-03-21T09:30:10Z",
    }
    answer = replay(form, NOW)
    assert answer["next_due"] == "2013-03-21T10:30:30+01:00"
    assert answer["elapsed_minutes"] == {"solution": 0.1667}
    assert answer["slack_minutes"] == {"solution": 0.3333}


def test_a_calendar_without_hours_is_never_due() -> None:
    answer = suspended(minutes={"solution": 60}, calendar={"timezone": "UTC", "hours": {}})
    assert (answer["next_due"], answer["elapsed_minutes"], answer["breached"]) == (None, {"solution": 0}, [])


def test_names_of_statuses_are_read_loosely() -> None:
    assert {state_name(text) for text in ("Waiting client", "waiting-client", " WAITING_CLIENT ")} == {"waiting_client"}
    assert state_name("Ждём клиента") == "ждём_клиента"


GOOD: dict[str, Any] = {
    "calendar": OFFICE,
    "sla_minutes": {"solution": 60},
    "events": [{"at": "2013-03-21T09:30:00Z", "event": "created"}],
}


def test_a_key_that_is_not_read_is_named() -> None:
    assert replay({**GOOD, "name": "case 1"}, NOW)["notes"] == ['"name" is not read.']


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"calendar": None}, '"calendar" is missing'),
        ({"calendar": {"timezone": "Mars/Base", "hours": {}}}, "Mars/Base"),
        ({"sla_minutes": None}, '"sla_minutes" is missing'),
        ({"sla_minutes": [60]}, '"sla_minutes" is an object'),
        ({"sla_minutes": {"solutoin": 60}}, '"solutoin" at "sla_minutes" is none of first_response, update, solution'),
        ({"sla_minutes": {"solution": 0}}, "sla_minutes.solution"),
        ({"sla_minutes": {"solution": -5}}, "above 0"),
        ({"sla_minutes": {"solution": True}}, "sla_minutes.solution"),
        ({"sla_minutes": {"solution": "60"}}, "sla_minutes.solution"),
        ({"sla_minutes": {"solution": float("nan")}}, "sla_minutes.solution"),
        ({"sla_minutes": {"solution": 10**400}}, "sla_minutes.solution"),
        ({"stops": ["pending"]}, '"stops" is an object'),
        ({"stops": {"pending": "solution"}}, '"stops.pending" is a list of clocks'),
        ({"stops": {"pending": ["lunch"]}}, '"lunch" at "stops.pending" is none of'),
        ({"stops": {"pending": [["solution"]]}}, '"stops.pending" is none of'),
        ({"events": None}, '"events" is missing'),
        ({"events": []}, '"events" is a list'),
        ({"events": {"at": 1}}, '"events" is a list'),
        ({"events": ["created"]}, r"events\[1\]"),
        ({"events": [{"at": "2013-03-21T09:30:00Z", "event": "opened"}]}, r'"opened" at "events\[1\].event"'),
        ({"events": [{"at": "2013-03-21T09:30:00Z", "event": ["created"]}]}, r"events\[1\].event"),
        ({"events": [{"at": "2013-03-21T09:30:00", "event": "created"}]}, r"events\[1\].at.* with its offset"),
        ({"events": [{"at": "yesterday", "event": "created"}]}, r"events\[1\].at"),
        ({"events": [{"at": 1363858200, "event": "created"}]}, r"events\[1\].at"),
        ({"events": [{"at": "0001-01-01T00:00:00+03:00", "event": "created"}]}, r"events\[1\].at"),
        ({"events": [{"event": "created"}]}, r"events\[1\].at"),
        ({"events": [{"at": "2013-03-21T09:30:00Z", "event": "note"}]}, 'one event "created" by its now, not 0'),
        ({"events": GOOD["events"] * 2}, "not 2"),
        ({"events": [*GOOD["events"], {"at": "2013-03-21T09:30:00Z", "event": "state"}]}, r"events\[2\].state"),
        (
            {"events": [*GOOD["events"], {"at": "2013-03-21T09:30:00Z", "event": "state", "state": "-"}]},
            "name of a status",
        ),
        ({"now": "tomorrow"}, '"now" is a time'),
        ({"now": "2013-03-20T09:30:00Z"}, 'one event "created" by its now, not 0'),
    ],
)
def test_what_cant_be_meant_is_a_sentence_that_names_the_place(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        replay({**GOOD, **change}, NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["created", "state"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at", "event", "solution", "x"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["calendar", "sla_minutes", "stops", "events", "now"]))
def test_any_json_is_an_answer_or_a_sentence(value: Any, key: str) -> None:
    for form in (value, {**GOOD, key: value}):
        try:
            answer = replay(form, NOW)
        except InvalidInput:
            continue
        assert answer["slack_minutes"].keys() == answer["elapsed_minutes"].keys() <= {"solution"}
