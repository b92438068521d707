"""A local desk in one SQLite file, and what can happen to it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from benchmarks.faults.crew import Fault, Run, Ways, company_at, hurt, kill_one, people_at_work
from benchmarks.faults.verdict import report
from benchmarks.faults.writers import FULL
from deskconsole.data.store import create_store

FULL_SECONDS = 6.0
HELD_SECONDS = 34.0
"""Longer than a writer waits for the file's lock."""
LOOK_SECONDS = 0.002
DISK_MB, MB_A_MINUTE = 32, 32
"""What a desk with so quick people takes, and some room."""


@contextmanager
def small_disk(minutes: float) -> Iterator[Path | None]:
    """A file system of its own, small enough to be filled; None where we may not mount one."""
    with tempfile.TemporaryDirectory(prefix="deskdisk-") as folder:
        size = int(DISK_MB + MB_A_MINUTE * minutes)
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", folder]
        mounted = os.geteuid() == 0 and subprocess.run(words, check=False, capture_output=True).returncode == 0
        try:
            yield Path(folder) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> Fault:
    """No byte is left for some seconds."""

    def fault() -> None:
        filler = disk / "filler"
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 65536)
        except OSError:
            time.sleep(FULL_SECONDS)
        finally:
            filler.unlink()

    return fault


def allow_no_page(folder: Path) -> Fault:
    """The file may not grow for some seconds (`writers.limit_pages`)."""

    def fault() -> None:
        (folder / FULL).touch()
        time.sleep(FULL_SECONDS)
        (folder / FULL).unlink()

    return fault


def hold(location: str) -> Fault:
    """Somebody else holds the file's lock, longer than anybody waits for it."""

    def fault() -> None:
        with closing(sqlite3.connect(location, isolation_level=None, timeout=0)) as holder:
            while not _began(holder):
                time.sleep(LOOK_SECONDS)
            time.sleep(HELD_SECONDS)
            holder.execute("ROLLBACK")

    return fault


def _began(holder: sqlite3.Connection) -> bool:
    with suppress(sqlite3.OperationalError):  # among so many writers SQLite's own waiting may take minutes
        holder.execute("BEGIN IMMEDIATE")
    return holder.in_transaction


def on_sqlite(minutes: float, seed: int, folder: Path) -> Run:
    """The run on one file; when something is found wrong, the file goes to the folder of the journals."""
    dice, run = random.Random(seed), Run()
    with small_disk(minutes) as disk:
        place = disk or folder
        location = str(place / "desk.db")
        create_store(location).close()
        company = company_at(location)
        with closing(company.store), closing(people_at_work(company, lambda _login: location, folder)) as crew:
            ways: Ways = {
                "kill -9 of a console or worker": (12, kill_one(crew, dice)),
                "disk full, 6 s": (4, fill(disk) if disk is not None else allow_no_page(folder)),
                "file held by somebody, 34 s": (1, hold(location)),
            }
            hurt(run, crew, dice, time.time() + minutes * 60, ways)
            where = "a small disk that is filled" if disk is not None else "full by a limit of pages"
            report(f"SQLite, one file, {where}", run, crew, company, location)
        if run.problems and disk is not None:
            for file in disk.glob("desk.db*"):
                shutil.copy(file, folder)
    return run
