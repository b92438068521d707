"""What a person meets on every screen: keys, help, palette, reasons, themes, crashes."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import Sentence
from deskconsole.drafts import DraftBox
from deskconsole.screens.actions import ACTIONS
from deskconsole.screens.dialogs import Choice
from deskconsole.screens.footer import entries, live_actions
from deskconsole.screens.help import Help
from deskconsole.screens.opening import Opening
from tests.console.shell import PretendQueue, console, opened, settled

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def english() -> None:
    from deskconsole.i18n import use_language

    use_language("en")


def toasts(app: DeskApp[Any]) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


@pytest.mark.parametrize("key", ["a", "ф", "f3"])
async def test_a_letter_its_twin_on_the_other_layout_and_the_function_key_do_the_same(tmp_path: Path, key: str) -> None:
    async with console(tmp_path).run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press(key)
        assert screen.done == ["assign"]


async def test_digits_choose_views(tmp_path: Path) -> None:
    async with console(tmp_path).run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press("3", "9")
        assert screen.done == ["view 3", "view 9"]


async def test_an_action_that_cannot_run_now_is_dim_and_says_why_when_pressed(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot)
        screen.refused["queue.assign"] = Sentence("Nobody [b]may[/x] now.")
        screen.refresh_bindings()
        await pilot.press("ф")
        assert screen.done == []
        assert toasts(app) == ["Nobody [b]may[/x] now."]
        dim = {one.action.id for one in live_actions(screen) if not one.enabled}
        assert "queue.assign" in dim


async def test_an_action_the_screen_has_no_use_for_says_so_instead_of_being_dead(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test() as pilot:
        await opened(pilot)
        await pilot.press("u")
        assert toasts(app) == ["There is nothing to do that with here."]


async def test_a_role_too_junior_is_told_so(tmp_path: Path) -> None:
    from deskconsole.domain.terms import Role

    app = console(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot)
        app.role = Role.ENGINEER
        await pilot.press("a")
        assert (screen.done, toasts(app)) == ([], ["Your role may not do this."])


async def test_letters_are_text_while_a_field_has_the_focus(tmp_path: Path) -> None:
    async with console(tmp_path).run_test() as pilot:
        screen = await opened(pilot)
        screen.query_one("#filter").focus()
        await pilot.press("a", "q", "f3")
        assert screen.query_one("#filter").value == "aq"
        assert screen.done == ["assign"]


async def test_the_keymap_file_moves_an_action_and_its_twin(tmp_path: Path) -> None:
    (tmp_path / "keymap.toml").write_text('[keys]\n"queue.assign" = "z"\n')
    async with console(tmp_path).run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press("a", "f3", "ф")
        assert screen.done == []
        await pilot.press("z", "я")
        assert screen.done == ["assign", "assign"]


async def test_help_lists_every_live_action_and_scrolls_at_80x24(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        live = live_actions(screen)
        await pilot.press("?")
        await pilot.pause()
        assert isinstance(app.screen, Help)
        text = str(app.screen.query_one("#keys Static", Static).content)
        for one in live:
            if not one.action.group:
                assert f"{one.action.label}: {one.action.help}" in text
        assert "1-9" in text
        pane = app.screen.query_one("#keys")
        assert pane.max_scroll_y > 0
        await pilot.press("pagedown")
        await pilot.pause()
        assert pane.scroll_y > 0
        await pilot.press("escape")
        assert app.screen is screen


async def test_every_action_of_a_screen_is_in_its_footer_and_its_palette(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        live = live_actions(screen)
        wanted = {name for name, action in ACTIONS.items() if action.scope in {"queue", "app"}}
        assert {one.action.id for one in live} == wanted
        assert len(list(entries(live))) == len(wanted) - 8  # nine views are one entry
        await pilot.press(":")
        await pilot.pause()
        assert isinstance(app.screen, Choice)
        assert {option.value.action.id for option in app.screen.options} == wanted


async def test_the_palette_runs_what_was_found_by_typing_on_the_wrong_layout(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press("ctrl+p", *"фыышпт", "enter")
        await pilot.pause()
        assert screen.done == ["assign"]


async def test_the_first_frame_comes_before_the_desk_and_a_failure_stands_on_it(tmp_path: Path) -> None:
    attempts: list[int] = []

    def refuse() -> Any:
        attempts.append(1)
        raise StorageUnavailable("The desk is locked.")

    app = console(tmp_path, open_desk=refuse)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert isinstance(app.screen, Opening)
        assert "The desk is locked." in str(app.screen.query_one("#opening", Static).content)
        await pilot.press("f5")
        await settled(pilot)
        assert len(attempts) == 2


async def test_the_clock_ticks_the_screens_that_are_seen(tmp_path: Path) -> None:
    ticks: list[str] = []

    class Ticking(PretendQueue):
        def tick(self, now: object) -> None:
            ticks.append(str(now))

    app = console(tmp_path, screen=Ticking)
    async with app.run_test() as pilot:
        await opened(pilot)
        await pilot.press("?")
        ticks.clear()
        app._tick()
        assert ticks == ["2026-03-02 09:00:00+00:00"]


async def test_escape_on_the_first_screen_leaves_nothing(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press("escape")
        assert app.screen is screen
        assert toasts(app) == ["This is the first screen; Ctrl+Q leaves."]


async def test_text_of_a_dead_console_is_given_back_to_its_form(tmp_path: Path) -> None:
    dead = DraftBox(tmp_path / "drafts", desk="demo", login="anna")
    dead.keep("reply:7", {"text": "Engineer is on the way"})
    dead.close()
    app = console(tmp_path)
    async with app.run_test() as pilot:
        await opened(pilot)
        await settled(pilot)
        assert isinstance(app.screen, Choice)
        assert app.drafts.kept("reply:7") == {"text": "Engineer is on the way"}


async def test_a_crash_shows_no_values_and_leaves_a_private_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash() -> Any:
        secret_of_the_client = "s3cr3t" + "-pin"
        raise ZeroDivisionError(len(secret_of_the_client))

    app = console(tmp_path, open_desk=crash)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        async with app.run_test() as pilot:
            await settled(pilot)
    shown = capsys.readouterr().err
    (report,) = (tmp_path / "log").iterdir()
    assert str(report.name) in shown
    assert "Traceback" not in shown
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "ZeroDivisionError" in text
    assert "s3cr3t-pin" not in text
    assert app.return_code == 1


async def test_themes_are_chosen_and_remembered(tmp_path: Path) -> None:
    app = console(tmp_path)
    told: list[tuple[str, str]] = []
    app._remember = lambda name, value: told.append((name, value))
    async with app.run_test() as pilot:
        await opened(pilot)
        await pilot.press("ctrl+t")
        await pilot.pause()
        await pilot.press("2")
        await pilot.pause()
        assert told == [("theme", app.theme)]
