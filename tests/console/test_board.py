"""The live board on the screen: what it says at every size, how it follows the desk, and its recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.board_record import Recorder, Recording
from deskconsole.desk import sla, tickets
from deskconsole.desk.desk import Desk
from deskconsole.domain.board import BoardState, Burning, Load, Score
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import EVERYTHING, Priority, Role, SlaClock
from deskconsole.drafts import DraftBox
from deskconsole.following import tell
from deskconsole.i18n import use_language
from deskconsole.screens import board_panes
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.board import BoardScreen
from deskconsole.screens.board_replay import RecordedDesk, ReplayScreen
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.keymap import load_keymap
from deskconsole.screens.ticket import TicketScreen
from deskconsole.widgets.line_pane import LinePane
from tests.console.desks import queue_on
from tests.console.desks import small_desk as queue_desk
from tests.console.real_desk import HOSTILE, NOW, Ids, real_console, screen_text, small_desk
from tests.console.shell import opened, press, settled

SIZES = [(80, 24), (100, 30), (120, 40), (160, 45), (240, 70)]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    use_language("en")
    monkeypatch.setattr("deskconsole.screens.board.COSTS", 0)  # a busy machine makes no pause longer
    yield
    use_language("en")


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    """The small desk an hour and a half later: a ticket that is overdue by its first answer, one due soon, one far."""
    made = small_desk(tmp_path)
    desk = made.desk()
    tickets.set_times(desk, made.ticket, due_at=None)
    promises = [Target(SlaClock.FIRST_RESPONSE, 60), Target(SlaClock.RESOLUTION, 480)]
    sla.put_policy(desk, "usual", targets=promises)
    sla.bind(desk, "usual", Level.DEFAULT)
    tickets.assign(desk, [made.ticket], made.engineer)
    soon = tickets.register(desk, tickets.Registration("Printer smokes", made.client))
    tickets.open_ticket(desk, soon)
    tickets.reply(desk, soon, "We are coming")
    tickets.set_times(desk, soon, due_at=NOW + timedelta(minutes=110))
    desk.close()
    made.clock.now = NOW + timedelta(minutes=90)
    return made


def console(folder: Path, ids: Ids, *, is_wall: bool = False, recorder: Recorder | None = None) -> DeskApp[Any]:
    return real_console(folder, ids, partial(BoardScreen, is_wall=is_wall, recorder=recorder))


async def shown(pilot: Pilot[Any]) -> str:
    await opened(pilot)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


async def later(pilot: Pilot[Any], ids: Ids, **time: float) -> str:
    """Let time pass, and the board do what it does then."""
    ids.clock.now += timedelta(**time)
    pilot.app._tick()  # type: ignore[attr-defined] # the desk's app
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_what_burns_and_how_the_day_goes_fits_every_wall(
    tmp_path: Path, ids: Ids, size: tuple[int, int], language: str
) -> None:
    use_language(language)
    async with console(tmp_path, ids).run_test(size=size) as pilot:
        text = await shown(pilot)
        lines = text.splitlines()
        assert max(cell_len(line) for line in lines) <= size[0]
        assert len(lines) <= size[1]
        places = [next(n for n, line in enumerate(lines) if sign in line) for sign in (" !! -30", " ▲ 20")]
        assert places == sorted(places)
        screen = pilot.app.screen
        assert isinstance(screen, BoardScreen)
        seen = {name for name, pane in screen._panes.items() if pane.size.height}
        everywhere = {"head", "numbers", "tickets"} | ({"people"} if size[0] >= 100 else set())
        assert seen == everywhere | ({"people", "hours", "breaches"} if size[1] >= 34 else set())


async def test_the_numbers_stand_with_shape_and_word(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        for words in ("!! 1 overdue", "▼ 1 due within 2 h", "1 unassigned", "* 1 unread", "|| 0 paused", "2 open"):
            assert words in text
        assert "on time today: no ticket with an SLA completed yet" in text
        assert "data of 10:30:00, less than a minute old" in text


async def test_countdowns_run_by_themselves_and_only_their_cells_are_painted(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        await shown(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, BoardScreen)
        await later(pilot, ids, seconds=1)
        painted: list[tuple[str, Any]] = []

        def spy(name: str, pane: LinePane) -> None:
            really = pane.refresh

            def refresh(*regions: Any, **options: Any) -> Any:
                painted.extend((name, region) for region in regions or ("all",))
                return really(*regions, **options)

            monkeypatch.setattr(pane, "refresh", refresh)

        for name, pane in screen._panes.items():
            spy(name, pane)
        assert "▲ 18 m" in await later(pilot, ids, seconds=60)
        countdowns = [region for name, region in painted if name == "tickets"]
        assert [region.width for region in countdowns] == [15, 15]
        assert {name for name, _region in painted} == {"head", "tickets"}
        painted.clear()
        await later(pilot, ids, seconds=1)
        assert painted == []


async def test_a_change_is_read_after_a_pause_and_a_burst_of_them_once(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        screen = app.screen
        assert isinstance(screen, BoardScreen)
        desk = ids.desk()
        for number in range(3):
            tickets.register(desk, tickets.Registration(f"New {number}", ids.client))
            screen.post_message(DeskChanged(frozenset({("ticket", number)})))
        desk.close()
        await settled(pilot)
        assert "2 open" in await later(pilot, ids, seconds=1)
        assert "5 open" in await later(pilot, ids, seconds=3)
        read_at = screen.state.at if screen.state is not None else None
        await later(pilot, ids, seconds=5)
        assert screen.state is not None
        assert screen.state.at == read_at  # nothing changed: nothing is read


async def test_others_changes_are_told_to_our_screens_only(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual's blank screen below ours answers any message by having everything painted: 24 kB a change."""
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        told: list[Any] = []
        for screen in app.screen_stack:
            monkeypatch.setattr(screen, "post_message", lambda message, screen=screen: told.append(screen))
        tell(app, lambda: DeskChanged(EVERYTHING))
        assert told == [app.screen]
        monkeypatch.undo()


async def test_time_alone_makes_it_read_again(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert "!! 2 overdue" in await later(pilot, ids, minutes=25)


async def test_a_lost_database_leaves_the_board_with_its_age_and_it_comes_back_by_itself(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console(tmp_path, ids)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        really = Desk.read

        def lost(*_words: Any, **_options: Any) -> Any:
            raise StorageUnavailable("The desk {name} is out of reach.", name="shared")

        monkeypatch.setattr(Desk, "read", lost)
        app.screen.post_message(DeskChanged(EVERYTHING))
        await settled(pilot)
        text = await later(pilot, ids, minutes=4)
        assert "The desk shared is out of reach." in text
        assert "!! data of 10:30:00, 4 m old" in text
        assert "Printer smokes" in text
        monkeypatch.setattr(Desk, "read", really)
        text = await later(pilot, ids, seconds=15)
        assert "out of reach" not in text
        assert "data of 10:34:15, less than a minute old" in text


async def test_from_the_queue_enter_goes_into_the_ticket_and_esc_steps_back(tmp_path: Path) -> None:
    desk, places = queue_desk(tmp_path)
    late = tickets.register(
        desk, tickets.Registration("Wished", places.client, wished_at=desk.now() + timedelta(hours=1))
    )
    try:
        async with queue_on(desk, tmp_path).run_test(size=(160, 45)) as pilot:
            await shown(pilot)
            await pilot.press("и")  # b on the other layout
            await settled(pilot)
            await settled(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, BoardScreen)
            assert screen.cursor == late
            await pilot.press("enter")
            await settled(pilot)
            assert isinstance(pilot.app.screen, TicketScreen)
            await pilot.press("escape")
            await settled(pilot)
            assert type(pilot.app.screen).__name__ == "BoardScreen"
            await pilot.press("escape")
            await settled(pilot)
            assert type(pilot.app.screen).__name__ == "QueueScreen"
    finally:
        desk.close()


async def test_the_cursor_stays_on_its_ticket_when_others_come_before_it(tmp_path: Path, ids: Ids) -> None:
    async with console(tmp_path, ids).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, BoardScreen)
        await pilot.press("end")
        under = screen.cursor
        desk = ids.desk()
        tickets.register(desk, tickets.Registration("Sooner", ids.client, due_at=ids.clock.now + timedelta(minutes=5)))
        desk.close()
        screen.post_message(DeskChanged(EVERYTHING))
        await settled(pilot)
        assert "Sooner" in await later(pilot, ids, seconds=3)
        assert screen.cursor == under
        await pilot.press("up")
        assert screen.cursor != under


async def test_a_wall_only_shows(tmp_path: Path, ids: Ids) -> None:
    app = console(tmp_path, ids, is_wall=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert isinstance(app.screen, BoardScreen)
        assert app.screen.cursor is None
        assert [str(toast.message) for toast in app._notifications] == [
            "This board only shows. Opened from the queue, Enter goes into a ticket."
        ]


async def test_a_contractor_may_not_open_the_board(tmp_path: Path) -> None:
    desk, _places = queue_desk(tmp_path)
    app = queue_on(desk, tmp_path)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await shown(pilot)
            app.role = Role.CONTRACTOR
            await pilot.press("b")
            await settled(pilot)
            assert [str(toast.message) for toast in app._notifications] == ["Your role may not do this."]
    finally:
        desk.close()


async def test_what_clients_write_cant_steer_the_wall(tmp_path: Path, ids: Ids) -> None:
    desk = ids.desk()
    for text in HOSTILE:
        tickets.register(desk, tickets.Registration(text, ids.client, due_at=ids.clock.now + timedelta(minutes=9)))
    desk.close()
    async with console(tmp_path, ids).run_test(size=(160, 45)) as pilot:
        text = await shown(pilot)
        assert "[VIP] client" in text
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(text)


# --- recording and replay ----------------------------------------------------------------------------------


async def test_what_the_board_showed_is_recorded_and_replayed_without_a_desk(tmp_path: Path, ids: Ids) -> None:
    file = tmp_path / "day.board"
    async with console(tmp_path, ids, is_wall=True, recorder=Recorder(file, UTC)).run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        desk = ids.desk()
        tickets.register(desk, tickets.Registration("Lift stands", ids.client))
        desk.close()
        pilot.app.screen.post_message(DeskChanged(EVERYTHING))
        await settled(pilot)
        await later(pilot, ids, minutes=11)  # 10:41
        await later(pilot, ids, minutes=29)  # 11:10
    (tmp_path / "desk.db").unlink()
    recording = Recording(file)
    app = replay_of(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        text = await shown(pilot)
        assert "REPLAY  2026-03-02 11:10:00" in text
        assert "3 open" in text
        assert "2 open" in await pressed(pilot, "home")
        assert "REPLAY  2026-03-02 10:30:00" in screen_text(app)
        assert "!! -30 m" in screen_text(app)
        assert "REPLAY  2026-03-02 10:41:00" in await pressed(pilot, "right")
        assert "3 open" in screen_text(app)
        assert "REPLAY  2026-03-02 10:31:00" in await pressed(pilot, "pageup")
        assert "2 open" in screen_text(app)
        assert "!! -31 m" in screen_text(app)
        assert "REPLAY  2026-03-02 10:30:00" in await pressed(pilot, "left")
        text = await pressed(pilot, "1", "0", ":", "4", "5", "enter")
        assert "REPLAY  2026-03-02 10:45:00" in text
        assert "!! data of 10:41:00, 4 m old" in text
        assert "The recording runs from" in await pressed(pilot, "t", "2", "3", ":", "0", "0", "enter")


async def pressed(pilot: Pilot[Any], *keys: str) -> str:
    await press(pilot, *keys)
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app)


def replay_of(recording: Recording, folder: Path) -> DeskApp[Any]:
    def first(_desk: RecordedDesk) -> DeskScreen[None]:
        return ReplayScreen(recording, UTC, recording.last)

    return DeskApp(
        open_desk=RecordedDesk,
        first_screen=first,
        drafts=DraftBox(folder / "drafts", desk="replay", login="ann"),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="replay",
    )


async def test_while_the_database_is_lost_the_recording_says_so_each_minute(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "day.board"
    app = console(tmp_path, ids, recorder=Recorder(file, UTC))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)

        def lost(*_words: Any, **_options: Any) -> Any:
            raise StorageUnavailable("The desk is out of reach.")

        monkeypatch.setattr(Desk, "read", lost)
        for _minute in range(3):
            await later(pilot, ids, minutes=1)
    recording = Recording(file)
    assert len(recording) == 4
    assert recording.shown(3).trouble == "The desk is out of reach."
    assert recording.shown(3).state.at == NOW + timedelta(minutes=90)


async def test_a_recording_that_cant_be_written_is_said_once_and_the_board_goes_on(
    tmp_path: Path, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console(tmp_path, ids, recorder=Recorder(tmp_path / "day.board", UTC))

    def full(_handle: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("deskconsole.board_record.os.write", full)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert "Printer smokes" in await later(pilot, ids, minutes=2)
        await later(pilot, ids, minutes=2)
        said = [str(toast.message) for toast in app._notifications]
        assert said == ["The recording could not be written: No space left on device"]


# --- panes -------------------------------------------------------------------------------------------------


def board(**changed: Any) -> BoardState:
    """An empty board but for what is given."""
    values: dict[str, Any] = dict.fromkeys(("open", "unassigned", "unread", "overdue", "soon", "paused", "people"), 0)
    values |= {"at": NOW, "target": 95.0, "today": Score(), "week": Score(), "late": (), "next": (), "loads": ()}
    values |= {"arrivals": (0,) * 24, "completions": (0,) * 24, "breaches": (), **changed}
    return BoardState(**values)


def said(lines: list[Any]) -> str:
    return "\n".join("".join(cell.text for cell in line.cells).rstrip() for line in lines)


def test_load_over_capacity_and_absence_are_words_not_colours_alone() -> None:
    loads = (
        Load(1, "Over", 9, 300, 300, 480, False),
        Load(2, "Away", 2, 0, 90, 0, False),
        Load(3, "Gone", 0, 0, 0, 0, False),
        Load(4, "Half", 1, 120, 120, 480, True),
    )
    lines = said(board_panes.people(board(loads=loads, people=9), 80, 6)).splitlines()
    assert lines[0].endswith("5 more")
    assert lines[1].endswith("!! 10 h of 8 h")
    assert lines[2].endswith("2 off today, 1 h 30 m to do")
    assert lines[3].endswith("0 off today")
    bar = lines[4]
    assert all(abs(bar.count(sign) - width) <= 1 for sign, width in (("█", 7), ("▒", 7), ("░", 15)))


def test_the_hour_with_most_is_the_highest_and_one_ticket_is_still_seen() -> None:
    arrivals = [0] * 24
    arrivals[9], arrivals[10], arrivals[23] = 100, 50, 1
    lines = said(board_panes.hours(board(arrivals=tuple(arrivals)), 26, 10)).splitlines()
    assert lines[1] == " arrived: 151, most in an…"
    columns = [line.ljust(26) for line in lines[2:5]]
    assert [line[1 + 9] for line in columns] == ["█", "█", "█"]
    assert [line[1 + 10] for line in columns] == [" ", "▄", "█"]
    assert [line[1 + 23] for line in columns] == [" ", " ", "▁"]


def test_neither_the_overdue_nor_the_next_crowd_the_other_out() -> None:
    many = tuple(range(50))
    late, soon = board_panes.shown_tickets(board(late=many, next=many), 20)
    assert (len(late), len(soon)) == (12, 6)
    late, soon = board_panes.shown_tickets(board(late=many[:2], next=many), 20)
    assert (len(late), len(soon)) == (2, 16)
    late, soon = board_panes.shown_tickets(board(late=many, next=()), 20)
    assert (len(late), len(soon)) == (18, 0)


def test_however_many_are_due_at_once_a_second_changes_few_lines() -> None:
    one = Burning(0, NOW, SlaClock.RESOLUTION, Priority.NORMAL, "", "", "", False)
    soon = tuple(replace(one, ticket_id=number, due=NOW + timedelta(seconds=100 + number)) for number in range(40))
    state = board(next=soon, soon=40)
    changes = []
    for second in range(30):
        before, after = (board_panes.tickets(state, NOW + timedelta(seconds=second + step), 100, 42) for step in (0, 1))
        changes.append(sum(old != new for old, new in zip(before, after, strict=True)))
    assert sorted(changes)[:28] == [12] * 28
    assert sorted(changes)[28:] == [40] * 2  # every fifteen seconds


def test_a_share_below_the_target_says_so() -> None:
    state = board(today=Score(1000, 949, 100), week=Score(1000, 950, 0))
    text = said(board_panes.numbers(state, 160, is_big=True))
    assert "!! on time today: 94.9 % (949 of 1000), below 95 %, 10 % paused" in text
    assert "on time this week: 95 % (950 of 1000), target 95 % met, 0 % paused" in text
    assert "█▀█ █ █" in text  # 94.9 across the room
