"""A line that falls around a COMMIT: nothing is done twice, nothing is said to be done that was not."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from typing import Any
from uuid import uuid4

import pytest

from deskconsole.data.engines.postgresql import link as postgresql_link
from deskconsole.data.store import open_store
from deskconsole.data.tables import Operation
from deskconsole.desk import settling, tickets, time
from deskconsole.domain.errors import DeskError, InDoubt, Unreachable
from tests.storage.desks import Company
from tests.support.line import Cut, Line
from tests.support.writers import Journal, Work, act, faults

FALLS = (Cut.BEFORE, Cut.BEHIND, Cut.ANSWER, Cut.LATE)


@pytest.fixture
def line(postgres_company: Company) -> Iterator[Line]:
    with Line(postgres_company.store.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture
def far(postgres_company: Company, line: Line) -> Iterator[Company]:
    """The company's desk at the other end of the line."""
    company = replace(postgres_company, store=open_store(line.url))
    yield company
    company.store.close()


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "LONGEST_PAUSE", 0.02)


@pytest.mark.parametrize("cut", FALLS)
def test_a_commit_whose_line_fell_is_settled_by_its_key(
    far: Company, postgres_company: Company, line: Line, cut: Cut
) -> None:
    ticket = far.ticket()
    cuts = chain([cut], repeat(Cut.NONE))
    line.plan = lambda: next(cuts)
    message = tickets.reply(far.desk(), ticket, "we come at nine")
    assert [row.id for row in postgres_company.card(ticket).messages] == [message]
    assert line.cuts[cut] == 1


def test_a_change_that_only_its_own_first_try_stands_against_is_not_refused(far: Company, line: Line) -> None:
    """The late first COMMIT takes away what the second try would need."""
    ticket, desk = far.ticket(), far.desk("eva")
    time.start_timer(desk, ticket)
    cuts = chain([Cut.LATE], repeat(Cut.NONE))
    line.plan = lambda: next(cuts)
    assert time.stop_timer(desk).entry_id
    with pytest.raises(DeskError, match="timer"):
        time.stop_timer(desk)


def test_a_repeat_from_another_console_under_the_same_key_is_the_same_change(postgres_company: Company) -> None:
    ticket, key = postgres_company.ticket(), uuid4()
    first, second = postgres_company.desk("eva"), postgres_company.desk("eva")
    time.start_timer(first, ticket)
    logged = time.stop_timer(first, key=key)
    assert time.stop_timer(second, key=key) == logged
    with pytest.raises(DeskError, match="timer"):
        time.stop_timer(second, key=uuid4())


def test_where_nobody_can_be_asked_it_is_said_that_nobody_knows(
    far: Company, postgres_company: Company, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "DOUBT", 0.2)
    ticket, key, desk = far.ticket(), uuid4(), far.desk()

    def fall() -> Cut:
        line.is_up = False
        return Cut.ANSWER

    line.plan = fall
    with pytest.raises(InDoubt, match="not known whether this was saved") as doubt:
        tickets.reply(desk, ticket, "we come at nine", key=key)
    assert doubt.value.key == key
    with pytest.raises(InDoubt):  # and not "nothing was written": it was
        tickets.reply(desk, ticket, "we come at nine", key=key)
    line.plan = lambda: Cut.NONE
    line.rise()
    message = tickets.reply(desk, ticket, "we come at nine", key=key)
    assert [row.id for row in postgres_company.card(ticket).messages] == [message]
    assert desk.doubts == {}


def test_a_desk_out_of_reach_before_the_commit_is_said_to_have_nothing_written(
    far: Company, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "PATIENCE", 0.1)
    ticket, desk = far.ticket(), far.desk()
    line.fall()
    with pytest.raises(Unreachable, match="can't be reached"):
        tickets.reply(desk, ticket, "we come at nine")
    line.rise()
    assert far.card(ticket).messages == ()
    tickets.reply(desk, ticket, "we come at nine")


def test_a_server_that_comes_back_in_time_is_not_worth_a_word(far: Company, line: Line) -> None:
    ticket, desk = far.ticket(), far.desk()
    line.fall()
    back = threading.Timer(0.3, line.rise)
    back.start()
    tickets.reply(desk, ticket, "we come at nine")
    back.join()
    assert len(far.card(ticket).messages) == 1


def test_an_answer_that_is_swallowed_on_the_way_is_asked_for_by_another(
    far: Company, postgres_company: Company, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_link, "SILENCE", 0.1)
    monkeypatch.setattr(postgresql_link, "SWALLOWED", 0.2)
    ticket = far.ticket()
    cuts = chain([Cut.SWALLOW], repeat(Cut.NONE))
    line.plan = lambda: next(cuts)
    tickets.reply(far.desk(), ticket, "we come at nine")
    assert len(postgres_company.card(ticket).messages) == 1


@pytest.mark.parametrize("seed", range(3))
def test_hundreds_of_random_cuts_lose_nothing_and_double_nothing(
    far: Company, postgres_company: Company, line: Line, seed: int
) -> None:
    far.grant(100_000)
    work = Work(line.url, "ann", far.ticket("shared by all"), far.rows["client"], (far.people["eva"], far.people["ed"]))
    dice = random.Random(seed)
    line.late = 0.02
    line.plan = lambda: dice.choice(FALLS) if dice.random() < 0.5 else Cut.NONE
    journals = [Journal(f"writer{number}") for number in range(3)]
    wrong: list[BaseException] = []

    def write(journal: Journal) -> None:
        desk = far.desk()
        try:
            for number in range(40):
                journal.answers[number] = _persist(desk, work, journal.name, number)
        except BaseException as error:  # told by the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=write, args=(journal,)) for journal in journals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(line.cuts[cut] for cut in FALLS) >= 60
    found = postgres_company.desk().read(faults, journals)
    assert (found.acknowledged, found.missing, found.doubled, found.unknown) == (120, (), (), ())


def _persist(desk: Any, work: Work, name: str, number: int) -> Any:
    """Do an act as a person does: what nobody knows is sent again as it is."""
    while True:
        try:
            return act(desk, work, name, number)
        except InDoubt:
            continue


def test_a_refused_change_leaves_its_key_free(postgres_company: Company) -> None:
    ticket, key, desk = postgres_company.ticket(), uuid4(), postgres_company.desk("eva")
    before = postgres_company.count(Operation)
    with pytest.raises(DeskError, match="timer"):
        time.stop_timer(desk, key=key)
    assert postgres_company.count(Operation) == before
    assert tickets.reply(desk, ticket, "the key is free", key=key)
