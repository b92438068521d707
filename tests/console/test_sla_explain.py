"""The account of a ticket's clocks on the screen: an argument with a client ends here."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session as Transaction
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.data.tables import StoredCalendar
from deskconsole.desk import sla, tickets
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import SlaClock
from deskconsole.i18n import use_language
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.sla_explain import ClockExplanation
from tests.console.real_desk import NOW, Ids, real_console, screen_text, small_desk
from tests.console.shell import opened, press, settled

SIZES = [(80, 24), (160, 45)]
OFFICE = {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    """The small desk under an SLA; its ticket waited over a night, was answered, and is asked about again."""
    made = small_desk(tmp_path)
    desk = made.desk()
    desk.write("calendar", _calendar)
    targets = [Target(SlaClock.RESOLUTION, 480), Target(SlaClock.FIRST_RESPONSE, 60), Target(SlaClock.UPDATE, 120)]
    sla.put_policy(desk, "Gold", calendar="Office", targets=targets)
    sla.bind(desk, "Gold", Level.CLIENT, row_id=made.client)
    sla.put_policy(desk, "Usual", calendar="Office", targets=targets)
    sla.bind(desk, "Usual", Level.DEFAULT)
    _story(made, desk)
    desk.close()
    return made


def _calendar(unit: Unit) -> int:
    session: Transaction = unit.session
    session.add(StoredCalendar(name="Office", definition=json.dumps({"timezone": "UTC", "hours": OFFICE})))
    return 0


def _story(ids: Ids, desk: Desk) -> None:
    ticket = ids.ticket
    tickets.set_times(desk, ticket, due_at=None)
    ids.clock.now = NOW + timedelta(minutes=40)
    tickets.reply(desk, ticket, "We look at it")
    ids.clock.now = NOW + timedelta(hours=2)
    tickets.client_said(desk, ticket, "Well?")
    tickets.set_status(desk, [ticket], "waiting_client")
    ids.clock.now = NOW + timedelta(days=1, hours=1)
    tickets.client_said(desk, ticket, "I am here")
    tickets.reply(desk, ticket, "Thank you")
    ids.clock.now = NOW + timedelta(days=1, hours=3)
    tickets.client_said(desk, ticket, "And now?")
    ids.clock.now = NOW + timedelta(days=1, hours=3, minutes=30)


def console(folder: Path, ids: Ids) -> DeskApp[Any]:
    return real_console(folder, ids, lambda session: ClockExplanation(session, ids.ticket))


def screen_of(pilot: Pilot[Any]) -> ClockExplanation:
    screen = pilot.app.screen
    assert isinstance(screen, ClockExplanation)
    return screen


async def shown(pilot: Pilot[Any]) -> str:
    await opened(pilot)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


async def after(pilot: Pilot[Any], *keys: str) -> str:
    await press(pilot, *keys)
    for _again in range(3):
        await settled(pilot)
    return screen_text(pilot.app)


@pytest.mark.parametrize("size", SIZES)
async def test_clocks_policy_and_reason_are_on_one_screen(size: tuple[int, int], tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=size) as pilot:
        text = await shown(pilot)
    for words in (
        f"#{ids.ticket} Касса не печатает",
        '"Gold" is bound to the client',
        "Calendar Office (UTC)",
        "first response",
        "update 3/3",
        "resolution",
        "+ kept with 0:20:00 left",
        "Counted",
    ):
        assert words in text


async def test_the_account_of_a_clock_names_every_stretch_and_its_sums(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        await shown(pilot)
        text = await after(pilot, "end")
        account = screen_of(pilot).account.shown_text()
    assert "paused: Waiting for client" in text
    for words in (
        "8:00:00, for every ticket",
        "8:00:00 - 4:30:00 = 3:30:00",
        "Still to come until it is due",
        "Usual: ",
    ):
        assert words in account


async def test_keys_go_from_clock_to_clock_whatever_has_the_focus(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        first = await shown(pilot)
        second = await after(pilot, "tab", "]")
        again = await after(pilot, "[")
    assert "1:00:00 - 0:40:00 = 0:20:00" in first
    assert "2:00:00 - " in second
    assert "1:00:00 - 0:40:00 = 0:20:00" in again


async def test_a_long_account_scrolls_at_80_by_24(tmp_path: Path, ids: Ids) -> None:
    ids.clock.now = NOW + timedelta(days=40)
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await after(pilot, "end", "tab")
        text = await after(pilot, "end")
        assert "Policies passed over" in screen_of(pilot).account.shown_text()
    assert "Clocks it does not have" in text
    assert max(map(len, text.splitlines())) <= 80


async def test_a_change_of_the_ticket_is_followed_and_the_cursor_stays(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        await shown(pilot)
        await after(pilot, "end")
        desk = ids.desk()
        tickets.set_status(desk, [ids.ticket], "waiting_client")
        desk.close()
        pilot.app.screen.post_message(DeskChanged(frozenset({("ticket", ids.ticket)})))
        text = await after(pilot)
        assert screen_of(pilot).lines.cursor_index == 4
    assert "|| paused, 3:30:00 left" in text


async def test_what_is_shown_can_be_copied(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await after(pilot, "end", "y")
        assert "8:00:00 - 4:30:00 = 3:30:00" in pilot.app.clipboard


async def test_a_ticket_that_is_gone_is_said_with_a_way_to_try_again(tmp_path: Path, ids: Ids) -> None:
    app = real_console(tmp_path, ids, lambda session: ClockExplanation(session, 999))
    async with app.run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
    assert "There is no ticket 999." in text
    assert "F5 tries again." in text


async def test_it_is_said_in_the_language_that_is_chosen(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        use_language("ru")
        screen_of(pilot).speak_again()
        text = await after(pilot, "end")
    use_language("en")
    assert "Ждём клиента" in text or "клиент" in text
