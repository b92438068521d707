"""Why a ticket is due when it is due: policy, target, calendar, and every stretch of time that counted or did not.

An argument with a client ends here, so every number can be checked by hand: the counted stretches of a run add up to
what has elapsed, and those still to come to what is left, to the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deskconsole.data.queries.sla import DueMove
from deskconsole.domain.sentences import Sentence
from deskconsole.domain.terms import ClockState, SlaClock


@dataclass(frozen=True)
class Stretch:
    """A stretch of a clock's way, how long it is, and whether and why it counted."""

    began: datetime
    ended: datetime
    seconds: int
    counted: bool
    why: Sentence


@dataclass(frozen=True)
class Run:
    """A clock's way from its start to its end or to now; the update clock has one for each exchange.

    `ahead` is what is still to come until the due of a clock that runs and is in time.
    """

    state: ClockState
    started: datetime
    ended: datetime | None
    due: datetime | None
    promised: datetime | None
    elapsed_seconds: int
    left_seconds: int
    is_breached: bool
    verdict: Sentence
    stretches: tuple[Stretch, ...]
    ahead: tuple[Stretch, ...]

    @property
    def not_counted_seconds(self) -> int:
        """How long the clock did not count from its start on."""
        return sum(stretch.seconds for stretch in self.stretches if not stretch.counted)


@dataclass(frozen=True)
class TargetChoice:
    """A target of the policy for a clock, and for which tickets."""

    minutes: int
    why: Sentence


@dataclass(frozen=True)
class ClockAccount:
    """One clock explained; the numbers are those of the worst run where there are several.

    `is_fixed`: its due was typed by hand. `others` are the policy's targets of this clock that were not taken. `note`
    says where a stopped clock keeps a result that today's calendar would not give.
    """

    clock: SlaClock
    state: ClockState
    target_seconds: int
    target_why: Sentence
    others: tuple[TargetChoice, ...]
    is_fixed: bool
    note: Sentence | None
    due: datetime | None
    promised: datetime | None
    elapsed_seconds: int
    left_seconds: int
    is_breached: bool
    verdict: Sentence
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Absent:
    """A clock the ticket does not have, and why."""

    clock: SlaClock
    why: Sentence


@dataclass(frozen=True)
class PassedOver:
    """A policy that would hold too, and why another was taken."""

    policy: str
    level: str
    why: Sentence


@dataclass(frozen=True)
class Explanation:
    """Everything that makes a ticket's dues.

    `policy` is empty where none holds; `calendar` is the name, or empty where time runs day and night; `site_zone`
    is empty where the site's clock shows what the viewer's does. `moves` tells how dues went from one instant to
    another (not for contractors).
    """

    ticket_id: int
    subject: str
    now: datetime
    policy: str
    level: str
    why: Sentence
    passed_over: tuple[PassedOver, ...]
    calendar: str
    calendar_zone: str
    site_zone: str
    clocks: tuple[ClockAccount, ...]
    absent: tuple[Absent, ...]
    moves: tuple[DueMove, ...]


def length_text(seconds: int) -> str:
    """A length of time to the second, `2:05:09`; hours are not made into days, which would hide whose days."""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
