"""The terminal's guard: a small parent that puts the terminal back however the program under it ends.

`kill -9`, the kernel's out-of-memory killer and a crash in C give a program no last word, and leave the
terminal raw, on the alternate screen and reporting the mouse. So the program runs as the child of a process
that has imported nothing heavy (about 9 MB) and does nothing but wait for signals. The fork comes before the
heavy imports: no second interpreter is started.

Who tells whom:

- SIGHUP and SIGTERM at the guard are passed on, even where they were ignored when the guard began. A hang-up
  of the terminal reaches both processes from the kernel too, so the program may see SIGHUP twice.
- SIGINT and SIGQUIT are the program's: the terminal sends them to both, and the guard ignores them.
- When the program stops (Ctrl-Z), the whole job stops as the terminal itself would have stopped it; `fg`
  continues all.
- When the guard dies without a word (`kill -9`), the program sends itself SIGHUP and leaves as after a
  hang-up. It notices by a pipe whose other end only the guard holds: that needs neither Linux
  (PR_SET_PDEATHSIG) nor ctypes, and costs one sleeping thread.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable

STDIN, STDOUT, STDERR = 0, 1, 2

# Out of what a full-screen program may have asked of the terminal: mouse reports in every coding, focus
# reports, bracketed paste, in-band resize, synchronised output, kitty keys, no line wrap, a hidden cursor,
# a colour.
RESTORE_MODES = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?2026l\x1b[<u\x1b[?7h\x1b[?25h\x1b[0m"
)
LEAVE_ALTERNATE_SCREEN = b"\x1b[?1049l"

PASSED_ON = (signal.SIGHUP, signal.SIGTERM)
IGNORED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
WAITED_FOR = (signal.SIGCHLD, signal.SIGCONT, *PASSED_ON)


def run_guarded(program: Callable[[], int]) -> int:
    """Run `program` in a child process; return its exit code, or 128 + n when signal n ended it.

    Returns in the guard only; the child ends when `program` has.
    """
    attributes = termios.tcgetattr(STDIN)
    guard_lives, guard_end = os.pipe()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR + IGNORED)
    child = os.fork()
    if child == 0:
        os.close(guard_end)
        _hang_up_with_guard(guard_lives)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _end_with(program)
    os.close(guard_lives)
    status = _wait(child)
    _restore(attributes)
    if not os.WIFSIGNALED(status):
        return os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if number != signal.SIGINT:
        _say(f"deskconsole was ended by {_name(number)}; your unsent text is kept and is offered at the next start.")
    return 128 + number


def _end_with(program: Callable[[], int]) -> None:
    """In the child: run the program and end at once, whatever threads are left.

    A hung-up terminal leaves Textual's input thread reading an end that never ends, at 100 % CPU; an ordinary
    exit would wait for it for ever.
    """
    code = 1
    try:
        code = program()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _hang_up_with_guard(guard_lives: int) -> None:
    """In the child: send this process SIGHUP once the guard is gone; leaves all signals blocked."""
    import threading

    def wait() -> None:
        os.read(guard_lives, 1)
        os.kill(os.getpid(), signal.SIGHUP)

    # Signals must not come to this thread: they would not wake the main one, which alone runs their handlers.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Thread(target=wait, name="guard-lives", daemon=True).start()


def _wait(child: int) -> int:
    """Serve signals until `child` has ended; return its wait status.

    The signals stay blocked and are taken one by one: a handler could run between a look at the child and
    the wait for it, and its signal would then be passed on only after the child's end.
    """
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    for number in WAITED_FOR:
        signal.signal(number, _taken_by_sigwait)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, IGNORED)
    stopped = False
    while True:
        received = signal.sigwait(WAITED_FOR)
        if received in PASSED_ON:
            os.kill(child, received)
            continue
        while True:
            found, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            if not found:
                break
            if os.WIFCONTINUED(status):
                stopped = False
            elif os.WIFSTOPPED(status):
                stopped = True
                _stop_job()
            else:
                return status
        if received == signal.SIGCONT and stopped:
            os.kill(child, signal.SIGCONT)


def _taken_by_sigwait(number: int, _frame: object) -> None:
    """Never runs: with a handler set, no system throws the blocked signal away before `sigwait` takes it."""


def _stop_job() -> None:
    """Stop this process group as Ctrl-Z does, so that the shell and a `make` in between see a stopped job.

    In a session without job control the kernel drops the signal, and the guard goes on waiting.
    """
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.killpg(os.getpgrp(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)


def _restore(attributes: list[int | list[bytes | int]]) -> None:
    """Put the terminal back as it was before the program, if the program did not do so itself.

    The alternate screen is left only when the line settings were changed: leaving it where it was never
    entered moves the cursor. A job in the background leaves the terminal to the shell.
    """
    try:
        if os.tcgetpgrp(STDIN) != os.getpgrp() or termios.tcgetattr(STDIN) == attributes:
            return
        os.write(STDOUT, LEAVE_ALTERNATE_SCREEN + RESTORE_MODES)
        termios.tcsetattr(STDIN, termios.TCSANOW, attributes)
        # Reports of the mouse that nobody has read would be typed into the shell.
        termios.tcflush(STDIN, termios.TCIFLUSH)
    except (OSError, termios.error):
        pass  # the terminal itself is gone: nothing is left to put back


def _say(sentence: str) -> None:
    """Write a plain sentence; the catalogues are too heavy for the guard."""
    with contextlib.suppress(OSError):  # the terminal may be gone, and with it the reader
        os.write(STDERR, f"\r\n{sentence}\r\n".encode())


def _name(number: int) -> str:
    """Call a signal by name, as `kill` does: `SIGKILL`; real-time signals have numbers only."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
