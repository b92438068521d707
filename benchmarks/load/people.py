"""The people of the load: logins of the server with rights of their own, and open tickets of their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

from sqlalchemy import func, select
from sqlmodel import Session

from deskconsole.data.tables import CallerKey, Person, Team, Ticket, table
from deskconsole.desk import server_accounts, tickets
from deskconsole.desk.accounts import NewAccount
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.domain.terms import Role

_E, _D, _C, _S = Role.ENGINEER, Role.DISPATCHER, Role.CONTRACTOR, Role.SUPERVISOR
TWENTY = (_E, _D, _C, _E, _E, _S, _E, _D, _E, _E, _C, _E, _D, _E, _E, _E, _C, _E, _D, _E)
"""The roles of twenty people; the next twenty have the same."""
OWNERS = (Role.ENGINEER, Role.CONTRACTOR)
FEWEST, MOST = 20, 40
"""Open tickets of each who works on them; below the first they are given more."""
NAMES_SAID = 400
BUSY_CONTRACTOR = "extern"
"""Somebody of the demo who has thousands of tickets; in no run, but asked what the rights cost."""


@dataclass(frozen=True)
class Member:
    """Somebody with a login."""

    login: str
    role: Role


@dataclass(frozen=True)
class Town:
    """What the people of a run know: each other, to whom tickets are given, and what callers say."""

    members: tuple[Member, ...]
    engineers: tuple[int, ...]
    said: tuple[str, ...]


def settle(location: str, count: int) -> Town:
    """Let `count` people in who are not there yet, give them work, and return what they know."""
    members = tuple(
        Member(f"load{number:03d}", role) for number, role in zip(range(count), cycle(TWENTY), strict=False)
    )
    known = {account.login: account.role for account in server_accounts.listed(location) if account.can_log_in}
    desk = open_desk(location, login="admin")
    try:
        teams = desk.read(lambda session: session.execute(select(table(Team).c.name)).scalars().all())
        for number, member in enumerate(members):
            if known.get(member.login) != member.role:
                team = teams[number % len(teams)] if member.role in OWNERS else None
                account = NewAccount(member.login, member.role, f"Load {number:03d}", team)
                server_accounts.add(location, account, None)
        if BUSY_CONTRACTOR not in known:
            server_accounts.add(location, NewAccount(BUSY_CONTRACTOR, Role.CONTRACTOR, None, None), None)
        _give_work(desk, [member.login for member in members if member.role in OWNERS])
        return desk.read(_town, members)
    finally:
        desk.close()


def _give_work(desk: Desk, logins: list[str]) -> None:
    for person_id, owned in desk.read(_owned, logins).items():
        if owned < FEWEST:
            tickets.assign(desk, desk.read(_others, logins, MOST - owned), person_id)


def _owned(session: Session, logins: list[str]) -> dict[int, int]:
    person, ticket = table(Person), table(Ticket)
    rows = session.execute(
        select(person.c.id, func.count(ticket.c.id))
        .outerjoin_from(person, ticket, (ticket.c.assignee_id == person.c.id) & ticket.c.is_open)
        .where(person.c.login.in_(logins))
        .group_by(person.c.id)
        .order_by(person.c.id)
    )
    return {row[0]: row[1] for row in rows}


def _others(session: Session, logins: list[str], count: int) -> list[int]:
    """Open tickets of people who are not in the run, the least urgent first."""
    person, ticket = table(Person), table(Ticket)
    others = select(person.c.id).where(person.c.login.not_in(logins))
    found = select(ticket.c.id).where(ticket.c.is_open, ticket.c.assignee_id.in_(others))
    return list(session.execute(found.order_by(ticket.c.next_due.desc()).limit(count)).scalars())


def _town(session: Session, members: tuple[Member, ...]) -> Town:
    person, keys = table(Person), table(CallerKey)
    logins = [member.login for member in members if member.role is Role.ENGINEER]
    engineers = session.execute(select(person.c.id).where(person.c.login.in_(logins)).order_by(person.c.id)).scalars()
    said = session.execute(
        select(keys.c.key).where(keys.c.kind.in_(("name", "inventory", "phone"))).order_by(keys.c.id).limit(NAMES_SAID)
    ).scalars()
    return Town(members, tuple(engineers), tuple(said))
