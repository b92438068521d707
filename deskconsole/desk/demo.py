"""The demo desk: a believable service company with months of tickets, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, or_, select, update
from sqlmodel import Session, SQLModel

from deskconsole.data import store as storage
from deskconsole.data.demo import company, staff
from deskconsole.data.demo.rows import MODELS, Book
from deskconsole.data.engines.bulk import bulk_of
from deskconsole.data.store import Store
from deskconsole.data.tables import (
    CallerKey,
    Change,
    Client,
    Contact,
    Contract,
    Equipment,
    LegalEntity,
    Person,
    Service,
    Site,
    StatusSpan,
    Team,
    Ticket,
    table,
)
from deskconsole.desk import caller_keys, clocks
from deskconsole.desk.clock_pass import derive_all
from deskconsole.desk.demo_recurring import recur
from deskconsole.desk.desk import Desk, find_actor, utc_now
from deskconsole.desk.ticket_words import search_words
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Category, Channel

TICKETS, CLIENTS, SEED = 9000, 400, 1
MOST_TICKETS, MOST_CLIENTS = 20_000_000, 100_000
DEMO_LOGIN, ADMIN_LOGIN = staff.DEMO_LOGIN, staff.ADMIN_LOGIN
SUPERVISOR_LOGIN, ENGINEER_LOGIN, CONTRACTOR_LOGIN = (
    staff.SUPERVISOR_LOGIN,
    staff.ENGINEER_LOGIN,
    staff.CONTRACTOR_LOGIN,
)
ZONE = ZoneInfo("Europe/Moscow")  # the demo company's own
CLOCKS, SEARCH, STATISTICS = mark("Clocks"), mark("Search index"), mark("Statistics")
COMPLIANCE = timedelta(days=35)  # tickets that ended so long ago have clocks too: for the shares of week and month
BATCH = 2000
Row = dict[str, Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Filled:
    """What a desk was filled with."""

    clients: int
    equipment: int
    tickets: int
    open_tickets: int


def fill(
    desk_location: str,
    *,
    tickets: int = TICKETS,
    clients: int = CLIENTS,
    open_share: float | None = None,
    seed: int = SEED,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> Filled:
    """Fill an empty desk with the demo company, all in one transaction: stopped half-way, it leaves nothing.

    The same seed and `now` give the same desk. `open_share` is the part of the tickets that is still open (None:
    a morning's worth, and what is left of the past). `progress` is told what is being made, how much, of how much.

    Raises:
        InvalidInput: a number no desk can have.
        Refused: the desk has clients or tickets already.
    """
    size = _size(tickets, clients, open_share)
    told = progress or _silent
    store = storage.open_store(desk_location)
    try:
        made = _fill(store, size, Random(seed), told, now or utc_now())
        recur(Desk(store, find_actor(store, DEMO_LOGIN), ZONE, clock=lambda: now or utc_now()))
        told(STATISTICS, 0, 1)
        store.dialect.refresh_statistics(store.writer)
        told(STATISTICS, 1, 1)
    finally:
        store.close()
    return made


def _size(tickets: int, clients: int, open_share: float | None) -> company.Size:
    if not 1 <= tickets <= MOST_TICKETS:
        raise InvalidInput(
            mark("A demo desk has from 1 to {most} tickets, not {count}."), most=MOST_TICKETS, count=tickets
        )
    if not 1 <= clients <= MOST_CLIENTS:
        raise InvalidInput(
            mark("A demo desk has from 1 to {most} clients, not {count}."), most=MOST_CLIENTS, count=clients
        )
    if open_share is None:
        return company.Size(tickets, min(tickets * 3 // 10, 120 + tickets * 3 // 200), clients)
    if not 0 <= open_share <= 1:
        raise InvalidInput(mark("The open part of the tickets is from 0 to 1, not {share}."), share=open_share)
    return company.Size(tickets, round(tickets * open_share), clients)


def _fill(store: Store, size: company.Size, random: Random, progress: Progress, now: datetime) -> Filled:
    with store.writing() as session:
        connection = session.connection()
        bulk_of(store.dialect.NAME).unhurried(connection)
        _refuse_filled(connection, store.location)
        book = Book(_last_ids(connection))
        words = lru_cache(maxsize=100_000)(search_words)
        for what, done, total in company.tell(book, random, _present(connection), size, words, now, ZONE):
            _write(store, connection, book)
            progress(what, done, total)
        _start_clocks(session, now, progress)
        progress(SEARCH, 0, 1)
        store.dialect.resume_numbers(connection, [rows.table for rows in book.rows.values()])
        store.dialect.index_all_words(connection)
        connection.execute(
            insert(table(Change)),
            [{"entity": entity, "row_id": None, "at": now} for entity in ("client", "equipment", "ticket")],
        )
        units = _count(connection, Equipment)
    progress(SEARCH, 1, 1)
    return Filled(size.clients, units, size.tickets, size.open_tickets)


def _start_clocks(session: Session, now: datetime, progress: Progress) -> None:
    """Derive the clocks of what is open or has ended lately; who began to work on a visit had arrived."""
    ticket, span = table(Ticket), table(StatusSpan)
    began = select(func.min(span.c.began_at)).where(
        span.c.ticket_id == ticket.c.id, span.c.category == Category.IN_PROGRESS.value
    )
    session.execute(update(ticket).where(ticket.c.type == "visit").values(arrived_at=began.scalar_subquery()))
    wanted = or_(ticket.c.is_open, ticket.c.resolved_at >= now - COMPLIANCE)
    ids = list(session.execute(select(ticket.c.id).where(wanted).order_by(ticket.c.id)).scalars())
    rules, author = clocks.load_rules(session), clocks.Author(None, "", Channel.SCHEDULE.value)
    for done in range(0, len(ids), BATCH):
        progress(CLOCKS, done, len(ids))
        derive_all(session, rules, ids[done : done + BATCH], author, now)
    progress(CLOCKS, len(ids), len(ids))


def _refuse_filled(connection: Connection, location: str) -> None:
    found = {model: _count(connection, model) for model in (Client, Ticket)}
    if any(found.values()):
        raise Refused(
            mark(
                "The desk {location} has {clients} clients and {tickets} tickets already; the demo needs an empty one."
                " Name another with --desk."
            ),
            location=location,
            clients=found[Client],
            tickets=found[Ticket],
        )


def _count(connection: Connection, model: type[SQLModel]) -> int:
    return int(connection.execute(select(func.count()).select_from(table(model))).scalar_one())


def _last_ids(connection: Connection) -> dict[str, int]:
    found = {}
    for model in MODELS:
        of = table(model)
        if "id" in of.c:
            found[of.name] = connection.execute(select(func.max(of.c.id))).scalar() or 0
    return found


def _present(connection: Connection) -> staff.Present:
    person, team, service = table(Person), table(Team), table(Service)
    return staff.Present(
        people={
            row.login: staff.Worker(row.id, row.login, row.name, row.team_id)
            for row in connection.execute(select(person))
        },
        teams={row.name: row.id for row in connection.execute(select(team))},
        services={
            row.code: staff.ServiceInfo(row.id, row.code, row.estimate_minutes, row.tariff_mode)
            for row in connection.execute(select(service).order_by(service.c.id))
        },
    )


def _write(store: Store, connection: Connection, book: Book) -> None:
    """Write the waiting rows, each after what it refers to, and the keys by which callers find them."""
    for rows in book.filled():
        store.dialect.insert_rows(connection, rows.table, rows.columns, rows.waiting)
        if (keys := _KEYS.get(rows.table.name)) is not None:
            named: list[Row] = [dict(zip(rows.columns, row, strict=True)) for row in rows.waiting]
            owned = [(row["client_id"] if "client_id" in row else row["id"], row) for row in named]
            found = [key for owner, row in owned for key in caller_keys.rows(owner, row["id"], keys(row))]
            if found:
                connection.execute(insert(table(CallerKey)), found)
        rows.waiting.clear()


def _unit_keys(row: Row) -> Iterator[caller_keys.Key]:
    label = " ".join(filter(None, (row["kind"], row["maker"], row["model"], row["inventory_number"])))
    return caller_keys.of_unit(label, row["inventory_number"], row["serial_number"])


_KEYS: dict[str, Callable[[Row], Iterator[caller_keys.Key]]] = {
    table(Client).name: lambda row: caller_keys.of_client(row["name"]),
    table(LegalEntity).name: lambda row: caller_keys.of_entity(row["name"], row["tax_number"]),
    table(Site).name: lambda row: caller_keys.of_site(row["name"], row["city"], row["address"]),
    table(Contact).name: lambda row: caller_keys.of_contact(row["name"], row["phone"]),
    table(Equipment).name: _unit_keys,
    table(Contract).name: lambda row: caller_keys.of_contract(row["number"]),
}


def _silent(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""
