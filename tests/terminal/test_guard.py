from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

GUARDED = (sys.executable, "-m", "tests.terminal.guarded")


def console_pid(terminal: Terminal) -> int:
    """The process id that the program under the guard has written on the screen."""
    found = re.search(r"(?:full screen|running) (\d+)\.", terminal.text())
    assert found
    return int(found[1])


@pytest.fixture
def full_screen() -> Iterator[Terminal]:
    """A program under the guard that has taken the whole terminal, after a line on the primary screen."""
    shell = 'printf "the line before\\n"; exec "$@"'
    with Terminal(["/bin/sh", "-c", shell, "sh", *GUARDED, "full-screen"]) as terminal:
        before = terminal.modes()
        terminal.wait_for("full screen")
        assert terminal.on_alternate_screen
        assert terminal.modes() != before
        yield terminal


@pytest.fixture
def plain() -> Iterator[Terminal]:
    """A program under the guard that stands on the primary screen."""
    with Terminal([*GUARDED, "plain"]) as terminal:
        terminal.wait_for("running")
        yield terminal


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_console_killed_without_a_word_leaves_a_sane_terminal(full_screen: Terminal, number: signal.Signals) -> None:
    with Terminal(["/bin/true"]) as untouched:
        untouched.wait()
        sane = untouched.modes()
    os.kill(console_pid(full_screen), number)
    assert full_screen.wait() == 128 + number
    assert full_screen.modes() == sane
    assert not full_screen.on_alternate_screen
    assert not full_screen.private_modes & {1000, 1002, 1003, 1004, 1006, 2004}
    assert 25 in full_screen.private_modes, "the cursor is hidden"
    assert b"\x1b[<u" in full_screen.output, "the keyboard still speaks kitty"
    assert full_screen.screen()[0] == "the line before"
    assert f"was ended by {number.name}; your unsent text is kept" in full_screen.text()


def test_a_killed_program_on_the_primary_screen_moves_no_cursor(plain: Terminal) -> None:
    os.kill(console_pid(plain), signal.SIGKILL)
    assert plain.wait() == 128 + signal.SIGKILL
    assert b"\x1b" not in plain.output
    assert "was ended by SIGKILL" in plain.text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_guard_reaches_the_console(plain: Terminal, number: signal.Signals) -> None:
    plain.kill(number)
    assert plain.wait() == 128 + number
    assert f"leaving by {number.name}" in plain.text()
    assert "was ended" not in plain.text()


def test_a_hang_up_is_passed_on_even_where_it_was_ignored() -> None:
    with Terminal(["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *GUARDED, "plain"]) as terminal:
        terminal.wait_for("running")
        terminal.kill(signal.SIGHUP)
        assert terminal.wait() == 128 + signal.SIGHUP


def test_a_dropped_line_reaches_the_console(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with Terminal([*GUARDED, "note-hang-up", str(trace)]) as terminal:
        terminal.wait_for("running")
        terminal.hang_up()
        terminal.wait_until(lambda _: trace.exists() and trace.read_text() == "SIGHUP\n")


def test_a_console_whose_guard_was_killed_leaves_as_after_a_hang_up(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with Terminal(["/bin/sh", "-c", '"$@"; read line', "sh", *GUARDED, "note-hang-up", str(trace)]) as terminal:
        terminal.wait_for("running")
        guard = next(pid for pid in terminal.descendants() if pid != console_pid(terminal))
        os.kill(guard, signal.SIGKILL)
        terminal.wait_until(lambda _: trace.exists() and trace.read_text() == "SIGHUP\n")


def test_the_exit_code_of_the_console_is_the_exit_code_of_the_command() -> None:
    with Terminal([*GUARDED, "seven"]) as terminal:
        assert terminal.wait() == 7
        assert terminal.output == b""


def test_an_interrupt_is_the_program_s_own_business() -> None:
    with Terminal([*GUARDED, "interrupted"]) as terminal:
        terminal.wait_for("running")
        terminal.press("ctrl+c")
        assert terminal.wait() == 130
        assert "interrupted." in terminal.text()
        assert "was ended" not in terminal.text()


def bring_back(terminal: Terminal) -> None:
    """Say `fg` until the job goes on: about once in a hundred times dash comes back from the first at once."""
    for _again in range(3):
        terminal.send("fg\n")
        with contextlib.suppress(AssertionError):
            terminal.wait_for("going on.", 5)
            return
    raise AssertionError(f"the job does not go on:\n{terminal.text()}")


def test_the_job_stops_and_goes_on_as_a_whole() -> None:
    with Terminal(["/bin/sh", "-i"], env={"PS1": "> ", "ENV": None}) as terminal:
        terminal.send(f"{shlex.join(GUARDED)} plain\n")
        terminal.wait_for("running ")
        terminal.press("ctrl+z")
        terminal.wait_for("Stopped")
        terminal.send("echo back in the $((1+1))nd shell\n")
        terminal.wait_for("back in the 2nd shell")
        bring_back(terminal)
        os.kill(console_pid(terminal), signal.SIGTERM)
        terminal.wait_for("leaving by SIGTERM")
        terminal.send("echo code $?\n")
        terminal.wait_for("code 143")


def test_a_program_that_stops_itself_stops_its_job_too() -> None:
    with Terminal(["/bin/sh", "-i"], env={"PS1": "> ", "ENV": None}) as terminal:
        terminal.send(f"{shlex.join(GUARDED)} plain\n")
        terminal.wait_for("running ")
        os.kill(console_pid(terminal), signal.SIGSTOP)
        terminal.wait_for("Stopped")
        bring_back(terminal)


def test_the_guard_s_process_stays_small(plain: Terminal) -> None:
    with open(f"/proc/{plain.pid}/smaps_rollup", encoding="ascii") as file:
        private = sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    assert private < 12 * 1024, f"{private} KiB"
