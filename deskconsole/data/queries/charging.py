"""Reading what logging time on a ticket will cost: rounding, tariff, hours that can pay, what lines hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.hours import lots_of, usable
from deskconsole.data.queries.ticket_filter import T
from deskconsole.data.tables import ContractVersion, HourReservation, Person, TicketLine, TimeEntry, table
from deskconsole.domain.hours import Lot
from deskconsole.domain.terms import Coverage, TariffMode


@dataclass(frozen=True)
class Held:
    """Minutes of a lot that a planned ticket line holds."""

    line_id: int
    lot_id: int
    minutes: int


@dataclass(frozen=True)
class Charging:
    """How time on a ticket is charged: the contract's unit, the tariff without a line, the lots, what is held.

    `lots` are those that may pay for this ticket, with what nobody has reserved; `charged` are the minutes
    charged on each line so far, as (line, minutes).
    """

    unit_minutes: int
    mode: TariffMode
    has_client: bool
    lots: tuple[Lot, ...]
    held: tuple[Held, ...]
    charged: tuple[tuple[int, int], ...] = ()


@of_the_books
def charging(session: Session, ticket_id: int, on: date) -> Charging:
    """How time worked on a ticket on a day is charged; nothing is known of a ticket that is not there."""
    version = table(ContractVersion)
    row = session.execute(
        select(T.c.client_id, T.c.coverage, T.c.is_covered, version.c.contract_id, version.c.charge_unit_minutes)
        .select_from(T)
        .outerjoin(version, version.c.id == T.c.contract_version_id)
        .where(T.c.id == ticket_id)
    ).first()
    if row is None:
        return Charging(0, TariffMode.MONEY, False, (), ())
    mode = TariffMode.FREE if row.is_covered else TariffMode.MONEY
    if row.coverage == Coverage.COVERED_BY_HOURS.value:
        mode = TariffMode.HOURS
    lots = usable(lots_of(session, row.client_id), on, row.contract_id) if row.client_id is not None else ()
    return Charging(
        row.charge_unit_minutes or 0,
        mode,
        row.client_id is not None,
        lots,
        reservations(session, ticket_id),
        _charged(session, ticket_id),
    )


@of_the_books
def reservations(session: Session, ticket_id: int) -> tuple[Held, ...]:
    """What the lines of a ticket hold."""
    held, line = table(HourReservation), table(TicketLine)
    found = session.execute(
        select(held.c.line_id, held.c.lot_id, held.c.minutes)
        .join_from(held, line, line.c.id == held.c.line_id)
        .where(line.c.ticket_id == ticket_id)
    )
    return tuple(Held(row.line_id, row.lot_id, row.minutes) for row in found)


def _charged(session: Session, ticket_id: int) -> tuple[tuple[int, int], ...]:
    entry = table(TimeEntry)
    found = session.execute(
        select(entry.c.line_id, func.sum(entry.c.charged_minutes))
        .where(entry.c.ticket_id == ticket_id, entry.c.line_id.is_not(None))
        .group_by(entry.c.line_id)
    )
    return tuple((int(line_id), int(minutes or 0)) for line_id, minutes in found)


def logged_since(session: Session, person_id: int, began: datetime) -> tuple[int, int]:
    """Minutes a person worked since an instant, and the minutes they have in a day."""
    entry, person = table(TimeEntry), table(Person)
    worked = session.execute(
        select(func.sum(entry.c.worked_minutes)).where(entry.c.person_id == person_id, entry.c.started_at >= began)
    ).scalar()
    capacity = session.execute(select(person.c.capacity_minutes).where(person.c.id == person_id)).scalar()
    return int(worked or 0), int(capacity or 0)
