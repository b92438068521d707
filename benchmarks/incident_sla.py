"""The deadlines of a real ServiceNow desk, derived from its log and compared with the log's own `made_sla` flag.

    python -m benchmarks.incident_sla [FILE]

FILE is the UCI "Incident management process enriched event log"; without it the places of `import_log` are looked
at. The policy: 62 working hours from opening (`opened_at`) to closing (`closed_at`), Monday to Friday 08-17, no
holidays, no pauses, the log's clock shifted by -6 h. Of each incident its last row counts. Limit: 99.8 % of the
incidents of priority 3.
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.import_log import find_log
from benchmarks.measures import Figure, show
from deskconsole.domain.sla import DEFAULT_STANDS, History, Reading, Stay, read_clock
from deskconsole.domain.terms import Category, SlaClock
from deskconsole.domain.worktime import Window, WorkCalendar

PRIORITY = "3 - Moderate"
LEAST_AGREEMENT = 99.8  # percent
TARGET = timedelta(hours=62)  # seven days of nine hours less one hour
SHIFT = timedelta(hours=-6)
CALENDAR = WorkCalendar("UTC", ((Window(8 * 3600, 17 * 3600),),) * 5 + ((), ()))
NOW = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Compared:
    """One incident: what our clock says, and the log's flag."""

    number: str
    reading: Reading
    made_sla: bool

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.reading.is_breached is not self.made_sla

    def line(self) -> str:
        """When it was opened, closed and due, what was used, and the log's word."""
        clock = self.reading
        return (
            f"{self.number}  {moment(clock.started)}  {moment(clock.ended)}  {moment(clock.promised)}"
            f"  {clock.elapsed / HOUR:9.2f} h  {'made' if self.made_sla else 'missed'}"
        )


def last_rows(path: Path) -> list[dict[str, str]]:
    """The last row of each incident."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list({row["number"]: row for row in csv.DictReader(file)}.values())


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC) + SHIFT


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "-"


def history(row: dict[str, str]) -> History:
    opened, closed = instant(row["opened_at"]), instant(row["closed_at"])
    return History(opened, (Stay(Category.NEW, False, opened), Stay(Category.CLOSED, True, closed)))


def read(past: History) -> Reading:
    reading = read_clock(SlaClock.RESOLUTION, TARGET, past, DEFAULT_STANDS, CALENDAR, NOW)
    assert reading is not None
    return reading


def main() -> int:
    path = find_log()
    if path is None:
        print("The log is not here; name it: python -m benchmarks.incident_sla FILE")
        return 0
    rows = [row for row in last_rows(path) if row["priority"] == PRIORITY]
    histories = [history(row) for row in rows]
    began = time.perf_counter()
    readings = [read(past) for past in histories]
    seconds = time.perf_counter() - began
    compared = [
        Compared(row["number"], reading, row["made_sla"] == "true") for row, reading in zip(rows, readings, strict=True)
    ]
    misses = [one for one in compared if not one.agrees]
    agreement = 100 * (len(compared) - len(misses)) / len(compared)
    is_kept = agreement >= LEAST_AGREEMENT
    print(
        f"incidents of priority {PRIORITY}: {len(compared)}; agree: {len(compared) - len(misses)}, {agreement:.3f} %"
        f" (at least {LEAST_AGREEMENT} %): {'ok' if is_kept else 'MISS'}\n"
    )
    missed = show([Figure("reading a clock", seconds / len(rows) * 1e6, "µs")])
    print(f"\nThe {len(misses)} that differ, in the shifted time:")
    print(f"{'incident':10}  {'opened':16}  {'closed':16}  {'due':16}  {'used':>11}  log says")
    print("\n".join(one.line() for one in misses))
    return 0 if is_kept and not missed else 1


if __name__ == "__main__":
    sys.exit(main())
