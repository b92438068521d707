"""The texts of a file's cells, read as the desk's values: instants, dates, numbers, words of closed sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache, partial

from deskconsole.desk.tickets import EARLIEST, LATEST
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, EquipmentStatus, Funding, PayState, Priority, Scope
from deskconsole.domain.text import clean
from deskconsole.domain.workflow import TICKET_TYPES
from deskconsole.exchange.fields import LONGEST, LONGEST_WORD, Kind
from deskconsole.exchange.mapping import Layout

Value = str | int | bool | datetime | date | Enum
Convert = Callable[[str], Value]
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?")
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_MONEY = re.compile(r"([+-]?)(\d{1,12})(?:[.,](\d{1,2}))?")
_YES = frozenset({"true", "yes", "y", "1", "да", "sí", "si", "истина"})
_NO = frozenset({"false", "no", "n", "0", "нет", "ложь"})


def converter(kind: Kind, layout: Layout, statuses: Iterable[str] = ()) -> Convert:
    """What reads a cell of that kind; `statuses` are the desk's status codes.

    The reader raises InvalidInput for a text that can't be meant that way.
    """
    sets: dict[Kind, Iterable[Value]] = {
        Kind.CHANNEL: Channel,
        Kind.TYPE: TICKET_TYPES,
        Kind.STATUS: tuple(statuses),
        Kind.EQUIPMENT_STATUS: EquipmentStatus,
        Kind.PAY_STATE: PayState,
        Kind.SCOPE: Scope,
        Kind.FUNDING: Funding,
    }
    if kind in sets:
        return partial(_member, {str(word): word for word in sets[kind]})
    plain: dict[Kind, Convert] = {
        Kind.TEXT: partial(_text, LONGEST[Kind.TEXT], multiline=False),
        Kind.NAME: partial(_text, LONGEST[Kind.NAME], multiline=False),
        Kind.STORY: partial(_text, LONGEST[Kind.STORY], multiline=True),
        Kind.INSTANT: lru_cache(maxsize=50_000)(partial(_instant, layout)),
        Kind.DATE: partial(_date, layout),
        Kind.WHOLE: _whole,
        Kind.MONEY: _money,
        Kind.YES_NO: _yes_no,
        Kind.PRIORITY: _priority,
    }
    return plain[kind]


def _text(longest: int, text: str, *, multiline: bool) -> str:
    if len(text) > longest:
        raise InvalidInput(mark("it has {count} characters, more than {most}"), count=len(text), most=longest)
    return clean(text, multiline=multiline).strip()


def _member(words: dict[str, Value], text: str) -> Value:
    found = words.get(text) or words.get(text.casefold().replace(" ", "_").replace("-", "_"))
    if found is None:
        raise InvalidInput(mark('"{text}" is none of: {words}'), text=_short(text), words=", ".join(words))
    return found


def _instant(layout: Layout, text: str) -> datetime:
    moment = _read_time(layout, text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=layout.zone)
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        moment = LATEST.replace(year=9999)
    if not EARLIEST <= moment <= LATEST:
        raise InvalidInput(mark('"{text}" is no date a desk can have'), text=_short(text))
    return moment


def _date(layout: Layout, text: str) -> date:
    day = _read_time(layout, text).date()
    if not 1900 <= day.year <= 2999:
        raise InvalidInput(mark('"{text}" is no date a desk can have'), text=_short(text))
    return day


def _read_time(layout: Layout, text: str) -> datetime:
    """By the mapping's formats first, then as ISO 8601, which can't be misread."""
    if len(text) <= LONGEST_WORD:
        for form in layout.dates:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
        if _ISO.fullmatch(text):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
    raise InvalidInput(
        mark('"{text}" is no date in the formats {forms}'), text=_short(text), forms=", ".join((*layout.dates, "ISO"))
    )


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise InvalidInput(mark('"{text}" is no whole number'), text=_short(text))
    if (number := int(text)) < 0:
        raise InvalidInput(mark("{number} is below zero"), number=number)
    return number


def _money(text: str) -> int:
    match = _MONEY.fullmatch(re.sub(r"[\s'\u00a0\u202f]", "", text))
    if match is None:
        raise InvalidInput(mark('"{text}" is no sum of money'), text=_short(text))
    sign, units, cents = match.groups()
    if sign == "-":
        raise InvalidInput(mark("{number} is below zero"), number=_short(text))
    return int(units) * 100 + int((cents or "").ljust(2, "0"))


def _yes_no(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise InvalidInput(mark('"{text}" is neither yes nor no'), text=_short(text))
    return word in _YES


def _priority(text: str) -> Priority:
    word = text.casefold()
    for priority in Priority:
        if word in {str(priority.value), priority.name.casefold()}:
            return priority
    raise InvalidInput(
        mark('"{text}" is no priority; they are 1 to 4; give a table of values in the mapping'), text=_short(text)
    )


def _short(text: str) -> str:
    return clean(text)[:60]
