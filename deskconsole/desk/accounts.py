"""The people who may work at a desk: written down, moved to another role, switched off.

On a shared desk each is a login of the server too (`server_accounts`); a local desk has rows only, and whoever owns
its file owns the data.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.tables import Person, Team, table
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Role
from deskconsole.domain.text import clean, fold

LONGEST_LOGIN = 63  # bytes, as PostgreSQL's names
LONGEST_NAME = 200
RESERVED = ("pg_", "desk_")  # names of the server's own roles, and of the desk's groups
NOBODY = frozenset({"public", "none", "current_user", "session_user", "current_role"})


@dataclass(frozen=True)
class Account:
    """Somebody who may work at the desk, and how that stands.

    `can_log_in` is None on a local desk; `groups` are the server's; `problem` is what doesn't fit together.
    """

    login: str
    name: str
    role: str
    team: str
    is_active: bool
    can_log_in: bool | None = None
    groups: tuple[str, ...] = ()
    problem: Sentence | None = None


@dataclass(frozen=True)
class NewAccount:
    """Who is to work at the desk; a name or team that is not said stays as it is."""

    login: str
    role: Role
    name: str | None = None
    team: str | None = None


def checked(login: str, role: Role, name: str | None = None, team: str | None = None) -> NewAccount:
    """A new account whose words can stand in the database and among the server's names.

    Raises:
        InvalidInput: the login can't.
    """
    plain = login.strip()
    if not plain or plain != clean(plain) or any(sign.isspace() for sign in plain):
        raise InvalidInput(mark("A login is one word without blanks: a.ivanova"))
    if len(plain.encode()) > LONGEST_LOGIN:
        raise InvalidInput(mark("A login has at most {most} letters."), most=LONGEST_LOGIN)
    if plain.lower().startswith(RESERVED) or plain.lower() in NOBODY:
        raise InvalidInput(mark("The name {login} is the server's own; choose another."), login=plain)
    shown = clean(name).strip()[:LONGEST_NAME] if name is not None else None
    return NewAccount(plain, role, shown or None, clean(team).strip() if team is not None else None)


def people(session: Session) -> tuple[Account, ...]:
    """Everybody the desk knows, those who left too, by login."""
    person, team = table(Person), table(Team)
    rows = session.execute(
        select(person, team.c.name.label("team"))
        .outerjoin_from(person, team, team.c.id == person.c.team_id)
        .order_by(person.c.login)
    )
    return tuple(Account(row.login, row.name, row.role, row.team or "", row.is_active) for row in rows)


def add(desk: Desk, account: NewAccount) -> bool:
    """Let somebody work at a local desk, or in another role; False when they were known already.

    Raises:
        Refused: not an administrator asks, or it would leave the desk without one.
        NotFound: there is no such team.
    """

    def work(unit: Unit) -> bool:
        unit.allow(Role.ADMIN)
        team = find_team(unit.session, account.team)
        person = _find(unit.session, account.login)
        is_new = person is None
        if person is None:
            person = Person(login=account.login, name=account.name or account.login, role=account.role.value)
            unit.session.add(person)
        elif account.role is not Role.ADMIN:
            keep_an_admin(unit.session, account.login)
        person.role, person.is_active = account.role.value, True
        person.name = account.name or person.name
        person.team_id = team[0] if team is not None else person.team_id
        unit.session.flush()
        unit.changed("person", person.id)
        return is_new

    return desk.write("user.add", work)


def disable(desk: Desk, login: str) -> None:
    """Let somebody in no more at a local desk; their history stays.

    Raises:
        NotFound: nobody has that login.
        Refused: not an administrator asks, or it would leave the desk without one.
    """

    def work(unit: Unit) -> None:
        unit.allow(Role.ADMIN)
        person = _find(unit.session, login)
        if person is None:
            raise nobody_called(login)
        keep_an_admin(unit.session, login)
        person.is_active = False
        unit.changed("person", person.id)

    desk.write("user.disable", work)


def keep_an_admin(session: Session, login: str) -> None:
    """Refuse what would take the desk's last administrator away; two who switch each other off take turns."""
    person = table(Person)
    admins = select(person.c.login).where(person.c.is_active, person.c.role == Role.ADMIN.value)
    admins = admins.order_by(person.c.id).with_for_update()
    if session.execute(admins).scalars().all() == [login]:
        raise Refused(mark("{login} is the desk's last administrator; make another one first."), login=login)


def find_team(session: Session, name: str | None) -> tuple[int, str] | None:
    """The number and the exact name of the team that is called so; None for no name.

    Raises:
        NotFound: there is none; those there are, are named.
    """
    if name is None:
        return None
    team = table(Team)
    rows = session.execute(select(team.c.id, team.c.name).where(team.c.is_active).order_by(team.c.name)).all()
    found = [row for row in rows if row.name == name] or [row for row in rows if fold(row.name) == fold(name)]
    if len(found) != 1:
        raise NotFound(
            mark("There is no team {name}; there is {names}."),
            name=name,
            names=", ".join(row.name for row in rows[:10]) or "-",
        )
    return found[0].id, found[0].name


def nobody_called(login: str) -> NotFound:
    """Nobody at the desk has that login."""
    return NotFound(mark("Nobody at this desk has the login {login}; see: deskconsole user list"), login=login)


def _find(session: Session, login: str) -> Person | None:
    person = table(Person)
    found = session.execute(select(person.c.id).where(person.c.login == login)).scalar()
    return session.get(Person, found) if found is not None else None
