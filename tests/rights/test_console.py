"""The use cases of the console, run as real logins: what a role may do works with no more rights than it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from deskconsole.data.queries import clients, equipment, people, ticket_card
from deskconsole.data.queries import hours as hour_lists
from deskconsole.data.queries import tickets as lists
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk import callers, hours, lines, records, tickets, time, undo
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.desk.unbooked_pass import book_waiting
from deskconsole.domain.errors import NotFound, Refused
from deskconsole.domain.terms import Priority, TariffMode
from deskconsole.domain.ticket_filter import parse
from deskconsole.jobs.passes import run_pass
from tests.rights.world import World
from tests.storage.desks import MORNING, TODAY


class Team:
    """The desk as each of its people has it open."""

    def __init__(self, world: World) -> None:
        self.world, self._open = world, dict[str, Desk]()

    def desk(self, login: str) -> Desk:
        """As the login of that person."""
        if login not in self._open:
            self._open[login] = open_desk(self.world.address(login), clock=self.world.company.clock)
        return self._open[login]

    def viewer(self, login: str) -> Viewer:
        """Whose eyes."""
        actor = self.desk(login).actor
        return Viewer(actor.id, actor.role, actor.team_id)

    def ticket(self, **said: object) -> int:
        """A call of the covered client, about its unit."""
        rows = self.world.company.rows
        call = {"client_id": rows["client"], "equipment_id": rows["unit"], "site_id": rows["site"], **said}
        return tickets.register(self.desk("ann"), tickets.Registration("zebra", body="help", **call))  # type: ignore[arg-type] # by name

    def found(self, line: str, login: str) -> tuple[int, ...]:
        """The tickets a filter line gives that person."""
        desk = self.desk(login)
        wanted = parse(line, now=desk.now(), zone=desk.zone)
        listing = lists.Listing(wanted, lists.Sort(), self.viewer(login))
        assert desk.read(lists.count, listing) == len(desk.read(lists.page, listing, offset=0, limit=100))
        return desk.read(lists.ids, listing, limit=100)

    def card(self, ticket: int, login: str) -> ticket_card.TicketCard:
        """The ticket as that person sees it."""
        return self.desk(login).read(ticket_card.card, ticket, self.viewer(login))

    def close(self) -> None:
        """Let go of all."""
        for desk in self._open.values():
            desk.close()


@pytest.fixture
def crew(team: World) -> Iterator[Team]:
    """The people of a desk at work."""
    made = Team(team)
    yield made
    made.close()


def test_a_contractor_works_on_the_own_ticket_and_a_dispatcher_s_pass_books_it(crew: Team) -> None:
    ticket, other = crew.ticket(), crew.ticket()
    people_ids = crew.world.company.people
    tickets.assign(crew.desk("ann"), [ticket], people_ids["con"])
    tickets.assign(crew.desk("ann"), [other], people_ids["out"])
    tickets.note(crew.desk("ann"), ticket, "they never pay")
    hours.grant(crew.desk("ann"), crew.world.company.rows["client"], 600, bought_on=date(2026, 1, 1))
    desk = crew.desk("con")
    tickets.open_ticket(desk, ticket)
    tickets.reply(desk, ticket, "on my giraffe")
    tickets.arrive(desk, ticket)
    time.start_timer(desk, ticket)
    crew.world.company.clock.forward(20)
    time.stop_timer(desk)
    logged = time.log_time(desk, ticket, 10)
    time.correct_time(desk, logged.entry_id, reason="twice")
    assert tickets.set_status(desk, [ticket], "resolved") == [ticket]
    assert crew.found("status:any", "con") == (ticket,)
    assert crew.found("zebra status:any", "con") == (ticket,)
    assert [said.body for said in crew.card(ticket, "con").messages] == ["help", "on my giraffe"]
    assert crew.card(ticket, "con").events == ()
    assert crew.found("giraffe status:any", "ann") == ()
    book_waiting(crew.desk("ann"), desk.now())
    assert crew.found("giraffe status:any", "ann") == (ticket,)
    assert crew.desk("ann").read(hour_lists.balance, crew.world.company.rows["client"], TODAY)
    assert crew.card(ticket, "ann").worked == 20
    for act in (
        lambda: tickets.reply(desk, other, "x"),
        lambda: tickets.note(desk, ticket, "x"),
        lambda: tickets.set_priority(desk, [ticket], Priority.LOW),
        lambda: tickets.assign(desk, [ticket], None),
        lambda: lines.add_line(desk, ticket, 1),
        lambda: crew.ticket() and tickets.register(desk, tickets.Registration("x")),
    ):
        with pytest.raises((NotFound, Refused)):
            act()


def test_an_engineer_takes_works_spends_hours_and_undoes(crew: Team) -> None:
    desk, rows, mine = crew.desk("eva"), crew.world.company.rows, crew.world.company.people["eva"]
    hours.grant(crew.desk("ann"), rows["client"], 600, bought_on=date(2026, 1, 1))
    ticket = tickets.register(desk, tickets.Registration("till", client_id=rows["client"], equipment_id=rows["unit"]))
    key = uuid4()
    tickets.assign(desk, [ticket], mine, key=key)
    assert undo.undo(desk, key) == [ticket]
    tickets.assign(desk, [ticket], mine)
    line = lines.add_line(desk, ticket, 1, mode=TariffMode.HOURS, minutes=60)["line"]
    logged = time.log_time(desk, ticket, 20, line_id=line)
    assert logged.spent
    time.correct_time(desk, logged.entry_id, reason="slip")
    lines.perform_line(desk, line)
    tickets.change_subject_of_work(desk, ticket, equipment_id=rows["part"])
    tickets.set_times(desk, ticket, planned_at=MORNING)
    tickets.client_said(desk, ticket, "thanks")
    tickets.note(desk, ticket, "internal")
    tickets.set_status(desk, [ticket], "waiting_client")
    assert crew.found("till status:any", "eva") == (ticket,)
    assert crew.card(ticket, "eva").messages
    assert desk.read(clients.payment, rows["fee_client"], crew.viewer("eva")).debt_minor is None
    desk.read(clients.card, rows["client"], crew.viewer("eva"), TODAY)
    desk.read(equipment.card, rows["unit"])
    assert desk.read(callers.find, "Farmacia")
    desk.read(people.loads, day_began=MORNING)
    assert desk.read(hour_lists.ledger, rows["client"])
    with pytest.raises(Refused):
        hours.grant(desk, rows["client"], 60)


@pytest.mark.parametrize("login", ["ann", "sue", "root"])
def test_the_desk_keeps_the_books_and_runs_the_passes(crew: Team, login: str) -> None:
    desk, rows = crew.desk(login), crew.world.company.rows
    ticket = crew.ticket()
    client = desk.write("t", lambda unit: records.put_client(unit, records.ClientRecord("New", "A")))
    desk.write("t", lambda unit: records.put_site(unit, client, records.SiteRecord("Here")))
    desk.write("t", lambda unit: records.put_contact(unit, client, records.ContactRecord("Bo", phone="+79991112233")))
    desk.write("t", lambda unit: records.put_unit(unit, client, records.UnitRecord("N-1")))
    contract = records.ContractRecord("N-1", TODAY, fee_minor=5, currency="RUB", lines=())
    desk.write("t", lambda unit: records.put_contract(unit, client, contract))
    lot = hours.grant(desk, rows["client"], 600)
    tickets.set_priority(desk, [ticket], Priority.HIGH)
    tickets.assign(desk, [ticket], crew.world.company.people["con"])
    line = lines.add_line(desk, ticket, 1, mode=TariffMode.MONEY)["line"]
    lines.perform_line(desk, line)
    if login != "ann":
        hours.adjust(desk, lot, 5, reason="gift")
    report = run_pass(replace(desk, clock=crew.world.company.clock), desk.now())
    assert report.errors == ()


def test_a_person_switched_off_or_of_another_role_sees_nothing(crew: Team) -> None:
    crew.ticket()
    with crew.world.above() as above:
        above.execute("UPDATE person SET is_active = false WHERE login = %s", (crew.world.prefix + "eva",))
        above.execute("UPDATE person SET role = 'admin' WHERE login = %s", (crew.world.prefix + "sue",))
    for login in ("eva", "sue", "gone"):
        with pytest.raises(Refused, match="switched off"):
            crew.desk(login)
        with crew.world.connect(login) as link:
            for table in ("ticket", "person", "client", "message"):
                assert link.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
            assert link.execute("SELECT count(*) FROM desk_priv.ticket_words").fetchone() == (0,)


def test_nobody_works_as_another_login(crew: Team) -> None:
    with pytest.raises(Refused, match="only the desk's owner"):
        open_desk(crew.world.address("con"), login=crew.world.prefix + "ann")
    open_desk(crew.world.address("con"), login=crew.world.prefix + "con").close()
    open_desk(crew.world.url, login=crew.world.prefix + "con").close()


def test_bi_opens_no_console(crew: Team) -> None:
    with pytest.raises(Refused, match="schema bi"):
        open_desk(crew.world.address("bill"))
