"""`db check` finds what must never be in a desk's rows (domain.md, section 9), and nothing in a sound desk."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from deskconsole.desk import checking, opening, tickets, time
from deskconsole.domain.terms import Priority
from tests.storage.desks import Company, address


@pytest.fixture
def busy(company: Company) -> Company:
    """A desk with hours, time taken back, statuses and an SLA's clocks."""
    company.grant(600)
    first, second = company.ticket("one"), company.ticket("two")
    logged = time.log_time(company.desk("eva"), first, 30)
    time.correct_time(company.desk(), logged.entry_id, reason="wrong one")
    tickets.set_status(company.desk(), [second], "open")
    return company


def faults(company: Company) -> list[str]:
    return [str(fault) for fault in opening.check(address(company)) if "seal" not in fault]


BROKEN = {
    "ledger entry 2: it does not take back": "UPDATE hour_entry SET reverses_id = 1 WHERE id = 2",
    "time entry 2: it does not take back": "UPDATE time_entry SET worked_minutes = -7 WHERE id = 2",
    "time entry 2: it does not": "UPDATE time_entry SET charged_minutes = -7 WHERE id = 2",
    "time entry 1: its minutes are": "UPDATE time_entry SET worked_minutes = -1 WHERE id = 1",
    "ledger entry 3: it does not take back": "UPDATE hour_entry SET minutes = 7 WHERE id = 3",
    "ticket 1: it is merged into itself": "UPDATE ticket SET merged_into_id = 3 - id",
    "ticket 1: its status does not exist, or": "UPDATE ticket SET category = 'closed' WHERE id = 1",
    "ticket 2: the times in its statuses": "UPDATE status_span SET ended_at = NULL WHERE ticket_id = 2",
    "ticket 2: it never stood in any status": "DELETE FROM status_span WHERE ticket_id = 2",
    "history line 1: it happened by itself": "UPDATE event SET channel = 'schedule', person_id = NULL WHERE id = 1",
}


@pytest.mark.parametrize(("fault", "words"), BROKEN.items())
def test_what_must_hold_is_looked_at(busy: Company, fault: str, words: str) -> None:
    assert faults(busy) == []
    _forge(busy, words)
    assert any(one.startswith(fault) for one in faults(busy))


def test_a_clock_that_is_not_what_history_says_is_found(busy: Company) -> None:
    policy = "INSERT INTO sla_policy (id, version, name, warn_percents, is_active) VALUES (1, 1, 'x', '50', {true})"
    true = "true" if busy.store.dialect.NAME == "postgresql" else "1"
    _forge(
        busy,
        policy.format(true=true),
        "INSERT INTO sla_target (policy_id, clock, minutes, ticket_type) VALUES (1, 'resolution', 60, '')",
        "INSERT INTO sla_binding (policy_id, level, category) VALUES (1, 'default', '')",
    )
    assert faults(busy)[0] == "ticket 1: its clock resolution is not what its history says"
    for number in (1, 2):
        tickets.set_priority(busy.desk(), [number], Priority.CRITICAL)
    assert faults(busy) == []
    _forge(busy, "UPDATE sla_clock SET target_seconds = 1 WHERE ticket_id = 2 AND clock = 'resolution'")
    assert faults(busy) == ["ticket 2: its clock resolution is not what its history says"]


def test_of_one_kind_not_more_are_named_than_can_be_read(busy: Company) -> None:
    for _number in range(checking.MOST):
        busy.ticket("more")
    _forge(busy, "UPDATE ticket SET category = 'closed'")
    named = [fault for fault in faults(busy) if "its status does not exist" in fault]
    assert len(named) == checking.MOST


def _forge(company: Company, *statements: str) -> None:
    """Write what no program writes: the storage's own triggers and checks are out of the way."""
    with company.store.writer.begin() as connection:
        if company.store.dialect.NAME == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("ALTER TABLE time_entry DROP CONSTRAINT IF EXISTS ck_time_entry_sign"))
        else:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
