"""The people of a shared desk as logins of its server, made over an administrator's own connection.

No desk login may make logins. Who may not is told of the SQL that the server's administrator can run (`*_script`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from deskconsole.data import store as storage
from deskconsole.data.access import group
from deskconsole.data.engines.postgresql import accounts as server
from deskconsole.data.engines.postgresql.accounts import Login
from deskconsole.data.passwords import Secret
from deskconsole.data.tables import Person, table
from deskconsole.desk import accounts, connection
from deskconsole.desk.accounts import Account, NewAccount
from deskconsole.domain.errors import NotFound, Refused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Role

ROLES = {group(role): role for role in Role}
NO_RIGHT = "42501"


def listed(location: str) -> tuple[Account, ...]:
    """Everybody the desk knows, and how their logins stand with the server."""
    with _open(location) as store, store.reading() as session:
        known = accounts.people(session)
        found = server.logins(session.connection(), [account.login for account in known])
        database = server.database_of(session.connection())
    return tuple(_with_login(account, found.get(account.login), database) for account in known)


def is_new_login(location: str, account: NewAccount) -> bool:
    """Whether the server does not know the login yet, so that it needs a password; refuses what can't be done.

    Raises:
        Refused: this connection may not make logins, or the login is not one to give away.
    """
    with _open(location) as store, store.reading() as session:
        _need_maker(session, "add", account.login)
        found = server.logins(session.connection(), [account.login]).get(account.login)
        _check(session, account, found)
    return found is None


def add(location: str, account: NewAccount, secret: Secret | None) -> bool:
    """Make a login and its person, or move them to another role; False when the person was known already.

    Raises:
        Refused: this connection may not make logins, or the login is not one to give away.
        NotFound: there is no such team.
    """
    kept = server.verifier(secret) if secret is not None else None
    with _open(location) as store, store.writing() as session:
        _need_maker(session, "add", account.login)
        found = server.logins(session.connection(), [account.login]).get(account.login)
        account = _check(session, account, found)
        is_new = _role_of(session, account.login) is None
        if not is_new and account.role is not Role.ADMIN:
            accounts.keep_an_admin(session, account.login)
        database = server.database_of(session.connection())
        _run(session, _add_statements(account, database, kept))
        made = server.logins(session.connection(), [account.login])[account.login]
        if database not in made.databases or made.groups != (group(account.role),):
            # A grant by somebody who may not give it is only a warning to the server.
            raise _may_not(server.may_make_logins(session.connection())[0], "add", account.login)
    return is_new


def add_script(location: str, account: NewAccount, secret: Secret | None) -> str:
    """The SQL that makes a login and its person; asks no server."""
    kept = server.verifier(secret) if secret is not None else None
    return _script(_add_statements(account, connection.place_of(location).database, kept))


def disable(location: str, login: str) -> tuple[int, int]:
    """Switch a login off: returns how many open sessions were ended, and how many are still there.

    Raises:
        NotFound: nobody has that login.
        Refused: this connection may not change logins, or it would leave the desk without an administrator.
    """
    with _open(location) as store:
        with store.writing() as session:
            _need_maker(session, "disable", login)
            if _role_of(session, login) is None:
                raise accounts.nobody_called(login)
            accounts.keep_an_admin(session, login)
            database = server.database_of(session.connection())
            found = server.logins(session.connection(), [login]).get(login)
            _refuse_powers(found)
            _run(session, server.switch_off_person(login) if found is None else server.switch_off(login, database))
        return _end_sessions(store, login)


def disable_script(location: str, login: str) -> str:
    """The SQL that switches a login off; asks no server."""
    statements = server.switch_off(login, connection.place_of(location).database)
    return f"{_script(statements)}{server.end_sessions_script(login)}\n"


def set_password(location: str, login: str, secret: Secret) -> None:
    """Give a login another password: its own person, or an administrator of the server.

    Raises:
        Refused: this connection may not.
        NotFound: the server has no such login.
    """
    kept = server.verifier(secret)
    with _open(location) as store, store.writing() as session:
        me, may_make = server.may_make_logins(session.connection())
        if login != me:
            if not may_make:
                raise _may_not(me, "passwd", login)
            found = server.logins(session.connection(), [login]).get(login)
            if found is None:
                raise NotFound(mark("The server has no login {login}."), login=login)
            _refuse_powers(found)
        _run(session, server.set_password(login, kept))


def password_script(login: str, secret: Secret) -> str:
    """The SQL that gives a login another password; asks no server."""
    return _script(server.set_password(login, server.verifier(secret)))


def _add_statements(account: NewAccount, database: str, kept: str | None) -> list[str]:
    return [
        *server.make_login(account.login, group(account.role), database, kept),
        *server.put_person(account.login, account.role, account.name, account.team),
    ]


def _script(statements: Sequence[str]) -> str:
    return "\n".join(("BEGIN;", *statements, "COMMIT;", ""))


@contextmanager
def _open(location: str) -> Iterator[storage.Store]:
    store = storage.open_store(location)
    try:
        yield store
    finally:
        store.close()


def _run(session: Session, statements: Sequence[str]) -> None:
    server.run(session.connection(), statements)


def _end_sessions(store: storage.Store, login: str) -> tuple[int, int]:
    """End what is open, after the switch is committed; only who may, can: the sessions see nothing any more anyway."""
    try:
        with store.reader.connect() as connected:
            return server.end_sessions(connected, login), 0
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NO_RIGHT:
            raise store.dialect.explained(error, store.url) from None
    with store.reader.connect() as connected:
        return 0, server.open_sessions(connected, login)


def _need_maker(session: Session, verb: str, login: str) -> None:
    me, may_make = server.may_make_logins(session.connection())
    if not may_make:
        raise _may_not(me, verb, login)


def _may_not(me: str, verb: str, login: str) -> Refused:
    return Refused(
        mark(
            "{me} may not make or change logins of the server, and no desk login should. Use its administrator's"
            " address with --desk, or hand over the SQL: deskconsole user {verb} {login} ... --print-sql"
        ),
        me=me,
        verb=verb,
        login=login,
    )


def _check(session: Session, account: NewAccount, found: Login | None) -> NewAccount:
    """The account with the exact name of its team; refuses to take a login from its own work, or from another desk."""
    team = accounts.find_team(session, account.team)
    account = replace(account, team=team[1] if team is not None else None)
    if found is None:
        return account
    _refuse_powers(found)
    wanted = group(account.role)
    database = server.database_of(session.connection())
    others = sorted(set(found.databases) - {database})
    if others and found.groups and found.groups != (wanted,):
        raise Refused(
            mark(
                "{login} works on another desk of this server ({databases}) as {role}; a login has one role on a"
                " server. Give the same role here, or another login."
            ),
            login=account.login,
            databases=", ".join(others),
            role=", ".join(ROLES[name].value for name in found.groups),
        )
    return account


def _refuse_powers(found: Login | None) -> None:
    if found is not None and found.powers:
        raise Refused(
            mark("{login} has powers over the server ({powers}); a person at a desk needs a login without."),
            login=found.name,
            powers=", ".join(found.powers),
        )


def _role_of(session: Session, login: str) -> str | None:
    person = table(Person)
    role: str | None = session.execute(select(person.c.role).where(person.c.login == login)).scalar()
    return role


def _with_login(account: Account, found: Login | None, database: str) -> Account:
    """An account with what the server knows of it, and what doesn't fit together."""
    if found is None:
        return replace(
            account,
            can_log_in=False,
            problem=Sentence(mark("the server has no such login")) if account.is_active else None,
        )
    can_log_in = found.can_log_in and database in found.databases
    problem = None
    if account.is_active and found.groups != (group(Role(account.role)),):
        problem = Sentence(
            mark("its group on the server is {groups}, not {group}"),
            groups=", ".join(found.groups) or "-",
            group=group(Role(account.role)),
        )
    elif account.is_active and not can_log_in:
        problem = Sentence(mark("the server does not let it in"))
    elif not account.is_active and can_log_in:
        problem = Sentence(mark("switched off here, but the server lets it in"))
    if found.powers:
        problem = Sentence(mark("it has powers over the server: {powers}"), powers=", ".join(found.powers))
    return replace(account, can_log_in=can_log_in, groups=found.groups, problem=problem)
