"""Reading from a copy of the desk that follows the main server: for boards and reports, never for decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import Sentence, mark

Result = TypeVar("Result")


@dataclass(frozen=True)
class Lately(Generic[Result]):
    """What was read, and how far behind the copy was that it was read from; None: from the main server."""

    result: Result
    lag: timedelta | None


def lag_words(lag: timedelta) -> Sentence:
    """How old what a copy says is, in words."""
    seconds = int(lag.total_seconds())
    if seconds < 120:
        return Sentence(mark("Read from a copy, {seconds} s behind."), seconds=seconds)
    return Sentence(mark("Read from a copy, {time} behind."), time=duration_text(seconds // 60))
