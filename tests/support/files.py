"""Small files in the shapes that other programs write."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

AUDIT_LOG = Path(__file__).parents[1] / "data" / "audit_log_sample.csv"
"""Five invented incidents in the shape of a ServiceNow audit log: one reopened, one with a state nobody knows
(line 14), one whose clock stepped back (line 18), one still waiting."""


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """A CSV of some rows, the header first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def audit_rows() -> list[list[str]]:
    """The rows of the sample log, the header first."""
    with AUDIT_LOG.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def changed_audit_log(path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> Path:
    """The sample log with its rows changed."""
    return write_csv(path, change(audit_rows()))
