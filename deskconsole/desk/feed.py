"""What others changed: heard of by a bell or by asking, read from the change table, delivered once, bursts as one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from deskconsole.data.engines.listening import Listener, Row, Way
from deskconsole.data.store import Store
from deskconsole.data.tables import Change, table
from deskconsole.desk.desk import Desk
from deskconsole.domain.terms import EVERYTHING, RUNNERS

__all__ = ["Way"]

CHANGE = table(Change)

STOP_SECONDS = 0.5
"""How soon a follower that waits sees that it is to stop."""
QUIET_SECONDS = 0.03
"""Without another bell for so long, what rang is over."""
PROMPT_SECONDS = 0.15
"""From a bell to the look, at most, while bells go on as at a busy desk."""
BURST_BELLS, BURST_QUIET, BURST_SECONDS = 20, 0.2, 3.0
"""So many bells by then are a burst (an import): told of once, when it pauses or after so long at most."""

BUSY_LOOK, LOOK_COSTS, LOOKS = 0.02, 5, 8
"""Where looks take longer than so many seconds, or than twice this line's best, on the mean of the last ones, the
server is busy, and hundreds of consoles that look as often as it rings would keep it so: after each look is then a
rest of so many times as long, and more the longer they take."""

KEPT = timedelta(days=2)
LATEST_KEPT = 1000
"""Changes that stay however old: a number is never given twice, and a clock that is wrong removes none too early."""
BATCH = 5000


@dataclass(frozen=True)
class Changed:
    """Rows that are not what a console shows (row id None = many of that entity), and the mark to go on from."""

    rows: frozenset[Row]
    mark: str


def where(store: Store) -> str:
    """The mark of this moment: what is committed after it is told to whoever follows from it.

    Raises:
        StorageUnavailable: the desk is out of reach.
    """
    with store.explaining(), store.reader.connect() as connection:
        return store.dialect.feed_mark(connection, CHANGE)


def follow(
    store: Store, stop: threading.Event, mark: str | None = None, *, answered: Callable[[], None] = lambda: None
) -> Generator[Changed]:
    """Yield what changed since a mark (None: since the call), each burst once, until `stop` is set.

    Runs in a thread of its own, on a connection of its own. After an error the caller follows anew from the last
    mark it got: nothing between is missed. `answered` is called each time the desk has answered.

    Raises:
        StorageUnavailable: the desk is out of reach.
    """
    since = mark if mark is not None else where(store)
    with store.explaining():
        listener = store.dialect.listener(store.reader, CHANGE)
    answered()
    return _changes(store, listener, since, stop, answered)


def hears_by(store: Store) -> Way:
    """How a console on this desk hears of changes, tried out; for `doctor`.

    Raises:
        StorageUnavailable: the desk is out of reach.
    """
    with store.explaining(), closing(store.dialect.listener(store.reader, CHANGE)) as listener:
        return listener.way


def prune(desk: Desk, now: datetime) -> Mapping[str, int]:
    """Remove a bounded number of changes that every console has long heard of; how many."""
    desk.actor.allow(*RUNNERS)
    with desk.store.reading() as session:
        first = session.execute(select(CHANGE.c.at).order_by(CHANGE.c.seq).limit(1)).scalar()
        if first is None or first >= now - KEPT:
            return {"removed": 0}
        oldest = select(CHANGE.c.seq, CHANGE.c.at).order_by(CHANGE.c.seq).limit(BATCH).subquery()
        latest = session.execute(select(func.max(CHANGE.c.seq))).scalar() or 0
        found = session.execute(
            select(oldest.c.seq).where(oldest.c.at < now - KEPT, oldest.c.seq <= latest - LATEST_KEPT)
        )
        numbers = found.scalars().all()
    if not numbers:
        return {"removed": 0}
    with desk.store.writing() as session:
        old = delete(CHANGE).where(CHANGE.c.seq.between(numbers[0], numbers[-1]), CHANGE.c.at < now - KEPT)
        session.execute(old)
    return {"removed": len(numbers)}


def _changes(
    store: Store, listener: Listener, mark: str, stop: threading.Event, answered: Callable[[], None]
) -> Generator[Changed]:
    quickest = usual = 0.0
    with closing(listener):
        while not stop.is_set():
            began = time.monotonic()
            try:
                look = listener.look(mark)
            except DBAPIError as error:  # retryable or not: the caller follows anew
                raise store.dialect.explained(error, store.url) from None
            answered()
            took = time.monotonic() - began
            quickest, usual = min(quickest or took, took), usual + (took - usual) / LOOKS
            mark = look.mark
            rest = _rest(usual, quickest)
            if look.rows is None or look.rows:
                yield Changed(EVERYTHING if look.rows is None else look.rows, mark)
                rest = max(rest, listener.rest)
            stop.wait(rest)
            try:
                _wait(listener, listener.every - rest, stop, answered)
            except DBAPIError as error:
                raise store.dialect.explained(error, store.url) from None


def _rest(usual: float, quickest: float) -> float:
    """Seconds from a look to the next, at least."""
    busy = max(BUSY_LOOK, 2 * quickest)
    return min(LOOK_COSTS * usual * usual / busy, BURST_SECONDS) if usual > busy else 0.0


def _wait(listener: Listener, longest: float, stop: threading.Event, answered: Callable[[], None]) -> None:
    """Wait for a bell and for what it begins to be over; without a bell until it is time to look anyhow."""
    end = time.monotonic() + longest
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        bells = listener.wait(min(left, STOP_SECONDS))
        if bells or listener.way is Way.FILE:  # a file is asked at each turn; a server may be silent or gone
            answered()
        if bells:
            _settle(listener, bells, stop)
            return


def _settle(listener: Listener, bells: int, stop: threading.Event) -> None:
    """Let a burst come to its end, so that it is told of once."""
    began, quiet, longest = time.monotonic(), QUIET_SECONDS, PROMPT_SECONDS
    while not stop.wait(quiet):
        more = listener.wait(0)
        bells += more
        if bells >= BURST_BELLS:
            quiet, longest = BURST_QUIET, BURST_SECONDS
        if not more or time.monotonic() - began > longest:
            return
