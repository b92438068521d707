"""`deskconsole demo`: a believable service company to look at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import front
from deskconsole.cli.files import progressing
from deskconsole.config import DESK_FILE
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say


def demo(
    ctx: typer.Context,
    tickets: Annotated[
        str | None, typer.Option("--tickets", metavar="N", help=mark("How many tickets in all."))
    ] = None,
    clients: Annotated[str | None, typer.Option("--clients", metavar="N", help=mark("How many clients."))] = None,
    seed: Annotated[str, typer.Option("--seed", metavar="N", help=mark("The same seed makes the same desk."))] = "1",
    open_tickets: Annotated[
        str | None, typer.Option("--open", metavar="N", help=mark("How many of the tickets are open."))
    ] = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help=mark("Fill the desk named by --desk and don't open the console."))
    ] = False,
) -> int:
    """Fill the desk named by --desk, or a throw-away one that is gone when the console is left."""
    from deskconsole.desk import demo as desks
    from deskconsole.desk import opening

    count, number = _size(tickets, "--tickets", desks.TICKETS, desks.MOST_TICKETS), values.number(seed, "--seed")
    company = _size(clients, "--clients", desks.CLIENTS, desks.MOST_CLIENTS)
    share = None if open_tickets is None else values.number(open_tickets, "--open", most=count) / count
    before = front(ctx)
    if not before.desk and no_open:
        raise InvalidInput(mark("A throw-away desk that nobody opens is of no use; name a desk to keep with --desk."))
    with _place(before.desk) as location:
        if before.desk is None or not _is_there(location):
            opening.create_desk(location, login=(before.desk and before.who()) or opening.own_login())
        with progressing(_("Demo desk")) as progress:
            made = desks.fill(
                location,
                tickets=count,
                clients=company,
                open_share=share,
                seed=number,
                progress=lambda what, done, total: progress(done, total, say(Sentence(what))),
            )
        output.words(
            _("{clients} clients, {units} units, {tickets} tickets, {open} of them open.").format(
                clients=made.clients, units=made.equipment, tickets=made.tickets, open=made.open_tickets
            )
        )
        output.words(_logins())
        if no_open:
            return 0
        from deskconsole.console import run

        login = before.login or (None if before.desk else desks.DEMO_LOGIN)
        return run(location, login=login, low_bandwidth=before.low_bandwidth)


@contextmanager
def _place(kept: str | None) -> Iterator[str]:
    """The desk to keep, or one in a folder that is gone at the end."""
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="deskconsole-demo-") as folder:
        yield str(Path(folder) / DESK_FILE)


def _is_there(location: str) -> bool:
    """Whether there is something to fill already; what it is, opening says. A server's desk is made by others."""
    return "://" in location or Path(location).expanduser().exists()


def _size(typed: str | None, option: str, usual: int, most: int) -> int:
    return usual if typed is None else values.number(typed, option, least=1, most=most)


def _logins() -> str:
    from deskconsole.desk import demo as desks

    return _("Try it as {dispatcher}, {supervisor}, {engineer} or {contractor} with --as.").format(
        dispatcher=desks.DEMO_LOGIN,
        supervisor=desks.SUPERVISOR_LOGIN,
        engineer=desks.ENGINEER_LOGIN,
        contractor=desks.CONTRACTOR_LOGIN,
    )
