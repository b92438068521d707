"""Explaining why a ticket is due when it is, from its history and the rules that hold for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from sqlmodel import Session

from deskconsole.data.queries import sla as queries
from deskconsole.data.queries.clock_facts import ClockFacts, StoredClock, clock_facts
from deskconsole.desk import clocks
from deskconsole.desk.clocks import ARRIVES, DEFAULT_CALENDAR, Rules, is_kept
from deskconsole.desk.desk import Desk
from deskconsole.desk.explanation import (
    Absent,
    ClockAccount,
    Explanation,
    PassedOver,
    Run,
    Stretch,
    TargetChoice,
    length_text,
)
from deskconsole.desk.settings import read_setting
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.sla import Counted, History, Reading, intervals, last_known, read_exchanges
from deskconsole.domain.sla_policy import Choice, Policy, Target, target_of
from deskconsole.domain.terms import ClockState, Role, SlaClock
from deskconsole.domain.text import clean
from deskconsole.domain.worktime import WorkCalendar
from deskconsole.domain.zones import zone_named

SECOND = timedelta(seconds=1)
_ANY, _PRIORITY, _TYPE, _SERVICE = 0, 1, 2, 4
_FOR = {
    _ANY: mark("for every ticket"),
    _PRIORITY: mark("for priority {priority}"),
    _TYPE: mark("for the type {type}"),
    _SERVICE: mark("for the service {service}"),
    _PRIORITY + _TYPE: mark("for priority {priority} and the type {type}"),
    _PRIORITY + _SERVICE: mark("for priority {priority} and the service {service}"),
    _TYPE + _SERVICE: mark("for the type {type} and the service {service}"),
    _PRIORITY + _TYPE + _SERVICE: mark("for priority {priority}, the type {type} and the service {service}"),
}
_VERDICTS = {
    (ClockState.RUNNING, False): mark("running, {left} left"),
    (ClockState.RUNNING, True): mark("running, overdue by {late} of working time"),
    (ClockState.PAUSED, False): mark("paused, {left} left"),
    (ClockState.PAUSED, True): mark("paused, overdue by {late} of working time"),
    (ClockState.STOPPED, False): mark("kept with {left} left"),
    (ClockState.STOPPED, True): mark("broken by {late} of working time"),
}
"""What is said of a clock in a state, breached or not."""
_JUST_BREACHED = {
    ClockState.RUNNING: mark("running, overdue; no working time has passed since"),
    ClockState.PAUSED: mark("paused, overdue; no working time had passed since"),
    ClockState.STOPPED: mark("broken; no working time had passed since it was due"),
}
"""The same of one whose due was the end of a working day, before the next one."""


@dataclass(frozen=True)
class _Names:
    """What the desk calls the things an explanation names."""

    statuses: Mapping[str, str]
    services: Mapping[int, str]
    calendars: Mapping[int, str]
    policies: Mapping[int, tuple[str, int | None]]  # name and calendar, of retired ones too


def explain(desk: Desk, ticket_id: int, now: datetime | None = None) -> Explanation:
    """Explain a ticket's clocks as of `now`, the present unless given.

    Of an earlier instant the history up to it counts, under the policy and the calendar that hold today.

    Raises:
        NotFound: there is no such ticket.
        Refused: a contractor asks; policies and contracts are the company's own.
        InvalidInput: the ticket was not there yet.
    """
    if desk.actor.role is Role.CONTRACTOR:
        raise Refused(mark("A contractor sees when the own jobs are due, not why; ask a dispatcher."))

    def read(session: Session) -> Explanation:
        place = queries.place_of(session, ticket_id)
        if place is None:
            raise NotFound(mark("There is no ticket {id}."), id=ticket_id)
        (facts,) = clock_facts(session, [ticket_id])
        history, at = _as_of(facts.history, desk.now(), now)
        fixed = facts.due_at.replace(microsecond=0) if facts.due_at is not None else None
        facts = replace(facts, history=history, due_at=fixed)
        rules = clocks.load_rules(session)
        names = _Names(
            queries.status_names(session),
            queries.service_names(session),
            queries.calendars(session),
            queries.policy_heads(session),
        )
        choice, found = clocks.readings(rules, facts, at)
        policy = choice.policy if choice is not None else None
        calendar = rules.calendar(policy)
        return Explanation(
            ticket_id=ticket_id,
            subject=place.subject,
            now=at,
            policy=policy.name if policy is not None else "",
            level=choice.level.value if choice is not None else "",
            why=choice.why if choice is not None else Sentence(mark("no SLA policy is bound to anything of it")),
            passed_over=_passed_over(choice),
            calendar=_calendar_name(session, policy, names),
            calendar_zone=calendar.zone,
            site_zone=_differing(place.site_zone, desk.zone, at),
            clocks=tuple(_account(reading, facts, rules, policy, calendar, names, at) for reading in found.values()),
            absent=tuple(_absent(clock, facts, policy) for clock in SlaClock if clock not in found),
            moves=tuple(m for m in queries.due_moves(session, ticket_id) if m.at <= at),
        )

    return desk.read(read)


def _as_of(history: History, present: datetime, asked: datetime | None) -> tuple[History, datetime]:
    """The history up to the instant asked for, and that instant in whole seconds.

    Without one it is the present, or the last that is known to have happened where this host's clock is behind.
    """
    if asked is None:
        return history, max(present.replace(microsecond=0), last_known(history))
    at = asked.replace(microsecond=0)
    if at < history.created:
        raise InvalidInput(mark("The ticket was not there yet at that time."))

    def until(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment <= at else None

    stays = tuple(stay for stay in history.stays if stay.began <= at)
    cut = replace(
        history,
        stays=stays,
        said=tuple(said for said in history.said if said.at <= at),
        acknowledged=until(history.acknowledged),
        responded=until(history.responded),
        arrived=until(history.arrived),
    )
    return cut, at


def _passed_over(choice: Choice | None) -> tuple[PassedOver, ...]:
    considered = choice.considered if choice is not None else ()
    return tuple(PassedOver(passed.policy.name, passed.level.value, passed.why) for passed in considered)


def _calendar_name(session: Session, policy: Policy | None, names: _Names) -> str:
    own = policy.calendar_id if policy is not None else None
    chosen = own if own is not None else read_setting(session, DEFAULT_CALENDAR, None)
    return names.calendars.get(chosen, "") if chosen is not None else ""


def _differing(site_zone: str, zone: tzinfo, at: datetime) -> str:
    """The site's zone where its clocks show something else than the viewer's; a name nobody knows is none."""
    if not site_zone:
        return ""
    try:
        there = zone_named(site_zone)
    except InvalidInput:
        return ""
    return site_zone if there.utcoffset(at.astimezone(there)) != zone.utcoffset(at.astimezone(zone)) else ""


def _account(
    reading: Reading,
    facts: ClockFacts,
    rules: Rules,
    policy: Policy | None,
    calendar: WorkCalendar,
    names: _Names,
    now: datetime,
) -> ClockAccount:
    clock, before = reading.clock, facts.stored.get(reading.clock)
    target = target_of(policy, clock, facts.subject) if policy is not None else None
    fixed = facts.due_at if clock is SlaClock.RESOLUTION else None
    why = Sentence(mark("the due was typed by hand")) if fixed is not None or target is None else _for(target, names)
    length = timedelta(minutes=target.minutes) if target is not None else None
    if before is not None and is_kept(reading, before):
        length = reading.target
        if fixed is None and _is_changed(before, policy, target):
            promised_by, calendar_id = names.policies.get(before.policy_id or 0, ("?", None))
            why = Sentence(mark('as "{policy}" promised when it stopped'), policy=_name(promised_by))
            target, calendar = None, rules.calendars.get(calendar_id, calendar)
    runs = read_exchanges(clock, length, facts.history, rules.stands, calendar, now, fixed_due=fixed)
    return ClockAccount(
        clock=clock,
        state=reading.state,
        target_seconds=reading.target // SECOND,
        target_why=why,
        others=tuple(
            TargetChoice(other.minutes, _for(other, names))
            for other in (policy.targets if policy is not None else ())
            if other.clock is clock and (other is not target or fixed is not None)
        ),
        is_fixed=fixed is not None,
        note=_note(reading, runs),
        due=reading.due,
        promised=reading.promised,
        elapsed_seconds=reading.elapsed // SECOND,
        left_seconds=reading.left // SECOND,
        is_breached=reading.is_breached,
        verdict=_verdict(runs[-1] if runs[-1].state is not ClockState.STOPPED else reading),
        runs=tuple(_run(run, calendar, names, now) for run in runs),
    )


def _is_changed(before: StoredClock, policy: Policy | None, target: Target | None) -> bool:
    """Whether something else would be promised today than was when a clock stopped."""
    if policy is None or target is None:
        return True
    return (before.policy_id, before.target_seconds) != (policy.id, 60 * target.minutes)


def _note(reading: Reading, runs: Iterable[Reading]) -> Sentence | None:
    if reading.state is not ClockState.STOPPED or any(
        (run.left, run.promised, run.is_breached) == (reading.left, reading.promised, reading.is_breached)
        for run in runs
    ):
        return None
    return Sentence(mark("it keeps the result it stopped with; under the calendar of today it would be as follows"))


def _run(reading: Reading, calendar: WorkCalendar, names: _Names, now: datetime) -> Run:
    ahead: tuple[Counted, ...] = ()
    if reading.state is ClockState.RUNNING and reading.due is not None and reading.due > now:
        ahead = intervals(replace(reading, started=now, standing=()), calendar, reading.due)
    return Run(
        state=reading.state,
        started=reading.started,
        ended=reading.ended,
        due=reading.due,
        promised=reading.promised,
        elapsed_seconds=reading.elapsed // SECOND,
        left_seconds=reading.left // SECOND,
        is_breached=reading.is_breached,
        verdict=_verdict(reading),
        stretches=_stretches(intervals(reading, calendar, now), names),
        ahead=_stretches(ahead, names),
    )


def _stretches(found: Iterable[Counted], names: _Names) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(part.began, part.ended, (part.ended - part.began) // SECOND, part.counted, _why(part, names))
        for part in found
    )


def _why(part: Counted, names: _Names) -> Sentence:
    """Why a stretch counted or not, a status by its name instead of its code."""
    if part.status is None:
        return part.why
    return Sentence(part.why.template, status=_name(names.statuses.get(part.status, part.status)))


def _name(text: str) -> Sentence:
    """A name from the desk's tables as a sentence: the ones a desk begins with stand in the catalogues."""
    return Sentence(clean(text).replace("{", "{{").replace("}", "}}"))


def _for(target: Target, names: _Names) -> Sentence:
    kind = (
        (_PRIORITY if target.priority is not None else 0)
        + (_TYPE if target.ticket_type else 0)
        + (_SERVICE if target.service_id is not None else 0)
    )
    service = names.services.get(target.service_id, "?") if target.service_id is not None else ""
    return Sentence(_FOR[kind], priority=target.priority, type=target.ticket_type or "", service=_name(service))


def _verdict(reading: Reading) -> Sentence:
    """Where a clock stands, in words."""
    if reading.promised is None and reading.state is ClockState.RUNNING:
        return Sentence(mark("never due: its calendar has no working time to come"))
    left = reading.left // SECOND
    if reading.is_breached and left >= 0:
        return Sentence(_JUST_BREACHED[reading.state])
    return Sentence(_VERDICTS[reading.state, reading.is_breached], left=length_text(left), late=length_text(-left))


def _absent(clock: SlaClock, facts: ClockFacts, policy: Policy | None) -> Absent:
    if policy is None:
        why = Sentence(mark("there is no policy"))
    elif clock is SlaClock.ARRIVAL and facts.type not in ARRIVES:
        why = Sentence(mark("nobody travels for a ticket of this type"))
    elif target_of(policy, clock, facts.subject) is None:
        why = Sentence(mark("the policy promises nothing for it"))
    else:
        why = Sentence(mark("no message of the client's has come"))
    return Absent(clock, why)
