"""A run that fails in every way we know, and a search for the password in all it left behind."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.accounts.conftest import PASSWORD, North, Run
from tests.support.terminal import Terminal

LONG = 60.0
SECRET = "sw0rdfish-very-secret"


def everything_under(folder: Path) -> bytes:
    """All that files and names below a folder hold."""
    return b"".join(
        str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in sorted(folder.rglob("*"))
    )


def command_lines(pids: Sequence[int]) -> bytes:
    """What `ps` shows of processes that still run, and what stands in their environment."""
    shown = b""
    for pid in pids:
        for name in ("cmdline", "environ"):
            try:
                shown += Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue  # it has ended
    return shown


@pytest.fixture
def environment(home: Path) -> dict[str, str | None]:
    """For the program in a process of its own, with everything that could be logged logged."""
    return {
        **{name: None for name in os.environ if name.startswith("PG")},
        "HOME": str(home),
        "DESKCONSOLE_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONFAULTHANDLER": "1",
        "TEXTUAL": "debug",
    }


def program(environment: dict[str, str | None], *words: str, stdin: str = "") -> subprocess.CompletedProcess[bytes]:
    known = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", "deskconsole", *words],
        input=stdin.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env={name: value for name, value in known.items() if value is not None},
    )


def test_no_failing_command_repeats_a_password(
    north: North, anna: str, environment: dict[str, str | None], home: Path
) -> None:
    port, database = north.server.port, north.database
    tries: list[tuple[dict[str, str], tuple[str, ...], str]] = [
        ({"PGPASSWORD": SECRET}, ("--desk", "north", "ticket", "list"), ""),
        ({"PGPASSWORD": SECRET}, ("--desk", "north", "doctor"), ""),
        ({"PGPASSWORD": SECRET}, ("--desk", f"postgresql://{anna}@127.0.0.1:1/{database}", "ticket", "list"), ""),
        ({"PGPASSWORD": PASSWORD}, ("--desk", f"postgresql://{anna}@127.0.0.1:{port}/nowhere", "ticket", "list"), ""),
        ({}, ("--desk", f"postgresql://{anna}:{SECRET}@127.0.0.1:{port}/{database}", "ticket", "list"), ""),
        ({}, ("--desk", f"postgresql://{anna}:{SECRET}@127.0.0.1:x/{database}", "ticket", "list"), ""),
        ({}, ("--desk", f"postgresql://{anna}:{SECRET}@[::1/x", "doctor"), ""),
        ({}, ("--desk", f"host=127.0.0.1 password={SECRET}", "ticket", "list"), ""),
        ({}, (f"postgresql://{anna}:{SECRET}@127.0.0.1/x",), ""),
        ({}, (f"--dsn=postgresql://{anna}:{SECRET}@127.0.0.1/x",), ""),
        ({}, ("db", "copy", "--from", "x", "--to", f"postgres://u:{SECRET}@h/d"), ""),
        ({}, ("--desk", "north", "login"), f"{SECRET}\n"),
        ({}, ("--desk", "north", "user", "passwd"), f"{SECRET}\n{SECRET}2\n"),
        ({}, ("--desk", north.administrator, "user", "add", "desk_bad", "--role", "admin"), f"{SECRET}\n"),
        ({}, ("--desk", north.administrator, "user", "passwd", "nobody"), f"{SECRET}\n"),
        ({}, ("--desk", "north", "user", "add", "x", "--role", "admin", "--print-sql"), f"{SECRET}\n"),
    ]
    codes = []
    for extra, words, stdin in tries:
        said = program({**environment, **extra}, *words, stdin=stdin)
        codes.append(said.returncode)
        shown = said.stdout + said.stderr
        for secret in (SECRET, PASSWORD):
            assert secret.encode() not in shown, (words, shown)
        assert b"Traceback" not in shown, (words, shown)
    assert codes[:-1] == [6, 1, 6, 6, 2, 2, 2, 2, 2, 2, 2, 6, 4, 2, 3]
    assert codes[-1] == 0
    for secret in (SECRET, PASSWORD):
        assert secret.encode() not in everything_under(home)


def test_no_log_holds_a_password_or_what_the_server_keeps_of_it(
    north: North, anna: str, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("sqlalchemy", "psycopg", "deskconsole", ""):
        caplog.set_level(logging.DEBUG, name)
    login = north.login("logged")
    assert run("--desk", north.administrator, "user", "add", login, "--role", "engineer", stdin=f"{SECRET}\n").code == 0
    north.work_as(login)
    assert run("--desk", "north", "user", "passwd", stdin=f"{SECRET}\n{PASSWORD}\n").code == 0
    assert "connection attempt" in caplog.text
    for secret in (SECRET, PASSWORD, "SCRAM-SHA-256$"):
        assert secret not in caplog.text


@pytest.mark.parametrize("where", ["url", "password"])
def test_a_password_in_the_config_is_not_repeated(environment: dict[str, str | None], home: Path, where: str) -> None:
    line = {"url": f'url = "postgresql://u:{SECRET}@h/d"', "password": f'url = "x"\npassword = "{SECRET}"'}[where]
    (home / "config" / "config.toml").write_text(f"[desks.north]\n{line}\n", "utf-8")
    for words in (("--desk", "north", "ticket", "list"), ("doctor",)):
        said = program(environment, *words)
        assert said.returncode != 0
        assert SECRET.encode() not in said.stdout + said.stderr


@pytest.fixture
def typed(north: North, run: Run) -> str:
    """A dispatcher whose password a terminal can type."""
    login = north.login("olga")
    assert (
        run("--desk", north.administrator, "user", "add", login, "--role", "dispatcher", stdin=f"{SECRET}\n").code == 0
    )
    north.work_as(login)
    return login


def asked(times: int, rows: list[str]) -> bool:
    """Whether the password was asked for so often."""
    return sum("Password of" in row for row in rows) == times


@pytest.fixture
def started(environment: dict[str, str | None]) -> Iterator[list[Terminal]]:
    """Terminals that are closed at the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def test_the_console_asks_before_it_draws_and_shows_nothing_typed(
    typed: str, environment: dict[str, str | None], started: list[Terminal], home: Path
) -> None:
    terminal = Terminal([sys.executable, "-m", "deskconsole", "--desk", "north"], 100, 30, environment)
    started.append(terminal)
    terminal.wait_for(f"Password of {typed}", LONG)
    terminal.send("wrong password\r")
    terminal.wait_for(partial(asked, 2), LONG)
    terminal.send(f"{SECRET}\r")
    terminal.wait_for("7 All", LONG)
    assert SECRET.encode() not in terminal.output
    assert SECRET.encode() not in command_lines([terminal.pid, *terminal.descendants()])
    assert SECRET.encode() not in everything_under(home)


def test_three_wrong_passwords_end_in_a_sentence(
    typed: str, environment: dict[str, str | None], started: list[Terminal]
) -> None:
    terminal = Terminal([sys.executable, "-m", "deskconsole", "--desk", "north"], 100, 30, environment)
    started.append(terminal)
    for number in range(1, 4):
        terminal.wait_for(partial(asked, number), LONG)
        terminal.send("wrong password\r")
    assert terminal.wait(LONG) == 6
    assert "deskconsole login" in terminal.text()
    assert not terminal.on_alternate_screen


def test_a_console_that_crashes_with_a_password_in_its_hands_keeps_it(
    typed: str, environment: dict[str, str | None], started: list[Terminal], home: Path
) -> None:
    terminal = Terminal([sys.executable, "-m", "tests.accounts.crashing", "--desk", "north"], 100, 30, environment)
    started.append(terminal)
    terminal.wait_for(f"Password of {typed}", LONG)
    terminal.send(f"{SECRET}\r")
    assert terminal.wait(LONG) == 1
    assert "The report is in" in terminal.text()
    assert SECRET.encode() not in terminal.output
    left = everything_under(home)
    assert b"crash-" in left
    assert SECRET.encode() not in left
