from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.coverage import ContractTerms, Line, Payment, Subject, Verdict, judge
from deskconsole.domain.terms import Coverage, Funding, PayState, Scope

DAY = date(2026, 3, 28)
SEEN = datetime(2026, 3, 20, 9, tzinfo=UTC)
PAID = Payment(PayState.PAID, as_of=SEEN)
PRINTER, SERVER, DISK = 10, 20, 21
UNIT = Line(1, Scope.UNIT, equipment_id=PRINTER)
SITE = Line(2, Scope.SITE, site_id=5)
ALL = Line(3, Scope.CLIENT)
HOURS = Line(4, Scope.CLIENT, funding=Funding.HOURS)
CALL = Subject(
    DAY,
    site_id=5,
    equipment_id=PRINTER,
    equipment_label="HP 1020 KAC-12",
    service_id=7,
    service_name="Repair",
)


def contract(*lines: Line, number: int = 1, starts: int = -100, ends: int | None = 100) -> ContractTerms:
    ends_on = None if ends is None else DAY + timedelta(days=ends)
    return ContractTerms(number, number * 10, f"C-{number}", DAY + timedelta(days=starts), ends_on, lines=lines)


def decide(
    *contracts: ContractTerms,
    call: Subject = CALL,
    payment: Payment = PAID,
    left: dict[int, int] | None = None,
) -> Verdict:
    return judge(call, contracts, payment, left or {})


def overdue(days: int) -> Payment:
    return Payment(PayState.OVERDUE, DAY - timedelta(days=days), SEEN)


def test_a_listed_unit_is_covered_and_the_caller_hears_until_when() -> None:
    assert decide(contract(UNIT)) == Verdict(
        Coverage.COVERED,
        decide(contract(UNIT)).sentence,
        contract_id=1,
        version_id=10,
        line_id=1,
        contract_number="C-1",
        payment_age_days=8,
    )
    assert decide(contract(UNIT)).sentence == (
        "Covered by contract C-1 until 2026-07-06; paid as of 2026-03-20 (8 d ago)"
    )


@pytest.mark.parametrize(
    ("terms", "call", "outcome", "said"),
    [
        ((), CALL, Coverage.NO_CONTRACT, "There is no contract"),
        (
            (contract(UNIT),),
            replace(CALL, equipment_id=11),
            Coverage.NOT_IN_LIST,
            "HP 1020 KAC-12 is not in the list",
        ),
        (
            (contract(SITE),),
            replace(CALL, site_id=6),
            Coverage.NOT_IN_LIST,
            "is not in the list of contract C-1",
        ),
        ((contract(UNIT),), Subject(DAY), Coverage.NOT_IN_LIST, "which unit is it?"),
        ((contract(SITE),), Subject(DAY), Coverage.NOT_IN_LIST, "which site is it?"),
        ((contract(),), CALL, Coverage.NOT_IN_LIST, "lists no equipment yet"),
        ((contract(UNIT, ends=-1),), CALL, Coverage.EXPIRED, "C-1 ended on 2026-03-27"),
        ((contract(UNIT, starts=1),), CALL, Coverage.NOT_STARTED, "C-1 starts on 2026-03-29"),
        ((replace(contract(UNIT), suspended=True),), CALL, Coverage.SUSPENDED, "C-1 is suspended"),
        (
            (contract(replace(UNIT, excluded_services=frozenset({7}))),),
            CALL,
            Coverage.SERVICE_EXCLUDED,
            "service Repair",
        ),
        (
            (contract(replace(UNIT, services=frozenset({8}))),),
            CALL,
            Coverage.SERVICE_EXCLUDED,
            "does not include",
        ),
        (
            (contract(HOURS),),
            CALL,
            Coverage.UNPAID,
            "hours of contract C-1 are used up: the time will be priced",
        ),
    ],
)
def test_a_call_that_is_not_covered_says_why(
    terms: tuple[ContractTerms, ...], call: Subject, outcome: Coverage, said: str
) -> None:
    verdict = decide(*terms, call=call)
    assert verdict.outcome is outcome
    assert said in verdict.sentence
    assert not verdict.is_covered


def test_a_contract_is_in_force_from_its_first_to_its_last_day() -> None:
    assert decide(contract(UNIT, starts=0, ends=0)).is_covered
    assert decide(contract(UNIT, ends=None)).sentence.startswith("Covered by contract C-1;")


def test_a_call_about_no_unit_yet_is_judged_by_the_wider_lines() -> None:
    assert decide(contract(UNIT, SITE), call=Subject(DAY, site_id=5)).line_id == SITE.id
    assert decide(contract(UNIT, ALL), call=Subject(DAY)).line_id == ALL.id


def test_a_part_of_a_listed_unit_counts_if_the_line_says_so() -> None:
    call = replace(CALL, equipment_id=DISK, ancestors=(SERVER, PRINTER))
    assert decide(contract(UNIT), call=call).outcome is Coverage.NOT_IN_LIST
    whole = replace(UNIT, includes_children=True)
    assert decide(contract(whole), call=call).is_covered
    nearer = Line(9, Scope.UNIT, equipment_id=SERVER, includes_children=True)
    assert decide(contract(ALL, SITE, whole, nearer), call=call).line_id == nearer.id


def test_a_service_not_chosen_yet_is_not_excluded_yet() -> None:
    picky = replace(UNIT, services=frozenset({8}), excluded_services=frozenset({9}))
    assert decide(contract(picky), call=replace(CALL, service_id=None)).is_covered


def test_payment_may_be_late_by_the_grace_and_no_longer() -> None:
    terms = replace(contract(UNIT), grace_days=10)
    late = decide(terms, payment=overdue(10))
    assert late.is_covered
    assert late.sentence.endswith("payment overdue as of 2026-03-20 (8 d ago)")
    unpaid = decide(terms, payment=overdue(11))
    assert unpaid.outcome is Coverage.UNPAID
    assert unpaid.sentence == (
        "Contract C-1 is not paid since 2026-03-17 (11 d, grace 10 d); payment overdue as of 2026-03-20 (8 d ago)"
    )
    assert decide(terms, payment=Payment(PayState.OVERDUE)).outcome is Coverage.UNPAID
    assert decide(replace(terms, must_be_paid=False), payment=overdue(99)).is_covered


def test_unknown_payment_does_not_block_but_is_said() -> None:
    assert decide(contract(UNIT), payment=Payment(PayState.UNKNOWN)).sentence.endswith("; payment is not known")
    seen = decide(contract(UNIT), payment=Payment(PayState.UNKNOWN, as_of=SEEN))
    assert seen.is_covered
    assert "payment not known as of 2026-03-20 (8 d ago)" in seen.sentence


def test_prepaid_hours_cover_while_they_last() -> None:
    verdict = decide(contract(HOURS), left={1: 130})
    assert (verdict.outcome, verdict.minutes_left) == (Coverage.COVERED_BY_HOURS, 130)
    assert "2 h 10 m left" in verdict.sentence
    assert decide(contract(HOURS), left={1: 0, 2: 500}).minutes_left == 0
    assert decide(contract(HOURS, ALL), left={1: 130}).outcome is Coverage.COVERED


def test_of_several_the_most_specific_line_then_the_earliest_end_wins() -> None:
    assert decide(contract(ALL, number=1), contract(UNIT, number=2)).contract_id == 2
    assert decide(contract(ALL, number=1), contract(SITE, number=2)).contract_id == 2
    assert decide(contract(UNIT, ends=None), contract(UNIT, number=2, ends=9)).contract_id == 2
    assert decide(contract(UNIT, number=2), contract(UNIT, number=1)).contract_id == 1


def test_a_wider_line_still_covers_what_a_narrower_one_excludes() -> None:
    assert decide(contract(replace(UNIT, services=frozenset({8})), ALL)).line_id == ALL.id


def test_the_failure_nearest_to_a_solution_is_told() -> None:
    other = replace(UNIT, equipment_id=99)
    assert decide(contract(UNIT, ends=-1), contract(other, number=2)).outcome is Coverage.NOT_IN_LIST
    excluded = contract(replace(UNIT, services=frozenset({8})), number=3)
    assert decide(contract(other, number=2), excluded).outcome is Coverage.SERVICE_EXCLUDED
    assert decide(excluded, contract(UNIT), payment=overdue(5)).outcome is Coverage.UNPAID


def test_of_contracts_not_in_force_the_one_most_easily_revived_is_told() -> None:
    suspended = replace(contract(UNIT, number=1), suspended=True)
    renewal, later = contract(UNIT, number=2, starts=3), contract(UNIT, number=3, starts=9)
    ended, long_ago = contract(UNIT, number=4, ends=-3), contract(UNIT, number=5, ends=-50)
    stranger = replace(contract(replace(UNIT, equipment_id=99), number=6), suspended=True)
    assert decide(ended, renewal, suspended, later).contract_id == 1
    assert decide(later, ended, renewal).contract_id == 2
    assert decide(long_ago, ended).contract_id == 4
    assert decide(stranger, long_ago).contract_id == 5


IDS = st.integers(1, 3)
SOME_IDS = st.frozensets(IDS, max_size=2)
LINES = st.builds(
    Line,
    st.integers(1, 9),
    st.sampled_from(Scope),
    st.none() | IDS,
    st.none() | IDS,
    st.booleans(),
    st.sampled_from(Funding),
    SOME_IDS,
    SOME_IDS,
)
DAYS = st.integers(-20, 20).map(lambda days: DAY + timedelta(days=days))
CONTRACTS = st.lists(
    st.builds(
        ContractTerms,
        st.integers(1, 6),
        st.integers(1, 6),
        st.sampled_from(["A", "B"]),
        DAYS,
        st.none() | DAYS,
        st.booleans(),
        st.lists(LINES, max_size=4, unique_by=lambda line: line.id).map(tuple),
        st.integers(0, 9),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda terms: terms.id,
)
SUBJECTS = st.builds(
    Subject,
    DAYS,
    st.none() | IDS,
    st.none() | IDS,
    st.just("unit"),
    st.lists(IDS, max_size=2).map(tuple),
    st.none() | IDS,
)
PAYMENTS = st.builds(Payment, st.sampled_from(PayState), st.none() | DAYS, st.none() | st.just(SEEN))
LEFT = st.dictionaries(st.integers(1, 6), st.integers(-60, 600))


@given(SUBJECTS, CONTRACTS, PAYMENTS, LEFT, st.randoms())
def test_the_verdict_does_not_depend_on_the_order_of_contracts_or_lines(
    call: Subject,
    contracts: list[ContractTerms],
    payment: Payment,
    left: dict[int, int],
    chance: random.Random,
) -> None:
    verdict = judge(call, contracts, payment, left)
    shuffled = [replace(terms, lines=tuple(chance.sample(terms.lines, len(terms.lines)))) for terms in contracts]
    chance.shuffle(shuffled)
    assert judge(call, shuffled, payment, left) == verdict


@given(SUBJECTS, CONTRACTS, PAYMENTS, LEFT)
def test_only_a_line_of_a_contract_in_force_covers(
    call: Subject, contracts: list[ContractTerms], payment: Payment, left: dict[int, int]
) -> None:
    verdict = judge(call, contracts, payment, left)
    if not verdict.is_covered:
        return
    (terms,) = [terms for terms in contracts if terms.id == verdict.contract_id]
    (line,) = [line for line in terms.lines if line.id == verdict.line_id]
    assert not terms.suspended
    assert terms.starts_on <= call.on <= (terms.ends_on or call.on)
    assert line.includes(call.service_id)
    assert (verdict.outcome is Coverage.COVERED_BY_HOURS) == (line.funding is Funding.HOURS)
    assert line.funding is Funding.FEE or left[terms.id] > 0


@given(SUBJECTS, CONTRACTS, CONTRACTS, PAYMENTS, LEFT)
def test_another_contract_never_takes_cover_away(
    call: Subject,
    contracts: list[ContractTerms],
    more: list[ContractTerms],
    payment: Payment,
    left: dict[int, int],
) -> None:
    others = [replace(terms, id=terms.id + 100, version_id=terms.version_id + 100) for terms in more]
    if judge(call, contracts, payment, left).is_covered:
        assert judge(call, [*contracts, *others], payment, left).is_covered


@given(SUBJECTS, CONTRACTS, PAYMENTS, LEFT)
def test_every_verdict_can_be_read_out(
    call: Subject, contracts: list[ContractTerms], payment: Payment, left: dict[int, int]
) -> None:
    verdict = judge(call, contracts, payment, left)
    assert verdict.sentence
    assert (verdict.outcome is Coverage.NO_CONTRACT) == (not contracts)
    assert verdict.contract_number in verdict.sentence
