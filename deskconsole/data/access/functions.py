"""Functions of PostgreSQL that the policies, the triggers and the program's own statements call.

They act with the rights of the desk's owner, so each says first who asks, and answers no more than that person's
work needs. Helpers of policies are called as `(SELECT f())`, so that they run once a statement, not once a row.
"""

from __future__ import annotations

from deskconsole.data import freezing

PINNED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
SKEW = "10 minutes"
"""How far the clock of a person's machine may be from the server's; the program asks the server when it opens."""
ABOVE = "pg_catalog.pg_has_role(session_user, 'desk_owner', 'MEMBER')"

WHO = f"""
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
    RETURN desk_priv.me() IS NOT NULL OR {ABOVE};
END $$;
COMMENT ON FUNCTION desk_priv.reads_all() IS 'Whether somebody of this desk, or its owner, asks';

CREATE OR REPLACE FUNCTION desk_priv.field_role() RETURNS text LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    IF {ABOVE} THEN RETURN NULL; END IF;
    RETURN (SELECT p.role FROM public.person p WHERE p.id = desk_priv.me() AND p.role IN ('engineer', 'contractor'));
END $$;
COMMENT ON FUNCTION desk_priv.field_role() IS 'engineer or contractor, if such a person writes; else NULL';

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
"""

RULES = f"""
CREATE OR REPLACE FUNCTION desk_priv.is_now(said timestamptz) RETURNS boolean LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN said BETWEEN clock_timestamp() - interval '{SKEW}' AND clock_timestamp() + interval '{SKEW}';
END $$;
COMMENT ON FUNCTION desk_priv.is_now(timestamptz) IS 'Whether a machine''s clock may show that time at this moment';

CREATE OR REPLACE FUNCTION desk_priv.takes_back(
    entry bigint, of_ticket bigint, of_line bigint, worked integer, charged integer
) RETURNS boolean LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.time_entry e
        WHERE e.id = entry AND e.ticket_id = of_ticket AND e.person_id = desk_priv.me()
            AND e.line_id IS NOT DISTINCT FROM of_line AND e.reverses_id IS NULL
            AND e.worked_minutes = -worked AND e.charged_minutes = -charged
    );
END $$;
COMMENT ON FUNCTION desk_priv.takes_back(bigint, bigint, bigint, integer, integer) IS
    'Whether that takes back all of an own time entry';

CREATE OR REPLACE FUNCTION desk_priv.undoes(entry bigint, of_lot bigint, back integer) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
DECLARE
    mine bigint := desk_priv.me();
    is_free boolean := desk_priv.field_role() IS NULL;
BEGIN
    RETURN desk_priv.reads_all() AND EXISTS (
        SELECT FROM public.hour_entry e
        WHERE e.id = entry AND e.kind = 'deduction' AND e.lot_id = of_lot AND e.minutes = -back
            AND (is_free OR EXISTS (
                SELECT FROM public.time_entry t JOIN public.time_entry r ON r.reverses_id = t.id
                WHERE t.id = e.time_entry_id AND t.person_id = mine AND r.person_id = mine))
    );
END $$;
COMMENT ON FUNCTION desk_priv.undoes(bigint, bigint, integer) IS
    'Whether a movement gives a deduction back; an engineer''s, what own time took that was taken back';

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

CREATE OR REPLACE FUNCTION desk_priv.wrote_now(what text, number bigint) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.audit a
        WHERE a.entity = what AND a.row_id = number::text AND a.login = session_user
            AND a.txid = pg_catalog.pg_current_xact_id_if_assigned()
    );
END $$;
COMMENT ON FUNCTION desk_priv.wrote_now(text, bigint) IS 'Whether this login wrote that row in this transaction';

CREATE OR REPLACE FUNCTION desk_priv.has_labour(of_ticket bigint, besides bigint) RETURNS boolean
LANGUAGE plpgsql STABLE {PINNED} AS $$
DECLARE
    mine bigint := desk_priv.me();
    sees_all boolean := {ABOVE}
        OR EXISTS (SELECT FROM public.person p WHERE p.id = mine AND p.role NOT IN ('contractor', 'bi'));
BEGIN
    RETURN (sees_all OR EXISTS (SELECT FROM public.ticket t WHERE t.id = of_ticket AND t.assignee_id = mine))
        AND (
            SELECT coalesce(pg_catalog.sum(e.worked_minutes), 0) > 0 FROM public.time_entry e
            WHERE e.ticket_id = of_ticket
                AND NOT (e.id IS NOT DISTINCT FROM besides AND (sees_all OR e.person_id IS NOT DISTINCT FROM mine))
        );
END $$;
COMMENT ON FUNCTION desk_priv.has_labour(bigint, bigint) IS
    'Whether work is logged on a ticket that the asker sees, besides one entry; not how much, nor whose';
"""

FEED = f"""
CREATE OR REPLACE FUNCTION desk_priv.changed_since(seen pg_snapshot)
RETURNS TABLE (entity text, row_id bigint) LANGUAGE plpgsql STABLE {PINNED} AS $$
DECLARE
    mine bigint := desk_priv.me();
    row_of_mine bigint := (SELECT p.id FROM public.person p WHERE p.login = session_user);  -- switched off or not
BEGIN
    RETURN QUERY
    SELECT DISTINCT c.entity::text, c.row_id::bigint FROM public.change c
    WHERE c.txid >= pg_catalog.pg_snapshot_xmin(seen)
        AND c.txid < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
        AND NOT pg_catalog.pg_visible_in_snapshot(c.txid, seen)
        AND CASE c.entity
            WHEN 'ticket' THEN (c.row_id IS NULL AND mine IS NOT NULL)
                OR EXISTS (SELECT FROM public.ticket t WHERE t.id = c.row_id AND t.assignee_id = mine)
                OR EXISTS (
                    SELECT FROM public.audit a
                    WHERE a.entity = 'ticket' AND a.row_id = c.row_id::text AND a.op = 'update'
                        AND (a.old ->> 'assignee_id')::bigint = mine
                        AND NOT pg_catalog.pg_visible_in_snapshot(a.txid, seen))
            WHEN 'alert' THEN EXISTS (
                SELECT FROM public.alert a JOIN public.ticket t ON t.id = a.ticket_id
                WHERE t.assignee_id = mine
                    AND greatest(a.raised_at, a.next_ring_at, a.acknowledged_at, a.muted_at) > c.at - interval '{SKEW}')
            WHEN 'client' THEN c.row_id IN (SELECT unnest(desk_priv.my_named('client')))
            WHEN 'equipment' THEN c.row_id IN (SELECT unnest(desk_priv.my_named('equipment')))
            WHEN 'team' THEN c.row_id IN (SELECT unnest(desk_priv.my_named('team')))
            WHEN 'person' THEN c.row_id = row_of_mine
            WHEN 'service' THEN true
            ELSE false
        END;
END $$;
COMMENT ON FUNCTION desk_priv.changed_since(pg_snapshot) IS
    'What of a contractor''s own changed since: their tickets, those taken from them, what these name';

CREATE OR REPLACE FUNCTION desk_priv.remembers(seen pg_snapshot) RETURNS boolean LANGUAGE plpgsql STABLE {PINNED} AS $$
BEGIN
    RETURN (SELECT c.seq = 1 OR pg_catalog.pg_visible_in_snapshot(c.txid, seen)
        FROM public.change c ORDER BY c.seq LIMIT 1);
END $$;
COMMENT ON FUNCTION desk_priv.remembers(pg_snapshot) IS 'Whether no change after that moment was cleaned up yet';
"""

OWN_ROWS = f"""
CREATE OR REPLACE FUNCTION desk_priv.end_timer(whose bigint, since timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE {PINNED} AS $$
BEGIN
    DELETE FROM public.work_timer w
    WHERE w.person_id = whose AND w.started_at = since AND (whose = desk_priv.me() OR {ABOVE});
    RETURN FOUND;
END $$;
COMMENT ON FUNCTION desk_priv.end_timer(bigint, timestamptz) IS 'Takes an own timer away, once';

CREATE OR REPLACE FUNCTION desk_priv.leave(place uuid, of_ticket bigint) RETURNS void
LANGUAGE plpgsql VOLATILE {PINNED} AS $$
BEGIN
    DELETE FROM public.presence h
    WHERE h.console = place AND h.ticket_id = coalesce(of_ticket, h.ticket_id)
        AND (h.person_id = desk_priv.me() OR {ABOVE});
END $$;
COMMENT ON FUNCTION desk_priv.leave(uuid, bigint) IS 'Takes the sign of an own console back';
"""
"""Removing an own row: who may DELETE any row of a table may also lock it whole, and stop everybody's work."""


def _freezing() -> str:
    """What an hour costs and a service sells for, written beside the work of this very transaction.

    The day is the work's own; by the clock of the person's zone it may be the one before or after that in Greenwich.
    """
    made = ""
    for name, table, began, statements in (
        ("freeze_cost", "time_entry", "started_at", freezing.COST),
        ("freeze_price", "ticket_line", "performed_at", freezing.PRICE),
    ):
        body = ";\n    ".join(words.format(schema="public.", number="number", day="day") for words in statements)
        made += f"""
CREATE OR REPLACE FUNCTION desk_priv.{name}(number bigint, day date) RETURNS void LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    IF NOT {ABOVE} AND NOT (
        desk_priv.me() IS NOT NULL AND desk_priv.wrote_now('{table}', number) AND EXISTS (
            SELECT FROM public.{table} w WHERE w.id = number AND day
                BETWEEN (w.{began} AT TIME ZONE 'UTC' - interval '12 hours')::date
                    AND (w.{began} AT TIME ZONE 'UTC' + interval '14 hours')::date)
    ) THEN
        RAISE EXCEPTION 'only for what was just written, as of its own day' USING ERRCODE = '42501';
    END IF;
    {body};
END $$;
COMMENT ON FUNCTION desk_priv.{name}(bigint, date) IS 'Writes the rate of that day beside own work just written';
"""
    return made


FUNCTIONS = WHO + RULES + FEED + OWN_ROWS + _freezing()
GONE = """
DROP FUNCTION IF EXISTS desk_priv.is_plausible(bigint, timestamptz);
DROP FUNCTION IF EXISTS desk_priv.takes_back(bigint, bigint, integer);
"""
"""What an older version's policies called; dropped when these are made anew."""
