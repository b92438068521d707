"""Alerts on every screen: the line that stays, the key that takes note, and what rings once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from deskconsole.app import DeskApp
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.i18n import use_language
from deskconsole.notify import Way
from deskconsole.screens.changes import DeskChanged
from deskconsole.widgets.alert_line import AlertLine
from tests.console.alert_desk import NOW, AlertDesk, PretendAlert, alert_console, overdue, unread
from tests.console.real_desk import HOSTILE, screen_text
from tests.console.shell import opened, settled

SIZES = [(80, 24), (160, 45)]


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture
def desk() -> AlertDesk:
    return AlertDesk()


async def lines(pilot: Pilot[Any]) -> list[str]:
    await settled(pilot)
    await settled(pilot)
    return screen_text(pilot.app).splitlines()


async def first_lines(pilot: Pilot[Any]) -> list[str]:
    await opened(pilot)
    return await lines(pilot)


async def changed(pilot: Pilot[Any]) -> list[str]:
    """The desk has changed its alerts."""
    pilot.app.post_message(DeskChanged(frozenset({("alert", 1)})))
    return await lines(pilot)


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


@pytest.mark.parametrize("size", SIZES)
async def test_the_most_urgent_alert_stands_above_the_keys(
    tmp_path: Path, desk: AlertDesk, size: tuple[int, int]
) -> None:
    desk.put(overdue(1, -20), unread(2, 30), overdue(3, 12), overdue(4, 3))
    async with alert_console(tmp_path, desk).run_test(size=size) as pilot:
        text = (await first_lines(pilot))[-2]
        assert text.startswith(" 4 alerts  !! OVERDUE -12 m  #1003  resolution  ООО Ромаш")
        assert text.endswith("Ctrl+G Acknowledge" if size[0] == 80 else "Ctrl+G Acknowledge  ! Alerts")
        assert len(text) <= size[0]


async def test_a_narrow_terminal_keeps_count_and_state(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(overdue(1, 12))
    async with alert_console(tmp_path, desk).run_test(size=(40, 10)) as pilot:
        assert (await first_lines(pilot))[-2].startswith(" 1 alert  !! OVERDUE -12 m  #1001")


async def test_without_alerts_there_is_no_line_and_with_the_last_one_it_goes(tmp_path: Path, desk: AlertDesk) -> None:
    async with alert_console(tmp_path, desk).run_test(size=(80, 24)) as pilot:
        before = await first_lines(pilot)
        assert not pilot.app.screen.query(AlertLine)
        desk.put(overdue(1, 12))
        assert "1 alert" in (await changed(pilot))[-2]
        await pilot.press("ctrl+g")
        assert await lines(pilot) == before
    assert desk.acknowledged == [1]


async def test_each_press_takes_note_of_the_alert_in_the_line_and_shows_the_next(
    tmp_path: Path, desk: AlertDesk
) -> None:
    desk.put(overdue(1, -20), unread(2, 30), overdue(3, 12))
    async with alert_console(tmp_path, desk).run_test(size=(80, 24)) as pilot:
        assert "#1003" in (await first_lines(pilot))[-2]
        await pilot.press("f10")
        assert "2 alerts  * UNREAD 30 m  #1002" in (await lines(pilot))[-2]
        await pilot.press("ctrl+g")
        assert "1 alert  ▲ 20 m  #1001" in (await lines(pilot))[-2]
    assert desk.acknowledged == [3, 2]


async def test_notice_is_taken_while_a_text_is_being_typed(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(overdue(1, 12))
    async with alert_console(tmp_path, desk).run_test(size=(80, 24)) as pilot:
        await first_lines(pilot)
        pilot.app.screen.query_one("#filter").focus()
        await pilot.press("a", "ctrl+g", "b")
        await lines(pilot)
        assert pilot.app.screen.query_one("#filter").value == "ab"  # type: ignore[attr-defined]  # a TextLine
    assert desk.acknowledged == [1]


async def test_without_an_alert_the_key_says_so(tmp_path: Path, desk: AlertDesk) -> None:
    app = alert_console(tmp_path, desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await first_lines(pilot)
        await pilot.press("ctrl+g")
        await settled(pilot)
        assert toasts(app) == ["There is no alert to acknowledge."]


async def test_what_could_not_be_acknowledged_comes_back_with_the_reason(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(overdue(1, 12))
    app = alert_console(tmp_path, desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await first_lines(pilot)
        desk.trouble = StorageUnavailable("The desk is out of reach.")
        await pilot.press("ctrl+g")
        assert "1 alert" in (await lines(pilot))[-2]
        assert toasts(app) == ["The desk is out of reach."]
    assert desk.acknowledged == []


async def test_while_the_desk_is_lost_the_line_stays_and_its_time_runs(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(overdue(1, 12))
    app = alert_console(tmp_path, desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await first_lines(pilot)
        desk.trouble = StorageUnavailable("The desk is out of reach.")
        await changed(pilot)
        desk.time = NOW + timedelta(minutes=5)
        app._tick()
        assert "OVERDUE -17 m" in (await lines(pilot))[-2]
        assert toasts(app) == []


async def test_the_line_is_on_the_next_screen_and_under_a_question(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(overdue(1, 12))
    async with alert_console(tmp_path, desk).run_test(size=(80, 24)) as pilot:
        await first_lines(pilot)
        await pilot.press("s")
        assert "1 alert" in (await lines(pilot))[-2]
        desk.put(overdue(2, 1))
        assert "2 alerts" in (await changed(pilot))[-2]
        await pilot.press("escape", "i")
        assert "the client" in (await lines(pilot))[0]
        assert "2 alerts" in (await lines(pilot))[-2]
        await pilot.press("ctrl+g", "escape")
        assert "1 alert" in (await lines(pilot))[-2]


async def test_the_line_speaks_the_language_chosen_and_survives_the_change(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(overdue(1, 12))
    app = alert_console(tmp_path, desk)
    async with app.run_test(size=(160, 24)) as pilot:
        english = (await first_lines(pilot))[-2]
        use_language("ru")
        app.screen.speak_again()  # type: ignore[attr-defined]  # a DeskScreen
        await lines(pilot)
        app._tick()
        russian = next(line for line in await lines(pilot) if "#1001" in line)
        assert russian.replace(" ", "") != english.replace(" ", "")


async def test_the_line_is_painted_again_only_when_it_says_something_else(
    tmp_path: Path, desk: AlertDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(overdue(1, 1))  # so near the due time the queue shows seconds
    painted: list[str] = []
    app = alert_console(tmp_path, desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await first_lines(pilot)
        monkeypatch.setattr(AlertLine, "refresh", lambda *_args, **_options: painted.append("again"))
        for second in range(1, 60):
            desk.time = NOW + timedelta(seconds=second)
            app._tick()
        await changed(pilot)
        assert painted == []
        desk.time = NOW + timedelta(seconds=61)
        app._tick()
        assert painted == ["again"]


async def test_hostile_texts_are_text_in_the_line_and_in_what_rings(tmp_path: Path, desk: AlertDesk) -> None:
    sent: list[str] = []
    app = alert_console(tmp_path, desk, send=sent.append)
    async with app.run_test(size=(160, 45)) as pilot:
        await first_lines(pilot)
        for number, text in enumerate(HOSTILE, 1):
            desk.alerts.clear()
            desk.put(overdue(number, 12, client=text, subject=text))
            line = (await changed(pilot))[-2]
            assert "1 alert  !! OVERDUE -12 m" in line
            assert not set(line) & set("\x1b\x07\x9b\u202e\u202c\x00\x08\n\r")
        assert "[@click=app.quit]quit[/]" in "".join(sent)
    assert len(sent) == len(HOSTILE)
    for bytes_ in sent:
        assert (bytes_.count("\x1b"), bytes_.count("\a")) == (1, 2)
        assert not set(bytes_) & set("\x9b\u202e\u202c\x00\x08\n\r")


# --- ringing ---------------------------------------------------------------------------------------------------


async def test_each_ring_of_the_desk_is_heard_once_in_this_console(tmp_path: Path, desk: AlertDesk) -> None:
    sent: list[str] = []
    first = overdue(1, 12)
    desk.put(first)
    async with alert_console(tmp_path, desk, send=sent.append).run_test() as pilot:
        await first_lines(pilot)
        assert sent == [
            "\a\x1b]777;notify;#1001 !! OVERDUE -12 m resolution;ООО Ромашка: Касса не печатает\a",
        ]
        await changed(pilot)
        assert len(sent) == 1
        desk.put(replace(first, rings=2))
        await changed(pilot)
        assert len(sent) == 2
        desk.put(unread(2, 5))
        await changed(pilot)
        assert "#1002 * UNREAD 5 m" in sent[2]
        assert len(sent) == 3


async def test_many_at_once_ring_once_and_name_the_most_urgent(tmp_path: Path, desk: AlertDesk) -> None:
    sent: list[str] = []
    desk.put(*(overdue(number, number) for number in range(1, 41)))
    async with alert_console(tmp_path, desk, send=sent.append).run_test() as pilot:
        await first_lines(pilot)
        assert len(sent) == 1
        assert "40 alerts: #1040 !! OVERDUE -40 m" in sent[0]


async def test_what_is_acknowledged_or_quiet_does_not_ring(tmp_path: Path, desk: AlertDesk) -> None:
    sent: list[str] = []
    desk.put(overdue(1, 12, is_acknowledged=True), overdue(2, 12, rings=0))
    async with alert_console(tmp_path, desk, send=sent.append).run_test() as pilot:
        text = await first_lines(pilot)
        assert "1 alert" in text[-2]
        assert sent == []


async def test_an_alert_that_went_away_stops_ringing(tmp_path: Path, desk: AlertDesk) -> None:
    sent: list[str] = []
    desk.put(unread(1, 5))
    async with alert_console(tmp_path, desk, send=sent.append).run_test() as pilot:
        await first_lines(pilot)
        desk.alerts.clear()
        text = await changed(pilot)
        assert len(sent) == 1
        assert not any("UNREAD" in line for line in text)


@pytest.mark.parametrize(
    ("bell", "way", "expected"), [(False, Way.NONE, ""), (True, Way.NONE, "\a"), (False, Way.OSC9, "\x1b]9;")]
)
async def test_the_settings_say_what_is_sent(
    tmp_path: Path, desk: AlertDesk, bell: bool, way: Way, expected: str
) -> None:
    sent: list[str] = []
    desk.put(overdue(1, 12))
    async with alert_console(tmp_path, desk, send=sent.append, bell=bell, way=way).run_test() as pilot:
        await first_lines(pilot)
        assert len(sent) == 1
        assert sent[0].startswith(expected) if expected else sent == [""]


async def test_the_command_hears_the_alert_in_words(tmp_path: Path, desk: AlertDesk) -> None:
    desk.put(unread(1, 5, subject="-rf 'no paper'"))
    heard = tmp_path / "heard"
    app = alert_console(tmp_path, desk, command=f"sh -c 'printf %s \"$1\" > {heard}.new; mv {heard}.new {heard}' ring")
    async with app.run_test() as pilot:
        await first_lines(pilot)
        while not heard.exists():
            await pilot.pause(0.01)
    assert heard.read_text("utf-8") == "Nobody has opened ticket 1001. ООО Ромашка: rf no paper"


async def test_a_change_that_comes_while_alerts_are_read_is_read_after_it(tmp_path: Path, desk: AlertDesk) -> None:
    async with alert_console(tmp_path, desk).run_test() as pilot:
        await first_lines(pilot)
        reads = desk.reads
        for _again in range(20):
            pilot.app.post_message(DeskChanged(frozenset({("alert", None)})))
        desk.put(PretendAlert(1))
        assert "1 alert" in (await lines(pilot))[-2]
        assert reads < desk.reads < reads + 20


async def test_what_does_not_concern_alerts_reads_none(tmp_path: Path, desk: AlertDesk) -> None:
    async with alert_console(tmp_path, desk).run_test() as pilot:
        await first_lines(pilot)
        reads = desk.reads
        pilot.app.post_message(DeskChanged(frozenset({("ticket", 1)})))
        await lines(pilot)
        assert desk.reads == reads
