"""What the benchmarks share: figures beside their limits, and a kept desk of a million tickets."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deskconsole.desk.opening import SCHEMA

TICKETS, OPEN = 1_000_000, 200_000
LOGIN = "demo"
"""A dispatcher of the demo desk."""


@dataclass(frozen=True)
class Figure:
    """One value with its unit, its reference in the same run, and the limits it must keep."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    most: float | None = None  # in the unit
    most_ratio: float | None = None  # to the reference

    @property
    def ratio(self) -> float | None:
        """The value in multiples of the reference."""
        return self.value / self.reference if self.reference else None

    @property
    def verdict(self) -> str:
        """Whether the limits are kept; empty without one."""
        if self.most is None and self.most_ratio is None:
            return ""
        is_kept = (self.most is None or self.value <= self.most) and (
            self.most_ratio is None or (self.ratio is not None and self.ratio <= self.most_ratio)
        )
        return "ok" if is_kept else "MISS"

    def line(self) -> tuple[str, ...]:
        """The cells of its line in a table."""
        limit = f"{self.most:g} {self.unit}" if self.most is not None else ""
        limit = f"{self.most_ratio:g} x" if self.most_ratio is not None else limit
        ratio = f"{self.ratio:.2f} x" if self.ratio is not None else ""
        reference = f"{self.reference:.1f}" if self.reference is not None else ""
        return (self.name, f"{self.value:.1f} {self.unit}", reference, ratio, limit, self.verdict)


HEADINGS = ("", "value", "reference", "ratio", "limit", "")


def show(figures: Iterable[Figure]) -> int:
    """Print a table; the number of limits missed."""
    found = list(figures)
    lines = [HEADINGS, *(figure.line() for figure in found)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADINGS))]
    for line in lines:
        cells = (
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(cells).rstrip())
    return sum(figure.verdict == "MISS" for figure in found)


def high(values: Sequence[float]) -> float:
    """The 95th percentile: at most one value in twenty is above it."""
    ordered = sorted(values)
    return ordered[-(len(ordered) // 20) - 1]


def folder() -> Path:
    """Where what takes long to make is kept between runs: DESK_BENCH_DIR, else one among the temporary files."""
    default = Path(tempfile.gettempdir()) / f"deskconsole-bench-{os.getuid()}"
    kept = Path(os.environ.get("DESK_BENCH_DIR") or default)
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    return kept


def big_desk() -> Path:
    """The desk of a million tickets in the kept folder, made (some minutes, 1.6 GB) where there is none."""
    desk = folder() / f"desk-{SCHEMA}-{TICKETS}.sqlite"
    if not desk.exists():
        print(f"making a desk of {TICKETS:,} tickets, once ...", file=sys.stderr)
        unfinished = desk.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        size = ["--tickets", str(TICKETS), "--open", str(OPEN)]
        words = [sys.executable, "-m", "deskconsole", "--desk", str(unfinished), "demo", *size, "--no-open"]
        subprocess.run(words, check=True)
        unfinished.rename(desk)
    return desk


def machine() -> str:
    """The machine in a line; no name of it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; load {load:.1f}"
