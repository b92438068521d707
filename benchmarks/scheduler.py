"""A scheduler pass over 1,000,000 tickets, with nothing due and with 500 clocks due; and what comes in one piece.

That is 100,000 open clocks derived anew, and 10,000 missed occurrences caught up with.

    python -m benchmarks.scheduler [DESK]

Works on a copy. Beside each stands what sqlite3 alone needs for the rows that come of it, written in as many
transactions to the same file.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from time import perf_counter

from sqlalchemy import func, select
from sqlmodel import Session

from benchmarks.measures import Figure, big_desk, high, show
from deskconsole.data.tables import Client, Ticket, TicketClock, table
from deskconsole.desk import sla
from deskconsole.desk.clock_pass import BATCH, recompute
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_unattended
from deskconsole.desk.recurring import LIMIT, raise_due
from deskconsole.desk.recurring_templates import Template, put_recurring
from deskconsole.domain.occurrences import CatchUp
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import SlaClock
from deskconsole.jobs.passes import run_job, run_pass

CLOCKS, DUE, MISSED, TEMPLATES = 100_000, 500, 10_000, 10
IDLE_ROUNDS = 40
TARGETS = (
    Target(SlaClock.ACKNOWLEDGE, 4 * 60),
    Target(SlaClock.FIRST_RESPONSE, 8 * 60),
    Target(SlaClock.RESOLUTION, 90 * 24 * 60),
)


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def plain(file: str, rows: int, at_once: int) -> float:
    """Seconds that sqlite3 alone needs for copies of so many rows, so many in each transaction."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("DROP TABLE IF EXISTS plain_rows")
        connection.execute("CREATE TABLE plain_rows AS SELECT * FROM sla_clock LIMIT 0")
        some = connection.execute("SELECT * FROM sla_clock LIMIT ?", (at_once,)).fetchall()
        marks = ", ".join("?" * len(some[0]))

        def write() -> None:
            for _batch in range(-(-rows // at_once)):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(f"INSERT INTO plain_rows VALUES ({marks})", some)
                connection.execute("COMMIT")

        found = seconds(write)
        connection.execute("DROP TABLE plain_rows")
        return found


def rederiving(desk: Desk, file: str) -> Figure:
    """Every open ticket is promised something for the first time, then it changes: 100,000 clocks of it are timed."""
    sla.put_policy(desk, "Benchmark", targets=TARGETS, warn_percents=(50, 75, 90, 100))
    sla.bind(desk, "Benchmark", Level.DEFAULT)
    recompute(desk)
    slower = replace(TARGETS[2], minutes=TARGETS[2].minutes + 60)
    sla.put_policy(desk, "Benchmark", targets=(*TARGETS[:2], slower))
    limit = round(CLOCKS / desk.read(_clocks_of_a_ticket))
    took = seconds(lambda: recompute(desk, limit=limit))
    recompute(desk)
    name = f"{CLOCKS:,} open clocks (of {limit:,} tickets) derived anew"
    return Figure(name, took, "s", plain(file, CLOCKS, BATCH), most=10)


def _clocks_of_a_ticket(session: Session) -> float:
    clock, ticket = table(TicketClock), table(Ticket)
    joined = clock.join(ticket, (ticket.c.id == clock.c.ticket_id) & ticket.c.is_open)
    query = select(func.count() * 1.0 / func.count(clock.c.ticket_id.distinct())).select_from(joined)
    return float(session.execute(query).scalar_one())


def idle(desk: Desk, now: datetime) -> list[Figure]:
    """Passes that find nothing."""
    times = []
    for _round in range(IDLE_ROUNDS):
        report = run_pass(desk, now)
        assert report.is_idle, report
        times.append(report.seconds * 1000)
    return [
        Figure("a pass with nothing due, p95", high(times), "ms", most=20),
        Figure("  median", sorted(times)[len(times) // 2], "ms"),
    ]


def due(desk: Desk, file: str) -> tuple[Figure, datetime]:
    """A pass at the instant by which 500 clocks have come due."""
    check = table(TicketClock).c.next_check_at
    query = select(check).where(check.is_not(None)).order_by(check).offset(DUE - 1).limit(1)
    now: datetime = desk.read(lambda session: session.execute(query).scalar_one())
    warned: list[int] = []

    def work() -> None:
        report = run_pass(desk, now)
        assert not report.errors, report
        warned.extend(job.done["clocks"] for job in report.jobs if job.name == "thresholds")

    took = seconds(work)
    assert warned[0] >= DUE
    return Figure(f"a pass with {warned[0]} clocks due", took, "s", plain(file, DUE, DUE), most=2), now


def catching_up(desk: Desk, file: str, now: datetime) -> Figure:
    """Ten templates that were due every hour, and nobody was there for 1,000 hours."""
    client_id = desk.read(_any_client)
    local = now.replace(tzinfo=None, minute=0, second=0, microsecond=0)
    then = replace(desk, clock=lambda: now)
    for number in range(TEMPLATES):
        wanted = Template(
            f"benchmark {number}",
            ("FREQ=HOURLY",),
            local + timedelta(hours=1),
            "Hourly round",
            zone="UTC",
            catch_up=CatchUp.ALL,
            client_id=client_id,
        )
        put_recurring(then, wanted)
    later = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=MISSED // TEMPLATES)
    back = replace(desk, clock=lambda: later)
    raised: list[int] = []

    def work() -> None:
        report = run_job("recurring", raise_due, back, later)
        assert report.error is None, report
        raised.append(report.done["tickets"])

    took = seconds(work)
    assert raised == [MISSED]
    return Figure(f"{MISSED:,} missed occurrences raised", took, "s", plain(file, MISSED, LIMIT), most=30)


def _any_client(session: Session) -> int:
    return int(session.execute(select(func.min(table(Client).c.id))).scalar_one())


def main(path: Path | None = None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "desk.sqlite")
        copyfile(path or big_desk(), file)
        Path(file).chmod(0o600)
        desk = open_unattended(file)
        try:
            derived = rederiving(desk, file)
            present = desk.now()
            while not run_pass(desk, present).is_idle:
                continue
            nothing = idle(desk, present)
            some, now = due(desk, file)
            missed = catching_up(desk, file, now)
        finally:
            desk.close()
    return 1 if show([*nothing, some, derived, missed]) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
