"""`deskconsole sla ...`: policies, bindings, standing clocks, and the account of a ticket."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import KEY, Run

ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
def calendars(shop: Path) -> Path:
    """The small desk with a calendar that never closes and one that never opens."""
    with closing(sqlite3.connect(shop)) as connection, connection:
        for name, hours in (("Always", ALWAYS), ("Never", {})):
            definition = json.dumps({"timezone": "Europe/Madrid", "hours": hours})
            connection.execute(
                "INSERT INTO work_calendar (name, definition, version) VALUES (?, ?, 1)", (name, definition)
            )
    return shop


pytestmark = pytest.mark.usefixtures("calendars")


def made(run: Run, *words: str) -> Any:
    """Run a command that ends well, and what it answered as JSON."""
    said = run("sla", *words, "--json")
    assert said.code == 0, said.err
    return said.json


def test_a_policy_is_made_from_words(run: Run) -> None:
    row = made(
        run,
        *("set", "Gold", "--calendar", "always", "--warn", "90,50%"),
        *("--target", "resolution 8h", "--target", "first response 1h30 prio=1"),
        *("--target", "Arrival 2 h type=visit service=Repair", "--target", "update 45"),
    )
    assert [
        (one["clock"], one["minutes"], one["priority"], one["ticket_type"], one["service"]) for one in row["targets"]
    ] == [
        ("resolution", 480, None, "", ""),
        ("first_response", 90, 1, "", ""),
        ("arrival", 120, None, "visit", "repair"),
        ("update", 45, None, "", ""),
    ]
    assert (row["calendar"], row["warn_percents"], row["is_active"]) == ("Always", [50, 90], True)
    shown = run("sla", "show", "gold").out
    for words in ("Gold", "Always", "50 %, 90 %", "first response", "1 h 30 m", "repair"):
        assert words in shown


def test_what_is_not_named_stays(run: Run) -> None:
    made(run, "set", "Gold", "--calendar", "Always", "--target", "resolution 8h")
    row = made(run, "set", "Gold", "--warn", "none")
    assert (row["calendar"], len(row["targets"]), row["warn_percents"]) == ("Always", 1, [])
    assert made(run, "set", "Gold", "--desk-calendar")["calendar"] == ""


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("resolution", "is no target"),
        ("8h", "is no target"),
        ("resolution 8h prio=1 prio=2", "prio stands twice"),
        ("resolution 8h prio=9", "prio is a whole number from 1 to 4"),
        ("resolution 8h colour=red", 'can\'t be "colour"'),
        ("resolution 8h type=vist", "did you mean visit"),
        ("resolutoin 8h", "There is no clock"),
        ("resolution 8parsecs", "is no length of time"),
        ("resolution 0", "from 1 to"),
        ("resolution 8h service=nothing", "nothing"),
    ],
)
def test_a_target_that_can_not_be_meant_is_one_sentence(run: Run, target: str, complaint: str) -> None:
    said = run("sla", "set", "Gold", "--target", target)
    assert said.code in {2, 3}
    assert complaint in said.err
    assert made(run, "list")["policies"] == []


def test_other_words_that_can_not_be_meant_are_refused(run: Run) -> None:
    made(run, "set", "Gold", "--target", "resolution 8h")
    for words, complaint in (
        (("set", "Gold", "--warn", "0,120"), "--warn is a whole number from 1 to 100"),
        (("set", "Gold", "--calendar", "Allways"), "no calendar"),
        (("set", "Gold", "--calendar", "Always", "--desk-calendar"), "either"),
        (("bind", "Gold"), "exactly one"),
        (("bind", "Gold", "--default", "--client", "#1"), "exactly one"),
        (("bind", "Glod", "--default"), 'no SLA policy "Glod"; there is Gold'),
        (("unbind", "Gold", "--default"), "not bound"),
        (("show", "Nobody"), "there is Gold"),
        (("clocks", "open"), "--stand"),
        (("clocks", "--run", "update"), "Name a status"),
        (("clocks", "closed", "--run", "update"), "every clock stands"),
        (("clocks", "open", "--stand", "lunch"), "There is no clock"),
        (("calendar", "Always", "--none"), "either"),
        (("explain", "99"), "no ticket 99"),
        (("explain", "1", "--now", "yesterdayish"), "is not a time"),
        (("explain", "1", "--now", "1999-01-01"), "not there yet"),
    ):
        said = run("sla", *words)
        assert said.code in {2, 3}, words
        assert complaint in said.err, said.err


def test_a_policy_is_bound_to_each_kind_of_thing(run: Run) -> None:
    made(run, "set", "Gold", "--target", "resolution 8h")
    for words, level, name in (
        (("--client", "ромашка"), "client", "ООО Ромашка"),
        (("--contract", "К-17/2026"), "contract", "К-17/2026"),
        (("--line", "1"), "contract_line", "К-17/2026"),
        (("--category", "VIP"), "category", "VIP"),
        (("--service", "repair"), "service", "Repair"),
        (("--default",), "default", ""),
    ):
        bound = made(run, "bind", "Gold", *words)["bindings"]
        assert (level, name) in [(bond["level"], bond["name"]) for bond in bound]
        assert made(run, "unbind", "Gold", *words)["bindings"] == []


def test_a_change_moves_the_open_tickets_at_once_and_says_how_many(run: Run) -> None:
    run("sla", "set", "Gold", "--calendar", "Always", "--target", "resolution 8h")
    said = run("sla", "bind", "Gold", "--default")
    assert "3 open tickets derived anew; the due of 3 moved." in said.err
    silver = run("sla", "set", "Silver", "--calendar", "Always", "--target", "resolution 4h")
    assert "the due of 0 moved" in silver.err
    said = run("sla", "bind", "Silver", "--default")
    assert '"Gold" is bound there no longer.' in said.err
    assert "the due of 3 moved" in said.err
    assert made(run, "retire", "Silver")["recomputed"] == {"tickets": 3, "moved": 3}
    assert made(run, "recompute") == {"tickets": 0, "moved": 0}


def test_a_repeated_command_does_nothing_twice(run: Run) -> None:
    run("sla", "set", "Gold", "--target", "resolution 8h", "--key", KEY)
    said = run("sla", "set", "Gold", "--target", "resolution 8h", "--key", KEY)
    assert said.code == 0
    assert len(made(run, "list")["policies"]) == 1


def test_the_calendar_of_the_desk_is_chosen_and_taken_away(run: Run) -> None:
    assert run("sla", "calendar").out == "-\n"
    assert made(run, "calendar", "always")["default_calendar"] == "Always"
    assert run("sla", "calendar").out == "Always\n"
    assert made(run, "list")["default_calendar"] == "Always"
    assert made(run, "calendar", "--none")["default_calendar"] is None


def test_the_table_of_standing_clocks_is_shown_and_changed(run: Run) -> None:
    rows = {row["status"]: row["clocks"] for row in made(run, "clocks")["statuses"]}
    assert rows["waiting_client"] == ["update", "resolution"]
    assert rows["open"] == []
    said = made(run, "clocks", "waiting for supplier", "--stand", "resolution,first-response")
    rows = {row["status"]: row["clocks"] for row in said["statuses"]}
    assert rows["waiting_supplier"] == ["first_response", "resolution"]
    assert said["recomputed"]["tickets"] == 3
    rows = {
        row["status"]: row["clocks"] for row in made(run, "clocks", "waiting_client", "--run", "update")["statuses"]
    }
    assert rows["waiting_client"] == ["resolution"]
    assert "all" in run("sla", "clocks").out


def test_an_explanation_adds_up(run: Run) -> None:
    run("sla", "set", "Gold", "--calendar", "Always", "--target", "resolution 8h", "--target", "resolution 2h prio=1")
    run("sla", "bind", "Gold", "--client", "#1")
    run("sla", "set", "Usual", "--target", "resolution 24h")
    run("sla", "bind", "Usual", "--default")
    run("ticket", "status", "1", "waiting_client")
    found = run("sla", "explain", "1", "--json", "--now", "30d").json
    assert (found["policy"], found["level"], found["calendar"]) == ("Gold", "client", "Always")
    assert [passed["policy"] for passed in found["passed_over"]] == ["Usual"]
    (clock,) = found["clocks"]
    (spell,) = clock["runs"]
    counted = [one["seconds"] for one in spell["stretches"] if one["counted"]]
    assert sum(counted) == spell["elapsed_seconds"]
    assert clock["target_minutes"] == 480
    assert clock["left_seconds"] == 480 * 60 - clock["elapsed_seconds"]
    assert clock["state"] == "paused"
    assert spell["stretches"][-1]["why"] == "paused: Waiting for client"
    assert spell["stretches"][-1]["seconds"] + sum(counted) >= 30 * 86_400 - 1
    shown = run("sla", "explain", "1", "--now", "30d").out
    for words in (
        '"Gold" is bound to the client',
        '"Usual" is the default, which is less specific',
        "8:00:00, for every ticket",
        "2:00:00 for priority 1",
        "paused: Waiting for client",
        "nobody travels for a ticket of this type",
    ):
        assert words in shown


def test_times_have_the_persons_zone_and_the_sites_beside_it(run: Run, calendars: Path) -> None:
    with closing(sqlite3.connect(calendars)) as connection, connection:
        connection.execute("UPDATE site SET zone = 'Asia/Vladivostok'")
    run("sla", "set", "Gold", "--calendar", "Always", "--target", "resolution 8h")
    run("sla", "bind", "Gold", "--default")
    found = run("sla", "explain", "1", "--json").json
    assert found["site_zone"] == "Asia/Vladivostok"
    due = datetime.fromisoformat(found["clocks"][0]["due"])
    assert due.utcoffset() in {timedelta(hours=1), timedelta(hours=2)}  # Madrid's
    assert "at the site" in run("sla", "explain", "1").out


def test_contractors_see_no_policies_and_no_account(run: Run) -> None:
    run("sla", "set", "Gold", "--target", "resolution 8h")
    run("sla", "bind", "Gold", "--default")
    run("ticket", "assign", "1", "extern")
    assert run("--as", "extern", "sla", "list").code == 4
    assert run("--as", "extern", "sla", "explain", "1").code == 4
    assert run("--as", "extern", "sla", "recompute").code == 4
    assert run("--as", "ivanov", "sla", "set", "Gold", "--warn", "50").code == 4
