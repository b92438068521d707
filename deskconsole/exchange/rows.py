"""Reading a file row by row: CSV, plain or .gz, and XLSX; never whole."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.exchange.encodings import find_encoding
from deskconsole.exchange.mapping import FileMapping, Layout
from deskconsole.tomlfile import nearest

Progress = Callable[[int, int | None], None]

DELIMITERS = ",;\t|"
LARGEST_FIELD = 64 << 20  # characters; beyond it a quote was never closed
CHUNK = 1 << 18
EVERY = 500  # rows between two words of progress
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file it begins on (in XLSX its row number), its cells, what is wrong with it."""

    line: int
    cells: Sequence[str]
    problem: Sentence | None = None


@dataclass(frozen=True)
class Table:
    """A file that can be read from the start any number of times."""

    path: Path
    header: tuple[str, ...]
    encoding: str  # "xlsx" for a workbook
    layout: Layout

    def place(self, column: str) -> int:
        """Where a column stands in a row."""
        return self.header.index(column)

    def unused(self, mapping: FileMapping) -> tuple[str, ...]:
        """Columns of a file that a mapping which may miss some makes nothing of: perhaps misspelled."""
        used = mapping.columns
        return tuple(name for name in self.header if name and name not in used) if mapping.may_miss_columns else ()

    def rows(self, progress: Progress | None = None) -> Iterator[Row]:
        """The rows under the header, blank ones left out; `progress` hears bytes read, of all there are.

        Raises:
            InvalidInput: the file is damaged, or not in the encoding that was declared.
        """
        with _explained(self.path, self.encoding):
            read = _workbook_rows if self.encoding == "xlsx" else _text_rows
            lines = read(self.path, self.layout, self.encoding, progress)
            next(lines, None)
            for row in lines:
                if row.problem is None and not any(row.cells):
                    continue
                yield self._fitted(row)

    def _fitted(self, row: Row) -> Row:
        width, wanted = len(row.cells), len(self.header)
        if row.problem is not None or width == wanted:
            return row
        if width > wanted and not any(row.cells[wanted:]):
            return Row(row.line, row.cells[:wanted])
        problem = Sentence(mark("it has {count} fields, the header has {wanted}"), count=width, wanted=wanted)
        return Row(row.line, row.cells, problem)


def open_table(path: Path, mapping: FileMapping) -> Table:
    """Look at a file: what it is, how it is encoded, and whether it has every column the mapping names.

    Raises:
        InvalidInput: it is not there, empty, no table, or a column is missing (the nearest name is told).
    """
    layout = mapping.layout
    with _explained(path, layout.encoding or "UTF-8"):
        start = _first_bytes(path)
        if not start:
            raise InvalidInput(mark("{file} is empty."), file=str(path))
        if start.startswith(ZIP):
            found = Table(path, (), "xlsx", layout)
            header = next(_workbook_rows(path, layout, "xlsx", None), None)
        else:
            encoding = layout.encoding or find_encoding(_chunks(path), str(path))
            if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
                encoding = "utf-8-sig"
            delimiter = layout.delimiter or _find_delimiter(path, encoding, mapping.columns)
            layout = Layout(delimiter, encoding, layout.nulls, layout.dates, layout.zone, layout.sheet)
            found = Table(path, (), encoding, layout)
            header = next(_text_rows(path, layout, encoding, None), None)
    if header is None or header.problem is not None or not any(cell.strip() for cell in header.cells):
        raise InvalidInput(mark("{file} has no header: its first row must name the columns."), file=str(path))
    named = tuple(cell.strip() for cell in header.cells)
    while named and not named[-1]:
        named = named[:-1]
    _check_columns(path, named, mapping)
    return Table(path, named, found.encoding, layout)


def _check_columns(path: Path, header: tuple[str, ...], mapping: FileMapping) -> None:
    for column in mapping.columns:
        if column not in mapping.needed_columns and column not in header:
            continue
        table, key = mapping.place_of(column)
        if header.count(column) > 1:
            problem = Sentence(mark('{file} has the column "{column}" twice.'), file=path.name, column=column)
            raise mapping.file.wrong(problem, table=table, key=key)
        if column not in header:
            names = ", ".join(name[:40] for name in header[:12]) + (", ..." if len(header) > 12 else "")
            near = nearest(column, header)
            template = (
                mark('{file} has no column "{column}"; the nearest is "{near}".')
                if near
                else mark('{file} has no column "{column}"; it has: {names}.')
            )
            problem = Sentence(template, file=path.name, column=column, near=near, names=names)
            raise mapping.file.wrong(problem, table=table, key=key)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _chunks(path: Path) -> Iterator[bytes]:
    with _bytes(path) as (file, _raw):
        while chunk := file.read(CHUNK):
            yield chunk


@contextmanager
def _bytes(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The file's bytes, unpacked if they are gzip, and the packed file beneath (for progress)."""
    with path.open("rb") as raw:
        if raw.peek(2)[:2] != GZIP:
            yield raw, raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked, raw  # type: ignore[misc] # GzipFile reads as IO[bytes] does


def _find_delimiter(path: Path, encoding: str, columns: Sequence[str]) -> str:
    """The delimiter under which the first line names most of the columns the mapping wants."""
    with _bytes(path) as (file, _raw), io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        line = text.readline(CHUNK)

    def named(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        return len({cell.strip() for cell in cells} & set(columns)), len(cells)

    return max(DELIMITERS, key=named)


def _text_rows(path: Path, layout: Layout, encoding: str, progress: Progress | None) -> Iterator[Row]:
    total = path.stat().st_size
    csv.field_size_limit(LARGEST_FIELD)
    with _bytes(path) as (file, raw), io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=layout.delimiter or ",", strict=True)
        before = 0
        count = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                if "unexpected end" in str(error) or "larger than" in str(error):
                    raise InvalidInput(
                        mark("{file}, line {line}: a quote is opened here and never closed; nothing was taken in."),
                        file=str(path),
                        line=before + 1,
                    ) from None
                problem = Sentence(mark("it is not written as CSV: {reason}"), reason=str(error))
                yield Row(before + 1, (), problem)
            else:
                yield Row(before + 1, cells)
            before = reader.line_num
            count += 1
            if progress is not None and count % EVERY == 0:
                progress(min(raw.tell(), total), total)
        if progress is not None:
            progress(total, total)


def _workbook_rows(path: Path, layout: Layout, _encoding: str, progress: Progress | None) -> Iterator[Row]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, zlib.error, OSError) as error:
        raise InvalidInput(mark("{file} is not a workbook that can be read: {reason}"), file=str(path),
                           reason=str(error)) from error  # fmt: skip
    try:
        if layout.sheet is not None and layout.sheet not in book.sheetnames:
            raise InvalidInput(
                mark("{file} has no sheet {sheet}; it has: {names}"),
                file=str(path),
                sheet=layout.sheet,
                names=", ".join(book.sheetnames),
            )
        sheet = book[layout.sheet] if layout.sheet is not None else book.worksheets[0]
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            yield Row(number, tuple(_cell_text(value) for value in values))
            if progress is not None and number % EVERY == 0:
                progress(number, sheet.max_row)
    finally:
        book.close()


def _cell_text(value: Any) -> str:
    """A workbook's cell as the text a CSV would have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


@contextmanager
def _explained(path: Path, encoding: str) -> Iterator[None]:
    """Say in a sentence why a file can't be read."""
    try:
        yield
    except UnicodeDecodeError:
        raise InvalidInput(
            mark("{file} is not in the encoding {encoding}; say in the mapping what it is: [format] encoding = ..."),
            file=str(path),
            encoding=encoding,
        ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InvalidInput(mark("{file} is a damaged .gz file; fetch it again."), file=str(path)) from None
    except OSError as error:
        raise InvalidInput(
            mark("{file} can't be read: {reason}"), file=str(path), reason=error.strerror or str(error)
        ) from None
