"""What a filter can ask about, and how each typed value is read into one that SQL only has to compare."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import Enum, StrEnum, auto

from deskconsole.domain import idset
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import Clock, Span, read_moment, read_range
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import ENDED, WAITING, Category, Channel, Coverage, Policy, Priority, SlaClock
from deskconsole.domain.text import fold


class Field(StrEnum):
    """What of a ticket a term looks at."""

    ID = "id"
    STATUS = "status"
    PRIORITY = "priority"
    CLIENT = "client"
    SITE = "site"
    EQUIPMENT = "equipment"
    SERVICE = "service"
    TYPE = "type"
    ASSIGNEE = "assignee"
    TEAM = "team"
    CHANNEL = "channel"
    COVERAGE = "coverage"
    COVERED = "covered"
    POLICY = "policy"
    UNREAD = "unread"
    BREACHED = "breached"
    PAUSED = "paused"
    CLOCK = "clock"
    SLA = "sla"
    DUE = "due"
    WISHED = "wished"
    PLANNED = "planned"
    CREATED = "created"
    UPDATED = "updated"
    RESOLVED = "resolved"


class Special(Enum):
    """A value that is about the reader, or about nothing or anything standing there."""

    NONE = auto()
    ANY = auto()
    ME = auto()
    MINE = auto()


@dataclass(frozen=True, slots=True)
class Text:
    """A code, login, number or words of a name, as typed (cleaned, not folded)."""

    text: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """An inclusive range of ids or priorities; None is an open side."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Categories:
    """Any status of these categories."""

    categories: frozenset[Category]


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """Due before `at` and still somebody's work."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Breached:
    """Whether a clock ended too late or was due before `at` while it ran."""

    yes: bool
    at: datetime


Value = (
    Text | Numbers | Categories | Flag | Span | Overdue | Breached | Special | Coverage | Policy | Channel | SlaClock
)


@dataclass(frozen=True, slots=True)
class Typed:
    """One value as it stands in the line; `column` counts from 1."""

    text: str
    column: int
    quoted: bool


_STATUSES: dict[str, Value] = {
    **{category.value: Categories(frozenset({category})) for category in Category},
    "open": Categories(frozenset(Category) - ENDED),
    "waiting": Categories(WAITING),
    "closed": Categories(ENDED),
    "ended": Categories(ENDED),
    "any": Categories(frozenset(Category)),
}
_YES_NO: dict[str, Value] = {
    **dict.fromkeys(("yes", "y", "true", "1", "да", "si"), Flag(True)),
    **dict.fromkeys(("no", "n", "false", "0", "нет"), Flag(False)),
}
_PRIORITIES = {priority.name.lower(): priority for priority in Priority}
TIMES = frozenset({Field.DUE, Field.WISHED, Field.PLANNED, Field.CREATED, Field.UPDATED, Field.RESOLVED})
ORDERED = TIMES | {Field.PRIORITY, Field.ID}
"""The fields that can be compared with < and >."""
_NONE: dict[str, Value] = {"none": Special.NONE}
_CLOCKS: dict[str, Value] = {clock.value: clock for clock in SlaClock}
_CHOICES: dict[Field, Mapping[str, Value]] = {
    Field.CHANNEL: {channel.value: channel for channel in Channel},
    Field.COVERAGE: {**{outcome.value: outcome for outcome in Coverage}, **_NONE},
    Field.POLICY: {**{policy.value: policy for policy in Policy}, **_NONE},
    Field.COVERED: _YES_NO,
    Field.UNREAD: _YES_NO,
    Field.BREACHED: _YES_NO,
    Field.PAUSED: {**_CLOCKS, **_NONE, "any": Special.ANY},
    Field.CLOCK: {**_CLOCKS, **_NONE},
}
_SPECIAL: dict[Field, Mapping[str, Value]] = {
    Field.ASSIGNEE: {**_NONE, "me": Special.ME},
    Field.TEAM: {**_NONE, "mine": Special.MINE},
}
_NUMBERED = frozenset({Field.CLIENT, Field.SITE, Field.EQUIPMENT})
FIELDS: dict[str, Field] = {
    **{field.value: field for field in Field},
    "prio": Field.PRIORITY,
    "state": Field.STATUS,
    "customer": Field.CLIENT,
    "owner": Field.ASSIGNEE,
    "unit": Field.EQUIPMENT,
    "opened": Field.UNREAD,
}
"""Every name a field answers to; `opened` is `unread` turned round."""


def known_statuses(own: Collection[str] | None) -> Mapping[str, Value]:
    """What a status may be called: the groups and categories, then the desk's `own` codes."""
    return {**{fold(code): Text(code) for code in own or ()}, **_STATUSES}


def read_value(field: Field, sign: str, typed: Typed, clock: Clock, statuses: Mapping[str, Value]) -> Value:
    """Read what follows `field` and `sign` (`:`, `<`, `<=`, `>` or `>=`; `statuses` from `known_statuses`).

    Raises:
        InvalidInput: the sentence names the column and the nearest value.
    """
    if field in TIMES:
        return _read_time(field, sign, typed, clock)
    if field is Field.PRIORITY:
        return _read_numbers(field, sign, typed, _priority)
    if field is Field.ID:
        return _read_ids(sign, typed)
    if choices := statuses if field is Field.STATUS else _CHOICES.get(field):
        value = _choose(field, choices, typed)
        if field is Field.BREACHED and isinstance(value, Flag):
            return Breached(value.yes, clock.now.astimezone(UTC))
        return value
    return _read_text(field, typed)


def _read_text(field: Field, typed: Typed) -> Value:
    if not typed.quoted and (special := _SPECIAL.get(field, _NONE).get(fold(typed.text))):
        return special
    if field in _NUMBERED and not typed.quoted and re.fullmatch("#[0-9]{1,18}", typed.text):
        return Numbers(int(typed.text[1:]), int(typed.text[1:]))
    return Text(typed.text.strip())


def _choose(field: Field, choices: Mapping[str, Value], typed: Typed) -> Value:
    wanted = fold(typed.text)
    for reading in (wanted, wanted.replace(" ", "_").replace("-", "_")):
        if reading in choices:
            return choices[reading]
    raise _unfit(field, typed, choices)


def _unfit(field: Field, typed: Typed, choices: Collection[str]) -> InvalidInput:
    shown = typed.text[:40]
    if near := get_close_matches(fold(shown), choices, n=1):
        return InvalidInput(
            mark('At {column}: {field} has no "{value}"; did you mean "{near}"?'),
            column=typed.column,
            field=field.value,
            value=shown,
            near=near[0],
        )
    return InvalidInput(
        mark('At {column}: {field} has no "{value}"; there is {choices}'),
        column=typed.column,
        field=field.value,
        value=shown,
        choices=", ".join(choices),
    )


def _priority(typed: str) -> int | None:
    if typed in {"1", "2", "3", "4"}:
        return int(typed)
    return _PRIORITIES.get(fold(typed))


def _id(typed: str) -> int | None:
    match = re.fullmatch("#?([0-9]{1,18})", typed)
    return int(match[1]) if match else None


def _read_numbers(field: Field, sign: str, typed: Typed, read: Callable[[str], int | None]) -> Numbers:
    choices = ("1", "2", "3", "4", *_PRIORITIES) if field is Field.PRIORITY else ("1", "1-10", "1..10")
    if sign != ":":
        if (number := read(typed.text.strip())) is None:
            raise _unfit(field, typed, choices)
        return _compare_number(sign, number)
    first, dots, last = (part.strip() for part in typed.text.partition(".."))
    low, high = read(first), read(last if dots else first)
    if (low is None and first) or (high is None and (last or not dots)) or not (first or last):
        raise _unfit(field, typed, choices)
    if low is not None and high is not None and low > high:
        raise InvalidInput(
            mark('At {column}: the range "{value}" runs backwards'),
            column=typed.column,
            value=typed.text[:40],
        )
    return Numbers(low, high)


def _compare_number(sign: str, number: int) -> Numbers:
    if sign in {"<", "<="}:
        return Numbers(None, number - (sign == "<"))
    return Numbers(number + (sign == ">"), None)


def _read_ids(sign: str, typed: Typed) -> Numbers:
    if sign != ":" or ".." in typed.text:
        return _read_numbers(Field.ID, sign, typed, _id)
    try:
        ((first, last),) = idset.parse_ranges(typed.text)
    except InvalidInput as refused:
        raise _placed(refused, typed) from None
    return Numbers(first, last)


def _read_time(field: Field, sign: str, typed: Typed, clock: Clock) -> Value:
    word = fold(typed.text)
    if sign == ":" and word == "none":
        return Special.NONE
    if sign == ":" and word == "overdue" and field is Field.DUE:
        return Overdue(clock.now.astimezone(UTC))
    first, dots, last = typed.text.strip().partition("..")
    try:
        if dots and sign == ":" and (first or last):
            return read_range(first, last, clock)
        moment = read_moment(typed.text, clock)
    except InvalidInput as refused:
        raise _placed(refused, typed) from None
    if sign == ":":
        return moment.whole
    if sign in {"<", "<="}:
        return Span(None, moment.start if sign == "<" else moment.after)
    return Span(moment.start if sign == ">=" else moment.after, None)


def _placed(refused: InvalidInput, typed: Typed) -> InvalidInput:
    return InvalidInput(mark("At {column}: {why}"), column=typed.column, why=refused.sentence)
