"""Questions: the keyboard is enough, errors stand in the dialog, and nothing typed is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.i18n import use_language
from deskconsole.screens.dialogs import Ask, Choice, Compose, Confirm, Option
from deskconsole.screens.fields import TextBox, TextLine
from deskconsole.widgets.text_block import plain
from tests.console.shell import console, opened, settled


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


async def asked(pilot: Pilot[Any], question: Any) -> list[Any]:
    """Show a question; its answer is appended to the list."""
    await opened(pilot)
    answers: list[Any] = []
    await pilot.app.push_screen(question, answers.append)
    await pilot.pause()
    return answers


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("y", True), ("н", True), ("n", False), ("т", False), ("enter", False), ("escape", False)],
)
async def test_a_confirmation_answers_to_both_layouts_and_enter_means_no(
    tmp_path: Path, keys: str, answer: bool
) -> None:
    async with console(tmp_path).run_test(size=(80, 24)) as pilot:
        answers = await asked(pilot, Confirm("Close 3 tickets?", ["[b]Ромашка[/x] is told"]))
        await pilot.press(keys)
        await pilot.pause()
        assert answers == [answer]


async def test_the_key_that_asked_is_not_the_key_that_confirms(tmp_path: Path) -> None:
    async with console(tmp_path).run_test() as pilot:
        answers = await asked(pilot, Confirm("Copy it all?", asked_by="app.copy"))
        await pilot.press("y", "н")
        await pilot.pause()
        assert answers == []
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert answers == [True]


PEOPLE = [
    Option(1, "Анна", "Moscow"),
    Option(2, "Boris [b]x[/y]"),
    Option(3, "Clara", why_not="Clara is away."),
]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["2"], 2),
        (["enter"], 1),
        (["down", "enter"], 2),
        ([*"bor", "enter"], 2),
        ([*"fyyf", "enter"], 1),
        ([*"ищк", "enter"], 2),
        (["escape"], None),
    ],
)
async def test_one_of_several_is_chosen_by_number_arrows_or_typing(
    tmp_path: Path, keys: list[str], answer: int | None
) -> None:
    async with console(tmp_path).run_test(size=(80, 24)) as pilot:
        answers = await asked(pilot, Choice("Who?", PEOPLE))
        await pilot.press(*keys)
        await pilot.pause()
        assert answers == [answer]


async def test_a_choice_that_cannot_be_taken_says_why(tmp_path: Path) -> None:
    async with console(tmp_path).run_test() as pilot:
        answers = await asked(pilot, Choice("Who?", PEOPLE))
        await pilot.press("3")
        await pilot.pause()
        assert answers == []
        assert problem(pilot) == "Clara is away."


async def test_a_choice_refused_by_the_desk_says_so_and_stays(tmp_path: Path) -> None:
    def save(_value: int) -> None:
        raise Refused("Log the labour first.")

    async with console(tmp_path).run_test() as pilot:
        answers = await asked(pilot, Choice("Status?", PEOPLE, save=save))
        await pilot.press("1")
        await settled(pilot)
        assert (answers, problem(pilot)) == ([], "Log the labour first.")


async def test_a_line_that_is_refused_stays_as_typed(tmp_path: Path) -> None:
    def minutes(text: str) -> int:
        if not text.isdigit():
            raise InvalidInput("Minutes are a whole number, not {text}.", text=text)
        return int(text)

    async with console(tmp_path).run_test() as pilot:
        answers = await asked(pilot, Ask("Minutes worked", minutes))
        await pilot.press("-", "5", "enter")
        await settled(pilot)
        assert problem(pilot) == "Minutes are a whole number, not -5."
        assert pilot.app.screen.query_one("#line", TextLine).value == "-5"
        await pilot.press("backspace", "backspace", "9", "0", "enter")
        await settled(pilot)
        assert answers == [90]


async def test_a_text_survives_esc_and_a_refusal_and_is_forgotten_once_sent(tmp_path: Path) -> None:
    sent: list[str] = []

    def save(text: str) -> str:
        if not sent:
            sent.append("refused")
            raise Refused("The ticket is closed.")
        return text

    app = console(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        answers = await asked(pilot, Compose("Reply", save, drafts=app.drafts, form="reply:7"))
        await pilot.press(*"hello", "enter", "q")
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]
        answers = await asked(pilot, Compose("Reply", save, drafts=app.drafts, form="reply:7"))
        assert app.screen.query_one(TextBox).text == "hello\nq"
        await pilot.press("!", "f2")
        await settled(pilot)
        assert problem(pilot) == "The ticket is closed."
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert answers == ["hello\nq!"]
        assert app.drafts.kept("reply:7") == {}


async def test_an_empty_text_is_not_sent(tmp_path: Path) -> None:
    app = console(tmp_path)
    async with app.run_test() as pilot:
        answers = await asked(pilot, Compose("Note", str, drafts=app.drafts, form="note:7"))
        await pilot.press("f2")
        await settled(pilot)
        assert answers == []
        assert problem(pilot).startswith("Write something first")


def problem(pilot: Pilot[Any]) -> str:
    content = pilot.app.screen.query_one("#problem", Static).content
    return str(plain(str(content)))
