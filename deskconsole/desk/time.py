"""Time worked and charged: logging, correcting, the running timer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import Session

from deskconsole.data.tables import (
    ContractVersion,
    HourEntry,
    Person,
    Ticket,
    TicketLine,
    TimeEntry,
    Unbooked,
    WorkTimer,
    table,
)
from deskconsole.desk import hours, lines, workflow
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.tickets import check_time
from deskconsole.domain import workflow as rules
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.hours import Allocation, charged_minutes
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Category, Coverage, EntryKind, LineState, Role, TariffMode
from deskconsole.domain.text import clean

MOST_MINUTES = 24 * 60  # in one entry: more is a slip of the finger


@dataclass(frozen=True)
class Logged:
    """What logging time did, in minutes: charged, taken from hours by lot, and what no lot covered."""

    entry_id: int
    worked: int
    charged: int
    mode: TariffMode
    spent: tuple[tuple[int, int], ...]
    uncovered: int


def log_time(
    desk: Desk,
    ticket_id: int,
    worked: int,
    *,
    charged: int | None = None,
    person_id: int | None = None,
    line_id: int | None = None,
    started_at: datetime | None = None,
    note: str = "",
    key: UUID | None = None,
) -> Logged:
    """Log minutes worked; minutes charged are rounded up by the contract's unit unless given.

    On a line in the mode `hours`, or without a line on a ticket covered by hours, the charged minutes leave the
    client's lots.
    """

    def work(unit: Unit) -> dict[str, Any]:
        return _log(
            unit,
            desk,
            unit.ticket(ticket_id),
            worked,
            charged=charged,
            person_id=person_id if person_id is not None else unit.actor.id,
            line_id=line_id,
            started_at=started_at,
            note=note,
        )

    return _logged(desk.write("time.log", work, key=key))


def correct_time(desk: Desk, entry_id: int, *, reason: str, key: UUID | None = None) -> int:
    """Take an entry back by an opposite one, and give its hours back; returns the opposite entry's id."""

    def work(unit: Unit) -> int:
        entry = unit.session.get(TimeEntry, entry_id)
        if entry is None:
            raise NotFound(mark("There is no time entry {id}."), id=entry_id)
        ticket = unit.ticket(entry.ticket_id)
        unit.session.refresh(entry)  # a pass may have charged it while the ticket was waited for
        if entry.person_id != unit.actor.id:
            unit.allow(Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)
        _refuse_second_reversal(unit.session, entry)
        if not clean(reason).strip():
            raise InvalidInput(mark("Taking time back needs a reason in words."))
        _keep_labour(unit.session, ticket, entry)
        opposite = TimeEntry(
            ticket_id=entry.ticket_id,
            line_id=entry.line_id,
            person_id=entry.person_id,
            started_at=entry.started_at,
            worked_minutes=-entry.worked_minutes,
            charged_minutes=-entry.charged_minutes,
            note=clean(reason),
            at=unit.now,
            reverses_id=entry.id,
        )
        unit.session.add(opposite)
        unit.session.flush()
        day = entry.started_at.astimezone(desk.zone).date()
        unit.store.dialect.freeze_cost(unit.session.connection(), opposite.id or 0, day)
        book(unit, desk, ticket, opposite)
        unit.note_change(ticket, "time", "time_entry", entry.id, opposite.id, reason=clean(reason))
        return opposite.id or 0

    return desk.write("time.correct", work, key=key)


def start_timer(desk: Desk, ticket_id: int, *, key: UUID | None = None) -> str:
    """Begin work on a ticket; returns the instant it began, in ISO form.

    Raises:
        Refused: the person's timer runs on another ticket.
    """

    def work(unit: Unit) -> str:
        person_id = _who(unit)
        ticket = unit.ticket(ticket_id)
        running = unit.session.get(WorkTimer, person_id)
        if running is not None and running.ticket_id != ticket_id:
            raise Refused(mark("Your timer runs on ticket {id}; stop it there first."), id=running.ticket_id)
        if running is None:
            running = WorkTimer(person_id=person_id, ticket_id=ticket_id, started_at=unit.now)
            unit.session.add(running)
            unit.note_change(ticket, "timer", "timer", "", "start")
        return running.started_at.isoformat()

    return desk.write("time.start", work, key=key)


def stop_timer(desk: Desk, *, note: str = "", key: UUID | None = None) -> Logged:
    """Stop the person's timer and log what it counted, at least one minute.

    Raises:
        NotFound: no timer runs.
    """

    def work(unit: Unit) -> dict[str, Any]:
        running = unit.session.get(WorkTimer, _who(unit))
        if running is None:
            raise NotFound(mark("No timer of yours is running."))
        minutes = min(MOST_MINUTES, max(1, round((unit.now - running.started_at) / timedelta(minutes=1))))
        # Not `unit.ticket`: who has lost the ticket meanwhile has worked on it all the same.
        ticket = unit.session.get(Ticket, running.ticket_id, with_for_update=True)
        if ticket is None:
            logged = _log_unseen(unit, desk, running, minutes, note)
        else:
            logged = _log(
                unit,
                desk,
                ticket,
                minutes,
                charged=None,
                person_id=unit.actor.id,
                line_id=None,
                started_at=running.started_at,
                note=note,
            )
        # Two consoles of one person may stop it at once; the second waits here, and finds nothing to take away.
        if not _take_away(unit, running):
            raise NotFound(mark("No timer of yours is running."))
        return logged

    return _logged(desk.write("time.stop", work, key=key))


def _write_entry(unit: Unit, desk: Desk, entry: TimeEntry) -> TimeEntry:
    """Write a time entry, and freeze what its person's hour costs on that day."""
    unit.session.add(entry)
    unit.session.flush()
    day = entry.started_at.astimezone(desk.zone).date()
    unit.store.dialect.freeze_cost(unit.session.connection(), entry.id or 0, day)
    return entry


def _log_unseen(unit: Unit, desk: Desk, running: WorkTimer, minutes: int, note: str) -> dict[str, Any]:
    """Log a contractor's time on a ticket that a shared desk shows them no longer; the pass books it."""
    entry = _write_entry(
        unit,
        desk,
        TimeEntry(
            ticket_id=running.ticket_id,
            person_id=running.person_id,
            started_at=running.started_at,
            worked_minutes=minutes,
            charged_minutes=minutes,
            note=clean(note),
            at=unit.now,
        ),
    )
    unit.session.add(Unbooked(ticket_id=running.ticket_id, time_entry_id=entry.id))
    unit.session.flush()
    return {
        "entry_id": entry.id,
        "worked": minutes,
        "charged": minutes,
        "mode": TariffMode.FREE.value,
        "spent": [],
        "uncovered": 0,
    }


def _take_away(unit: Unit, running: WorkTimer) -> bool:
    """Remove a timer, once; its values stay readable."""
    unit.session.expunge(running)
    connection = unit.session.connection()
    return unit.store.dialect.end_timer(connection, table(WorkTimer), running.person_id, running.started_at)


def charge_unit(session: Session, ticket: Ticket) -> int:
    """The minutes the ticket's contract rounds charged time up to; 0 without one."""
    version = session.get(ContractVersion, ticket.contract_version_id) if ticket.contract_version_id else None
    return version.charge_unit_minutes if version else 0


def _log(
    unit: Unit,
    desk: Desk,
    ticket: Ticket,
    worked: int,
    *,
    charged: int | None,
    person_id: int | None,
    line_id: int | None,
    started_at: datetime | None,
    note: str,
) -> dict[str, Any]:
    _check_minutes(worked, charged)
    if person_id != unit.actor.id:
        unit.allow(Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)
    if person_id is None or unit.session.get(Person, person_id) is None:
        raise NotFound(mark("Time is logged for a person; there is none with the number {id}."), id=person_id or "-")
    mode = _mode(ticket, _open_line(unit.session, ticket, line_id))
    if charged is None:
        charged = charged_minutes(worked, charge_unit(unit.session, ticket)) if unit.may_book else worked
    began = started_at or unit.now - timedelta(minutes=worked)
    check_time(began)
    if began > unit.now:
        raise InvalidInput(mark("Work can't have begun in the future, at {value}."), value=began.isoformat())
    entry = _write_entry(
        unit,
        desk,
        TimeEntry(
            ticket_id=ticket.id or 0,
            line_id=line_id,
            person_id=person_id,
            started_at=began,
            worked_minutes=worked,
            charged_minutes=charged,
            note=clean(note),
            at=unit.now,
        ),
    )
    spent, uncovered = book(unit, desk, ticket, entry)
    unit.note_change(ticket, "time", "time_entry", "", entry.id)
    return {
        "entry_id": entry.id,
        "worked": worked,
        "charged": charged,
        "mode": mode.value,
        "spent": spent,
        "uncovered": uncovered,
    }


def book(unit: Unit, desk: Desk, ticket: Ticket, entry: TimeEntry) -> tuple[list[list[int]], int]:
    """Spend what a new entry charges, or give back what the entry it takes back has spent.

    Returns the minutes by lot, and those that no lot covers. A contractor's entry is left to a pass, which rounds it
    by the contract's unit too (desk.unbooked_pass).
    """
    if not unit.may_book:
        unit.session.add(Unbooked(ticket_id=ticket.id or 0, time_entry_id=entry.id))
        return [], 0
    line = unit.session.get_one(TicketLine, entry.line_id) if entry.line_id is not None else None
    day = entry.started_at.astimezone(desk.zone).date()
    if entry.reverses_id is None:
        return _spend(unit, desk, ticket, entry, line, day)
    if not _forget_unbooked(unit.session, entry.reverses_id):
        _give_back(unit, ticket, entry, line, day)
    if line is not None and line.state == LineState.PLANNED.value and line.mode == TariffMode.HOURS.value:
        lines.hold(unit, ticket, line, desk)
    return [], 0


def _forget_unbooked(session: Session, entry_id: int) -> bool:
    """Whether an entry that is taken back was not booked yet; it never will be."""
    waiting = table(Unbooked)
    gone = session.execute(delete(waiting).where(waiting.c.time_entry_id == entry_id).returning(waiting.c.id))
    return gone.first() is not None


def _give_back(unit: Unit, ticket: Ticket, opposite: TimeEntry, line: TicketLine | None, day: date) -> None:
    entries = table(HourEntry)
    spent = unit.session.scalars(
        select(HourEntry).where(
            entries.c.time_entry_id == opposite.reverses_id, entries.c.kind == EntryKind.DEDUCTION.value
        )
    ).all()
    if not spent or ticket.client_id is None:
        return
    given = hours.give_back(unit, ticket.client_id, spent, reason=opposite.note)
    if line is not None and line.state == LineState.PERFORMED.value:
        # The line is done and costs its minutes still, whatever time stands on it.
        kept = given + _cost(unit.session, line) - _cost(unit.session, line, before=opposite)
        _take(unit, ticket, max(0, kept), day, None)


def _spend(
    unit: Unit, desk: Desk, ticket: Ticket, entry: TimeEntry, line: TicketLine | None, day: date
) -> tuple[list[list[int]], int]:
    if _mode(ticket, line) is not TariffMode.HOURS or ticket.client_id is None:
        return [], 0
    if line is None or line.state == LineState.CANCELLED.value:
        taken = _take(unit, ticket, entry.charged_minutes, day, entry)
    elif line.state == LineState.PERFORMED.value:
        more = _cost(unit.session, line) - _cost(unit.session, line, before=entry)  # its minutes are paid already
        taken = _take(unit, ticket, more, day, entry)
    else:
        hours.release(unit, entry.line_id or 0)  # what the line held is what it now spends
        taken = _take(unit, ticket, entry.charged_minutes, day, entry)
        lines.hold(unit, ticket, line, desk)
    return [[lot_id, minutes] for lot_id, minutes in taken.parts], taken.uncovered_minutes


def _take(unit: Unit, ticket: Ticket, minutes: int, day: date, entry: TimeEntry | None) -> Allocation:
    version = unit.session.get(ContractVersion, ticket.contract_version_id) if ticket.contract_version_id else None
    return hours.spend(
        unit,
        ticket.client_id or 0,
        minutes,
        on=day,
        contract_id=version.contract_id if version else None,
        ticket_id=ticket.id or 0,
        time_entry_id=entry.id if entry else None,
    )


def _cost(session: Session, line: TicketLine, *, before: TimeEntry | None = None) -> int:
    """Minutes a performed line costs: its own, or what is logged on it when that is more."""
    logged = lines.charged_on(session, line.id or 0) - (before.charged_minutes if before else 0)
    return max(line.minutes, logged)


def _open_line(session: Session, ticket: Ticket, line_id: int | None) -> TicketLine | None:
    if line_id is None:
        return None
    line = session.get(TicketLine, line_id)
    if line is None or line.ticket_id != ticket.id:
        raise NotFound(mark("Ticket {ticket} has no line {line}."), ticket=ticket.id, line=line_id)
    if line.state == LineState.CANCELLED.value:
        raise Refused(mark("Line {id} is {state} already."), id=line_id, state=line.state)
    return line


def _mode(ticket: Ticket, line: TicketLine | None) -> TariffMode:
    if line is not None:
        return TariffMode(line.mode)
    if ticket.coverage == Coverage.COVERED_BY_HOURS.value:
        return TariffMode.HOURS
    return TariffMode.FREE if ticket.is_covered else TariffMode.MONEY


def _refuse_second_reversal(session: Session, entry: TimeEntry) -> None:
    again = session.execute(select(table(TimeEntry).c.id).where(table(TimeEntry).c.reverses_id == entry.id)).scalar()
    if again is not None or entry.reverses_id is not None:
        raise Refused(mark("Time entry {id} has been taken back already."), id=entry.id)


def _keep_labour(session: Session, ticket: Ticket, entry: TimeEntry) -> None:
    """What a ticket needed to become done it must keep: else the guard would be passed by taking time back."""
    if Category(ticket.category) not in rules.DONE or not workflow.load(session).needs_labour(ticket.type):
        return
    if entry.worked_minutes > 0 and not workflow.has_labour(session, ticket.id or 0, besides=entry.id):
        raise Refused(
            mark("Ticket {id} is done and would have no time on it; log the right time first, or reopen it."),
            id=ticket.id,
        )


def _check_minutes(worked: int, charged: int | None) -> None:
    if not 0 < worked <= MOST_MINUTES:
        raise InvalidInput(
            mark("Minutes worked must be from 1 to {most}, not {minutes}."), most=MOST_MINUTES, minutes=worked
        )
    if charged is not None and not 0 <= charged <= MOST_MINUTES:
        raise InvalidInput(
            mark("Minutes charged must be from 0 to {most}, not {minutes}."),
            most=MOST_MINUTES,
            minutes=charged,
        )


def _who(unit: Unit) -> int:
    if unit.actor.id is None:
        raise Refused(mark("A timer needs a person; say who you are with --as."))
    return unit.actor.id


def _logged(row: dict[str, Any]) -> Logged:
    return Logged(
        entry_id=row["entry_id"],
        worked=row["worked"],
        charged=row["charged"],
        mode=TariffMode(row["mode"]),
        spent=tuple((lot_id, minutes) for lot_id, minutes in row["spent"]),
        uncovered=row["uncovered"],
    )
