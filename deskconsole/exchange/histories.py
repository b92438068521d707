"""From the rows of a file to whole ticket histories: one row per ticket, or one row per event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from deskconsole.desk.ticket_history import HistoryLine, Said, Stay, TicketHistory
from deskconsole.desk.tickets import SUBJECT_LIMIT
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Channel, Priority, Visibility
from deskconsole.domain.workflow import DEFAULT_TICKET_TYPE
from deskconsole.exchange.extract import Reading
from deskconsole.exchange.mapping import IN_FILE, FileMapping

TELLING = (
    ("message", Visibility.PUBLIC, True),
    ("reply", Visibility.PUBLIC, False),
    ("note", Visibility.INTERNAL, False),
)
VERBS = (
    # what a change of a field is called in the history, as the desk's own use cases call it
    ("status", "status"),
    ("priority", "priority"),
    ("assignee", "assign"),
    ("team", "team"),
    ("due", "due"),
    ("subject", "edit"),
    ("client", "edit"),
    ("site", "edit"),
    ("equipment", "edit"),
    ("service", "edit"),
    ("caller", "edit"),
    ("type", "edit"),
    ("channel", "edit"),
)


def from_row(reading: Reading) -> TicketHistory:
    """A ticket of which the file tells only how it stands now.

    Raises:
        InvalidInput: it has no creation time.
    """
    values = reading.values
    created, status = _instant(values, "created"), _text(values, "status")
    if created is None:
        raise InvalidInput(mark("it does not say when the ticket was created"))
    _need_status(status)
    ended = _instant(values, "closed") or _instant(values, "resolved")
    updated = _instant(values, "updated") or ended or created
    events = [HistoryLine(created, _text(values, "registrar"), "register")]
    events += [
        HistoryLine(updated, _text(values, "actor"), verb, field, "", _text(values, field))
        for field, verb in (("team", "team"), ("assignee", "assign"))
        if values.get(field)
    ]
    return _history(
        [reading],
        created=created,
        updated=max(updated, created),
        events=events,
        stays=[Stay(status, created)],
        said=_said([(created, reading)]),
    )


def from_events(readings: Sequence[Reading], mapping: FileMapping) -> tuple[TicketHistory, list[tuple[int, Sentence]]]:
    """A ticket rebuilt from the rows of its events, and what is odd about them (line, sentence).

    Rows are put in the order of their times, rows of one instant in the file's order; with `order = "file"` the
    file's order stands and a time that runs backwards is a wrong clock. The last row decides the present state.
    """
    odd = []
    for before, after in pairwise(readings):
        if _time(after) < _time(before):
            problem = Sentence(mark("its time is before that of line {line}"), line=before.line)
            odd.append((after.line, problem))
    rows = list(readings) if mapping.order == IN_FILE else sorted(readings, key=_time)
    first, last = rows[0], rows[-1]
    created = _latest(rows, "created") or min(_time(row) for row in rows)
    earliest = min(_time(row) for row in rows)
    if created > earliest:
        odd.append((first.line, Sentence(mark("it was changed before it was created, at {at}"), at=_stamp(earliest))))
    began = min(created, earliest)
    registrar = _text(first.values, "registrar") or _text(first.values, "actor")
    events = [HistoryLine(began, registrar, "register")]
    for field, verb in (("team", "team"), ("assignee", "assign")):
        if first.values.get(field):
            actor = _text(first.values, "actor")
            events.append(HistoryLine(_time(first), actor, verb, field, "", _text(first.values, field)))
    for before, after in pairwise(rows):
        events += _changes(before, after, mapping)
    history = _history(
        rows,
        created=created,
        updated=max(_instant(last.values, "updated") or _time(last), created),
        events=events,
        stays=_stays(rows, began),
        said=_said([(_time(row), row) for row in rows]),
    )
    return history, odd


def _history(
    rows: Sequence[Reading],
    *,
    created: datetime,
    updated: datetime,
    events: Iterable[HistoryLine],
    stays: Sequence[Stay],
    said: Sequence[Said],
) -> TicketHistory:
    last = rows[-1]
    values = last.values
    subject = " ".join((_latest(rows, "subject") or last.key).split())
    if len(subject) > SUBJECT_LIMIT:
        said = [Said(created, "", Visibility.INTERNAL, subject), *said]
        subject = subject[: SUBJECT_LIMIT - 1] + "…"
    return TicketHistory(
        external_id=last.key,
        line=min(row.line for row in rows),
        subject=subject,
        type=_text(values, "type") or DEFAULT_TICKET_TYPE,
        channel=_text(values, "channel") or Channel.IMPORT.value,
        priority=int(_text(values, "priority") or Priority.NORMAL),
        client=_text(values, "client"),
        site=_text(values, "site"),
        equipment=_text(values, "equipment"),
        service=_text(values, "service"),
        team=_text(values, "team"),
        assignee=_text(values, "assignee"),
        caller=_text(values, "caller"),
        created_at=created,
        updated_at=updated,
        resolved_at=_instant(values, "resolved"),
        closed_at=_instant(values, "closed"),
        due_at=_instant(values, "due"),
        wished_at=_instant(values, "wished"),
        stays=tuple(stays),
        events=tuple(events),
        said=tuple(said),
    )


def _changes(before: Reading, after: Reading, mapping: FileMapping) -> Iterator[HistoryLine]:
    """What changed between two rows; a row that changed nothing we know is still somebody's touch."""
    at, actor = _time(after), _text(after.values, "actor")
    said_anything = False
    for field, verb in VERBS:
        old, new = before.values.get(field), after.values.get(field)
        if old != new:
            said_anything = True
            yield HistoryLine(at, actor, verb, field, _word(old), _word(new))
    for column, old, new in zip(mapping.tracked, before.tracked, after.tracked, strict=True):
        if old != new:
            said_anything = True
            yield HistoryLine(at, actor, "edit", column, old, new)
    if not said_anything:
        yield HistoryLine(at, actor, "update")


def _stays(rows: Sequence[Reading], began: datetime) -> list[Stay]:
    """How long the ticket stood in each status; a clock that ran backwards makes no stay of negative length."""
    stays = [Stay(_text(rows[0].values, "status"), began)]
    for row in rows[1:]:
        status = _text(row.values, "status")
        if status != stays[-1].status:
            stays.append(Stay(status, max(_time(row), stays[-1].began)))
    return stays


def _said(rows: Iterable[tuple[datetime, Reading]]) -> list[Said]:
    """The texts the rows tell; a text that is repeated from the row before was said once."""
    found = []
    before: dict[str, str] = {}
    for at, row in rows:
        for field, visibility, by_client in TELLING:
            text = _text(row.values, field)
            if text and text != before.get(field):
                author = "caller" if by_client else "actor"
                found.append(Said(at, _text(row.values, author), visibility, text, by_client))
            before[field] = text
    return found


def check_event(reading: Reading) -> None:
    """Refuse an event row that can't be placed.

    Raises:
        InvalidInput: it has no time or no status.
    """
    if reading.values.get("time") is None:
        raise InvalidInput(mark("it does not say when it happened"))
    _need_status(_text(reading.values, "status"))


def _need_status(status: str) -> None:
    if not status:
        raise InvalidInput(mark("it has no status"))


def _latest(rows: Sequence[Reading], field: str) -> Any:
    """The last known value of a field that other rows may leave unknown."""
    return next((row.values[field] for row in reversed(rows) if row.values.get(field) is not None), None)


def _time(row: Reading) -> datetime:
    moment = row.values["time"]
    assert isinstance(moment, datetime)  # `check_event` let it through
    return moment


def _instant(values: Any, field: str) -> datetime | None:
    moment = values.get(field)
    return moment if isinstance(moment, datetime) else None


def _text(values: Any, field: str) -> str:
    return _word(values.get(field))


def _word(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value.value if hasattr(value, "value") else value)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
