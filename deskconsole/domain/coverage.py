"""Is this call covered, by which contract line, and what to tell the caller: the pure decision.

The checks run in one order: contract active on the date, equipment listed, service included, payment,
hours left (design: domain.md, section 4). Every line of every contract is judged by itself, then one wins:

1. a covered one beats any that is not;
2. else the one that passed the most checks: its failure is the nearest to a solution;
3. else the most specific line: the unit's own, its nearest listed parent's, the site's, the client's;
4. else the contract that ends first, a fee before prepaid hours, the lowest ids.

Among contracts not in force, those that would list the unit come first; then a suspended one (a call to
accounting brings it back), then the one that starts soonest (the renewal), then the one that ended last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Coverage, Funding, PayState, Scope


@dataclass(frozen=True, slots=True)
class Line:
    """What one contract line covers: a unit (and its parts), a site, or all the client's; ids are the desk's.

    No `services` means all of them; `excluded_services` are taken out of either.
    """

    id: int
    scope: Scope
    equipment_id: int | None = None
    site_id: int | None = None
    includes_children: bool = False
    funding: Funding = Funding.FEE
    services: frozenset[int] = frozenset()
    excluded_services: frozenset[int] = frozenset()

    def includes(self, service_id: int | None) -> bool:
        """Whether the line does this service; one that is not known yet is not excluded yet."""
        if service_id is None:
            return True
        return service_id not in self.excluded_services and (not self.services or service_id in self.services)


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """One version of a contract, in force from `starts_on` through `ends_on` (None: until cancelled).

    With `must_be_paid`, work stops when payment is overdue for more than `grace_days`.
    """

    id: int
    version_id: int
    number: str
    starts_on: date
    ends_on: date | None = None
    suspended: bool = False
    lines: tuple[Line, ...] = ()
    grace_days: int = 0
    must_be_paid: bool = True


@dataclass(frozen=True, slots=True)
class Payment:
    """The client's payments as accounting last said, at `as_of`; `overdue_since` is the first unpaid day."""

    state: PayState
    overdue_since: date | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What the call is about, as far as it is known; `ancestors` are the unit's parents, nearest first."""

    on: date
    site_id: int | None = None
    equipment_id: int | None = None
    equipment_label: str = ""
    ancestors: tuple[int, ...] = ()
    service_id: int | None = None
    service_name: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, the sentence to read out to the caller, and where it comes from.

    `payment_age_days` is how old the payment state is on the date judged; `minutes_left` belongs to a line
    of prepaid hours only.
    """

    outcome: Coverage
    sentence: Sentence
    contract_id: int | None = None
    version_id: int | None = None
    line_id: int | None = None
    contract_number: str = ""
    payment_age_days: int | None = None
    minutes_left: int | None = None

    @property
    def is_covered(self) -> bool:
        """Whether the contract pays for the work."""
        return self.outcome.is_covered


class _Reached(IntEnum):
    """How far a line came in the checks; the value is the check it failed at."""

    ACTIVE = 0
    LISTED = 1
    SERVICE = 2
    PAYMENT = 3
    HOURS = 4
    END = 5


_Rank = tuple[int, ...]

_OUTSIDE = 1_000_000  # a rank behind every line that lists the unit
_SITE, _CLIENT = _OUTSIDE - 2, _OUTSIDE - 1


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One line (or a contract without a fitting one) and what it would answer."""

    reached: _Reached
    outcome: Coverage
    what: Sentence
    contract: ContractTerms
    line: Line | None
    rank: _Rank


def judge(
    subject: Subject,
    contracts: Iterable[ContractTerms],
    payment: Payment,
    minutes_left: Mapping[int, int],
) -> Verdict:
    """Decide whether a contract of the client pays for the work, as of `subject.on`.

    `contracts` are the client's, each in the version to judge by, in any order; `minutes_left` are the
    prepaid minutes still usable under each contract id. Hours that are used up end in `UNPAID` with a
    sentence of their own: the time will be priced. Never raises; nothing known is an answer too.
    """
    age = max((subject.on - payment.as_of.date()).days, 0) if payment.as_of else None
    candidates = [
        candidate
        for contract in contracts
        for candidate in _candidates(subject, contract, payment, minutes_left.get(contract.id, 0))
    ]
    if not candidates:
        return Verdict(
            Coverage.NO_CONTRACT,
            Sentence(mark("There is no contract with this client")),
            payment_age_days=age,
        )
    best = min(candidates, key=lambda candidate: (-candidate.reached, candidate.rank))
    line, contract = best.line, best.contract
    return Verdict(
        best.outcome,
        _with_payment(best, payment, age),
        contract.id,
        contract.version_id,
        line.id if line else None,
        contract.number,
        age,
        minutes_left.get(contract.id, 0) if line and line.funding is Funding.HOURS else None,
    )


def _candidates(subject: Subject, contract: ContractTerms, payment: Payment, minutes: int) -> Iterator[_Candidate]:
    fitting = [(line, place) for line in contract.lines if (place := _place(subject, line)) is not None]
    if (inactive := _inactive(subject, contract)) is not None:
        outcome, what, order = inactive
        unlisted = not any(line.includes(subject.service_id) for line, _ in fitting)
        rank = (unlisted, *order, contract.id, contract.version_id)
        yield _Candidate(_Reached.ACTIVE, outcome, what, contract, None, rank)
        return
    if not fitting:
        what, missing = _not_listed(subject, contract)
        rank = (not missing, *_order(contract))
        yield _Candidate(_Reached.LISTED, Coverage.NOT_IN_LIST, what, contract, None, rank)
    for line, place in fitting:
        reached, outcome, what = _judge_line(subject, contract, line, payment, minutes)
        rank = (place, *_order(contract, line))
        yield _Candidate(reached, outcome, what, contract, line, rank)


def _order(contract: ContractTerms, line: Line | None = None) -> _Rank:
    ends = (contract.ends_on or date.max).toordinal()
    by_hours, line_id = (line.funding is Funding.HOURS, line.id) if line else (False, 0)
    return ends, contract.ends_on is None, by_hours, contract.id, contract.version_id, line_id


def _place(subject: Subject, line: Line) -> int | None:
    """How specific `line` is for the subject, 0 the most; None if it does not list it."""
    match line.scope:
        case Scope.CLIENT:
            return _CLIENT
        case Scope.SITE:
            return _SITE if line.site_id is not None and line.site_id == subject.site_id else None
        case Scope.UNIT:
            if line.equipment_id is None or subject.equipment_id is None:
                return None
            if line.equipment_id == subject.equipment_id:
                return 0
            if line.includes_children and line.equipment_id in subject.ancestors:
                return min(subject.ancestors.index(line.equipment_id) + 1, _SITE - 1)
    return None


def _inactive(subject: Subject, contract: ContractTerms) -> tuple[Coverage, Sentence, _Rank] | None:
    """Why the contract is not in force on the date, and which of several such reasons to say first."""
    number = contract.number
    if contract.ends_on is not None and contract.ends_on < subject.on:
        what = Sentence(mark("Contract {number} ended on {ends_on}"), number=number, ends_on=contract.ends_on)
        return Coverage.EXPIRED, what, (2, -contract.ends_on.toordinal())
    if subject.on < contract.starts_on:
        what = Sentence(mark("Contract {number} starts on {starts_on}"), number=number, starts_on=contract.starts_on)
        return Coverage.NOT_STARTED, what, (1, contract.starts_on.toordinal())
    if contract.suspended:
        what = Sentence(mark("Contract {number} is suspended"), number=number)
        return Coverage.SUSPENDED, what, (0, (contract.ends_on or date.max).toordinal())
    return None


def _not_listed(subject: Subject, contract: ContractTerms) -> tuple[Sentence, bool]:
    """What to say when no line fits, and whether an answer of the caller could still make one fit."""
    number = contract.number
    scopes = {line.scope for line in contract.lines}
    if not scopes:
        return Sentence(mark("Contract {number} lists no equipment yet"), number=number), False
    if subject.equipment_id is None and Scope.UNIT in scopes:
        return Sentence(mark("Contract {number} covers listed units: which unit is it?"), number=number), True
    if subject.site_id is None and Scope.SITE in scopes:
        return Sentence(mark("Contract {number} covers listed sites: which site is it?"), number=number), True
    if subject.equipment_id is not None and subject.equipment_label:
        template = mark("{unit} is not in the list of contract {number}")
        return Sentence(template, unit=subject.equipment_label, number=number), False
    if subject.equipment_id is not None:
        return Sentence(mark("This unit is not in the list of contract {number}"), number=number), False
    return Sentence(mark("This site is not in the list of contract {number}"), number=number), False


def _judge_line(
    subject: Subject, contract: ContractTerms, line: Line, payment: Payment, minutes: int
) -> tuple[_Reached, Coverage, Sentence]:
    number = contract.number
    if not line.includes(subject.service_id):
        return _Reached.SERVICE, Coverage.SERVICE_EXCLUDED, _excluded(subject, contract)
    if contract.must_be_paid and (unpaid := _unpaid(subject, contract, payment)):
        return _Reached.PAYMENT, Coverage.UNPAID, unpaid
    if line.funding is Funding.FEE:
        return _Reached.END, Coverage.COVERED, _covered(contract)
    if minutes > 0:
        template = mark("Covered by prepaid hours of contract {number}, {time} left")
        what = Sentence(template, number=number, time=duration_text(minutes))
        return _Reached.END, Coverage.COVERED_BY_HOURS, what
    what = Sentence(mark("Prepaid hours of contract {number} are used up: the time will be priced"), number=number)
    return _Reached.HOURS, Coverage.UNPAID, what


def _covered(contract: ContractTerms) -> Sentence:
    if contract.ends_on is None:
        return Sentence(mark("Covered by contract {number}"), number=contract.number)
    template = mark("Covered by contract {number} until {ends_on}")
    return Sentence(template, number=contract.number, ends_on=contract.ends_on)


def _excluded(subject: Subject, contract: ContractTerms) -> Sentence:
    if subject.service_name:
        template = mark("Contract {number} does not include the service {service}")
        return Sentence(template, number=contract.number, service=subject.service_name)
    return Sentence(mark("Contract {number} does not include this service"), number=contract.number)


def _unpaid(subject: Subject, contract: ContractTerms, payment: Payment) -> Sentence | None:
    """The refusal, when payment is overdue for longer than the grace; without a date, overdue is overdue."""
    if payment.state is not PayState.OVERDUE:
        return None
    if payment.overdue_since is None:
        return Sentence(mark("Contract {number} is not paid"), number=contract.number)
    days = (subject.on - payment.overdue_since).days
    if days <= contract.grace_days:
        return None
    return Sentence(
        mark("Contract {number} is not paid since {since} ({days} d, grace {grace} d)"),
        number=contract.number,
        since=payment.overdue_since,
        days=days,
        grace=contract.grace_days,
    )


def _with_payment(best: _Candidate, payment: Payment, age: int | None) -> Sentence:
    """Add what accounting said, and how long ago, where the decision looked at it."""
    if best.reached < _Reached.PAYMENT or not best.contract.must_be_paid:
        return best.what
    return Sentence("{what}; {paid}", what=best.what, paid=_payment_note(payment, age))


def _payment_note(payment: Payment, age: int | None) -> Sentence:
    if payment.as_of is None or age is None:
        if payment.state is PayState.UNKNOWN:
            return Sentence(mark("payment is not known"))
        return Sentence(mark("date of the payment data is not known"))
    on = payment.as_of.date()
    match payment.state:
        case PayState.PAID:
            template = mark("paid as of {on} ({age} d ago)")
        case PayState.OVERDUE:
            template = mark("payment overdue as of {on} ({age} d ago)")
        case PayState.UNKNOWN:
            template = mark("payment not known as of {on} ({age} d ago)")
    return Sentence(template, on=on, age=age)
