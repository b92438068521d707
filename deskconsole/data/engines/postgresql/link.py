"""A connection to PostgreSQL that notices when nobody is there any more.

The kernel notices a dead line (keepalives, tcp_user_timeout), the server ends a slow statement; neither notices a
server that stands still, or a tunnel that swallows the answer. So who waits in silence asks the server by another way.
"""

from __future__ import annotations

import socket
import struct
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from deskconsole.domain.sentences import Sentence

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.errors import Diagnostic
    from psycopg.pq.abc import PGconn

Value = TypeVar("Value")

SILENCE = 4.0
"""Seconds without an answer before the server is asked whether it is there, and between two such questions."""
SWALLOWED = 16.0
"""Seconds, more than a statement may take, before it is asked whether it has answered already."""
COMMIT_WAITS = 8.0
"""Seconds a commit waits for a standby that does not confirm it; then it stands on the main server only."""
ASKING = 3
"""Seconds such a question may take."""
WARNING = "01000"
ASKS_FOR_TLS = struct.pack("!II", 8, 80877103)
"""What a server answers with one byte before it knows who calls; libpq's own ping would hold Python's lock."""
IS_BUSY = """
SELECT pg_backend_pid(), (SELECT state = 'active' FROM pg_stat_activity WHERE pid = %s AND usename = current_user)
"""


class Link(psycopg.Connection[Any]):
    """A connection whose waits end when the server is gone; opened by `open_link`.

    `is_pooled`: a pooler such as PgBouncer stands between. `is_saved_here_only`: the last commit stands on the main
    server, and no standby has confirmed it. `password_from`: where this program took the password from; None: it gave
    none, libpq may have found one.
    """

    is_saved_here_only = False
    is_pooled = False
    password_from: Sentence | None = None
    _is_committing = False

    def wait(self, gen: PQGen[Value], *args: Any, **kwargs: Any) -> Value:
        """Wait for the server; where the caller sets no time of its own, silence is looked into.

        Raises:
            psycopg.OperationalError: nobody is there; the connection is closed.
        """
        if kwargs.get("timeout") is not None:
            return super().wait(gen, *args, **kwargs)
        return super().wait(self._watched(gen), *args, **kwargs)

    def commit(self) -> None:
        """Commit, and take note of what the server says of its standby."""
        self.is_saved_here_only = False
        self._is_committing = True
        try:
            super().commit()
        finally:
            self._is_committing = False

    def hear(self, notice: Diagnostic) -> None:
        """Take in what the server says beside its answers; in a commit it warns of nothing else."""
        if self._is_committing and notice.sqlstate == WARNING:
            self.is_saved_here_only = True

    def _watched(self, gen: PQGen[Value]) -> PQGen[Value]:
        """The same waiting, looked into each `SILENCE` seconds; psycopg wakes it ten times a second."""
        began, look_at = monotonic(), SILENCE
        try:
            state = next(gen)
            while True:
                ready = yield state
                silent = monotonic() - began
                if not ready and silent >= look_at:
                    self._look_into(silent)
                    look_at = silent + SILENCE
                state = gen.send(ready)
        except StopIteration as end:
            result: Value = end.value
            return result

    def _look_into(self, silent: float) -> None:
        if not is_there(self.pgconn) or (silent >= SWALLOWED and self._has_answered()):
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer")
        if self._is_committing and silent >= COMMIT_WAITS:
            self.cancel_safe(timeout=ASKING)

    def _has_answered(self) -> bool:
        """Whether the server says of this connection that it is through: its answer was lost on the way."""
        try:
            with psycopg.connect(
                self.info.dsn, password=self.info.password, connect_timeout=ASKING, autocommit=True
            ) as other:
                found = other.execute(IS_BUSY, [self.info.backend_pid]).fetchone()
                is_pooled = found is None or found[0] != other.info.backend_pid
        except psycopg.Error:
            return False  # it is there and lets nobody else in: not a word about this one
        return not is_pooled and found is not None and not found[1]


def open_link(*args: Any, **kwargs: Any) -> Link:
    """Connect; the arguments are psycopg's."""
    link = Link.connect(*args, **kwargs)
    link.add_notice_handler(link.hear)
    link.is_pooled = through_pooler(link)
    if link.is_pooled:
        link.prepare_threshold = None  # what is prepared stays with a server process that is another's next time
    return link


def through_pooler(link: Link) -> bool:
    """Whether a pooler stands between: it tells its clients process numbers that it made up."""
    link.autocommit = True
    row = link.execute("SELECT pg_backend_pid()").fetchone()
    link.autocommit = False
    return row is None or row[0] != link.info.backend_pid


def is_there(connection: PGconn) -> bool:
    """Whether the server of a connection says anything at all to a new caller, who asks it for TLS and hangs up."""
    host, port = connection.host.decode(), connection.port.decode() or "5432"
    try:
        with _called(host, connection.hostaddr.decode(), port) as caller:
            caller.sendall(ASKS_FOR_TLS)
            return bool(caller.recv(1))
    except OSError:
        return False


def _called(host: str, address: str, port: str) -> socket.socket:
    if not host.startswith(("/", "@")):
        return socket.create_connection((address or host, int(port)), timeout=ASKING)
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(ASKING)
    try:
        path = f"{host}/.s.PGSQL.{port}"
        caller.connect(f"\0{path[1:]}" if host[0] == "@" else path)
    except BaseException:
        caller.close()
        raise
    return caller
