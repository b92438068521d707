"""A server that goes away, refuses or stands still: one clear sentence, soon, without a secret."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from deskconsole.data.engines.postgresql import dialect as postgresql
from deskconsole.data.engines.postgresql import link as postgresql_link
from deskconsole.data.store import Store, parse_location, unchecked_store
from deskconsole.domain.errors import DeskError, InvalidInput, Refused, StorageUnavailable, Unreachable
from tests.support.postgres import TemporaryPostgres

SECRET = "geheim-wort"
HBA = "host all all 127.0.0.1/32 scram-sha-256"


@pytest.fixture(scope="module")
def server() -> Iterator[TemporaryPostgres]:
    """A server of these tests' own, by TCP too, with a login that has a password."""
    with TemporaryPostgres(hba=HBA) as made:
        _run(made, f"CREATE ROLE ann LOGIN PASSWORD '{SECRET}'")
        _run(made, "CREATE DATABASE desk")
        _run(made, "CREATE ROLE stranger LOGIN PASSWORD 'geheim-wort'")
        _run(made, "CREATE DATABASE closed")
        _run(made, "REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        yield made


def _run(server: TemporaryPostgres, words: str, database: str = "postgres") -> None:
    with psycopg.connect(server.url(database).replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(words.encode())


def _store(server: TemporaryPostgres, login: str = "ann", database: str = "desk", password: str = SECRET) -> Store:
    return unchecked_store(parse_location(f"postgresql://{login}:{password}@127.0.0.1:{server.port}/{database}"))


@contextmanager
def said(kind: type[DeskError], words: str) -> Iterator[None]:
    """What is inside is refused with such a sentence, which holds no secret and no cause that might."""
    with pytest.raises(kind, match=words) as refusal:
        yield
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None


def _ask(store: Store, words: str = "SELECT 1") -> Any:
    with store.reading() as session:
        return session.execute(text(words)).scalar()


def test_a_wrong_password_and_a_changed_one_are_said(server: TemporaryPostgres) -> None:
    with closing(_store(server, "stranger", password="otherwise")) as store, said(StorageUnavailable, "refused"):
        _ask(store)
    _run(server, "ALTER ROLE stranger PASSWORD 'changed'")
    with closing(_store(server, "stranger")) as store, said(StorageUnavailable, r"deskconsole login"):
        _ask(store)
    _run(server, f"ALTER ROLE stranger PASSWORD '{SECRET}'")


def test_a_login_that_is_switched_off_is_said(server: TemporaryPostgres) -> None:
    _run(server, "ALTER ROLE stranger NOLOGIN")
    with closing(_store(server, "stranger")) as store, said(StorageUnavailable, "switched off or does not exist"):
        _ask(store)
    _run(server, "ALTER ROLE stranger LOGIN")


def test_a_database_that_is_not_there_is_said(server: TemporaryPostgres) -> None:
    with closing(_store(server, database="nowhere")) as store, said(StorageUnavailable, "There is no database"):
        _ask(store)


def test_a_database_that_the_login_may_not_open_is_said(server: TemporaryPostgres) -> None:
    with closing(_store(server, database="closed")) as store, said(StorageUnavailable, "may not open"):
        _ask(store)


def test_a_server_without_a_free_connection_is_said(server: TemporaryPostgres) -> None:
    _run(server, "ALTER ROLE stranger CONNECTION LIMIT 0")
    with closing(_store(server, "stranger")) as store, said(Unreachable, "no free connection"):
        _ask(store)
    _run(server, "ALTER ROLE stranger CONNECTION LIMIT -1")


def test_a_right_that_was_taken_away_is_a_refusal(server: TemporaryPostgres) -> None:
    _run(server, "CREATE TABLE IF NOT EXISTS guarded (x int)", "desk")
    with closing(_store(server)) as store, said(Refused, "no right"):
        _ask(store, "SELECT x FROM guarded")


def test_a_rule_of_the_database_is_named_and_its_row_is_not(server: TemporaryPostgres) -> None:
    _run(
        server,
        "CREATE TABLE ruled (x text CONSTRAINT no_secrets CHECK (x <> 'geheim-wort')); GRANT ALL ON ruled TO ann",
        "desk",
    )
    with closing(_store(server)) as store:
        with pytest.raises(DBAPIError) as error, store.writing() as session:
            session.execute(text("INSERT INTO ruled VALUES ('geheim-wort')"))
        sentence = store.dialect.explained(error.value, store.url)
        assert isinstance(sentence, InvalidInput)
        assert "no_secrets" in str(sentence)
        assert SECRET not in str(sentence)


def test_a_statement_that_takes_too_long_is_stopped(server: TemporaryPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        postgresql, "SETTINGS", postgresql.SETTINGS.replace("statement_timeout=15s", "statement_timeout=30ms")
    )
    with closing(_store(server)) as store, said(StorageUnavailable, "took too long"):
        _ask(store, "SELECT pg_sleep(5)")


def test_a_connection_that_was_ended_is_made_again(server: TemporaryPostgres) -> None:
    with closing(_store(server)) as store:
        _ask(store)
        with said(Unreachable, "restarted, or ended"):
            _ask(store, "SELECT pg_terminate_backend(pg_backend_pid())")
        _run(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ann'")
        assert _ask(store) == 1


def test_a_server_that_takes_no_changes_any_more_is_left_with_all_its_connections(server: TemporaryPostgres) -> None:
    _run(server, "CREATE TABLE changing (x int); GRANT ALL ON changing TO ann", "desk")
    with closing(_store(server)) as store:
        first = _ask(store, "SELECT pg_backend_pid()")
        with said(Unreachable, "takes no changes now"), store.writing() as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text("INSERT INTO changing VALUES (1)"))
        assert _ask(store, "SELECT pg_backend_pid()") != first


def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens_are_told_apart() -> None:
    with (
        closing(unchecked_store(parse_location("postgresql://ann@127.0.0.1:1/desk"))) as store,
        said(Unreachable, "no server answers at that address"),
    ):
        _ask(store)
    with (
        closing(unchecked_store(parse_location("postgresql:///desk?host=/tmp/nowhere-at-all"))) as store,
        said(Unreachable, "no server answers at that address"),
    ):
        _ask(store)
    with (
        closing(unchecked_store(parse_location("postgresql://ann@no-such-host.invalid/desk?sslmode=prefer"))) as store,
        said(Unreachable, "does not know that name"),
    ):
        _ask(store)


def test_a_server_that_says_nothing_is_given_up_after_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgresql.TIMEOUTS, "connect_timeout", "2")  # psycopg's least
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        with (
            closing(unchecked_store(parse_location(f"postgresql://ann@{place}/desk"))) as store,
            said(Unreachable, "does not answer"),
        ):
            _ask(store)


@pytest.fixture
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_link, "SILENCE", 0.1)
    monkeypatch.setattr(postgresql_link, "ASKING", 0.2)


@pytest.mark.usefixtures("short_silence")
@pytest.mark.parametrize("way", ["tcp", "socket"])
def test_a_server_that_stands_still_is_noticed_while_it_is_waited_for(server: TemporaryPostgres, way: str) -> None:
    location = server.url("desk") if way == "socket" else f"postgresql://ann:{SECRET}@127.0.0.1:{server.port}/desk"
    with closing(unchecked_store(parse_location(location))) as store:
        with said(Unreachable, "does not answer"), store.reading() as session:
            session.execute(text("SELECT 1"))
            with standing_still(server):
                session.execute(text("SELECT 1"))
        assert _ask(store) == 1


@pytest.mark.usefixtures("short_silence")
def test_a_slow_statement_of_a_server_that_is_there_is_waited_for(server: TemporaryPostgres) -> None:
    with closing(_store(server)) as store:
        assert _ask(store, "SELECT 1 FROM pg_sleep(0.6)") == 1


@contextmanager
def standing_still(server: TemporaryPostgres) -> Iterator[None]:
    """Every process of the server stopped, as a machine that swaps or a frozen virtual one is."""
    first = server.server_pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
    processes = [first, *map(int, children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_what_libpq_says_in_many_words_is_one_sentence_about_what_helps() -> None:
    url = make_url("postgresql://ann:geheim-wort@a.example,b.example/desk")
    tried = {
        'connection failed: FATAL:  database "x does not exist" is closed': "line fell",
        'connection failed: server at "ssl.example" failed: Connection refused': "no server answers",
        "connection failed: SSL error: certificate verify failed": "TLS failed",
        "connection failed: root certificate file does not exist": "TLS failed",
        "connection failed: FATAL:  the database system is starting up": "starting or stopping",
        "connection failed: session is read-only": "takes no changes now",
        "connection failed: Connection refused\\nMultiple: session is read-only": "takes no changes now",
        "consuming input failed: SSL SYSCALL error: EOF detected": "the line fell",
        "connection timeout expired": "does not answer",
    }
    for words, sentence in tried.items():
        explained = postgresql.explained(psycopg.OperationalError(words), url)
        assert sentence in str(explained), words
        assert "geheim" not in str(explained)
