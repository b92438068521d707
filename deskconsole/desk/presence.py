"""Who is on a ticket now, and whether they write; it expires by itself, and wakes nobody.

Signs of presence are no history: they stand beside the use cases, without an operation key and without a change that
other consoles would hear of. Each console reads who is there when it gives its own sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from deskconsole.data.tables import Person, Presence, Ticket, table
from deskconsole.desk.desk import Desk
from deskconsole.domain.terms import RUNNERS, Role

EXPIRES = timedelta(seconds=30)
"""A console that gave no sign for so long is gone, however it ended."""
HERE, PERSON, TICKET = table(Presence), table(Person), table(Ticket)


@dataclass(frozen=True)
class Company:
    """Somebody else on the ticket; the name is empty where it is not for this person's eyes."""

    person_id: int
    name: str
    is_writing: bool


def be_here(desk: Desk, console: UUID, ticket_id: int, *, is_writing: bool = False) -> tuple[Company, ...]:
    """Give a sign that this console is on a ticket; returns who else is, one entry a person, by name.

    A console is on one ticket at a time. On a shared desk the server's clock counts. A contractor is seen on own
    tickets only.

    Raises:
        StorageUnavailable: the desk can't be used now.
    """
    person_id = desk.actor.id
    if person_id is None:
        return ()
    with _signing(desk) as session:
        if not _may_be_on(session, desk, ticket_id):
            return ()
        now = _now(session, desk)
        sign = {"person_id": person_id, "ticket_id": ticket_id, "is_writing": is_writing, "seen_at": now}
        known = session.execute(update(HERE).where(HERE.c.console == console).values(sign).returning(HERE.c.console))
        if known.first() is None:
            session.execute(insert(HERE).values(console=console, **sign))
        return _others(session, person_id, ticket_id, now)


def leave(desk: Desk, console: UUID, ticket_id: int | None = None) -> None:
    """Take back the sign of a console, if it is still on that ticket (None: wherever it is)."""
    with _signing(desk) as session:
        desk.store.dialect.leave(session.connection(), HERE, console, ticket_id)


def sweep(desk: Desk, now: datetime) -> Mapping[str, int]:
    """Remove the signs that have expired by `now`; how many."""
    desk.actor.allow(*RUNNERS)
    expired = HERE.c.seen_at < now - 2 * EXPIRES
    with desk.store.reading() as session:
        if session.execute(select(HERE.c.console).where(expired).limit(1)).first() is None:
            return {"removed": 0}
    with _signing(desk) as session:
        return {"removed": len(session.execute(delete(HERE).where(expired).returning(HERE.c.console)).all())}


@contextmanager
def _signing(desk: Desk) -> Iterator[Session]:
    """A transaction that is not run again: the next sign comes by itself."""
    try:
        with desk.store.writing(is_fleeting=True) as session:
            yield session
    except DBAPIError as error:
        raise desk.store.dialect.explained(error, desk.store.url) from None


def _now(session: Session, desk: Desk) -> datetime:
    return desk.store.dialect.present(session.connection()) or desk.now()


def _may_be_on(session: Session, desk: Desk, ticket_id: int) -> bool:
    ticket = session.execute(select(TICKET.c.assignee_id).where(TICKET.c.id == ticket_id)).first()
    return ticket is not None and (desk.actor.role is not Role.CONTRACTOR or ticket.assignee_id == desk.actor.id)


def _others(session: Session, person_id: int, ticket_id: int, now: datetime) -> tuple[Company, ...]:
    found = session.execute(
        select(HERE.c.person_id, PERSON.c.name, HERE.c.is_writing)
        .join_from(HERE, PERSON, PERSON.c.id == HERE.c.person_id, isouter=True)
        .where(HERE.c.ticket_id == ticket_id, HERE.c.person_id != person_id, HERE.c.seen_at > now - EXPIRES)
        .order_by(PERSON.c.name, HERE.c.person_id, HERE.c.is_writing)
    ).all()
    # Of somebody's several consoles one that writes comes last, and counts.
    people = {row.person_id: Company(row.person_id, row.name or "", row.is_writing) for row in found}
    return tuple(people.values())
