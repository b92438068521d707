"""Hearing of changes on a local desk: the file's version tells of a commit, the numbers of changes of what it did."""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine, Table, func, select

from deskconsole.data.engines.listening import Look, Way

POLL_SECONDS = 0.25


class FileListener:
    """Asks for the file's version (8 microseconds) several times a second."""

    way = Way.FILE
    every = 60.0
    rest = 0.0

    def __init__(self, engine: Engine, change: Table) -> None:
        self._change = change
        self._connection = engine.connect()
        self._version = -1
        self._seen = 0
        self._heard()

    def wait(self, seconds: float) -> int:
        """Wait for changes; a commit without any, such as a sign of presence, rings for nobody."""
        end = time.monotonic() + seconds
        while not (bells := self._heard()) and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, POLL_SECONDS))
        return bells

    def look(self, mark: str) -> Look:
        """What has a number after the mark's; with one writer at a time they are in the order of commits."""
        seen, number = int(mark), self._change.c.seq
        try:
            first, last = self._connection.execute(select(func.min(number), func.max(number))).one()
            if last is None or last < seen or first > seen + 1:  # put back from a backup, or cleaned up since
                return Look(str(last or 0), None if seen or last else frozenset())
            found = self._connection.execute(
                select(self._change.c.entity, self._change.c.row_id).where(number > seen, number <= last).distinct()
            )
            return Look(str(last), frozenset((row.entity, row.row_id) for row in found))
        finally:
            self._connection.rollback()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _heard(self) -> int:
        try:
            version = int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())
            if version == self._version:
                return 0
            before, self._version, self._seen = self._seen, version, latest(self._connection, self._change)
            return abs(self._seen - before)
        finally:
            self._connection.rollback()


def latest(connection: Connection, change: Table) -> int:
    """The number of the latest change; 0 before the first."""
    return connection.execute(select(func.max(change.c.seq))).scalar() or 0
