"""How the queue is read: by an index in its order, the word search beside it and never as a join; planned once."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import event, update

from deskconsole.config import BUILT_IN_VIEWS, View
from deskconsole.data.queries import tickets as lists
from deskconsole.data.queries.tickets import Listing, Sort
from deskconsole.data.tables import Ticket, table
from deskconsole.domain.ticket_filter import parse
from tests.storage.desks import MORNING, Company


@pytest.fixture
def planned(sqlite_company: Company) -> Company:
    """A SQLite desk with statistics as a large one has them."""
    for number in range(30):
        sqlite_company.ticket(f"paper jam {number}")
    with sqlite_company.store.writing() as session:
        session.execute(update(table(Ticket)).where(table(Ticket).c.id % 7 == 0).values(is_breached=True))
    sqlite_company.store.dialect.refresh_statistics(sqlite_company.store.reader)
    return sqlite_company


def plan_of(company: Company, line: str, sort: Sort, login: str = "ann") -> list[str]:
    """The plan of reading the first page of a list."""
    listing = Listing(parse(line, now=MORNING, zone=UTC), sort, company.viewer(login))
    sent: list[tuple[str, tuple[object, ...]]] = []

    def keep(*call: Any) -> None:
        sent.append((call[2], call[3]))

    desk = company.desk(login)
    event.listen(company.store.reader, "before_cursor_execute", keep)
    desk.read(lists.ids, listing, limit=50)
    event.remove(company.store.reader, "before_cursor_execute", keep)
    statement, values = sent[-1]
    with company.store.reader.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return [str(row[3]) for row in steps]


ORDERED = [view for view in BUILT_IN_VIEWS if "breached" not in view.filter]


@pytest.mark.parametrize("view", ORDERED, ids=lambda view: view.name)
def test_the_first_page_of_each_view_is_read_in_the_order_of_an_index(planned: Company, view: View) -> None:
    by = {"prio": "priority"}.get(view.sort, view.sort.lstrip("-"))
    found = plan_of(planned, view.filter, Sort(by, view.sort.startswith("-")))
    assert not [step for step in found if "TEMP B-TREE" in step], found
    assert [step for step in found if "ix_ticket_" in step], found


@pytest.mark.parametrize("line", ["status:open breached:yes", "breached:yes"])
def test_breached_tickets_are_the_heads_of_two_indexes_merged(planned: Company, line: str) -> None:
    found = plan_of(planned, line, Sort("due"))
    heads = {"SCAN ticket USING INDEX ix_ticket_queue_breached", "SCAN ticket USING INDEX ix_ticket_breached"}
    assert heads & set(found), found
    assert "SEARCH ticket USING INDEX ix_ticket_queue_due (next_due<?)" in found, found


def test_paused_clocks_are_found_by_their_own_index(planned: Company) -> None:
    found = plan_of(planned, "paused:resolution", Sort("due"))
    assert [step for step in found if "ix_sla_clock_state (state=? AND clock=?)" in step], found


def test_the_tickets_of_one_clock_are_read_in_the_order_of_the_queue(planned: Company) -> None:
    found = plan_of(planned, "clock:resolution", Sort("due"))
    assert not [step for step in found if "TEMP B-TREE" in step], found


@pytest.mark.parametrize("line", ["jam", "status:open jam", "status:open paper jam assignee:none", "-jam status:open"])
def test_the_word_search_stands_beside_the_ordered_index(planned: Company, line: str) -> None:
    found = plan_of(planned, line, Sort("due"))
    assert not [step for step in found if "TEMP B-TREE" in step and "status:open" in line], found
    searches = [step for step in found if "ticket_words" in step]
    assert searches
    assert [step for step in found if "LIST SUBQUERY" in step], found


def test_a_page_is_read_in_a_few_statements_however_many_rows_it_has(planned: Company) -> None:
    sent: list[str] = []
    listing = Listing(parse("status:open", now=MORNING, zone=UTC), Sort(), planned.viewer())
    desk = planned.desk()
    event.listen(planned.store.reader, "before_cursor_execute", lambda *call: sent.append(call[2]))
    assert len(desk.read(lists.page, listing, offset=0, limit=30)) == 30
    assert len([words for words in sent if words.startswith("SELECT")]) == 2


def test_a_server_plans_a_page_once_however_often_it_is_read(postgres_company: Company) -> None:
    numbers = [postgres_company.ticket(f"paper jam {number}") for number in range(3)]
    desk = postgres_company.desk()
    for count in (1, 2, 3, 3, 3, 3, 3):  # lists of any length are one statement; the driver prepares it by and by
        desk.read(lists.rows, numbers[:count])
    kept = desk.read(
        lambda session: session.connection().exec_driver_sql("SELECT statement FROM pg_prepared_statements").all()
    )
    assert [row for row in kept if "FROM ticket" in row.statement]
