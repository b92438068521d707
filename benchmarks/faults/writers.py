"""The people and passes of the fault run: each a process of its own, with a journal of what it was told."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event

from benchmarks.faults.journal import Pen, read_journal
from deskconsole.desk import tickets
from deskconsole.desk.alert_pass import raise_thresholds
from deskconsole.desk.desk import Desk
from deskconsole.desk.feed import prune
from deskconsole.desk.opening import open_desk, open_unattended
from deskconsole.desk.pass_clock import present
from deskconsole.desk.recurring import raise_due
from deskconsole.desk.unbooked_pass import book_waiting
from deskconsole.desk.unread_pass import ring_unread
from deskconsole.domain.errors import DeskError, InDoubt, StorageUnavailable
from deskconsole.domain.sentences import Sentence
from tests.support.writers import Work, act, key_of, kind_of

STATUS = "in_progress"
REST = 0.05
"""Seconds between two acts: people who are quick."""
BATCH = 3
DAY_SECONDS = 1.0
"""How long a day of the recurring work takes, so that there is always something due."""
PASS_SECONDS = 2.0
"""Between two looks of a pass at what is due by the real clock."""
JOBS = (book_waiting, raise_thresholds, ring_unread, prune)
FULL = "full"
"""A file of this name beside a journal: the desk's file may not grow."""
MOST_PAGES = 0xFFFFFFFE


@dataclass
class Writer:
    """One person at work: acts one after the other, each asked for until it is answered."""

    work: Work
    pen: Pen
    name: str
    statuses: dict[int, Any]
    full: Path
    desk: Desk | None = None

    def write(self, first: int, last: int | None, until: float) -> None:
        """Do acts from `first` on: to `last`, or until a moment, and then to the end of the act."""
        number = first
        while (last is None or number < last) and time.time() < until:
            answer = self._done("act", number, partial(act, work=self.work, name=self.name, number=number))
            if kind_of(number, self.work.kinds) == "register":
                self.take_up(number, answer)
            number += 1
            time.sleep(REST)

    def take_up(self, number: int, ticket: int) -> None:
        """Begin the work on a ticket just registered."""
        key = status_key(self.name, number)
        begin = partial(tickets.set_status, ticket_ids=[ticket], status=STATUS, key=key)
        self.statuses[number] = self._done("status", number, begin)

    def _done(self, what: str, number: int, do: Callable[[Desk], Any]) -> Any:
        """Ask until it is answered: what nobody knows, was not written or was refused is sent again as it is."""
        while True:
            self.pen.note("tries", number, what=what)
            try:
                self.desk = self.desk or self._opened(number)
                answer = json.loads(json.dumps(do(self.desk)))
            except DeskError as error:
                self.pen.note(word_of(error), number, what=what, why=error.sentence.template)
            except Exception:  # counted as an unexpected error of the run, which then has failed
                self.pen.note("crash", number, what=what, why=traceback.format_exc(limit=-4))
            else:
                self.pen.note("told", number, what=what, answer=answer)
                return answer
            time.sleep(0.2)

    def _opened(self, number: int) -> Desk:
        def warned(sentence: Sentence) -> None:
            self.pen.note("warned", number, why=sentence.template)

        desk = open_desk(self.work.location, login=self.work.login)
        limit_pages(desk, self.full)
        return replace(desk, warned=warned)


def status_key(name: str, number: int) -> UUID:
    """The key of the change of status after a ticket was registered."""
    return key_of(f"{name} status", number)


def word_of(error: DeskError) -> str:
    """How a journal calls what a person was told instead of an answer."""
    if isinstance(error, InDoubt):
        return "doubt"
    return "away" if isinstance(error, StorageUnavailable) else "refused"


def limit_pages(desk: Desk, full: Path) -> None:
    """Let a local desk's file not grow while there is a file `full`, as on a full disk."""
    if desk.store.dialect.NAME != "sqlite":
        return

    def limit(connection: Connection) -> None:
        most = 1 if full.exists() else MOST_PAGES  # fewer than there are means: as many as there are
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    event.listen(desk.store.reader, "begin", limit)


def write(work: Work, path: Path, last: int | None, until: float) -> None:
    """A writer's process: goes on where its journal ends, with the act that was not answered."""
    logging.basicConfig(filename=path.with_suffix(".log"))
    found = read_journal(path, work.kinds)
    writer = Writer(work, Pen(path), path.stem, found.statuses, path.with_name(FULL))
    for number, answer in found.journal.answers.items():
        if kind_of(number, work.kinds) == "register" and number not in found.statuses:
            writer.take_up(number, answer)
    writer.write(found.journal.next, last, until)
    if writer.desk is not None:
        writer.desk.close()


@dataclass(frozen=True)
class Round:
    """A pass: the desk, and whose console runs it (None: a worker)."""

    location: str
    login: str | None

    def open(self) -> Desk:
        """The desk as it has it open."""
        if self.login is None:
            return open_unattended(self.location)
        return open_desk(self.location, login=self.login)


def instant(starts: datetime, began: float) -> datetime:
    """The moment that recurring work goes by: a day of it passes in `DAY_SECONDS`."""
    return starts + timedelta(days=(time.time() - began) / DAY_SECONDS)


def pass_by(wanted: Round, path: Path, starts: datetime, began: float) -> None:
    """A pass's process: raises what is due, few at a time, and does what the real clock says, until it is killed."""
    logging.basicConfig(filename=path.with_suffix(".log"))
    pen, desk, looked_at = Pen(path), None, 0.0
    while True:
        try:
            desk = desk or wanted.open()
            done = raise_due(desk, instant(starts, began), BATCH)
            if time.time() > looked_at + PASS_SECONDS:
                looked_at = time.time()
                for job in JOBS:
                    job(desk, present(desk))
        except DeskError as error:
            pen.note(word_of(error), 0, why=error.sentence.template)
            time.sleep(0.2)
        except Exception:  # counted as an unexpected error of the run
            pen.note("crash", 0, why=traceback.format_exc(limit=-4))
            time.sleep(0.2)
        else:
            if not any(done.values()):
                time.sleep(REST)
