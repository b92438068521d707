"""How an engine lets a console hear of changes: a bell to wait for, and a look at what changed since a mark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

Row = tuple[str, int | None]
"""A changed row: (entity, row id); None = many rows of that entity."""


class Way(StrEnum):
    """How a console hears that there is something new."""

    NOTIFY = "notify"  # the server rings at each commit
    POLL = "poll"  # the console asks by the clock: no bell comes through, for example behind a transaction pooler
    FILE = "file"  # the console watches the version of the local file


@dataclass(frozen=True)
class Look:
    """What changed since a mark, each row once, and the mark to look from next.

    `rows` None: anything may have (another server, changes that are cleaned up, a copy that can't say).
    """

    mark: str
    rows: frozenset[Row] | None


class Listener(Protocol):
    """A connection of its own that hears of changes; used by one thread.

    Its methods raise SQLAlchemy's errors, as the engine's other functions do.
    """

    way: Way
    every: float  # seconds after which to look though no bell rang: nothing relies on a bell
    rest: float  # seconds to leave between two looks

    def wait(self, seconds: float) -> int:
        """Wait at most so long for a bell; how many rang, 0 when none did."""

    def look(self, mark: str) -> Look:
        """What changed since `mark`."""

    def close(self) -> None:
        """Let go of the connection."""
