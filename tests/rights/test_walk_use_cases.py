"""Every use case as each role, on both engines: it works, or one sentence says no before the database has to.

Who may what is written by hand, from domain.md (section 1) and docs/security.md. A use case without a line fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from deskconsole.data.tables import Change, Event, Operation, table
from deskconsole.desk import (
    accounts,
    alert_pass,
    alert_rules,
    alerts,
    attachments,
    board,
    book_intake,
    calendars,
    checklists,
    client_silence,
    clock_pass,
    contract_intake,
    feed,
    hours,
    intake,
    lines,
    pass_clock,
    presence,
    records,
    recurring,
    recurring_templates,
    shifts,
    sla,
    sla_explain,
    tickets,
    time,
    unbooked_pass,
    undo,
    unread_pass,
)
from deskconsole.desk.book_intake import BookOrigin, Entry, Taker
from deskconsole.desk.client_wait import WaitRule
from deskconsole.desk.intake_rows import Origin
from deskconsole.desk.ticket_history import Stay, TicketHistory
from deskconsole.domain.errors import NotFound, Refused
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.special_days import DayKind, SpecialDay
from deskconsole.domain.terms import Funding, PayState, Policy, Priority, Role, Scope, SlaClock, TariffMode
from deskconsole.domain.week_text import read_week
from deskconsole.screens.actions import SENIORITY
from tests.rights.walk import (
    ALL,
    DESK,
    KEEPERS,
    STAFF,
    WalkedDesk,
    Walker,
    called,
    denials,
    public_functions,
    template_named,
    used_outside,
)
from tests.rights.world import LOGINS
from tests.storage.desks import MORNING, TODAY

ADMIN = frozenset({Role.ADMIN})
Made = Callable[[], object]


@dataclass(frozen=True)
class Step:
    """A use case, who may do it, and how: `call` makes what it needs first, and gives what is then tried."""

    verb: Callable[..., object]
    roles: frozenset[Role]
    call: Callable[[Walker], Made]
    word: str = ""

    @property
    def name(self) -> str:
        """What it is called, with a word where one use case has several steps."""
        return f"{called(self.verb)} {self.word}".rstrip()


def on_own(verb: Callable[..., object], *given: object, **said: object) -> Callable[[Walker], Made]:
    """The use case on the walker's own ticket."""
    return lambda w: partial(verb, w.desk, w.own, *given, **said)


def on_owns(verb: Callable[..., object], *given: object, **said: object) -> Callable[[Walker], Made]:
    """The bulk use case on the walker's own ticket."""
    return lambda w: partial(verb, w.desk, [w.own], *given, **said)


def once(verb: Callable[..., object], *given: object, **said: object) -> Callable[[Walker], Made]:
    """The use case with these words."""
    return lambda w: partial(verb, w.desk, *given, **said)


def a_pass(verb: Callable[..., object]) -> Step:
    """What happens by the clock, at the desk's present."""
    return Step(verb, DESK, lambda w: partial(verb, w.desk, w.desk.now()))


def taken_in(taker: Taker, **values: object) -> Step:
    """A row of a file, by the taker of its kind."""

    def call(w: Walker) -> Made:
        named = {what: w.name() if value is ... else value for what, value in values.items()}
        entry = Entry("", named, ({"scope": Scope.CLIENT, "funding": Funding.FEE},) if "starts_on" in values else ())
        origin = BookOrigin("old", may_create_clients=True)
        return lambda: [str(one) for one in book_intake.take_in(w.desk, origin, [entry], taker, dry_run=False)]

    return Step(taker, DESK, call)


def kept(verb: Callable[..., object], roles: frozenset[Role], record: Callable[[Walker], tuple[object, ...]]) -> Step:
    """A row of the books."""
    return Step(verb, roles, lambda w: w.unit(verb, *record(w)))


def _undo(w: Walker, changed: Walker | None = None) -> Made:
    """Take back an operation: the walker's own, or what the administrator did."""
    key = uuid4()
    tickets.set_status(w.desk if changed is None else w.boss, [w.given()], "waiting_supplier", key=key)
    return partial(undo.undo, w.desk, key)


def _give_back(w: Walker) -> Made:
    """Take back that the walker took a ticket of somebody else's."""
    key = uuid4()
    tickets.assign(w.desk, [w.given("ed")], w.me, key=key)
    return partial(undo.undo, w.desk, key)


def _stop(w: Walker) -> Made:
    time.start_timer(w.desk, w.own)
    return partial(time.stop_timer, w.desk)


def _save(w: Walker) -> Made:
    made = w.attachment()
    return partial(attachments.save_copy, w.desk, made, w.file.parent)


def _history(w: Walker) -> TicketHistory:
    name = w.name("old")
    return TicketHistory(
        name, 1, name, "incident", "email", 3, "", "", "", "", "", "", "", MORNING, MORNING, None, None, None, None,
        (Stay("new", MORNING),), (), (),
    )  # fmt: skip


DAYS = [SpecialDay(date(2026, 5, 1), DayKind.OFF)]
PUT = recurring_templates.put_recurring
WALK = (
    Step(accounts.add, ADMIN, lambda w: partial(accounts.add, w.desk, accounts.checked(w.login(), Role.BI))),
    Step(accounts.disable, ADMIN, lambda w: partial(accounts.disable, w.desk, w.somebody())),
    Step(alert_rules.set_lead, KEEPERS, lambda w: partial(alert_rules.set_lead, w.desk, w.teams["field"], w.me)),
    Step(alert_rules.set_rules, KEEPERS, once(alert_rules.set_rules, alert_rules.AlertRules())),
    Step(alerts.acknowledge, ALL, lambda w: partial(alerts.acknowledge, w.desk, [w.alert()])),
    Step(alerts.mute, ALL, lambda w: partial(alerts.mute, w.desk, [w.alert()], 5)),
    Step(attachments.attach, ALL, lambda w: partial(attachments.attach, w.desk, w.own, w.file)),
    Step(attachments.save_copy, ALL, _save),
    Step(board.set_target, KEEPERS, once(board.set_target, 95)),
    taken_in(book_intake.take_client, name=..., site="here", contact="Bo", tax_number=""),
    taken_in(book_intake.take_unit, client=..., inventory_number=...),
    taken_in(contract_intake.take_contract, client=..., number=..., starts_on=TODAY),
    Step(book_intake.take_in, DESK, lambda w: partial(
        book_intake.take_in, w.desk, BookOrigin("old"), [Entry("", {"name": w.name()})], book_intake.take_client,
        dry_run=True,
    )),
    Step(checklists.tick, ALL, lambda w: partial(checklists.tick, w.desk, w.point())),
    Step(hours.grant, DESK, lambda w: partial(hours.grant, w.desk, w.rows["client"], 60)),
    Step(hours.adjust, KEEPERS, lambda w: partial(hours.adjust, w.desk, w.rows["lot"], 5, reason="gift")),
    Step(hours.expire, DESK, lambda w: partial(hours.expire, w.desk, w.rows["client"])),
    Step(intake.take_in, DESK, lambda w: partial(intake.take_in, w.desk, Origin("old", "import"), [_history(w)])),
    Step(lines.add_line, STAFF, on_own(lines.add_line, 1, mode=TariffMode.HOURS, minutes=30)),
    Step(lines.perform_line, STAFF, lambda w: partial(lines.perform_line, w.desk, w.line())),
    Step(lines.cancel_line, STAFF, lambda w: partial(lines.cancel_line, w.desk, w.line())),
    Step(pass_clock.present, ALL, once(pass_clock.present)),
    Step(presence.be_here, ALL, lambda w: partial(presence.be_here, w.desk, uuid4(), w.own, is_writing=True)),
    Step(presence.leave, ALL, lambda w: partial(presence.leave, w.desk, w.here())),
    a_pass(pass_clock.note_pass),
    a_pass(alert_pass.raise_thresholds),
    a_pass(client_silence.act_on_silence),
    a_pass(feed.prune),
    a_pass(presence.sweep),
    a_pass(recurring.raise_due),
    a_pass(unbooked_pass.book_waiting),
    a_pass(unread_pass.ring_unread),
    kept(records.put_team, KEEPERS, lambda w: (w.name(),)),
    kept(records.put_person, KEEPERS, lambda w: (records.PersonRecord(w.name(), "New", Role.ENGINEER, skills=("x",)),)),
    kept(records.put_client, DESK, lambda w: (records.ClientRecord(w.name()),)),
    kept(records.put_entity, DESK, lambda w: (w.rows["client"], w.name(), "", "")),
    kept(records.put_payment, DESK, lambda w: (
        w.rows["stranger"], records.PaymentRecord(PayState.OVERDUE, MORNING, debt_minor=5, currency="RUB")
    )),
    kept(records.put_site, DESK, lambda w: (w.rows["client"], records.SiteRecord(w.name()))),
    kept(records.put_contact, DESK, lambda w: (w.rows["client"], records.ContactRecord(w.name()))),
    kept(records.put_unit, DESK, lambda w: (w.rows["client"], records.UnitRecord(w.name()))),
    kept(records.put_contract, DESK, lambda w: (w.rows["stranger"], records.ContractRecord(
        w.name(), TODAY, TODAY + timedelta(days=365), minutes_per_month=60, fee_minor=5, currency="RUB",
        lines=[records.LineRecord(Scope.CLIENT, Funding.HOURS, included_services=(1,))],
    ))),
    Step(recurring_templates.coming, DESK, once(recurring_templates.coming, template_named("x"), count=2)),
    Step(PUT, DESK, lambda w: partial(PUT, w.desk, template_named(w.name())), "new"),
    Step(PUT, DESK, lambda w: partial(PUT, w.desk, template_named(w.name()), template_id=w.template()), "change"),
    Step(recurring_templates.pause, DESK, lambda w: partial(recurring_templates.pause, w.desk, w.template())),
    Step(recurring_templates.resume, DESK, lambda w: partial(recurring_templates.resume, w.desk, w.resting())),
    Step(shifts.set_calendar, DESK, lambda w: partial(shifts.set_calendar, w.desk, w.me, "office")),
    Step(shifts.add_absence, DESK, lambda w: partial(shifts.add_absence, w.desk, w.me, *w.days_off())),
    Step(shifts.remove_absence, DESK, lambda w: partial(shifts.remove_absence, w.desk, w.absence())),
    Step(sla_explain.explain, STAFF, on_own(sla_explain.explain)),
    Step(tickets.register, STAFF, lambda w: partial(tickets.register, w.desk, w.call())),
    Step(tickets.open_ticket, ALL, lambda w: partial(tickets.open_ticket, w.desk, w.ticket())),
    Step(tickets.assign, STAFF, lambda w: partial(tickets.assign, w.desk, [w.given("ed")], w.me), "to oneself"),
    Step(tickets.assign, DESK, lambda w: partial(tickets.assign, w.desk, [w.given()], w.people["ed"]), "to another"),
    Step(tickets.assign, DESK, lambda w: partial(tickets.assign, w.desk, [w.given()], None), "to nobody"),
    Step(tickets.set_team, DESK, lambda w: partial(tickets.set_team, w.desk, [w.own], w.teams["night"])),
    Step(tickets.set_status, ALL, lambda w: partial(tickets.set_status, w.desk, [w.given()], "in_progress")),
    Step(tickets.set_priority, DESK, lambda w: partial(tickets.set_priority, w.desk, [w.given()], Priority.LOW)),
    Step(tickets.set_times, STAFF, on_own(tickets.set_times, planned_at=MORNING), "planned"),
    Step(tickets.set_times, STAFF, on_own(tickets.set_times, wished_at=MORNING), "wished"),
    Step(tickets.set_times, DESK, lambda w: partial(tickets.set_times, w.desk, w.given(), due_at=MORNING), "due"),
    Step(tickets.reply, ALL, on_own(tickets.reply, "on my way")),
    Step(tickets.client_said, STAFF, on_own(tickets.client_said, "thanks")),
    Step(tickets.arrive, ALL, lambda w: partial(tickets.arrive, w.desk, w.given())),
    Step(tickets.note, STAFF, on_own(tickets.note, "they never pay")),
    Step(tickets.change_subject_of_work, STAFF, lambda w: partial(
        tickets.change_subject_of_work, w.desk, w.own, equipment_id=w.rows["part"]
    )),
    Step(tickets.pick_policy, DESK, on_own(tickets.pick_policy, Policy.SALES)),
    Step(time.log_time, ALL, on_own(time.log_time, 5), "own"),
    Step(time.log_time, DESK, lambda w: partial(
        time.log_time, w.desk, w.own, 5, person_id=w.people["ed"]
    ), "another's"),
    Step(time.correct_time, ALL, lambda w: partial(time.correct_time, w.desk, w.entry(), reason="slip"), "own"),
    Step(time.correct_time, DESK, lambda w: partial(
        time.correct_time, w.desk, w.entry_of_another(), reason="slip"
    ), "another's"),
    Step(time.start_timer, ALL, on_own(time.start_timer)),
    Step(time.stop_timer, ALL, _stop),
    Step(undo.undo, ALL, _undo, "own"),
    Step(undo.undo, DESK, lambda w: _undo(w, w), "another's"),
    Step(undo.undo, STAFF, _give_back, "giving back"),
    # What every ticket is derived anew after, last: the others are quicker so.
    Step(tickets.set_status, ALL, lambda w: partial(tickets.set_status, w.desk, [w.worked()], "resolved"), "resolved"),
    Step(alert_rules.set_wait_rule, KEEPERS, once(alert_rules.set_wait_rule, WaitRule(60, "still there?"))),
    Step(calendars.put_calendar, KEEPERS, lambda w: partial(
        calendars.put_calendar, w.desk, w.name(), {"timezone": "UTC", "hours": {"mon": [["09:00", "18:00"]]}}
    )),
    Step(calendars.set_hours, KEEPERS, lambda w: partial(
        calendars.set_hours, w.desk, w.name(), zone="UTC", week=read_week("24/7")
    )),
    Step(calendars.add_days, KEEPERS, once(calendars.add_days, "office", DAYS)),
    Step(clock_pass.recompute, DESK, lambda w: w.after_new_rules(partial(clock_pass.recompute, w.desk))),
    Step(sla.put_policy, KEEPERS, lambda w: partial(
        sla.put_policy, w.desk, w.name(), targets=[Target(SlaClock.FIRST_RESPONSE, 60)]
    )),
    Step(sla.retire, KEEPERS, lambda w: partial(sla.retire, w.desk, w.policy())),
    Step(sla.bind, KEEPERS, lambda w: partial(sla.bind, w.desk, w.policy(), Level.CATEGORY, category="A")),
    Step(sla.unbind, KEEPERS, lambda w: partial(sla.unbind, w.desk, w.bound(), Level.CATEGORY, category="B")),
    Step(sla.set_standing, KEEPERS, lambda w: partial(
        sla.set_standing, w.desk, "planned", **w.standing()
    )),
    Step(sla.set_default_calendar, KEEPERS, once(sla.set_default_calendar, "office")),
)  # fmt: skip

PARTS = frozenset(
    {
        "desk.book_intake.client_of",
        "desk.book_intake.remember",
        "desk.book_intake.site_named",
        "desk.checklists.add_items",
        "desk.demo_recurring.recur",
        "desk.hours.accrue",
        "desk.hours.give_back",
        "desk.hours.open_lot",
        "desk.hours.release",
        "desk.hours.reserve",
        "desk.hours.spend",
        "desk.intake_names.clients_named",
        "desk.intake_names.resolve",
        "desk.lines.hold",
        "desk.meanwhile.refuse_stale",
        "desk.recurring.write_next",
        "desk.sla_edition.bump",
        "desk.ticket_copies.add_copies",
        "desk.ticket_words.index_words",
        "desk.tickets.add_ticket",
        "desk.tickets.hand_over",
        "desk.time.book",
        "desk.workflow.move",
        "desk.workflow.move_into",
        "desk.workflow.open_span",
        "desk.workflow.place",
    }
)
"""Pieces of use cases, which have looked at the rights before: nothing outside desk/ may call them."""


def test_every_use_case_has_a_line_in_the_walk_and_no_piece_of_one_is_called_from_outside() -> None:
    found = {name for name, _verb, takes in public_functions("deskconsole.desk") if takes & {"Desk", "Unit"}}
    assert found - {called(step.verb) for step in WALK} == PARTS
    assert not PARTS & used_outside()


@pytest.mark.parametrize("step", WALK, ids=lambda step: step.name)
def test_a_use_case_works_or_says_no_before_the_database_has_to(walked: WalkedDesk, step: Step) -> None:
    for role in LOGINS:
        walker = walked.walkers[role]
        if walked.engine == "sqlite" and role in step.roles - {least(step)}:
            continue  # a file has no rights of its own: what is left to see there is that nobody else may
        with denials() as denied:
            if role in step.roles:
                step.call(walker)()
            else:
                refused(walked, step, walker)
        assert denied == [], (step.name, role)


def least(step: Step) -> Role:
    """The least senior of those who may do it."""
    return next(role for role in SENIORITY if role in step.roles)


def refused(walked: WalkedDesk, step: Step, walker: Walker) -> None:
    """See to it that a use case is refused by one sentence, and leaves no trace."""
    try:
        tried = step.call(walker)
    except (Refused, NotFound):
        return  # what leads there is refused already
    before = traces(walked)
    with pytest.raises((Refused, NotFound)) as said:
        pytest.fail(f"{step.name} as {walker.role}: {tried()!r}")
    assert "{" not in str(said.value)
    assert traces(walked) == before


def traces(walked: WalkedDesk) -> tuple[int, ...]:
    """How much stands in what every write leaves a line in."""
    with walked.store.reading() as session:
        tables = [table(model) for model in (Event, Change, Operation)]
        return tuple(session.execute(select(func.count()).select_from(one)).scalar_one() for one in tables)


def test_a_bi_login_opens_the_desk_on_no_engine(walked: WalkedDesk) -> None:
    with denials() as denied, pytest.raises(Refused, match="views"):
        walked.open("bill")
    assert denied == []
