"""Registering a call from typed words, and saying what a dispatcher reads out to the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from deskconsole.cli import finding, output, ticket_view, values
from deskconsole.cli.context import viewer
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Channel, Policy, Priority
from deskconsole.domain.workflow import TICKET_TYPES
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.desk.callers import Caller
    from deskconsole.desk.desk import Desk
    from deskconsole.desk.tickets import Registration

CONTACT_KINDS = ("contact", "phone")
UNIT_KINDS = ("inventory", "serial")


@dataclass(frozen=True)
class Typed:
    """The options of `ticket new`, as typed."""

    subject: str
    client: str | None
    equipment: str | None
    service: str | None
    body: str
    priority: Priority
    kind: str
    channel: str
    due: str | None
    wished: str | None
    policy: str | None
    assign: str | None


def register(desk: Desk, typed: Typed, key: UUID | None) -> None:
    """Register the call, assign it if asked, print its number; coverage, pay state and hours go to the person."""
    from deskconsole.desk import tickets

    call = _registration(desk, typed)
    assignee = finding.person(desk, typed.assign) if typed.assign else None
    number = tickets.register(desk, call, key=key)
    output.data(number)
    if assignee is not None:
        # A command repeated under its key must not assign again what somebody took since.
        tickets.assign(desk, [number], assignee, key=uuid5(key, "assign") if key else None)
    output.words(_("Ticket {id} registered.").format(id=number))
    _read_out(desk, call)


def _registration(desk: Desk, typed: Typed) -> Registration:
    from deskconsole.data.queries import equipment
    from deskconsole.desk.tickets import Registration

    caller = finding.caller(desk, typed.client) if typed.client else None
    unit_id = desk.read(equipment.find, typed.equipment) if typed.equipment else _row(caller, UNIT_KINDS)
    unit = desk.read(equipment.card, unit_id) if unit_id else None
    if caller and unit and caller.client_id != unit.client_id:
        raise InvalidInput(
            mark("{unit} belongs to {owner}, not to {client}."),
            unit=unit.name,
            owner=unit.client,
            client=caller.client,
        )
    site_id = unit.site_id if unit else None
    now, zone = desk.now(), desk.zone
    return Registration(
        subject=typed.subject,
        client_id=unit.client_id if unit else caller.client_id if caller else None,
        body=typed.body,
        type=values.choice(typed.kind, TICKET_TYPES, "--type"),
        channel=Channel(values.choice(typed.channel, [item.value for item in Channel], "--channel")),
        priority=typed.priority,
        site_id=site_id or _row(caller, ("site",)),
        contact_id=_row(caller, CONTACT_KINDS),
        equipment_id=unit_id,
        service_id=finding.service(desk, typed.service) if typed.service else None,
        policy=Policy(values.choice(typed.policy, [item.value for item in Policy], "--policy"))
        if typed.policy
        else None,
        due_at=values.moment(typed.due, now, zone),
        wished_at=values.moment(typed.wished, now, zone),
    )


def _row(caller: Caller | None, kinds: tuple[str, ...]) -> int | None:
    """The contact, unit or site the caller was found by."""
    return caller.row_id if caller and caller.kind in kinds else None


def _read_out(desk: Desk, call: Registration) -> None:
    if call.client_id is None:
        output.words(_("No client is named; coverage is not known."))
        return
    from deskconsole.data.queries import clients
    from deskconsole.desk import coverage

    today = desk.now().astimezone(desk.zone).date()
    asked = coverage.Call(call.client_id, today, call.site_id, call.equipment_id, call.service_id)
    output.words(desk.read(clients.name_of, call.client_id))
    output.words(say(desk.read(coverage.judge, asked).sentence))
    output.words(ticket_view.payment_words(desk.read(clients.payment, call.client_id, viewer(desk)), desk.now()))
    if hours := ticket_view.hours_words(desk, call.client_id):
        output.words(hours)
