"""How long plain commands take on a desk of a million tickets, beside a Python that does nothing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.measures import LOGIN, Figure, big_desk, high, show

ROUNDS = 9


def milliseconds(argv: Sequence[str]) -> float:
    """One run of a command, from its start to its end."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return (time.perf_counter() - began) * 1000


def main() -> int:
    desk = ("--desk", str(big_desk()), "--as", LOGIN)
    commands = {
        "--version": ("--version",),
        "--help": ("--help",),
        "ticket list --limit 1": (*desk, "ticket", "list", "--limit", "1"),
        "ticket list status:open": (*desk, "ticket", "list", "status:open"),
    }
    times: dict[str, list[float]] = {name: [] for name in ("python", *commands)}
    for number in range(ROUNDS + 1):
        nothing = milliseconds((sys.executable, "-c", "pass"))
        taken = {name: milliseconds((sys.executable, "-m", "deskconsole", *words)) for name, words in commands.items()}
        if number:  # the first run writes byte code
            for name, value in {"python": nothing, **taken}.items():
                times[name].append(value)
    bare = statistics.median(times.pop("python"))
    figures = []
    for name, values in times.items():
        figures.append(Figure(f"{name}, median", statistics.median(values), "ms", bare))
        figures.append(Figure("  p95", high(values), "ms"))
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
