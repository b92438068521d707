"""PostgreSQL servers that can be hurt: stopped in three ways, frozen, and a standby that takes over.

Nothing here is durable against a machine that loses power unless `fsync=on` is among the settings.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy.engine import URL

from tests.support import postgres

# Each server ends with its tests even when they are killed: the shell above it reads until its input is closed.
KEEPER = '"$@" <&- & server=$!; echo $server; read nothing; kill -QUIT $server 2>&-; wait $server'
SETTINGS = ("shared_buffers=64MB", "max_connections=80", "timezone=UTC", "wal_level=replica", "max_wal_senders=8")
HBA = """local all postgres trust
host all postgres 127.0.0.1/32 trust
host replication postgres 127.0.0.1/32 trust
"""
START_SECONDS = 120.0


class Node:
    """One server of a cluster; `name` is also its application_name as a standby."""

    def __init__(self, cluster: Cluster, name: str, port: int | None) -> None:
        self.name = name
        self.port = port or _free_port()
        self.data = cluster.folder / "data" / name
        self._cluster = cluster
        self._keeper: subprocess.Popen[bytes] | None = None
        self.pid = 0

    @property
    def is_running(self) -> bool:
        """Whether its first process is there."""
        if self.pid == 0:
            return False
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z"  # it has ended, and the shell above it has not taken note yet

    def url(self, database: str = "postgres", login: str = "postgres") -> str:
        """The SQLAlchemy URL of one of its databases, by TCP."""
        return URL.create(
            "postgresql+psycopg", username=login, host="127.0.0.1", port=self.port, database=database
        ).render_as_string()

    def start(self, *, ready: bool = True) -> None:
        """Start it, and wait until it answers."""
        words = [f"{self._cluster.binaries}/postgres", "-D", str(self.data)]
        options = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._cluster.folder / 'data'}",
            *SETTINGS,
            *self._cluster.settings,
        )
        words += [word for option in options for word in ("-c", option)]
        with (self._cluster.folder / f"{self.name}.log").open("ab") as log:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, "sh", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=postgres.ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                **self._cluster.as_login,
            )
        assert self._keeper.stdout is not None
        self.pid = int(self._keeper.stdout.readline())
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until somebody is let in; raises RuntimeError with its last words."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self._conninfo(), connect_timeout=3).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or not self.is_running:
                    log = (self._cluster.folder / f"{self.name}.log").read_text(encoding="utf-8", errors="replace")
                    raise RuntimeError(f"{self.name} did not start: {log[-2000:]}") from error
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT fast, SIGQUIT immediately, SIGKILL as a crash; waits for its end."""
        if self._keeper is None or self._keeper.stdin is None:
            return
        if how is signal.SIGKILL:
            for process in self._processes():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        elif self.is_running:
            os.kill(self.pid, how)
        deadline = time.monotonic() + START_SECONDS
        while self.is_running and time.monotonic() < deadline:
            time.sleep(0.02)
        self._keeper.stdin.close()
        self._keeper.wait(START_SECONDS)
        assert self._keeper.stdout is not None
        self._keeper.stdout.close()
        self._keeper, self.pid = None, 0
        if how is signal.SIGKILL:  # whose shared memory is not cleaned up by anybody
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop every process of it where it is, as a machine that hangs does."""
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection as its superuser, each statement a transaction of its own."""
        return psycopg.connect(self._conninfo(database), connect_timeout=30, autocommit=True)

    def run(self, words: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as its superuser; the rows it gives."""
        with self.connect(database) as connection:
            found = connection.execute(words.encode())
            return found.fetchall() if found.description else []

    def promote(self) -> None:
        """Let a standby take over."""
        self.run("SELECT pg_promote(true, 60)")

    def _conninfo(self, database: str = "postgres") -> str:
        return self.url(database).replace("+psycopg", "")

    def _processes(self) -> list[int]:
        if not self.is_running:
            return []
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        return [self.pid, *map(int, children)]


class Cluster:
    """A primary, and standbys as they are added; a context manager.

    With `hba` (lines of pg_hba.conf) others than `postgres` are let in as those lines say. What the servers wrote is
    removed at the end unless `is_kept` is set.
    """

    def __init__(
        self, settings: Sequence[str] = ("fsync=off", "full_page_writes=off"), *, hba: str | None = None
    ) -> None:
        self.settings = tuple(settings)
        self.is_kept = False
        self.folder = Path(tempfile.mkdtemp(prefix="deskcluster-", dir="/tmp"))
        self.folder.chmod(0o755)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        self.binaries, login = postgres.find_binaries(), postgres._login()
        self.as_login: dict[str, Any] = {}
        if login is not None:
            os.chown(data, login.pw_uid, login.pw_gid)
            if not postgres._can_run(self.binaries / "postgres", login):
                self.binaries = postgres._copy_server(self.binaries, self.folder)
            self.as_login = postgres._as_login(login)
        self.nodes: list[Node] = []
        self._names = (f"node{number}" for number in itertools.count(1))
        self.primary = self._node(next(self._names))
        self._run(
            "initdb",
            "-D",
            str(self.primary.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        if hba is not None:
            (self.primary.data / "pg_hba.conf").write_text(f"{HBA}{hba}\n", encoding="ascii")
        self.primary.start()

    def add_standby(self, *, is_synchronous: bool, port: int | None = None) -> Node:
        """Copy the primary and let the copy follow it; synchronous: each commit waits for it."""
        node = self._node(next(self._names), port)
        source = f"host=127.0.0.1 port={self.primary.port} user=postgres application_name={node.name}"
        self._run("pg_basebackup", "-D", str(node.data), "-d", source, "-X", "stream", "-c", "fast", "-R", "--no-sync")
        node.start()
        self.primary.run(f"ALTER SYSTEM SET synchronous_standby_names = '{node.name if is_synchronous else ''}'")
        self.primary.run("SELECT pg_reload_conf()")
        return node

    def remove(self, node: Node) -> None:
        """Stop a server and forget it."""
        node.thaw()
        node.stop(signal.SIGQUIT)
        self.nodes.remove(node)
        shutil.rmtree(node.data)

    def url(self, database: str, login: str = "postgres", password: str = "") -> str:
        """The URL that finds whichever server takes changes."""
        places = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        who = f"{login}:{password}" if password else login
        return f"postgresql://{who}@{places}/{database}?target_session_attrs=read-write"

    def close(self) -> None:
        """Stop all and remove what they wrote."""
        for node in self.nodes:
            node.thaw()
            node.stop(signal.SIGQUIT)
        if not self.is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _node(self, name: str, port: int | None = None) -> Node:
        node = Node(self, name, port)
        self.nodes.append(node)
        return node

    def _run(self, program: str, *words: str) -> None:
        made = subprocess.run(
            [f"{self.binaries}/{program}", *words],
            check=False,
            capture_output=True,
            text=True,
            env=postgres.ENVIRONMENT,
            cwd="/",
            **self.as_login,
        )
        if made.returncode != 0:
            raise RuntimeError(f"{program} failed: {made.stderr[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
