"""People of a shared desk are logins of its server; of a local one, rows."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from deskconsole.data.store import open_store
from deskconsole.desk import opening
from deskconsole.desk.accounts import checked, keep_an_admin
from deskconsole.domain.errors import DeskError, Refused
from deskconsole.domain.terms import Role
from tests.accounts.conftest import PASSWORD, North, Run

NO_POWERS = "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin FROM pg_roles"
GROUPS = (
    "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member"
)


def test_a_person_is_a_login_without_powers_in_one_group(north: North, anna: str) -> None:
    assert north.sql(f"{NO_POWERS} WHERE rolname = '{anna}'") == [(False, False, False, False, False, True)]
    assert north.sql(f"{GROUPS} WHERE r.rolname = '{anna}'") == [("desk_dispatcher",)]
    assert north.can_log_in(anna, PASSWORD)
    assert not north.can_log_in(anna, "another")


def test_the_new_login_opens_the_desk_as_its_person(
    north: North, anna: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    said = run("--desk", "north", "ticket", "list", "--json")
    assert (said.code, said.json) == (0, [])
    desk = opening.open_desk(north.address(anna))
    try:
        assert (desk.actor.login, desk.actor.role) == (anna, Role.DISPATCHER)
    finally:
        desk.close()


def test_another_role_moves_the_person_and_keeps_the_password(north: North, anna: str, run: Run) -> None:
    north.sql("INSERT INTO team (name, is_active, version) VALUES ('Север', true, 1)")
    words = (
        "--desk",
        north.administrator,
        "user",
        "add",
        anna,
        "--role",
        "engineer",
        "--team",
        "север",
        "--name",
        "Анна",
    )
    said = run(*words)
    assert said.code == 0, said.err
    assert "works as engineer now" in said.err
    assert "password is as it was" in said.err
    assert north.sql(f"{GROUPS} WHERE r.rolname = '{anna}'") == [("desk_engineer",)]
    row = north.sql(
        f"SELECT p.role, p.name, t.name FROM person p JOIN team t ON t.id = p.team_id WHERE login = '{anna}'"
    )
    assert row == [("engineer", "Анна", "Север")]
    assert north.can_log_in(anna, PASSWORD)
    assert run("--desk", north.administrator, "user", "add", anna, "--role", "engineer").code == 0
    kept = north.sql(f"SELECT p.name, t.name FROM person p JOIN team t ON t.id = p.team_id WHERE login = '{anna}'")
    assert kept == [("Анна", "Север")]


def test_who_is_disabled_is_out_at_once_and_the_history_stays(north: North, anna: str, run: Run) -> None:
    with psycopg.connect(north.address(anna), password=PASSWORD) as open_session:
        said = run("--desk", north.administrator, "user", "disable", anna)
        assert said.code == 0, said.err
        assert "sessions ended: 1" in said.err
        with pytest.raises(psycopg.OperationalError):
            open_session.execute("SELECT 1")
    assert not north.can_log_in(anna, PASSWORD)
    assert north.sql(f"SELECT is_active FROM person WHERE login = '{anna}'") == [(False,)]
    assert run("--desk", north.administrator, "user", "add", anna, "--role", "dispatcher").code == 0
    assert north.can_log_in(anna, PASSWORD)


def test_the_list_tells_what_does_not_fit_together(north: North, anna: str, run: Run) -> None:
    def problems() -> dict[str, str | None]:
        found = run("--desk", north.administrator, "user", "list", "--json").json
        return {row["login"]: row["problem"] for row in found}

    assert problems() == {anna: None, "boss": "the server has no such login"}
    north.sql(f"GRANT desk_admin TO {anna}")
    assert problems()[anna] == "its group on the server is desk_admin, desk_dispatcher, not desk_dispatcher"
    north.sql(f"REVOKE desk_admin FROM {anna}")
    north.sql(f"REVOKE CONNECT ON DATABASE {north.database} FROM {anna}")
    assert problems()[anna] == "the server does not let it in"


def test_a_desk_login_makes_no_logins_and_is_told_how(
    north: North, anna: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    for words in (("add", "x", "--role", "admin"), ("disable", "boss"), ("passwd", "boss")):
        said = run("--desk", "north", "user", *words, stdin="some password\n")
        assert said.code == 4
        assert "--print-sql" in said.err
    assert north.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'x'") == [(0,)]


def test_the_printed_sql_does_the_same_and_holds_no_password(north: North, run: Run) -> None:
    login = north.login("o\"n'eil")
    words = ("--desk", north.address("nobody"), "user", "add", login, "--role", "contractor", "--name", "O\\'Neil")
    said = run(*words, "--print-sql", stdin=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    assert PASSWORD not in said.out
    assert "SCRAM-SHA-256$" in said.out
    for _twice in range(2):
        psql(north, said.out)
    quoted = login.replace("'", "''")
    assert north.sql(f"SELECT name, role FROM person WHERE login = '{quoted}'") == [("O\\'Neil", "contractor")]
    assert north.sql(f"{GROUPS} WHERE r.rolname = '{quoted}'") == [("desk_contractor",)]
    with psycopg.connect(
        host="127.0.0.1", port=north.server.port, dbname=north.database, user=login, password=PASSWORD
    ) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (1,)
    off = run("--desk", north.address("nobody"), "user", "disable", login, "--print-sql")
    psql(north, off.out)
    assert north.sql(f"SELECT is_active FROM person WHERE login = '{quoted}'") == [(False,)]
    assert north.sql(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{quoted}'") == [(False,)]


def psql(north: North, script: str, database: str | None = None) -> None:
    """Run a script as the server's administrator, in the desk's database or in another."""
    with psycopg.connect(north.administrator, dbname=database or north.database, autocommit=True) as connection:
        connection.execute(script.encode())


def test_a_login_with_powers_is_nobodys_at_a_desk(north: North, run: Run) -> None:
    said = run("--desk", north.administrator, "user", "add", "postgres", "--role", "admin")
    assert said.code == 4
    assert "(SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS)" in said.err
    assert north.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'") == [(True,)]


def test_a_login_of_another_desk_keeps_its_role_there(north: North, anna: str, run: Run) -> None:
    other = f"{north.database}_other"
    north.sql(f"CREATE DATABASE {other} TEMPLATE north_template")
    try:
        address = north.administrator.replace(f"/{north.database}?", f"/{other}?")
        said = run("--desk", address, "user", "add", anna, "--role", "admin")
        assert said.code == 4
        assert f"works on another desk of this server ({north.database}) as dispatcher" in said.err
        assert run("--desk", address, "user", "add", anna, "--role", "dispatcher").code == 0
        for _twice in range(2):
            with psycopg.connect(north.address(anna), password=PASSWORD) as open_session:
                assert run("--desk", address, "user", "disable", anna).code == 0
                assert open_session.execute("SELECT 1").fetchone() == (1,)
            assert north.can_log_in(anna, PASSWORD)
    finally:
        north.sql(f"DROP DATABASE {other} WITH (FORCE)")


def test_the_printed_sql_looks_itself_whether_another_desk_uses_the_login(north: North, anna: str, run: Run) -> None:
    other = f"{north.database}_other"
    north.sql(f"CREATE DATABASE {other} TEMPLATE north_template")
    try:
        there = ("--desk", f"postgresql://nobody@127.0.0.1/{other}", "user")
        add = ("add", anna, "--no-password", "--print-sql", "--role")
        with pytest.raises(psycopg.errors.RaiseException, match="works on another desk of this server"):
            psql(north, run(*there, *add, "admin").out, other)
        assert north.sql(f"{GROUPS} WHERE r.rolname = '{anna}'") == [("desk_dispatcher",)]
        psql(north, run(*there, *add, "dispatcher").out, other)
        off = run(*there, "disable", anna, "--print-sql").out
        for _twice in range(2):
            psql(north, off, other)
            assert north.can_log_in(anna, PASSWORD)
        psql(north, run("--desk", north.address("nobody"), "user", "disable", anna, "--print-sql").out)
        assert north.sql(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{anna}'") == [(False,)]
    finally:
        north.sql(f"DROP DATABASE {other} WITH (FORCE)")


def test_the_sessions_of_a_login_with_any_sign_in_its_name_are_ended(north: North, run: Run) -> None:
    login = north.login("100%s:x'y")
    words = ("--desk", north.administrator, "user")
    assert run(*words, "add", login, "--role", "engineer", stdin=f"{PASSWORD}\n").code == 0
    with psycopg.connect(
        host="127.0.0.1", port=north.server.port, dbname=north.database, user=login, password=PASSWORD
    ) as open_session:
        said = run(*words, "disable", login)
        assert said.code == 0, said.err
        assert "sessions ended: 1" in said.err
        with pytest.raises(psycopg.OperationalError):
            open_session.execute("SELECT 1")


@pytest.mark.parametrize("power", ["pg_read_server_files", "desk_owner"])
def test_powers_that_come_with_a_membership_are_powers(north: North, anna: str, run: Run, power: str) -> None:
    north.sql(f"GRANT {power} TO {anna}")
    (found,) = [
        row for row in run("--desk", north.administrator, "user", "list", "--json").json if row["login"] == anna
    ]
    assert found["problem"] == f"it has powers over the server: {power}"
    words = ("--desk", north.administrator, "user", "add", anna, "--role", "dispatcher")
    said = run(*words)
    assert (said.code, power in said.err) == (4, True)
    with pytest.raises(psycopg.errors.RaiseException, match="has powers over the server"):
        psql(north, run(*words, "--no-password", "--print-sql").out)
    north.sql(f"REVOKE {power} FROM {anna}")
    assert run(*words).code == 0


def test_two_administrators_do_not_switch_each_other_off(north: North) -> None:
    columns, values = "login, name, role, capacity_minutes, is_active, version", "'chief', 'Chief', 'admin', 0, true, 1"
    north.sql(f"INSERT INTO person ({columns}) VALUES ({values})")
    store = open_store(north.administrator)
    began, refused = threading.Event(), list[Refused]()

    def later() -> None:
        began.set()
        try:
            with store.writing() as session:
                keep_an_admin(session, "chief")
        except Refused as error:
            refused.append(error)

    second = threading.Thread(target=later)
    try:
        with store.writing() as session:
            keep_an_admin(session, "boss")
            session.execute(text("UPDATE person SET is_active = false WHERE login = 'boss'"))
            second.start()
            began.wait(5)
            second.join(0.5)
            assert second.is_alive()
        second.join(10)
        assert len(refused) == 1
    finally:
        store.close()


def test_the_last_administrator_stays(north: North, run: Run) -> None:
    for words in (("disable", "boss"), ("add", "boss", "--role", "engineer", "--no-password")):
        said = run("--desk", north.administrator, "user", *words)
        assert said.code == 4
        assert "last administrator" in said.err


def test_an_own_password_needs_the_old_one(north: North, anna: str, run: Run) -> None:
    wrong = run("--desk", "north", "user", "passwd", stdin="wrong\nnew one\n")
    assert (wrong.code, north.can_log_in(anna, PASSWORD)) == (4, True)
    said = run("--desk", "north", "user", "passwd", stdin=f"{PASSWORD}\nnew one\n")
    assert said.code == 0, said.err
    assert north.can_log_in(anna, "new one")
    assert not north.can_log_in(anna, PASSWORD)


def test_the_server_keeps_only_a_verifier(north: North, anna: str) -> None:
    ((kept,),) = north.sql(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{anna}'")
    assert str(kept).startswith("SCRAM-SHA-256$4096:")


def test_a_person_whom_the_server_knows_otherwise_gets_no_password(north: North, run: Run) -> None:
    login = north.login("peer")
    assert run("--desk", north.administrator, "user", "add", login, "--role", "bi", "--no-password").code == 0
    assert north.sql(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{login}'") == [(None,)]


def test_without_a_password_nothing_is_made(north: North, run: Run) -> None:
    login = north.login("late")
    said = run("--desk", north.administrator, "user", "add", login, "--role", "engineer", stdin="")
    assert (said.code, "No password was given" in said.err) == (2, True)
    assert north.sql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{login}'") == [(0,)]


def test_a_local_desk_keeps_rows_and_says_what_they_are_worth(shop: Path, run: Run) -> None:
    said = run("user", "add", "olga", "--role", "dispatcher", "--name", "Ольга")
    assert said.code == 0
    assert "whoever owns the file owns the data" in said.err
    (olga,) = [row for row in run("user", "list", "--json").json if row["login"] == "olga"]
    assert (olga["name"], olga["role"], olga["is_active"], olga["can_log_in"]) == ("Ольга", "dispatcher", True, None)
    assert run("--as", "olga", "user", "add", "x", "--role", "admin").code == 4
    assert run("user", "disable", "olga").code == 0
    assert "switched off" in run("--as", "olga", "ticket", "list").err
    assert run("user", "disable", "ann").code == 4
    assert run("user", "disable", "nobody").code == 3
    assert run("user", "passwd").code == 2
    assert run("user", "add", "y", "--role", "admin", "--print-sql").code == 2
    assert run("user", "add", "y", "--role", "engineer", "--team", "none").code == 3


@pytest.mark.parametrize(
    "login", ["", " ", "two words", "pg_read_all_data", "desk_admin", "PUBLIC", "a\nb", "a\x1b[1m", "я" * 40]
)
def test_what_can_be_no_login_is_said(login: str) -> None:
    with pytest.raises(DeskError):
        checked(login, Role.ENGINEER)
