"""Many consoles in a few processes, a thread for each person, and what they cost while they were at it."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import psycopg

from benchmarks.load.console import Console
from benchmarks.load.people import Member, Town
from benchmarks.load.server import BigServer
from benchmarks.load.tally import Tally
from benchmarks.load.verbs import next_verb

PROCESSES = 4
READERS = 3
"""Threads that read in the background, a console; the program makes as many as it needs."""
SETTLED_SECONDS = 60.0
"""In which people are at work already, before anything is measured."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Shift:
    """How long the people work, and how long each thinks between two acts, in seconds; 0 = not at all."""

    seconds: float
    think: float
    seed: int


@dataclass(frozen=True)
class Cost:
    """What a run cost: CPU seconds of server, people and machine, connections and memory of the server's processes."""

    seconds: float
    server_cpu: float
    people_cpu: float
    machine_cpu: float
    connections: float
    most_connections: int
    backend_megabytes: float
    server_megabytes: float
    commits: int


def work(server: BigServer, town: Town, shift: Shift) -> tuple[Tally, Cost]:
    """Let everybody work for a while; what they did, and what it cost."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.load.crowd"])
    pipes, processes = [], []
    for number in range(PROCESSES):
        ours, theirs = context.Pipe()
        members = town.members[number::PROCESSES]
        urls = [server.url(member.login) for member in members]
        process = context.Process(target=_people, args=(theirs, urls, members, town, shift, number), daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()  # its consoles are open
    since = time.monotonic() + SETTLED_SECONDS
    until = since + shift.seconds
    for pipe in pipes:
        pipe.send((since, until))
    pids = [process.pid or 0 for process in processes]
    time.sleep(SETTLED_SECONDS)
    before = _Reading(server, pids)
    time.sleep(shift.seconds / 2)
    connections = _connections(server)
    backend, whole = _memory(server)
    time.sleep(max(0.0, until - time.monotonic()))
    after = _Reading(server, pids)
    total = Tally(since, until)
    for pipe in pipes:
        total.add(pipe.recv())
    for process in processes:
        process.kill()  # as a crash would: two hundred consoles that leave in order take longer than the run
        process.join()
    return total, Cost(
        seconds=after.at - before.at,
        server_cpu=after.server - before.server,
        people_cpu=after.people - before.people,
        machine_cpu=after.machine - before.machine,
        connections=sum(connections) / len(town.members),
        most_connections=max(connections, default=0),
        backend_megabytes=backend,
        server_megabytes=whole,
        commits=after.commits - before.commits,
    )


def _people(
    pipe: Connection, urls: Sequence[str], members: Sequence[Member], town: Town, shift: Shift, number: int
) -> None:
    """Some of the consoles; run in a process of its own until it is killed."""
    logging.disable()  # what the passes complain of is counted
    tally, pool = Tally(), ThreadPoolExecutor(READERS * len(members))
    consoles = [Console(url, member, town, tally, pool) for url, member in zip(urls, members, strict=True)]
    pipe.send("open")
    for place, console in enumerate(consoles):
        console.start()
        chance = Random(f"{shift.seed} {number} {place}")
        threading.Thread(target=_sit, args=(console, chance, shift.think), daemon=True).start()
    threading.Thread(target=_clock, args=(consoles,), daemon=True).start()
    tally.since, tally.until = pipe.recv()
    time.sleep(max(0.0, tally.until - time.monotonic()))
    pipe.send(tally)
    pipe.recv()


def _sit(console: Console, chance: Random, think: float) -> None:
    """One person at work: a thought of any length, an act."""
    while True:
        time.sleep(chance.expovariate(1 / think) if think else 0)
        verb = next_verb(console.member.role, chance)
        try:
            verb(console, chance)
        except Exception as error:  # between two acts that are timed; counted as theirs are
            console.tally.note(console.tally.errors, f"{verb.__name__}: {error!r}"[:200])


def _clock(consoles: Sequence[Console]) -> None:
    """The second of all consoles."""
    while True:
        time.sleep(1)
        for console in consoles:
            console.tick()


class _Reading:
    """What has been used up to now."""

    def __init__(self, server: BigServer, people: Sequence[int]) -> None:
        self.at = time.monotonic()
        self.server = _cpu(server.pid, with_ended=True) + sum(_cpu(pid) for pid in _children(server.pid))
        self.people = sum(_cpu(pid) for pid in people)
        used = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
        self.machine = sum(int(value) for place, value in enumerate(used[:8]) if place not in {3, 4}) / TICKS
        with psycopg.connect(server.dsn()) as connection:
            row = connection.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
            self.commits = int((row.fetchone() or (0,))[0])


def _cpu(pid: int, *, with_ended: bool = False) -> float:
    """CPU seconds of a process; `with_ended`: of its children that have ended, too."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(word) for word in words[11 : 15 if with_ended else 13]) / TICKS


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _connections(server: BigServer) -> list[int]:
    """How many connections each person's console holds."""
    with psycopg.connect(server.dsn()) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename LIKE 'load%'"
            " GROUP BY usename"
        ).fetchall()
    return [int(row[0]) for row in rows]


def _memory(server: BigServer) -> tuple[float, float]:
    """Megabytes that are a connection's own, the mean, and of all the server's processes together (PSS)."""
    with psycopg.connect(server.dsn()) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE usename LIKE 'load%'").fetchall()
    own = [found["Private_Dirty"] + found["Private_Clean"] for (pid,) in rows if (found := _rollup(pid))]
    whole = sum(_rollup(pid).get("Pss", 0.0) for pid in (server.pid, *_children(server.pid)))
    return sum(own) / max(1, len(own)), whole


def _rollup(pid: int) -> dict[str, float]:
    """Megabytes by kind."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    except OSError:
        return {}
    return {name.rstrip(":"): int(value) / 1024 for name, value, *_unit in map(str.split, lines)}
