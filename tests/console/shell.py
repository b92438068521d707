"""A small console for tests of the shell: one screen, a desk that only knows the time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.domain.sentences import Sentence
from deskconsole.drafts import DraftBox
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.fields import TextLine
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.keymap import load_keymap


class Pretend:
    """A desk that knows what time it is."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class PretendQueue(DeskScreen[None]):
    """A queue that remembers what was asked of it."""

    SCOPE = "queue"
    CSS = "TextLine { height: 1; border: none; }"
    REFUSED: ClassVar[dict[str, Sentence]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.refused: dict[str, Sentence] = {}

    def compose(self) -> ComposeResult:
        yield Static("queue")
        yield TextLine(id="filter")
        yield KeyLine()

    def on_mount(self) -> None:
        self.set_focus(None)

    AUTO_FOCUS = ""

    def why_not(self, action_id: str) -> Sentence | None:
        return self.refused.get(action_id) or super().why_not(action_id)

    def action_assign(self) -> None:
        self.done.append("assign")

    def action_view(self, number: int) -> None:
        self.done.append(f"view {number}")

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("copied")


def console(
    folder: Path,
    *,
    open_desk: Callable[[], Any] = Pretend,
    screen: Callable[[], DeskScreen[None]] = PretendQueue,
) -> DeskApp[Any]:
    """A console whose files stand under `folder`."""
    return DeskApp(
        open_desk=open_desk,
        first_screen=lambda _desk: screen(),
        drafts=DraftBox(folder / "drafts", desk="demo", login="anna"),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="demo",
    )


async def opened(pilot: Pilot[Any]) -> Any:
    """Wait until the first screen is there, and give it."""
    async with asyncio.timeout(10):
        while type(pilot.app.screen).__name__ == "Opening":
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
    await pilot.pause()
    return pilot.app.screen


TYPED = 3
"""So many letters in a row are typed, not commands."""


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one by one; a text comes in a burst, as a scanner types it: the console keeps its letters in order."""
    for is_text, run in itertools.groupby(keys, key=lambda key: len(key) == 1):
        pressed = list(run)
        if not is_text or len(pressed) < TYPED:
            for key in pressed:
                await pilot.press(key)
            continue
        for sign in pressed:
            pilot.app.post_message(Key(_character_to_key(sign), sign))
        await pilot.pause()
        while getattr(pilot.app, "has_keys_waiting", False):  # a test of one widget has an app of its own
            await pilot.pause()


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until all keys have had their effect, storage work is done, and its messages are handled."""
    await pilot.pause()
    while getattr(pilot.app, "has_keys_waiting", False):  # a test of one widget has an app of its own
        await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()
