"""What others changed at the desk, as the message a screen gets."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from textual.message import Message

from deskconsole.domain.sentences import Sentence

MOST_NAMED = 500
"""More tickets than these are not looked at one by one."""


class DeskChanged(Message):
    """Rows that are not what the consoles show: (entity, row id), None = many rows of that entity."""

    bubble = False

    def __init__(self, rows: frozenset[tuple[str, int | None]]) -> None:
        super().__init__()
        self.rows = rows


class DeskLost(Message):
    """The desk can't be followed now: when it last answered, by the person's clock, and why."""

    bubble = False

    def __init__(self, since: datetime, reason: Sentence) -> None:
        super().__init__()
        self.since = since
        self.reason = reason


class DeskBack(Message):
    """The desk can be followed again; what could not be read meanwhile is to be read now."""

    bubble = False


def heard_also(heard: frozenset[int] | None, rows: AbstractSet[tuple[str, int | None]]) -> frozenset[int] | None:
    """The tickets heard of before and those that `rows` name.

    None where a list must be read whatever they are: too many, or a client changed, whom tickets name.
    """
    named = [row for name, row in rows if name == "ticket"]
    if heard is None or None in named or concerns(rows, "client"):
        return None
    both = heard.union(row for row in named if row is not None)
    return both if len(both) <= MOST_NAMED else None


def concerns(rows: AbstractSet[tuple[str, int | None]], entity: str, row_id: int | None = None) -> bool:
    """Whether `rows` touch that row, or, without a `row_id`, any of that entity."""
    if row_id is None:
        return any(name == entity for name, _row in rows)
    return (entity, row_id) in rows or (entity, None) in rows
