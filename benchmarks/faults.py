"""The fault run: people at work while processes, connections, servers and disks fail; then their journals are checked.

`python -m benchmarks.faults [--minutes 4] [--seed 1] [--only postgresql|sqlite]`; half of the minutes go to each
engine, unless one is named. The long run: `--minutes 40`.

Each writer (a process) asks for one act after the other under a key of its own, and writes on disk what it was told was
saved. Faults come at random. Afterwards everything acknowledged must be in the database once, and `db check` must find
nothing. On PostgreSQL: a primary with fsync on and a synchronous standby; clients know both. On SQLite: eight processes
on one file, on a small file system of its own where the machine lets us mount one, else under a limit of pages.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import faulty_writers as writers
from benchmarks.measures import machine
from deskconsole.data.store import create_store, open_store
from deskconsole.data.tables import Event, Occurrence, OccurrenceTicket, Operation, table
from deskconsole.desk.opening import check, open_unattended
from deskconsole.desk.recurring import raise_due
from deskconsole.desk.recurring_templates import Template, put_recurring
from deskconsole.domain.occurrences import CatchUp
from tests.storage.desks import MORNING, Company, company_on
from tests.support.cluster import Cluster, Node
from tests.support.writers import Work, faults

PEOPLE, PASSES, TEMPLATES = 8, 2, 4
FROZEN_SECONDS = 20.0
FULL_SECONDS = 3.0
AWAY_SECONDS = 12.0
DISK = "32m"
END_SECONDS = 120.0
"""In which the last act of each writer is answered, once nothing fails any more."""


def context() -> ForkServerContext:
    """Where the processes come from: a small one that has the program loaded."""
    made = get_context("forkserver")
    made.set_forkserver_preload(["benchmarks.faulty_writers"])
    return made


@dataclass
class Crew:
    """The processes at work on one desk."""

    work: Work
    folder: Path
    starts: datetime
    began: float = field(default_factory=time.time)
    members: dict[str, ForkServerProcess] = field(default_factory=dict)

    def start(self, name: str, *, last: int | None = None, until: float = float("inf")) -> None:
        """Start a member, or start it again where its journal ends."""
        path = self.folder / f"{name}.jsonl"
        made = context().Process
        if name.startswith("writer"):
            process = made(target=writers.write, args=(self.work, path, last, until))
        else:
            process = made(target=writers.raise_all, args=(self.work.location, path, self.starts, self.began, until))
        process.start()
        self.members[name] = process

    def await_work(self) -> None:
        """Wait until every writer was told something."""
        for name in self.members:
            while name.startswith("writer") and not writers.read_journal(self.folder / f"{name}.jsonl").told_at:
                time.sleep(0.1)

    def kill(self, name: str) -> None:
        """End one as a crash would."""
        process = self.members.pop(name)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()

    def finish(self) -> list[writers.Read]:
        """Stop all as a crash would, and let each act that was under way be asked for again; the journals."""
        names = sorted(self.members)
        for name in names:
            self.kill(name)
        people = [name for name in names if name.startswith("writer")]
        for name in people:
            next_one = writers.read_journal(self.folder / f"{name}.jsonl").journal.next
            self.start(name, last=next_one + 1, until=time.time() + END_SECONDS)
        for name in people:
            self.members[name].join(END_SECONDS)
        return [writers.read_journal(self.folder / f"{name}.jsonl") for name in names]


@dataclass
class Run:
    """What happened: each fault with its moment, and how long it took."""

    faults: list[tuple[str, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note(self, kind: str) -> None:
        """A fault begins."""
        self.faults.append((kind, time.time()))


Fault = Callable[[], None]


def people_at_work(company: Company, location: str, folder: Path) -> Crew:
    """Eight writers and two passes, on a desk with recurring work."""
    company.grant(10_000_000)
    desk = company.desk()
    for number in range(TEMPLATES):
        put_recurring(
            desk,
            Template(
                f"Look {number}", ["FREQ=DAILY"], MORNING.replace(tzinfo=None, hour=10), "Look", catch_up=CatchUp.ALL
            ),
        )
    people = tuple(company.people[login] for login in ("eva", "ed"))
    work = Work(location, "ann", company.ticket("shared by all"), company.rows["client"], people)
    crew = Crew(work, folder, MORNING)
    for number in range(PEOPLE):
        crew.start(f"writer{number}")
    for number in range(PASSES):
        crew.start(f"pass{number}")
    crew.await_work()
    return crew


def hurt(run: Run, crew: Crew, dice: random.Random, until: float, ways: dict[str, tuple[int, Fault]]) -> None:
    """Let faults come at random, one after the other, until a moment."""
    names, weights = list(ways), [weight for weight, _fault in ways.values()]
    while time.time() < until:
        time.sleep(dice.uniform(0.5, 3))
        kind = dice.choices(names, weights)[0]
        run.note(kind)
        ways[kind][1]()
        for name in [name for name, process in crew.members.items() if not process.is_alive()]:
            run.problems.append(f"{name} ended by itself with {crew.members[name].exitcode}")
            crew.start(name)
    time.sleep(2)


def kill_one(crew: Crew, dice: random.Random) -> Fault:
    """Kill -9: a console or worker ends as a crash would, and is started again."""

    def fault() -> None:
        name = dice.choice(sorted(crew.members))
        crew.kill(name)
        crew.start(name)

    return fault


# --- PostgreSQL ---------------------------------------------------------------------------------------------


class Servers:
    """The primary and its synchronous standby, and what can happen to them."""

    def __init__(self, cluster: Cluster, dice: random.Random) -> None:
        self.cluster = cluster
        self.dice = dice
        self.standby = cluster.add_standby(is_synchronous=True)
        self.await_standby()

    @property
    def primary(self) -> Node:
        """Who takes changes now."""
        return self.cluster.primary

    def restart(self, how: signal.Signals) -> Fault:
        """The primary is stopped and started."""

        def fault() -> None:
            self.primary.stop(how)
            time.sleep(self.dice.uniform(0, 2))
            self.primary.start()

        return fault

    def terminate(self) -> None:
        """Some connections, or all, are ended by the administrator."""
        share = self.dice.choice((0.3, 1.0))
        self.primary.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'desk' AND random() < {share}"
        )

    def freeze(self) -> None:
        """Every process of the primary stands still."""
        self.primary.freeze()
        time.sleep(FROZEN_SECONDS)
        self.primary.thaw()

    def lose_standby(self) -> None:
        """The synchronous standby is away, longer than a commit waits for it."""
        self.standby.stop(signal.SIGQUIT)
        time.sleep(AWAY_SECONDS)
        self.standby.start()
        self.await_standby()

    def fail_over(self) -> None:
        """The primary dies in the middle of it; the standby takes over, and gets a standby of its own."""
        dead, heir = self.primary, self.standby
        dead.stop(signal.SIGKILL)
        heir.promote()
        self.cluster.primary = heir
        port = dead.port
        self.cluster.remove(dead)
        self.standby = self.cluster.add_standby(is_synchronous=True, port=port)
        self.await_standby()

    def await_standby(self) -> None:
        """Wait until commits wait for the standby."""
        while self.primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") == []:
            time.sleep(0.1)


def on_postgresql(minutes: float, seed: int) -> Run:
    """The run on two servers."""
    dice, run = random.Random(seed), Run()
    with tempfile.TemporaryDirectory() as folder, Cluster(("fsync=on", "full_page_writes=on")) as cluster:
        servers = Servers(cluster, dice)
        servers.primary.run("CREATE DATABASE desk")
        location = cluster.url("desk")
        create_store(location).close()
        company = company_on(open_store(location))
        crew = people_at_work(company, location, Path(folder))
        ways: dict[str, tuple[int, Fault]] = {
            "kill -9 of a console or worker": (6, kill_one(crew, dice)),
            "pg_terminate_backend": (4, servers.terminate),
            "server restart, fast": (2, servers.restart(signal.SIGINT)),
            "server restart, immediate": (2, servers.restart(signal.SIGQUIT)),
            "kill -9 of the server": (1, servers.restart(signal.SIGKILL)),
            "SIGSTOP of the server, 20 s": (1, servers.freeze),
            "standby away, 12 s": (1, servers.lose_standby),
            "promotion of the standby": (2, servers.fail_over),
        }
        hurt(run, crew, dice, time.time() + minutes * 60, ways)
        report("PostgreSQL, primary with a synchronous standby, fsync on", run, crew, company, location)
        company.store.close()
    return run


# --- SQLite -------------------------------------------------------------------------------------------------


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A file system of its own, small enough to be filled; None where we may not mount one."""
    with tempfile.TemporaryDirectory(prefix="deskdisk-") as folder:
        words = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder]
        mounted = os.geteuid() == 0 and subprocess.run(words, check=False, capture_output=True).returncode == 0
        try:
            yield Path(folder) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> Fault:
    """No byte is left for some seconds."""

    def fault() -> None:
        filler = disk / "filler"
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 65536)
        except OSError:
            time.sleep(FULL_SECONDS)
        finally:
            filler.unlink()

    return fault


def on_sqlite(minutes: float, seed: int) -> Run:
    """The run on one file."""
    dice, run = random.Random(seed), Run()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        disk = stack.enter_context(small_disk())
        location = str((disk or folder) / "desk.db")
        create_store(location).close()
        company = company_on(open_store(location))
        crew = people_at_work(company, location, folder)
        ways: dict[str, tuple[int, Fault]] = {"kill -9 of a console or worker": (6, kill_one(crew, dice))}
        if disk is not None:
            ways["disk full, 3 s"] = (2, fill(disk))
        hurt(run, crew, dice, time.time() + minutes * 60, ways)
        where = "a small file system that is filled" if disk is not None else "NO disk of its own: it was never full"
        report(f"SQLite, one file, {where}", run, crew, company, location)
        company.store.close()
    return run


# --- afterwards ---------------------------------------------------------------------------------------------


def report(title: str, run: Run, crew: Crew, company: Company, location: str) -> None:
    """Compare journals and database, and print the table."""
    read = crew.finish()
    people = [each for each in read if each.journal.name.startswith("writer")]
    found = company.desk().read(faults, [each.journal for each in people])
    missing, doubled = list(found.missing), list(found.doubled)
    for each in people:
        _compare_statuses(company, each, missing, doubled)
    missing += _unraised(company, crew, location)
    broken = [str(fault) for fault in check(location)]
    run.problems += [*broken, *(why for each in read for why in each.crashes)]
    run.problems += [f"missing: {what}" for what in missing] + [f"doubled: {what}" for what in doubled]
    run.problems += [f"unasked: {what}" for what in found.unknown]
    unsettled = sum(len(each.in_doubt) for each in people)
    run.problems += [f"{unsettled} acts are still in doubt"] if unsettled else []
    words = sum((each.words for each in people), Counter())
    acts = sum(len(each.journal.answers) + len(each.statuses) for each in people)
    print(f"{title}\n")
    print(f"{'fault':<34} {'times':>6} {'longest time without an answer, s':>36}")
    gaps = _gaps(run, sorted(moment for each in people for moment in each.told_at))
    for kind, times in Counter(kind for kind, _at in run.faults).most_common():
        print(f"{kind:<34} {times:>6} {max(gaps[kind], default=0):>36.1f}")
    print()
    for name, count in (
        ("acknowledged", acts),
        ("told that nothing was written, sent again", words["away"]),
        ("told that nobody knows, sent again", words["doubt"]),
        ("  of these settled by the key", sum(each.settled for each in people)),
        ("refused by a rule", words["refused"]),
        ("told 'saved on the main server only'", words["warned"]),
        ("acknowledged and missing", len(missing)),
        ("doubled", len(doubled)),
        ("there and never acknowledged", len(found.unknown)),
        ("broken invariants (db check)", len(broken)),
        ("unexpected errors", sum(len(each.crashes) for each in read)),
    ):
        print(f"{name:<45} {count:>8}")
    print()
    for why, count in sum((each.said for each in read), Counter()).most_common():
        print(f"{count:>6}  {why}")
    print()


def _compare_statuses(company: Company, each: writers.Read, missing: list[str], doubled: list[str]) -> None:
    """Each change of status that was acknowledged stands in the history once."""
    event, operation = table(Event), table(Operation)
    with company.store.reading() as session:
        for number in each.statuses:
            key = writers.status_key(each.journal.name, number)
            lines = session.execute(
                select(func.count()).where(event.c.operation == key, event.c.verb == "status")
            ).scalar_one()
            if session.execute(select(operation.c.key).where(operation.c.key == key)).first() is None or not lines:
                missing.append(f"{each.journal.name}-{number} status")
            if lines > 1:
                doubled.append(f"{each.journal.name}-{number} status")


def _unraised(company: Company, crew: Crew, location: str) -> list[str]:
    """Days of the recurring work that have no ticket, or more than one."""
    desk = open_unattended(location)
    last = writers.instant(crew.starts, crew.began)
    while any(raise_due(desk, last).values()):
        continue
    desk.close()
    occurrence, raised = table(Occurrence), table(OccurrenceTicket)
    with company.store.reading() as session:
        days = dict(
            session.execute(
                select(occurrence.c.recurring_id, func.count(occurrence.c.nominal.distinct())).group_by(
                    occurrence.c.recurring_id
                )
            ).all()
        )
        tickets = session.execute(select(func.count()).select_from(raised)).scalar_one()
    first = MORNING.replace(hour=10)
    wanted = (last - first).days + 1
    wrong = [f"recurring {number}: {count} days of {wanted}" for number, count in days.items() if count != wanted]
    return wrong + ([f"{tickets} tickets of {wanted * TEMPLATES} days"] if tickets != wanted * TEMPLATES else [])


def _gaps(run: Run, told: list[float]) -> dict[str, list[float]]:
    """By kind of fault: the longest time in which nobody was told anything, from each fault to the next."""
    gaps: dict[str, list[float]] = {kind: [] for kind, _at in run.faults}
    ends = [*(at for _kind, at in run.faults[1:]), max(told, default=0.0)]
    for (kind, begins), ends_at in zip(run.faults, ends, strict=True):
        inside = [begins, *(moment for moment in told if begins <= moment < ends_at), ends_at]
        gaps[kind].append(max(later - earlier for earlier, later in pairwise(inside)))
    return gaps


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--minutes", type=float, default=4.0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", choices=("postgresql", "sqlite"))
    asked = words.parse_args()
    runs = {"postgresql": on_postgresql, "sqlite": on_sqlite}
    chosen = [asked.only] if asked.only else list(runs)
    print(f"{machine()}; seed {asked.seed}, {asked.minutes:g} minutes in all\n")
    problems = [problem for name in chosen for problem in runs[name](asked.minutes / len(chosen), asked.seed).problems]
    print("\n".join(problems) if problems else "nothing was lost, nothing doubled, nothing broken")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
