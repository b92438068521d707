"""The tree of commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from deskconsole import __version__
from deskconsole.cli import (
    alerts,
    board,
    calendars,
    clients,
    contracts,
    database,
    demo,
    doctor,
    equipment,
    files,
    hours,
    login,
    output,
    recurring,
    sla,
    tickets,
    users,
    worker,
)
from deskconsole.cli.context import front
from deskconsole.cli.front import Front, open_console
from deskconsole.cli.usage import DeskCommand, DeskGroup
from deskconsole.domain.sentences import mark

ABOUT = mark(
    "The dispatcher's console of a service company. Alone it opens the console; with a command it is the plain twin."
)


def command() -> Any:
    """The command tree, ready to run."""
    app = typer.Typer(
        name="deskconsole",
        help=ABOUT,
        cls=DeskGroup,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        invoke_without_command=True,
    )
    app.callback()(root)
    app.command("my", cls=DeskCommand, help=mark("Open the console on your own tickets."))(my)
    app.command("board", cls=DeskCommand, help=mark("Show the live board, or print, record or replay it."))(board.board)
    app.command("init", cls=DeskCommand, help=mark("Make an empty desk."))(database.init)
    app.command("demo", cls=DeskCommand, help=mark("Fill a desk with a believable company and open it."))(demo.demo)
    app.add_typer(tickets.tickets)
    app.add_typer(clients.clients)
    app.add_typer(equipment.equipment)
    app.add_typer(contracts.contracts)
    app.add_typer(hours.hours)
    app.add_typer(calendars.calendars)
    app.add_typer(recurring.recurring)
    app.add_typer(alerts.alerts)
    app.add_typer(sla.sla)
    app.command("import", cls=DeskCommand, help=mark("Read a file into the desk."))(files.import_file)
    app.command("export", cls=DeskCommand, help=mark("Write a file from the desk."))(files.export_file)
    app.command("worker", cls=DeskCommand, help=mark("Do what happens by the clock, without a console."))(worker.worker)
    app.add_typer(database.database)
    app.add_typer(users.users)
    app.command("login", cls=DeskCommand, help=mark("Keep a shared desk's password in the keyring."))(login.login)
    app.command("logout", cls=DeskCommand, help=mark("Take a shared desk's password out of the keyring."))(login.logout)
    app.command("doctor", cls=DeskCommand, help=mark("Say what this machine, terminal and desk are like."))(
        doctor.doctor
    )
    return typer.main.get_command(app)


def root(
    ctx: typer.Context,
    desk: Annotated[
        str | None,
        typer.Option(
            "--desk", metavar="NAME|URL|PATH", help=mark("A desk of config.toml, a file, or a postgresql:// address.")
        ),
    ] = None,
    login: Annotated[str | None, typer.Option("--as", metavar="LOGIN", help=mark("Who you are at the desk."))] = None,
    _lang: Annotated[str | None, typer.Option("--lang", metavar="en|ru|es", help=mark("The language."))] = None,
    low_bandwidth: Annotated[
        bool, typer.Option("--low-bandwidth", help=mark("Fewer colours and slower ticks, for slow lines."))
    ] = False,
    version: Annotated[bool, typer.Option("--version", help=mark("Say the version and exit."))] = False,
) -> int:
    """Open the console, or go on to the command named."""
    if version:
        output.data(f"deskconsole {__version__}")
        raise typer.Exit(0)
    ctx.obj = Front(desk, login, low_bandwidth)
    return 0 if ctx.invoked_subcommand else open_console(ctx.obj, "desk")


def my(ctx: typer.Context) -> int:
    """Open the console on the person's own tickets."""
    return open_console(front(ctx), "my")
