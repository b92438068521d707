"""What others changed: polled cheaply, read from the change table, delivered once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from deskconsole.data.store import Store
from deskconsole.data.tables import Change, table

POLL_SECONDS = 0.25
CHANGE = table(Change)


@dataclass(frozen=True)
class Changed:
    """Rows that are not what a console shows; `row_id` None = many rows of that entity."""

    rows: frozenset[tuple[str, int | None]]


def follow(store: Store, stop: threading.Event) -> Iterator[Changed]:
    """Yield what changed since the call, each burst once, until `stop` is set.

    Runs in a thread of its own, on a connection of its own; after an error the caller follows anew and should
    take everything as changed.

    Raises:
        StorageUnavailable: the desk is out of reach.
    """
    with store.explaining():
        connection = store.reader.connect()
        try:
            seen = store.dialect.first_mark(connection, CHANGE)
            connection.rollback()
        except BaseException:
            connection.close()
            raise
    return _changes(store, connection, seen, stop)


def _changes(store: Store, connection: Connection, seen: int, stop: threading.Event) -> Iterator[Changed]:
    version = -1
    with connection:
        while not stop.wait(POLL_SECONDS):
            try:
                now = store.dialect.data_version(connection)
                changes: list[tuple[str, int | None]] = []
                if now != version:
                    version = now
                    seen, changes = store.dialect.changes_since(connection, CHANGE, seen)
                connection.rollback()
            except DBAPIError as error:  # retryable or not: the caller follows anew
                raise store.dialect.explained(error, store.url) from None
            if changes:
                yield Changed(frozenset(changes))
