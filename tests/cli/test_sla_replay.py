"""`deskconsole sla replay`: lines in, lines out, no desk needed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

SCENARIO: dict[str, Any] = {
    "calendar": {"timezone": "Europe/Moscow", "hours": {"mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]]}},
    "sla_minutes": {"first_response": 60, "solution": 240},
    "events": [
        {"at": "2026-03-02T16:00:00+03:00", "event": "created"},
        {"at": "2026-03-02T16:30:00+03:00", "event": "agent_message"},
    ],
    "now": "2026-03-02T17:00:00+03:00",
}
ANSWER: dict[str, Any] = {
    "first_response_due": None,
    "update_due": None,
    "solution_due": "2026-03-03T11:00:00+03:00",
    "next_due": "2026-03-03T11:00:00+03:00",
    "elapsed_minutes": {"first_response": 30, "solution": 60},
    "slack_minutes": {"first_response": 30, "solution": 180},
    "breached": [],
}


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_answered_on_its_own_without_a_desk(run: Run, home: Path) -> None:
    good = json.dumps(SCENARIO)
    said = run("sla", "replay", stdin=f"{good}\nnonsense\n\n[1]\n{'[' * 20_000}\n{good}")
    assert said.code == 0
    first, nonsense, no_object, too_deep, last = lines(said.out)
    assert first == last == ANSWER
    assert nonsense == {"error": "Line 2 is not JSON."}
    assert no_object == {"error": "A scenario is a JSON object."}
    assert too_deep == {"error": "Line 5 is not JSON."}
    assert not (home / "data").exists()


def test_nothing_in_is_nothing_out(run: Run) -> None:
    said = run("sla", "replay")
    assert (said.code, said.out) == (0, "")


def test_a_status_the_desk_does_not_know_is_named_in_the_notes(run: Run) -> None:
    state = {"at": "2026-03-02T16:40:00+03:00", "event": "state", "state": "На складе"}
    known = {**SCENARIO, "events": [*SCENARIO["events"], state]}
    said = run("sla", "replay", stdin=json.dumps(known, ensure_ascii=False))
    assert lines(said.out) == [{**ANSWER, "notes": ['The desk knows no status "на_складе"; all clocks run in it.']}]


def test_a_broken_letter_is_an_error_of_its_line_only(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deskconsole.cli import main

    raw = b'{"calendar": "\xff"}\n' + json.dumps(SCENARIO).encode() + b"\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw), "ascii"))
    assert main(["sla", "replay"]) == 0
    broken, good = lines(capsys.readouterr().out)
    assert broken == {"error": "Line 1 is not JSON."}
    assert good == ANSWER


def test_a_desk_that_is_named_lends_its_own_table(run: Run, shop: Path) -> None:
    supplier = {"at": "2026-03-02T16:45:00+03:00", "event": "state", "state": "Waiting supplier"}
    scenario = json.dumps({**SCENARIO, "events": [*SCENARIO["events"], supplier]})
    assert run("sla", "clocks", "waiting_supplier", "--stand", "resolution").code == 0
    (without,) = lines(run("sla", "replay", stdin=scenario).out)
    (with_desk,) = lines(run("--desk", str(shop), "sla", "replay", stdin=scenario).out)
    assert (without["next_due"], without["elapsed_minutes"]["solution"]) == (ANSWER["next_due"], 60)
    assert (with_desk["next_due"], with_desk["elapsed_minutes"]["solution"]) == (None, 45)
