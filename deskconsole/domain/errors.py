"""The whole tree of errors a person can meet; each says one sentence and what to do next."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from deskconsole.domain.sentences import Sentence


class DeskError(Exception):
    """Something the person can understand and act on; `exit_code` is the command line's (docs/cli.md)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, **values)
        super().__init__(str(self.sentence))


class InvalidInput(DeskError):
    """What was typed, or what stands in a file, can't be meant that way."""

    exit_code = 2


class NotFound(DeskError):
    """Nothing stands under that name or number, or it may not be seen."""

    exit_code = 3


class Refused(DeskError):
    """A right or a guard of the workflow says no."""

    exit_code = 4


class Conflict(DeskError):
    """Somebody else changed the same thing first; nothing was written."""

    exit_code = 5


class StorageUnavailable(DeskError):
    """The desk's database can't be used now: locked, missing, corrupt, foreign, newer, full."""

    exit_code = 6


class LoginRefused(StorageUnavailable):
    """The server wants a password and was given none, or none that is right."""


class Unreachable(StorageUnavailable):
    """The line or the server is gone for now, and what was begun is not done; it may come back by itself."""


class InDoubt(StorageUnavailable):
    """The line fell while a change was being saved: nobody here knows whether it was; its `key` settles it."""

    key: UUID | None = None


class PartlyDone(DeskError):
    """The rest went in, but some rows stand in a report."""

    exit_code = 7
