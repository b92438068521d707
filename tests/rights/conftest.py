"""Shared desks whose people have logins of the server, so that the server itself says what they may."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import DATABASE
from tests.rights.world import World, drop_logins, let_in, make_company, make_logins, make_world
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
