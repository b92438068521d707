"""Times to come as forms take them: with the reader's own words for today and tomorrow."""

from __future__ import annotations

from datetime import datetime

from deskconsole.domain.deadlines import read_deadline
from deskconsole.domain.moments import Clock
from deskconsole.i18n import _


def typed_deadline(text: str, clock: Clock) -> datetime:
    """Read a time to come, in UTC, as `read_deadline` does.

    Raises:
        InvalidInput: it is no time, or it has passed.
    """
    return read_deadline(text, clock, day_words={_("today"): "today", _("tomorrow"): "tomorrow"})
