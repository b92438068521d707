"""What each login hears of changes, and sees of who is on a ticket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from psycopg import errors

from deskconsole.data.tables import Change, table
from deskconsole.desk import hours, tickets
from deskconsole.desk.desk import Desk
from deskconsole.desk.feed import follow, where
from deskconsole.desk.opening import open_desk
from deskconsole.desk.presence import Company, be_here, leave
from deskconsole.domain.terms import EVERYTHING
from tests.rights.world import World


@pytest.fixture
def contractor(team: World) -> Iterator[Desk]:
    desk = open_desk(team.address("con"))
    yield desk
    desk.close()


@pytest.fixture
def dispatcher(team: World) -> Iterator[Desk]:
    desk = open_desk(team.address("ann"))
    yield desk
    desk.close()


def test_a_contractor_hears_of_own_tickets_and_of_those_taken_away(
    team: World, contractor: Desk, dispatcher: Desk
) -> None:
    people = team.company.people
    seeing = follow(dispatcher.store, threading.Event())
    with closing(contractor.store.dialect.listener(contractor.store.reader, table(Change))) as listener:
        mark = where(contractor.store)

        def told() -> set[tuple[str, int | None]]:
            nonlocal mark
            look = listener.look(mark)
            mark = look.mark
            return set(EVERYTHING if look.rows is None else look.rows)

        assert told() == set()
        made = tickets.register(dispatcher, tickets.Registration("a job", team.company.rows["client"]))
        tickets.assign(dispatcher, [made], people["out"])
        assert told() == set()
        assert ("ticket", made) in next(seeing).rows
        tickets.assign(dispatcher, [made], people["con"])
        assert told() == {("ticket", made)}
        hours.grant(dispatcher, team.company.rows["client"], 60)
        hours.grant(dispatcher, team.company.rows["fee_client"], 60)
        assert told() == {("client", team.company.rows["client"])}
        tickets.assign(dispatcher, [made], people["out"])
        assert told() == {("ticket", made)}
        tickets.reply(dispatcher, made, "no more yours")
        assert told() == set()
        with team.above() as above:
            above.execute("UPDATE person SET is_active = false WHERE id = %s", (people["con"],))
            above.execute("INSERT INTO change (entity, row_id, at) VALUES ('person', %s, now())", (people["con"],))
            above.execute("INSERT INTO change (entity, row_id, at) VALUES ('ticket', NULL, now())")
        assert told() == {("person", people["con"])}


def test_who_may_not_read_the_changes_is_told_of_no_other_s(team: World, dispatcher: Desk) -> None:
    made = tickets.register(dispatcher, tickets.Registration("somebody else's", team.company.rows["client"]))
    tickets.assign(dispatcher, [made], team.company.people["out"])
    asked = "SELECT entity, row_id FROM desk_priv.changed_since('1:1:')"
    with team.connect("con") as con, team.connect("out") as out, team.connect("eva") as eva:
        assert con.execute(asked).fetchall() == []
        assert ("ticket", made) in out.execute(asked).fetchall()
        with pytest.raises(errors.InsufficientPrivilege):
            eva.execute(asked)  # who reads the changes themselves needs it not


def test_a_contractor_is_seen_on_an_own_ticket_and_sees_others_there_without_their_names(
    team: World, contractor: Desk, dispatcher: Desk
) -> None:
    ticket = tickets.register(dispatcher, tickets.Registration("an own job", team.company.rows["client"]))
    assert be_here(contractor, uuid4(), ticket) == ()
    tickets.assign(dispatcher, [ticket], contractor.actor.id)
    own, theirs = uuid4(), uuid4()
    be_here(dispatcher, theirs, ticket, is_writing=True)
    assert be_here(contractor, own, ticket) == (Company(dispatcher.actor.id or 0, "", True),)
    assert be_here(dispatcher, theirs, ticket) == (Company(contractor.actor.id or 0, "Con Tractor", False),)
    leave(contractor, own)
    assert be_here(dispatcher, theirs, ticket) == ()
