"""The list of alerts on a real desk: taking note, muting, all there ever were, and the ticket behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.config import BUILT_IN_VIEWS, Settings
from deskconsole.console import _alert_watch
from deskconsole.data.queries import alerts as queries
from deskconsole.data.queries.alerts import AlertRow
from deskconsole.desk import tickets
from deskconsole.desk.desk import Desk
from deskconsole.desk.unread_pass import ring_unread
from deskconsole.drafts import DraftBox
from deskconsole.i18n import use_language
from deskconsole.screens.alerts import AlertsScreen
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.keymap import load_keymap
from deskconsole.screens.queue import QueueScreen
from deskconsole.screens.session import Session
from deskconsole.screens.ticket import TicketScreen
from tests.console.real_desk import HOSTILE, NOW, Ids, screen_text, small_desk
from tests.console.shell import opened, press, settled

SIZES = [(80, 24), (160, 45)]
SUBJECTS = ("Принтер жуёт бумагу", "Касса не включается", "[VIP] \x1b]52;c;AA\x07[/x]")


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@dataclass
class Alarmed:
    """A small desk with three tickets that nobody has opened, and a console on it."""

    ids: Ids
    app: DeskApp[Any]

    def rows(self) -> tuple[AlertRow, ...]:
        """All its alerts, the newest first."""
        desk = self.ids.desk()
        try:
            return desk.read(queries.history, Session(desk, ()).viewer, self.ids.clock.now)
        finally:
            desk.close()


def unread_tickets(ids: Ids, *subjects: str) -> None:
    desk = ids.desk()
    ids.clock.now += timedelta(minutes=1)
    ring_unread(desk, ids.clock.now)  # the rule begins with the first pass: the desk's own ticket stays silent
    for subject in subjects:
        tickets.register(desk, tickets.Registration(subject, ids.client))
    ids.clock.now += timedelta(minutes=6)
    ring_unread(desk, ids.clock.now)
    desk.close()


@pytest.fixture
def alarmed(tmp_path: Path) -> Alarmed:
    ids = small_desk(tmp_path)
    unread_tickets(ids, *SUBJECTS)
    return Alarmed(ids, console(tmp_path, ids))


def console(folder: Path, ids: Ids) -> DeskApp[Any]:
    sessions: list[Session] = []

    def first(desk: Desk) -> DeskScreen[None]:
        sessions.append(Session(desk, BUILT_IN_VIEWS))
        app.role = desk.actor.role
        return QueueScreen(sessions[0])

    app: DeskApp[Any] = DeskApp(
        open_desk=lambda: ids.desk("ann"),
        first_screen=first,
        drafts=DraftBox(folder / "drafts", desk="small", login="ann"),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="small",
        watch=lambda app, _desk: _alert_watch(app, sessions[0], Settings(bell=False, desktop_alerts="off")),
    )
    return app


async def pressed(pilot: Pilot[Any], *keys: str) -> str:
    await press(pilot, *keys)
    for _again in range(3):
        await settled(pilot)
    return screen_text(pilot.app)


async def told(pilot: Pilot[Any]) -> str:
    """The feed tells the console that alerts are others."""
    for node in (pilot.app, *pilot.app.screen_stack):
        node.post_message(DeskChanged(frozenset({("alert", None)})))
    return await pressed(pilot)


async def listed(pilot: Pilot[Any]) -> str:
    """The list of alerts, opened from the queue."""
    await opened(pilot)
    await pressed(pilot)
    return await pressed(pilot, "!")


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


@pytest.mark.parametrize("size", SIZES)
async def test_every_alert_stands_there_with_its_ticket(alarmed: Alarmed, size: tuple[int, int]) -> None:
    async with alarmed.app.run_test(size=size) as pilot:
        text = await listed(pilot)
        assert isinstance(pilot.app.screen, AlertsScreen)
        lines = text.splitlines()
        assert lines[0].strip() == "Alerts  3"
        assert sum("* UNREAD 0 m" in line for line in lines[2:5]) == 3
        assert any("[VIP] ]52;c;AA[/x]"[:12] in line for line in lines)
        assert "3 alerts  * UNREAD 0 m" in lines[-2]
        assert "Nobody" not in text


async def test_the_line_and_the_list_agree_after_each_notice(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        text = await pressed(pilot, "a")
        assert toasts(alarmed.app) == ["Acknowledge: 1 alert."]
        assert text.splitlines()[0].strip() == "Alerts  2"
        assert "2 alerts" in text.splitlines()[-2]
        await pressed(pilot, "ctrl+g")
        text = await told(pilot)
        assert text.splitlines()[0].strip() == "Alerts  1"
        assert "1 alert " in text.splitlines()[-2]


async def test_many_are_confirmed_first_and_then_done_at_once(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        text = await listed(pilot)
        text = await pressed(pilot, "*", "a")
        assert "Acknowledge: 3 alerts?" in text
        assert SUBJECTS[0] in text
        text = await pressed(pilot, "y")
        assert "Nothing to alert you of. v shows all." in text
        assert all(row.is_acknowledged for row in alarmed.rows())


async def test_all_there_were_are_shown_with_who_took_note_and_when(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        alarmed.ids.clock.now += timedelta(minutes=3)
        await pressed(pilot, "a")
        text = await pressed(pilot, "v")
        assert text.splitlines()[0].strip() == "All alerts  3"
        name = next(row.acknowledged_by for row in alarmed.rows() if row.is_acknowledged)
        assert f"+ 09:10 {name}" in text
        text = await pressed(pilot, "v")
        assert text.splitlines()[0].strip() == "Alerts  2"


async def test_what_is_done_with_cannot_be_done_again(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        await pressed(pilot, "*", "a", "y", "v")
        await pressed(pilot, "m")
        assert toasts(alarmed.app)[-1] == "There is no open alert here to do that with."


async def test_muting_asks_for_how_long_and_keeps_who_did_it(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        assert "for an hour" in await pressed(pilot, "m")
        text = await pressed(pilot, "2")
        assert text.splitlines()[0].strip() == "Alerts  2"
        (muted,) = [row for row in alarmed.rows() if row.muted_at is not None]
        assert muted.held_until == alarmed.ids.clock.now + timedelta(hours=1)
        assert f"x muted to 10:07 {muted.muted_by}"[:20] in await pressed(pilot, "v")


async def test_muting_for_good_has_no_end(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        await pressed(pilot, "m", "5")
        (muted,) = [row for row in alarmed.rows() if row.muted_at is not None]
        assert muted.held_until is None


async def test_opening_the_ticket_ends_its_alert(alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        await pressed(pilot, "enter")
        assert isinstance(pilot.app.screen, TicketScreen)
        assert "2 alerts" in (await told(pilot)).splitlines()[-2]
        text = await pressed(pilot, "escape")
        assert text.splitlines()[0].strip() == "Alerts  2"


async def test_the_cursor_stays_on_its_alert_when_others_come(tmp_path: Path, alarmed: Alarmed) -> None:
    async with alarmed.app.run_test(size=(120, 30)) as pilot:
        await listed(pilot)
        await pressed(pilot, "down", "space")
        screen = pilot.app.screen
        assert isinstance(screen, AlertsScreen)
        key, marks = screen.lines.cursor_key, screen.lines.marks
        unread_tickets(alarmed.ids, "Новая")
        text = await told(pilot)
        assert text.splitlines()[0].strip() == "Alerts  4  1 marked"
        assert (screen.lines.cursor_key, screen.lines.marks) == (key, marks)


async def test_hostile_texts_are_text(tmp_path: Path) -> None:
    ids = small_desk(tmp_path)
    unread_tickets(ids, *HOSTILE)
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        text = await listed(pilot)
        assert "[@click=app.quit]quit[/]" in text
        assert not set(text) & set("\x1b\x07\x9b\u202e\x00\x08")
        assert "[/x] closing" in await pressed(pilot, "*", "a")


async def test_nothing_to_alert_of_says_the_next_step(tmp_path: Path) -> None:
    ids = small_desk(tmp_path)
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        assert "Nothing to alert you of. v shows all." in await listed(pilot)
        assert "There were no alerts yet." in await pressed(pilot, "v")
        assert ids.clock.now == NOW
