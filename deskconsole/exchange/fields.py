"""What a file can tell about each kind of thing: the fields a mapping may name, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from types import MappingProxyType

from deskconsole.desk.records import LINE_LIMIT
from deskconsole.desk.tickets import BODY_LIMIT


class What(StrEnum):
    """What a file holds."""

    TICKETS = "tickets"
    CLIENTS = "clients"
    EQUIPMENT = "equipment"
    CONTRACTS = "contracts"


class Kind(Enum):
    """How the text of a cell is read."""

    TEXT = "text"  # one line
    NAME = "name"  # one line that may become the name of a row of ours
    STORY = "story"  # many lines
    INSTANT = "instant"
    DATE = "date"
    WHOLE = "whole"  # a whole number, zero or more
    MONEY = "money"  # in minor units
    YES_NO = "yes_no"
    PRIORITY = "priority"
    STATUS = "status"
    CHANNEL = "channel"
    TYPE = "type"
    EQUIPMENT_STATUS = "equipment_status"
    PAY_STATE = "pay_state"
    SCOPE = "scope"
    FUNDING = "funding"


LONGEST: Mapping[Kind, int] = MappingProxyType({Kind.TEXT: 2000, Kind.NAME: LINE_LIMIT, Kind.STORY: BODY_LIMIT})
"""Characters a cell may have; more is a broken file, not a name. Other kinds: `LONGEST_WORD`."""
LONGEST_WORD = 200

_TICKET = {
    "subject": Kind.STORY,  # longer than a subject can be: cut, the whole kept as a note
    "message": Kind.STORY,
    "reply": Kind.STORY,
    "note": Kind.STORY,
    "type": Kind.TYPE,
    "channel": Kind.CHANNEL,
    "priority": Kind.PRIORITY,
    "status": Kind.STATUS,
    "client": Kind.NAME,
    "site": Kind.TEXT,
    "equipment": Kind.TEXT,
    "service": Kind.TEXT,
    "team": Kind.NAME,
    "assignee": Kind.NAME,
    "caller": Kind.TEXT,
    "registrar": Kind.NAME,
    "actor": Kind.NAME,
    "created": Kind.INSTANT,
    "updated": Kind.INSTANT,
    "resolved": Kind.INSTANT,
    "closed": Kind.INSTANT,
    "due": Kind.INSTANT,
    "wished": Kind.INSTANT,
}
_CLIENT = {
    "name": Kind.TEXT,
    "category": Kind.TEXT,
    "region": Kind.TEXT,
    "note": Kind.STORY,
    "entity": Kind.TEXT,
    "tax_number": Kind.TEXT,
    "country": Kind.TEXT,
    "pay_state": Kind.PAY_STATE,
    "pay_as_of": Kind.INSTANT,
    "overdue_since": Kind.DATE,
    "debt": Kind.MONEY,
    "currency": Kind.TEXT,
    "site": Kind.TEXT,
    "city": Kind.TEXT,
    "address": Kind.TEXT,
    "zone": Kind.TEXT,
    "contact": Kind.TEXT,
    "position": Kind.TEXT,
    "phone": Kind.TEXT,
    "email": Kind.TEXT,
}
_EQUIPMENT = {
    "client": Kind.TEXT,
    "site": Kind.TEXT,
    "inventory_number": Kind.TEXT,
    "serial_number": Kind.TEXT,
    "kind": Kind.TEXT,
    "maker": Kind.TEXT,
    "model": Kind.TEXT,
    "status": Kind.EQUIPMENT_STATUS,
    "parent": Kind.TEXT,
    "installed_on": Kind.DATE,
    "warranty_until": Kind.DATE,
    "note": Kind.STORY,
}
_CONTRACT = {
    "client": Kind.TEXT,
    "number": Kind.TEXT,
    "title": Kind.TEXT,
    "starts_on": Kind.DATE,
    "ends_on": Kind.DATE,
    "effective_from": Kind.DATE,
    "suspended": Kind.YES_NO,
    "must_be_paid": Kind.YES_NO,
    "grace_days": Kind.WHOLE,
    "charge_unit_minutes": Kind.WHOLE,
    "minutes_per_month": Kind.WHOLE,
    "fee": Kind.MONEY,
    "fee_months": Kind.WHOLE,
    "currency": Kind.TEXT,
    "scope": Kind.SCOPE,
    "funding": Kind.FUNDING,
    "equipment": Kind.TEXT,
    "site": Kind.TEXT,
    "includes_children": Kind.YES_NO,
    "services": Kind.TEXT,
    "without_services": Kind.TEXT,
}
FIELDS: Mapping[What, Mapping[str, Kind]] = MappingProxyType(
    {What.TICKETS: _TICKET, What.CLIENTS: _CLIENT, What.EQUIPMENT: _EQUIPMENT, What.CONTRACTS: _CONTRACT}
)
NEEDED: Mapping[What, tuple[str, ...]] = MappingProxyType(
    {
        What.TICKETS: ("subject", "status", "created"),
        What.CLIENTS: ("name",),
        What.EQUIPMENT: ("client",),
        What.CONTRACTS: ("client", "number", "starts_on"),
    }
)
"""Fields every mapping of that kind must fill."""
