"""How this process is connected to a shared desk: where, as whom, how safely; and trying a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from deskconsole.data import store as storage
from deskconsole.data.engines.postgresql import address as addresses
from deskconsole.data.engines.postgresql.report import Connected, connected
from deskconsole.data.passwords import Found, Place, Secret, nobody, wallet
from deskconsole.domain.errors import LoginRefused, Unreachable
from deskconsole.domain.sentences import Sentence, mark

__all__ = ["Connected"]


def place_of(location: str) -> Place:
    """Whose password is needed where, for the address of a shared desk."""
    return addresses.said_of(storage.parse_location(location)).place


def lowered(location: str) -> list[Sentence]:
    """What the address, a service file or the environment make less safe than it would be by itself."""
    return addresses.lowered(storage.parse_location(location))


def settle(location: str) -> None:
    """Find the password now, while a person can be asked; a server that is out of reach is left to who opens it.

    Raises:
        LoginRefused: there is none, or none is right.
        StorageUnavailable: the server lets the login in for no password.
    """
    store = storage.unchecked_store(storage.parse_location(location))
    try:
        with store.explaining(), store.reader.connect():
            pass
    except Unreachable:
        pass
    finally:
        store.close()


def is_let_in(location: str, secret: Secret | None) -> bool:
    """Whether the server lets the login in with this password; None: with what libpq finds by itself.

    Raises:
        StorageUnavailable: it can't be reached, or refuses for another reason.
    """
    place = place_of(location)
    store = storage.unchecked_store(storage.parse_location(location))
    wallet.forget(place)
    if secret is not None:
        wallet.remember(place, Found(secret, Sentence(mark("what was typed"))))
        wallet.proves = True
    try:
        with _asking_nobody(), store.explaining(), store.reader.connect():
            return True
    except LoginRefused:
        wallet.forget(place)
        return False
    finally:
        wallet.proves = False
        store.close()


def report(location: str) -> Connected:
    """How a connection to a shared desk stands, by the server's and the library's word."""
    store = storage.unchecked_store(storage.parse_location(location))
    try:
        with store.explaining(), store.reader.connect() as connection:
            return connected(connection, store.url)
    finally:
        store.close()


def report_copy(read_from: str) -> tuple[Connected, timedelta | None]:
    """How the connection to a desk's copy stands, and how old what it has is; None: it follows nobody."""
    store = storage.open_copy(read_from)
    try:
        with store.explaining(), store.reader.connect() as connection:
            return connected(connection, store.url), store.dialect.lag(connection, None)
    finally:
        store.close()


def doors(location: str) -> list[str]:
    """What every login of the server may do at a shared desk, and should not; empty when all is well."""
    from deskconsole.data.access.sql import open_doors

    store = storage.unchecked_store(storage.parse_location(location))
    try:
        with store.explaining(), store.reader.connect() as connection:
            return open_doors(connection)
    finally:
        store.close()


def share_password(location: str, read_from: str) -> None:
    """Let the copy be tried with the password that the main server took: it follows its logins, too."""
    known, place = wallet.known(place_of(location)), place_of(read_from)
    if known is not None and wallet.known(place) is None:
        wallet.remember(place, known)


@contextmanager
def _asking_nobody() -> Iterator[None]:
    before, wallet.ask = wallet.ask, nobody
    try:
        yield
    finally:
        wallet.ask = before
