"""What one console commits, another hears of."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import text

from deskconsole.data.engines.listening import Way
from deskconsole.data.engines.postgresql import feed as postgresql_feed
from deskconsole.data.engines.postgresql import link as postgresql_link
from deskconsole.data.engines.sqlite import feed as sqlite_feed
from deskconsole.data.store import Store, open_store
from deskconsole.data.tables import Change, Ticket, table
from deskconsole.desk import feed, records, tickets
from deskconsole.desk.feed import Changed, follow, hears_by, where
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.terms import EVERYTHING, Priority
from tests.storage.desks import Company
from tests.support.writers import Journal, Work, start


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_feed, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(feed, "STOP_SECONDS", 0.05)


@pytest.fixture
def listener(company: Company) -> Iterator[Store]:
    """The desk as another console has it open."""
    store = open_store(location_of(company))
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _followers_leave(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test followed: one that it left is found by the collector in the middle of another."""
    begin = follow
    with ExitStack() as followed:
        monkeypatch.setitem(globals(), "follow", lambda *asked: followed.enter_context(closing(begin(*asked))))
        yield


def location_of(company: Company) -> str:
    return company.store.url.render_as_string(hide_password=False)


def heard(changes: Iterator[Changed], wanted: set[tuple[str, int | None]]) -> set[tuple[str, int | None]]:
    """All that was heard until everything wanted was."""
    found: set[tuple[str, int | None]] = set()
    while not wanted <= found:
        found |= next(changes).rows
    return found


def test_a_change_of_one_console_is_heard_by_another(company: Company, listener: Store) -> None:
    changes = follow(listener, threading.Event())
    ticket = company.ticket()
    assert heard(changes, {("ticket", ticket)}) == {("ticket", ticket)}
    tickets.set_priority(company.desk(), [ticket], Priority.LOW)
    assert next(changes).rows == {("ticket", ticket)}
    company.write(lambda unit: records.put_client(unit, records.ClientRecord("New"), company.rows["stranger"]))
    assert ("client", company.rows["stranger"]) in next(changes).rows


def test_what_changed_between_following_and_listening_is_heard(company: Company, listener: Store) -> None:
    company.ticket("before")
    changes = follow(listener, threading.Event())
    after = company.ticket("after")
    assert heard(changes, {("ticket", after)}) == {("ticket", after)}


def test_a_burst_arrives_whole_and_once(company: Company, listener: Store) -> None:
    changes = follow(listener, threading.Event())
    made: set[tuple[str, int | None]] = {("ticket", company.ticket(str(number))) for number in range(40)}
    assert heard(changes, made) == made
    last = company.ticket("last")
    assert next(changes).rows == {("ticket", last)}


def test_a_refused_act_is_not_heard_of(company: Company, listener: Store) -> None:
    ticket = company.ticket()
    changes = follow(listener, threading.Event())
    with pytest.raises(Exception, match="Log the time"):
        tickets.set_status(company.desk(), [ticket], "resolved")
    other = company.ticket()
    assert next(changes).rows == {("ticket", other)}


def test_another_process_is_heard(company: Company, listener: Store) -> None:
    ticket = company.ticket()
    changes = follow(listener, threading.Event())
    work = Work(location_of(company), "ann", ticket, company.rows["client"], (company.people["eva"],))
    writer = start(work, Journal("writer"), 6)
    writer.finish()
    registered = writer.journal.answers[0]
    assert heard(changes, {("ticket", registered), ("ticket", ticket), ("client", company.rows["client"])})


def test_following_ends_when_it_is_told_to(company: Company, listener: Store) -> None:
    stop = threading.Event()
    changes = follow(listener, stop)
    company.ticket()
    next(changes)
    stop.set()
    assert list(changes) == []


def test_a_follower_goes_on_from_its_mark(company: Company, listener: Store) -> None:
    stop = threading.Event()
    first = company.ticket("first")
    changes = follow(listener, stop, where(listener))
    second = company.ticket("second")
    mark = next(changes).mark
    stop.set()
    assert list(changes) == []
    third = company.ticket("while nobody listened")
    changes = follow(listener, threading.Event(), mark)
    fourth = company.ticket("fourth")
    told = heard(changes, {("ticket", third), ("ticket", fourth)})
    assert not told & {("ticket", first), ("ticket", second)}


def test_many_acts_in_a_row_are_told_of_together(company: Company, listener: Store) -> None:
    changes = follow(listener, threading.Event())
    numbers = [company.ticket(str(number)) for number in range(60)]
    told = next(changes).rows
    assert told == {("ticket", number) for number in numbers}


def test_a_bulk_act_is_told_of_at_once_and_whole(company: Company, listener: Store) -> None:
    numbers = [company.ticket(str(number)) for number in range(30)]
    changes = follow(listener, threading.Event())
    tickets.set_priority(company.desk(), numbers, Priority.LOW)
    assert next(changes).rows == {("ticket", number) for number in numbers}


def test_old_changes_are_removed_but_not_the_latest_ones(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "LATEST_KEPT", 3)
    for number in range(9):
        company.ticket(str(number))
    count = company.count(Change)
    assert feed.prune(company.desk(), company.clock.now) == {"removed": 0}
    later = company.clock.forward(days=3)
    assert feed.prune(company.desk(), later) == {"removed": count - 3}
    assert company.count(Change) == 3
    assert feed.prune(company.desk(), later) == {"removed": 0}


def test_a_mark_from_before_a_clean_up_means_that_anything_may_have_changed(
    company: Company, listener: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LATEST_KEPT", 1)
    company.ticket("first")
    old, kept = where(listener), threading.Event()
    for number in range(5):
        company.ticket(str(number))
    fresh = where(listener)
    feed.prune(company.desk(), company.clock.forward(days=3))
    assert next(follow(listener, kept, old)).rows == EVERYTHING
    changes = follow(listener, kept, fresh)
    last = company.ticket("last")
    assert heard(changes, {("ticket", last)}) == {("ticket", last)}


def test_a_storage_put_back_to_an_earlier_state_means_that_anything_may_have_changed(
    company: Company, listener: Store
) -> None:
    if company.store.dialect.NAME == "sqlite":
        future = "999999999"
    else:
        server, _slash, _snapshot = where(listener).partition("/")
        future = f"{server}/999999999:999999999:"
    assert next(follow(listener, threading.Event(), future)).rows == EVERYTHING


def test_what_another_server_knew_is_no_mark_of_this_one(postgres_company: Company) -> None:
    store = postgres_company.store
    snapshot = where(store).partition("/")[2]
    assert next(follow(store, threading.Event(), f"1.0/{snapshot}")).rows == EVERYTHING


def test_a_slow_writer_s_change_is_heard_when_it_comes_and_holds_nobody_else_s_back(postgres_company: Company) -> None:
    company = postgres_company
    ticket, other = company.ticket(), company.ticket()
    changes = follow(company.store, threading.Event())
    with company.store.writer.connect() as slow, slow.begin():
        slow.execute(table(Ticket).update().where(table(Ticket).c.id == ticket).values(subject="slow"))
        slow.execute(
            text("INSERT INTO change (entity, row_id, at, txid) VALUES ('ticket', :id, now(), pg_current_xact_id())"),
            {"id": ticket},
        )
        tickets.set_priority(company.desk(), [other], Priority.LOW)  # a later number, committed earlier
        assert next(changes).rows == {("ticket", other)}
    assert next(changes).rows == {("ticket", ticket)}


def test_a_change_nobody_rang_for_is_found_by_looking(
    postgres_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_feed, "LOOK_SECONDS", 0.2)
    company = postgres_company
    changes = follow(company.store, threading.Event())
    with company.store.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE change DISABLE TRIGGER ALL")
    ticket = company.ticket()
    assert heard(changes, {("ticket", ticket)}) == {("ticket", ticket)}


def test_where_no_bell_comes_through_the_desk_is_asked_by_the_clock(
    postgres_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_feed, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(postgresql_link, "through_pooler", lambda _link: True)
    monkeypatch.setattr(postgresql_feed.ServerListener, "_bells", lambda _self, _seconds: 0)
    company = postgres_company
    company.store.close()  # its connections are made anew
    assert hears_by(company.store) is Way.POLL
    changes = follow(company.store, threading.Event())
    ticket = company.ticket()
    assert heard(changes, {("ticket", ticket)}) == {("ticket", ticket)}


def test_a_bell_that_comes_through_a_pooler_is_relied_on(
    postgres_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_link, "through_pooler", lambda _link: True)
    postgres_company.store.close()  # its connections are made anew
    assert hears_by(postgres_company.store) is Way.NOTIFY


def test_each_engine_says_how_it_hears(company: Company) -> None:
    expected = Way.FILE if company.store.dialect.NAME == "sqlite" else Way.NOTIFY
    assert hears_by(company.store) is expected


def test_a_follower_whose_line_falls_says_so_and_the_next_one_hears_of_all_since(postgres_company: Company) -> None:
    company = postgres_company
    mark = where(company.store)
    changes = follow(company.store, threading.Event(), mark)
    first = company.ticket("first")
    mark = next(changes).mark
    with company.store.writer.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE '%%snapshot%%' AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StorageUnavailable):
        list(changes)
    second = company.ticket("while the line was down")
    assert heard(follow(company.store, threading.Event(), mark), {("ticket", second)}) == {("ticket", second)}
    assert first != second


def test_no_change_of_slow_writers_is_missed_or_told_twice(postgres_company: Company) -> None:
    """Writers hold their transactions for as long as chance will have it; "higher than seen" misses some."""
    store, stop, per_writer, writers = postgres_company.store, threading.Event(), 25, 8
    wanted = set(range(1000, 1000 + per_writer * writers))
    told: list[list[int]] = [[], [], [], []]
    feeds = [follow(store, stop) for _reader in told]

    def listen(place: int) -> None:
        for changed in feeds[place]:
            told[place].extend(row or 0 for _entity, row in changed.rows)
            if wanted <= set(told[place]):
                return

    def write(place: int) -> None:
        chance = random.Random(place)
        with store.writer.connect() as connection:
            for number in sorted(wanted)[place::writers]:
                with connection.begin():
                    connection.execute(
                        text("INSERT INTO change (entity, row_id, at) VALUES ('ticket', :row, now())"), {"row": number}
                    )
                    connection.execute(text("SELECT pg_sleep(:held)"), {"held": chance.uniform(0, 0.02)})

    threads = [threading.Thread(target=listen, args=(place,), daemon=True) for place in range(len(told))]
    threads += [threading.Thread(target=write, args=(place,)) for place in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stop.set()
    assert [sorted(rows) for rows in told] == [sorted(wanted)] * len(told)
