"""Many consoles on one desk: a pass of one of them serves all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deskconsole.desk.desk import Desk
from deskconsole.desk.pass_clock import TURN, note_pass
from deskconsole.jobs.passes import PassReport, run_pass
from tests.storage.desks import Company


def names(report: PassReport) -> list[str]:
    return [job.name for job in report.jobs]


def test_consoles_of_a_shared_desk_take_turns_and_those_of_a_file_need_none(company: Company, tmp_path: Path) -> None:
    now = company.clock()
    ann, bob = company.desk("ann"), company.desk("bob")
    everything = names(run_pass(ann, now, drafts=tmp_path, by_turns=True))
    assert everything[0] == "recompute"
    left = everything if company.store.dialect.IS_FILE else ["drafts"]  # these are a machine's own
    assert names(run_pass(bob, now + TURN / 2, drafts=tmp_path, by_turns=True)) == left
    assert names(run_pass(bob, now + TURN, drafts=tmp_path, by_turns=True)) == everything


def test_who_is_told_to_run_a_pass_runs_it_and_it_serves_the_others(postgres_company: Company) -> None:
    now = postgres_company.clock()
    ann, bob = postgres_company.desk("ann"), postgres_company.desk("bob")
    asked = names(run_pass(ann, now))
    assert names(run_pass(bob, now)) == asked
    assert names(run_pass(bob, now, by_turns=True)) == []


def test_of_many_at_the_same_moment_one_notes_it(postgres_company: Company) -> None:
    desks = [postgres_company.desk("ann") for _ in range(6)]
    for moment in (postgres_company.clock(), postgres_company.clock.forward(1)):

        def notes(desk: Desk) -> bool:
            return note_pass(desk, moment, apart=TURN).is_ours  # noqa: B023 - it ends before the moment changes

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(notes, desks)) == [False] * 5 + [True]
