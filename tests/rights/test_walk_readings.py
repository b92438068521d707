"""Every reading that screens and commands ask for, as each role, on both engines: an answer, or one sentence.

Who may ask what is written by hand, from domain.md (section 1) and docs/security.md. A reading without a line fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from deskconsole.data.queries import (
    alerts,
    board,
    calendars,
    charging,
    clients,
    contracts,
    equipment,
    export,
    hours,
    needs,
    people,
    recurring,
    services,
    sla,
    ticket_card,
    tickets,
)
from deskconsole.desk import (
    accounts,
    alert_rules,
    call_facts,
    callers,
    client_wait,
    clock_rows,
    coverage,
    recurring_templates,
    workflow,
)
from deskconsole.desk import calendars as calendar_verbs
from deskconsole.desk import sla as sla_verbs
from deskconsole.domain.errors import Refused
from deskconsole.domain.terms import Role
from deskconsole.domain.ticket_filter import Filter
from tests.rights.walk import ALL, STAFF, WalkedDesk, Walker, called, denials, public_functions, used_outside
from tests.rights.world import LOGINS
from tests.storage.desks import MORNING, TODAY

Given = Callable[[Walker], Sequence[object]]
Asked = tuple[Callable[..., object], frozenset[Role], Given]


def asked(query: Callable[..., object], roles: frozenset[Role], given: Given = lambda _w: ()) -> Asked:
    """A reading, who may ask for it, and for what."""
    return query, roles, given


def client(w: Walker) -> Sequence[object]:
    """The covered client."""
    return (w.rows["client"],)


def client_today(w: Walker) -> Sequence[object]:
    """The covered client, on a day."""
    return (w.rows["client"], TODAY)


def own(w: Walker) -> Sequence[object]:
    """The walker's own ticket."""
    return (w.own,)


def page(w: Walker) -> Sequence[object]:
    """The first rows of an export."""
    return (w.viewer, 0, 9)


def call(w: Walker) -> coverage.Call:
    """A call about the covered unit."""
    return coverage.Call(w.rows["client"], TODAY, equipment_id=w.rows["unit"])


def listing(w: Walker) -> tickets.Listing:
    """All tickets that are for the walker's eyes."""
    return tickets.Listing(Filter(), tickets.Sort(), w.viewer)


WALK: tuple[Asked, ...] = (
    asked(accounts.people, ALL),
    asked(alert_rules.rules_of, STAFF),
    asked(alerts.history, ALL, lambda w: (w.viewer, MORNING)),
    asked(alerts.mine, ALL, lambda w: (w.viewer, MORNING)),
    asked(board.board, STAFF, lambda w: (w.desk.now(), w.desk.zone)),
    asked(board.earlier_this_week, STAFF, lambda w: (w.desk.now(), w.desk.zone)),
    asked(calendar_verbs.card, STAFF, lambda _w: ("office",)),
    asked(calendar_verbs.load, STAFF, lambda _w: ("office",)),
    asked(calendars.absences, STAFF),
    asked(calendars.calendars, STAFF),
    asked(call_facts.client_sheet, STAFF, client_today),
    asked(call_facts.facts, STAFF, lambda w: (call(w), w.viewer)),
    asked(call_facts.only_place_of, STAFF, lambda w: (w.rows["contract"],)),
    asked(callers.find, STAFF, lambda _w: ("Farmacia",)),
    asked(charging.charging, STAFF, lambda w: (w.own, TODAY)),
    asked(charging.logged_since, ALL, lambda w: (w.me, MORNING)),
    asked(charging.reservations, STAFF, own),
    asked(client_wait.rule_of, STAFF),
    asked(clients.card, STAFF, lambda w: (w.rows["client"], w.viewer, TODAY)),
    asked(clients.clients, STAFF),
    asked(clients.contracts, STAFF, client_today),
    asked(clients.name_of, STAFF, client),
    asked(clients.payment, STAFF, lambda w: (w.rows["fee_client"], w.viewer)),
    asked(clients.sites, STAFF, client),
    asked(clients.time_by_month, STAFF, client),
    asked(clients.units, STAFF, client),
    asked(clock_rows.ticket_clocks, ALL, lambda w: (w.own, MORNING, w.role)),
    asked(contracts.find, STAFF, lambda _w: ("C-2",)),
    asked(coverage.judge, STAFF, lambda w: (call(w),)),
    asked(coverage.judge_units, STAFF, lambda w: (w.rows["client"], [(w.rows["unit"], None, ())], TODAY)),
    asked(equipment.card, STAFF, lambda w: (w.rows["unit"],)),
    asked(equipment.find, STAFF, lambda _w: ("PRN-7",)),
    asked(equipment.tickets_of, ALL, lambda w: (w.rows["unit"], w.viewer)),
    *(asked(one, STAFF, page) for one in (export.clients, export.equipment, export.contracts, export.hours)),
    asked(export.tickets, ALL, lambda w: (*page(w), Filter())),
    asked(hours.balance, STAFF, client_today),
    asked(hours.ledger, STAFF, client),
    asked(hours.lots_of, STAFF, client),
    asked(needs.need_of, ALL, lambda w: ([w.own],)),
    asked(people.everybody, ALL),
    asked(people.loads, STAFF, lambda _w: (MORNING,)),
    asked(people.teams, ALL),
    asked(people.timer_of, ALL, lambda w: (w.me,)),
    asked(recurring.find, STAFF, lambda _w: ("weekly",)),
    asked(recurring.last_raised, STAFF),
    asked(recurring.occurrences, STAFF, lambda w: (w.rows["template"],)),
    asked(recurring.template, STAFF, lambda w: (w.rows["template"],)),
    asked(recurring.templates, STAFF),
    asked(recurring_templates.plan_by_id, STAFF, lambda w: (w.rows["template"],)),
    asked(services.services, ALL),
    asked(sla.policies, STAFF),
    asked(sla.standing, STAFF),
    asked(sla_verbs.default_calendar, STAFF),
    asked(ticket_card.card, ALL, lambda w: (w.own, w.viewer)),
    asked(tickets.count, ALL, lambda w: (listing(w),)),
    asked(tickets.count_to, ALL, lambda w: (listing(w), 9)),
    asked(tickets.holds_any, ALL, lambda w: (listing(w), [w.own])),
    asked(tickets.ids, ALL, lambda w: (listing(w), 9)),
    asked(tickets.page, ALL, lambda w: (listing(w), 0, 9)),
    asked(tickets.position, ALL, lambda w: (listing(w), w.own)),
    asked(tickets.rows, ALL, lambda w: ([w.own],)),
    asked(workflow.has_labour, ALL, own),
    asked(workflow.load, ALL),
)
BY_NAME = {
    people.loads: ("day_began",),
    clock_rows.ticket_clocks: ("role",),
    tickets.ids: ("limit",),
    tickets.page: ("offset", "limit"),
}
"""The last arguments that go by name."""


def test_every_reading_that_is_used_has_a_line_in_the_walk() -> None:
    found = {
        name
        for package in ("deskconsole.desk", "deskconsole.data.queries")
        for name, _query, takes in public_functions(package)
        if "Session" in takes and not takes & {"Desk", "Unit"}
    }
    assert found & used_outside() == {called(query) for query, _roles, _given in WALK}


@pytest.mark.parametrize("line", WALK, ids=lambda line: called(line[0]))
def test_a_reading_answers_or_says_no_before_the_database_has_to(walked: WalkedDesk, line: Asked) -> None:
    query, roles, given = line
    for role in LOGINS:
        walker = walked.walkers[role]
        words = list(given(walker))
        names = BY_NAME.get(query, ())
        named = dict(zip(names, words[len(words) - len(names) :], strict=True))
        ask = partial(walker.desk.read, query, *words[: len(words) - len(names)], **named)
        with denials() as denied:
            if role in roles:
                ask()
            else:
                with pytest.raises(Refused, match="contractor"):
                    ask()
        assert denied == [], role
