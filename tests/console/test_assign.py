"""Assigning: the suggested person first, Enter assigns, all or none, and a conflict is told."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.data.queries import tickets as ticket_rows
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import tickets, time
from deskconsole.desk.desk import Desk
from deskconsole.desk.undo import undo
from deskconsole.i18n import use_language
from deskconsole.screens.assign import Assign, Line
from deskconsole.screens.register import Register
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act
from deskconsole.widgets.line_list import LineList
from tests.console import call_desk
from tests.console.call_desk import NASTY, CallDesk, console, press, quiet, ready, shown

NARROW, WIDE = (80, 24), (160, 45)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def rows_of(calls: CallDesk, *ids: int) -> tuple[QueueRow, ...]:
    return calls.desk.read(ticket_rows.rows, ids)


async def asked(pilot: Pilot[Any], calls: CallDesk, rows: tuple[QueueRow, ...]) -> list[Act | None]:
    """Show the question over a form; its answer is appended to the list."""
    await ready(pilot)
    answers: list[Act | None] = []
    await pilot.app.push_screen(Assign(Session(calls.desk, ()), rows), answers.append)
    await quiet(pilot)
    return answers


def names(app: DeskApp[Desk]) -> list[str]:
    screen = app.screen
    assert isinstance(screen, Assign)
    return [line.person.name if line.person else "nobody" for line in screen.shown]


def about(app: DeskApp[Desk]) -> str:
    return str(app.screen.query_one("#about", Static).content)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_enter_gives_the_ticket_to_the_suggested_person_and_says_why(
    calls: CallDesk, size: tuple[int, int]
) -> None:
    ticket = call_desk.register(calls, "paper jam", client_id=calls.ids.romashka, service_id=calls.ids.printing)
    app = console(calls, Register)
    async with app.run_test(size=size) as pilot:
        answers = await asked(pilot, calls, rows_of(calls, ticket))
        assert names(app)[0] == "Boris"
        assert "Suggested: has the skill printers, the least busy of those: 0 % of the day." in about(app)
        await press(pilot, "enter")
    (act,) = answers
    assert act is not None
    assert act.sentence == "Assigned to Boris: 1 ticket."
    assert rows_of(calls, ticket)[0].assignee_id == calls.ids.boris
    assert act.operation is not None
    undo(calls.desk, act.operation)
    assert rows_of(calls, ticket)[0].assignee_id is None


async def test_the_day_is_shown_as_worked_promised_and_left(calls: CallDesk) -> None:
    ids = calls.ids
    ticket = call_desk.register(calls, "jam", client_id=ids.romashka, service_id=ids.printing)
    tickets.assign(calls.desk, [ticket], ids.boris)
    time.log_time(calls.desk, ticket, 120, person_id=ids.boris)
    other = call_desk.register(calls, "feeder", client_id=ids.romashka)
    app = console(calls, Register)
    async with app.run_test(size=WIDE) as pilot:
        await asked(pilot, calls, rows_of(calls, other))
        line = next(line for line in shown(app).splitlines() if "Boris" in line)
        assert "████▒▒░░ 75%" in line
        assert "2 h + 1 h / 4 h" in line


@pytest.mark.parametrize(
    ("typed", "first"),
    [("boris", "Boris"), ("ищкшы", "Boris"), ("fyyf", "Анна"), ("field", "Boris"), ("printers", "Boris")],
)
async def test_typing_narrows_by_name_team_and_skill_on_either_layout(calls: CallDesk, typed: str, first: str) -> None:
    ticket = call_desk.register(calls, "sign", client_id=calls.ids.romashka)
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        await asked(pilot, calls, rows_of(calls, ticket))
        await press(pilot, typed)
        assert names(app) == [first]
        await press(pilot, "enter")
    assert rows_of(calls, ticket)[0].assignee == first


async def test_marked_tickets_are_listed_and_assigned_in_one_step(calls: CallDesk) -> None:
    ids = [call_desk.register(calls, f"call {number}", client_id=calls.ids.romashka) for number in range(5)]
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        answers = await asked(pilot, calls, rows_of(calls, *ids))
        seen = shown(app)
        assert "Assign 5 tickets" in seen
        assert "call 0" in seen
        assert "and 2 more" in seen
        await press(pilot, "down", "enter")
    assert answers[0] is not None
    assert answers[0].operation is not None
    assert len({row.assignee_id for row in rows_of(calls, *ids)}) == 1
    undo(calls.desk, answers[0].operation)
    assert {row.assignee_id for row in rows_of(calls, *ids)} == {None}


async def test_a_ticket_can_be_taken_off_everybody(calls: CallDesk) -> None:
    ticket = call_desk.register(calls, "sign", client_id=calls.ids.romashka)
    tickets.assign(calls.desk, [ticket], calls.ids.anna)
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        await asked(pilot, calls, rows_of(calls, ticket))
        assert names(app)[-2:] == ["Анна", "nobody"]  # who has it is not suggested again
        await press(pilot, "nobody", "enter")
    assert rows_of(calls, ticket)[0].assignee_id is None


async def test_nobody_is_offered_only_where_somebody_has_a_ticket(calls: CallDesk) -> None:
    ticket = call_desk.register(calls, "sign", client_id=calls.ids.romashka)
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        await asked(pilot, calls, rows_of(calls, ticket))
        assert "nobody" not in names(app)


async def test_a_conflict_says_who_has_it_now_and_the_next_enter_is_about_that(calls: CallDesk) -> None:
    ticket = call_desk.register(calls, "sign", client_id=calls.ids.romashka)
    before = rows_of(calls, ticket)
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        answers = await asked(pilot, calls, before)
        tickets.assign(calls.desk, [ticket], calls.ids.clara)
        await press(pilot, "boris", "enter")
        assert answers == []
        problem = str(app.screen.query_one("#problem", Static).content)
        assert f"Ticket {ticket}, assignee: Диана has put Clara meanwhile; you wanted Boris." in problem
        assert rows_of(calls, ticket)[0].assignee == "Clara"
        await press(pilot, "enter")
    assert rows_of(calls, ticket)[0].assignee == "Boris"


async def test_stepping_back_changes_nothing(calls: CallDesk) -> None:
    ticket = call_desk.register(calls, "sign", client_id=calls.ids.romashka)
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        answers = await asked(pilot, calls, rows_of(calls, ticket))
        await press(pilot, "escape")
    assert answers == [None]
    assert rows_of(calls, ticket)[0].assignee_id is None


async def test_enter_with_nobody_like_that_does_nothing(calls: CallDesk) -> None:
    ticket = call_desk.register(calls, "sign", client_id=calls.ids.romashka)
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        answers = await asked(pilot, calls, rows_of(calls, ticket))
        await press(pilot, "qqqq", "enter")
        assert "Nobody like that." in shown(app)
    assert answers == []


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_hostile_subject_is_shown_and_does_nothing(calls: CallDesk, size: tuple[int, int]) -> None:
    ids = [call_desk.register(calls, NASTY, client_id=calls.ids.nasty) for _number in range(2)]
    app = console(calls, Register)
    async with app.run_test(size=size) as pilot:
        await asked(pilot, calls, rows_of(calls, *ids))
        seen = shown(app)
        assert "[b]x[/y]" in seen
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(seen)


async def test_the_question_fits_a_small_terminal(calls: CallDesk) -> None:
    ids = [call_desk.register(calls, f"call {number}", client_id=calls.ids.romashka) for number in range(5)]
    app = console(calls, Register)
    async with app.run_test(size=NARROW) as pilot:
        await asked(pilot, calls, rows_of(calls, *ids))
        for widget in app.screen.query("#title, #tickets, #narrow, #people, #about, KeyLine"):
            assert widget.region.area or not widget.display
            assert widget.region.bottom <= 23
        listed: LineList[Line] = app.screen.query_one(LineList)
        assert listed.visible_rows >= 3
