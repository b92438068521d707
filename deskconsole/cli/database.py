"""`deskconsole init` and `deskconsole db ...`: making a desk, checking, saving and upgrading it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import output
from deskconsole.cli.context import DeskOption, Json, asked, front
from deskconsole.cli.front import Front
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.errors import InvalidInput, PartlyDone, StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import without_password
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.desk.moving import Moved

database = group("db", mark("The desk's database: make, check, save, move, upgrade."))

Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help=mark("Your name as others see it; else the login."))
]


def init(ctx: typer.Context, name: Name = None) -> None:
    """Make an empty desk; its first person is an administrator."""
    _init(front(ctx), None, name)


@database.command("init", cls=DeskCommand, help=mark("Make an empty desk, with the groups and rights of a shared one."))
def init_shared(
    ctx: typer.Context,
    desk: DeskOption = None,
    admin: Annotated[
        str | None,
        typer.Option("--admin", metavar="LOGIN", help=mark("The first administrator; else whoever makes the desk.")),
    ] = None,
    name: Name = None,
) -> None:
    """Make an empty desk."""
    _init(asked(ctx, desk), admin, name)


def _init(before: Front, admin: str | None, name: str | None) -> None:
    from deskconsole.desk.opening import create_desk

    location = before.location()
    login = create_desk(location, login=admin or before.who(), name=name)
    output.data(without_password(location))
    output.words(_("The desk is made; {login} is its administrator.").format(login=login))


@database.command("check", cls=DeskCommand, help=mark("Look for damage in the storage, the ledger and the history."))
def check(ctx: typer.Context, desk: DeskOption = None, as_json: Json = False) -> None:
    """Check the desk."""
    from deskconsole.desk import opening

    before = asked(ctx, desk)
    location = before.location()
    notes: list[str] = []
    faults = [say(fault) for fault in opening.check(location, tell=lambda note: notes.append(say(note)))]
    shown = without_password(location)
    if as_json:
        output.document({"desk": shown, "faults": faults, "notes": notes}, before.zone())
    else:
        for fault in faults:
            output.data(fault)
        for note in notes:
            output.words(note)
    if faults:
        raise StorageUnavailable(
            mark("The desk {desk} has {count} faults. Make a copy before anything else (see docs/operations.md)."),
            desk=shown,
            count=len(faults),
        )
    output.words(_("Nothing is wrong with {desk}.").format(desk=shown))


@database.command("backup", cls=DeskCommand, help=mark("Write a checked copy of the desk; prints its path."))
def backup(
    ctx: typer.Context,
    target: Annotated[
        str | None, typer.Argument(metavar="FILE", help=mark("A new file; else one beside the desk."))
    ] = None,
    desk: DeskOption = None,
) -> None:
    """Copy the desk."""
    from deskconsole.desk import backups

    output.data(backups.back_up(asked(ctx, desk).location(), Path(target).expanduser() if target else None))
    output.words(_("The copy is made and checked. Attachments stand in their own folder beside the desk."))


@database.command(
    "restore", cls=DeskCommand, help=mark("Put the desk back as a backup has it, under running consoles.")
)
def restore(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE", help=mark("A backup made by: db backup"))],
    desk: DeskOption = None,
) -> None:
    """Restore the desk."""
    from deskconsole.desk import backups

    location = asked(ctx, desk).location()
    kept = backups.restore(location, Path(source).expanduser())
    output.data(without_password(location))
    if kept is not None:
        output.words(_("What was there before stands in {path}").format(path=kept))
    output.words(_("The desk is as the backup has it; consoles that are open show it."))


@database.command("upgrade", cls=DeskCommand, help=mark("Bring the schema to this program's version."))
def upgrade(
    ctx: typer.Context,
    desk: DeskOption = None,
    without_backup: Annotated[
        bool, typer.Option("--no-backup", help=mark("Upgrade without making a backup first: you have one."))
    ] = False,
) -> None:
    """Upgrade the desk."""
    from deskconsole.desk import opening

    location = asked(ctx, desk).location()
    _engine, before, _weak = opening.engine_report(location)
    copy = opening.upgrade(location, without_backup=without_backup)
    _engine, schema, _weak = opening.engine_report(location)
    output.data(schema)
    if copy is not None:
        output.words(_("The schema is {version}; a copy from before is at {path}").format(version=schema, path=copy))
    elif schema == before:
        output.words(_("The schema is {version}; there was nothing to upgrade.").format(version=schema))
    else:
        output.words(_("The schema is {version}; no copy was made.").format(version=schema))


@database.command("copy", cls=DeskCommand, help=mark("Copy a whole desk, from a file to a server or back; compares."))
def copy(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL|PATH", help=mark("The desk to copy; else --desk."))
    ] = None,
    target: Annotated[
        str | None, typer.Option("--to", metavar="URL|PATH", help=mark("Where there is no desk yet, or an empty one."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy the desk."""
    from deskconsole.desk.moving import copy_desk

    before = front(ctx)
    if target is None:
        raise InvalidInput(mark("Say with --to where the copy goes."))
    progress = output.Progress(_("Copying"))
    try:
        moved = copy_desk(
            before.resolved(source) if source else before.location(),
            before.resolved(target),
            progress=lambda done, total, what: progress(done, total, _(what)),
        )
    finally:
        progress.close()
    _tell_moved(moved, as_json, before)
    if moved.missing:
        raise PartlyDone(
            mark("The rows went over; of {count} attached files the bytes are missing or damaged: {names}"),
            count=len(moved.missing),
            names=", ".join(moved.missing[:5]),
        )


def _tell_moved(moved: Moved, as_json: bool, before: Front) -> None:
    if as_json:
        output.document(
            {"checksum": moved.checksum, "rows": moved.rows, "files": moved.files, "tables": moved.tables},
            before.zone(),
        )
        return
    filled = [one for one in moved.tables if one.rows]
    output.table(
        (_("Table"), _("Rows"), _("Checksum")), [(one.name, str(one.rows), one.checksum[:16]) for one in filled]
    )
    output.data(moved.checksum)
    output.words(
        _("The copy equals the desk: {rows} rows in {tables} tables, {files} attached files.").format(
            rows=moved.rows, tables=len(filled), files=moved.files
        )
    )
