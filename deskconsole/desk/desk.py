"""The desk as one person has it open, and the one way to write to it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from deskconsole.data.queries.books import is_of_the_books
from deskconsole.data.store import Store
from deskconsole.data.tables import Change, Event, Operation, Person, Ticket, Unbooked, table
from deskconsole.desk import clock_pass, clocks
from deskconsole.domain.errors import Conflict, InvalidInput, NotFound, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Role

TRIES = 5
WORK = frozenset({"open", "reply", "note", "status", "time", "timer", "arrive", "check"})
"""What nobody does to a ticket they have not seen: it ends the acknowledge clock and the unread alert."""
Result = TypeVar("Result")
P = ParamSpec("P")


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Actor:
    """Who is at the desk."""

    id: int | None
    login: str
    name: str
    role: Role
    team_id: int | None = None

    def allow(self, *roles: Role) -> None:
        """Let only these roles go on.

        Raises:
            Refused: the person has another.
        """
        if self.role not in roles:
            raise Refused(
                mark("{name} works as {role}, who may not do this; ask a dispatcher."),
                name=self.name,
                role=self.role.value,
            )


AUTOMATON = Actor(None, "", "deskconsole", Role.ADMIN)
"""Who does what happens by the clock."""


@dataclass(frozen=True)
class Unit:
    """One use case's transaction: the session, who writes, when, through which channel, under which key."""

    session: Session
    store: Store
    actor: Actor
    channel: Channel
    now: datetime
    key: UUID
    touched: dict[int, Ticket] = field(default_factory=dict)  # tickets a change was noted on; their clocks follow

    def ticket(self, ticket_id: int) -> Ticket:
        """The ticket, locked against other writers; a contractor has only the own ones.

        Raises:
            NotFound: there is none, or it is not for this person's eyes.
        """
        found = self.session.get(Ticket, ticket_id, with_for_update=True)
        foreign = found and self.actor.role is Role.CONTRACTOR and found.assignee_id != self.actor.id
        if found is None or foreign:
            raise NotFound(mark("There is no ticket {id}."), id=ticket_id)
        if ticket_id not in self.touched and self.may_book:
            clock_pass.catch_up(self.session, found, self.author, self.now)
        return found

    @property
    def may_book(self) -> bool:
        """Whether this person's write may derive clocks and spend hours: a contractor's is booked by a pass."""
        return self.actor.role is not Role.CONTRACTOR

    def book_clocks(self) -> None:
        """Derive the clocks of the tickets that were changed, or leave that to a pass."""
        if self.may_book:
            clocks.refresh(self.session, self.touched, self.author, self.now)
        else:
            self.session.add_all(Unbooked(ticket_id=ticket_id) for ticket_id in self.touched)

    @property
    def author(self) -> clocks.Author:
        """Who writes, for what the clocks put into the history."""
        return clocks.Author(self.actor.id, self.actor.name, self.channel.value, self.key)

    def note_change(
        self,
        ticket: Ticket,
        verb: str,
        field: str = "",
        old: object = "",
        new: object = "",
        *,
        reason: str = "",
        rule: str = "",
    ) -> None:
        """Add one line to the ticket's history and tell the other consoles; who works on a ticket has seen it."""
        ticket.updated_at = self.now
        if verb in WORK and not rule and self.actor.id is not None and ticket.first_opened_at is None:
            ticket.first_opened_at = self.now
        self.touched[ticket.id or 0] = ticket
        self.session.add(
            Event(
                ticket_id=ticket.id or 0,
                at=self.now,
                person_id=self.actor.id,
                actor=self.actor.name,
                channel=self.channel.value,
                rule=rule,
                verb=verb,
                field=field,
                old=_as_text(old),
                new=_as_text(new),
                reason=reason,
                operation=self.key,
            )
        )
        self.changed("ticket", ticket.id)

    def changed(self, entity: str, row_id: int | None) -> None:
        """Tell the other consoles that a row (None: many rows) is not what they show."""
        self.session.add(Change(entity=entity, row_id=row_id, at=self.now))

    def allow(self, *roles: Role) -> None:
        """Let only these roles go on; raises Refused as `Actor.allow` does."""
        self.actor.allow(*roles)


@dataclass(frozen=True)
class Desk:
    """A desk that is open: its storage, the person at it, the clock and the zone they read times in."""

    store: Store
    actor: Actor
    zone: tzinfo = UTC
    channel: Channel = Channel.CONSOLE
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)

    def now(self) -> datetime:
        """The desk's present instant, in UTC."""
        return self.clock()

    def read(self, query: Callable[Concatenate[Session, P], Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Run one of `data.queries` in a reading session.

        Raises:
            Refused: it reads the company's books, and a contractor asks.
        """
        if self.actor.role is Role.CONTRACTOR and is_of_the_books(query):
            raise Refused(mark("A contractor sees the own jobs only, not the clients."))
        with self.store.reading() as session:
            return query(session, *args, **kwargs)

    def write(self, verb: str, work: Callable[[Unit], Result], *, key: UUID | None = None) -> Result:
        """Run `work` in one transaction under a client-made operation key.

        What `work` returns must be plain JSON (numbers, texts, lists, dicts): a second call with the same key
        does nothing and returns it again. Serialization failures are run again, at most `TRIES` times.

        Raises:
            Conflict: somebody else changed the same row first.
            InvalidInput: the key was used for something else, or by somebody else.
        """
        key = key or uuid4()
        for attempt in range(1, TRIES + 1):
            try:
                return self._write_once(verb, work, key)
            except StaleDataError:
                raise Conflict(mark("Somebody else changed this at the same moment; look again and repeat.")) from None
            except IntegrityError:
                # Two wrote the same new thing; run again, this one finds the other's row (or its own operation).
                if attempt == TRIES:
                    raise Conflict(mark("That exists already; look again.")) from None
            except DBAPIError as error:
                if attempt == TRIES or not self.store.dialect.is_retryable(error):
                    raise self.store.dialect.explained(error, self.store.url) from None
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("the loop returns or raises")

    def _write_once(self, verb: str, work: Callable[[Unit], Result], key: UUID) -> Result:
        with self.store.writing() as session:
            if done := session.get(Operation, key):
                if (done.verb, done.person_id) != (verb, self.actor.id):
                    raise InvalidInput(
                        mark("The key {key} was used for something else already; make a new one."), key=key
                    )
                result: Result = json.loads(done.result)
                return result
            unit = Unit(session, self.store, self.actor, self.channel, self.now(), key)
            result = work(unit)
            unit.book_clocks()
            session.add(Operation(key=key, verb=verb, at=unit.now, person_id=self.actor.id, result=json.dumps(result)))
        return result

    def acting_through(self, channel: Channel) -> Desk:
        """The same desk, its writes marked with another channel."""
        return replace(self, channel=channel)

    def close(self) -> None:
        """Let go of the storage."""
        self.store.close()


def find_actor(store: Store, login: str) -> Actor:
    """The person with that login.

    Raises:
        NotFound: nobody has it; the sentence names who could be meant.
        Refused: the person no longer works here.
    """
    person = table(Person)
    with store.reading() as session:
        rows = session.execute(select(person).where(person.c.login == login)).all()
        others = session.execute(select(person.c.login).where(person.c.is_active).limit(6)).scalars().all()
    if not rows:
        raise NotFound(
            mark("Nobody at this desk has the login {login}. Say who you are with --as, for example: {others}"),
            login=login,
            others=", ".join(others) or "-",
        )
    row = rows[0]
    if not row.is_active:
        raise Refused(mark("The login {login} is switched off."), login=login)
    return Actor(row.id, row.login, row.name, Role(row.role), row.team_id)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
