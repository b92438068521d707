"""How soon a screen reads again what others changed: at once on a quiet desk, later where reading takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

QUICK = 0.03
"""Seconds; what is read as quickly as this needs no rest: so a desk at ease shows each change at once."""
COSTS = 20
"""Else the rest is so many times as long as the reading before it."""
LONGEST_REST = 30.0
"""Seconds; then it is read again, however slow the desk is."""


@dataclass
class Pace:
    """A rest after each reading that nobody asked for with a key; several changes in it are one reading.

    So each console takes a bounded share of the server, however many changes there are: what people ask for goes
    before, and where many consoles make reading slow, all of them read more rarely.
    """

    costs: float = COSTS
    longest: float = LONGEST_REST
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    waiting: Callable[[], object] | None = None  # what is to be done after the rest
    has_timer: bool = False  # and somebody wakes up for it
    _began: float = 0.0
    _free_at: float = 0.0

    def begin(self) -> None:
        """A reading begins."""
        self._began = self.clock()

    def end(self) -> None:
        """It has ended."""
        now = self.clock()
        took = now - self._began
        self._free_at = now + (min(self.costs * took, self.longest) if took > QUICK else 0.0)

    def skip(self) -> None:
        """Rest no longer: what took so long was no reading, or somebody has come to look."""
        self._free_at = 0.0

    def rest(self) -> float:
        """Seconds until the next may begin."""
        return max(0.0, self._free_at - self.clock())
