"""`deskconsole import` and `deskconsole export`: files of other programs, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import Json, opened
from deskconsole.cli.tickets import read_filter
from deskconsole.domain.errors import InvalidInput, PartlyDone
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _

if TYPE_CHECKING:
    from deskconsole.exchange.summary import Summary

IMPORTED = ("tickets", "clients", "equipment", "contracts")
EXPORTED = (*IMPORTED, "hours")


def import_file(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help=mark("tickets, clients, equipment or contracts."))],
    file: Annotated[str, typer.Argument(metavar="FILE", help=mark("CSV, plain or .gz, or XLSX."))],
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", metavar="MAP", help=mark("A mapping's file, or the name of a shipped one.")),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=mark("Read and check everything, write nothing."))] = False,
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help=mark("Where rows with problems are listed."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a file into the desk."""
    kind = values.choice(what, IMPORTED, _("What to import"))
    path, report_path = existing(file), Path(report).expanduser() if report else None
    with opened(ctx) as desk, progressing(_("Reading")) as progress:
        _spare(report_path, path, Path(desk.store.location), Path(mapping).expanduser() if mapping else None)
        if kind == "tickets":
            if mapping is None:
                raise InvalidInput(mark("--mapping is missing: tickets of every program look different."))
            from deskconsole.exchange.tickets import import_tickets

            found = import_tickets(desk, path, mapping, dry_run=dry_run, report_path=report_path, progress=progress)
        else:
            from deskconsole.exchange.books import import_books

            found = import_books(desk, kind, path, mapping, dry_run=dry_run, report_path=report_path, progress=progress)
    if as_json:
        output.document(found, desk.zone)
    else:
        _write(found)
    _say_problems(found)


def export_file(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help=mark("tickets, clients, equipment, contracts or hours."))],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=mark("A new .csv, .csv.gz or .xlsx; - for CSV on standard output."))
    ],
    wanted: Annotated[
        str | None, typer.Option("--filter", metavar="FILTER", help=mark("Which tickets, as in the queue; else all."))
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help=mark("csv, xlsx or json; else by the file's name."))
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help=mark("Begin a CSV with a byte order mark, for spreadsheets."))
    ] = False,
) -> None:
    """Write a file from the desk."""
    kind = values.choice(what, EXPORTED, _("What to export"))
    if wanted is not None and kind != "tickets":
        raise InvalidInput(mark("--filter chooses tickets; {what} are written whole."), what=kind)
    target = None if file == values.STDIN else Path(file).expanduser()
    with opened(ctx) as desk, progressing(_("Writing")) as progress:
        from deskconsole.exchange.export import export

        _spare(target, Path(desk.store.location))
        chosen = read_filter(desk, wanted) if wanted is not None else None
        count = export(desk, kind, target, form=form, wanted=chosen, bom=bom, progress=progress)
    output.words(_("Rows written: {count}").format(count=count))


def existing(file: str) -> Path:
    """The file of that name.

    Raises:
        InvalidInput: there is none.
    """
    path = Path(file).expanduser()
    if not path.is_file():
        raise InvalidInput(mark("There is no file {path}."), path=path)
    return path


def _spare(target: Path | None, *kept: Path | None) -> None:
    """Refuse to write over a file that is read in the same run, or over the desk itself."""
    for path in kept:
        if target is not None and path is not None and target.exists() and path.exists() and target.samefile(path):
            raise InvalidInput(mark("{path} would be overwritten; name another file to write to."), path=target)


@contextmanager
def progressing(what: str) -> Iterator[output.Progress]:
    """A line of progress that is left when the work ends, however it does."""
    progress = output.Progress(what)
    try:
        yield progress
    finally:
        progress.close()


def _write(found: Summary) -> None:
    output.fields(
        [
            (_("Taken in"), str(found.taken)),
            (_("Updated"), str(found.updated)),
            (_("Unchanged"), str(found.unchanged)),
            (_("Left alone (changed at this desk since)"), str(found.kept) if found.kept else ""),
            (_("Rows read"), str(found.rows)),
            (_("Rows left out"), str(found.left_out)),
            (_("Rows taken in with a doubt"), str(found.doubts) if found.doubts else ""),
            (_("Encoding"), found.encoding),
        ]
    )


def _say_problems(found: Summary) -> None:
    """Name the first problems and the report; rows left out are exit code 7."""
    for problem in found.problems:
        output.words(
            _("line {line}: {key}: {reason}").format(line=problem.line, key=problem.key or "-", reason=problem.reason)
        )
    if found.report_path is not None:
        output.words(_("All rows with problems are in {path}").format(path=found.report_path))
    if found.dry_run:
        output.words(_("This was a dry run; nothing was written."))
    if found.left_out:
        raise PartlyDone(
            mark("{count} rows were left out; mend them and import the same file again."), count=found.left_out
        )
