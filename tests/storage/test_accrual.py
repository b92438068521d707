"""A contract's own hours: granted when it is signed."""

from __future__ import annotations

from datetime import date

from deskconsole.data.queries import hours
from deskconsole.desk import records
from deskconsole.desk.desk import Unit
from deskconsole.domain.terms import Funding, Scope
from tests.storage.desks import Company


def test_a_contract_with_an_end_grants_its_months_times_its_rate_once(company: Company) -> None:
    desk = company.desk("ann")

    def sign(unit: Unit) -> int:
        client = records.put_client(unit, records.ClientRecord("ООО Ромашка"))
        lines = [records.LineRecord(Scope.CLIENT, Funding.HOURS)]
        year = records.ContractRecord("К-1", date(2026, 1, 1), date(2026, 12, 31), minutes_per_month=120, lines=lines)
        contract = records.put_contract(unit, client, year)
        later = records.ContractRecord(
            "К-1", date(2026, 1, 1), date(2026, 12, 31), date(2026, 6, 1), minutes_per_month=240, lines=lines
        )
        records.put_contract(unit, client, later, contract)
        return client

    client = desk.write("sign", sign)
    (lot,) = desk.read(hours.lots_of, client)
    assert (lot.granted, lot.bought_on, lot.expires_on) == (12 * 120, date(2026, 1, 1), date(2026, 12, 31))
