"""Reading from a copy of the desk that follows the main server: for boards and reports, never for decisions."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Generic, TypeVar

from sqlmodel import Session

from deskconsole.data.store import Store
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import Sentence, mark

LOG = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 4.0, 60.0
"""Seconds for which a copy that did not answer is left alone: a try may take as long as connecting does."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lately(Generic[Result]):
    """What was read, and how long that took.

    `lag` is how far behind the copy was that it was read from; None: it is the main server's. `is_without_copy`: the
    desk has a copy, and it is away.
    """

    result: Result
    took: timedelta
    lag: timedelta | None = None
    is_without_copy: bool = False

    @property
    def words(self) -> Sentence | None:
        """Where it is from, if that is worth saying."""
        if self.is_without_copy:
            return Sentence(mark("Copy away."))
        return None if self.lag is None else lag_words(self.lag)


class Copy:
    """A desk's copy, which may be away: then it is not asked for a while, each time longer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._turn = Lock()
        self._pause = FIRST_PAUSE
        self._away_until: float | None = None

    def read(self, query: Callable[[Session], Result], place: Callable[[], str | None]) -> Lately[Result] | None:
        """What the copy says, measured against how far the main server has written; None: it is away."""
        if self._away_until is not None and time.monotonic() < self._away_until:
            return None
        try:
            with self.store.reading() as session:
                lag = self.store.dialect.lag(session.connection(), place())
                began = time.perf_counter()
                result = query(session)
                took = timedelta(seconds=time.perf_counter() - began)
        except StorageUnavailable as error:
            self._rest(error)
            return None
        self._pause, self._away_until = FIRST_PAUSE, None
        return Lately(result, took, lag)

    def _rest(self, error: StorageUnavailable) -> None:
        with self._turn:
            if self._away_until is None:
                LOG.warning("the copy is away: %s", error.sentence)
            # Partly chance, so that not all consoles come at once.
            self._away_until = time.monotonic() + self._pause * random.uniform(0.5, 1)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)


def main_place(store: Store) -> str | None:
    """How far the main server has written; None while it is out of reach."""
    with suppress(StorageUnavailable), store.reading() as session:
        return store.dialect.place(session.connection())
    return None


def lag_words(lag: timedelta) -> Sentence:
    """How old what a copy says is, in words."""
    seconds = int(lag.total_seconds())
    if seconds < 120:
        return Sentence(mark("Read from a copy, {seconds} s behind."), seconds=seconds)
    return Sentence(mark("Read from a copy, {time} behind."), time=duration_text(seconds // 60))
