"""The processes at work on one desk, and faults that come over them at random."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from benchmarks.faults import writers
from benchmarks.faults.journal import Pen, Read, read_journal
from deskconsole.data.store import open_store
from deskconsole.desk import sla, tickets
from deskconsole.desk.recurring_templates import Template, put_recurring
from deskconsole.domain.occurrences import CatchUp
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import SlaClock
from tests.storage.desks import Company, FakeClock, company_on
from tests.support.writers import CONTRACTOR_KINDS, ENGINEER_KINDS, KINDS, Work

KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "ann": KINDS,
    "bob": KINDS,
    "sue": KINDS,
    "root": KINDS,
    "eva": ENGINEER_KINDS,
    "ed": ENGINEER_KINDS,
    "con": CONTRACTOR_KINDS,
    "out": CONTRACTOR_KINDS,
}
"""Who is at work, and what they do."""
CONSOLE, WORKER = "bob", "sue"
"""Whose console runs passes, and as whom a worker runs: on PostgreSQL rights hold for a pass as well."""
TEMPLATES = 4
FIRST_OF_DAY = time_of_day(10)
MINUTES_GRANTED = 10_000_000
BEGIN_SECONDS, END_SECONDS = 120.0, 120.0
"""In which each is told something first, and in which the last act of each is answered once nothing fails any more."""
LAST_SECONDS = 15.0
"""After the last fault, in which people come back by themselves."""
SLACK = 5.0
"""Seconds after a fault in which a refusal may be of it still: what was asked before, and a transaction run again."""

Fault = Callable[[], None]
Ways = Mapping[str, tuple[int, Fault]]
"""What can happen: how often, beside the others, and how it is done."""


def context() -> ForkServerContext:
    """Where the processes come from: a small one that has the program loaded."""
    made = get_context("forkserver")
    made.set_forkserver_preload(["benchmarks.faults.writers"])
    return made


@dataclass
class Crew:
    """The people and passes at work on one desk, by the names of their journals."""

    folder: Path
    works: Mapping[str, Work]
    rounds: Mapping[str, writers.Round]
    starts: datetime
    began: float = field(default_factory=time.time)
    members: dict[str, ForkServerProcess] = field(default_factory=dict)

    def start(self, name: str, *, last: int | None = None, until: float = float("inf")) -> None:
        """Start a member, or start it again where its journal ends."""
        made, path = context().Process, self._path(name)
        if name in self.works:
            process = made(target=writers.write, args=(self.works[name], path, last, until), daemon=True)
        else:
            process = made(target=writers.pass_by, args=(self.rounds[name], path, self.starts, self.began), daemon=True)
        process.start()
        self.members[name] = process

    def start_all(self) -> None:
        """Start everybody, and wait until every writer was told something."""
        for name in (*self.works, *self.rounds):
            self.start(name)
        until = time.time() + BEGIN_SECONDS
        while not all(self.read(name).told_at for name in self.works):
            if time.time() > until:
                raise RuntimeError(f"not everybody could begin; their journals stand in {self.folder}")
            time.sleep(0.1)

    def read(self, name: str) -> Read:
        """The journal of one."""
        return read_journal(self._path(name), self.works[name].kinds if name in self.works else KINDS)

    def kill(self, name: str) -> None:
        """End one as a crash would."""
        process = self.members.pop(name)
        process.kill()
        process.join()

    def close(self) -> None:
        """End all as a crash would."""
        for name in list(self.members):
            self.kill(name)

    def finish(self) -> None:
        """End all as a crash would, and let each act that was under way be asked for again."""
        self.close()
        for name in self.works:
            self.start(name, last=self.read(name).journal.next + 1, until=time.time() + END_SECONDS)
        for process in self.members.values():
            process.join(END_SECONDS)
        self.close()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"


@dataclass(frozen=True)
class Hit:
    """A fault, from when to when."""

    kind: str
    begins: float
    ends: float


@dataclass
class Run:
    """What happened, and what was found to be wrong."""

    hits: list[Hit] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    ends: float = 0.0

    def excuses(self, at: float, kinds: frozenset[str]) -> bool:
        """Whether one of these faults was there at a moment."""
        return any(hit.kind in kinds and hit.begins <= at <= hit.ends + SLACK for hit in self.hits)


def company_at(location: str) -> Company:
    """A company on the empty desk at a location, by the real clock: its time is promised, and work comes each day."""
    now = datetime.now(UTC)
    company = company_on(open_store(location), FakeClock(now))
    company.grant(MINUTES_GRANTED)
    sla.put_policy(
        company.desk("root"), "All", targets=(Target(SlaClock.FIRST_RESPONSE, 2), Target(SlaClock.RESOLUTION, 10))
    )
    sla.bind(company.desk("root"), "All", Level.DEFAULT)
    for number in range(TEMPLATES):
        wanted = Template(f"Look {number}", ["FREQ=DAILY"], first_look(now), "Look", catch_up=CatchUp.ALL)
        put_recurring(company.desk(), wanted)
    return company


def first_look(starts: datetime) -> datetime:
    """When the recurring work of a desk that begins then is due first, in local time."""
    return datetime.combine(starts.date() + timedelta(days=1), FIRST_OF_DAY)


def people_at_work(company: Company, address: Callable[[str], str], folder: Path) -> Crew:
    """Eight writers, each at the desk's address for them, and two passes."""
    desk, unit = company.desk(), company.rows["unit"]
    shared = company.ticket("shared by all", equipment_id=unit)
    receivers = tuple(company.people[login] for login in ("eva", "ed"))
    works = {}
    for login, kinds in KINDS_OF.items():
        ticket = shared
        if kinds == CONTRACTOR_KINDS:
            ticket = company.ticket(f"job of {login}", equipment_id=unit)
            tickets.assign(desk, [ticket], company.people[login])
        works[f"writer-{login}"] = Work(address(login), login, ticket, company.rows["client"], receivers, kinds)
    rounds = {
        f"pass-{CONSOLE}": writers.Round(address(CONSOLE), CONSOLE),
        f"worker-{WORKER}": writers.Round(address(WORKER), None),
    }
    crew = Crew(folder, works, rounds, company.clock.now)
    try:
        crew.start_all()
    except BaseException:
        crew.close()
        raise
    return crew


def hurt(run: Run, crew: Crew, dice: random.Random, until: float, ways: Ways) -> None:
    """Let faults come at random, one after the other, until a moment."""
    names, weights = list(ways), [weight for weight, _fault in ways.values()]
    pen = Pen(crew.folder / "faults.jsonl")
    while time.time() < until:
        time.sleep(dice.uniform(0.5, 3))
        kind, begins = dice.choices(names, weights)[0], time.time()
        pen.note(kind, len(run.hits))
        ways[kind][1]()
        run.hits.append(Hit(kind, begins, time.time()))
        for name in [name for name, process in crew.members.items() if not process.is_alive()]:
            run.problems.append(f"{name} ended by itself with {crew.members[name].exitcode}")
            crew.start(name)
    time.sleep(LAST_SECONDS)
    run.ends = time.time()


def kill_one(crew: Crew, dice: random.Random) -> Fault:
    """Kill -9: a console or worker ends as a crash would, and is started again."""

    def fault() -> None:
        name = dice.choice(sorted(crew.members))
        crew.kill(name)
        crew.start(name)

    return fault
