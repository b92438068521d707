"""The recurring work of the demo's company: a few templates, made as a dispatcher would make them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.tables import Contract, Equipment, Service, StoredCalendar, table
from deskconsole.desk.desk import Desk
from deskconsole.desk.recurring_templates import Template, put_recurring
from deskconsole.domain.occurrences import CatchUp, Shift

CHECKLIST = ("Осмотр", "Чистка", "Проверка печати чека", "Акт подписан")
# (name, rule, hour, subject, service, units, days of lead, shift, catch-up)
TEMPLATES = (
    (
        "Касса: ежемесячное ТО",
        "FREQ=MONTHLY;BYDAY=-1FR",
        9,
        "Ежемесячное обслуживание",
        "maintenance",
        3,
        3,
        Shift.PREVIOUS,
        CatchUp.LATEST,
    ),
    (
        "Weekly check of the network",
        "FREQ=WEEKLY;BYDAY=MO",
        9,
        "Weekly check",
        "consultation",
        1,
        0,
        Shift.NEXT,
        CatchUp.NONE,
    ),
    (
        "Inspección de fin de mes",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        11,
        "Inspección",
        "inspection",
        2,
        2,
        Shift.NEXT,
        CatchUp.ALL,
    ),
)


def recur(desk: Desk) -> None:
    """Make the templates, each for another client that has a contract and equipment."""
    day = desk.now().astimezone(desk.zone).date() - timedelta(days=1)
    places = desk.read(_clients, len(TEMPLATES))
    for (client_id, contract_id, units), words in zip(places, TEMPLATES, strict=False):
        name, rule, hour, subject, service, count, lead, shift, catch_up = words
        service_id, calendar_id = desk.read(_ids, service)
        put_recurring(
            desk,
            Template(
                name=name,
                rules=[rule],
                starts=datetime.combine(day, time(hour)),
                subject=subject,
                zone=str(desk.zone),
                lead_days=lead,
                shift=shift,
                catch_up=catch_up,
                calendar_id=calendar_id,
                client_id=client_id,
                contract_id=contract_id,
                units=units[:count],
                one_per_unit=count == 1,
                service_id=service_id,
                checklist=CHECKLIST,
            ),
            key=uuid5(NAMESPACE_OID, name),  # the same desk again has the same keys
        )


def _clients(session: Session, count: int) -> list[tuple[int, int, list[int]]]:
    contract, unit = table(Contract), table(Equipment)
    found: list[tuple[int, int, list[int]]] = []
    for client_id, contract_id in session.execute(select(contract.c.client_id, contract.c.id).order_by(contract.c.id)):
        units = session.execute(select(unit.c.id).where(unit.c.client_id == client_id).order_by(unit.c.id).limit(3))
        if (ids := list(units.scalars())) and client_id not in {one[0] for one in found}:
            found.append((client_id, contract_id, ids))
        if len(found) == count:
            break
    return found


def _ids(session: Session, code: str) -> tuple[int | None, int | None]:
    """The service of that code, and the first calendar."""
    service, calendar = table(Service), table(StoredCalendar)
    return (
        session.execute(select(service.c.id).where(service.c.code == code)).scalar(),
        session.execute(select(calendar.c.id).order_by(calendar.c.id).limit(1)).scalar(),
    )
