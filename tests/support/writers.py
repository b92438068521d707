"""Writers that may be killed: processes that do mixed work on one desk and tell, act by act, what they were told.

Each act has a key made from the writer's name and the act's number, as a console makes one and keeps it until it is
answered; who begins again repeats the first unanswered act. `faults` compares what was told with the database.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from time import perf_counter
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.tables import Event, HourEntry, HourLot, Message, Operation, Ticket, TimeEntry, table
from deskconsole.desk import hours, tickets, time
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.domain.terms import Priority

FAMILY = UUID("8a2d0f6e-27f1-4f0e-9d5b-3f0b8c6f1d11")
KINDS = ("register", "reply", "log", "grant", "assign", "priority")
"""What people of the desk do, one after the other."""
ENGINEER_KINDS = ("register", "reply", "log", "start", "stop")
CONTRACTOR_KINDS = ("reply", "log", "start", "stop")


@dataclass(frozen=True)
class Work:
    """What a writer works on: the desk, a ticket and a client that all writers share, people to give tickets to.

    A contractor's ticket is their own, and `kinds` are what somebody in that role may do.
    """

    location: str
    login: str
    ticket: int
    client: int
    people: tuple[int, ...]
    kinds: tuple[str, ...] = KINDS


@dataclass
class Journal:
    """What one writer said it tries, and what it was told, by the number of the act."""

    name: str
    answers: dict[int, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = KINDS

    @property
    def next(self) -> int:
        """The first act that was not answered."""
        return len(self.answers)


def key_of(name: str, number: int) -> UUID:
    """The key of an act."""
    return uuid5(FAMILY, f"{name} {number}")


def kind_of(number: int, kinds: Sequence[str] = KINDS) -> str:
    """What the act does."""
    return kinds[number % len(kinds)]


def act(desk: Desk, work: Work, name: str, number: int) -> Any:
    """Do one act; its words carry its mark, so that what it did can be counted."""
    key, kind, mark = key_of(name, number), kind_of(number, work.kinds), f"{name}-{number}"
    if kind == "register":
        call = tickets.Registration(mark, work.client, body=f"story of {mark}")
        return tickets.register(desk, call, key=key)
    if kind == "reply":
        return tickets.reply(desk, work.ticket, mark, key=key)
    if kind in {"log", "start", "stop"}:
        return _work(desk, work, kind, number, mark, key)
    if kind == "grant":
        return hours.grant(desk, work.client, 1 + number % 5, note=mark, key=key)
    if kind == "assign":
        return tickets.assign(desk, [work.ticket], work.people[number % len(work.people)], key=key)
    return tickets.set_priority(desk, [work.ticket], Priority(1 + number % 4), key=key)


def _work(desk: Desk, work: Work, kind: str, number: int, mark: str, key: UUID) -> Any:
    if kind == "start":
        return time.start_timer(desk, work.ticket, key=key)
    if kind == "stop":
        return time.stop_timer(desk, note=mark, key=key).entry_id
    return time.log_time(desk, work.ticket, 1 + number % 5, note=mark, key=key).entry_id


def run(work: Work, name: str, first: int, last: int, tells: Connection) -> None:
    """Do acts `first` to `last`, saying each before it begins and after it is answered."""
    desk = open_desk(work.location, login=work.login)
    for number in range(first, last):
        tells.send(("tries", number, None))
        tells.send(("told", number, act(desk, work, name, number)))
    desk.close()
    tells.send(("done", last, None))


def context() -> ForkServerContext:
    """Where writers come from: a small process that has the program loaded and forks one in milliseconds."""
    made = get_context("forkserver")
    made.set_forkserver_preload([__name__])
    return made


@dataclass(eq=False)
class Writer:
    """A writer at work, and its journal as far as it was heard."""

    journal: Journal
    process: ForkServerProcess
    hears: Connection

    def hear(self) -> bool:
        """Take in one thing it said; False when it says no more."""
        try:
            word, number, answer = self.hears.recv()
        except (EOFError, ConnectionResetError):
            return False
        if word == "told":
            self.journal.answers[number] = json.loads(json.dumps(answer))
        return bool(word != "done")

    def kill(self) -> None:
        """End it as a crash would; what it had said is heard out."""
        os.kill(self.process.pid or 0, signal.SIGKILL)
        while self.hear():
            continue
        self.process.join()
        self.hears.close()

    def finish(self) -> None:
        """Wait for its end."""
        while self.hear():
            continue
        self.process.join()
        self.hears.close()


def start(work: Work, journal: Journal, last: int) -> Writer:
    """Start a writer where its journal ends."""
    hears, tells = context().Pipe(duplex=False)
    process = context().Process(target=run, args=(work, journal.name, journal.next, last, tells))
    process.start()
    tells.close()
    return Writer(journal, process, hears)


def kill_again_and_again(work: Work, names: Sequence[str], kills: int, seed: int) -> list[Journal]:
    """Writers at work, one killed after the other at a moment of its own; returns what they were told."""
    dice = random.Random(seed)
    endless = 10**9
    journals = [Journal(name) for name in names]
    writers = [start(work, journal, endless) for journal in journals]
    for number in range(kills):
        speaker = _listen(writers, dice.randint(3, 30))
        victim = speaker if number % 3 else dice.choice(writers)  # mostly who is writing, sometimes who waits
        _linger(dice.random() * 0.004)  # anywhere between the wish and the answer
        victim.kill()
        writers[writers.index(victim)] = start(work, victim.journal, endless)
    for writer in writers:
        writer.kill()
    for journal in journals:
        start(work, journal, journal.next + 1).finish()  # the act in doubt is asked for again
    return journals


def _listen(writers: Sequence[Writer], words: int) -> Writer:
    """Hear so many words from any of them; returns who spoke last."""
    by_pipe = {writer.hears: writer for writer in writers}
    speaker = writers[0]
    while words > 0:
        for pipe in wait(list(by_pipe)):
            speaker = by_pipe[pipe]  # type: ignore[index] # these are the connections we gave
            speaker.hear()
            words -= 1
    return speaker


def _linger(seconds: float) -> None:
    until = perf_counter() + seconds
    while perf_counter() < until:
        continue


@dataclass(frozen=True)
class Faults:
    """How the database differs from what the writers were told; all empty when nothing was lost."""

    acknowledged: int
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    unknown: tuple[str, ...]


def faults(session: Session, journals: Sequence[Journal]) -> Faults:
    """Compare: each answered act is there once, with the same answer; nothing is there that nobody asked for."""
    told = {(each.name, number): answer for each in journals for number, answer in each.answers.items()}
    kinds = {f"{each.name}-{number}": kind_of(number, each.kinds) for each in journals for number in each.answers}
    operation = table(Operation)
    done = {row.key: json.loads(row.result) for row in session.execute(select(operation))}
    missing = [
        f"{name}-{number}" for (name, number), answer in told.items() if not _is_done(done, name, number, answer)
    ]
    doubled = [str(key) for key in _acts_done_twice(session)]
    unknown = []
    for marked, column in MARKS:
        counts = Counter(text for text in session.execute(select(column)).scalars() if text.startswith("writer"))
        asked = {mark for mark, kind in kinds.items() if kind in marked}
        missing += [mark for mark in asked if counts[mark] == 0]
        doubled += [mark for mark, times in counts.items() if times > 1]
        unknown += [mark for mark in counts if mark not in asked]
    return Faults(len(told), tuple(missing), tuple(doubled), tuple(unknown))


MARKS = (
    ({"register"}, table(Ticket).c.subject),
    ({"reply"}, table(Message).c.body),
    ({"log", "stop"}, table(TimeEntry).c.note),
    ({"grant"}, table(HourLot).c.note),
    ({"grant"}, table(HourEntry).c.reason),
)
"""Where the mark of an act of these kinds stands, once."""


def _is_done(done: Mapping[UUID, Any], name: str, number: int, answer: Any) -> bool:
    result = done.get(key_of(name, number), ...)
    return bool(result == answer or (isinstance(result, dict) and result["entry_id"] == answer))


def _acts_done_twice(session: Session) -> list[UUID]:
    """Operations that have more than one line of history of the same verb on the same ticket."""
    event = table(Event)
    query = (
        select(event.c.operation)
        .where(event.c.operation.is_not(None))
        .group_by(event.c.operation, event.c.ticket_id, event.c.verb, event.c.field)
        .having(func.count() > 1)
    )
    return list(session.execute(query).scalars())
