"""The scopes of `access` as conditions of PostgreSQL; the functions they call stand in `functions`.

Helpers are called as `(SELECT f())`, so that they run once a statement, not once a row. Their arrays are looked up by
`IN (SELECT unnest(f()))`, which is hashed once: for `= ANY` the planner takes ten numbers for granted, and joined each
row of a page with all clients of a contractor's ten thousand tickets.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskconsole.data.access import Scope
from deskconsole.data.access.columns import OWN_HISTORY

ME = "(SELECT desk_priv.me())"
IS_HERE = f"{ME} IS NOT NULL"
OF_OWN = f"EXISTS (SELECT FROM public.ticket t WHERE t.id = {{table}}.ticket_id AND t.assignee_id = {ME})"
NAMED = "{table}.id IN (SELECT unnest(desk_priv.my_named('{name}')))"
OWN = f"person_id = {ME}"
CORRECTION = (
    "(reverses_id IS NULL OR desk_priv.takes_back(reverses_id, ticket_id, line_id, worked_minutes, charged_minutes))"
)
SPOKEN = f"({OWN} OR person_id IS NULL)"
OWN_ENTRY = (
    f"EXISTS (SELECT FROM public.time_entry e WHERE e.id = {{table}}.time_entry_id"
    f" AND e.ticket_id = {{table}}.ticket_id AND e.person_id = {ME})"
)
DEDUCTION = (
    "kind = 'deduction' AND minutes < 0 AND EXISTS (SELECT FROM public.hour_lot l JOIN public.ticket t"
    " ON t.client_id = l.client_id WHERE l.id = {table}.lot_id AND t.id = {table}.ticket_id)"
)
REVERSAL = "kind = 'reversal' AND desk_priv.undoes(reverses_id, lot_id, minutes)"
TICKED = f"(done_by_id = {ME} OR (done_by_id IS NULL AND done_at IS NULL))"
WORKED = (
    f"({SPOKEN} OR EXISTS (SELECT FROM public.time_entry e WHERE e.id = {{table}}.time_entry_id"
    " AND e.person_id = {table}.person_id))"
)
"""Whose hours: the writer's own, nobody's, or those of the person whose time is being booked."""

CONDITIONS: Mapping[Scope, str] = {
    Scope.ALL: IS_HERE,
    Scope.OWN_TICKET: f"assignee_id = {ME}",
    Scope.OF_OWN_TICKET: OF_OWN,
    Scope.NAMED: NAMED,
    Scope.KEYS_OF_OWN: (
        "(kind IN ('name', 'entity') AND client_id IN (SELECT unnest(desk_priv.my_named('client'))))"
        " OR (kind IN ('inventory', 'serial') AND row_id IN (SELECT unnest(desk_priv.my_named('equipment'))))"
    ),
    Scope.OWN: OWN,
    Scope.OWN_OR_NOBODYS: f"{IS_HERE} AND {SPOKEN}",
    Scope.OWN_OF_OWN_TICKET: f"{OWN} AND {OF_OWN}",
    Scope.OWN_TIME_OF_OWN: (
        f"{OWN} AND ({OF_OWN} OR ticket_id = (SELECT w.ticket_id FROM public.work_timer w WHERE w.person_id = {ME}))"
        " AND (line_id IS NULL OR EXISTS (SELECT FROM public.ticket_line l"
        " WHERE l.id = {table}.line_id AND l.ticket_id = {table}.ticket_id))"
        f" AND {CORRECTION}"
    ),
    Scope.OWN_TIME: f"{OWN} AND {CORRECTION}",
    Scope.OWN_ENTRY: (
        f"EXISTS (SELECT FROM public.time_entry e WHERE e.id = {{table}}.time_entry_id AND e.person_id = {ME})"
    ),
    Scope.OWN_OR_OF_OWN_TICKET: f"{OWN} OR {OF_OWN}",
    Scope.OPEN_OF_OWN: f"ended_at IS NULL AND {OF_OWN}",
    Scope.ENDED_OF_OWN: f"{OF_OWN} AND (ended_at IS NULL OR ended_at >= began_at)",
    Scope.OWN_UNBOOKED: f"(time_entry_id IS NULL AND {OF_OWN}) OR {OWN_ENTRY}",
    Scope.OWN_TRANSACTION: f"{IS_HERE} AND txid = pg_catalog.pg_current_xact_id_if_assigned()",
    Scope.SPOKEN: f"{IS_HERE} AND {SPOKEN}",
    Scope.SPOKEN_OR_IMPORTED: f"{IS_HERE} AND ({SPOKEN} OR channel = 'import')",
    Scope.WITNESSED: f"{IS_HERE} AND ({SPOKEN} OR rule = 'sla')",
    Scope.WITNESSED_OR_IMPORTED: f"{IS_HERE} AND ({SPOKEN} OR rule = 'sla' OR channel = 'import')",
    Scope.DEDUCTION_ONLY: f"{IS_HERE} AND {WORKED} AND (({DEDUCTION}) OR ({REVERSAL}))",
    Scope.NO_ADJUSTMENT: (
        f"{IS_HERE} AND {WORKED} AND (({DEDUCTION}) OR ({REVERSAL}) OR (kind IN ('accrual', 'top_up') AND minutes > 0)"
        " OR (kind = 'expiry' AND minutes < 0))"
    ),
    Scope.PASS_MARKS: f"{IS_HERE} AND name IN ('last_pass', 'unread_mark')",
    Scope.PASS_BEGINNINGS: f"{IS_HERE} AND name IN ('last_pass', 'unread_mark', 'unread_alert')",
    Scope.PLACEHOLDER: f"{IS_HERE} AND role = 'engineer' AND NOT is_active",
}
ADDED: Mapping[tuple[Scope, str], str] = {
    (Scope.OWN_OF_OWN_TICKET, "event"): (
        f"{OWN} AND {OF_OWN} AND rule IN ('', 'undo') AND field IN ({', '.join(map(repr, OWN_HISTORY))})"
    ),
}
"""What a new row must be besides, where the rows that stand there may be read without."""
OF_TABLES: Mapping[tuple[Scope, str], str] = {
    (Scope.OWN, "person"): f"id = {ME}",
    (Scope.PUBLIC_OF_OWN, "message"): f"visibility = 'public' AND {OF_OWN}",
    (Scope.PUBLIC_OF_OWN, "attachment"): (
        f"{OF_OWN} AND (message_id IS NULL OR EXISTS (SELECT FROM public.message m"
        " WHERE m.id = {table}.message_id AND m.visibility = 'public'))"
    ),
    (Scope.OWN_PUBLIC_OF_OWN, "message"): f"{OWN} AND visibility = 'public' AND NOT is_automatic AND {OF_OWN}",
    (Scope.OWN_FILE_OF_OWN, "attachment"): (
        f"{OWN} AND {OF_OWN} AND (message_id IS NULL OR EXISTS (SELECT FROM public.message m"
        " WHERE m.id = {table}.message_id AND m.ticket_id = {table}.ticket_id AND m.visibility = 'public'))"
    ),
    (Scope.OWN_TICK, "checklist_item"): f"{OF_OWN} AND {TICKED}",
    (Scope.TICKED, "checklist_item"): f"{IS_HERE} AND {TICKED}",
    (Scope.REGISTERED, "ticket"): f"{IS_HERE} AND (created_by_id = {ME} OR created_by_id IS NULL)",
    (Scope.OWN_CALL, "ticket"): f"created_by_id = {ME} AND assignee_id IS NULL",
    (Scope.OWN_ANSWER, "alert"): (
        f"{OF_OWN} AND (acknowledged_by_id IS NULL OR acknowledged_by_id = {ME})"
        f" AND (muted_by_id IS NULL OR muted_by_id = {ME} OR acknowledged_by_id = {ME})"
    ),
}
"""Scopes that mean another column in a table, or that only one table has."""
LOOSER: Mapping[tuple[Scope, str], Scope] = {
    (Scope.OWN_TICK, "checklist_item"): Scope.OF_OWN_TICKET,
    (Scope.TICKED, "checklist_item"): Scope.ALL,  # another's tick may be taken back
    (Scope.OWN_ANSWER, "alert"): Scope.OF_OWN_TICKET,
    (Scope.ENDED_OF_OWN, "status_span"): Scope.OPEN_OF_OWN,
    (Scope.OWN_OF_OWN_TICKET, "presence"): Scope.OWN,  # a console moves on from a ticket that is another's by now
}
"""Which rows may be changed, where what they become is looked at more closely."""


def condition(scope: Scope, table: str, *, is_new: bool = False) -> str:
    """What a row of a table must satisfy to be in a scope; a new row may have to satisfy more."""
    added = ADDED.get((scope, table)) if is_new else None
    words = added or OF_TABLES.get((scope, table)) or CONDITIONS[scope]
    return words.replace("{table}", f"public.{table}").replace("{name}", table)
