"""A time by which something is asked for, as a dispatcher types it: `2h`, `14:00`, `tomorrow 14:00`, a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import Clock, read_moment
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean, fold, layout_twins

_DAY_AND_TIME = re.compile(r"(?:(\S+)[ T]+)?([0-9]{1,2})[:.]([0-9]{2})", re.IGNORECASE)
_SHORTEST_DAY = timedelta(hours=20)  # however clocks change


def read_deadline(text: str, clock: Clock, *, day_words: Mapping[str, str] | None = None) -> datetime:
    """Read a time to come, in UTC; a day alone means its last minute, a time alone today's.

    `day_words` are the reader's words for `today` and `tomorrow`; text typed on the other keyboard layout is
    understood too.

    Raises:
        InvalidInput: it is no time, or it has passed.
    """
    known = {fold(word): english for word, english in (day_words or {}).items()}
    refusal: InvalidInput | None = None
    for reading in layout_twins(text.strip()):
        try:
            found = _read(reading, clock, known)
        except InvalidInput as error:
            refusal = refusal or error
            continue
        if found <= clock.now:
            raise InvalidInput(mark('"{value}" has passed already'), value=clean(text)[:40])
        return found
    raise refusal or AssertionError("a text has at least one reading")


def _read(text: str, clock: Clock, day_words: Mapping[str, str]) -> datetime:
    text = day_words.get(fold(text), text)
    if match := _DAY_AND_TIME.fullmatch(text):
        word = match[1] or "today"
        start = read_moment(day_words.get(fold(word), word), clock)
        if start.after - start.start < _SHORTEST_DAY:
            raise InvalidInput(mark('"{value}" names no day'), value=clean(word)[:40])
        if int(match[2]) > 23 or int(match[3]) > 59:
            raise InvalidInput(mark('"{value}" is not in the calendar'), value=clean(text)[:40])
        day = start.start.astimezone(clock.zone).date()
        return read_moment(f"{day.isoformat()}T{match[2]}:{match[3]}", clock).start
    moment = read_moment(text, clock)
    is_day = moment.after - moment.start >= _SHORTEST_DAY
    return (moment.after - timedelta(minutes=1) if is_day else moment.start).astimezone(UTC)
