"""Putting a desk back from a backup, under open consoles."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deskconsole.data.engines.sqlite import dialect as sqlite
from deskconsole.data.store import open_store
from deskconsole.data.tables import Change, Ticket, table
from deskconsole.desk import backups, opening, tickets
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.terms import ENTITIES
from tests.storage.desks import Company, address


@pytest.fixture
def local(sqlite_company: Company) -> Company:
    """A local desk with a ticket."""
    sqlite_company.ticket("kept")
    return sqlite_company


def subjects(company: Company) -> list[str]:
    ticket = table(Ticket)
    return company.desk().read(lambda session: list(session.execute(select(ticket.c.subject)).scalars()))


def test_open_consoles_see_the_desk_put_back_and_go_on_writing(local: Company, tmp_path: Path) -> None:
    copy = backups.back_up(local.store.location, tmp_path / "copy")
    local.ticket("later")
    change = table(Change)
    with local.store.reader.connect() as console:  # a console that has read, and stays connected
        seen = console.execute(select(change.c.seq).order_by(change.c.seq.desc())).scalars().first() or 0
        assert subjects(local) == ["kept", "later"]
        kept = backups.restore(local.store.location, copy)
        console.rollback()
        told = console.execute(select(change.c.entity).where(change.c.seq > seen, change.c.row_id.is_(None)))
        assert set(told.scalars()) == set(ENTITIES)
    assert subjects(local) == ["kept"]
    new = local.ticket("after")
    assert local.found("after") == (new,)
    assert opening.check(local.store.location) == []
    assert kept is not None
    assert kept.stat().st_mode & 0o777 == 0o600
    before = open_store(str(kept))
    with before.reading() as session:
        assert session.execute(select(table(Ticket).c.subject)).scalars().all() == ["kept", "later"]
    before.close()
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_what_is_saved_while_the_safety_copy_is_made_is_refused_not_lost(
    local: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backups.back_up(local.store.location, tmp_path / "copy")
    real = sqlite.backup
    refused: list[str] = []

    def while_others_write(engine: object, target: Path) -> None:
        with closing(sqlite3.connect(local.store.location, timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            refused.append("locked")
        real(engine, target)  # type: ignore[arg-type] # as handed over

    monkeypatch.setattr(sqlite, "backup", while_others_write)
    backups.restore(local.store.location, copy)
    assert refused == ["locked"]


def test_where_there_is_no_file_a_desk_is_made(local: Company, tmp_path: Path) -> None:
    copy = backups.back_up(local.store.location, tmp_path / "copy")
    new = tmp_path / "new" / "desk.db"
    assert backups.restore(str(new), copy) is None
    assert opening.check(str(new)) == []
    assert new.stat().st_mode & 0o777 == 0o600


def test_a_backup_that_is_none_or_damaged_or_newer_changes_nothing(local: Company, tmp_path: Path) -> None:
    good = backups.back_up(local.store.location, tmp_path / "good")
    foreign, torn, newer = tmp_path / "foreign", tmp_path / "torn", tmp_path / "newer"
    foreign.write_bytes(b"PK\x03\x04")
    content = bytearray(good.read_bytes())
    content[8192:40960] = os.urandom(32768)
    torn.write_bytes(content)
    newer.write_bytes(good.read_bytes())
    with closing(sqlite3.connect(newer)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    words = {foreign: "is not a desk", torn: "damaged", newer: "newer than this", tmp_path / "gone": "There is no desk"}
    local.ticket("later")
    for file, expected in words.items():
        with pytest.raises(StorageUnavailable, match=expected):
            backups.restore(local.store.location, file)
    assert subjects(local) == ["kept", "later"]
    assert good.read_bytes()[:16] == b"SQLite format 3\x00"
    assert [file.name for file in tmp_path.iterdir() if "before-restore" in file.name or file.name[0] == "."] == []


def test_a_damaged_desk_is_moved_away_first(local: Company, tmp_path: Path) -> None:
    copy = backups.back_up(local.store.location, tmp_path / "copy")
    local.store.close()
    desk = Path(local.store.location)
    content = bytearray(desk.read_bytes())
    content[8192:40960] = os.urandom(32768)
    desk.write_bytes(content)
    with pytest.raises(StorageUnavailable, match=r"move .* away together"):
        backups.restore(str(desk), copy)
    assert desk.read_bytes() == content
    desk.rename(tmp_path / "damaged")
    assert backups.restore(str(desk), copy) is None
    assert opening.check(str(desk)) == []


def test_a_busy_desk_is_not_restored(local: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = backups.back_up(local.store.location, tmp_path / "copy")
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with local.store.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET note = 'in the middle'")
        with pytest.raises(StorageUnavailable, match="is busy"):
            backups.restore(local.store.location, copy)
    assert subjects(local) == ["kept"]


def test_a_backup_of_a_server_is_restored_into_an_empty_database(
    postgres_company: Company, blank_postgres_url: str, tmp_path: Path, programs: None
) -> None:
    postgres_company.grant(60)
    ticket = postgres_company.ticket("kept")
    copy = backups.back_up(address(postgres_company), tmp_path / "copy")
    with pytest.raises(StorageUnavailable, match="is not empty"):
        backups.restore(address(postgres_company), copy)
    assert backups.restore(blank_postgres_url, copy) is None
    assert opening.check(blank_postgres_url) == []
    desk = opening.open_desk(blank_postgres_url, login="ann")
    assert tickets.register(desk, tickets.Registration("after")) == ticket + 1
    desk.close()


def test_half_a_backup_of_a_server_is_refused(
    postgres_company: Company, blank_postgres_url: str, tmp_path: Path, programs: None
) -> None:
    copy = backups.back_up(address(postgres_company), tmp_path / "copy")
    half = tmp_path / "half"
    half.write_bytes(copy.read_bytes()[:3000])
    with pytest.raises(StorageUnavailable, match="no whole backup"):
        backups.restore(blank_postgres_url, half)
    with pytest.raises(StorageUnavailable, match="is empty"):
        open_store(blank_postgres_url)


def test_no_password_stands_on_the_command_line_or_in_the_environment(
    postgres_company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: None
) -> None:
    ran: list[tuple[list[str], dict[str, str], str]] = []
    real = subprocess.run

    def run(words: list[str], **options: Any) -> object:
        environment = options.get("env")
        if isinstance(environment, dict):
            ran.append((list(words), environment, Path(environment["PGPASSFILE"]).read_text("utf-8")))
            assert Path(environment["PGPASSFILE"]).stat().st_mode & 0o777 == 0o600
        return real(words, **options)

    monkeypatch.setattr(subprocess, "run", run)
    url = postgres_company.store.url.set(password="s:3cret")
    backups.back_up(url.render_as_string(hide_password=False), tmp_path / "copy")
    ((words, environment, passfile),) = ran
    assert "3cret" not in repr(words) + repr(environment)
    assert passfile == "*:*:*:*:s\\:3cret\n"
    assert not Path(environment["PGPASSFILE"]).exists()
