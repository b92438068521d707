"""A line to a PostgreSQL server that can be cut where it hurts: before, while and after a COMMIT goes over it."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import URL, make_url

BEGIN, READING, COMMIT = b"BEGIN", b"BEGIN READ ONLY\x00", b"COMMIT\x00"
SOCKET = ".s.PGSQL.5432"


class Cut(StrEnum):
    """What happens to a COMMIT on the line."""

    NONE = "none"
    BEFORE = "before"  # it never reaches the server
    BEHIND = "behind"  # it reaches the server, and the line is gone at once
    ANSWER = "answer"  # the server has answered, and the answer is lost with the line
    LATE = "late"  # the line is gone for the client; the server gets the COMMIT after `late` seconds all the same
    SWALLOW = "swallow"  # the server has answered, nothing comes through any more, and the line looks alive


class Line:
    """A Unix socket that passes on to a server's; `plan` is asked at each COMMIT of a write what happens to it."""

    def __init__(self, url: str, plan: Callable[[], Cut] = lambda: Cut.NONE, *, late: float = 0.3) -> None:
        self.plan = plan
        self.late = late
        self.cuts: dict[Cut, int] = {}
        self.is_up = True
        self._to = _socket_of(make_url(url))
        self._url = make_url(url)
        self._folder = tempfile.TemporaryDirectory(prefix="deskline-", dir="/tmp")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(Path(self._folder.name) / SOCKET))
        self._listening.listen(64)
        self._pairs: set[_Pair] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The URL of the same database by this line."""
        there = URL.create(
            self._url.drivername,
            username=self._url.username,
            database=self._url.database,
            query={"host": self._folder.name},
        )
        return there.render_as_string()

    def fall(self) -> None:
        """Cut every connection, and let nobody in until `rise`."""
        self.is_up = False
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.cut()

    def rise(self) -> None:
        """Let callers in again."""
        self.is_up = True

    def close(self) -> None:
        """End the line."""
        self.fall()
        self._listening.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                if not self.is_up:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self._to)
                except OSError:
                    client.close()
                    continue
                pair = _Pair(self, client, server)
                with self._lock:
                    self._pairs.add(pair)
                pair.start()

    def chosen(self) -> Cut:
        """What happens to the COMMIT that is on the line."""
        with self._lock:
            cut = self.plan()
            self.cuts[cut] = self.cuts.get(cut, 0) + 1
        return cut

    def forget(self, pair: _Pair) -> None:
        """A connection is over."""
        with self._lock:
            self._pairs.discard(pair)


class _Pair:
    """One connection: the client's end and the server's."""

    def __init__(self, line: Line, client: socket.socket, server: socket.socket) -> None:
        self._line = line
        self._client = client
        self._server = server
        self._cut = Cut.NONE
        self._is_reading = False

    def start(self) -> None:
        for pump in (self._to_server, self._to_client):
            threading.Thread(target=pump, daemon=True).start()

    def cut(self) -> None:
        """Cut the line at both ends."""
        _hang_up(self._client)
        _hang_up(self._server)
        self._line.forget(self)

    def _to_server(self) -> None:
        with suppress(OSError):
            while said := self._client.recv(65536):
                if BEGIN in said:
                    self._is_reading = READING in said
                if said.endswith(COMMIT) and not self._is_reading:
                    self._cut = self._line.chosen()
                    if self._cut is Cut.BEFORE:
                        break
                    if self._cut is Cut.LATE:
                        _hang_up(self._client)
                        threading.Event().wait(self._line.late)
                        self._server.sendall(said)
                        return  # the server's own end is closed by the other pump, once it has answered
                self._server.sendall(said)
                if self._cut is Cut.BEHIND:
                    break
        if self._cut is not Cut.LATE:
            self.cut()

    def _to_client(self) -> None:
        with suppress(OSError):
            while said := self._server.recv(65536):
                if self._cut in {Cut.ANSWER, Cut.LATE}:
                    break
                if self._cut is not Cut.SWALLOW:
                    self._client.sendall(said)
        if self._cut is not Cut.SWALLOW:
            self.cut()


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def _socket_of(url: URL) -> str:
    folder, port = url.query["host"], url.query.get("port", "5432")
    assert isinstance(folder, str)
    return f"{folder}/.s.PGSQL.{port}"
