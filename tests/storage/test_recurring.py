"""Recurring work on both engines: each occurrence once, by policy, held while its contract rests, ended with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from deskconsole.data.queries import recurring as queries
from deskconsole.data.queries.recurring import OccurrenceRow, TemplateRow
from deskconsole.data.queries.ticket_card import TicketCard
from deskconsole.data.tables import (
    ChecklistItem,
    Client,
    Equipment,
    Occurrence,
    OccurrenceTicket,
    Recurring,
    StoredCalendar,
    Ticket,
    metadata,
    table,
)
from deskconsole.desk import records, recurring, sla
from deskconsole.desk import recurring_templates as templates
from deskconsole.desk.desk import Actor, Desk, Unit
from deskconsole.desk.recurring_templates import Template
from deskconsole.domain.errors import Conflict, DeskError, InvalidInput, NotFound, Refused
from deskconsole.domain.occurrences import CatchUp, OccurrenceState, Shift
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import Channel, EquipmentStatus, Funding, Priority, Role, Scope, SlaClock
from tests.storage.desks import MORNING, Company, put_contract

NINE = datetime(2026, 3, 2, 9)
OFFICE = json.dumps(
    {"timezone": "UTC", "hours": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)


def wanted(company: Company, **said: Any) -> Template:
    """A daily visit to the covered client at 09:00, beginning on the desk's first day."""
    said.setdefault("client_id", company.rows["client"])
    said.setdefault("rules", ["FREQ=DAILY"])
    said.setdefault("starts", NINE)
    return Template(name=said.pop("name", "Daily look"), subject=said.pop("subject", "Look at the tills"), **said)


def put(company: Company, **said: Any) -> int:
    return templates.put_recurring(company.desk(), wanted(company, **said))


def worker(company: Company) -> Desk:
    """The desk as the pass has it."""
    machine = Actor(None, "", "deskconsole", Role.ADMIN)
    return replace(company.desk(), actor=machine, channel=Channel.SCHEDULE)


def run(company: Company, limit: int = recurring.LIMIT) -> dict[str, int]:
    """Raise what is due until nothing is; what was done, without the zeros."""
    total: dict[str, int] = {}
    while any((done := recurring.raise_due(worker(company), company.clock(), limit)).values()):
        for what, count in done.items():
            total[what] = total.get(what, 0) + count
    return {what: count for what, count in total.items() if count}


def row(company: Company, template_id: int) -> TemplateRow:
    return company.desk().read(queries.template, template_id)


def dealt(company: Company, template_id: int) -> list[tuple[str, str, bool]]:
    """What became of its moments, oldest first."""
    found: tuple[OccurrenceRow, ...] = company.desk().read(queries.occurrences, template_id, limit=20_000)
    return [(f"{each.nominal:%m-%d %H}", each.state.value, each.is_late) for each in reversed(found)]


def raised(company: Company, template_id: int) -> list[TicketCard]:
    """The tickets that came of it, oldest first."""
    found = company.desk().read(queries.occurrences, template_id, limit=1000)
    return [company.card(ticket) for each in reversed(found) for ticket in each.tickets]


def test_a_moment_that_is_due_becomes_a_ticket_that_names_its_template(company: Company) -> None:
    made = put(
        company,
        body="Bring paper",
        priority=Priority.LOW,
        site_id=company.rows["site"],
        units=[company.rows["unit"]],
        team_id=company.teams["night"],
        assignee_id=company.people["eva"],
        estimate_minutes=45,
        checklist=["Clean the head", "Print a test"],
    )
    assert run(company) == {"raised": 1, "tickets": 1}
    (card,) = raised(company, made)
    ticket = card.row
    assert (ticket.subject, ticket.priority, ticket.client) == ("Look at the tills", Priority.LOW, "ООО «Ромашка»")
    assert card.contract_number == "К-17/2026"
    assert [(said.body, said.is_client) for said in card.messages] == [("Bring paper", False)]
    assert {event.rule for event in card.events if event.verb == "register"} == {"recurring: Daily look"}
    assert {event.channel for event in card.events} == {"schedule"}
    stored = table(Ticket)
    kept = company.desk().read(lambda session: session.execute(select(stored)).one())
    assert (kept.channel, kept.estimate_minutes, kept.planned_at) == ("schedule", 45, MORNING)
    assert (kept.assignee_id, kept.equipment_id) == (company.people["eva"], company.rows["unit"])
    assert company.count(ChecklistItem, ticket_id=ticket.id) == 2
    assert row(company, made).next_nominal == NINE + timedelta(days=1)


def test_raising_again_raises_nothing(company: Company) -> None:
    put(company)
    assert run(company) == {"raised": 1, "tickets": 1}
    assert run(company) == {}
    company.clock.forward(days=1, minutes=-1)
    assert run(company) == {}
    company.clock.forward(1)
    assert run(company) == {"raised": 1, "tickets": 1}


def test_an_occurrence_that_stands_there_is_never_raised_again(company: Company) -> None:
    made = put(company)
    run(company)
    back = update(table(Recurring)).values(next_nominal=NINE.isoformat(), next_raise_at=MORNING)
    company.write(lambda unit: unit.session.execute(back) and None)
    assert run(company) == {"moved": 1}
    assert company.count(Ticket) == 1
    assert row(company, made).next_nominal == NINE + timedelta(days=1)


def test_two_workers_at_once_raise_each_occurrence_once(company: Company) -> None:
    for number in range(20):
        put(company, name=f"Round {number}")
    company.clock.forward(days=3)
    start, failed = Barrier(3), []

    def work() -> None:
        start.wait()
        try:
            run(company, limit=7)
        except DeskError as error:  # pragma: no cover - the failure this test is for
            failed.append(error)

    threads = [Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    run(company)
    assert company.count(Occurrence) == 80
    assert company.count(Ticket) == company.count(OccurrenceTicket) == 20  # the latest of each


def test_tickets_written_together_are_alike_to_the_last_word(company: Company) -> None:
    made = put(
        company,
        rules=["FREQ=DAILY"],
        body="Bring paper",
        units=[company.rows["unit"]],
        assignee_id=company.people["eva"],
        checklist=["Dust", "Test"],
        catch_up=CatchUp.ALL,
    )
    company.clock.forward(days=2)
    assert run(company) == {"raised": 3, "tickets": 3, "late": 2}
    numbers = [card.row.id for card in raised(company, made)]
    first, second, third = (everything(company, number) for number in numbers)
    assert first == second == third
    assert first["event"]
    assert first["status_span"]
    assert company.found("bring paper КАС") == tuple(sorted(numbers))
    planned = table(Ticket).c.planned_at
    found = company.desk().read(lambda session: session.execute(select(planned).order_by(planned)).scalars().all())
    assert [at.day for at in found] == [2, 3, 4]


def everything(company: Company, ticket_id: int) -> dict[str, list[Any]]:
    """All rows of a ticket, without their own numbers and the day it is planned for."""
    found = {}
    for name, rows in metadata.tables.items():
        column = "id" if name == "ticket" else "ticket_id"
        if column in rows.c and name != "occurrence_ticket" and (name == "ticket" or column == "ticket_id"):
            kept = [one for one in rows.c if one.name not in {"id", "ticket_id", "planned_at", "version"}]
            with company.store.reading() as session:
                query = select(*kept).where(rows.c[column] == ticket_id)
                found[name] = [tuple(one) for one in session.execute(query)]
    return found


def test_a_clock_that_steps_back_and_forth_raises_nothing_twice(company: Company) -> None:
    made = put(company, rules=["FREQ=HOURLY"], catch_up=CatchUp.ALL)
    for step in (0, -60, 60, 120, -180, 60, 60, 60):
        company.clock.forward(step)
        run(company)
    assert [at for at, _state, _late in dealt(company, made)] == ["03-02 09", "03-02 10", "03-02 11"]
    assert company.count(Ticket) == 3


@pytest.mark.parametrize(
    ("policy", "states"),
    [
        (CatchUp.ALL, [("raised", True)] * 4 + [("raised", False)]),
        (CatchUp.LATEST, [("skipped", False)] * 4 + [("raised", False)]),
        (CatchUp.NONE, [("skipped", False)] * 4 + [("raised", False)]),
    ],
)
@pytest.mark.parametrize("limit", [2, 100])
def test_a_downtime_raises_by_policy_and_writes_down_what_is_skipped(
    company: Company, policy: CatchUp, states: list[tuple[str, bool]], limit: int
) -> None:
    made = put(company, catch_up=policy)
    company.clock.forward(days=4, minutes=3)
    run(company, limit)
    assert [(state, late) for _at, state, late in dealt(company, made)] == states
    found = company.desk().read(queries.occurrences, made)
    assert all(each.reason for each in found if each.state is OccurrenceState.SKIPPED)
    assert len(raised(company, made)) == sum(state == "raised" for state, _late in states)


def test_one_ticket_a_unit_or_one_with_the_units_on_its_list(company: Company) -> None:
    units = [company.rows["unit"], company.rows["part"]]
    each = put(company, name="Each", units=units, one_per_unit=True, checklist=["Dust"])
    together = put(company, name="Together", units=units, checklist=["Dust"])
    assert run(company) == {"raised": 2, "tickets": 3}
    assert len(raised(company, each)) == 2
    (one,) = raised(company, together)
    item = table(ChecklistItem)
    points = company.desk().read(
        lambda session: (
            session.execute(select(item.c.text).where(item.c.ticket_id == one.row.id).order_by(item.c.position))
            .scalars()
            .all()
        )
    )
    assert points == ["Dust", "cash register Atol 91F КАС-0012", "drawer КАС-0012/1"]


def test_a_suspended_contract_holds_and_then_catches_up_by_policy(company: Company) -> None:
    made = put(company, contract_id=company.rows["contract"], catch_up=CatchUp.LATEST)
    suspend(company, True, date(2026, 3, 2))
    assert run(company) == {"held": 1}
    assert str(row(company, made).trouble) == "contract К-17/2026 is suspended"
    assert row(company, made).next_nominal == NINE
    assert run(company) == {}
    suspend(company, False, date(2026, 3, 4))
    company.clock.forward(days=3)
    assert run(company) == {"raised": 1, "tickets": 1, "skipped": 3}
    assert row(company, made).trouble is None


def suspend(company: Company, is_suspended: bool, day: date) -> None:
    new_terms(company, day, is_suspended=is_suspended)


def new_terms(company: Company, day: date, **terms: Any) -> None:
    """A version of the client's contract that holds from a day on."""

    def work(unit: Unit) -> None:
        line = records.LineRecord(Scope.CLIENT, Funding.HOURS)
        record = records.ContractRecord("К-17/2026", date(2026, 1, 1), effective_from=day, lines=[line], **terms)
        records.put_contract(unit, company.rows["client"], record, company.rows["contract"])

    company.write(work)


def test_work_ends_with_the_contract_and_goes_on_with_it(company: Company) -> None:
    new_terms(company, date(2026, 3, 1), ends_on=date(2026, 3, 4))
    made = put(company, contract_id=company.rows["contract"], catch_up=CatchUp.ALL)
    for _day in range(5):
        run(company)
        company.clock.forward(days=1)
    assert [at for at, _state, _late in dealt(company, made)] == ["03-02 09", "03-03 09", "03-04 09"]
    assert str(row(company, made).trouble) == "contract К-17/2026 ended on 2026-03-04"
    new_terms(company, date(2026, 3, 7), ends_on=date(2026, 3, 8))
    company.clock.forward(days=1)
    assert run(company) == {"raised": 4, "tickets": 4, "late": 3}
    assert dealt(company, made)[-1][0] == "03-08 09"


@pytest.mark.parametrize(
    ("policy", "states"),
    [
        (CatchUp.ALL, ["raised"] * 3),
        (CatchUp.LATEST, ["skipped", "skipped", "raised"]),
        (CatchUp.NONE, ["skipped"] * 3),
    ],
)
def test_what_was_missed_before_the_contract_ended_is_dealt_with_after_a_downtime(
    company: Company, policy: CatchUp, states: list[str]
) -> None:
    new_terms(company, date(2026, 3, 1), ends_on=date(2026, 3, 4))
    made = put(company, contract_id=company.rows["contract"], catch_up=policy)
    company.clock.forward(days=10)
    run(company)
    assert [state for _at, state, _late in dealt(company, made)] == states
    assert row(company, made).next_nominal == datetime(2026, 3, 5, 9)
    company.clock.forward(days=1)
    assert run(company) == {"held": 1}
    assert str(row(company, made).trouble) == "contract К-17/2026 ended on 2026-03-04"


def test_nothing_is_raised_before_the_contract_begins(company: Company) -> None:
    later = company.write(
        lambda unit: put_contract(unit, company.rows["client"], "К-18", Funding.FEE, starts_on=date(2026, 3, 5))
    )
    made = put(company, contract_id=later)
    company.clock.forward(days=2)
    assert run(company) == {}
    assert row(company, made).next_nominal == datetime(2026, 3, 5, 9)


def test_a_template_whose_client_is_gone_is_held_with_a_sentence(company: Company) -> None:
    made, other = put(company), put(company, name="Other", client_id=company.rows["fee_client"])
    gone = update(table(Client)).where(table(Client).c.id == company.rows["client"]).values(is_active=False)
    company.write(lambda unit: unit.session.execute(gone) and None)
    assert run(company) == {"held": 1, "raised": 1, "tickets": 1}
    assert str(row(company, made).trouble) == "its client is gone"
    assert len(raised(company, other)) == 1
    company.clock.forward(days=1)
    assert run(company) == {"held": 1, "raised": 1, "tickets": 1}


def test_units_out_of_use_are_left_out_and_said_and_without_any_it_is_held(company: Company) -> None:
    units = [company.rows["unit"], company.rows["part"]]
    made = put(company, units=units, one_per_unit=True)
    retire(company, units[0])
    assert run(company) == {"raised": 1, "tickets": 1}
    assert str(row(company, made).trouble) == "units out of use are left out: 1"
    retire(company, units[1])
    company.clock.forward(days=1)
    assert run(company) == {"held": 1}
    assert str(row(company, made).trouble) == "its units are gone or out of use"


def retire(company: Company, equipment_id: int) -> None:
    equipment = table(Equipment)
    change = update(equipment).where(equipment.c.id == equipment_id).values(status=EquipmentStatus.RETIRED.value)
    company.write(lambda unit: unit.session.execute(change) and None)


def test_an_assignee_who_left_leaves_the_ticket_to_the_team(company: Company) -> None:
    put(company, assignee_id=company.people["gone"], team_id=company.teams["field"])
    assert run(company) == {"raised": 1, "tickets": 1}
    assert company.count(Ticket, assignee_id=None, team_id=company.teams["field"]) == 1


def test_a_template_that_can_not_be_raised_leaves_no_half_and_stops_no_other(company: Company) -> None:
    broken, sound = put(company, name="A broken one"), put(company, name="Sound")
    spoil = update(table(Recurring)).where(table(Recurring).c.id == broken).values(type="nonsense", checklist='["x"]')
    company.write(lambda unit: unit.session.execute(spoil) and None)
    assert run(company) == {"held": 1, "raised": 1, "tickets": 1}
    assert "not nonsense" in str(row(company, broken).trouble)
    assert dealt(company, broken) == []
    assert len(raised(company, sound)) == 1


@pytest.mark.parametrize(
    "spoilt",
    [{"checklist": "[not json"}, {"checklist": "5"}, {"checklist": "[5]"}, {"shift": "sideways"}, {"catch_up": "some"}],
    ids=str,
)
def test_a_row_that_can_not_be_read_holds_that_template_and_stops_no_other(
    company: Company, spoilt: dict[str, str]
) -> None:
    broken, sound = put(company, name="A broken one"), put(company, name="Sound")
    spoil = update(table(Recurring)).where(table(Recurring).c.id == broken).values(spoilt)
    company.write(lambda unit: unit.session.execute(spoil) and None)
    assert run(company) == {"held": 1, "raised": 1, "tickets": 1}
    held = table(Recurring)
    trouble = select(held.c.trouble).where(held.c.id == broken)
    assert company.desk().read(lambda session: session.execute(trouble).scalar_one()) != ""
    assert dealt(company, broken) == []
    assert len(raised(company, sound)) == 1


def test_a_template_held_by_a_clock_that_ran_ahead_is_looked_at_once_it_was_set_right(company: Company) -> None:
    held = put(company, name="Held", rules=["FREQ=DAILY"])
    put(company, name="Some units", rules=["FREQ=MONTHLY"], units=[company.rows["unit"], company.rows["part"]])
    retire(company, company.rows["part"])
    client = table(Client)
    is_there = update(client).where(client.c.id == company.rows["client"])
    company.write(lambda unit: unit.session.execute(is_there.values(is_active=False)) and None)
    company.clock.forward(days=30)
    assert run(company) == {"held": 2}
    company.write(lambda unit: unit.session.execute(is_there.values(is_active=True)) and None)
    company.clock.forward(days=-30)
    assert run(company) == {"raised": 2, "tickets": 2}
    assert row(company, held).trouble is None
    assert run(company) == {}  # what merely leaves units out is not looked at before its time


def test_rules_that_can_not_be_read_any_more_hold_the_template(company: Company) -> None:
    made = put(company)
    spoil = update(table(Recurring)).values(rules="FREQ=NEVER", trouble="typed by hand")
    company.write(lambda unit: unit.session.execute(spoil) and None)
    assert str(row(company, made).trouble) == "typed by hand"
    assert run(company) == {"held": 1}
    assert "FREQ can't be" in str(row(company, made).trouble)


def test_nine_oclock_local_survives_the_change_of_the_clock(company: Company) -> None:
    madrid = ZoneInfo("Europe/Madrid")
    company.clock.now = datetime(2026, 3, 26, 0, tzinfo=UTC)
    made = put(company, zone="Europe/Madrid", rules=["FREQ=WEEKLY;BYDAY=TH"])
    shown = company.desk().read(templates.plan_by_id, made).recurrence.first(2)[1:]
    for _hour in range(24 * 14):
        run(company)
        company.clock.forward(60)
    planned = table(Ticket).c.planned_at
    found = company.desk().read(lambda session: session.execute(select(planned).order_by(planned)).scalars().all())
    assert [f"{at.astimezone(madrid):%m-%d %H:%M}" for at in found] == ["03-26 09:00", "04-02 09:00"]
    assert [at.hour for at in found] == [8, 7]
    assert shown[0] == datetime(2026, 3, 12, 9)


def test_lead_days_and_a_shift_are_three_dates(company: Company) -> None:
    calendar = company.write(_calendar)
    made = put(
        company,
        rules=["FREQ=WEEKLY;BYDAY=SA"],
        lead_days=2,
        shift=Shift.NEXT,
        calendar_id=calendar,
    )
    company.clock.now = datetime(2026, 3, 7, 9, tzinfo=UTC)  # a Saturday; Monday less two days
    assert run(company) == {"raised": 1, "tickets": 1}
    (one,) = company.desk().read(queries.occurrences, made)
    assert one.nominal == datetime(2026, 3, 7, 9)
    assert one.shifted_at == datetime(2026, 3, 9, 9, tzinfo=UTC)
    assert one.created_at == company.clock()
    assert row(company, made).next_nominal == datetime(2026, 3, 14, 9)


def test_work_raised_ahead_is_promised_from_its_day_on(company: Company) -> None:
    sla.put_policy(company.desk("root"), "All", targets=(Target(SlaClock.RESOLUTION, 240),))
    sla.bind(company.desk("root"), "All", Level.DEFAULT)
    made = put(company, lead_days=2, catch_up=CatchUp.ALL)
    run(company)
    dues = [(card.row.planned, card.row.due) for card in raised(company, made)]
    assert len(dues) == 3  # today's, and copies of it for two days ahead
    assert all(planned is not None and due == planned + timedelta(hours=4) for planned, due in dues)


def _calendar(unit: Unit) -> int:
    stored = StoredCalendar(name="Office", definition=OFFICE)
    unit.session.add(stored)
    unit.session.flush()
    return stored.id or 0


def test_an_edit_touches_only_what_is_not_yet_raised(company: Company) -> None:
    made = put(company)
    run(company)
    company.clock.forward(60)
    changed = wanted(company, rules=["FREQ=DAILY;BYHOUR=8,15"])
    templates.put_recurring(company.desk(), changed, template_id=made)
    assert row(company, made).next_nominal == datetime(2026, 3, 2, 15)
    assert len(raised(company, made)) == 1
    templates.put_recurring(company.desk(), changed, template_id=made)
    assert run(company) == {}


def test_an_edit_does_not_drop_what_waits_to_be_caught_up(company: Company) -> None:
    made = put(company, catch_up=CatchUp.ALL)
    company.clock.forward(days=2)
    renamed = wanted(company, name="New name", catch_up=CatchUp.ALL)
    templates.put_recurring(company.desk(), renamed, template_id=made)
    assert run(company) == {"raised": 3, "tickets": 3, "late": 2}


def test_a_new_template_does_not_raise_its_past(company: Company) -> None:
    made = put(company, starts=datetime(2020, 1, 1, 9), catch_up=CatchUp.ALL)
    assert row(company, made).next_nominal == NINE
    assert run(company) == {"raised": 1, "tickets": 1}


def test_a_pause_raises_nothing_and_the_way_back_is_by_policy(company: Company) -> None:
    made = put(company, catch_up=CatchUp.ALL)
    assert templates.pause(company.desk(), made)
    assert not templates.pause(company.desk(), made)
    company.clock.forward(days=2)
    assert run(company) == {}
    templates.put_recurring(company.desk(), wanted(company, catch_up=CatchUp.ALL), template_id=made)
    assert run(company) == {}
    assert templates.resume(company.desk(), made)
    assert not templates.resume(company.desk(), made)
    assert run(company) == {"raised": 3, "tickets": 3, "late": 2}


def test_resuming_a_held_template_looks_at_once(company: Company) -> None:
    made = put(company, contract_id=company.rows["contract"])
    suspend(company, True, date(2026, 3, 2))
    assert run(company) == {"held": 1}
    company.write(lambda unit: unit.session.execute(update(table(Recurring)).values(contract_id=None)) and None)
    assert templates.resume(company.desk(), made)
    assert run(company) == {"raised": 1, "tickets": 1}


def test_work_that_has_ended_is_not_due_any_more(company: Company) -> None:
    made = put(company, rules=["FREQ=DAILY;COUNT=2"])
    company.clock.forward(days=5)
    assert run(company) == {"raised": 1, "tickets": 1, "late": 1, "skipped": 1, "ended": 1}
    ended = row(company, made)
    assert (ended.next_nominal, ended.next_raise_at) == (None, None)
    until = put(company, name="Until", ends_on=date(2026, 3, 9))
    company.clock.forward(days=9)
    run(company)
    assert dealt(company, until)[-1][0] == "03-09 09"


def test_a_week_of_hours_missed_is_written_in_small_transactions(company: Company) -> None:
    made = put(company, rules=["FREQ=HOURLY"], catch_up=CatchUp.ALL)
    company.clock.forward(days=7)
    done = recurring.raise_due(worker(company), company.clock())
    assert done["raised"] == recurring.LIMIT
    run(company)
    assert [at for at, _state, _late in dealt(company, made)] == [
        f"{NINE + timedelta(hours=hour):%m-%d %H}" for hour in range(7 * 24 + 1)
    ]
    assert company.count(Ticket) == 7 * 24 + 1


def test_the_same_key_makes_one_template(company: Company) -> None:
    key = uuid4()
    first = templates.put_recurring(company.desk(), wanted(company), key=key)
    assert templates.put_recurring(company.desk(), wanted(company), key=key) == first
    assert company.count(Recurring) == 1


def test_two_who_change_one_template_do_not_overwrite_each_other(company: Company) -> None:
    made = put(company)
    seen = row(company, made).version
    templates.put_recurring(company.desk(), wanted(company, body="First"), template_id=made, seen_version=seen)
    with pytest.raises(Conflict):
        templates.put_recurring(
            company.desk("bob"), wanted(company, body="Second"), template_id=made, seen_version=seen
        )
    assert row(company, made).body == "First"


def test_a_pass_does_not_make_a_form_stale(company: Company) -> None:
    made = put(company)
    seen = row(company, made).version
    run(company)
    templates.put_recurring(company.desk(), wanted(company, body="Kept"), template_id=made, seen_version=seen)
    assert row(company, made).body == "Kept"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"name": " "}, InvalidInput),
        ({"name": "x" * 81}, InvalidInput),
        ({"subject": ""}, InvalidInput),
        ({"type": "party"}, InvalidInput),
        ({"rules": []}, InvalidInput),
        ({"rules": ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]}, InvalidInput),
        ({"zone": "Europe/Atlantis"}, InvalidInput),
        ({"lead_days": 400}, InvalidInput),
        ({"shift": Shift.NEXT}, InvalidInput),
        ({"one_per_unit": True}, InvalidInput),
        ({"checklist": [""]}, InvalidInput),
        ({"estimate_minutes": -1}, InvalidInput),
        ({"units": [999]}, NotFound),
        ({"client_id": 999}, NotFound),
        ({"calendar_id": 999}, NotFound),
        ({"assignee_id": 999}, NotFound),
    ],
)
def test_a_template_that_can_not_be_meant_is_refused(
    company: Company, said: dict[str, Any], error: type[DeskError]
) -> None:
    with pytest.raises(error):
        put(company, **said)
    assert company.count(Recurring) == 0


def test_places_of_another_client_are_refused(company: Company) -> None:
    for what, value in (
        ("site_id", company.rows["site"]),
        ("contract_id", company.rows["contract"]),
        ("units", [company.rows["unit"]]),
    ):
        with pytest.raises(InvalidInput, match="belongs to another client"):
            put(company, client_id=company.rows["stranger"], **{what: value})


def test_a_name_is_taken_once_in_whatever_letters(company: Company) -> None:
    made = put(company, name="Ёлка")
    with pytest.raises(Conflict, match=f"#{made}"):
        put(company, name="ёЛКА")
    templates.put_recurring(company.desk(), wanted(company, name="ёлка"), template_id=made)


def test_engineers_and_contractors_do_not_keep_templates(company: Company) -> None:
    made = put(company)
    for login in ("eva", "con"):
        with pytest.raises(Refused):
            templates.put_recurring(company.desk(login), wanted(company, name="Mine"))
        with pytest.raises(Refused):
            templates.pause(company.desk(login), made)
    with pytest.raises(Refused):
        company.desk("con").read(queries.templates)


def test_the_zone_is_the_sites_else_it_is_written_down(company: Company) -> None:
    assert row(company, put(company)).zone == "UTC"
    moscow = company.write(
        lambda unit: records.put_site(unit, company.rows["client"], records.SiteRecord("Shop", zone="Europe/Moscow"))
    )
    made = put(company, name="At the shop", site_id=moscow)
    assert row(company, made).zone == ""
    assert row(company, made).next_raise_at == datetime(2026, 3, 3, 6, tzinfo=UTC)


def test_a_preview_and_the_template_agree(company: Company) -> None:
    draft = wanted(company, rules=["FREQ=WEEKLY;BYDAY=MO"], zone="Europe/Madrid", starts=datetime(2026, 2, 1, 10))
    shown = templates.coming(company.desk(), draft, count=3)
    assert [each.nominal.day for each in shown.moments] == [2, 9, 16]
    assert company.count(Recurring) == 0
    made = templates.put_recurring(company.desk(), draft)
    assert row(company, made).next_nominal == shown.moments[0].nominal
    assert row(company, made).next_raise_at == shown.moments[0].raise_at


def test_templates_are_listed_as_they_are_due(company: Company) -> None:
    later = put(company, name="A later one", starts=NINE + timedelta(days=1))
    soon = put(company, name="B soon", units=[company.rows["unit"]])
    resting = put(company, name="C resting")
    templates.pause(company.desk(), resting)
    found = company.desk().read(queries.templates)
    assert [each.id for each in found] == [soon, later, resting]
    assert found[0].units[0].inventory_number == "КАС-0012"
    assert found[0].client == "ООО «Ромашка»"
    assert company.desk().read(queries.find, "b SOON") == ((soon, "B soon"),)
    assert company.desk().read(queries.find, f"#{soon}") == ((soon, "B soon"),)
    assert len(company.desk().read(queries.find, "on")) == 2
