"""The desk as one person has it open, and the one way to write to it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.books import is_of_the_books
from deskconsole.data.store import Store
from deskconsole.data.tables import Change, Event, Operation, Person, Ticket, Unbooked, table
from deskconsole.desk import clock_pass, clocks
from deskconsole.desk.copies import Copy, Lately, main_place
from deskconsole.desk.settling import Attempt, Found, bring_to_end
from deskconsole.domain.errors import (
    DeskError,
    InDoubt,
    InvalidInput,
    NotFound,
    Refused,
    Unreachable,
)
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Channel, Role

LOG = logging.getLogger(__name__)
WORK = frozenset({"open", "reply", "note", "status", "time", "timer", "arrive", "check"})
"""What nobody does to a ticket they have not seen: it ends the acknowledge clock and the unread alert."""
Result = TypeVar("Result")
P = ParamSpec("P")


def log_warning(sentence: Sentence) -> None:
    """Note in the log what nobody is there to be told."""
    LOG.warning("%s", sentence)


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
    warned: Callable[[Sentence], None] = field(default=log_warning, repr=False)  # of what is saved less safely
    copy: Copy | None = field(default=None, repr=False)  # follows the main server; boards and reports may read it
    doubts: dict[UUID, InDoubt] = field(default_factory=dict, repr=False, compare=False)  # not known to be saved

    def now(self) -> datetime:
        """The desk's present instant, in UTC."""
        return self.clock()

    def read(self, query: Callable[Concatenate[Session, P], Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Run one of `data.queries` in a reading session.

        Raises:
            Refused: it reads the company's books, and a contractor asks.
        """
        self._check_reading(query)
        with self.store.reading() as session:
            return query(session, *args, **kwargs)

    def read_lately(
        self, query: Callable[Concatenate[Session, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Lately[Result]:
        """Run a query that nobody decides by on the desk's copy, if there is one that answers; else as `read` does."""
        self._check_reading(query)
        if self.copy is not None:
            read = self.copy.read(lambda session: query(session, *args, **kwargs), partial(main_place, self.store))
            if read is not None:
                return read
        began = time.perf_counter()
        result = self.read(query, *args, **kwargs)
        took = timedelta(seconds=time.perf_counter() - began)
        return Lately(result, took, is_without_copy=self.copy is not None)

    def _check_reading(self, query: Callable[..., object]) -> None:
        if self.actor.role is Role.CONTRACTOR and is_of_the_books(query):
            raise Refused(mark("A contractor sees the own jobs only, not the clients."))

    def write(self, verb: str, work: Callable[[Unit], Result], *, key: UUID | None = None) -> Result:
        """Run `work` in one transaction under a client-made operation key.

        What `work` returns must be plain JSON (numbers, texts, lists, dicts): a second call with the same key
        does nothing and returns it again. Serialization failures are run again, at most `TRIES` times.

        A line that falls meanwhile is taken up again: see `settling`.

        Raises:
            Conflict: somebody else changed the same row first.
            InDoubt: nobody knows whether it was saved; a second call with the same key settles it.
            InvalidInput: the key was used for something else, or by somebody else.
        """
        operation = key or uuid4()
        attempt: Attempt[Result] = Attempt(
            self.store,
            once=partial(self._write_once, verb, work, operation),
            ask=partial(self._ask, verb, operation),
            doubt=self.doubts.get(operation),
            is_repeat=key is not None,
        )
        try:
            result = bring_to_end(attempt)
        except InDoubt as doubt:
            doubt.key = operation
            if key is not None:  # nobody can send a key of ours again
                self.doubts[operation] = doubt.with_traceback(None)
            raise
        except Unreachable:
            raise
        except DeskError:
            self.doubts.pop(operation, None)
            raise
        self.doubts.pop(operation, None)
        return result

    def _write_once(self, verb: str, work: Callable[[Unit], Result], key: UUID) -> Result:
        with self.store.writing(warned=self.warned) as session:
            if found := self._found(session, verb, key):
                self.store.dialect.await_copies(session.connection())
                result: Result = found.result
                return result
            unit = Unit(session, self.store, self.actor, self.channel, self.now(), key)
            result = work(unit)
            unit.book_clocks()
            session.add(self._operation(verb, key, json.dumps(result)))
        return result

    def _ask(self, verb: str, key: UUID) -> Found[Any] | None:
        """The stored answer of an operation; None: it was not done, and no transaction still running will do it."""
        with self.store.writing(warned=self.warned) as session:
            row = self._operation(verb, key, "null").model_dump()
            if self.store.dialect.insert_new(session.connection(), table(Operation), [row]):
                session.rollback()
                return None
            self.store.dialect.await_copies(session.connection())
            return self._found(session, verb, key)

    def _found(self, session: Session, verb: str, key: UUID) -> Found[Any] | None:
        done = session.get(Operation, key)
        if done is None:
            return None
        if (done.verb, done.person_id) != (verb, self.actor.id):
            raise InvalidInput(mark("The key {key} was used for something else already; make a new one."), key=key)
        return Found(json.loads(done.result))

    def _operation(self, verb: str, key: UUID, result: str) -> Operation:
        return Operation(key=key, verb=verb, at=self.now(), person_id=self.actor.id, result=result)

    def acting_through(self, channel: Channel) -> Desk:
        """The same desk, its writes marked with another channel."""
        return replace(self, channel=channel)

    def close(self) -> None:
        """Let go of the storage."""
        self.store.close()
        if self.copy is not None:
            self.copy.store.close()


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
    if row.role == Role.BI.value:
        raise Refused(mark("The login {login} reads the reporting views only, and opens no console."), login=login)
    return Actor(row.id, row.login, row.name, Role(row.role), row.team_id)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
