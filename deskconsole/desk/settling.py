"""How a change is brought to its end when the line falls: done once, or said plainly that nobody knows.

A change whose COMMIT was sent and not answered is in doubt. Its operation key settles that: the row of the key stands
in the same transaction, and the key is unique. So who asks inserts the key too: that waits for a first transaction
that is still committing, and then either finds its row, or has the word that the first one is gone for good.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from deskconsole.data.store import Store
from deskconsole.domain.errors import Conflict, DeskError, InDoubt, Refused, StorageUnavailable, Unreachable
from deskconsole.domain.sentences import mark

TRIES = 5
"""Of a transaction that others stand in the way of."""
PATIENCE = 5.0
"""Seconds in which a lost server is sought again before the person is told that nothing was written."""
DOUBT = 12.0
"""Seconds in which an answer is sought before the person is told that nobody knows."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
Result = TypeVar("Result")


@dataclass(frozen=True)
class Found(Generic[Result]):
    """The stored answer of an operation that is done."""

    result: Result


@dataclass(frozen=True)
class Attempt(Generic[Result]):
    """One change: `once` tries the whole transaction, `ask` claims its key and gives the answer that stands there.

    `doubt`: what was said of it when it was tried before and nobody knew. `is_repeat`: its key may have been used by
    another process, so that what refuses the change may be the change itself.
    """

    store: Store
    once: Callable[[], Result]
    ask: Callable[[], Found[Result] | None]
    doubt: InDoubt | None = None
    is_repeat: bool = False


def bring_to_end(attempt: Attempt[Result]) -> Result:
    """Make the change, once.

    Raises:
        InDoubt: the server stayed away, and nobody knows whether the change was made.
        DeskError: it was not made; the sentence says why.
    """
    until, doubt, blocked = time.monotonic() + PATIENCE, attempt.doubt, 0
    for number in count(1):
        try:
            if doubt is not None:
                if found := _settled(attempt, doubt):
                    return found.result
                doubt = None  # it was not made, and never will be
            return attempt.once()
        except InDoubt as fell:
            if doubt is not None or time.monotonic() > until + DOUBT:
                raise
            doubt = fell
        except Unreachable:
            if time.monotonic() > until:
                raise
            _rest(number)
        except (DBAPIError, StaleDataError, DeskError) as error:
            blocked += 1
            if (refusal := _refusal(attempt, error, blocked)) is None:
                _rest(blocked)
            elif _may_be_itself(attempt, refusal) and (found := _settled(attempt, None)):
                return found.result
            else:
                raise refusal from None
    raise AssertionError("counting does not end")


def _may_be_itself(attempt: Attempt[Result], refusal: DeskError) -> bool:
    """Whether the change may be refused because it was made already, under this key."""
    return attempt.is_repeat and not isinstance(refusal, StorageUnavailable)


def _refusal(attempt: Attempt[Result], error: Exception, blocked: int) -> DeskError | None:
    """What to tell the person, or None when it is worth another try."""
    if isinstance(error, DeskError):
        return error
    if isinstance(error, StaleDataError):
        return Conflict(mark("Somebody else changed this at the same moment; look again and repeat."))
    assert isinstance(error, DBAPIError)
    dialect = attempt.store.dialect
    # Two wrote the same new thing: run again, this one finds the other's row (or its own operation).
    is_race = isinstance(error, IntegrityError) and dialect.is_race(error)
    if blocked < TRIES and (is_race or dialect.is_retryable(error)):
        return None
    if is_race:
        return Conflict(mark("That exists already; look again."))
    return dialect.explained(error, attempt.store.url)


def _settled(attempt: Attempt[Result], doubt: InDoubt | None) -> Found[Result] | None:
    """The answer of the change if it was made, None when it was not.

    Raises:
        InDoubt: nobody can say; only where there was a `doubt`.
    """
    until = time.monotonic() + (DOUBT if doubt is not None else PATIENCE)
    for number in count(1):
        try:
            return attempt.ask()
        except Refused:  # the right was taken away meanwhile: that says nothing of what was in doubt
            if doubt is not None:
                raise doubt from None
            raise
        except (DBAPIError, StorageUnavailable) as error:
            if time.monotonic() > until or not _passes(attempt, error):
                if doubt is not None:
                    raise doubt from None
                return None
        _rest(number)
    raise AssertionError("counting does not end")


def _passes(attempt: Attempt[Result], error: Exception) -> bool:
    """Whether asking again may be answered."""
    if isinstance(error, DBAPIError):
        return attempt.store.dialect.is_retryable(error)
    return isinstance(error, (Unreachable, InDoubt))


def _rest(number: int) -> None:
    time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(number, 10))))
