"""Which storage work of a screen runs, waits, is dropped or is stale."""

from __future__ import annotations

from textual.message import Message

from deskconsole.domain.errors import NotFound
from deskconsole.screens.work import LONGEST_PAUSE, Done, Failed, Job, JobQueue, Overlap, Repeat, outcome_of


class Loaded(Done[object]):
    pass


def job(name: str) -> Job:
    return Job(lambda: name, Loaded)


class Started:
    """Remembers what was started, and does not run it."""

    def __init__(self) -> None:
        self.names: list[object] = []
        self.queue = JobQueue(lambda _group, one: self.names.append(one.run()))


def test_writing_waits_for_its_turn_and_none_is_lost() -> None:
    started = Started()
    for name in "abc":
        assert started.queue.add("g", job(name), Overlap.EACH)
    assert started.names == ["a"]
    assert started.queue.ended("g")
    assert started.queue.ended("g")
    assert started.queue.ended("g")
    assert started.names == ["a", "b", "c"]
    assert not started.queue.is_running("g")


def test_only_the_latest_reading_is_shown() -> None:
    started = Started()
    for name in "abc":
        started.queue.add("g", job(name), Overlap.LATEST)
    assert not started.queue.ended("g")
    assert started.names == ["a", "c"]
    assert started.queue.ended("g")


def test_an_overlapping_refresh_is_dropped() -> None:
    started = Started()
    assert started.queue.add("g", job("a"), Overlap.DROP)
    assert not started.queue.add("g", job("b"), Overlap.DROP)
    assert started.queue.add("other", job("c"), Overlap.DROP)
    assert started.names == ["a", "c"]


def test_what_a_person_can_understand_comes_back_as_a_sentence() -> None:
    def gone() -> object:
        raise NotFound("There is no ticket 7.")

    outcome: Message = outcome_of("g", Job(gone, Loaded))
    assert isinstance(outcome, Failed)
    assert (outcome.group, str(outcome.sentence)) == ("g", "There is no ticket 7.")


def test_a_failing_refresh_comes_later_and_later_and_recovers() -> None:
    repeat = Repeat(job("a"), every=5)
    assert [repeat.failed() for _ in range(5)] == [10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE]
    assert repeat.succeeded() == 5
