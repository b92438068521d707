"""Opening a desk's storage: where it is, whether it is ours, and which schema it has."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from deskconsole.data import migrations
from deskconsole.data.engines import Dialect, engine_of
from deskconsole.data.engines.postgresql.address import hosts_as_parameters, without_secret
from deskconsole.data.seed import seed
from deskconsole.domain.errors import InDoubt, InvalidInput, Refused, StorageUnavailable, Unreachable
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import without_password


@dataclass(frozen=True)
class Store:
    """A desk's storage: one engine, read through `reader` and written through `writer` (the same pool)."""

    url: URL
    dialect: Dialect
    reader: Engine
    writer: Engine

    @property
    def location(self) -> str:
        """What a person calls it: the file, or the address without its password."""
        return (
            (self.url.database or "")
            if self.dialect.IS_FILE
            else without_password(self.url.render_as_string(hide_password=True))
        )

    @property
    def login(self) -> str | None:
        """The login the server knows this program's person by; None = it may be anybody (a file, the desk's owner)."""
        with self.explaining(), self.reader.connect() as connection:
            return self.dialect.session_login(connection)

    def need_whole(self) -> None:
        """Go on only where all of the desk can be seen: a copy or a check of a part would be taken for the whole.

        Raises:
            Refused: the login has the rights of one person.
        """
        if (login := self.login) is not None:
            raise Refused(
                mark(
                    "{login} sees a part of {location} only; this takes all of it: use its owner's address with --desk."
                ),
                login=login,
                location=self.location,
            )

    @property
    def files(self) -> Path:
        """The folder where attachments are put under their hashes."""
        return self.dialect.files_folder(self.url)

    @property
    def file_folders(self) -> tuple[Path, ...]:
        """The folders where attachments are looked for: `files`, then others."""
        return (self.files, *self.dialect.other_folders(self.url))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that may only read."""
        only_reading = self.reader.execution_options(postgresql_readonly=True)  # the file's reader can do nothing else
        with self.explaining(), Session(only_reading, autoflush=False) as session:
            yield session
            session.expunge_all()  # nothing of it is written
            session.commit()  # a rollback would make the driver forget what it has prepared, and plan each page anew

    @contextmanager
    def writing(
        self, *, warned: Callable[[Sentence], None] = lambda _sentence: None, is_fleeting: bool = False
    ) -> Iterator[Session]:
        """A session in one write transaction, committed at the end, rolled back on any error.

        `warned` is told when the change is saved, but not as safely as usual. `is_fleeting`: what is written is stale
        in seconds, so that its commit waits for no disk; a machine that dies may forget it, and nothing else.

        Raises:
            InDoubt: the line fell while it was being committed.
        """
        with (
            self.explaining(but_retries=True),
            self.writer.connect().execution_options(desk_fleeting=is_fleeting) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()
            self.dialect.seal(connection)
            try:
                with self.explaining(but_retries=True):
                    session.commit()
            except Unreachable:
                raise InDoubt(
                    mark(
                        "It is not known whether this was saved: the line fell at that moment."
                        " Send it again as it is; it is never done twice."
                    )
                ) from None
            if self.dialect.is_saved_here_only(connection):
                warned(Sentence(mark("Saved on the main server only: its standby did not confirm it.")))

    def close(self) -> None:
        """Let go of all connections."""
        self.reader.dispose()

    @contextmanager
    def explaining(self, *, but_retries: bool = False) -> Iterator[None]:
        """Turn the driver's errors into sentences, `but_retries`: races and what a writer runs again go through."""
        try:
            yield
        except DBAPIError as error:
            if but_retries and (self.dialect.is_retryable(error) or isinstance(error, IntegrityError)):
                raise
            raise self.dialect.explained(error, self.url) from None
        except (self.reader.dialect.loaded_dbapi.Error, PoolTimeout) as error:  # COPY speaks to the driver itself
            raise self.dialect.explained(error, self.url) from None


def parse_location(location: str) -> URL:
    """Read a path or an address.

    Raises:
        InvalidInput: it is neither; the text is not repeated, it may hold a password.
    """
    if "://" not in location:
        return URL.create("sqlite", database=os.path.abspath(os.path.expanduser(location)))
    try:
        url = make_url(hosts_as_parameters(location))
    except (ArgumentError, ValueError):
        raise InvalidInput(
            mark("That is no address of a desk; write postgresql://user@host/name or a file's path.")
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite":
        return parse_location(url.database or "")
    engine_of(url.get_backend_name())
    return without_secret(url)


def files_of(location: str) -> Path:
    """The folder where the attachments of the desk at `location` stand, or would stand."""
    url = parse_location(location)
    return engine_of(url.get_backend_name()).files_folder(url)


def create_store(location: str, first: Callable[[Connection], object] = lambda _connection: None) -> Store:
    """Make a new desk at `location` with the newest schema, the usual statuses and services, and what `first` adds.

    It comes into being whole, in one transaction, or not at all.

    Raises:
        StorageUnavailable: there is something already, or nothing can be made there.
    """
    url = parse_location(location)
    with engine_of(url.get_backend_name()).making(url) as draft:
        store = unchecked_store(draft)
        try:
            with store.explaining():
                store.dialect.make_roles(store.reader)
            with store.explaining(), store.dialect.migrating(store.reader) as connection:
                if migrations.revision(connection) is not None:
                    raise StorageUnavailable(
                        mark("There is a desk at {location} already; it was left as it is."), location=store.location
                    )
                migrations.upgrade(connection)
                seed(connection)
                first(connection)
                store.dialect.apply_rights(connection)
        finally:
            store.close()
    return unchecked_store(url)


def open_store(location: str) -> Store:
    """Open the desk at `location`; a local one with an older schema is backed up and upgraded.

    Raises:
        StorageUnavailable: missing, foreign, damaged, newer, out of reach, or a shared one that is older.
    """
    url = parse_location(location)
    engine_of(url.get_backend_name()).check_location(url)
    store = unchecked_store(url)
    try:
        _bring_up_to_date(store)
    except BaseException:
        store.close()
        raise
    return store


def open_copy(location: str) -> Store:
    """A server that follows the desk's main one, to read from; nothing is asked of it yet."""
    url = parse_location(location)
    if "target_session_attrs" not in url.query:
        url = url.update_query_dict({"target_session_attrs": "any"})
    return unchecked_store(url)


def _bring_up_to_date(store: Store) -> None:
    if not migrations.is_behind(schema_version(store), location=store.location):
        return
    if not store.dialect.IS_FILE:
        raise StorageUnavailable(
            mark("The desk {location} has an older schema. Its administrator upgrades it with: deskconsole db upgrade"),
            location=store.location,
        )
    upgrade_store(store)


def schema_version(store: Store) -> str:
    """The version of the desk's schema.

    Raises:
        StorageUnavailable: there is none.
        Refused: it is not for this login's eyes.
    """
    with store.explaining(), store.reader.connect() as connection:
        found = migrations.revision(connection)
    if found is None and (login := store.login) is not None:
        raise Refused(
            mark(
                "The login {login} opens no console of {location}: it is switched off, has another role here, or is for"
                " the views of the schema bi. Its administrator knows."
            ),
            login=login,
            location=store.location,
        )
    if found is None:
        raise StorageUnavailable(
            mark(
                "{location} is empty, perhaps a desk whose making was cut short. If it is a file, remove it;"
                " then make the desk with: deskconsole --desk {location} init"
            ),
            location=store.location,
        )
    return found


def upgrade_store(store: Store, *, without_backup: bool = False) -> Path | None:
    """Bring the schema to the newest version; returns the copy made before, if it was behind.

    The rights of a shared desk are put right in any case.

    Raises:
        StorageUnavailable: no copy can be made of it, or somebody else is at it.
    """
    is_behind = migrations.is_behind(schema_version(store), location=store.location)
    if not is_behind and store.dialect.IS_FILE:
        return None
    with store.explaining():
        store.dialect.make_roles(store.reader)
    with store.explaining(), store.dialect.migrating(store.reader) as connection:
        # Another console may have done it while this one waited for the lock.
        if not migrations.is_behind(migrations.revision(connection), location=store.location):
            store.dialect.apply_rights(connection)
            return None
        copy = None if without_backup else _copy_before(store, connection)
        with store.dialect.as_owner(connection):
            migrations.upgrade(connection)
        store.dialect.begin_seals(connection)
        store.dialect.apply_rights(connection)
    return copy


def _copy_before(store: Store, connection: Connection) -> Path:
    if not store.dialect.can_back_up(connection):
        raise StorageUnavailable(
            mark(
                "{location} is upgraded behind a backup, and pg_dump for its server is not on this machine. Make a"
                " backup where it is, then run: deskconsole db upgrade --no-backup"
            ),
            location=store.location,
        )
    copy = backup_path(store, label=f"before-{migrations.HEAD}")
    store.dialect.backup(store.reader, copy)
    return copy


def backup_path(store: Store, *, label: str) -> Path:
    """A new name beside the desk for a backup made now."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    return Path(f"{store.url.database}.{label}-{stamp}.backup")


def unchecked_store(url: URL) -> Store:
    """The storage at an address, whatever is there."""
    dialect = engine_of(url.get_backend_name())
    engine = dialect.open_engine(url)
    return Store(url=url, dialect=dialect, reader=engine, writer=engine.execution_options(desk_write=True))
