"""The local desk: one SQLite file that several consoles on one machine share.

Every pragma and order of steps here was measured (design: storage.md, "SQLite").
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Engine, Table, column, create_engine, delete, event, select, table
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from deskconsole.data import freezing, seals
from deskconsole.data.engines.sqlite.feed import FileListener, latest
from deskconsole.data.engines.sqlite.turns import begin_writing
from deskconsole.domain.errors import DeskError, InvalidInput, StorageUnavailable
from deskconsole.domain.sentences import Sentence, mark

NAME = "sqlite"
IS_FILE = True
BUSY_SECONDS = 30
APPLICATION_ID = 0x4445534B  # "DESK": tells our files from other programs'
MOUNTS = Path("/proc/self/mountinfo")
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "davfs", "fuse.davfs2"}
)
TICKET_WORDS = table("ticket_words", column("rowid"), column("ticket_words"))
RACES = frozenset(f"SQLITE_CONSTRAINT_{kind}" for kind in ("UNIQUE", "PRIMARYKEY", "ROWID", "FOREIGNKEY"))
APPEND_ONLY = ("event", "hour_entry", "contract_version")


def open_engine(url: URL) -> Engine:
    """Make the engine: readers begin deferred and read-only, `desk_write` connections begin immediate."""
    file = f"{_path(url).absolute().as_uri()}?mode=rw"  # a file that has gone is an error, not a new empty one
    engine = create_engine(
        url,
        creator=lambda: sqlite3.connect(file, uri=True, timeout=BUSY_SECONDS, check_same_thread=False),
        hide_parameters=True,
        pool_size=8,
        max_overflow=8,
    )

    @event.listens_for(engine, "connect")
    def _settle(connection: sqlite3.Connection, _record: Any) -> None:
        if hasattr(sqlite3, "LEGACY_TRANSACTION_CONTROL"):
            connection.autocommit = sqlite3.LEGACY_TRANSACTION_CONTROL  # type: ignore[attr-defined] # 3.12
        connection.isolation_level = None  # the `begin` event says BEGIN, in the form we need
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "cache_size=-2048",  # of each connection; the rest is the system's to cache
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("desk_write"):
            # What need not last is written to the log and not waited for; the next commit that lasts takes it along.
            connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get('desk_fleeting') else 'FULL'}")
            connection.exec_driver_sql("PRAGMA query_only=OFF")
            begin_writing(connection, BUSY_SECONDS)
        else:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.exec_driver_sql("BEGIN")

    return engine


def check_location(url: URL) -> None:
    """Refuse a file that is missing, not ours, or on a network file system, before anything is opened.

    Read through SQLite and not as a file: closing a file drops the locks that this process has on it elsewhere.
    """
    path = _path(url)
    _refuse_network(path)
    try:
        path.stat()
        if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileNotFoundError:
        raise StorageUnavailable(
            mark("There is no desk at {path}. Make one with: deskconsole --desk {path} init"), path=path
        ) from None
    except OSError as error:
        raise StorageUnavailable(mark("{path} can't be opened: {reason}"), path=path, reason=error.strerror) from None
    if not path.is_file() or _application(path) != APPLICATION_ID:
        raise StorageUnavailable(
            mark("{path} is not a desk of deskconsole; it was left as it is. Name another file with --desk."),
            path=path,
        )


def _application(path: Path) -> int:
    try:
        file = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=BUSY_SECONDS)) as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.Error as error:
        if "not a database" in str(error):
            return 0
        raise explained(error, URL.create(NAME, database=str(path))) from None


@contextmanager
def making(url: URL) -> Iterator[URL]:
    """Let a desk be filled under a name of its own, then put it in its place whole.

    A maker that is killed leaves no half of a desk; of several at once the first wins. The file is for its owner
    alone, in a folder with the set-group-id bit for the group too.
    """
    path = _path(url)
    draft = path.with_name(f".{path.name}.{uuid4().hex}.new")
    try:
        _begin_file(path, draft)
        yield url.set(database=str(draft))
        _finish_file(path, draft)
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                draft.with_name(draft.name + end).unlink()


def _begin_file(path: Path, draft: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_network(path)
        if os.path.lexists(path):
            raise _taken(path)
        mode = 0o660 if path.parent.stat().st_mode & 0o2000 else 0o600
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_RDWR, mode)
    except OSError as error:
        raise StorageUnavailable(mark("{path} can't be made: {reason}"), path=path, reason=error.strerror) from None
    os.fchmod(descriptor, mode)  # whatever the umask says
    os.close(descriptor)
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA page_size=4096")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode=WAL")


def _finish_file(path: Path, draft: Path) -> None:
    with closing(sqlite3.connect(draft)) as connection:
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0:
            raise StorageUnavailable(mark("{path} can't be made: it is still being written."), path=path)
    try:
        os.link(draft, path)  # refuses a name that is taken, a symbolic link too
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise StorageUnavailable(mark("{path} can't be made: {reason}"), path=path, reason=error.strerror) from None
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _taken(path: Path) -> StorageUnavailable:
    return StorageUnavailable(
        mark("There is a file at {path} already; it was left as it is. Name another with --desk."), path=path
    )


def files_folder(url: URL) -> Path:
    """The folder of attachments, beside the database."""
    path = _path(url)
    return path.with_name(path.name + ".files")


def other_folders(_url: URL) -> tuple[Path, ...]:
    """Attachments go where the file goes."""
    return ()


def install(connection: Connection) -> None:
    """Add what tables can't say: the full-text index, append-only history and ledger."""
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE ticket_words USING fts5("
        "words, content='ticket_search', content_rowid='ticket_id',"
        " tokenize='unicode61 remove_diacritics 0', prefix='2 3', detail='none', columnsize=0)"
    )
    for name in APPEND_ONLY:
        for when in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name}_no_{when.lower()} BEFORE {when} ON {name}"
                f" BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            )


def install_shared(connection: Connection) -> None:
    """Add what version 0003 needs beside its tables: links of the chain stay as they were forged."""
    for when in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER seal_no_{when.lower()} BEFORE {when} ON seal"
            " BEGIN SELECT RAISE(ABORT, 'seal is append-only'); END"
        )


def install_bounds(_connection: Connection) -> None:
    """Version 0004 binds those who write round the program; whoever may write a file may do so."""


def freeze_cost(connection: Connection, entry_id: int, day: date) -> None:
    """Write what the time of an entry costs the company (data.freezing)."""
    _freeze(connection, freezing.COST, entry_id, day)


def freeze_price(connection: Connection, line_id: int, day: date) -> None:
    """Write what a line that is done costs the client (data.freezing)."""
    _freeze(connection, freezing.PRICE, line_id, day)


def _freeze(connection: Connection, statements: Sequence[str], number: int, day: date) -> None:
    for words in statements:
        connection.exec_driver_sql(
            words.format(schema="", number=":number", day=":day"), {"number": number, "day": day.isoformat()}
        )


def has_labour(connection: Connection, ticket_id: int, besides: int | None) -> bool:
    """Whether work is logged on a ticket, corrections taken off, besides one entry."""
    total = connection.exec_driver_sql(
        "SELECT coalesce(sum(worked_minutes), 0) FROM time_entry WHERE ticket_id = ? AND id IS NOT ?",
        (ticket_id, besides),
    ).scalar_one()
    return bool(total > 0)


def end_timer(connection: Connection, timers: Table, person_id: int, since: datetime) -> bool:
    """Take a person's timer away; False when somebody has done so already."""
    this_one = (timers.c.person_id == person_id) & (timers.c.started_at == since)
    return connection.execute(delete(timers).where(this_one).returning(timers.c.person_id)).first() is not None


def leave(connection: Connection, signs: Table, console: UUID, ticket_id: int | None) -> None:
    """Take back the sign of a console."""
    mine = signs.c.console == console
    connection.execute(delete(signs).where(mine if ticket_id is None else mine & (signs.c.ticket_id == ticket_id)))


def index_words(connection: Connection, ticket_id: int, old: str | None, new: str) -> None:
    """Bring the full-text index in step with a ticket's words, which were `old` (None: not there yet).

    Done here and not by triggers: under `trusted_schema=OFF` a trigger may not write to an FTS5 table.
    """
    if old is not None:
        connection.exec_driver_sql(
            "INSERT INTO ticket_words(ticket_words, rowid, words) VALUES ('delete', ?, ?)", (ticket_id, old)
        )
    connection.exec_driver_sql("INSERT INTO ticket_words(rowid, words) VALUES (?, ?)", (ticket_id, new))


def index_all_words(connection: Connection) -> None:
    """Build the full-text index anew from `ticket_search`, after many tickets were written at once."""
    connection.exec_driver_sql("INSERT INTO ticket_words(ticket_words) VALUES ('rebuild')")


def insert_rows(connection: Connection, into: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write many rows at once, each a tuple in the order of `columns`; a third quicker than rows by name."""
    if not rows:
        return
    by_column = [list(values) for values in zip(*rows, strict=True)]
    for place, name in enumerate(columns):
        processor = into.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if processor is not None:
            by_column[place] = list(map(processor, by_column[place]))
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(
        f"INSERT INTO {into.name} ({', '.join(columns)}) VALUES ({marks})", list(zip(*by_column, strict=True))
    )


def insert_new(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Write rows, except those whose unique key stands there already; returns the (first) keys of the new ones."""
    from sqlalchemy.dialects.sqlite import insert

    key = into.primary_key.columns[0]
    return list(connection.execute(insert(into).on_conflict_do_nothing().returning(key), rows).scalars())


def present(_connection: Connection) -> datetime | None:
    """The storage has no clock of its own: the machine's holds."""
    return None


def resume_numbers(_connection: Connection, _tables: Iterable[Table]) -> None:
    """The next number is always one above the highest."""


def refresh_statistics(engine: Engine) -> None:
    """Let the planner know how the tables are filled."""
    with engine.connect().execution_options(desk_write=True) as connection, connection.begin():
        connection.exec_driver_sql("PRAGMA analysis_limit=1000")
        connection.exec_driver_sql("ANALYZE")


def is_one_of(column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether a column holds one of some numbers."""
    return column.in_(numbers)


def has_words(ticket_id: ColumnElement[int], words: Sequence[str], *, sees_all: bool) -> ColumnElement[bool]:
    """Tickets whose search words begin with each of `words`.

    A sub-select beside the ordered index: as a join the same search is a hundred times slower.
    """
    wanted = " ".join(f'"{word}"*' for word in words)
    return ticket_id.in_(select(TICKET_WORDS.c.rowid).where(TICKET_WORDS.c.ticket_words.op("MATCH")(wanted)))


def feed_mark(connection: Connection, change: Table) -> str:
    """Where the changes stand now: the number of the latest."""
    return str(latest(connection, change))


def listener(engine: Engine, change: Table) -> FileListener:
    """Begin to watch the file."""
    return FileListener(engine, change)


def seal(connection: Connection) -> None:
    """Seal what this transaction added to history and ledger (data.seals)."""
    seals.seal(connection)


def begin_seals(connection: Connection) -> None:
    """Begin the chain of a desk that was older than it."""
    seals.begin(connection)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One connection for a migration: foreign keys off before it begins, checked before it commits.

    With them on, batch mode's table swap deletes the child rows.
    """
    with engine.connect().execution_options(desk_write=True) as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            raise StorageUnavailable(mark("The desk's file was closed while it was being upgraded."))
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                    raise StorageUnavailable(
                        mark("The upgrade would leave {count} rows without their owner; nothing was changed."),
                        count=len(broken),
                    )
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def make_roles(_engine: Engine) -> None:
    """A file has no roles: whoever owns it owns the data."""


def apply_rights(_connection: Connection) -> None:
    """The use cases keep the rights of a local desk."""


def above_rights(_connection: Connection) -> bool:
    """Whoever can open the file stands above all rights."""
    return True


def session_login(_connection: Connection) -> str | None:
    """The file does not know who opens it."""
    return None


def connected_as(_connection: Connection) -> str | None:
    """The file knows nobody."""
    return None


def as_owner(_connection: Connection) -> AbstractContextManager[None]:
    """The file belongs to who may write it."""
    return nullcontext()


def can_back_up(_connection: Connection) -> bool:
    """SQLite copies itself."""
    return True


def backup(engine: Engine, target: Path) -> None:
    """Write a whole, checked copy to a new file for its owner alone; a plain copy of a live file is torn."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageUnavailable(
            mark("The backup can't be written to {path}: {reason}"), path=target, reason=error.strerror
        ) from None
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=OFF")
        cursor.execute("VACUUM INTO ?", (str(target),))
        cursor.close()
    except sqlite3.Error as error:
        target.unlink()
        raise explained(error, engine.url) from None
    finally:
        connection.close()
    copy = sqlite3.connect(target)
    try:
        if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise StorageUnavailable(mark("The backup {path} does not pass its check; don't rely on it."), path=target)
    finally:
        copy.close()


def check(engine: Engine) -> list[Sentence]:
    """What is wrong with the file itself; empty when nothing is."""
    with engine.connect() as connection:
        said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(20)")]
        found = [Sentence("{fault}", fault=fault) for fault in said if fault != "ok"]
        found += [
            Sentence(
                mark("row {row} of {table} refers to a missing row of {other}"), row=row[1], table=row[0], other=row[2]
            )
            for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
        ]
    return found


def version_text(engine: Engine) -> str:
    """The engine's name and version."""
    with engine.connect() as connection:
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"


def weaknesses(url: URL) -> list[str]:
    """What `doctor` warns of: known engine defects and loose file modes."""
    found = []
    if sqlite3.sqlite_version_info < (3, 51, 3):
        found.append(mark("This SQLite is older than 3.51.3, which mended a rare WAL-reset fault; keep backups."))
    path = _path(url)
    if path.exists() and path.stat().st_mode & 0o007:
        found.append(mark("Others on this machine may read or write the desk's file; take that right away with chmod."))
    return found


def is_retryable(_error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when run again; `BEGIN IMMEDIATE` has waited long enough."""
    return False


def is_race(error: IntegrityError) -> bool:
    """Whether it met a row that another has written or removed meanwhile; else a rule of the database refuses it."""
    return getattr(error.orig, "sqlite_errorname", "") in RACES


def is_saved_here_only(_connection: Connection) -> bool:
    """There is one file."""
    return False


def place(_connection: Connection) -> str | None:
    """There is one file."""
    return None


def lag(_connection: Connection, _main: str | None) -> timedelta | None:
    """There is one file."""
    return None


def await_copies(_connection: Connection) -> None:
    """There is one file."""


def explained(error: BaseException, url: URL) -> DeskError:
    """The driver's error as a sentence with what to do."""
    words = str(getattr(error, "orig", error)).lower()
    if isinstance(error, IntegrityError):
        rule = words.rpartition(": ")[2]
        return InvalidInput(mark("The database refuses that by its rule {rule}; nothing was written."), rule=rule)
    return _unavailable(words, _path(url))


def _unavailable(words: str, path: Path) -> StorageUnavailable:
    if "locked" in words or "busy" in words:
        holders = ", ".join(str(pid) for pid in lock_holders(path)) or "?"
        return StorageUnavailable(
            mark("The desk {path} is busy ({seconds} s; process {holders} holds it). Nothing was written."),
            path=path,
            seconds=BUSY_SECONDS,
            holders=holders,
        )
    if "malformed" in words or "not a database" in words:
        return StorageUnavailable(
            mark("The desk {path} is damaged. Don't work on; restore the last backup (see docs/operations.md)."),
            path=path,
        )
    if "full" in words:
        return StorageUnavailable(mark("The disk is full: nothing was written to {path}. Free some room."), path=path)
    if "readonly" in words or "read-only" in words:
        return StorageUnavailable(mark("{path} may only be read by you: nothing was written."), path=path)
    if "unable to open" in words or "disk i/o" in words:
        return StorageUnavailable(mark("The desk {path} can't be reached now: {reason}."), path=path, reason=words)
    return StorageUnavailable(mark("The desk {path} gave an error: {reason}."), path=path, reason=words)


def lock_holders(path: Path) -> tuple[int, ...]:
    """The processes that hold a lock on the file or its WAL index, as Linux lists them; empty elsewhere."""
    inodes = set()
    for name in (path, path.with_name(path.name + "-shm")):
        with suppress(OSError):
            inodes.add(name.stat().st_ino)
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ()
    holders = set()
    for line in lines:
        match line.split():
            case [_, _, _, "WRITE", pid, place, *_] if int(place.rsplit(":", 1)[-1]) in inodes:
                holders.add(int(pid))
            case _:
                continue
    return tuple(sorted(holders - {os.getpid()}))


def _path(url: URL) -> Path:
    return Path(url.database or "")


def _refuse_network(path: Path) -> None:
    """Broken locks on a network file system corrupted a file after 73 commits."""
    if kind := network_file_system(path, MOUNTS):
        raise StorageUnavailable(
            mark("{path} is on a network file system ({kind}), where locks fail. Use a local disk."),
            path=path,
            kind=kind,
        )


def network_file_system(path: Path, mounts: Path) -> str:
    """The network file system `path` lies on, by the kernel's mount table; empty = local, or no table."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    real = path.resolve()
    best, kind = -1, ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields.split()[4]))
        if real.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), rest.split()[0]
    return kind if kind in NETWORK_FILE_SYSTEMS else ""
