"""What happened and how long it took, by verb; counted in each process, put together in the first."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from deskconsole.domain.errors import Conflict, DeskError


@dataclass
class Tally:
    """Seconds of each act between two moments of the monotonic clock, and what else came of it.

    `told` are answers a person expects (somebody was faster); `errors` are all others. `retried` are transactions that
    the program ran again by itself. Of the acts `begun` in that time some have not `ended` when it is over.
    """

    since: float = math.inf
    until: float = -math.inf
    seconds: dict[str, list[float]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    begun: int = 0
    ended: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Without the lock: it is put together in another process."""
        return {name: value for name, value in self.__dict__.items() if name != "_turn"}

    @contextmanager
    def timing(self, verb: str) -> Iterator[None]:
        """Note how long an act took, or how it failed."""
        began = time.monotonic()
        is_measured = self.since <= began <= self.until
        with self._turn:
            self.begun += is_measured
        try:
            yield
        except Conflict as error:
            self.note(self.told, f"{verb}: {error.sentence.template}", began)
        except DeskError as error:
            self.note(self.errors, f"{verb}: {type(error).__name__}: {error.sentence}", began)
        except Exception as error:  # whatever it is, it is counted and shown
            self.note(self.errors, f"{verb}: {type(error).__name__}: {str(error)[:200]}", began)
        else:
            self.took(verb, began)
        with self._turn:
            self.ended += is_measured

    def took(self, verb: str, began: float) -> None:
        """Note what an act has taken since it began."""
        ended = time.monotonic()
        if self.since <= began and ended <= self.until:
            with self._turn:
                self.seconds.setdefault(verb, []).append(ended - began)

    def note(self, counter: Counter[str], what: str, at: float | None = None) -> None:
        """Count something, if it lies in the time that is measured."""
        if self.since <= (time.monotonic() if at is None else at) <= self.until:
            with self._turn:
                counter[what] += 1

    def add(self, other: Tally) -> None:
        """Take in what another process counted."""
        for verb, seconds in other.seconds.items():
            self.seconds.setdefault(verb, []).extend(seconds)
        self.told += other.told
        self.errors += other.errors
        self.retried += other.retried
        self.begun += other.begun
        self.ended += other.ended
