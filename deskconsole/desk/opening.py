"""Making, opening and examining desks."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlmodel import Session

from deskconsole.data import migrations
from deskconsole.data import store as storage
from deskconsole.data.tables import HourEntry, HourLot, HourReservation, Person, table
from deskconsole.desk.desk import AUTOMATON, Desk, find_actor, utc_now
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Role
from deskconsole.domain.text import clean

SCHEMA = migrations.HEAD
"""The schema of this program."""


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
) -> Desk:
    """Open the desk at a path or address as the person with `login` (default: the user's own).

    Raises:
        StorageUnavailable: it can't be used now; the sentence says why.
        NotFound: nobody there has that login.
    """
    store = storage.open_store(location)
    try:
        return Desk(store, find_actor(store, login or own_login()), zone, channel, clock)
    except BaseException:
        store.close()
        raise


def open_unattended(location: str, *, zone: tzinfo = UTC, clock: Callable[[], datetime] = utc_now) -> Desk:
    """Open the desk for what happens by the clock; history names the program for it.

    Raises:
        StorageUnavailable: it can't be used now; the sentence says why.
    """
    return Desk(storage.open_store(location), AUTOMATON, zone, Channel.SCHEDULE, clock)


def create_desk(
    location: str, *, login: str | None = None, name: str | None = None, now: datetime | None = None
) -> None:
    """Make an empty desk whose first person, an administrator, is `login` (default: the user's own)."""
    who = clean(login or own_login()).strip()
    if not who:
        raise InvalidInput(mark("The first person of a desk needs a login."))

    def first_person(connection: Connection) -> None:
        with Session(connection) as session:
            session.add(Person(login=who, name=clean(name or who), role=Role.ADMIN.value))
            session.flush()

    storage.create_store(location, first_person).close()


def back_up(location: str, target: Path | None = None) -> Path:
    """Write a checked copy of a local desk to a new file; returns its path."""
    store = storage.open_store(location)
    try:
        path = target or storage.backup_path(store, label="copy")
        store.dialect.backup(store.reader, path)
    finally:
        store.close()
    return path


def upgrade(location: str) -> Path | None:
    """Bring a desk's schema to the newest version; returns the backup made before, if any."""
    url = storage.parse_location(location)
    store = storage.unchecked_store(url)
    store.dialect.check_location(url)
    try:
        return storage.upgrade_store(store)
    finally:
        store.close()


def check(location: str) -> list[str]:
    """What is wrong with a desk: its storage, and the invariants of its ledger; empty when nothing is."""
    store = storage.open_store(location)
    try:
        with store.explaining():
            found = store.dialect.check(store.reader)
        with store.reading() as session:
            found += _ledger_faults(session)
        return found
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
            weak.append(mark("The desk's schema is older than this program; it is upgraded when the desk is opened."))
        with store.explaining():
            return store.dialect.version_text(store.reader), version, weak
    finally:
        store.close()


def _ledger_faults(session: Session) -> list[str]:
    """A lot below zero, or with more promised than it has, is money that was given away."""
    lot, entry, held = table(HourLot), table(HourEntry), table(HourReservation)
    left = {
        row.id: row.minutes
        for row in session.execute(
            select(lot.c.id, func.coalesce(func.sum(entry.c.minutes), 0).label("minutes"))
            .outerjoin_from(lot, entry, entry.c.lot_id == lot.c.id)
            .group_by(lot.c.id)
        )
    }
    reserved = {
        row.lot_id: row.minutes
        for row in session.execute(
            select(held.c.lot_id, func.sum(held.c.minutes).label("minutes")).group_by(held.c.lot_id)
        )
    }
    return [
        f"hour lot {number}: {minutes} minutes left, {reserved.get(number, 0)} reserved"
        for number, minutes in left.items()
        if minutes < 0 or reserved.get(number, 0) > minutes
    ]
