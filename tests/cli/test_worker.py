from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deskconsole.desk import opening, sla
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import SlaClock
from tests.cli.conftest import Run

LATER = "2090-01-01T00:00:00+00:00"
JOBS = ["recompute", "bookings", "recurring", "thresholds", "unread", "silence", "changes", "presence", "drafts"]


@pytest.fixture
def late(shop: Path) -> Path:
    """The small desk, where every ticket is to be answered within an hour."""
    desk = opening.open_desk(str(shop), login="ann")
    sla.put_policy(desk, "All", targets=(Target(SlaClock.RESOLUTION, 60),))
    sla.bind(desk, "All", Level.DEFAULT)
    desk.close()
    return shop


def test_one_pass_is_reported_as_json(run: Run, late: Path) -> None:
    said = run("worker", "--once", "--now", LATER)
    assert said.code == 0
    assert [job["name"] for job in said.json["jobs"]] == JOBS
    assert [job["error"] for job in said.json["jobs"]] == [None] * len(JOBS)
    assert said.json["jobs"][0]["done"] == {"tickets": 3, "moved": 3}
    assert said.json["now"] == "2090-01-01T01:00:00+01:00"


def test_the_first_pass_of_the_rules_raises_nothing_and_the_next_what_is_due(run: Run, late: Path) -> None:
    run("worker", "--once")
    said = run("worker", "--once", "--now", LATER)
    thresholds = said.json["jobs"][3]["done"]
    assert thresholds == {"clocks": 3, "alerts": 12, "breaches": 3}
    assert run("worker", "--once", "--now", LATER).json["jobs"][3]["done"] == {"clocks": 0, "alerts": 0, "breaches": 0}


def test_a_clock_that_went_back_is_said(run: Run, late: Path) -> None:
    run("worker", "--once", "--now", LATER)
    assert "went back" in run("worker", "--once").json["warnings"][0]


def test_a_time_without_an_offset_is_the_persons_own(run: Run, shop: Path) -> None:
    assert run("worker", "--once", "--now", "2090-07-01T12:00").json["now"] == "2090-07-01T12:00:00+02:00"


@pytest.mark.parametrize("now", ["soon", "2026-02-30", "0001-01-01", ""])
def test_what_is_no_instant_is_refused(run: Run, shop: Path, now: str) -> None:
    assert run("worker", "--once", "--now", now).code == 2


def test_a_worker_that_stays_goes_by_the_clock(run: Run, shop: Path) -> None:
    said = run("worker", "--now", LATER)
    assert (said.code, said.out) == (2, "")


def test_a_desk_that_is_not_there_ends_the_worker(run: Run, home: Path) -> None:
    assert run("worker").code == 6
    assert run("worker", "--once").code == 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_cleanly_on_a_signal(run: Run, late: Path, home: Path, number: signal.Signals) -> None:
    run("worker", "--once")
    words = [sys.executable, "-m", "deskconsole", "--desk", str(late), "worker", "--every", "1", "--json"]
    environment = {**os.environ, "DESKCONSOLE_HOME": str(home), "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=Path(__file__).parents[2]
    ) as worker:
        assert worker.stderr is not None
        assert "SIGTERM" in worker.stderr.readline()
        worker.send_signal(number)
        out, rest = worker.communicate(timeout=30)
    assert (worker.returncode, rest) == (0, "")
    for line in out.splitlines():
        assert json.loads(line)["jobs"]


# --- alerts ----------------------------------------------------------------------------------------------------


@pytest.fixture
def breached(run: Run, late: Path) -> Path:
    """The small desk with three breaches."""
    run("worker", "--once")
    run("worker", "--once", "--now", LATER)
    return late


def test_alerts_are_listed_acknowledged_and_stay_in_the_history(run: Run, breached: Path) -> None:
    rows = run("alert", "list", "--json").json
    assert sorted(row["percent"] for row in rows) == [100, 100, 100]
    number = str(rows[0]["id"])
    said = run("alert", "ack", number)
    assert (said.code, said.out, said.err) == (0, f"{number}\n", "1 alert acknowledged.\n")
    assert run("alert", "ack", number).out == ""
    assert len(run("alert", "list", "--json").json) == 2
    [row] = [row for row in run("alert", "list", "--all", "--json").json if str(row["id"]) == number]
    assert (row["state"], row["acknowledged_by"]) == ("acknowledged", "Анна")
    assert "acknowledged by Анна" in run("alert", "list", "--all").out


def test_a_muted_alert_is_listed_with_who_muted_it(run: Run, breached: Path) -> None:
    number = str(run("alert", "list", "--json").json[0]["id"])
    assert run("alert", "mute", number, "--for", "2h").code == 0
    assert len(run("alert", "list", "--json").json) == 2
    assert "muted by Анна" in run("alert", "list", "--all").out


def test_an_alert_that_is_not_there_is_said(run: Run, shop: Path) -> None:
    said = run("alert", "ack", "99")
    assert (said.code, said.err) == (3, "There is no alert 99.\n")


def test_no_alerts_are_no_table(run: Run, shop: Path) -> None:
    said = run("alert", "list")
    assert (said.out, said.err) == ("", "No alerts.\n")
    assert run("alert", "list", "--json").json == []


def test_rules_are_set_and_shown(run: Run, shop: Path) -> None:
    said = run(
        "alert", "rules", "--quiet", "22:00-07:00", "--duty", "ivanov", "--unread-every", "10", "--unread-after", "2"
    )
    assert said.code == 0
    assert "22:00-07:00 Europe/Madrid" in said.out
    said = run("alert", "rules", "--wait", "8h", "--text", "Are you there?", "--then", "close", "--json")
    assert said.json["duty"] == "ivanov"
    assert said.json["unread"]["every_minutes"] == 10
    assert said.json["client_wait"] == {"term_minutes": 480, "text": "Are you there?", "reminders": 1, "then": "close"}
    run("alert", "rules", "--quiet", "none", "--unread", "off", "--wait", "none")
    shown = run("alert", "rules", "--json").json
    assert (shown["quiet"], shown["duty"], shown["unread"]["is_on"], shown["client_wait"]) == (None, None, False, None)


@pytest.mark.parametrize(
    "words",
    [
        ("--quiet", "25:00-07:00"),
        ("--quiet", "22:00-07:00", "--zone", "Mars/Base"),
        ("--duty", "ivanov"),
        ("--unread-every", "0"),
        ("--unread", "maybe"),
        ("--wait", "2h"),
        ("--wait", "2h", "--text", "Hello?", "--then", "burn"),
        ("--wait", "0", "--text", "Hello?"),
    ],
)
def test_rules_that_cant_be_meant_are_refused(run: Run, shop: Path, words: tuple[str, ...]) -> None:
    before = run("alert", "rules", "--json").out
    assert run("alert", "rules", *words).code == 2
    assert run("alert", "rules", "--json").out == before


def test_an_engineer_may_look_at_the_rules_and_not_set_them(run: Run, shop: Path) -> None:
    assert run("--as", "ivanov", "alert", "rules").code == 0
    assert run("--as", "ivanov", "alert", "rules", "--unread", "off").code == 4


def test_a_contractor_sees_the_own_tickets_alerts_only(run: Run, breached: Path) -> None:
    assert run("--as", "extern", "alert", "list", "--json").json == []
    number = str(run("alert", "list", "--json").json[0]["id"])
    assert run("--as", "extern", "alert", "ack", number).code == 3
