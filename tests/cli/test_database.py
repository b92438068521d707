"""Desks that are locked, missing, foreign, damaged, newer, read-only, full or out of place."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from deskconsole.data.engines.sqlite import dialect as sqlite
from tests.cli.conftest import Run, Said

WRITING = ("ticket", "note", "1", "text")


def refused(said: Said, expected: str, code: int = 6) -> None:
    assert (said.code, said.out) == (code, "")
    assert expected in said.err
    assert len(said.err.splitlines()) == 1


def test_a_desk_is_made_for_its_owner_alone(run: Run, home: Path) -> None:
    said = run("init", "--name", "Анна")
    path = Path(said.out.strip())
    assert path == home / "data" / "desk.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("ticket", "list", "--json").json == []
    refused(run("init"), "already; it was left as it is")


def test_a_missing_desk_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    refused(run("--desk", str(tmp_path / "x.db"), "ticket", "list"), f"--desk {tmp_path / 'x.db'} init")
    assert not (tmp_path / "x.db").exists()


def test_somebody_unknown_is_told_who_there_is(run: Run, shop: Path) -> None:
    refused(run("--as", "nobody", "ticket", "list"), "ann", code=3)


def test_a_locked_desk_says_so_and_reading_goes_on(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(shop, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(run(*WRITING), "is busy")
        assert run("ticket", "list", "--ids").out == "1\n2\n3\n"
        other.execute("ROLLBACK")
    assert run(*WRITING).code == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"SQLite format 3\x00" + bytes(200)])
def test_a_foreign_file_is_left_as_it_is(run: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(content)
    for words in (["ticket", "list"], ["db", "check"], ["db", "upgrade"], ["db", "backup"], ["demo", "--no-open"]):
        refused(run("--desk", str(file), *words), "is not a desk of deskconsole")
    assert file.read_bytes() == content


def test_a_folder_is_no_desk(run: Run, tmp_path: Path) -> None:
    refused(run("--desk", str(tmp_path), "ticket", "list"), "is not a desk of deskconsole")


def test_a_damaged_desk_is_named_so(run: Run, shop: Path) -> None:
    content = bytearray(shop.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    shop.write_bytes(content)
    refused(run("ticket", "list"), "is damaged")
    assert run("db", "check").code == 6
    assert run("doctor").code == 1


def test_a_newer_desk_is_refused_by_name(run: Run, shop: Path) -> None:
    with closing(sqlite3.connect(shop)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (["ticket", "list"], ["db", "upgrade"]):
        refused(run(*words), "has schema 9999, newer than this program's")


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No desk may grow by a page."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(Engine, "connect", limit)
    yield
    event.remove(Engine, "connect", limit)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_writes_nothing(run: Run, shop: Path) -> None:
    refused(run("ticket", "note", "1", "x" * 900_000), "The disk is full")
    assert len(run("ticket", "show", "1", "--json").json["messages"]) == 1


def test_a_desk_one_may_only_read_says_so(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect

    def only_reading(file: str, **options: Any) -> sqlite3.Connection:
        """Root, who runs many tests, is stopped by no file mode."""
        connection: sqlite3.Connection = real(str(file).replace("mode=rw", "mode=ro"), **options)
        return connection

    monkeypatch.setattr(sqlite3, "connect", only_reading)
    before = shop.read_bytes()
    refused(run(*WRITING), "may only be read by you")
    assert shop.read_bytes() == before


def test_a_desk_on_a_network_file_system_is_refused(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = shop.parent / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 /dev/sda rw\n2 1 0:2 / {shop.parent} rw - nfs4 nas:/desk rw\n")
    real = sqlite.network_file_system
    monkeypatch.setattr(sqlite, "network_file_system", lambda path, _table: real(path, mounts))
    refused(run("ticket", "list"), "is on a network file system (nfs4)")
    refused(run("--desk", str(shop.parent / "new.db"), "init"), "is on a network file system (nfs4)")


def test_a_sound_desk_passes_its_check_and_is_copied(run: Run, shop: Path, tmp_path: Path) -> None:
    found = run("db", "check", "--json").json
    assert (found["desk"], found["faults"]) == (str(shop), [])
    copy = tmp_path / "copy.sqlite"
    assert run("db", "backup", str(copy)).out == f"{copy}\n"
    assert run("--desk", str(copy), "ticket", "list", "--ids").out == "1\n2\n3\n"
    refused(run("db", "backup", str(copy)), "can't be written")
    refused(run("db", "backup", str(tmp_path / "no" / "folder")), "can't be written")
    assert run("db", "upgrade").out.strip()


def test_hours_given_away_twice_are_found(run: Run, shop: Path) -> None:
    with closing(sqlite3.connect(shop)) as connection, connection:
        connection.execute(
            "INSERT INTO hour_entry (lot_id, kind, minutes, at, reason) VALUES (1, 'deduction', -500, '2026-01-01', '')"
        )
    said = run("db", "check")
    assert said.code == 6
    assert said.out.splitlines()[0] == "hour lot 1: -380 minutes left, 0 reserved"


def test_a_demo_fills_a_kept_desk_once(run: Run, tmp_path: Path) -> None:
    desk = str(tmp_path / "demo.sqlite")
    words = ("--desk", desk, "demo", "--no-open", "--tickets", "40", "--clients", "5", "--open", "7")
    said = run(*words)
    assert (said.code, said.out) == (0, "")
    assert "40 tickets, 7 of them open" in said.err
    assert len(run("--desk", desk, "ticket", "list", "--ids", "status:any").out.split()) == 40
    refused(run(*words), "the demo needs an empty one", code=4)


def test_a_throw_away_desk_is_gone_with_the_console(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def console(location: str, *, login: str | None, low_bandwidth: bool) -> int:
        seen.append(Path(location))
        assert seen[0].exists()
        assert login == "demo"
        return 0

    monkeypatch.setattr("deskconsole.console.run", console)
    assert run("demo", "--tickets", "10", "--clients", "2").code == 0
    assert not seen[0].parent.exists()


@pytest.mark.parametrize(
    "words",
    [["--no-open"], ["--tickets", "0"], ["--tickets", "x"], ["--clients", "-1"], ["--tickets", "5", "--open", "6"]],
)
def test_a_demo_no_desk_can_be_is_refused(run: Run, words: list[str]) -> None:
    refused(run("demo", *words), "", code=2)


def test_a_desk_is_copied_and_put_back_from_the_command_line(run: Run, shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    said = run("db", "copy", "--from", str(shop), "--to", str(copy), "--json")
    assert said.code == 0
    assert {one["name"]: one["rows"] for one in said.json["tables"]}["ticket"] == 3
    assert run("--desk", str(copy), "ticket", "list", "--ids").out == "1\n2\n3\n"
    refused(run("db", "copy", "--to", str(copy)), "with work in it", code=4)
    refused(run("db", "copy"), "--to", code=2)
    backup = tmp_path / "kept.backup"
    run("db", "backup", str(backup))
    assert run("ticket", "note", "1", "written after").code == 0
    said = run("db", "restore", str(backup))
    assert (said.code, said.out) == (0, f"{shop}\n")
    assert "before-restore" in said.err
    assert "written after" not in run("ticket", "show", "1").out
    refused(run("db", "restore", str(tmp_path / "none")), "There is no desk at")


def test_the_desk_may_be_named_after_a_database_command(run: Run, shop: Path, tmp_path: Path) -> None:
    other = str(tmp_path / "other.sqlite")
    said = run("db", "init", "--desk", other, "--admin", "chief", "--name", "The Chief")
    assert (said.code, said.out) == (0, f"{other}\n")
    assert "chief is its administrator" in said.err
    assert run("--desk", other, "--as", "chief", "ticket", "list", "--json").json == []
    assert run("db", "check", "--desk", other).code == 0
    assert run("db", "upgrade", "--desk", other).out.strip()
    assert run("db", "check", "--json").json["desk"] == str(shop)
