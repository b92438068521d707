"""Panes and work on a real screen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from deskconsole.domain.errors import DeskError, StorageUnavailable
from deskconsole.i18n import use_language
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.pane import Pane, StateLine
from deskconsole.screens.work import Done, Failed
from tests.console.shell import Pretend, console, opened, settled


class Loaded(Done[list[str]]):
    pass


class Board(DeskScreen[None]):
    SCOPE = "my"

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[list[str] | DeskError] = []
        self.read = 0

    def compose(self) -> ComposeResult:
        with Pane():
            yield Static("rows", id="rows")

    def fetch(self) -> list[str]:
        self.read += 1
        outcome = self.outcomes.pop(0) if self.outcomes else []
        if isinstance(outcome, DeskError):
            raise outcome
        return outcome

    def on_mount(self) -> None:
        self.keep_fresh(self.fetch, Loaded, group="rows", every=60)

    def action_refresh_data(self) -> None:
        self.freshen("rows")

    @on(Loaded)
    def _loaded(self, event: Loaded) -> None:
        pane = self.query_one(Pane)
        if event.result:
            pane.ready(self.shell.now())
        else:
            pane.empty("Nothing to do: press N for a new ticket.", self.shell.now())

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        self.query_one(Pane).failed(event.sentence, self.shell.now())


def said(screen: Any) -> str:
    return str(screen.query_one(StateLine).content)


async def test_a_pane_goes_from_empty_to_data_to_failure_that_keeps_the_data(tmp_path: Path) -> None:
    use_language("en")
    async with console(tmp_path, screen=Board).run_test() as pilot:
        screen = await opened(pilot)
        await settled(pilot)
        assert said(screen) == "Nothing to do: press N for a new ticket."
        assert not screen.query_one("#rows").display
        screen.outcomes = [["a ticket"], StorageUnavailable("The desk is locked.")]
        await pilot.press("f5")
        await settled(pilot)
        assert screen.query_one("#rows").display
        await pilot.press("f5")
        await settled(pilot)
        assert screen.query_one("#rows").display
        assert said(screen) == "The desk is locked. What you see is 0 minutes old. F5 tries again."
        screen.query_one(Pane).tick(Pretend().now() + timedelta(minutes=3))
        assert "3 minutes old" in said(screen)


async def test_a_hidden_screen_rests_and_reads_again_when_seen(tmp_path: Path) -> None:
    class Card(DeskScreen[None]):
        SCOPE = "client"

    async with console(tmp_path, screen=Board).run_test() as pilot:
        screen = await opened(pilot)
        await settled(pilot)
        read = screen.read
        await pilot.app.push_screen(Card())
        await pilot.pause()
        assert screen._timers_of_repeats == {}
        await pilot.press("escape")
        await settled(pilot)
        assert screen.read == read + 1


async def test_a_question_over_a_screen_does_not_stop_it(tmp_path: Path) -> None:
    async with console(tmp_path, screen=Board).run_test() as pilot:
        screen = await opened(pilot)
        await settled(pilot)
        await pilot.press("?")
        await pilot.pause()
        assert set(screen._timers_of_repeats) == {"rows"}
