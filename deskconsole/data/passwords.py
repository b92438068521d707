"""The passwords this process knows, and whom it asks for one; they never stand in an address, a log or a repr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from deskconsole.domain.sentences import Sentence, mark


class Secret:
    """A password that shows itself to nobody who does not ask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The password itself."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "***"


@dataclass(frozen=True)
class Place:
    """Where a password is for: a login, the server's hosts with their ports (empty: the usual), a database.

    A host that is empty is the Unix socket.
    """

    login: str
    hosts: tuple[tuple[str, str], ...]
    database: str

    @property
    def server(self) -> str:
        """The hosts as an address writes them: `a:5432,b`."""
        shown = ((f"[{host}]" if ":" in host else host or "local", port) for host, port in self.hosts)
        return ",".join(f"{host}:{port}" if port else host for host, port in shown)

    def __str__(self) -> str:
        return f"{self.login}@{self.server}/{self.database}"


@dataclass(frozen=True)
class Found:
    """A password and where it came from, in words."""

    secret: Secret
    source: Sentence


Ask = Callable[[Place, Sentence | None], Iterator[Found]]
"""Offers passwords one after another, the next only when the server refused the one before.

It is told where a password came from that was refused already, if one was; else it raises `DeskError` when there is
none to offer, with all the ways to give one.
"""

GIVEN = Sentence(mark("the address"))


def nobody(_place: Place, _refused: Sentence | None) -> Iterator[Found]:
    """Offers nothing."""
    return iter(())


@dataclass
class Wallet:
    """The passwords that were right, one a place; `ask` is asked for others."""

    ask: Ask = nobody
    proves: bool = False  # what is known is being tried: nothing else may be let in instead
    _known: dict[Place, Found] = field(default_factory=dict, repr=False)

    def known(self, place: Place) -> Found | None:
        """The password that was right last time."""
        return self._known.get(place)

    def remember(self, place: Place, found: Found) -> None:
        """Use this password from now on."""
        self._known[place] = found

    def forget(self, place: Place) -> None:
        """Ask anew next time."""
        self._known.pop(place, None)

    def offers(self, place: Place, refused: Sentence | None) -> Iterator[Found]:
        """Passwords to try, without the known one: it was refused."""
        known = self.known(place)
        for found in self.ask(place, refused):
            if known is None or found.secret != known.secret:
                yield found


wallet = Wallet()
"""This process's: it works for one person, on every connection it opens."""
