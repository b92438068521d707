"""SLA policies on real storage: which holds, what moves a due and what does not, and the account of it all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from deskconsole.data.queries.clock_facts import StoredClock, clock_facts
from deskconsole.data.queries.sla import due_moves, policies, standing
from deskconsole.data.tables import StoredCalendar, table
from deskconsole.desk import clocks as clocks_module
from deskconsole.desk import records, sla, sla_edition, sla_explain, tickets, undo
from deskconsole.desk.clock_pass import Recomputed, recompute
from deskconsole.desk.desk import Unit
from deskconsole.desk.explanation import ClockAccount, Explanation, Stretch
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.sla_policy import Binding, Choice, Level, Policy, Subject, Target, choose
from deskconsole.domain.terms import Funding, Priority, Scope, SlaClock
from tests.storage.desks import MORNING, Company

RESOLUTION, RESPONSE = SlaClock.RESOLUTION, SlaClock.FIRST_RESPONSE
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
EIGHT_HOURS = [Target(RESOLUTION, 480), Target(RESPONSE, 60), Target(SlaClock.UPDATE, 240)]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of March 2026; the 2nd is the Monday on which the tests begin at 09:00."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def put_calendar(company: Company, hours: Mapping[str, Any], name: str = "office") -> None:
    """Write a calendar in UTC under that name, new or changed."""

    def work(unit: Unit) -> int:
        row = table(StoredCalendar)
        known = unit.session.scalars(select(StoredCalendar).where(row.c.name == name)).first()
        calendar = known or StoredCalendar(name=name, definition="")
        calendar.definition = json.dumps({"timezone": "UTC", "hours": hours})
        unit.session.add(calendar)
        sla_edition.bump(unit, f"calendar {name}")
        return 0

    company.write(work)


def put_policy(
    company: Company, name: str = "usual", targets: Iterable[Target] = EIGHT_HOURS, *, bound: bool = True
) -> None:
    """A policy on the office's calendar, the default where nothing else is bound."""
    sla.put_policy(company.desk("sue"), name, calendar="office", targets=list(targets))
    if bound:
        sla.bind(company.desk("sue"), name, Level.DEFAULT)


@pytest.fixture
def office(company: Company) -> Company:
    """A company with working hours and a default policy of eight hours."""
    put_calendar(company, OFFICE)
    put_policy(company)
    return company


def clocks(company: Company, ticket: int) -> dict[SlaClock, StoredClock]:
    """The stored clocks of a ticket."""
    (facts,) = company.desk().read(clock_facts, [ticket])
    return facts.stored


def due(company: Company, ticket: int, clock: SlaClock = RESOLUTION) -> datetime | None:
    """When a clock is due as it is stored."""
    return clocks(company, ticket)[clock].due_at


def explained(company: Company, ticket: int, login: str = "ann") -> Explanation:
    """The explanation, with every sum checked."""
    found = sla_explain.explain(company.desk(login), ticket)
    for account in found.clocks:
        for run in account.runs:
            assert run.elapsed_seconds == counted(run.stretches)
            assert run.left_seconds == account.target_seconds - run.elapsed_seconds
            assert [stretch.began for stretch in run.stretches[1:]] == [one.ended for one in run.stretches[:-1]]
            if run.ahead:
                assert counted(run.ahead) == run.left_seconds
                assert run.ahead[-1].ended == run.due
    return found


def counted(stretches: Iterable[Stretch]) -> int:
    return sum(stretch.seconds for stretch in stretches if stretch.counted)


def account(company: Company, ticket: int, clock: SlaClock = RESOLUTION) -> ClockAccount:
    """One clock of a ticket, explained."""
    return next(one for one in explained(company, ticket).clocks if one.clock is clock)


# --- which policy ------------------------------------------------------------------------------------------


def test_the_most_specific_policy_wins_at_every_level(company: Company) -> None:
    put_calendar(company, OFFICE)
    desk, seen = company.desk("sue"), []
    ticket = company.ticket(service_id=1)
    line = company.desk().read(lambda session: clock_facts(session, [ticket]))[0].subject.line_id
    levels: list[tuple[Level, dict[str, Any]]] = [
        (Level.DEFAULT, {}),
        (Level.SERVICE, {"row_id": 1}),
        (Level.CATEGORY, {"category": "a"}),
        (Level.CLIENT, {"row_id": company.rows["client"]}),
        (Level.CONTRACT, {"row_id": company.rows["contract"]}),
        (Level.CONTRACT_LINE, {"row_id": line}),
    ]
    for hours, (level, what) in enumerate(levels, 1):
        put_policy(company, level.value, [Target(RESOLUTION, 60 * hours)], bound=False)
        sla.bind(desk, level.value, level, **what)
        recompute(company.desk())
        found = explained(company, ticket)
        seen.append(found.policy)
        assert due(company, ticket) == MORNING + timedelta(hours=hours)
        assert [passed.policy for passed in found.passed_over] == seen[-2::-1]
    assert seen == [level.value for level, _what in levels]


def test_a_ticket_nothing_is_bound_to_has_no_sla(company: Company) -> None:
    put_calendar(company, OFFICE)
    put_policy(company, bound=False)
    sla.bind(company.desk("sue"), "usual", Level.CLIENT, row_id=company.rows["fee_client"])
    ticket = company.ticket()
    assert clocks(company, ticket) == {}
    found = explained(company, ticket)
    assert (found.policy, found.clocks) == ("", ())
    assert {one.why for one in found.absent} == {"there is no policy"}


def test_a_target_is_chosen_by_what_the_ticket_is(office: Company) -> None:
    targets = [
        Target(RESOLUTION, 480),
        Target(RESOLUTION, 60, priority=1),
        Target(RESOLUTION, 120, ticket_type="visit", service_id=1),
        Target(SlaClock.ARRIVAL, 30),
    ]
    put_policy(office, targets=targets)
    plain, urgent = office.ticket(), office.ticket(priority=Priority.CRITICAL)
    visit = office.ticket(type="visit", service_id=1, priority=Priority.CRITICAL)
    assert [due(office, one) for one in (plain, urgent, visit)] == [at(2, 17), at(2, 10), at(2, 11)]
    assert due(office, visit, SlaClock.ARRIVAL) == at(2, 9, 30)
    assert "arrival" not in clocks(office, plain)
    found = account(office, visit)
    assert found.target_why == "for the type visit and the service Repair"
    assert {other.why for other in found.others} == {"for every ticket", "for priority 1"}


def test_one_policy_holds_for_one_thing(office: Company) -> None:
    put_policy(office, "gold", [Target(RESOLUTION, 60)], bound=False)
    desk = office.desk("sue")
    assert sla.bind(desk, "gold", Level.DEFAULT) == ["usual"]
    assert sla.bind(desk, "gold", Level.DEFAULT) == []
    bound = {row.name: [bond.level for bond in row.bindings] for row in desk.read(policies)}
    assert bound == {"gold": [Level.DEFAULT], "usual": []}
    assert due(office, office.ticket()) == at(2, 10)


def test_the_category_of_a_client_is_meant_in_any_case(office: Company) -> None:
    put_policy(office, "vip", [Target(RESOLUTION, 60)], bound=False)
    desk = office.desk("sue")
    sla.bind(desk, "vip", Level.CATEGORY, category=" A ")
    assert sla.bind(desk, "usual", Level.CATEGORY, category="a") == ["vip"]
    sla.unbind(desk, "usual", Level.CATEGORY, category="A")
    with pytest.raises(NotFound, match="is not bound there"):
        sla.unbind(desk, "vip", Level.CATEGORY, category="A")


def test_a_retired_policy_counts_for_nothing_until_it_is_set_again(office: Company) -> None:
    ticket = office.ticket()
    sla.retire(office.desk("sue"), "usual")
    recompute(office.desk())
    assert clocks(office, ticket) == {}
    sla.put_policy(office.desk("sue"), "Usual")
    recompute(office.desk())
    assert due(office, ticket) == at(2, 17)


# --- what moves a due --------------------------------------------------------------------------------------


def moves(company: Company, ticket: int) -> list[tuple[SlaClock, datetime | None, datetime | None, str, str]]:
    return [
        (move.clock, move.old, move.new, move.actor, move.reason) for move in company.desk().read(due_moves, ticket)
    ]


def test_what_new_rules_moved_is_their_authors_though_somebody_else_writes_first(office: Company) -> None:
    noted, urgent = office.ticket(), office.ticket()
    put_policy(office, targets=[Target(RESOLUTION, 240), Target(RESOLUTION, 120, priority=1)])
    theirs = [(RESOLUTION, at(2, 17), at(2, 13), "Sue Field", "SLA policy usual")]
    tickets.note(office.desk(), noted, "Nothing that moves a due")
    assert moves(office, noted) == theirs
    tickets.set_priority(office.desk(), [urgent], Priority.CRITICAL)
    assert moves(office, urgent) == [*theirs, (RESOLUTION, at(2, 13), at(2, 11), "Анна Белова", "")]
    assert recompute(office.desk("root")) == Recomputed(0, 0)


def test_another_priority_counts_from_the_original_start_and_says_who(office: Company) -> None:
    put_policy(office, targets=[Target(RESOLUTION, 480), Target(RESOLUTION, 120, priority=1)])
    ticket = office.ticket()
    office.clock.forward(60)
    tickets.set_priority(office.desk(), [ticket], Priority.CRITICAL)
    assert due(office, ticket) == at(2, 11)
    assert moves(office, ticket) == [(RESOLUTION, at(2, 17), at(2, 11), "Анна Белова", "")]
    assert explained(office, ticket).moves[0].rule == "sla"


def test_taking_a_change_back_derives_the_due_again(office: Company) -> None:
    put_policy(office, targets=[Target(RESOLUTION, 480), Target(RESOLUTION, 120, priority=1)])
    ticket = office.ticket()
    key = uuid4()
    tickets.set_priority(office.desk(), [ticket], Priority.CRITICAL, key=key)
    assert due(office, ticket) == at(2, 11)
    undo.undo(office.desk(), key)
    assert due(office, ticket) == at(2, 17)


def test_other_equipment_brings_the_contract_line_that_covers_it(office: Company) -> None:
    part, desk = office.rows["part"], office.desk("sue")
    own_line = [records.LineRecord(Scope.UNIT, Funding.FEE, equipment_id=part)]

    def put(unit: Unit) -> int:
        terms = records.ContractRecord("К-18", MORNING.date(), lines=own_line)
        return records.put_contract(unit, office.rows["client"], terms)

    contract = office.write(put)
    put_policy(office, "quick", [Target(RESOLUTION, 60)], bound=False)
    sla.bind(desk, "quick", Level.CONTRACT, row_id=contract)
    ticket = office.ticket()
    office.clock.forward(30)
    tickets.change_subject_of_work(office.desk(), ticket, equipment_id=part)
    assert due(office, ticket) == at(2, 10)
    assert explained(office, ticket).why == '"quick" is bound to the contract'


def test_a_client_of_another_category_has_another_policy(office: Company) -> None:
    put_policy(office, "vip", [Target(RESOLUTION, 60)], bound=False)
    sla.bind(office.desk("sue"), "vip", Level.CATEGORY, category="VIP")
    ticket, ended = office.ticket(), office.ticket()
    tickets.set_status(office.desk(), [ended], "cancelled", reason="a joke")
    record = records.ClientRecord("ООО «Ромашка»", "VIP")
    office.write(lambda unit: records.put_client(unit, record, office.rows["client"]))
    assert due(office, ticket) == at(2, 10)
    assert moves(office, ticket) == [(RESOLUTION, at(2, 17), at(2, 10), "Root Admin", "")]
    assert clocks(office, ended)[RESOLUTION].policy_id == 1


def test_another_policy_moves_open_tickets_and_says_who_changed_it(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(60)
    put_policy(office, targets=[Target(RESOLUTION, 240)])
    assert due(office, ticket) == at(2, 17)
    assert recompute(office.desk("bob")) == Recomputed(1, 1)
    assert due(office, ticket) == at(2, 13)
    assert moves(office, ticket) == [(RESOLUTION, at(2, 17), at(2, 13), "Sue Field", "SLA policy usual")]
    assert recompute(office.desk("bob")) == Recomputed(0, 0)


def test_another_calendar_moves_open_tickets(office: Company) -> None:
    ticket = office.ticket()
    put_calendar(office, {"mon": [["09:00", "13:00"]], "tue": [["09:00", "13:00"]]})
    recompute(office.desk())
    assert due(office, ticket) == at(3, 13)
    assert moves(office, ticket)[-1][-1] == "calendar office"


def test_the_desks_own_calendar_is_that_of_policies_that_name_none(office: Company) -> None:
    desk, ticket = office.desk("sue"), office.ticket()
    sla.put_policy(desk, "usual", calendar=sla.DESK_CALENDAR, targets=[Target(RESOLUTION, 60 * 12)])
    recompute(desk)
    assert due(office, ticket) == at(2, 21)
    assert sla.set_default_calendar(desk, "office")
    recompute(desk)
    assert due(office, ticket) == at(3, 12)
    assert explained(office, ticket).calendar == "office"
    assert desk.read(sla.default_calendar) == "office"
    assert not sla.set_default_calendar(desk, "office")


def test_a_due_typed_by_hand_stays_whatever_changes(office: Company) -> None:
    ticket = office.ticket()
    tickets.set_times(office.desk(), ticket, due_at=at(2, 15))
    tickets.set_priority(office.desk(), [ticket], Priority.CRITICAL)
    put_policy(office, targets=[Target(RESOLUTION, 60)])
    put_calendar(office, {"mon": [["09:00", "10:00"]]})
    recompute(office.desk())
    tickets.set_status(office.desk(), [ticket], "waiting_client")
    assert due(office, ticket) == at(2, 15)
    found = account(office, ticket)
    assert found.is_fixed
    assert found.target_why == "the due was typed by hand"
    assert [move.new for move in explained(office, ticket).moves][:1] == [at(2, 15)]


def test_a_clock_that_has_stopped_keeps_its_result(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(50)
    tickets.reply(office.desk(), ticket, "We are on it")
    before = clocks(office, ticket)[RESPONSE]
    put_policy(office, targets=[Target(RESOLUTION, 240), Target(RESPONSE, 30)])
    put_calendar(office, {"mon": [["09:15", "18:00"]]})
    recompute(office.desk())
    office.clock.forward(10)
    tickets.set_priority(office.desk(), [ticket], Priority.LOW)
    assert clocks(office, ticket)[RESPONSE] == before
    assert due(office, ticket) == at(2, 13, 15)
    found = sla_explain.explain(office.desk(), ticket)
    (response,) = [one for one in found.clocks if one.clock is RESPONSE]
    assert (response.target_seconds, response.elapsed_seconds, response.is_breached) == (3600, 3000, False)
    assert response.target_why == 'as "usual" promised when it stopped'
    assert response.note is not None


def test_a_policy_that_promises_less_takes_no_result_away(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(90)
    tickets.reply(office.desk(), ticket, "Late")
    sla.retire(office.desk("sue"), "usual")
    recompute(office.desk())
    assert set(clocks(office, ticket)) == {RESPONSE}
    (found,) = explained(office, ticket).clocks
    assert (found.is_breached, found.verdict) == (True, "broken by 0:30:00 of working time")


def test_a_closed_ticket_is_left_as_it_was(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(60)
    tickets.set_status(office.desk(), [ticket], "cancelled", reason="a joke")
    before = clocks(office, ticket)
    put_policy(office, targets=[Target(RESOLUTION, 30)])
    assert recompute(office.desk()) == Recomputed(0, 0)
    assert clocks(office, ticket) == before
    assert before[RESOLUTION].left_seconds == 7 * 3600


# --- pauses ------------------------------------------------------------------------------------------------


def test_waiting_for_the_client_stops_resolution_and_update_but_not_first_response(office: Company) -> None:
    ticket = office.ticket()
    tickets.client_said(office.desk(), ticket, "And it smokes")
    tickets.set_status(office.desk(), [ticket], "open")
    office.clock.forward(30)
    tickets.set_status(office.desk(), [ticket], "waiting_client")
    stored = clocks(office, ticket)
    assert {clock: row.state for clock, row in stored.items()} == {
        RESPONSE: "running",
        SlaClock.UPDATE: "paused",
        RESOLUTION: "paused",
    }
    assert stored[RESOLUTION].left_seconds == 450 * 60
    office.clock.forward(60)
    found = account(office, ticket)
    assert found.verdict == "paused, 7:30:00 left"
    assert found.runs[0].stretches[-1].why == "paused: Waiting for client"
    assert found.runs[0].not_counted_seconds == 3600


def test_a_pause_over_the_night_never_makes_a_due_at_night(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(8 * 60)  # 17:00; nothing is left but what was said
    tickets.set_status(office.desk(), [ticket], "open")
    tickets.set_times(office.desk(), ticket, planned_at=at(4, 9))
    put_policy(office, targets=[Target(RESOLUTION, 9 * 60)])
    recompute(office.desk())
    tickets.set_status(office.desk(), [ticket], "waiting_client")
    office.clock.forward(17 * 60)  # Tuesday 10:00
    tickets.set_status(office.desk(), [ticket], "open")
    assert due(office, ticket) == at(3, 11)
    found = account(office, ticket)
    assert [(part.began, part.ended, part.counted) for part in found.runs[0].stretches] == [
        (at(2, 9), at(2, 17), True),
        (at(2, 17), at(3, 10), False),
    ]


def test_reopening_continues_the_clock(office: Company) -> None:
    ticket = office.ticket()
    tickets.set_status(office.desk(), [ticket], "open")
    office.clock.forward(60)
    tickets.set_status(office.desk(), [ticket], "cancelled", reason="gone")
    assert clocks(office, ticket)[RESOLUTION].state == "stopped"
    office.clock.forward(120)
    tickets.set_status(office.desk(), [ticket], "open", reason="back")
    assert due(office, ticket) == at(3, 10)
    found = account(office, ticket)
    assert [part.why for part in found.runs[0].stretches] == ["working time", "ended: Cancelled"]
    assert found.elapsed_seconds == 3600


def test_which_clocks_stand_is_a_table_people_edit(office: Company) -> None:
    desk, ticket = office.desk("sue"), office.ticket()
    tickets.set_status(office.desk(), [ticket], "waiting_client")
    assert due(office, ticket) is None
    assert sla.set_standing(desk, "waiting_client", stand=[RESPONSE], run=[RESOLUTION]) == ["first_response", "update"]
    recompute(desk)
    assert due(office, ticket) == at(2, 17)
    assert clocks(office, ticket)[RESPONSE].state == "paused"
    table_now = {row.status: row.clocks for row in desk.read(standing)}
    assert table_now["waiting_client"] == (RESPONSE, SlaClock.UPDATE)
    assert table_now["closed"] == tuple(SlaClock)
    with pytest.raises(InvalidInput, match="ended"):
        sla.set_standing(desk, "closed", run=[RESOLUTION])
    with pytest.raises(NotFound):
        sla.set_standing(desk, "nowhere", run=[RESOLUTION])
    with pytest.raises(InvalidInput, match="both"):
        sla.set_standing(desk, "open", run=[RESOLUTION], stand=[RESOLUTION])


def test_warnings_stand_at_their_share_of_business_time(office: Company) -> None:
    sla.put_policy(office.desk("sue"), "usual", warn_percents=[100, 50])
    ticket = office.ticket()
    assert clocks(office, ticket)[RESOLUTION].next_check_at == at(2, 13)
    sla.put_policy(office.desk("sue"), "usual", warn_percents=[75])
    recompute(office.desk())
    assert clocks(office, ticket)[RESOLUTION].next_check_at == at(2, 15)


# --- the account -------------------------------------------------------------------------------------------


def test_every_exchange_of_the_update_clock_is_accounted_for(office: Company) -> None:
    desk, ticket = office.desk(), office.ticket()
    tickets.client_said(desk, ticket, "Well?")
    office.clock.forward(60)
    tickets.reply(desk, ticket, "Soon")
    office.clock.forward(60)
    tickets.client_said(desk, ticket, "Now?")
    office.clock.forward(10)
    found = account(office, ticket, SlaClock.UPDATE)
    assert [run.elapsed_seconds for run in found.runs] == [3600, 600]
    assert (found.elapsed_seconds, found.state) == (3600, "running")
    assert found.note is None


def test_fractions_of_seconds_never_spoil_a_sum(office: Company) -> None:
    office.clock.now += timedelta(microseconds=654_321)
    ticket = office.ticket()
    office.clock.now += timedelta(minutes=10, microseconds=700_000)
    tickets.set_status(office.desk(), [ticket], "waiting_client")
    office.clock.now += timedelta(minutes=10, microseconds=900_000)
    tickets.set_status(office.desk(), [ticket], "open")
    office.clock.now += timedelta(days=1, microseconds=111_111)
    found = account(office, ticket)
    assert found.due == due(office, ticket)


def test_an_explanation_of_the_past_knows_nothing_of_what_came_after(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(60)
    tickets.set_status(office.desk(), [ticket], "cancelled", reason="gone")
    found = sla_explain.explain(office.desk(), ticket, MORNING + timedelta(minutes=30))
    assert found.clocks[-1].verdict == "running, 7:30:00 left"
    with pytest.raises(InvalidInput, match="not there yet"):
        sla_explain.explain(office.desk(), ticket, MORNING - timedelta(minutes=1))


def test_a_host_whose_clock_is_behind_explains_what_has_happened(office: Company) -> None:
    ticket = office.ticket()
    office.clock.forward(60)
    tickets.set_status(office.desk(), [ticket], "waiting_client")
    office.clock.forward(-45)
    assert explained(office, ticket).now == at(2, 10)


def test_a_never_that_is_due_says_so(office: Company) -> None:
    put_calendar(office, {})
    ticket = office.ticket()
    found = account(office, ticket)
    assert (found.due, found.runs[0].ahead) == (None, ())
    assert found.verdict == "never due: its calendar has no working time to come"


def test_a_due_at_closing_time_is_broken_the_same_evening(office: Company) -> None:
    put_policy(office, targets=[Target(RESOLUTION, 9 * 60)])
    ticket = office.ticket()
    office.clock.forward(9 * 60)
    assert account(office, ticket).verdict == "running, 0:00:00 left"
    office.clock.forward(60)
    assert account(office, ticket).verdict == "running, overdue; no working time has passed since"


def test_the_sites_zone_is_told_where_its_clock_differs(office: Company) -> None:
    for zone, told in (("Europe/Moscow", "Europe/Moscow"), ("UTC", ""), ("Atlantis", "")):
        put_site(office, records.SiteRecord("Магазин", zone=zone))
        assert explained(office, office.ticket(site_id=office.rows["site"])).site_zone == told


def put_site(company: Company, record: records.SiteRecord) -> None:
    company.write(lambda unit: records.put_site(unit, company.rows["client"], record, company.rows["site"]))


# --- who may, and what can't be meant ----------------------------------------------------------------------


def test_a_contractor_has_no_account_and_no_policies(office: Company) -> None:
    own = office.ticket()
    tickets.assign(office.desk(), [own], office.people["con"])
    put_policy(office, targets=[Target(RESOLUTION, 60)])
    recompute(office.desk())
    assert explained(office, own).moves != ()
    for ticket in (own, 99):
        with pytest.raises(Refused):
            sla_explain.explain(office.desk("con"), ticket)
    with pytest.raises(Refused):
        office.desk("con").read(policies)


def test_only_supervisors_and_admins_change_what_is_promised(office: Company) -> None:
    for login in ("ann", "eva", "con"):
        desk = office.desk(login)
        for change in (
            lambda desk=desk: sla.put_policy(desk, "usual", targets=[Target(RESOLUTION, 1)]),
            lambda desk=desk: sla.retire(desk, "usual"),
            lambda desk=desk: sla.bind(desk, "usual", Level.SERVICE, row_id=1),
            lambda desk=desk: sla.unbind(desk, "usual", Level.DEFAULT),
            lambda desk=desk: sla.set_standing(desk, "open", stand=[RESOLUTION]),
            lambda desk=desk: sla.set_default_calendar(desk, "office"),
        ):
            with pytest.raises(Refused):
                change()


def test_what_can_not_be_promised_is_refused_and_nothing_changes(office: Company) -> None:
    desk, before = office.desk("sue"), office.desk().read(policies)
    for wrong, complaint in (
        ({"targets": []}, "at least one target"),
        ({"targets": [Target(RESOLUTION, 0)]}, "from 1 to"),
        ({"targets": [Target(RESOLUTION, 10, priority=9)]}, "no priority 9"),
        ({"targets": [Target(RESOLUTION, 10, ticket_type="party")]}, "no ticket type"),
        ({"targets": [Target(RESOLUTION, 10), Target(RESOLUTION, 20)]}, "two targets"),
        ({"warn_percents": [0]}, "between 1 and 100"),
    ):
        with pytest.raises(InvalidInput, match=complaint):
            sla.put_policy(desk, "usual", **wrong)
    with pytest.raises(InvalidInput, match="needs a name"):
        sla.put_policy(desk, " ", targets=EIGHT_HOURS)
    with pytest.raises(NotFound, match=r"no calendar .*office"):
        sla.put_policy(desk, "usual", calendar="offcie")
    with pytest.raises(NotFound, match="no service 99"):
        sla.put_policy(desk, "usual", targets=[Target(RESOLUTION, 10, service_id=99)])
    with pytest.raises(NotFound, match=r"no SLA policy .*usual"):
        sla.bind(desk, "nobody", Level.DEFAULT)
    with pytest.raises(NotFound):
        sla.bind(desk, "usual", Level.CLIENT, row_id=999)
    with pytest.raises(InvalidInput):
        sla.bind(desk, "usual", Level.CATEGORY, category=" ")
    assert office.desk().read(policies) == before


def test_a_change_that_changes_nothing_begins_no_new_edition(office: Company) -> None:
    before = office.desk().read(sla_edition.current)
    put_policy(office)
    sla.set_standing(office.desk("sue"), "waiting_client", stand=[RESOLUTION])
    sla.set_default_calendar(office.desk("sue"), None)
    assert office.desk().read(sla_edition.current) == before


def test_a_policy_that_changes_while_a_ticket_is_written_reaches_that_ticket(postgres_company: Company) -> None:
    company = postgres_company
    put_calendar(company, OFFICE)
    put_policy(company)
    changes = [False]

    def change(*call: Any) -> None:
        """Another console's change, between two statements that read the rules."""
        if "FROM standing_clock" in call[2] and changes == [False]:
            changes[0] = True
            put_policy(company, targets=[Target(RESOLUTION, 60)], bound=False)

    event.listen(company.store.writer, "before_cursor_execute", change)
    ticket = company.ticket()
    event.remove(company.store.writer, "before_cursor_execute", change)
    recompute(company.desk())
    assert due(company, ticket) == at(2, 10)


def test_a_policy_for_each_client_is_chosen_without_a_look_at_the_others(office: Company) -> None:
    put_policy(office, "own", [Target(RESOLUTION, 60)], bound=False)
    sla.bind(office.desk("sue"), "own", Level.CLIENT, row_id=office.rows["client"])
    sla.bind(office.desk("sue"), "usual", Level.CLIENT, row_id=office.rows["stranger"])
    looked: list[int] = []

    def look(policies: Iterable[Policy], near: list[Binding], subject: Subject) -> Choice | None:
        looked.append(len(near))
        return choose(policies, near, subject)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clocks_module, "choose", look)
        ticket = office.ticket()
    assert due(office, ticket) == at(2, 10)
    assert looked == [2]  # the client's and the default
