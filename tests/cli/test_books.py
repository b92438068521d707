from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import KEY, Run

pytestmark = pytest.mark.usefixtures("shop")


def test_clients_are_listed_by_words_of_their_name_in_any_case(run: Run) -> None:
    assert [row["name"] for row in run("client", "list", "oak", "--json").json] == [
        "Oak Tree Bakery",
        "Oak Tree Schools",
    ]
    assert "ООО Ромашка" in run("client", "list", "РОМАШКА").out
    assert "1 of 3 clients" in run("client", "list", "--limit", "1").err
    assert list(run("client", "list", "--json").json[0]) == [
        "id",
        "name",
        "category",
        "region",
        "open_tickets",
        "pay_state",
    ]


def test_a_client_is_shown_with_all_that_is_known(run: Run) -> None:
    shown = run("client", "show", "7707083893").out
    for words in ("#1 ООО Ромашка", "К-17/2026", "in force", "Иван Петров", "+74951234567", "INV-0012", "2 h"):
        assert words in shown
    card = run("client", "show", "ромашка", "--json").json
    assert card["hours"]["free"] == 120
    assert {"payment", "contracts", "units", "sites", "contacts", "time_by_month"} <= set(card)


def test_a_unit_is_shown_with_its_coverage_and_its_past(run: Run) -> None:
    shown = run("equipment", "show", "sn 99").out
    assert "Covered by prepaid hours of contract К-17/2026" in shown
    assert "Не печатает чек" in shown
    card = run("equipment", "show", "#1", "--json").json
    assert card["coverage"]["outcome"] == "covered_by_hours"
    assert [row["id"] for row in card["tickets"]] == [3, 2, 1]
    assert run("equipment", "show", "nothing").code == 3


def test_a_contract_is_shown_by_number_however_it_is_typed(run: Run) -> None:
    assert "Rounding: 15 m" in run("contract", "show", "к17 2026").out
    assert run("contract", "show", "#1", "--json").json["client"] == "ООО Ромашка"
    said = run("contract", "show", "none")
    assert (said.code, said.err) == (3, 'There is no contract "none".\n')


def test_hours_are_granted_adjusted_and_shown_with_their_ledger(run: Run) -> None:
    lot = run("hours", "grant", "ромашка", "10h", "--expires", "2999-12-31", "--note", "gift", "--key", KEY).out.strip()
    assert run("hours", "grant", "ромашка", "10h", "--expires", "2999-12-31", "--key", KEY).out.strip() == lot
    assert run("hours", "adjust", lot, "-30", "--reason", "a slip").code == 0
    assert run("hours", "adjust", lot, "1h30", "--reason", "another").code == 0
    card = run("hours", "show", "#1", "--json").json
    assert card["free"] == 120 + 600 - 30 + 90 == sum(entry["minutes"] for entry in card["entries"])
    shown = run("hours", "show", "#1").out
    assert "a slip" in shown
    assert "gift" in shown


def test_hours_past_their_last_day_are_written_off(run: Run) -> None:
    run("hours", "grant", "#2", "60", "--bought", "2020-01-01", "--expires", "2020-12-31")
    assert run("hours", "expire", "#2").out == "60\n"
    assert run("hours", "expire", "#2").out == "0\n"
    assert run("hours", "show", "#3").out.splitlines()[1] == "No prepaid hours."


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["hours", "grant", "#1", "-60"], 2, "more than zero"),
        (["hours", "grant", "#1", "60", "--expires", "2020-02-30"], 2, "no day of the calendar"),
        (["hours", "grant", "#1", "60", "--bought", "2024-01-02", "--expires", "2024-01-01"], 2, "can't expire before"),
        (["hours", "grant", "#2", "60", "--contract", "К-17/2026"], 2, "belongs to another client"),
        (["hours", "adjust", "1", "-121", "--reason", "x"], 2, "120 minutes free"),
        (["hours", "adjust", "1", "5"], 2, "--reason is missing"),
        (["hours", "adjust", "1", "5", "--reason", " "], 2, "needs its reason"),
        (["hours", "adjust", "77", "5", "--reason", "x"], 3, "There is no lot of hours 77."),
        (["hours", "shwo", "#1"], 2, "did you mean show?"),
        (["client", "show", "zzzzzzzz"], 3, "Nobody is found"),
        (["client", "show"], 2, "WHO is missing."),
        (["import", "ticket", "x", "--mapping", "m"], 2, "did you mean tickets?"),
        (["import", "tickets", "/nowhere.csv", "--mapping", "m"], 2, "There is no file /nowhere.csv."),
        (["export", "hour", "x"], 2, "did you mean hours?"),
    ],
)
def test_what_can_not_be_meant_is_one_sentence(run: Run, words: list[str], code: int, expected: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (code, "")
    assert expected in said.err
    assert len(said.err.splitlines()) == 1
    assert run("hours", "show", "#1", "--json").json["free"] == 120


def test_a_file_of_clients_comes_in_and_bad_rows_are_reported(run: Run, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('key = "code"\n[fields]\nname = "name"\n', "utf-8")
    file = tmp_path / "clients.csv"
    file.write_text("code,name\nA1,Новая аптека\nA2,\n", "utf-8")
    words = ("import", "clients", str(file), "--mapping", str(mapping), "--report", str(tmp_path / "bad.csv"))
    dry = run(*words, "--dry-run")
    assert "nothing was written" in dry.err
    assert run("client", "list", "аптека", "--json").json == []
    said = run(*words)
    assert said.code == 7
    assert "line 3" in said.err
    assert (tmp_path / "bad.csv").read_text("utf-8").count("\n") == 2
    assert len(run("client", "list", "аптека", "--json").json) == 1
    assert run(*words, "--json").json["taken"] == 0


def test_what_is_exported_can_be_read_again(run: Run, tmp_path: Path) -> None:
    assert run("export", "clients", str(tmp_path / "clients.csv")).code == 0
    said = run("import", "clients", str(tmp_path / "clients.csv"), "--json").json
    assert (said["taken"], said["left_out"]) == (0, 0)
    for what in ("tickets", "equipment", "contracts", "hours"):
        assert run("export", what, str(tmp_path / f"{what}.xlsx")).code == 0


def test_an_export_takes_the_queues_filter(run: Run, tmp_path: Path) -> None:
    said = run("export", "tickets", "-", "--filter", "кот")
    assert "Кот лёг на кассу" in said.out
    assert "чек" not in said.out
    assert said.err.endswith("Rows written: 1\n")
    assert run("export", "clients", "-", "--filter", "кот").code == 2
    assert run("export", "tickets", "-", "--filter", "statsu:x").code == 2
    assert run("export", "tickets", str(tmp_path / "x.doc")).code == 2
    assert run("export", "tickets", str(tmp_path / "no" / "x.csv")).code == 2
    assert list(tmp_path.glob("x.*")) == []


def test_no_report_and_no_export_is_written_over_what_is_read(run: Run, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("name\nLift SL\nx" + "y" * 300 + "\n", "utf-8")
    before = file.read_text("utf-8")
    said = run("import", "clients", str(file), "--report", str(file))
    assert (said.code, file.read_text("utf-8")) == (2, before)
    assert "would be overwritten" in said.err
    assert run("export", "clients", str(shop), "--format", "csv").code == 2
    assert run("db", "check").code == 0


def test_a_contractor_learns_no_clients_and_no_hours(run: Run, shop: Path) -> None:
    assert run("ticket", "assign", "1", "extern").code == 0
    for words in (["ticket", "new", "--subject", "x", "--client", "oak"], ["hours", "grant", "oak", "60"]):
        said = run("--as", "extern", *words)
        assert (said.code, "Oak" in said.err + said.out) == (4, False), words
    said = run("--as", "extern", "ticket", "show", "1")
    assert said.code == 0
    assert "Prepaid hours" not in said.out
    assert "Prepaid hours" in run("ticket", "show", "1").out
