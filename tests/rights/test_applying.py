"""Bringing the rights into a database: again and again, several at once, and without the means to."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from deskconsole.data import migrations
from deskconsole.data.access import sql as access_sql
from deskconsole.data.store import create_store, open_store, parse_location, unchecked_store, upgrade_store
from deskconsole.desk import opening
from deskconsole.domain.errors import StorageUnavailable
from tests.rights.world import World, libpq

RIGHTS = """
SELECT array_agg(line ORDER BY line) FROM (
    SELECT concat_ws(' ', tablename, policyname, roles, cmd, qual, with_check) AS line FROM pg_policies
    UNION ALL SELECT concat_ws(' ', relname, relowner::regrole, relrowsecurity, relacl) FROM pg_class
        WHERE relnamespace::regnamespace::text IN ('public', 'bi', 'desk_priv') AND relkind IN ('r', 'v', 'S')
    UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, attacl) FROM pg_attribute WHERE attacl IS NOT NULL
    UNION ALL SELECT concat_ws(' ', oid::regprocedure, proowner::regrole, proacl, prosecdef, proconfig) FROM pg_proc
        WHERE pronamespace::regnamespace::text IN ('public', 'bi', 'desk_priv')
    UNION ALL SELECT concat_ws(' ', nspname, nspowner::regrole, nspacl) FROM pg_namespace
        WHERE nspname IN ('public', 'bi', 'desk_priv')
) AS all_lines
"""


def rights(link: psycopg.Connection[Any]) -> list[str]:
    """All rights of a database as lines."""
    row = link.execute(RIGHTS).fetchone()
    assert row is not None
    return list(row[0])


def apply_again(url: str) -> None:
    """Bring the rights in once more, as `db upgrade` does."""
    store = open_store(url)
    try:
        upgrade_store(store)
    finally:
        store.close()


def test_rights_brought_in_again_are_the_same(team: World) -> None:
    with team.above() as link:
        before = rights(link)
        apply_again(team.url)
        assert rights(link) == before


def test_what_was_changed_by_hand_is_put_right(team: World) -> None:
    with team.above() as link:
        before = rights(link)
        for words in (
            "GRANT SELECT ON person_money TO PUBLIC",
            "GRANT UPDATE (priority) ON ticket TO desk_contractor",
            'DROP POLICY "read: own tickets" ON ticket',
            "CREATE POLICY extra ON ticket FOR SELECT TO desk_contractor USING (true)",
            "ALTER TABLE message DISABLE ROW LEVEL SECURITY",
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "GRANT EXECUTE ON FUNCTION desk_priv.undoes(bigint, bigint, integer) TO PUBLIC",
            "ALTER TABLE client OWNER TO CURRENT_USER",
        ):
            link.execute(words)
        assert rights(link) != before
        apply_again(team.url)
        assert rights(link) == before


def test_nothing_is_left_open_to_every_login_of_the_cluster(team: World) -> None:
    apply_again(team.url)
    store = open_store(team.url)
    try:
        with store.reader.connect() as connection:
            assert access_sql.open_doors(connection) == []
            connection.execute(text("GRANT TEMP ON DATABASE " + connection.engine.url.database + " TO PUBLIC"))  # type: ignore[operator] # it has a name
            assert access_sql.open_doors(connection) == ["TEMP on the database"]
    finally:
        store.close()


def test_a_person_of_the_desk_brings_no_rights_in(team: World) -> None:
    for login in ("root", "con"):
        store = unchecked_store(parse_location(team.address(login)))
        try:
            with pytest.raises(StorageUnavailable, match="GRANT desk_owner TO"), store.reader.connect() as connection:
                access_sql.apply(connection)
        finally:
            store.close()


def test_many_may_make_the_roles_at_once(team: World) -> None:
    """They are of the whole cluster: every desk that is made needs them at the same moment."""
    failed: list[BaseException] = []

    def make() -> None:
        store = unchecked_store(parse_location(team.url))
        try:
            with store.reader.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for _ in range(20):
                    for statement in access_sql.role_statements():
                        access_sql._run_once(connection, statement)
        except BaseException as error:
            failed.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_a_login_that_may_make_no_roles_is_told_what_its_administrator_runs(
    team: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = unchecked_store(parse_location(team.address("root")))
    monkeypatch.setattr(access_sql, "_has_roles", lambda _connection: False)
    try:
        with pytest.raises(StorageUnavailable, match=r"CREATE ROLE desk_owner NOLOGIN; .*GRANT desk_member TO"):
            access_sql.make_roles(store.reader)
    finally:
        store.close()


def test_a_desk_made_by_its_owner_s_member_keeps_its_rights(team: World, blank_postgres_url: str) -> None:
    """A managed service gives no superuser: a login that owns the database and may act as `desk_owner` is enough."""
    with psycopg.connect(libpq(blank_postgres_url), autocommit=True) as link:
        name, dba = link.info.dbname, f"{link.info.dbname}_dba"
        link.execute(f'CREATE ROLE "{dba}" LOGIN IN ROLE desk_owner')
        link.execute(f'ALTER DATABASE "{name}" OWNER TO "{dba}"')
        try:
            store = create_store(blank_postgres_url.replace("postgres@", f"{dba}@"))
            assert store.login is None
            store.close()
            with team.above() as known:
                ours = [line for line in rights(link) if " CREATE " not in line]
                theirs = [line for line in rights(known) if " CREATE " not in line]
            assert [line for line in ours if not line.startswith("public ")] == [
                line for line in theirs if not line.startswith("public ")
            ]
        finally:
            link.execute(f'REASSIGN OWNED BY "{dba}" TO CURRENT_USER')
            link.execute(f'DROP OWNED BY "{dba}"')
            link.execute(f'DROP ROLE "{dba}"')


GUARDS = """
SELECT array_agg(line ORDER BY line) FROM (
    SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid), conname, convalidated) AS line
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'desk_priv'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
) AS all_lines
"""


def test_a_desk_of_version_0003_that_is_upgraded_is_as_a_new_one(
    blank_postgres_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, newest, steps = migrations.upgrade, migrations.HEAD, Path(migrations.__file__).parent

    def as_it_was(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(steps))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")

    monkeypatch.setattr(migrations, "upgrade", as_it_was)
    monkeypatch.setattr(migrations, "HEAD", "0003")
    create_store(blank_postgres_url).close()
    with psycopg.connect(libpq(blank_postgres_url), autocommit=True) as link:
        link.execute(
            "CREATE FUNCTION desk_priv.is_plausible(bigint, timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT true'"
        )
        for name in ("record_new", "record_change", "raise_version", "sign_event"):
            body = "LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
            link.execute(f"CREATE OR REPLACE FUNCTION desk_priv.{name}() RETURNS trigger {body}")
        monkeypatch.setattr(migrations, "upgrade", real)
        monkeypatch.setattr(migrations, "HEAD", newest)
        opening.upgrade(blank_postgres_url, without_backup=True)
        with psycopg.connect(libpq(postgres_url), autocommit=True) as new:
            assert rights(link) == rights(new)
            assert link.execute(GUARDS).fetchone() == new.execute(GUARDS).fetchone()
