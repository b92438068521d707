"""What a writer was told, line by line on the disk, and how it is read back."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.writers import KINDS, Journal


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
    """A journal as it was read back.

    `statuses`: what was told of the change of status after a ticket was registered, by the number of that act.
    `settled`: acts that were in doubt and then answered. `refused`: when, and in which words.
    """

    journal: Journal
    statuses: dict[int, Any] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)
    told_at: list[float] = field(default_factory=list)
    in_doubt: set[str] = field(default_factory=set)
    settled: int = 0
    refused: list[tuple[float, str]] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.journal.name


def read_journal(path: Path, kinds: tuple[str, ...] = KINDS) -> Read:
    """What a writer noted who does acts of these kinds; a line that a kill cut short is none."""
    found = Read(Journal(path.stem, kinds=kinds))
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
        elif word == "refused":
            found.refused.append((line["at"], line["why"]))
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
