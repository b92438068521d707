"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deskconsole.exchange.report import Problem


@dataclass(frozen=True)
class Summary:
    """What an import did (with `dry_run`: would do), in tickets or records; rows are lines of the file."""

    taken: int
    updated: int
    unchanged: int
    kept: int  # changed at this desk since, and left as they are
    rows: int
    left_out: int  # rows
    doubts: int  # remarks on rows that went in
    encoding: str
    report_path: Path | None
    problems: tuple[Problem, ...]  # the first ones
    dry_run: bool = False
