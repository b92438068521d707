"""`deskconsole worker`: what happens by the clock, without a console."""

from __future__ import annotations

import signal
import sys
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import Json, front
from deskconsole.config import folders
from deskconsole.domain.errors import InvalidInput, PartlyDone
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.jobs.passes import PassReport

ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def worker(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help=mark("Run one pass, report it as JSON, and end."))] = False,
    now: Annotated[
        str | None, typer.Option("--now", metavar="ISO", help=mark("With --once: the instant to go by."))
    ] = None,
    every: Annotated[str, typer.Option("--every", metavar="SECONDS", help=mark("Between two passes; 15."))] = "15",
    as_json: Json = False,
) -> int:
    """Run passes until a signal ends it, or a single one."""
    before = front(ctx)
    zone, location = before.zone(), before.location()
    instant = _instant(now, zone)
    if instant is not None and not once:
        raise InvalidInput(mark("--now goes with --once: a worker that stays goes by the clock."))
    seconds = values.number(every, "--every", least=1, most=3600)
    if once:
        return _run_once(location, zone, instant)
    _stay(location, zone, seconds, as_json=as_json)
    return 0


def _run_once(location: str, zone: tzinfo, now: datetime | None) -> int:
    from deskconsole.desk.opening import open_unattended
    from deskconsole.jobs.log import log_to_stderr
    from deskconsole.jobs.passes import run_pass

    log_to_stderr()
    desk = open_unattended(location, zone=zone)
    try:
        report = run_pass(desk, now, drafts=folders().drafts)
    finally:
        desk.close()
    output.document(_shape(report), zone)
    return PartlyDone.exit_code if report.errors else 0


def _stay(location: str, zone: tzinfo, seconds: int, *, as_json: bool) -> None:
    from deskconsole.desk.opening import open_unattended
    from deskconsole.jobs.log import log_to_stderr
    from deskconsole.jobs.passes import run_pass
    from deskconsole.jobs.schedule import Schedule

    open_desk = partial(open_unattended, location, zone=zone)
    open_desk().close()  # a desk that is not there is said at once, and ends the worker
    log_to_stderr()
    drafts = folders().drafts
    schedule = Schedule(
        open_desk,
        lambda desk, is_stopped: run_pass(desk, drafts=drafts, is_stopped=is_stopped),
        told=partial(_tell, zone=zone, as_json=as_json),
        every=seconds,
    )
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # for every thread: one waits for them below
    try:
        schedule.start()
        output.words(_("At work; Ctrl+C or SIGTERM ends it."))
        signal.sigwait(ENDING)
    finally:
        schedule.stop()
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)


def _tell(report: PassReport, *, zone: tzinfo, as_json: bool) -> None:
    """Write a line of what a pass did."""
    if as_json:
        output.json_line(output.plain(_shape(report), zone))
        return
    for sentence in report.warnings:
        output.words(say(sentence))
    parts = [
        f"{job.name}: {', '.join(f'{what} {count}' for what, count in job.done.items() if count)}"
        for job in report.jobs
        if any(job.done.values())
    ]
    parts += [f"{job.name}: {say(job.error)}" for job in report.jobs if job.error is not None]
    output.data(f"{report.now.astimezone(zone):%Y-%m-%d %H:%M:%S}  {'; '.join(parts)}")
    sys.stdout.flush()


def _shape(report: PassReport) -> dict[str, Any]:
    """A report as JSON has it, its sentences in the reader's language."""
    jobs = [
        {
            "name": job.name,
            "done": job.done,
            "seconds": job.seconds,
            "error": say(job.error) if job.error is not None else None,
            "is_cut": job.is_cut,
        }
        for job in report.jobs
    ]
    warnings = [say(sentence) for sentence in report.warnings]
    return {"now": report.now, "seconds": report.seconds, "warnings": warnings, "jobs": jobs}


def _instant(typed: str | None, zone: tzinfo) -> datetime | None:
    """An instant in ISO; without an offset it is the person's own time."""
    if typed is None:
        return None
    try:
        written = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise InvalidInput(mark('"{value}" is no instant; write 2026-03-02T09:00+03:00.'), value=typed[:40]) from None
    if not FIRST_YEAR < written.year < LAST_YEAR:
        raise InvalidInput(mark('"{value}" is too far away'), value=typed[:40])
    return written if written.tzinfo is not None else written.replace(tzinfo=zone)
