"""Ticket lines: services planned (hours reserved) and performed (price frozen)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.tables import (
    ContractVersion,
    Service,
    Ticket,
    TicketLine,
    TimeEntry,
    table,
)
from deskconsole.desk import hours
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import LineState, Role, TariffMode
from deskconsole.domain.text import clean

MOST_QUANTITY = 10_000


def add_line(
    desk: Desk,
    ticket_id: int,
    service_id: int,
    *,
    mode: TariffMode | None = None,
    quantity: int = 1,
    minutes: int | None = None,
    note: str = "",
    key: UUID | None = None,
) -> dict[str, int]:
    """Plan a service on a ticket; a line in the mode `hours` reserves its minutes.

    Returns the `line`, the minutes `reserved`, and the minutes `uncovered` by any lot.
    """

    def work(unit: Unit) -> dict[str, int]:
        unit.allow(Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER, Role.ENGINEER)
        ticket = unit.ticket(ticket_id)
        service = unit.session.get(Service, service_id)
        if service is None:
            raise NotFound(mark("There is no service {id}."), id=service_id)
        planned = service.estimate_minutes * quantity if minutes is None else minutes
        if not 0 < quantity <= MOST_QUANTITY or not 0 <= planned <= MOST_QUANTITY * 60:
            raise InvalidInput(
                mark("A line needs a quantity from 1 to {most} and up to {hours} hours."),
                most=MOST_QUANTITY,
                hours=MOST_QUANTITY,
            )
        tariff = mode or TariffMode(service.tariff_mode)
        line = TicketLine(
            ticket_id=ticket_id,
            service_id=service_id,
            quantity=quantity,
            mode=tariff.value,
            minutes=planned,
            note=clean(note),
        )
        unit.session.add(line)
        unit.session.flush()
        reserved = hold(unit, ticket, line, desk) if tariff is TariffMode.HOURS else 0
        unit.note_change(ticket, "line", "line", "", line.id)
        uncovered = planned - reserved if tariff is TariffMode.HOURS else 0
        return {"line": line.id or 0, "reserved": reserved, "uncovered": uncovered}

    return desk.write("line.add", work, key=key)


def perform_line(desk: Desk, line_id: int, *, key: UUID | None = None) -> dict[str, int]:
    """Mark a line as done: its price is frozen, and hours not yet logged on it leave the lots.

    Returns the minutes `spent` now and those `uncovered` by any lot.
    """

    def work(unit: Unit) -> dict[str, int]:
        line, ticket = _planned(unit, line_id)
        line.state, line.performed_at = LineState.PERFORMED.value, unit.now
        day = unit.now.astimezone(desk.zone).date()
        unit.session.flush()
        unit.store.dialect.freeze_price(unit.session.connection(), line_id, day)
        hours.release(unit, line_id)
        spent = uncovered = 0
        if line.mode == TariffMode.HOURS.value and ticket.client_id is not None:
            rest = max(0, line.minutes - charged_on(unit.session, line_id))
            taken = hours.spend(
                unit,
                ticket.client_id,
                rest,
                on=day,
                contract_id=_contract_of(unit.session, ticket),
                ticket_id=ticket.id or 0,
            )
            uncovered = taken.uncovered_minutes
            spent = rest - uncovered
        unit.note_change(ticket, "line", "line_state", LineState.PLANNED.value, LineState.PERFORMED.value)
        return {"spent": spent, "uncovered": uncovered}

    return desk.write("line.perform", work, key=key)


def cancel_line(desk: Desk, line_id: int, *, key: UUID | None = None) -> int:
    """Strike a planned line; what it reserved is free again; returns the line."""

    def work(unit: Unit) -> int:
        line, ticket = _planned(unit, line_id)
        line.state = LineState.CANCELLED.value
        hours.release(unit, line_id)
        unit.note_change(ticket, "line", "line_state", LineState.PLANNED.value, LineState.CANCELLED.value)
        return line_id

    return desk.write("line.cancel", work, key=key)


def _planned(unit: Unit, line_id: int) -> tuple[TicketLine, Ticket]:
    unit.allow(Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER, Role.ENGINEER)
    line = unit.session.get(TicketLine, line_id)
    if line is None:
        raise NotFound(mark("There is no ticket line {id}."), id=line_id)
    if line.state != LineState.PLANNED.value:
        raise Refused(mark("Line {id} is {state} already."), id=line_id, state=line.state)
    return line, unit.ticket(line.ticket_id)


def hold(unit: Unit, ticket: Ticket, line: TicketLine, desk: Desk) -> int:
    """Reserve anew what of a planned line is not logged yet; returns the minutes reserved."""
    hours.release(unit, line.id or 0)
    if ticket.client_id is None:
        return 0
    rest = max(0, line.minutes - charged_on(unit.session, line.id or 0))
    held = hours.reserve(
        unit,
        ticket.client_id,
        rest,
        on=unit.now.astimezone(desk.zone).date(),
        contract_id=_contract_of(unit.session, ticket),
        line_id=line.id or 0,
    )
    return rest - held.uncovered_minutes


def _contract_of(session: Session, ticket: Ticket) -> int | None:
    version = session.get(ContractVersion, ticket.contract_version_id) if ticket.contract_version_id else None
    return version.contract_id if version else None


def charged_on(session: Session, line_id: int) -> int:
    """Minutes charged by the time logged on a line, corrections taken off."""
    entry = table(TimeEntry)
    total = select(func.sum(entry.c.charged_minutes)).where(entry.c.line_id == line_id)
    return int(session.execute(total).scalar() or 0)
