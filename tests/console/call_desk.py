"""A small real desk for tests of registering and assigning: clients of every kind of trouble, and people."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.data.tables import Person, Service, Skill, Team
from deskconsole.desk import hours, opening, records, tickets
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.terms import Funding, PayState, Role, Scope
from deskconsole.drafts import DraftBox
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.keymap import load_keymap
from deskconsole.screens.session import Session
from tests.console import shell
from tests.console.shell import opened

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
NASTY = "Nasty [b]x[/y] \x1b]52;c;eA==\x07 \x9b31m \u202eevil [@click=app.quit]go[/]"
"""Client text with markup, OSC 52, a C1 code, a bidi override and a link."""


@dataclass(frozen=True)
class Ids:
    """What the tests name."""

    romashka: int
    lily: int
    debtor: int
    nasty: int
    register_unit: int
    unlisted_unit: int
    nasty_unit: int
    site: int
    contact: int
    printing: int
    anna: int
    boris: int
    clara: int


@dataclass(frozen=True)
class CallDesk:
    """The desk, its ids, and the folder the console may write to."""

    desk: Desk
    ids: Ids
    folder: Path


def make_template(folder: Path) -> tuple[Path, Ids]:
    """Make the desk once, in a SQLite file under `folder`, for `open_copy`."""
    file = folder / "calls.db"
    opening.create_desk(str(file), login="dispatcher", name="Диана")
    desk = _opened(file)
    found = desk.write("setup", _setup)
    hours.grant(desk, found["lily"], 180, expires_on=date(2026, 12, 1))
    hours.grant(desk, found["lily"], 600, expires_on=date(2027, 6, 1))
    desk.close()
    return file, Ids(**found)


def open_copy(template: Path, ids: Ids, folder: Path) -> CallDesk:
    """Open a copy of the made desk under `folder`."""
    file = folder / "calls.db"
    shutil.copy(template, file)
    return CallDesk(_opened(file), ids, folder)


def _opened(file: Path) -> Desk:
    return opening.open_desk(str(file), login="dispatcher", zone=MOSCOW, clock=lambda: NOW)


def _setup(unit: Unit) -> dict[str, int]:
    return {**_people(unit), **_covered(unit), **_in_trouble(unit)}


def _people(unit: Unit) -> dict[str, int]:
    session = unit.session
    teams = [Team(name="Field"), Team(name="Office")]
    session.add_all(teams)
    session.flush()
    service = Service(code="printing", name="Printer repair", skill="printers", estimate_minutes=60)
    session.add(service)
    made = [
        Person(login="anna", name="Анна", role=Role.ENGINEER.value, team_id=teams[1].id),
        Person(login="boris", name="Boris", role=Role.ENGINEER.value, team_id=teams[0].id, capacity_minutes=240),
        Person(login="clara", name="Clara", role=Role.CONTRACTOR.value),
    ]
    session.add_all(made)
    session.flush()
    session.add(Skill(person_id=made[1].id or 0, name="Printers"))
    ids = {person.login: person.id or 0 for person in made}
    return {**ids, "printing": service.id or 0}


def _covered(unit: Unit) -> dict[str, int]:
    client = records.put_client(
        unit, records.ClientRecord("ООО Ромашка", tax_number="7707083893", country="RU", category="VIP")
    )
    site = records.put_site(unit, client, records.SiteRecord("Store", "Москва", "Ленина 1"))
    contact = records.put_contact(
        unit, client, records.ContactRecord("Иван Петров", phone="8 495 123-45-67", site_id=site)
    )
    listed = records.put_unit(
        unit, client, records.UnitRecord("КАС-0012", "SN99", "cash register", "Atol", "91F", site_id=site)
    )
    unlisted = records.put_unit(unit, client, records.UnitRecord("PRN-7", "", "printer", "HP", "M404", site_id=site))
    line = records.LineRecord(Scope.UNIT, Funding.FEE, equipment_id=listed)
    contract = records.ContractRecord("К-17/2026", date(2026, 1, 1), date(2026, 12, 31), lines=[line])
    records.put_contract(unit, client, contract)
    paid = records.PaymentRecord(PayState.PAID, NOW - timedelta(days=2))
    records.put_payment(unit, client, paid)
    lily = records.put_client(unit, records.ClientRecord("Lily Flowers"))
    by_hours = records.LineRecord(Scope.CLIENT, Funding.HOURS)
    records.put_contract(unit, lily, records.ContractRecord("H-1", date(2026, 1, 1), lines=[by_hours]))
    return {
        "romashka": client,
        "lily": lily,
        "register_unit": listed,
        "unlisted_unit": unlisted,
        "site": site,
        "contact": contact,
    }


def _in_trouble(unit: Unit) -> dict[str, int]:
    debtor = records.put_client(unit, records.ClientRecord("Debtor Trade"))
    everything = records.LineRecord(Scope.CLIENT, Funding.FEE)
    records.put_contract(unit, debtor, records.ContractRecord("D-5", date(2026, 1, 1), lines=[everything]))
    overdue = records.PaymentRecord(PayState.OVERDUE, NOW - timedelta(days=1), overdue_since=date(2026, 9, 1))
    records.put_payment(unit, debtor, overdue)
    nasty = records.put_client(unit, records.ClientRecord(NASTY))
    site = records.put_site(unit, nasty, records.SiteRecord(NASTY, NASTY, NASTY))
    records.put_contact(unit, nasty, records.ContactRecord(NASTY, position=NASTY))
    bad_unit = records.put_unit(unit, nasty, records.UnitRecord("NST-1", NASTY, NASTY, NASTY, NASTY, site_id=site))
    return {"debtor": debtor, "nasty": nasty, "nasty_unit": bad_unit}


def console(calls: CallDesk, screen: Callable[[Session], DeskScreen[Any]]) -> DeskApp[Desk]:
    """A console on the desk whose first screen is `screen`."""
    return DeskApp(
        open_desk=lambda: calls.desk,
        first_screen=lambda desk: screen(Session(desk, ())),
        drafts=DraftBox(calls.folder / "drafts", desk="calls", login="dispatcher"),
        keymap=load_keymap(calls.folder / "keymap.toml"),
        log_folder=calls.folder / "log",
        desk_name="calls",
    )


def register(calls: CallDesk, subject: str, **call: Any) -> int:
    """A ticket that is there already."""
    return tickets.register(calls.desk, tickets.Registration(subject, **call))


async def ready(pilot: Pilot[Any]) -> Any:
    """The first screen, with what it reads read."""
    await opened(pilot)
    await quiet(pilot)
    return pilot.app.screen


SPECIAL = frozenset(("enter", "escape", "tab", "shift+tab", "down", "up", "home", "end", "backspace"))
SPECIAL |= {"f2", "f4", "f5", "f6", "f9", "ctrl+s", "ctrl+u"}


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys as a person does: each is answered before the next; a longer text is typed letter by letter."""
    for key in keys:
        await shell.press(pilot, *([key] if len(key) == 1 or key in SPECIAL else key))
        await quiet(pilot)


async def quiet(pilot: Pilot[Any]) -> None:
    """Wait until no screen has storage work and its messages are handled."""
    async with asyncio.timeout(10):
        while True:
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            await pilot.pause()
            screens = [one for one in pilot.app.screen_stack if isinstance(one, DeskScreen)]
            if not any(group.running for one in screens for group in one._jobs._groups.values()):
                return


def shown(app: DeskApp[Any]) -> str:
    """What stands on the terminal, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
