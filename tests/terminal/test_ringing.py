"""What really reaches a terminal when an alert rings."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path

import pytest

from deskconsole.desk import opening, tickets
from deskconsole.desk.alert_rules import AlertRules, UnreadRule, set_rules
from deskconsole.desk.unread_pass import ring_unread
from tests.console.desks import HOSTILE
from tests.support.terminal import Terminal

LONG = 60.0
NOWHERE = {
    name: None
    for name in (
        *("TMUX", "STY", "TERM_PROGRAM", "LC_TERMINAL", "TERMINAL_EMULATOR", "KITTY_WINDOW_ID", "VTE_VERSION"),
        *("GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE", "WEZTERM_EXECUTABLE", "KONSOLE_VERSION", "WT_SESSION"),
        *("ITERM_SESSION_ID", "ConEmuPID"),
    )
}


def rung(folder: Path, environ: dict[str, str | None], setting: str = "auto") -> str:
    """All that a console with an alert has written to a terminal, until its line stood there."""
    argv = [sys.executable, "-m", "tests.terminal.ringing", str(folder), setting]
    with Terminal(argv, columns=100, rows=30, env={**NOWHERE, **environ}) as terminal:
        terminal.wait_for("OVERDUE -12 m", LONG)
        terminal.wait_until_quiet()
        return terminal.output.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("environ", "start"),
    [
        ({"TERM": "foot"}, "\x1b]777;notify;#1001 !! OVERDUE -12 m resolution;"),
        ({"TERM": "xterm-kitty"}, "\x1b]99;i=desk"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "\x1b]9;deskconsole: #1001 "),
        ({"TERM": "tmux-256color"}, "\x1bPtmux;\x1b\x1b]777;notify;#1001 "),
    ],
)
def test_the_notification_arrives_whole_with_a_bell_and_nothing_of_the_clients(
    tmp_path: Path, environ: dict[str, str | None], start: str
) -> None:
    written = rung(tmp_path, environ)
    assert f"\a{start}" in written
    assert "[@click=app.quit]quit[/]" in written
    assert "\x1b]52" not in written
    assert "\x1b[31mred" not in written
    assert not set(written) & set("\x9b\u202e\x00")
    notices = re.findall(r"\x1b\](?:9|99|777);[^\x1b\a]*\a", written)
    assert len(notices) == (2 if "kitty" in str(environ["TERM"]) else 1)


def test_off_is_off_and_the_bell_stays(tmp_path: Path) -> None:
    written = rung(tmp_path, {"TERM": "xterm-kitty"}, "off")
    assert not re.search(r"\x1b\](9|99|777);", written)
    assert "\a" in written


def test_an_unread_ticket_rings_in_the_whole_program_until_somebody_opens_it(tmp_path: Path) -> None:
    location, home = str(tmp_path / "desk.sqlite"), tmp_path / "home"
    opening.create_desk(location, login="anna", name="Анна")
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('bell = false\ndesktop_alerts = "osc9"\n', "utf-8")
    argv = [sys.executable, "-m", "deskconsole", "--lang", "en", "--desk", location, "--as", "anna"]
    with (
        closing(opening.open_desk(location, login="anna")) as desk,
        Terminal(argv, columns=100, rows=30, env={**NOWHERE, "DESKCONSOLE_HOME": str(home)}) as terminal,
    ):
        terminal.wait_for("7 All", LONG)
        set_rules(desk, AlertRules(unread=UnreadRule(every_minutes=60, after_minutes=0)))
        tickets.register(desk, tickets.Registration(HOSTILE))
        ring_unread(desk, desk.now())
        terminal.wait_for("1 alert  * UNREAD 0 m  #1", LONG)
        terminal.wait_until(lambda seen: b"\x1b]9;deskconsole: #1 * UNREAD 0 m - " in seen.output, LONG)
        assert b"\x1b]52" not in terminal.output
        terminal.send("!")
        terminal.wait_for("Alerts  1", LONG)
        terminal.press("enter")
        terminal.wait_for(lambda rows: not any("1 alert" in row for row in rows), LONG)
        assert terminal.output.count(b"\x1b]9;") == 1
