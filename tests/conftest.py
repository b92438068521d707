"""Fixtures that every kind of test uses: a desk's database on both engines."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Server, create_database, drop_database, quick_folder, server_for_tests
from tests.support.schema import create_schema

ENGINES = ("sqlite", "postgresql")

# Where pytest's own folders for tests stand, unless somebody says.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(quick_folder()))

# One server a test process; on a server that others use too, their names must not meet.
DATABASE = f"desk_test_{os.getpid()}"
_numbers = itertools.count(1)

# What the libraries made stays; looking through a million objects again and again costs a fifth of the time.
gc.set_threshold(50_000, 20, 20)

# A run in the background of a script ignores interrupts, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: a third of the time a test waits, for a screen, a server, a second to pass."""
    del config
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Leave what is there by now out of every later collection."""
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; where none can run, every test that needs one fails: none is skipped."""
    with server_for_tests() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """The name of a database that holds an empty desk of the newest schema."""
    name = f"{DATABASE}_template"
    url = create_database(postgres_server, name)
    create_schema(url)
    yield name
    drop_database(postgres_server, name)


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The URL of an empty desk of this test's own on PostgreSQL."""
    name = f"{DATABASE}_{next(_numbers)}"
    yield create_database(postgres_server, name, postgres_template)
    drop_database(postgres_server, name)


@pytest.fixture
def blank_postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of a database of this test's own on PostgreSQL, with nothing in it."""
    name = f"{DATABASE}_{next(_numbers)}"
    yield create_database(postgres_server, name)
    drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds an empty desk of the newest schema."""
    file = tmp_path_factory.mktemp("template") / "desk.db"
    create_schema(_sqlite_url(file))
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty desk of this test's own in a SQLite file."""
    file = tmp_path / "desk.db"
    file.touch(mode=0o600)
    with (
        contextlib.closing(sqlite3.connect(sqlite_template)) as template,
        contextlib.closing(sqlite3.connect(file)) as copy,
    ):
        template.backup(copy)
    return _sqlite_url(file)


@pytest.fixture(params=ENGINES)
def desk_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty desk of this test's own; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{'postgres' if request.param == 'postgresql' else 'sqlite'}_url")
    return url


@pytest.fixture(params=ENGINES)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it, on each engine: an absent file, an empty database."""
    if request.param == "sqlite":
        return _sqlite_url(tmp_path / "desk.db")
    url: str = request.getfixturevalue("blank_postgres_url")
    return url


def _sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"
