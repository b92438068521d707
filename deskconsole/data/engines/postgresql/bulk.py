"""Whole tables of a shared desk; for its owner or a superuser, whom row security lets see every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from psycopg import DatabaseError
from sqlalchemy import Boolean, Column, Connection, Date, Engine, Table, Uuid

from deskconsole.data.canonical import Stored
from deskconsole.data.engines.bulk import BATCH
from deskconsole.data.engines.postgresql import dialect as postgresql
from deskconsole.data.engines.types import EPOCH, UtcDateTime
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]").search
_TRUTHS = {0: "f", 1: "t"}
_UNREADABLE = (ValueError, OverflowError, TypeError, LookupError)
_Shape = Callable[[Sequence[Any]], list[str]]
_LINE = re.compile(r"line (\d+)")
UNHURRIED = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
"""Limits that are right for a console and wrong for moving a desk."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose one transaction sees the desk as it is now; it fails where it would see only a part."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql("SET LOCAL row_security = off")
        unhurried(connection)
        yield connection


def unhurried(connection: Connection) -> None:
    """Let this transaction take as long as it needs."""
    for name in UNHURRIED:
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")


@contextmanager
def bare(connection: Connection, tables: Sequence[Table], dressing: Callable[[], None]) -> Iterator[None]:
    """Let tables be filled without triggers, foreign keys and indexes; all are put back at the end.

    Triggers would write who copies into history, and ring for every row. Foreign keys are looked at once for the whole
    table when they are put back, which takes a fraction of looking at row after row. `dressing` is called before.
    """
    connection.exec_driver_sql("SET LOCAL row_security = off")
    names = [table.name for table in tables]
    switched = _of(connection, _TRIGGERS, names)
    for table, name, _state in switched:
        connection.exec_driver_sql(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')
    keys = _of(connection, _FOREIGN_KEYS, names)
    for table, name, _words in keys:
        connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = _of(connection, _INDEXES, names)
    for _table, name, _words in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    dressing()
    for _table, _name, words in indexes:
        connection.exec_driver_sql(words)
    for table, name, words in keys:
        connection.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {words}')
    for table, name, state in switched:
        connection.exec_driver_sql(f'ALTER TABLE {table} ENABLE {_STATES[state]} "{name}"')


_TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger"
    " WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid = ANY(CAST(%s AS regclass[])) ORDER BY 1, 2"
)
_STATES = {"O": "TRIGGER", "A": "ALWAYS TRIGGER", "R": "REPLICA TRIGGER"}
_FOREIGN_KEYS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY(CAST(%s AS regclass[])) ORDER BY 1, 2"
)
_INDEXES = (
    "SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
    " WHERE indrelid = ANY(CAST(%s AS regclass[]))"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))"
    " ORDER BY 1, 2"
)


def _of(connection: Connection, words: str, names: list[str]) -> list[tuple[str, str, str]]:
    found = connection.exec_driver_sql(words, (names,)).fetchall()
    return [(str(row[0]), str(row[1]), str(row[2])) for row in found]


def empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Take every row away."""
    connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in tables)}")


def stored_rows(connection: Connection, of: Table) -> Iterator[Sequence[Stored]]:
    """All rows of a table in any order, some at a time, in their stored form."""
    raw: Any = connection.connection.driver_connection
    with raw.cursor(name=f"desk_{of.name}") as cursor:
        cursor.itersize = BATCH
        cursor.execute(f"SELECT {', '.join(_as_stored(column) for column in of.c)} FROM {of.name}")
        while rows := cursor.fetchmany(BATCH):
            yield rows


def _as_stored(column: Column[Any]) -> str:
    if isinstance(column.type, UtcDateTime):
        return f"(extract(epoch FROM {column.name}) * 1000000)::bigint"
    if isinstance(column.type, Boolean):
        return f"{column.name}::int"
    if isinstance(column.type, Date):
        return f"to_char({column.name}, 'YYYY-MM-DD')"
    if isinstance(column.type, Uuid):
        return f"replace({column.name}::text, '-', '')"
    return column.name


def write_stored(connection: Connection, into: Table, rows: Sequence[Stored]) -> None:
    """Write rows in their stored form, by COPY.

    Raises:
        InvalidInput: a row holds what PostgreSQL does not take; the row is named, its content is not.
    """
    raw: Any = connection.connection.driver_connection
    lines = _lines(into, rows)
    try:
        with (
            raw.cursor() as cursor,
            cursor.copy(f"COPY {into.name} ({', '.join(column.name for column in into.c)}) FROM STDIN") as copy,
        ):
            copy.write("\n".join(lines) + "\n")
    except DatabaseError as error:
        if not (error.sqlstate or "").startswith(("22", "23")):
            raise postgresql.explained(error, connection.engine.url) from None
        place = _LINE.search(error.diag.context or "")
        row = rows[int(place[1]) - 1] if place else rows[0]
        raise _refused(into, row, error.diag.constraint_name or error.sqlstate or "") from None


def _refused(into: Table, row: Stored, reason: str) -> InvalidInput:
    key = [str(value) for value, column in zip(row, into.c, strict=True) if column.primary_key]
    return InvalidInput(
        mark("Row {row} of {table} can't stand on PostgreSQL ({reason}); nothing was copied."),
        row=", ".join(key)[:60],
        table=into.name,
        reason=reason,
    )


def _lines(into: Table, rows: Sequence[Stored]) -> list[str]:
    """The rows as COPY reads them; column by column, for a call a value would take most of the time."""
    shapes = [_shape(column) for column in into.c]
    try:
        columns = [shape(values) for shape, values in zip(shapes, zip(*rows, strict=True), strict=True)]
    except _UNREADABLE as error:
        raise _refused(into, _unreadable(shapes, rows), type(error).__name__) from None
    return ["\t".join(values) for values in zip(*columns, strict=True)]


def _unreadable(shapes: Sequence[_Shape], rows: Sequence[Stored]) -> Stored:
    for row in rows:
        try:
            for shape, value in zip(shapes, row, strict=True):
                shape((value,))
        except _UNREADABLE:
            return row
    raise AssertionError("one of them can't be read")


def _shape(column: Column[Any]) -> _Shape:
    if isinstance(column.type, UtcDateTime):
        return _instants
    if isinstance(column.type, Boolean):
        return _truths
    if isinstance(column.type, Date):
        return _days
    return _plain


def _instants(values: Sequence[Any]) -> list[str]:
    return ["\\N" if value is None else (EPOCH + timedelta(microseconds=value)).isoformat() for value in values]


def _truths(values: Sequence[Any]) -> list[str]:
    return ["\\N" if value is None else _TRUTHS[value] for value in values]


def _days(values: Sequence[Any]) -> list[str]:
    return ["\\N" if value is None else date.fromisoformat(value).isoformat() for value in values]


def _plain(values: Sequence[Any]) -> list[str]:
    return [
        "\\N" if value is None else value.translate(_ESCAPED) if _needs_escape(value) else str(value)
        for value in values
    ]


def _needs_escape(value: int | str) -> bool:
    return type(value) is str and _SPECIAL(value) is not None
