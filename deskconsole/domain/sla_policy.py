"""Which SLA policy holds for a ticket, why, and which of its targets (design: domain.md, section 3).

The most specific binding wins: contract line > contract > client > client category > service > default. The policy
chosen holds as a whole: a clock it gives no target has none, whatever a less specific policy says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import SlaClock
from deskconsole.domain.text import clean

MOST_MINUTES = 10 * 366 * 24 * 60
"""Ten years round the clock; a longer target is a slip of the finger."""


class Level(StrEnum):
    """What a policy may be bound to; the most specific first."""

    CONTRACT_LINE = "contract_line"
    CONTRACT = "contract"
    CLIENT = "client"
    CATEGORY = "category"
    SERVICE = "service"
    DEFAULT = "default"


_SPECIFIC_FIRST = tuple(Level)
_REASONS = {
    Level.CONTRACT_LINE: mark('"{policy}" is bound to line {id} of the contract'),
    Level.CONTRACT: mark('"{policy}" is bound to the contract'),
    Level.CLIENT: mark('"{policy}" is bound to the client'),
    Level.CATEGORY: mark('"{policy}" is bound to clients of the category "{category}"'),
    Level.SERVICE: mark('"{policy}" is bound to the service'),
    Level.DEFAULT: mark('"{policy}" is the default'),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Working minutes for one clock, for tickets of a priority, type and service; None (or "") fits any."""

    clock: SlaClock
    minutes: int
    priority: int | None = None
    ticket_type: str | None = None
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised; without a calendar of its own it runs on the desk's."""

    id: int
    name: str
    calendar_id: int | None = None
    warn_percents: tuple[int, ...] = (50, 75, 90, 100)
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """For whom a policy holds: `row_id` names a row of the level's own table, `text` a client category."""

    policy_id: int
    level: Level
    row_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the choice looks at; `category` is the client's."""

    priority: int | None = None
    ticket_type: str | None = None
    service_id: int | None = None
    line_id: int | None = None
    contract_id: int | None = None
    client_id: int | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """A policy that holds for the ticket too, and why another one was taken."""

    policy: Policy
    level: Level
    why: Sentence


@dataclass(frozen=True, slots=True)
class Choice:
    """The policy chosen, through which binding, and the ones that were passed over, most specific first."""

    policy: Policy
    level: Level
    why: Sentence
    considered: tuple[Passed, ...] = ()


def choose(policies: Iterable[Policy], bindings: Iterable[Binding], subject: Subject) -> Choice | None:
    """The policy for a ticket; None = no SLA.

    Of several bound to the same thing the one with the lowest number is taken. Bindings whose policy is not among
    `policies` (one put out of use) count for nothing.
    """
    known = {policy.id: policy for policy in policies}
    found = sorted(
        {
            (_SPECIFIC_FIRST.index(binding.level), binding.policy_id): binding
            for binding in bindings
            if binding.policy_id in known and _fits(binding, subject)
        }.items()
    )
    if not found:
        return None
    fitting = [(known[binding.policy_id], binding.level, _reason(binding, known, subject)) for _key, binding in found]
    policy, level, reason = fitting[0]
    considered = tuple(Passed(other, at, _passed(other, at, fitting[0][:2], why)) for other, at, why in fitting[1:])
    rivals = sum(at is level for _policy, at, _why in fitting)
    if rivals > 1:
        reason = Sentence(
            mark("{reason}; of the {count} bound there it has the lowest number"), reason=reason, count=rivals
        )
    return Choice(policy, level, reason, considered)


def places_of(subject: Subject) -> list[tuple[Level, int | None]]:
    """The levels and rows that a binding has to name to come into question; None where the level names no row."""
    named = [(level, row_id) for level, row_id in _rows_of(subject).items() if row_id is not None]
    return [*named, (Level.CATEGORY, None), (Level.DEFAULT, None)]


def target_of(policy: Policy, clock: SlaClock, subject: Subject) -> Target | None:
    """The target of a clock; None = this clock is not promised.

    Of those that fit, the one that names most of priority, ticket type and service wins; then one that names the
    service, then the type, then the priority, then the first.
    """
    fitting = [target for target in policy.targets if target.clock is clock and _suits(target, subject)]
    return max(fitting, key=_weight, default=None)


def check_policy(policy: Policy) -> None:
    """Refuse what a policy can't mean.

    Raises:
        InvalidInput: no name, a target out of bounds or given twice, a warning outside 1 to 100 %.
    """
    if not policy.name.strip():
        raise InvalidInput(mark("A policy needs a name."))
    for percent in policy.warn_percents:
        if not 1 <= percent <= 100:
            raise InvalidInput(
                mark("A warning stands between 1 and 100 % of the target, not at {percent}."), percent=percent
            )
    seen = set()
    for target in policy.targets:
        check_minutes(target.minutes)
        fits = (target.clock, target.priority, target.ticket_type or None, target.service_id)
        if fits in seen:
            raise InvalidInput(
                mark("The clock {clock} has two targets for the same tickets."), clock=target.clock.value
            )
        seen.add(fits)


def check_minutes(minutes: int) -> None:
    """Refuse a target that is nothing or longer than ten years.

    Raises:
        InvalidInput: it is out of bounds.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise InvalidInput(
            mark("A target is from 1 to {most} minutes, not {minutes}."), most=MOST_MINUTES, minutes=minutes
        )


def read_clock_name(text: str) -> SlaClock:
    """The clock a word names.

    Raises:
        InvalidInput: there is none of that name.
    """
    word = text.strip().casefold().replace("-", "_").replace(" ", "_")
    if word in set(SlaClock):
        return SlaClock(word)
    choices = ", ".join(clock.value for clock in SlaClock)
    raise InvalidInput(mark('There is no clock "{name}"; there is {choices}.'), name=clean(text)[:40], choices=choices)


def _fits(binding: Binding, subject: Subject) -> bool:
    match binding.level:
        case Level.DEFAULT:
            return True
        case Level.CATEGORY:
            return bool(subject.category.strip()) and _same(binding.text, subject.category)
        case level:
            return binding.row_id is not None and binding.row_id == _rows_of(subject)[level]


def _rows_of(subject: Subject) -> dict[Level, int | None]:
    """The row that a binding of each level would have to name."""
    return {
        Level.CONTRACT_LINE: subject.line_id,
        Level.CONTRACT: subject.contract_id,
        Level.CLIENT: subject.client_id,
        Level.SERVICE: subject.service_id,
    }


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _reason(binding: Binding, known: dict[int, Policy], subject: Subject) -> Sentence:
    policy = clean(known[binding.policy_id].name)
    return Sentence(_REASONS[binding.level], policy=policy, id=binding.row_id, category=clean(subject.category.strip()))


def _passed(policy: Policy, level: Level, winner: tuple[Policy, Level], why: Sentence) -> Sentence:
    if level is winner[1]:
        return Sentence(mark("{reason} too, with a higher number"), reason=why)
    return Sentence(mark("{reason}, which is less specific"), reason=why)


def _suits(target: Target, subject: Subject) -> bool:
    return (
        target.priority in {None, subject.priority}
        and (target.ticket_type or None) in {None, subject.ticket_type}
        and target.service_id in {None, subject.service_id}
    )


def _weight(target: Target) -> tuple[int, bool, bool, bool]:
    named = (target.service_id is not None, bool(target.ticket_type), target.priority is not None)
    return (sum(named), *named)
