"""A ticket's whole history as another system tells it: plain values, clean texts, UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from deskconsole.desk.intake_names import Wanted
from deskconsole.domain.terms import Visibility


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of history; names stand as the other system has them."""

    at: datetime
    actor: str
    verb: str
    field: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A status the ticket came into; it stood there until the next one began."""

    status: str
    began: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A text on the ticket."""

    at: datetime
    author: str
    visibility: Visibility
    body: str
    by_client: bool = False


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """A whole ticket as another system tells it: how it stands now and how it came there; clean texts, UTC.

    `line` is where the file speaks of it, for the report; it is no part of the content.
    """

    external_id: str
    line: int
    subject: str
    type: str
    channel: str
    priority: int
    client: str
    site: str
    equipment: str
    service: str
    team: str
    assignee: str
    caller: str
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    wished_at: datetime | None
    stays: tuple[Stay, ...]
    events: tuple[HistoryLine, ...]
    said: tuple[Said, ...]

    @property
    def digest(self) -> str:
        """A hash of all the content."""
        parts: list[object] = [getattr(self, name) for name in _CONTENT]
        parts += [(stay.status, stay.began) for stay in self.stays]
        parts += [event_mark(line) for line in self.events]
        parts += [said_mark(said) for said in self.said]
        return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_CONTENT = tuple(name for name in TicketHistory.__slots__ if name not in {"line", "stays", "events", "said"})


def event_mark(line: HistoryLine | Any) -> tuple[object, ...]:
    """What makes a line of history (or its row in the database) the one it is."""
    return (line.at, line.actor, line.verb, line.field, line.old, line.new)


def said_mark(said: Said | Any) -> tuple[object, ...]:
    """What makes a text on a ticket (or its row in the database) the one it is."""
    return (said.at, said.author, str(said.visibility), said.body)


def names_in(histories: Iterable[TicketHistory]) -> Wanted:
    """The distinct names that histories speak of."""
    wanted = list(histories)
    return Wanted(
        people=frozenset(name for history in wanted for name in _workers(history)) - {""},
        actors=frozenset(line.actor for history in wanted for line in history.events) - {""},
        teams=frozenset(history.team for history in wanted) - {""},
        clients=frozenset(history.client for history in wanted) - {""},
        equipment=frozenset(history.equipment for history in wanted) - {""},
        services=frozenset(history.service for history in wanted) - {""},
    )


def _workers(history: TicketHistory) -> Iterable[str]:
    """People of ours: who has the ticket, and who wrote on it without being the client."""
    yield history.assignee
    yield from (said.author for said in history.said if not said.by_client)
