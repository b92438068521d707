"""What one console commits, another hears of."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from deskconsole.data.store import Store, open_store
from deskconsole.data.tables import Ticket, table
from deskconsole.desk import feed, records, tickets
from deskconsole.desk.feed import Changed, follow
from deskconsole.domain.terms import Priority
from tests.storage.desks import Company
from tests.support.writers import Journal, Work, start


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.01)


class AfterLooks(threading.Event):
    """Set after so many looks at the desk."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def wait(self, timeout: float | None = None) -> bool:
        self.looks -= 1
        return self.looks < 0 or super().wait(timeout)


@pytest.fixture
def listener(company: Company) -> Iterator[Store]:
    """The desk as another console has it open."""
    store = open_store(location_of(company))
    yield store
    store.close()


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


def test_on_postgresql_a_slow_writer_s_change_is_heard_when_it_comes(company: Company, listener: Store) -> None:
    if company.store.dialect.NAME != "postgresql":
        return
    ticket, other = company.ticket(), company.ticket()
    changes = follow(listener, threading.Event())
    with company.store.writer.connect() as slow, slow.begin():
        slow.execute(table(Ticket).update().where(table(Ticket).c.id == ticket).values(subject="slow"))
        slow.execute(
            text("INSERT INTO change (entity, row_id, at, txid) VALUES ('ticket', :id, now(), pg_current_xact_id())"),
            {"id": ticket},
        )
        tickets.set_priority(company.desk(), [other], Priority.LOW)  # a later number, committed earlier
        assert list(follow(listener, AfterLooks(5))) == []
    assert heard(changes, {("ticket", ticket), ("ticket", other)})
