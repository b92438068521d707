"""Values as people type them on a command line, read with a sentence for everything they can't mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from uuid import UUID

from deskconsole.domain.deadlines import read_deadline
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.idset import parse_ids
from deskconsole.domain.minutes import read_minutes
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR, Clock, read_moment
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import fold
from deskconsole.tomlfile import nearest

STDIN = "-"
MOST_TYPED = 4_000_000  # characters taken from standard input; a longer text is refused by the desk itself
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


def choice(typed: str, choices: Iterable[str], option: str) -> str:
    """One of `choices`, written in any case, with blanks or dashes for underscores.

    Raises:
        InvalidInput: it is none; the nearest is named.
    """
    known = list(choices)
    wanted = fold(typed).replace("-", "_").replace(" ", "_")
    if wanted in known:
        return wanted
    shown = typed[:40]
    if near := nearest(wanted, known):
        raise InvalidInput(
            mark('{option} can\'t be "{value}"; did you mean {near}?'), option=option, value=shown, near=near
        )
    raise InvalidInput(
        mark('{option} can\'t be "{value}"; there is {choices}.'),
        option=option,
        value=shown,
        choices=", ".join(known),
    )


def number(typed: str, option: str, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number from `least` to `most`."""
    if not re.fullmatch("[0-9]{1,12}", typed.strip()) or not least <= int(typed) <= most:
        raise InvalidInput(
            mark('{option} is a whole number from {least} to {most}, not "{value}".'),
            option=option,
            least=least,
            most=most,
            value=typed[:40],
        )
    return int(typed)


def one_id(typed: str) -> int:
    """A single number of the desk, `12` or `#12`."""
    found = parse_ids(typed)
    if len(found) != 1:
        raise InvalidInput(mark('One number is wanted here, not "{value}".'), value=typed[:40])
    return found[0]


def id_set(typed: str) -> tuple[int, ...]:
    """The numbers of a set `1-10,15`, rising; `-` reads them from standard input, one or several a line.

    Standard input may hold none: a pipe whose filter found nothing asks for nothing.
    """
    if typed != STDIN:
        return parse_ids(typed)
    parts = re.split(r"[\s,]+", _read_stdin().strip())
    return parse_ids(",".join(parts)) if parts != [""] else ()


def text(typed: str) -> str:
    """A text, or `-` for standard input."""
    return _read_stdin() if typed == STDIN else typed


def signed_minutes(typed: str) -> int:
    """Minutes as `90`, `1h30`, `1:30` or `2h`, with a minus before them where they are taken away."""
    text = typed.strip()
    is_negative = text.startswith(("-", "\u2212"))
    total = read_minutes(text[1:] if is_negative or text.startswith("+") else text)
    return -total if is_negative else total


def minutes(typed: str) -> int:
    """Minutes of work; never negative."""
    found = signed_minutes(typed)
    if found < 0:
        raise InvalidInput(
            mark("Minutes can't be negative ({value}); take an entry back in the console instead."), value=found
        )
    return found


def moment(typed: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """A time to come, as the console reads it, or ISO with its own offset; None stays None.

    Raises:
        InvalidInput: no time can be read, it has passed, or it lies outside the years of the desk.
    """
    if typed is None:
        return None
    try:
        written = datetime.fromisoformat(typed.strip())
    except ValueError:
        return read_deadline(typed, Clock(now, zone))
    if written.tzinfo is None:
        return read_deadline(typed.strip()[:16], Clock(now, zone))  # seconds are nobody's deadline
    if not FIRST_YEAR < written.year < LAST_YEAR:
        raise InvalidInput(mark('"{value}" is too far away'), value=typed[:40])
    return written


def instant(typed: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """Any time, past or to come: ISO with its own offset or in the person's zone, `-2h`, `now`; None stays None.

    Raises:
        InvalidInput: no time can be read, or it lies outside the years of the desk.
    """
    if typed is None:
        return None
    try:
        written = datetime.fromisoformat(typed.strip())
    except ValueError:
        return read_moment(typed, Clock(now, zone)).start
    if not FIRST_YEAR < written.year < LAST_YEAR:
        raise InvalidInput(mark('"{value}" is too far away'), value=typed[:40])
    return written if written.tzinfo is not None else written.replace(tzinfo=zone)


def day(typed: str | None) -> date | None:
    """A day, `2026-12-31`; None stays None."""
    if typed is None:
        return None
    match = _DATE.fullmatch(typed.strip())
    try:
        if match and FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass  # said below: 2026-02-30
    raise InvalidInput(mark('"{value}" is no day of the calendar; write 2026-12-31.'), value=typed[:40])


def operation_key(typed: str | None) -> UUID | None:
    """The client-made key under which a repeated command does nothing again."""
    if typed is None:
        return None
    try:
        return UUID(typed.strip())
    except ValueError:
        raise InvalidInput(
            mark('--key is a UUID such as 7c9e6679-7425-40de-944b-e07fc1f90ae7, not "{value}".'), value=typed[:40]
        ) from None


def _read_stdin() -> str:
    try:
        return sys.stdin.read(MOST_TYPED)
    except UnicodeDecodeError:
        raise InvalidInput(mark("Standard input is not text in {encoding}."), encoding=sys.stdin.encoding) from None
