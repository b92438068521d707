"""Shared desks whose people have logins of the server, so that the server itself says what they may."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deskconsole.data.store import create_store, open_store
from deskconsole.data.tables import Person
from deskconsole.domain.terms import Role
from tests.conftest import DATABASE, ENGINES
from tests.rights.walk import WalkedDesk, walked_desk
from tests.rights.world import BI_LOGIN, World, drop_logins, let_in, make_company, make_logins, make_world
from tests.storage.desks import company_on
from tests.support.postgres import Server, create_database, drop_database

PREFIX = f"{DATABASE}_"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def logins(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """A login for everybody of the company, by the prefix of their names; the template has made the groups."""
    assert postgres_template
    make_logins(postgres_server, PREFIX)
    yield PREFIX
    drop_logins(postgres_server, PREFIX)


@pytest.fixture(scope="session")
def world(postgres_server: Server, postgres_template: str, logins: str) -> Iterator[World]:
    """A desk with rows in every table, made once: its tests leave it as it is."""
    name = f"{DATABASE}_world"
    url = create_database(postgres_server, name, postgres_template)
    made = make_world(url, logins)
    let_in(url, logins)
    yield made
    drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def team_original(postgres_server: Server, postgres_template: str, logins: str) -> Iterator[World]:
    """The company without tickets, to be copied."""
    name = f"{DATABASE}_team"
    url = create_database(postgres_server, name, postgres_template)
    yield World(make_company(url, logins), url, logins)
    drop_database(postgres_server, name)


@pytest.fixture
def team(postgres_server: Server, team_original: World) -> Iterator[World]:
    """A company on a desk of this test's own, each of its people with a login."""
    name = f"{DATABASE}_team_{next(_numbers)}"
    url = create_database(postgres_server, name, f"{DATABASE}_team")
    let_in(url, team_original.prefix)
    yield replace(team_original, url=url)
    drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the files of shared desks stand for these tests."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def walked_postgres(postgres_server: Server, team_original: World, data_folder: Path) -> Iterator[WalkedDesk]:
    """A shared desk that everybody walks through, each on own rows."""
    name = f"{DATABASE}_walk"
    url = create_database(postgres_server, name, f"{DATABASE}_team")
    let_in(url, team_original.prefix)
    made = walked_desk("postgresql", url, team_original.prefix, team_original.company, open_store(url), data_folder)
    yield made
    made.close()
    drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def walked_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WalkedDesk]:
    """The same desk in a file."""
    folder = tmp_path_factory.mktemp("walk")
    file = str(folder / "desk.db")
    create_store(file).close()
    company = company_on(open_store(file))
    with company.store.writing() as session:
        session.add(Person(login=BI_LOGIN, name="Bill I", role=Role.BI.value))
    made = walked_desk("sqlite", f"sqlite:///{file}", "", company, company.store, folder)
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def walked(request: pytest.FixtureRequest) -> WalkedDesk:
    """The desk that everybody walks through, on each engine."""
    made: WalkedDesk = request.getfixturevalue(f"walked_{'sqlite' if request.param == 'sqlite' else 'postgres'}")
    return made
