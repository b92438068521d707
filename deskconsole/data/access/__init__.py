"""Who may do what to which rows: declared once, as data.

PostgreSQL's grants and policies (`sql`), the matrix in docs/security.md and the tests of tests/rights come from
here. What a role has no entry for, it does not reach; each entry is what its console's use cases and lists need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from deskconsole.data.access.columns import ALERT_ANSWER, LINE_STATE, OWN_JOB, PERSON_FACTS, TICKET_WORK
from deskconsole.domain.terms import Role

OWNER = "desk_owner"
"""The role that owns everything; nobody logs in as it."""
MEMBER = "desk_member"
"""The parent of the groups whose people open a console."""


class Verb(StrEnum):
    """What is done to rows; `LOCK` holds them against other writers and changes nothing."""

    READ = "read"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    LOCK = "lock"


class Scope(StrEnum):
    """Which rows a right is for; as words a person reads, for the matrix shows them."""

    ALL = "all"
    NONE = "none"  # a list may name the table and finds nothing in it
    OWN_TICKET = "own tickets"
    OF_OWN_TICKET = "of own tickets"
    NAMED = "named by own tickets"
    KEYS_OF_OWN = "names of own tickets' clients and units"
    PUBLIC_OF_OWN = "public, of own tickets"
    OWN = "own"
    OWN_OR_NOBODYS = "own or nobody's"
    OWN_OR_OF_OWN_TICKET = "own, and of own tickets"
    OWN_ENTRY = "of own time"
    OWN_TIME = "own, corrections of own time"
    OWN_OF_OWN_TICKET = "own, of own tickets"
    OWN_PUBLIC_OF_OWN = "own and public, of own tickets"
    OWN_FILE_OF_OWN = "own, of own tickets' public messages"
    OWN_TIME_OF_OWN = "own, of own tickets or where the own timer runs"
    OWN_UNBOOKED = "of own tickets and own time"
    OWN_TRANSACTION = "of the running transaction"
    OPEN_OF_OWN = "of own tickets, not ended"
    ENDED_OF_OWN = "of own tickets, not ended before"
    OWN_TICK = "of own tickets, ticked by oneself"
    OWN_ANSWER = "of own tickets, answered by oneself"
    TICKED = "ticked by oneself"
    REGISTERED = "registered by oneself or nobody"
    OWN_CALL = "registered by oneself, given to nobody"
    SPOKEN = "own or the client's"
    SPOKEN_OR_IMPORTED = "own, the client's or imported"
    WITNESSED = "own, nobody's or a rule's"
    WITNESSED_OR_IMPORTED = "own, nobody's, a rule's or imported"
    DEDUCTION_ONLY = "deductions on the client's ticket, and their reversals"
    NO_ADJUSTMENT = "all kinds but adjustments"
    PASS_MARKS = "marks of the passes"
    PASS_BEGINNINGS = "marks of the passes, and the first alert rule"
    PLACEHOLDER = "engineers without a login in use"


@dataclass(frozen=True)
class Grant:
    """The rows a verb is for, and the columns (none named: all that a person may write)."""

    scope: Scope = Scope.ALL
    columns: tuple[str, ...] = ()


Rights = Mapping[Verb, Grant]


def _rights(
    read: Grant | Scope | None = None,
    add: Grant | Scope | None = None,
    change: Grant | Scope | None = None,
    remove: Grant | Scope | None = None,
    lock: Grant | Scope | None = None,
) -> Rights:
    given = zip(Verb, (read, add, change, remove, lock), strict=True)
    return {
        verb: wanted if isinstance(wanted, Grant) else Grant(wanted) for verb, wanted in given if wanted is not None
    }


def _to(roles: Iterable[Role], rights: Rights) -> dict[Role, Rights]:
    return dict.fromkeys(roles, rights)


ALL, NONE = Scope.ALL, Scope.NONE
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
DESK = (*KEEPERS, Role.DISPATCHER)
STAFF = (*DESK, Role.ENGINEER)
EVERYBODY = (*STAFF, Role.CONTRACTOR)
SEEN = _rights(read=ALL)
EMPTY = _rights(read=NONE)
ADDED = _rights(read=ALL, add=ALL)
KEPT = _rights(read=ALL, add=ALL, change=ALL)
SWAPPED = _rights(read=ALL, add=ALL, remove=ALL)
REPLACED = _rights(read=ALL, add=ALL, change=ALL, remove=ALL)
BOOKS = {**_to(DESK, KEPT), Role.ENGINEER: SEEN}
"""Of clients: kept by the desk, read by engineers."""
RULES = {**_to(KEEPERS, KEPT), **_to((Role.DISPATCHER, Role.ENGINEER), SEEN)}
"""What the company promises: kept by supervisors and administrators."""
RULE_LISTS = {**RULES, **_to(KEEPERS, SWAPPED)}

TICKETS: Mapping[str, Mapping[Role, Rights]] = {
    "ticket": {
        **_to(DESK, _rights(read=ALL, add=Scope.REGISTERED, change=ALL)),
        Role.ENGINEER: _rights(read=ALL, add=Scope.OWN_CALL, change=Grant(ALL, TICKET_WORK)),
        Role.CONTRACTOR: _rights(read=Scope.OWN_TICKET, change=Grant(Scope.OWN_TICKET, OWN_JOB)),
    },
    "ticket_search": {**_to(STAFF, KEPT), Role.CONTRACTOR: _rights(read=Scope.OF_OWN_TICKET)},
    "ticket_line": {
        **_to(STAFF, _rights(read=ALL, add=ALL, change=Grant(ALL, LINE_STATE))),
        Role.CONTRACTOR: _rights(read=Scope.OF_OWN_TICKET),
    },
    "ticket_line_money": {**_to(DESK, SEEN), **_to((Role.ENGINEER, Role.CONTRACTOR), EMPTY)},
    "message": {
        **_to(DESK, _rights(read=ALL, add=Scope.SPOKEN_OR_IMPORTED)),
        Role.ENGINEER: _rights(read=ALL, add=Scope.SPOKEN),
        Role.CONTRACTOR: _rights(read=Scope.PUBLIC_OF_OWN, add=Scope.OWN_PUBLIC_OF_OWN),
    },
    "attachment": {
        **_to(DESK, _rights(read=ALL, add=Scope.OWN_OR_NOBODYS)),
        Role.ENGINEER: _rights(read=ALL, add=Scope.OWN),
        Role.CONTRACTOR: _rights(read=Scope.PUBLIC_OF_OWN, add=Scope.OWN_FILE_OF_OWN),
    },
    "time_entry": {
        **_to(DESK, _rights(read=ALL, add=ALL, change=Grant(ALL, ("charged_minutes",)))),
        Role.ENGINEER: _rights(read=ALL, add=Scope.OWN_TIME),
        Role.CONTRACTOR: _rights(read=Scope.OWN, add=Scope.OWN_TIME_OF_OWN),
    },
    "time_entry_money": _to(KEEPERS, SEEN),
    "work_timer": {
        **_to(DESK, _rights(read=ALL, add=Scope.OWN, remove=ALL)),  # somebody must stop what was forgotten
        Role.ENGINEER: _rights(read=ALL, add=Scope.OWN),  # and `end_timer` takes the own one away
        Role.CONTRACTOR: _rights(read=Scope.OWN, add=Scope.OWN_OF_OWN_TICKET),
    },
    "status_span": {
        **_to(DESK, _rights(read=ALL, add=ALL, change=Grant(ALL, ("ended_at",)), remove=ALL)),
        Role.ENGINEER: _rights(read=ALL, add=ALL, change=Grant(ALL, ("ended_at",))),
        Role.CONTRACTOR: _rights(
            read=Scope.OF_OWN_TICKET, add=Scope.OF_OWN_TICKET, change=Grant(Scope.ENDED_OF_OWN, ("ended_at",))
        ),
    },
    "checklist_item": {
        **_to(DESK, _rights(read=ALL, add=ALL, change=Grant(Scope.TICKED, ("done_at", "done_by_id")))),
        Role.ENGINEER: _rights(read=ALL, change=Grant(Scope.TICKED, ("done_at", "done_by_id"))),
        Role.CONTRACTOR: _rights(read=Scope.OF_OWN_TICKET, change=Grant(Scope.OWN_TICK, ("done_at", "done_by_id"))),
    },
    "sla_clock": {**_to(STAFF, REPLACED), Role.CONTRACTOR: _rights(read=Scope.OF_OWN_TICKET)},
    "client_wait": _to(STAFF, REPLACED),
    "alert": {
        **_to(DESK, KEPT),
        Role.ENGINEER: _rights(read=ALL, change=Grant(ALL, ALERT_ANSWER)),  # and `guard_alert` says who answered
        Role.CONTRACTOR: _rights(read=Scope.OF_OWN_TICKET, change=Grant(Scope.OWN_ANSWER, ALERT_ANSWER)),
    },
}

JOURNAL: Mapping[str, Mapping[Role, Rights]] = {
    "event": {
        **_to(DESK, _rights(read=ALL, add=Scope.WITNESSED_OR_IMPORTED)),
        Role.ENGINEER: _rights(read=ALL, add=Scope.WITNESSED),
        Role.CONTRACTOR: _rights(read=Scope.OWN_OF_OWN_TICKET, add=Scope.OWN_OF_OWN_TICKET),
    },
    "operation": {
        **_to(DESK, _rights(read=Scope.OWN_OR_NOBODYS, add=Scope.OWN_OR_NOBODYS)),
        **_to((Role.ENGINEER, Role.CONTRACTOR), _rights(read=Scope.OWN, add=Scope.OWN)),
    },
    "change": {
        **_to(DESK, _rights(read=ALL, add=ALL, remove=ALL)),  # their consoles clean it up
        Role.ENGINEER: ADDED,
        Role.CONTRACTOR: _rights(read=Grant(Scope.OWN_TRANSACTION, ("seq", "txid")), add=ALL),
    },
    "external_ref": {**_to(DESK, KEPT), Role.ENGINEER: SEEN},
    "presence": {
        **_to(DESK, _rights(read=ALL, add=Scope.OWN, change=Scope.OWN, remove=ALL)),
        Role.ENGINEER: _rights(read=ALL, add=Scope.OWN, change=Scope.OWN),  # and `leave` takes the own one away
        Role.CONTRACTOR: _rights(
            read=Scope.OWN_OR_OF_OWN_TICKET,
            add=Scope.OWN_OF_OWN_TICKET,
            change=Scope.OWN_OF_OWN_TICKET,
        ),
    },
    "unbooked": {
        **_to(DESK, _rights(read=ALL, add=ALL, remove=ALL, lock=ALL)),
        Role.ENGINEER: _rights(read=ALL, remove=Scope.OWN_ENTRY),
        Role.CONTRACTOR: _rights(read=Scope.OWN_UNBOOKED, add=Scope.OWN_UNBOOKED),
    },
    "seal": {},  # of local desks
}

CLIENTS: Mapping[str, Mapping[Role, Rights]] = {
    "client": {
        **_to(DESK, KEPT),
        Role.ENGINEER: _rights(read=ALL, lock=ALL),  # the ledger of a client is held by the client's row
        Role.CONTRACTOR: _rights(read=Grant(Scope.NAMED, ("id", "name"))),
    },
    "legal_entity": BOOKS,
    "site": {
        **BOOKS,
        Role.CONTRACTOR: _rights(read=Grant(Scope.NAMED, ("id", "client_id", "name", "city", "address", "zone"))),
    },
    "contact": {
        **BOOKS,
        Role.CONTRACTOR: _rights(read=Grant(Scope.NAMED, ("id", "client_id", "name", "position", "phone"))),
    },
    "equipment": {
        **BOOKS,
        Role.CONTRACTOR: _rights(
            read=Grant(
                Scope.NAMED,
                ("id", "client_id", "site_id", "inventory_number", "serial_number", "kind", "maker", "model"),
            )
        ),
    },
    "payment": BOOKS,
    "payment_money": {**_to(DESK, REPLACED), Role.ENGINEER: EMPTY},
    "caller_key": {**_to(DESK, SWAPPED), Role.ENGINEER: SEEN, Role.CONTRACTOR: _rights(read=Scope.KEYS_OF_OWN)},
    "contract": {**BOOKS, Role.CONTRACTOR: EMPTY},
    "contract_version": {**_to(DESK, ADDED), Role.ENGINEER: SEEN, Role.CONTRACTOR: EMPTY},
    "contract_version_money": {**_to(DESK, ADDED), Role.ENGINEER: EMPTY},
    "contract_line": {**_to(DESK, ADDED), Role.ENGINEER: SEEN},
    "contract_line_service": {**_to(DESK, ADDED), Role.ENGINEER: SEEN},
    "hour_lot": {**_to(DESK, ADDED), Role.ENGINEER: SEEN},
    "hour_lot_money": _to(DESK, SEEN),
    "hour_entry": {
        **_to(KEEPERS, ADDED),
        Role.DISPATCHER: _rights(read=ALL, add=Scope.NO_ADJUSTMENT),
        Role.ENGINEER: _rights(read=ALL, add=Scope.DEDUCTION_ONLY),
    },
    "hour_reservation": _to(STAFF, SWAPPED),
}

COMPANY: Mapping[str, Mapping[Role, Rights]] = {
    "person": {
        Role.ADMIN: KEPT,
        Role.SUPERVISOR: _rights(read=ALL, add=ALL, change=Grant(ALL, PERSON_FACTS)),
        Role.DISPATCHER: _rights(read=ALL, add=Scope.PLACEHOLDER, lock=ALL),
        Role.ENGINEER: SEEN,
        Role.CONTRACTOR: _rights(read=Scope.OWN),
    },
    "person_money": _to(KEEPERS, ADDED),
    "skill": {**_to(KEEPERS, SWAPPED), **_to((Role.DISPATCHER, Role.ENGINEER), SEEN)},
    "team": {
        **_to(KEEPERS, KEPT),
        Role.DISPATCHER: ADDED,
        Role.ENGINEER: SEEN,
        Role.CONTRACTOR: _rights(read=Scope.NAMED),
    },
    "team_lead": {**_to(KEEPERS, REPLACED), **_to((Role.DISPATCHER, Role.ENGINEER), SEEN)},
    "person_calendar": {**_to(DESK, REPLACED), Role.ENGINEER: SEEN},
    "absence": {**_to(DESK, SWAPPED), Role.ENGINEER: SEEN},
    "work_calendar": RULES,
    "sla_policy": RULES,
    "sla_target": RULE_LISTS,
    "sla_binding": RULE_LISTS,
    "standing_clock": RULE_LISTS,
    "status": _to(EVERYBODY, SEEN),
    "transition": _to(EVERYBODY, SEEN),
    "service": _to(EVERYBODY, SEEN),
    "price_list": _to(DESK, SEEN),
    "price_money": _to(DESK, SEEN),
    "setting": {
        **_to(KEEPERS, KEPT),
        Role.DISPATCHER: _rights(read=ALL, add=Scope.PASS_BEGINNINGS, change=Scope.PASS_MARKS),
        Role.ENGINEER: SEEN,
    },
    "recurring": BOOKS,
    "recurring_unit": {**_to(DESK, SWAPPED), Role.ENGINEER: SEEN},
    "occurrence": {**_to(DESK, ADDED), Role.ENGINEER: SEEN},
    "occurrence_ticket": {**_to(DESK, ADDED), Role.ENGINEER: SEEN},
}

OUTSIDE: Mapping[str, Mapping[Role, Rights]] = {
    "alembic_version": _to(EVERYBODY, SEEN),
    "audit": _to(KEEPERS, SEEN),
}
"""Tables that the models do not know: which schema this is, and PostgreSQL's record of who wrote what."""

ACCESS: Mapping[str, Mapping[Role, Rights]] = {**TICKETS, **JOURNAL, **CLIENTS, **COMPANY, **OUTSIDE}
"""Table -> role -> verb -> rows and columns."""
APPEND_ONLY = frozenset({"event", "hour_entry", "contract_version", "audit"})
"""History and ledger: no row of these is ever changed or removed, by anybody."""


def group(role: Role) -> str:
    """The PostgreSQL group of the people with a role."""
    return f"desk_{role.value}"
