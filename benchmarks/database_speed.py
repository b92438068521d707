"""The first page of every built-in view, and a search as typed, in a desk of a million tickets.

Each is read as the queue reads it (`queue_source.read_head`: filter, SQL, rows as values) beside the plainest
`SELECT id ... LIMIT` that sqlite3 can be asked for the same.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measures import LOGIN, Figure, big_desk, high, show
from deskconsole.config import BUILT_IN_VIEWS
from deskconsole.desk.opening import open_desk
from deskconsole.domain.text import words
from deskconsole.screens import queue_source as source
from deskconsole.screens.session import Session

ROUNDS, SEARCH_ROUNDS = 15, 3
LINES = 42  # of the list on a terminal of 45
LIMIT = 3 * LINES
SEARCHED = ("касса", "не печатает чек", "ромашка", "лифт", "printer", "balanza", "núñez", "щётка", "кас-1866", "zzz")
"""Typed letter by letter: words of every frequency, two languages, a name, an inventory number, nothing at all."""


def plain_views(person_id: int) -> tuple[str, ...]:
    """The built-in views in their order, in the fewest words."""
    now = datetime.now(UTC)
    soon, present = (round(moment.timestamp() * 1_000_000) for moment in (now + timedelta(days=1), now))
    return (
        "is_open AND assignee_id IS NULL ORDER BY priority, next_due, id",
        f"is_open AND assignee_id = {person_id} ORDER BY next_due, id",
        f"is_open AND (is_breached OR (next_clock <> '' AND next_due < {present})) ORDER BY next_due, id",
        f"is_open AND next_due < {soon} ORDER BY next_due, id",
        "is_open AND category IN ('waiting_client', 'waiting_supplier') ORDER BY next_due, id",
        "is_open AND NOT is_covered ORDER BY created_at DESC, id DESC",
        "is_open ORDER BY next_due, id",
        "1 ORDER BY created_at DESC, id DESC",
    )


def views(session: Session, plain: sqlite3.Connection) -> list[Figure]:
    """The first page of each view."""
    found = []
    for view, sql in zip(BUILT_IN_VIEWS, plain_views(session.desk.actor.id or 0), strict=True):
        wanted = source.Wanted(view.filter, source.parse_sort(view.sort))
        query = f"SELECT id FROM ticket WHERE {sql} LIMIT {LIMIT}"
        pairs = [(asked(plain, query), read(session, wanted)) for _ in range(ROUNDS)]
        bare, ours = zip(*pairs, strict=True)
        found.append(Figure(f"view {view.name}, p95", high(ours), "ms", high(bare), most=30))
        found.append(Figure("  median", statistics.median(ours), "ms", statistics.median(bare)))
    return found


def asked(plain: sqlite3.Connection, query: str, *values: object) -> float:
    """Milliseconds of a plain query."""
    began = time.perf_counter()
    plain.execute(query, values).fetchall()
    return (time.perf_counter() - began) * 1000


def read(session: Session, wanted: source.Wanted, *, lenient: bool = False) -> float:
    """Milliseconds until the queue has its first rows."""
    began = time.perf_counter()
    source.read_head(session, wanted, LINES, lenient=lenient)
    return (time.perf_counter() - began) * 1000


def typed(text: str) -> list[str]:
    """What stands in the filter after each letter."""
    return [text[:end] for end in range(1, len(text) + 1) if text[end - 1] != " "]


def searches(session: Session, plain: sqlite3.Connection) -> list[Figure]:
    """Each word as typed, within the open tickets and within all."""
    match = f"SELECT rowid FROM ticket_words WHERE ticket_words MATCH ? LIMIT {LIMIT}"
    found = []
    for scope, order in (("status:open ", "due"), ("", "-created")):
        everything: list[float] = []
        for text in SEARCHED:
            pairs = []
            for prefix in typed(text) * SEARCH_ROUNDS:
                phrase = " ".join(f'"{word}"*' for word in words(prefix))
                wanted = source.Wanted(scope + prefix, source.parse_sort(order))
                pairs.append((asked(plain, match, phrase), read(session, wanted, lenient=True)))
            bare, ours = zip(*pairs, strict=True)
            everything += ours
            found.append(Figure(f"{scope}{text}, p95 of its prefixes", high(ours), "ms", high(bare), most=100))
        found.append(Figure(f"{scope}all of these, p95", high(everything), "ms", most=100))
        found.append(Figure("  median", statistics.median(everything), "ms"))
        found.append(Figure("  slowest", max(everything), "ms"))
    return found


def main(path: Path | None = None) -> int:
    place = path or big_desk()
    desk = open_desk(str(place), login=LOGIN)
    session = Session(desk, BUILT_IN_VIEWS)
    with closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True)) as plain:
        missed = show([*views(session, plain), *searches(session, plain)])
    desk.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
