"""The filter language of the queue and the command line, read into values that SQL only has to compare.

`status:open prio:1..2 client:"Ромашка" assignee:me due<2h created>-7d covered:no -channel:email paper jam`:
all terms hold together; `field:a,b` is any of them; a minus says not; other words are full-text search.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from difflib import get_close_matches

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.filter_values import (
    FIELDS,
    ORDERED,
    Breached,
    Categories,
    Field,
    Flag,
    Numbers,
    Overdue,
    Special,
    Text,
    Typed,
    Value,
    known_statuses,
    read_value,
)
from deskconsole.domain.moments import Clock, Span
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean, layout_twins
from deskconsole.domain.text import words as words_of

__all__ = [
    "FIELDS",
    "LONGEST_FILTER",
    "Breached",
    "Categories",
    "Field",
    "Filter",
    "Flag",
    "Numbers",
    "Overdue",
    "Span",
    "Special",
    "Term",
    "Text",
    "Value",
    "parse",
]

LONGEST_FILTER = 4000


@dataclass(frozen=True, slots=True)
class Term:
    """`field` is any of `values`, or none of them when `negated`; `column` counts from 1."""

    field: Field
    values: tuple[Value, ...]
    negated: bool
    column: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Tickets for which every term holds, that say all `words` and none of `excluded` (words or phrases)."""

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One stretch of the line, cut but not yet understood; a plain word has no `name`."""

    name: str
    sign: str
    values: tuple[Typed, ...]
    negated: bool
    column: int


_HEAD = re.compile(r"(-?)([^\W\d]+)(<=|>=|[:<>=])")
_QUOTES = {'"': '"', "«": "»", "“": "”"}
_SPACE = re.compile(r"\s*")
_BARE_WORD = re.compile(r"\S+")
_BARE_VALUE = re.compile(r"[^\s,]*")
_ESCAPE = re.compile(r"\\(.)")


def parse(
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    today: date | None = None,
    statuses: Collection[str] | None = None,
    lenient: bool = False,
) -> Filter:
    """Read a filter line as of `now` (aware), with days and times of day in `zone`.

    `statuses` are the desk's own status codes; without them only categories and groups are known.
    `lenient` is for a line still being typed: a last term that does not hold yet is left out.

    Raises:
        InvalidInput: the sentence names the column, counted from 1, and the nearest field or value.
    """
    if len(text) > LONGEST_FILTER:
        raise InvalidInput(mark("A filter has at most {limit} characters"), limit=LONGEST_FILTER)
    line = clean(text)
    clock, known = Clock(now, zone, today), known_statuses(statuses)
    terms: list[Term] = []
    said: dict[bool, list[str]] = {False: [], True: []}
    at = _skip_space(line, 0)
    while at < len(line):
        try:
            piece, end = _cut(line, at)
            if piece.name:
                terms.append(_understand(piece, clock, known))
            elif words_of(piece.values[0].text):
                said[piece.negated].append(piece.values[0].text)
        except InvalidInput:
            if lenient and _reaches_end(line, at):
                break
            raise
        at = _skip_space(line, end)
    return Filter(tuple(terms), tuple(said[False]), tuple(said[True]))


def _skip_space(line: str, at: int) -> int:
    match = _SPACE.match(line, at)
    return match.end() if match else at


def _reaches_end(line: str, at: int) -> bool:
    try:
        return _cut(line, at)[1] == len(line)
    except InvalidInput:  # an open quote runs to the end by definition
        return True


def _cut(line: str, at: int) -> tuple[_Piece, int]:
    """Cut the term or word at `at`; gives where it ends, too."""
    if not (head := _HEAD.match(line, at)):
        negated = line[at] == "-" and len(line) > at + 1
        typed, end = _cut_value(line, at + negated, _BARE_WORD)
        return _Piece("", "", (typed,), negated, at + 1), end
    values: list[Typed] = []
    end = head.end() - 1
    while not values or line[end : end + 1] == ",":
        typed, end = _cut_value(line, end + 1, _BARE_VALUE)
        values.append(typed)
    return _Piece(head[2], head[3], tuple(values), bool(head[1]), at + 1), end


def _cut_value(line: str, at: int, bare: re.Pattern[str]) -> tuple[Typed, int]:
    opening = line[at : at + 1]
    if opening not in _QUOTES or not opening:
        match = bare.match(line, at)
        typed = match.group() if match else ""
        return Typed(typed, at + 1, quoted=False), at + len(typed)
    end = at + 1
    while end < len(line) and line[end] != _QUOTES[opening]:
        end += 2 if line[end] == "\\" else 1
    if end >= len(line):
        raise InvalidInput(mark("At {column}: the quote is not closed"), column=at + 1)
    return Typed(_ESCAPE.sub(r"\1", line[at + 1 : end]), at + 1, quoted=True), end + 1


def _understand(piece: _Piece, clock: Clock, statuses: Mapping[str, Value]) -> Term:
    name = piece.name.casefold()
    field = next((FIELDS[twin] for twin in layout_twins(name) if twin in FIELDS), None)
    if field is None:
        raise _unknown_field(piece)
    compared = piece.sign in {"<", "<=", ">", ">="}
    if compared and field not in ORDERED:
        raise InvalidInput(
            mark("At {column}: {field} has no order; write {field}:value"), column=piece.column, field=field
        )
    if compared and len(piece.values) > 1:
        raise InvalidInput(
            mark("At {column}: {sign} compares with one value only"), column=piece.column, sign=piece.sign
        )
    values: list[Value] = []
    for typed in piece.values:
        if not typed.text.strip():
            raise InvalidInput(mark("At {column}: {field} needs a value"), column=typed.column, field=piece.name)
        values.append(read_value(field, piece.sign if compared else ":", typed, clock, statuses))
    if name == "opened":
        values = [Flag(value != Flag(True)) for value in values]
    return Term(field, tuple(values), piece.negated, piece.column)


def _unknown_field(piece: _Piece) -> InvalidInput:
    shown = piece.name[:40]
    if near := get_close_matches(shown.casefold(), FIELDS, n=1):
        return InvalidInput(
            mark('At {column}: there is no field "{name}"; did you mean "{near}"?'),
            column=piece.column,
            name=shown,
            near=near[0],
        )
    return InvalidInput(
        mark('At {column}: there is no field "{name}"; put words to search for in quotes'),
        column=piece.column,
        name=shown,
    )
