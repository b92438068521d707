from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_a_sound_desk_and_machine_are_fine(run: Run, shop: Path) -> None:
    said = run("doctor", "--json")
    assert said.code == 0
    found = {item["name"]: item for item in said.json}
    assert found["Desk"]["value"] == str(shop)
    assert found["You"]["value"].startswith("Анна")
    assert found["Time zone"]["value"] == "Europe/Madrid"
    assert {item["state"] for item in said.json} <= {"ok", "warning"}


def test_no_broken_thing_hides_the_next(run: Run, home: Path, shop: Path) -> None:
    shop.write_bytes(b"nonsense")
    (home / "config" / "keymap.toml").write_text("[keys]\nfoo = 1\n", "utf-8")
    (home / "config" / "views.toml").write_text("[[view]\n", "utf-8")
    said = run("doctor", "--json")
    broken = {item["name"]: item["value"] for item in said.json if item["state"] == "broken"}
    assert set(broken) == {"Desk", "Keys", "Views"}
    assert "keymap.toml, line 2" in broken["Keys"]
    assert "is not a desk" in broken["Desk"]
    assert said.code == 1


def test_broken_settings_are_said_with_their_line(run: Run, home: Path) -> None:
    (home / "config" / "config.toml").write_text("zone = 3\n", "utf-8")
    said = run("doctor")
    assert said.code == 1
    assert "config.toml, line 1" in said.out


def test_what_nobody_thought_of_is_a_line_too(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_location: str) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr("deskconsole.desk.opening.engine_report", broken)
    assert "RuntimeError: odd" in run("doctor").out


@pytest.mark.parametrize(("variable", "value", "expected"), [("NO_COLOR", "1", "NO_COLOR"), ("TMUX", "/x", "tmux")])
def test_the_terminals_surroundings_are_said(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert expected in run("doctor").out
