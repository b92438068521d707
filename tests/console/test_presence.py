"""The line that says who else is on the ticket, and what is told of a field somebody else changed meanwhile."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.data.queries import ticket_card
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.tables import Presence, table
from deskconsole.desk import presence, tickets
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.terms import Role
from deskconsole.i18n import use_language
from deskconsole.screens.client import ClientScreen
from deskconsole.screens.fields import TextLine
from deskconsole.screens.session import Session
from deskconsole.screens.ticket import TicketScreen
from tests.console.real_desk import NOW, Ids, real_console, screen_text, small_desk
from tests.console.shell import opened, settled
from tests.support.desks import add_person


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    made = small_desk(tmp_path)
    add_person(made.path, "bob", Role.DISPATCHER)
    return made


def console(tmp_path: Path, ids: Ids) -> DeskApp[Any]:
    return real_console(tmp_path, ids, lambda session: TicketScreen(session, ids.ticket))


async def shown(pilot: Pilot[Any]) -> str:
    await opened(pilot)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


async def after_a_beat(pilot: Pilot[Any]) -> str:
    ticket = next(screen for screen in pilot.app.screen_stack if isinstance(screen, TicketScreen))
    ticket.freshen("presence")
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


def signs(ids: Ids) -> dict[str, bool]:
    """Who is on the ticket by the storage's word, and whether they write."""
    desk = ids.desk()
    try:
        here = table(Presence)
        return desk.read(
            lambda session: {str(row.person_id): row.is_writing for row in session.execute(here.select()).all()}
        )
    finally:
        desk.close()


def planned(ids: Ids) -> datetime | None:
    """When the work is planned, by the storage's word."""
    desk = ids.desk()
    try:
        return desk.read(ticket_card.card, ids.ticket, Viewer(1, Role.ADMIN)).row.planned
    finally:
        desk.close()


async def test_somebody_else_on_the_ticket_is_named_until_they_leave(tmp_path: Path, ids: Ids) -> None:
    bob, place = ids.desk("bob"), uuid4()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "is here" not in await shown(pilot)
        presence.be_here(bob, place, ids.ticket)
        assert "Bob is here" in await after_a_beat(pilot)
        presence.be_here(bob, place, ids.ticket, is_writing=True)
        assert "Bob is here, writing" in await after_a_beat(pilot)
        presence.leave(bob, place)
        assert "is here" not in await after_a_beat(pilot)
    bob.close()


async def test_a_console_that_was_killed_is_no_longer_shown_after_a_while(tmp_path: Path, ids: Ids) -> None:
    bob = ids.desk("bob")
    presence.be_here(bob, uuid4(), ids.ticket, is_writing=True)
    bob.close()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Bob is here, writing" in await shown(pilot)
        ids.clock.now = NOW + presence.EXPIRES + timedelta(seconds=1)
        assert "is here" not in await after_a_beat(pilot)


async def test_a_beat_that_says_nothing_new_draws_nothing(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, place = ids.desk("bob"), uuid4()
    presence.be_here(bob, place, ids.ticket)
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        said: list[object] = []
        monkeypatch.setattr(Static, "update", lambda _line, content, **_how: said.append(content))
        await after_a_beat(pilot)
        assert said == []
    bob.close()


async def test_the_others_see_that_a_reply_is_being_written_and_when_it_is_over(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert signs(ids) == {"1": False}
        await pilot.press("m")
        await settled(pilot)
        assert signs(ids) == {"1": True}
        await pilot.press("escape")
        await settled(pilot)
        assert signs(ids) == {"1": False}


async def test_who_closes_the_ticket_or_looks_at_something_else_is_gone_from_it(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        ticket = app.screen
        assert isinstance(ticket, TicketScreen)
        app.push_screen(ClientScreen(ticket.session, ids.client))
        await settled(pilot)
        await settled(pilot)
        assert signs(ids) == {}
        app.pop_screen()
        await settled(pilot)
        await settled(pilot)
        assert signs(ids) == {"1": False}
        app.push_screen(TicketScreen(ticket.session, ids.ticket))
        await settled(pilot)
        await settled(pilot)
        assert signs(ids) == {"1": False}


async def test_presence_that_can_t_be_told_disturbs_nobody(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_how: object) -> None:
        raise StorageUnavailable("The desk can't be reached")

    monkeypatch.setattr(presence, "be_here", broken)
    monkeypatch.setattr(presence, "leave", broken)
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Касса не печатает" in await shown(pilot)
        assert "can't be reached" not in await after_a_beat(pilot)
        assert not app._notifications
        ticket = app.screen
        assert isinstance(ticket, TicketScreen)
        app.push_screen(ClientScreen(ticket.session, ids.client))
        await settled(pilot)
        assert app.is_running


async def test_a_time_somebody_set_meanwhile_is_told_and_what_was_typed_stays(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    bob = ids.desk("bob")
    async with app.run_test(size=(100, 24)) as pilot:
        await shown(pilot)
        await pilot.press("d", "3")
        await settled(pilot)
        tickets.set_times(bob, ids.ticket, planned_at=NOW + timedelta(hours=5))
        await pilot.press(*"16:30", "enter")
        await settled(pilot)
        said = str(app.screen.query_one("#problem", Static).content)
        assert "Bob has put 2026-03-02 14:00 meanwhile; you wanted 2026-03-02 16:30" in said
        assert app.screen.query_one(TextLine).value == "16:30"
        await pilot.press("enter")
        await settled(pilot)
        assert planned(ids) == NOW + timedelta(hours=7, minutes=30)
    bob.close()


async def test_assigning_what_somebody_assigned_meanwhile_says_by_whom_in_the_form(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    bob = ids.desk("bob")
    async with app.run_test(size=(120, 30)) as pilot:
        await shown(pilot)
        await pilot.press("a")
        await settled(pilot)
        tickets.assign(bob, [ids.ticket], ids.engineer)
        await pilot.press(*"con", "enter")
        await settled(pilot)
        text = " ".join(screen_text(app).split())
        assert "Bob has put Ева meanwhile" in text
        assert app.screen.query_one("#narrow", TextLine).value == "con"
    bob.close()


def test_leaving_comes_after_a_sign_that_is_being_given(ids: Ids) -> None:
    """A screen's last sign that is still on its way may not stand after it was taken back."""
    desk = ids.desk()
    session = Session(desk, ())
    screen = TicketScreen(session, ids.ticket)
    session.presence_turn.acquire()
    late = threading.Thread(target=screen._be_here)
    late.start()
    screen._is_gone = True
    session.presence_turn.release()
    late.join(10)
    screen._leave()
    assert signs(ids) == {}
    desk.close()
