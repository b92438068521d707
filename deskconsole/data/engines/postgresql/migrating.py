"""Changing the schema of a shared desk: one at a time, by its owner, on a server that is new enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark

MIGRATION_LOCK = 0x4445534B  # "DESK"
OLDEST = 14
"""The oldest PostgreSQL that is tried; older ones are out of support."""
WAITS = "5s"
LOCK_NOT_AVAILABLE = "55P03"

HOLDER = f"""
SELECT a.pid, a.usename::text AS login, to_char(a.xact_start AT TIME ZONE 'UTC', 'HH24:MI') AS since
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = {MIGRATION_LOCK} AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
OWNED = """
SELECT tableowner = 'desk_owner' AND pg_has_role(session_user, 'desk_owner', 'MEMBER') FROM pg_tables
WHERE schemaname = 'public' AND tablename = 'alembic_version'
"""


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One connection and one transaction for a migration, behind a lock that only one holds.

    Raises:
        StorageUnavailable: the server is too old, or somebody else is at it; the sentence says who.
    """
    with engine.connect() as connection, connection.begin():
        refuse_old(connection)
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAITS}'")
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            raise _held(connection) from None
        yield connection


def refuse_old(connection: Connection) -> None:
    """Let only servers go on that know what a desk needs.

    Raises:
        StorageUnavailable: this one is older.
    """
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    if int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) < OLDEST * 10000:
        raise StorageUnavailable(
            mark("The server runs PostgreSQL {version}; a desk needs {oldest} or newer."),
            version=version,
            oldest=OLDEST,
        )


def _held(connection: Connection) -> StorageUnavailable:
    holder = connection.exec_driver_sql(HOLDER).first()
    return StorageUnavailable(
        mark("{login} makes or upgrades this desk just now (since {since} UTC, process {pid}); try again later."),
        login=(holder and holder.login) or "?",
        since=(holder and holder.since) or "?",
        pid=holder.pid if holder else "?",
    )


@contextmanager
def as_owner(connection: Connection) -> Iterator[None]:
    """Act as the desk's owner, so that what is made belongs to it; a desk that has none yet is left to the login."""
    if not connection.exec_driver_sql(OWNED).scalar():
        yield
        return
    connection.exec_driver_sql("SET LOCAL ROLE desk_owner")
    yield
    connection.exec_driver_sql("RESET ROLE")
