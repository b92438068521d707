"""All that differs between the two engines, behind one set of names.

`sqlite` and `postgresql` offer the same functions; `engine_of` picks by the address of the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Table
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from deskconsole.data.engines.listening import Listener
from deskconsole.domain.errors import DeskError, InvalidInput
from deskconsole.domain.sentences import Sentence, mark


class Dialect(Protocol):
    """What each engine's module can do; the modules say how and why."""

    NAME: str
    IS_FILE: bool  # a desk is one file that whoever opens it looks after; else a server has an administrator

    def open_engine(self, url: URL) -> Engine: ...  # noqa: D102 - see the modules
    def check_location(self, url: URL) -> None: ...  # noqa: D102
    def making(self, url: URL) -> AbstractContextManager[URL]: ...  # noqa: D102
    def files_folder(self, url: URL) -> Path: ...  # noqa: D102
    def other_folders(self, url: URL) -> tuple[Path, ...]: ...  # noqa: D102
    def install(self, connection: Connection) -> None: ...  # noqa: D102
    def install_shared(self, connection: Connection) -> None: ...  # noqa: D102
    def install_bounds(self, connection: Connection) -> None: ...  # noqa: D102
    def freeze_cost(self, connection: Connection, entry_id: int, day: date) -> None: ...  # noqa: D102
    def freeze_price(self, connection: Connection, line_id: int, day: date) -> None: ...  # noqa: D102
    def has_labour(self, connection: Connection, ticket_id: int, besides: int | None) -> bool: ...  # noqa: D102
    def end_timer(  # noqa: D102
        self, connection: Connection, timers: Table, person_id: int, since: datetime
    ) -> bool: ...
    def leave(  # noqa: D102
        self, connection: Connection, signs: Table, console: UUID, ticket_id: int | None
    ) -> None: ...
    def index_words(self, connection: Connection, ticket_id: int, old: str | None, new: str) -> None: ...  # noqa: D102
    def index_all_words(self, connection: Connection) -> None: ...  # noqa: D102
    def insert_rows(  # noqa: D102
        self, connection: Connection, into: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> None: ...
    def insert_new(  # noqa: D102
        self, connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]
    ) -> list[Any]: ...
    def present(self, connection: Connection) -> datetime | None: ...  # noqa: D102
    def resume_numbers(self, connection: Connection, tables: Iterable[Table]) -> None: ...  # noqa: D102
    def refresh_statistics(self, engine: Engine) -> None: ...  # noqa: D102
    def is_one_of(self, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]: ...  # noqa: D102
    def has_words(  # noqa: D102
        self, ticket_id: ColumnElement[int], words: Sequence[str], *, sees_all: bool
    ) -> ColumnElement[bool]: ...
    def feed_mark(self, connection: Connection, change: Table) -> str: ...  # noqa: D102
    def listener(self, engine: Engine, change: Table) -> Listener: ...  # noqa: D102
    def seal(self, connection: Connection) -> None: ...  # noqa: D102
    def begin_seals(self, connection: Connection) -> None: ...  # noqa: D102
    def migrating(self, engine: Engine) -> AbstractContextManager[Connection]: ...  # noqa: D102
    def as_owner(self, connection: Connection) -> AbstractContextManager[None]: ...  # noqa: D102
    def make_roles(self, engine: Engine) -> None: ...  # noqa: D102
    def apply_rights(self, connection: Connection) -> None: ...  # noqa: D102
    def above_rights(self, connection: Connection) -> bool: ...  # noqa: D102
    def connected_as(self, connection: Connection) -> str | None: ...  # noqa: D102
    def session_login(self, connection: Connection) -> str | None: ...  # noqa: D102
    def backup(self, engine: Engine, target: Path) -> None: ...  # noqa: D102
    def can_back_up(self, connection: Connection) -> bool: ...  # noqa: D102
    def check(self, engine: Engine) -> list[Sentence]: ...  # noqa: D102
    def version_text(self, engine: Engine) -> str: ...  # noqa: D102
    def weaknesses(self, url: URL) -> list[str]: ...  # noqa: D102
    def is_retryable(self, error: DBAPIError) -> bool: ...  # noqa: D102
    def is_race(self, error: IntegrityError) -> bool: ...  # noqa: D102
    def explained(self, error: BaseException, url: URL) -> DeskError: ...  # noqa: D102
    def is_saved_here_only(self, connection: Connection) -> bool: ...  # noqa: D102
    def place(self, connection: Connection) -> str | None: ...  # noqa: D102
    def lag(self, connection: Connection, main: str | None) -> timedelta | None: ...  # noqa: D102
    def await_copies(self, connection: Connection) -> None: ...  # noqa: D102


def engine_of(name: str) -> Dialect:
    """The module for SQLAlchemy's name of a database (`sqlite`, `postgresql`)."""
    if name == "sqlite":
        from deskconsole.data.engines.sqlite import dialect as sqlite

        return sqlite
    if name == "postgresql":
        from deskconsole.data.engines.postgresql import dialect as postgresql

        return postgresql
    raise InvalidInput(mark("A desk is a file or a postgresql:// address, not {name}."), name=name)
