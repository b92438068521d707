"""The ticket's screen on a real desk: what it says, does, keeps and follows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.data.queries import hours, ticket_card
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.tables import Message, table
from deskconsole.desk import tickets, time
from deskconsole.desk.desk import Unit
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.terms import LineState, Role
from deskconsole.i18n import use_language
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.dialogs import Compose
from deskconsole.screens.fields import TextBox, TextLine
from deskconsole.screens.log_time import LogTime
from deskconsole.screens.pane import Pane
from deskconsole.screens.text_lines import TextLines
from deskconsole.screens.ticket import TicketScreen
from deskconsole.screens.unit_past import UnitPast
from tests.console.real_desk import HOSTILE, NOW, Ids, assigned, real_console, screen_text, small_desk, unpaid
from tests.console.shell import opened, press, settled

SIZES = [(80, 24), (160, 45)]
ADMIN = Viewer(1, Role.ADMIN)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    return small_desk(tmp_path)


def console(tmp_path: Path, ids: Ids, *, then: str = "", login: str = "ann", ticket: int = 0) -> DeskApp[Any]:
    return real_console(
        tmp_path, ids, lambda session: TicketScreen(session, ticket or ids.ticket, then=then), login=login
    )


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


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


def card(ids: Ids, ticket: int = 0) -> ticket_card.TicketCard:
    desk = ids.desk()
    try:
        return desk.read(ticket_card.card, ticket or ids.ticket, ADMIN)
    finally:
        desk.close()


@pytest.mark.parametrize("size", SIZES)
async def test_the_ticket_says_who_what_how_urgent_and_who_pays_at_both_sizes(
    tmp_path: Path, ids: Ids, size: tuple[int, int]
) -> None:
    unpaid(ids)
    assigned(ids)
    async with console(tmp_path, ids).run_test(size=size) as pilot:
        text = await shown(pilot)
        for words in (
            "1  Касса не печатает", "2 h 0 m", "due 11:00", "wished 10:00 (earlier)", "3 normal", "Ева",
            "ООО Ромашка", "Москва, Store", "Иван", "Atol 91F КАС-0012", "h by hours", "К-17/2026",
            "UNPAID since 2026-01-15", "1 200.50 RUB", "3 d ago", "hours left: 3 h", "> 09:00 client",
            "Не печатает чек",
        ):  # fmt: skip
            assert words in text, words


async def test_the_countdown_ticks_and_only_its_line_is_told_again(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        ids.clock.now = NOW + timedelta(hours=3)
        app._tick()
        await pilot.pause()
        assert "!! OVERDUE -1 h 0 m" in screen_text(app)


async def test_a_reply_a_note_and_a_clients_message_are_told_apart_without_colour(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    tickets.reply(desk, ids.ticket, "We come at ten")
    tickets.note(desk, ids.ticket, "Bring the spare")
    desk.close()
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "> 09:00 client" in text
        assert "< 09:00 reply" in text
        assert "║ We come at ten" in text
        assert "# 09:00 INTERNAL NOTE" in text
        assert "┆ Bring the spare" in text


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_texts_are_shown_as_text_and_reach_no_terminal_raw(
    tmp_path: Path, ids: Ids, size: tuple[int, int]
) -> None:
    desk = ids.desk()
    numbers = [
        tickets.register(desk, tickets.Registration(text, ids.client, body=text, caller=text)) for text in HOSTILE
    ]
    for number, text in zip(numbers, HOSTILE, strict=True):
        tickets.note(desk, number, text)
        time.log_time(desk, number, 5, note=text)
    desk.close()
    for number, text in zip(numbers, HOSTILE, strict=True):
        app = console(tmp_path, ids, ticket=number)
        async with app.run_test(size=size) as pilot:
            seen = await shown(pilot)
            assert all(sign.isprintable() for sign in seen.replace("\n", ""))
            if text.isprintable():
                assert text in seen
            assert app.is_running


async def test_the_full_history_comes_and_goes_by_key(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        assert "registered" not in await shown(pilot)
        assert "registered" in await keys(pilot, "h")
        assert "registered" not in await keys(pilot, "р")


async def test_a_change_of_somebody_else_shows_and_neither_place_nor_typed_text_is_lost(
    tmp_path: Path, ids: Ids
) -> None:
    desk = ids.desk()
    for number in range(40):
        tickets.reply(desk, ids.ticket, f"Message {number}")
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Message 39" in await shown(pilot)
        await keys(pilot, "g")
        pane = app.screen.query_one("#timeline", TextLines)
        assert pane.top == 0
        await pilot.press("pagedown")
        place = pane.top
        assert place > 0
        ticket = app.screen
        await pilot.press("m", *"half a no")
        tickets.reply(desk, ids.ticket, "From the other console")
        ticket.post_message(DeskChanged(frozenset({("ticket", ids.ticket)})))
        await settled(pilot)
        await settled(pilot)
        assert isinstance(app.screen, Compose)
        assert app.screen.query_one(TextBox).text == "half a no"
        assert pane.top == place
        await keys(pilot, "escape")
        assert "From the other console" in await keys(pilot, "G")
    desk.close()


async def test_a_ticket_with_a_thousand_messages_opens_at_its_end_and_pages(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()

    def fill(unit: Unit) -> int:
        row = {"ticket_id": ids.ticket, "person_id": 1, "author": "", "visibility": "public", "channel": "email"}
        unit.session.execute(
            insert(table(Message)),
            [{**row, "at": NOW, "body": f"Строка {number}\n" + "длинный текст " * 40} for number in range(1000)],
        )
        return 0

    desk.write("fill", fill)
    desk.close()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        pane = app.screen.query_one("#timeline", TextLines)
        assert pane.line_count > 9_000
        assert pane.top == pane.line_count - pane.size.height
        await pilot.press("pageup", "pageup")
        assert pane.top == pane.line_count - 3 * pane.size.height + 2
        await pilot.press("home")
        assert pane.top == 0
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert pane.top == 0


async def test_a_line_is_added_reserved_and_performed_by_keys(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "l", "1")
        await keys(pilot, *"repair", "enter")
        await keys(pilot, "2")
        await keys(pilot, "backspace", *"2 1h30", "enter")
        assert toasts(app)[-1] == "Line added. 1 h 30 m reserved."
        (line,) = card(ids).lines
        assert (line.quantity, line.minutes, line.state) == (2, 90, LineState.PLANNED)
        assert "1 h 30 m reserved" in await keys(pilot, "l")
        await keys(pilot, "2")
        await keys(pilot, "1")
        assert "1 h 30 m taken from the hours" in toasts(app)[-1]
        assert card(ids).lines[0].state is LineState.PERFORMED


async def test_a_quantity_that_cannot_be_meant_is_refused_and_stays_typed(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "l", "1")
        await keys(pilot, "1")
        await keys(pilot, "1")
        assert "Write how many" in await keys(pilot, "backspace", *"-3", "enter")
        assert card(ids).lines == ()


async def test_a_file_is_attached_and_a_copy_saved(tmp_path: Path, ids: Ids) -> None:
    (tmp_path / "photo.txt").write_text("a photo")
    (tmp_path / "out").mkdir()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "f")
        await keys(pilot, *str(tmp_path / "none"), "enter")
        assert "can't be attached: No such file" in str(app.screen.query_one("#problem", Static).content)
        await keys(pilot, "ctrl+u", *str(tmp_path / "photo.txt"), "enter")
        assert card(ids).files[0].name == "photo.txt"
        await keys(pilot, "f", "2")
        await keys(pilot, "ctrl+u", *str(tmp_path / "out"), "enter")
        assert (tmp_path / "out" / "photo.txt").read_text() == "a photo"


async def test_due_is_typed_in_words_and_taken_back(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "d", "1")
        await keys(pilot, "ctrl+u", *"tomorrow 14:00", "enter")
        assert card(ids).due_at == NOW + timedelta(days=1, hours=5)
        await keys(pilot, "u")
        assert card(ids).due_at == NOW + timedelta(hours=2)
        await keys(pilot, "d", "1")
        assert "is not a time" in await keys(pilot, "ctrl+u", *"soon", "enter")


async def test_time_is_taken_back_with_a_reason_and_its_hours_return(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    time.log_time(desk, ids.ticket, 50)
    assert desk.read(hours.lots_of, ids.client)[0].remaining == 0
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "b", "1")
        assert "needs a reason" in await keys(pilot, "enter")
        await keys(pilot, *"wrong ticket", "enter")
        assert card(ids).worked == 0
        assert desk.read(hours.lots_of, ids.client)[0].remaining == 60
        assert "taken back" in await keys(pilot, "G")
        await keys(pilot, "b")
        assert toasts(app)[-1].startswith("No time is logged here")
    desk.close()


async def test_a_policy_is_offered_only_where_no_contract_pays(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    uncovered = tickets.register(desk, tickets.Registration("Lift stuck", ids.client, equipment_id=ids.foreign))
    desk.close()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "c")
        assert toasts(app)[-1].startswith("A contract pays")
    app = console(tmp_path, ids, ticket=uncovered)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "x not in list" in await shown(pilot)
        await keys(pilot, "c")
        assert "policy: one-off priced work" in await keys(pilot, "3")


async def test_the_equipments_past_opens_its_tickets(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    old = tickets.register(desk, tickets.Registration("Старая поломка", ids.client, equipment_id=ids.unit))
    desk.close()
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        text = await keys(pilot, "e")
        assert isinstance(app.screen, UnitPast)
        assert "SN99" in text
        assert "Старая поломка" in text
        await keys(pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == old


async def test_opening_is_noted_once(tmp_path: Path, ids: Ids) -> None:
    assert card(ids).row.is_unread
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
    assert not card(ids).row.is_unread
    assert [event.verb for event in card(ids).events].count("open") == 1


@pytest.mark.parametrize(("then", "title"), [("note", "Internal note on ticket 1"), ("reply", "Reply to the client")])
async def test_a_form_may_open_with_the_ticket(tmp_path: Path, ids: Ids, then: str, title: str) -> None:
    async with console(tmp_path, ids, then=then).run_test(size=(80, 24)) as pilot:
        assert title in await shown(pilot)


async def test_a_ticket_that_is_not_there_says_so(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids, ticket=4711)
    async with app.run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "There is no ticket 4711." in text
        assert app.screen.query_one("#main", Pane).has_class("-failed")
        await keys(pilot, "t")
        assert toasts(app)[-1] == "The ticket is not there yet."


async def test_a_contractor_sees_the_own_ticket_without_notes_money_and_hours(tmp_path: Path, ids: Ids) -> None:
    unpaid(ids)
    desk = ids.desk()
    contractor = ids.desk("con").actor.id
    tickets.assign(desk, [ids.ticket], contractor)
    tickets.note(desk, ids.ticket, "Secret margin")
    desk.close()
    async with console(tmp_path, ids, login="con").run_test(size=(160, 45)) as pilot:
        text = await shown(pilot)
        assert "Касса не печатает" in text
        for secret in ("Secret margin", "UNPAID", "hours left", "Past of the equipment"):
            assert secret not in text


async def test_the_unit_of_the_work_is_changed_and_the_coverage_judged_again(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "o", "1")
        await keys(pilot, *"лифт", "enter")
        assert toasts(app)[-1] == "Equipment is changed; coverage: x not in list."
        assert card(ids).equipment_id == ids.foreign


async def test_due_is_typed_in_the_readers_own_words(tmp_path: Path, ids: Ids) -> None:
    use_language("ru")
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "d", "1")
        await keys(pilot, "ctrl+u", *"завтра 14:00", "enter")
        assert card(ids).due_at == NOW + timedelta(days=1, hours=5)


async def test_the_head_says_who_has_it_at_80_columns_whatever_else_is_set(tmp_path: Path, ids: Ids) -> None:
    assigned(ids)
    desk = ids.desk()
    tickets.set_times(desk, ids.ticket, planned_at=NOW + timedelta(days=3))
    desk.close()
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "Ева" in text
        assert "planned 03-05 09:00 (site 12:00)" in " ".join(text.split())


async def test_time_half_typed_is_offered_back_with_its_form(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    app.drafts.keep(f"time:{ids.ticket}", {"worked": "50", "charged": "5"})
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.form_title(f"time:{ids.ticket}") == "Log time on ticket 1"
        app.screen.open_form(f"time:{ids.ticket}")
        await settled(pilot)
        await settled(pilot)
        assert isinstance(app.screen, LogTime)
        assert app.screen.query_one("#charged", TextLine).value == "5"


async def test_a_reply_sent_again_after_a_commit_in_doubt_is_one_message(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tickets.reply

    def in_doubt(*args: Any, **kwargs: Any) -> int:
        real(*args, **kwargs)
        raise StorageUnavailable("The desk went away.")

    monkeypatch.setattr(tickets, "reply", in_doubt)
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await keys(pilot, "r")
        assert "The desk went away." in await keys(pilot, *"We come", "f2")
        await keys(pilot, "f2")
    assert [message.body for message in card(ids).messages].count("We come") == 1
