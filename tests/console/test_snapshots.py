"""Each main screen in each language at 80x24, as text: what changed on it is seen in review.

`DESK_SNAPSHOTS=write pytest tests/console/test_snapshots.py` writes them anew; then look at them.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from deskconsole.i18n import LANGUAGES, use_language
from tests.console.desks import queue_on, small_desk, tickets_on
from tests.console.real_desk import screen_text
from tests.console.shell import opened, settled

SNAPSHOTS = Path(__file__).parent / "snapshots"


async def queue(pilot: Pilot[Any]) -> None:
    await pilot.press("7")


async def register(pilot: Pilot[Any]) -> None:
    await pilot.press("n")
    await settled(pilot)
    await pilot.press(*"hjvfirf")
    await settled(pilot)
    await pilot.press("enter")
    await settled(pilot)
    await pilot.press("enter")


async def ticket(pilot: Pilot[Any]) -> None:
    await pilot.press("enter")


async def client(pilot: Pilot[Any]) -> None:
    await pilot.press("i")


async def assign(pilot: Pilot[Any]) -> None:
    await pilot.press("a")


async def log_time(pilot: Pilot[Any]) -> None:
    await pilot.press("t")
    await settled(pilot)
    await pilot.press(*"50")


async def keys(pilot: Pilot[Any]) -> None:
    await pilot.press("f1")


SCENES: tuple[Callable[[Pilot[Any]], Awaitable[None]], ...] = (queue, register, ticket, client, assign, log_time, keys)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    use_language(request.param)
    yield request.param
    use_language("en")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_the_screen_looks_as_it_was_last_looked_at(
    scene: Callable[[Pilot[Any]], Awaitable[None]], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path))
    desk, places = small_desk(tmp_path)
    tickets_on(desk, places, 12)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await settled(pilot)
        await scene(pilot)
        for _turn in range(3):
            await settled(pilot)
        seen = "\n".join(line.rstrip() for line in screen_text(pilot.app).splitlines()) + "\n"
    stored = SNAPSHOTS / f"{scene.__name__}-{language}.txt"
    if os.environ.get("DESK_SNAPSHOTS") == "write":
        SNAPSHOTS.mkdir(exist_ok=True)
        stored.write_text(seen, encoding="utf-8")
    assert seen == stored.read_text(encoding="utf-8")
