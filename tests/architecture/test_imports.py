from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "deskconsole"

CONSOLE = frozenset({"textual", "rich"})
STORAGE = frozenset({"sqlmodel", "sqlalchemy", "alembic", "psycopg", "pydantic"})
COMMANDS = frozenset({"typer", "click"})

HEAVY = CONSOLE | STORAGE | COMMANDS

PREVENTED = [
    ("deskconsole.__main__", HEAVY),
    ("deskconsole.guard", HEAVY | {"typing", "threading", "logging", "asyncio", "ctypes", "subprocess"}),
    ("deskconsole.i18n", HEAVY),
    ("deskconsole.cli", CONSOLE | STORAGE),
    ("deskconsole.app", STORAGE),
    ("deskconsole.screens", STORAGE),
    ("deskconsole.widgets", STORAGE),
    ("deskconsole.data", CONSOLE | COMMANDS),
    ("deskconsole.desk", CONSOLE | COMMANDS),
    ("deskconsole.exchange", CONSOLE | COMMANDS),
    ("deskconsole.jobs.passes", CONSOLE | COMMANDS),
    ("deskconsole.jobs.schedule", CONSOLE | COMMANDS),
]


def loaded_by(statements: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after `statements`."""
    code = f"{textwrap.dedent(statements)}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=PACKAGE.parent)
    return set(ran.stdout.split("\n")[-2].split())


@pytest.mark.parametrize(("module", "prevented"), PREVENTED, ids=[module for module, _ in PREVENTED])
def test_importing_a_module_loads_nothing_it_can_do_without(module: str, prevented: frozenset[str]) -> None:
    assert not loaded_by(f"import {module}") & prevented


@pytest.mark.parametrize("module", sorted(path.stem for path in (PACKAGE / "domain").glob("[a-z]*.py")))
def test_a_rule_needs_no_library_of_the_edges(module: str) -> None:
    assert not loaded_by(f"import deskconsole.domain.{module}") & (HEAVY | {"openpyxl"})


def test_the_version_is_said_without_loading_the_program() -> None:
    says_version = """
        import sys
        from deskconsole.__main__ import main
        sys.argv = ["deskconsole", "--version"]
        assert main() == 0
        """
    assert not loaded_by(says_version) & HEAVY


def test_the_command_says_its_version() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "deskconsole", "--version"],
        check=True,
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert ran.stdout.startswith("deskconsole ")
    assert ran.stderr == ""
