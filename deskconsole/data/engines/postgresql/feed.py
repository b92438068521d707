"""Hearing of changes on a shared desk: the server rings a bell, a snapshot says which changes are new.

Sequence numbers are given before commit, so "greater than the last seen" misses what a slow writer commits late. A
mark is therefore a snapshot: new is every change that is visible now and was not visible in it. Nothing waits for the
oldest transaction: one that stays open for an hour, of whatever database, delays its own changes only.
"""

from __future__ import annotations

import time
from typing import cast
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from deskconsole.data.engines.listening import Look, Way
from deskconsole.data.engines.postgresql.link import Link

CHANNEL = "desk_change"
LOOK_SECONDS = 6.0
"""Between two looks though no bell rang; with what a silent look takes to fail (`link`) less than 15 s."""
POLL_SECONDS = 1.5
PROBE_SECONDS = 1.0
"""What a bell may take to come round when it is tried."""
BLIND_REST = 1.0
"""Between two looks on a copy, where everything has to be read again after each."""

NOW = "extract(epoch FROM pg_postmaster_start_time()) || '/' || pg_current_snapshot()::text"
MARK = text(f"SELECT {NOW}")
NEW = text(
    f"SELECT {NOW} AS mark, new.entity, new.row_id FROM (SELECT) AS one LEFT JOIN ("
    "SELECT DISTINCT entity, row_id FROM change"
    " WHERE txid >= pg_snapshot_xmin(CAST(:seen AS pg_snapshot))"
    " AND txid < pg_snapshot_xmax(pg_current_snapshot())"  # a row copied from another server is not of the future
    " AND NOT pg_visible_in_snapshot(txid, CAST(:seen AS pg_snapshot))"
    ") AS new ON true"
)
OLDEST = text(
    "SELECT seq = 1 OR pg_visible_in_snapshot(txid, CAST(:seen AS pg_snapshot)) FROM change ORDER BY seq LIMIT 1"
)
OWN = text(
    f"SELECT {NOW} AS mark, new.entity, new.row_id FROM (SELECT) AS one"
    " LEFT JOIN desk_priv.changed_since(CAST(:seen AS pg_snapshot)) AS new ON true"
)
"""The same for a login that may not read what others changed: of its own only (data.access.functions)."""
OLDEST_FOR_OWN = text("SELECT desk_priv.remembers(CAST(:seen AS pg_snapshot))")
PID = "SELECT pg_backend_pid()"
WHO = text("SELECT has_column_privilege('change', 'entity', 'SELECT') AS may_read, pg_is_in_recovery() AS is_standby")


def mark_of(connection: Connection) -> str:
    """This moment: when the server started, and what is visible on it."""
    return str(connection.execute(MARK).scalar_one())


class ServerListener:
    """An autocommit connection outside the pool that LISTENs, or asks by the clock where no bell comes through."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._raw = cast("Link", self._connection.connection.driver_connection)
            self._connection.detach()
            who = self._connection.execute(WHO).one()
            self._is_first = True
            self._is_blind = who.is_standby  # its snapshot does not list who is at work
            self._new, self._oldest = (NEW, OLDEST) if who.may_read else (OWN, OLDEST_FOR_OWN)
            # A standby refuses LISTEN; with a pooler between, it is tried.
            is_heard = not who.is_standby and (not self._raw.is_pooled or self._is_heard(engine))
            if is_heard:
                self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        except BaseException:
            self._connection.close()
            raise
        self.way = Way.NOTIFY if is_heard else Way.POLL
        self.every = LOOK_SECONDS if is_heard else POLL_SECONDS
        self.rest = BLIND_REST if self._is_blind else 0.0

    def wait(self, seconds: float) -> int:
        """Wait for the server's bell; commits that come together may ring as one."""
        if self.way is Way.POLL:
            time.sleep(seconds)
            return 0
        return self._bells(seconds)

    def look(self, mark: str) -> Look:
        """What is visible now and was not in the mark's snapshot, to the row: exactly once."""
        is_first, self._is_first = self._is_first, False
        if self._is_blind:
            now = mark_of(self._connection)
            return Look(now, frozenset() if now == mark else None)
        server, _slash, seen = mark.rpartition("/")
        rows = self._connection.execute(self._new, {"seen": seen}).all()
        now = str(rows[0].mark)
        same_server, _slash, snapshot = now.rpartition("/")
        is_lost = server != same_server or _horizon(snapshot) < _horizon(seen)
        if is_lost or (is_first and not self._reaches_back(seen)):
            return Look(now, None)
        return Look(now, frozenset((row.entity, row.row_id) for row in rows if row.entity is not None))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _reaches_back(self, seen: str) -> bool:
        """Whether no change after `seen` can have been cleaned up: one from before is still there, or the first."""
        found = self._connection.execute(self._oldest, {"seen": seen}).scalar()
        return found is None or bool(found)

    def _is_heard(self, engine: Engine) -> bool:
        """Whether a pooler leaves this connection its server process, so that a bell rung by another comes through.

        Transaction pooling does not: the process that LISTENs for it is somebody else's by then. That is known at
        once when another connection is given the same process; else it is tried.
        """
        channel = f"desk_probe_{uuid4().hex}"
        self._connection.exec_driver_sql(f"LISTEN {channel}")
        try:
            own = self._connection.exec_driver_sql(PID).scalar_one()
            with engine.connect() as other, other.begin():
                is_shared = other.exec_driver_sql(PID).scalar_one() == own
                other.exec_driver_sql(f"NOTIFY {channel}")
            return not is_shared and self._bells(PROBE_SECONDS) > 0
        finally:
            self._connection.exec_driver_sql(f"UNLISTEN {channel}")

    def _bells(self, seconds: float) -> int:
        try:
            return sum(1 for _bell in self._raw.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error as error:
            raise OperationalError(f"LISTEN {CHANNEL}", None, error) from None


def _horizon(snapshot: str) -> int:
    """The number of the first transaction that a snapshot (`xmin:xmax:in progress`) knows nothing of."""
    return int(snapshot.split(":")[1])
