"""Reading and writing whole tables: what moving a desk needs of an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, Table

from deskconsole.data.canonical import Stored

BATCH = 5000
"""Rows held in memory at once."""


class Bulk(Protocol):
    """What each engine's module of bulk work can do; the modules say how and why."""

    def snapshot(self, engine: Engine) -> AbstractContextManager[Connection]: ...  # noqa: D102 - see the modules
    def unhurried(self, connection: Connection) -> None: ...  # noqa: D102
    def bare(  # noqa: D102
        self, connection: Connection, tables: Sequence[Table], dressing: Callable[[], None]
    ) -> AbstractContextManager[None]: ...
    def empty(self, connection: Connection, tables: Sequence[Table]) -> None: ...  # noqa: D102
    def stored_rows(self, connection: Connection, of: Table) -> Iterator[Sequence[Stored]]: ...  # noqa: D102
    def write_stored(self, connection: Connection, into: Table, rows: Sequence[Stored]) -> None: ...  # noqa: D102


def bulk_of(name: str) -> Bulk:
    """The module for an engine's name (`Dialect.NAME`)."""
    if name == "sqlite":
        from deskconsole.data.engines.sqlite import bulk as sqlite_bulk

        return sqlite_bulk
    from deskconsole.data.engines.postgresql import bulk as postgresql_bulk

    return postgresql_bulk
