"""Who is calling? Clients by anything they may say."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from deskconsole.data.tables import CallerKey, Client, table
from deskconsole.desk import caller_keys, records
from deskconsole.desk.callers import Caller, find
from deskconsole.domain.errors import InvalidInput
from tests.storage.desks import MORNING, Company


def hits(company: Company, typed: str) -> tuple[Caller, ...]:
    return company.desk().read(find, typed)


SAID = [
        "Ромашка", "ромашка", "РОМАШКА", "ромаш", "ООО Ромашка", "ооо «Ромашка»", "Ромашка ООО",
        "hjvfirf", "JJJ Hjvfirf", "ромажка", "рамашка", "ромшака", "hjvf;rf",
        "+7 495 123-45-67", "8 (495) 123-45-67", "84951234567", "4951234567", "7495123", "007 495 123 45 67",
        "7707083893", "77 07 083893", "770708",
        "К-17/2026", "к17", "K-17", "K172026",
        "КАС-0012", "kac-0012", "кас 0012", "KAC0012", "SN99", "sn-99",
        "Пётр Сёмин", "петр семин", "семин", "ctvby", "Ленина",
    ]  # fmt: skip


def test_the_client_is_found_by_what_was_said(company: Company) -> None:
    for typed in SAID:
        assert hits(company, typed)[0].client_id == company.rows["client"], typed


def test_a_client_abroad_is_found_without_accents_and_legal_forms(company: Company) -> None:
    for typed in ["lopez", "López", "farmacia lopez sl", "farmasia lopez", "PRN7", "prn-7", "c-2"]:
        assert hits(company, typed)[0].client_id == company.rows["fee_client"], typed


def test_nothing_is_found_by_nothing(company: Company) -> None:
    for typed in ["", " ", "%", "_", "zzzzzzzz", "\x1b", "-", "«»", "'; DROP TABLE client"]:
        assert hits(company, typed) == (), typed


def test_what_matched_is_named(company: Company) -> None:
    for typed, kind, row in (
        ("КАС-0012", "inventory", "unit"),
        ("семин", "contact", "contact"),
        ("К-17/2026", "contract", "contract"),
    ):
        (first, *_) = hits(company, typed)
        assert (first.kind, first.row_id) == (kind, company.rows[row])


def test_the_exact_name_comes_before_all_that_hold_it(company: Company) -> None:
    names = [f"Аврора Плюс {number}" for number in range(300)] + ["Новая Аврора", "Аврора"]
    ids = company.write(lambda unit: [records.put_client(unit, records.ClientRecord(name)) for name in names])
    found = hits(company, "аврора")
    assert found[0].client_id == ids[-1]
    assert found[1].client.startswith("Аврора Плюс")
    assert hits(company, "новая аврора")[0].client == "Новая Аврора"
    assert len(found) == 20


def test_an_exact_number_comes_before_longer_ones(company: Company) -> None:
    client = company.rows["stranger"]
    made = company.write(
        lambda unit: [records.put_unit(unit, client, records.UnitRecord(f"LIFT-1{end}")) for end in ("23", "2", "")]
    )
    assert [hit.row_id for hit in hits(company, "lift 1")] == [made[2], made[1], made[0]]


def test_a_client_found_by_name_and_legal_person_is_one_line(company: Company) -> None:
    assert [hit.kind for hit in hits(company, "ромашка")] == ["name"]


def test_clients_who_left_are_not_found(company: Company) -> None:
    with company.store.writing() as session:
        session.get_one(Client, company.rows["client"]).is_active = False
    for typed in ("ромашка", "КАС-0012", "4951234567", "hjvfirf"):
        assert hits(company, typed) == ()


def test_a_renamed_client_is_found_by_the_new_name_only(company: Company) -> None:
    client = company.rows["stranger"]
    company.write(lambda unit: records.put_client(unit, records.ClientRecord("Журавль"), client))
    assert hits(company, "журавль")[0].client_id == client
    assert hits(company, "stranger") == ()


def test_one_is_found_among_ten_thousand(company: Company) -> None:
    with company.store.writing() as session:
        clients: list[dict[str, Any]] = [
            {"id": number, "name": f"Клиент {number:05}", "category": "", "region": "", "note": "", "is_active": True,
             "created_at": MORNING, "version": 1}
            for number in range(100, 10_100)
        ]  # fmt: skip
        session.execute(insert(table(Client)), clients)
        keys = [
            row
            for made in clients
            for row in caller_keys.rows(made["id"], made["id"], caller_keys.of_client(made["name"]))
        ]
        session.execute(insert(table(CallerKey)), keys)
    assert hits(company, "клиент 07777")[0].client_id == 7777
    assert hits(company, "ромажка")[0].client_id == company.rows["client"]
    assert hits(company, "rkbtyn 07777")[0].client_id == 7777


@pytest.mark.parametrize("name", ["", "  ", "\x1b", "x" * 10_000_000])
def test_a_client_needs_a_name_of_some_length(company: Company, name: str) -> None:
    with pytest.raises(InvalidInput):
        company.write(lambda unit: records.put_client(unit, records.ClientRecord(name)))


def test_what_is_another_client_s_can_t_be_put_into_the_books(company: Company) -> None:
    client, site, unit_id = company.rows["fee_client"], company.rows["site"], company.rows["unit"]
    for put in (
        lambda unit: records.put_unit(unit, client, records.UnitRecord("A-1", site_id=site)),
        lambda unit: records.put_unit(unit, client, records.UnitRecord("A-1", parent_id=unit_id)),
        lambda unit: records.put_contact(unit, client, records.ContactRecord("A", site_id=site)),
    ):
        with pytest.raises(InvalidInput, match="another client"):
            company.write(put)
    with pytest.raises(InvalidInput, match="part of itself"):
        company.write(
            lambda unit: records.put_unit(
                unit, company.rows["client"], records.UnitRecord("A", parent_id=company.rows["part"]), unit_id
            )
        )
