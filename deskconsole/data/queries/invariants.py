"""What must hold of the rows of any desk (domain.md, section 9), as queries that find what breaks it.

Each rule gives at most `most` faults, each a sentence that names the row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session

from deskconsole.data.tables import (
    Event,
    HourEntry,
    HourLot,
    HourReservation,
    Occurrence,
    Status,
    StatusSpan,
    Ticket,
    TimeEntry,
    table,
)
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Channel, EntryKind

Rule = Callable[[Session, int], list[Sentence]]


def lots(session: Session, most: int) -> list[Sentence]:
    """A lot below zero, or with more promised than it has, is money that was given away."""
    lot, entry, held = table(HourLot), table(HourEntry), table(HourReservation)
    left = (
        select(lot.c.id, func.coalesce(func.sum(entry.c.minutes), 0).label("minutes"))
        .outerjoin_from(lot, entry, entry.c.lot_id == lot.c.id)
        .group_by(lot.c.id)
        .subquery()
    )
    promised = select(held.c.lot_id, func.sum(held.c.minutes).label("minutes")).group_by(held.c.lot_id).subquery()
    reserved = func.coalesce(promised.c.minutes, 0)
    query = (
        select(left.c.id, left.c.minutes, reserved)
        .outerjoin_from(left, promised, promised.c.lot_id == left.c.id)
        .where(or_(left.c.minutes < 0, reserved > left.c.minutes))
        .order_by(left.c.id)
    )
    template = mark("hour lot {lot}: {minutes} minutes left, {reserved} reserved")
    return [
        Sentence(template, lot=row[0], minutes=row[1], reserved=row[2]) for row in session.execute(query.limit(most))
    ]


def balances(session: Session, most: int) -> list[Sentence]:
    """A client's balance is the sum of the ledger and of the lots: every entry stands in a lot of that client."""
    lot, entry, ticket = table(HourLot), table(HourEntry), table(Ticket)
    query = (
        select(entry.c.id)
        .outerjoin_from(entry, lot, lot.c.id == entry.c.lot_id)
        .outerjoin(ticket, ticket.c.id == entry.c.ticket_id)
        .where(or_(lot.c.id.is_(None), and_(entry.c.ticket_id.is_not(None), ticket.c.id.is_(None))))
    )
    return _named(session, query, most, mark("ledger entry {row}: its lot or its ticket is not there"))


def ledger_reversals(session: Session, most: int) -> list[Sentence]:
    """A reversal takes back one entry, once and whole."""
    entry, first = table(HourEntry), table(HourEntry).alias("first")
    is_reversal = entry.c.kind == EntryKind.REVERSAL.value
    query = (
        select(entry.c.id)
        .outerjoin_from(entry, first, first.c.id == entry.c.reverses_id)
        .where(
            or_(
                is_reversal & first.c.id.is_(None),
                ~is_reversal & entry.c.reverses_id.is_not(None),
                entry.c.minutes != -first.c.minutes,
                entry.c.lot_id != first.c.lot_id,
                first.c.reverses_id.is_not(None),
            )
        )
    )
    return _named(session, query, most, mark("ledger entry {row}: it does not take back what it should"))


def time_reversals(session: Session, most: int) -> list[Sentence]:
    """Time that was taken back stands against the entry it corrects, on the same ticket; all other is of minutes."""
    entry, first = table(TimeEntry), table(TimeEntry).alias("first")
    query = (
        select(entry.c.id)
        .join_from(entry, first, first.c.id == entry.c.reverses_id)
        .where(
            or_(
                entry.c.worked_minutes != -first.c.worked_minutes,
                entry.c.charged_minutes != -first.c.charged_minutes,
                entry.c.ticket_id != first.c.ticket_id,
                first.c.reverses_id.is_not(None),
            )
        )
    )
    found = _named(session, query, most, mark("time entry {row}: it does not take back what it should"))
    worked = select(entry.c.id).where(
        entry.c.reverses_id.is_(None), or_(entry.c.worked_minutes <= 0, entry.c.charged_minutes < 0)
    )
    return found + _named(
        session, worked, most - len(found), mark("time entry {row}: its minutes are less than nothing")
    )


def occurrences(session: Session, most: int) -> list[Sentence]:
    """One occurrence for a template and a nominal time."""
    row = table(Occurrence)
    query = select(func.min(row.c.id)).group_by(row.c.recurring_id, row.c.nominal).having(func.count() > 1)
    return _named(session, query, most, mark("occurrence {row}: it stands there more than once"))


def merges(session: Session, most: int) -> list[Sentence]:
    """A chain of merges ends."""
    ticket = table(Ticket)
    into: dict[int, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(ticket.c.id, ticket.c.merged_into_id).where(ticket.c.merged_into_id.is_not(None))
        )
    }
    ends: set[int] = set()
    found: list[int] = []
    for start in into:
        chain: list[int] = []
        at: int | None = start
        passed: set[int] = set()
        while at in into and at not in ends and at not in passed:
            passed.add(at)
            chain.append(at)
            at = into[at]
        if at in passed:
            found.append(start)
        ends.update(chain)
    template = mark("ticket {row}: it is merged into itself in the end")
    return [Sentence(template, row=number) for number in sorted(found)[:most]]


def statuses(session: Session, most: int) -> list[Sentence]:
    """A ticket's status exists, and the ticket has its category."""
    ticket, status = table(Ticket), table(Status)
    query = (
        select(ticket.c.id)
        .outerjoin_from(ticket, status, status.c.code == ticket.c.status)
        .where(or_(status.c.code.is_(None), status.c.category != ticket.c.category))
    )
    return _named(session, query, most, mark("ticket {row}: its status does not exist, or is of another category"))


def spans(session: Session, most: int) -> list[Sentence]:
    """The times a ticket stood in its statuses follow each other without a gap, and the last is the present one."""
    span, ticket = table(StatusSpan), table(Ticket)
    following = func.lead(span.c.began_at).over(partition_by=span.c.ticket_id, order_by=(span.c.began_at, span.c.id))
    each = select(span.c.ticket_id, span.c.status, span.c.ended_at, following.label("following")).subquery()
    is_last: ColumnElement[bool] = each.c.following.is_(None)
    query = (
        select(each.c.ticket_id)
        .join_from(each, ticket, ticket.c.id == each.c.ticket_id)
        .where(
            or_(
                each.c.ended_at.is_distinct_from(each.c.following),
                is_last & (each.c.status != ticket.c.status),
            )
        )
        .distinct()
    )
    template = mark("ticket {row}: the times in its statuses have a gap, or end in another status")
    found = _named(session, query, most, template)
    without = select(ticket.c.id).where(~select(span.c.id).where(span.c.ticket_id == ticket.c.id).exists())
    return found + _named(session, without, most - len(found), mark("ticket {row}: it never stood in any status"))


def automatic_changes(session: Session, most: int) -> list[Sentence]:
    """Every change that happened by the clock names its rule."""
    event = table(Event)
    query = select(event.c.id).where(
        event.c.channel == Channel.SCHEDULE.value, event.c.person_id.is_(None), event.c.rule == ""
    )
    return _named(session, query, most, mark("history line {row}: it happened by itself, and no rule is named"))


RULES: tuple[Rule, ...] = (
    lots,
    balances,
    ledger_reversals,
    time_reversals,
    occurrences,
    merges,
    statuses,
    spans,
    automatic_changes,
)


def _named(session: Session, query: Select[Any], most: int, template: str) -> list[Sentence]:
    rows = session.execute(query.order_by(query.selected_columns[0]).limit(max(most, 0))).scalars()
    return [Sentence(template, row=number) for number in rows]
