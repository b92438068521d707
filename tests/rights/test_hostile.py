"""Statements of somebody who wants more than they may: what comes back, in rows, plans or errors, holds no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.rights.world import World

Link = psycopg.Connection[Any]
MONEY = r"\b(7770\d\d|5550\d\d|333000|222000|9900)\b"
SECRETS = {
    "con": rf"giraffe|secret|Farmacia|PRN-7|internal words|engineer's|tills|gold|monthly|Stranger|{MONEY}",
    "eva": MONEY,
    "ann": r"\b7770\d\d\b",
    "bill": r"help|secret|words on|\+7495|Ленина",
}
"""What a login must never meet, as one pattern."""
LOOKS = (
    "TABLE public.ticket",
    "SELECT subject FROM public.ticket ORDER BY subject DESC",
    "SELECT id, subject FROM public.ticket WHERE subject LIKE '%giraffe%'",
    "SELECT subject::int FROM public.ticket",
    "SELECT id FROM public.ticket WHERE subject::xml IS NOT NULL",
    "SELECT id FROM public.ticket WHERE ctid IS NOT NULL AND length(subject) > 3",
    "SELECT count(*), max(subject), string_agg(subject, ',') FROM public.ticket",
    "SELECT t.subject FROM public.ticket t TABLESAMPLE bernoulli (100)",
    "WITH RECURSIVE w AS (SELECT id, subject FROM public.ticket UNION SELECT id, subject FROM w) SELECT * FROM w",
    "SELECT query_to_xml('SELECT * FROM public.message', true, false, '')",
    "SELECT table_to_xml('public.client', true, false, '')",
    "SELECT schema_to_xml('public', true, false, '')",
    "SELECT row_to_json(m) FROM public.message m",
    "SELECT m.* FROM public.ticket t, LATERAL (SELECT * FROM public.message WHERE ticket_id = t.id) m",
    "SELECT body FROM public.message WHERE visibility = 'internal'",
    "SELECT body::int FROM public.message WHERE visibility = 'internal'",
    "SELECT words FROM public.ticket_search",
    "SELECT words FROM desk_priv.ticket_words",
    "SELECT key, label FROM public.caller_key",
    "SELECT name FROM public.client ORDER BY name",
    "SELECT note FROM public.client",
    "SELECT name FROM public.client ORDER BY note",
    "SELECT * FROM public.client",
    "SELECT c FROM public.client c",
    "SELECT phone FROM public.contact",
    "SELECT address FROM public.site",
    "SELECT * FROM public.person_money",
    "SELECT hour_cost_minor FROM public.time_entry_money ORDER BY 1",
    "SELECT unit_price_minor FROM public.ticket_line_money",
    "SELECT l.id, m.unit_price_minor FROM public.ticket_line l JOIN public.ticket_line_money m ON m.line_id = l.id",
    "SELECT price_minor::text::date FROM public.price_money",
    "SELECT debt_minor FROM public.payment_money",
    "SELECT old, new FROM public.audit WHERE entity = 'person_money'",
    "SELECT new FROM public.audit",
    "SELECT old, new, reason FROM public.event",
    "SELECT result FROM public.operation",
    "SELECT name, value FROM public.setting",
    "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM public.message",
    "EXPLAIN (VERBOSE) SELECT * FROM public.ticket WHERE subject = 'foreign giraffe'",
    "SELECT tablename, attname, most_common_vals, histogram_bounds FROM pg_stats WHERE schemaname IN ('public', 'bi')",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_statistic_ext_data",
    "SELECT rolpassword FROM pg_authid",
    "SELECT query FROM pg_stat_activity",
    "SELECT * FROM pg_stat_statements",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "COPY public.ticket TO STDOUT",
    "COPY (SELECT * FROM public.message) TO STDOUT",
    "COPY public.person_money TO STDOUT",
    "SELECT * FROM bi.tickets",
    "SELECT * FROM bi.time_entries",
    "SELECT * FROM bi.people",
    "SELECT currval('public.ticket_id_seq')",
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM public.message LOOP RAISE NOTICE '%', r; END LOOP; END $$",
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, name FROM public.client LOOP RAISE NOTICE '%', r; END LOOP;"
    " END $$",
    "DO $$ BEGIN RAISE NOTICE '%', (SELECT count(*) FROM public.hour_lot_money); END $$",
    "DO $$ BEGIN EXECUTE 'SET LOCAL ROLE desk_owner'; RAISE NOTICE '%',"
    " (SELECT string_agg(body, ',') FROM public.message); END $$",
    "UPDATE public.ticket SET status = status RETURNING subject",
    "DELETE FROM public.presence RETURNING *",
    "DELETE FROM public.work_timer RETURNING *",
)
"""They may work or fail; what counts is what comes back."""
FORBIDDEN = (
    "CREATE TEMP TABLE shadow (id int)",
    "CREATE TEMP TABLE ticket AS SELECT 1 AS id",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE bi.mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE VIEW public.mine AS SELECT 1 AS one",
    "CREATE FUNCTION public.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS"
    " $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$",
    "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS"
    " $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$",
    "CREATE OR REPLACE FUNCTION desk_priv.me() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)",
    "CREATE CAST (text AS int) WITH INOUT",
    "CREATE EXTENSION file_fdw",
    "CREATE ROLE other LOGIN",
    "CREATE PUBLICATION all_rows FOR ALL TABLES",
    "SET ROLE desk_owner",
    "SET ROLE desk_priceless",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET SESSION AUTHORIZATION desk_owner",
    "SET session_replication_role = replica",
    "SET log_statement = 'none'",
    "ALTER TABLE public.ticket DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE public.ticket DISABLE TRIGGER ALL",
    "ALTER TABLE public.event DROP COLUMN login",
    'ALTER POLICY "read: all" ON public.ticket USING (true)',
    'DROP POLICY "read: all" ON public.ticket',
    "DROP TABLE public.audit",
    "DROP FUNCTION desk_priv.me()",
    "ALTER FUNCTION desk_priv.me() SECURITY INVOKER",
    "GRANT SELECT ON public.seal TO PUBLIC",
    "GRANT desk_owner TO CURRENT_USER",
    "GRANT desk_supervisor TO CURRENT_USER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER CREATEROLE",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER ROLE desk_owner LOGIN",
    "ALTER DATABASE postgres SET row_security = off",
    "ALTER DEFAULT PRIVILEGES FOR ROLE desk_owner GRANT SELECT ON TABLES TO PUBLIC",
    "REASSIGN OWNED BY desk_owner TO CURRENT_USER",
    "SECURITY LABEL ON TABLE public.ticket IS 'x'",
    "COPY public.ticket TO '/tmp/tickets'",
    "COPY public.setting FROM '/etc/passwd'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_logical_replication_slot('x', 'pgoutput')",
    "SELECT pg_logical_slot_peek_changes('x', NULL, NULL)",
    "TRUNCATE public.audit",
    "LOCK TABLE public.audit IN ACCESS EXCLUSIVE MODE",
    "REINDEX TABLE public.ticket",
    "CLUSTER public.ticket",
    "SELECT desk_priv.sign_event()",
    "SELECT desk_priv.guard_ticket()",
    "SELECT desk_priv.guard_status()",
    "SELECT desk_priv.guard_lot()",
    "SELECT desk_priv.field_role()",
    "SELECT desk_priv.wrote_now('time_entry', 1)",
    "SELECT desk_priv.changed_from(1, 'assignee_id', 1)",
    "SELECT desk_priv.key_of(0, '{}')",
)
"""They fail for everybody who is not above the rights."""


@pytest.fixture(scope="module")
def links(world: World) -> Iterator[dict[str, Link]]:
    """A connection for each kind of login, on a desk whose statistics were taken."""
    with world.above() as above:
        above.execute("ANALYZE")
    made = {login: world.connect(login) for login in ("con", "eva", "ann", "sue", "root", "bill")}
    yield made
    for link in made.values():
        link.close()


def said(link: Link, statement: str) -> str:
    """All that comes back of a statement: rows, copied lines, notices, the whole of an error. It is rolled back."""
    words: list[str] = []
    link.add_notice_handler(heard := lambda notice: words.append(notice.message_primary or ""))
    try:
        with link.transaction(force_rollback=True):
            words += _answer(link, statement)
    except psycopg.Error as error:
        told = error.diag
        words += [str(error), told.message_detail or "", told.message_hint or "", told.context or ""]
    finally:
        link.remove_notice_handler(heard)
    return "\n".join(words)


def _answer(link: Link, statement: str) -> list[str]:
    query = statement
    if statement.startswith("COPY") and statement.endswith("STDOUT"):
        with link.cursor() as cursor, cursor.copy(query) as copied:
            return [bytes(line).decode() for line in copied]
    cursor = link.execute(query)
    return [repr(row) for row in cursor.fetchall()] if cursor.description else []


@pytest.mark.parametrize("statement", LOOKS)
@pytest.mark.parametrize("login", SECRETS)
def test_nothing_that_comes_back_holds_a_secret(links: dict[str, Link], login: str, statement: str) -> None:
    told = said(links[login], statement)
    asked = re.sub("LINE 1:.*|STATEMENT.*", "", told)
    if statement.startswith("EXPLAIN"):
        asked = asked.replace("foreign giraffe", "")  # the question's own words
    assert not re.search(SECRETS[login], asked), told


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("login", ["con", "eva", "ann", "sue", "root", "bill"])
def test_nobody_gets_out_of_the_own_role(links: dict[str, Link], login: str, statement: str) -> None:
    with pytest.raises(psycopg.Error) as caught, links[login].transaction(force_rollback=True):
        links[login].execute(statement)
    assert isinstance(
        caught.value,
        errors.InsufficientPrivilege
        | errors.InvalidParameterValue  # no such role
        | errors.WrongObjectType
        | errors.UndefinedObject
        | errors.InvalidSchemaName
        | errors.DependentObjectsStillExist
        | errors.FeatureNotSupported
        | errors.ObjectNotInPrerequisiteState,
    ), caught.value


def test_the_patterns_find_what_is_there_for_those_who_may_see_it(links: dict[str, Link]) -> None:
    assert re.search(SECRETS["con"], said(links["sue"], "TABLE public.ticket"))
    assert re.search(SECRETS["eva"], said(links["sue"], "TABLE public.person_money"))
    assert re.search(SECRETS["ann"], said(links["sue"], "TABLE public.time_entry_money"))
    assert re.search(SECRETS["bill"], said(links["sue"], "TABLE public.message"))


def test_a_condition_that_fails_on_a_hidden_row_never_meets_it(world: World, links: dict[str, Link]) -> None:
    """Division by zero, a bad cast or an overflow on a row that is not for these eyes would tell that it is there."""
    link, hidden = links["con"], world.foreign
    for table, key in (("ticket", "id"), ("message", "ticket_id"), ("event", "ticket_id"), ("unbooked", "ticket_id")):
        for words in (
            f"SELECT 1 FROM {table} WHERE 1 / ({key} - {hidden}) > 0",
            f"SELECT 1 FROM {table} ORDER BY 1 / ({key} - {hidden})",
            f"SELECT 1 FROM {table} WHERE {key} IN (SELECT 1 / ({key} - {hidden}) FROM {table})",
            f"SELECT max(1 / ({key} - {hidden})) FROM {table}",
            f"SELECT 1 FROM {table} WHERE (CASE WHEN {key} = {hidden} THEN 'x' ELSE '1' END)::int = 1",
        ):
            link.execute(words)
    link.execute(f"UPDATE ticket SET status = status WHERE 1 / (id - {hidden}) = 5")


PROBES = (
    ("message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)",
     "%d, now(), desk_priv.me(), '', 'public', 'console', false, 'x'", "ticket"),
    ("event (ticket_id, at, person_id, actor, channel, rule, verb, field, old, new, reason)",
     "%d, now(), desk_priv.me(), '', 'console', '', 'note', '', '', '', ''", "ticket"),
    ("status_span (ticket_id, status, category, began_at)", "%d, 'open', 'open', now()", "ticket"),
    ("presence (console, person_id, ticket_id, is_writing, seen_at)",
     "gen_random_uuid(), desk_priv.me(), %d, false, now()", "ticket"),
    ("work_timer (person_id, ticket_id, started_at)", "desk_priv.me(), %d, now()", "ticket"),
    ("unbooked (ticket_id)", "%d", "ticket"),
    ("unbooked (ticket_id, time_entry_id)", "{own}, %d", "time_entry"),
    ("attachment (ticket_id, message_id, name, media_type, size, sha256, at, person_id)",
     "{own}, %d, 'x', '', 1, 'x', now(), desk_priv.me()", "message"),
    ("time_entry (ticket_id, person_id, started_at, worked_minutes, charged_minutes, note, at)",
     "%d, desk_priv.me(), now(), 1, 1, '', now()", "ticket"),
    ("time_entry (ticket_id, line_id, person_id, started_at, worked_minutes, charged_minutes, note, at)",
     "{own}, %d, desk_priv.me(), now(), 1, 1, '', now()", "ticket_line"),
    ("time_entry (ticket_id, reverses_id, person_id, started_at, worked_minutes, charged_minutes, note, at)",
     "{own}, %d, desk_priv.me(), now(), 1, 1, '', now()", "time_entry"),
)  # fmt: skip
"""Rows that name another's row: what is inserted, and the table of the row that is named."""


@pytest.mark.parametrize(("into", "values", "table"), PROBES)
def test_a_row_that_names_another_s_is_refused_as_one_that_names_nothing(
    world: World, links: dict[str, Link], into: str, values: str, table: str
) -> None:
    with world.above() as above:
        column = "id" if table == "ticket" else "ticket_id"
        query = f"SELECT min(id) FROM {table} WHERE {column} = {world.foreign}"
        ((hidden,),) = above.execute(query).fetchall()
    words = f"INSERT INTO {into} VALUES ({values.format(own=world.own)})"
    there, nowhere = said(links["con"], words % hidden), said(links["con"], words % 999_999_999)
    assert there == nowhere
    assert "row-level security" in there


def test_another_s_row_is_not_taken_over_by_its_key(world: World, links: dict[str, Link]) -> None:
    with world.above() as above:
        ((console,),) = above.execute(
            "SELECT console FROM presence WHERE person_id <> %s AND ticket_id = %s LIMIT 1",
            (world.company.people["con"], world.own),
        ).fetchall()
        ((key,),) = above.execute(
            "SELECT key FROM operation WHERE person_id = %s LIMIT 1", (world.company.people["ann"],)
        ).fetchall()
    link = links["con"]
    with pytest.raises(errors.InsufficientPrivilege), link.transaction(force_rollback=True):
        link.execute(
            "INSERT INTO presence (console, person_id, ticket_id, is_writing, seen_at)"
            " VALUES (%s, desk_priv.me(), %s, false, now()) ON CONFLICT (console) DO UPDATE SET is_writing = true",
            (console, world.own),
        )
    assert link.execute("SELECT count(*) FROM operation WHERE key = %s", (key,)).fetchone() == (0,)


def test_nobody_passes_on_a_right_or_touches_the_server(links: dict[str, Link]) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        links["root"].execute("ALTER SYSTEM SET fsync = off")
    with pytest.raises(errors.InsufficientPrivilege):
        links["con"].execute("SELECT pg_terminate_backend(%s)", (links["root"].info.backend_pid,))
    with links["sue"].transaction(force_rollback=True):
        links["sue"].execute("GRANT SELECT ON person_money TO PUBLIC")  # a warning: nothing was granted
        held = links["sue"].execute("SELECT has_table_privilege('desk_contractor', 'person_money', 'SELECT')")
        assert held.fetchone() == (False,)


def test_row_security_is_not_switched_off(links: dict[str, Link]) -> None:
    for login in ("con", "eva", "ann", "root"):
        link = links[login]
        with link.transaction(force_rollback=True):
            link.execute("SET LOCAL row_security = off")
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                link.execute("SELECT * FROM ticket")


def test_another_role_within_reach_gives_nothing_more(world: World, links: dict[str, Link]) -> None:
    """Who a person is hangs on the login, whatever role is set."""
    link = links["con"]
    for role in ("desk_member", "desk_contractor"):
        with link.transaction(force_rollback=True):
            link.execute(f"SET LOCAL ROLE {role}")
            assert link.execute("SELECT desk_priv.me()").fetchone() == (world.company.people["con"],)
            if role == "desk_contractor":
                assert link.execute("SELECT id FROM ticket").fetchall() == [(world.own,)]


def test_the_bell_says_nothing(world: World, links: dict[str, Link]) -> None:
    with world.connect("con") as listener:
        listener.execute("LISTEN desk_change")
        links["ann"].execute("INSERT INTO change (entity, row_id, at) VALUES ('ticket', 42, now())")
        (note,) = listener.notifies(timeout=10, stop_after=1)
        assert (note.channel, note.payload) == ("desk_change", "")
        with pytest.raises(errors.InsufficientPrivilege):
            listener.execute("SELECT entity, row_id FROM change")


def test_a_text_with_control_codes_goes_into_no_table(world: World, links: dict[str, Link]) -> None:
    for code in ("\x1b]52;c;eA==\x07", "\x9b31m", "\x7f", "\x85"):
        for statement in (
            "INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
            " VALUES (%(ticket)s, now(), desk_priv.me(), '', 'public', 'console', false, %(text)s)",
            "UPDATE ticket SET status = %(text)s WHERE id = %(ticket)s",
            "INSERT INTO change (entity, at) VALUES (%(text)s, now())",
        ):
            with pytest.raises(errors.CheckViolation, match="no_control_codes"):
                links["con"].execute(statement, {"ticket": world.own, "text": f"a{code}b"})
    with links["con"].transaction(force_rollback=True):
        links["con"].execute(
            "INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
            " VALUES (%s, now(), desk_priv.me(), '', 'public', 'console', false, E'tab\\there\\nМосква é 🙂')",
            (world.own,),
        )


def test_a_stale_version_is_refused_and_a_missing_one_grows(world: World, links: dict[str, Link]) -> None:
    link = links["ann"]
    with link.transaction(force_rollback=True):
        query = "SELECT version FROM ticket WHERE id = %s"
        ((before,),) = link.execute(query, (world.own,)).fetchall()
        link.execute("UPDATE ticket SET priority = 1 WHERE id = %s", (world.own,))
        assert link.execute(query, (world.own,)).fetchall() == [(before + 1,)]
        link.execute("UPDATE ticket SET next_due = now() WHERE id = %s", (world.own,))
        assert link.execute(query, (world.own,)).fetchall() == [(before + 1,)]
        with pytest.raises(psycopg.Error) as caught:
            link.execute("UPDATE ticket SET priority = 2, version = %s WHERE id = %s", (before + 5, world.own))
        assert caught.value.sqlstate == "DK409"
