"""kill -9 in the middle of making a desk leaves none, or a whole one."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from deskconsole.data import migrations, store
from deskconsole.data.engines.sqlite import dialect as sqlite
from deskconsole.desk.opening import check, create_desk, open_desk
from deskconsole.domain.errors import StorageUnavailable
from tests.support.writers import context

STEPS = ("file", "schema", "seed", "person", "link")


def make_and_die(location: str, step: str) -> None:
    """Make a desk and be killed right after one step of it."""

    def killed_after(module: object, name: str) -> None:
        real = getattr(module, name)

        def act(*args: object, **kwargs: object) -> None:
            real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, name, act)

    places: dict[str, tuple[object, str]] = {
        "file": (sqlite, "_begin_file"),
        "schema": (migrations, "upgrade"),
        "seed": (store, "seed"),
        "person": (store.Store, "close"),
        "link": (os, "link"),
    }
    killed_after(*places[step])
    create_desk(location, login="ann")


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_maker_leaves_no_desk_or_a_whole_one(tmp_path: Path, step: str) -> None:
    file = tmp_path / "desk.db"
    maker = context().Process(target=make_and_die, args=(str(file), step))
    maker.start()
    maker.join()
    assert maker.exitcode == -signal.SIGKILL
    if step == "link":
        assert check(str(file)) == []
    else:
        with pytest.raises(StorageUnavailable, match="There is no desk"):
            open_desk(str(file), login="ann")
        create_desk(str(file), login="ann")
    open_desk(str(file), login="ann").close()


def test_a_file_of_ours_without_a_schema_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    with sqlite3.connect(file) as made:
        made.execute(f"PRAGMA application_id={sqlite.APPLICATION_ID}")
    made.close()
    with pytest.raises(StorageUnavailable, match="making was cut short"):
        open_desk(str(file), login="ann")


def test_an_empty_database_on_the_server_is_explained(blank_postgres_url: str) -> None:
    with pytest.raises(StorageUnavailable, match="make the desk with"):
        open_desk(blank_postgres_url, login="ann")
    create_desk(blank_postgres_url, login="ann")
    open_desk(blank_postgres_url, login="ann").close()
