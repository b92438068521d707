"""Production calendars in the XML of xmlcalendar: days off, short days and working weekends of a year."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from xml.parsers import expat

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.special_days import DayKind, SpecialDay
from deskconsole.domain.text import clean

LARGEST_FILE = 1_000_000  # bytes; a year takes about 3,000
KINDS = {"1": DayKind.OFF, "2": DayKind.SHORT, "3": DayKind.WORKING}


def read_production_calendar(path: Path) -> tuple[SpecialDay, ...]:
    """The special days of the year in an xmlcalendar file, named where the file names them.

    Raises:
        InvalidInput: the file can't be read, is no such calendar, or declares a document type (it could hold
            entities that blow up or reach outside).
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InvalidInput(
            mark("{file} can't be read: {reason}"), file=str(path), reason=error.strerror or str(error)
        ) from None
    reader = _Reader(path.name)
    if len(text) > LARGEST_FILE:
        raise reader.wrong(Sentence(mark("it is too large")))
    return reader.read(text)


class _Reader:
    """One file as it is read."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._year: int | None = None
        self._titles: dict[str, str] = {}
        self._days: dict[date, tuple[DayKind, str]] = {}

    def read(self, text: bytes) -> tuple[SpecialDay, ...]:
        """The days of the whole file."""
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            raise self.wrong(Sentence(mark("it is not XML ({reason})"), reason=expat.ErrorString(error.code))) from None
        except (LookupError, ValueError):
            raise self.wrong(Sentence(mark("its encoding is not known"))) from None
        if not self._days:
            raise self.wrong(Sentence(mark("it has no days")))
        return tuple(
            SpecialDay(day, kind, self._titles.get(title, "")) for day, (kind, title) in sorted(self._days.items())
        )

    def wrong(self, problem: Sentence) -> InvalidInput:
        """The file with what is wrong in it, and where."""
        line = self._parser.CurrentLineNumber
        return InvalidInput(
            mark("{file}, line {line}: {problem}; a calendar of xmlcalendar is wanted"),
            file=self._file,
            line=line,
            problem=problem,
        )

    def _doctype(self, *_declared: object) -> None:
        raise self.wrong(Sentence(mark("it declares a document type, which may hide anything")))

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        if self._year is None:
            year = attributes.get("year", "")
            if name != "calendar" or not re.fullmatch("[0-9]{4}", year) or not FIRST_YEAR <= int(year) <= LAST_YEAR:
                raise self.wrong(Sentence(mark("it does not begin with the calendar of a year")))
            self._year = int(year)
        elif name == "holiday":
            self._titles[attributes.get("id", "")] = clean(attributes.get("title", "")).strip()[:200]
        elif name == "day":
            self._add_day(self._year, attributes)

    def _add_day(self, year: int, attributes: dict[str, str]) -> None:
        written, kind = attributes.get("d", ""), attributes.get("t", "")
        match = re.fullmatch("([0-9]{2})[.]([0-9]{2})", written)
        try:
            day = date(year, int(match[1]), int(match[2])) if match else None
        except ValueError:
            day = None
        if day is None:
            raise self.wrong(Sentence(mark('"{value}" is no day of {year}'), value=clean(written)[:20], year=year))
        if kind not in KINDS:
            raise self.wrong(
                Sentence(mark('day {day} has the unknown kind "{value}"'), day=written, value=clean(kind)[:20])
            )
        if day in self._days:
            raise self.wrong(Sentence(mark("day {day} stands twice"), day=written))
        self._days[day] = KINDS[kind], attributes.get("h", "")
