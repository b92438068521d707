"""A real pseudo-terminal with an emulator: what a person would see, and every byte sent."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

# A session leader that opens a terminal gets it as its controlling one. It outlives the program, as a login
# shell does: at the leader's end the kernel throws away what nobody has read yet. It tells the program's
# process id and exit code on its output, and ends when its input does.
LEADER = (
    'tty=$1; shift; exec 3>&1 4<&0 <>"$tty" >&0 2>&1; trap : INT QUIT; '
    'sh -c \'echo $$ >&3; exec 3>&- 4<&- "$@"\' sh "$@"; echo $? >&3; read nothing <&4'
)

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    **{f"f{n}": f"\x1bO{letter}" for n, letter in zip(range(1, 5), "PQRS", strict=True)},
    **{f"f{n}": f"\x1b[{code}~" for n, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)},
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}

# CSI sequences with the prefixes < = > (kitty keyboard, xterm's key modifiers), which the emulator would
# print.
UNKNOWN_TO_EMULATOR = re.compile(r"\x1b\[[<=>][0-9;:]*[@-~]")
UNFINISHED_SEQUENCE = re.compile(r"\x1b(\[[0-9;:<=>?]*)?$")

ALTERNATE_SCREEN = 1049


class Emulator(pyte.Screen):
    """pyte's screen with what it lacks: the alternate screen, and a list of the private modes set."""

    def __init__(self, columns: int, rows: int) -> None:
        self.private_modes: set[int] = set()
        self._primary: tuple[Any, Any] | None = None
        super().__init__(columns, rows)

    @property
    def on_alternate_screen(self) -> bool:
        """Whether the program has gone to the alternate screen and not come back."""
        return ALTERNATE_SCREEN in self.private_modes

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        """Remember private modes; going to the alternate screen keeps the primary one."""
        if kwargs.get("private"):
            if ALTERNATE_SCREEN in modes and not self.on_alternate_screen:
                self._primary = (deepcopy(self.buffer), deepcopy(self.cursor))
                self.erase_in_display(2)
            self.private_modes.update(modes)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        """Forget private modes; coming back from the alternate screen shows the primary one as it was."""
        if kwargs.get("private"):
            if ALTERNATE_SCREEN in modes and self._primary is not None:
                self.buffer, self.cursor = self._primary
                self._primary = None
                self.dirty.update(range(self.lines))
            self.private_modes.difference_update(modes)
        super().reset_mode(*modes, **kwargs)


class Terminal:
    """A program on a pseudo-terminal of `columns` x `rows`; a thread reads all it writes into an emulator.

    `env` is laid over this process's environment; a value of None takes a variable out.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str | None] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        self._changed = threading.Condition()
        self._emulator = Emulator(columns, rows)
        self._stream = pyte.Stream(self._emulator)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held_back = ""
        self._output = bytearray()
        self._last_output_at = time.monotonic()
        self._ended = False
        self._master, slave = os.openpty()
        _set_size(slave, columns, rows)
        merged = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", LEADER, "sh", os.ttyname(slave), *(os.fspath(word) for word in argv)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={name: value for name, value in merged.items() if value is not None},
            cwd=cwd,
            start_new_session=True,
        )
        # Ours stays open too, or the reader would meet an end of file before the program has opened its own.
        self._slave = slave
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._leader_input, self._leader_says = self._process.stdin, self._process.stdout
        self._pid = int(self._leader_says.readline())
        self._code: int | None = None
        self._stop_reading, self._reading = os.pipe()
        self._reader = threading.Thread(target=self._read, name="terminal-reader", daemon=True)
        self._reader.start()

    # --- what the program did

    @property
    def pid(self) -> int:
        """The process started: of `deskconsole` the guard; `descendants()` has the console."""
        return self._pid

    @property
    def bytes_read(self) -> int:
        """How many bytes the program has written so far."""
        with self._changed:
            return len(self._output)

    @property
    def output(self) -> bytes:
        """Every byte the program has written so far."""
        with self._changed:
            return bytes(self._output)

    @property
    def last_output_at(self) -> float:
        """When the last bytes came, by `time.monotonic()`."""
        with self._changed:
            return self._last_output_at

    @property
    def on_alternate_screen(self) -> bool:
        """Whether the alternate screen is shown."""
        with self._changed:
            return self._emulator.on_alternate_screen

    @property
    def private_modes(self) -> frozenset[int]:
        """The DEC private modes that are set now, by number: 1003 reports the mouse, 2004 brackets pastes."""
        with self._changed:
            return frozenset(self._emulator.private_modes)

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's column and row, from 0."""
        with self._changed:
            return self._emulator.cursor.x, self._emulator.cursor.y

    def screen(self) -> list[str]:
        """The rows of the screen as text, without trailing blanks."""
        with self._changed:
            return self._rows()

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.screen())

    def modes(self) -> list[Any]:
        """The line settings, as `termios.tcgetattr` gives them; also after the program's end."""
        return termios.tcgetattr(self._master)

    def descendants(self) -> list[int]:
        """Every live process under the one that was started, parents first."""
        return self._below(self._pid)

    @staticmethod
    def _below(ancestor: int) -> list[int]:
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                # The name between the brackets may hold anything; state and parent follow it.
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue  # ended while we looked
            if state != "Z":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
        found, left = [], [ancestor]
        while left:
            below = sorted(children.get(left.pop(0), []))
            found += below
            left += below
        return found

    # --- what the person does

    def send(self, keys: str) -> None:
        """Type `keys` as they are: text, control characters, escape sequences."""
        data = keys.encode()
        while data:
            data = data[os.write(self._master, data) :]

    def press(self, *names: str) -> None:
        """Press keys by name (`enter`, `down`, `f5`, `ctrl+c`) or a single character, one after the other."""
        self.send("".join(KEYS.get(name, name) for name in names))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        with self._changed:
            self._emulator.resize(rows, columns)
        _set_size(self._master, columns, rows)

    def wait_for(self, condition: str | Callable[[list[str]], bool], timeout: float = 10.0) -> float:
        """Wait until a text stands on the screen, or a predicate over its rows is true.

        Returns the seconds it took. Raises AssertionError with the screen when it is not so in `timeout`
        seconds, or when the program has ended and it will never be.
        """
        start = time.monotonic()
        with self._changed:

            def met() -> bool:
                rows = self._rows()
                return condition in "\n".join(rows) if isinstance(condition, str) else condition(rows)

            self._changed.wait_for(lambda: met() or self._ended, timeout)
            if not met():
                why = "the program ended" if self._ended else f"{timeout} s passed"
                raise AssertionError(f"{condition!r} is not on the screen and {why}:\n" + "\n".join(self._rows()))
        return time.monotonic() - start

    def wait_until(self, condition: Callable[[Terminal], bool], timeout: float = 10.0) -> None:
        """Wait until a predicate over this terminal is true, asked at each output and every 10 ms."""
        deadline = time.monotonic() + timeout
        while not condition(self):
            with self._changed:
                if time.monotonic() >= deadline:
                    raise AssertionError(f"{timeout} s passed; the screen:\n" + "\n".join(self._rows()))
                self._changed.wait(0.01)

    def wait_until_quiet(self, seconds: float = 0.3, timeout: float = 10.0) -> None:
        """Wait until the program has written nothing for `seconds`."""
        self.wait_until(lambda terminal: time.monotonic() - terminal.last_output_at >= seconds, timeout)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the process that was started, and to it alone."""
        os.kill(self._pid, number)

    def hang_up(self) -> None:
        """Drop the line, as a lost SSH connection does; nothing more can be read or sent."""
        if self._master < 0:
            return
        os.close(self._reading)
        self._reader.join()
        for descriptor in (self._slave, self._master, self._stop_reading):
            os.close(descriptor)
        self._master = -1

    def wait(self, timeout: float = 10.0) -> int:
        """Wait for the end of program and output; return the exit code, 128 + n when signal n ended it.

        Raises AssertionError after `timeout` seconds, or when the line was dropped before the program's end.
        """
        self._reader.join(timeout)
        if self._code is None:
            raise AssertionError(f"the program has not ended; the screen:\n{self.text()}")
        return self._code

    def close(self) -> None:
        """End the program, with everything it started, and let go of the terminal."""
        for pid in (*self._below(self._process.pid), self._process.pid):
            _kill(pid)
        self._process.wait(10)
        self.hang_up()
        self._leader_input.close()
        self._leader_says.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the thread that reads

    def _read(self) -> None:
        """Feed the emulator until the program has ended and all it wrote is read, or until we hang up."""
        watched: list[Any] = [self._master, self._stop_reading, self._leader_says]
        while True:
            ready = select.select(watched, [], [], None if self._code is None else 0)[0]
            if self._stop_reading in ready:
                break
            if self._master in ready:
                try:
                    self._take(os.read(self._master, 65536))
                except OSError:  # EIO: everybody who had the terminal open has closed it
                    break
            elif self._leader_says in ready:
                self._code = int(self._leader_says.readline() or 128 + signal.SIGKILL)
                watched.remove(self._leader_says)
            else:
                break
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, data: bytes) -> None:
        with self._changed:
            self._output += data
            self._last_output_at = time.monotonic()
            text = self._held_back + self._decoder.decode(data)
            unfinished = UNFINISHED_SEQUENCE.search(text)
            end = unfinished.start() if unfinished else len(text)
            self._held_back = text[end:]
            self._stream.feed(UNKNOWN_TO_EMULATOR.sub("", text[:end]))
            self._changed.notify_all()

    def _rows(self) -> list[str]:
        return [row.rstrip() for row in self._emulator.display]


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
