"""A company's desk, fresh for each test, on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskconsole.data.store import Store, open_store
from tests.storage.desks import Company, FakeClock, company_on


@pytest.fixture
def store(desk_url: str) -> Iterator[Store]:
    """An empty desk's storage."""
    opened = open_store(desk_url)
    yield opened
    opened.close()


@pytest.fixture
def company(store: Store) -> Company:
    """A desk with people, clients, contracts, equipment; no hours and no tickets."""
    return company_on(store, FakeClock())


@pytest.fixture
def sqlite_company(sqlite_url: str) -> Iterator[Company]:
    """The same in a SQLite file."""
    opened = open_store(sqlite_url)
    yield company_on(opened)
    opened.close()
