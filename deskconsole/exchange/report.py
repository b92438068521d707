"""The report of an import: which lines were left out or taken in with a doubt, and why."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.exchange.safe_csv import harmless
from deskconsole.i18n import _, say

SHOWN = 20  # problems kept for showing without the report


@dataclass(frozen=True)
class Problem:
    """A line of the file, whose it is, and what is wrong with it, said in the language in use."""

    line: int
    key: str
    reason: str


@dataclass
class Report:
    """Collects problems; writes each at once, so that it needs no memory and survives an interruption."""

    path: Path | None
    left_out: int = 0
    doubts: int = 0
    first: list[Problem] = field(default_factory=list)
    _file: IO[str] | None = None
    _writer: Any = None

    def leave_out(self, line: int, key: str, reason: str) -> None:
        """Note a row that did not go in."""
        self.left_out += 1
        self._note(Problem(line, key, say(reason)), _("left out"))

    def doubt(self, line: int, key: str, reason: str) -> None:
        """Note something odd about a row that went in."""
        self.doubts += 1
        self._note(Problem(line, key, say(reason)), _("taken in"))

    def keep(self, line: int, key: str, reason: str) -> None:
        """Note something that went in before, and now stays as it is."""
        self._note(Problem(line, key, say(reason)), _("left as it is"))

    @property
    def written(self) -> Path | None:
        """Where the report is; None = there was nothing to report, or nowhere to write it."""
        return self.path if self._file is not None else None

    def _note(self, problem: Problem, result: str) -> None:
        if len(self.first) < SHOWN:
            self.first.append(problem)
        if self.path is None:
            return
        try:
            if self._file is None:
                self._file = self.path.open("w", encoding="utf-8", newline="")
                self._writer = csv.writer(self._file)
                self._writer.writerow((_("line"), _("key"), _("result"), _("reason")))
            self._writer.writerow((problem.line, harmless(problem.key), result, harmless(problem.reason)))
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def close(self) -> None:
        """Write out what is left."""
        if self._file is not None and self.path is not None:
            try:
                self._file.close()
            except OSError as error:
                raise _unwritable(self.path, error) from None


@contextmanager
def reporting(path: Path | None) -> Iterator[Report]:
    """A report that is closed at the end, whatever happens."""
    report = Report(path)
    try:
        yield report
    finally:
        report.close()


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        mark("The report can't be written to {path}: {reason}"), path=str(path), reason=error.strerror or str(error)
    )
