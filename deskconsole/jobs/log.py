"""Where what works in the background writes what went wrong: never onto a terminal that shows a console."""

from __future__ import annotations

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST, KEPT = 256 * 1024, 1
LEVELS = {
    "deskconsole": logging.INFO,
    "apscheduler": logging.ERROR,
    "sqlalchemy": logging.ERROR,
    "psycopg": logging.ERROR,
}
"""Whose words are kept, from which level on; libraries complain of each lost connection."""
FORM = "%(asctime)s %(levelname)s %(message)s"


def log_to_file(folder: Path) -> None:
    """Write to `jobs.log` in a folder; the file is made when there is something to write."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _log_by(_LogFile(folder / "jobs.log", maxBytes=LARGEST, backupCount=KEPT, delay=True, encoding="utf-8"))


def log_to_stderr() -> None:
    """Write to standard error, for a service manager's journal."""
    _log_by(logging.StreamHandler())


class _LogFile(RotatingFileHandler):
    """A log that can't be written is no reason to write over the screen."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Leave the line out."""


def _log_by(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(FORM))
    for name, level in LEVELS.items():
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level)
