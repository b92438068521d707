"""A template of recurring work from typed words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from deskconsole.cli import finding, values
from deskconsole.domain.terms import Priority
from deskconsole.domain.workflow import TICKET_TYPES

if TYPE_CHECKING:
    from deskconsole.desk.desk import Desk
    from deskconsole.desk.recurring_templates import Template


@dataclass(frozen=True)
class Typed:
    """The options of `recurring add`; names are still as typed."""

    name: str
    rules: Sequence[str]
    exclusions: Sequence[str]
    start: str
    zone: str
    subject: str
    body: str
    shift: str
    catch_up: str
    lead_days: int
    ends_on: date | None
    kind: str
    priority: int
    estimate: int
    points: Sequence[str]
    calendar: str | None
    client: str | None
    contract: str | None
    site: str | None
    units: Sequence[str]
    each_unit: bool
    service: str | None
    team: str | None
    assignee: str | None


def template(desk: Desk, typed: Typed) -> Template:
    """The template that is meant; the client is named by what belongs to it, if by nothing else."""
    from deskconsole.data.queries import equipment
    from deskconsole.desk import calendars
    from deskconsole.desk.recurring_templates import Template
    from deskconsole.domain.occurrences import CatchUp, Shift
    from deskconsole.domain.recurrence import read_start
    from deskconsole.domain.zones import zone_named

    units = [desk.read(equipment.find, number) for number in typed.units]
    contract = finding.contract(desk, typed.contract) if typed.contract else None
    client_id = finding.caller(desk, typed.client).client_id if typed.client else None
    if client_id is None and contract is not None:
        client_id = contract.client_id
    if client_id is None and units:
        client_id = desk.read(equipment.card, units[0]).client_id
    site = finding.site(desk, client_id, typed.site) if typed.site else None
    zone = zone_named(typed.zone or (site.zone if site else "") or str(desk.zone))
    return Template(
        name=typed.name,
        rules=typed.rules,
        exclusions=typed.exclusions,
        starts=read_start(typed.start, zone),
        zone=typed.zone,
        subject=typed.subject,
        body=typed.body,
        shift=Shift(typed.shift),
        catch_up=CatchUp(typed.catch_up),
        lead_days=typed.lead_days,
        ends_on=typed.ends_on,
        calendar_id=desk.read(calendars.card, typed.calendar).id if typed.calendar else None,
        client_id=client_id,
        contract_id=contract.id if contract else None,
        site_id=site.id if site else None,
        units=units,
        one_per_unit=typed.each_unit,
        type=values.choice(typed.kind, TICKET_TYPES, "--type"),
        priority=Priority(typed.priority),
        service_id=finding.service(desk, typed.service) if typed.service else None,
        team_id=finding.team(desk, typed.team) if typed.team else None,
        assignee_id=finding.person(desk, typed.assignee) if typed.assignee else None,
        estimate_minutes=typed.estimate,
        checklist=typed.points,
    )
