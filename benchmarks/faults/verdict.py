"""Journals and database compared once nothing fails any more, and the table of what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlmodel import Session

from benchmarks.faults import writers
from benchmarks.faults.crew import TEMPLATES, WORKER, Crew, Run, first_look
from benchmarks.faults.journal import Read
from deskconsole.data.tables import (
    Event,
    HourEntry,
    Occurrence,
    OccurrenceTicket,
    Operation,
    Person,
    TimeEntry,
    Unbooked,
    table,
)
from deskconsole.desk.opening import check, open_unattended
from deskconsole.desk.recurring import raise_due
from deskconsole.desk.unbooked_pass import book_waiting
from deskconsole.domain.hours import charged_minutes
from tests.storage.desks import Company
from tests.support.writers import faults

NAMED = 50
"""Problems of one kind named at most."""
CHARGE_UNIT = 15
"""Minutes, of the client's contract."""


def report(
    title: str, run: Run, crew: Crew, company: Company, location: str, refusing: frozenset[str] = frozenset()
) -> None:
    """Compare journals and database, and print the table; under `refusing` faults people may have been refused."""
    crew.finish()
    people = [crew.read(name) for name in crew.works]
    everybody = [*people, *(crew.read(name) for name in crew.rounds)]
    last = _do_what_is_due(crew)
    found = company.desk().read(faults, [each.journal for each in people])
    missing, doubled = list(found.missing), list(found.doubled)
    with company.store.reading() as session:
        for each in people:
            _compare_statuses(session, each, missing, doubled)
        missing += _unraised(session, crew, last)
        hours = [*_wrong_hours(session), *_unbooked(session)]
        foreign = list(_foreign_signatures(session, company.store.url.username or ""))
    broken = [str(fault) for fault in check(location)]
    refused = [f"{each.name}: {why}" for each in everybody for at, why in each.refused if not run.excuses(at, refusing)]
    crashes = [f"{each.name}: {why}" for each in everybody for why in each.crashes]
    in_doubt = [f"{each.name}: {what}" for each in people for what in each.in_doubt]
    kinds = {
        "acknowledged and missing": missing,
        "doubled": doubled,
        "there and never acknowledged": list(found.unknown),
        "hours that are not those of the time logged": hours,
        "history signed by another login": foreign,
        "broken invariants (db check)": broken,
        "still in doubt at the end": in_doubt,
        "refused without a reason": refused,
        "unexpected errors": crashes,
    }
    run.problems += [f"{kind}: {what}" for kind, those in kinds.items() for what in those[:NAMED]]
    minutes = (run.ends - crew.began) / 60
    shown = f"{title}; {len(people)} writers and {len(crew.rounds)} passes, {minutes:.1f} minutes"
    _print(shown, run, people, everybody, {kind: len(those) for kind, those in kinds.items()})


def _print(title: str, run: Run, people: Sequence[Read], everybody: Sequence[Read], counts: dict[str, int]) -> None:
    print(f"{title}\n")
    print(f"{'fault':<34} {'times':>6} {'longest time without an answer, s':>36}")
    gaps = _gaps(run, sorted(moment for each in people for moment in each.told_at))
    for kind, times in Counter(hit.kind for hit in run.hits).most_common():
        print(f"{kind:<34} {times:>6} {max(gaps[kind], default=0):>36.1f}")
    words = sum((each.words for each in people), Counter[str]())
    rows = {
        "acknowledged": sum(len(each.journal.answers) + len(each.statuses) for each in people),
        "told that nothing was written, sent again": words["away"],
        "told that nobody knows, sent again": words["doubt"],
        "  of these settled by the key": sum(each.settled for each in people),
        "refused, sent again": words["refused"],
        "told 'saved on the main server only'": words["warned"],
        **counts,
    }
    print()
    for name, count in rows.items():
        print(f"{name:<45} {count:>8}")
    print()
    for why, count in sum((each.said for each in everybody), Counter[str]()).most_common():
        print(f"{count:>6}  {why}")
    print(flush=True)


def _do_what_is_due(crew: Crew) -> datetime:
    """Let the worker raise and book what is left; returns the moment the recurring work has come to."""
    last = writers.instant(crew.starts, crew.began)
    desk = open_unattended(crew.rounds[f"worker-{WORKER}"].location)
    while any(raise_due(desk, last).values()) or any(book_waiting(desk, datetime.now(UTC)).values()):
        continue
    desk.close()
    return last


def _compare_statuses(session: Session, each: Read, missing: list[str], doubled: list[str]) -> None:
    """Each change of status that was acknowledged stands in the history once."""
    event, operation = table(Event), table(Operation)
    for number in each.statuses:
        key = writers.status_key(each.name, number)
        query = select(func.count()).where(event.c.operation == key, event.c.verb == "status")
        lines = session.execute(query).scalar_one()
        if session.execute(select(operation.c.key).where(operation.c.key == key)).first() is None or not lines:
            missing.append(f"{each.name}-{number} status")
        if lines > 1:
            doubled.append(f"{each.name}-{number} status")


def _unraised(session: Session, crew: Crew, last: datetime) -> Iterator[str]:
    """Days of the recurring work that have no ticket, or more than one."""
    occurrence, raised = table(Occurrence), table(OccurrenceTicket)
    days = func.count(occurrence.c.nominal.distinct())
    found = session.execute(select(occurrence.c.recurring_id, days).group_by(occurrence.c.recurring_id)).all()
    tickets = session.execute(select(func.count()).select_from(raised)).scalar_one()
    wanted = (last - first_look(crew.starts).replace(tzinfo=UTC)).days + 1
    for number, count in found:
        if count != wanted:
            yield f"recurring {number}: {count} days of {wanted}"
    if tickets != wanted * TEMPLATES:
        yield f"{tickets} tickets of {wanted * TEMPLATES} days"


def _wrong_hours(session: Session) -> Iterator[str]:
    """Time entries that are not charged by the contract's unit, or whose hours are not those that left the lots."""
    entry, spent = table(TimeEntry), table(HourEntry)
    taken = func.coalesce(func.sum(spent.c.minutes), 0)
    query = (
        select(entry.c.note, entry.c.worked_minutes, entry.c.charged_minutes, taken)
        .outerjoin_from(entry, spent, spent.c.time_entry_id == entry.c.id)
        .group_by(entry.c.id)
    )
    for note, worked, charged, minutes in session.execute(query):
        if not charged == -minutes == charged_minutes(worked, CHARGE_UNIT):
            yield f"{note}: {worked} minutes worked, {charged} charged, {-minutes} taken"


def _unbooked(session: Session) -> Iterator[str]:
    """What contractors did and no pass has booked."""
    waiting = table(Unbooked)
    for number, ticket in session.execute(select(waiting.c.id, waiting.c.ticket_id)):
        yield f"row {number} of ticket {ticket} waits to be booked"


def _foreign_signatures(session: Session, above: str) -> Iterator[str]:
    """Lines of history that the server signed with another login than their person's; `above` made the desk."""
    event, person = table(Event), table(Person)
    query = (
        select(event.c.id, event.c.login, person.c.login)
        .join_from(event, person, person.c.id == event.c.person_id)
        .where(event.c.login.not_in(["", above]), event.c.login != person.c.login)
    )
    for number, login, named in session.execute(query):
        yield f"line {number} of {named} is signed by {login}"


def _gaps(run: Run, told: list[float]) -> dict[str, list[float]]:
    """By kind of fault: the longest time in which nobody was told anything, from each fault to the next."""
    gaps: dict[str, list[float]] = {hit.kind: [] for hit in run.hits}
    ends = [*(hit.begins for hit in run.hits[1:]), run.ends]
    for hit, ends_at in zip(run.hits, ends, strict=True):
        inside = [hit.begins, *(moment for moment in told if hit.begins <= moment < ends_at), ends_at]
        gaps[hit.kind].append(max(later - earlier for earlier, later in pairwise(inside)))
    return gaps
