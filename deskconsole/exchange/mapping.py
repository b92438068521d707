"""A mapping: which column of somebody's file is which field of ours, read from TOML into one frozen value.

The language is described in docs/import.md. Every complaint names the file, the line and the nearest right name.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.exchange.fields import FIELDS, NEEDED, What
from deskconsole.tomlfile import TomlFile, nearest, read_toml

TOP_KEYS = ("what", "source", "rows", "key", "time", "order", "missing", "format", "fields", "history", "unknown")
FORMAT_KEYS = ("delimiter", "encoding", "nulls", "dates", "zone", "sheet")
FIELD_KEYS = ("column", "template", "constant", "values", "otherwise", "default")
UNKNOWN_KEYS = ("people", "teams", "clients")
HISTORY_KEYS = ("columns",)
CREATE, NAME_ONLY = "create", "name"
IN_FILE, BY_TIME = "file", "time"
REFUSE, SKIP = "refuse", "skip"
_PIECE = re.compile(r"\{([^{}]*)\}|(\[)|(\])|([^{}\[\]]+)|([{}])")


@dataclass(frozen=True)
class Layout:
    """How the file is written; None = found out from the file."""

    delimiter: str | None = None
    encoding: str | None = None
    nulls: frozenset[str] = frozenset({""})
    dates: tuple[str, ...] = ()
    zone: tzinfo = UTC
    sheet: str | None = None


@dataclass(frozen=True)
class Part:
    """A stretch of a template: words and columns; an optional one vanishes when one of its columns is unknown."""

    pieces: tuple[tuple[bool, str], ...]  # (is a column, its name or the words)
    optional: bool


@dataclass(frozen=True)
class FieldRule:
    """Where a field's value comes from, and how the file's words become ours."""

    field: str
    column: str = ""
    template: tuple[Part, ...] = ()
    constant: str | None = None
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        inside = tuple(name for part in self.template for is_column, name in part.pieces if is_column)
        return (self.column, *inside) if self.column else inside

    @property
    def results(self) -> tuple[str, ...]:
        """Our words that stand in the mapping itself and can be checked without the file."""
        mapped = tuple(self.values.values()) if self.values is not None else ()
        return mapped + tuple(word for word in (self.constant, self.otherwise, self.default) if word is not None)


@dataclass(frozen=True)
class FileMapping:
    """A whole mapping; `order` says whether the rows of a key stand in the right order or their times decide."""

    name: str
    file: TomlFile
    what: What
    source: str
    layout: Layout
    fields: Mapping[str, FieldRule]
    key: str = ""
    is_event_log: bool = False
    time: str = ""
    order: str = BY_TIME
    may_miss_columns: bool = False  # but those of the fields that every file must fill
    tracked: tuple[str, ...] = ()
    create: frozenset[str] = frozenset()  # of UNKNOWN_KEYS: who is made as a placeholder when not known

    @property
    def rule(self) -> str:
        """The name under which history says who wrote it."""
        return f"import {self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the file must have."""
        named = [self.key, self.time, *(name for rule in self.fields.values() for name in rule.columns), *self.tracked]
        return tuple(dict.fromkeys(filter(None, named)))

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """The columns without which the file is of no use."""
        if not self.may_miss_columns:
            return self.columns
        rules = [self.fields[field] for field in NEEDED[self.what] if field in self.fields]
        named = [self.time, *(name for rule in rules for name in rule.columns)]
        if self.what is What.TICKETS:
            named.append(self.key)
        return tuple(dict.fromkeys(filter(None, named)))

    def fitting(self, header: Collection[str]) -> FileMapping:
        """The mapping without what reads columns this file doesn't have."""
        if not self.may_miss_columns:
            return self
        return replace(
            self,
            key=self.key if self.key in header else "",
            fields={field: rule for field, rule in self.fields.items() if all(name in header for name in rule.columns)},
            tracked=tuple(name for name in self.tracked if name in header),
        )

    def place_of(self, column: str) -> tuple[str, str]:
        """The TOML table and key that name a column, for a complaint."""
        for place, name in (("key", self.key), ("time", self.time)):
            if name == column:
                return "", place
        for rule in self.fields.values():
            if column in rule.columns:
                return "fields", rule.field
        return "history", "columns"


def shipped_mappings() -> tuple[str, ...]:
    """The names of the mappings that come with the program."""
    folder = resources.files("deskconsole.exchange") / "mappings"
    return tuple(sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".toml")))


def find_mapping(named: str) -> Path:
    """The file of a mapping that was named by its path or, if it comes with the program, by its name.

    Raises:
        InvalidInput: there is no such file and no such name.
    """
    path = Path(named).expanduser()
    if path.is_file():
        return path
    names = shipped_mappings()
    if named in names:
        return Path(str(resources.files("deskconsole.exchange") / "mappings" / f"{named}.toml"))
    raise InvalidInput(
        mark("There is no mapping {name}: no file has that path, and the program's own are {names}. Nearest: {near}"),
        name=named,
        names=", ".join(names),
        near=nearest(named, names) or "-",
    )


def load_mapping(named: str | Path, what: What) -> FileMapping:
    """Read the mapping named by path or by name, for files that hold `what`.

    Raises:
        InvalidInput: it is not there, or something in it can't be meant; file, line and nearest name are told.
    """
    file = read_toml(find_mapping(str(named)))
    _check_keys(file, "", file.data, TOP_KEYS)
    said = file.data.get("what", what.value)
    if said != what.value:
        _wrong(
            file, Sentence(mark("this mapping is for {said}, not for {wanted}."), said=said, wanted=what), "", "what"
        )
    mapping = FileMapping(
        name=file.path.stem,
        file=file,
        what=what,
        source=_text(file, file.data, "", "source") or file.path.stem,
        layout=_layout(file),
        fields=_fields(file, what),
        key=_text(file, file.data, "", "key"),
        is_event_log=_one_of(file, "rows", ("ticket", "event")) == "event",
        time=_text(file, file.data, "", "time"),
        order=_one_of(file, "order", (BY_TIME, IN_FILE)),
        may_miss_columns=_one_of(file, "missing", (REFUSE, SKIP)) == SKIP,
        tracked=_texts(file, _table(file, "history", HISTORY_KEYS), "history", "columns"),
        create=_create(file),
    )
    _check_whole(mapping)
    return mapping


def _check_whole(mapping: FileMapping) -> None:
    if mapping.what is What.TICKETS and not mapping.key:
        _wrong(mapping.file, Sentence(mark("the column with the ticket's own number must be named as key.")), "", "key")
    if mapping.is_event_log and not mapping.time:
        _wrong(mapping.file, Sentence(mark("with a row per event, time names the column of its instant.")), "", "rows")
    if mapping.what is not What.TICKETS and (mapping.is_event_log or mapping.time or mapping.tracked):
        _wrong(mapping.file, Sentence(mark("rows, time and history are for tickets only.")), "", "rows")
    for field in NEEDED[mapping.what]:
        if field not in mapping.fields and not (field == "created" and mapping.is_event_log):
            _wrong(mapping.file, Sentence(mark('the field "{field}" must be filled.'), field=field), "fields", "")


def _layout(file: TomlFile) -> Layout:
    table = _table(file, "format", FORMAT_KEYS)
    delimiter = _text(file, table, "format", "delimiter")
    if "delimiter" in table and len(delimiter) != 1:
        _wrong(file, Sentence(mark("a delimiter is one character.")), "format", "delimiter")
    encoding = _text(file, table, "format", "encoding")
    if encoding:
        try:
            codecs.lookup(encoding)
        except LookupError:
            _wrong(file, Sentence(mark("there is no encoding {name}."), name=encoding), "format", "encoding")
    return Layout(
        delimiter=delimiter or None,
        encoding=encoding or None,
        nulls=frozenset({"", *_texts(file, table, "format", "nulls")}),
        dates=_date_formats(file, table),
        zone=_zone(file, _text(file, table, "format", "zone")),
        sheet=_text(file, table, "format", "sheet") or None,
    )


def _date_formats(file: TomlFile, table: Mapping[str, Any]) -> tuple[str, ...]:
    formats = _texts(file, table, "format", "dates")
    example = datetime(2016, 11, 23, 14, 35, 57, tzinfo=UTC)
    for form in formats:
        try:
            read = datetime.strptime(example.strftime(form), form)
        except ValueError:
            read = None
        if read is None or (read.year, read.month, read.day) != (2016, 11, 23):
            problem = Sentence(mark('"{form}" is no date format; write for example %d/%m/%Y %H:%M'), form=form)
            _wrong(file, problem, "format", "dates")
    return formats


def _zone(file: TomlFile, name: str) -> tzinfo:
    if not name or name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        _wrong(file, Sentence(mark("there is no time zone {name}; write for example Europe/Moscow."), name=name),
               "format", "zone")  # fmt: skip


def _fields(file: TomlFile, what: What) -> dict[str, FieldRule]:
    table = _table(file, "fields", FIELDS[what])
    return {field: _rule(file, field, value) for field, value in table.items()}


def _rule(file: TomlFile, field: str, value: Any) -> FieldRule:
    wrong = partial(_wrong, file, table="fields", key=field)
    if isinstance(value, str):
        return FieldRule(field, column=value)
    if not isinstance(value, dict):
        wrong(Sentence(mark('the field "{field}" is a column, or a table with one of {keys}.'), field=field,
                       keys=", ".join(FIELD_KEYS[:3])))  # fmt: skip
    for key in value:
        if key not in FIELD_KEYS:
            problem = Sentence(mark('"{key}" is not known of a field.'), key=key)
            raise file.wrong(_near(problem, key, FIELD_KEYS), table="fields", key=field)
    if len([key for key in FIELD_KEYS[:3] if key in value]) != 1:
        wrong(Sentence(mark('the field "{field}" needs exactly one of {keys}.'), field=field,
                       keys=", ".join(FIELD_KEYS[:3])))  # fmt: skip
    words = value.get("values")
    if words is not None and not (isinstance(words, dict) and all(_is_plain(word) for word in words.values())):
        wrong(Sentence(mark("values is a table from the file's words to ours.")))
    texts = {}
    for key in ("column", "template", "constant", "otherwise", "default"):
        if key in value and not _is_plain(value[key]):
            wrong(Sentence(mark('"{key}" must be a text.'), key=key))
        texts[key] = _plain(value[key]) if key in value else None
    return FieldRule(
        field,
        column=texts["column"] or "",
        template=_template(file, field, texts["template"]) if texts["template"] is not None else (),
        constant=texts["constant"],
        values={key: _plain(word) for key, word in words.items()} if words is not None else None,
        otherwise=texts["otherwise"],
        default=texts["default"],
    )


def _template(file: TomlFile, field: str, text: str) -> tuple[Part, ...]:
    """Cut `{column}`, words, and `[...]`, which vanishes when a column inside is unknown."""
    parts: list[Part] = []
    pieces: list[tuple[bool, str]] = []
    inside = False
    for match in _PIECE.finditer(text):
        column, opening, closing, words, stray = match.groups()
        if stray or (opening and inside) or (closing and not inside) or column == "":
            problem = Sentence(mark('the template "{text}" has a bracket that does not match.'), text=text)
            _wrong(file, problem, "fields", field)
        if opening or closing:
            parts.append(Part(tuple(pieces), optional=inside))
            pieces, inside = [], bool(opening)
        else:
            pieces.append((column is not None, column if column is not None else words))
    if inside:
        _wrong(file, Sentence(mark('the template "{text}" has a bracket that does not match.'), text=text),
               "fields", field)  # fmt: skip
    return tuple(part for part in (*parts, Part(tuple(pieces), optional=False)) if part.pieces)


def _create(file: TomlFile) -> frozenset[str]:
    table = _table(file, "unknown", UNKNOWN_KEYS)
    for key, value in table.items():
        if value not in {CREATE, NAME_ONLY}:
            problem = Sentence(mark('"{key}" is "{create}" or "{name}".'), key=key, create=CREATE, name=NAME_ONLY)
            _wrong(file, problem, "unknown", key)
    return frozenset(key for key, value in table.items() if value == CREATE)


def _table(file: TomlFile, name: str, known: Iterable[str]) -> dict[str, Any]:
    table = file.data.get(name, {})
    if not isinstance(table, dict):
        _wrong(file, Sentence(mark("[{name}] must be a table."), name=name), "", name)
    _check_keys(file, name, table, known)
    return table


def _check_keys(file: TomlFile, table: str, found: Iterable[str], known: Iterable[str]) -> None:
    for key in found:
        if key not in known:
            problem = Sentence(mark('"{key}" is not known here.'), key=key)
            raise file.wrong(problem, table=table, key=key, names=known)


def _one_of(file: TomlFile, key: str, words: tuple[str, ...]) -> str:
    value = file.data.get(key, words[0])
    if value not in words:
        problem = Sentence(mark('"{key}" is one of {words}.'), key=key, words=", ".join(words))
        raise file.wrong(_near(problem, str(value), words), key=key)
    return str(value)


def _text(file: TomlFile, table: Mapping[str, Any], name: str, key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        _wrong(file, Sentence(mark('"{key}" must be a text.'), key=key), name, key)
    return value


def _texts(file: TomlFile, table: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        _wrong(file, Sentence(mark('"{key}" must be a list of texts.'), key=key), name, key)
    return tuple(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _near(problem: Sentence, word: str, names: Iterable[str]) -> Sentence:
    near = nearest(word, names)
    return Sentence(mark("{problem} Did you mean {near}?"), problem=problem, near=near) if near else problem


def _wrong(file: TomlFile, problem: Sentence, table: str = "", key: str = "") -> NoReturn:
    raise file.wrong(problem, table=table, key=key)
