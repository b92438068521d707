"""A small desk in a real SQLite file, and a console on it: for the screens that stand on storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from textual.app import App

from deskconsole.app import DeskApp
from deskconsole.desk import hours, lines, opening, records, tickets
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.terms import Funding, PayState, Role, Scope, TariffMode
from deskconsole.drafts import DraftBox
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.keymap import load_keymap
from deskconsole.screens.session import Session

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;ZXZpbA==\x07clipboard",
    "\x9b31mc1",
    "\u202eevil\u202c",
    "[VIP] client",
    "[/x] closing",
    "[@click=app.quit]quit[/]",
    "[link=https://example.com]link[/link]",
    "tab\there\r\nsecond line\x00\x08",
)
"""Nine texts a client could send."""


class HandClock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Ids:
    """What stands on the small desk."""

    path: str
    clock: HandClock
    client: int
    site: int
    unit: int
    part: int
    foreign: int
    ticket: int
    engineer: int

    def desk(self, login: str = "ann") -> Desk:
        """The desk as a person has it open."""
        return opening.open_desk(self.path, login=login, zone=UTC, clock=self.clock)


def small_desk(folder: Path) -> Ids:
    """A client with hours, an unpaid state, units in a tree, and a ticket covered by hours."""
    from deskconsole.data.tables import Person

    path, clock = str(folder / "desk.db"), HandClock()
    opening.create_desk(path, login="ann", name="Анна")
    desk = opening.open_desk(path, login="ann", zone=UTC, clock=clock)

    def setup(unit: Unit) -> list[int]:
        engineer = Person(login="eve", name="Ева", role=Role.ENGINEER.value, capacity_minutes=480)
        outside = Person(login="con", name="Con", role=Role.CONTRACTOR.value)
        unit.session.add_all([engineer, outside])
        unit.session.flush()
        client = records.put_client(
            unit,
            records.ClientRecord("ООО Ромашка", category="VIP", region="Москва", note="Звонить до обеда", country="RU"),
        )
        site = records.put_site(unit, client, records.SiteRecord("Store", "Москва", "Ленина 1", "Europe/Moscow"))
        records.put_contact(unit, client, records.ContactRecord("Иван Петров", phone="8 495 123-45-67", site_id=site))
        own = records.put_unit(
            unit, client, records.UnitRecord("КАС-0012", "SN99", "cash register", "Atol", "91F", site_id=site)
        )
        part = records.put_unit(
            unit, client, records.UnitRecord("ПР-1", "SN100", "printer", site_id=site, parent_id=own)
        )
        foreign = records.put_unit(unit, client, records.UnitRecord("ЛИФТ-7", "L7", "lift"))
        records.put_contract(
            unit,
            client,
            records.ContractRecord(
                "К-17/2026",
                date(2026, 1, 1),
                date(2026, 12, 31),
                lines=[records.LineRecord(Scope.UNIT, Funding.HOURS, equipment_id=own, includes_children=True)],
                charge_unit_minutes=15,
            ),
        )
        records.put_contract(unit, client, records.ContractRecord("К-1/2020", date(2020, 1, 1), date(2020, 12, 31)))
        return [client, site, own, part, foreign, engineer.id or 0]

    client, site, own, part, foreign, engineer = desk.write("setup", setup)
    hours.grant(desk, client, 120, expires_on=date(2027, 1, 1))
    hours.grant(desk, client, 60, expires_on=date(2026, 3, 20))
    call = tickets.Registration(
        "Касса не печатает", client, "Не печатает чек", equipment_id=own, site_id=site,
        due_at=NOW + timedelta(hours=2), wished_at=NOW + timedelta(hours=1), caller="Иван",
    )  # fmt: skip
    ticket = tickets.register(desk, call)
    desk.close()
    return Ids(path, clock, client, site, own, part, foreign, ticket, engineer)


def unpaid(ids: Ids) -> None:
    """Accounting says that the client does not pay."""
    record = records.PaymentRecord(PayState.OVERDUE, NOW - timedelta(days=3), date(2026, 1, 15), 120_050, "RUB", "1C")
    desk = ids.desk()

    def write(unit: Unit) -> int:
        records.put_payment(unit, ids.client, record)
        return 0

    desk.write("pay", write)
    desk.close()


def assigned(ids: Ids, *, planned: int | None = None) -> None:
    """The ticket is the engineer's, perhaps with a line in hours."""
    desk = ids.desk()
    tickets.assign(desk, [ids.ticket], ids.engineer)
    if planned is not None:
        lines.add_line(desk, ids.ticket, 1, mode=TariffMode.HOURS, minutes=planned)
    desk.close()


def real_console(
    folder: Path, ids: Ids, screen: Callable[[Session], DeskScreen[None]], *, login: str = "ann"
) -> DeskApp[Any]:
    """A console of a person on the desk, beginning with a screen."""

    def first(desk: Desk) -> DeskScreen[None]:
        app.role = desk.actor.role
        return screen(Session(desk, ()))

    app: DeskApp[Any] = DeskApp(
        open_desk=lambda: ids.desk(login),
        first_screen=first,
        drafts=DraftBox(folder / "drafts", desk="small", login=login),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="small",
    )
    return app


def screen_text(app: App[Any]) -> str:
    """What stands on the terminal, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
