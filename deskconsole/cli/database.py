"""`deskconsole init` and `deskconsole db ...`: making a desk, checking, copying and upgrading it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deskconsole.cli import output
from deskconsole.cli.context import Json, front
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import without_password
from deskconsole.i18n import _

database = group("db", mark("The desk's database: check, backup, upgrade."))


def init(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help=mark("Your name as others see it; else the login."))
    ] = None,
) -> None:
    """Make an empty desk; its first person is an administrator."""
    from deskconsole.desk.opening import create_desk, own_login

    before = front(ctx)
    location, login = before.location(), before.who() or own_login()
    create_desk(location, login=login, name=name)
    output.data(without_password(location))
    output.words(_("The desk is made; {login} is its administrator.").format(login=login))


@database.command("check", cls=DeskCommand, help=mark("Look for damage in the storage and in the ledger of hours."))
def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Check the desk."""
    from deskconsole.desk import opening

    before = front(ctx)
    location = before.location()
    faults = opening.check(location)
    shown = without_password(location)
    if as_json:
        output.document({"desk": shown, "faults": faults}, before.zone())
    else:
        for fault in faults:
            output.data(fault)
    if faults:
        raise StorageUnavailable(
            mark("The desk {desk} has {count} faults. Make a copy before anything else (see docs/operations.md)."),
            desk=shown,
            count=len(faults),
        )
    output.words(_("Nothing is wrong with {desk}.").format(desk=shown))


@database.command("backup", cls=DeskCommand, help=mark("Write a checked copy of a local desk; prints its path."))
def backup(
    ctx: typer.Context,
    target: Annotated[
        str | None, typer.Argument(metavar="FILE", help=mark("A new file; else one beside the desk."))
    ] = None,
) -> None:
    """Copy the desk."""
    from deskconsole.desk import opening

    output.data(opening.back_up(front(ctx).location(), Path(target).expanduser() if target else None))
    output.words(_("The copy is made and checked. Attachments stand in their own folder beside the desk."))


@database.command("upgrade", cls=DeskCommand, help=mark("Bring the schema to this program's version."))
def upgrade(ctx: typer.Context) -> None:
    """Upgrade the desk."""
    from deskconsole.desk import opening

    location = front(ctx).location()
    copy = opening.upgrade(location)
    _engine, schema, _weak = opening.engine_report(location)
    output.data(schema)
    if copy is None:
        output.words(_("The schema is {version}; there was nothing to upgrade.").format(version=schema))
    else:
        output.words(_("The schema is {version}; a copy from before is at {path}").format(version=schema, path=copy))
