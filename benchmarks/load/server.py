"""A server with the desk of a million tickets, kept between runs: on a real disk, with fsync on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy.engine import URL

from benchmarks.measures import OPEN, TICKETS, folder
from deskconsole.data.store import create_store
from deskconsole.desk import demo
from deskconsole.desk.opening import upgrade
from tests.support import postgres

SETTINGS = (
    "listen_addresses=",
    "timezone=UTC",
    "max_connections=1000",
    "shared_buffers=2GB",
    "effective_cache_size=6GB",
    "max_wal_size=4GB",
    "random_page_cost=1.1",
    "jit=off",
    "max_parallel_workers_per_gather=0",
)
"""What a server of this size with hundreds of consoles is given (docs/operations.md); the rest, fsync and
synchronous_commit too, is as PostgreSQL comes."""
DATABASE = "desk"
# The server ends, in order, with whoever started it, even when that is killed.
KEEPER = '"$@" <&- & server=$!; read nothing; kill -INT $server; wait $server'
START_SECONDS, STOP_SECONDS = 120.0, 300.0


class BigServer:
    """The server, running while the context lasts; made (some twenty minutes, 4 GB) where there is none."""

    def __init__(self, tickets: int = TICKETS, open_tickets: int = OPEN) -> None:
        self._size = (tickets, open_tickets)
        self._home = folder() / f"postgres-{tickets}"
        self._socket = Path(tempfile.mkdtemp(prefix="deskload-", dir="/tmp"))
        self._socket.chmod(0o755)
        self._keeper: subprocess.Popen[bytes] | None = None
        self._login, self._binaries = postgres._login(), postgres.find_binaries()
        self._as_login: dict[str, Any] = {}
        self.pid = 0
        if self._login is not None:
            self._as_login = postgres._as_login(self._login)
            folder().chmod(0o711)  # the server's user passes through it
            if not postgres._can_run(self._binaries / "postgres", self._login):
                self._binaries = postgres._copy_server(self._binaries, self._socket)
        self._own(self._socket)

    def url(self, login: str = "postgres", database: str = DATABASE) -> str:
        """The desk's address for a login."""
        return URL.create(
            "postgresql+psycopg", username=login, database=database, query={"host": str(self._socket)}
        ).render_as_string()

    def dsn(self, database: str = DATABASE) -> str:
        """The administrator's address, as libpq reads it."""
        return self.url(database=database).replace("+psycopg", "", 1)

    def connections(self, login: str) -> int:
        """How many a login holds."""
        with psycopg.connect(self.dsn()) as connection:
            rows = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [login])
            return int((rows.fetchone() or (0,))[0])

    def __enter__(self) -> Self:
        try:
            if self._home.exists():
                self._start(self._home)
                upgrade(self.url(), without_backup=True)
            else:
                self._make()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _make(self) -> None:
        """Make the desk under another name, so that one cut short is never taken for whole."""
        tickets, open_tickets = self._size
        print(f"making a PostgreSQL desk of {tickets:,} tickets, once ...", file=sys.stderr)
        unfinished = self._home.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._own(unfinished)
        self._run("initdb", "-D", str(unfinished), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        self._start(unfinished)
        try:
            with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            create_store(self.url()).close()
            demo.fill(self.url(), tickets=tickets, open_share=open_tickets / tickets, progress=_show)
            with psycopg.connect(self.dsn(), autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
        finally:
            self._stop()
        unfinished.rename(self._home)
        self._start(self._home)

    def _start(self, data: Path) -> None:
        words = [f"{self._binaries}/postgres", "-D", str(data)]
        words += [word for option in (*SETTINGS, f"unix_socket_directories={self._socket}") for word in ("-c", option)]
        log = self._socket / "log"
        with log.open("wb") as output:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, "sh", *words],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=postgres.ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                **self._as_login,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError as error:
                told = log.read_text("utf-8", "replace")
                refused = [line for line in told.splitlines() if "FATAL" in line and "starting up" not in line]
                if refused or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start: {told[-2000:]}") from error
                time.sleep(0.1)
            else:
                break
        self.pid = int((data / "postmaster.pid").read_text("ascii").split()[0])

    def _stop(self) -> None:
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait(STOP_SECONDS)
        self._keeper = None

    def _end(self) -> None:
        self._stop()
        shutil.rmtree(self._socket, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        command = [f"{self._binaries}/{program}", *words]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, env=postgres.ENVIRONMENT, cwd="/", **self._as_login
        )

    def _own(self, path: Path) -> None:
        if self._login is not None:
            os.chown(path, self._login.pw_uid, self._login.pw_gid)


def _show(what: str, done: int, total: int) -> None:
    """Say how far the making is, in the log of whoever waits for it."""
    if done % 100_000 == 0 or done == total:
        print(f"  {what}: {done:,} of {total:,}", file=sys.stderr, flush=True)
