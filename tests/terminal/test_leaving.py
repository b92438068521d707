"""Leaving by a signal, by a lost line or by a crash: the text is kept, the exit code tells, the terminal is sane."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminal import Terminal


@pytest.fixture
def argv(tmp_path: Path) -> list[str]:
    return [sys.executable, "-m", "tests.terminal.typist", str(tmp_path)]


@pytest.fixture
def typist(argv: list[str]) -> Iterator[Terminal]:
    with Terminal(argv, 80, 24) as terminal:
        terminal.wait_for("the desk is open", 30)
        yield terminal


def kept(folder: Path) -> list[str]:
    return [json.loads(path.read_text())["fields"]["text"] for path in (folder / "drafts").glob("*.json")]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_saves_what_was_typed_the_moment_before(
    typist: Terminal, tmp_path: Path, number: int, code: int
) -> None:
    typist.press("m")
    typist.wait_for("Note")
    typist.send("on the way")
    typist.wait_for("on the way")
    typist.kill(number)
    assert typist.wait() == code
    assert kept(tmp_path) == ["on the way"]
    assert not typist.on_alternate_screen


def test_a_hang_up_is_heard_where_it_was_ignored(argv: list[str], tmp_path: Path) -> None:
    with Terminal([*argv, "hung-up-ignored"], 80, 24) as terminal:
        terminal.wait_for("the desk is open", 30)
        terminal.kill(signal.SIGHUP)
        assert terminal.wait() == 129


def test_a_stuck_console_still_saves_and_ends(typist: Terminal, tmp_path: Path) -> None:
    typist.press("p")
    typist.wait_until(lambda _terminal: bool(kept(tmp_path)))
    typist.kill(signal.SIGTERM)
    assert typist.wait() == 143
    assert kept(tmp_path) == ["stuck"]


def test_a_crash_is_two_sentences_on_a_restored_terminal(typist: Terminal, tmp_path: Path) -> None:
    typist.press("s")
    assert typist.wait() == 1
    assert not typist.on_alternate_screen
    shown = typist.text()
    assert "deskconsole has failed" in shown
    assert "Traceback" not in shown
    assert "s3cr3t" not in typist.output.decode()
    (report,) = (tmp_path / "log").iterdir()
    assert report.name in shown.replace("\n", "")
    assert "s3cr3t" not in report.read_text()


def test_quitting_ends_with_zero_and_keeps_the_text(typist: Terminal, tmp_path: Path) -> None:
    typist.press("m")
    typist.wait_for("Note")
    typist.send("later")
    typist.wait_for("later")
    typist.press("escape")
    typist.wait_for(lambda rows: not any("Send" in row for row in rows))
    typist.press("ctrl+q")
    assert typist.wait() == 0
    assert kept(tmp_path) == ["later"]


def test_an_idle_console_sends_nothing(typist: Terminal) -> None:
    typist.wait_until_quiet()
    before = typist.bytes_read
    typist.wait_until_quiet(1.5)
    assert typist.bytes_read == before
