"""The people and passes of the fault run: each a process of its own, with a journal of what it was told was saved."""

from __future__ import annotations

import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from deskconsole.desk import tickets
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk, open_unattended
from deskconsole.desk.recurring import raise_due
from deskconsole.domain.errors import Conflict, DeskError, InDoubt, StorageUnavailable, Unreachable
from deskconsole.domain.sentences import Sentence
from tests.support.writers import Journal, Work, act, key_of, kind_of

STATUS = "in_progress"
REST = 0.05
"""Seconds between two acts: people who are quick."""
BATCH = 3
DAY_SECONDS = 1.0
"""How long a day of the recurring work takes, so that there is always something due."""


class Pen:
    """Writes a journal, each line on the disk before the next thing is done."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, word: str, number: int, **more: Any) -> None:
        """Write a line: what happened to which act, and when."""
        line = {"word": word, "number": number, "at": time.time(), **more}
        os.write(self._file, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        os.fsync(self._file)


@dataclass
class Read:
    """A journal as it was read back."""

    journal: Journal
    statuses: dict[int, Any] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)
    told_at: list[float] = field(default_factory=list)
    in_doubt: set[str] = field(default_factory=set)
    settled: int = 0
    said: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)


def read_journal(path: Path) -> Read:
    """What a writer noted; a line that a kill cut short is none."""
    found = Read(Journal(path.stem))
    for line in _lines(path):
        word, number = line["word"], line["number"]
        found.words[word] += 1
        what = f"{line.get('what', '')} {number}"
        if word == "told":
            found.told_at.append(line["at"])
            (found.statuses if line["what"] == "status" else found.journal.answers)[number] = line["answer"]
            if what in found.in_doubt:
                found.in_doubt.discard(what)
                found.settled += 1
        elif word == "doubt":
            found.in_doubt.add(what)
        elif word == "crash":
            found.crashes.append(line["why"])
        if word in {"doubt", "away", "refused", "warned"}:
            found.said[line["why"]] += 1
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):
            yield json.loads(line)


def status_key(name: str, number: int) -> UUID:
    """The key of the change of status after a ticket was registered."""
    return key_of(f"{name} status", number)


@dataclass
class Writer:
    """One person at work: acts one after the other, each asked for until it is answered."""

    work: Work
    pen: Pen
    name: str
    statuses: dict[int, Any]
    desk: Desk | None = None

    def write(self, first: int, last: int | None, until: float) -> None:
        """Do acts from `first` on: to `last`, or until a moment, and then to the end of the act."""
        number = first
        while (last is None or number < last) and time.time() < until:
            ticket = self._done("act", number, lambda desk, one=number: act(desk, self.work, self.name, one))
            if kind_of(number) == "register" and isinstance(ticket, int):
                self.take_up(number, ticket)
            number += 1
            time.sleep(REST)

    def take_up(self, number: int, ticket: int) -> None:
        """Begin the work on a ticket just registered."""
        key = status_key(self.name, number)
        self.statuses[number] = self._done(
            "status", number, lambda desk: tickets.set_status(desk, [ticket], STATUS, key=key)
        )

    def _done(self, what: str, number: int, do: Any) -> Any:
        """Ask until it is answered; what nobody knows and what was not written is sent again as it is."""
        while True:
            self.pen.note("tries", number, what=what)
            try:
                self.desk = self.desk or self._opened(number)
                answer = json.loads(json.dumps(do(self.desk)))
            except InDoubt as error:
                self.pen.note("doubt", number, what=what, why=error.sentence.template)
            except (Unreachable, StorageUnavailable) as error:
                self.pen.note("away", number, what=what, why=error.sentence.template)
            except DeskError as error:
                self.pen.note("refused", number, what=what, why=error.sentence.template)
                if not isinstance(error, Conflict):
                    return None
            except Exception:
                self.pen.note("crash", number, what=what, why=traceback.format_exc(limit=-4))
            else:
                self.pen.note("told", number, what=what, answer=answer)
                return answer
            time.sleep(0.2)

    def _opened(self, number: int) -> Desk:
        def warned(sentence: Sentence) -> None:
            self.pen.note("warned", number, why=sentence.template)

        return replace(open_desk(self.work.location, login=self.work.login), warned=warned)


def write(work: Work, path: Path, last: int | None, until: float) -> None:
    """A writer's process: goes on where its journal ends, with the act that was not answered."""
    found = read_journal(path)
    writer = Writer(work, Pen(path), path.stem, found.statuses)
    for number, answer in found.journal.answers.items():
        if kind_of(number) == "register" and number not in found.statuses:
            writer.take_up(number, answer)
    writer.write(found.journal.next, last, until)
    if writer.desk is not None:
        writer.desk.close()


def instant(starts: datetime, began: float) -> datetime:
    """The moment that recurring work goes by: a day of it passes in `DAY_SECONDS`."""
    return starts + timedelta(days=(time.time() - began) / DAY_SECONDS)


def raise_all(location: str, path: Path, starts: datetime, began: float, until: float) -> None:
    """A worker's process: raises what is due, few at a time, again and again."""
    pen, desk = Pen(path), None
    while time.time() < until:
        try:
            desk = desk or open_unattended(location)
            done = raise_due(desk, instant(starts, began), BATCH)
        except DeskError as error:
            pen.note("away", 0, why=error.sentence.template)
            time.sleep(0.2)
        except Exception:
            pen.note("crash", 0, why=traceback.format_exc(limit=-4))
            time.sleep(0.2)
        else:
            if not any(done.values()):
                time.sleep(REST)
