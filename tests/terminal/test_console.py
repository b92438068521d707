"""The whole program on a real terminal: registering, two consoles on one desk, hostile texts, sudden ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deskconsole.data.queries.tickets import rows
from deskconsole.desk import opening, tickets
from deskconsole.desk.desk import Desk
from tests.console.desks import HOSTILE, Places, small_desk, tickets_on
from tests.support.terminal import Terminal

LONG = 60.0
Open = Callable[..., Terminal]


@pytest.fixture
def desk_file(tmp_path: Path) -> tuple[Path, Desk, Places]:
    desk, places = small_desk(tmp_path)
    return tmp_path / "desk.sqlite", desk, places


@pytest.fixture
def console(tmp_path: Path, desk_file: tuple[Path, Desk, Places]) -> Iterator[Open]:
    """Open consoles on the desk; all are closed at the end."""
    opened: list[Terminal] = []

    def start(columns: int = 100, rows: int = 30, language: str = "en") -> Terminal:
        argv = [sys.executable, "-m", "deskconsole", "--lang", language, "--desk", str(desk_file[0]), "--as", "anna"]
        home = {"DESKCONSOLE_HOME": str(tmp_path / "home")}
        terminal = Terminal(argv, columns=columns, rows=rows, env=home)
        opened.append(terminal)
        terminal.wait_for("7 All" if language == "en" else "7 ", LONG)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


def test_a_change_in_one_console_shows_in_the_other_without_a_key(
    console: Open, desk_file: tuple[Path, Desk, Places]
) -> None:
    _file, desk, places = desk_file
    ids = tickets_on(desk, places, 3)
    first, second = console(), console()
    first.wait_for("Unassigned 3", LONG)
    second.wait_for("Unassigned 3", LONG)
    tickets.assign(desk, ids, places.engineer)
    first.wait_for("Unassigned 0", LONG)
    second.wait_for("Unassigned 0", LONG)


def test_a_covered_call_is_registered_and_assigned_by_keys_alone(
    console: Open, desk_file: tuple[Path, Desk, Places]
) -> None:
    _file, desk, _places = desk_file
    terminal = console()
    terminal.send("n")
    terminal.wait_for("Register a call", LONG)
    terminal.send("hjvfirf")
    terminal.wait_for("Ромашка", LONG)
    terminal.press("enter")
    terminal.wait_for("КАС-0012", LONG)
    terminal.send("\rНе печатает чек")  # in one burst, as a slow line delivers it
    terminal.press("f2")
    terminal.wait_for("Assign ticket", LONG)
    terminal.press("enter")
    terminal.wait_for("Unassigned 0", LONG)
    row = desk.read(rows, [1])[0]
    assert (row.subject, row.assignee, row.coverage) == ("Не печатает чек", "Иванов Пётр", "covered_by_hours")


def test_keys_that_come_in_one_burst_go_where_each_belongs(console: Open, desk_file: tuple[Path, Desk, Places]) -> None:
    _file, desk, places = desk_file
    ids = tickets_on(desk, places, 3)
    terminal = console()
    terminal.send("nspap3")
    terminal.wait_for("spap3", LONG)
    assert {row.status for row in desk.read(rows, ids)} == {"new"}


def test_hostile_texts_never_reach_the_terminal_raw(console: Open, desk_file: tuple[Path, Desk, Places]) -> None:
    _file, desk, places = desk_file
    call = tickets.Registration(HOSTILE, places.client, body=HOSTILE, caller=HOSTILE)
    number = tickets.register(desk, call)
    tickets.reply(desk, number, HOSTILE)
    terminal = console(160, 45)
    terminal.wait_for("[VIP]", LONG)
    terminal.press("enter")
    terminal.wait_for("[@click=app.quit]x[/]", LONG)
    sent = terminal.output.decode("utf-8", "replace")
    assert "\x1b]52" not in sent
    assert "\x9b" not in sent
    assert "\u202e" not in sent


def test_after_kill_9_the_terminal_is_sane_and_the_text_is_offered_again(console: Open, tmp_path: Path) -> None:
    terminal = console()
    terminal.send("n")
    terminal.wait_for("Register a call", LONG)
    terminal.send("hjvfirf")
    terminal.wait_for("Ромашка", LONG)
    terminal.press("enter")
    terminal.wait_for("КАС-0012", LONG)
    terminal.press("enter")
    terminal.wait_for("h left", LONG)
    terminal.send("Сломался сканер")
    terminal.wait_for("Сломался сканер", LONG)
    drafts = tmp_path / "home" / "state" / "drafts"
    terminal.wait_until(lambda _seen: any("Сломался сканер" in _text(file) for file in drafts.rglob("*")), LONG)
    (child, *_others) = terminal.descendants()
    os.kill(child, signal.SIGKILL)
    assert terminal.wait() == 128 + signal.SIGKILL
    assert not terminal.on_alternate_screen
    again = console()
    again.wait_for("You had not sent this", LONG)
    again.press("enter")
    again.wait_for("Сломался сканер", LONG)


def test_a_hang_up_ends_the_console_and_keeps_the_text(console: Open, tmp_path: Path) -> None:
    terminal = console()
    terminal.send("n")
    terminal.wait_for("Register a call", LONG)
    terminal.send("abc")
    terminal.wait_for("abc", LONG)
    processes = terminal.descendants()
    terminal.hang_up()
    terminal.wait_until(lambda _seen: not any(Path(f"/proc/{number}").exists() for number in processes), LONG)
    drafts = tmp_path / "home" / "state" / "drafts"
    assert any("abc" in _text(file) for file in drafts.rglob("*"))


def test_a_desk_that_is_not_one_is_explained_on_the_screen(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.txt"
    foreign.write_text("not a desk, but somebody's notes " * 10)
    argv = [sys.executable, "-m", "deskconsole", "--desk", str(foreign), "--as", "anna"]
    terminal = Terminal(argv, columns=80, rows=24, env={"DESKCONSOLE_HOME": str(tmp_path / "home")})
    try:
        terminal.wait_for("it was left as it is", LONG)
        assert "Traceback" not in terminal.output.decode("utf-8", "replace")
        assert foreign.read_text().startswith("not a desk")
    finally:
        terminal.close()


def test_the_first_run_greets_and_makes_an_empty_desk(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "deskconsole"]
    terminal = Terminal(argv, columns=80, rows=24, env={"DESKCONSOLE_HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"})
    try:
        terminal.wait_for("How do you want to begin?", LONG)
        terminal.send("3")
        terminal.wait_for("1 Unassigned 0", LONG)
        file = tmp_path / "home" / "data" / "desk.sqlite"
        assert file.stat().st_mode & 0o777 == 0o600
        assert opening.check(str(file)) == []
    finally:
        terminal.close()


def _text(file: Path) -> str:
    return " ".join(json.loads(file.read_bytes())["fields"].values()) if file.suffix == ".json" else ""
