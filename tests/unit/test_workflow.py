from __future__ import annotations

import contextlib
from dataclasses import FrozenInstanceError
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.terms import Category
from deskconsole.domain.workflow import (
    DEFAULT_WORKFLOW,
    LABOUR,
    TICKET_TYPES,
    Facts,
    Status,
    Transition,
    Workflow,
    check,
)

WORKED = Facts(has_labour=True)
DONE = {Category.RESOLVED, Category.CLOSED}


def go(start: str, end: str, facts: Facts = WORKED, workflow: Workflow = DEFAULT_WORKFLOW) -> None:
    check(workflow, "incident", start, end, facts)


def test_an_ordinary_ticket_goes_from_new_to_closed() -> None:
    way = ["new", "open", "in_progress", "waiting_client", "planned", "resolved", "closed", "open"]
    for start, end in pairwise(way):
        go(start, end)
    go("resolved", "in_progress")


@pytest.mark.parametrize("end", ["resolved", "closed"])
def test_a_ticket_is_not_done_before_labour_is_logged(end: str) -> None:
    with pytest.raises(Refused, match="Log the time worked before"):
        go("open", end, Facts(reason="please"))


def test_undo_does_not_go_round_a_guard() -> None:
    with pytest.raises(Refused, match="Log the time worked"):
        go("open", "resolved", Facts(restoring=True))
    with pytest.raises(Refused, match="Log the time worked"):
        go("merged", "resolved", Facts(restoring=True))
    go("open", "new", Facts(restoring=True))


def test_a_cancelled_ticket_needs_a_reason_instead_of_labour() -> None:
    with pytest.raises(Refused, match="Say why"):
        go("open", "cancelled", Facts(reason="  "))
    go("open", "cancelled", Facts(reason="called by mistake"))


def test_a_ticket_is_merged_only_by_a_merge() -> None:
    with pytest.raises(Refused, match="only by merging"):
        go("open", "merged")
    go("open", "merged", Facts(merging=True))
    with pytest.raises(Refused, match="work on that one"):
        go("merged", "open")
    go("merged", "open", Facts(restoring=True))


def test_a_step_that_does_not_exist_says_where_the_ticket_may_go() -> None:
    with pytest.raises(Refused) as refused:
        go("closed", "planned")
    assert str(refused.value) == 'A ticket can\'t go from "Closed" to "Planned"; it can go to: Open'


def test_an_unknown_status_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match='did you mean "resolved"'):
        go("open", "resloved")


def test_the_same_status_is_no_step() -> None:
    go("resolved", "resolved", Facts())
    assert all(
        status.code not in {target.code for target in DEFAULT_WORKFLOW.targets("incident", status.code)}
        for status in DEFAULT_WORKFLOW.statuses
    )


def test_a_desk_begins_with_a_status_for_every_category() -> None:
    assert {status.category for status in DEFAULT_WORKFLOW.statuses} == set(Category)
    assert DEFAULT_WORKFLOW.initial.code == "new"
    assert [status.code for status in DEFAULT_WORKFLOW.targets("visit", "resolved")] == [
        "open",
        "in_progress",
        "closed",
    ]
    assert DEFAULT_WORKFLOW.targets("incident", "merged") == ()


def test_a_workflow_does_not_change_under_the_desk() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT_WORKFLOW.statuses = ()  # type: ignore[misc]  # the point of the test


NEW = Status("new", "New", Category.NEW, 1)
FIXED = Status("fixed", "Fixed", Category.RESOLVED, 2)


def test_one_type_may_have_steps_of_its_own() -> None:
    guarded = Transition("visit", "new", "fixed", frozenset({LABOUR}))
    workflow = Workflow((FIXED, NEW), (guarded,))
    assert workflow.targets("visit", "new") == (FIXED,)
    assert workflow.targets("incident", "new") == ()
    with pytest.raises(Refused, match='stays "New"'):
        go("new", "fixed", workflow=workflow)
    free = Workflow((FIXED, NEW), (guarded, Transition("*", None, "fixed")))
    check(free, "incident", "new", "fixed", Facts())
    with pytest.raises(Refused, match="Log the time"):
        check(free, "visit", "new", "fixed", Facts())


@pytest.mark.parametrize(
    ("statuses", "transitions"),
    [
        ((NEW, NEW), ()),
        ((NEW,), (Transition("*", None, "fixed"),)),
        ((NEW, FIXED), (Transition("*", "nwe", "fixed"),)),
        ((NEW, FIXED), (Transition("*", "new", "fixed", frozenset({"labor"})),)),
    ],
)
def test_a_broken_workflow_is_refused(statuses: tuple[Status, ...], transitions: tuple[Transition, ...]) -> None:
    with pytest.raises(InvalidInput):
        Workflow(statuses, transitions)


def test_a_desk_without_a_first_status_is_told() -> None:
    with pytest.raises(InvalidInput, match="new tickets"):
        _ = Workflow((FIXED,), ()).initial


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Any desk: several statuses a category, steps by type or for all, guarded or not."""
    categories = draw(st.lists(st.sampled_from(Category), min_size=2, max_size=12))
    statuses = tuple(Status(f"s{n}", f"S{n}", category, n) for n, category in enumerate(categories))
    codes = st.sampled_from([status.code for status in statuses])
    guards = st.frozensets(st.just(LABOUR))
    step = st.builds(Transition, st.sampled_from(["*", *TICKET_TYPES]), st.none() | codes, codes, guards)
    return Workflow(statuses, tuple(draw(st.lists(step, max_size=30))))


@given(workflows(), st.sampled_from(TICKET_TYPES), st.data())
def test_no_way_through_any_workflow_ends_a_ticket_without_labour(
    workflow: Workflow, ticket_type: str, data: st.DataObject
) -> None:
    if not workflow.needs_labour(ticket_type):
        return
    begins = [status.code for status in workflow.statuses if status.category not in DONE]
    if not begins:
        return
    at = data.draw(st.sampled_from(begins))
    codes = st.sampled_from([status.code for status in workflow.statuses])
    for _ in range(12):
        reason, is_merge, is_undo = data.draw(st.tuples(st.sampled_from(["", "why"]), st.booleans(), st.booleans()))
        facts = Facts(has_labour=False, reason=reason, merging=is_merge, restoring=is_undo)
        end = data.draw(codes)
        with contextlib.suppress(Refused):
            check(workflow, ticket_type, at, end, facts)
            at = end
        assert workflow.category(at) not in DONE


@given(workflows(), st.sampled_from(TICKET_TYPES))
def test_every_offered_target_can_be_reached_by_doing_what_is_asked(workflow: Workflow, ticket_type: str) -> None:
    for status in workflow.statuses:
        for target in workflow.targets(ticket_type, status.code):
            check(workflow, ticket_type, status.code, target.code, Facts(has_labour=True, reason="why"))
