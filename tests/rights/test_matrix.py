"""Every cell of the permission matrix, tried as that role over a raw connection: what is allowed works, all else fails.

Which rows a scope means is written down here once more, with the person's number in place of what the database asks,
so that a slip in the policies is no slip in the expectation too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from deskconsole.data.access import ACCESS, APPEND_ONLY, Grant, Scope, Verb
from deskconsole.data.tables import metadata
from deskconsole.domain.terms import Role
from tests.rights.world import BI_LOGIN, LOGINS, World

OF_OWN = "r.ticket_id IN (SELECT id FROM ticket WHERE assignee_id = %(me)s)"
MINE = "r.person_id = %(me)s"
MINE_OR_NONE = "(r.person_id = %(me)s OR r.person_id IS NULL)"
GIVES_BACK = (
    "r.kind = 'reversal' AND EXISTS (SELECT FROM hour_entry o WHERE o.id = r.reverses_id AND o.kind = 'deduction'"
    " AND o.lot_id = r.lot_id AND o.minutes + r.minutes = 0)"
)
TAKES = (
    "r.kind = 'deduction' AND r.minutes < 0 AND (SELECT client_id FROM hour_lot WHERE id = r.lot_id)"
    " = (SELECT client_id FROM ticket WHERE id = r.ticket_id)"
)
OWN_BACK = (
    f"{GIVES_BACK} AND EXISTS (SELECT FROM hour_entry o JOIN time_entry t ON t.id = o.time_entry_id"
    " JOIN time_entry b ON b.reverses_id = t.id"
    " WHERE o.id = r.reverses_id AND t.person_id = %(me)s AND b.person_id = %(me)s)"
)
WORKER = "(r.person_id = (SELECT person_id FROM time_entry WHERE id = r.time_entry_id))"
PUBLIC_FILE = "coalesce((SELECT visibility = 'public' FROM message WHERE id = r.message_id), true)"
TAKES_BACK = "r.reverses_id IS NULL OR r.worked_minutes < 0"
EXPECTED: dict[tuple[Scope, str] | Scope, str] = {
    Scope.ALL: "true",
    Scope.NONE: "false",
    Scope.OWN_TICKET: "r.assignee_id = %(me)s",
    Scope.OF_OWN_TICKET: OF_OWN,
    (Scope.NAMED, "client"): "r.id IN (SELECT client_id FROM ticket WHERE assignee_id = %(me)s)",
    (Scope.NAMED, "site"): "r.id IN (SELECT site_id FROM ticket WHERE assignee_id = %(me)s)",
    (Scope.NAMED, "contact"): "r.id IN (SELECT contact_id FROM ticket WHERE assignee_id = %(me)s)",
    (Scope.NAMED, "equipment"): "r.id IN (SELECT equipment_id FROM ticket WHERE assignee_id = %(me)s)",
    (Scope.NAMED, "team"): "r.id IN (SELECT team_id FROM ticket WHERE assignee_id = %(me)s)",
    Scope.KEYS_OF_OWN: (
        "(r.kind = ANY ('{name,entity}') AND r.client_id IN (SELECT client_id FROM ticket WHERE assignee_id = %(me)s))"
        " OR (r.kind = ANY ('{inventory,serial}')"
        " AND r.row_id IN (SELECT equipment_id FROM ticket WHERE assignee_id = %(me)s))"
    ),
    (Scope.PUBLIC_OF_OWN, "message"): f"{OF_OWN} AND r.visibility = 'public'",
    (Scope.PUBLIC_OF_OWN, "attachment"): f"{OF_OWN} AND {PUBLIC_FILE}",
    Scope.OWN: MINE,
    (Scope.OWN, "person"): "r.id = %(me)s",
    Scope.OWN_OR_NOBODYS: MINE_OR_NONE,
    Scope.OWN_OF_OWN_TICKET: f"{MINE} AND {OF_OWN}",
    Scope.OWN_PUBLIC_OF_OWN: f"{MINE} AND {OF_OWN} AND r.visibility = 'public' AND NOT r.is_automatic",
    Scope.OWN_FILE_OF_OWN: f"{MINE} AND {OF_OWN} AND {PUBLIC_FILE}",
    Scope.OWN_TIME_OF_OWN: f"{MINE} AND {OF_OWN}",
    Scope.OWN_TIME: f"{MINE} AND ({TAKES_BACK})",
    Scope.OWN_ENTRY: "(SELECT person_id FROM time_entry WHERE id = r.time_entry_id) = %(me)s",
    Scope.OWN_OR_OF_OWN_TICKET: f"({MINE} OR {OF_OWN})",
    Scope.ENDED_OF_OWN: f"{OF_OWN} AND r.ended_at IS NULL",
    Scope.OWN_UNBOOKED: (
        f"({OF_OWN} AND r.time_entry_id IS NULL)"
        " OR (SELECT person_id FROM time_entry WHERE id = r.time_entry_id) = %(me)s"
    ),
    Scope.OWN_TRANSACTION: "false",  # nothing was written in it yet
    Scope.OWN_TICK: OF_OWN,
    Scope.TICKED: "true",  # nobody has ticked anything
    Scope.REGISTERED: "coalesce(r.created_by_id = %(me)s, true)",
    Scope.OWN_CALL: "r.created_by_id = %(me)s AND r.assignee_id IS NULL",
    Scope.OWN_ANSWER: OF_OWN,
    Scope.SPOKEN: MINE_OR_NONE,
    Scope.SPOKEN_OR_IMPORTED: f"({MINE_OR_NONE} OR r.channel = 'import')",
    Scope.WITNESSED: f"({MINE_OR_NONE} OR r.rule = 'sla')",
    Scope.WITNESSED_OR_IMPORTED: f"({MINE_OR_NONE} OR r.rule = 'sla' OR r.channel = 'import')",
    Scope.DEDUCTION_ONLY: f"({MINE_OR_NONE} OR {WORKER}) AND (({TAKES}) OR ({OWN_BACK}))",
    Scope.NO_ADJUSTMENT: (
        f"({MINE_OR_NONE} OR {WORKER}) AND (({TAKES}) OR ({GIVES_BACK})"
        " OR (r.kind IN ('top_up', 'accrual') AND r.minutes > 0) OR (r.kind = 'expiry' AND r.minutes < 0))"
    ),
    Scope.PASS_MARKS: "r.name IN ('last_pass', 'unread_mark')",
    Scope.PASS_BEGINNINGS: "r.name IN ('last_pass', 'unread_mark', 'unread_alert')",
    Scope.PLACEHOLDER: "r.role = 'engineer' AND NOT r.is_active",
}
WRITTEN: dict[tuple[str, str], str] = {
    ("contractor", "event"): (
        "r.rule IN ('', 'undo')"
        " AND r.field IN ('', 'message', 'attachment', 'status', 'time_entry', 'timer', 'checklist')"
    ),
    **dict.fromkeys(
        [("contractor", "status_span"), ("engineer", "status_span")],
        "r.ended_at IS NULL AND r.status = (SELECT status FROM ticket WHERE id = r.ticket_id)",
    ),
    ("engineer", "ticket"): "r.category = 'new'",
}
"""What a new row must hold besides, for some: role and table."""
OUT: dict[tuple[Scope, str], str] = {
    (Scope.OWN_TICKET, "ticket"): "assignee_id = %(other)s",
    (Scope.ENDED_OF_OWN, "status_span"): "ended_at = began_at - interval '1 day'",
    (Scope.OWN_TICK, "checklist_item"): "done_at = now(), done_by_id = %(other)s",
    (Scope.TICKED, "checklist_item"): "done_at = now(), done_by_id = %(other)s",
    (Scope.OWN_ANSWER, "alert"): "acknowledged_at = now(), acknowledged_by_id = %(other)s",
    (Scope.OWN, "presence"): "person_id = %(other)s",
    (Scope.OWN_OF_OWN_TICKET, "presence"): "ticket_id = %(foreign)s",
    (Scope.PASS_MARKS, "setting"): "name = 'unread_alert'",
}
"""What a change makes of a row so that it is none of its scope any more; so it is refused, whoever may change it."""
WHO = {**{role.value: login for role, login in LOGINS.items()}, "bi": BI_LOGIN}
TABLES = sorted(ACCESS)
Link = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def links(world: World) -> Iterator[dict[str, Link]]:
    """A connection for each role, and one above the rights."""
    made = {role: world.connect(login) for role, login in WHO.items()} | {"above": world.above()}
    yield made
    for link in made.values():
        link.close()


def granted(role: str, table: str, verb: Verb) -> Grant | None:
    """What the declaration gives."""
    rights = ACCESS[table].get(Role(role), {}) if role in LOGINS_BY_NAME else {}
    return rights.get(verb)


LOGINS_BY_NAME = {role.value for role in LOGINS}


@cache
def columns(table: str) -> tuple[str, ...]:
    """The columns of a table, whether the models know it or not."""
    outside = {"audit": ("login", "app", "old"), "alembic_version": ("version_num",)}
    return outside.get(table) or tuple(metadata.tables[table].columns.keys())


def server_given(table: str) -> set[str]:
    """The columns nobody may write."""
    model = metadata.tables.get(table)
    number = model.autoincrement_column if model is not None else None
    return {"txid"} | ({number.name} if number is not None else set())


def keys(table: str) -> set[str]:
    """The columns of the primary key."""
    return {column.name for column in metadata.tables[table].primary_key} if table in metadata.tables else set()


def test_every_table_of_the_desk_has_its_rights_declared(links: dict[str, Link]) -> None:
    there = links["above"].execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
    )
    assert {row[0] for row in there} == set(ACCESS)
    assert set(metadata.tables) <= set(ACCESS)


@pytest.mark.parametrize("role", WHO)
def test_what_is_declared_is_allowed_and_all_else_is_refused(world: World, links: dict[str, Link], role: str) -> None:
    ran: set[str] = set()
    for table in TABLES:
        try:
            _try_table(_Cell(world, links[role], links["above"], role, table, ran))
        except BaseException as error:
            error.add_note(f"{role}: {table}")
            raise
    assert len(ran) >= 200
    assert len(TABLES) == len(metadata.tables) + 2


def _try_table(cell: _Cell) -> None:
    table = cell.table
    cell.read()
    cell.lock()
    cell.change()
    cell.move_out()
    cell.remove()
    cell.add()
    cell.refuses(f"TRUNCATE public.{table}")
    for number in server_given(table) & keys(table):
        cell.refuses(f"SELECT setval('public.{table}_{number}_seq', 1)")
        cell.refuses(f"SELECT last_value FROM public.{table}_{number}_seq")
    cell.refuses(f"ALTER TABLE public.{table} DISABLE ROW LEVEL SECURITY")


class _Cell:
    """The statements about one table as one role; each is rolled back, and noted in `ran`."""

    def __init__(self, world: World, link: Link, above: Link, role: str, table: str, ran: set[str]) -> None:
        self.world, self.link, self.above, self.role, self.table, self.ran = world, link, above, role, table, ran
        self.me = world.company.people.get(WHO[role], 0)

    def expected(self, grant: Grant) -> str:
        words = EXPECTED.get((grant.scope, self.table)) or EXPECTED[grant.scope]
        return words

    def rows(self, grant: Grant, what: str = "*") -> list[tuple[Any, ...]]:
        """The rows that are in the scope, as who stands above sees them."""
        query = f"SELECT {what} FROM public.{self.table} r WHERE {self.expected(grant)}"
        return self.above.execute(query, {"me": self.me}).fetchall()

    def run(self, statement: str, values: Any = None) -> psycopg.Cursor[Any]:
        self.ran.add(statement)
        with self.link.transaction(force_rollback=True):
            return self.link.execute(statement, values)

    def refuses(self, statement: str, values: Any = None) -> None:
        with pytest.raises(errors.InsufficientPrivilege):
            self.run(statement, values)

    def read(self) -> None:
        grant = granted(self.role, self.table, Verb.READ)
        if grant is None:
            for what in ("*", "count(*)", *columns(self.table)):
                self.refuses(f"SELECT {what} FROM public.{self.table}")
            return
        shown = grant.columns or columns(self.table)
        listed = ", ".join(shown)
        seen = self.run(f"SELECT {listed} FROM public.{self.table}").fetchall()
        assert sorted(map(repr, seen)) == sorted(map(repr, self.rows(grant, ", ".join(f"r.{name}" for name in shown))))
        for column in set(columns(self.table)) - set(shown):
            self.refuses(f"SELECT {column} FROM public.{self.table}")
            self.refuses(f"SELECT 1 FROM public.{self.table} ORDER BY {column}")

    def lock(self) -> None:
        grant = granted(self.role, self.table, Verb.LOCK) or granted(self.role, self.table, Verb.CHANGE)
        if grant is None:
            self.refuses(f"SELECT 1 FROM public.{self.table} FOR UPDATE")
            self.refuses(f"SELECT 1 FROM public.{self.table} FOR SHARE")
        else:
            assert self.run(f"SELECT 1 FROM public.{self.table} FOR UPDATE").rowcount == len(self.rows(grant))

    def change(self) -> None:
        grant = granted(self.role, self.table, Verb.CHANGE)
        every = set(columns(self.table)) - server_given(self.table) - keys(self.table)
        allowed = set() if grant is None else set(grant.columns) or every
        for column in columns(self.table):
            statement = f"UPDATE public.{self.table} SET {column} = {column}"
            if grant is None or column not in allowed:
                self.refuses(statement)
            else:
                assert self.run(statement).rowcount == len(self.rows(grant)), column

    def move_out(self) -> None:
        """A row of the scope that would be none of it any more is not written."""
        grant = granted(self.role, self.table, Verb.CHANGE)
        if grant is None or grant.scope is Scope.ALL:
            return
        assert self.rows(grant)
        people = self.world.company.people
        values = {"other": people["bob"], "foreign": self.world.foreign}
        self.refuses(f"UPDATE public.{self.table} SET {OUT[grant.scope, self.table]}", values)

    def remove(self) -> None:
        grant = granted(self.role, self.table, Verb.REMOVE)
        if grant is None:
            self.refuses(f"DELETE FROM public.{self.table}")
        else:
            assert self.run(f"DELETE FROM public.{self.table}").rowcount == len(self.rows(grant))

    def add(self) -> None:
        """Each row that stands there is written again: its scope is looked at before its unique keys."""
        grant = granted(self.role, self.table, Verb.ADD)
        if grant is None:
            self.refuses(f"INSERT INTO public.{self.table} DEFAULT VALUES")
            return
        names = [name for name in columns(self.table) if name not in server_given(self.table)]
        for name in server_given(self.table) & set(columns(self.table)):
            self.refuses(f"INSERT INTO public.{self.table} ({name}) VALUES (NULL)")
        may = f"({self.expected(grant)}) AND ({WRITTEN.get((self.role, self.table), 'true')})"
        query = f"SELECT ({may}), {', '.join(f'r.{name}' for name in names)} FROM public.{self.table} r"
        words = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier("public", self.table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(sql.Placeholder() * len(names)),
        )
        outcomes = set()
        for is_inside, *values in self.above.execute(query, {"me": self.me}).fetchall():
            if (outcome := (bool(is_inside), tuple(values))) not in outcomes:
                outcomes.add(outcome)
                assert self._passes(words, values) == bool(is_inside), values

    def _passes(self, words: sql.Composed, values: list[Any]) -> bool:
        self.ran.add(words.as_string())
        try:
            with self.link.transaction(force_rollback=True):
                self.link.execute(words, values)
        except (errors.UniqueViolation, errors.ForeignKeyViolation):
            return True  # the row was let in, and met the one it is a copy of
        except (errors.InsufficientPrivilege, errors.CheckViolation):
            return False
        return True


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_history_and_ledger_are_refused_even_to_those_above_the_rights(links: dict[str, Link], table: str) -> None:
    column = "login" if table == "audit" else "id"
    for words in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with links["above"].transaction(force_rollback=True), pytest.raises(errors.RaiseException, match="append-only"):
            links["above"].execute(words)
    for role in LOGINS:
        assert not {Verb.CHANGE, Verb.REMOVE} & set(ACCESS[table].get(role, {}))
