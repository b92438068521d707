"""What the options before the command say, and the desk they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated, cast
from zoneinfo import ZoneInfo

import typer

from deskconsole.config import Settings, folders, load_settings
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Role

if TYPE_CHECKING:
    from deskconsole.data.queries.ticket_filter import Viewer
    from deskconsole.desk.desk import Desk

DEFAULT_FILE = "desk.sqlite"

Json = Annotated[bool, typer.Option("--json", help=mark("Write one JSON document."))]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="UUID", help=mark("Repeat under the same key without doing it twice.")),
]
Ids = Annotated[str, typer.Argument(metavar="IDS", help=mark("Ticket numbers: 1-10,15, or - for standard input."))]
Id = Annotated[str, typer.Argument(metavar="ID", help=mark("The ticket's number."))]


@dataclass(frozen=True)
class Front:
    """The options before the command."""

    desk: str | None = None
    login: str | None = None
    low_bandwidth: bool = False

    def settings(self) -> Settings:
        """The person's config.toml."""
        return load_settings(folders().settings_file)

    def given_location(self) -> str | None:
        """The desk that is named by the option or the settings; None = the person's own."""
        if self.desk is not None and not self.desk.strip():
            raise InvalidInput(mark("--desk needs a file's path or an address."))
        return self.desk or self.settings().desk or None

    def location(self) -> str:
        """Where the desk is: as named, else the person's own file in the platform's data folder."""
        return self.given_location() or str(folders().data / DEFAULT_FILE)

    def who(self) -> str | None:
        """The login that is named by the option or the settings; None = the user's own."""
        return self.login or self.settings().login or None

    def zone(self) -> tzinfo:
        """The zone the person reads times in."""
        if name := self.settings().zone:
            return ZoneInfo(name)
        from tzlocal import get_localzone

        try:
            return get_localzone()
        except (KeyError, ValueError, OSError):
            raise InvalidInput(mark("This machine's time zone can't be read; set zone in config.toml.")) from None


def front(ctx: typer.Context) -> Front:
    """The options before the command."""
    return cast(Front, ctx.find_root().obj)


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Desk]:
    """The desk, open for one command."""
    from deskconsole.desk.opening import open_desk

    before = front(ctx)
    desk = open_desk(before.location(), login=before.who(), zone=before.zone(), channel=Channel.CLI)
    try:
        yield desk
    finally:
        desk.close()


def viewer(desk: Desk) -> Viewer:
    """Whose eyes the desk's lists are for."""
    from deskconsole.data.queries.ticket_filter import Viewer

    return Viewer(desk.actor.id, desk.actor.role, desk.actor.team_id)


def refuse_contractors(desk: Desk) -> None:
    """Clients, their equipment, contracts and hours are for the company's own people.

    Raises:
        Refused: a contractor asks.
    """
    if desk.actor.role is Role.CONTRACTOR:
        raise Refused(mark("A contractor sees the own jobs only, not the clients."))
