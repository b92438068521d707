"""Alerts as people see them: whose they are, which still stand, and what became of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlmodel import Session

from deskconsole.data.queries.ticket_filter import IS_OPEN, T, Viewer
from deskconsole.data.tables import Alert, Client, Person, TeamLead, TicketClock, table
from deskconsole.domain.sla import BREACH_PERCENT
from deskconsole.domain.terms import AlertKind, Audience, ClockState, Role

A = table(Alert)
CLIENT, CLOCK, LEAD = table(Client), table(TicketClock), table(TeamLead)
CURRENT = table(TicketClock).alias("current_clock")
NAMED, TAKER, MUTER = (table(Person).alias(name) for name in ("named", "taker", "muter"))


class AlertState(StrEnum):
    """What became of an alert; `settled`: nobody took note, and its ticket needs it no more."""

    OPEN = "open"
    HELD = "held"
    MUTED = "muted"
    ACKNOWLEDGED = "acknowledged"
    SETTLED = "settled"


@dataclass(frozen=True)
class AlertRow:
    """An alert with its ticket.

    `due` is the clock's due now, None while it stands or when the alert is of no clock. `rings` is 0 for one that
    does not ring. `person` is whom it names; None = everybody of the `audience`.
    """

    id: int
    kind: AlertKind
    ticket_id: int
    subject: str
    client: str
    clock: str
    percent: int
    due: datetime | None
    raised_at: datetime
    rings: int
    is_loud: bool
    audience: Audience
    person: str | None
    held_until: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    muted_at: datetime | None
    muted_by: str | None
    state: AlertState

    @property
    def is_acknowledged(self) -> bool:
        """Whether it is done with."""
        return self.acknowledged_at is not None


def mine(session: Session, viewer: Viewer, now: datetime, limit: int = 200) -> tuple[AlertRow, ...]:
    """The alerts that stand now and are this viewer's to hear, the newest first."""
    query = _rows().where(A.c.acknowledged_at.is_(None), stands(), is_heard(now), is_for(viewer), *_near(viewer))
    return _read(session, query.order_by(A.c.raised_at.desc(), A.c.id.desc()).limit(limit), now)


def history(session: Session, viewer: Viewer, now: datetime, limit: int = 200) -> tuple[AlertRow, ...]:
    """The alerts this viewer may see, whatever became of them, the newest first."""
    return _read(session, _rows().where(is_for(viewer)).order_by(A.c.id.desc()).limit(limit), now)


def visible(session: Session, viewer: Viewer, alert_ids: Sequence[int]) -> list[int]:
    """Those of some alerts that this viewer may see."""
    query = select(A.c.id).join_from(A, T, T.c.id == A.c.ticket_id).where(A.c.id.in_(alert_ids), is_for(viewer))
    return list(session.execute(query.order_by(A.c.id)).scalars())


def stands() -> ColumnElement[bool]:
    """Whether the ticket still gives reason for an alert; for a statement over alert and ticket.

    An unread alert does until the ticket is opened or ended; a clock's does while the clock runs and its due has
    not moved out since. What a breach says a pause doesn't mend: its alert ends with the clock or the ticket.
    """
    is_running = CURRENT.c.state == ClockState.RUNNING.value
    is_broken = and_(A.c.percent >= BREACH_PERCENT, CURRENT.c.state != ClockState.STOPPED.value, T.c.is_open)
    is_on = exists(
        select(CURRENT.c.ticket_id).where(
            CURRENT.c.ticket_id == A.c.ticket_id,
            CURRENT.c.clock == A.c.clock,
            CURRENT.c.due_version == A.c.due_version,
            or_(is_running, is_broken),
        )
    )
    is_unread = and_(A.c.kind == AlertKind.UNREAD.value, T.c.is_open, T.c.first_opened_at.is_(None))
    return or_(is_unread, and_(A.c.kind == AlertKind.THRESHOLD.value, is_on))


def is_heard(now: datetime) -> ColumnElement[bool]:
    """Whether an alert is neither held until the quiet hours end nor muted."""
    is_over = A.c.held_until <= now
    return or_(is_over, and_(A.c.held_until.is_(None), A.c.muted_at.is_(None)))


def is_for(viewer: Viewer) -> ColumnElement[bool]:
    """Whether an alert is for these eyes; for a statement over alert and ticket.

    Supervisors and administrators hear all. Dispatchers hear what nobody else would, and breaches. Whoever has the
    ticket, leads its team (from 90 % on) or is on duty hears it. A contractor hears of the own tickets only.
    """
    if viewer.role in {Role.ADMIN, Role.SUPERVISOR}:
        return true()
    if viewer.person_id is None:
        return false()
    own = T.c.assignee_id == viewer.person_id
    if viewer.role is Role.CONTRACTOR:
        return own
    leads = select(LEAD.c.team_id).where(LEAD.c.person_id == viewer.person_id)
    is_raised_so_far = A.c.audience.in_((Audience.LEAD.value, Audience.SUPERVISOR.value))
    is_named = and_(A.c.person_id == viewer.person_id, A.c.audience.in_((Audience.LEAD.value, Audience.DUTY.value)))
    heard = [own, is_named, and_(is_raised_so_far, T.c.team_id.in_(leads))]
    if viewer.role is Role.DISPATCHER:
        heard.append(A.c.audience.in_((Audience.DISPATCH.value, Audience.SUPERVISOR.value)))
        heard.append(T.c.assignee_id.is_(None))
    return or_(*heard)


def _near(viewer: Viewer) -> list[ColumnElement[bool]]:
    """What `is_for` comes to by the alert alone, for those who hear few: else the ticket of each is looked up."""
    if viewer.role not in {Role.ENGINEER, Role.CONTRACTOR} or viewer.person_id is None:
        return []
    own = A.c.ticket_id.in_(select(T.c.id).where(IS_OPEN, T.c.assignee_id == viewer.person_id))
    if viewer.role is Role.CONTRACTOR:
        return [own]
    is_lead = exists(select(LEAD.c.team_id).where(LEAD.c.person_id == viewer.person_id))
    is_raised_so_far = A.c.audience.in_((Audience.LEAD.value, Audience.SUPERVISOR.value))
    return [or_(own, A.c.person_id == viewer.person_id, and_(is_raised_so_far, is_lead))]


def _rows() -> Select[Any]:
    return (
        select(
            A,
            T.c.subject,
            CLIENT.c.name.label("client"),
            CLOCK.c.due_at.label("due"),
            NAMED.c.name.label("person"),
            TAKER.c.name.label("taker"),
            MUTER.c.name.label("muter"),
        )
        .join_from(A, T, T.c.id == A.c.ticket_id)
        .outerjoin(CLIENT, CLIENT.c.id == T.c.client_id)
        .outerjoin(CLOCK, and_(CLOCK.c.ticket_id == A.c.ticket_id, CLOCK.c.clock == A.c.clock))
        .outerjoin(NAMED, NAMED.c.id == A.c.person_id)
        .outerjoin(TAKER, TAKER.c.id == A.c.acknowledged_by_id)
        .outerjoin(MUTER, MUTER.c.id == A.c.muted_by_id)
    )


def _read(session: Session, query: Select[Any], now: datetime) -> tuple[AlertRow, ...]:
    return tuple(
        AlertRow(
            id=row.id,
            kind=AlertKind(row.kind),
            ticket_id=row.ticket_id,
            subject=row.subject,
            client=row.client or "",
            clock=row.clock,
            percent=row.percent,
            due=row.due,
            raised_at=row.raised_at,
            rings=row.rings if row.is_loud else 0,
            is_loud=row.is_loud,
            audience=Audience(row.audience),
            person=row.person,
            held_until=row.held_until,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.taker,
            muted_at=row.muted_at,
            muted_by=row.muter,
            state=_state(row, now),
        )
        for row in session.execute(query)
    )


def _state(row: Any, now: datetime) -> AlertState:
    if row.acknowledged_at is not None:
        return AlertState.ACKNOWLEDGED if row.acknowledged_by_id is not None else AlertState.SETTLED
    if row.held_until is not None:
        is_waiting = row.held_until > now
        return (AlertState.MUTED if row.muted_at is not None else AlertState.HELD) if is_waiting else AlertState.OPEN
    return AlertState.MUTED if row.muted_at is not None else AlertState.OPEN
