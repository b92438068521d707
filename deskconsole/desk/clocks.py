"""The clocks of tickets, derived from their history whenever a write touches them (design: domain.md, section 3).

`Desk.write` calls `refresh` for every ticket that a use case noted a change on, in the same transaction, so that no
path can leave a due time behind. `desk.clock_pass` does the same for all open tickets after the rules changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session

from deskconsole.data.queries.clock_facts import ClockFacts, StoredClock, clock_facts
from deskconsole.data.tables import (
    NO_DUE,
    Event,
    SlaBinding,
    SlaPolicy,
    SlaTarget,
    StandingClock,
    StoredCalendar,
    Ticket,
    TicketClock,
    table,
)
from deskconsole.desk import alert_end, client_wait, sla_edition
from deskconsole.desk.settings import read_setting
from deskconsole.domain.calendar_form import calendar_of
from deskconsole.domain.sla import BREACH_PERCENT, Reading, read_clock, read_exchanges, threshold_at
from deskconsole.domain.sla_policy import Binding, Choice, Level, Policy, Subject, Target, choose, places_of, target_of
from deskconsole.domain.terms import ClockState, SlaClock
from deskconsole.domain.worktime import ALWAYS_OPEN, WorkCalendar

DEFAULT_CALENDAR = "default_calendar"
"""The setting with the id of the calendar for policies that name none; without it, time runs day and night."""
ARRIVES = frozenset({"visit"})
"""The types of tickets somebody travels for: only they have an arrival clock."""
RULE = "sla"
SECOND = timedelta(seconds=1)
USUAL_WARNINGS = (50, 75, 90)

COLUMNS = ("next_due", "next_clock", "paused_seconds", "is_breached")
"""What is stored on the ticket itself."""


@dataclass(frozen=True)
class Author:
    """Whose write it is, for the history: the person, their name, the way it came, and why."""

    person_id: int | None
    name: str
    channel: str
    operation: UUID | None = None
    why: str = ""


@dataclass(frozen=True)
class Rules:
    """All that clocks are derived by, apart from the ticket: read once a transaction."""

    edition: sla_edition.Edition
    policies: tuple[Policy, ...]
    bindings: Mapping[tuple[Level, int | None], Sequence[Binding]]  # by level and row: there may be one a client
    stands: Mapping[str, frozenset[SlaClock]]
    calendars: Mapping[int | None, WorkCalendar]
    chosen: dict[Subject, Choice | None] = field(default_factory=dict, repr=False)  # most tickets are of few kinds

    def choice(self, subject: Subject) -> Choice | None:
        """The policy for tickets of that kind."""
        if subject not in self.chosen:
            near = [one for place in places_of(subject) for one in self.bindings.get(place, ())]
            self.chosen[subject] = choose(self.policies, near, subject)
        return self.chosen[subject]

    def calendar(self, policy: Policy | None) -> WorkCalendar:
        """The calendar of a policy; the desk's own where it names none."""
        return self.calendars[policy.calendar_id if policy is not None else None]


@dataclass(frozen=True)
class Derived:
    """A ticket's clocks as of now: what stands in its columns, and a row for each clock."""

    ticket_id: int
    next_due: datetime
    next_clock: str
    paused_seconds: int | None
    is_breached: bool
    clocks: Mapping[SlaClock, StoredClock] = field(default_factory=dict)


def load_rules(session: Session) -> Rules:
    """The policies, calendars and standing clocks of this desk.

    On a shared desk another console may change them between two of these statements. So the edition is read first: a
    ticket derived by newer rules than its edition says is derived once more. And what is pointed to is read after
    what points to it, and is there.
    """
    policy, binding, standing = table(SlaPolicy), table(SlaBinding), table(StandingClock)
    target, calendar = table(SlaTarget), table(StoredCalendar)
    edition = sla_edition.current(session)
    usual = read_setting(session, DEFAULT_CALENDAR, None)
    bindings: dict[tuple[Level, int | None], list[Binding]] = {}
    for row in session.execute(select(binding).order_by(binding.c.id)):
        level = Level(row.level)
        bindings.setdefault((level, row.row_id), []).append(Binding(row.policy_id, level, row.row_id, row.category))
    policies = session.execute(select(policy).where(policy.c.is_active).order_by(policy.c.id)).all()
    targets: dict[int, list[Target]] = {}
    for row in session.execute(select(target).order_by(target.c.id)):
        targets.setdefault(row.policy_id, []).append(
            Target(SlaClock(row.clock), row.minutes, row.priority, row.ticket_type or None, row.service_id)
        )
    stands: dict[str, set[SlaClock]] = {}
    for row in session.execute(select(standing)):
        stands.setdefault(row.status, set()).add(SlaClock(row.clock))
    calendars: dict[int | None, WorkCalendar] = {
        row.id: calendar_of(row.definition) for row in session.execute(select(calendar))
    }
    calendars[None] = calendars.get(usual) or ALWAYS_OPEN("UTC")
    return Rules(
        edition=edition,
        policies=tuple(
            Policy(
                id=row.id,
                name=row.name,
                calendar_id=row.calendar_id,
                warn_percents=tuple(int(part) for part in row.warn_percents.split()),
                targets=tuple(targets.get(row.id, ())),
            )
            for row in policies
        ),
        bindings=bindings,
        stands={status: frozenset(clocks) for status, clocks in stands.items()},
        calendars=calendars,
    )


def readings(rules: Rules, facts: ClockFacts, now: datetime) -> tuple[Choice | None, dict[SlaClock, Reading]]:
    """Which policy holds for a ticket, and each of its clocks as of `now`; a stopped one keeps its result."""
    choice = rules.choice(facts.subject)
    policy = choice.policy if choice is not None else None
    calendar = rules.calendar(policy)
    found: dict[SlaClock, Reading] = {}
    for clock in SlaClock:
        if (result := _kept(rules, facts, clock)) is not None:
            found[clock] = result
            continue
        if clock is SlaClock.ARRIVAL and facts.type not in ARRIVES:
            continue
        fixed = facts.due_at if clock is SlaClock.RESOLUTION else None
        target = target_of(policy, clock, facts.subject) if policy is not None else None
        length = timedelta(minutes=target.minutes) if target is not None else None
        reading = read_clock(clock, length, facts.history, rules.stands, calendar, now, fixed_due=fixed)
        if reading is not None:
            found[clock] = reading
    return choice, found


def _kept(rules: Rules, facts: ClockFacts, clock: SlaClock) -> Reading | None:
    """The result of a clock that has stopped, whatever was promised since; None while it goes on, or goes on again."""
    before = facts.stored.get(clock)
    if before is None or before.state != ClockState.STOPPED.value:
        return None
    target, left = timedelta(seconds=before.target_seconds), timedelta(seconds=before.left_seconds)
    # When a clock stopped is the history's to say; the calendar has no part in it.
    runs = read_exchanges(clock, target, facts.history, rules.stands, rules.calendars[None], facts.history.created)
    run = next((run for run in runs if run.ended == before.ended_at), None)
    if run is None or runs[-1].state is not ClockState.STOPPED:
        return None
    return replace(
        run,
        target=target,
        elapsed=target - left,
        left=left,
        promised=before.promised_at,
        is_breached=before.is_breached,
    )


def is_kept(reading: Reading, before: StoredClock | None) -> bool:
    """Whether a reading is the result stored when the clock stopped."""
    return (
        before is not None
        and before.state == reading.state.value == ClockState.STOPPED.value
        and before.ended_at == reading.ended
    )


def derive(rules: Rules, facts: ClockFacts, now: datetime) -> Derived:
    """Everything that is stored of a ticket's clocks, as its history has it."""
    choice, found = readings(rules, facts, now)
    policy = choice.policy if choice is not None else None
    stored: dict[SlaClock, StoredClock] = {}
    for clock, reading in found.items():
        before = facts.stored.get(clock)
        if before is not None and is_kept(reading, before):
            stored[clock] = before
        else:
            stored[clock] = _store(rules, policy, choice, reading, before, now)
    running = [(reading.due, clock) for clock, reading in found.items() if reading.due is not None]
    paused = [(reading.left, clock) for clock, reading in found.items() if reading.state is ClockState.PAUSED]
    next_due, next_clock, paused_seconds = facts.wished_at or NO_DUE, "", None
    if not facts.category.is_open:
        next_due = facts.due_at or next_due
    elif running:
        next_due, next_clock = min(running)
    elif paused:
        left, next_clock = min(paused)
        next_due, paused_seconds = NO_DUE, left // SECOND
    is_breached = any(reading.is_breached for reading in found.values())
    return Derived(facts.ticket_id, next_due, next_clock, paused_seconds, is_breached, stored)


def warning_instants(
    rules: Rules, policy: Policy | None, reading: Reading, now: datetime, warned: int
) -> dict[int, datetime]:
    """When a clock reached each percent that is warned of, and when it reaches the next one above `warned`.

    Of a breach (100 %) it always is warned, from the second after the due on: at the due itself it is in time.
    """
    found: dict[int, datetime] = {}
    for percent in warnings_of(policy):
        at = _warning_at(rules, policy, reading, percent)
        if at is None:
            break
        found[percent] = at
        if at > now and percent > warned:  # those above come later still
            break
    return found


def warnings_of(policy: Policy | None) -> list[int]:
    """The percents of a target that are warned of, ascending."""
    return sorted({*(policy.warn_percents if policy is not None else USUAL_WARNINGS), BREACH_PERCENT})


def _warning_at(rules: Rules, policy: Policy | None, reading: Reading, percent: int) -> datetime | None:
    at = threshold_at(reading, percent, rules.calendar(policy))
    return at + SECOND if at is not None and percent >= BREACH_PERCENT else at


def _store(
    rules: Rules,
    policy: Policy | None,
    choice: Choice | None,
    reading: Reading,
    before: StoredClock | None,
    now: datetime,
) -> StoredClock:
    version, warned = (before.due_version, before.warned_percent) if before is not None else (1, 0)
    next_check = None
    if reading.state is ClockState.RUNNING:
        if before is None or _is_later(reading.promised, before.promised_at):
            instants = warning_instants(rules, policy, reading, now, warned)
            passed = max((one for one, at in instants.items() if at <= now), default=0)
            if before is None:
                warned = passed  # a clock that is new here is warned of from now on
            elif passed < warned:
                # The due has moved out past a warning that was given: armed again. A host whose clock was set back
                # sees the same due, and warns of nothing twice.
                version, warned = version + 1, passed
        following = next((one for one in warnings_of(policy) if one > warned), None)
        next_check = _warning_at(rules, policy, reading, following) if following is not None else None
    return StoredClock(
        clock=reading.clock,
        policy_id=policy.id if policy is not None else None,
        level=choice.level.value if choice is not None else "",
        target_seconds=reading.target // SECOND,
        state=reading.state.value,
        started_at=reading.started,
        ended_at=reading.ended,
        due_at=reading.due,
        promised_at=reading.promised,
        left_seconds=reading.left // SECOND,
        is_breached=reading.is_breached,
        due_version=version,
        warned_percent=warned,
        next_check_at=next_check,
    )


def _is_later(due: datetime | None, before: datetime | None) -> bool:
    """Whether a due moved out; never is later than any instant."""
    return before is not None and (due is None or due > before)


def refresh(session: Session, tickets: Mapping[int, Ticket], author: Author, now: datetime) -> None:
    """Derive the clocks of tickets that this transaction has changed, and store what is different."""
    if not tickets:
        return
    session.flush()
    rules = load_rules(session)
    found = [(facts, derive(rules, facts, now)) for facts in clock_facts(session, list(tickets))]
    store_clocks(session, found)
    for facts, derived in found:
        ticket = tickets[facts.ticket_id]
        mover = author if ticket.sla_edition == rules.edition.number else edition_author(rules.edition, author)
        for name in COLUMNS:
            if getattr(ticket, name) != getattr(derived, name):
                setattr(ticket, name, getattr(derived, name))
        ticket.sla_edition = rules.edition.number
        session.add_all(Event(**line) for line in moved_dues(facts, derived, mover, now))
    waiting = [facts for facts, _derived in found]
    client_wait.refresh(session, client_wait.rule_of(session), rules.calendars[None], waiting)
    alert_end.settle(session, list(tickets), now, author.person_id)


def edition_author(edition: sla_edition.Edition, author: Author) -> Author:
    """Whose change of the rules moves a due, in somebody else's transaction."""
    return replace(author, person_id=edition.person_id, name=edition.actor, why=edition.why)


def store_clocks(session: Session, found: Iterable[tuple[ClockFacts, Derived]]) -> None:
    """Bring the rows of clocks in step with what was derived; rows that are right already are left alone."""
    clock = table(TicketClock)
    new, changed, gone = [], [], []
    for facts, derived in found:
        key = {"ticket_id": facts.ticket_id}
        for which, row in derived.clocks.items():
            if which not in facts.stored:
                new.append({**key, **_values(row)})
            elif _differs(row, facts.stored[which]):
                changed.append({**key, **_values(row)})
        gone += [
            {"of_ticket": facts.ticket_id, "which": which} for which in facts.stored if which not in derived.clocks
        ]
    if gone:
        session.execute(
            delete(clock).where(clock.c.ticket_id == bindparam("of_ticket"), clock.c.clock == bindparam("which")), gone
        )
    if new:
        session.execute(insert(clock), new)
    if changed:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in StoredClock.__slots__ if name != "clock"}
        statement = (
            update(clock)
            .where(clock.c.ticket_id == bindparam("of_ticket"), clock.c.clock == bindparam("which"))
            .values(values)
        )
        session.execute(
            statement,
            [
                {"of_ticket": row["ticket_id"], "which": row["clock"], **{f"new_{name}": row[name] for name in values}}
                for row in changed
            ],
        )


def _values(row: StoredClock) -> dict[str, Any]:
    """The columns of a clock; `dataclasses.asdict` copies every value deep, which takes as long as all the rest."""
    return {name: getattr(row, name) for name in StoredClock.__slots__}


def _differs(row: StoredClock, before: StoredClock) -> bool:
    """Whether a row says something new; what is left of a running clock changes all the time and is not kept up."""
    if row.state == before.state == ClockState.RUNNING.value:
        before = replace(before, left_seconds=row.left_seconds)
    return row != before


def moved_dues(facts: ClockFacts, derived: Derived, author: Author, now: datetime) -> list[dict[str, Any]]:
    """History for each open clock whose due another choice of policy, target or calendar has moved.

    What a pause or a reopening moves follows from the history that stands there already.
    """
    lines = []
    for which, row in derived.clocks.items():
        before = facts.stored.get(which)
        is_chosen_anew = before is not None and (
            bool(author.why)
            or (before.policy_id, before.level, before.target_seconds) != (row.policy_id, row.level, row.target_seconds)
        )
        if before is None or row.state == ClockState.STOPPED.value or not is_chosen_anew:
            continue
        if before.promised_at != row.promised_at:
            old, new = (at.isoformat() if at is not None else "" for at in (before.promised_at, row.promised_at))
            lines.append(
                {
                    "ticket_id": facts.ticket_id,
                    "at": now,
                    "person_id": author.person_id,
                    "actor": author.name,
                    "channel": author.channel,
                    "rule": RULE,
                    "verb": "due",
                    "field": which.value,
                    "old": old,
                    "new": new,
                    "reason": author.why,
                    "operation": author.operation,
                }
            )
    return lines
