"""Every screen that a role's keys open, over that role's real login: nothing on it asks for what is refused."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

import deskconsole.screens
from deskconsole.app import DeskApp
from deskconsole.config import BUILT_IN_VIEWS
from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import Conflict, Refused
from deskconsole.domain.terms import Role
from deskconsole.drafts import DraftBox
from deskconsole.i18n import use_language
from deskconsole.screens.alerts import AlertsScreen
from deskconsole.screens.assign import Assign
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.board import BoardScreen
from deskconsole.screens.board_replay import ReplayScreen
from deskconsole.screens.client import ClientScreen
from deskconsole.screens.dialogs import Ask, Choice, Compose, Confirm
from deskconsole.screens.help import Help
from deskconsole.screens.keymap import load_keymap
from deskconsole.screens.log_time import LogTime
from deskconsole.screens.my import MyScreen
from deskconsole.screens.opening import Opening
from deskconsole.screens.queue import QueueScreen
from deskconsole.screens.recurring import RecurringScreen
from deskconsole.screens.recurring_form import RecurringForm
from deskconsole.screens.recurring_past import RecurringPast
from deskconsole.screens.register import Register
from deskconsole.screens.session import Session
from deskconsole.screens.sla_explain import ClockExplanation
from deskconsole.screens.ticket import TicketScreen
from deskconsole.screens.unit_past import UnitPast
from deskconsole.screens.welcome import Welcome
from tests.console.shell import opened, settled
from tests.rights.walk import ALL, DESK, STAFF, WalkedDesk, Walker, denials
from tests.rights.world import LOGINS

Made = Callable[[Session, Walker], DeskScreen[Any]]
WALKS: tuple[tuple[Made, str], ...] = (
    (lambda session, _w: QueueScreen(session), "n b e"),
    (lambda session, w: TicketScreen(session, w.own), "a t x e i o b"),
    (lambda session, _w: MyScreen(session), ""),
    (lambda session, _w: AlertsScreen(session), ""),
)
"""Screens to begin on, and the keys that are pressed there, one after the other, each from that screen."""
THEN: dict[type[Any], str] = {RecurringScreen: "n h"}
"""The keys on a screen that is opened so, for those further in."""
SEEN: dict[type[DeskScreen[Any]], frozenset[Role]] = {
    QueueScreen: ALL,
    TicketScreen: ALL,
    MyScreen: ALL,
    AlertsScreen: ALL,
    LogTime: ALL,
    Choice: ALL,
    Register: STAFF,
    ClientScreen: STAFF,
    BoardScreen: STAFF,
    ClockExplanation: STAFF,
    UnitPast: STAFF,
    Assign: DESK,
    RecurringScreen: DESK,
    RecurringForm: DESK,
    RecurringPast: DESK,
}
"""Who opens what, by the keys of docs/keys.md."""
ELSEWHERE = frozenset({Opening, Welcome, ReplayScreen, Confirm, Ask, Compose, Help})
"""Screens without a desk, and questions that read nothing."""


def console(folder: Path, walked: WalkedDesk, role: Role) -> DeskApp[Any]:
    """A console of somebody in that role on the shared desk."""

    def begin(desk: Desk) -> DeskScreen[Any]:
        app.role = role
        return QueueScreen(Session(desk, BUILT_IN_VIEWS))

    login = LOGINS[role]
    app: DeskApp[Any] = DeskApp(
        open_desk=lambda: walked.open(login),
        first_screen=begin,
        drafts=DraftBox(folder / "drafts", desk="walk", login=login),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="walk",
    )
    return app


@contextmanager
def refusals(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the use cases and readings refuse meanwhile, and what the database has to."""
    found: list[str] = []

    def heard(verb: Callable[..., Any]) -> Callable[..., Any]:
        def call(desk: Desk, what: Any, *given: Any, **said: Any) -> Any:
            try:
                return verb(desk, what, *given, **said)
            except (Refused, Conflict) as error:
                found.append(f"{what}: {error}")
                raise

        return call

    patch.setattr(Desk, "read", heard(Desk.read))
    patch.setattr(Desk, "write", heard(Desk.write))
    with denials() as denied:
        yield found
    found += denied


async def walk(pilot: Pilot[Any], keys: str) -> set[type[Any]]:
    """Press each key on the screen that stands now, and step back to it; the screens that came."""
    app = pilot.app
    start, seen = app.screen, {type(app.screen)}
    for key in keys.split():
        await pilot.press(key)
        await settled(pilot)
        if (came := type(app.screen)) not in seen:
            seen |= await walk(pilot, THEN.get(came, ""))
        while app.screen is not start:
            app.pop_screen()
        await pilot.pause()
    return seen


@pytest.mark.parametrize("role", LOGINS)
async def test_every_screen_of_a_role_opens_over_its_login(
    tmp_path: Path, walked_postgres: WalkedDesk, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_language("en")
    walker = walked_postgres.walkers[role]
    for made in (walker.point, walker.entry, walker.alert):
        made()
    seen: set[type[Any]] = set()
    app = console(tmp_path, walked_postgres, role)
    with refusals(monkeypatch) as refused:
        async with app.run_test(size=(80, 24)) as pilot:
            queue = await opened(pilot)
            await settled(pilot)
            for first, keys in WALKS:
                await app.push_screen(first(queue.session, walker))
                await settled(pilot)
                seen |= await walk(pilot, keys)
    assert app.desk is not None
    app.desk.close()
    assert refused == []
    assert seen == {screen for screen, roles in SEEN.items() if role in roles}


def test_every_screen_is_in_the_walk() -> None:
    for found in pkgutil.iter_modules(deskconsole.screens.__path__):
        importlib.import_module(f"deskconsole.screens.{found.name}")
    kinds: list[type[Any]] = [DeskScreen]
    leaves: set[type[Any]] = set()
    while kinds:
        kind = kinds.pop()
        below = [one for one in kind.__subclasses__() if one.__module__.startswith("deskconsole.")]
        kinds += below
        if not below:
            leaves.add(kind)
    assert leaves == SEEN.keys() | ELSEWHERE
