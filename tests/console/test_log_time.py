"""Logging time: what is typed, what it will cost, what it did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.data.queries import hours, ticket_card
from deskconsole.data.queries.charging import Charging, Held
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk import lines, tickets
from deskconsole.domain.hours import Lot
from deskconsole.domain.terms import Role, TariffMode
from deskconsole.i18n import use_language
from deskconsole.screens.fields import TextLine
from deskconsole.screens.log_time import LogTime, effect_of
from deskconsole.screens.ticket import TicketScreen
from tests.console.real_desk import HOSTILE, NOW, Ids, assigned, real_console, screen_text, small_desk
from tests.console.shell import opened, settled


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    return small_desk(tmp_path)


async def asking(pilot: Pilot[Any]) -> LogTime:
    """Open the ticket and ask for the time."""
    await opened(pilot)
    await settled(pilot)
    await pilot.press("t")
    await settled(pilot)
    assert isinstance(pilot.app.screen, LogTime)
    return pilot.app.screen


def console(tmp_path: Path, ids: Ids, ticket: int = 0) -> DeskApp[Any]:
    return real_console(tmp_path, ids, lambda session: TicketScreen(session, ticket or ids.ticket))


def said(app: DeskApp[Any], name: str) -> str:
    return str(app.screen.query_one(f"#{name}", Static).content)


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


def balance(ids: Ids) -> int:
    desk = ids.desk()
    try:
        return desk.read(hours.balance, ids.client, NOW.date()).free
    finally:
        desk.close()


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_typing_shows_what_is_charged_and_how_the_hours_move(
    tmp_path: Path, ids: Ids, size: tuple[int, int]
) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=size) as pilot:
        await asking(pilot)
        await pilot.press(*"1h05")
        await pilot.pause()
        assert app.screen.query_one("#charged", TextLine).value == "75"
        assert "Hours left: 3 h -> 1 h 45 m" in screen_text(app)
        await pilot.press("backspace", "backspace", "backspace", "backspace", *"4:00")
        await pilot.pause()
        assert "Hours left: 3 h -> 0 m" in screen_text(app)
        assert "x 1 h no hours cover" in screen_text(app)
        for words in ("Worked", "Charged", "Note", "Send"):
            assert words in screen_text(app)


async def test_what_was_logged_and_how_the_balance_moved_is_said_afterwards(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*"50", "enter")
        await settled(pilot)
        await settled(pilot)
        assert toasts(app)[-1] == "50 m worked, 1 h charged. Hours left: 3 h -> 2 h."
        assert balance(ids) == 120
        assert "hours left: 2 h" in screen_text(app)


async def test_charged_minutes_typed_by_hand_are_kept(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*"50", "tab", "ctrl+u", "5", "shift+tab", "0")
        await pilot.pause()
        assert app.screen.query_one("#charged", TextLine).value == "5"
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert balance(ids) == 175


async def test_time_on_a_line_spends_what_the_line_had_reserved(tmp_path: Path, ids: Ids) -> None:
    assigned(ids, planned=150)
    assert balance(ids) == 30
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*"60")
        await pilot.pause()
        assert "Hours left: 30 m -> 0 m" in said(app, "effect")
        await pilot.press("tab", "tab", "down")
        await pilot.pause()
        assert "Hours left: 3 h -> 2 h" in said(app, "effect")
        await pilot.press("ctrl+s")
        await settled(pilot)
        await settled(pilot)
        assert toasts(app)[-1].endswith("Hours left: 3 h -> 2 h.")
        assert balance(ids) == 30  # the line still holds the other hour and a half


async def test_time_on_a_performed_line_is_paid_up_to_its_minutes(tmp_path: Path, ids: Ids) -> None:
    assigned(ids, planned=60)
    desk = ids.desk()
    lines.perform_line(desk, 1)
    desk.close()
    assert balance(ids) == 120
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*"75", "tab", "tab", "down")
        await pilot.pause()
        assert "Hours left: 2 h -> 1 h 45 m" in said(app, "effect")
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert balance(ids) == 105


async def test_time_nobody_pays_hours_for_says_so(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    lift = tickets.register(desk, tickets.Registration("Lift", ids.client, equipment_id=ids.foreign))
    desk.close()
    app = console(tmp_path, ids, lift)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*"50")
        await pilot.pause()
        assert "The charged time is priced; no hours are taken." in said(app, "effect")
        await pilot.press("enter")
        await settled(pilot)
        assert balance(ids) == 180


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ((), "Type how long you worked"),
        (("-", "5"), "is no length of time"),
        (("0",), "from 1 to 1440"),
        (tuple("9999"), "from 1 to 1440"),
    ],
)
async def test_minutes_that_cannot_be_are_refused_in_a_sentence_and_stay_typed(
    tmp_path: Path, ids: Ids, typed: tuple[str, ...], sentence: str
) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*typed, "ctrl+s")
        await settled(pilot)
        assert sentence in said(app, "problem")
        assert app.screen.query_one("#worked", TextLine).value == "".join(typed)
        assert balance(ids) == 180


async def test_what_was_typed_is_kept_through_esc_and_forgotten_once_logged(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        await pilot.press(*"50", "tab", "tab", *"long note", "escape")
        await pilot.pause()
        await pilot.press("t")
        await settled(pilot)
        assert app.screen.query_one("#note", TextLine).value == "long note"
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert app.drafts.kept(f"time:{ids.ticket}") == {}


async def test_hostile_subjects_are_shown_as_text(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    number = tickets.register(desk, tickets.Registration(" ".join(HOSTILE), ids.client))
    desk.close()
    app = console(tmp_path, ids, number)
    async with app.run_test(size=(80, 24)) as pilot:
        await asking(pilot)
        assert all(sign.isprintable() for sign in screen_text(app).replace("\n", ""))
        await pilot.press(*"5", "enter")
        await settled(pilot)
        desk = ids.desk()
        assert desk.read(ticket_card.card, number, Viewer(1, Role.ADMIN)).worked == 5
        desk.close()


@given(
    charged=st.integers(0, 1440),
    free=st.lists(st.integers(0, 300), max_size=4),
    held=st.integers(0, 300),
)
def test_the_effect_always_adds_up(charged: int, free: list[int], held: int) -> None:
    lots = tuple(Lot(number, minutes, NOW.date()) for number, minutes in enumerate(free, 1))
    charging = Charging(0, TariffMode.HOURS, True, lots, (Held(7, 1, held),))
    for line in (None, 7):
        effect = effect_of(charging, (), charged, line)
        assert effect.before == sum(free) + (held if line else 0)
        assert effect.before - effect.after + effect.uncovered == charged
