"""The demo desk, on both engines: believable, whole, and the same every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data import store as storage
from deskconsole.data.demo.staff import CONTRACTORS, DISPATCHERS, ENGINEERS
from deskconsole.data.queries import tickets as queries
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.tables import (
    NO_DUE,
    Client,
    Contact,
    Equipment,
    HourEntry,
    HourReservation,
    LegalEntity,
    Message,
    Payment,
    Person,
    StatusSpan,
    Ticket,
    TicketSearch,
    TimeEntry,
    metadata,
    table,
)
from deskconsole.desk import callers, coverage, opening, tickets
from deskconsole.desk.demo import DEMO_LOGIN, ENGINEER_LOGIN, ZONE, Filled, fill
from deskconsole.desk.identifiers import tax_number
from deskconsole.desk.ticket_words import index_words
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.terms import Category, Coverage, EntryKind, PayState, Policy, Role
from deskconsole.domain.text import clean
from deskconsole.domain.ticket_filter import parse
from tests.support.schema import create_schema

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
SMALL = partial(fill, tickets=300, clients=30, now=NOW)
UNEQUAL = {"change", "alembic_version"}  # their rows carry the database's own numbers


@pytest.fixture
def demo_url(desk_url: str) -> str:
    """The URL of a small demo desk."""
    SMALL(desk_url)
    return desk_url


def asked(url: str, question: Callable[[Session], Any]) -> Any:
    """What a reading session answers."""
    store = storage.open_store(url)
    try:
        with store.reading() as session:
            return question(session)
    finally:
        store.close()


OF_THE_SERVER = {"login", "version"}  # who wrote a line, and how often a row was


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a desk in the order of their keys, but what a server itself writes beside them."""

    def read(session: Session) -> dict[str, list[tuple[Any, ...]]]:
        return {
            of.name: [
                tuple(row)
                for row in session.execute(
                    select(*(column for column in of.c if column.name not in OF_THE_SERVER)).order_by(
                        *of.primary_key.columns
                    )
                )
            ]
            for of in metadata.sorted_tables
            if of.name not in UNEQUAL
        }

    found: dict[str, list[tuple[Any, ...]]] = asked(url, read)
    return found


def column(url: str, *columns: Any) -> list[Any]:
    """The rows of a query over some columns."""
    rows: list[Any] = asked(url, lambda session: session.execute(select(*columns)).all())
    return rows


def pairs(url: str, *columns: Any) -> list[tuple[Any, Any]]:
    """The rows of a query over two columns, as plain pairs."""
    return [tuple(row) for row in column(url, *columns)]


def test_the_same_seed_and_moment_make_the_same_desk_on_either_engine(demo_url: str, tmp_path: Path) -> None:
    twin = f"sqlite:///{tmp_path / 'twin.db'}"
    create_schema(twin)
    SMALL(twin)
    first, second = everything(demo_url), everything(twin)
    for name, rows in first.items():
        if name != "seal":  # a server needs no chain: its triggers hold against everybody
            assert rows == second[name], name


def test_another_seed_makes_another_desk(sqlite_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    create_schema(other)
    SMALL(sqlite_url)
    SMALL(other, seed=2)
    assert everything(sqlite_url)["client"] != everything(other)["client"]


def test_it_has_what_was_asked_for(desk_url: str) -> None:
    made = SMALL(desk_url, open_share=0.25)
    assert made == Filled(clients=30, equipment=375, tickets=300, open_tickets=75)
    counts = [len(column(desk_url, table(model).c.id)) for model in (Client, Equipment, Ticket)]
    assert counts == [30, 375, 300]
    assert sum(row.is_open for row in column(desk_url, table(Ticket).c.is_open)) == 75


def test_no_invariant_is_broken(demo_url: str) -> None:
    assert opening.check(demo_url) == []


def test_every_coverage_outcome_stands_among_open_tickets(demo_url: str) -> None:
    ticket = table(Ticket)
    rows = column(demo_url, ticket.c.coverage, ticket.c.is_open, ticket.c.is_covered)
    assert {row.coverage for row in rows if row.is_open} == {outcome.value for outcome in Coverage}
    assert all(row.is_covered == Coverage(row.coverage).is_covered for row in rows)


def test_every_status_category_stands_there(demo_url: str) -> None:
    ticket = table(Ticket)
    rows = column(demo_url, ticket.c.category, ticket.c.status, ticket.c.is_open)
    assert {row.category for row in rows} == {category.value for category in Category}
    assert all(row.is_open == Category(row.category).is_open for row in rows)


def test_the_coverage_of_this_mornings_tickets_is_what_the_desk_would_say(demo_url: str) -> None:
    ticket = table(Ticket)

    def judged(session: Session) -> list[tuple[int, str, str]]:
        rows = session.execute(select(ticket).where(ticket.c.created_at > NOW - timedelta(hours=24))).all()
        return [
            (
                row.id,
                row.coverage,
                coverage.judge(
                    session,
                    coverage.Call(
                        row.client_id,
                        row.created_at.astimezone(ZONE).date(),
                        row.site_id,
                        row.equipment_id,
                        row.service_id,
                    ),
                ).outcome.value,
            )
            for row in rows
        ]

    found = asked(demo_url, judged)
    assert len(found) > 40
    assert [row for row in found if row[1] != row[2]] == []


def test_nothing_is_resolved_without_labour(demo_url: str) -> None:
    ticket, entry = table(Ticket), table(TimeEntry)
    minutes = func.sum(entry.c.worked_minutes).label("minutes")
    sums = asked(
        demo_url, lambda session: session.execute(select(entry.c.ticket_id, minutes).group_by(entry.c.ticket_id)).all()
    )
    worked = {row.ticket_id: row.minutes for row in sums}
    done = [row.id for row in column(demo_url, ticket.c.id, ticket.c.resolved_at) if row.resolved_at is not None]
    assert done
    assert [number for number in done if worked.get(number, 0) <= 0] == []


def test_every_ticket_stands_in_the_status_its_history_ends_in(demo_url: str) -> None:
    ticket, span = table(Ticket), table(StatusSpan)
    present = dict(pairs(demo_url, ticket.c.id, ticket.c.status))
    spans = column(demo_url, span.c.ticket_id, span.c.status, span.c.began_at, span.c.ended_at)
    assert {row.ticket_id: row.status for row in spans if row.ended_at is None} == present
    assert Counter(row.ticket_id for row in spans if row.ended_at is None).most_common(1)[0][1] == 1
    assert all(row.began_at <= row.ended_at <= NOW for row in spans if row.ended_at is not None)


def test_the_queues_order_follows_the_deadlines(demo_url: str) -> None:
    ticket = table(Ticket)
    names = ("next_due", "next_clock", "due_at", "wished_at", "is_open", "policy")
    rows = column(demo_url, *(ticket.c[name] for name in names))
    assert all(row.next_due == (row.due_at or row.wished_at or NO_DUE) for row in rows if not row.is_open)
    assert all(row.next_due <= row.due_at for row in rows if row.is_open and row.due_at)
    assert {"acknowledge", "first_response", "resolution"} <= {row.next_clock for row in rows}
    still = [row for row in rows if row.is_open]
    assert any(row.due_at and row.due_at < NOW for row in still)
    assert any(row.due_at and NOW < row.due_at < NOW + timedelta(minutes=15) for row in still)
    assert any(row.due_at and row.wished_at and row.wished_at < row.due_at for row in still)
    assert {row.policy for row in rows} >= {Policy.REFUSE, Policy.SALES, Policy.ONE_OFF, Policy.LOW_PRIORITY, None}


def test_the_morning_has_tickets_that_nobody_has_seen(demo_url: str) -> None:
    ticket = table(Ticket)
    rows = column(demo_url, ticket.c.first_opened_at, ticket.c.assignee_id, ticket.c.is_open)
    assert any(row.is_open and row.first_opened_at is None and row.assignee_id is None for row in rows)


def test_tax_numbers_hold_their_countries_rules(demo_url: str) -> None:
    entity = table(LegalEntity)
    rows = column(demo_url, entity.c.tax_number, entity.c.country)
    assert {row.country for row in rows} >= {"RU", "ES", "GB"}
    assert all(tax_number(row.tax_number, row.country) == row.tax_number for row in rows)


def test_phones_are_valid_numbers(demo_url: str) -> None:
    phones = [row.phone for row in column(demo_url, table(Contact).c.phone)]
    phones += [row.phone for row in column(demo_url, table(Person).c.phone) if row.phone]
    assert [number for number in phones if not phonenumbers.is_valid_number(phonenumbers.parse(number))] == []


def test_the_ledger_shows_every_kind_of_movement_that_happens_by_itself(desk_url: str) -> None:
    fill(desk_url, tickets=1500, clients=60, now=NOW)
    entry = table(HourEntry)
    kinds = {row.kind for row in column(desk_url, entry.c.kind)}
    assert kinds >= {kind.value for kind in EntryKind if kind is not EntryKind.ADJUSTMENT}
    assert column(desk_url, table(HourReservation).c.id)


def test_clients_pay_late_on_time_and_unknown(demo_url: str) -> None:
    assert {row.state for row in column(demo_url, table(Payment).c.state)} == {state.value for state in PayState}


def test_hostile_texts_are_there_and_can_steer_nothing(demo_url: str) -> None:
    texts = [row.subject for row in column(demo_url, table(Ticket).c.subject)]
    assert any("[VIP]" in subject and "[/x]" in subject for subject in texts)
    texts += [row.body for row in column(demo_url, table(Message).c.body)]
    assert [text for text in texts if clean(text, multiline=True) != text] == []


def test_tickets_are_found_by_the_words_a_use_case_would_have_indexed(demo_url: str) -> None:
    desk = opening.open_desk(demo_url, login=DEMO_LOGIN)
    try:
        before = dict(pairs(demo_url, table(TicketSearch).c.ticket_id, table(TicketSearch).c.words))

        def index_again(unit: Any) -> int:
            for number in range(1, 301, 7):
                index_words(unit, unit.ticket(number))
            return 0

        desk.write("index", index_again)
        assert dict(pairs(demo_url, table(TicketSearch).c.ticket_id, table(TicketSearch).c.words)) == before
        wanted = parse("ромашка", now=NOW, zone=UTC)
        listing = queries.Listing(wanted, queries.Sort(), Viewer(desk.actor.id, desk.actor.role))
        assert desk.read(queries.count, listing) > 0
        assert desk.read(callers.find, "hjvfirf")[0].kind == "name"
    finally:
        desk.close()


def test_the_staff_is_there_under_its_logins(demo_url: str) -> None:
    person = table(Person)
    roles = dict(pairs(demo_url, person.c.login, person.c.role))
    assert roles[DEMO_LOGIN] == Role.DISPATCHER
    assert roles[ENGINEER_LOGIN] == Role.ENGINEER
    assert Counter(roles.values()) == {
        Role.ENGINEER: len(ENGINEERS),
        Role.DISPATCHER: len(DISPATCHERS),
        Role.CONTRACTOR: len(CONTRACTORS),
        Role.SUPERVISOR: 1,
        Role.ADMIN: 1,
    }


def test_somebody_who_has_a_login_already_stays_who_they_are(tmp_path: Path) -> None:
    path = str(tmp_path / "desk.db")
    opening.create_desk(path, login=ENGINEER_LOGIN, name="Somebody")
    SMALL(path)
    desk = opening.open_desk(path, login=ENGINEER_LOGIN)
    assert (desk.actor.name, desk.actor.role) == ("Somebody", Role.ADMIN)
    desk.close()


def test_work_goes_on_from_the_next_number(demo_url: str) -> None:
    desk = opening.open_desk(demo_url, login=DEMO_LOGIN)
    try:
        number = tickets.register(desk, tickets.Registration("A new call", client_id=1))
        assert number == 301
        assert tickets.note(desk, number, "A note") > 300
    finally:
        desk.close()


def test_progress_is_told_to_the_end(desk_url: str) -> None:
    told: list[tuple[str, int, int]] = []
    SMALL(desk_url, progress=lambda *step: told.append(step))
    of_tickets = [(done, total) for what, done, total in told if what == "Tickets"]
    assert of_tickets[-1] == (300, 300)
    assert all(0 <= done <= total for _, done, total in told)


def test_a_desk_with_tickets_is_left_as_it_is(demo_url: str) -> None:
    before = everything(demo_url)
    with pytest.raises(Refused, match="300 tickets"):
        SMALL(demo_url)
    assert everything(demo_url) == before


def test_stopped_half_way_it_leaves_an_empty_desk_that_can_be_filled(desk_url: str) -> None:
    before = everything(desk_url)

    def stop(what: str, _done: int, _total: int) -> None:
        if what == "Search index":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SMALL(desk_url, progress=stop)
    assert everything(desk_url) == before
    assert SMALL(desk_url).tickets == 300


IMPOSSIBLE: tuple[dict[str, Any], ...] = (
    {"tickets": 0},
    {"tickets": -5},
    {"tickets": 10**9},
    {"clients": 0},
    {"open_share": 1.5},
    {"open_share": -0.1},
)


@pytest.mark.parametrize("size", IMPOSSIBLE, ids=str)
def test_impossible_sizes_are_refused_in_a_sentence(sqlite_url: str, size: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        fill(sqlite_url, **size)


@pytest.mark.parametrize(
    ("count", "clients", "share"), [(1, 1, None), (3, 2, 1.0), (50, 1, 0.0), (40, 25, 0.9), (200, 3, None)]
)
def test_tiny_desks_are_whole_too(sqlite_url: str, count: int, clients: int, share: float | None) -> None:
    made = fill(sqlite_url, tickets=count, clients=clients, open_share=share, now=NOW)
    assert made.tickets == count == len(column(sqlite_url, table(Ticket).c.id))
    assert made.open_tickets == sum(row.is_open for row in column(sqlite_url, table(Ticket).c.is_open))
    assert opening.check(sqlite_url) == []
