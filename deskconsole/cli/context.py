"""What commands share: their usual options, and the desk that the options before the command open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, cast

import typer

from deskconsole.cli.front import Front
from deskconsole.domain.errors import Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Role

if TYPE_CHECKING:
    from deskconsole.data.queries.ticket_filter import Viewer
    from deskconsole.desk.desk import Desk

Json = Annotated[bool, typer.Option("--json", help=mark("Write one JSON document."))]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="UUID", help=mark("Repeat under the same key without doing it twice.")),
]
DeskOption = Annotated[
    str | None,
    typer.Option("--desk", metavar="NAME|URL|PATH", help=mark("The desk, where it does not stand before the command.")),
]
Ids = Annotated[str, typer.Argument(metavar="IDS", help=mark("Ticket numbers: 1-10,15, or - for standard input."))]
Id = Annotated[str, typer.Argument(metavar="ID", help=mark("The ticket's number."))]


def front(ctx: typer.Context) -> Front:
    """The options before the command."""
    return cast(Front, ctx.find_root().obj)


def asked(ctx: typer.Context, desk: str | None) -> Front:
    """The options before the command, with the desk that was named after it, from here on."""
    if desk is not None:
        ctx.find_root().obj = replace(front(ctx), desk=desk)
    return front(ctx)


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Desk]:
    """The desk, open for one command."""
    from deskconsole.desk.opening import open_desk

    before = front(ctx)
    desk = open_desk(
        before.location(),
        login=before.who(),
        zone=before.zone(),
        channel=Channel.CLI,
        read_from=before.reading_location(),
    )
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
