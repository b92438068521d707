"""What the clocks of tickets are derived from, read for many tickets at once: four queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.tables import (
    Client,
    ContractVersion,
    Message,
    Occurrence,
    OccurrenceTicket,
    StatusSpan,
    Ticket,
    TicketClock,
    table,
)
from deskconsole.domain.sla import History, Said, Stay
from deskconsole.domain.sla_policy import Subject
from deskconsole.domain.terms import ENDED, Category, SlaClock, Visibility


@dataclass(frozen=True, slots=True)
class StoredClock:
    """A clock as it was last derived, and what has been warned of."""

    clock: SlaClock
    policy_id: int | None
    level: str
    target_seconds: int
    state: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    promised_at: datetime | None
    left_seconds: int
    is_breached: bool
    due_version: int
    warned_percent: int
    next_check_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """One ticket as its clocks see it.

    `silent_since`: a person of ours wrote then and the client has not answered; `spoke_last`: the last public thing
    of ours, a reminder included.
    """

    ticket_id: int
    category: Category
    type: str
    due_at: datetime | None
    wished_at: datetime | None
    next_due: datetime
    next_clock: str
    paused_seconds: int | None
    is_breached: bool
    subject: Subject
    history: History
    silent_since: datetime | None
    spoke_last: datetime | None
    stored: dict[SlaClock, StoredClock]


_ENDED = frozenset(category.value for category in ENDED)


def clock_facts(session: Session, ticket_ids: Sequence[int]) -> list[ClockFacts]:
    """The facts of those tickets that are there, by number."""
    ticket, client, version = table(Ticket), table(Client), table(ContractVersion)
    raised, occurrence = table(OccurrenceTicket), table(Occurrence)
    heads = session.execute(
        select(
            ticket.c.id,
            ticket.c.category,
            ticket.c.type,
            ticket.c.priority,
            ticket.c.service_id,
            ticket.c.client_id,
            ticket.c.contract_line_id,
            ticket.c.due_at,
            ticket.c.wished_at,
            ticket.c.next_due,
            ticket.c.next_clock,
            ticket.c.paused_seconds,
            ticket.c.is_breached,
            ticket.c.created_at,
            ticket.c.first_opened_at,
            ticket.c.arrived_at,
            client.c.category.label("client_category"),
            version.c.contract_id,
            occurrence.c.shifted_at,
        )
        .select_from(ticket)
        .outerjoin(raised, raised.c.ticket_id == ticket.c.id)
        .outerjoin(occurrence, occurrence.c.id == raised.c.occurrence_id)
        .outerjoin(client, client.c.id == ticket.c.client_id)
        .outerjoin(version, version.c.id == ticket.c.contract_version_id)
        .where(ticket.c.id.in_(ticket_ids))
        .order_by(ticket.c.id)
    ).all()
    stays, said, stored = _stays(session, ticket_ids), _said(session, ticket_ids), stored_clocks(session, ticket_ids)
    return [_facts(head, stays[head.id], said[head.id], stored[head.id]) for head in heads]


def _facts(head: Any, stays: list[Stay], rows: list[Any], stored: dict[SlaClock, StoredClock]) -> ClockFacts:
    said = tuple(Said(_whole(row.at), by_client=row.person_id is None) for row in rows if not row.is_automatic)
    is_ours = bool(said) and not said[-1].by_client
    return ClockFacts(
        ticket_id=head.id,
        category=Category(head.category),
        type=head.type,
        due_at=head.due_at,
        wished_at=head.wished_at,
        next_due=head.next_due,
        next_clock=head.next_clock,
        paused_seconds=head.paused_seconds,
        is_breached=head.is_breached,
        subject=Subject(
            priority=head.priority,
            ticket_type=head.type,
            service_id=head.service_id,
            line_id=head.contract_line_id,
            contract_id=head.contract_id,
            client_id=head.client_id,
            category=head.client_category or "",
        ),
        history=History(
            # Recurring work raised ahead of its day is promised from that day on.
            created=_whole(max(head.created_at, head.shifted_at or head.created_at)),
            stays=tuple(stays),
            said=said,
            acknowledged=_whole(head.first_opened_at) if head.first_opened_at is not None else None,
            arrived=_whole(head.arrived_at) if head.arrived_at is not None else None,
        ),
        silent_since=said[-1].at if is_ours else None,
        spoke_last=rows[-1].at if is_ours else None,
        stored=stored,
    )


def _whole(at: datetime) -> datetime:
    """Clocks count whole seconds, so that what an explanation shows adds up to what is due."""
    return at.replace(microsecond=0)


def _stays(session: Session, ticket_ids: Sequence[int]) -> dict[int, list[Stay]]:
    span = table(StatusSpan)
    found: dict[int, list[Stay]] = defaultdict(list)
    for ticket_id, status, category, began_at in session.execute(
        select(span.c.ticket_id, span.c.status, span.c.category, span.c.began_at)
        .where(span.c.ticket_id.in_(ticket_ids))
        .order_by(span.c.ticket_id, span.c.began_at, span.c.id)
    ):
        found[ticket_id].append(Stay(status, category in _ENDED, _whole(began_at)))
    return found


def _said(session: Session, ticket_ids: Sequence[int]) -> dict[int, list[Any]]:
    message = table(Message)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(message.c.ticket_id, message.c.at, message.c.person_id, message.c.is_automatic)
        .where(message.c.ticket_id.in_(ticket_ids), message.c.visibility == Visibility.PUBLIC.value)
        .order_by(message.c.ticket_id, message.c.at, message.c.id)
    ):
        found[row[0]].append(row)
    return found


_STORED = tuple(name for name in StoredClock.__slots__ if name != "clock")


def stored_clocks(session: Session, ticket_ids: Sequence[int]) -> dict[int, dict[SlaClock, StoredClock]]:
    """The clocks of tickets as they were last derived, by ticket; none for a ticket without."""
    clock = table(TicketClock)
    found: dict[int, dict[SlaClock, StoredClock]] = defaultdict(dict)
    columns = [clock.c.ticket_id, clock.c.clock, *(clock.c[name] for name in _STORED)]
    for ticket_id, name, *values in session.execute(select(*columns).where(clock.c.ticket_id.in_(ticket_ids))):
        which = SlaClock(name)
        found[ticket_id][which] = StoredClock(which, *values)
    return found
