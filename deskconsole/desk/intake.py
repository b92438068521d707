"""Taking in ticket histories from another system: many at once, as that system tells them, and only once.

History is history: statuses come as the other system had them, past the guards of our workflow. What is taken in is
remembered under (source, external id) with a digest of its content; the same content again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, bindparam, delete, insert, select, update
from sqlmodel import Session

from deskconsole.data.tables import Event, ExternalRef, Message, StatusSpan, Ticket, TicketSearch, table
from deskconsole.desk import clocks, intake_names, workflow
from deskconsole.desk.clock_pass import derive_all
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.intake_rows import Job, Origin, event_row, message_row, span_rows, ticket_row, words_of
from deskconsole.desk.ticket_history import TicketHistory, event_mark, names_in, said_mark
from deskconsole.desk.tickets import DISPATCH
from deskconsole.domain.terms import Channel

TICKET, REF, EVENT = table(Ticket), table(ExternalRef), table(Event)
MESSAGE, SPAN, SEARCH = table(Message), table(StatusSpan), table(TicketSearch)
HARMLESS = frozenset({"open"})  # verbs that change nothing the other system knows better


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
    desk.actor.allow(*DISPATCH)  # a trial run, too, tells what is here
    digests = {history.external_id: history.digest for history in batch}
    plan = desk.read(_plan, origin, batch, digests)
    if dry_run or not (plan.new or plan.changed):
        return plan.outcome(())

    def work(unit: Unit) -> dict[str, Any]:
        unit.allow(*DISPATCH)
        # Another console may have imported meanwhile.
        sure = _plan(unit.session, origin, batch, digests, for_writing=True)
        wanted = [*sure.new, *sure.changed]
        names = intake_names.resolve(unit, origin.source, origin.create, names_in(wanted))
        flow = workflow.load(unit.session)
        categories = {status.code: status.category for status in flow.statuses}
        job = Job(unit, origin, names, categories, digests)
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


def _plan(
    session: Session,
    origin: Origin,
    batch: Sequence[TicketHistory],
    digests: Mapping[str, str],
    *,
    for_writing: bool = False,
) -> _Plan:
    """Sort a batch by what is known: a reference keeps `digest:version`, the ticket's version as we left it."""
    query = (
        select(REF.c.id, REF.c.external_id, REF.c.digest, REF.c.row_id, TICKET.c.version, TICKET.c.first_opened_at)
        .join_from(REF, TICKET, TICKET.c.id == REF.c.row_id)
        .where(REF.c.source == origin.source, REF.c.entity == "ticket", REF.c.external_id.in_(list(digests)))
    )
    if for_writing:  # what somebody writes meanwhile must not be overwritten
        query = query.order_by(TICKET.c.id).with_for_update(of=TICKET)
    known = {row.external_id: row for row in session.execute(query)}
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


def _insert(job: Job, histories: Sequence[TicketHistory]) -> None:
    if not histories:
        return
    session = job.unit.session
    rows = [{**ticket_row(job, history), "version": 1} for history in histories]
    ids = session.execute(insert(TICKET).returning(TICKET.c.id, sort_by_parameter_order=True), rows).scalars().all()
    pairs = list(zip(ids, histories, strict=True))
    _write(session, SPAN, [row for number, history in pairs for row in span_rows(job, number, history)])
    _write(session, EVENT, [event_row(job, number, line) for number, history in pairs for line in history.events])
    _write(session, MESSAGE, [message_row(job, number, said) for number, history in pairs for said in history.said])
    words = [{"ticket_id": number, "words": words_of(job, history)} for number, history in pairs]
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


def _update(job: Job, histories: Sequence[TicketHistory], known: Mapping[str, Row[Any]]) -> None:
    """Bring known tickets up to date; of history and messages, add what is not there yet. Their clocks follow."""
    if not histories:
        return
    session = job.unit.session
    pairs = [(known[history.external_id], history) for history in histories]
    ids = [row.row_id for row, _history in pairs]
    changes = []
    for row, history in pairs:
        values = ticket_row(job, history)
        values["first_opened_at"] = row.first_opened_at or values["first_opened_at"]
        changes.append({**values, "version": row.version + 1, "number": row.row_id})
    session.connection().execute(update(TICKET).where(TICKET.c.id == bindparam("number")), changes)
    session.execute(delete(SPAN).where(SPAN.c.ticket_id.in_(ids)))
    _write(session, SPAN, [line for row, history in pairs for line in span_rows(job, row.row_id, history)])
    events, said = _events_there(session, job.origin, ids), _messages_there(session, ids)
    for row, history in pairs:
        lines = _missing(history.events, event_mark, events.get(row.row_id, Counter()))
        _write(session, EVENT, [event_row(job, row.row_id, line) for line in lines])
        texts = _missing(history.said, said_mark, said.get(row.row_id, Counter()))
        _write(session, MESSAGE, [message_row(job, row.row_id, text) for text in texts])
        _index_again(job, row.row_id, history)
    refs = [
        {"number": row.id, "digest": f"{job.digests[history.external_id]}:{row.version + 1}", "at": job.unit.now}
        for row, history in pairs
    ]
    session.connection().execute(update(REF).where(REF.c.id == bindparam("number")), refs)
    unit = job.unit
    derive_all(session, clocks.load_rules(session), ids, unit.author, unit.now)


def _index_again(job: Job, ticket_id: int, history: TicketHistory) -> None:
    session = job.unit.session
    old = session.execute(select(SEARCH.c.words).where(SEARCH.c.ticket_id == ticket_id)).scalar()
    new = words_of(job, history)
    if old is None:
        session.execute(insert(SEARCH), {"ticket_id": ticket_id, "words": new})
    elif old != new:
        session.execute(update(SEARCH).where(SEARCH.c.ticket_id == ticket_id).values(words=new))
    if old != new:
        job.unit.store.dialect.index_words(session.connection(), ticket_id, old, new)


def _events_there(
    session: Session, origin: Origin, ticket_ids: Sequence[int]
) -> dict[int, Counter[tuple[object, ...]]]:
    found: dict[int, Counter[tuple[object, ...]]] = {}
    for row in session.execute(select(EVENT).where(EVENT.c.ticket_id.in_(ticket_ids), EVENT.c.rule == origin.rule)):
        found.setdefault(row.ticket_id, Counter())[event_mark(row)] += 1
    return found


def _messages_there(session: Session, ticket_ids: Sequence[int]) -> dict[int, Counter[tuple[object, ...]]]:
    found: dict[int, Counter[tuple[object, ...]]] = {}
    for row in session.execute(
        select(MESSAGE).where(MESSAGE.c.ticket_id.in_(ticket_ids), MESSAGE.c.channel == Channel.IMPORT.value)
    ):
        found.setdefault(row.ticket_id, Counter())[said_mark(row)] += 1
    return found


def _missing(
    wanted: Iterable[Any], mark_of: Callable[[Any], tuple[object, ...]], there: Counter[tuple[object, ...]]
) -> list[Any]:
    """Those of `wanted` that are not there yet; what stands twice must be there twice."""
    left, missing = Counter(there), []
    for line in wanted:
        if left[mark_of(line)] > 0:
            left[mark_of(line)] -= 1
        else:
            missing.append(line)
    return missing


def _write(session: Session, into: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(into), rows)
