"""Makes the pictures of README.md: real renderings of the console on a demo desk (`make pictures`).

With a folder as argument every main screen is rendered there in every language and size, to be looked at.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
PICTURES = Path(__file__).parent / "pictures"
README = tuple((name, "en", (160, 45)) for name in ("queue", "client", "board", "explain"))
SIZES = ((80, 24), (160, 45))


async def settle(pilot: Any) -> None:
    """Let storage work and its messages end."""
    for _turn in range(6):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def queue(pilot: Any) -> None:
    """All open tickets, the most urgent first."""
    await pilot.press("7")
    await settle(pilot)


async def client(pilot: Any) -> None:
    """The card of the client of a ticket that prepaid hours pay for."""
    await pilot.press("slash", "ctrl+u", *"status:open coverage:covered_by_hours", "enter")
    await settle(pilot)
    await pilot.press("i")
    await settle(pilot)


async def ticket(pilot: Any) -> None:
    """A ticket with a history."""
    await pilot.press("5")
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)


async def register(pilot: Any) -> None:
    """A call being registered."""
    await pilot.press("n")
    await settle(pilot)
    await pilot.press(*"hjvfirf")
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)


async def assign(pilot: Any) -> None:
    """Who should go."""
    await pilot.press("a")
    await settle(pilot)


async def filtered(pilot: Any) -> None:
    """A filter being typed."""
    await pilot.press("slash", *"касса")
    await settle(pilot)


async def keys(pilot: Any) -> None:
    """Help on the queue."""
    await pilot.press("question_mark")
    await settle(pilot)


async def log_time(pilot: Any) -> None:
    """Logging time on a ticket that hours pay for."""
    await pilot.press("slash", "ctrl+u", *"status:open coverage:covered_by_hours", "enter")
    await settle(pilot)
    await pilot.press("t", *"50")
    await settle(pilot)


async def hours(pilot: Any) -> None:
    """The hour lots of a client."""
    await client(pilot)
    await pilot.press("3")
    await settle(pilot)


async def equipment(pilot: Any) -> None:
    """The equipment of a client."""
    await client(pilot)
    await pilot.press("4")
    await settle(pilot)


async def board(pilot: Any) -> None:
    """The live board."""
    await pilot.press("b")
    await settle(pilot)


async def explain(pilot: Any) -> None:
    """Why a ticket that waits for its client is due when it is."""
    await pilot.press("slash", "ctrl+u", *"paused:resolution", "enter")
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)
    await pilot.press("x")
    await settle(pilot)
    await pilot.press(*["right_square_bracket"] * 3)  # the clock of the resolution
    await settle(pilot)


async def clocks(pilot: Any) -> None:
    """The clocks of a ticket that waits for its client."""
    await pilot.press("slash", "ctrl+u", *"paused:resolution", "enter")
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)


async def recurring(pilot: Any) -> None:
    """The recurring work."""
    await pilot.press("e")
    await settle(pilot)


async def template(pilot: Any) -> None:
    """Recurring work being edited."""
    await recurring(pilot)
    await pilot.press("enter")
    await settle(pilot)


async def alerts(pilot: Any) -> None:
    """The alerts."""
    await pilot.press("exclamation_mark")
    await settle(pilot)


SCREENS: dict[str, Callable[[Any], Awaitable[None]]] = {
    scene.__name__: scene
    for scene in (
        *(queue, client, ticket, register, assign, filtered, keys, log_time, hours, equipment),
        *(board, explain, clocks, recurring, template, alerts),
    )
}


async def picture(desk_file: str, name: str, language: str, size: tuple[int, int], target: Path) -> None:
    """Render one screen."""
    from deskconsole.app import DeskApp
    from deskconsole.config import BUILT_IN_VIEWS
    from deskconsole.desk.opening import open_desk
    from deskconsole.drafts import DraftBox
    from deskconsole.i18n import use_language
    from deskconsole.screens.keymap import load_keymap
    from deskconsole.screens.queue import QueueScreen
    from deskconsole.screens.session import Session

    use_language(language)
    home = Path(os.environ["DESKCONSOLE_HOME"])
    desk = open_desk(desk_file, login="demo", zone=ZoneInfo("Europe/Moscow"), clock=lambda: NOW)
    app: DeskApp[Any] = DeskApp(
        open_desk=lambda: desk,
        first_screen=lambda opened: QueueScreen(Session(opened, BUILT_IN_VIEWS)),
        drafts=DraftBox(home / f"{name}-{language}-{size[0]}", desk="demo", login="demo"),
        keymap=load_keymap(home / "keymap.toml"),
        log_folder=home / "log",
        desk_name="demo",
    )
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await SCREENS[name](pilot)
        svg = app.export_screenshot(title="deskconsole")
    # A picture fetches nothing: the fonts of another site go, the reader's own monospace stays.
    target.write_text(re.sub(r"@font-face\s*{[^}]*}|<!--.*?-->", "", svg), encoding="utf-8")
    app.drafts.close()
    desk.close()


def main(folder: str | None) -> None:
    """Make README's pictures, or all screens into `folder`."""
    from deskconsole.desk import demo, opening

    with tempfile.TemporaryDirectory() as home:
        os.environ["DESKCONSOLE_HOME"] = home
        desk_file = str(Path(home) / "demo.sqlite")
        opening.create_desk(desk_file, login="admin", name="Admin")
        demo.fill(desk_file, tickets=3000, now=NOW)
        wanted = README
        place = PICTURES
        if folder is not None:
            place = Path(folder)
            wanted = tuple((name, language, size) for name in SCREENS for language in ("en", "ru") for size in SIZES)
        place.mkdir(parents=True, exist_ok=True)
        for name, language, size in wanted:
            stem = name if folder is None else f"{name}-{language}-{size[0]}"
            asyncio.run(picture(desk_file, name, language, size, place / f"{stem}.svg"))
            print(stem)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
