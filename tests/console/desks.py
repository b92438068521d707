"""A small real desk in a SQLite file, and a console on it, for tests of screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from deskconsole.app import DeskApp
from deskconsole.config import BUILT_IN_VIEWS
from deskconsole.desk import hours, opening, records, tickets
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.terms import Funding, PayState, Priority, Role, Scope
from deskconsole.drafts import DraftBox
from deskconsole.screens.keymap import load_keymap
from deskconsole.screens.queue import QueueScreen
from deskconsole.screens.session import Session

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "\x1b]52;c;aGk=\x07[VIP] [/x] [@click=app.quit]x[/] \x9b31m\u202eevil"


@dataclass(frozen=True)
class Places:
    """What stands on the small desk."""

    client: int  # ООО Ромашка: covered by prepaid hours, two hours left
    site: int
    unit: int
    unpaid: int  # a client that owes
    unpaid_unit: int
    engineer: int


def small_desk(folder: Path) -> tuple[Desk, Places]:
    """A desk with a covered client, an unpaid one, an engineer and a dispatcher who has it open."""
    location = str(folder / "desk.sqlite")
    opening.create_desk(location, login="anna", name="Анна")
    desk = opening.open_desk(location, login="anna", clock=lambda: NOW)
    numbers = desk.write("company", _company)
    places = Places(*numbers)
    hours.grant(desk, places.client, 120, bought_on=date(2026, 1, 1), expires_on=date(2026, 12, 31))
    return desk, places


def _company(unit: Unit) -> list[int]:
    client = records.put_client(unit, records.ClientRecord("ООО Ромашка", "A", tax_number="7707083893", country="RU"))
    site = records.put_site(unit, client, records.SiteRecord("Магазин", "Москва", "Ленина 1"))
    register = records.UnitRecord("КАС-0012", "SN99", "cash register", "Atol", "91F", site_id=site)
    equipment = records.put_unit(unit, client, register)
    by_hours = [records.LineRecord(Scope.CLIENT, Funding.HOURS)]
    contract = records.ContractRecord("К-17/2026", date(2026, 1, 1), lines=by_hours, charge_unit_minutes=15)
    records.put_contract(unit, client, contract)
    records.put_payment(unit, client, records.PaymentRecord(PayState.PAID, NOW - timedelta(days=2)))
    owing = records.put_client(unit, records.ClientRecord("Farmacia López S.L."))
    printer = records.put_unit(unit, owing, records.UnitRecord("PRN-7", "X1", "receipt printer", "Epson"))
    records.put_contract(
        unit,
        owing,
        records.ContractRecord("C-2", date(2026, 1, 1), lines=[records.LineRecord(Scope.CLIENT, Funding.FEE)]),
    )
    late = records.PaymentRecord(PayState.OVERDUE, NOW - timedelta(days=1), overdue_since=date(2026, 1, 20))
    records.put_payment(unit, owing, late)
    engineer = records.put_person(unit, records.PersonRecord("ivanov", "Иванов Пётр", Role.ENGINEER))
    return [client, site, equipment, owing, printer, engineer]


def tickets_on(desk: Desk, places: Places, count: int) -> list[int]:
    """Tickets of both clients with every priority, due at different times."""
    made = []
    for number in range(count):
        is_first = number % 2 == 0
        made.append(
            tickets.register(
                desk,
                tickets.Registration(
                    f"Не печатает чек {number}",
                    places.client if is_first else places.unpaid,
                    equipment_id=places.unit if is_first else places.unpaid_unit,
                    priority=Priority(number % 4 + 1),
                    due_at=NOW + timedelta(minutes=30 * number) if number % 3 else None,
                ),
            )
        )
    return made


def queue_on(desk: Desk, folder: Path) -> DeskApp[Any]:
    """A console on a desk, its queue first; its files stand under `folder`."""
    return DeskApp(
        open_desk=lambda: desk,
        first_screen=lambda opened: QueueScreen(Session(opened, BUILT_IN_VIEWS)),
        drafts=DraftBox(folder / "drafts", desk="demo", login="anna"),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="demo",
    )
