"""History and ledger can't be rewritten, whoever speaks SQL to the database."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deskconsole.data.tables import ContractVersion, Event, HourEntry
from deskconsole.desk import time
from tests.storage.desks import Company

STATEMENTS = ("UPDATE {} SET id = id", "UPDATE {} SET id = id + 1 WHERE id > 0", "DELETE FROM {}")


@pytest.mark.parametrize("name", ["event", "hour_entry", "contract_version"])
def test_history_ledger_and_contract_versions_are_append_only(company: Company, name: str) -> None:
    company.grant(60)
    time.log_time(company.desk(), company.ticket(), 15)
    before = company.entries(), company.count(Event), company.count(ContractVersion)
    for words in STATEMENTS:
        with pytest.raises(DBAPIError, match="append-only"), company.store.writer.begin() as connection:
            connection.execute(text(words.format(name)))
    assert (company.entries(), company.count(Event), company.count(ContractVersion)) == before


def test_a_client_with_history_can_t_be_deleted_past_it(company: Company) -> None:
    company.grant(60)
    time.log_time(company.desk(), company.ticket(), 15)
    for words in ("DELETE FROM ticket", "DELETE FROM client", "DELETE FROM hour_lot", "DELETE FROM contract"):
        with pytest.raises(DBAPIError), company.store.writer.begin() as connection:
            connection.execute(text(words))
    assert company.count(HourEntry) == 2


def test_a_reading_session_writes_nothing_on_sqlite(company: Company) -> None:
    if company.store.dialect.NAME == "sqlite":
        with pytest.raises(DBAPIError, match="readonly"), company.store.reader.begin() as connection:
            connection.execute(text("DELETE FROM ticket_search"))
