"""`export`: tickets and the desk's books, written page by page as CSV, XLSX or JSON."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import IO, Any

from deskconsole.data.queries import export as reading
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean
from deskconsole.domain.ticket_filter import Filter
from deskconsole.exchange.safe_csv import harmless
from deskconsole.tomlfile import nearest

Row = Mapping[str, Any]
Writer = Callable[[IO[bytes], Sequence[str], Iterator[Row], tzinfo], int]

PAGE = 1000
WIDEST_CELL = 32_767  # characters that XLSX has room for
TABLES = {
    "tickets": reading.TICKET_COLUMNS,
    "clients": reading.CLIENT_COLUMNS,
    "equipment": reading.EQUIPMENT_COLUMNS,
    "contracts": reading.CONTRACT_COLUMNS,
    "hours": reading.HOUR_COLUMNS,
}
FORMATS = ("csv", "xlsx", "json")


def export(
    desk: Desk,
    what: str,
    target: Path | None,
    *,
    form: str | None = None,
    wanted: Filter | None = None,
    bom: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> int:
    """Write `tickets` (those of a filter), `clients`, `equipment`, `contracts` or `hours`; returns how many rows.

    The file appears under its name only when it is whole. Times are in the desk's zone, with their offset; texts
    that a spreadsheet would run as formulas get an apostrophe.

    Args:
        desk: The desk, read with the rights of the person at it.
        what: One of `TABLES`.
        target: The file; None = standard output.
        form: One of `FORMATS`; None = by the file's ending, CSV on standard output.
        wanted: Which tickets.
        bom: Begin a CSV with a byte order mark, for spreadsheets that need one.
        progress: Hears how many rows were written.

    Raises:
        InvalidInput: no such table or format, or the file can't be written.
        Refused: the person may not see the clients' books.
    """
    if what not in TABLES:
        raise InvalidInput(
            mark("There is no {what} to export; there are: {names}."), what=what, names=", ".join(TABLES)
        )
    is_packed = target is not None and target.suffix.lower() == ".gz"
    form = form or _form_of(target)
    if form not in FORMATS:
        raise InvalidInput(
            mark("An export is {forms}, not {form}. Nearest: {near}"),
            forms=", ".join(FORMATS),
            form=form or "-",
            near=nearest(form, FORMATS) or FORMATS[0],
        )
    rows = _counted(_rows(desk, what, wanted or Filter()), progress)
    writers: dict[str, Writer] = {"csv": partial(_write_csv, bom=bom), "xlsx": _write_xlsx, "json": _write_json}
    if target is None:
        return writers[form](sys.stdout.buffer, TABLES[what], rows, desk.zone)

    def write(file: IO[bytes]) -> int:
        if not is_packed:
            return writers[form](file, TABLES[what], rows, desk.zone)
        with gzip.GzipFile(fileobj=file, mode="wb") as packed:
            return writers[form](packed, TABLES[what], rows, desk.zone)  # type: ignore[arg-type] # written as IO[bytes]

    return _write_whole(target, write)


def _form_of(target: Path | None) -> str:
    """The format a file's name asks for; `.gz` behind it only packs."""
    if target is None:
        return "csv"
    name = Path(target.stem) if target.suffix.lower() == ".gz" else target
    return name.suffix.lstrip(".").lower()


def _rows(desk: Desk, what: str, wanted: Filter) -> Iterator[Row]:
    viewer = Viewer(desk.actor.id, desk.actor.role, desk.actor.team_id)
    pages: dict[str, Callable[..., reading.Page]] = {
        "tickets": partial(reading.tickets, wanted=wanted),
        "clients": reading.clients,
        "equipment": reading.equipment,
        "contracts": reading.contracts,
        "hours": reading.hours,
    }
    after: int | None = 0
    while after is not None:
        after, rows = desk.read(pages[what], viewer, after, PAGE)
        yield from rows


def _counted(rows: Iterator[Row], progress: Callable[[int, int | None], None] | None) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        yield row
        if progress is not None and number % PAGE == 0:
            progress(number, None)


def _write_whole(target: Path, write: Callable[[IO[bytes]], int]) -> int:
    """Write beside the target and put the whole file in its place, readable for its owner alone."""
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                count = write(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise InvalidInput(
            mark("The export can't be written to {path}: {reason}"),
            path=str(target),
            reason=error.strerror or str(error),
        ) from None
    return count


def _write_csv(file: IO[bytes], columns: Sequence[str], rows: Iterator[Row], zone: tzinfo, *, bom: bool) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8-sig" if bom else "utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(row[name], zone) for name in columns])
        count += 1
    text.flush()
    text.detach()
    return count


def _write_json(file: IO[bytes], columns: Sequence[str], rows: Iterator[Row], zone: tzinfo) -> int:
    """A list of objects, one a line, so that the file can be read whole or line by line."""
    count = 0
    for row in rows:
        values = {name: _json_value(row[name], zone) for name in columns}
        file.write(b"[\n" if count == 0 else b",\n")
        file.write(json.dumps(values, ensure_ascii=False).encode("utf-8"))
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count


def _write_xlsx(file: IO[bytes], columns: Sequence[str], rows: Iterator[Row], zone: tzinfo) -> int:
    """A workbook of one sheet; every text is a text cell, never a formula."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    count = 0
    for row in rows:
        cells = []
        for name in columns:
            value = _xlsx_value(row[name], zone)
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
        count += 1
    book.save(file)
    return count


def _csv_cell(value: Any, zone: tzinfo) -> object:
    made = _json_value(value, zone)
    if isinstance(made, bool):
        return "yes" if made else "no"
    return harmless(made) if isinstance(made, str) else made


def _json_value(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return clean(value, multiline=True) if isinstance(value, str) else value


def _xlsx_value(value: Any, zone: tzinfo) -> Any:
    """Workbooks know no zones: an instant off the desk's zone is written as text with its offset."""
    if isinstance(value, datetime):
        return value.astimezone(zone or UTC).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value, multiline=True)[:WIDEST_CELL] if isinstance(value, str) else value
