"""Where the passes write what went wrong: never onto a terminal that shows a console."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST, KEPT = 256 * 1024, 1
FORM = "%(asctime)s %(levelname)s %(message)s"


def log_to_file(folder: Path) -> None:
    """Write to `jobs.log` in a folder, which is made when there is something to write."""
    handler = RotatingFileHandler(folder / "jobs.log", maxBytes=LARGEST, backupCount=KEPT, delay=True, encoding="utf-8")
    _log_by(handler)


def log_to_stderr() -> None:
    """Write to standard error, for a service manager's journal."""
    _log_by(logging.StreamHandler())


def _log_by(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(FORM))
    for name, level in (("deskconsole.jobs", logging.INFO), ("apscheduler", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level)
