"""The bell that calls for a pass every few seconds: APScheduler in a thread of its own.

APScheduler is only a bell (design: storage.md, "The clock thread"): its jobs stand in memory, a missed one is run
once when the process wakes, and what is due is said by the database.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import DeskError
from deskconsole.jobs.passes import PassReport

LOG = logging.getLogger(__name__)
EVERY_SECONDS = 15.0
END_SECONDS = 1.0
"""How long `stop` waits for a pass that is running; it is cut short between two transactions."""


class Schedule:
    """Runs passes over a desk of its own until it is stopped; nothing here waits for anybody.

    `open_desk` and `run` are called in the passes' thread. While the desk is out of reach each pass tries again.
    `told` gets the report of each pass that did something.
    """

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        run: Callable[[Desk, Callable[[], bool]], PassReport],
        *,
        told: Callable[[PassReport], None] = lambda _report: None,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._open_desk = open_desk
        self._run = run
        self._told = told
        self._desk: Desk | None = None
        self._stopped = threading.Event()
        self._passing = threading.Lock()
        self._last_trouble = ""
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            daemon=True,
            jobstores={"default": _Store(timedelta(seconds=every))},
            executors={"default": _DaemonThreads()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        first = datetime.now(UTC)
        self._scheduler.add_job(self._pass, "interval", seconds=every, id="pass", next_run_time=first)

    def start(self) -> None:
        """Begin with a pass, now, in the background."""
        self._scheduler.start()

    def stop(self) -> None:
        """Run no more passes, and let go of the desk; soon."""
        self._stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._passing.acquire(timeout=END_SECONDS):
            try:
                self._close()
            finally:
                self._passing.release()

    def _pass(self) -> None:
        with self._passing:
            if self._stopped.is_set():
                return
            try:
                self._desk = self._desk or self._open_desk()
                report = self._run(self._desk, self._stopped.is_set)
            except DeskError as error:
                self._close()
                self._trouble(str(error.sentence))
                return
            self._trouble("")
            if not report.is_idle:
                self._told(report)

    def _trouble(self, sentence: str) -> None:
        """Log what keeps the passes from the desk: once, and once when it is over."""
        if sentence and sentence != self._last_trouble:
            LOG.error("%s", sentence)
        elif self._last_trouble and not sentence:
            LOG.warning("the desk can be used again")
        self._last_trouble = sentence

    def _close(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None


class _Store(MemoryJobStore):  # type: ignore[misc] # APScheduler has no types
    """Jobs in memory that are due again when the machine's clock goes back.

    APScheduler waits for an instant of the wall clock: set back an hour, it would sleep for an hour.
    """

    def __init__(self, every: timedelta) -> None:
        super().__init__()
        self._every = every

    def get_due_jobs(self, now: datetime) -> list[Any]:
        """The jobs whose time has come, or lies further ahead than any was set."""
        for job in self.get_all_jobs():
            if job.next_run_time is not None and job.next_run_time > now + self._every:
                job.next_run_time = now
                self.update_job(job)
        return list(super().get_due_jobs(now))


class _DaemonThreads(BaseExecutor):  # type: ignore[misc] # APScheduler has no types
    """Runs each call in a daemon thread: a process that ends does not wait for a database that hangs."""

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        threading.Thread(target=self._work, args=(job, run_times), name="pass", daemon=True).start()

    def _work(self, job: Any, run_times: list[datetime]) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        except BaseException:
            self._run_job_error(job.id, *sys.exc_info()[1:])
            raise
        self._run_job_success(job.id, events)
