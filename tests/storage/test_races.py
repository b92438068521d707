"""Six processes at what is due, some killed in the middle of it: nothing is raised twice, nothing is missing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from deskconsole.data.tables import Alert, Occurrence, OccurrenceTicket, Ticket, TicketClock, table
from deskconsole.desk import clocks, tickets
from deskconsole.desk.clock_pass import derive_all
from deskconsole.desk.desk import Unit
from deskconsole.desk.recurring_templates import Template, put_recurring
from deskconsole.desk.ticket_copies import add_copies
from deskconsole.domain.occurrences import CatchUp
from deskconsole.domain.terms import Channel
from tests.storage.desks import Company
from tests.storage.test_alerts import promise
from tests.support.passers import Task, race

MADRID = ZoneInfo("Europe/Madrid")
TIMES = (time(9), time(2, 30))
DAYS, TEMPLATES, TICKETS = 25, 20, 500
PERCENTS = (50, 75, 90, 100)
HOUR = timedelta(hours=1)


def prepare(company: Company, first: date) -> datetime:
    """500 tickets whose time runs out and 500 occurrences by an instant an hour from now, which is returned."""
    company.clock.now = datetime.combine(first, time(), MADRID).astimezone(UTC)
    promise(company)
    desk = company.desk()

    def register(unit: Unit) -> int:
        first = tickets.add_ticket(unit, tickets.Registration("No light", channel=Channel.EMAIL), desk)
        copies = add_copies(unit, first, [{}] * (TICKETS - 1))
        derive_all(unit.session, clocks.load_rules(unit.session), copies, unit.author, unit.now)
        return len(copies)

    company.write(register, "ann")
    for number in range(TEMPLATES):
        starts = datetime.combine(first, TIMES[number % len(TIMES)])
        wanted = Template(
            f"template {number}",
            ("FREQ=DAILY",),
            starts,
            "Maintenance",
            zone="Europe/Madrid",
            catch_up=CatchUp.ALL,
            client_id=company.rows["fee_client"],
        )
        put_recurring(desk, wanted)
    return datetime.combine(first + timedelta(days=DAYS - 1), TIMES[0], MADRID).astimezone(UTC)


@pytest.mark.parametrize(
    ("first", "seed"),
    [(date(2026, 3, 16), 1), (date(2026, 10, 12), 2)],
    ids=["clocks go forward", "clocks go back"],
)
def test_racing_processes_raise_everything_once(company: Company, first: date, seed: int) -> None:
    last = prepare(company, first)
    steps = (last - HOUR, last, last - 2 * HOUR, last + HOUR / 2)  # the machine's clock is set, back and forward
    location = company.store.url.render_as_string(hide_password=False)
    codes = race(Task(location, steps), count=6, kills=4, seed=seed)
    assert codes == [0] * 6
    check_occurrences(company, first)
    check_alerts(company)


def check_occurrences(company: Company, first: date) -> None:
    """Each template has each of its local times once, and each occurrence one ticket."""
    occurrence, made, ticket = table(Occurrence), table(OccurrenceTicket), table(Ticket)
    with company.store.reading() as session:
        found = session.execute(select(occurrence.c.recurring_id, occurrence.c.nominal)).all()
        owners = session.execute(select(made.c.occurrence_id)).scalars().all()
        raised = session.execute(select(ticket.c.id).where(ticket.c.channel == Channel.SCHEDULE.value)).all()
    days = [first + timedelta(days=day) for day in range(DAYS)]
    by_template: dict[int, list[str]] = {}
    for row in found:
        by_template.setdefault(row.recurring_id, []).append(row.nominal)
    expected = [[datetime.combine(day, at).isoformat() for day in days] for at in TIMES]
    assert Counter(tuple(sorted(nominal)) for nominal in by_template.values()) == {
        tuple(nominal): TEMPLATES // len(TIMES) for nominal in expected
    }
    assert len(owners) == len(set(owners)) == len(found) == len(raised) == TEMPLATES * DAYS


def check_alerts(company: Company) -> None:
    """Each of the tickets has each of its warnings once, and none is to come."""
    alert, clock, ticket = table(Alert), table(TicketClock), table(Ticket)
    mine = ticket.c.channel == Channel.EMAIL.value
    with company.store.reading() as session:
        found = session.execute(
            select(alert.c.ticket_id, alert.c.percent)
            .join_from(alert, ticket, ticket.c.id == alert.c.ticket_id)
            .where(mine)
        ).all()
        waiting = session.execute(
            select(clock.c.ticket_id)
            .join_from(clock, ticket, ticket.c.id == clock.c.ticket_id)
            .where(mine, clock.c.next_check_at.is_not(None))
        ).all()
        breached = session.execute(select(ticket.c.id).where(mine, ticket.c.is_breached)).all()
    counts = Counter((row.ticket_id, row.percent) for row in found)
    assert set(counts.values()) == {1}
    assert len(counts) == TICKETS * len(PERCENTS)
    assert waiting == []
    assert len(breached) == TICKETS
