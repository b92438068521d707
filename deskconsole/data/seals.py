"""The chain over a local desk's history and ledger: who changes a line written before breaks it.

At the end of each write transaction on SQLite one seal is stored: the SHA-256 of the seal before and of the rows of
`event` and `hour_entry` written since, in their stored form and by their numbers. `faults` computes them again. A seal
with an empty digest begins the chain of a desk that is older than it: what it spans was never sealed.

It shows that somebody changed the past. Whoever owns the file can forge the whole chain anew; against that, note the
last digest elsewhere (`deskconsole db check` says it).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from deskconsole.data.canonical import Stored, rows_bytes

# Named here and not taken from the tables: a column that comes later must not break the seals made before.
EVENTS = (
    "SELECT id, ticket_id, at, person_id, actor, login, channel, rule, verb, field, old, new, reason, operation"
    " FROM event WHERE id > ? AND id <= ? ORDER BY id"
)
ENTRIES = (
    "SELECT id, lot_id, kind, minutes, at, person_id, ticket_id, time_entry_id, reverses_id, reason"
    " FROM hour_entry WHERE id > ? AND id <= ? ORDER BY id"
)
ENDS = (
    "SELECT (SELECT max(id) FROM event), (SELECT max(id) FROM hour_entry), to_event_id, to_entry_id, digest"
    " FROM (SELECT 1) LEFT JOIN (SELECT * FROM seal ORDER BY id DESC LIMIT 1)"
)
INSERT = "INSERT INTO seal (from_event_id, to_event_id, from_entry_id, to_entry_id, digest) VALUES (?, ?, ?, ?, ?)"
FETCHED = 5000


@dataclass(frozen=True)
class Link:
    """One seal, as it is stored."""

    id: int
    from_event: int
    to_event: int
    from_entry: int
    to_entry: int
    digest: str


@dataclass(frozen=True)
class Chain:
    """What was found of the chain: the first broken link, how far it goes, what it does not span."""

    broken: Link | None
    links: int
    digest: str
    older: int
    """Lines of history and ledger that are older than the chain."""
    unsealed: int
    """Those that came after the last seal: written round the program."""


def seal(connection: Connection) -> None:
    """Seal what was written since the last seal; nothing new, nothing stored."""
    event, entry, sealed_event, sealed_entry, before = connection.exec_driver_sql(ENDS).one()
    event, entry = event or 0, entry or 0
    sealed_event, sealed_entry = sealed_event or 0, sealed_entry or 0
    if event <= sealed_event and entry <= sealed_entry:
        return
    digest = _digest(connection, before or "", (sealed_event, event), (sealed_entry, entry))
    connection.exec_driver_sql(
        INSERT, (sealed_event + 1, max(event, sealed_event), sealed_entry + 1, max(entry, sealed_entry), digest)
    )


def begin(connection: Connection) -> None:
    """Begin the chain of a desk that has a past: it is left unsealed, what comes is sealed."""
    event, entry, sealed, *_rest = connection.exec_driver_sql(ENDS).one()
    if sealed is None and (event or entry):
        connection.exec_driver_sql(INSERT, (1, event or 0, 1, entry or 0, ""))


def examine(connection: Connection) -> Chain:
    """Compute the chain again."""
    last = Link(0, 1, 0, 1, 0, "")
    links = older = 0
    for link in _links(connection):
        follows = (link.from_event, link.from_entry) == (last.to_event + 1, last.to_entry + 1)
        is_beginning = not link.digest and not last.id
        spans = (last.to_event, link.to_event), (last.to_entry, link.to_entry)
        if not follows or not (is_beginning or _digest(connection, last.digest, *spans) == link.digest):
            return Chain(link, links, last.digest, older, 0)
        if is_beginning:
            older = _count(connection, 0, 0, link.to_event, link.to_entry)
        links, last = links + (not is_beginning), link
    behind = _count(connection, last.to_event, last.to_entry, 1 << 62, 1 << 62)
    return Chain(None, links, last.digest, older, behind)


def _links(connection: Connection) -> Iterator[Link]:
    after = 0
    words = (
        "SELECT id, from_event_id, to_event_id, from_entry_id, to_entry_id, digest FROM seal"
        " WHERE id > ? ORDER BY id LIMIT ?"
    )
    while rows := connection.exec_driver_sql(words, (after, FETCHED)).fetchall():
        yield from (Link(*row) for row in rows)
        after = rows[-1][0]


def _digest(connection: Connection, before: str, events: tuple[int, int], entries: tuple[int, int]) -> str:
    """The seal over some rows; either span may be empty (first excluded, last included)."""
    made = hashlib.sha256(before.encode("ascii", "replace"))
    for mark, words, span in ((b"event[", EVENTS, events), (b"entry[", ENTRIES, entries)):
        if span[1] > span[0]:
            for rows in _batches(connection, words, span):
                made.update(b"".join([mark + row + b"]" for row in rows_bytes(rows)]))
    return made.hexdigest()


def _batches(connection: Connection, words: str, span: tuple[int, int]) -> Iterator[Sequence[Stored]]:
    raw: Any = connection.connection.driver_connection
    cursor = raw.cursor()
    try:
        cursor.execute(words, span)
        while rows := cursor.fetchmany(FETCHED):
            yield rows
    finally:
        cursor.close()


def _count(connection: Connection, event: int, entry: int, to_event: int, to_entry: int) -> int:
    return int(
        connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM event WHERE id > ? AND id <= ?)"
            " + (SELECT count(*) FROM hour_entry WHERE id > ? AND id <= ?)",
            (event, to_event, entry, to_entry),
        ).scalar_one()
    )
