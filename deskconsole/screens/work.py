"""Storage work for screens: in threads that never touch widgets, with its outcome back as a message."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar, cast

from textual.message import Message

from deskconsole.domain.errors import DeskError, Unreachable
from deskconsole.domain.sentences import Sentence

Result = TypeVar("Result")

LONGEST_PAUSE = 60.0
"""Seconds a repeated job backs off to at most."""


class Overlap(Enum):
    """What a job does when one of its group is still running."""

    EACH = auto()
    """Wait for its turn: nothing is lost. For writing."""
    LATEST = auto()
    """Take the place of whatever waits, and make the running one stale. For reading as somebody types."""
    DROP = auto()
    """Not run at all. For refreshing."""


class Done(Message, Generic[Result]):
    """A job ended well; screens subclass it for each thing they load or do and handle it with `@on`."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class Failed(Message):
    """A job of `group` ended with something the person can understand; `may_pass`: by itself, after a while."""

    def __init__(self, group: str, sentence: Sentence, *, may_pass: bool = False) -> None:
        super().__init__()
        self.group = group
        self.sentence = sentence
        self.may_pass = may_pass


def failed(group: str, error: DeskError) -> Failed:
    """The message of such an end."""
    return Failed(group, error.sentence, may_pass=isinstance(error, Unreachable))


@dataclass(frozen=True)
class Job:
    """A function to run in a thread, and how its result is told."""

    run: Callable[[], object]
    tell: Callable[[object], Message]


def job_of(function: Callable[[], Result], then: Callable[[Result], Message]) -> Job:
    """Make the job that tells `then(result)` of what `function` gives."""
    return Job(function, cast("Callable[[object], Message]", then))


@dataclass
class _Group:
    running: bool = False
    stale: bool = False
    waiting: deque[Job] = field(default_factory=deque)


class Ended(Message):
    """A thread is through with a job: the message its screen is to get."""

    bubble = False

    def __init__(self, group: str, outcome: Message) -> None:
        super().__init__()
        self.group = group
        self.outcome = outcome


class JobQueue:
    """Which job of each group runs and which waits; used by the screen's own thread only."""

    def __init__(self, start: Callable[[str, Job], None]) -> None:
        self._start = start
        self._groups: dict[str, _Group] = {}

    def add(self, group_name: str, job: Job, overlap: Overlap) -> bool:
        """Run `job` now or in its turn; False when it was dropped."""
        group = self._groups.setdefault(group_name, _Group())
        if not group.running:
            group.running = True
            self._start(group_name, job)
            return True
        if overlap is Overlap.DROP:
            return False
        if overlap is Overlap.LATEST:
            group.waiting.clear()
            group.stale = True
        group.waiting.append(job)
        return True

    def ended(self, group_name: str) -> bool:
        """Start what waits in the group; True when the result that just came is still wanted."""
        group = self._groups[group_name]
        wanted, group.stale = not group.stale, False
        group.running = bool(group.waiting)
        if group.waiting:
            self._start(group_name, group.waiting.popleft())
        return wanted

    def is_running(self, group_name: str) -> bool:
        """Whether a job of the group runs or waits."""
        return group_name in self._groups and self._groups[group_name].running


def outcome_of(group: str, job: Job) -> Message:
    """Run a job (in a thread) and make the message of its end; what is not a `DeskError` is a crash."""
    try:
        return job.tell(job.run())
    except DeskError as error:
        return failed(group, error)


@dataclass
class Repeat:
    """A job done again `every` seconds after it succeeded, later and later while it fails."""

    job: Job
    every: float
    pause: float = 0.0

    def succeeded(self) -> float:
        """Seconds until the next run."""
        self.pause = self.every
        return self.pause

    def failed(self) -> float:
        """Seconds until the next run, doubled each time."""
        self.pause = min(max(self.pause, self.every) * 2, LONGEST_PAUSE)
        return self.pause
