"""How long is left until a ticket is due, in words short enough for a cell of the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from deskconsole.domain.sentences import Sentence, mark

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class Level(StrEnum):
    """How close the due time is."""

    NONE = "none"
    CALM = "calm"
    SOON = "soon"
    NEAR = "near"
    FINAL = "final"
    OVERDUE = "overdue"


_SHAPES = {Level.CALM: "", Level.SOON: "▼", Level.NEAR: "▲", Level.FINAL: "●", Level.OVERDUE: "!!"}
_PAUSED = "||"


@dataclass(frozen=True, slots=True)
class Countdown:
    """What the cell says, and in how many seconds it will say something else (0: never).

    `text` begins with `shape`, which tells the level without colour.
    """

    level: Level
    shape: str
    text: Sentence
    changes_in_seconds: int


def countdown(now: datetime, due: datetime | None, *, compact: bool = False) -> Countdown:
    """The cell of a ticket due at `due`, as of `now` (both aware); without a due, that nothing is due.

    Seconds show only within five minutes of the due time, minutes within a day, then hours. `compact` leaves the
    word for overdue out: at most 14 cells.
    """
    if due is None:
        return Countdown(Level.NONE, "-", Sentence(mark("- nothing due")), 0)
    is_overdue = due <= now
    # The last second counts until it is over, so 00:00 is never shown as still left.
    seconds = (now - due) // timedelta(seconds=1) if is_overdue else -((now - due) // timedelta(seconds=1))
    level = Level.OVERDUE if is_overdue else _level(seconds)
    time, step = _time(seconds)
    shape = _SHAPES[level]
    if is_overdue:
        template = "{shape} -{time}" if compact else mark("{shape} OVERDUE -{time}")
        return Countdown(level, shape, Sentence(template, shape=shape, time=time), step - seconds % step)
    text = Sentence("{shape} {time}", shape=shape, time=time) if shape else time
    return Countdown(level, shape, text, seconds % step + 1)


def paused_countdown(left_seconds: int, *, compact: bool = False) -> Countdown:
    """The cell of a clock that stands with so much working time left, negative when it is over: it does not move."""
    time = span_text(abs(left_seconds))
    if left_seconds < 0:
        template = "{shape} -{time}" if compact else mark("{shape} paused, overdue by {time}")
        return Countdown(Level.OVERDUE, _PAUSED, Sentence(template, shape=_PAUSED, time=time), 0)
    template = "{shape} {time}" if compact else mark("{shape} paused {time} left")
    return Countdown(Level.CALM, _PAUSED, Sentence(template, shape=_PAUSED, time=time), 0)


def ticket_countdown(
    now: datetime, due: datetime | None, paused_seconds: int | None, *, has_sla: bool, compact: bool = False
) -> Countdown:
    """The cell of an open ticket: the next due; else what is left while its clocks stand; else why there is none."""
    if due is not None:
        return countdown(now, due, compact=compact)
    if paused_seconds is not None:
        return paused_countdown(paused_seconds, compact=compact)
    return countdown(now, None) if has_sla else Countdown(Level.NONE, "-", Sentence(mark("- no SLA")), 0)


def _level(seconds: int) -> Level:
    if seconds < 5 * _MINUTE:
        return Level.FINAL
    if seconds < 30 * _MINUTE:
        return Level.NEAR
    return Level.SOON if seconds < 2 * _HOUR else Level.CALM


def _time(seconds: int) -> tuple[Sentence, int]:
    """`seconds` from 0 on as text, and the seconds of its smallest unit."""
    if seconds < 5 * _MINUTE:
        minutes, rest = divmod(seconds, _MINUTE)
        return Sentence("{minutes:02d}:{seconds:02d}", minutes=minutes, seconds=rest), 1
    if seconds < _HOUR:
        return Sentence(mark("{minutes} m"), minutes=seconds // _MINUTE), _MINUTE
    if seconds < _DAY:
        hours, rest = divmod(seconds, _HOUR)
        return Sentence(mark("{hours} h {minutes} m"), hours=hours, minutes=rest // _MINUTE), _MINUTE
    days, rest = divmod(seconds, _DAY)
    if days < 100:
        return Sentence(mark("{days} d {hours} h"), days=days, hours=rest // _HOUR), _HOUR
    return Sentence(mark("{days} d"), days=days), _DAY


def span_text(seconds: int) -> Sentence:
    """Working time from 0 on: with seconds below five minutes, else in hours and minutes; never in days."""
    if seconds < 5 * _MINUTE:
        return _time(seconds)[0]
    if seconds < _HOUR:
        return Sentence(mark("{minutes} m"), minutes=seconds // _MINUTE)
    hours, rest = divmod(seconds // _MINUTE, 60)
    if rest and hours < 1000:
        return Sentence(mark("{hours} h {minutes} m"), hours=hours, minutes=rest)
    return Sentence(mark("{hours} h"), hours=hours)


def duration_text(minutes: int) -> Sentence:
    """A length of work in hours and minutes, `2 h 10 m`; never in days, which would hide whose days."""
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        text = Sentence(mark("{minutes} m"), minutes=rest)
    elif not rest:
        text = Sentence(mark("{hours} h"), hours=hours)
    else:
        text = Sentence(mark("{hours} h {minutes} m"), hours=hours, minutes=rest)
    return text if minutes >= 0 else Sentence("-{time}", time=text)
