"""How a list's data stands, and what is said of it when the screen says nothing better."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from deskconsole.domain.sentences import mark


class ListState(StrEnum):
    """How the list's data stands."""

    READY = "ready"
    LOADING = "loading"
    EMPTY = "empty"
    FAILED = "failed"


STATE_WORDS = MappingProxyType(
    {
        ListState.READY: mark("Nothing here."),
        ListState.LOADING: mark("Loading..."),
        ListState.EMPTY: mark("Nothing here."),
        ListState.FAILED: mark("This could not be read."),
    }
)
