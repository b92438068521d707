"""The rights of `access` brought into a PostgreSQL database: roles, owners, row security, grants, views.

`apply` may run any number of times, and puts right what was changed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
from sqlalchemy import Connection, Engine, text

from deskconsole.data.access import ACCESS, MEMBER, OUTSIDE, OWNER, Grant, Scope, Verb, group
from deskconsole.data.access.functions import FUNCTIONS, GONE
from deskconsole.data.access.guards import GUARDS
from deskconsole.data.access.scopes import LOOSER, condition
from deskconsole.data.access.views import VIEWS, view_statements
from deskconsole.data.engines.postgresql.guards import run
from deskconsole.data.tables import metadata
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Role

BI_GROUP = "desk_bi"
CONSOLE_GROUPS = tuple(name for role in Role if (name := group(role)) != BI_GROUP)
GROUPS = (MEMBER, *CONSOLE_GROUPS, BI_GROUP)
SEES_ALL_TICKETS = tuple(
    group(role) for role, rights in ACCESS["ticket"].items() if rights[Verb.READ].scope is Scope.ALL
)
SQL_VERBS: Mapping[Verb, str] = {
    Verb.READ: "SELECT",
    Verb.ADD: "INSERT",
    Verb.CHANGE: "UPDATE",
    Verb.REMOVE: "DELETE",
    Verb.LOCK: "UPDATE",
}
SERVER_GIVEN = frozenset({"txid"})
"""Columns that nobody writes: the server knows."""
CALLED: Mapping[str, tuple[str, ...]] = {
    "me()": (MEMBER, BI_GROUP),
    "reads_all()": SEES_ALL_TICKETS,
    "my_named(text)": (group(Role.CONTRACTOR),),
    "takes_back(bigint, bigint, bigint, integer, integer)": (group(Role.ENGINEER), group(Role.CONTRACTOR)),
    "is_now(timestamptz)": (MEMBER,),
    "has_labour(bigint, bigint)": CONSOLE_GROUPS,
    "changed_since(pg_snapshot)": (group(Role.CONTRACTOR),),
    "remembers(pg_snapshot)": (group(Role.CONTRACTOR),),
    "end_timer(bigint, timestamptz)": CONSOLE_GROUPS,
    "leave(uuid, bigint)": CONSOLE_GROUPS,
    "undoes(bigint, bigint, integer)": SEES_ALL_TICKETS,
    "freeze_cost(bigint, date)": CONSOLE_GROUPS,
    "freeze_price(bigint, date)": SEES_ALL_TICKETS,
}
"""Functions that statements and policies call, and who may."""
LARGE_OBJECTS = (
    "lo_create(oid)",
    "lo_creat(integer)",
    "lo_from_bytea(oid, bytea)",
    "lo_put(oid, bigint, bytea)",
    "lo_open(oid, integer)",
    "lowrite(integer, bytea)",
)
"""A login's large object belongs to it, and breaks the backup of whoever is no superuser."""


def role_statements() -> list[str]:
    """What an administrator of the server runs once, where a desk's own login may make no roles."""
    made = [f"CREATE ROLE {name} NOLOGIN" for name in (OWNER, *GROUPS)]
    return [*made, *(f"GRANT {MEMBER} TO {name}" for name in CONSOLE_GROUPS)]


def make_roles(engine: Engine) -> None:
    """Make the group roles the cluster does not have yet; other desks of the cluster may do so at the same time.

    Raises:
        StorageUnavailable: they are missing, and this login may make none; the sentence has the statements.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if _has_roles(connection):
            return
        try:
            for statement in role_statements():
                _run_once(connection, statement)
        except psycopg.errors.InsufficientPrivilege:
            raise StorageUnavailable(
                mark("Your login may make no roles. Let an administrator of the server run: {statements}"),
                statements="; ".join(role_statements()) + ";",
            ) from None


def _has_roles(connection: Connection) -> bool:
    """Whether all groups are there, and belong together as they should."""
    found = connection.execute(
        text("SELECT count(*) FROM pg_roles WHERE rolname = ANY (:names)"), {"names": [OWNER, *GROUPS]}
    ).scalar_one()
    if found < len(GROUPS) + 1:
        return False
    joined = connection.execute(
        text(
            "SELECT count(*) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r"
            " ON r.oid = m.member WHERE g.rolname = :parent AND r.rolname = ANY (:names)"
        ),
        {"parent": MEMBER, "names": list(CONSOLE_GROUPS)},
    ).scalar_one()
    return bool(joined >= len(CONSOLE_GROUPS))


def _run_once(connection: Connection, statement: str) -> None:
    """Run a statement about roles that somebody else may just have run."""
    run(
        connection,
        f"DO $$ BEGIN {statement}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
    )


def apply(connection: Connection) -> None:
    """Bring the rights into the database of a connection that owns it; the roles must be there (`make_roles`).

    Raises:
        StorageUnavailable: the login is neither a superuser nor a member of the owner.
    """
    _need_owner(connection)
    run(connection, "".join(_statements(connection)))


def open_doors(connection: Connection) -> list[str]:
    """What every login of the cluster may still do here that `apply` could not take away; empty when all is well."""
    rows = connection.execute(
        text(
            "SELECT 'CONNECT on the database' WHERE has_database_privilege('public', current_database(), 'CONNECT')"
            " UNION ALL"
            " SELECT 'TEMP on the database' WHERE has_database_privilege('public', current_database(), 'TEMP')"
            " UNION ALL SELECT 'USAGE on schema public' WHERE has_schema_privilege('public', 'public', 'USAGE')"
            " UNION ALL SELECT 'CREATE in schema public' WHERE has_schema_privilege('public', 'public', 'CREATE')"
            " UNION ALL SELECT 'EXECUTE on ' || f FROM unnest(CAST(:functions AS text[])) AS f"
            " WHERE has_function_privilege('public', 'pg_catalog.' || f, 'EXECUTE')"
        ),
        {"functions": list(LARGE_OBJECTS)},
    )
    return [str(row[0]) for row in rows]


def _need_owner(connection: Connection) -> None:
    may = connection.execute(
        text(
            "SELECT pg_has_role(current_user, :owner, 'USAGE') AS is_owner, rolcreaterole"
            " FROM pg_roles WHERE rolname = current_user"
        ),
        {"owner": OWNER},
    ).one()
    if may.is_owner:
        return
    if may.rolcreaterole:
        run(connection, f"GRANT {OWNER} TO CURRENT_USER")
        return
    raise StorageUnavailable(
        mark("Only the owner of the desk brings rights into it. An administrator of the server runs: {statement}"),
        statement=f"GRANT {OWNER} TO {connection.execute(text('SELECT quote_ident(current_user)')).scalar_one()};",
    )


def _statements(connection: Connection) -> Iterator[str]:
    database = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    everybody = ", ".join(("PUBLIC", *GROUPS))
    yield "SET LOCAL client_min_messages = error;\n"
    yield f"REVOKE ALL ON DATABASE {database} FROM {everybody};\n"
    yield "CREATE SCHEMA IF NOT EXISTS desk_priv;\nCREATE SCHEMA IF NOT EXISTS bi;\n"
    yield f"GRANT CREATE, CONNECT, TEMP ON DATABASE {database} TO {OWNER};\n"
    yield f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER};\n"
    yield "".join(map(_large_object_closed, LARGE_OBJECTS))
    yield FUNCTIONS + GUARDS
    yield view_statements()
    yield OWNERSHIP
    yield f"REVOKE ALL ON SCHEMA public, desk_priv, bi FROM {everybody};\n"
    yield NO_RIGHTS.format(everybody=everybody)
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        yield f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} REVOKE ALL ON {kind} FROM PUBLIC;\n"
    yield f"GRANT USAGE ON SCHEMA public, desk_priv TO {MEMBER};\nGRANT USAGE ON SCHEMA bi, desk_priv TO {BI_GROUP};\n"
    yield "".join(f"GRANT EXECUTE ON FUNCTION desk_priv.{name} TO {', '.join(to)};\n" for name, to in CALLED.items())
    yield f"GRANT SELECT ON desk_priv.ticket_words TO {', '.join(SEES_ALL_TICKETS)};\n"
    yield f"GRANT SELECT ON {', '.join(f'bi.{name}' for name in VIEWS)} TO {BI_GROUP};\n"
    yield NO_POLICIES
    for name in ACCESS:
        yield from table_statements(name)
    yield GONE


_TABLES = ", ".join(f"'{name}'" for name in ACCESS)
OURS = f"""
    SELECT c.oid, c.relname AS name, c.oid::regclass::text AS called, c.relowner AS owner,
        CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'S') AND (
        c.relnamespace::regnamespace::text IN ('desk_priv', 'bi')
        OR c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname IN ({_TABLES})
        OR c.relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                AND d.deptype IN ('a', 'i') AND t.relnamespace = 'public'::regnamespace AND t.relname IN ({_TABLES})))
    UNION ALL
    SELECT p.oid, p.proname, p.oid::regprocedure::text, p.proowner, 'ROUTINE'
    FROM pg_proc p
    WHERE NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        AND (p.pronamespace::regnamespace::text IN ('desk_priv', 'bi')
            OR p.pronamespace = 'public'::regnamespace AND p.proname = 'refuse_change' AND p.pronargs = 0)
"""
"""Our own objects: what an extension or somebody else keeps in the schema `public` is not ours to touch."""
OWNERSHIP = f"""
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT nspname AS name FROM pg_namespace
        WHERE nspname IN ('desk_priv', 'bi') AND nspowner <> '{OWNER}'::regrole
    LOOP EXECUTE format('ALTER SCHEMA %I OWNER TO {OWNER}', one.name); END LOOP;
    FOR one IN SELECT * FROM ({OURS}) AS ours WHERE owner <> '{OWNER}'::regrole AND kind <> 'SEQUENCE'
    LOOP EXECUTE format('ALTER %s %s OWNER TO {OWNER}', one.kind, one.called); END LOOP;
END $$;
"""
"""A sequence goes with the table it counts for."""
NO_RIGHTS = f"""
DO $$ DECLARE one record; BEGIN
    FOR one IN {OURS}
    LOOP EXECUTE format('REVOKE ALL ON %s %s FROM {{everybody}}', replace(one.kind, 'VIEW', 'TABLE'), one.called);
    END LOOP;
END $$;
"""
NO_POLICIES = f"""
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' AND tablename IN ({_TABLES})
    LOOP EXECUTE format('DROP POLICY %I ON public.%I', one.policyname, one.tablename); END LOOP;
END $$;
"""


def _large_object_closed(name: str) -> str:
    """Asked first: who does not own the function and is refused it already may not even take it away."""
    return (
        f"DO $$ BEGIN IF has_function_privilege('public', 'pg_catalog.{name}', 'EXECUTE') THEN"
        f" REVOKE ALL ON FUNCTION pg_catalog.{name} FROM PUBLIC; END IF; END $$;\n"
    )


def table_statements(name: str) -> Iterator[str]:
    """Row security, policies and grants of one table; roles with the same right share its policy."""
    yield f"ALTER TABLE public.{name} ENABLE ROW LEVEL SECURITY;\n"
    policies: dict[tuple[Verb, Scope], list[Role]] = {}
    for role, rights in ACCESS[name].items():
        for verb, grant in rights.items():
            policies.setdefault((verb, grant.scope), []).append(role)
            yield _grant(name, verb, grant, group(role))
    for (verb, scope), roles in policies.items():
        if scope is not Scope.NONE:  # row security without a policy shows nothing
            yield _policy(name, verb, scope, ", ".join(map(group, roles)))


def _policy(name: str, verb: Verb, scope: Scope, to: str) -> str:
    wanted = condition(scope, name)
    rows = f"USING ({condition(LOOSER.get((scope, name), scope), name)})"
    clauses = {
        Verb.READ: rows,
        Verb.ADD: f"WITH CHECK ({condition(scope, name, is_new=True)})",
        Verb.CHANGE: f"{rows} WITH CHECK ({wanted})",
        Verb.REMOVE: rows,
        Verb.LOCK: f"{rows} WITH CHECK (false)",  # `SELECT ... FOR UPDATE` asks for no more
    }
    called = f'"{verb.value}: {scope.value}"'
    return f"CREATE POLICY {called} ON public.{name} FOR {SQL_VERBS[verb]} TO {to} {clauses[verb]};\n"


def _grant(name: str, verb: Verb, grant: Grant, to: str) -> str:
    columns = grant.columns or _written(name, verb)
    listed = f" ({', '.join(columns)})" if columns else ""
    words = f"GRANT {SQL_VERBS[verb]}{listed} ON public.{name} TO {to};\n"
    if verb is Verb.ADD and (sequence := _sequence(name)) is not None:
        words += f"GRANT USAGE ON SEQUENCE public.{sequence} TO {to};\n"
    return words


def written_columns(name: str, verb: Verb) -> tuple[str, ...]:
    """The columns a verb may write where the declaration names none: all but the server's own numbers."""
    table = metadata.tables[name]
    if verb is Verb.LOCK:
        return (next(iter(table.primary_key.columns)).name,)  # to hold a row, a right to one column is enough
    given = {table.autoincrement_column.name} if table.autoincrement_column is not None else set()
    kept = {column.name for column in table.primary_key.columns} if verb is Verb.CHANGE else set()
    return tuple(column.name for column in table.columns if column.name not in given | kept | SERVER_GIVEN)


def _written(name: str, verb: Verb) -> tuple[str, ...]:
    if verb in {Verb.READ, Verb.REMOVE} or name in OUTSIDE:
        return ()
    return written_columns(name, verb)


def _sequence(name: str) -> str | None:
    """The sequence behind a table's number, as SERIAL names it."""
    column = metadata.tables[name].autoincrement_column
    return f"{name}_{column.name}_seq" if column is not None else None
