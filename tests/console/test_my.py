"""The engineer's own work: list, timer, time, resolving."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.data.queries import people
from deskconsole.data.queries import tickets as ticket_lists
from deskconsole.desk import tickets, time
from deskconsole.domain.terms import Category
from deskconsole.i18n import use_language
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.log_time import LogTime
from deskconsole.screens.my import MyScreen
from deskconsole.screens.ticket import TicketScreen
from tests.console.real_desk import HOSTILE, NOW, Ids, assigned, real_console, screen_text, small_desk
from tests.console.shell import opened, press, settled

SIZES = [(80, 24), (160, 45)]


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    made = small_desk(tmp_path)
    assigned(made)
    return made


def console(tmp_path: Path, ids: Ids) -> DeskApp[Any]:
    return real_console(tmp_path, ids, MyScreen, login="eve")


async def shown(pilot: Pilot[Any]) -> str:
    await opened(pilot)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


async def keys(pilot: Pilot[Any], *pressed: str) -> str:
    await press(pilot, *pressed)
    for _again in range(3):
        await settled(pilot)
    return screen_text(pilot.app)


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


def category(ids: Ids) -> Category:
    desk = ids.desk()
    try:
        return desk.read(ticket_lists.rows, [ids.ticket])[0].category
    finally:
        desk.close()


@pytest.mark.parametrize("size", SIZES)
async def test_own_open_tickets_stand_by_due_with_the_days_total(
    tmp_path: Path, ids: Ids, size: tuple[int, int]
) -> None:
    desk = ids.desk()
    sooner = tickets.register(desk, tickets.Registration("Sooner", ids.client, due_at=NOW + timedelta(minutes=20)))
    tickets.register(desk, tickets.Registration("Somebody else's", ids.client))
    tickets.assign(desk, [sooner], ids.engineer)
    desk.close()
    async with console(tmp_path, ids).run_test(size=size) as pilot:
        text = await shown(pilot)
        lines = text.splitlines()
        places = [next(n for n, line in enumerate(lines) if word in line) for word in ("Sooner", "Касса не")]
        assert places == sorted(places)
        assert "Somebody else's" not in text
        assert "▲ 20 m" in text
        assert "2 h 0 m w" in text
        assert "2 open tickets  ·  today: 0 m logged of 8 h  ·  Ева" in text


async def test_nothing_to_do_says_the_next_step(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    tickets.assign(desk, [ids.ticket], None)
    desk.close()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Nothing is assigned to you." in await shown(pilot)
        await keys(pilot, "x")
        assert toasts(app) == ["There is no ticket here to do that with."]


async def test_the_timer_runs_on_screen_and_logs_when_it_is_stopped(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert "● 00:00 on ticket 1  ООО Ромашка" in await keys(pilot, "ц")
        ids.clock.now = NOW + timedelta(minutes=25)
        app._tick()
        await pilot.pause()
        assert "● 25 m on ticket 1" in screen_text(app)
        text = await keys(pilot, "w")
        assert "Timer stopped: 25 min logged." in toasts(app)[-1]
        assert "No timer runs." in text
        assert "today: 25 m logged" in text


async def test_resolving_asks_for_the_time_first_where_none_is_logged(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "x")
        assert isinstance(app.screen, LogTime)
        await keys(pilot, "escape")
        assert category(ids) is Category.OPEN
        await keys(pilot, "x", *"30", "enter")
        assert category(ids) is Category.RESOLVED
        assert "Nothing is assigned to you." in screen_text(app)
        await keys(pilot, "u")
        assert category(ids) is Category.OPEN


async def test_resolving_with_time_logged_is_one_key(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "t", *"15", "enter")
        await keys(pilot, "x")
        assert category(ids) is Category.RESOLVED


async def test_work_given_by_a_dispatcher_appears_without_a_key_and_the_cursor_stays(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        desk = ids.desk()
        sooner = tickets.register(desk, tickets.Registration("Burning", ids.client, due_at=NOW))
        tickets.assign(desk, [sooner], ids.engineer)
        desk.close()
        app.screen.post_message(DeskChanged(frozenset({("ticket", sooner)})))
        await settled(pilot)
        await settled(pilot)
        assert "Burning" in screen_text(app)
        assert isinstance(app.screen, MyScreen)
        assert app.screen.lines.cursor_key == ids.ticket


async def test_what_others_change_elsewhere_is_looked_into_and_leaves_one_clock(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        screen = app.screen
        assert isinstance(screen, MyScreen)
        work, clock = screen._work, screen._timers_of_repeats["mine"]
        desk = ids.desk()
        other = tickets.register(desk, tickets.Registration("Somebody else's", ids.client))
        for _look in range(3):
            screen.post_message(DeskChanged(frozenset({("ticket", other)})))
            await settled(pilot)
        assert screen._work is work
        assert screen._timers_of_repeats["mine"] is clock
        eve = ids.desk("eve")
        time.log_time(eve, other, 25)
        eve.close()
        desk.close()
        screen.post_message(DeskChanged(frozenset({("ticket", other)})))
        await settled(pilot)
        await settled(pilot)
        assert "today: 25 m logged" in screen_text(app)


async def test_enter_opens_the_ticket(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        await keys(pilot, "escape")
        assert isinstance(app.screen, MyScreen)


async def test_hostile_texts_reach_no_terminal_raw(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    for text in HOSTILE:
        number = tickets.register(desk, tickets.Registration(text, ids.client, due_at=NOW))
        tickets.assign(desk, [number], ids.engineer)
    desk.close()
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        text = await shown(pilot)
        assert all(sign.isprintable() for sign in text.replace("\n", ""))
        assert "[VIP] client" in text
        text = await keys(pilot, "w")
        assert all(sign.isprintable() for sign in text.replace("\n", ""))


async def test_the_timer_of_another_ticket_is_refused_in_a_sentence(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    other = tickets.register(desk, tickets.Registration("Other", ids.client, due_at=NOW))
    tickets.assign(desk, [other], ids.engineer)
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "w", "j")
        await keys(pilot, "w")
        assert "stop it there first" in toasts(app)[-1]
        timer = desk.read(people.timer_of, ids.engineer)
        assert timer is not None
        assert timer.ticket_id == other
    desk.close()
