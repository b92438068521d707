from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from deskconsole.data.queries import alerts as queries
from deskconsole.data.queries.alerts import AlertRow, AlertState
from deskconsole.data.tables import Alert, Event, Ticket, TicketClock, table
from deskconsole.desk import alert_rules, alerts, sla, tickets
from deskconsole.desk.alert_pass import raise_thresholds
from deskconsole.desk.alert_rules import AlertRules, UnreadRule
from deskconsole.desk.clock_pass import recompute
from deskconsole.desk.desk import AUTOMATON, Desk
from deskconsole.desk.unread_pass import ring_unread
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.quiet import QuietHours
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import AlertKind, Audience, Channel, SlaClock
from tests.storage.desks import MORNING, Company

NIGHT = QuietHours("22:00", "07:00", "UTC")


def automaton(company: Company) -> Desk:
    return Desk(company.store, AUTOMATON, UTC, Channel.SCHEDULE, company.clock)


def promise(company: Company, *targets: Target, warn: tuple[int, ...] = (50, 75, 90, 100)) -> None:
    """A policy for everybody, around the clock; four hours to resolve unless targets are named."""
    desk = company.desk("root")
    sla.put_policy(desk, "All", targets=targets or (Target(SlaClock.RESOLUTION, 240),), warn_percents=warn)
    sla.bind(desk, "All", Level.DEFAULT)


def warn(company: Company) -> dict[str, int]:
    return dict(raise_thresholds(automaton(company), company.clock()))


def ring(company: Company) -> dict[str, int]:
    return dict(ring_unread(automaton(company), company.clock()))


def rows(company: Company, **where: Any) -> list[Any]:
    alert = table(Alert)
    met = [alert.c[name] == value for name, value in where.items()]
    return company.desk("root").read(lambda session: list(session.execute(select(alert).where(*met).order_by("id"))))


def heard(company: Company, login: str) -> list[AlertRow]:
    return list(company.desk(login).read(queries.mine, company.viewer(login), company.clock()))


def row_of(company: Company, ticket_id: int, login: str = "root") -> list[AlertRow]:
    found = company.desk(login).read(queries.history, company.viewer(login), company.clock())
    return [row for row in found if row.ticket_id == ticket_id]


@pytest.fixture
def promised(company: Company) -> Company:
    """Four hours to resolve for everybody; the field team is led by ed."""
    promise(company)
    alert_rules.set_lead(company.desk("root"), company.teams["field"], company.people["ed"])
    return company


def given_to_eva(company: Company, **said: Any) -> int:
    number = company.ticket(**said)
    tickets.assign(company.desk("ann"), [number], company.people["eva"])
    return number


# --- thresholds ------------------------------------------------------------------------------------------------


def test_nothing_is_raised_before_its_time_and_each_warning_once(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(119)
    assert warn(promised) == {"clocks": 0, "alerts": 0, "breaches": 0}
    promised.clock.forward(1)
    assert warn(promised) == {"clocks": 1, "alerts": 1, "breaches": 0}
    assert warn(promised)["alerts"] == 0
    [row] = rows(promised, ticket_id=number)
    assert (row.kind, row.clock, row.percent, row.raised_at) == ("threshold", "resolution", 50, promised.clock())


def test_levels_go_from_the_assignee_to_the_lead_to_the_supervisors(promised: Company) -> None:
    number = given_to_eva(promised)
    expected = [
        (120, 50, Audience.ASSIGNEE, "eva"),
        (60, 75, Audience.ASSIGNEE, "eva"),
        (36, 90, Audience.LEAD, "ed"),
        (25, 100, Audience.SUPERVISOR, None),
    ]
    for minutes, percent, audience, login in expected:
        promised.clock.forward(minutes)
        warn(promised)
        last = rows(promised, ticket_id=number)[-1]
        named = promised.people[login] if login is not None else None
        assert (last.percent, last.audience, last.person_id) == (percent, audience.value, named)


def test_of_many_percents_passed_at_once_only_the_highest_is_loud(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(days=2)
    assert warn(promised) == {"clocks": 1, "alerts": 4, "breaches": 1}
    found = rows(promised, ticket_id=number)
    assert [(row.percent, row.is_loud) for row in found] == [(50, False), (75, False), (90, False), (100, True)]
    assert [(row.percent, row.rings) for row in heard(promised, "sue")] == [(100, 1)]


def test_a_later_warning_takes_the_place_of_the_earlier_one(promised: Company) -> None:
    given_to_eva(promised)
    promised.clock.forward(120)
    warn(promised)
    assert [row.percent for row in heard(promised, "eva")] == [50]
    promised.clock.forward(60)
    warn(promised)
    assert [row.percent for row in heard(promised, "eva")] == [75]


def test_a_breach_marks_the_ticket_and_stands_in_its_history(promised: Company) -> None:
    number = given_to_eva(promised)
    due = promised.clock() + timedelta(minutes=240)
    promised.clock.forward(241)
    warn(promised)
    event, ticket, clock = table(Event), table(Ticket), table(TicketClock)
    read = promised.desk("root").read
    [line] = read(lambda session: session.execute(select(event).where(event.c.verb == "breach")).all())
    assert (line.ticket_id, line.field, line.new, line.rule) == (number, "resolution", due.isoformat(), "sla")
    assert (line.actor, line.channel) == ("deskconsole", "schedule")
    flags = select(ticket.c.is_breached).where(ticket.c.id == number)
    assert read(lambda session: session.execute(flags).scalar()) is True
    assert read(lambda session: session.execute(select(clock.c.is_breached, clock.c.next_check_at)).all()) == [
        (True, None)
    ]


def test_at_the_due_itself_a_ticket_is_in_time_and_a_second_later_it_is_breached(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(240)
    assert warn(promised)["breaches"] == 0
    tickets.reply(promised.desk("eva"), number, "In that very second")
    assert promised.count(Ticket, is_breached=True) == 0
    promised.clock.now += timedelta(seconds=1)
    assert warn(promised)["breaches"] == 1
    tickets.reply(promised.desk("eva"), number, "Too late")
    assert promised.count(Ticket, id=number, is_breached=True) == 1
    assert promised.count(Event, verb="breach") == 1


def test_a_clock_checked_at_its_due_is_checked_again_a_second_later(promised: Company) -> None:
    given_to_eva(promised)
    promised.clock.forward(240)
    promised.write(
        lambda unit: unit.session.execute(update(table(TicketClock)).values(next_check_at=unit.now)) and None
    )
    assert warn(promised) == {"clocks": 1, "alerts": 3, "breaches": 0}
    assert promised.count(TicketClock, is_breached=False, next_check_at=promised.clock() + timedelta(seconds=1)) == 1


def test_a_policy_that_warns_early_only_still_warns_of_the_breach(company: Company) -> None:
    promise(company, warn=(50,))
    company.ticket()
    company.clock.forward(241)
    warn(company)
    assert [row.percent for row in rows(company)] == [50, 100]


def test_an_unassigned_ticket_is_the_dispatchers_matter(promised: Company) -> None:
    number = promised.ticket()
    promised.clock.forward(120)
    warn(promised)
    assert [row.ticket_id for row in heard(promised, "ann")] == [number]
    assert heard(promised, "eva") == []


def test_somebody_who_left_hears_nothing_and_the_dispatchers_do(promised: Company) -> None:
    number = promised.ticket()
    ticket = table(Ticket)
    gone = update(ticket).where(ticket.c.id == number).values(assignee_id=promised.people["gone"])
    with promised.store.writing() as session:
        session.execute(gone)
    promised.clock.forward(120)
    warn(promised)
    assert [row.audience for row in heard(promised, "bob")] == [Audience.DISPATCH]


def test_each_hears_what_is_theirs(promised: Company) -> None:
    given_to_eva(promised)
    promised.clock.forward(216)  # 90 %
    warn(promised)
    who = {login: [row.percent for row in heard(promised, login)] for login in ("eva", "ed", "ann", "sue", "con")}
    assert who == {"eva": [90], "ed": [90], "ann": [], "sue": [90], "con": []}
    promised.clock.forward(25)
    warn(promised)
    who = {login: [row.percent for row in heard(promised, login)] for login in ("eva", "ed", "ann", "sue", "con")}
    assert who == {"eva": [100], "ed": [100], "ann": [100], "sue": [100], "con": []}


def test_a_contractor_hears_of_the_own_tickets_only(promised: Company) -> None:
    own, foreign = promised.ticket("own"), promised.ticket("foreign")
    tickets.assign(promised.desk(), [own], promised.people["con"])
    tickets.assign(promised.desk(), [foreign], promised.people["out"])
    promised.clock.forward(241)
    warn(promised)
    assert [row.ticket_id for row in heard(promised, "con")] == [own]
    [theirs] = row_of(promised, foreign)[:1]
    with pytest.raises(NotFound):
        alerts.acknowledge(promised.desk("con"), [theirs.id])


def test_waiting_for_the_client_settles_the_alert_and_the_return_warns_at_the_next_percent(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(130)
    warn(promised)
    tickets.set_status(promised.desk("eva"), [number], "waiting_client")
    assert heard(promised, "eva") == []
    assert [row.state for row in row_of(promised, number)] == [AlertState.SETTLED]
    promised.clock.forward(days=3)
    assert warn(promised)["alerts"] == 0
    tickets.set_status(promised.desk("eva"), [number], "in_progress")
    promised.clock.forward(50)
    assert warn(promised)["alerts"] == 1
    assert [row.percent for row in heard(promised, "eva")] == [75]


def test_a_breach_is_heard_though_the_ticket_waits_for_a_minute(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(241)
    warn(promised)
    tickets.set_status(promised.desk("eva"), [number], "waiting_client")
    assert [row.percent for row in heard(promised, "sue")] == [100]
    promised.clock.forward(1)
    tickets.set_status(promised.desk("eva"), [number], "in_progress")
    assert [row.percent for row in heard(promised, "sue")] == [100]
    tickets.set_status(promised.desk("eva"), [number], "waiting_client")
    tickets.set_status(promised.desk(), [number], "cancelled", reason="twice")
    assert heard(promised, "sue") == []


def test_a_due_that_moves_out_settles_the_alert_and_arms_it_again(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(120)
    warn(promised)
    sla.put_policy(promised.desk("root"), "All", targets=(Target(SlaClock.RESOLUTION, 480),))
    recompute(automaton(promised))
    assert heard(promised, "eva") == []
    promised.clock.forward(120)
    warn(promised)
    assert [(row.percent, row.due_version) for row in rows(promised, ticket_id=number)] == [(50, 1), (50, 2)]
    assert [row.percent for row in heard(promised, "eva")] == [50]


def test_a_ticket_that_ends_leaves_no_alert(promised: Company) -> None:
    number = promised.ticket()
    promised.clock.forward(241)
    warn(promised)
    tickets.set_status(promised.desk(), [number], "cancelled", reason="twice")
    assert heard(promised, "sue") == []


def test_an_alert_goes_with_its_ticket_to_another_person(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(120)
    warn(promised)
    tickets.assign(promised.desk(), [number], promised.people["con"])
    assert heard(promised, "eva") == []
    assert [row.ticket_id for row in heard(promised, "con")] == [number]


def test_a_clock_set_back_raises_nothing_twice(promised: Company) -> None:
    given_to_eva(promised)
    promised.clock.forward(130)
    assert warn(promised)["alerts"] == 1
    promised.clock.forward(-60)
    assert warn(promised)["alerts"] == 0
    promised.clock.forward(70)
    assert warn(promised)["alerts"] == 0


def test_a_pass_does_no_more_than_its_limit_and_the_longest_waiting_first(promised: Company) -> None:
    numbers = []
    for _number in range(5):
        numbers.append(promised.ticket())
        promised.clock.forward(1)
    promised.clock.forward(241)
    desk = automaton(promised)
    assert raise_thresholds(desk, promised.clock(), limit=2)["clocks"] == 2
    assert {row.ticket_id for row in rows(promised)} == set(numbers[:2])
    assert [raise_thresholds(desk, promised.clock(), limit=2)["clocks"] for _round in range(3)] == [2, 1, 0]


# --- acknowledging and muting ----------------------------------------------------------------------------------


def test_acknowledging_says_who_and_when_and_the_alert_is_gone_for_all(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(241)
    warn(promised)
    [alert] = heard(promised, "eva")
    promised.clock.forward(3)
    assert alerts.acknowledge(promised.desk("eva"), [alert.id]) == [alert.id]
    assert alerts.acknowledge(promised.desk("sue"), [alert.id]) == []
    newest = row_of(promised, number)[0]
    assert (newest.acknowledged_by, newest.acknowledged_at) == ("Eva Núñez", promised.clock())
    assert newest.state is AlertState.ACKNOWLEDGED
    assert heard(promised, "sue") == []


def test_a_muted_alert_comes_back_with_one_ring_more(promised: Company) -> None:
    given_to_eva(promised)
    promised.clock.forward(120)
    warn(promised)
    [alert] = heard(promised, "eva")
    alerts.mute(promised.desk("eva"), [alert.id], 30)
    assert heard(promised, "eva") == []
    promised.clock.forward(30)
    assert ring(promised)["rung"] == 1
    assert [(row.id, row.rings, row.muted_by) for row in heard(promised, "eva")] == [(alert.id, 2, "Eva Núñez")]
    promised.clock.forward(60)
    assert ring(promised)["rung"] == 0


def test_an_alert_muted_for_good_says_who_did_it(promised: Company) -> None:
    number = given_to_eva(promised)
    promised.clock.forward(120)
    warn(promised)
    [alert] = heard(promised, "eva")
    alerts.mute(promised.desk("sue"), [alert.id])
    promised.clock.forward(5)
    assert heard(promised, "eva") == []
    [row] = row_of(promised, number)
    assert (row.state, row.muted_by) == (AlertState.MUTED, "Sue Field")


@pytest.mark.parametrize("minutes", [0, -5, 100_000])
def test_a_mute_has_bounds(promised: Company, minutes: int) -> None:
    with pytest.raises(InvalidInput):
        alerts.mute(promised.desk(), [1], minutes)


def test_an_alert_that_is_not_there_is_named(promised: Company) -> None:
    with pytest.raises(NotFound, match="There is no alert 77"):
        alerts.acknowledge(promised.desk("root"), [77])


# --- quiet hours -----------------------------------------------------------------------------------------------


def at_night(company: Company) -> int:
    """A ticket of eva's that reaches half its time at 23:00."""
    company.clock.now = MORNING.replace(hour=21)
    number = given_to_eva(company)
    company.clock.forward(120)
    return number


def test_in_the_quiet_hours_the_person_on_duty_hears(promised: Company) -> None:
    alert_rules.set_rules(promised.desk("root"), AlertRules(NIGHT, promised.people["ed"]))
    number = at_night(promised)
    warn(promised)
    assert [(row.ticket_id, row.audience) for row in heard(promised, "ed")] == [(number, Audience.DUTY)]


def test_without_anybody_on_duty_alerts_wait_until_the_quiet_hours_end(promised: Company) -> None:
    alert_rules.set_rules(promised.desk("root"), AlertRules(NIGHT))
    number = at_night(promised)
    warn(promised)
    assert heard(promised, "eva") == []
    assert [row.state for row in row_of(promised, number)] == [AlertState.HELD]
    promised.clock.now = datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert [row.ticket_id for row in heard(promised, "eva")] == [number]


def test_only_supervisors_and_administrators_set_the_rules(company: Company) -> None:
    with pytest.raises(Refused):
        alert_rules.set_rules(company.desk("ann"), AlertRules())
    with pytest.raises(Refused):
        alert_rules.set_lead(company.desk("eva"), company.teams["field"], company.people["eva"])


def test_somebody_who_left_is_not_put_on_duty(company: Company) -> None:
    with pytest.raises(Refused):
        alert_rules.set_rules(company.desk("root"), AlertRules(NIGHT, company.people["gone"]))


def test_rules_are_read_as_they_were_set(company: Company) -> None:
    unread = UnreadRule(every_minutes=7, after_minutes=3, quiet=NIGHT)
    alert_rules.set_rules(company.desk("sue"), AlertRules(NIGHT, company.people["ed"], unread))
    found = company.desk().read(alert_rules.rules_of)
    assert found == AlertRules(NIGHT, company.people["ed"], replace(unread, since=company.clock()))


# --- the unread alert ------------------------------------------------------------------------------------------


@pytest.fixture
def watched(company: Company) -> Company:
    """A desk whose first pass has been."""
    ring(company)
    return company


def test_what_was_there_before_the_first_pass_stays_silent(company: Company) -> None:
    company.ticket()
    company.clock.forward(60)
    assert ring(company) == {"raised": 0, "rung": 0}
    company.clock.forward(60)
    assert ring(company) == {"raised": 0, "rung": 0}


def test_a_new_ticket_nobody_opens_rings_until_somebody_does(watched: Company) -> None:
    watched.clock.forward(1)
    number = watched.ticket()
    watched.clock.forward(4)
    assert ring(watched) == {"raised": 0, "rung": 0}
    watched.clock.forward(1)
    assert ring(watched) == {"raised": 1, "rung": 0}
    assert [(row.kind, row.rings) for row in heard(watched, "bob")] == [(AlertKind.UNREAD, 1)]
    for rings in (2, 3):
        assert ring(watched) == {"raised": 0, "rung": 0}
        watched.clock.forward(5)
        assert ring(watched) == {"raised": 0, "rung": 1}
        assert [row.rings for row in heard(watched, "ann")] == [rings]
    tickets.open_ticket(watched.desk("eva"), number)
    assert heard(watched, "ann") == []
    watched.clock.forward(60)
    assert ring(watched) == {"raised": 0, "rung": 0}
    [row] = row_of(watched, number)
    assert (row.state, row.acknowledged_by, row.rings) == (AlertState.ACKNOWLEDGED, "Eva Núñez", 3)


def test_a_clock_that_was_a_month_ahead_silences_no_ticket_that_comes_after_it_was_set_right(watched: Company) -> None:
    watched.clock.forward(days=30)
    watched.ticket("while it was ahead")
    watched.clock.forward(5)
    assert ring(watched)["raised"] == 1
    watched.clock.forward(days=-30)
    watched.ticket("set right")
    watched.clock.forward(5)
    assert ring(watched)["raised"] == 1


def test_a_rule_begun_by_a_clock_that_was_ahead_rings_once_it_was_set_right(company: Company) -> None:
    company.clock.forward(days=30)
    ring(company)
    company.clock.forward(days=-30)
    company.ticket()
    company.clock.forward(5)
    assert ring(company)["raised"] == 1


def test_a_ticket_opened_in_time_never_rings(watched: Company) -> None:
    number = watched.ticket()
    watched.clock.forward(2)
    tickets.open_ticket(watched.desk("ann"), number)
    watched.clock.forward(30)
    assert ring(watched) == {"raised": 0, "rung": 0}


def test_an_ended_ticket_rings_no_more(watched: Company) -> None:
    number = watched.ticket()
    watched.clock.forward(5)
    ring(watched)
    tickets.set_status(watched.desk(), [number], "cancelled", reason="twice")
    watched.clock.forward(5)
    assert ring(watched) == {"raised": 0, "rung": 0}
    assert heard(watched, "ann") == []


def test_a_muted_unread_alert_is_silent_for_so_long(watched: Company) -> None:
    watched.ticket()
    watched.clock.forward(5)
    ring(watched)
    [alert] = heard(watched, "ann")
    alerts.mute(watched.desk("ann"), [alert.id], 60)
    watched.clock.forward(59)
    assert ring(watched) == {"raised": 0, "rung": 0}
    watched.clock.forward(1)
    assert ring(watched) == {"raised": 0, "rung": 1}
    assert [row.rings for row in heard(watched, "ann")] == [2]
    watched.clock.forward(5)
    assert ring(watched) == {"raised": 0, "rung": 1}


def test_in_its_own_quiet_hours_the_unread_alert_waits(watched: Company) -> None:
    alert_rules.set_rules(watched.desk("root"), AlertRules(unread=UnreadRule(quiet=NIGHT)))
    watched.clock.now = MORNING.replace(hour=21, minute=50)
    watched.ticket("before the night")
    watched.clock.forward(5)
    assert ring(watched)["raised"] == 1
    watched.clock.forward(10)
    watched.ticket("in the night")
    assert ring(watched) == {"raised": 0, "rung": 0}
    assert heard(watched, "ann") == []
    watched.clock.forward(10)
    ring(watched)
    assert heard(watched, "ann") == []
    watched.clock.now = datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert ring(watched) == {"raised": 0, "rung": 2}
    assert len(heard(watched, "ann")) == 2


def test_switched_off_nothing_rings_and_switched_on_only_what_comes_then(watched: Company) -> None:
    watched.ticket("rings")
    watched.clock.forward(5)
    ring(watched)
    alert_rules.set_rules(watched.desk("root"), AlertRules(unread=UnreadRule(is_on=False)))
    watched.ticket("off")
    watched.clock.forward(30)
    assert ring(watched) == {"raised": 0, "rung": 0}
    alert_rules.set_rules(watched.desk("root"), AlertRules())
    late = watched.ticket("on")
    watched.clock.forward(5)
    assert ring(watched) == {"raised": 1, "rung": 0}
    assert rows(watched)[-1].ticket_id == late


def test_an_alert_rings_on_when_the_clock_goes_back(watched: Company) -> None:
    watched.ticket()
    watched.clock.forward(90)
    ring(watched)
    watched.clock.forward(-60)
    assert ring(watched)["rung"] == 1
    assert ring(watched)["rung"] == 0
    watched.clock.forward(5)
    assert ring(watched)["rung"] == 1


def test_a_ticket_that_comes_in_late_rings_too(watched: Company) -> None:
    watched.clock.forward(120)
    watched.ticket("in time")
    watched.clock.forward(5)
    assert ring(watched)["raised"] == 1
    watched.clock.forward(-60)
    watched.ticket("by a host whose clock is behind")
    watched.clock.forward(60)
    assert ring(watched)["raised"] == 1
