"""Who is on a ticket is seen by the others there, and goes by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text, update

from deskconsole.data.tables import Change, Presence, table
from deskconsole.desk import tickets
from deskconsole.desk.presence import be_here, leave, sweep
from deskconsole.jobs.passes import run_pass
from tests.storage.desks import Company

HERE = table(Presence)


@pytest.fixture
def ticket(company: Company) -> int:
    return company.ticket()


def sign(company: Company, login: str, ticket: int, *, console: UUID | None = None, is_writing: bool = False) -> UUID:
    """Let a person's console give a sign."""
    console = console or uuid4()
    be_here(company.desk(login), console, ticket, is_writing=is_writing)
    return console


def seen_by(company: Company, login: str, ticket: int) -> list[tuple[str, bool]]:
    """Whom that person sees there, and who writes."""
    others = be_here(company.desk(login), uuid4(), ticket)
    return [(other.name, other.is_writing) for other in others]


def let_pass(company: Company, seconds: int) -> None:
    """Let every sign grow older, by whatever clock keeps it."""
    with company.store.writing() as session:
        rows = session.execute(HERE.select()).all()
        for row in rows:
            older = row.seen_at - timedelta(seconds=seconds)
            session.execute(update(HERE).where(HERE.c.console == row.console).values(seen_at=older))


def test_two_people_on_a_ticket_see_each_other_and_nobody_sees_oneself(company: Company, ticket: int) -> None:
    sign(company, "bob", ticket)
    assert seen_by(company, "ann", ticket) == [("Bob Stone", False)]
    assert seen_by(company, "ann", ticket) == [("Bob Stone", False)]
    assert seen_by(company, "bob", ticket) == [("Анна Белова", False)]


def test_who_writes_is_told_and_then_no_longer(company: Company, ticket: int) -> None:
    console = sign(company, "bob", ticket, is_writing=True)
    assert seen_by(company, "ann", ticket) == [("Bob Stone", True)]
    sign(company, "bob", ticket, console=console)
    assert seen_by(company, "ann", ticket) == [("Bob Stone", False)]


def test_somebody_with_two_consoles_is_one_person_who_writes_if_either_does(company: Company, ticket: int) -> None:
    sign(company, "bob", ticket, is_writing=True)
    sign(company, "bob", ticket)
    assert seen_by(company, "ann", ticket) == [("Bob Stone", True)]


def test_a_console_is_on_one_ticket_at_a_time(company: Company, ticket: int) -> None:
    console, other = sign(company, "bob", ticket), company.ticket("another")
    sign(company, "bob", other, console=console)
    assert seen_by(company, "ann", ticket) == []
    assert seen_by(company, "ann", other) == [("Bob Stone", False)]


def test_who_leaves_is_gone_at_once(company: Company, ticket: int) -> None:
    console = sign(company, "bob", ticket)
    leave(company.desk("bob"), console, ticket)
    assert seen_by(company, "ann", ticket) == []


def test_leaving_a_ticket_late_does_not_take_the_console_from_the_next_one(company: Company, ticket: int) -> None:
    console, other = sign(company, "bob", ticket), company.ticket("another")
    sign(company, "bob", other, console=console)
    leave(company.desk("bob"), console, ticket)
    assert seen_by(company, "ann", other) == [("Bob Stone", False)]
    leave(company.desk("bob"), console)
    assert seen_by(company, "ann", other) == []


def test_a_console_that_was_killed_is_gone_after_a_while_by_itself(company: Company, ticket: int) -> None:
    sign(company, "bob", ticket)
    let_pass(company, 29)
    assert seen_by(company, "ann", ticket) == [("Bob Stone", False)]
    let_pass(company, 2)
    assert seen_by(company, "ann", ticket) == []


def test_a_sign_of_presence_wakes_nobody_and_is_no_history(company: Company, ticket: int) -> None:
    before = company.count(Change), len(company.card(ticket).events)
    console = sign(company, "bob", ticket, is_writing=True)
    leave(company.desk("bob"), console)
    assert (company.count(Change), len(company.card(ticket).events)) == before


def test_a_pass_removes_what_has_expired_and_nothing_else(company: Company, ticket: int) -> None:
    sign(company, "bob", ticket)
    now = company.store.dialect.present(company.store.reader.connect()) or company.clock.now
    assert sweep(company.desk(), now) == {"removed": 0}
    let_pass(company, 3600)
    sign(company, "sue", ticket)
    report = run_pass(company.desk())
    assert next(job.done for job in report.jobs if job.name == "presence") == {"removed": 1}
    assert company.count(Presence) == 1


def test_a_sign_waits_for_no_disk_and_what_is_written_after_it_does(sqlite_company: Company) -> None:
    ticket = sqlite_company.ticket()

    def synchronous(*, is_fleeting: bool) -> int:
        with sqlite_company.store.writing(is_fleeting=is_fleeting) as session:
            return int(session.execute(text("PRAGMA synchronous")).scalar_one())

    normal, full = 1, 2
    assert [synchronous(is_fleeting=flag) for flag in (False, True, False)] == [full, normal, full]
    waits: list[bool] = []
    event.listen(
        sqlite_company.store.writer,
        "commit",
        lambda connection: waits.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == full),
    )
    sign(sqlite_company, "bob", ticket)
    assert waits == [False]


def test_a_sign_on_a_server_waits_for_no_disk_and_no_standby(postgres_company: Company) -> None:
    source = text("SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'")
    with postgres_company.store.writing(is_fleeting=True) as session:
        assert session.execute(source).one() == ("off", "session")
    with postgres_company.store.writing() as session:
        assert session.execute(source).one().source != "session"


def test_a_ticket_that_is_not_there_has_nobody_on_it(company: Company) -> None:
    assert be_here(company.desk("bob"), uuid4(), 999) == ()
    assert company.count(Presence) == 0


def test_a_contractor_is_on_own_tickets_only(company: Company, ticket: int) -> None:
    sign(company, "bob", ticket)
    assert seen_by(company, "con", ticket) == []
    assert seen_by(company, "ann", ticket) == [("Bob Stone", False)]
    tickets.assign(company.desk(), [ticket], company.people["con"])
    sign(company, "con", ticket)
    assert seen_by(company, "ann", ticket) == [("Bob Stone", False), ("Con Tractor", False)]
    assert [other.is_writing for other in be_here(company.desk("con"), uuid4(), ticket)] == [False, False]
