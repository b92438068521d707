from __future__ import annotations

import os
import select
import sys

import pytest

from tests.support.terminal import Terminal


def test_what_is_typed_is_echoed_and_counted() -> None:
    with Terminal(["/bin/cat"], columns=40, rows=5) as terminal:
        terminal.send("Ромашка\n")
        terminal.wait_for(lambda rows: rows[:2] == ["Ромашка", "Ромашка"])
        assert terminal.bytes_read == len(terminal.output) == 2 * len("Ромашка\r\n".encode())


def test_a_text_that_never_comes_is_an_error_with_the_screen() -> None:
    with (
        Terminal(["/bin/echo", "all there is"]) as terminal,
        pytest.raises(AssertionError, match="all there is"),
    ):
        terminal.wait_for("something else")


def test_the_alternate_screen_hides_the_primary_one_and_gives_it_back() -> None:
    with Terminal(["/bin/sh", "-c", r'printf "first\n\033[?1049hsecond"; read x; printf "\033[?1049l"']) as terminal:
        terminal.wait_for("second")
        assert terminal.on_alternate_screen
        assert "first" not in terminal.text()
        terminal.press("enter")
        assert terminal.wait() == 0
        assert not terminal.on_alternate_screen
        assert terminal.screen()[0] == "first"


def test_sequences_the_emulator_does_not_know_are_not_printed() -> None:
    with Terminal(["/usr/bin/printf", r"\033[>25ua\033[<ub\033[>4;2mc\033[?2026$pd"]) as terminal:
        terminal.wait()
        assert terminal.screen()[0] == "abcd"


def test_a_program_sees_the_size_and_its_change() -> None:
    program = (
        "import os, signal\n"
        "def show(*_):\n"
        "    print(*os.get_terminal_size(), flush=True)\n"
        "signal.signal(signal.SIGWINCH, show)\n"
        "show()\n"
        "while True:\n"
        "    signal.pause()\n"
    )
    with Terminal([sys.executable, "-c", program], columns=100, rows=30) as terminal:
        terminal.wait_for("100 30")
        terminal.resize(80, 24)
        terminal.wait_for("80 24")


def test_closing_ends_all_that_was_started() -> None:
    with Terminal(["/bin/sh", "-c", 'trap "" HUP TERM; sleep 600 & echo up; wait']) as terminal:
        terminal.wait_for("up")
        (started,) = terminal.descendants()
        end = os.pidfd_open(started)
    ended = select.select([end], [], [], 10)[0]
    os.close(end)
    assert ended
