"""`import clients|equipment|contracts`: the desk's books from CSV or XLSX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from deskconsole.desk.book_intake import (
    NEW,
    UNCHANGED,
    UPDATED,
    BookOrigin,
    Entry,
    Taker,
    take_client,
    take_in,
    take_unit,
)
from deskconsole.desk.contract_intake import take_contract
from deskconsole.desk.desk import Desk
from deskconsole.desk.intake_names import CLIENTS
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import clean
from deskconsole.exchange.extract import Extractor, Reading, fit
from deskconsole.exchange.fields import NEEDED, What
from deskconsole.exchange.mapping import FileMapping, load_mapping
from deskconsole.exchange.report import Report, reporting
from deskconsole.exchange.rows import Progress, Table, open_table
from deskconsole.exchange.summary import Summary

BATCH = 500  # entries in a transaction
LINE_FIELDS = frozenset({"scope", "funding", "equipment", "site", "includes_children", "services", "without_services"})
TAKERS: dict[What, Taker] = {
    What.CLIENTS: take_client,
    What.EQUIPMENT: take_unit,
    What.CONTRACTS: take_contract,
}
Told = tuple[Entry, list[int]]  # what is told, and on which lines


def import_books(
    desk: Desk,
    kind: str,
    path: Path,
    mapping: str | Path | None = None,
    *,
    dry_run: bool = False,
    report_path: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Take in `clients`, `equipment` or `contracts`; without a mapping, by the one for our own export's columns.

    Raises:
        InvalidInput: the mapping or the file can't be used; nothing was written.
        Refused: the person's role may not keep the books.
    """
    what = What(kind)
    plan = load_mapping(mapping or what.value, what)
    table = open_table(path, plan)
    extractor = fit(plan, table)
    origin = BookOrigin(plan.source, CLIENTS in plan.create)
    counts: Counter[str] = Counter()
    with reporting(report_path) as report:
        for column in table.unused(plan):
            report.doubt(1, "", Sentence(mark('the column "{column}" is not used by the mapping'), column=column))
        told = _told(table, extractor, what, _number_reader(plan, table), report, counts, progress)
        for batch in _batches(told, None if dry_run else BATCH):
            outcomes = take_in(desk, origin, [entry for entry, _lines in batch], TAKERS[what], dry_run=dry_run)
            for (entry, lines), outcome in zip(batch, outcomes, strict=True):
                if outcome in {NEW, UPDATED, UNCHANGED}:
                    counts[outcome] += 1
                else:
                    for line in lines:
                        report.leave_out(line, entry.key or _name(entry.values), outcome)
    return Summary(
        taken=counts[NEW],
        updated=counts[UPDATED],
        unchanged=counts[UNCHANGED],
        kept=0,
        rows=counts["rows"],
        left_out=report.left_out,
        doubts=report.doubts,
        encoding=table.encoding.removesuffix("-sig"),
        report_path=report.written,
        problems=tuple(report.first),
        dry_run=dry_run,
    )


def _told(
    table: Table,
    extractor: Extractor,
    what: What,
    number_of: Callable[[Sequence[str]], str],
    report: Report,
    counts: Counter[str],
    progress: Progress | None,
) -> Iterator[Told]:
    """What the rows tell; the rows of one contract's version are one entry, and one bad row spoils it."""
    for _row in table.rows():
        counts["rows"] += 1  # the whole file is read before anything is written: it may be damaged further down
    versions: dict[tuple[Any, ...], list[Reading]] = {}
    spoiled: dict[str, int] = {}  # by the contract's number
    for row in table.rows(progress):
        try:
            reading = extractor.read(row)
            for field in NEEDED[what]:
                if reading.values.get(field) in {None, ""}:
                    raise InvalidInput(mark('it has no "{field}"'), field=field)  # noqa: TRY301
        except InvalidInput as error:
            report.leave_out(row.line, extractor.key_of(row), error.sentence)
            if what is What.CONTRACTS and row.problem is None:
                spoiled.setdefault(number_of(row.cells), row.line)
            continue
        if what is What.CONTRACTS:
            values = reading.values
            versions.setdefault(
                (values["client"], values["number"], values.get("effective_from") or values["starts_on"]), []
            ).append(reading)
        else:
            yield Entry(reading.key, _filled(reading.values)), [row.line]
    for readings in versions.values():
        if line := spoiled.get(str(readings[0].values["number"])):
            for reading in readings:
                reason = Sentence(mark("another row of this contract, line {line}, is wrong"), line=line)
                report.leave_out(reading.line, reading.key, reason)
            continue
        values = _filled(readings[0].values)
        lines = tuple(covered for reading in readings if (covered := _covered(reading)))
        yield Entry(readings[0].key, values, lines), [reading.line for reading in readings]


def _number_reader(mapping: FileMapping, table: Table) -> Callable[[Sequence[str]], str]:
    """What reads the contract's number from a row that can't be read whole."""
    rule = mapping.fields.get("number")
    if rule is None or not rule.column:
        return lambda _cells: ""
    place = table.place(rule.column)
    return lambda cells: clean(cells[place]).strip()


def _covered(reading: Reading) -> dict[str, Any]:
    return {name: value for name, value in _filled(reading.values).items() if name in LINE_FIELDS}


def _filled(values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _name(values: Any) -> str:
    return str(values.get("number") or values.get("inventory_number") or values.get("name") or "")


def _batches(told: Iterable[Told], size: int | None) -> Iterator[list[Told]]:
    batch: list[Told] = []
    for one in told:
        batch.append(one)
        if size is not None and len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
