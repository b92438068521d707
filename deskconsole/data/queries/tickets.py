"""Reading tickets for lists: one page at a time in any order, how many there are, and where one stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, not_, select, tuple_, union
from sqlmodel import Session

from deskconsole.data.engines import engine_of
from deskconsole.data.queries.ticket_filter import T, Viewer, alternatives, conditions, has_all, says_all
from deskconsole.data.tables import (
    NO_DUE,
    Client,
    Equipment,
    Person,
    Service,
    Site,
    Status,
    Team,
    TicketClock,
    WorkTimer,
    table,
)
from deskconsole.domain.terms import Category, Coverage, SlaClock
from deskconsole.domain.ticket_filter import Filter

CLIENT, PERSON, TEAM, UNIT = table(Client), table(Person), table(Team), table(Equipment)
SERVICE, SITE, STATUS, TIMER = table(Service), table(Site), table(Status), table(WorkTimer)
CLOCK = table(TicketClock)

WALK = 3000
WALKS = 3
SORTS = ("due", "priority", "created", "updated", "id", "client", "assignee", "status")


@dataclass(frozen=True)
class Sort:
    """The order of a list: by one of `SORTS`, then by due, then by number."""

    by: str = "due"
    descending: bool = False


@dataclass(frozen=True)
class QueueRow:
    """One ticket as a list shows it."""

    id: int
    version: int
    subject: str
    type: str
    channel: str
    priority: int
    status: str
    status_name: str
    category: Category
    client_id: int | None
    client: str
    site: str
    equipment: str
    service: str
    team: str
    assignee_id: int | None
    assignee: str
    coverage: Coverage | None
    policy: str | None
    due: datetime | None  # the next clock's; where no clock runs, stands or ran, the wished time
    clock: SlaClock | None  # whose due that is, or who is paused
    paused_seconds: int | None  # working time left on `clock` while no clock runs
    is_breached: bool  # a clock ended too late, or was overdue when last looked at
    has_sla: bool
    wished: datetime | None
    planned: datetime | None
    created: datetime
    updated: datetime
    is_unread: bool
    timer_started: datetime | None


@dataclass(frozen=True)
class Listing:
    """Which tickets, in which order, for whose eyes."""

    filter: Filter
    sort: Sort
    viewer: Viewer


def page(
    session: Session, listing: Listing, *, offset: int, limit: int, total: int | None = None
) -> tuple[QueueRow, ...]:
    """Rows `offset` to `offset + limit` of a listing; with the `total` known, far pages are read from the end."""
    if listing.filter.words and offset + limit <= WALK:
        found = _walked(session, listing, wanted=offset + limit)
        if len(found) == offset + limit:
            return rows(session, found[offset:])
    from_end = total is not None and offset > total // 2
    if from_end and total is not None:
        limit = min(limit, total - offset)
        if limit <= 0:
            return ()
        offset = max(0, total - offset - limit)
    ids = _ids(session, listing, offset=offset, limit=limit, backwards=from_end)
    return rows(session, reversed(ids) if from_end else ids)


def _walked(session: Session, listing: Listing, *, wanted: int) -> list[int]:
    """The first `wanted` tickets of a search by reading tickets' words in the order; fewer where a word is too rare.

    A word that many tickets say fills a page in a few rows, while the full-text index would first collect all of
    them (200 ms for a quarter of a million). A walk of `WALK` tickets takes up to 20 ms; at the most `WALKS` are
    made, and no second one after a first that did not find half.
    """
    found: list[int] = []
    for number in range(WALKS):
        found += session.execute(_walk(session, listing, number * WALK).limit(wanted - len(found))).scalars()
        if len(found) == wanted or 2 * len(found) < wanted:
            break
    return found


def _walk(session: Session, listing: Listing, skipped: int) -> Select[tuple[int]]:
    """The tickets that say the words among `WALK` of the order after those skipped."""
    wordless = replace(listing, filter=replace(listing.filter, words=()))
    ordered = _ordered(session, wordless).add_columns(*_sort_keys(listing.sort)[:-1])
    part = ordered.offset(skipped).limit(WALK).subquery()
    here = select(part.c.id).select_from(part.join(T, T.c.id == part.c.id)).where(says_all(listing.filter.words))
    keys = [column for name, column in part.c.items() if name != "id"]
    return here.order_by(*(key.desc() if listing.sort.descending else key for key in (*keys, part.c.id)))


def count(session: Session, listing: Listing) -> int:
    """How many tickets a listing has."""
    return _count(session, replace(listing, sort=Sort("id")))


def count_to(session: Session, listing: Listing, most: int) -> int:
    """The same, but no further than `most` + 1: counting a million takes half a second of the server, each time."""
    found = 0
    for one in _kinds(session, listing):
        some = select(T.c.id).where(*one).limit(most + 1 - found).subquery()
        found += int(session.execute(select(func.count()).select_from(some)).scalar_one())
        if found > most:
            break
    return found


def holds_any(session: Session, listing: Listing, ticket_ids: Iterable[int]) -> bool:
    """Whether one of some tickets is in a listing; words are looked for in these tickets, not in the index of all."""
    met = [engine_of(session.get_bind().dialect.name).is_one_of(T.c.id, list(ticket_ids))]
    if listing.filter.words:
        met.append(has_all(listing.filter.words))
    wordless = replace(listing, filter=replace(listing.filter, words=()))
    either = (select(T.c.id).where(*one, *met).limit(1) for one in _kinds(session, wordless))
    return any(session.execute(found).first() is not None for found in either)


def _count(session: Session, listing: Listing, *met: ColumnElement[bool]) -> int:
    """How many tickets of a listing satisfy more conditions."""
    counted = _joined(select(func.count()), listing.sort)
    kinds = _kinds(session, listing)
    return sum(int(session.execute(counted.where(*one, *met)).scalar_one()) for one in kinds)


def _kinds(session: Session, listing: Listing) -> list[list[ColumnElement[bool]]]:
    """The `alternatives` of a listing, each ticket in one of them only."""
    kind, *others = alternatives(session, listing.filter, listing.viewer)
    return [kind, *([*other, not_(T.c.is_breached)] for other in others)]


def ids(session: Session, listing: Listing, *, limit: int) -> tuple[int, ...]:
    """The numbers of the tickets in a listing, in its order, at most `limit`."""
    return tuple(_ids(session, listing, limit=limit))


def position(session: Session, listing: Listing, ticket_id: int) -> int | None:
    """How many tickets stand before one in a listing; None = it is not in it."""
    keys = _sort_keys(listing.sort)
    here = session.execute(
        _joined(select(*keys), listing.sort).where(
            T.c.id == ticket_id, *conditions(session, listing.filter, listing.viewer)
        )
    ).first()
    if here is None:
        return None
    mine = tuple_(*keys)
    before = mine > tuple(here) if listing.sort.descending else mine < tuple(here)
    return _count(session, listing, before)


def rows(session: Session, ticket_ids: Iterable[int]) -> tuple[QueueRow, ...]:
    """The rows of some tickets, in the order asked for; those that are gone are left out."""
    wanted = list(ticket_ids)
    are_wanted = engine_of(session.get_bind().dialect.name).is_one_of(T.c.id, wanted)
    found = {row.id: _row(row) for row in session.execute(_row_columns().where(are_wanted))}
    return tuple(found[ticket_id] for ticket_id in wanted if ticket_id in found)


def as_of(row: QueueRow, now: datetime) -> QueueRow:
    """The row with a clock that is overdue by now taken for breached; storage learns of it only when it looks."""
    is_late = row.category.is_open and row.clock is not None and row.due is not None and row.due < now
    return replace(row, is_breached=row.is_breached or is_late)


def _ids(session: Session, listing: Listing, *, limit: int, offset: int = 0, backwards: bool = False) -> list[int]:
    """The numbers from a place of the order on.

    Breached tickets are those already marked and those that are overdue since: each kind has an index in the order of
    the due times, both together have none. So the head of each is read, and the two are merged.
    """
    kinds = alternatives(session, listing.filter, listing.viewer) if listing.sort.by == "due" else []
    if len(kinds) < 2:
        query = _ordered(session, listing, backwards=backwards).offset(offset).limit(limit)
        return list(session.execute(query).scalars())
    down = listing.sort.descending != backwards
    keys = _sort_keys(listing.sort)
    head = select(*keys).order_by(*(key.desc() if down else key for key in keys)).limit(offset + limit)
    both = union(*(select(head.where(*kind).subquery()) for kind in kinds)).subquery()
    query = select(both.c.id).order_by(*(key.desc() if down else key for key in both.c)).offset(offset).limit(limit)
    return list(session.execute(query).scalars())


def _ordered(session: Session, listing: Listing, *, backwards: bool = False) -> Select[tuple[int]]:
    keys = _sort_keys(listing.sort)
    down = listing.sort.descending != backwards
    return (
        _joined(select(T.c.id), listing.sort)
        .where(*conditions(session, listing.filter, listing.viewer))
        .order_by(*(key.desc() if down else key for key in keys))
    )


def _sort_keys(sort: Sort) -> list[ColumnElement[Any]]:
    """All keys run one way, so that an index serves both directions and a row's place is one comparison."""
    first: dict[str, list[ColumnElement[Any]]] = {
        "due": [T.c.next_due],
        "priority": [T.c.priority, T.c.next_due],
        "created": [T.c.created_at],
        "updated": [T.c.updated_at],
        "id": [],
        "client": [func.coalesce(CLIENT.c.name, ""), T.c.next_due],
        "assignee": [func.coalesce(PERSON.c.name, ""), T.c.next_due],
        "status": [T.c.category, T.c.next_due],
    }
    return [*first[sort.by], T.c.id]


def _joined(query: Select[Any], sort: Sort) -> Select[Any]:
    query = query.select_from(T)
    if sort.by == "client":
        return query.outerjoin(CLIENT, CLIENT.c.id == T.c.client_id)
    if sort.by == "assignee":
        return query.outerjoin(PERSON, PERSON.c.id == T.c.assignee_id)
    return query


def _row_columns() -> Select[Any]:
    return (
        select(
            T.c.id,
            T.c.version,
            T.c.subject,
            T.c.type,
            T.c.channel,
            T.c.priority,
            T.c.status,
            T.c.category,
            T.c.is_open,
            T.c.client_id,
            T.c.assignee_id,
            T.c.coverage,
            T.c.policy,
            T.c.next_due,
            T.c.next_clock,
            T.c.paused_seconds,
            T.c.is_breached,
            exists(select(CLOCK.c.ticket_id).where(CLOCK.c.ticket_id == T.c.id)).label("has_sla"),
            T.c.wished_at,
            T.c.planned_at,
            T.c.created_at,
            T.c.updated_at,
            T.c.first_opened_at,
            STATUS.c.name.label("status_name"),
            CLIENT.c.name.label("client"),
            SITE.c.name.label("site"),
            SITE.c.city,
            UNIT.c.kind,
            UNIT.c.maker,
            UNIT.c.model,
            UNIT.c.inventory_number,
            SERVICE.c.name.label("service"),
            TEAM.c.name.label("team"),
            PERSON.c.name.label("assignee"),
            TIMER.c.started_at.label("timer_started"),
        )
        .select_from(T)
        .outerjoin(STATUS, STATUS.c.code == T.c.status)
        .outerjoin(CLIENT, CLIENT.c.id == T.c.client_id)
        .outerjoin(SITE, SITE.c.id == T.c.site_id)
        .outerjoin(UNIT, UNIT.c.id == T.c.equipment_id)
        .outerjoin(SERVICE, SERVICE.c.id == T.c.service_id)
        .outerjoin(TEAM, TEAM.c.id == T.c.team_id)
        .outerjoin(PERSON, PERSON.c.id == T.c.assignee_id)
        .outerjoin(TIMER, (TIMER.c.ticket_id == T.c.id) & (TIMER.c.person_id == T.c.assignee_id))
    )


def _row(row: Any) -> QueueRow:
    return QueueRow(
        id=row.id,
        version=row.version,
        subject=row.subject,
        type=row.type,
        channel=row.channel,
        priority=row.priority,
        status=row.status,
        status_name=row.status_name or row.status,
        category=Category(row.category),
        client_id=row.client_id,
        client=row.client or "",
        site=", ".join(filter(None, (row.city, row.site))),
        equipment=unit_name(row),
        service=row.service or "",
        team=row.team or "",
        assignee_id=row.assignee_id,
        assignee=row.assignee or "",
        coverage=Coverage(row.coverage) if row.coverage else None,
        policy=row.policy,
        due=None if row.next_due == NO_DUE else row.next_due,
        clock=SlaClock(row.next_clock) if row.next_clock else None,
        paused_seconds=row.paused_seconds,
        is_breached=row.is_breached,
        has_sla=row.has_sla,
        wished=row.wished_at,
        planned=row.planned_at,
        created=row.created_at,
        updated=row.updated_at,
        is_unread=row.first_opened_at is None and row.is_open,
        timer_started=row.timer_started,
    )


def unit_name(row: Any) -> str:
    """A unit as people call it: kind, maker, model and inventory number, as far as known."""
    return " ".join(filter(None, (row.kind, row.maker, row.model, row.inventory_number)))
