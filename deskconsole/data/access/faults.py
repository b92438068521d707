"""What `db check` looks for in a PostgreSQL desk besides its rows: triggers, row security and grants as they were laid.

Whoever owns the database may take them away, or hand out more by hand; nothing in it would tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

from deskconsole.data.access import ACCESS, APPEND_ONLY, OWNER
from deskconsole.data.access.guards import GUARDS
from deskconsole.data.access.sql import GROUPS, OURS
from deskconsole.data.engines.postgresql import guards
from deskconsole.data.tables import metadata
from deskconsole.domain.sentences import Sentence, mark

_TRIGGER = re.compile(r"CREATE (?:OR REPLACE )?TRIGGER (\w+)\s[^;]*?\sON public\.(\w+)")


def _laid() -> Iterator[str]:
    """The statements that lay triggers, but for those that keep tables append-only."""
    yield from (guards.AUDIT, guards.WRITERS, GUARDS)
    yield from (guards.recorders(name) for name in ACCESS if name not in guards.UNAUDITED)
    yield from (guards.version_guard(name) for name, table in metadata.tables.items() if "version" in table.c)


TRIGGERS = frozenset(
    {(table, name) for words in _laid() for name, table in _TRIGGER.findall(words)}
    | {(table, f"{table}_append_only") for table in APPEND_ONLY}
)
"""Table and name of every trigger of ours."""
IN_FORCE = """
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
"""
OPEN_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relname = ANY (:names) AND NOT relrowsecurity ORDER BY 1
"""
BY_HAND = f"""
SELECT o.called, coalesce(quote_ident(r.rolname), 'PUBLIC') AS login,
    string_agg(DISTINCT g.privilege_type, ', ' ORDER BY g.privilege_type) AS rights
FROM (
    SELECT c.oid, a.grantee, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
    UNION SELECT c.attrelid, a.grantee, a.privilege_type FROM pg_attribute c, aclexplode(c.attacl) a
) AS g
JOIN ({OURS}) AS o ON o.oid = g.oid AND o.kind <> 'ROUTINE'
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE g.grantee <> o.owner AND coalesce(r.rolname, '') <> ALL (:groups)
GROUP BY 1, 2 ORDER BY 1, 2
"""


def faults(connection: Connection) -> Iterator[Sentence]:
    """What does not stand in the database as it was laid."""
    in_force = {(row.relname, row.tgname) for row in connection.execute(text(IN_FORCE))}
    for table, trigger in sorted(TRIGGERS - in_force):
        yield Sentence(
            mark("the trigger {trigger} of the table {table} is missing or switched off"), trigger=trigger, table=table
        )
    for (table,) in connection.execute(text(OPEN_TABLES), {"names": list(ACCESS)}):
        yield Sentence(
            mark("row security is off in the table {table}; deskconsole db upgrade brings it back"), table=table
        )
    for row in connection.execute(text(BY_HAND), {"groups": [OWNER, *GROUPS]}):
        yield Sentence(
            mark(
                "{login} was given rights by hand: {rights} on {table};"
                " take them back with: REVOKE ALL ON {table} FROM {login}"
            ),
            login=row.login,
            rights=row.rights,
            table=row.called,
        )
