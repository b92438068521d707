"""All that a dispatcher must know of a call while it is being written down, read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries import clients, equipment, hours
from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.clients import ContactRow, PaymentRow, SiteRow, UnitRow
from deskconsole.data.queries.hours import Balance
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.data.tables import Client, ContractLine, ContractVersion, table
from deskconsole.desk import coverage
from deskconsole.domain.coverage import Verdict
from deskconsole.domain.errors import NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Coverage, Scope

MANY = 50  # tickets read for a list; a screen shows fewer


@dataclass(frozen=True)
class ClientSheet:
    """A client as a call is registered for it; `coverage` is each unit's without a service."""

    id: int
    name: str
    category: str
    note: str
    sites: tuple[SiteRow, ...]
    contacts: tuple[ContactRow, ...]
    units: tuple[UnitRow, ...]
    coverage: Mapping[int, Coverage]


@dataclass(frozen=True)
class CallFacts:
    """The verdict on a call, and what it is judged by.

    `open_tickets` are the unit's, or without a unit the client's; `past` are the unit's ended ones.
    """

    call: coverage.Call
    verdict: Verdict
    payment: PaymentRow | None
    balance: Balance | None
    open_tickets: tuple[QueueRow, ...]
    past: tuple[QueueRow, ...]


@of_the_books
def client_sheet(session: Session, client_id: int, on: date) -> ClientSheet:
    """A client with its places, people and units.

    Raises:
        NotFound: there is none.
    """
    client = table(Client)
    head = session.execute(select(client).where(client.c.id == client_id)).first()
    if head is None:
        raise NotFound(mark("There is no client {id}."), id=client_id)
    units = clients.units(session, client_id)
    judged = coverage.judge_units(session, client_id, ((unit.id, unit.site_id, unit.above) for unit in units), on)
    return ClientSheet(
        id=head.id,
        name=head.name,
        category=head.category,
        note=head.note,
        sites=clients.sites(session, client_id),
        contacts=clients.contacts(session, client_id),
        units=units,
        coverage={number: verdict.outcome for number, verdict in judged.items()},
    )


@of_the_books
def facts(session: Session, call: coverage.Call, viewer: Viewer) -> CallFacts:
    """Judge a call as it stands, and read what belongs beside the verdict."""
    if call.client_id is None:
        return CallFacts(call, coverage.judge(session, call), None, None, (), ())
    if call.equipment_id is not None:
        of_unit = equipment.tickets_of(session, call.equipment_id, viewer, limit=MANY)
        open_tickets = tuple(row for row in of_unit if row.category.is_open)
        past = tuple(row for row in of_unit if not row.category.is_open)
    else:
        open_tickets = equipment.tickets_of_client(session, call.client_id, viewer, limit=MANY, open_only=True)
        past = ()
    return CallFacts(
        call=call,
        verdict=coverage.judge(session, call),
        payment=clients.payment(session, call.client_id, viewer),
        balance=hours.balance(session, call.client_id, call.on),
        open_tickets=open_tickets,
        past=past,
    )


@of_the_books
def only_place_of(session: Session, contract_id: int) -> tuple[int | None, int | None]:
    """The one unit or the one site that a contract lists, as (unit, site); of several, none."""
    line, version = table(ContractLine), table(ContractVersion)
    latest = (
        select(version.c.id)
        .where(version.c.contract_id == contract_id)
        .order_by(version.c.effective_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    lines = session.execute(select(line).where(line.c.version_id == latest)).all()
    if len(lines) != 1:
        return None, None
    only = lines[0]
    if only.scope == Scope.UNIT.value:
        return only.equipment_id, None
    return None, only.site_id if only.scope == Scope.SITE.value else None
