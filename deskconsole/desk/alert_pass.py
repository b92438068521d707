"""Raising the alerts of clocks that have used up their time.

Whoever runs it, however often, and whoever is killed meanwhile: each alert is raised once, by its unique key in the
database. A pass costs by what is due: an index names the clocks to look at, and the rest is never read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlmodel import Session

from deskconsole.data.queries.clock_facts import ClockFacts, StoredClock, clock_facts
from deskconsole.data.queries.ticket_filter import T
from deskconsole.data.tables import Alert, Event, Person, TeamLead, TicketClock, table
from deskconsole.desk import clocks, sla_edition
from deskconsole.desk.alert_rules import AlertRules, rules_of
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.sla import BREACH_PERCENT
from deskconsole.domain.terms import RUNNERS, AlertKind, Audience, ClockState, Role

A, C = table(Alert), table(TicketClock)
LEAD_PERCENT = 90
MANY = 20
"""Breached tickets told one by one; more are told as one change of the whole list."""
NOTHING: Mapping[str, int] = {"clocks": 0, "alerts": 0, "breaches": 0}


@dataclass(frozen=True)
class Warned:
    """A clock that was to be checked: the percents it has newly reached, the highest last, and when it is next."""

    ticket_id: int
    before: StoredClock
    percents: tuple[int, ...]
    next_check_at: datetime | None

    @property
    def is_breach(self) -> bool:
        """Whether its due has passed."""
        return bool(self.percents) and self.percents[-1] >= BREACH_PERCENT


@dataclass(frozen=True)
class Staff:
    """Who could hear the alerts of some tickets."""

    working: frozenset[int]
    leads: Mapping[int, int]  # by team
    has_supervisor: bool
    holders: Mapping[int, tuple[int | None, int | None]]  # assignee and team, by ticket

    def hearer(self, ticket_id: int, percent: int) -> tuple[Audience, int | None]:
        """Who hears of a ticket at that percent: the assignee, then the team's lead, then the supervisors.

        Where that is nobody, the dispatchers.
        """
        assignee_id, team_id = self.holders.get(ticket_id, (None, None))
        if percent >= BREACH_PERCENT:
            return (Audience.SUPERVISOR if self.has_supervisor else Audience.DISPATCH), None
        if percent >= LEAD_PERCENT:
            audience, person_id = Audience.LEAD, self.leads.get(team_id or 0)
        else:
            audience, person_id = Audience.ASSIGNEE, assignee_id
        return (audience, person_id) if person_id in self.working else (Audience.DISPATCH, None)


def raise_thresholds(desk: Desk, now: datetime, limit: int = 500) -> Mapping[str, int]:
    """Warn of clocks that have reached the next of their policy's percents, those that wait longest first.

    Returns how many clocks were looked at, alerts raised, and breaches among them; at most `limit` clocks a call.
    """
    desk.actor.allow(*RUNNERS)
    if not desk.read(_is_any_due, now):
        return NOTHING
    return desk.write("alert.thresholds", lambda unit: _raise_thresholds(unit, now, limit))


def _is_any_due(session: Session, now: datetime) -> bool:
    edition = sla_edition.current(session).number
    query = select(C.c.ticket_id).join_from(C, T, T.c.id == C.c.ticket_id).where(*_due(now, edition))
    return session.execute(query.limit(1)).first() is not None


def _due(now: datetime, edition: int) -> tuple[Any, ...]:
    """Clocks to look at; of tickets that older rules derived, once `desk.clock_pass` has been there."""
    return C.c.next_check_at <= now, T.c.sla_edition >= edition


def _raise_thresholds(unit: Unit, now: datetime, limit: int) -> dict[str, int]:
    session = unit.session
    rules = clocks.load_rules(session)
    # The ticket is locked before its clocks are read, as by every other writer; what somebody works on is left to
    # the next pass, which finds it in the index again.
    query = (
        select(T.c.id)
        .join_from(C, T, T.c.id == C.c.ticket_id)
        .where(*_due(now, rules.edition.number))
        .order_by(C.c.next_check_at, C.c.ticket_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=T)
    )
    ids = list(dict.fromkeys(session.execute(query).scalars()))
    warned = [one for facts in clock_facts(session, ids) for one in _warned(rules, facts, now)]
    if not warned:
        return dict(NOTHING)
    _store(session, warned)
    alerts = _raise(unit, [one for one in warned if one.percents], now)
    return {"clocks": len(warned), "alerts": alerts, "breaches": sum(one.is_breach for one in warned)}


def _warned(rules: clocks.Rules, facts: ClockFacts, now: datetime) -> list[Warned]:
    """What those of the ticket's clocks have reached that were to be checked by now."""
    choice, found = clocks.readings(rules, facts, now)
    policy = choice.policy if choice is not None else None
    warned = []
    for clock, before in facts.stored.items():
        if before.next_check_at is None or before.next_check_at > now:
            continue
        reading = found.get(clock)
        is_running = reading is not None and reading.state is ClockState.RUNNING
        last = before.warned_percent
        instants = clocks.warning_instants(rules, policy, reading, now, last) if reading and is_running else {}
        percents = tuple(one for one, at in instants.items() if last < one and at <= now)
        next_check = next((at for one, at in instants.items() if last < one and at > now), None)
        warned.append(Warned(facts.ticket_id, before, percents, next_check))
    return warned


def _store(session: Session, warned: Sequence[Warned]) -> None:
    """Write down what was warned of and what is to be checked next; and which tickets are breached."""
    statement = (
        update(C)
        .where(C.c.ticket_id == bindparam("of_ticket"), C.c.clock == bindparam("which"))
        .values(
            warned_percent=bindparam("warned"),
            next_check_at=bindparam("next_check"),
            is_breached=or_(C.c.is_breached, bindparam("breach")),
        )
    )
    rows = [
        {
            "of_ticket": one.ticket_id,
            "which": one.before.clock.value,
            "warned": one.percents[-1] if one.percents else one.before.warned_percent,
            "next_check": one.next_check_at,
            "breach": one.is_breach,
        }
        for one in warned
    ]
    session.connection().execute(statement, rows)
    if breached := sorted({one.ticket_id for one in warned if one.is_breach}):
        session.execute(update(T).where(T.c.id.in_(breached), ~T.c.is_breached).values(is_breached=True))


def _raise(unit: Unit, warned: Sequence[Warned], now: datetime) -> int:
    """Insert the alerts of clocks, of each the highest loud, and end those they outdo; returns how many are new."""
    if not warned:
        return 0
    session = unit.session
    _end_outdone(session, [one for one in warned if one.before.warned_percent], now)
    staff, rules = _staff(session, [one.ticket_id for one in warned]), rules_of(session)
    rows = [_alert(one, percent, staff, rules, now) for one in warned for percent in one.percents]
    raised = unit.store.dialect.insert_new(session.connection(), A, rows)
    _tell(unit, [one for one in warned if one.is_breach], now)
    return len(raised)


def _end_outdone(session: Session, warned: Sequence[Warned], now: datetime) -> None:
    """Of one clock only the highest alert stays open: whoever heard the lower ones hears that too."""
    outdone = (
        update(A)
        .where(
            A.c.ticket_id == bindparam("of_ticket"),
            A.c.kind == AlertKind.THRESHOLD.value,
            A.c.clock == bindparam("which"),
            A.c.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=now, next_ring_at=None)
    )
    rows = [{"of_ticket": one.ticket_id, "which": one.before.clock.value} for one in warned]
    if rows:
        session.connection().execute(outdone, rows)


def _alert(one: Warned, percent: int, staff: Staff, rules: AlertRules, now: datetime) -> dict[str, Any]:
    """The row of an alert; in the quiet hours it goes to the person on duty, or is held until their end."""
    audience, person_id = staff.hearer(one.ticket_id, percent)
    until = rules.quiet.until(now) if rules.quiet is not None else None
    if until is not None and rules.duty_id in staff.working:
        audience, person_id, until = Audience.DUTY, rules.duty_id, None
    is_loud = percent == one.percents[-1]
    return {
        "kind": AlertKind.THRESHOLD.value,
        "ticket_id": one.ticket_id,
        "clock": one.before.clock.value,
        "percent": percent,
        "due_version": one.before.due_version,
        "audience": audience.value,
        "person_id": person_id,
        "due_at": one.before.due_at,
        "raised_at": now,
        "is_loud": is_loud,
        "held_until": until if is_loud else None,
        "rings": 1,
        "acknowledged_at": None if is_loud else now,
    }


def _tell(unit: Unit, breached: Sequence[Warned], now: datetime) -> None:
    """Write each breach into its ticket's history, and tell the other consoles."""
    unit.changed("alert", None)
    if not breached:
        return
    lines = [
        {
            "ticket_id": one.ticket_id,
            "at": now,
            "person_id": unit.actor.id,
            "actor": unit.actor.name,
            "channel": unit.channel.value,
            "rule": clocks.RULE,
            "verb": "breach",
            "field": one.before.clock.value,
            "old": "",
            "new": one.before.due_at.isoformat() if one.before.due_at is not None else "",
            "reason": "",
            "operation": unit.key,
        }
        for one in breached
    ]
    unit.session.connection().execute(insert(table(Event)), lines)
    tickets = sorted({one.ticket_id for one in breached})
    for ticket_id in tickets if len(tickets) <= MANY else [None]:
        unit.changed("ticket", ticket_id)


def _staff(session: Session, ticket_ids: Sequence[int]) -> Staff:
    person, lead = table(Person), table(TeamLead)
    working = session.execute(select(person.c.id, person.c.role).where(person.c.is_active)).all()
    holders = session.execute(select(T.c.id, T.c.assignee_id, T.c.team_id).where(T.c.id.in_(ticket_ids)))
    return Staff(
        working=frozenset(row.id for row in working),
        leads={row.team_id: row.person_id for row in session.execute(select(lead))},
        has_supervisor=any(row.role == Role.SUPERVISOR.value for row in working),
        holders={row.id: (row.assignee_id, row.team_id) for row in holders},
    )
