"""A mapping fitted to a file: turns its rows into values by field, or says what is wrong with a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import clean
from deskconsole.exchange.fields import FIELDS, LONGEST_WORD, Kind
from deskconsole.exchange.mapping import FieldRule, FileMapping, Part
from deskconsole.exchange.rows import Row, Table
from deskconsole.exchange.safe_csv import plain
from deskconsole.exchange.values import Convert, Value, converter
from deskconsole.tomlfile import nearest

Cells = Sequence[str]
KEPT = 5000  # readings of one column remembered: most columns say the same few words again and again
SHORT = 60  # characters; longer cells are not worth remembering


@dataclass(frozen=True, slots=True)
class Reading:
    """A row understood: its line, key, values by field (None: unknown), and the words of tracked columns."""

    line: int
    key: str
    values: Mapping[str, Value | None]
    tracked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extractor:
    """Reads the rows of one file by one mapping."""

    nulls: frozenset[str]
    key: int | None
    fields: tuple[tuple[str, Callable[[Cells], Value | None]], ...]
    tracked: tuple[int, ...]

    def key_of(self, row: Row) -> str:
        """The key a row says it belongs to; empty when it says none."""
        if self.key is None or row.problem is not None:
            return ""
        text = row.cells[self.key].strip()
        return "" if text in self.nulls or len(text) > LONGEST_WORD else clean(text)

    def read(self, row: Row) -> Reading:
        """The row's values.

        Raises:
            InvalidInput: a cell can't be understood; the column is told.
        """
        if row.problem is not None:
            raise InvalidInput(mark("{problem}"), problem=row.problem)
        key = self.key_of(row)
        if self.key is not None and not key:
            raise InvalidInput(mark("it has no key"))
        return Reading(
            line=row.line,
            key=key,
            values={name: read(row.cells) for name, read in self.fields},
            tracked=tuple(self._word(row.cells[place]) for place in self.tracked),
        )

    def _word(self, text: str) -> str:
        text = text.strip()
        return "" if text in self.nulls else clean(text)[:LONGEST_WORD]


def fit(mapping: FileMapping, table: Table, statuses: Sequence[str] = ()) -> Extractor:
    """Fit a mapping to a file and to a desk with these status codes.

    Raises:
        InvalidInput: a word the mapping itself gives is none of ours; file, line and nearest word are told.
    """
    mapping = mapping.fitting(table.header)
    kinds = FIELDS[mapping.what]
    rules = [(field, _reader(mapping, rule, kinds[field], table, statuses)) for field, rule in mapping.fields.items()]
    if mapping.time:
        moment = FieldRule("time", column=mapping.time)
        rules.append(("time", _reader(mapping, moment, Kind.INSTANT, table, statuses)))
    return Extractor(
        nulls=mapping.layout.nulls,
        key=table.place(mapping.key) if mapping.key else None,
        fields=tuple(rules),
        tracked=tuple(table.place(column) for column in mapping.tracked),
    )


def _reader(
    mapping: FileMapping, rule: FieldRule, kind: Kind, table: Table, statuses: Sequence[str]
) -> Callable[[Cells], Value | None]:
    convert = converter(kind, mapping.layout, statuses)
    _check_words(mapping, rule, convert, statuses)
    default = convert(rule.default) if rule.default is not None else None
    if rule.constant is not None:
        fixed = convert(rule.constant)
        return lambda _cells: fixed
    if rule.template:
        return _from_template(rule.template, mapping.layout.nulls, convert, table, default)
    return _from_column(rule, mapping.layout.nulls, convert, table.place(rule.column), default)


def _from_column(
    rule: FieldRule, nulls: frozenset[str], convert: Convert, place: int, default: Value | None
) -> Callable[[Cells], Value | None]:
    known: dict[str, Value | None] = {}

    def understand(text: str) -> Value | None:
        word = plain(text.strip())
        if rule.values is not None and word in rule.values:
            return convert(rule.values[word])
        if word in nulls:
            return default
        if rule.values is not None:
            if rule.otherwise is None:
                raise InvalidInput(mark('"{text}" is not among the values of the mapping'), text=clean(word)[:60])
            word = rule.otherwise
        return convert(word)

    def read(cells: Cells) -> Value | None:
        text = cells[place]
        if text in known:
            return known[text]
        try:
            value = understand(text)
        except InvalidInput as error:
            raise InvalidInput(mark("{column}: {problem}"), column=rule.column, problem=error.sentence) from None
        if len(text) <= SHORT and len(known) < KEPT:
            known[text] = value
        return value

    return read


def _from_template(
    parts: Iterable[Part], nulls: frozenset[str], convert: Convert, table: Table, default: Value | None
) -> Callable[[Cells], Value | None]:
    placed = [
        ([(table.place(name) if is_column else -1, name) for is_column, name in part.pieces], part.optional)
        for part in parts
    ]

    def read(cells: Cells) -> Value | None:
        said = []
        has_column = False
        for pieces, optional in placed:
            texts = []
            for place, words in pieces:
                text = words if place < 0 else cells[place].strip()
                if place >= 0 and text in nulls:
                    text = ""
                    if optional:
                        break
                has_column = has_column or (place >= 0 and bool(text))
                texts.append(text)
            else:
                said += texts
        text = "".join(said).strip(" /:;,-")
        return convert(text) if has_column and text else default

    return read


def _check_words(mapping: FileMapping, rule: FieldRule, convert: Convert, statuses: Sequence[str]) -> None:
    for word in rule.results:
        try:
            convert(word)
        except InvalidInput as error:
            problem = error.sentence
            near = nearest(word, statuses) if rule.field == "status" else None
            if near is not None:
                problem = Sentence(mark("{problem} Did you mean {near}?"), problem=problem, near=near)
            raise mapping.file.wrong(problem, table="fields", key=rule.field) from None
