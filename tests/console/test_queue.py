"""The queue as a dispatcher uses it, on a real desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from deskconsole.config import folders, load_views
from deskconsole.data.queries.tickets import rows
from deskconsole.desk import tickets
from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import Unreachable
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Priority
from deskconsole.screens import queue_source
from deskconsole.screens.changes import DeskBack, DeskChanged
from deskconsole.screens.dialogs import Ask, Choice, Confirm
from deskconsole.screens.fields import TextLine
from deskconsole.screens.pace import Pace
from deskconsole.screens.queue import QueueScreen
from deskconsole.screens.queue_source import ListRead, Place, Wanted
from deskconsole.screens.session import Session
from deskconsole.widgets.line_list import LineList
from tests.console.desks import HOSTILE, NOW, Places, queue_on, small_desk, tickets_on
from tests.console.shell import opened, settled

SIZES = [(80, 24), (160, 45)]


@pytest.fixture
def desk_and_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, Places]:
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path))
    return small_desk(tmp_path)


async def queue(pilot: Pilot[Any]) -> QueueScreen:
    screen: QueueScreen = await opened(pilot)
    await settled(pilot)
    return screen


def shown(screen: Screen[Any]) -> str:
    """The text on the whole screen."""
    return "\n".join("".join(segment.text for segment in line) for line in screen._compositor.render_strips())


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Let the console work until it is so; a bounded number of turns."""
    for _turn in range(200):
        if is_so():
            return
        await settled(pilot)
    raise AssertionError("it never came")


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_view_shows_unassigned_tickets_with_the_burning_ones_first(
    desk_and_places: tuple[Desk, Places], tmp_path: Path, size: tuple[int, int]
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 30)
    async with queue_on(desk, tmp_path).run_test(size=size) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        assert lines.total == 30
        row = lines.row_at_cursor
        assert row is not None
        assert row.priority == Priority.CRITICAL
        text = shown(screen)
        assert "1 Unassigned 30" in text
        assert "Не печатает чек" in text


async def test_digits_choose_views_and_their_counts_are_live(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    ids = tickets_on(desk, places, 4)
    async with queue_on(desk, tmp_path).run_test(size=(160, 45)) as pilot:
        screen = await queue(pilot)
        await pilot.press("6")
        await until(pilot, lambda: screen.query_one(LineList).total == 2)
        assert "6 Not covered 2" in shown(screen)
        tickets.set_status(desk, [ids[1]], "cancelled", reason="twice")
        screen.post_message(DeskChanged(frozenset({("ticket", ids[1])})))
        await until(pilot, lambda: screen.query_one(LineList).total == 1)
        assert "6 Not covered 1" in shown(screen)


async def test_the_filter_searches_as_it_is_typed_and_says_what_it_does_not_understand(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 10)
    async with queue_on(desk, tmp_path).run_test(size=(160, 45)) as pilot:
        screen = await queue(pilot)
        await pilot.press("slash", *"client:ромашка")
        await until(pilot, lambda: screen.query_one(LineList).total == 5)
        await pilot.press(*" statsu:open", "enter")
        await until(pilot, lambda: "statsu" in str(screen.query_one("#status").render()))
        assert "status" in shown(screen)
        assert screen.query_one(LineList).total == 5


async def test_the_cursor_stays_on_the_ticket_when_others_change_the_order(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 12)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        await pilot.press("down", "down", "down", "down", "down")
        key, place = lines.cursor_key, lines.cursor_index
        assert key is not None
        tickets.set_priority(desk, [key], Priority.CRITICAL)
        tickets.set_times(desk, key, due_at=NOW)
        screen.post_message(DeskChanged(frozenset({("ticket", key)})))
        await until(pilot, lambda: lines.cursor_index != place)
        assert lines.cursor_key == key


async def test_what_others_change_waits_for_the_rest_after_a_slow_reading_and_own_keys_do_not(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    (number,) = tickets_on(desk, places, 1)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        clock = iter([0.0, 60.0])  # a reading that took a minute
        slow = Pace(clock=lambda: next(clock, 61.0))
        slow.begin()
        slow.end()
        screen._paces["list"] = slow
        tickets.set_priority(desk, [number], Priority.LOW)
        for _change in range(3):
            screen.post_message(DeskChanged(frozenset({("ticket", number)})))
        await settled(pilot)
        assert slow.has_timer
        assert lines.row_at_cursor is not None
        assert lines.row_at_cursor.priority != Priority.LOW.value
        await pilot.press("f5")
        await until(pilot, lambda: _priority(lines) == Priority.LOW.value)


async def test_what_others_change_is_read_only_if_it_is_in_the_list_or_was(
    desk_and_places: tuple[Desk, Places], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, places = desk_and_places
    here, there = tickets_on(desk, places, 2)
    tickets.set_status(desk, [there], "cancelled", reason="twice")
    read: list[Place] = []

    def counted(session: Session, wanted: Wanted, place: Place, *, lenient: bool) -> ListRead:
        read.append(place)
        return read_list(session, wanted, place, lenient=lenient)

    read_list = queue_source.read_list
    monkeypatch.setattr(queue_source, "read_list", counted)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        lines = (await queue(pilot)).query_one(LineList)
        assert lines.total == 1
        tickets.set_priority(desk, [there], Priority.LOW)
        await told(pilot, there)
        assert not read
        (came,) = tickets_on(desk, places, 1)
        await told(pilot, came)
        await until(pilot, lambda: lines.total == 2)
        tickets.set_status(desk, [here], "cancelled", reason="twice")
        await told(pilot, here)
        await until(pilot, lambda: lines.total == 1)
        assert len(read) == 2


async def test_what_was_heard_while_a_reading_failed_is_read_by_the_next(
    desk_and_places: tuple[Desk, Places], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, places = desk_and_places
    here, there = tickets_on(desk, places, 2)
    tickets.set_status(desk, [there], "cancelled", reason="twice")
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        with monkeypatch.context() as patch:
            patch.setattr(queue_source, "read_list", unreachable)
            tickets.set_priority(desk, [here], Priority.LOW)
            screen.post_message(DeskChanged(frozenset({("ticket", here)})))
            await until(pilot, lambda: screen._heard is None)
        screen.post_message(DeskChanged(frozenset({("ticket", there)})))
        await until(pilot, lambda: _priority(lines) == Priority.LOW.value)


async def test_a_desk_that_is_back_is_read_at_once_however_slow_the_failing_was(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    (number,) = tickets_on(desk, places, 1)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        rest_long(screen)
        tickets.set_priority(desk, [number], Priority.LOW)
        screen.post_message(DeskBack())
        await until(pilot, lambda: _priority(lines) == Priority.LOW.value)


async def test_a_marked_ticket_is_shown_as_it_will_be_acted_on(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    (number,) = tickets_on(desk, places, 1)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        await pilot.press("space")
        rest_long(screen)
        tickets.set_priority(desk, [number], Priority.LOW)
        screen.post_message(DeskChanged(frozenset({("ticket", number)})))
        await until(pilot, lambda: screen.chosen()[0].priority == Priority.LOW.value)
        row = lines.row_of(number)
        assert row is not None
        assert row.priority == Priority.LOW.value


def rest_long(screen: QueueScreen) -> None:
    """As after a reading that took very long."""
    screen._paces["list"] = slow = Pace()
    slow._free_at = slow.clock() + 600


def unreachable(*_asked: object, **_how: object) -> ListRead:
    raise Unreachable(mark("Nobody is there."))


async def told(pilot: Pilot[Any], number: int) -> None:
    """The feed says that a ticket was changed, and the screen has looked into it."""
    screen = pilot.app.screen
    assert isinstance(screen, QueueScreen)
    screen.post_message(DeskChanged(frozenset({("ticket", number)})))
    await settled(pilot)
    await until(pilot, lambda: screen._heard == frozenset() and not screen.is_working("list"))


def _priority(lines: LineList[Any]) -> int | None:
    return lines.row_at_cursor.priority if lines.row_at_cursor is not None else None


async def test_marked_tickets_change_together_after_one_question_and_one_undo(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    ids = tickets_on(desk, places, 6)
    before = {row.id: row.priority for row in desk.read(rows, ids)}
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        await pilot.press("asterisk")
        await until(pilot, lambda: screen.query_one(LineList).mark_count == 6)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choice))
        await pilot.press("4")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: {row.priority for row in desk.read(rows, ids)} == {4})
        await until(pilot, lambda: bool(screen.session.done))
        await pilot.press("u")
        await until(pilot, lambda: {row.id: row.priority for row in desk.read(rows, ids)} == before)


async def test_russian_layout_works_the_same_keys(desk_and_places: tuple[Desk, Places], tmp_path: Path) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 3)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        await queue(pilot)
        await pilot.press("з")  # p
        await until(pilot, lambda: isinstance(pilot.app.screen, Choice))


async def test_hostile_client_text_reaches_the_screen_only_as_text(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets.register(desk, tickets.Registration(HOSTILE, places.client, body=HOSTILE, caller=HOSTILE))
    async with queue_on(desk, tmp_path).run_test(size=(160, 45)) as pilot:
        screen = await queue(pilot)
        text = shown(screen)
        assert "[VIP] [/x] [@click=app.quit]" in text
        assert not any(character in text for character in "\x1b\x07\x9b\u202e")


async def test_a_view_of_ones_own_is_kept(desk_and_places: tuple[Desk, Places], tmp_path: Path) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 3)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        await pilot.press("slash", *"prio:1", "enter")
        await settled(pilot)
        await pilot.press("ctrl+s")
        await settled(pilot)
        await pilot.press(*"Горит", "enter")
        await until(pilot, lambda: screen.session.views[-1].name == "Горит")
        assert 'filter = "status:open assignee:none prio:1"' in folders().views_file.read_text("utf-8")


async def test_a_filter_typed_wrong_is_explained_while_the_list_and_what_is_typed_stay(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 10)
    async with queue_on(desk, tmp_path).run_test(size=(160, 45)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        await pilot.press("slash", *"prio:x")
        await until(pilot, lambda: "has no" in str(screen.query_one("#status").render()))
        assert lines.total == 10
        await pilot.press("enter")
        await settled(pilot)
        line = screen.query_one("#filter", TextLine)
        assert screen.focused is line
        assert line.value.endswith("prio:x")
        assert lines.row_at_cursor is not None
        await pilot.press("backspace", "1", "enter")
        await until(pilot, lambda: screen.focused is lines)
        assert "prio" not in str(screen.query_one("#status").render()).partition("ticket")[0]


async def test_the_order_and_columns_of_a_view_are_remembered_and_it_keeps_its_name(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 3)
    async with queue_on(desk, tmp_path).run_test(size=(160, 45)) as pilot:
        screen = await queue(pilot)
        await pilot.press("o", *"number", "enter")
        await settled(pilot)
        await pilot.press("c", *"site", "enter")
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("1")
        await settled(pilot)
        assert screen._wanted.sort.by == "id"
        assert "site" not in {column.id for column in screen._shown_columns()}
    kept = load_views(folders().views_file)[0]
    assert (kept.name, kept.sort, kept.built_in) == ("Unassigned", "id", True)
    assert "site" not in kept.columns


async def test_a_view_without_a_name_is_refused(desk_and_places: tuple[Desk, Places], tmp_path: Path) -> None:
    desk, _places = desk_and_places
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        await queue(pilot)
        await pilot.press("ctrl+s", "enter")
        await settled(pilot)
        assert "A view needs a name." in str(pilot.app.screen.query_one("#problem").render())
        assert not folders().views_file.exists()


async def test_keys_typed_ahead_belong_to_the_question_that_is_still_being_read(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 3)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        app = pilot.app
        for key in ("s", "3"):
            app.post_message(events.Key(key, key))
        await until(pilot, lambda: bool(screen.session.done) or screen._view != 0)
        assert screen._view == 0


async def test_marked_tickets_out_of_view_are_known_as_they_are_now(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    ids = tickets_on(desk, places, 90)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        lines = screen.query_one(LineList)
        await pilot.press("asterisk")
        await until(pilot, lambda: len(screen.chosen()) == 90)
        far = next(key for key in ids if lines.row_of(key) is None)
        tickets.set_status(desk, [far], "open")
        screen.post_message(DeskChanged(frozenset({("ticket", far)})))
        await until(pilot, lambda: {row.id: row.status for row in screen.chosen()}[far] == "open")


async def test_many_tickets_are_cancelled_only_after_a_question(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    ids = tickets_on(desk, places, 12)
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        await pilot.press("asterisk")
        await until(pilot, lambda: len(screen.chosen()) == 12)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choice))
        await pilot.press(*"cancel", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "and 2 more" in shown(pilot.app.screen)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press(*"twice", "enter")
        await until(pilot, lambda: {row.status for row in desk.read(rows, ids)} == {"cancelled"})


async def test_two_undo_keys_in_a_row_take_two_changes_back(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    (ticket,) = tickets_on(desk, places, 1)
    before = desk.read(rows, [ticket])[0].priority
    async with queue_on(desk, tmp_path).run_test(size=(80, 24)) as pilot:
        screen = await queue(pilot)
        for priority in ("4", "2"):
            await pilot.press("p", priority)
            await settled(pilot)
        assert len(screen.session.done) == 2
        await pilot.press("u", "u")
        await until(pilot, lambda: desk.read(rows, [ticket])[0].priority == before)
        assert screen.session.done == []


async def test_a_column_comes_and_goes_and_the_due_one_stands_once(
    desk_and_places: tuple[Desk, Places], tmp_path: Path
) -> None:
    desk, places = desk_and_places
    tickets_on(desk, places, 3)
    async with queue_on(desk, tmp_path).run_test(size=(240, 45)) as pilot:
        screen = await queue(pilot)
        await pilot.press("c", *"channel", "enter")
        await until(pilot, lambda: "channel" in screen._columns)
        assert list(screen._columns).count("due") == 1
        await pilot.press("c", *"channel", "enter")
        await until(pilot, lambda: "channel" not in screen._columns)
        assert "Due" in shown(screen)
