"""Moving a desk between SQLite and PostgreSQL, whole: rows in their stored form, counts and checksums compared.

The source is read as it stands at one moment. The target comes into being in one transaction, or is an empty desk that
one transaction fills; who is stopped in the middle leaves it as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select

from deskconsole.data import migrations
from deskconsole.data import store as storage
from deskconsole.data.canonical import Checksum, Stored
from deskconsole.data.engines import engine_of
from deskconsole.data.engines.bulk import bulk_of
from deskconsole.data.store import Store
from deskconsole.data.tables import Attachment, Change, Client, Event, Presence, Ticket, metadata, table
from deskconsole.desk import attachments
from deskconsole.desk.desk import utc_now
from deskconsole.domain.errors import Conflict, InvalidInput, Refused, StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import ENTITIES

Progress = Callable[[int, int, str], None]
"""Told how many rows are done, of how many, and what is being done."""

LEFT = (Change, Presence)
"""What stays behind: the feed of what changed for consoles that are open now, and who looks at what now."""
FILLED = (Client, Ticket, Event)
"""A desk with a row in one of these is not empty."""
COPYING, INDEXES, COMPARING = mark("rows"), mark("indexes"), mark("comparing")


@dataclass(frozen=True)
class MovedTable:
    """A table that stands alike in both desks."""

    name: str
    rows: int
    checksum: str


@dataclass(frozen=True)
class Moved:
    """What was copied, table by table; `missing` are attachments whose bytes were not beside the source, or damaged."""

    tables: tuple[MovedTable, ...]
    files: int
    missing: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(one.rows for one in self.tables)

    @property
    def checksum(self) -> str:
        """One checksum over those of all tables."""
        lines = "".join(f"{one.name} {one.rows} {one.checksum}\n" for one in self.tables)
        return hashlib.sha256(lines.encode("ascii")).hexdigest()


def copy_desk(from_location: str, to_location: str, *, progress: Progress = lambda _done, _total, _what: None) -> Moved:
    """Copy a desk to a place where there is none, or an empty one, whose people and settings it replaces.

    Raises:
        StorageUnavailable: the source can't be read, or the target not be made.
        Refused: a desk with clients, tickets or history stands at the target, or the login sees a part of the source.
        InvalidInput: a row can't stand on the target's engine.
        Conflict: the copy did not come out equal; it was undone.
    """
    if storage.parse_location(from_location) == storage.parse_location(to_location):
        raise InvalidInput(mark("A desk can't be copied onto itself."))
    source = storage.open_store(from_location)
    try:
        source.need_whole()
        with ExitStack() as stack:
            with source.explaining():  # and not the target's work: its errors are not the source's
                reading = stack.enter_context(bulk_of(source.dialect.NAME).snapshot(source.reader))
                work = _Copying(source, reading, progress)
                files = _FilesCopied(source, storage.files_of(to_location))
                files.copy(reading)
            _fill_target(to_location, work)
            return Moved(tuple(work.done), files.count, tuple(files.missing))
    finally:
        source.close()


def moved_tables() -> list[Table]:
    """The tables that go along, each after those it refers to."""
    left = {table(model).name for model in LEFT}
    return [one for one in metadata.sorted_tables if one.name not in left]


def _fill_target(location: str, work: _Copying) -> None:
    """Make the target with the rows in it; an empty desk that is there already is filled."""
    store = _present_desk(location)
    if store is None:
        storage.create_store(location, work.fill).close()
        return
    try:
        with store.explaining(), store.dialect.migrating(store.reader) as connection:
            _refuse_filled(connection, store)
            work.fill(connection)
    finally:
        store.close()


def _present_desk(location: str) -> Store | None:
    url = storage.parse_location(location)
    if engine_of(url.get_backend_name()).IS_FILE:
        return storage.open_store(location) if Path(url.database or "").exists() else None
    store = storage.unchecked_store(url)
    try:
        with store.explaining(), store.reader.connect() as connection:
            is_desk = migrations.revision(connection) is not None
    finally:
        store.close()
    return storage.open_store(location) if is_desk else None


def _refuse_filled(connection: Connection, store: Store) -> None:
    for model in FILLED:
        if connection.execute(select(table(model)).limit(1)).first() is not None:
            raise Refused(
                mark("There is a desk with work in it at {location}; a copy needs an empty one. It was left as it is."),
                location=store.location,
            )


class _Copying:
    """One copy under way: where it reads, what it has done."""

    def __init__(self, source: Store, reading: Connection, progress: Progress) -> None:
        self._source = source
        self._from = bulk_of(source.dialect.NAME)
        self._reading = reading
        self._progress = progress
        self._tables = moved_tables()
        self._total = 2 * sum(_count(reading, one) for one in self._tables)
        self._passed = 0
        self.done: list[MovedTable] = []

    def fill(self, writing: Connection) -> None:
        """Bring every row into the desk behind `writing`, and look whether all came out equal."""
        dialect = writing.dialect.name
        to, engine = bulk_of(dialect), engine_of(dialect)
        self._passed, self.done = 0, []
        with to.bare(writing, list(metadata.sorted_tables), lambda: self._tell(0, INDEXES)):
            to.empty(writing, list(metadata.sorted_tables))
            for one in self._tables:
                self.done.append(self._copy(one, writing))
        engine.resume_numbers(writing, [one for one in self._tables if "id" in one.c])
        engine.index_all_words(writing)
        for copied in self.done:
            self._compare(copied, writing)
        engine.seal(writing)
        now = utc_now()
        entities = ENTITIES  # consoles that had the empty desk open read everything again
        writing.execute(insert(table(Change)), [{"entity": one, "row_id": None, "at": now} for one in entities])

    def _copy(self, one: Table, writing: Connection) -> MovedTable:
        to, summed = bulk_of(writing.dialect.name), Checksum()
        for rows in self._read(one):
            _sum_up(summed, one, rows)
            to.write_stored(writing, one, rows)
            self._tell(len(rows), COPYING)
        return MovedTable(one.name, summed.rows, summed.text)

    def _read(self, one: Table) -> Iterator[Sequence[Stored]]:
        """The source's rows; what goes wrong with them is said of the source, though the target's work is going on."""
        with self._source.explaining():
            yield from self._from.stored_rows(self._reading, one)

    def _compare(self, copied: MovedTable, writing: Connection) -> None:
        summed = Checksum()
        one = metadata.tables[copied.name]
        for rows in bulk_of(writing.dialect.name).stored_rows(writing, one):
            _sum_up(summed, one, rows)
            self._tell(len(rows), COMPARING)
        if (summed.rows, summed.text) != (copied.rows, copied.checksum):
            raise Conflict(
                mark("{table} did not come out equal ({rows} rows, {found} after copying); the copy was undone."),
                table=copied.name,
                rows=copied.rows,
                found=summed.rows,
            )

    def _tell(self, rows: int, what: str) -> None:
        self._passed += rows
        self._progress(self._passed, self._total, what)


def _sum_up(summed: Checksum, of: Table, rows: Sequence[Stored]) -> None:
    try:
        summed.add(rows)
    except TypeError:
        raise StorageUnavailable(
            mark("The table {table} holds what no desk writes there; nothing was copied. Look with: db check"),
            table=of.name,
        ) from None


def _count(connection: Connection, of: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(of)).scalar_one())


class _FilesCopied:
    """The bytes of attachments, brought over before the rows that name them."""

    def __init__(self, source: Store, target: Path) -> None:
        self._source, self._target = source.file_folders, target
        self.count = 0
        self.missing: list[str] = []

    def copy(self, reading: Connection) -> None:
        """Copy each file once, checked against its hash on the way."""
        row = table(Attachment)
        for digest, name in reading.execute(
            select(row.c.sha256, func.min(row.c.name)).group_by(row.c.sha256).order_by(row.c.sha256)
        ):
            if attachments.bring(self._source, self._target, digest):
                self.count += 1
            else:
                self.missing.append(name)
