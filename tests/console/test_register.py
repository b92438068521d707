"""Registering a call: the verdict follows every input, nothing typed is lost, one call is one ticket."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.data.queries import ticket_card
from deskconsole.data.queries import tickets as ticket_rows
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.queries.tickets import Listing, QueueRow, Sort
from deskconsole.desk import records, tickets
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.terms import Category, Coverage, Funding, Policy, Priority, Scope
from deskconsole.domain.ticket_filter import parse
from deskconsole.i18n import use_language
from deskconsole.screens.assign import Assign
from deskconsole.screens.fields import TextBox, TextLine
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.register import Register, register_for
from tests.console import call_desk
from tests.console.call_desk import MOSCOW, NASTY, NOW, SPECIAL, CallDesk, console, press, quiet, ready, shown

NARROW, WIDE = (80, 24), (160, 45)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def registered(calls: CallDesk) -> tuple[QueueRow, ...]:
    """All tickets of the desk, newest first."""
    viewer = Viewer(calls.desk.actor.id, calls.desk.actor.role, None)
    listing = Listing(parse("", now=NOW, zone=MOSCOW), Sort("id", descending=True), viewer)
    return calls.desk.read(ticket_rows.page, listing, offset=0, limit=100)


def panel(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#facts", Static).content)


def problem(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#problem", Static).content)


def field(pilot: Pilot[Any], name: str) -> str:
    node = pilot.app.screen.query_one(f"#{name}")
    assert isinstance(node, Pick | TextLine)
    return node.text if isinstance(node, Pick) else node.value


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_covered_unit_is_registered_and_goes_to_the_first_suggestion(
    calls: CallDesk, size: tuple[int, int]
) -> None:
    async with console(calls, Register).run_test(size=size) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", "enter", "0012", "enter", "paper jam")
        assert "+ COVERED  Covered by contract К-17/2026" in panel(pilot)
        assert "+ paid, as of 2026-11-19 (2 d ago)" in panel(pilot)
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, Assign)
        await press(pilot, "enter")
    (row,) = registered(calls)
    assert (row.client, row.subject, row.coverage) == ("ООО Ромашка", "paper jam", Coverage.COVERED)
    assert (row.site, row.assignee) == ("Москва, Store", "Анна")


async def test_a_known_clients_covered_call_takes_at_most_twelve_keys_besides_the_words(calls: CallDesk) -> None:
    keys = ["n", "enter", "enter", "f2", "enter"]  # n opens the form in the queue; the rest is pressed here
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", keys[1], "0012", keys[2], "no paper", keys[3], keys[4])
    (row,) = registered(calls)
    assert row.coverage is Coverage.COVERED
    assert row.assignee_id is not None
    assert len(keys) <= 12


@pytest.mark.parametrize(
    ("typed", "client"),
    [
        ("hjvfirf", "ООО Ромашка"),
        ("ромажка", "ООО Ромашка"),
        ("7707083893", "ООО Ромашка"),
        ("84951234567", "ООО Ромашка"),
        ("к-17/2026", "ООО Ромашка"),
        ("дшдн", "Lily Flowers"),
    ],
)
async def test_a_caller_is_found_by_anything_they_say(calls: CallDesk, typed: str, client: str) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, typed, "enter")
        assert field(pilot, "who") == client


async def test_enter_before_the_hits_are_there_takes_the_first_when_they_come(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await pilot.press(*"lily", "enter")
        await quiet(pilot)
        assert field(pilot, "who") == "Lily Flowers"


@pytest.mark.parametrize(
    ("typed", "filled"),
    [
        ("Петров", {"contact": "Иван Петров", "site": "Москва, Store"}),
        ("SN99", {"equipment": "cash register Atol 91F КАС-0012", "site": "Москва, Store"}),
        ("К-17/2026", {"equipment": "cash register Atol 91F КАС-0012"}),
    ],
)
async def test_a_hit_by_contact_unit_or_contract_fills_those_too(
    calls: CallDesk, typed: str, filled: dict[str, str]
) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, typed, "enter")
        assert {name: field(pilot, name) for name in filled} == filled


async def test_an_unlisted_unit_asks_for_the_policy_and_records_it(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", "enter", "prn", "enter", "feeder broken")
        assert "X NOT IN LIST" in panel(pilot)
        await press(pilot, "f2")
        assert problem(pilot) == "Not covered: choose what happens, then it is saved."
        await press(pilot, "3", "enter")
        assert isinstance(pilot.app.screen, Assign)
    (row,) = registered(calls)
    assert (row.coverage, row.policy) == (Coverage.NOT_IN_LIST, Policy.ONE_OFF)


async def test_an_unpaid_client_can_be_refused_and_nobody_is_sent(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "debtor", "enter", "help")
        assert "X UNPAID" in panel(pilot)
        assert "x payment overdue since 2026-09-01" in panel(pilot)
        await press(pilot, "f4", "1", "enter", "f2")
        assert isinstance(pilot.app.screen, Register)
    (row,) = registered(calls)
    assert (row.coverage, row.policy, row.category) == (Coverage.UNPAID, Policy.REFUSE, Category.CANCELLED)


async def test_the_verdict_follows_every_input(calls: CallDesk) -> None:
    ids = calls.ids
    line = [calls_line(ids.printing)]
    contract = records.ContractRecord("L-2", date(2026, 1, 1), lines=line)
    calls.desk.write("contract", partial(records.put_contract, client_id=ids.lily, record=contract))
    async with console(calls, Register).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "lily", "enter")
        assert "+ COVERED" in panel(pilot)
        await press(pilot, "x", "enter", "printer", "enter")
        assert "H BY HOURS" in panel(pilot)
        assert "13 h left" in panel(pilot)
        await press(pilot, "shift+tab", "backspace", "enter")
        assert "+ COVERED" in panel(pilot)
        await press(pilot, *["shift+tab"] * 4, "ctrl+u")
        assert panel(pilot).startswith("Who is calling?")


def calls_line(excluded: int) -> Any:
    return records.LineRecord(Scope.CLIENT, Funding.FEE, excluded_services=[excluded])


async def test_open_tickets_and_repairs_of_the_unit_are_shown(calls: CallDesk) -> None:
    ids = calls.ids
    about = {"client_id": ids.romashka, "equipment_id": ids.register_unit}
    call_desk.register(calls, "drawer jammed", **about)
    past = call_desk.register(calls, "printed twice", **about)
    tickets.set_status(calls.desk, [past], "cancelled", reason="mistake")
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "SN99", "enter")
        lines = panel(pilot).splitlines()
        assert "! Open on this unit: 1, perhaps the same call" in lines
        assert any("drawer jammed" in line for line in lines)
        assert any("printed twice" in line for line in lines)


async def test_a_draft_comes_back_and_saves_the_same_call(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", "enter", "0012", "enter", "paper jam")
        pilot.app.screen.query_one(TextBox).load_text("it\nstinks")
        await quiet(pilot)
        kept = dict(pilot.app.drafts.kept("register"))  # type: ignore[attr-defined]  # DeskApp's
    app = console(calls, Register)
    app.drafts.keep("register", kept)
    async with app.run_test(size=NARROW) as pilot:
        await ready(pilot)
        assert (field(pilot, "who"), field(pilot, "subject")) == ("ООО Ромашка", "paper jam")
        assert pilot.app.screen.query_one(TextBox).text == "it\nstinks"
        assert "+ COVERED" in panel(pilot)
        await press(pilot, "f2")
        assert app.drafts.kept("register") == {}
    (row,) = registered(calls)
    assert row.equipment == "cash register Atol 91F КАС-0012"


async def test_saving_twice_is_one_ticket(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", "enter", "0012", "enter", "paper jam")
        await pilot.press("f2", "f2", "ctrl+s")
        await quiet(pilot)
    assert len(registered(calls)) == 1


async def test_a_retry_after_a_commit_in_doubt_is_one_ticket(calls: CallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tickets.register

    def in_doubt(*args: Any, **kwargs: Any) -> int:
        real(*args, **kwargs)
        monkeypatch.setattr(tickets, "register", real)
        raise StorageUnavailable("The desk went away.")

    monkeypatch.setattr(tickets, "register", in_doubt)
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", "enter", "0012", "enter", "paper jam", "f2")
        assert problem(pilot) == "The desk went away."
        assert field(pilot, "subject") == "paper jam"
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, Assign)
    assert len(registered(calls)) == 1


async def test_a_call_changed_after_a_save_that_failed_is_not_taken_for_saved(
    calls: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tickets.register

    def in_doubt(*args: Any, **kwargs: Any) -> int:
        real(*args, **kwargs)
        monkeypatch.setattr(tickets, "register", real)
        raise StorageUnavailable("The desk went away.")

    monkeypatch.setattr(tickets, "register", in_doubt)
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "ромашка", "enter", "0012", "enter", "paper jam", "f2", " again", "f2")
    assert [row.subject for row in registered(calls)] == ["paper jam again", "paper jam"]


async def test_somebody_unknown_is_registered_under_the_name_typed(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "Zzyzx Ltd", "enter", "sign is dark", "f2", "2", "enter")
        assert isinstance(pilot.app.screen, Assign)
    (row,) = registered(calls)
    viewer = Viewer(calls.desk.actor.id, calls.desk.actor.role, None)
    card = calls.desk.read(ticket_card.card, row.id, viewer)
    assert (row.client_id, row.coverage, row.policy) == (None, Coverage.NO_CONTRACT, Policy.SALES)
    assert "Zzyzx Ltd" in str(card)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("f2",), "Say who is calling."),
        (("lily", "f2"), "Who is calling? Take one from the list with Enter."),
        (("lily", "enter", "f2"), "Say what is wrong, in a few words."),
        (("lily", "enter", "x", "enter", "nosuch", "f2"), "Service: nothing like that in the list."),
        (("lily", "enter", "x", "tab", "tab", "tab", "tab", "sometime", "f2"), '"sometime" is not a time'),
        (("lily", "enter", "x", "tab", "tab", "tab", "tab", "-2h", "f2"), '"-2h" has passed already'),
    ],
)
async def test_what_is_missing_is_said_where_it_is_missing_and_nothing_is_lost(
    calls: CallDesk, keys: tuple[str, ...], said: str
) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, *keys)
        assert problem(pilot).startswith(said)
        typed = [key for key in keys if len(key) > 1 and key not in SPECIAL]
        if typed and typed[-1] != "lily":
            assert typed[-1] in shown(pilot.app)  # type: ignore[arg-type]  # a DeskApp
    assert registered(calls) == ()


async def test_a_due_typed_short_becomes_a_moment_when_its_field_is_left(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "lily", "enter", "x", "tab", "tab", "tab", "1", "enter", "2h", "tab")
        assert field(pilot, "due") == "2026-11-21 12:00"
        assert field(pilot, "priority") == "1 critical"
        await press(pilot, "f2")
    (row,) = registered(calls)
    assert row.due is not None
    assert (row.due - NOW).total_seconds() == 7200
    assert row.priority == Priority.CRITICAL


async def test_starting_over_can_be_taken_back(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "lily", "enter", "grass", "f9")
        assert (field(pilot, "who"), field(pilot, "subject")) == ("", "")
        await press(pilot, "f9")
        assert (field(pilot, "who"), field(pilot, "subject")) == ("Lily Flowers", "grass")
        assert "H BY HOURS" in panel(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_hostile_client_text_is_shown_and_does_nothing(calls: CallDesk, size: tuple[int, int]) -> None:
    call_desk.register(calls, NASTY, client_id=calls.ids.nasty, equipment_id=calls.ids.nasty_unit)
    async with console(calls, Register).run_test(size=size) as pilot:
        await ready(pilot)
        await press(pilot, "nasty")
        seen = [shown(pilot.app)]  # type: ignore[arg-type]  # a DeskApp
        await press(pilot, "down", "up", "enter")
        seen.append(shown(pilot.app))  # type: ignore[arg-type]  # a DeskApp
        await press(pilot, "nst", "enter")
        seen.append(shown(pilot.app))  # type: ignore[arg-type]  # a DeskApp
        await press(pilot, "[b]x[/y]", "f2")
        seen.append(shown(pilot.app))  # type: ignore[arg-type]  # a DeskApp
        assert pilot.app.is_running
    for screen in seen:
        assert "[b]x[/y]" in screen
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(screen)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_everything_essential_is_on_the_screen_at_once(
    calls: CallDesk, size: tuple[int, int], language: str
) -> None:
    use_language(language)
    call_desk.register(calls, "drawer", client_id=calls.ids.romashka, equipment_id=calls.ids.unlisted_unit)
    async with console(calls, Register).run_test(size=size) as pilot:
        screen = await ready(pilot)
        await press(pilot, "ромашка", "enter", "prn", "enter", "feeder")
        width, height = size
        for widget in screen.query(".label, TextLine, TextBox, #facts, #problem, KeyLine"):
            if widget.display and widget.region.area:
                assert widget.region.right <= width
                assert widget.region.bottom <= height
        for label in screen.query(".label").results(Static):
            assert cell_len(str(label.content)) < max(label.region.width, 1) or not label.region.area
        assert "К-17/2026" in shown(pilot.app)  # type: ignore[arg-type]  # a DeskApp
        assert "drawer" in shown(pilot.app)  # type: ignore[arg-type]  # a DeskApp


async def test_the_language_changes_without_losing_what_is_typed(calls: CallDesk) -> None:
    async with console(calls, Register).run_test(size=NARROW) as pilot:
        screen = await ready(pilot)
        await press(pilot, "lily", "enter", "grass")
        screen.speak_again()
        await quiet(pilot)
        assert (field(pilot, "who"), field(pilot, "subject")) == ("Lily Flowers", "grass")


async def test_a_call_begun_on_a_clients_card_has_a_draft_of_its_own(calls: CallDesk) -> None:
    ids = calls.ids
    async with console(calls, lambda session: Register(session, client_id=ids.romashka)).run_test() as pilot:
        screen = await ready(pilot)
        assert field(pilot, "who") == "ООО Ромашка"
        assert not screen.shell.drafts.kept(screen.form_name)
        await press(pilot, "0012", "enter", "jam")
        kept = screen.shell.drafts.kept(screen.form_name)
        assert kept["subject"] == "jam"
        again = register_for(screen.session, screen.form_name)
        assert again.form_name == screen.form_name != "register"


async def test_a_unit_brings_its_client(calls: CallDesk) -> None:
    ids = calls.ids
    async with console(calls, lambda session: Register(session, equipment_id=ids.register_unit)).run_test() as pilot:
        await ready(pilot)
        assert (field(pilot, "who"), field(pilot, "site")) == ("ООО Ромашка", "Москва, Store")
        assert "+ COVERED" in panel(pilot)
