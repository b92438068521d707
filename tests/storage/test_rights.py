"""What contractors and engineers may see and do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from deskconsole.data.queries import clients, contracts, equipment, ticket_card
from deskconsole.data.queries import hours as hour_lists
from deskconsole.data.queries import tickets as lists
from deskconsole.data.tables import Change, Event, WorkTimer
from deskconsole.desk import attachments, call_facts, callers, coverage, hours, lines, records, tickets, time
from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.terms import PayState, Policy, Priority, TariffMode, Visibility
from deskconsole.domain.ticket_filter import Filter
from tests.storage.desks import MORNING, Company


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path / "home"))


@pytest.fixture
def own(company: Company) -> int:
    """A ticket of the contractor `con`."""
    ticket = company.ticket("mine", equipment_id=company.rows["unit"], body="help")
    tickets.assign(company.desk(), [ticket], company.people["con"])
    return ticket


@pytest.fixture
def foreign(company: Company) -> int:
    """A ticket of another contractor."""
    ticket = company.ticket("other", equipment_id=company.rows["unit"], body="secret")
    tickets.assign(company.desk(), [ticket], company.people["out"])
    return ticket


ACTS: dict[str, Callable[[Desk, int, Company], object]] = {
    "open": lambda desk, ticket, _: tickets.open_ticket(desk, ticket),
    "take": lambda desk, ticket, company: tickets.assign(desk, [ticket], company.people["con"]),
    "drop": lambda desk, ticket, _: tickets.assign(desk, [ticket], None),
    "team": lambda desk, ticket, company: tickets.set_team(desk, [ticket], company.teams["night"]),
    "status": lambda desk, ticket, _: tickets.set_status(desk, [ticket], "planned"),
    "priority": lambda desk, ticket, _: tickets.set_priority(desk, [ticket], Priority.LOW),
    "times": lambda desk, ticket, _: tickets.set_times(desk, ticket, due_at=MORNING),
    "reply": lambda desk, ticket, _: tickets.reply(desk, ticket, "hi"),
    "note": lambda desk, ticket, _: tickets.note(desk, ticket, "hi"),
    "subject": lambda desk, ticket, company: tickets.change_subject_of_work(
        desk, ticket, equipment_id=company.rows["part"]
    ),
    "policy": lambda desk, ticket, _: tickets.pick_policy(desk, ticket, Policy.SALES),
    "log": lambda desk, ticket, _: time.log_time(desk, ticket, 5),
    "timer": lambda desk, ticket, _: time.start_timer(desk, ticket),
    "line": lambda desk, ticket, _: lines.add_line(desk, ticket, 1),
    "attach": lambda desk, ticket, _: attachments.attach(desk, ticket, Path(__file__)),
}


def test_a_contractor_changes_nothing_on_another_s_ticket(company: Company, foreign: int) -> None:
    events, changes = company.count(Event), company.count(Change)
    for name, act in ACTS.items():
        with pytest.raises((NotFound, Refused)):
            assert act(company.desk("con"), foreign, company) is None, name
    assert (company.count(Event), company.count(Change), company.count(WorkTimer)) == (events, changes, 0)


def test_a_contractor_works_on_the_own_ticket(company: Company, own: int) -> None:
    desk = company.desk("con")
    tickets.open_ticket(desk, own)
    tickets.reply(desk, own, "on my way")
    time.start_timer(desk, own)
    time.stop_timer(desk)
    assert tickets.set_status(desk, [own], "resolved") == [own]


def test_a_contractor_corrects_no_time_and_no_line_of_another_s_ticket(company: Company, foreign: int) -> None:
    logged = time.log_time(company.desk("out"), foreign, 5)
    line = lines.add_line(company.desk(), foreign, 1)["line"]
    desk = company.desk("con")
    for act in (
        lambda: time.correct_time(desk, logged.entry_id, reason="mine"),
        lambda: lines.perform_line(desk, line),
        lambda: lines.cancel_line(desk, line),
    ):
        with pytest.raises((NotFound, Refused)):
            act()


def test_work_on_a_ticket_that_went_to_another_meanwhile_is_still_logged(company: Company, own: int) -> None:
    time.start_timer(company.desk("con"), own)
    tickets.assign(company.desk(), [own], company.people["out"])
    company.clock.forward(20)
    assert time.stop_timer(company.desk("con")).worked == 20
    assert company.count(WorkTimer) == 0
    assert company.card(own).worked == 20


def test_no_list_shows_a_contractor_another_s_ticket(company: Company, own: int, foreign: int) -> None:
    unit, client = company.rows["unit"], company.rows["client"]
    desk, viewer = company.desk("con"), company.viewer("con")
    for line in (
        "",
        "status:any",
        f"id:{foreign},{own}",
        "assignee:out,me",
        "-assignee:none",
        "secret,help",
        "-nothing",
    ):
        assert set(company.found(line, "con")) <= {own}
    assert company.found("secret", "con") == ()
    assert company.found(str(foreign), "con") == ()
    listing = lists.Listing(Filter(), lists.Sort(), viewer)
    assert desk.read(lists.count, listing) == 1
    assert [row.id for row in desk.read(lists.page, listing, offset=0, limit=9)] == [own]
    assert desk.read(lists.position, listing, foreign) is None
    assert [row.id for row in desk.read(equipment.tickets_of, unit, viewer)] == [own]
    assert [row.id for row in desk.read(equipment.tickets_of_client, client, viewer)] == [own]


def test_no_card_shows_a_contractor_another_s_ticket(company: Company, own: int, foreign: int) -> None:
    with pytest.raises(NotFound, match=f"There is no ticket {foreign}"):
        company.card(foreign, "con")
    desk, viewer = company.desk("con"), company.viewer("con")
    assert desk.read(ticket_card.last_messages, foreign, viewer) == ()
    assert len(desk.read(ticket_card.last_messages, own, viewer)) == 1
    with pytest.raises(Refused, match="contractor"):
        desk.read(clients.card, company.rows["client"], viewer, MORNING.date())


def test_a_contractor_s_card_has_no_notes_history_prices_or_others_time(company: Company, own: int) -> None:
    tickets.note(company.desk(), own, "they never pay")
    lines.add_line(company.desk(), own, 1, mode=TariffMode.MONEY)
    time.log_time(company.desk("eva"), own, 30)
    time.log_time(company.desk("con"), own, 10)
    card = company.card(own, "con")
    assert [said.visibility for said in card.messages] == [Visibility.PUBLIC]
    assert card.events == ()
    assert [entry.worked for entry in card.times] == [10]
    assert {line.unit_price_minor for line in card.lines} == {None}
    assert len(company.card(own).messages) == 2
    seen = company.desk("con").read(ticket_card.last_messages, own, company.viewer("con"))
    assert [said.body for said in seen] == ["help"]


def test_a_ticket_taken_away_is_gone_for_the_contractor(company: Company, own: int) -> None:
    tickets.assign(company.desk(), [own], company.people["out"])
    assert company.found("", "con") == ()
    with pytest.raises(NotFound):
        company.card(own, "con")


def test_engineers_and_contractors_see_no_money(company: Company, own: int) -> None:
    fee_client = company.rows["fee_client"]
    for login, debt in (("ann", 9900), ("sue", 9900), ("eva", None)):
        paid = company.desk(login).read(clients.payment, fee_client, company.viewer(login))
        assert (paid.state, paid.debt_minor) == (PayState.OVERDUE, debt)
        assert (paid.currency == "") == (debt is None)


BOOKS: dict[str, Callable[[Desk, Company], object]] = {
    "payment": lambda desk, company: desk.read(clients.payment, company.rows["client"], company.viewer("con")),
    "names": lambda desk, company: desk.read(clients.clients),
    "units": lambda desk, company: desk.read(clients.units, company.rows["client"]),
    "unit": lambda desk, company: desk.read(equipment.card, company.rows["unit"]),
    "unit by number": lambda desk, company: desk.read(equipment.find, "PRN-7"),
    "callers": lambda desk, company: desk.read(callers.find, "Farmacia"),
    "contract": lambda desk, company: desk.read(contracts.find, "C-2"),
    "balance": lambda desk, company: desk.read(hour_lists.balance, company.rows["client"], MORNING.date()),
    "lots": lambda desk, company: desk.read(hour_lists.lots_of, company.rows["client"]),
    "ledger": lambda desk, company: desk.read(hour_lists.ledger, company.rows["client"]),
    "coverage": lambda desk, company: desk.read(coverage.judge, coverage.Call(company.rows["client"], MORNING.date())),
    "sheet": lambda desk, company: desk.read(call_facts.client_sheet, company.rows["client"], MORNING.date()),
}


@pytest.mark.parametrize("what", BOOKS)
def test_the_books_are_closed_to_contractors_whoever_asks_for_them(company: Company, what: str) -> None:
    with pytest.raises(Refused, match="own jobs only"):
        BOOKS[what](company.desk("con"), company)
    BOOKS[what](company.desk("eva"), company)


def test_a_key_does_one_thing_for_one_person(company: Company) -> None:
    key, ticket = uuid4(), company.ticket()
    said = tickets.note(company.desk(), ticket, "once", key=key)
    assert tickets.note(company.desk(), ticket, "once", key=key) == said
    with pytest.raises(InvalidInput, match="used for something else"):
        tickets.reply(company.desk(), ticket, "once", key=key)
    with pytest.raises(InvalidInput, match="used for something else"):
        tickets.note(company.desk("bob"), ticket, "once", key=key)
    with pytest.raises(InvalidInput, match="used for something else"):
        time.log_time(company.desk(), ticket, 5, key=key)


BOOKKEEPING: dict[str, Callable[..., object]] = {
    "client": lambda unit, company: records.put_client(unit, records.ClientRecord("New")),
    "entity": lambda unit, company: records.put_entity(unit, company.rows["client"], "New", "", ""),
    "payment": lambda unit, company: records.put_payment(
        unit, company.rows["client"], records.PaymentRecord(PayState.PAID, MORNING)
    ),
    "site": lambda unit, company: records.put_site(unit, company.rows["client"], records.SiteRecord("New")),
    "contact": lambda unit, company: records.put_contact(unit, company.rows["client"], records.ContactRecord("New")),
    "unit": lambda unit, company: records.put_unit(unit, company.rows["client"], records.UnitRecord("NEW-1")),
    "contract": lambda unit, company: records.put_contract(
        unit, company.rows["client"], records.ContractRecord("N-1", MORNING.date())
    ),
}


def test_the_books_are_kept_by_the_desk(company: Company) -> None:
    for keep in BOOKKEEPING.values():
        for login in ("eva", "con"):
            with pytest.raises(Refused):
                company.write(partial(keep, company=company), login)
        company.write(partial(keep, company=company), "ann")


def test_hours_are_given_and_written_off_by_the_desk(company: Company) -> None:
    lot, client = company.grant(60), company.rows["client"]
    for login in ("eva", "con"):
        desk = company.desk(login)
        with pytest.raises(Refused, match="ask a dispatcher"):
            hours.grant(desk, client, 60)
        with pytest.raises(Refused, match="ask a dispatcher"):
            hours.adjust(desk, lot, 5, reason="gift")
        with pytest.raises(Refused, match="ask a dispatcher"):
            hours.expire(desk, client)
    with pytest.raises(Refused):
        hours.adjust(company.desk("ann"), lot, 5, reason="only a supervisor may")
