"""What would come of a template that is being written: exactly what comes once it is put, and nothing is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from deskconsole.data.queries import recurring as queries
from deskconsole.data.tables import Recurring
from deskconsole.desk import calendars
from deskconsole.desk import recurring_templates as templates
from deskconsole.desk.recurring_templates import Template
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.occurrences import Occurrence, Shift
from tests.storage.desks import MORNING, Company
from tests.storage.test_recurring import NINE, OFFICE, new_terms, put, run, wanted

COUNT = 12


def promised(company: Company, said: Template, template_id: int | None = None) -> list[Occurrence]:
    return list(templates.coming(company.desk(), said, template_id=template_id, count=COUNT).moments)


def kept(company: Company, template_id: int) -> list[Occurrence]:
    """What the pass will meet, from the stored next moment on."""
    row = company.desk().read(queries.template, template_id)
    plan = company.desk().read(templates.plan_by_id, template_id)
    return [] if row.next_nominal is None else list(islice(plan.occurrences(row.next_nominal), COUNT))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"rules": ["FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY;BYDAY=MO"], "exclusions": ["2026-03-09"]},
        {"starts": datetime(2025, 1, 1, 2, 30), "zone": "Europe/Madrid"},
        {"rules": ["FREQ=DAILY;COUNT=5"], "lead_days": 3},
        {"ends_on": date(2026, 3, 5)},
    ],
)
def test_what_was_promised_of_a_new_template_is_what_comes(company: Company, said: dict[str, Any]) -> None:
    made = promised(company, wanted(company, **said))
    assert company.count(Recurring) == 0
    assert made
    assert made == kept(company, put(company, **said))


def test_the_contract_ends_what_is_promised(company: Company) -> None:
    new_terms(company, date(2026, 3, 1), ends_on=date(2026, 5, 31))
    said: dict[str, Any] = {"contract_id": company.rows["contract"], "rules": ["FREQ=MONTHLY"]}
    made = promised(company, wanted(company, **said))
    assert [each.nominal.month for each in made] == [3, 4, 5]
    assert made == kept(company, put(company, **said))


def test_a_shift_is_promised_by_the_calendar(company: Company) -> None:
    calendar = calendars.put_calendar(company.desk("root"), "Office", json.loads(OFFICE))
    said: dict[str, Any] = {"shift": Shift.NEXT, "calendar_id": calendar, "rules": ["FREQ=WEEKLY;BYDAY=SU"]}
    made = promised(company, wanted(company, **said))
    assert {each.shifted.weekday() for each in made} == {0}
    assert made == kept(company, put(company, **said))


def test_a_change_is_promised_from_where_the_template_stands(company: Company) -> None:
    made = put(company)
    run(company)
    company.clock.forward(days=2)  # two moments wait to be caught up
    said = replace(wanted(company), rules=["FREQ=DAILY;INTERVAL=3"], subject="Other")
    coming = promised(company, said, made)
    templates.put_recurring(company.desk(), said, template_id=made)
    assert coming[0].nominal == NINE + timedelta(days=3)
    assert coming == kept(company, made)


def test_only_the_dispatch_looks_ahead(company: Company) -> None:
    with pytest.raises(Refused):
        templates.coming(company.desk("eva"), wanted(company), count=COUNT)


def test_an_end_before_the_start_is_refused(company: Company) -> None:
    said = {"ends_on": date(2026, 3, 1)}
    for attempt in (promised, lambda company, said: templates.put_recurring(company.desk(), said)):
        with pytest.raises(InvalidInput, match="before its start"):
            attempt(company, wanted(company, **said))


def test_when_something_was_last_raised_is_known_of_each_template(company: Company) -> None:
    busy, idle = put(company, name="Busy"), put(company, name="Idle", starts=NINE + timedelta(days=9))
    run(company)
    company.clock.forward(days=3)
    run(company)
    raised = company.desk().read(queries.last_raised)
    assert raised == {busy: MORNING + timedelta(days=3)}
    assert idle not in raised
