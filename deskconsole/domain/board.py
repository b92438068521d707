"""What the live board shows, as plain values: made by one reading, shown, recorded and read back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Priority, SlaClock

SOON = timedelta(hours=2)
"""A ticket due within this time is about to breach: where the countdown leaves its calm level."""
DEFAULT_TARGET = 95.0
"""Percent of tickets that are to be on time, where the desk has not set another share."""
HOURS = 24


@dataclass(frozen=True)
class Day:
    """A local day: its midnight and the next, the Monday its week began on, and its hours.

    Of each hour: where it begins, and what a clock shows then. When clocks change there are 23 or 25.
    """

    date: date
    began: datetime
    ends: datetime
    week_began: datetime
    hours: tuple[tuple[datetime, int], ...]


def day_of(now: datetime, zone: tzinfo) -> Day:
    """The local day of an instant."""
    today = now.astimezone(zone).date()
    began, ends, monday = (
        datetime.combine(today + timedelta(days=days), time(), zone).astimezone(UTC)
        for days in (0, 1, -today.weekday())
    )
    hours, at = [], began
    while at < ends:
        hours.append((at, at.astimezone(zone).hour))
        at += timedelta(hours=1)
    return Day(today, began, ends, monday, tuple(hours))


@dataclass(frozen=True)
class Burning:
    """An open ticket that is overdue or soon will be; without a `clock` the time is what its client wished."""

    ticket_id: int
    due: datetime
    clock: SlaClock | None
    priority: Priority
    client: str
    subject: str
    assignee: str
    is_unread: bool


@dataclass(frozen=True)
class Load:
    """A person who takes tickets: open ones, and today's minutes worked, estimated to come, and there are.

    Estimated is what tickets due by the end of the day ask for. `capacity` is 0 for who does not work today.
    """

    person_id: int
    name: str
    open: int
    worked: int
    estimated: int
    capacity: int
    is_working: bool  # a timer runs

    @property
    def share(self) -> float:
        """Today's minutes in multiples of the capacity; work for a day on which one is away fills it."""
        minutes = self.worked + self.estimated
        return minutes / self.capacity if self.capacity > 0 else float(minutes > 0)


@dataclass(frozen=True)
class Breach:
    """A clock that ran out before what it waits for had happened: when, and whose."""

    at: datetime
    ticket_id: int
    clock: SlaClock
    client: str
    subject: str


@dataclass(frozen=True)
class Score:
    """Tickets with an SLA that were completed in a period: how many, on time, and paused at some time before.

    Tickets are counted, not clocks: one is on time when none of its clocks was late (domain.md, section 3).
    """

    counted: int = 0
    on_time: int = 0
    paused: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.counted + other.counted, self.on_time + other.on_time, self.paused + other.paused)

    def meets(self, target: float) -> bool:
        """Whether the share on time is at least `target` percent; nothing completed misses nothing."""
        return self.on_time * 100 >= target * self.counted

    @property
    def percent(self) -> Sentence:
        """The share on time: `94.9 %`; cut, not rounded, so that a target that is missed never looks met."""
        return share_text(self.on_time, self.counted)

    def told(self, target: float) -> Sentence:
        """The share, of how many, whether that is enough, and how many of them were paused at some time."""
        if not self.counted:
            return Sentence(mark("no ticket with an SLA completed yet"))
        met = Sentence(mark("target {percent} % met"), percent=f"{target:g}")
        missed = Sentence(mark("below {percent} %"), percent=f"{target:g}")
        return Sentence(
            mark("{share} ({on_time} of {counted}), {verdict}, {paused} paused"),
            share=self.percent,
            on_time=self.on_time,
            counted=self.counted,
            verdict=met if self.meets(target) else missed,
            paused=share_text(self.paused, self.counted),
        )


@dataclass(frozen=True)
class BoardState:
    """The whole board as of `at`; lists are cut to what a wall can show, the numbers are not.

    `arrivals` and `completions` are tickets by the local hour of the day, 0 to 23.
    """

    at: datetime
    open: int
    unassigned: int
    unread: int
    overdue: int
    soon: int
    paused: int
    target: float
    today: Score
    week: Score
    late: tuple[Burning, ...]
    next: tuple[Burning, ...]
    people: int
    loads: tuple[Load, ...]
    arrivals: tuple[int, ...]
    completions: tuple[int, ...]
    breaches: tuple[Breach, ...]

    def says_the_same(self, other: BoardState) -> bool:
        """Whether the other one, read at another time, would look no different."""
        return replace(other, at=self.at) == self


def share_text(part: int, whole: int) -> Sentence:
    """A share in percent with one decimal where it has one, or `-` of nothing."""
    if whole <= 0:
        return Sentence("-")
    tenths = part * 1000 // whole
    return Sentence("{percent} %", percent=f"{tenths / 10:g}")
