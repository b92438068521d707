"""How a console follows its desk: what others changed, that the desk was lost, and that it is back."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from deskconsole.domain.errors import DeskError, LoginRefused
from deskconsole.domain.sentences import Sentence, mark

if TYPE_CHECKING:
    from textual.message import Message

    from deskconsole.app import DeskApp
    from deskconsole.desk.desk import Desk

LOG = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE, REFUSED_PAUSE = 0.2, 2.0, 30.0
"""Seconds between two tries to follow a desk that is out of reach; partly chance, so that not all come at once."""


class Feed:
    """Follows the desk in a thread of its own and tells the console, and every screen of it, how it stands."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._mark: str | None = None
        self._answered: datetime | None = None  # when the desk last did: what is on the screens was true then

    def mark(self, desk: Desk) -> None:
        """Note where the desk stands, before anything is read: what changes from here on is told."""
        from deskconsole.desk.feed import where

        self._mark = where(desk.store)
        self._note_answer(desk)

    def start(self, desk: Desk, app: DeskApp[Desk]) -> None:
        """Follow from the mark on."""
        threading.Thread(target=self._follow, args=(desk, app), name="feed", daemon=True).start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _note_answer(self, desk: Desk) -> None:
        self._answered = desk.now()

    def _follow(self, desk: Desk, app: DeskApp[Desk]) -> None:
        """Follow, and after a lost database again from where it was lost; then all that is seen is read again."""
        from deskconsole.desk.feed import follow
        from deskconsole.screens.changes import DeskBack, DeskChanged, DeskLost

        pause, is_lost = FIRST_PAUSE, False
        failed: Exception
        while not self._stop.is_set():
            try:
                changes = follow(desk.store, self._stop, self._mark, answered=partial(self._note_answer, desk))
                if is_lost:
                    is_lost = False
                    tell(app, DeskBack)
                for changed in changes:
                    pause, self._mark = FIRST_PAUSE, changed.mark
                    tell(app, partial(DeskChanged, changed.rows))
            except DeskError as error:
                failed, reason = error, error.sentence
            except Exception as error:  # whatever it is, the console goes on following; the log has the trace
                LOG.exception("following the desk failed")
                failed = error
                reason = Sentence(mark("Following the desk failed: {kind}."), kind=type(error).__name__)
            else:
                continue
            is_lost = True
            since = self._answered or desk.now()
            tell(app, partial(DeskLost, since.astimezone(desk.zone), reason))
            # A password that is wrong stays so: many tries lock the account.
            self._stop.wait(REFUSED_PAUSE if isinstance(failed, LoginRefused) else pause * random.uniform(0.5, 1))
            pause = min(pause * 2, LONGEST_PAUSE)


def tell(app: DeskApp[Desk], make: Callable[[], Message]) -> None:
    """Post a message to the app and to each of its screens, from any thread."""
    from deskconsole.screens.base import DeskScreen

    app.post_message(make())
    for screen in app.screen_stack:
        if isinstance(screen, DeskScreen):  # Textual's blank one below answers a message by painting everything
            screen.post_message(make())
