"""Putting a local desk back from a backup, through SQLite's backup API.

Replacing the file under running consoles corrupted it when it was tried (design: storage.md).
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import URL

from deskconsole.data.engines.sqlite import dialect as sqlite
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import ENTITIES

PAGES = 8
"""Copied in one step; fewer than the smallest desk has. The first step takes the write lock, which is held to the end;
readers see the old desk meanwhile."""


@contextmanager
def draft_of(source: Path, desk: Path) -> Iterator[Path]:
    """A checked copy of a backup beside the desk, so that the backup itself is never written to.

    Raises:
        StorageUnavailable: it is no desk, or damaged.
    """
    sqlite.check_location(URL.create("sqlite", database=str(source)))
    desk.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f".{desk.name}.", dir=desk.parent))
    draft = folder / "restored"
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with closing(_opened(source, "ro")) as reading, closing(_opened(draft, "rw")) as writing:
            reading.backup(writing)
            found = [row[0] for row in writing.execute("PRAGMA quick_check(1)")]
        if found != ["ok"]:
            raise _damaged(source)
        yield draft
    except sqlite3.DatabaseError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise _damaged(source) from None
        raise sqlite.explained(error, URL.create("sqlite", database=str(desk))) from None
    finally:
        for file in folder.iterdir():
            file.unlink()
        with suppress(OSError):
            folder.rmdir()


def write_over(draft: Path, desk: Path, keep: Callable[[], None] = lambda: None) -> None:
    """Make the live file what the draft is, in one transaction; `keep` is called when nobody can write any more.

    Raises:
        StorageUnavailable: another program holds the desk; nothing was restored.
    """
    until = time.monotonic() + sqlite.BUSY_SECONDS
    latest: list[int] = []

    def step(status: int, _remaining: int, _total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            if time.monotonic() > until:
                raise sqlite3.OperationalError("database is locked")
        elif not latest:
            with closing(_opened(desk, "ro")) as before:
                latest.append(_latest_change(before))
            keep()

    with closing(_opened(draft, "rw")) as reading, closing(_opened(desk, "rw")) as writing:
        try:
            reading.backup(writing, pages=PAGES, progress=step, sleep=0.05)
            _ring(writing, max(_latest_change(writing), *latest))
        except sqlite3.Error as error:
            raise sqlite.explained(error, URL.create("sqlite", database=str(desk))) from None


def refuse_damaged(desk: Path) -> None:
    """Let only a file be written over of which a copy can be kept.

    Raises:
        StorageUnavailable: it is damaged; the sentence says how to go on.
    """
    try:
        with closing(_opened(desk, "ro")) as connection:
            is_sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise sqlite.explained(error, URL.create("sqlite", database=str(desk))) from None
        is_sound = False
    if not is_sound:
        raise StorageUnavailable(
            mark(
                "{path} is damaged, and what is in it would be lost. Leave all consoles, move {path}, {path}-wal and"
                " {path}-shm away together, then restore again: a new file is made."
            ),
            path=desk,
        )


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=sqlite.BUSY_SECONDS, isolation_level=None)


def _latest_change(connection: sqlite3.Connection) -> int:
    """The number of the latest change; 0 where there is none, or no table yet."""
    with suppress(sqlite3.OperationalError):
        return int(connection.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()[0])
    return 0


def _ring(connection: sqlite3.Connection, latest: int) -> None:
    """Tell every open console to read everything again, by a change later than any it has seen."""
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    now = time.time_ns() // 1000
    connection.executemany(
        "INSERT INTO change (seq, entity, at) VALUES (?, ?, ?)",
        [(latest + number, entity, now) for number, entity in enumerate(ENTITIES, 1)],
    )
    connection.execute("COMMIT")


def _damaged(file: Path) -> StorageUnavailable:
    return StorageUnavailable(mark("The backup {path} is damaged; nothing was restored."), path=file)
