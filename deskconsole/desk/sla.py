"""SLA policies, what they are bound to, and which clocks stand in which status, as the desk keeps them.

Each change begins a new edition of the rules in the same transaction (`sla_edition`); the open tickets follow by
`clock_pass.recompute`, which the caller starts when it is done with its changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import Session, SQLModel

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import (
    Client,
    Contract,
    ContractLine,
    Service,
    SlaBinding,
    SlaPolicy,
    SlaTarget,
    StandingClock,
    Status,
    StoredCalendar,
    table,
)
from deskconsole.desk import sla_edition
from deskconsole.desk.clocks import DEFAULT_CALENDAR
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.settings import read_setting, write_setting
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.sla_policy import Level, Policy, Target, check_policy
from deskconsole.domain.terms import ENDED, Category, Priority, Role, SlaClock
from deskconsole.domain.text import clean, fold
from deskconsole.domain.workflow import TICKET_TYPES

Known = TypeVar("Known", SlaPolicy, StoredCalendar)
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
DESK_CALENDAR = ""
"""For `put_policy`: the policy runs on the calendar of the desk."""
LONGEST_NAME = 80
OWNERS: dict[Level, type[SQLModel]] = {
    Level.CONTRACT_LINE: ContractLine,
    Level.CONTRACT: Contract,
    Level.CLIENT: Client,
    Level.SERVICE: Service,
}
"""The table whose row a level names."""


def put_policy(
    desk: Desk,
    name: str,
    *,
    calendar: str | None = None,
    targets: Sequence[Target] | None = None,
    warn_percents: Sequence[int] | None = None,
    key: UUID | None = None,
) -> int:
    """Make a policy, or change the one of that name and take it into use again; returns its id.

    None leaves what stands there; `DESK_CALENDAR` takes the policy's own calendar away.

    Raises:
        InvalidInput: what it promises can't be meant, or nothing is promised at all.
        NotFound: there is no such calendar or service.
    """

    def work(unit: Unit) -> int:
        unit.allow(*KEEPERS)
        known = _like(unit.session, SlaPolicy, name)
        policy = known or SlaPolicy(name=_name(name))
        before = (_shape(unit.session, policy), policy.is_active) if known is not None else None
        after = Policy(
            id=policy.id or 0,
            name=policy.name,
            calendar_id=policy.calendar_id if calendar is None else _calendar_id(unit.session, calendar),
            warn_percents=_percents(policy) if warn_percents is None else tuple(sorted(set(warn_percents))),
            targets=_targets(unit.session, policy) if targets is None else tuple(targets),
        )
        _check(unit.session, after)
        if before == (after, True):
            return policy.id or 0
        policy.calendar_id, policy.is_active = after.calendar_id, True
        policy.warn_percents = " ".join(map(str, after.warn_percents))
        unit.session.add(policy)
        unit.session.flush()
        _write_targets(unit.session, policy.id or 0, after.targets)
        sla_edition.bump(unit, f"SLA policy {policy.name}")
        return policy.id or 0

    return desk.write("sla.put", work, key=key)


def retire(desk: Desk, name: str, *, key: UUID | None = None) -> bool:
    """Put a policy out of use; what it is bound to is kept. False when it was so already."""

    def work(unit: Unit) -> bool:
        unit.allow(*KEEPERS)
        policy = _policy(unit.session, name)
        if not policy.is_active:
            return False
        policy.is_active = False
        sla_edition.bump(unit, f"SLA policy {policy.name} retired")
        return True

    return desk.write("sla.retire", work, key=key)


def bind(
    desk: Desk, name: str, level: Level, *, row_id: int | None = None, category: str = "", key: UUID | None = None
) -> list[str]:
    """Let a policy hold for a row of the level's table, a client category, or (default) for everybody.

    One policy holds for one thing: returns the names of those that did until now.

    Raises:
        NotFound: there is no such policy or row.
        InvalidInput: the policy is out of use, or nothing is named.
    """

    def work(unit: Unit) -> list[str]:
        unit.allow(*KEEPERS)
        policy = _policy(unit.session, name)
        if not policy.is_active:
            raise InvalidInput(mark('The policy "{name}" is out of use; set it again first.'), name=policy.name)
        _check_owner(unit.session, level, row_id, category)
        bound = _bound(unit.session, level, row_id, category)
        if [one.policy_id for one in bound] == [policy.id]:
            return []
        others = [unit.session.get_one(SlaPolicy, one.policy_id).name for one in bound if one.policy_id != policy.id]
        for one in bound:
            unit.session.delete(one)
        unit.session.add(
            SlaBinding(policy_id=policy.id or 0, level=level.value, row_id=row_id, category=clean(category).strip())
        )
        sla_edition.bump(unit, f"SLA policy {policy.name} bound")
        return sorted(set(others))

    return desk.write("sla.bind", work, key=key)


def unbind(
    desk: Desk, name: str, level: Level, *, row_id: int | None = None, category: str = "", key: UUID | None = None
) -> bool:
    """Let a policy hold there no longer.

    Raises:
        NotFound: it does not.
    """

    def work(unit: Unit) -> bool:
        unit.allow(*KEEPERS)
        policy = _policy(unit.session, name)
        bound = [one for one in _bound(unit.session, level, row_id, category) if one.policy_id == policy.id]
        if not bound:
            raise NotFound(mark('The policy "{name}" is not bound there.'), name=policy.name)
        for one in bound:
            unit.session.delete(one)
        sla_edition.bump(unit, f"SLA policy {policy.name} unbound")
        return True

    return desk.write("sla.unbind", work, key=key)


def set_standing(
    desk: Desk,
    status: str,
    *,
    stand: Collection[SlaClock] = (),
    run: Collection[SlaClock] = (),
    key: UUID | None = None,
) -> list[str]:
    """Say which clocks stand and which run in a status, the others as before; returns those that stand now.

    Raises:
        NotFound: there is no such status.
        InvalidInput: it is an ended one, where every clock stands, or a clock is to do both.
    """

    def work(unit: Unit) -> list[str]:
        unit.allow(*KEEPERS)
        known = unit.session.get(Status, status)
        if known is None:
            raise NotFound(mark('There is no status "{name}".'), name=clean(status)[:40])
        if Category(known.category) in ENDED:
            raise InvalidInput(mark("In an ended status every clock stands; there is nothing to set."))
        if both := set(stand) & set(run):
            raise InvalidInput(mark("The clock {clock} can't both stand and run."), clock=min(both).value)
        column = table(StandingClock).c
        before = {SlaClock(one.clock) for one in unit.session.scalars(_standing_in(status))}
        after = (before | set(stand)) - set(run)
        if after != before:
            gone = [clock.value for clock in before - after]
            unit.session.execute(delete(StandingClock).where(column.status == status, column.clock.in_(gone)))
            unit.session.add_all(StandingClock(status=status, clock=clock.value) for clock in sorted(after - before))
            sla_edition.bump(unit, f"clocks standing in {status}")
        return [clock.value for clock in SlaClock if clock in after]

    return desk.write("sla.standing", work, key=key)


def set_default_calendar(desk: Desk, name: str | None, *, key: UUID | None = None) -> bool:
    """Choose the calendar of policies that name none (None: day and night); False when it was that already.

    Raises:
        NotFound: there is no such calendar.
    """

    def work(unit: Unit) -> bool:
        unit.allow(*KEEPERS)
        chosen = _calendar_id(unit.session, name) if name is not None else None
        if read_setting(unit.session, DEFAULT_CALENDAR, None) == chosen:
            return False
        write_setting(unit.session, DEFAULT_CALENDAR, chosen)
        sla_edition.bump(unit, "calendar of the desk")
        return True

    return desk.write("sla.calendar", work, key=key)


@of_the_books
def default_calendar(session: Session) -> str:
    """The name of the calendar for policies that name none; empty = day and night."""
    chosen = read_setting(session, DEFAULT_CALENDAR, None)
    calendar = session.get(StoredCalendar, chosen) if chosen is not None else None
    return calendar.name if calendar is not None else ""


def _check(session: Session, policy: Policy) -> None:
    check_policy(policy)
    if not policy.targets:
        raise InvalidInput(mark("A policy promises something: give it at least one target."))
    for target in policy.targets:
        if target.priority is not None and target.priority not in set(Priority):
            raise InvalidInput(mark("There is no priority {priority}."), priority=target.priority)
        if target.ticket_type and target.ticket_type not in TICKET_TYPES:
            raise InvalidInput(
                mark('There is no ticket type "{name}"; there is {choices}.'),
                name=clean(target.ticket_type)[:40],
                choices=", ".join(TICKET_TYPES),
            )
        if target.service_id is not None and session.get(Service, target.service_id) is None:
            raise NotFound(mark("There is no service {id}."), id=target.service_id)


def _shape(session: Session, policy: SlaPolicy) -> Policy:
    """A stored policy as the rules have it."""
    return Policy(policy.id or 0, policy.name, policy.calendar_id, _percents(policy), _targets(session, policy))


def _percents(policy: SlaPolicy) -> tuple[int, ...]:
    return tuple(int(part) for part in policy.warn_percents.split())


def _targets(session: Session, policy: SlaPolicy) -> tuple[Target, ...]:
    target = table(SlaTarget)
    rows = session.execute(select(target).where(target.c.policy_id == policy.id).order_by(target.c.id))
    return tuple(
        Target(SlaClock(row.clock), row.minutes, row.priority, row.ticket_type or None, row.service_id) for row in rows
    )


def _write_targets(session: Session, policy_id: int, targets: Sequence[Target]) -> None:
    session.execute(delete(SlaTarget).where(table(SlaTarget).c.policy_id == policy_id))
    session.add_all(
        SlaTarget(
            policy_id=policy_id,
            clock=target.clock.value,
            minutes=target.minutes,
            priority=target.priority,
            ticket_type=target.ticket_type or "",
            service_id=target.service_id,
        )
        for target in targets
    )


def _check_owner(session: Session, level: Level, row_id: int | None, category: str) -> None:
    if level is Level.DEFAULT:
        return
    if level is Level.CATEGORY:
        if not clean(category).strip():
            raise InvalidInput(mark("Name the client category."))
        return
    if row_id is None or session.get(OWNERS[level], row_id) is None:
        raise NotFound(mark("There is no {what} {id} to bind a policy to."), what=level.value, id=row_id)


def _bound(session: Session, level: Level, row_id: int | None, category: str) -> list[SlaBinding]:
    """The bindings to one thing; of whom the category is written in capitals makes no difference."""
    found = session.scalars(select(SlaBinding).where(table(SlaBinding).c.level == level.value))
    return [one for one in found if one.row_id == row_id and _same(one.category, clean(category))]


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _standing_in(status: str) -> Any:
    return select(StandingClock).where(table(StandingClock).c.status == status)


def _policy(session: Session, name: str) -> SlaPolicy:
    found = _like(session, SlaPolicy, name)
    if found is None:
        raise NotFound(
            mark('There is no SLA policy "{name}"; there is {names}.'),
            name=clean(name)[:40],
            names=_names(session, SlaPolicy),
        )
    return found


def _calendar_id(session: Session, name: str) -> int | None:
    if name == DESK_CALENDAR:
        return None
    found = _like(session, StoredCalendar, name)
    if found is None:
        raise NotFound(
            mark('There is no calendar "{name}"; there is {names}.'),
            name=clean(name)[:40],
            names=_names(session, StoredCalendar),
        )
    return found.id


def _like(session: Session, model: type[Known], name: str) -> Known | None:
    """The row of exactly that name, else the one whose name differs by case or spelling alone; None without one."""
    rows = session.scalars(select(model).order_by(table(model).c.id)).all()
    exact = [row for row in rows if row.name == _name(name)]
    return next(iter(exact or [row for row in rows if fold(row.name) == fold(name)]), None)


def _names(session: Session, model: type[SQLModel]) -> str:
    column = table(model).c
    return ", ".join(session.execute(select(column.name).order_by(column.name).limit(8)).scalars()) or "-"


def _name(typed: str) -> str:
    name = " ".join(clean(typed).split())
    if len(name) > LONGEST_NAME:
        raise InvalidInput(mark("A name has at most {count} characters."), count=LONGEST_NAME)
    return name
