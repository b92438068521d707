"""What a shared desk's database sees to by itself, whoever writes and by whichever program.

Who wrote a line of history; the record of who changed what (`audit`); versions that grow; texts that hold no control
codes; a bell for every console. Functions that act with the owner's rights name everything in full and look for
nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

PINNED = "SET search_path = pg_catalog, pg_temp"
CONTROL_CODES = r"[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]"
"""Everything below the blank but tab and line ends, DEL, and the C1 codes: they steer another person's terminal."""
UNAUDITED = frozenset(
    {
        "alert",
        "alembic_version",
        "audit",
        "caller_key",
        "change",
        "client_wait",
        "event",
        "hour_entry",
        "operation",
        "presence",
        "seal",
        "sla_clock",
        "status_span",
        "ticket_search",
        "unbooked",
    }
)
"""Tables that are history themselves, or follow from others.

Of `status_span` the triggers of `access.guards` record what goes against its nature.
"""
DERIVED: Mapping[str, tuple[str, ...]] = {
    "ticket": ("next_due", "next_clock", "paused_seconds", "is_breached", "sla_edition"),
    "recurring": ("next_nominal", "next_raise_at", "trouble"),
}
"""Columns that follow by themselves: they move no version, and of them there is no record."""
MACHINE_MARKS = ("last_pass", "unread_mark")
"""Settings that passes write down for themselves."""

LONG: Mapping[str, tuple[str, ...]] = {"message": ("body",), "ticket": DERIVED["ticket"]}
"""Columns that the record of a new row leaves out: they stand in the row, or are nothing yet."""

AUDIT = """
CREATE TABLE public.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    login name NOT NULL,
    app text NOT NULL,
    addr inet,
    txid xid8 NOT NULL,
    entity name NOT NULL,
    row_id text,
    op text NOT NULL,
    old jsonb,
    new jsonb
);
CREATE INDEX ix_audit_row ON public.audit (entity, row_id);
CREATE INDEX ix_audit_at ON public.audit USING brin (at);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.audit
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
"""
RECORDERS = f"""
CREATE OR REPLACE FUNCTION desk_priv.key_of(entity oid, said jsonb) RETURNS text LANGUAGE sql STABLE {PINNED} AS $$
    SELECT pg_catalog.string_agg(said OPERATOR(pg_catalog.->>) a.attname::text, ',' ORDER BY k.place)
    FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = entity AND i.indisprimary
$$;
CREATE OR REPLACE FUNCTION desk_priv.record_new() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PINNED} AS $$
DECLARE
    is_bulk boolean := coalesce(pg_catalog.current_setting('deskconsole.bulk', true), '') = 'on'
        AND pg_catalog.pg_has_role(session_user, 'desk_owner', 'MEMBER');
    left_out text[] := coalesce(TG_ARGV, '{{}}');  -- a trigger without arguments has none, not an empty list
BEGIN
    IF is_bulk THEN
        INSERT INTO public.audit (login, app, addr, txid, entity, op, new)
        SELECT session_user, pg_catalog.current_setting('application_name'), pg_catalog.inet_client_addr(),
            pg_catalog.pg_current_xact_id(), TG_TABLE_NAME, 'bulk insert',
            pg_catalog.jsonb_build_object('rows', pg_catalog.count(*)) FROM made;
    ELSE
        INSERT INTO public.audit (login, app, addr, txid, entity, row_id, op, new)
        SELECT session_user, pg_catalog.current_setting('application_name'), pg_catalog.inet_client_addr(),
            pg_catalog.pg_current_xact_id(), TG_TABLE_NAME,
            desk_priv.key_of(TG_RELID, pg_catalog.to_jsonb(m)), 'insert',
            pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(m) - left_out) FROM made m;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION desk_priv.record_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PINNED} AS $$
DECLARE
    was jsonb := pg_catalog.to_jsonb(OLD);
    became jsonb := CASE WHEN TG_OP = 'UPDATE' THEN pg_catalog.to_jsonb(NEW) END;
    before jsonb := was;
    after jsonb;
    left_out text[] := coalesce(TG_ARGV, '{{}}');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT pg_catalog.jsonb_object_agg(o.key, o.value), pg_catalog.jsonb_object_agg(o.key, became -> o.key)
            INTO before, after
            FROM pg_catalog.jsonb_each(was) o
            WHERE became -> o.key IS DISTINCT FROM o.value AND NOT o.key = ANY (left_out);
        IF before IS NULL THEN RETURN NULL; END IF;
    END IF;
    INSERT INTO public.audit (login, app, addr, txid, entity, row_id, op, old, new)
    VALUES (session_user, pg_catalog.current_setting('application_name'), pg_catalog.inet_client_addr(),
        pg_catalog.pg_current_xact_id(), TG_TABLE_NAME, desk_priv.key_of(TG_RELID, was),
        pg_catalog.lower(TG_OP), before, after);
    RETURN NULL;
END $$;
"""

WRITERS = f"""
CREATE FUNCTION desk_priv.sign_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PINNED} AS $$
BEGIN
    NEW.login := session_user;
    IF NEW.rule = '' AND NEW.channel <> 'import' AND NOT (NEW.person_id IS NULL AND NEW.actor IN ('', 'deskconsole'))
        AND NOT pg_catalog.pg_has_role(session_user, 'desk_owner', 'MEMBER') THEN
        NEW.actor := coalesce((SELECT p.name FROM public.person p WHERE p.login = session_user), NEW.actor);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_login BEFORE INSERT ON public.event FOR EACH ROW EXECUTE FUNCTION desk_priv.sign_event();

CREATE FUNCTION desk_priv.ring() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('desk_change', '');
    RETURN NULL;
END $$;
CREATE TRIGGER change_ring AFTER INSERT ON public.change FOR EACH STATEMENT EXECUTE FUNCTION desk_priv.ring();
"""
VERSIONS = f"""
CREATE OR REPLACE FUNCTION desk_priv.raise_version() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
DECLARE
    left_out text[] := coalesce(TG_ARGV, '{{}}');
BEGIN
    IF NEW.version = OLD.version + 1 THEN RETURN NEW; END IF;
    IF NEW.version <> OLD.version THEN
        RAISE EXCEPTION 'stale row: % is at version %, not %', TG_TABLE_NAME, OLD.version, NEW.version - 1
            USING ERRCODE = 'DK409';
    END IF;
    IF pg_catalog.to_jsonb(NEW) - left_out <> pg_catalog.to_jsonb(OLD) - left_out THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;
"""

INDEXES = """
CREATE INDEX ix_ticket_assignee
    ON public.ticket (assignee_id, client_id, site_id, contact_id, equipment_id, team_id) WHERE assignee_id IS NOT NULL;
CREATE UNIQUE INDEX ix_unbooked_time_entry ON public.unbooked (time_entry_id) WHERE time_entry_id IS NOT NULL;
"""
"""A contractor's policies look for the own tickets, open and ended, and for what they name. Time is booked once."""

BOUNDS: Mapping[str, Mapping[str, str]] = {
    "time_entry": {
        "day": "abs(worked_minutes) <= 1440 AND abs(charged_minutes) <= 2880",  # rounded up by the contract's unit
        "sign": (
            "CASE WHEN reverses_id IS NULL THEN worked_minutes > 0 AND charged_minutes >= 0"
            " ELSE worked_minutes < 0 AND charged_minutes <= 0 END"
        ),
    },
    "attachment": {"digest": "sha256 ~ '^[0-9a-f]{64}$'"},
    "message": {"length": "length(body) <= 1000000"},
    "event": {"length": "length(old) <= 10000 AND length(new) <= 10000 AND length(reason) <= 10000"},
}
"""Table -> what a new row must satisfy, by name: a raw statement passes by the use cases that would have refused."""
FOREVER: Mapping[tuple[str, str], str] = {("ticket", "next_due"): "next_due = '9999-12-31 00:00:00+00'"}
"""The one instant a column may hold that is no real one."""

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
_VERSIONED = (
    "SELECT table_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name = 'version' ORDER BY table_name"
)
_TEXTS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    " AND data_type IN ('character varying', 'text') AND table_name NOT IN ('alembic_version', 'audit')"
    " ORDER BY table_name, ordinal_position"
)
_TIMES = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    " AND data_type IN ('timestamp with time zone', 'date') AND table_name <> 'audit'"
    " ORDER BY table_name, ordinal_position"
)


def install(connection: Connection) -> None:
    """Add the guards to the tables that stand there; once, in the migration that brings them."""
    run(connection, AUDIT + RECORDERS + WRITERS + VERSIONS + INDEXES)
    tables = list(connection.execute(text(_TABLES)).scalars())
    run(connection, "".join(recorders(name) for name in tables if name not in UNAUDITED))
    run(connection, "".join(map(version_guard, connection.execute(text(_VERSIONED)).scalars())))
    run(connection, "".join(_plain_texts(*found) for found in _columns(connection, _TEXTS)))
    run(connection, "".join(_real_times(*found) for found in _columns(connection, _TIMES)))
    run(connection, "".join(_check(table, *bound) for table, bounds in BOUNDS.items() for bound in bounds.items()))


def _columns(connection: Connection, query: str) -> list[tuple[str, list[str]]]:
    """Table by table, the columns that a query finds."""
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(text(query)):
        found.setdefault(table, []).append(column)
    return list(found.items())


def run(connection: Connection, statements: str) -> None:
    """Run many statements at once; no sign in them is a parameter's."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statements)
    finally:
        cursor.close()


def recorders(table: str) -> str:
    """The triggers that record who wrote what into a table."""
    derived = ", ".join(f"'{name}'" for name in DERIVED.get(table, ()))
    marks = ", ".join(f"'{name}'" for name in MACHINE_MARKS)
    left_out = ", ".join(f"'{name}'" for name in LONG.get(table, ()))
    condition = f" WHEN (OLD.name NOT IN ({marks}))" if table == "setting" else ""
    return (
        f"CREATE TRIGGER {table}_recorded AFTER INSERT ON public.{table} REFERENCING NEW TABLE AS made"
        f" FOR EACH STATEMENT EXECUTE FUNCTION desk_priv.record_new({left_out});\n"
        f"CREATE TRIGGER {table}_change_recorded AFTER UPDATE OR DELETE ON public.{table}"
        f" FOR EACH ROW{condition} EXECUTE FUNCTION desk_priv.record_change({derived});\n"
    )


def version_guard(table: str) -> str:
    """The trigger that lets a table's versions grow only."""
    derived = ", ".join(f"'{name}'" for name in DERIVED.get(table, ()))
    return (
        f"CREATE TRIGGER {table}_version BEFORE UPDATE ON public.{table}"
        f" FOR EACH ROW EXECUTE FUNCTION desk_priv.raise_version({derived});\n"
    )


def _plain_texts(table: str, columns: list[str]) -> str:
    clean = " AND ".join(f'"{name}" COLLATE "C" !~ \'{CONTROL_CODES}\'' for name in columns)
    return _check(table, "no_control_codes", clean)


def _real_times(table: str, columns: list[str]) -> str:
    """Infinity and the years before Christ stand for no time that the program could read again."""
    return _check(table, "times", " AND ".join(_real_time(table, name) for name in columns))


def _real_time(table: str, column: str) -> str:
    is_real = f"\"{column}\" > '0002-01-01' AND \"{column}\" < '9999-12-30'"
    return f"({is_real} OR {FOREVER[table, column]})" if (table, column) in FOREVER else is_real


def _check(table: str, name: str, condition: str) -> str:
    """Not valid for the rows that stand there: what an old desk holds is cleaned when it is drawn."""
    return f"ALTER TABLE public.{table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID;\n"
