"""The unread alert: a new ticket nobody has opened rings, and rings again until somebody opens it.

Any number of consoles may run it: an alert is inserted once by its unique key, and rings again by one statement
that moves its next ring, which only one of them finds due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, update
from sqlmodel import Session

from deskconsole.data.queries.alerts import is_heard
from deskconsole.data.queries.ticket_filter import T
from deskconsole.data.tables import Alert, table
from deskconsole.desk.alert_rules import UnreadRule, begin_unread, has_unread_rule, rules_of
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.settings import read_setting, write_setting
from deskconsole.domain.terms import RUNNERS, AlertKind, Audience

A = table(Alert)
IS_UNREAD: ColumnElement[bool] = text("ticket.is_open AND ticket.first_opened_at IS NULL")  # type: ignore[assignment] # a condition, in the index's exact letters
MARK = "unread_mark"
"""The setting with the newest ticket that was rung for: what is much older need not be looked at again."""
REACH = timedelta(days=1)
"""Tickets may come in late by this much: written by a slow transaction, or by a host whose clock is wrong."""
SLACK = timedelta(minutes=1)
NOTHING: Mapping[str, int] = {"raised": 0, "rung": 0}


def ring_unread(desk: Desk, now: datetime, limit: int = 500) -> Mapping[str, int]:
    """Raise the alerts of tickets that nobody has opened in time, and ring again those that are due for it.

    The first call at a desk begins the rule: tickets that are there already stay silent. Returns how many alerts
    were raised, and how many rang again; at most `limit` of each a call.
    """
    desk.actor.allow(*RUNNERS)
    if not desk.read(has_unread_rule):
        desk.write("alert.begin", lambda unit: _begin(unit, now))
    rule = desk.read(lambda session: rules_of(session).unread)
    if not desk.read(_is_any_due, rule, now):
        return NOTHING
    return desk.write("alert.unread", lambda unit: _ring(unit, rule, now, limit))


def _begin(unit: Unit, now: datetime) -> None:
    if not has_unread_rule(unit.session):
        begin_unread(unit.session, UnreadRule(), now)


def _is_any_due(session: Session, rule: UnreadRule, now: datetime) -> bool:
    is_new = rule.is_on and session.execute(_silent(session, rule, now).limit(1)).first() is not None
    return is_new or session.execute(select(A.c.id).where(_is_to_ring(rule, now)).limit(1)).first() is not None


def _silent(session: Session, rule: UnreadRule, now: datetime) -> Any:
    """The unread tickets that should have rung by now and have not, oldest first."""
    mark = read_setting(session, MARK, None)
    since = rule.since or now
    if since > now:  # the rule was begun by a clock that was ahead
        since = now - REACH
    if mark is not None:  # and so may the mark have been set
        since = max(since, min(datetime.fromisoformat(mark), now) - REACH)
    has_rung = exists(select(A.c.id).where(A.c.ticket_id == T.c.id, A.c.kind == AlertKind.UNREAD.value))
    ripe = now - timedelta(minutes=rule.after_minutes)
    return (
        select(T.c.id, T.c.created_at, T.c.assignee_id)
        .where(IS_UNREAD, T.c.created_at >= since, T.c.created_at <= ripe, ~has_rung)
        .order_by(T.c.created_at, T.c.id)
    )


def _is_to_ring(rule: UnreadRule, now: datetime) -> ColumnElement[bool]:
    """Alerts whose next ring has come; or lies further ahead than any is set, since the clock went back."""
    interval = timedelta(minutes=rule.every_minutes)
    went_back = and_(A.c.next_ring_at > now + interval + SLACK, is_heard(now))
    return or_(A.c.next_ring_at <= now, went_back)


def _ring(unit: Unit, rule: UnreadRule, now: datetime, limit: int) -> dict[str, int]:
    session = unit.session
    quiet_until = rule.quiet.until(now) if rule.quiet is not None else None
    next_ring = quiet_until or now + timedelta(minutes=rule.every_minutes)
    raised = 0
    found = []
    if rule.is_on:  # locked, so that nobody opens one meanwhile and leaves an alert behind
        silent = _silent(session, rule, now).limit(limit).with_for_update(skip_locked=True, of=T)
        found = list(session.execute(silent))
    if found:
        rows = [_alert(row, next_ring, quiet_until, now) for row in found]
        raised = len(unit.store.dialect.insert_new(session.connection(), A, rows))
        write_setting(session, MARK, found[-1].created_at.isoformat())
    rung = _ring_again(session, rule, next_ring, quiet_until, now, limit)
    if raised or rung:
        unit.changed("alert", None)
    return {"raised": raised, "rung": rung}


def _alert(row: Any, next_ring: datetime, held_until: datetime | None, now: datetime) -> dict[str, Any]:
    audience = Audience.ASSIGNEE if row.assignee_id is not None else Audience.DISPATCH
    return {
        "kind": AlertKind.UNREAD.value,
        "ticket_id": row.id,
        "clock": "",
        "percent": 0,
        "due_version": 0,
        "audience": audience.value,
        "person_id": row.assignee_id,
        "raised_at": now,
        "is_loud": True,
        "rings": 1,
        "held_until": held_until,
        "next_ring_at": next_ring,
    }


def _ring_again(
    session: Session, rule: UnreadRule, next_ring: datetime, quiet_until: datetime | None, now: datetime, limit: int
) -> int:
    """Count one ring more where it is due; returns of how many.

    In its quiet hours an unread alert is put off, and switched off it rings no more; a clock's that was muted for a
    while speaks up once.
    """
    due = select(A.c.id).where(_is_to_ring(rule, now)).order_by(A.c.next_ring_at).limit(limit)
    ids = list(session.execute(due.with_for_update(skip_locked=True)).scalars())
    if not ids:
        return 0
    is_unread = A.c.kind == AlertKind.UNREAD.value
    once_more = update(A).where(A.c.id.in_(ids)).values(rings=A.c.rings + 1).returning(A.c.id)
    rung = len(session.execute(once_more.where(~is_unread).values(next_ring_at=None)).all())
    if quiet_until is not None or not rule.is_on:
        put_off = update(A).where(A.c.id.in_(ids), is_unread)
        session.execute(put_off.values(next_ring_at=quiet_until, held_until=quiet_until))
    else:
        rung += len(session.execute(once_more.where(is_unread).values(next_ring_at=next_ring)).all())
    return rung
