"""Processes that raise what is due, again and again, on one desk; they may be killed at any moment."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from time import perf_counter

from deskconsole.desk.alert_pass import raise_thresholds
from deskconsole.desk.opening import open_unattended
from deskconsole.desk.recurring import raise_due
from deskconsole.jobs.passes import run_job
from tests.support.writers import context

OCCURRENCES_AT_ONCE, CLOCKS_AT_ONCE, ROUNDS = 10, 15, 1
"""Few in one transaction and few in one pass, so that the processes meet often."""
JOBS = (
    ("recurring", partial(raise_due, limit=OCCURRENCES_AT_ONCE)),
    ("thresholds", partial(raise_thresholds, limit=CLOCKS_AT_ONCE)),
)


@dataclass(frozen=True)
class Task:
    """The desk, and what the clock says from one round to the next: it may step, forward and back."""

    location: str
    instants: tuple[datetime, ...]


def run(task: Task, first: int, tells: Connection) -> None:
    """Raise what is due at each instant in turn, until a whole turn has found nothing."""
    desk = open_unattended(task.location)
    tells.send("open")
    tells.recv()  # all begin together
    place, idle = first, 0
    while idle < len(task.instants):
        now = task.instants[place % len(task.instants)]
        done = [run_job(name, once, desk, now, most=ROUNDS) for name, once in JOBS]
        assert not [job.error for job in done if job.error is not None]
        idle = 0 if any(any(job.done.values()) for job in done) else idle + 1
        place += 1
        tells.send("round")
    desk.close()
    tells.send("done")


@dataclass(eq=False)
class Passer:
    """A process at work, and what it says."""

    process: ForkServerProcess
    hears: Connection
    is_through: bool = False

    def kill(self) -> None:
        """End it as a crash would."""
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        self.hears.close()


def start(task: Task, first: int) -> Passer:
    """Start one, its clock at one of the instants."""
    hears, tells = context().Pipe()
    process = context().Process(target=run, args=(task, first, tells))
    process.start()
    tells.close()
    return Passer(process, hears)


def race(task: Task, count: int, kills: int, seed: int) -> list[int | None]:
    """Let so many race, kill some in the middle of it and put others in their place; the exit codes of the rest."""
    dice = random.Random(seed)
    passers = [start(task, number) for number in range(count)]
    for passer in passers:
        passer.hears.recv()
    for passer in passers:
        passer.hears.send("go")
    for _kill in range(kills):
        victim = _who_speaks(passers, dice.randint(2, 8))
        _linger(dice.random() * 0.2)  # anywhere within its next round
        victim.kill()
        passers.remove(victim)
        passers.append(start(task, dice.randrange(len(task.instants))))
        passers[-1].hears.send("go")
    return [_finish(passer) for passer in passers]


def _who_speaks(passers: Sequence[Passer], words: int) -> Passer:
    """Hear so many words; who spoke last, of those that are at it still."""
    heard = 0
    while True:
        by_pipe = {passer.hears: passer for passer in passers if not passer.is_through}
        assert by_pipe, "all were through before they could be killed"
        for pipe in wait(list(by_pipe)):
            speaker = by_pipe[pipe]  # type: ignore[index] # these are the connections we gave
            speaker.is_through = speaker.hears.recv() == "done"
            heard += 1
            if heard >= words and not speaker.is_through:
                return speaker


def _linger(seconds: float) -> None:
    until = perf_counter() + seconds
    while perf_counter() < until:
        continue


def _finish(passer: Passer) -> int | None:
    with suppress(EOFError):  # when it fails; its exit code says so
        while not passer.is_through:
            passer.is_through = passer.hears.recv() == "done"
    passer.process.join()
    passer.hears.close()
    return passer.process.exitcode
