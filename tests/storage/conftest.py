"""A company's desk, fresh for each test, on each engine: copies of one made once."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deskconsole.data.store import Store, create_store, open_store
from tests.conftest import DATABASE, ENGINES
from tests.storage.desks import Company, FakeClock, company_on
from tests.support.postgres import Server, create_database, drop_database, find_binaries

_numbers = itertools.count(1)


@pytest.fixture
def store(desk_url: str) -> Iterator[Store]:
    """An empty desk's storage."""
    opened = open_store(desk_url)
    yield opened
    opened.close()


def _made(location: str) -> Company:
    company = company_on(open_store(location))
    company.store.close()
    return company


@pytest.fixture(scope="session")
def sqlite_original(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company in a SQLite file, to be copied."""
    file = str(tmp_path_factory.mktemp("company") / "desk.db")
    create_store(file).close()
    return _made(file)


@pytest.fixture(scope="session")
def postgres_original(postgres_server: Server, postgres_template: str) -> Iterator[Company]:
    """The company on PostgreSQL, to be copied."""
    name = f"{DATABASE}_company"
    yield _made(create_database(postgres_server, name, postgres_template))
    drop_database(postgres_server, name)


def _opened(original: Company, location: str) -> Company:
    return replace(original, store=open_store(location), clock=FakeClock())


@pytest.fixture
def sqlite_company(sqlite_original: Company, tmp_path: Path) -> Iterator[Company]:
    """A desk with people, clients, contracts, equipment in a SQLite file; no hours and no tickets."""
    file = tmp_path / "desk.db"
    shutil.copy(sqlite_original.store.location, file)
    file.chmod(0o600)
    company = _opened(sqlite_original, str(file))
    yield company
    company.store.close()


@pytest.fixture
def postgres_company(postgres_server: Server, postgres_original: Company) -> Iterator[Company]:
    """The same on PostgreSQL."""
    name = f"{DATABASE}_company_{next(_numbers)}"
    company = _opened(
        postgres_original, create_database(postgres_server, name, postgres_original.store.url.database or "")
    )
    yield company
    company.store.close()
    drop_database(postgres_server, name)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the server that the tests run, `pg_dump` among them, found as an administrator's shell does."""
    monkeypatch.setenv("PATH", f"{find_binaries()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(params=ENGINES)
def company(request: pytest.FixtureRequest) -> Company:
    """A desk with people, clients, contracts, equipment; no hours and no tickets; the test runs on each engine."""
    made: Company = request.getfixturevalue("postgres_company" if request.param == "postgresql" else "sqlite_company")
    return made
