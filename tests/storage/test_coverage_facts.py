"""Coverage judged on what the desk knows: contracts and their versions, payments, hours."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from deskconsole.desk import coverage, records, tickets
from deskconsole.desk.coverage import Call
from deskconsole.desk.desk import Unit
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import Coverage, Funding, PayState, Scope
from tests.storage.desks import MORNING, TODAY, Company, put_contract

REPAIR, CONSULTATION = 1, 4


def client_with(company: Company, **terms: Any) -> tuple[int, int, int]:
    """A client of its own with a unit and a contract on these terms."""
    funding = terms.pop("funding", Funding.FEE)

    def books(unit: Unit) -> list[int]:
        client = records.put_client(unit, records.ClientRecord("Judged"))
        equipment = records.put_unit(unit, client, records.UnitRecord("J-1", kind="lift"))
        return [client, equipment, put_contract(unit, client, "J/1", funding, **terms)]

    client, equipment, contract = company.write(books)
    return client, equipment, contract


def judged(company: Company, client: int | None, equipment: int | None = None, **said: Any) -> Coverage:
    call = Call(client, said.pop("on", TODAY), equipment_id=equipment, **said)
    return company.desk().read(coverage.judge, call).outcome


def test_covered_by_the_fee(company: Company) -> None:
    client, unit, _ = client_with(company)
    assert judged(company, client, unit) is Coverage.COVERED


def test_covered_by_hours_while_some_are_free(company: Company) -> None:
    client, unit, _ = client_with(company, funding=Funding.HOURS)
    assert judged(company, client, unit) is Coverage.UNPAID
    company.rows["judged"] = client
    company.grant(15, "judged", expires_on=TODAY)
    assert judged(company, client, unit) is Coverage.COVERED_BY_HOURS
    assert judged(company, client, unit, on=TODAY + timedelta(days=1)) is Coverage.UNPAID


def test_not_in_the_list(company: Company) -> None:
    client, listed, _ = client_with(company, lines=[])
    other = company.write(lambda unit: records.put_unit(unit, client, records.UnitRecord("J-2")))
    line = records.LineRecord(Scope.UNIT, Funding.FEE, equipment_id=listed)
    company.write(lambda unit: put_contract(unit, client, "J/2", Funding.FEE, lines=[line]))
    assert judged(company, client, listed) is Coverage.COVERED
    assert judged(company, client, other) is Coverage.NOT_IN_LIST


def test_a_part_is_listed_with_its_unit_when_the_line_says_so(company: Company) -> None:
    client = company.rows["stranger"]

    def books(unit: Unit) -> list[int]:
        top = records.put_unit(unit, client, records.UnitRecord("TOP"))
        middle = records.put_unit(unit, client, records.UnitRecord("MID", parent_id=top))
        return [top, records.put_unit(unit, client, records.UnitRecord("LOW", parent_id=middle))]

    unit_id, part = company.write(books)
    for number, children, outcome in (("S-1", False, Coverage.NOT_IN_LIST), ("S-2", True, Coverage.COVERED)):
        line = records.LineRecord(Scope.UNIT, Funding.FEE, equipment_id=unit_id, includes_children=children)
        company.write(
            partial(put_contract, client_id=client, number=number, funding=Funding.FEE, lines=[line]),
        )
        assert judged(company, client, part) is outcome
    assert judged(company, client, unit_id) is Coverage.COVERED


def test_service_excluded(company: Company) -> None:
    excluded = records.LineRecord(Scope.CLIENT, Funding.FEE, excluded_services=[CONSULTATION])
    client, unit, _ = client_with(company, lines=[excluded])
    assert judged(company, client, unit, service_id=CONSULTATION) is Coverage.SERVICE_EXCLUDED
    assert judged(company, client, unit, service_id=REPAIR) is Coverage.COVERED
    only = records.LineRecord(Scope.CLIENT, Funding.FEE, included_services=[CONSULTATION])
    client, unit, _ = client_with(company, lines=[only])
    assert judged(company, client, unit, service_id=REPAIR) is Coverage.SERVICE_EXCLUDED


def test_expired_and_not_started_by_the_day(company: Company) -> None:
    client, unit, _ = client_with(company, starts_on=date(2026, 2, 1), ends_on=TODAY)
    days = {date(2026, 1, 31): Coverage.NOT_STARTED, date(2026, 2, 1): Coverage.COVERED, TODAY: Coverage.COVERED}
    days[TODAY + timedelta(days=1)] = Coverage.EXPIRED
    assert {day: judged(company, client, unit, on=day) for day in days} == days


def test_suspended(company: Company) -> None:
    client, unit, _ = client_with(company, is_suspended=True)
    assert judged(company, client, unit) is Coverage.SUSPENDED


def test_unpaid_after_the_days_of_grace(company: Company) -> None:
    client, unit, _ = client_with(company, grace_days=10)
    for since, outcome in ((10, Coverage.COVERED), (11, Coverage.UNPAID)):
        owed = records.PaymentRecord(PayState.OVERDUE, MORNING, overdue_since=TODAY - timedelta(days=since))
        company.write(partial(records.put_payment, client_id=client, record=owed))
        assert judged(company, client, unit) is outcome
    older = records.PaymentRecord(PayState.PAID, MORNING - timedelta(days=1))
    company.write(lambda unit: records.put_payment(unit, client, older))
    assert judged(company, client, unit) is Coverage.UNPAID


def test_no_contract(company: Company) -> None:
    assert judged(company, company.rows["stranger"]) is Coverage.NO_CONTRACT
    assert judged(company, None) is Coverage.NO_CONTRACT


def test_the_version_of_the_day_is_judged_by_and_a_ticket_keeps_its_own(company: Company) -> None:
    client, unit_id, contract = client_with(company)
    ticket = company.ticket(client_id=client)
    first = company.card(ticket).contract_version_id
    later = TODAY + timedelta(days=10)
    terms = records.ContractRecord("J/1", date(2026, 1, 1), effective_from=later, is_suspended=True)
    company.write(lambda unit: records.put_contract(unit, client, terms, contract))
    assert judged(company, client, unit_id, on=later - timedelta(days=1)) is Coverage.COVERED
    assert judged(company, client, unit_id, on=later) is Coverage.SUSPENDED
    company.clock.forward(days=20)
    assert company.card(ticket).contract_version_id == first
    assert tickets.change_subject_of_work(company.desk(), ticket, equipment_id=unit_id) == "covered"
    assert company.card(ticket).contract_version_id == first
    new = company.card(company.ticket(client_id=client, equipment_id=unit_id))
    assert (new.row.coverage, new.contract_version_id != first) == (Coverage.SUSPENDED, True)


def test_coverage_is_judged_again_when_the_unit_is_told_and_the_history_says_so(company: Company) -> None:
    client, listed, _ = client_with(company, lines=[])
    line = records.LineRecord(Scope.UNIT, Funding.FEE, equipment_id=listed)
    company.write(lambda unit: put_contract(unit, client, "J/2", Funding.FEE, lines=[line]))
    ticket = company.ticket(client_id=client)
    assert company.card(ticket).row.coverage is Coverage.NOT_IN_LIST
    assert tickets.change_subject_of_work(company.desk(), ticket, equipment_id=listed) == "covered"
    last = company.card(ticket).events[-1]
    assert (last.verb, last.old, last.new, last.rule) == ("coverage", "not_in_list", "covered", "coverage")


def test_versions_are_never_edited_in_place(company: Company) -> None:
    client, _, contract = client_with(company)
    for effective in (None, date(2026, 1, 1), date(2025, 1, 1)):
        terms = records.ContractRecord("J/1", date(2026, 1, 1), effective_from=effective)
        with pytest.raises(InvalidInput, match="has a version from 2026-01-01"):
            company.write(partial(records.put_contract, client_id=client, record=terms, contract_id=contract))


@pytest.mark.parametrize(
    "terms",
    [
        records.ContractRecord("N", TODAY, ends_on=TODAY - timedelta(days=1)),
        records.ContractRecord("N", TODAY, grace_days=-1),
        records.ContractRecord(" ", TODAY),
    ],
)
def test_contracts_without_sense_are_refused(company: Company, terms: records.ContractRecord) -> None:
    with pytest.raises(InvalidInput):
        company.write(lambda unit: records.put_contract(unit, company.rows["client"], terms))
