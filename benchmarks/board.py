"""The live board on a wall: bytes and CPU at rest beside the queue's, and how long reading a desk of a million takes.

    python -m benchmarks.board                    what `make bench` runs
    python -m benchmarks.board --minutes 60       on a desk that changes every second: memory, bytes and CPU over time

Both are seen from outside, through a pseudo-terminal; CPU and memory are those of the guard and the console together.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.console_speed import ENVIRONMENT
from benchmarks.measures import LOGIN, Figure, big_desk, show
from deskconsole.data.queries import board as queries
from deskconsole.desk import opening, tickets
from deskconsole.desk.desk import Desk
from deskconsole.domain.terms import Priority
from tests.support.terminal import Terminal

SIZES = ((80, 24), (160, 45), (240, 70))
REST_SECONDS = 60.0
MOST_BYTES, MOST_PERCENT = 2000, 3
READINGS = 7
TICK = os.sysconf("SC_CLK_TCK")
WARM_UP = 300.0
"""Seconds after which memory is what it stays: by then the caches of painted lines and of queries are full."""


def cpu_seconds(terminal: Terminal) -> float:
    """What the program and all it started have used of the processor so far."""
    total = 0
    for pid in (terminal.pid, *terminal.descendants()):
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def own_megabytes(terminal: Terminal) -> float:
    """Memory of the program and all it started that is no file's: what is shared with others does not count."""
    total = 0
    for pid in (terminal.pid, *terminal.descendants()):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        total += sum(int(line.split()[1]) for line in rollup if line.startswith("Anonymous:"))
    return total / 1024


def console(desk: Path, size: tuple[int, int], *words: str) -> Terminal:
    """A console on a terminal of that size."""
    argv = (sys.executable, "-m", "deskconsole", "--desk", str(desk), "--as", LOGIN, *words)
    return Terminal(argv, *size, env=ENVIRONMENT)


def has_rows(rows: list[str]) -> bool:
    """Whether the queue's list stands there."""
    return any(row.startswith("▌") and len(row.split()) > 4 for row in rows)


def at_rest(
    desk: Path, size: tuple[int, int], words: Sequence[str], is_there: Callable[[list[str]], bool] | str
) -> list[float]:
    """Bytes a second, and percent of a core, of a console that nobody touches."""
    with console(desk, size, *words) as terminal:
        terminal.wait_for(is_there, 120)
        time.sleep(10)  # what the start still does
        before, used, began = terminal.bytes_read, cpu_seconds(terminal), time.monotonic()
        time.sleep(REST_SECONDS)
        passed = time.monotonic() - began
        return [(terminal.bytes_read - before) / passed, (cpu_seconds(terminal) - used) / passed * 100]


def rest_figures(desk: Path) -> list[Figure]:
    """Board and queue at rest, at every size."""
    figures = []
    for size in SIZES:
        sent, busy = at_rest(desk, size, ["board"], "data of")
        queue_sent, queue_busy = at_rest(desk, size, [], has_rows)
        name = f"{size[0]}x{size[1]} at rest, beside the queue"
        figures += [
            Figure(f"{name}: bytes a second", sent, "B", queue_sent, most=MOST_BYTES),
            Figure("  processor", busy, "%", queue_busy, most=MOST_PERCENT),
        ]
    return figures


def reading_figures(location: Path) -> list[Figure]:
    """Milliseconds of one reading, and of the part that is read every ten minutes only."""
    desk = opening.open_desk(str(location), login=LOGIN)
    try:
        now = datetime.now(UTC)
        took: list[list[float]] = [[], []]
        for _ in range(READINGS):
            began = time.perf_counter()
            earlier = desk.read(queries.earlier_this_week, now, desk.zone)
            between = time.perf_counter()
            desk.read(queries.board, now, desk.zone, earlier)
            for into, seconds in zip(took, (between - began, time.perf_counter() - between), strict=True):
                into.append(seconds * 1000)
    finally:
        desk.close()
    return [
        Figure("reading the board of the desk, best", min(took[1]), "ms"),
        Figure("  the days of the week before today, best", min(took[0]), "ms"),
    ]


# --- endurance ---------------------------------------------------------------------------------------------


def change(desk: Desk, stop: threading.Event) -> None:
    """Let calls come, be answered, put off and ended, one act a second."""
    number = 0
    while not stop.wait(1.0):
        number += 1
        made = tickets.register(desk, tickets.Registration(f"Endurance {number}", priority=Priority(number % 4 + 1)))
        if number % 2:
            tickets.reply(desk, made, "We are on the way.")
        if number % 3:
            tickets.set_status(desk, [made], "cancelled", reason="endurance")


def endure(minutes: int) -> int:
    """Run the board on a changing desk, with a recording; ten lines on the way."""
    with tempfile.TemporaryDirectory() as folder:
        location = Path(folder) / "desk.db"
        words = [sys.executable, "-m", "deskconsole", "--desk", str(location), "demo", "--tickets", "9000", "--no-open"]
        subprocess.run(words, check=True, capture_output=True)
        desk, stop = opening.open_desk(str(location), login=LOGIN), threading.Event()
        writer = threading.Thread(target=change, args=(desk, stop))
        recording = Path(folder) / "board"
        try:
            with console(location, (160, 45), "board", "--record", str(recording)) as terminal:
                terminal.wait_for("data of", 120)
                writer.start()
                return _watch(terminal, minutes, recording)
        finally:
            stop.set()
            writer.join()
            desk.close()


def _watch(terminal: Terminal, minutes: int, recording: Path) -> int:
    time.sleep(WARM_UP)
    first, sent, used, began = own_megabytes(terminal), terminal.bytes_read, cpu_seconds(terminal), time.monotonic()
    end = began + 60 * minutes
    while time.monotonic() < end:
        time.sleep(max(0.0, min(6 * minutes, end - time.monotonic())))
        print(f"after {(time.monotonic() - began) / 60:4.0f} min: {own_megabytes(terminal):6.1f} MB", flush=True)
    passed = time.monotonic() - began
    figures = [
        Figure(
            f"memory after {minutes} min, beside before",
            own_megabytes(terminal),
            "MB",
            first,
            most_ratio=1.1,
        ),
        Figure("bytes a second on the changing desk", (terminal.bytes_read - sent) / passed, "B"),
        Figure("  processor", (cpu_seconds(terminal) - used) / passed * 100, "%"),
        Figure("  recorded in an hour", recording.stat().st_size / passed * 3600 / 2**20, "MB"),
    ]
    return 1 if show(figures) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=int, help="run the board so long on a changing desk")
    asked = parser.parse_args()
    if asked.minutes:
        return endure(asked.minutes)
    desk = big_desk()
    return 1 if show([*rest_figures(desk), *reading_figures(desk)]) else 0


if __name__ == "__main__":
    sys.exit(main())
