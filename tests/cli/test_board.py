"""`deskconsole board`: printed once, set, recorded by a console, replayed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskconsole.board_record import Recorder
from deskconsole.cli.front import Front, console_asked
from tests.cli.conftest import Run
from tests.unit.test_board_record import state

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten to twelve on a Monday in Madrid."""
    file = tmp_path / "day.board"
    recorder = Recorder(file, UTC)
    for minutes in (0, 60, 120):
        recorder.write(state(NOW + timedelta(minutes=minutes), open=minutes))
    recorder.beat(NOW + timedelta(minutes=121), NOW + timedelta(minutes=120), "The database is away.")
    recorder.close()
    return file


def test_the_board_is_printed_once_for_a_screen_reader(run: Run, shop: Path) -> None:
    said = run("board", "--once")
    assert said.code == 0
    assert "Open:              3" in said.out
    assert "Unassigned:        3" in said.out
    assert "no ticket with an SLA completed yet" in said.out
    assert "Иван Иванов" in said.out
    assert "No." in said.out


def test_the_board_is_a_json_document(run: Run, shop: Path) -> None:
    found = run("board", "--json").json
    assert (found["open"], found["unassigned"], found["target"]) == (3, 3, 95.0)
    assert found["on_time_today_percent"] is None
    assert sum(found["arrivals"]) in {3, 0}  # made yesterday when the test runs at midnight
    assert [load["name"] for load in found["loads"]] == ["Иван Иванов", "Подряд"]


def test_the_target_is_set_by_who_may(run: Run, shop: Path) -> None:
    assert run("board", "--target", "97.5").code == 0
    assert run("board", "--json").json["target"] == 97.5
    assert run("--as", "ivanov", "board", "--target", "50").code == 4
    assert run("board", "--target", "101").code == 2
    assert run("board", "--target", "soon").code == 2


def test_a_contractor_is_refused(run: Run, shop: Path) -> None:
    assert run("--as", "extern", "board", "--once").code == 4


def test_what_was_shown_at_a_time_is_printed_without_a_desk(run: Run, recording: Path) -> None:
    found = run("board", "--replay", str(recording), "--at", "10:30", "--json").json
    assert (found["open"], found["age_seconds"], found["trouble"]) == (60, 1800, "")
    assert json.loads(run("board", "--replay", str(recording), "--json").out)["trouble"] == "The database is away."
    said = run("board", "--replay", str(recording), "--once", "--at", "2026-03-02 09:00")
    assert "Open:              0" in said.out
    assert "[VIP] касса" in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--replay", "FILE", "--at", "2026-03-03 23:59", "--once"), 3, "The recording runs from"),
        (("--replay", "FILE", "--at", "soon", "--once"), 2, "is no time of a recording"),
        (("--replay", "nothing.board", "--once"), 2, "can't be read"),
        (("--at", "10:00"), 2, "name it with --replay"),
        (("--record", "x.board", "--once"), 2, "it goes with no other option"),
        (("--target", "90", "--once"), 2, "it goes with no other option"),
        (("--replay", "FILE"), 2, "The console needs a terminal"),
        (("--record", "x.board"), 2, "The console needs a terminal"),
    ],
)
def test_what_cant_be_meant_is_said(
    run: Run, recording: Path, words: tuple[str, ...], code: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(recording.parent)
    said = run("board", *(str(recording) if word == "FILE" else word for word in words))
    assert (said.code, sentence in said.err) == (code, True), said.err
    assert not Path("x.board").exists()


def test_the_board_alone_opens_without_the_command_tree() -> None:
    assert console_asked(["board"]) == (Front(), "board")
    assert console_asked(["--as", "sue", "board"]) == (Front(login="sue"), "board")
    assert console_asked(["board", "--once"]) is None
