from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from deskconsole.data.queries import clients as reading
from deskconsole.data.queries.export import CLIENT_COLUMNS, CONTRACT_COLUMNS, EQUIPMENT_COLUMNS
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk import hours, tickets
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import create_desk, open_desk
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.terms import PayState, Role, Scope
from deskconsole.exchange.books import import_books
from deskconsole.exchange.export import export
from deskconsole.exchange.summary import Summary
from tests.support.all_rows import all_rows
from tests.support.desks import add_person
from tests.support.files import write_csv

VIEWER = Viewer(1, Role.ADMIN)
CLIENTS = [
    ("name", "category", "tax_number", "country", "contact", "phone", "site", "city", "pay_state", "debt", "currency"),
    (
        "ООО «Ромашка»",
        "VIP",
        "7707083893",
        "RU",
        "Иван",
        "8 495 123-45-67",
        "Shop",
        "Москва",
        "overdue",
        "100,50",
        "RUB",
    ),
    ("Lift SL", "", "", "", "Ana", "+34 600 123 456", "", "Madrid", "", "", ""),
    ("ООО «Ромашка»", "", "7707083893", "RU", "Пётр", "+7 495 123-45-68", "Store", "Тула", "", "", ""),
]
UNITS = [
    ("client", "site", "inventory_number", "serial_number", "kind", "maker", "parent", "installed_on", "status"),
    ("Ромашка", "Shop", "КАС-0012", "SN1", "cash register", "Atol", "", "2024-05-01", ""),
    ("ромашка", "Shop", "КАС-0013", "", "printer", "Epson", "KAC-0012", "", "in_repair"),
]
CONTRACTS = [
    (
        "client",
        "number",
        "starts_on",
        "ends_on",
        "fee",
        "currency",
        "equipment",
        "site",
        "funding",
        "services",
        "grace_days",
    ),
    ("Ромашка", "К-17", "2026-01-01", "2026-12-31", "1500.00", "RUB", "КАС-0012", "", "hours", "repair; update", "5"),
    ("Ромашка", "К-17", "2026-01-01", "2026-12-31", "1500.00", "RUB", "", "Shop", "fee", "", "5"),
]


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    add_person(desk_url, "ann", Role.ADMIN)
    opened = open_desk(desk_url, login="ann")
    yield opened
    opened.close()


def take(desk: Desk, kind: str, rows: Sequence[tuple[str, ...]], folder: Path, *, dry_run: bool = False) -> Summary:
    return import_books(desk, kind, write_csv(folder / f"{kind}.csv", rows), dry_run=dry_run)


def take_all(desk: Desk, folder: Path) -> list[Summary]:
    books = (("clients", CLIENTS), ("equipment", UNITS), ("contracts", CONTRACTS))
    return [take(desk, kind, rows, folder) for kind, rows in books]


def client_named(desk: Desk, name: str) -> reading.ClientCard:
    (row,) = [row for row in desk.read(reading.clients) if name in row.name]
    return desk.read(reading.card, row.id, VIEWER, date(2026, 3, 1))


def test_clients_come_with_their_legal_persons_sites_contacts_and_pay_state(desk: Desk, tmp_path: Path) -> None:
    found = take(desk, "clients", CLIENTS, tmp_path)
    assert (found.taken, found.updated, found.left_out) == (2, 1, 0)
    client = client_named(desk, "Ромашка")
    assert client.category == "VIP"
    assert [(entity.tax_number, entity.country) for entity in client.entities] == [("7707083893", "RU")]
    assert {(site.name, site.city) for site in client.sites} == {("Shop", "Москва"), ("Store", "Тула")}
    assert {(contact.name, contact.phone) for contact in client.contacts} == {
        ("Иван", "+74951234567"),
        ("Пётр", "+74951234568"),
    }
    assert (client.payment.state, client.payment.debt_minor, client.payment.currency) == (
        PayState.OVERDUE,
        10050,
        "RUB",
    )


def test_equipment_stands_in_its_tree(desk: Desk, tmp_path: Path) -> None:
    take_all(desk, tmp_path)
    above, part = client_named(desk, "Ромашка").units
    assert (above.inventory_number, above.maker) == ("КАС-0012", "Atol")
    assert (part.above, part.status) == ((above.id,), "in_repair")


def test_the_rows_of_a_contract_are_its_lines(desk: Desk, tmp_path: Path) -> None:
    take_all(desk, tmp_path)
    (contract,) = client_named(desk, "Ромашка").contracts
    assert (contract.number, contract.grace_days, contract.versions) == ("К-17", 5, 1)
    assert [(line.scope, line.included_services) for line in contract.lines] == [
        (Scope.UNIT, ("Repair", "Update")),
        (Scope.SITE, ()),
    ]


def test_the_second_run_of_the_books_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    take_all(desk, tmp_path)
    before = desk.read(all_rows)
    for found in take_all(desk, tmp_path):
        assert (found.taken, found.updated, found.left_out) == (0, 0, 0)
    assert desk.read(all_rows) == before


def test_what_a_row_leaves_empty_stays_as_it_is(desk: Desk, tmp_path: Path) -> None:
    take(desk, "clients", CLIENTS, tmp_path)
    found = take(desk, "clients", [("name", "category", "region"), ("Ромашка", "", "North")], tmp_path)
    assert (found.taken, found.updated) == (0, 1)
    client = client_named(desk, "Ромашка")
    assert (client.category, client.region) == ("VIP", "North")


def test_two_companies_of_one_name_and_other_tax_numbers_are_two(desk: Desk, tmp_path: Path) -> None:
    rows = [("name", "tax_number", "country"), ("Ромашка", "7707083893", "RU"), ("Ромашка", "7736050003", "RU")]
    assert take(desk, "clients", rows, tmp_path).taken == 2


def test_new_terms_of_a_contract_need_a_later_day(desk: Desk, tmp_path: Path) -> None:
    take_all(desk, tmp_path)
    dearer = [CONTRACTS[0], *((*row[:4], "1600.00", *row[5:]) for row in CONTRACTS[1:])]
    found = take(desk, "contracts", dearer, tmp_path)
    assert found.left_out == 2
    assert "terms are never edited" in found.problems[0].reason
    later = [(*CONTRACTS[0], "effective_from"), *((*row, "2026-07-01") for row in dearer[1:])]
    assert take(desk, "contracts", later, tmp_path).updated == 1
    assert client_named(desk, "Ромашка").contracts[0].versions == 2


def test_one_bad_row_spoils_its_contract_and_no_other(desk: Desk, tmp_path: Path) -> None:
    take_all(desk, tmp_path)
    rows = [
        CONTRACTS[0],
        ("Lift SL", "L-1", "2026-01-01", "", "", "", "", "", "", "", "-3"),
        ("Lift SL", "L-1", "2026-01-01", "", "", "", "", "", "", "", "3"),
        ("Lift SL", "L-2", "2026-01-01", "", "", "", "", "", "", "", "3"),
    ]
    found = take(desk, "contracts", rows, tmp_path)
    assert (found.taken, found.left_out) == (1, 2)
    assert [problem.line for problem in found.problems] == [2, 3]
    assert found.problems[0].reason == "grace_days: -3 is below zero"


@pytest.mark.parametrize(
    ("kind", "rows", "reason"),
    [
        ("clients", [("name", "tax_number", "country"), ("X", "123", "RU")], "is no tax number of RU"),
        ("clients", [("name", "phone"), ("X", "call me")], "can't be read as a phone number"),
        ("clients", [("name", "region"), ("", "North")], 'it has no "name"'),
        ("equipment", [("client", "inventory_number"), ("Nobody", "1")], 'knows no client "Nobody"'),
        ("equipment", [("client", "kind"), ("Lift SL", "lift")], "needs an inventory or a serial number"),
        ("equipment", [("client", "serial_number", "parent"), ("Lift SL", "1", "9")], 'has no unit "9"'),
        ("contracts", [("client", "number", "starts_on"), ("Lift SL", "1", "soon")], '"soon" is no date'),
    ],
)
def test_a_bad_row_leaves_nothing_behind_and_is_reported(
    desk: Desk, tmp_path: Path, kind: str, rows: list[tuple[str, ...]], reason: str
) -> None:
    take(desk, "clients", CLIENTS, tmp_path)
    before = desk.read(all_rows)
    found = take(desk, kind, rows, tmp_path)
    assert found.left_out == 1
    assert reason in found.problems[0].reason
    assert desk.read(all_rows) == before


def test_a_column_nobody_reads_is_told(desk: Desk, tmp_path: Path) -> None:
    found = take(desk, "clients", [("name", "phon"), ("X", "1")], tmp_path)
    assert (found.taken, found.doubts) == (1, 1)
    assert found.problems[0].reason == 'the column "phon" is not used by the mapping'


def test_a_dry_run_of_the_books_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    before = desk.read(all_rows)
    found = take(desk, "clients", CLIENTS, tmp_path, dry_run=True)
    assert (found.taken, found.updated) == (2, 1)
    assert desk.read(all_rows) == before


def test_only_keepers_of_the_books_may_import_them(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        take(replace(desk, actor=replace(desk.actor, role=Role.ENGINEER)), "clients", CLIENTS, tmp_path)


@pytest.mark.parametrize("form", ["csv", "xlsx", "csv.gz"])
def test_what_one_desk_exports_another_takes_in(desk: Desk, tmp_path: Path, form: str) -> None:
    take_all(desk, tmp_path)
    create_desk(str(tmp_path / "other.db"), login="ann")
    other = open_desk(str(tmp_path / "other.db"), login="ann")
    for kind in ("clients", "equipment", "contracts"):
        count = export(desk, kind, tmp_path / f"out.{kind}.{form}")
        found = import_books(other, kind, tmp_path / f"out.{kind}.{form}")
        assert (found.rows, found.left_out, found.doubts) == (count, 0, 0)
        assert import_books(other, kind, tmp_path / f"out.{kind}.{form}").unchanged > 0
        export(other, kind, tmp_path / "back.json")
        export(desk, kind, tmp_path / "there.json")
        columns = {"clients": CLIENT_COLUMNS, "equipment": EQUIPMENT_COLUMNS, "contracts": CONTRACT_COLUMNS}[kind]
        assert without_numbers(tmp_path / "back.json", columns) == without_numbers(tmp_path / "there.json", columns)
    other.close()


def without_numbers(path: Path, columns: list[str]) -> list[tuple[object, ...]]:
    rows = json.loads(path.read_text("utf-8"))
    return sorted((tuple(row[name] for name in columns if name not in {"id", "pay_as_of"}) for row in rows), key=repr)


def test_no_text_of_an_export_runs_as_a_formula(desk: Desk, tmp_path: Path) -> None:
    take(desk, "clients", [("name", "note"), ("=HYPERLINK(1)", "-1+2")], tmp_path)
    export(desk, "clients", tmp_path / "out.csv", bom=True)
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,name")
    assert b"'=HYPERLINK(1)" in content
    assert b"'-1+2" in content
    export(desk, "clients", tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=HYPERLINK(1)", "s")


def test_tickets_are_exported_by_a_filter_and_hours_by_entry(desk: Desk, tmp_path: Path) -> None:
    take(desk, "clients", CLIENTS, tmp_path)
    client = client_named(desk, "Ромашка").id
    tickets.register(desk, tickets.Registration("Noise", client))
    tickets.register(desk, tickets.Registration("Smell"))
    hours.grant(desk, client, 90)
    from deskconsole.domain.ticket_filter import parse

    wanted = parse("noise", now=desk.now(), zone=desk.zone)
    assert export(desk, "tickets", tmp_path / "out.json", wanted=wanted) == 1
    (row,) = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (row["subject"], row["client"], row["status"]) == ("Noise", "ООО «Ромашка»", "new")
    assert export(desk, "hours", tmp_path / "hours.json") == 1
    (entry,) = json.loads((tmp_path / "hours.json").read_text("utf-8"))
    assert (entry["minutes"], entry["client"]) == (90, "ООО «Ромашка»")


def test_engineers_see_no_money_and_contractors_no_books(desk: Desk, tmp_path: Path) -> None:
    take_all(desk, tmp_path)
    engineer = replace(desk, actor=replace(desk.actor, role=Role.ENGINEER))
    export(engineer, "contracts", tmp_path / "out.json")
    assert {row["fee"] for row in json.loads((tmp_path / "out.json").read_text("utf-8"))} == {None}
    contractor = replace(desk, actor=replace(desk.actor, role=Role.CONTRACTOR))
    with pytest.raises(Refused):
        export(contractor, "clients", tmp_path / "no.csv")
    assert not (tmp_path / "no.csv").exists()


@pytest.mark.parametrize(
    ("what", "name", "words"),
    [
        ("clients", "out.cvs", "Nearest: csv"),
        ("people", "out.csv", "no people to export"),
        ("clients", "nowhere/out.csv", "can't be written"),
    ],
)
def test_an_export_that_can_not_be_is_told(desk: Desk, tmp_path: Path, what: str, name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        export(desk, what, tmp_path / name)
