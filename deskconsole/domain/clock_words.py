"""What people call the clocks of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import SlaClock

_NAMES: Mapping[SlaClock, str] = MappingProxyType(
    {
        SlaClock.ACKNOWLEDGE: mark("acknowledgement"),
        SlaClock.FIRST_RESPONSE: mark("first response"),
        SlaClock.UPDATE: mark("update"),
        SlaClock.ARRIVAL: mark("arrival"),
        SlaClock.RESOLUTION: mark("resolution"),
    }
)


def clock_name(clock: SlaClock) -> Sentence:
    """A clock's name, to be said in the reader's language."""
    return Sentence(_NAMES[clock])
