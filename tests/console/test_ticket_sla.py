"""The clocks of a ticket on its screen, and what is done about them there: the client speaks, somebody arrives."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.data.queries import ticket_card
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk import checklists, sla, tickets
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import Category, Role, SlaClock
from deskconsole.i18n import use_language
from deskconsole.screens.my import MyScreen
from deskconsole.screens.sla_explain import ClockExplanation
from deskconsole.screens.ticket import TicketScreen
from tests.console.real_desk import NOW, Ids, real_console, screen_text, small_desk
from tests.console.shell import opened, settled

ADMIN = Viewer(1, Role.ADMIN)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    """The small desk, under a policy: an answer in one hour, somebody there in two, an end in four."""
    made = small_desk(tmp_path)
    desk = made.desk()
    minutes = {SlaClock.FIRST_RESPONSE: 60, SlaClock.ARRIVAL: 120, SlaClock.RESOLUTION: 240}
    sla.put_policy(desk, "Gold", targets=[Target(clock, length) for clock, length in minutes.items()])
    sla.bind(desk, "Gold", Level.DEFAULT)
    desk.close()
    return made


def visit(ids: Ids, *points: str) -> int:
    """A visit under the policy, given to the engineer, with these points to do."""
    desk = ids.desk()
    ticket = tickets.register(desk, tickets.Registration("Replace the printer", ids.client, type="visit"))
    tickets.assign(desk, [ticket], ids.engineer)

    def put(unit: Unit) -> int:
        checklists.add_items(unit, unit.ticket(ticket), points)
        return 0

    desk.write("points", put)
    desk.close()
    return ticket


def console(tmp_path: Path, ids: Ids, ticket: int, *, login: str = "ann") -> DeskApp[Any]:
    return real_console(tmp_path, ids, lambda session: TicketScreen(session, ticket), login=login)


async def shown(pilot: Pilot[Any]) -> str:
    await opened(pilot)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


async def keys(pilot: Pilot[Any], *pressed: str) -> str:
    await pilot.press(*pressed)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


def card(ids: Ids, ticket: int) -> ticket_card.TicketCard:
    desk = ids.desk()
    try:
        return desk.read(ticket_card.card, ticket, ADMIN)
    finally:
        desk.close()


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


def move(desk: Desk, ticket: int, *statuses: str) -> None:
    for status in statuses:
        tickets.set_status(desk, [ticket], status)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_every_clock_has_its_state_its_bar_and_its_due(tmp_path: Path, ids: Ids, size: tuple[int, int]) -> None:
    ticket = visit(ids)
    ids.clock.now = NOW + timedelta(minutes=30)
    async with console(tmp_path, ids, ticket).run_test(size=size) as pilot:
        text = await shown(pilot)
        for words in (
            "first response  █████░░░░░ ▼ 30 m", "due 10:00, 30 m of 1 h",
            "arrival         ███░░░░░░░ ▼ 1 h 30 m", "due 11:00, 30 m of 2 h",
            "resolution      █░░░░░░░░░ 3 h 30 m", "due 13:00, 30 m of 4 h",
        ):  # fmt: skip
            assert words in text, words


async def test_waiting_for_the_client_shows_the_clock_pausing_at_once(tmp_path: Path, ids: Ids) -> None:
    ticket = visit(ids)
    desk = ids.desk()
    tickets.reply(desk, ticket, "Which model is it?")
    tickets.arrive(desk, ticket)
    move(desk, ticket, "in_progress")
    ids.clock.now = NOW + timedelta(hours=1)
    app = console(tmp_path, ids, ticket)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "3 h 0 m" in await shown(pilot)
        move(desk, ticket, "waiting_client")
        text = await keys(pilot, "f5")
        assert "|| paused 3 h left" in text
        assert "due 13:00" not in text
        text = await keys(pilot, "v")
        assert f"What the client said on ticket {ticket}" in text
        text = await keys(pilot, *"A 91F", "f2")
        assert "due 13:00, 1 h of 4 h" in text
        assert card(ids, ticket).row.category is Category.OPEN
        assert "A 91F" in text
    desk.close()


async def test_an_arrival_is_noted_once_and_only_on_visits(tmp_path: Path, ids: Ids) -> None:
    ticket = visit(ids)
    app = console(tmp_path, ids, ticket)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        text = await keys(pilot, "z")
        assert card(ids, ticket).arrived_at == NOW
        assert "arrived at the client's" in text
        assert "+ kept" in text
        await keys(pilot, "я")
        assert toasts(app)[-1] == "The arrival is noted already."
    app = console(tmp_path, ids, ids.ticket)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "z")
        assert toasts(app)[-1] == "Nobody travels for this ticket: it is no visit."


async def test_the_engineer_arrives_from_the_own_list(tmp_path: Path, ids: Ids) -> None:
    ticket = visit(ids)
    app = real_console(tmp_path, ids, MyScreen, login="eve")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "z")
        assert toasts(app)[-1] == f"Arrived for ticket {ticket}."
        assert card(ids, ticket).arrived_at == NOW


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_points_are_ticked_off_and_taken_back(tmp_path: Path, ids: Ids, size: tuple[int, int]) -> None:
    ticket = visit(ids, "Unplug the old one", "Print a test page")
    app = console(tmp_path, ids, ticket)
    async with app.run_test(size=size) as pilot:
        assert "checklist 0 of 2" in await shown(pilot)
        assert "[ ] Unplug the old one" in await keys(pilot, "n")
        assert "checklist 1 of 2" in await keys(pilot, "1")
        assert card(ids, ticket).checklist[0].done_by == "Анна"
        assert "[x] Unplug the old one" in await keys(pilot, "n")
        assert "checklist 0 of 2" in await keys(pilot, "2")
    app = console(tmp_path, ids, ids.ticket)
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        await keys(pilot, "n")
        assert toasts(app)[-1] == "This ticket has no checklist."


async def test_the_explanation_is_one_key_away(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids, ids.ticket)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "x")
        assert isinstance(app.screen, ClockExplanation)
        await keys(pilot, "escape")
        assert isinstance(app.screen, TicketScreen)


async def test_a_contractor_sees_the_clocks_of_the_own_ticket(tmp_path: Path, ids: Ids) -> None:
    ticket = visit(ids)
    desk = ids.desk()
    tickets.assign(desk, [ticket], ids.engineer + 1)
    desk.close()
    async with console(tmp_path, ids, ticket, login="con").run_test(size=(80, 24)) as pilot:
        assert "arrival" in await shown(pilot)
    async with console(tmp_path, ids, ids.ticket, login="con").run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "There is no ticket" in text
        assert "resolution" not in text


async def test_the_dues_of_a_site_in_another_zone_are_told_in_both(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids, ids.ticket).run_test(size=(160, 45)) as pilot:
        assert "due 11:00 (site 14:00), set by hand" in await shown(pilot)
