"""One thing that `deskconsole doctor` has looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a finding stands."""

    FINE = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, what was found, how that is."""

    name: str
    value: str
    state: State = State.FINE
