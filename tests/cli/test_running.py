"""Starting, language, exit codes, streams: what holds for every command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deskconsole import __version__
from deskconsole.cli.front import console_asked
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
HEAVY = {"textual", "rich", "sqlmodel", "sqlalchemy", "alembic", "psycopg", "pydantic"}


def program(*words: str) -> list[str]:
    """The words of a process that runs the command line."""
    return [sys.executable, "-W", "error", "-m", "deskconsole", *words]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of that process."""
    return {**os.environ, "DESKCONSOLE_HOME": str(home), "PYTHONPATH": str(ROOT), **more}


@pytest.mark.parametrize(
    "words", [["--help"], ["ticket", "--help"], ["ticket", "list", "--help"], ["doctor", "--help"]]
)
def test_help_needs_neither_textual_nor_sqlmodel(words: list[str], tmp_path: Path) -> None:
    code = f"import sys; from deskconsole.cli import main; main({words}); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT, env=environment(tmp_path)
    )
    assert ran.stdout.startswith("Usage: ")
    assert not {name.split(".")[0] for name in ran.stderr.split()} & HEAVY


def test_every_command_has_its_help(run: Run) -> None:
    from deskconsole.cli.app import command

    tree = command()
    for name, made in tree.commands.items():
        for words in ([name], *([name, below] for below in getattr(made, "commands", {}))):
            said = run(*words, "--help")
            assert said.code == 0
            assert said.out.startswith(f"Usage: deskconsole {' '.join(words)} ")


def test_every_option_and_argument_says_what_it_is_for() -> None:
    from deskconsole.cli.app import command

    waiting = [command()]
    while waiting:
        made = waiting.pop()
        waiting += getattr(made, "commands", {}).values()
        assert made.help
        assert all(param.help for param in made.params), made.name


def test_the_version_is_said(run: Run) -> None:
    assert run("--version").out == f"deskconsole {__version__}\n"


def test_the_language_is_the_options_then_the_settings_then_the_environments(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deskconsole.i18n import language

    run("--lang", "ru", "--help")
    assert language() == "ru"
    run("--lang=es", "--help")
    assert language() == "es"
    run("--desk", "--lang", "--help")
    assert language() == "en"
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    run("--help")
    assert language() == "es"
    (home / "config" / "config.toml").write_text('language = "ru"\n', "utf-8")
    run("--help")
    assert language() == "ru"
    run("--lang", "en", "--help")
    said = run("--lang", "xx", "--help")
    assert (said.code, said.err) == (2, "There is no language xx; there is en, ru, es.\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tickt"], "deskconsole has no command tickt; did you mean ticket?"),
        (["zzzz"], "deskconsole has no command zzzz; there is "),
        (["ticket"], "deskconsole ticket what? There is list"),
        (["ticket", "lst"], "did you mean list?"),
        (["--dsk", "x"], "There is no option --dsk; did you mean --desk?"),
        (["--desk"], "--desk needs a value."),
        (["--desk", " ", "db", "check"], "--desk needs a file's path or an address."),
        (["db", "check", "--json=yes"], "--json takes no value."),
        (["db", "check", "now"], "does not know what to do with now"),
        (["--desk", "mysql://u:secret@host/x", "db", "check"], "A desk is a file or a postgresql:// address"),
    ],
)
def test_wrong_words_are_one_sentence_and_exit_code_2(run: Run, words: list[str], expected: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert expected in said.err
    assert len(said.err.splitlines()) == 1
    assert "secret" not in said.err


def test_broken_settings_name_the_line_and_the_nearest_setting(run: Run, home: Path) -> None:
    (home / "config" / "config.toml").write_text('zone = "Europe/Madrid"\nlogni = "ann"\n', "utf-8")
    said = run("ticket", "list")
    assert said.code == 2
    assert "config.toml, line 2" in said.err
    assert "login" in said.err
    assert run("--help").code == 0


def test_alone_it_opens_the_console_and_my_opens_the_own_tickets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[object, ...]] = []

    def console(location: str | None, *, login: str | None, mode: str, low_bandwidth: bool, **_board: object) -> int:
        opened.append((location, login, mode, low_bandwidth))
        return 9

    monkeypatch.setattr("deskconsole.console.run", console)
    assert run().code == 9
    assert run("--desk", "/x", "--as", "olga", "--low-bandwidth", "my").code == 9
    assert opened == [(None, "ann", "desk", False), ("/x", "olga", "my", True)]


@pytest.mark.parametrize("words", ["", "--desk=/x", "my", "--low-bandwidth", "--as olga --lang=ru --desk /x my"])
def test_the_console_opens_without_the_command_tree(words: str) -> None:
    assert console_asked(words.split()) is not None


@pytest.mark.parametrize("words", ["--desk", "--desk --as x", "--version", "my --help", "my my", "--lang", "list"])
def test_everything_else_is_left_to_the_command_tree(words: str) -> None:
    assert console_asked(words.split()) is None


def test_an_interruption_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_words: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deskconsole.desk.opening.check", interrupted)
    said = run("db", "check")
    assert (said.code, said.err) == (130, "")


def test_the_unexpected_is_one_sentence_and_a_report_without_values(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(location: str, **_options: object) -> None:
        secret = "hunter2"
        raise ZeroDivisionError(f"{len(secret)}")

    monkeypatch.setattr("deskconsole.desk.opening.check", broken)
    said = run("db", "check")
    assert said.code == 1
    assert "Traceback" not in said.err
    (report,) = (home / "state" / "log").iterdir()
    assert str(report) in said.err
    assert "hunter2'" not in report.read_text("utf-8").replace('secret = "hunter2"', "")


def test_a_reader_who_leaves_early_is_no_error(shop: Path, home: Path) -> None:
    with subprocess.Popen(
        program("--as", "ann", "ticket", "list", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(home),
    ) as writing:
        assert writing.stdout is not None
        assert writing.stderr is not None
        writing.stdout.close()
        words = writing.stderr.read()
    assert (writing.returncode, words) == (141, b"")


def test_a_full_disk_under_the_output_is_one_sentence(shop: Path, home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            program("ticket", "list"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(home),
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == "That did not work: No space left on device\n"


def test_letters_the_terminal_lacks_become_numbers(shop: Path, home: Path) -> None:
    latin = environment(home, PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    table = subprocess.run(
        program("client", "list"), capture_output=True, cwd=ROOT, env=latin, check=True
    ).stdout.decode("latin-1")
    assert "\\u0420" in table
    rows = subprocess.run(
        program("client", "list", "--json"), capture_output=True, cwd=ROOT, env=latin, check=True
    ).stdout
    assert json.loads(rows)[-1]["name"] == "ООО Ромашка"
