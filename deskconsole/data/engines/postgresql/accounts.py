"""The logins of people on a PostgreSQL server: what is known of them, and the SQL that makes and changes them.

The same statements are run over an administrator's connection and printed for one. No password stands in them: only
the verifier the server would have made of it (SCRAM), made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.pq import PGconn
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from deskconsole.data import access
from deskconsole.data.passwords import Secret
from deskconsole.domain.terms import Role

GROUPS = tuple(access.group(role) for role in Role)
POWERS = {
    "rolsuper": "SUPERUSER",
    "rolcreaterole": "CREATEROLE",
    "rolcreatedb": "CREATEDB",
    "rolreplication": "REPLICATION",
    "rolbypassrls": "BYPASSRLS",
}
"""What no desk login has."""
MEMBERSHIPS = (
    "SELECT g.rolname FROM pg_catalog.pg_roles AS g"
    " WHERE (g.rolname = 'desk_owner' OR pg_catalog.starts_with(g.rolname, 'pg_')) AND g.oid <> r.oid"
    " AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')"
)
"""The same by way of another role: the owner's, and those the server brings (`pg_read_server_files` ...)."""

LOGINS = f"""
SELECT r.rolname, r.rolcanlogin, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
       ARRAY(SELECT lent.rolname::text FROM ({MEMBERSHIPS}) AS lent ORDER BY 1) AS lent,
       ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members AS m
             JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS groups,
       ARRAY(SELECT d.datname::text FROM pg_catalog.pg_database AS d, pg_catalog.aclexplode(d.datacl) AS a
             WHERE a.grantee = r.oid AND a.privilege_type = 'CONNECT' ORDER BY 1) AS databases
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY(:names)
"""
ME = """
SELECT rolname, rolsuper, rolsuper OR rolcreaterole AS may_make FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
ELSEWHERE = """
SELECT FROM pg_catalog.pg_database AS d, pg_catalog.aclexplode(d.datacl) AS a
      JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
      WHERE r.rolname = {login} AND a.privilege_type = 'CONNECT' AND d.datname <> {database}
""".strip()
END_SESSIONS = """
SELECT count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid)) FROM pg_catalog.pg_stat_activity AS a
JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
WHERE r.rolname = {login} AND a.pid <> pg_catalog.pg_backend_pid()
    AND (a.datname = pg_catalog.current_database() OR NOT r.rolcanlogin)
""".strip()
"""Here; of a login that may log in nowhere any more, everywhere."""


@dataclass(frozen=True)
class Login:
    """A login of the server: whether it may log in, its powers, its groups of ours, databases it may connect to."""

    name: str
    can_log_in: bool
    powers: tuple[str, ...]
    groups: tuple[str, ...]
    databases: tuple[str, ...]


def logins(connection: Connection, names: Sequence[str]) -> dict[str, Login]:
    """What the server knows of these names."""
    return {
        row.rolname: Login(
            name=row.rolname,
            can_log_in=row.rolcanlogin,
            powers=(*(word for column, word in POWERS.items() if getattr(row, column)), *row.lent),
            groups=tuple(group for group in row.groups if group in GROUPS),
            databases=tuple(row.databases),
        )
        for row in connection.execute(text(LOGINS), {"names": list(names)})
    }


def may_make_logins(connection: Connection) -> tuple[str, bool]:
    """Who this connection is, and whether the server lets it make and change logins."""
    row = connection.exec_driver_sql(ME).one()
    return row.rolname, row.may_make


def database_of(connection: Connection) -> str:
    """The database this connection is in."""
    return str(connection.exec_driver_sql("SELECT current_database()").scalar_one())


def verifier(secret: Secret) -> str:
    """What the server keeps of a password (SCRAM-SHA-256): it proves the password and can't be turned back.

    libpq makes it, on an object that is connected to nothing, and not as an old server's settings would (md5).
    """
    nowhere = PGconn.connect_start(b"port=0")
    try:
        return nowhere.encrypt_password(secret.reveal().encode(), b"", b"scram-sha-256").decode()
    finally:
        nowhere.finish()


def open_sessions(connection: Connection, login: str) -> int:
    """How many sessions a login has open."""
    counted = text("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = :login")
    return int(connection.execute(counted, {"login": login}).scalar_one())


def run(connection: Connection, statements: Sequence[str]) -> None:
    """Run statements in the connection's transaction, past every log of ours.

    Raises:
        DBAPIError: the server refuses one; its text is not in the error.
    """
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        for statement in statements:
            driver.execute(statement.encode())
    except psycopg.Error as error:
        raise DBAPIError("-- logins", None, error) from None


def make_login(login: str, group: str, database: str, kept: str | None) -> list[str]:
    """Make a login if it is not there, with the verifier `kept` (None: no password), and put it into its one group.

    A login that is there keeps its password; one with powers over the server is refused, and one that works on another
    desk in another role.
    """
    name, role = _name(login), _text(login)
    password = f" PASSWORD {_text(kept)}" if kept is not None else ""
    powers = f"{' OR '.join(POWERS)} OR EXISTS ({MEMBERSHIPS})"
    others = ", ".join(_text(other) for other in GROUPS if other != group)
    elsewhere = ELSEWHERE.format(login=role, database=_text(database))
    busy = _text(f"{login} works on another desk of this server in another role; a login has one role on a server")
    none = " ".join(f"NO{word}" for word in POWERS.values())
    return [
        _block(
            f"IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {role}) THEN\n"
            f"    CREATE ROLE {name} LOGIN {none}{password};\n"
            f"  ELSIF EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE rolname = {role} AND ({powers})) THEN\n"
            f"    RAISE EXCEPTION USING MESSAGE = {_text(f'{login} has powers over the server')};\n"
            f"  ELSIF NOT (SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = {role}) THEN\n"
            f"    ALTER ROLE {name} LOGIN;\n"
            f"  END IF;"
        ),
        _block(
            "FOR old IN SELECT g.rolname FROM pg_catalog.pg_auth_members AS m\n"
            "      JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid\n"
            "      JOIN pg_catalog.pg_roles AS r ON r.oid = m.member\n"
            f"      WHERE r.rolname = {role} AND g.rolname IN ({others}) LOOP\n"
            f"    IF EXISTS ({elsewhere}) THEN\n      RAISE EXCEPTION USING MESSAGE = {busy};\n    END IF;\n"
            f"    EXECUTE pg_catalog.format('REVOKE %I FROM %I', old, {role});\n"
            "  END LOOP;",
            declare="old name;",
        ),
        f"GRANT {_name(group)} TO {name};",
        f"GRANT CONNECT ON DATABASE {_name(database)} TO {name};",
    ]


def put_person(login: str, role: Role, name: str | None, team: str | None) -> list[str]:
    """Write the person's row, or change it; a name and a team that are not said stay as they are."""
    known = []
    if team is not None:
        known = [
            _block(
                f"IF NOT EXISTS (SELECT FROM public.team WHERE name = {_text(team)}) THEN\n"
                f"    RAISE EXCEPTION USING MESSAGE = {_text(f'there is no team {team}')};\n  END IF;"
            )
        ]
    team_id = "NULL" if team is None else f"(SELECT id FROM public.team WHERE name = {_text(team)})"
    changes = [f"role = {_text(role.value)}", "is_active = true", "version = public.person.version + 1"]
    changes += [] if name is None else ["name = excluded.name"]
    changes += [] if team is None else ["team_id = excluded.team_id"]
    values = f"{_text(login)}, {_text(name or login)}, {_text(role.value)}, {team_id}, 480, true, 1"
    return [
        *known,
        "INSERT INTO public.person (login, name, role, team_id, capacity_minutes, is_active, version)\n"
        f"VALUES ({values})\nON CONFLICT (login) DO UPDATE SET {', '.join(changes)};",
        _tell(),
    ]


def switch_off(login: str, database: str) -> list[str]:
    """Let a person in no more; a login that another desk of the server uses too keeps the right to log in."""
    name = _name(login)
    elsewhere = ELSEWHERE.format(login=_text(login), database=_text(database))
    return [
        _block(f"IF NOT EXISTS ({elsewhere}) THEN\n    ALTER ROLE {name} NOLOGIN;\n  END IF;"),
        f"REVOKE CONNECT ON DATABASE {_name(database)} FROM {name};",
        *switch_off_person(login),
    ]


def switch_off_person(login: str) -> list[str]:
    """Mark the person's row; history stays."""
    return [
        f"UPDATE public.person SET is_active = false, version = version + 1 WHERE login = {_text(login)};",
        _tell(),
    ]


def end_sessions(connection: Connection, login: str) -> int:
    """End what a login has open, after it was switched off; returns how many sessions."""
    return int(connection.execute(text(END_SESSIONS.format(login=":login")), {"login": login}).scalar_one())


def end_sessions_script(login: str) -> str:
    """The same as SQL."""
    return f"{END_SESSIONS.format(login=_text(login))};"


def set_password(login: str, kept: str) -> list[str]:
    """Give a login another password."""
    return [f"ALTER ROLE {_name(login)} PASSWORD {_text(kept)};"]


def _tell() -> str:
    """Ring the bell of the open consoles."""
    return "INSERT INTO public.change (entity, row_id, at) VALUES ('person', NULL, pg_catalog.clock_timestamp());"


def _block(body: str, *, declare: str = "") -> str:
    """An anonymous block; its text is quoted as a literal, so that nothing in it can end it."""
    head = f"DECLARE {declare}\n" if declare else ""
    return f"DO {_text(f'{head}BEGIN{chr(10)}  {body}{chr(10)}END')};"


def _name(word: str) -> str:
    return sql.Identifier(word).as_string(None)


def _text(word: str) -> str:
    return sql.Literal(word).as_string(None).strip()
