"""The cells that matter most, written down by hand: a slip in the declaration is found here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from deskconsole.data.access import ACCESS
from deskconsole.data.access.views import VIEWS
from tests.rights.world import World

MONEY = tuple(name for name in ACCESS if name.endswith("_money"))
Link = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def links(world: World) -> Iterator[dict[str, Link]]:
    """A connection for each login of the world."""
    made = {login: world.connect(login) for login in ("ann", "sue", "root", "eva", "con", "out", "bill")}
    yield made
    for link in made.values():
        link.close()


def run(link: Link, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement that is rolled back."""
    with link.transaction(force_rollback=True):
        cursor = link.execute(statement)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def seen(link: Link, statement: str) -> int:
    """How many rows a statement shows; none where it is refused."""
    try:
        return len(run(link, statement))
    except errors.InsufficientPrivilege:
        return 0


def refused(link: Link, statement: str) -> bool:
    """Whether rights, and nothing else, forbid a statement."""
    try:
        run(link, statement)
    except errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("table", MONEY)
@pytest.mark.parametrize("login", ["con", "eva"])
def test_money_is_not_for_engineers_and_contractors(links: dict[str, Link], login: str, table: str) -> None:
    assert seen(links[login], f"SELECT 1 FROM {table}") == 0
    for words in (f"INSERT INTO {table} DEFAULT VALUES", f"DELETE FROM {table}", f"UPDATE {table} SET currency = 'X'"):
        assert refused(links[login], words), words


def test_every_money_table_has_a_row_to_be_hidden(world: World) -> None:
    with world.above() as above:
        for table in MONEY:
            assert seen(above, f"SELECT 1 FROM {table}") > 0, table


def test_cost_rates_are_for_supervisors_and_administrators(links: dict[str, Link]) -> None:
    for login in ("eva", "con", "ann", "bill"):
        assert refused(links[login], "SELECT hour_cost_minor FROM public.person_money")
        assert refused(links[login], "SELECT hour_cost_minor FROM public.time_entry_money")
    for login in ("sue", "root"):
        assert seen(links[login], "SELECT hour_cost_minor FROM person_money") > 0


CLOSED_TO_CONTRACTORS = (
    "legal_entity",
    "payment",
    "contract_line",
    "hour_lot",
    "hour_entry",
    "hour_reservation",
    "price_list",
    "sla_policy",
    "sla_target",
    "sla_binding",
    "work_calendar",
    "setting",
    "recurring",
    "occurrence",
    "absence",
    "skill",
    "team_lead",
    "external_ref",
    "client_wait",
    "audit",
    "contract",
    "contract_version",
)


@pytest.mark.parametrize("table", CLOSED_TO_CONTRACTORS)
def test_the_company_s_books_show_a_contractor_nothing(links: dict[str, Link], table: str) -> None:
    assert seen(links["con"], f"SELECT 1 FROM {table}") == 0


def test_a_contractor_sees_the_own_job_with_its_client_and_no_other(world: World, links: dict[str, Link]) -> None:
    link, rows = links["con"], world.company.rows
    assert run(link, "SELECT id FROM ticket") == [(world.own,)]
    assert run(link, "SELECT id FROM client") == [(rows["client"],)]
    assert run(link, "SELECT id FROM site") == [(rows["site"],)]
    assert run(link, "SELECT id FROM equipment") == [(rows["unit"],)]
    assert run(link, "SELECT id FROM contact") == [(rows["contact"],)]
    assert run(link, "SELECT login FROM person") == [(world.prefix + "con",)]
    for column in ("note", "category", "region"):
        assert refused(link, f"SELECT {column} FROM client")
    assert refused(link, "SELECT email FROM contact")
    assert run(link, "SELECT DISTINCT ticket_id, visibility FROM message") == [(world.own, "public")]
    assert run(link, "SELECT DISTINCT ticket_id FROM ticket_search") == [(world.own,)]
    assert run(link, "SELECT DISTINCT person_id FROM time_entry") == [(world.company.people["con"],)]
    assert run(link, "SELECT DISTINCT person_id FROM event") == [(world.company.people["con"],)]


def test_a_contractor_changes_no_more_of_a_ticket_than_the_work_does(world: World, links: dict[str, Link]) -> None:
    link, out = links["con"], world.company.people["out"]
    for words in (
        "INSERT INTO ticket (subject) VALUES ('x')",
        f"UPDATE ticket SET assignee_id = {out}",
        f"UPDATE ticket SET client_id = {world.company.rows['fee_client']}",
        "UPDATE ticket SET priority = 1",
        "UPDATE ticket SET subject = 'x'",
        "UPDATE ticket SET due_at = now()",
        "UPDATE ticket SET is_covered = true",
        "DELETE FROM ticket",
        "INSERT INTO client (name) VALUES ('x')",
        "UPDATE person SET role = 'admin'",
        "UPDATE person SET is_active = true",
        "UPDATE message SET body = 'x'",
        "DELETE FROM message",
        "UPDATE time_entry SET charged_minutes = 1000",
        "DELETE FROM time_entry",
        f"INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
        f" VALUES ({world.foreign}, now(), desk_priv.me(), '', 'public', 'console', false, 'x')",
        f"INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
        f" VALUES ({world.own}, now(), desk_priv.me(), '', 'internal', 'console', false, 'x')",
        f"INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
        f" VALUES ({world.own}, now(), {out}, '', 'public', 'console', false, 'x')",
        f"INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
        f" VALUES ({world.own}, now(), NULL, 'the client', 'public', 'console', false, 'x')",
        f"INSERT INTO time_entry (ticket_id, person_id, started_at, worked_minutes, charged_minutes, note, at)"
        f" VALUES ({world.own}, {out}, now(), 5, 5, '', now())",
        f"INSERT INTO event (ticket_id, at, person_id, actor, channel, rule, verb, field, old, new, reason)"
        f" VALUES ({world.own}, now(), NULL, '', 'console', 'sla', 'due', '', '', '', '')",
    ):
        assert refused(link, words), words
    assert run(link, "UPDATE ticket SET status = status") == [(1,)]


def test_an_engineer_takes_tickets_and_gives_none_away(world: World, links: dict[str, Link]) -> None:
    link, people = links["eva"], world.company.people
    assert run(link, f"UPDATE ticket SET assignee_id = {people['eva']} WHERE id = {world.foreign}") == [(1,)]
    for words in (
        f"UPDATE ticket SET assignee_id = {people['ed']} WHERE id = {world.foreign}",
        f"UPDATE ticket SET assignee_id = NULL WHERE id = {world.eva}",
        f"UPDATE ticket SET team_id = {world.company.teams['night']} WHERE id = {world.eva}",
        f"UPDATE ticket SET client_id = {world.company.rows['fee_client']} WHERE id = {world.eva}",
        "UPDATE ticket SET priority = 1",
        "UPDATE ticket SET policy = 'sales'",
        "UPDATE ticket SET created_by_id = NULL",
        "UPDATE client SET name = 'x'",
        "UPDATE client SET id = id",
        "INSERT INTO setting (name, value) VALUES ('x', '1')",
    ):
        assert refused(link, words), words


def test_hours_leave_a_lot_for_a_ticket_of_its_client_alone(world: World, links: dict[str, Link]) -> None:
    made = "INSERT INTO hour_entry (lot_id, kind, minutes, at, person_id, ticket_id, reverses_id, reason) SELECT"
    for login in ("eva", "ann", "con"):
        for words in (
            f"{made} l.id, 'adjustment', 600, now(), desk_priv.me(), NULL::bigint, NULL::bigint, '' FROM hour_lot l",
            f"{made} l.id, 'deduction', 600, now(), desk_priv.me(), {world.own}, NULL::bigint, '' FROM hour_lot l",
            f"{made} l.id, 'deduction', -6, now(), desk_priv.me(), {world.foreign}, NULL::bigint, '' FROM hour_lot l",
            f"{made} l.id, 'deduction', -6, now(), desk_priv.me(), NULL::bigint, NULL::bigint, '' FROM hour_lot l",
            f"{made} l.id, 'reversal', 600, now(), desk_priv.me(), {world.own}, NULL::bigint, '' FROM hour_lot l",
        ):
            assert refused(links[login], words), (login, words)
    assert refused(
        links["eva"], f"{made} l.id, 'top_up', 60, now(), NULL::bigint, NULL::bigint, NULL::bigint, '' FROM hour_lot l"
    )


@pytest.mark.parametrize("login", ["ann", "sue", "root", "eva", "con", "out"])
def test_nobody_rewrites_history_or_leads_another_s_pen(world: World, links: dict[str, Link], login: str) -> None:
    link = links[login]
    for table in ("event", "hour_entry", "contract_version", "operation", "audit"):
        assert refused(link, f"DELETE FROM {table}"), table
        assert refused(
            link,
            f"UPDATE {table} SET at = now()"
            if table != "contract_version"
            else "UPDATE contract_version SET effective_from = '2020-01-01'",
        ), table
    ticket = {"con": world.own, "out": world.foreign}.get(login, world.own)
    line = (
        "INSERT INTO event (ticket_id, at, person_id, actor, login, channel, rule, verb, field, old, new, reason)"
        f" VALUES ({ticket}, now(), %s, 'me', 'postgres', 'console', '', 'note', '', '', '', '') RETURNING login"
    )
    assert run(link, line.replace("%s", "desk_priv.me()")) == [(world.prefix + login,)]
    assert refused(link, line.replace("%s", str(world.company.people["bob"])))


def test_supervisors_make_nobody_an_administrator(links: dict[str, Link]) -> None:
    for login in ("ann", "sue", "eva", "con"):
        for column in ("login = 'x'", "role = 'admin'", "is_active = true"):
            assert refused(links[login], f"UPDATE person SET {column}")
    assert refused(
        links["ann"],
        "INSERT INTO person (login, name, role, capacity_minutes, is_active, version)"
        " VALUES ('x', 'x', 'admin', 0, true, 1)",
    )


@pytest.mark.parametrize("view", VIEWS)
def test_bi_reads_the_views_and_nothing_else(world: World, links: dict[str, Link], view: str) -> None:
    assert seen(links["bill"], f"SELECT 1 FROM bi.{view}") > 0
    for words in (f"DELETE FROM bi.{view}", f"INSERT INTO bi.{view} DEFAULT VALUES"):
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            run(links["bill"], words)
    for login in ("ann", "eva", "con", "root"):
        assert refused(links[login], f"SELECT 1 FROM bi.{view}")
    shown = {column.name for column in links["bill"].execute(f"SELECT * FROM bi.{view}").description or ()}
    assert not shown & {"phone", "email", "body", "note", "login", "words"}


def test_what_was_changed_is_on_record_with_the_login_of_the_server(world: World, links: dict[str, Link]) -> None:
    link, root = links["ann"], links["root"]
    with link.transaction(force_rollback=True):
        link.execute("SET application_name = 'psql'")
        link.execute(f"UPDATE ticket SET priority = 1, next_due = now() WHERE id = {world.own}")
        (number,) = link.execute("SELECT pg_current_xact_id()::text").fetchone() or ("",)
        assert refused(root, "DELETE FROM audit")
        with world.above() as above:
            assert above.execute("SELECT count(*) FROM audit WHERE txid::text = %s", (number,)).fetchone() == (0,)
    try:
        link.execute(f"UPDATE ticket SET priority = 1 WHERE id = {world.own}")
        found = root.execute(
            "SELECT login, op, old, new, row_id FROM audit WHERE entity = 'ticket' ORDER BY id DESC LIMIT 1"
        ).fetchone()
        assert found is not None
        assert found == (
            world.prefix + "ann",
            "update",
            {"priority": 3, "version": found[2]["version"]},
            {"priority": 1, "version": found[2]["version"] + 1},
            str(world.own),
        )
    finally:
        link.execute(f"UPDATE ticket SET priority = 3 WHERE id = {world.own}")
