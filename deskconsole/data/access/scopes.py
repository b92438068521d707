"""The scopes of `access` as conditions of PostgreSQL, and the functions they call.

Helpers are called as `(SELECT f())`, so that they run once a statement, not once a row.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskconsole.data.access import Scope

ME = "(SELECT desk_priv.me())"
IS_HERE = f"{ME} IS NOT NULL"
OF_OWN = f"EXISTS (SELECT FROM public.ticket t WHERE t.id = {{table}}.ticket_id AND t.assignee_id = {ME})"
NAMED = "{table}.id = ANY ((SELECT desk_priv.my_named('{name}'))::bigint[])"
OWN = f"person_id = {ME}"
CORRECTION = "(reverses_id IS NULL OR desk_priv.takes_back(reverses_id, ticket_id, worked_minutes))"
PLAUSIBLE = "desk_priv.is_plausible({table}.ticket_id, {at})"
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
        "(kind IN ('name', 'entity') AND client_id = ANY ((SELECT desk_priv.my_named('client'))::bigint[]))"
        " OR (kind IN ('inventory', 'serial') AND row_id = ANY ((SELECT desk_priv.my_named('equipment'))::bigint[]))"
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
    Scope.ENDED_OF_OWN: (
        f"{OF_OWN} AND (ended_at IS NULL OR (ended_at >= began_at AND {PLAUSIBLE.replace('{at}', 'ended_at')}))"
    ),
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
    (Scope.OF_OWN_TICKET, "status_span"): f"{OF_OWN} AND {PLAUSIBLE.replace('{at}', 'began_at')}",
    (Scope.OWN_OF_OWN_TICKET, "event"): f"{OWN} AND {OF_OWN} AND {PLAUSIBLE.replace('{at}', 'at')}",
}
"""What a new row must be besides, where the rows that stand there may be read without."""
OF_TABLES: Mapping[tuple[Scope, str], str] = {
    (Scope.OWN, "person"): f"id = {ME}",
    (Scope.PUBLIC_OF_OWN, "message"): f"visibility = 'public' AND {OF_OWN}",
    (Scope.PUBLIC_OF_OWN, "attachment"): (
        f"{OF_OWN} AND (message_id IS NULL OR EXISTS (SELECT FROM public.message m"
        " WHERE m.id = {table}.message_id AND m.visibility = 'public'))"
    ),
    (Scope.OWN_PUBLIC_OF_OWN, "message"): (
        f"{OWN} AND visibility = 'public' AND NOT is_automatic AND {OF_OWN} AND {PLAUSIBLE.replace('{at}', 'at')}"
    ),
    (Scope.OWN_FILE_OF_OWN, "attachment"): (
        f"{OWN} AND {OF_OWN} AND (message_id IS NULL OR EXISTS (SELECT FROM public.message m"
        " WHERE m.id = {table}.message_id AND m.ticket_id = {table}.ticket_id AND m.visibility = 'public'))"
    ),
    (Scope.OWN_TICK, "checklist_item"): f"{OF_OWN} AND (done_by_id IS NULL OR done_by_id = {ME})",
    (Scope.OWN_ANSWER, "alert"): (
        f"{OF_OWN} AND (acknowledged_by_id IS NULL OR acknowledged_by_id = {ME})"
        f" AND (muted_by_id IS NULL OR muted_by_id = {ME} OR acknowledged_by_id = {ME})"
    ),
}
"""Scopes that mean another column in a table, or that only one table has."""
LOOSER: Mapping[tuple[Scope, str], Scope] = {
    (Scope.OWN_TICK, "checklist_item"): Scope.OF_OWN_TICKET,
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


PINNED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION desk_priv.me() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE {PINNED} AS $$
BEGIN
    RETURN (
        SELECT p.id FROM public.person p
        WHERE p.login = session_user AND p.is_active
            AND pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('desk_' || p.role)::oid, 'MEMBER')
    );
END $$;
COMMENT ON FUNCTION desk_priv.me() IS 'The active person of this login whose role its group says too; else NULL';

CREATE OR REPLACE FUNCTION desk_priv.reads_all() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE {PINNED} AS $$
BEGIN
    RETURN desk_priv.me() IS NOT NULL OR pg_catalog.pg_has_role(session_user, 'desk_owner', 'MEMBER');
END $$;
COMMENT ON FUNCTION desk_priv.reads_all() IS 'Whether somebody of this desk, or its owner, asks';

CREATE OR REPLACE FUNCTION desk_priv.my_named(what text) RETURNS bigint[] LANGUAGE plpgsql STABLE {PINNED} AS $$
DECLARE
    mine bigint := desk_priv.me();
BEGIN
    CASE what
        WHEN 'client' THEN RETURN ARRAY(SELECT DISTINCT client_id FROM public.ticket WHERE assignee_id = mine);
        WHEN 'site' THEN RETURN ARRAY(SELECT DISTINCT site_id FROM public.ticket WHERE assignee_id = mine);
        WHEN 'contact' THEN RETURN ARRAY(SELECT DISTINCT contact_id FROM public.ticket WHERE assignee_id = mine);
        WHEN 'equipment' THEN RETURN ARRAY(SELECT DISTINCT equipment_id FROM public.ticket WHERE assignee_id = mine);
        WHEN 'team' THEN RETURN ARRAY(SELECT DISTINCT team_id FROM public.ticket WHERE assignee_id = mine);
    END CASE;
END $$;
COMMENT ON FUNCTION desk_priv.my_named(text) IS 'The clients, sites, contacts, units or teams of the asker''s tickets';

CREATE OR REPLACE FUNCTION desk_priv.takes_back(entry bigint, of_ticket bigint, worked integer) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.time_entry e
        WHERE e.id = entry AND e.ticket_id = of_ticket AND e.person_id = desk_priv.me()
            AND e.reverses_id IS NULL AND e.worked_minutes = -worked
    );
END $$;
COMMENT ON FUNCTION desk_priv.takes_back(bigint, bigint, integer) IS 'Whether that takes back all of an own time entry';

CREATE OR REPLACE FUNCTION desk_priv.is_plausible(of_ticket bigint, said timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN said < pg_catalog.now() + interval '1 day' AND EXISTS (
        SELECT FROM public.ticket t
        WHERE t.id = of_ticket AND t.assignee_id = desk_priv.me() AND said > t.created_at - interval '1 day'
    );
END $$;
COMMENT ON FUNCTION desk_priv.is_plausible(bigint, timestamptz) IS 'Whether a contractor''s machine may show that time';

CREATE OR REPLACE FUNCTION desk_priv.undoes(entry bigint, of_lot bigint, back integer) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN desk_priv.reads_all() AND EXISTS (
        SELECT FROM public.hour_entry e
        WHERE e.id = entry AND e.kind = 'deduction' AND e.lot_id = of_lot AND e.minutes = -back
    );
END $$;
COMMENT ON FUNCTION desk_priv.undoes(bigint, bigint, integer) IS 'Whether a movement gives a deduction back';

CREATE OR REPLACE FUNCTION desk_priv.guard_ticket() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    mine bigint;
    my_team bigint;
BEGIN
    SELECT p.id, p.team_id INTO mine, my_team FROM public.person p
    WHERE p.id = desk_priv.me() AND p.role = 'engineer';
    IF mine IS NULL OR pg_catalog.pg_has_role(session_user, 'desk_owner', 'MEMBER') THEN RETURN NEW; END IF;
    IF (NEW.assignee_id IS DISTINCT FROM OLD.assignee_id AND NEW.assignee_id IS DISTINCT FROM mine
            AND NOT desk_priv.changed_from(OLD.id, 'assignee_id', NEW.assignee_id))
        OR (NEW.team_id IS DISTINCT FROM OLD.team_id AND NEW.team_id IS DISTINCT FROM my_team
            AND NOT desk_priv.changed_from(OLD.id, 'team_id', NEW.team_id)) THEN
        RAISE EXCEPTION 'an engineer takes tickets, and gives none away' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_ticket() IS 'An engineer may take a ticket, or undo having taken it';

CREATE OR REPLACE FUNCTION desk_priv.changed_from(ticket bigint, what text, before bigint) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.audit a
        WHERE a.entity = 'ticket' AND a.row_id = ticket::text AND a.login = session_user AND a.new ? what
            AND a.op = 'update' AND (a.old ->> what)::bigint IS NOT DISTINCT FROM before
    );
END $$;
COMMENT ON FUNCTION desk_priv.changed_from(bigint, text, bigint) IS 'Whether this login changed that from there';
CREATE OR REPLACE TRIGGER ticket_guard BEFORE UPDATE OF assignee_id, team_id ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_ticket();

CREATE OR REPLACE FUNCTION desk_priv.guard_alert() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    mine bigint;
    my_role text;
BEGIN
    SELECT p.id, p.role INTO mine, my_role FROM public.person p
    WHERE p.id = desk_priv.me() AND p.role IN ('engineer', 'contractor');
    IF mine IS NULL OR pg_catalog.pg_has_role(session_user, 'desk_owner', 'MEMBER') THEN RETURN NEW; END IF;
    IF (NEW.acknowledged_at, NEW.acknowledged_by_id) IS DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by_id)
            AND (OLD.acknowledged_at IS NOT NULL OR NEW.acknowledged_at IS NULL OR NEW.acknowledged_by_id <> mine
                OR NEW.acknowledged_by_id IS NULL AND (my_role = 'contractor' OR NEW.kind = 'unread'))
        OR (NEW.muted_at, NEW.muted_by_id) IS DISTINCT FROM (OLD.muted_at, OLD.muted_by_id)
            AND (NEW.muted_at IS NULL OR NEW.muted_by_id IS DISTINCT FROM mine) THEN
        RAISE EXCEPTION 'an alert is answered in one''s own name, and once' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_alert() IS 'Engineers and contractors answer for themselves, and wipe no answer';
CREATE OR REPLACE TRIGGER alert_guard BEFORE UPDATE ON public.alert
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_alert();
"""
