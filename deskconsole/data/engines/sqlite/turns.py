"""Whose turn it is to write to the file.

SQLite lets who waits look ten times a second, and whoever comes looks at once: of eight writers without rest on a busy
machine one waited 31 s, and was told that the desk is busy, while the others took turns. With looks as often as here
the longest wait was 8 to 13 s, and as much was written in the same time.
"""

from __future__ import annotations

import random
import sqlite3
import time
from typing import cast

from sqlalchemy import Connection

LOOKS = (0.004, 0.02)
"""Seconds between two looks: at random, so that nobody keeps coming second."""
PRIMARY = 0xFF
"""Of SQLite's error codes: the kind, without its details."""


def begin_writing(connection: Connection, seconds: float) -> None:
    """Begin a transaction that writes as soon as nobody else's does.

    Raises:
        sqlalchemy.exc.OperationalError: others held the file for so many seconds, or it can't be used.
    """
    raw, until = cast("sqlite3.Connection", connection.connection.driver_connection), time.monotonic() + seconds
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < until:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
            time.sleep(random.uniform(*LOOKS))
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last look; its error is the engine's own
    finally:
        raw.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")
