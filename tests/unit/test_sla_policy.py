"""Which SLA policy holds for a ticket, and which of its targets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sla_policy import (
    MOST_MINUTES,
    Binding,
    Choice,
    Level,
    Policy,
    Subject,
    Target,
    check_policy,
    choose,
    read_clock_name,
    target_of,
)
from deskconsole.domain.terms import SlaClock

RESOLUTION = SlaClock.RESOLUTION
NAMES = ("Line", "Contract", "Client", "VIP", "Service", "Everybody")
POLICIES = [Policy(number, name) for number, name in enumerate(NAMES, start=1)]
BINDINGS = [
    Binding(1, Level.CONTRACT_LINE, 10),
    Binding(2, Level.CONTRACT, 20),
    Binding(3, Level.CLIENT, 30),
    Binding(4, Level.CATEGORY, text="VIP"),
    Binding(5, Level.SERVICE, 50),
    Binding(6, Level.DEFAULT),
]
ALL = Subject(service_id=50, line_id=10, contract_id=20, client_id=30, category="vip ")


def chosen(subject: Subject, bindings: list[Binding] = BINDINGS) -> Choice:
    found = choose(POLICIES, bindings, subject)
    assert found is not None
    return found


def test_the_most_specific_binding_wins() -> None:
    for place, level in enumerate(Level):
        found = chosen(ALL, BINDINGS[place:])
        assert (found.level, found.policy.name) == (level, NAMES[place])
    assert choose(POLICIES, [], ALL) is None


def test_the_order_of_bindings_does_not_matter() -> None:
    assert chosen(ALL, BINDINGS[::-1]) == chosen(ALL)


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (Subject(), "Everybody"),
        (Subject(line_id=11, contract_id=21, client_id=31, service_id=51, category="gold"), "Everybody"),
        (Subject(service_id=50), "Service"),
        (Subject(service_id=50, category="VIP"), "VIP"),
        (Subject(client_id=30, category="VIP"), "Client"),
        (Subject(contract_id=20, client_id=30), "Contract"),
    ],
)
def test_a_binding_holds_for_its_own_row_only(subject: Subject, name: str) -> None:
    assert chosen(subject).policy.name == name


def test_a_client_without_a_category_is_in_none() -> None:
    assert choose(POLICIES, [Binding(4, Level.CATEGORY, text="")], Subject()) is None


def test_the_choice_says_why_and_what_was_passed_over() -> None:
    found = chosen(ALL)
    assert found.why == '"Line" is bound to line 10 of the contract'
    assert [str(passed.why) for passed in found.considered] == [
        '"Contract" is bound to the contract, which is less specific',
        '"Client" is bound to the client, which is less specific',
        '"VIP" is bound to clients of the category "vip", which is less specific',
        '"Service" is bound to the service, which is less specific',
        '"Everybody" is the default, which is less specific',
    ]


def test_of_two_bound_to_the_same_the_lowest_number_is_taken_and_said() -> None:
    bindings = [Binding(5, Level.CLIENT, 30), Binding(3, Level.CLIENT, 30), Binding(6, Level.DEFAULT)]
    found = chosen(ALL, bindings)
    assert found.policy.id == 3
    assert found.why == '"Client" is bound to the client; of the 2 bound there it has the lowest number'
    assert [str(passed.why) for passed in found.considered] == [
        '"Service" is bound to the client too, with a higher number',
        '"Everybody" is the default, which is less specific',
    ]


def test_a_policy_bound_twice_to_the_same_is_one() -> None:
    assert chosen(ALL, [Binding(3, Level.CLIENT, 30), Binding(3, Level.CLIENT, 30)]).considered == ()


def test_a_policy_out_of_use_is_as_if_it_were_not_bound() -> None:
    found = choose(POLICIES[1:], BINDINGS, ALL)
    assert found is not None
    assert found.policy.name == "Contract"


# Targets


def target(minutes: int, *, priority: int | None = None, kind: str | None = None, service: int | None = None) -> Target:
    return Target(RESOLUTION, minutes, priority, kind, service)


SUBJECT = Subject(priority=1, ticket_type="visit", service_id=7)


@pytest.mark.parametrize(
    ("targets", "minutes"),
    [
        ([target(1), target(2, priority=1)], 2),
        ([target(1, priority=1, kind="visit"), target(2, service=7)], 1),
        ([target(1, priority=1), target(2, kind="visit"), target(3, service=7)], 3),
        ([target(1, priority=1), target(2, kind="visit")], 2),
        ([target(1, priority=1, kind="visit"), target(2, priority=1, service=7)], 2),
        ([target(1, kind="visit", service=7), target(2, priority=1, service=7)], 1),
        ([target(1, priority=2), target(2, kind="remote"), target(3, service=8), target(4)], 4),
        ([target(1, priority=1, kind="remote"), target(2)], 2),
        ([target(1, kind=""), target(2, kind="")], 1),
    ],
)
def test_the_target_that_names_most_of_the_ticket_wins(targets: list[Target], minutes: int) -> None:
    found = target_of(Policy(1, "Gold", targets=tuple(targets)), RESOLUTION, SUBJECT)
    assert found is not None
    assert found.minutes == minutes


def test_a_clock_the_policy_does_not_name_is_not_promised() -> None:
    policy = Policy(1, "Gold", targets=(target(60), Target(SlaClock.UPDATE, 30, priority=2)))
    assert target_of(policy, SlaClock.FIRST_RESPONSE, SUBJECT) is None
    assert target_of(policy, SlaClock.UPDATE, SUBJECT) is None


FIELDS = st.none() | st.integers(1, 2)
SOME_TARGETS = st.lists(
    st.builds(Target, st.just(RESOLUTION), st.integers(1, 9), FIELDS, st.none() | st.sampled_from("ab"), FIELDS)
)


@given(SOME_TARGETS, FIELDS, st.none() | st.sampled_from("ab"), FIELDS)
def test_a_target_never_goes_to_a_ticket_it_does_not_fit(
    targets: list[Target], priority: int | None, kind: str | None, service: int | None
) -> None:
    found = target_of(Policy(1, "Gold", targets=tuple(targets)), RESOLUTION, Subject(priority, kind, service))
    given_fields = (priority, kind, service)
    fits = [
        all(
            wanted in {None, given}
            for wanted, given in zip((t.priority, t.ticket_type, t.service_id), given_fields, strict=True)
        )
        for t in targets
    ]
    assert (found is not None) == any(fits)
    assert found is None or fits[targets.index(found)]


# What a policy can't mean


def test_a_policy_that_can_be_kept_is_taken() -> None:
    check_policy(Policy(1, "Gold", targets=(target(1), target(MOST_MINUTES, priority=1)), warn_percents=(1, 100)))


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (Policy(1, " "), "needs a name"),
        (Policy(1, "Gold", warn_percents=(50, 0)), "between 1 and 100 %"),
        (Policy(1, "Gold", warn_percents=(101,)), "not at 101"),
        (Policy(1, "Gold", targets=(target(0),)), "minutes, not 0"),
        (Policy(1, "Gold", targets=(target(-5),)), "minutes, not -5"),
        (Policy(1, "Gold", targets=(target(MOST_MINUTES + 1),)), "A target is from 1 to"),
        (Policy(1, "Gold", targets=(target(5, kind=""), target(6))), "two targets for the same tickets"),
    ],
)
def test_what_a_policy_cant_mean_is_refused_in_a_sentence(policy: Policy, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        check_policy(policy)


def test_clocks_are_named_as_people_write_them() -> None:
    assert read_clock_name(" First-Response") is SlaClock.FIRST_RESPONSE
    assert read_clock_name("first response") is SlaClock.FIRST_RESPONSE
    with pytest.raises(InvalidInput, match='no clock "lunch"; there is acknowledge, first_response, update'):
        read_clock_name("lunch")
