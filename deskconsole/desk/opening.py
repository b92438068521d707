"""Making, opening and examining desks."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection, select
from sqlmodel import Session

from deskconsole.data import migrations
from deskconsole.data import store as storage
from deskconsole.data.engines import engine_of
from deskconsole.data.tables import Person, table
from deskconsole.desk.copies import Copy
from deskconsole.desk.desk import AUTOMATON, Desk, find_actor, utc_now
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import RUNNERS, Channel, Role
from deskconsole.domain.text import clean

SCHEMA = migrations.HEAD
"""The schema of this program."""


OLDER_FILE = mark("The desk's schema is older than this program; it is upgraded when the desk is opened.")
OLDER_SERVER = mark(
    "The desk's schema is older than this program, which does not open it. Its administrator upgrades it with:"
    " deskconsole db upgrade"
)


def own_login() -> str:
    """The name of the user who runs the program.

    Raises:
        InvalidInput: the system has no name for them.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise InvalidInput(mark("The system does not know your name; say who you are with --as.")) from None


def open_desk(
    location: str,
    *,
    login: str | None = None,
    zone: tzinfo = UTC,
    channel: Channel = Channel.CONSOLE,
    clock: Callable[[], datetime] = utc_now,
    read_from: str | None = None,
) -> Desk:
    """Open the desk at a path or address as the person with `login` (default: the user's own).

    Boards and reports may be read from a copy of it at `read_from`; it is asked when there is something to read. On a
    shared desk the server knows who it is; another `login` is for its owner alone.

    Raises:
        StorageUnavailable: it can't be used now; the sentence says why.
        NotFound: nobody there has that login.
        Refused: the server knows the person by another login.
    """
    store = storage.open_store(location)
    try:
        copy = None
        if read_from is not None:
            from deskconsole.desk.connection import share_password

            share_password(location, read_from)
            copy = Copy(storage.open_copy(read_from))
        actor = find_actor(store, _sitting(store, login))
        return Desk(store, actor, zone, channel, _clock_of(store, clock), copy=copy)
    except BaseException:
        store.close()
        raise


def _clock_of(store: storage.Store, clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """The server's clock on a shared desk, where people's machines differ; else the one given."""
    if clock is not utc_now:
        return clock
    with store.reading() as session:
        there = store.dialect.present(session.connection())
    if there is None:
        return clock
    ahead = there - utc_now()
    return lambda: utc_now() + ahead


def _sitting(store: storage.Store, login: str | None) -> str:
    """The login of who opens the desk."""
    held = store.login
    if held is None:
        return login or _connected(store) or own_login()
    if login not in {None, held}:
        raise Refused(
            mark("The server knows you as {held}; only the desk's owner works as {login} with --as."),
            held=held,
            login=login,
        )
    return held


def _connected(store: storage.Store) -> str | None:
    """The login of the connection where a person has it: a desk's owner may work at it, too."""
    person = table(Person)
    with store.reading() as session:
        name = store.dialect.connected_as(session.connection())
        return session.execute(select(person.c.login).where(person.c.login == name)).scalar()


def open_unattended(location: str, *, zone: tzinfo = UTC, clock: Callable[[], datetime] = utc_now) -> Desk:
    """Open the desk for what happens by the clock; history names the program for it.

    Raises:
        StorageUnavailable: it can't be used now; the sentence says why.
        Refused: the rights of the login it is opened with don't reach so far.
    """
    store = storage.open_store(location)
    try:
        if store.login is not None:
            find_actor(store, store.login).allow(*RUNNERS)
    except BaseException:
        store.close()
        raise
    return Desk(store, AUTOMATON, zone, Channel.SCHEDULE, clock)


def create_desk(location: str, *, login: str | None = None, name: str | None = None) -> str:
    """Make an empty desk whose first person is an administrator; returns their login.

    Without `login` it is whoever the server knows the connection by, or on a local desk the user's own.
    """
    given = None if login is None else clean(login).strip()
    if given == "":
        raise InvalidInput(mark("The first person of a desk needs a login."))
    made: list[str] = []

    def first_person(connection: Connection) -> None:
        who = given or engine_of(connection.dialect.name).connected_as(connection) or clean(own_login())
        with Session(connection) as session:
            session.add(Person(login=who, name=clean(name or who), role=Role.ADMIN.value))
            session.flush()
        made.append(who)

    storage.create_store(location, first_person).close()
    return made[-1]


def upgrade(location: str, *, without_backup: bool = False) -> Path | None:
    """Bring a desk's schema to the newest version; returns the backup made before, if any."""
    url = storage.parse_location(location)
    store = storage.unchecked_store(url)
    store.dialect.check_location(url)
    try:
        return storage.upgrade_store(store, without_backup=without_backup)
    finally:
        store.close()


def check(location: str, *, tell: Callable[[Sentence], None] = lambda _note: None) -> list[Sentence]:
    """What is wrong with a desk: its storage, and what must hold of its rows; empty when nothing is.

    `tell` hears what is worth knowing and no fault.
    """
    store = storage.open_store(location)
    try:
        from deskconsole.desk import checking

        return checking.faults(store, tell)
    finally:
        store.close()


def engine_report(location: str) -> tuple[str, str, list[str]]:
    """The engine with its version, the schema's version, and what is weak, for `doctor`; changes nothing."""
    url = storage.parse_location(location)
    store = storage.unchecked_store(url)
    try:
        store.dialect.check_location(url)
        version = storage.schema_version(store)
        weak = store.dialect.weaknesses(store.url)
        if migrations.is_behind(version, location=store.location):
            weak.append(OLDER_FILE if store.dialect.IS_FILE else OLDER_SERVER)
        with store.explaining():
            return store.dialect.version_text(store.reader), version, weak
    finally:
        store.close()
