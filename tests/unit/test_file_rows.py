from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.exchange.encodings import find_encoding
from deskconsole.exchange.fields import What
from deskconsole.exchange.mapping import FileMapping, load_mapping
from deskconsole.exchange.rows import Table, open_table

MAP = '[fields]\nname = "Name"\nregion = "Town"\n'


@pytest.fixture
def mapping(tmp_path: Path) -> FileMapping:
    return mapped(tmp_path)


def mapped(folder: Path, text: str = MAP) -> FileMapping:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, What.CLIENTS)


def table_of(folder: Path, content: bytes, mapping: FileMapping, name: str = "in.csv") -> Table:
    path = folder / name
    path.write_bytes(content)
    return open_table(path, mapping)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row.cells) for row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_columns_it_makes(tmp_path: Path, mapping: FileMapping, delimiter: str) -> None:
    text = delimiter.join(("Name", "Town, or village" if delimiter != "," else "x", "Town")) + "\n"
    table = table_of(tmp_path, (text + delimiter.join("abc")).encode(), mapping)
    assert cells(table) == [("a", "b", "c")]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1251", "cp1251")],
)
def test_russian_text_is_read_in_the_encoding_it_has(
    tmp_path: Path, mapping: FileMapping, encoding: str, found: str
) -> None:
    text = "Name,Town\nООО «Ромашка»,Москва\nМагазин на углу,Санкт-Петербург\n"
    table = table_of(tmp_path, text.encode(encoding), mapping)
    assert cells(table)[0] == ("ООО «Ромашка»", "Москва")
    assert find_encoding([text.encode(encoding)], "x") == found


def test_spanish_text_of_an_old_spreadsheet_is_read(tmp_path: Path, mapping: FileMapping) -> None:
    table = table_of(tmp_path, "Name,Town\nMaría Peña,Málaga\n".encode("cp1252"), mapping)
    assert cells(table) == [("María Peña", "Málaga")]


def test_an_encoding_nobody_can_guess_must_be_declared(tmp_path: Path, mapping: FileMapping) -> None:
    with pytest.raises(InvalidInput, match=r"is not UTF-8\. Say in the mapping"):
        table_of(tmp_path, "Name,Town\nООО Ромашка,Москва\n".encode("koi8-r"), mapping)
    declared = mapped(tmp_path, '[format]\nencoding = "koi8-r"\n' + MAP)
    table = table_of(tmp_path, "Name,Town\nООО Ромашка,Москва\n".encode("koi8-r"), declared)
    assert cells(table) == [("ООО Ромашка", "Москва")]


def test_a_wrongly_declared_encoding_is_told_before_anything_is_read(tmp_path: Path) -> None:
    declared = mapped(tmp_path, '[format]\nencoding = "utf-8"\n' + MAP)
    with pytest.raises(InvalidInput, match="is not in the encoding"):
        cells(table_of(tmp_path, b"Name,Town\n" + "Ромашка,Москва\n".encode("cp1251"), declared))


def test_a_packed_file_is_read_like_a_plain_one(tmp_path: Path, mapping: FileMapping) -> None:
    assert cells(table_of(tmp_path, gzip.compress(b"Name,Town\na,b\n"), mapping)) == [("a", "b")]


def test_a_packed_file_that_breaks_off_is_told(tmp_path: Path, mapping: FileMapping) -> None:
    packed = gzip.compress("\n".join(["Name,Town", *(f"name {n},town {n * 7919}" for n in range(5000))]).encode())
    with pytest.raises(InvalidInput, match=r"damaged \.gz"):
        cells(table_of(tmp_path, packed[: len(packed) // 2], mapping))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "no header"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is no text file"),
        (b"PK\x03\x04 and no workbook", "is not a workbook"),
        (b"Nme,Town\na,b\n", 'no column "Name"; the nearest is "Nme"'),
        (b"1,2\n3,4\n", 'no column "Name"; it has: 1, 2'),
        (b"Name,Town,Name\n1,2,3\n", 'has the column "Name" twice'),
    ],
)
def test_a_file_of_no_use_is_refused_in_one_sentence(
    tmp_path: Path, mapping: FileMapping, content: bytes, words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        table_of(tmp_path, content, mapping)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, mapping: FileMapping) -> None:
    with pytest.raises(InvalidInput, match="can't be read"):
        open_table(tmp_path / "none.csv", mapping)


def test_rows_know_the_line_they_begin_on(tmp_path: Path, mapping: FileMapping) -> None:
    table = table_of(tmp_path, b'Name,Town\n"a\nb",c\n\nd,e\n', mapping)
    assert [(row.line, tuple(row.cells)) for row in table.rows()] == [(2, ("a\nb", "c")), (5, ("d", "e"))]


def test_a_row_of_another_width_carries_its_problem_and_stops_nobody(tmp_path: Path, mapping: FileMapping) -> None:
    table = table_of(tmp_path, b"Name,Town\na\nb,c,,\nd,e,f\ng,h\n", mapping)
    problems = [(row.line, str(row.problem or "")) for row in table.rows()]
    assert problems == [
        (2, "it has 1 fields, the header has 2"),
        (3, ""),
        (4, "it has 3 fields, the header has 2"),
        (5, ""),
    ]


def test_a_quote_that_is_never_closed_swallows_nothing_silently(tmp_path: Path, mapping: FileMapping) -> None:
    table = table_of(tmp_path, b'Name,Town\na,b\n"c,d\ne,f\n', mapping)
    with pytest.raises(InvalidInput, match="line 3: a quote is opened here and never closed"):
        cells(table)


def test_a_stray_quote_spoils_its_row_only(tmp_path: Path, mapping: FileMapping) -> None:
    table = table_of(tmp_path, b'Name,Town\n"a"x,b\nc,d\n', mapping)
    rows = list(table.rows())
    assert rows[0].problem is not None
    assert tuple(rows[1].cells) == ("c", "d")


def test_a_workbook_is_read_like_a_csv(tmp_path: Path, mapping: FileMapping) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("Name", "Town", "x"), (5.0, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4)), (None, True, 1.5)):
        sheet.append(row)
    path = tmp_path / "in.xlsx"
    book.save(path)
    table = open_table(path, mapping)
    assert cells(table) == [("5", "2026-01-02", "2026-01-02 03:04:00"), ("", "true", "1.5")]


def test_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(InvalidInput, match="has no sheet Clients; it has: Sheet"):
        open_table(path, mapped(tmp_path, '[format]\nsheet = "Clients"\n' + MAP))


def test_progress_ends_at_the_whole(tmp_path: Path, mapping: FileMapping) -> None:
    table = table_of(tmp_path, b"Name,Town\n" + b"a,b\n" * 3000, mapping)
    heard: list[tuple[int, int | None]] = []
    assert len(list(table.rows(lambda done, total: heard.append((done, total))))) == 3000
    size = table.path.stat().st_size
    assert heard[-1] == (size, size)
    assert heard == sorted(heard)


@given(st.binary(max_size=300))
def test_any_bytes_either_have_an_encoding_that_reads_them_or_are_refused(content: bytes) -> None:
    try:
        encoding = find_encoding([content], "x")
    except InvalidInput:
        return
    if encoding in {"utf-8", "cp1251"}:
        content.decode(encoding, errors="strict" if encoding == "utf-8" else "replace")
