"""The console on a desk of a million tickets beside a bare Textual app, in one run, each on a terminal of its own.

Start, keys, bytes and memory, seen from outside: through a pseudo-terminal with an emulator. The two take turns, so
that what else the machine does falls on both.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import bare
from benchmarks.measures import LOGIN, Figure, big_desk, high, show
from tests.support.terminal import Terminal

COLUMNS, ROWS = 160, 45
STARTS, MOVES, PAGES = 9, 80, 25
IDLE_SECONDS = 15.0
QUIET = 0.05
"""Seconds without a byte after which what a key did is done; what the preview shows after a rest comes later."""
# Byte code is used as any user's Python uses it, whatever this shell says.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": None, "TEXTUAL_FPS": None}


@dataclass(frozen=True)
class Program:
    """How one of the two is started, and when its rows are there."""

    argv: tuple[str, ...]
    has_rows: Callable[[list[str]], bool]

    def terminal(self) -> Terminal:
        """It on a new terminal."""
        return Terminal(self.argv, COLUMNS, ROWS, env=ENVIRONMENT)


@dataclass
class Starts:
    """Seconds and megabytes of each start."""

    first_frame: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def programs(desk: Path) -> tuple[Program, Program]:
    """The bare app and the console."""
    console = (sys.executable, "-m", "deskconsole", "--desk", str(desk), "--as", LOGIN)
    return (
        Program((sys.executable, "-m", "benchmarks.bare"), lambda rows: any(bare.SIGN in row for row in rows)),
        # The cursor stands on a ticket: its line begins with the sign and has cells behind it.
        Program(console, lambda rows: any(row.startswith("▌") and len(row.split()) > 4 for row in rows)),
    )


def start(program: Program, into: Starts) -> None:
    """Start it once, and weigh it when it has come to rest."""
    with program.terminal() as terminal:
        terminal.wait_for(lambda rows: any(row.strip() for row in rows), 60)
        into.first_frame.append(time.monotonic() - terminal.started_at)
        terminal.wait_for(program.has_rows, 60)
        into.rows.append(time.monotonic() - terminal.started_at)
        settle(terminal)
        into.memory.append(megabytes([terminal.pid, *terminal.descendants()]))


def settle(terminal: Terminal) -> None:
    """Wait until all that the start still does in threads (the views' counts) is done, or 8 seconds."""
    try:
        terminal.wait_until_quiet(1.5, 8)
    except AssertionError:  # countdowns that change every second
        return


def megabytes(pids: Sequence[int]) -> float:
    """Proportional set size of processes together."""
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def press(terminal: Terminal, key: str) -> tuple[float, int]:
    """Milliseconds from a key to the last byte it made the program write, and how many bytes."""
    before, pressed = terminal.bytes_read, time.monotonic()
    terminal.press(key)
    terminal.wait_until(lambda shown: shown.bytes_read > before)
    terminal.wait_until_quiet(QUIET)
    return (terminal.last_output_at - pressed) * 1000, terminal.bytes_read - before


def keys(reference: Terminal, console: Terminal, names: Sequence[str]) -> list[list[tuple[float, int]]]:
    """Each key in both, by turns: (milliseconds, bytes) of the bare app, of the console, of the console at rest."""
    found: list[list[tuple[float, int]]] = [[], [], []]
    for name in names:
        found[0].append(press(reference, name))
        before = console.bytes_read
        found[1].append(press(console, name))
        console.wait_until_quiet(0.4)  # the preview of the ticket the cursor now rests on
        found[2].append((0.0, console.bytes_read - before))
    return found


def start_figures(pair: tuple[Program, Program]) -> list[Figure]:
    """What a start costs."""
    ours, reference = Starts(), Starts()
    for program in pair:
        start(program, Starts())  # fills the system's caches and writes byte code
    for _ in range(STARTS):
        for program, into in zip(pair, (reference, ours), strict=True):
            start(program, into)
    in_ms = [[value * 1000 for value in values] for values in (ours.first_frame, ours.rows, reference.rows)]
    frame, rows, bare_rows = (statistics.median(values) for values in in_ms)
    return [
        Figure("first frame, median", frame, "ms", bare_rows, most_ratio=1.3),
        Figure("  p95", high(in_ms[0]), "ms", high(in_ms[2])),
        Figure("live rows, median", rows, "ms", bare_rows, most_ratio=3),
        Figure("  p95", high(in_ms[1]), "ms", high(in_ms[2])),
        Figure(
            "memory (PSS with the guard), median",
            statistics.median(ours.memory),
            "MB",
            statistics.median(reference.memory),
            most_ratio=3,
        ),
    ]


def key_figures(pair: tuple[Program, Program]) -> list[Figure]:
    """What a key costs, and nobody's touching one."""
    with pair[0].terminal() as reference, pair[1].terminal() as console:
        for terminal, program in zip((reference, console), pair, strict=True):
            terminal.wait_for(program.has_rows, 60)
            settle(terminal)
        moves = keys(reference, console, ["down"] * MOVES)
        reference.press("home")
        pages = keys(reference, console, (["pagedown", "pageup"] * PAGES)[:PAGES])
        forward = [press(console, "pagedown") for _ in range(PAGES)]
        console.press("home")
        console.wait_until_quiet(0.5)
        before = console.bytes_read
        time.sleep(IDLE_SECONDS)
        idle = (console.bytes_read - before) / IDLE_SECONDS
    on_screen = ROWS - 8  # moves before the list scrolls for the first time
    return [
        *latency("cursor move", [key[0] for key in moves[1]], [key[0] for key in moves[0]]),
        *latency("page move", [key[0] for key in pages[1]], [key[0] for key in pages[0]]),
        *latency("page move, on and on", [key[0] for key in forward], [key[0] for key in pages[0]]),
        size("bytes of a cursor move, largest", max(count for _, count in moves[1][:on_screen])),
        size("  mean with scrolling", statistics.mean(count for _, count in moves[1]), None),
        size("  mean with the preview after it", statistics.mean(count for _, count in moves[2]), None),
        Figure("  the bare app's, median", statistics.median(count for _, count in moves[0]), "B"),
        Figure(
            "bytes of a page move, median",
            statistics.median(count for _, count in pages[1]),
            "B",
            statistics.median(count for _, count in pages[0]),
        ),
        Figure("bytes a second, idle with 40 countdowns", idle, "B", most=1000),
    ]


def size(name: str, count: float, most: float | None = 1200) -> Figure:
    """A figure of bytes."""
    return Figure(name, count, "B", most=most)


def latency(name: str, ours: Sequence[float], reference: Sequence[float]) -> list[Figure]:
    """Figures of key to screen."""
    return [
        Figure(f"{name}, p95", high(ours), "ms", high(reference), most_ratio=1.5),
        Figure("  median", statistics.median(ours), "ms", statistics.median(reference)),
    ]


def main() -> int:
    pair = programs(big_desk())
    return 1 if show([*start_figures(pair), *key_figures(pair)]) else 0


if __name__ == "__main__":
    sys.exit(main())
