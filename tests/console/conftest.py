"""Fixtures of the console's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console import call_desk
from tests.console.call_desk import CallDesk, Ids


@pytest.fixture(scope="session")
def calls_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ids]:
    """A desk with clients of every kind of trouble, made once."""
    return call_desk.make_template(tmp_path_factory.mktemp("calls"))


@pytest.fixture
def calls(calls_template: tuple[Path, Ids], tmp_path: Path) -> Iterator[CallDesk]:
    """A copy of that desk, open for this test alone."""
    made = call_desk.open_copy(*calls_template, tmp_path)
    yield made
    made.desk.close()
