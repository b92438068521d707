"""One pass: everything that is due by now, job by job, however often and by however many it is run.

What is due stands in the database, and unique keys there let each occurrence and each alert come once. A job that
fails says so in the report, and the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import DeskError
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import RUNNERS
from deskconsole.drafts import sweep

LOG = logging.getLogger(__name__)
MOST_ROUNDS = 200
"""Rounds of one job in one pass: what is still due then waits for the next."""
REST_SECONDS = 0.02
"""Between two rounds: on a local desk others wait for a moment in which nobody writes."""
DRAFTS_KEPT = timedelta(days=90)

Round = Callable[[Desk, datetime], Mapping[str, int]]
"""One bounded round of a job: how much of what it did; all zero when nothing was due."""


@dataclass(frozen=True)
class JobReport:
    """What a job did in a pass; `is_cut`: there is more to do, the next pass goes on."""

    name: str
    done: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    error: Sentence | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class PassReport:
    """What a pass did, by the clock it went by."""

    now: datetime
    seconds: float
    warnings: tuple[Sentence, ...]
    jobs: tuple[JobReport, ...]

    @property
    def is_idle(self) -> bool:
        """Whether nothing was due and nothing is to be said."""
        return not self.warnings and not any(job.error or any(job.done.values()) for job in self.jobs)

    @property
    def errors(self) -> tuple[Sentence, ...]:
        """Why jobs did not end."""
        return tuple(job.error for job in self.jobs if job.error is not None)


def may_run(desk: Desk) -> bool:
    """Whether this person's console runs passes: on a shared desk only for those whose rights reach that far."""
    return desk.store.dialect.IS_FILE or desk.actor.role in RUNNERS


def run_pass(
    desk: Desk,
    now: datetime | None = None,
    *,
    drafts: Path | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
    by_turns: bool = False,
) -> PassReport:
    """Do what is due at `now` (None: by the clock that keeps the desk); drafts in a folder are swept up too.

    `by_turns`: on a shared desk all is left to whoever did it a few seconds ago; only the drafts are this machine's.

    Raises:
        StorageUnavailable: the desk can't be used now.
    """
    from deskconsole.desk.pass_clock import APART, TURN, note_pass, present

    began = perf_counter()
    if now is None:
        now = present(desk)
    instant = now
    timed = replace(desk, clock=lambda: instant)
    is_shared = not desk.store.dialect.IS_FILE
    noted = note_pass(timed, now, apart=TURN if is_shared else APART)
    warnings = () if noted.later is None else (_went_back(now, noted.later),)
    jobs = {} if by_turns and is_shared and not noted.is_ours else _jobs()
    if drafts is not None:
        jobs["drafts"] = lambda _desk, _now: {"removed": sweep(drafts, now - DRAFTS_KEPT)}
    reports = tuple(
        run_job(name, once, timed, now, is_stopped=is_stopped) for name, once in jobs.items() if not is_stopped()
    )
    return PassReport(now, round(perf_counter() - began, 4), warnings, reports)


def run_job(
    name: str,
    once: Round,
    desk: Desk,
    now: datetime,
    *,
    most: int = MOST_ROUNDS,
    is_stopped: Callable[[], bool] = lambda: False,
) -> JobReport:
    """Run a job's rounds until nothing is due, at most so many; never raises."""
    began = perf_counter()
    total: dict[str, int] = {}
    error, is_cut = None, True
    try:
        for _round in range(most):
            done = once(desk, now)
            for what, count in done.items():
                total[what] = total.get(what, 0) + count
            if not any(done.values()):
                is_cut = False
                break
            if is_stopped():
                break
            time.sleep(REST_SECONDS)
    except DeskError as failed:
        error, is_cut = failed.sentence, False
        LOG.warning("%s: %s", name, error)
    except Exception as failed:  # whatever a job meets, the others are due all the same; the log has the trace
        error, is_cut = Sentence(mark("The job failed: {kind}"), kind=type(failed).__name__), False
        LOG.exception("%s failed", name)
    return JobReport(name, total, round(perf_counter() - began, 4), error, is_cut)


def _jobs() -> dict[str, Round]:
    """The jobs in their order: clocks are right before they are looked at, and new tickets are there to be rung for."""
    from deskconsole.desk.alert_pass import raise_thresholds
    from deskconsole.desk.client_silence import act_on_silence
    from deskconsole.desk.feed import prune
    from deskconsole.desk.presence import sweep as sweep_presence
    from deskconsole.desk.recurring import raise_due
    from deskconsole.desk.unbooked_pass import book_waiting
    from deskconsole.desk.unread_pass import ring_unread

    return {
        "recompute": _recompute,
        "bookings": book_waiting,
        "recurring": raise_due,
        "thresholds": raise_thresholds,
        "unread": ring_unread,
        "silence": act_on_silence,
        "changes": prune,
        "presence": sweep_presence,
    }


def _recompute(desk: Desk, _now: datetime) -> Mapping[str, int]:
    from deskconsole.desk.clock_pass import BATCH, recompute

    found = recompute(desk, limit=BATCH)
    return {"tickets": found.tickets, "moved": found.moved}


def _went_back(now: datetime, earlier: datetime) -> Sentence:
    return Sentence(
        mark("This machine's clock went back: a pass ran at {earlier} already. Nothing is raised twice."),
        earlier=earlier.isoformat(timespec="seconds"),
        now=now.isoformat(timespec="seconds"),
    )
