"""The client card on a real desk: pay state, coverage, hours, equipment, people, tickets, time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.data.tables import Equipment, table
from deskconsole.desk import coverage, records, tickets, time
from deskconsole.desk.desk import Unit
from deskconsole.domain.terms import Funding, Priority, Scope
from deskconsole.i18n import use_language
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.client import ClientScreen
from deskconsole.screens.pane import Pane
from deskconsole.screens.register import Register
from deskconsole.screens.text_lines import TextLines
from deskconsole.screens.ticket import TicketScreen
from deskconsole.screens.ticket_actions import Act
from tests.console.real_desk import HOSTILE, NOW, Ids, assigned, real_console, screen_text, small_desk, unpaid
from tests.console.shell import opened, press, settled

SIZES = [(80, 24), (160, 45)]


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    return small_desk(tmp_path)


def console(tmp_path: Path, ids: Ids, *, client: int = 0, login: str = "ann") -> DeskApp[Any]:
    return real_console(tmp_path, ids, lambda session: ClientScreen(session, client or ids.client), login=login)


async def shown(pilot: Pilot[Any]) -> str:
    await opened(pilot)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


async def keys(pilot: Pilot[Any], *pressed: str) -> str:
    await press(pilot, *pressed)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


TABS = {
    "1": ("Contracts", "К-17/2026  + in force until 2026-12-31", "x EXPIRED on 2020-12-31", "hours left: 3 h",
          "1 open ticket", "Касса не печатает", "+74951234567", "1 not covered"),
    "2": ("charged by", "by prepaid hours", "Atol 91F КАС-0012 with its parts", "it covers nothing yet"),
    "3": ("1 h of 1 h", "▲ until 2026-03-20", "2 h of 2 h", "Ledger", "bought", "░"),
    "4": ("h cash register Atol 91F КАС-0012", "h └─ printer ПР-1", "x lift ЛИФТ-7", "not in list", "Москва, Store"),
    "5": ("Ленина 1", "Иван Петров", "Europe/Moscow"),
    "6": ("Due", "2 h 0 m w", "Касса не печатает"),
    "7": ("No time was spent",),
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
async def test_each_tab_shows_its_part_of_the_client(tmp_path: Path, ids: Ids, size: tuple[int, int]) -> None:
    async with console(tmp_path, ids).run_test(size=size) as pilot:
        text = await shown(pilot)
        for words in ("ООО Ромашка", "VIP", "payment not known", "Звонить до обеда", "1 Overview", "7 Time"):
            assert words in text
        for key, wanted in TABS.items():
            text = await keys(pilot, key)
            for words in wanted:
                assert words in text, (key, words)


async def test_a_wide_screen_shows_the_overview_beside_the_tab(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        await shown(pilot)
        text = await keys(pilot, "4")
        assert "hours left: 3 h" in text
        assert "ЛИФТ-7" in text
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        text = screen_text(pilot.app)
        assert "hours left: 3 h" not in text
        assert "ЛИФТ-7" in text


@pytest.mark.parametrize("size", SIZES)
async def test_an_unpaid_client_is_loud_with_the_age_of_the_news(
    tmp_path: Path, ids: Ids, size: tuple[int, int]
) -> None:
    unpaid(ids)
    async with console(tmp_path, ids).run_test(size=size) as pilot:
        text = await shown(pilot)
        assert "x UNPAID since 2026-01-15, 46 d: 1 200.50 RUB (as of 2026-02-27, 3 d ago)" in text
        assert "3 not covered" in text
        assert "unpaid" in await keys(pilot, "4")


async def test_an_engineer_sees_that_it_is_unpaid_but_not_how_much(tmp_path: Path, ids: Ids) -> None:
    unpaid(ids)
    async with console(tmp_path, ids, login="eve").run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "UNPAID" in text
        assert "200.50" not in text


async def test_a_contractor_sees_no_client(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids, login="con").run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "A contractor sees the own jobs only" in text
        assert "Ромашка" not in text
        assert pilot.app.screen.query_one(Pane).has_class("-failed")


async def test_a_client_that_is_not_there_says_so(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids, client=99).run_test(size=(80, 24)) as pilot:
        assert "There is no client 99." in await shown(pilot)


async def test_hours_spent_and_reserved_show_in_bar_ledger_and_months(tmp_path: Path, ids: Ids) -> None:
    assigned(ids, planned=30)
    desk = ids.desk()
    time.log_time(desk, ids.ticket, 20)
    desk.close()
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        text = await keys(pilot, "3")
        assert "30 m of 1 h, 30 m reserved" in text
        assert "-30 m  spent" in text
        assert "█" in text
        assert "▒" in text
        assert "2026-03  20 m worked, 30 m charged, 1 ticket" in await keys(pilot, "7")


async def test_a_change_of_somebody_else_shows_and_the_tab_stays(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "6")
        desk = ids.desk()
        new = tickets.register(desk, tickets.Registration("Second call", ids.client))
        desk.close()
        app.screen.post_message(DeskChanged(frozenset({("ticket", new)})))
        await settled(pilot)
        await settled(pilot)
        assert "Second call" in screen_text(app)
        await keys(pilot, "1")
        unpaid(ids)
        app.screen.post_message(DeskChanged(frozenset({("client", ids.client)})))
        await settled(pilot)
        await settled(pilot)
        assert "UNPAID" in screen_text(app)


async def test_enter_opens_a_ticket_of_the_client(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "6", "enter")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == ids.ticket


async def test_five_thousand_units_and_as_many_contract_lines_are_marked_and_scrolled(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()

    def fill(unit: Unit) -> int:
        client = records.put_client(unit, records.ClientRecord("Big"))
        row = {"client_id": client, "serial_number": "", "maker": "", "model": "", "note": "", "version": 1}
        rows = [
            {**row, "inventory_number": f"U-{number:05d}", "kind": "printer", "status": "in_use"}
            for number in range(5000)
        ]
        unit.session.execute(insert(table(Equipment)), rows)
        equipment = table(Equipment)
        numbers = list(unit.session.execute(select(equipment.c.id).where(equipment.c.client_id == client)).scalars())
        lines = [records.LineRecord(Scope.UNIT, Funding.FEE, equipment_id=number) for number in numbers[:4990]]
        records.put_contract(unit, client, records.ContractRecord("BIG-1", date(2026, 1, 1), lines=lines))
        return client

    big = desk.write("fill", fill)
    desk.close()
    app = console(tmp_path, ids, client=big)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "x 10 not covered" in await shown(pilot)
        await keys(pilot, "4")
        pane = app.screen.query_one("#tab-4", TextLines)
        assert pane.line_count == 5001
        text = await keys(pilot, "G")
        assert "x printer U-04999  not in list" in text
        await pilot.press("pageup")
        assert pane.top < pane.line_count - pane.size.height


def test_marks_of_many_units_are_those_of_each_one(ids: Ids) -> None:
    desk = ids.desk()
    units = [(ids.unit, ids.site, ()), (ids.part, ids.site, (ids.unit,)), (ids.foreign, None, ())]
    for day in (NOW.date(), date(2020, 6, 1), date(2025, 6, 1), date(2030, 1, 1)):
        marks = desk.read(coverage.judge_units, ids.client, units, day)
        for unit, site, _above in units:
            one = desk.read(coverage.judge, coverage.Call(ids.client, day, site, unit))
            assert marks[unit].outcome is one.outcome
            assert marks[unit].line_id == one.line_id
    desk.close()


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_texts_in_every_field_are_shown_as_text(tmp_path: Path, ids: Ids, size: tuple[int, int]) -> None:
    desk = ids.desk()

    def write(unit: Unit) -> list[int]:
        made = []
        for number, text in enumerate(HOSTILE):
            client = records.put_client(
                unit, records.ClientRecord(text, category=text, region=text, note=text, entity=text)
            )
            site = records.put_site(unit, client, records.SiteRecord(text, text, text))
            records.put_contact(unit, client, records.ContactRecord(text, position=text, email=text, site_id=site))
            records.put_unit(unit, client, records.UnitRecord(text, text, text, text, text, site_id=site, note=text))
            records.put_contract(unit, client, records.ContractRecord(f"{text}{number}", date(2026, 1, 1), title=text))
            made.append(client)
        return made

    clients = desk.write("hostile", write)
    for client, text in zip(clients, HOSTILE, strict=True):
        tickets.register(desk, tickets.Registration(text, client))
    desk.close()
    for client, text in zip(clients, HOSTILE, strict=True):
        app = console(tmp_path, ids, client=client)
        async with app.run_test(size=size) as pilot:
            await shown(pilot)
            for key in "1234567":
                seen = await keys(pilot, key)
                assert all(sign.isprintable() for sign in seen.replace("\n", ""))
                if text.isprintable():
                    assert text in seen
            assert app.is_running


async def test_what_is_undone_or_registered_from_the_card_is_said_there(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    key = uuid4()
    tickets.set_priority(desk, [ids.ticket], Priority.CRITICAL, key=key)
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert isinstance(app.screen, ClientScreen)
        app.screen.session.done.append((key, "Priority"))
        await keys(pilot, "u")
        assert toasts(app)[-1] == "Taken back: Priority 1 ticket is as before."
        await keys(pilot, "n")
        assert isinstance(app.screen, Register)
        app.screen.dismiss(Act(None, "Ticket 7 is registered."))
        await settled(pilot)
        assert toasts(app)[-1] == "Ticket 7 is registered."
    desk.close()
