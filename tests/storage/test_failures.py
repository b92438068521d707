"""Storage that fails: locked, damaged, full, read-only. One clear sentence, nothing half-written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import event

from deskconsole.data.engines.postgresql import dialect as postgresql
from deskconsole.data.engines.sqlite import dialect as sqlite
from deskconsole.data.queries import tickets as lists
from deskconsole.data.store import open_store
from deskconsole.data.tables import Event, Operation, Ticket, TicketSearch, table
from deskconsole.desk import opening, tickets
from deskconsole.domain.errors import DeskError, StorageUnavailable
from tests.storage.desks import Company
from tests.support.writers import context


def hold_the_lock(location: str, told: Connection) -> None:
    """A frozen writer: takes the desk's lock and lets go when its owner hangs up."""
    raw = sqlite3.connect(location, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    told.send(os.getpid())
    told.poll(None)


@contextmanager
def held(location: str) -> Iterator[int]:
    """The lock in another process's hands; gives its process id."""
    ours, theirs = context().Pipe()
    holder = context().Process(target=hold_the_lock, args=(location, theirs))
    holder.start()
    theirs.close()
    yield ours.recv()
    ours.close()
    holder.join()


def test_a_reading_can_not_write(company: Company) -> None:
    ticket = company.ticket("as it was")
    with pytest.raises(DeskError), company.store.reading() as session:
        session.execute(table(Ticket).update().values(subject="written by a reading"))
    assert company.desk().read(lists.rows, [ticket])[0].subject == "as it was"


def test_a_desk_locked_for_too_long_names_the_process_that_holds_it(
    sqlite_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    company = replace(sqlite_company, store=open_store(sqlite_company.store.location))
    ticket = company.ticket()
    with held(company.store.location) as pid:
        with pytest.raises(StorageUnavailable, match=rf"is busy .*process {pid} holds it\). Nothing was written"):
            tickets.reply(company.desk(), ticket, "hello")
        assert company.card(ticket).messages == ()  # readers go on
    tickets.reply(company.desk(), ticket, "hello")
    company.store.close()


def test_a_locked_shared_desk_says_so_and_writes_nothing(
    postgres_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SETTINGS", postgresql.SETTINGS.replace("lock_timeout=3s", "lock_timeout=20ms"))
    store = open_store(postgres_company.store.url.render_as_string(hide_password=False))
    company = replace(postgres_company, store=store)
    ticket = company.ticket()
    with store.writer.connect() as other, other.begin():
        other.exec_driver_sql(f"SELECT 1 FROM ticket WHERE id = {ticket} FOR UPDATE")
        with pytest.raises(StorageUnavailable, match="too busy; nothing was written"):
            tickets.reply(company.desk(), ticket, "hello")
    tickets.reply(company.desk(), ticket, "hello")
    assert len(company.card(ticket).messages) == 1
    store.close()


def test_a_full_disk_writes_nothing_and_the_desk_goes_on_when_there_is_room(sqlite_company: Company) -> None:
    first = sqlite_company.ticket("before")
    engine, pages = sqlite_company.store.reader, 0
    with engine.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    engine.dispose()

    def fill(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 4}")

    event.listen(engine, "connect", fill)
    counts = [sqlite_company.count(model) for model in (Ticket, Event, Operation, TicketSearch)]
    with pytest.raises(StorageUnavailable, match="disk is full: nothing was written"):
        sqlite_company.ticket("after", body=" ".join(f"word{number}" for number in range(20_000)))
    assert [sqlite_company.count(model) for model in (Ticket, Event, Operation, TicketSearch)] == counts
    event.remove(engine, "connect", fill)
    engine.dispose()
    assert opening.check(sqlite_company.store.location) == []
    assert sqlite_company.ticket("after") == first + 1


def faults_said(location: str) -> list[str]:
    """What a person who checks the desk is told is wrong with it."""
    try:
        return [str(fault) for fault in opening.check(location)]
    except StorageUnavailable as refusal:
        return [str(refusal)]


@pytest.mark.parametrize("place", [0, 60, 4096, 3 * 4096, -4096])
def test_overwritten_bytes_are_reported_and_never_a_traceback(sqlite_company: Company, place: int) -> None:
    for number in range(20):
        sqlite_company.ticket(str(number), body="much to say " * 50)
    location = Path(sqlite_company.store.location)
    sqlite_company.store.close()
    with location.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(place % size)
        file.write(b"\xa5" * 2000)
    assert faults_said(str(location))


@contextmanager
def somebody_else(desk: Company, mode: int) -> Iterator[str]:
    """Work as a user who may come to a desk's folder and has no more of its file than `mode`; gives its place."""
    desk.store.close()
    with tempfile.TemporaryDirectory() as made:
        folder, file = Path(made), Path(made) / "desk.db"
        shutil.copy(desk.store.location, file)
        file.chmod(mode)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield str(file)
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o700)


def test_a_file_that_may_only_be_read_says_so(sqlite_company: Company) -> None:
    with (
        somebody_else(sqlite_company, 0o444) as location,
        pytest.raises(StorageUnavailable, match=r"may only be read by you|can't be reached"),
    ):
        opening.open_desk(location, login="ann")


def test_a_file_that_may_not_be_read_says_so(sqlite_company: Company) -> None:
    with (
        somebody_else(sqlite_company, 0) as location,
        pytest.raises(StorageUnavailable, match="can't be opened: Permission denied"),
    ):
        opening.open_desk(location, login="ann")


def test_a_server_that_is_not_there_is_said_so_without_the_password() -> None:
    with pytest.raises(StorageUnavailable, match="can't be reached") as refusal:
        open_store("postgresql://ann:geheim@127.0.0.1:1/desk")
    assert "geheim" not in str(refusal.value)
    assert refusal.value.__cause__ is None
