"""Small programs under the guard, in the console's place: `python -m tests.terminal.guarded WHAT`."""

from __future__ import annotations

import os
import signal
import sys
import termios
import time
import tty

from deskconsole.guard import run_guarded

FULL_SCREEN = "\x1b[?1049h\x1b[?1003h\x1b[?1006h\x1b[?2004h\x1b[?25l\x1b[>1u\x1b[2J\x1b[H"


def say(text: str) -> None:
    os.write(1, text.encode())  # said from signal handlers too, where a buffered stream may not be entered again


def leave(number: int, _frame: object) -> None:
    say(f"leaving by {signal.Signals(number).name}\r\n")
    os._exit(128 + number)


def full_screen() -> int:
    """Stand as the console does: raw, on the alternate screen, with the mouse reported."""
    tty.setraw(0, termios.TCSANOW)
    say(f"{FULL_SCREEN}full screen {os.getpid()}.")
    return sleep()


def plain() -> int:
    """Stand on the primary screen, and leave in words when told to."""
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, leave)
    signal.signal(signal.SIGCONT, lambda *_: say("going on.\r\n"))
    say(f"running {os.getpid()}.\r\n")
    return sleep()


def note_hang_up() -> int:
    """Stand as the console does when its line drops: the only trace is a file."""

    def note(number: int, _frame: object) -> None:
        with open(sys.argv[2], "a", encoding="utf-8") as file:
            file.write(f"{signal.Signals(number).name}\n")
        os._exit(128 + number)

    signal.signal(signal.SIGHUP, note)
    say(f"running {os.getpid()}.\r\n")
    return sleep()


def sleep() -> int:
    while True:
        time.sleep(60)


def interrupted() -> int:
    try:
        say("running.\r\n")
        return sleep()
    except KeyboardInterrupt:
        say("interrupted.\r\n")
        return 130


PROGRAMS = {
    "full-screen": full_screen,
    "plain": plain,
    "note-hang-up": note_hang_up,
    "interrupted": interrupted,
    "seven": lambda: 7,
}

if __name__ == "__main__":
    sys.exit(run_guarded(PROGRAMS[sys.argv[1]]))
