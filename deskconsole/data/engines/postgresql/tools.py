"""Backups of a shared desk through PostgreSQL's own programs: `pg_dump`, `pg_restore`.

No password stands on their command line or in their environment: where this process knows one, it is handed over in a
password file of its own, for the time of the run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from deskconsole.data.engines.postgresql.address import prepared, said_of
from deskconsole.data.passwords import wallet
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

INSTALLED = Path("/usr/lib/postgresql")  # where Debian keeps each version's programs
DUMP, RESTORE = "pg_dump", "pg_restore"
NEEDED = ("TABLE DATA public alembic_version ", "TABLE DATA public ticket ", "TABLE DATA public event ")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_REVISION = re.compile(r"^COPY public\.alembic_version .*\n(\w+)$", re.MULTILINE)


REQUIRES_AUTH = 16
"""The first libpq that knows `require_auth`; older ones refuse the word."""


def find(name: str, version: int) -> Path | None:
    """The program of that version of PostgreSQL, else of the next newer one at hand; None when all are older."""
    near = {at: path for at, path in _installed(name) if at >= version}
    return near[min(near)] if near else None


def _installed(name: str) -> Iterator[tuple[int, Path]]:
    first = shutil.which(name)
    for path in [*INSTALLED.glob(f"*/bin/{name}"), *([Path(first)] if first else [])]:
        if version := _version(path):
            yield version, path


def _version(program: str | Path) -> int:
    """The major version a program says it is of; 0 = it says nothing."""
    try:
        said = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = _VERSION.search(said)
    return int(found[1]) if found else 0


def can_back_up(connection: Connection) -> bool:
    """Whether this machine has what a backup of that server needs."""
    version = server_version(connection)
    return find(DUMP, version) is not None and find(RESTORE, version) is not None


def server_version(connection: Connection) -> int:
    """The server's major version."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000


def back_up(engine: Engine, target: Path) -> None:
    """Write a whole, checked copy of the desk to a new file for its owner alone (the custom format of pg_dump).

    Raises:
        StorageUnavailable: the programs are missing, the login may not read everything, or the file not be written.
    """
    with engine.connect() as connection:
        version = server_version(connection)
        role = _owner_role(connection)
    dump, restore = find(DUMP, version), find(RESTORE, version)
    if dump is None or restore is None:
        raise StorageUnavailable(
            mark("{path} was not written: pg_dump of PostgreSQL {version} is not on this machine. Where it is: {line}"),
            path=target,
            version=version,
            line=f"pg_dump -Fc -f desk.dump {_name(engine.url)}",
        )
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageUnavailable(
            mark("The backup can't be written to {path}: {reason}"), path=target, reason=error.strerror
        ) from None
    try:
        # Row security stays off (pg_dump's own way): who may not see everything gets an error, never a part.
        _run(engine.url, [str(dump), "--format=custom", f"--file={target}", *role])
        read(restore, target)
        descriptor = os.open(target, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def restore(engine: Engine, file: Path) -> None:
    """Bring a backup into an empty database, whole or not at all; the groups of the desk must be there.

    Raises:
        StorageUnavailable: the programs are missing, or the database did not take it.
    """
    with engine.connect() as connection:
        version = server_version(connection)
    program = find(RESTORE, version)
    if program is None:
        raise StorageUnavailable(
            mark(
                "Nothing was restored: pg_restore of PostgreSQL {version} is not on this machine. Where it is: {line}"
            ),
            version=version,
            line=f"pg_restore --exit-on-error --single-transaction -d {_name(engine.url)} {file.name}",
        )
    words = [str(program), "--exit-on-error", "--single-transaction", str(file)]
    _run(engine.url, words)


def refuse_filled(connection: Connection, location: str) -> None:
    """Let only an empty database be restored into.

    Raises:
        StorageUnavailable: it has tables.
    """
    if connection.exec_driver_sql("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").first() is not None:
        raise StorageUnavailable(
            mark(
                "{location} is not empty; a backup is restored into an empty database. Make one with createdb, restore"
                " there, and let the consoles move over (see docs/operations.md)."
            ),
            location=location,
        )


def revision_of(file: Path) -> str:
    """The version of the schema in a backup.

    Raises:
        StorageUnavailable: it is no backup of a desk, or can't be read.
    """
    program = max(_installed(RESTORE), default=(0, None))[1]  # the newest reads what older ones wrote
    if program is None:
        raise StorageUnavailable(mark("pg_restore is not on this machine; install PostgreSQL's client programs."))
    read(program, file)
    words = [str(program), "--data-only", "--table=alembic_version", "--file=-", str(file)]
    said = subprocess.run(words, check=False, capture_output=True, text=True, errors="replace")
    if not (found := _REVISION.search(said.stdout)):
        raise _no_backup(file)
    return found[1]


def read(program: Path, file: Path) -> None:
    """Look whether a file is a whole backup of a desk.

    Raises:
        StorageUnavailable: it is not.
    """
    listed = subprocess.run([str(program), "--list", str(file)], check=False, capture_output=True, text=True)
    if listed.returncode != 0 or not all(name in listed.stdout for name in NEEDED):
        raise _no_backup(file)


def _no_backup(file: Path) -> StorageUnavailable:
    return StorageUnavailable(mark("{path} is no whole backup of a shared desk; nothing was restored."), path=file)


def _owner_role(connection: Connection) -> list[str]:
    """The way to act as the desk's owner, for a login that is none itself."""
    is_member = connection.exec_driver_sql(
        "SELECT NOT rolsuper AND pg_has_role(session_user, to_regrole('desk_owner')::oid, 'MEMBER')"
        " FROM pg_roles WHERE rolname = session_user"
    ).scalar()
    return ["--role=desk_owner"] if is_member else []


def _run(url: URL, words: Sequence[str]) -> None:
    """Run a program on the desk's database; what it says on its error is in our sentence."""
    with _secret_file(url) as environment:
        ran = subprocess.run(
            [*words, "--no-password", f"--dbname={_conninfo(url, _version(words[0]))}"],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
    if ran.returncode != 0:
        said = next((line for line in ran.stderr.splitlines() if "error:" in line), ran.stderr.strip()[:200])
        raise StorageUnavailable(
            mark("{program} did not get through: {reason}"),
            program=Path(words[0]).name,
            reason=clean(said.partition("error: ")[2] or said)[:300],
        )


def _conninfo(url: URL, version: int) -> str:
    """The parameters of libpq of that version for the address, without a password and without our own limits."""
    safe = prepared(url.difference_update_query(["options"]))
    parameters = {name: ",".join(value) if isinstance(value, tuple) else value for name, value in safe.query.items()}
    if version < REQUIRES_AUTH:
        parameters.pop("require_auth", None)
    own = {"host": url.host, "port": url.port and str(url.port), "user": url.username, "dbname": url.database}
    return make_conninfo(**parameters, **{name: value for name, value in own.items() if value})


def _name(url: URL) -> str:
    shown = url.set(drivername="postgresql", password=None, query={})
    return shown.render_as_string()


@contextmanager
def _secret_file(url: URL) -> Iterator[dict[str, str]]:
    """The environment of a run: with a password file where this process knows a password, else libpq finds its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PGPASSWORD"}
    environment["LC_ALL"] = "C"
    known = wallet.known(said_of(url).place)
    if known is None:
        if "PGPASSWORD" in os.environ:
            environment["PGPASSWORD"] = os.environ["PGPASSWORD"]
        yield environment
        return
    descriptor, name = tempfile.mkstemp(prefix="deskconsole-", dir=os.environ.get("XDG_RUNTIME_DIR"))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"*:*:*:*:{_escaped(known.secret.reveal())}\n")
        yield environment | {"PGPASSFILE": name}
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _escaped(secret: str) -> str:
    return secret.replace("\\", "\\\\").replace(":", "\\:")
