"""A desk copied between the engines: whole, equal, or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from deskconsole.data.canonical import Checksum, Stored
from deskconsole.data.engines import bulk
from deskconsole.data.engines.bulk import bulk_of
from deskconsole.data.engines.postgresql import bulk as postgresql_bulk
from deskconsole.data.engines.sqlite import bulk as sqlite_bulk
from deskconsole.data.store import Store, open_store
from deskconsole.data.tables import Change, Event, Presence, Seal, Ticket, TicketLineMoney, TimeEntryMoney, table
from deskconsole.desk import attachments, lines, moving, opening, tickets, time
from deskconsole.desk.moving import copy_desk
from deskconsole.domain.errors import Conflict, InvalidInput, Refused, StorageUnavailable
from deskconsole.domain.terms import TariffMode
from tests.storage.desks import Company, address
from tests.support.writers import context


@pytest.fixture
def busy(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A desk with a life: tickets in several states, hours, time, lines, a file, words that need care."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    company.grant(600)
    one, two = company.ticket("Не печатает \\ чек\tи касса"), company.ticket("b", body="two\nlines\r\n\\N")
    time.log_time(company.desk("eva"), one, 30, note="\\.")
    time.correct_time(company.desk(), time.log_time(company.desk("eva"), two, 5).entry_id, reason="wrong one")
    tickets.set_status(company.desk(), [one], "resolved")
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8 bytes")
    attachments.attach(company.desk(), two, file)
    return company


@pytest.fixture
def elsewhere(busy: Company, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where there is no desk yet, on the other engine."""
    if busy.store.dialect.NAME == "postgresql":
        return str(tmp_path / "moved.db")
    location: str = request.getfixturevalue("blank_postgres_url")
    return location


def sums(location: str) -> dict[str, str]:
    store = open_store(location)
    found = {}
    with bulk_of(store.dialect.NAME).snapshot(store.reader) as connection:
        for one in moving.moved_tables():
            summed = Checksum()
            for rows in bulk_of(store.dialect.NAME).stored_rows(connection, one):
                summed.add(rows)
            found[one.name] = f"{summed.rows} {summed.text}"
    store.close()
    return found


def test_a_desk_copied_there_and_back_is_the_same(busy: Company, elsewhere: str, tmp_path: Path) -> None:
    there = copy_desk(address(busy), elsewhere)
    assert there.rows > 100
    copied = {one.name: f"{one.rows} {one.checksum}" for one in there.tables}
    assert sums(elsewhere) == copied | {"seal": sums(elsewhere)["seal"]}  # a file's chain begins with what came in
    if busy.store.dialect.NAME == "sqlite":
        assert sums(address(busy)) == sums(elsewhere)
        again = copy_desk(elsewhere, str(tmp_path / "back.db"))
        assert again.checksum == there.checksum
        assert opening.check(str(tmp_path / "back.db")) == []
    assert opening.check(elsewhere) == []


def test_work_goes_on_after_the_last_numbers(busy: Company, elsewhere: str) -> None:
    copy_desk(address(busy), elsewhere)
    desk = opening.open_desk(elsewhere, login="ann")
    last = max(desk.read(lambda session: session.execute(select(table(Ticket).c.id)).scalars().all()))
    new = tickets.register(desk, tickets.Registration("after the move", busy.rows["client"]))
    assert new == last + 1
    moved = Company(desk.store, busy.clock, busy.people, busy.teams, busy.rows)
    assert moved.found("чек") != ()
    assert moved.found("after") == (new,)
    desk.close()


def test_frozen_prices_costs_and_who_wrote_a_line_are_kept_as_they_were(busy: Company, elsewhere: str) -> None:
    ticket = busy.ticket("priced")
    line = lines.add_line(busy.desk(), ticket, 1, mode=TariffMode.MONEY)
    lines.perform_line(busy.desk(), line["line"])
    before = _frozen(busy.store)
    copy_desk(address(busy), elsewhere)
    store = open_store(elsewhere)
    assert _frozen(store) == before
    store.close()


def _frozen(store: Store) -> list[list[tuple[object, ...]]]:
    event = table(Event)
    with store.reading() as session:
        return [
            [tuple(row) for row in session.execute(select(event.c.id, event.c.login, event.c.actor).order_by("id"))],
            sorted(tuple(row) for row in session.execute(select(table(TimeEntryMoney)))),
            sorted(tuple(row) for row in session.execute(select(table(TicketLineMoney)))),
        ]


def test_the_new_desk_has_all_triggers_indexes_and_keys_again(
    busy: Company, elsewhere: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    copy_desk(address(busy), elsewhere)
    fresh = str(tmp_path / "fresh.db")
    if busy.store.dialect.NAME == "sqlite":
        fresh = request.getfixturevalue("postgres_url")
    else:
        opening.create_desk(fresh, login="ann")
    assert _fittings(elsewhere) == _fittings(fresh)


PARTS = {
    "sqlite": ("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master",),
    "postgresql": (
        "SELECT tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT indexrelid::regclass || ' ' || pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid::regclass::text NOT LIKE 'pg\\_%%'",
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint",
        "SELECT relname || ' ' || relowner::regrole || ' ' || relrowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace",
        "SELECT tablename || ' ' || policyname FROM pg_policies",
    ),
}


def _fittings(location: str) -> set[str]:
    store = open_store(location)
    try:
        with store.reader.connect() as connection:
            return {
                str(row[0])
                for words in PARTS[store.dialect.NAME]
                for row in connection.exec_driver_sql(words).fetchall()
            }
    finally:
        store.close()


def test_an_empty_desk_is_filled_and_its_consoles_are_told(busy: Company, elsewhere: str) -> None:
    opening.create_desk(elsewhere, login="somebody")
    copy_desk(address(busy), elsewhere)
    store = open_store(elsewhere)
    with store.reading() as session:
        told = {(row.entity, row.row_id) for row in session.execute(select(table(Change)))}
    store.close()
    assert {("ticket", None), ("client", None)} <= told
    opening.open_desk(elsewhere, login="ann").close()
    assert sums(elsewhere) == sums(address(busy)) | {"seal": sums(elsewhere)["seal"]}


def test_a_desk_with_work_in_it_is_left_as_it_is(busy: Company, elsewhere: str) -> None:
    opening.create_desk(elsewhere, login="ann")
    desk = opening.open_desk(elsewhere, login="ann")
    tickets.register(desk, tickets.Registration("mine"))
    desk.close()
    before = sums(elsewhere)
    with pytest.raises(Refused, match="with work in it"):
        copy_desk(address(busy), elsewhere)
    assert sums(elsewhere) == before
    with pytest.raises(InvalidInput, match="onto itself"):
        copy_desk(address(busy), address(busy))


def test_what_is_shown_and_rung_now_stays_behind(busy: Company, elsewhere: str) -> None:
    with busy.store.writing() as session:
        session.add(Presence(console=uuid4(), person_id=1, ticket_id=1, seen_at=busy.clock()))
    copied = copy_desk(address(busy), elsewhere)
    assert {"change", "presence"}.isdisjoint(one.name for one in copied.tables)
    store = open_store(elsewhere)
    with store.reading() as session:
        assert session.execute(select(table(Presence))).all() == []
    store.close()


def test_attached_files_go_along_and_a_damaged_one_is_named(busy: Company, elsewhere: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text("whole")
    attachments.attach(busy.desk(), 1, broken)
    (kept,) = [file for file in busy.store.files.rglob("*") if file.is_file() and file.read_bytes() == b"whole"]
    kept.write_bytes(b"halve")
    moved = copy_desk(address(busy), elsewhere)
    assert (moved.files, moved.missing) == (1, ("broken.txt",))
    store = open_store(elsewhere)
    files = [file for file in store.files.rglob("*") if file.is_file()]
    store.close()
    assert [file.read_bytes() for file in files] == [b"\xff\xd8 bytes"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_one_moment_of_the_source_is_copied_whatever_is_written_meanwhile(busy: Company, elsewhere: str) -> None:
    before = sums(address(busy))

    def write_on(done: int, _total: int, _what: str) -> None:
        if done and busy.count(Ticket) < 4:
            busy.ticket("meanwhile")

    copy_desk(address(busy), elsewhere, progress=write_on)
    assert busy.count(Ticket) > 2
    after = sums(elsewhere)
    assert {name: one for name, one in after.items() if name != "seal"} == {
        name: one for name, one in before.items() if name != "seal"
    }


def test_a_copy_that_did_not_come_out_equal_is_undone(
    busy: Company, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = sqlite_bulk if busy.store.dialect.NAME == "postgresql" else postgresql_bulk
    real = engine.write_stored

    def loses_messages(connection: object, into: object, rows: list[object]) -> None:
        if str(into) != "message":
            real(connection, into, rows)

    monkeypatch.setattr(engine, "write_stored", loses_messages)
    with pytest.raises(Conflict, match="message did not come out equal"):
        copy_desk(address(busy), elsewhere)
    with pytest.raises(StorageUnavailable):
        open_store(elsewhere)


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("UPDATE ticket SET subject = 'a' || char(0) WHERE id = 2", "Row 2 of ticket"),
        ("UPDATE ticket SET estimate_minutes = 9999999999 WHERE id = 2", "Row 2 of ticket"),
        ("UPDATE ticket SET planned_at = 'soon' WHERE id = 2", "Row 2 of ticket"),
        ("UPDATE ticket SET is_covered = 7 WHERE id = 2", "Row 2 of ticket"),
        ("UPDATE person_money SET valid_from = 'x'", "of person_money"),
    ],
)
def test_what_can_t_stand_on_the_server_is_named_by_its_row(
    sqlite_company: Company, blank_postgres_url: str, words: str, row: str
) -> None:
    for _number in range(3):
        sqlite_company.ticket("secret words")
    with closing(sqlite3.connect(sqlite_company.store.location)) as raw, raw:
        raw.execute(
            "INSERT INTO person_money (person_id, valid_from, hour_cost_minor, currency) VALUES (1,'2020-01-01',1,'')"
        )
        raw.execute(words)
    with pytest.raises(InvalidInput, match=row) as refused:
        copy_desk(sqlite_company.store.location, blank_postgres_url)
    assert "secret" not in str(refused.value)
    with pytest.raises(StorageUnavailable, match="is empty"):
        open_store(blank_postgres_url)


def test_a_row_without_its_owner_is_not_copied(sqlite_company: Company, blank_postgres_url: str) -> None:
    with closing(sqlite3.connect(sqlite_company.store.location)) as raw, raw:
        raw.execute("INSERT INTO skill (person_id, name) VALUES (99, 'x')")
    with pytest.raises(Exception, match="fk_skill_person_id"):
        copy_desk(sqlite_company.store.location, blank_postgres_url)


def copy_and_die(source: str, target: str, rows: int) -> None:
    """Copy, and be killed when so many rows are through."""

    def killed(done: int, _total: int, _what: str) -> None:
        if done >= rows:
            os.kill(os.getpid(), signal.SIGKILL)

    bulk.BATCH = 10
    copy_desk(source, target, progress=killed)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_killed_copy_leaves_no_desk(busy: Company, elsewhere: str, share: float, tmp_path: Path) -> None:
    total = 2 * sum(int(one.split()[0]) for one in sums(address(busy)).values())
    copier = context().Process(target=copy_and_die, args=(address(busy), elsewhere, int(share * total)))
    copier.start()
    copier.join()
    assert copier.exitcode == -signal.SIGKILL
    with pytest.raises(StorageUnavailable):
        open_store(elsewhere)
    copy_desk(address(busy), elsewhere)
    assert opening.check(elsewhere) == []


INSTANTS = st.datetimes(datetime(2, 1, 2), datetime(9999, 12, 29), timezones=st.just(UTC))  # a server takes no others
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@pytest.fixture
def pair(sqlite_company: Company, postgres_company: Company) -> tuple[Company, Company]:
    return sqlite_company, postgres_company


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subject=TEXTS,
    due=st.none() | INSTANTS,
    covered=st.booleans(),
    minutes=st.integers(-(2**31), 2**31 - 1),
    key=st.none() | st.uuids(),
    offset=st.integers(-840, 840),
)
def test_the_same_row_has_the_same_checksum_on_both_engines(
    pair: tuple[Company, Company],
    subject: str,
    due: datetime | None,
    covered: bool,
    minutes: int,
    key: UUID | None,
    offset: int,
) -> None:
    here, there = (_checksum_with(company, subject, due, covered, minutes, key, offset) for company in pair)
    assert here == there


def _checksum_with(
    company: Company, subject: str, due: datetime | None, covered: bool, minutes: int, key: UUID | None, offset: int
) -> list[tuple[int, str]]:
    store = company.store
    zone = timedelta(minutes=offset)
    with store.writer.connect() as connection, connection.begin() as transaction:
        connection.execute(
            table(Ticket).insert(),
            {
                "id": 7, "version": 1, "type": "visit", "subject": subject, "channel": "phone", "priority": 3,
                "status": "new", "category": "new", "is_open": True, "caller": "", "is_covered": covered,
                "due_at": due, "next_due": due or datetime(9999, 12, 31, tzinfo=UTC), "next_clock": "",
                "is_breached": False, "sla_edition": 0, "estimate_minutes": minutes,
                "created_at": (datetime(2026, 1, 1, tzinfo=UTC) + zone), "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
            },
        )  # fmt: skip
        connection.execute(
            table(Event).insert(),
            {
                "id": 7, "ticket_id": 7, "at": due or datetime(2026, 1, 1, tzinfo=UTC), "actor": subject, "login": "x",
                "channel": "cli", "rule": "", "verb": "", "field": "", "old": subject, "new": "", "reason": "",
                "operation": key,
            },
        )  # fmt: skip
        if store.dialect.NAME == "postgresql":  # who wrote it is the server's word, not the row's
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        found = []
        for one in (table(Ticket), table(Event)):
            summed = Checksum()
            for rows in bulk_of(store.dialect.NAME).stored_rows(connection, one):
                summed.add(
                    [
                        tuple("x" if one.c.keys()[place] == "login" else value for place, value in enumerate(row))
                        for row in rows
                    ]
                )
            found.append((summed.rows, summed.text))
        transaction.rollback()
    return found


def test_a_local_desk_goes_on_sealed_where_a_server_s_history_ends(
    postgres_company: Company, tmp_path: Path, count_seals: Callable[[str], int]
) -> None:
    postgres_company.ticket("on the server")
    moved = str(tmp_path / "moved.db")
    copy_desk(address(postgres_company), moved)
    assert count_seals(moved) == 1
    assert opening.check(moved) == []


@pytest.fixture
def count_seals() -> Callable[[str], int]:
    def count(location: str) -> int:
        store = open_store(location)
        with store.reading() as session:
            found = len(session.execute(select(table(Seal))).all())
        store.close()
        return found

    return count


@pytest.mark.parametrize("side", ["source", "target"])
def test_an_error_in_the_middle_names_the_side_it_happened_on(
    sqlite_company: Company, blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    def unreadable(*_args: object) -> Iterator[Sequence[Stored]]:
        raise OperationalError("", None, sqlite3.DatabaseError("database disk image is malformed"))
        yield ()

    def full(*_args: object) -> None:
        raise OperationalError("", None, psycopg.errors.DiskFull("could not extend file"))

    if side == "source":
        monkeypatch.setattr(sqlite_bulk, "stored_rows", unreadable)
    else:
        monkeypatch.setattr(postgresql_bulk, "write_stored", full)
    with pytest.raises(StorageUnavailable) as error:
        copy_desk(sqlite_company.store.location, blank_postgres_url)
    named = {"source": sqlite_company.store.location, "target": "The disk of the server of"}[side]
    assert named in str(error.value)
