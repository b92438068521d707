"""How soon a change is on the other consoles: 50 followers on one PostgreSQL, a burst, and slow writers.

    python -m benchmarks.live

Starts a server of its own. Beside the followers a bare psycopg LISTENs in the same run; beside the readers that go by
snapshots, readers that go by the highest number seen, as one would write it first.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

import psycopg

from benchmarks.measures import LOGIN, Figure, high, show
from deskconsole.data.store import create_store, open_store
from deskconsole.desk import demo, tickets
from deskconsole.desk.feed import Changed, follow
from deskconsole.desk.opening import open_desk
from deskconsole.domain.terms import Priority
from deskconsole.following import Feed
from deskconsole.widgets.line_list import LineList
from tests.console.desks import queue_on
from tests.console.shell import opened, settled
from tests.support.postgres import TemporaryPostgres, create_database

FOLLOWERS, PROCESSES = 50, 2
CHANGES, PER_SECOND = 400, 10
BURST = 1000
SHOWN, SHOWN_OF = 100, 3000
WRITERS, READERS, WRITES = 8, 4, 2000
LONGEST_HELD = 0.08
"""Seconds a writer holds its transaction at most."""
NOTE = "INSERT INTO change (entity, row_id, at) VALUES ('ticket', %s, clock_timestamp())"
SPAWN = get_context("spawn")


def dsn_of(url: str) -> str:
    """The address as libpq reads it."""
    return url.replace("postgresql+psycopg", "postgresql", 1)


@dataclass
class Heard:
    """When a follower was told of each row, by the machine's monotonic clock, and how often it was told anything."""

    at: dict[int, float] = field(default_factory=dict)
    refreshes: int = 0


def followers(url: str, count: int, stop: Signal, ready: Queue[int], results: Queue[list[Heard]]) -> None:
    """Follow with many consoles' feeds, a connection and a thread each; run in a process of its own."""
    found = [Heard() for _number in range(count)]
    ended = threading.Event()

    def listen(changes: Iterator[Changed], heard: Heard) -> None:
        for changed in changes:
            now = time.monotonic()
            heard.refreshes += 1
            for _entity, row in changed.rows:
                heard.at.setdefault(row or 0, now)

    with closing(open_store(url)) as store:
        threads = []
        for heard in found:
            threads.append(threading.Thread(target=listen, args=(follow(store, ended), heard)))
            ready.put(1)
        for thread in threads:
            thread.start()
        stop.wait()
        ended.set()
        for thread in threads:
            thread.join()
    results.put(found)


def bare(dsn: str, stop: threading.Event, heard: Heard) -> None:
    """Nothing but LISTEN, and at each bell reading what has a higher number than the highest seen."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("LISTEN desk_change")
        seen = 0
        while not stop.is_set():
            if not list(connection.notifies(timeout=0.2, stop_after=1)):
                continue
            rows = connection.execute("SELECT seq, row_id FROM change WHERE seq > %s", [seen]).fetchall()
            now = time.monotonic()
            seen = max([seen, *(seq for seq, _row in rows)])
            for _seq, row in rows:
                heard.at.setdefault(row, now)


class Crowd:
    """50 followers in two processes, and the reference beside them."""

    def __init__(self, url: str) -> None:
        self._stop, ready, self._results = SPAWN.Event(), SPAWN.Queue(), SPAWN.Queue()
        each = FOLLOWERS // PROCESSES
        self._processes = [
            SPAWN.Process(target=followers, args=(url, each, self._stop, ready, self._results), daemon=True)
            for _number in range(PROCESSES)
        ]
        for process in self._processes:
            process.start()
        for _follower in range(each * PROCESSES):
            ready.get(timeout=60)
        self._bare_ended, self.bare = threading.Event(), Heard()
        self._bare = threading.Thread(target=bare, args=(dsn_of(url), self._bare_ended, self.bare))
        self._bare.start()
        time.sleep(0.5)

    def ended(self) -> list[Heard]:
        """What each has heard."""
        time.sleep(3)
        self._stop.set()
        self._bare_ended.set()
        self._bare.join()
        found = [heard for _process in self._processes for heard in self._results.get(timeout=60)]
        for process in self._processes:
            process.join()
        return found


def committed(dsn: str, count: int, first: int, pause: float) -> dict[int, float]:
    """Make changes, a transaction each; when each was committed."""
    at = {}
    with psycopg.connect(dsn) as connection:
        if not pause:  # a burst, not the disk's pace
            connection.execute("SET synchronous_commit = off")
        for number in range(first, first + count):
            connection.execute(NOTE, [number])
            connection.commit()
            at[number] = time.monotonic()
            if pause:
                time.sleep(random.uniform(0, 2 * pause))
    return at


def milliseconds(at: dict[int, float], heard: Sequence[Heard]) -> list[float]:
    """From each commit to each delivery; one that never came is an error."""
    assert all(at.keys() <= one.at.keys() for one in heard), "a change was missed"
    return sorted(max(0.0, one.at[number] - moment) * 1000 for one in heard for number, moment in at.items())


def delivering(url: str) -> list[Figure]:
    """Single changes at the pace of a busy desk."""
    crowd = Crowd(url)
    at = committed(dsn_of(url), CHANGES, 1, 1 / PER_SECOND)
    own, reference = milliseconds(at, crowd.ended()), milliseconds(at, [crowd.bare])
    name = f"commit to delivery, {FOLLOWERS} consoles"
    return [
        Figure(f"{name}, p50", statistics.median(own), "ms", statistics.median(reference)),
        Figure("  p95", high(own), "ms", high(reference), most=250),
        Figure("  p99", own[-len(own) // 100], "ms", reference[-len(reference) // 100]),
        Figure("  most", own[-1], "ms", reference[-1]),
    ]


def showing(url: str) -> list[Figure]:
    """Somebody else's change until it stands in the list of a real queue, beside as many followers."""
    demo.fill(url, tickets=SHOWN_OF, open_share=0.4)
    crowd = Crowd(url)
    others = threading.Thread(target=committed, args=(dsn_of(url), CHANGES, 1_000_000, 1 / PER_SECOND))
    others.start()
    with tempfile.TemporaryDirectory() as folder:
        took = sorted(asyncio.run(shown(url, Path(folder))))
    others.join()
    crowd.ended()
    name = f"commit to the list of a real queue, {FOLLOWERS} consoles"
    return [
        Figure(f"{name}, p50", statistics.median(took), "ms"),
        Figure("  p95", high(took), "ms", most=250),
        Figure("  most", took[-1], "ms"),
    ]


async def shown(url: str, folder: Path) -> list[float]:
    """Milliseconds from the commit of a priority to the row that says it, of a queue that runs without a terminal."""
    took = []
    with closing(open_desk(url, login=LOGIN)) as desk, closing(open_desk(url, login=LOGIN)) as other:
        feed = Feed()
        feed.mark(desk)
        app = queue_on(desk, folder)
        async with app.run_test(size=(160, 45)) as pilot:
            screen = await opened(pilot)
            await settled(pilot)
            feed.start(desk, app)
            lines = screen.query_one(LineList)
            key = lines.cursor_key
            for number in range(SHOWN):
                value = Priority.LOW if number % 2 else Priority.HIGH
                await asyncio.to_thread(tickets.set_priority, other, [key], value)
                began = time.monotonic()
                while (row := lines.row_of(key)) is None or row.priority != value:
                    await asyncio.sleep(0.002)
                took.append((time.monotonic() - began) * 1000)
                await asyncio.sleep(random.uniform(0, 0.8))
            feed.stop()
    return took


def bursting(url: str) -> list[Figure]:
    """1,000 changes in one transaction, and one after the other as quickly as one writer can."""
    figures = []
    for name, together in (("in one transaction", True), ("in 1,000 transactions", False)):
        crowd, first = Crowd(url), 10_000 if together else 20_000
        began = time.monotonic()
        if together:
            with psycopg.connect(dsn_of(url)) as connection:
                connection.cursor().executemany(NOTE, [(first + number,) for number in range(BURST)])
        else:
            committed(dsn_of(url), BURST, first, 0)
        took = time.monotonic() - began
        heard = crowd.ended()
        assert all(len(one.at) == BURST for one in heard), "a change was missed"
        most = max(one.refreshes for one in heard)
        figures.append(Figure(f"{BURST:,} changes {name} ({took:.2f} s), refreshes", most, "at most", most=1))
    return figures


def write_slowly(dsn: str, numbers: Sequence[int], seed: int) -> None:
    """Make changes whose transactions stay open for a while; run in a thread."""
    chance = random.Random(seed)
    with psycopg.connect(dsn) as connection:
        for number in numbers:
            connection.execute(NOTE, [number])
            time.sleep(chance.uniform(0, LONGEST_HELD))
            connection.commit()


def missing(url: str) -> list[Figure]:
    """Eight writers that hold their transactions 0-80 ms; what each of four readers of each kind has missed."""
    dsn, ended = dsn_of(url), threading.Event()
    own, naively = [Heard() for _reader in range(READERS)], [Heard() for _reader in range(READERS)]
    stores = [open_store(url) for _reader in own]
    feeds = [follow(store, ended) for store in stores]

    def listen(place: int) -> None:
        for changed in feeds[place]:
            own[place].at.update((row or 0, 0.0) for _entity, row in changed.rows)

    readers = [threading.Thread(target=listen, args=(place,)) for place in range(READERS)]
    readers += [threading.Thread(target=bare, args=(dsn, ended, heard)) for heard in naively]
    numbers = range(100_000, 100_000 + WRITES)
    writers = [
        threading.Thread(target=write_slowly, args=(dsn, numbers[place::WRITERS], place)) for place in range(WRITERS)
    ]
    for thread in readers:
        thread.start()
    time.sleep(1)
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    time.sleep(3)
    ended.set()
    for thread in readers:
        thread.join()
    for store in stores:
        store.close()
    missed = max(len(set(numbers) - one.at.keys()) for one in own)
    missed_naively = max(len(set(numbers) - one.at.keys()) for one in naively)
    return [Figure(f"of {WRITES:,} changes of slow writers, missed", missed, "at most", float(missed_naively), most=0)]


def main() -> int:
    with TemporaryPostgres(("fsync=on", "synchronous_commit=on", "max_connections=200")) as server:
        url = create_database(server, "live")
        create_store(url).close()
        queue = create_database(server, "queue")
        create_store(queue).close()
        return 1 if show([*delivering(url), *showing(queue), *bursting(url), *missing(url)]) else 0


if __name__ == "__main__":
    sys.exit(main())
