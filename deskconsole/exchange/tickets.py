"""`import tickets`: a file of tickets or of their events, taken in batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from deskconsole.desk import intake, workflow
from deskconsole.desk.desk import Desk
from deskconsole.desk.intake import Outcome
from deskconsole.desk.intake_rows import Origin
from deskconsole.desk.ticket_history import TicketHistory
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.exchange.extract import Extractor, Reading, fit
from deskconsole.exchange.fields import What
from deskconsole.exchange.histories import check_event, from_events, from_row
from deskconsole.exchange.mapping import FileMapping, load_mapping
from deskconsole.exchange.report import Report, reporting
from deskconsole.exchange.rows import Progress, Table, open_table
from deskconsole.exchange.summary import Summary

BATCH = 500  # tickets in a transaction ...
BATCH_TEXT = 4_000_000  # ... or so many characters said on them


def import_tickets(
    desk: Desk,
    path: Path,
    mapping: str | Path,
    *,
    dry_run: bool = False,
    report_path: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Take in the tickets of a file by a mapping named by path or by name.

    A row that can't be understood goes to the report, the rest goes in; every batch is one transaction, so that an
    interrupted import is simply run again; what is there already with the same content is not touched.

    Args:
        desk: The desk to write to.
        path: A CSV, plain or .gz, or an XLSX file.
        mapping: The mapping's file, or the name of one that comes with the program.
        dry_run: Read and check everything, write nothing.
        report_path: Where rows with problems are reported; made only when there are any.
        progress: Hears how much was read, of all there is (bytes of the file; rows for a workbook).

    Raises:
        InvalidInput: the mapping or the file can't be used; nothing was written.
        Refused: the person's role may not import.
    """
    plan = load_mapping(mapping, What.TICKETS)
    statuses = [status.code for status in desk.read(workflow.load).statuses]
    table = open_table(path, plan)
    extractor = fit(plan, table, statuses)
    origin = Origin(plan.source, plan.rule, plan.create)
    counts: Counter[str] = Counter()
    with reporting(report_path) as report:
        for column in table.unused(plan):
            report.doubt(1, "", Sentence(mark('the column "{column}" is not used by the mapping'), column=column))
        for batch in _batches(_histories(table, plan, extractor, report, counts, progress)):
            _count(intake.take_in(desk, origin, batch, dry_run=dry_run), batch, report, counts)
        if progress is not None:
            progress(path.stat().st_size, path.stat().st_size)
    return Summary(
        taken=counts["taken"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        kept=counts["kept"],
        rows=counts["rows"],
        left_out=report.left_out,
        doubts=report.doubts,
        encoding=table.encoding.removesuffix("-sig"),
        report_path=report.written,
        problems=tuple(report.first),
        dry_run=dry_run,
    )


def _histories(
    table: Table,
    mapping: FileMapping,
    extractor: Extractor,
    report: Report,
    counts: Counter[str],
    progress: Progress | None,
) -> Iterator[TicketHistory]:
    """The file's tickets; it is read twice: first to count each key's rows, and to meet what is damaged in it.

    So nothing is written of a file that breaks off, and a ticket is whole as soon as its last row was read: in memory
    stand only tickets whose rows are not all read, one at a time when the file is sorted by key.
    """
    left = Counter(key for row in table.rows() if (key := extractor.key_of(row)))
    waiting: dict[str, list[Reading]] = {}
    for row in table.rows(progress):
        counts["rows"] += 1
        key = extractor.key_of(row)
        try:
            reading = extractor.read(row)
            if mapping.is_event_log:
                check_event(reading)
                waiting.setdefault(key, []).append(reading)
            elif key in waiting:
                report.leave_out(
                    row.line, key, Sentence(mark("the key stands in line {line} already"), line=waiting[key][0].line)
                )
            else:
                yield from_row(reading)
                if left[key] > 1:
                    waiting[key] = [reading]
        except InvalidInput as error:
            report.leave_out(row.line, key, error.sentence)
        left[key] -= 1
        if left[key] <= 0:
            del left[key]
            if readings := waiting.pop(key, None):
                yield from _whole(readings, mapping, report)


def _whole(readings: list[Reading], mapping: FileMapping, report: Report) -> Iterator[TicketHistory]:
    if mapping.is_event_log:
        history, odd = from_events(readings, mapping)
        for line, reason in odd:
            report.doubt(line, history.external_id, reason)
        yield history


def _batches(histories: Iterable[TicketHistory]) -> Iterator[list[TicketHistory]]:
    batch: list[TicketHistory] = []
    text = 0
    for history in histories:
        batch.append(history)
        text += sum(len(said.body) for said in history.said)
        if len(batch) >= BATCH or text >= BATCH_TEXT:
            yield batch
            batch, text = [], 0
    if batch:
        yield batch


def _count(outcome: Outcome, batch: list[TicketHistory], report: Report, counts: Counter[str]) -> None:
    counts["taken"] += len(outcome.taken)
    counts["updated"] += len(outcome.updated)
    counts["unchanged"] += len(outcome.unchanged)
    counts["kept"] += len(outcome.kept)
    lines = {history.external_id: history.line for history in batch}
    for key in outcome.kept:
        reason = Sentence(mark("it was changed at this desk since the last import"))
        report.keep(lines[key], key, reason)
    for key, field, name in outcome.unknown:
        report.doubt(
            lines[key],
            key,
            Sentence(mark('the desk knows no {field} "{name}"; it went in without'), field=field, name=name),
        )
