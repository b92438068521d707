"""How soon a screen reads again what others changed: at once on a quiet desk, later where reading takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

LONGEST_REST = 30.0
"""Seconds; then it is read again, however slow the desk is."""
READINGS = 4
"""The mean of about so many counts: one that takes long by chance makes nobody wait."""


@dataclass
class Pace:
    """A rest after each reading that nobody asked for with a key; several changes in it are one reading.

    Where readings take no longer than `busy` seconds there is none. Else it is `costs` times as long as they take, and
    more the longer they take: so where many consoles make reading slow, all of them read more rarely, and what people
    ask for goes before.
    """

    busy: float = 0.1
    costs: float = 5.0
    longest: float = LONGEST_REST
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    waiting: Callable[[], object] | None = None  # what is to be done after the rest
    has_timer: bool = False  # and somebody wakes up for it
    _usual: float = 0.0
    _began: float = 0.0
    _free_at: float = 0.0

    def begin(self) -> None:
        """A reading begins."""
        self._began = self.clock()

    def end(self) -> None:
        """It has ended."""
        now = self.clock()
        took = now - self._began
        self._usual += (took - self._usual) / READINGS if self._usual else took
        rest = self.costs * self._usual * self._usual / self.busy if self._usual > self.busy else 0.0
        self._free_at = now + min(rest, self.longest)

    def skip(self) -> None:
        """Rest no longer: what took so long was no reading, or somebody has come to look."""
        self._free_at = 0.0

    def rest(self) -> float:
        """Seconds until the next may begin."""
        return max(0.0, self._free_at - self.clock())
