"""Backups of a local desk, and what `check` finds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from deskconsole.data.engines.postgresql import dialect as postgresql
from deskconsole.data.engines.postgresql import tools as postgresql_tools
from deskconsole.data.store import open_store
from deskconsole.data.tables import HourEntry
from deskconsole.desk import backups, opening
from deskconsole.domain.errors import DeskError, StorageUnavailable
from deskconsole.domain.terms import EntryKind
from tests.storage.desks import MORNING, Company, address
from tests.support.writers import Journal, Work, faults, start


@pytest.fixture
def local(sqlite_company: Company) -> Company:
    """A SQLite desk with a little on it."""
    sqlite_company.grant(100)
    sqlite_company.ticket("first")
    return sqlite_company


def dump(file: Path) -> list[str]:
    """All that stands in a file; a copy writes down indexes before triggers, whichever was made first."""
    with sqlite3.connect(file) as raw:
        lines = sorted(raw.iterdump())
    raw.close()
    return lines


def test_a_backup_equals_the_desk_and_is_for_its_owner_alone(local: Company, tmp_path: Path) -> None:
    target = backups.back_up(local.store.location, tmp_path / "copy.db")
    assert target.stat().st_mode & 0o777 == 0o600
    assert dump(target) == dump(Path(local.store.location))
    desk = opening.open_desk(str(target), login="ann")
    desk.close()
    assert opening.check(str(target)) == []


def test_backups_made_one_after_the_other_have_names_of_their_own(local: Company) -> None:
    copies = {backups.back_up(local.store.location) for _ in range(3)}
    assert len(copies) == 3
    assert {copy.parent for copy in copies} == {Path(local.store.location).parent}


def test_an_existing_file_or_link_is_never_written_over(local: Company, tmp_path: Path) -> None:
    taken, link = tmp_path / "taken", tmp_path / "link"
    taken.write_text("mine")
    link.symlink_to(tmp_path / "elsewhere")
    for target in (taken, link, tmp_path / "no" / "folder"):
        with pytest.raises(StorageUnavailable, match="backup can't be written"):
            backups.back_up(local.store.location, target)
    assert taken.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_made_while_others_write_is_whole(local: Company, tmp_path: Path) -> None:
    people = (local.people["eva"], local.people["ed"])
    work = Work(local.store.location, "ann", local.ticket("shared"), local.rows["client"], people)
    writers = [start(work, Journal(f"writer{number}"), 60) for number in range(2)]
    copies = []
    for number in range(4):
        for writer in writers:
            writer.hear()
        copies.append(backups.back_up(local.store.location, tmp_path / f"copy{number}.db"))
    told = [dict(writer.journal.answers) for writer in writers]
    copies.append(backups.back_up(local.store.location, tmp_path / "last.db"))
    for writer in writers:
        writer.finish()
    for copy in copies:
        assert opening.check(str(copy)) == []
    store = open_store(str(copies[-1]))
    known = [Journal(writer.journal.name, answers) for writer, answers in zip(writers, told, strict=True)]
    with store.reading() as session:
        assert faults(session, known).missing == ()
    store.close()


def test_a_shared_desk_is_backed_up_whole(postgres_company: Company, tmp_path: Path, programs: None) -> None:
    postgres_company.ticket("kept")
    location = address(postgres_company)
    target = backups.back_up(location, tmp_path / "copy")
    assert target.stat().st_mode & 0o777 == 0o600
    assert postgresql_tools.revision_of(target) == opening.SCHEMA


def test_without_pg_dump_a_shared_desk_says_what_to_run(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_tools, "find", lambda _name, _version: None)
    with pytest.raises(StorageUnavailable, match="pg_dump -Fc"):
        backups.back_up(postgres_url, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_login_that_sees_a_part_backs_up_nothing(postgres_company: Company, tmp_path: Path, programs: None) -> None:
    with postgres_company.store.writer.begin() as connection:
        connection.execute(text("CREATE ROLE half_seeing LOGIN"))
    url = postgres_company.store.url.set(username="half_seeing")
    try:
        with postgres_company.store.writer.begin() as connection:
            connection.execute(text("GRANT CONNECT ON DATABASE " + str(url.database) + " TO half_seeing"))
        engine = postgresql.open_engine(url)
        with pytest.raises(DeskError):
            postgresql_tools.back_up(engine, tmp_path / "copy")
        engine.dispose()
        assert not (tmp_path / "copy").exists()
    finally:
        with postgres_company.store.writer.begin() as connection:
            connection.execute(text("REVOKE ALL ON DATABASE " + str(url.database) + " FROM half_seeing"))
            connection.execute(text("DROP ROLE half_seeing"))


def test_check_finds_hours_given_away(company: Company) -> None:
    lot = company.grant(30)
    location = company.store.url.render_as_string(hide_password=False)
    assert opening.check(location) == []
    with company.store.writing() as session:
        session.add(HourEntry(lot_id=lot, kind=EntryKind.DEDUCTION.value, minutes=-45, at=MORNING))
    assert opening.check(location) == [f"hour lot {lot}: -15 minutes left, 0 reserved"]


def test_check_finds_rows_without_their_owner(local: Company) -> None:
    with sqlite3.connect(local.store.location) as raw:
        raw.execute(
            "INSERT INTO message (ticket_id, at, author, visibility, channel, body) VALUES (99, 0, '', '', '', '')"
        )
    raw.close()
    assert opening.check(local.store.location) == ["row 1 of message refers to a missing row of ticket"]


def test_the_report_for_doctor_names_engine_schema_and_loose_modes(company: Company) -> None:
    engine, schema, _ = opening.engine_report(company.store.url.render_as_string(hide_password=False))
    assert engine.split()[0] in {"SQLite", "PostgreSQL"}
    assert schema == opening.SCHEMA
    if company.store.dialect.NAME == "sqlite":
        Path(company.store.location).chmod(0o644)
        *_, weak = opening.engine_report(company.store.location)
        assert any("chmod" in words for words in weak)


def test_opening_the_same_file_twice_in_one_process_keeps_the_first_one_s_locks(local: Company, tmp_path: Path) -> None:
    with local.store.writer.begin() as connection:
        connection.execute(text("UPDATE client SET note = 'in the middle'"))
        opening.check(local.store.location)
        backups.back_up(local.store.location, tmp_path / "copy.db")
    local.store.close()
    assert opening.check(local.store.location) == []
