"""Whole tables of a local desk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table

from deskconsole.data.canonical import Stored
from deskconsole.data.engines.bulk import BATCH
from deskconsole.data.engines.sqlite import dialect as sqlite
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose one read transaction sees the desk as it is now, whoever writes meanwhile."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SELECT count(*) FROM alembic_version")  # a deferred transaction begins by reading
        yield connection


def unhurried(_connection: Connection) -> None:
    """Nothing of a file is limited in time."""


@contextmanager
def bare(connection: Connection, tables: Sequence[Table], dressing: Callable[[], None]) -> Iterator[None]:
    """Let tables be filled without their triggers and indexes; both are made again at the end.

    Foreign keys are off already (`sqlite.migrating`) and looked at before the commit. `dressing` is called before the
    indexes are made.
    """
    marks = ", ".join("?" * len(tables))
    made = connection.exec_driver_sql(
        f"SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        f" AND tbl_name IN ({marks}) ORDER BY type, name",
        tuple(table.name for table in tables),
    ).fetchall()
    for kind, name, _words in made:
        connection.exec_driver_sql(f'DROP {kind} "{name}"')
    yield
    dressing()
    for _kind, _name, words in made:
        connection.exec_driver_sql(words)


def empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Take every row away."""
    for table in reversed(tables):
        connection.exec_driver_sql(f"DELETE FROM {table.name}")


def stored_rows(connection: Connection, of: Table) -> Iterator[Sequence[Stored]]:
    """All rows of a table in its own order, some at a time; what stands in the file is their stored form.

    Raises:
        StorageUnavailable: the file holds what no desk writes there.
    """
    columns = [column.name for column in of.c]
    raw = connection.connection.driver_connection
    assert raw is not None
    cursor = raw.cursor()
    try:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {of.name}")
        while rows := cursor.fetchmany(BATCH):
            yield rows
    except sqlite3.Error as error:
        if "UTF-8" not in str(error):
            raise sqlite.explained(error, connection.engine.url) from None
        raise StorageUnavailable(
            mark("The table {table} holds a text that is none (not UTF-8); nothing was copied."), table=of.name
        ) from None
    finally:
        cursor.close()


def write_stored(connection: Connection, into: Table, rows: Sequence[Stored]) -> None:
    """Write rows in their stored form."""
    columns = [column.name for column in into.c]
    words = f"INSERT INTO {into.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    connection.exec_driver_sql(words, [tuple(row) for row in rows])
