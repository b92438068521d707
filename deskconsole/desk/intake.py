"""Taking in ticket histories from another system: many at once, as that system tells them, and only once.

History is history: statuses come as the other system had them, past the guards of our workflow. What is taken in is
remembered under (source, external id) with a digest of its content; the same content again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlmodel import Session

from deskconsole.data.tables import (
    NO_DUE,
    Event,
    ExternalRef,
    Message,
    StatusSpan,
    Ticket,
    TicketSearch,
    table,
)
from deskconsole.desk import coverage, intake_names, workflow
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.intake_names import Names
from deskconsole.desk.tickets import DISPATCH, search_words
from deskconsole.domain.terms import Category, Channel, Visibility

TICKET, REF, EVENT = table(Ticket), table(ExternalRef), table(Event)
MESSAGE, SPAN, SEARCH = table(Message), table(StatusSpan), table(TicketSearch)
HARMLESS = frozenset({"open"})  # verbs that change nothing the other system knows better


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of history; names stand as the other system has them."""

    at: datetime
    actor: str
    verb: str
    field: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A status the ticket came into; it stood there until the next one began."""

    status: str
    began: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A text on the ticket."""

    at: datetime
    author: str
    visibility: Visibility
    body: str
    by_client: bool = False


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """A whole ticket as another system tells it: how it stands now and how it came there; clean texts, UTC.

    `line` is where the file speaks of it, for the report; it is no part of the content.
    """

    external_id: str
    line: int
    subject: str
    type: str
    channel: str
    priority: int
    client: str
    site: str
    equipment: str
    service: str
    team: str
    assignee: str
    caller: str
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    wished_at: datetime | None
    stays: tuple[Stay, ...]
    events: tuple[HistoryLine, ...]
    said: tuple[Said, ...]

    @property
    def digest(self) -> str:
        """A hash of all the content."""
        parts: list[object] = [getattr(self, name) for name in _CONTENT]
        parts += [(stay.status, stay.began) for stay in self.stays]
        parts += [_event_mark(line) for line in self.events]
        parts += [_said_mark(said) for said in self.said]
        return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_CONTENT = tuple(name for name in TicketHistory.__slots__ if name not in {"line", "stays", "events", "said"})


@dataclass(frozen=True)
class Origin:
    """Where histories come from: the system's name, the rule history is written under, and what to make.

    `create` has "people", "teams", "clients": who is made as a placeholder when the desk does not know the name.
    """

    source: str
    rule: str
    create: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What became of a batch, by external id; `kept` were changed at this desk since and were left as they are."""

    taken: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str, str], ...] = ()  # (external id, field, name) that the desk does not know


def take_in(desk: Desk, origin: Origin, batch: Sequence[TicketHistory], *, dry_run: bool = False) -> Outcome:
    """Write a batch of histories in one transaction; those taken in before with the same content stay untouched.

    A ticket that somebody changed at this desk since is left as it is. With `dry_run` nothing is written.

    Raises:
        Refused: the person's role may not register tickets.
    """
    digests = {history.external_id: history.digest for history in batch}
    plan = desk.read(_plan, origin, batch, digests)
    if dry_run or not (plan.new or plan.changed):
        return plan.outcome(())

    def work(unit: Unit) -> dict[str, Any]:
        unit.allow(*DISPATCH)
        sure = _plan(unit.session, origin, batch, digests)  # another console may have imported meanwhile
        wanted = [*sure.new, *sure.changed]
        names = intake_names.resolve(unit, origin.source, origin.create, _named(wanted))
        flow = workflow.load(unit.session)
        categories = {status.code: status.category for status in flow.statuses}
        job = _Job(unit, origin, names, categories, digests)
        _insert(job, sure.new)
        _update(job, sure.changed, sure.known)
        if wanted:
            unit.changed("ticket", None)
        unknown = [(history.external_id, *gap) for history in wanted for gap in names.gaps(history)]
        return {"new": [history.external_id for history in sure.new],
                "updated": [history.external_id for history in sure.changed],
                "unchanged": list(sure.unchanged), "kept": list(sure.kept), "unknown": unknown}  # fmt: skip

    done = desk.write("ticket.import", work)
    return Outcome(
        taken=tuple(done["new"]),
        updated=tuple(done["updated"]),
        unchanged=tuple(done["unchanged"]),
        kept=tuple(done["kept"]),
        unknown=tuple((key, field, name) for key, field, name in done["unknown"]),
    )


@dataclass(frozen=True)
class _Plan:
    new: tuple[TicketHistory, ...]
    changed: tuple[TicketHistory, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    known: Mapping[str, Row[Any]]

    def outcome(self, unknown: tuple[tuple[str, str, str], ...]) -> Outcome:
        return Outcome(
            taken=tuple(history.external_id for history in self.new),
            updated=tuple(history.external_id for history in self.changed),
            unchanged=self.unchanged,
            kept=self.kept,
            unknown=unknown,
        )


@dataclass(frozen=True)
class _Job:
    """What writing a batch needs at every step."""

    unit: Unit
    origin: Origin
    names: Names
    categories: Mapping[str, Category]
    digests: Mapping[str, str]


def _plan(session: Session, origin: Origin, batch: Sequence[TicketHistory], digests: Mapping[str, str]) -> _Plan:
    """Sort a batch by what is known: a reference keeps `digest:version`, the ticket's version as we left it."""
    known = {
        row.external_id: row
        for row in session.execute(
            select(REF.c.id, REF.c.external_id, REF.c.digest, REF.c.row_id, TICKET.c.version, TICKET.c.first_opened_at)
            .join_from(REF, TICKET, TICKET.c.id == REF.c.row_id)
            .where(REF.c.source == origin.source, REF.c.entity == "ticket", REF.c.external_id.in_(list(digests)))
        )
    }
    stale = [row for key, row in known.items() if row.digest.partition(":")[0] != digests[key]]
    touched = _touched(
        session, origin, [row.row_id for row in stale if row.digest.partition(":")[2] != str(row.version)]
    )
    outdated = {row.external_id: row.row_id in touched for row in stale}
    return _Plan(
        new=tuple(history for history in batch if history.external_id not in known),
        changed=tuple(history for history in batch if outdated.get(history.external_id) is False),
        unchanged=tuple(key for key in known if key not in outdated),
        kept=tuple(key for key, is_touched in outdated.items() if is_touched),
        known=known,
    )


def _touched(session: Session, origin: Origin, ticket_ids: Sequence[int]) -> set[int]:
    """Tickets that somebody at this desk has done more to than look at."""
    return set(
        session.execute(
            select(EVENT.c.ticket_id).where(
                EVENT.c.ticket_id.in_(ticket_ids), EVENT.c.rule != origin.rule, EVENT.c.verb.not_in(HARMLESS)
            )
        ).scalars()
    )


def _insert(job: _Job, histories: Sequence[TicketHistory]) -> None:
    if not histories:
        return
    session = job.unit.session
    rows = [{**_ticket_row(job, history), "version": 1} for history in histories]
    ids = session.execute(insert(TICKET).returning(TICKET.c.id, sort_by_parameter_order=True), rows).scalars().all()
    pairs = list(zip(ids, histories, strict=True))
    _write(session, SPAN, [row for number, history in pairs for row in _span_rows(job, number, history)])
    _write(session, EVENT, [_event_row(job, number, line) for number, history in pairs for line in history.events])
    _write(session, MESSAGE, [_message_row(job, number, said) for number, history in pairs for said in history.said])
    words = [{"ticket_id": number, "words": _words(job, history)} for number, history in pairs]
    _write(session, SEARCH, words)
    connection = session.connection()
    for row in words:
        job.unit.store.dialect.index_words(connection, row["ticket_id"], None, row["words"])
    _write(
        session,
        REF,
        [
            {
                "source": job.origin.source,
                "entity": "ticket",
                "external_id": history.external_id,
                "row_id": number,
                "digest": f"{job.digests[history.external_id]}:1",
                "at": job.unit.now,
            }
            for number, history in pairs
        ],
    )


def _update(job: _Job, histories: Sequence[TicketHistory], known: Mapping[str, Row[Any]]) -> None:
    """Bring known tickets up to date; of history and messages, add what is not there yet."""
    if not histories:
        return
    session = job.unit.session
    pairs = [(known[history.external_id], history) for history in histories]
    ids = [row.row_id for row, _history in pairs]
    changes = []
    for row, history in pairs:
        values = _ticket_row(job, history)
        values["first_opened_at"] = row.first_opened_at or values["first_opened_at"]
        changes.append({**values, "version": row.version + 1, "number": row.row_id})
    session.connection().execute(update(TICKET).where(TICKET.c.id == bindparam("number")), changes)
    session.execute(delete(SPAN).where(SPAN.c.ticket_id.in_(ids)))
    _write(session, SPAN, [line for row, history in pairs for line in _span_rows(job, row.row_id, history)])
    events, said = _events_there(session, job.origin, ids), _messages_there(session, ids)
    for row, history in pairs:
        lines = _missing(history.events, _event_mark, events.get(row.row_id, Counter()))
        _write(session, EVENT, [_event_row(job, row.row_id, line) for line in lines])
        texts = _missing(history.said, _said_mark, said.get(row.row_id, Counter()))
        _write(session, MESSAGE, [_message_row(job, row.row_id, text) for text in texts])
        _index_again(job, row.row_id, history)
    refs = [
        {"number": row.id, "digest": f"{job.digests[history.external_id]}:{row.version + 1}", "at": job.unit.now}
        for row, history in pairs
    ]
    session.connection().execute(update(REF).where(REF.c.id == bindparam("number")), refs)


def _index_again(job: _Job, ticket_id: int, history: TicketHistory) -> None:
    session = job.unit.session
    old = session.execute(select(SEARCH.c.words).where(SEARCH.c.ticket_id == ticket_id)).scalar()
    new = _words(job, history)
    if old is None:
        session.execute(insert(SEARCH), {"ticket_id": ticket_id, "words": new})
    elif old != new:
        session.execute(update(SEARCH).where(SEARCH.c.ticket_id == ticket_id).values(words=new))
    if old != new:
        job.unit.store.dialect.index_words(session.connection(), ticket_id, old, new)


def _ticket_row(job: _Job, history: TicketHistory) -> dict[str, Any]:
    status = history.stays[-1].status
    category = job.categories[status]
    place = job.names.place_of(history)
    row: dict[str, Any] = {
        "type": history.type,
        "subject": history.subject,
        "channel": history.channel,
        "priority": int(history.priority),
        "status": status,
        "category": category.value,
        "is_open": category.is_open,
        "client_id": place.client_id,
        "site_id": place.site_id,
        "caller": history.caller or ("" if place.client_id else history.client),
        "equipment_id": place.equipment_id,
        "service_id": job.names.services.get(history.service),
        "team_id": job.names.teams.get(history.team),
        "assignee_id": job.names.people.get(history.assignee),
        "due_at": history.due_at,
        "wished_at": history.wished_at,
        "next_due": history.due_at or history.wished_at or NO_DUE,
        "created_at": history.created_at,
        "updated_at": history.updated_at,
        "first_opened_at": _first_opened(job, history),
        "resolved_at": _ended(job, history, Category.RESOLVED, history.resolved_at),
        "closed_at": _ended(job, history, Category.CLOSED, history.closed_at),
    }
    return {**row, **DEFAULTS, **_judged(job, history, row)}


DEFAULTS: Mapping[str, Any] = {
    "coverage": None,
    "is_covered": True,
    "contract_version_id": None,
    "contract_line_id": None,
    "estimate_minutes": 0,
}


def _judged(job: _Job, history: TicketHistory, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a contract says of an open ticket; ended ones are history, and nobody judged them."""
    if not row["is_open"] or row["client_id"] not in job.names.under_contract:
        return {}
    verdict = coverage.judge(
        job.unit.session,
        coverage.Call(
            client_id=row["client_id"],
            on=history.created_at.date(),
            site_id=row["site_id"],
            equipment_id=row["equipment_id"],
            service_id=row["service_id"],
        ),
    )
    return {
        "coverage": verdict.outcome.value,
        "is_covered": verdict.is_covered,
        "contract_version_id": verdict.version_id,
        "contract_line_id": verdict.line_id,
    }


def _first_opened(job: _Job, history: TicketHistory) -> datetime | None:
    """When somebody over there took it up: its first status that is not new."""
    stays = (stay.began for stay in history.stays if job.categories[stay.status] is not Category.NEW)
    return next(stays, None)


def _ended(job: _Job, history: TicketHistory, wanted: Category, said: datetime | None) -> datetime | None:
    """When the ticket was resolved or closed: as the file says, else when it came into the state it still has."""
    present = job.categories[history.stays[-1].status]
    if present.is_open or (wanted is Category.CLOSED and present is Category.RESOLVED):
        return None
    if said is not None or present is Category.CANCELLED:
        return said
    done = {Category.RESOLVED, Category.CLOSED} if wanted is Category.RESOLVED else {wanted}
    began = None
    for stay in reversed(history.stays):
        if job.categories[stay.status] not in done:
            break
        began = stay.began
    return began


def _span_rows(job: _Job, ticket_id: int, history: TicketHistory) -> Iterable[dict[str, Any]]:
    ends = [stay.began for stay in history.stays[1:]]
    for stay, ended in zip(history.stays, [*ends, None], strict=True):
        yield {
            "ticket_id": ticket_id,
            "status": stay.status,
            "category": job.categories[stay.status].value,
            "began_at": stay.began,
            "ended_at": ended,
        }


def _event_row(job: _Job, ticket_id: int, line: HistoryLine) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "at": line.at,
        "person_id": job.names.people.get(line.actor),
        "actor": line.actor,
        "channel": Channel.IMPORT.value,
        "rule": job.origin.rule,
        "verb": line.verb,
        "field": line.field,
        "old": line.old,
        "new": line.new,
        "reason": "",
        "operation": None,
    }


def _message_row(job: _Job, ticket_id: int, said: Said) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "at": said.at,
        "person_id": None if said.by_client else job.names.people.get(said.author),
        "author": said.author,
        "visibility": said.visibility.value,
        "channel": Channel.IMPORT.value,
        "body": said.body,
    }


def _words(job: _Job, history: TicketHistory) -> str:
    place = job.names.place_of(history)
    public = (said.body for said in history.said if said.visibility is Visibility.PUBLIC)
    return search_words(history.subject, history.external_id, place.client, place.equipment, *public)


def _event_mark(line: HistoryLine | Row[Any]) -> tuple[object, ...]:
    return (line.at, line.actor, line.verb, line.field, line.old, line.new)


def _said_mark(said: Said | Row[Any]) -> tuple[object, ...]:
    return (said.at, said.author, str(said.visibility), said.body)


def _events_there(
    session: Session, origin: Origin, ticket_ids: Sequence[int]
) -> dict[int, Counter[tuple[object, ...]]]:
    found: dict[int, Counter[tuple[object, ...]]] = {}
    for row in session.execute(select(EVENT).where(EVENT.c.ticket_id.in_(ticket_ids), EVENT.c.rule == origin.rule)):
        found.setdefault(row.ticket_id, Counter())[_event_mark(row)] += 1
    return found


def _messages_there(session: Session, ticket_ids: Sequence[int]) -> dict[int, Counter[tuple[object, ...]]]:
    found: dict[int, Counter[tuple[object, ...]]] = {}
    for row in session.execute(
        select(MESSAGE).where(MESSAGE.c.ticket_id.in_(ticket_ids), MESSAGE.c.channel == Channel.IMPORT.value)
    ):
        found.setdefault(row.ticket_id, Counter())[_said_mark(row)] += 1
    return found


def _missing(wanted: Iterable[Any], mark_of: Any, there: Counter[tuple[object, ...]]) -> list[Any]:
    """Those of `wanted` that are not there yet; what stands twice must be there twice."""
    left, missing = Counter(there), []
    for line in wanted:
        if left[mark_of(line)] > 0:
            left[mark_of(line)] -= 1
        else:
            missing.append(line)
    return missing


def _write(session: Session, into: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(into), rows)


def _named(histories: Iterable[TicketHistory]) -> intake_names.Wanted:
    wanted = list(histories)
    return intake_names.Wanted(
        people=frozenset(name for history in wanted for name in _workers(history)) - {""},
        actors=frozenset(line.actor for history in wanted for line in history.events) - {""},
        teams=frozenset(history.team for history in wanted) - {""},
        clients=frozenset(history.client for history in wanted) - {""},
        equipment=frozenset(history.equipment for history in wanted) - {""},
        services=frozenset(history.service for history in wanted) - {""},
    )


def _workers(history: TicketHistory) -> Iterable[str]:
    """People of ours: who has the ticket, and who wrote on it without being the client."""
    yield history.assignee
    yield from (said.author for said in history.said if not said.by_client)
