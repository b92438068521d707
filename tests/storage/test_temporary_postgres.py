from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.support.postgres import Server, TemporaryPostgres, create_database, drop_database


def libpq(url: str) -> str:
    return url.replace("+psycopg", "")


def test_a_real_postgresql_answers_in_every_run_of_the_suite(postgres_server: Server) -> None:
    engine = create_engine(postgres_server.url())
    with engine.connect() as connection:
        version = connection.scalar(text("SHOW server_version_num"))
    engine.dispose()
    assert int(version or 0) >= 150000


def test_a_clone_has_what_its_template_has_and_is_its_own(postgres_server: Server) -> None:
    names = [f"clone_test_{os.getpid()}_{letter}" for letter in "abc"]
    template = create_database(postgres_server, names[0])
    with psycopg.connect(libpq(template)) as connection:
        connection.execute("CREATE TABLE ticket (id int)")
    first = create_database(postgres_server, names[1], names[0])
    second = create_database(postgres_server, names[2], names[0])
    with psycopg.connect(libpq(first)) as connection:
        connection.execute("INSERT INTO ticket VALUES (1)")
    with psycopg.connect(libpq(second)) as connection:
        assert connection.execute("SELECT count(*) FROM ticket").fetchone() == (0,)
    for name in names:
        drop_database(postgres_server, name)


def test_a_server_of_our_own_leaves_nothing_behind() -> None:
    with TemporaryPostgres() as server:
        folder = server.folder
        with psycopg.connect(libpq(server.url())) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(libpq(server.url()))


def test_a_server_that_refuses_to_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="no_such_setting"), TemporaryPostgres(["no_such_setting=1"]):
        pass


def test_the_server_ends_with_tests_that_were_killed() -> None:
    keeps_a_server = (
        "from tests.support.postgres import TemporaryPostgres\n"
        "server = TemporaryPostgres()\n"
        "print(server.server_pid, server.folder, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", keeps_a_server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        server, folder = tests.stdout.readline().split()
        watch = os.pidfd_open(int(server))
        tests.send_signal(signal.SIGKILL)
        ended = select.select([watch], [], [], 15)[0]
        os.close(watch)
    shutil.rmtree(folder, ignore_errors=True)
    assert ended
