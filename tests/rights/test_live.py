"""What each login hears of changes, and sees of who is on a ticket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from deskconsole.desk import tickets
from deskconsole.desk.desk import Desk
from deskconsole.desk.feed import follow
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


def test_a_contractor_hears_that_something_changed_and_not_what(
    team: World, contractor: Desk, dispatcher: Desk
) -> None:
    blind = follow(contractor.store, threading.Event())
    seeing = follow(dispatcher.store, threading.Event())
    made = tickets.register(dispatcher, tickets.Registration("somebody else's", team.company.rows["client"]))
    assert next(blind).rows == EVERYTHING
    assert ("ticket", made) in next(seeing).rows


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
