"""What a role may write into a row it may write at all: triggers of PostgreSQL, where a policy sees too little.

They look at what a raw statement could write and the program never would. Who stands above the rights (a restore, an
import by the owner) passes. Grants and policies say which rows and columns (`access`); these say what may stand there.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskconsole.data.access.functions import ABOVE, PINNED
from deskconsole.domain.terms import ENDED
from deskconsole.domain.workflow import DONE, LABOUR

WRONG_CLOCK = "DK408"
"""SQLSTATE: the row carries a time that is not now."""

MADE: Mapping[str, tuple[str, ...]] = {
    "alert": ("acknowledged_at", "muted_at"),
    "attachment": ("at",),
    "change": ("at",),
    "checklist_item": ("done_at",),
    "event": ("at",),
    "hour_entry": ("at",),
    "message": ("at",),
    "operation": ("at",),
    "presence": ("seen_at",),
    "status_span": ("began_at",),
    "ticket": ("created_at", "updated_at", "first_opened_at", "arrived_at", "resolved_at", "closed_at"),
    "ticket_line": ("performed_at",),
    "time_entry": ("at",),
    "work_timer": ("started_at",),
}
"""Table -> the columns of a new row that say when it was written; when work began (`time_entry`) is the person's word.

What a ticket's clocks are derived from stands among them.
"""
MOVED: Mapping[str, tuple[str, ...]] = {
    "alert": ("acknowledged_at", "muted_at"),
    "checklist_item": ("done_at",),
    "presence": ("seen_at",),
    "status_span": ("ended_at",),
    "ticket": ("updated_at", "first_opened_at", "arrived_at", "resolved_at", "closed_at"),
    "ticket_line": ("performed_at",),
}
"""The same of a row that is changed."""

_ENDED = ", ".join(f"'{category.value}'" for category in sorted(ENDED))
_DONE = ", ".join(f"'{category.value}'" for category in sorted(DONE))

INSTANTS = f"""
CREATE OR REPLACE FUNCTION desk_priv.guard_instants() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    IF desk_priv.field_role() IS NULL THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'a row of % carries a time that is not now', TG_TABLE_NAME USING ERRCODE = '{WRONG_CLOCK}';
END $$;
COMMENT ON FUNCTION desk_priv.guard_instants() IS 'What engineers and contractors write, they write now';
"""

SIGNED = f"""
CREATE OR REPLACE FUNCTION desk_priv.sign_event() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    is_free boolean;
BEGIN
    NEW.login := session_user;
    IF {ABOVE} THEN RETURN NEW; END IF;
    is_free := desk_priv.field_role() IS NULL;
    IF NEW.person_id IS NOT NULL AND (NEW.channel <> 'import' OR NOT is_free) THEN
        NEW.actor := coalesce((SELECT p.name FROM public.person p WHERE p.id = NEW.person_id), NEW.actor);
    ELSIF NEW.person_id IS NULL AND NEW.actor NOT IN ('', 'deskconsole')
        AND (NOT is_free OR (NEW.rule = '' AND NEW.channel <> 'import')) THEN
        NEW.actor := coalesce((SELECT p.name FROM public.person p WHERE p.login = session_user), NEW.actor);
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.sign_event() IS 'Whose login wrote a line of history, and the name of its person';
"""

TICKETS = f"""
CREATE OR REPLACE FUNCTION desk_priv.guard_ticket() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    mine bigint;
    my_team bigint;
BEGIN
    SELECT p.id, p.team_id INTO mine, my_team FROM public.person p
    WHERE p.id = desk_priv.me() AND p.role = 'engineer';
    IF mine IS NULL OR {ABOVE} THEN RETURN NEW; END IF;
    IF (NEW.assignee_id IS DISTINCT FROM OLD.assignee_id AND NEW.assignee_id IS DISTINCT FROM mine
            AND NOT desk_priv.changed_from(OLD.id, 'assignee_id', NEW.assignee_id))
        OR (NEW.team_id IS DISTINCT FROM OLD.team_id AND NEW.team_id IS DISTINCT FROM my_team
            AND NOT desk_priv.changed_from(OLD.id, 'team_id', NEW.team_id)) THEN
        RAISE EXCEPTION 'an engineer takes tickets, and gives none away' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_ticket() IS 'An engineer may take a ticket, or undo having taken it';
CREATE OR REPLACE TRIGGER ticket_guard BEFORE UPDATE OF assignee_id, team_id ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_ticket();

CREATE OR REPLACE FUNCTION desk_priv.guard_status() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    became text := (SELECT s.category FROM public.status s WHERE s.code = NEW.status);
    was text;
    is_back boolean;
    guards text;
BEGIN
    IF {ABOVE} THEN RETURN NEW; END IF;
    IF NEW.category IS DISTINCT FROM became OR NEW.is_open <> (became NOT IN ({_ENDED})) THEN
        RAISE EXCEPTION 'a ticket has the category of its status'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ticket_category';
    END IF;
    IF desk_priv.field_role() IS NULL OR (TG_OP = 'INSERT' AND became = 'new') THEN RETURN NEW; END IF;
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'a ticket begins as new' USING ERRCODE = '42501';
    END IF;
    IF (OLD.first_opened_at IS NOT NULL AND NEW.first_opened_at IS DISTINCT FROM OLD.first_opened_at)
        OR (OLD.arrived_at IS NOT NULL AND NEW.arrived_at IS DISTINCT FROM OLD.arrived_at) THEN
        RAISE EXCEPTION 'who came first, came first' USING ERRCODE = '42501';
    END IF;
    IF (NEW.status, NEW.resolved_at, NEW.closed_at) IS NOT DISTINCT FROM (OLD.status, OLD.resolved_at, OLD.closed_at)
        THEN RETURN NEW;
    END IF;
    IF (NEW.resolved_at IS NULL AND became IN ({_DONE})) OR (NEW.closed_at IS NULL AND became = 'closed')
        OR (NEW.is_open AND (NEW.resolved_at IS NOT NULL OR NEW.closed_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'when a ticket ended goes with its status' USING ERRCODE = '42501';
    END IF;
    IF NEW.status = OLD.status THEN RETURN NEW; END IF;
    is_back := EXISTS (
        SELECT FROM public.audit a
        WHERE a.entity = 'ticket' AND a.row_id = OLD.id::text AND a.login = session_user AND a.op = 'update'
            AND a.old ->> 'status' = NEW.status AND a.new ->> 'status' = OLD.status
    );
    was := (SELECT s.category FROM public.status s WHERE s.code = OLD.status);
    guards := (
        SELECT pg_catalog.string_agg(m.guards, ' ') FROM public.transition m
        WHERE m.to_status = NEW.status AND (m.from_status IS NULL OR m.from_status = OLD.status)
            AND m.ticket_type IN ('*', OLD.type)
    );
    IF (guards IS NULL AND NOT is_back) OR became = 'merged' OR (was = 'merged' AND NOT is_back) THEN
        RAISE EXCEPTION 'no ticket goes from % to %', OLD.status, NEW.status USING ERRCODE = '42501';
    END IF;
    IF NOT desk_priv.has_labour(OLD.id, NULL) AND (
        '{LABOUR}' = ANY (pg_catalog.string_to_array(coalesce(guards, ''), ' '))
        OR (became IN ({_DONE}) AND was NOT IN ({_DONE}) AND EXISTS (
            SELECT FROM public.transition m JOIN public.status s ON s.code = m.to_status
            WHERE m.ticket_type IN ('*', OLD.type) AND s.category IN ({_DONE})
                AND '{LABOUR}' = ANY (pg_catalog.string_to_array(m.guards, ' '))))
    ) THEN
        RAISE EXCEPTION 'no time is logged on the ticket' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_status() IS 'The workflow (domain.workflow), for engineers and contractors';
CREATE OR REPLACE TRIGGER ticket_status_guard
    AFTER INSERT OR UPDATE OF status, category, is_open, first_opened_at, arrived_at, resolved_at, closed_at
    ON public.ticket FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_status();

CREATE OR REPLACE FUNCTION desk_priv.guard_span() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    IF desk_priv.field_role() IS NULL THEN RETURN NEW; END IF;
    IF NEW.ended_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM public.ticket t
        WHERE t.id = NEW.ticket_id AND t.status = NEW.status AND t.category = NEW.category
    ) THEN
        RAISE EXCEPTION 'a ticket stands in its own status' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_span() IS 'What engineers and contractors say of a status is the ticket''s';
CREATE OR REPLACE TRIGGER status_span_guard AFTER INSERT ON public.status_span
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_span();
CREATE OR REPLACE TRIGGER status_span_change_recorded AFTER UPDATE ON public.status_span
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL OR NOT desk_priv.is_now(NEW.ended_at)
        OR (NEW.ticket_id, NEW.status, NEW.category, NEW.began_at)
            IS DISTINCT FROM (OLD.ticket_id, OLD.status, OLD.category, OLD.began_at))
    EXECUTE FUNCTION desk_priv.record_change();  -- that a status ends now, the ticket's own record says
CREATE OR REPLACE TRIGGER status_span_removal_recorded AFTER DELETE ON public.status_span
    FOR EACH ROW EXECUTE FUNCTION desk_priv.record_change();
"""

ALERTS = f"""
CREATE OR REPLACE FUNCTION desk_priv.guard_alert() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    mine bigint;
    my_role text;
BEGIN
    SELECT p.id, p.role INTO mine, my_role FROM public.person p
    WHERE p.id = desk_priv.me() AND p.role IN ('engineer', 'contractor');
    IF mine IS NULL OR {ABOVE} THEN RETURN NEW; END IF;
    IF (NEW.acknowledged_at, NEW.acknowledged_by_id) IS DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by_id)
            AND (OLD.acknowledged_at IS NOT NULL OR NEW.acknowledged_at IS NULL OR NEW.acknowledged_by_id <> mine
                OR NEW.acknowledged_by_id IS NULL AND (my_role = 'contractor' OR NEW.kind = 'unread'))
        OR (NEW.muted_at, NEW.muted_by_id) IS DISTINCT FROM (OLD.muted_at, OLD.muted_by_id)
            AND (NEW.muted_at IS NULL OR NEW.muted_by_id IS DISTINCT FROM mine) THEN
        RAISE EXCEPTION 'an alert is answered in one''s own name, and once' USING ERRCODE = '42501';
    END IF;
    IF (NEW.next_ring_at, NEW.held_until) IS DISTINCT FROM (OLD.next_ring_at, OLD.held_until)
            AND (NEW.acknowledged_at, NEW.muted_at) IS NOT DISTINCT FROM (OLD.acknowledged_at, OLD.muted_at) THEN
        RAISE EXCEPTION 'an alert falls silent by an answer' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_alert() IS 'Engineers and contractors answer for themselves, and wipe no answer';
CREATE OR REPLACE TRIGGER alert_guard BEFORE UPDATE ON public.alert
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_alert();
"""

BOOKS = f"""
CREATE OR REPLACE FUNCTION desk_priv.guard_charge() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    rounded_to integer;
    charge integer;
BEGIN
    IF NEW.charged_minutes = OLD.charged_minutes OR {ABOVE} THEN RETURN NEW; END IF;
    IF OLD.reverses_id IS NOT NULL THEN
        charge := (SELECT -e.charged_minutes FROM public.time_entry e WHERE e.id = OLD.reverses_id);
    ELSIF OLD.charged_minutes = OLD.worked_minutes THEN
        rounded_to := (
            SELECT v.charge_unit_minutes FROM public.ticket t
            JOIN public.contract_version v ON v.id = t.contract_version_id WHERE t.id = OLD.ticket_id
        );
        charge := CASE WHEN rounded_to > 0
            THEN (OLD.worked_minutes + rounded_to - 1) / rounded_to * rounded_to ELSE OLD.worked_minutes END;
    END IF;
    IF NEW.charged_minutes IS DISTINCT FROM charge
        OR NOT EXISTS (SELECT FROM public.unbooked u WHERE u.time_entry_id = OLD.id)
        OR EXISTS (SELECT FROM public.hour_entry h WHERE h.time_entry_id = OLD.id) THEN
        RAISE EXCEPTION 'minutes are charged as the contract rounds them, before they are booked'
            USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_charge() IS 'The pass that books a contractor''s time rounds it; else it stays';
CREATE OR REPLACE TRIGGER time_entry_guard BEFORE UPDATE ON public.time_entry
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_charge();

CREATE OR REPLACE FUNCTION desk_priv.guard_lot() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    has bigint;
    held bigint;
BEGIN
    IF {ABOVE} THEN RETURN NEW; END IF;
    PERFORM FROM public.client c JOIN public.hour_lot l ON l.client_id = c.id WHERE l.id = NEW.lot_id FOR UPDATE OF c;
    has := (SELECT coalesce(pg_catalog.sum(h.minutes), 0) FROM public.hour_entry h WHERE h.lot_id = NEW.lot_id);
    held := (SELECT coalesce(pg_catalog.sum(r.minutes), 0) FROM public.hour_reservation r WHERE r.lot_id = NEW.lot_id);
    IF TG_TABLE_NAME = 'hour_entry' THEN has := has + NEW.minutes; ELSE held := held + NEW.minutes; END IF;
    IF has < held THEN
        RAISE EXCEPTION 'a lot of hours is spent and promised once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_hour_lot_left';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION desk_priv.guard_lot() IS 'Nobody takes or holds more minutes than a lot has';
CREATE OR REPLACE TRIGGER hour_entry_guard BEFORE INSERT ON public.hour_entry
    FOR EACH ROW WHEN (NEW.minutes < 0) EXECUTE FUNCTION desk_priv.guard_lot();
CREATE OR REPLACE TRIGGER hour_reservation_guard BEFORE INSERT ON public.hour_reservation
    FOR EACH ROW EXECUTE FUNCTION desk_priv.guard_lot();
"""


def _of_now() -> str:
    """The triggers that look at instants; they call nothing while the time is now."""
    made = "".join(
        f"CREATE OR REPLACE TRIGGER {table}_made_now BEFORE INSERT ON public.{table}"
        f" FOR EACH ROW WHEN ({' OR '.join(f'NOT desk_priv.is_now(NEW.{name})' for name in columns)})"
        " EXECUTE FUNCTION desk_priv.guard_instants();\n"
        for table, columns in MADE.items()
    )
    return made + "".join(
        f"CREATE OR REPLACE TRIGGER {table}_moved_now BEFORE UPDATE OF {', '.join(columns)} ON public.{table}"
        f" FOR EACH ROW WHEN ({' OR '.join(map(_is_moved, columns))})"
        " EXECUTE FUNCTION desk_priv.guard_instants();\n"
        for table, columns in MOVED.items()
    )


def _is_moved(column: str) -> str:
    return f"(NEW.{column} IS DISTINCT FROM OLD.{column} AND NOT desk_priv.is_now(NEW.{column}))"


GUARDS = INSTANTS + SIGNED + TICKETS + ALERTS + BOOKS + _of_now()
