"""Many processes on one SQLite file: at work at once, and killed in the middle of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskconsole.data.tables import Change, Event, Operation, Ticket
from deskconsole.desk.opening import check
from tests.storage.desks import Company
from tests.support.writers import Journal, Work, faults, kill_again_and_again, start


@pytest.fixture
def crowded(sqlite_company: Company) -> Company:
    """A SQLite desk for many processes."""
    sqlite_company.grant(100_000)
    return sqlite_company


def work_on(company: Company) -> Work:
    people = tuple(company.people[login] for login in ("eva", "ed", "con"))
    ticket = company.ticket("shared by all")
    return Work(company.store.location, "ann", ticket, company.rows["client"], people)


def test_eight_processes_at_once_lose_nothing_and_see_no_lock(crowded: Company) -> None:
    work, acts = work_on(crowded), 100
    before = {model: crowded.count(model) for model in (Operation, Ticket)}
    journals = [Journal(f"writer{number}") for number in range(8)]
    writers = [start(work, journal, acts) for journal in journals]
    for writer in writers:
        writer.finish()
    assert [writer.process.exitcode for writer in writers] == [0] * 8
    assert [len(journal.answers) for journal in journals] == [acts] * 8
    found = crowded.desk().read(faults, journals)
    assert (found.acknowledged, found.missing, found.doubled, found.unknown) == (8 * acts, (), (), ())
    assert crowded.count(Operation) - before[Operation] == 8 * acts
    assert crowded.count(Ticket) - before[Ticket] == 8 * 17
    assert crowded.count(Event, verb="reply") == 8 * 17
    assert crowded.count(Change) >= 8 * 4 * 17  # assigning and priority change nothing where another did the same
    assert check(crowded.store.location) == []


def test_killed_writers_lose_nothing_they_were_told_and_double_nothing(crowded: Company, tmp_path: Path) -> None:
    journals = kill_again_and_again(work_on(crowded), ("writer-a", "writer-b", "writer-c"), kills=20, seed=7)
    found = crowded.desk().read(faults, journals)
    assert found.acknowledged >= 40
    assert (found.missing, found.doubled, found.unknown) == ((), (), ())
    assert check(crowded.store.location) == []
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".new")] == []
