from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskconsole.desk import alert_pass, unread_pass
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import create_desk, open_unattended
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.drafts import DraftBox
from deskconsole.jobs.log import log_to_file
from deskconsole.jobs.passes import MOST_ROUNDS, PassReport, run_pass
from deskconsole.jobs.schedule import Schedule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG = 20.0


@pytest.fixture
def location(tmp_path: Path) -> str:
    """An empty desk."""
    file = str(tmp_path / "desk.db")
    create_desk(file, login="ann")
    return file


@pytest.fixture
def desk(location: str) -> Any:
    opened = open_unattended(location)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def quiet_log() -> Any:
    """Loggers as they were."""
    loggers = [logging.getLogger(name) for name in ("deskconsole.jobs", "apscheduler")]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        for handler in set(logger.handlers) - set(handlers):
            handler.close()
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def job(report: PassReport, name: str) -> Any:
    return next(one for one in report.jobs if one.name == name)


# --- a pass ----------------------------------------------------------------------------------------------------


def test_a_pass_over_an_empty_desk_is_idle(desk: Desk) -> None:
    report = run_pass(desk, NOON)
    assert report.is_idle
    named = ["recompute", "bookings", "recurring", "thresholds", "unread", "silence", "changes", "presence"]
    assert [one.name for one in report.jobs] == named
    assert report.now == NOON


def test_a_job_that_fails_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_desk: Desk, _now: datetime) -> Mapping[str, int]:
        raise ZeroDivisionError

    def refuse(_desk: Desk, _now: datetime) -> Mapping[str, int]:
        raise StorageUnavailable("The desk {path} is busy.", path="x")

    monkeypatch.setattr(alert_pass, "raise_thresholds", fail)
    monkeypatch.setattr(unread_pass, "ring_unread", refuse)
    report = run_pass(desk, NOON)
    assert report.errors == ("The job failed: ZeroDivisionError", "The desk x is busy.")
    assert job(report, "silence").error is None
    assert not report.is_idle


def test_a_job_goes_on_until_nothing_is_due(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [5, 5, 2, 0]
    monkeypatch.setattr(alert_pass, "raise_thresholds", lambda _desk, _now: {"alerts": left.pop(0)})
    found = job(run_pass(desk, NOON), "thresholds")
    assert (found.done, found.is_cut, left) == ({"alerts": 12}, False, [])


def test_a_job_without_an_end_is_cut_and_said_to_be(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskconsole.jobs.passes.REST_SECONDS", 0)
    monkeypatch.setattr(alert_pass, "raise_thresholds", lambda _desk, _now: {"alerts": 1})
    found = job(run_pass(desk, NOON), "thresholds")
    assert (found.done, found.is_cut) == ({"alerts": MOST_ROUNDS}, True)


def test_a_stop_is_heard_between_two_rounds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()

    def one(_desk: Desk, _now: datetime) -> Mapping[str, int]:
        stopped.set()
        return {"alerts": 1}

    monkeypatch.setattr(alert_pass, "raise_thresholds", one)
    report = run_pass(desk, NOON, is_stopped=stopped.is_set)
    assert [one.name for one in report.jobs] == ["recompute", "bookings", "recurring", "thresholds"]
    assert report.jobs[-1].is_cut


def test_a_clock_that_went_back_is_said_once(desk: Desk) -> None:
    run_pass(desk, NOON)
    assert run_pass(desk, NOON - timedelta(seconds=30)).warnings == ()
    [warning] = run_pass(desk, NOON - timedelta(hours=1)).warnings
    assert "2026-03-02T12:00:00+00:00" in warning
    assert run_pass(desk, NOON - timedelta(minutes=59)).warnings == ()
    assert run_pass(desk, NOON).warnings == ()


def test_old_drafts_of_dead_consoles_are_swept_up_and_others_left(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    with DraftBox(folder, desk="d", login="ann") as box:
        box.keep("old", {"text": "typed"})
    with DraftBox(folder, desk="d", login="bob") as box:
        box.keep("new", {"text": "typed"})
    [old] = [path for path in folder.glob("*.json") if '"old"' in path.read_text("utf-8")]
    long_ago = (NOON - timedelta(days=91)).timestamp()
    os.utime(old, (long_ago, long_ago))
    with DraftBox(folder, desk="d", login="eva") as living:
        living.keep("form", {"text": "being typed"})
        living.flush()
        for path in folder.glob("*.json"):
            if "being typed" in path.read_text("utf-8"):
                os.utime(path, (long_ago, long_ago))
        assert job(run_pass(desk, NOON, drafts=folder), "drafts").done == {"removed": 1}
        left = [path.read_text("utf-8") for path in folder.glob("*.json")]
    assert not old.exists()
    assert len(left) == 2


# --- the bell --------------------------------------------------------------------------------------------------


class Passes:
    """Counts passes."""

    def __init__(self) -> None:
        self.count = 0
        self.reached = threading.Condition()

    def __call__(self, _desk: Desk, _is_stopped: Callable[[], bool]) -> PassReport:
        with self.reached:
            self.count += 1
            self.reached.notify_all()
        return PassReport(NOON, 0.0, (), ())

    def wait_for(self, count: int) -> bool:
        with self.reached:
            return self.reached.wait_for(lambda: self.count >= count, LONG)


def test_passes_follow_each_other_until_it_is_stopped(location: str) -> None:
    passes = Passes()
    schedule = Schedule(lambda: open_unattended(location), passes, every=0.05)
    schedule.start()
    assert passes.wait_for(3)
    schedule.stop()
    count = passes.count
    schedule._pass()
    assert passes.count == count


def test_a_desk_out_of_reach_is_tried_again_and_said_once(location: str, caplog: pytest.LogCaptureFixture) -> None:
    passes, tries = Passes(), 0

    def open_desk() -> Desk:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise StorageUnavailable("The desk can't be reached.")
        return open_unattended(location)

    schedule = Schedule(open_desk, passes, every=0.05)
    schedule.start()
    assert passes.wait_for(2)
    schedule.stop()
    said = [record.getMessage() for record in caplog.records if record.name == "deskconsole.jobs.schedule"]
    assert said == ["The desk can't be reached.", "the desk can be used again"]


def test_a_pass_that_hangs_does_not_hold_up_the_end(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskconsole.jobs.schedule.END_SECONDS", 0.05)
    begun, release = threading.Event(), threading.Event()

    def hang(_desk: Desk, _is_stopped: Callable[[], bool]) -> PassReport:
        begun.set()
        release.wait(LONG)
        return PassReport(NOON, 0.0, (), ())

    schedule = Schedule(lambda: open_unattended(location), hang, every=0.05)
    schedule.start()
    assert begun.wait(LONG)
    schedule.stop()
    hanging = [thread for thread in threading.enumerate() if thread.name == "pass"]
    assert hanging
    assert all(thread.daemon for thread in hanging)
    release.set()
    for thread in hanging:
        thread.join(LONG)


def test_a_pass_is_due_again_when_the_clock_is_set_back(location: str) -> None:
    schedule = Schedule(lambda: open_unattended(location), Passes(), every=15)
    schedule._scheduler.start(paused=True)
    try:
        store = schedule._scheduler._jobstores["default"]
        [waiting] = store.get_all_jobs()
        now = datetime.now(UTC)
        waiting.next_run_time = now + timedelta(seconds=14)
        store.update_job(waiting)
        assert store.get_due_jobs(now) == []
        an_hour_back = now - timedelta(hours=1)
        assert store.get_due_jobs(an_hour_back) == [waiting]
        assert waiting._get_run_times(an_hour_back) == [an_hour_back]
    finally:
        schedule.stop()


def test_the_log_is_a_file_that_is_made_when_there_is_something_to_say(tmp_path: Path) -> None:
    log_to_file(tmp_path)
    assert list(tmp_path.iterdir()) == []
    logging.getLogger("deskconsole.jobs.passes").warning("thresholds: the disk is full")
    assert "thresholds: the disk is full" in (tmp_path / "jobs.log").read_text("utf-8")


def test_a_log_that_cant_be_written_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    log_to_file(tmp_path / "file" / "log")
    logging.getLogger("deskconsole.jobs.passes").warning("thresholds: the disk is full")
    assert capsys.readouterr().err == ""
