"""Reading the live board: a handful of set-based statements, whatever the number of tickets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlmodel import Session

from deskconsole.data.queries.board_load import loads
from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.ticket_filter import IS_OPEN, T
from deskconsole.data.tables import (
    NO_DUE,
    Client,
    Person,
    Setting,
    StandingClock,
    StatusSpan,
    TicketClock,
    table,
)
from deskconsole.domain.board import DEFAULT_TARGET, HOURS, SOON, BoardState, Breach, Burning, Day, Score, day_of
from deskconsole.domain.terms import Category, ClockState, Priority, SlaClock

TARGET = "on_time_target"
"""The setting with the percent of tickets that are to be on time."""
LATE_SHOWN, NEXT_SHOWN, LOADS_SHOWN, BREACHES_SHOWN = 60, 40, 60, 40
"""What the largest wall has lines for."""
FEED_DAYS = timedelta(days=7)
LONGEST_TEXT = 200
COMPLETED = (Category.RESOLVED.value, Category.CLOSED.value)

CLIENT, PERSON, CLOCK = table(Client), table(Person), table(TicketClock)


@dataclass(frozen=True)
class Earlier:
    """What was completed this week before today: it hardly ever changes, and may be read now and then only."""

    day: date
    score: Score


@of_the_books
def earlier_this_week(session: Session, now: datetime, zone: tzinfo) -> Earlier:
    """What was completed this week before today."""
    day = day_of(now, zone)
    found = _completed(session, day.week_began, day.began, ())
    return Earlier(day.date, sum((score for _count, score in found.values()), Score()))


@of_the_books
def board(session: Session, now: datetime, zone: tzinfo, earlier: Earlier | None = None) -> BoardState:
    """The whole board as of `now`; `earlier` spares reading the week up to this day again."""
    day = day_of(now, zone)
    if earlier is None or earlier.day != day.date:
        earlier = earlier_this_week(session, now, zone)
    work = loads(session, day)
    finished = _completed(session, day.began, day.ends, day.hours)
    today = sum((score for _count, score in finished.values()), Score())
    overdue = IS_OPEN, T.c.next_due < now
    soon = IS_OPEN, T.c.next_due >= now, T.c.next_due < now + SOON
    return BoardState(
        at=now,
        open=work.open,
        unassigned=work.unassigned,
        unread=_count(session, IS_OPEN, T.c.first_opened_at.is_(None)),
        overdue=_count(session, *overdue),
        soon=_count(session, *soon),
        paused=_paused(session),
        target=_target(session),
        today=today,
        week=earlier.score + today,
        late=_burning(session, LATE_SHOWN, *overdue),
        next=_burning(session, NEXT_SHOWN, *soon),
        people=len(work.people),
        loads=work.people[:LOADS_SHOWN],
        arrivals=_arrivals(session, day),
        completions=_by_hour(day, {hour: count for hour, (count, _score) in finished.items()}),
        breaches=_breaches(session, now),
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return int(session.execute(select(func.count()).select_from(T).where(*conditions)).scalar_one())


def _paused(session: Session) -> int:
    """Open tickets of which a clock stands; clocks of ended ones are stopped."""
    query = select(func.count(CLOCK.c.ticket_id.distinct())).where(CLOCK.c.state == ClockState.PAUSED.value)
    return int(session.execute(query).scalar_one())


def _target(session: Session) -> float:
    found = session.get(Setting, TARGET)
    return DEFAULT_TARGET if found is None else float(json.loads(found.value))


def _burning(session: Session, limit: int, *conditions: ColumnElement[bool]) -> tuple[Burning, ...]:
    """Open tickets by due time, the one that is overdue longest first."""
    found = session.execute(
        select(
            T.c.id,
            T.c.next_due,
            T.c.next_clock,
            T.c.priority,
            T.c.subject,
            T.c.first_opened_at,
            CLIENT.c.name.label("client"),
            PERSON.c.name.label("assignee"),
        )
        .select_from(T)
        .outerjoin(CLIENT, CLIENT.c.id == T.c.client_id)
        .outerjoin(PERSON, PERSON.c.id == T.c.assignee_id)
        .where(*conditions, T.c.next_due < NO_DUE)
        .order_by(T.c.next_due, T.c.id)
        .limit(limit)
    )
    return tuple(
        Burning(
            ticket_id=row.id,
            due=row.next_due,
            clock=SlaClock(row.next_clock) if row.next_clock else None,
            priority=Priority(row.priority),
            client=(row.client or "")[:LONGEST_TEXT],
            subject=row.subject[:LONGEST_TEXT],
            assignee=row.assignee or "",
            is_unread=row.first_opened_at is None,
        )
        for row in found
    )


def _breaches(session: Session, now: datetime) -> tuple[Breach, ...]:
    """The clocks that ran out last, the latest first: those that still run, and those that ended too late."""
    late = or_(CLOCK.c.state == ClockState.RUNNING.value, CLOCK.c.is_breached)
    found = session.execute(
        select(CLOCK.c.promised_at, CLOCK.c.ticket_id, CLOCK.c.clock, T.c.subject, CLIENT.c.name.label("client"))
        .join_from(CLOCK, T, T.c.id == CLOCK.c.ticket_id)
        .outerjoin(CLIENT, CLIENT.c.id == T.c.client_id)
        .where(CLOCK.c.promised_at < now, CLOCK.c.promised_at >= now - FEED_DAYS, late)
        .order_by(CLOCK.c.promised_at.desc(), CLOCK.c.ticket_id.desc())
        .limit(BREACHES_SHOWN)
    )
    return tuple(
        Breach(
            at=row.promised_at,
            ticket_id=row.ticket_id,
            clock=SlaClock(row.clock),
            client=(row.client or "")[:LONGEST_TEXT],
            subject=row.subject[:LONGEST_TEXT],
        )
        for row in found
    )


def _arrivals(session: Session, day: Day) -> tuple[int, ...]:
    """Tickets created, by the local hour."""
    found = session.execute(
        select(_hour_of(T.c.created_at, day.hours).label("place"), func.count().label("tickets"))
        .where(T.c.created_at >= day.began, T.c.created_at < day.ends)
        .group_by("place")
    )
    return _by_hour(day, {row.place: row.tickets for row in found})


def _completed(
    session: Session, since: datetime, until: datetime, hours: Sequence[tuple[datetime, int]]
) -> dict[int, tuple[int, Score]]:
    """Tickets completed in a period by the place of their hour in it: how many, and the score of those with an SLA."""
    span, standing = table(StatusSpan), table(StandingClock)
    finished = (
        select(
            _hour_of(T.c.resolved_at, hours).label("place"),
            T.c.is_breached,
            exists().where(CLOCK.c.ticket_id == T.c.id).label("has_sla"),
            exists().where(span.c.ticket_id == T.c.id, span.c.status == standing.c.status).label("was_paused"),
        )
        .where(
            T.c.resolved_at >= since,
            T.c.resolved_at < until,
            T.c.category.in_(COMPLETED),
        )
        .subquery()
    )
    is_counted = finished.c.has_sla

    def how_many(*conditions: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((and_(is_counted, *conditions), 1), else_=0))

    found = session.execute(
        select(
            finished.c.place,
            func.count().label("tickets"),
            how_many().label("counted"),
            how_many(~finished.c.is_breached).label("on_time"),
            how_many(finished.c.was_paused).label("paused"),
        ).group_by(finished.c.place)
    )
    return {row.place: (row.tickets, Score(int(row.counted), int(row.on_time), int(row.paused))) for row in found}


def _hour_of(instant: ColumnElement[Any], hours: Sequence[tuple[datetime, int]]) -> ColumnElement[Any]:
    """Which of `hours` an instant lies in, as its place; of no hours the place is 0."""
    ends = [begins for begins, _shown in hours[1:]]
    if not ends:
        return literal(0)
    return case(*((instant < end, place) for place, end in enumerate(ends)), else_=len(ends))


def _by_hour(day: Day, found: dict[int, int]) -> tuple[int, ...]:
    """Counts by the hour a clock shows: one that comes twice has both, one that is left out has none."""
    counts = [0] * HOURS
    for place, (_begins, shown) in enumerate(day.hours):
        counts[shown] += found.get(place, 0)
    return tuple(counts)
