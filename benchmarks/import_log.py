"""Import of a real ServiceNow audit log into a new SQLite desk, beside one plain `csv.DictReader` pass over the file.

    python -m benchmarks.import_log [FILE]

FILE is the UCI "Incident management process enriched event log" (141,712 events of 24,918 incidents, CC BY 4.0);
without it, the variable DESKCONSOLE_LOG or ../shared/data is looked at. Budget: 60 s, 500 MB on two cores.
"""

from __future__ import annotations

import csv
import gzip
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from sqlalchemy import func, select

from deskconsole.data.tables import Event, Message, StatusSpan, Team, Ticket, table
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import check, create_desk, open_desk
from deskconsole.exchange.fields import What
from deskconsole.exchange.mapping import load_mapping
from deskconsole.exchange.tickets import import_tickets

NAME = "uci_incident_event_log.csv.gz"
MAPPING = "servicenow_audit_log"
SECONDS, MEGABYTES = 60, 500


def find_log() -> Path | None:
    places = [*sys.argv[1:2], os.environ.get("DESKCONSOLE_LOG", "")]
    found = [Path(place) for place in places if place] or [Path(__file__).parents[2] / "shared" / "data" / NAME]
    return found[0] if found[0].is_file() else None


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reference(path: Path) -> tuple[float, int, dict[str, dict[str, str]], int]:
    """A plain pass: seconds, rows, the last good row of each incident, and how many were reopened."""
    known = set(load_mapping(MAPPING, What.TICKETS).fields["status"].values or ())
    began = time.perf_counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seconds = time.perf_counter() - began
    last: dict[str, dict[str, str]] = {}
    reopened = set()
    for row in rows:
        if row["incident_state"] not in known:
            continue
        before = last.get(row["number"])
        ended = {"Resolved", "Closed"}
        if before is not None and before["incident_state"] in ended and row["incident_state"] not in ended:
            reopened.add(row["number"])
        last[row["number"]] = row
    return seconds, len(rows), last, len(reopened)


def counts_of(desk: Desk, what: str) -> Counter[str]:
    """Tickets by one of their columns; by the name of their team."""
    ticket, team = table(Ticket), table(Team)
    column = team.c.name if what == "team" else ticket.c[what]
    query = select(column, func.count()).select_from(ticket).outerjoin(team, team.c.id == ticket.c.team_id)
    return Counter({str(row[0] or "-"): row[1] for row in desk.read(lambda s: s.execute(query.group_by(column)).all())})


def expected(last: dict[str, dict[str, str]], column: str, field: str) -> Counter[str]:
    words = load_mapping(MAPPING, What.TICKETS).fields[field].values or {}
    return Counter("-" if row[column] == "?" else words.get(row[column], row[column]) for row in last.values())


def reopened_at(desk: Desk) -> int:
    """Tickets whose stays go from an ended status back to an open one."""
    span = table(StatusSpan)
    query = select(span.c.ticket_id, span.c.category).order_by(span.c.ticket_id, span.c.began_at, span.c.id)
    rows = desk.read(lambda s: s.execute(query).all())
    ended = {"resolved", "closed"}
    return len(
        {
            after.ticket_id
            for before, after in pairwise(rows)
            if before.ticket_id == after.ticket_id and before.category in ended and after.category not in ended
        }
    )


def total(desk: Desk, model: type[Ticket | Event | StatusSpan | Message]) -> int:
    return int(desk.read(lambda s: s.execute(select(func.count()).select_from(table(model))).scalar_one()))


def main() -> int:
    path = find_log()
    if path is None:
        print("The log is not here; name it: python -m benchmarks.import_log FILE")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        location = str(Path(folder) / "desk.db")
        create_desk(location, login="bench")
        desk = open_desk(location, login="bench")
        runs = []
        for _number in range(2):
            wall, used = time.perf_counter(), time.process_time()
            found = import_tickets(desk, path, MAPPING, report_path=Path(folder) / "report.csv")
            runs.append((found, time.perf_counter() - wall, time.process_time() - used))
        peak = peak_megabytes()
        seconds, rows, last, reopened = reference(path)
        (first, wall, used), (second, again, again_used) = runs
        changed = second.taken + second.updated
        print(f"{'':34}{'seconds':>10}{'cpu s':>10}{'x reference':>13}{'budget':>10}")
        print(f"{'csv.DictReader over the file':34}{seconds:10.1f}{'':10}{1:13.1f}")
        print(f"{'import':34}{wall:10.1f}{used:10.1f}{wall / seconds:13.1f}{SECONDS:>8} s")
        print(f"{f'second import: changed {changed}':34}{again:10.1f}{again_used:10.1f}{again / seconds:13.1f}")
        print(f"{'peak memory of both imports, MB':34}{peak:10.0f}{'':23}{MEGABYTES:>7} MB")
        print(f"{'desk file, MB':34}{Path(location).stat().st_size / 1e6:10.0f}\n")
        print(f"rows {rows}, left out {first.left_out}, taken in with a doubt {first.doubts}")
        print(
            f"tickets {total(desk, Ticket)}, lines of history {total(desk, Event)}, stays {total(desk, StatusSpan)},"
            f" reopened {reopened}\n"
        )
        faults = [str(fault) for fault in check(location)]
        if reopened_at(desk) != reopened:
            faults.append(f"reopened: the file says {reopened}, the desk {reopened_at(desk)}")
        for field, column in (("status", "incident_state"), ("priority", "priority"), ("team", "assignment_group")):
            got, wanted = counts_of(desk, field), expected(last, column, field)
            shown = ", ".join(f"{name} {count}" for name, count in got.most_common(8))
            faults += [] if got == wanted else [f"{field}: the file says {wanted}, the desk {got}"]
            more = f" ... {len(got)} in all" if len(got) > 8 else ""
            print(f"{field}: {shown}{more}: {'as in the file' if got == wanted else 'NOT as in the file'}")
        desk.close()
    print("\n".join(faults) or "the desk's own check: nothing wrong")
    return 0 if not faults and changed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
