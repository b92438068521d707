"""The cells several lists share: each says its state by a shape and a word or number, then by colour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from deskconsole.domain.countdown import Countdown, countdown
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import WAITING, Category, Coverage, Priority
from deskconsole.i18n import _, say
from deskconsole.widgets.line_columns import Cell

_PRIORITY_SHAPES: Mapping[Priority, tuple[str, str]] = MappingProxyType(
    {
        Priority.CRITICAL: ("1 !!", "final"),
        Priority.HIGH: ("2 !", "strong"),
        Priority.NORMAL: ("3", ""),
        Priority.LOW: ("4", "muted"),
    }
)

_PRIORITY_WORDS: Mapping[Priority, str] = MappingProxyType(
    {
        Priority.CRITICAL: mark("critical"),
        Priority.HIGH: mark("high"),
        Priority.NORMAL: mark("normal"),
        Priority.LOW: mark("low"),
    }
)

_COVERAGE_WORDS: Mapping[Coverage, str] = MappingProxyType(
    {
        Coverage.COVERED: mark("covered"),
        Coverage.COVERED_BY_HOURS: mark("by hours"),
        Coverage.NOT_IN_LIST: mark("not in list"),
        Coverage.SERVICE_EXCLUDED: mark("service excluded"),
        Coverage.EXPIRED: mark("expired"),
        Coverage.NOT_STARTED: mark("not started"),
        Coverage.SUSPENDED: mark("suspended"),
        Coverage.UNPAID: mark("unpaid"),
        Coverage.NO_CONTRACT: mark("no contract"),
    }
)

_AGES = (
    (timedelta(weeks=1), timedelta(weeks=10), mark("{count} w")),
    (timedelta(days=1), timedelta(days=2), mark("{count} d")),
    (timedelta(hours=1), timedelta(hours=2), mark("{count} h")),
)


def priority_cell(priority: Priority, *, word: bool = False) -> Cell:
    """`1 !!`, `2 !`, `3` or `4`; with its word where there is room."""
    shape, look = _PRIORITY_SHAPES[priority]
    return Cell(f"{shape:<4} {_(_PRIORITY_WORDS[priority])}" if word else shape, look)


def priority_name(priority: Priority) -> str:
    """`high`, in the reader's language."""
    return _(_PRIORITY_WORDS[priority])


def priority_word(priority: Priority) -> str:
    """`2 high`, in the reader's language."""
    return f"{priority.value} {priority_name(priority)}"


def countdown_cell(now: datetime, due: datetime | None, *, compact: bool = False) -> Cell:
    """How long until `due`, in the reader's language; the look is the level's."""
    return left_cell(countdown(now, due, compact=compact))


def left_cell(left: Countdown) -> Cell:
    """What a countdown says, in the reader's language; the look is its level's."""
    return Cell(say(left.text), left.level.value)


def coverage_cell(coverage: Coverage | None, *, word: bool = True) -> Cell:
    """`+` covered, `h` by hours, `x` not covered, each with its word; `-` is not judged yet."""
    if coverage is None:
        return Cell(f"- {_('not judged')}" if word else "-", "muted")
    shape, look = "x", "uncovered"
    if coverage.is_covered:
        shape, look = ("+", "covered") if coverage is Coverage.COVERED else ("h", "hours")
    return Cell(f"{shape} {_(_COVERAGE_WORDS[coverage])}" if word else shape, look)


def status_cell(name: str, category: Category) -> Cell:
    """The status by its own name: new ones stand out, waiting and ended ones step back."""
    if category is Category.NEW:
        return Cell(name, "strong")
    return Cell(name, "muted" if category in WAITING or not category.is_open else "")


def age_cell(now: datetime, since: datetime) -> Cell:
    """How long ago, in one unit: minutes below two hours, hours below two days, days below ten weeks."""
    passed = max(now - since, timedelta())
    for unit, least, template in _AGES:
        if passed >= least:
            return Cell(_(template).format(count=passed // unit), "muted")
    return Cell(_("{count} m").format(count=passed // timedelta(minutes=1)), "muted")
