"""The clock that passes go by, and the note of when the last one ran."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session

from deskconsole.data.tables import Setting, table
from deskconsole.desk.desk import Desk
from deskconsole.domain.terms import RUNNERS

NAME = "last_pass"
APART = timedelta(minutes=1)
"""How often the note is written on a local desk, and how far a clock may go back before that is worth a word."""
TURN = timedelta(seconds=10)
"""The same on a shared desk, where a pass serves all: two hundred consoles would keep a server busy for nothing."""


def present(desk: Desk) -> datetime:
    """The present instant: the server's, where one keeps the desk, so that all consoles go by the same; else ours."""
    return desk.read(_server_clock) or desk.now()


def _server_clock(session: Session) -> datetime | None:
    from deskconsole.data.engines import engine_of

    return engine_of(session.get_bind().dialect.name).present(session.connection())


@dataclass(frozen=True)
class Noted:
    """What the desk knows of its passes: `is_ours`: none was noted so lately; `later`: one in what is still to come."""

    is_ours: bool
    later: datetime | None = None


def note_pass(desk: Desk, now: datetime, *, apart: timedelta = APART) -> Noted:
    """Note that a pass runs now, unless one was noted less than `apart` ago; of several at once one notes it.

    A pass in the future means that the clock has gone back.
    """
    desk.actor.allow(*RUNNERS)
    noted = desk.read(_as_stored)
    before = datetime.fromisoformat(json.loads(noted)) if noted is not None else None
    if before is not None and abs(now - before) < apart:
        return Noted(is_ours=False)
    with desk.store.writing() as session:
        setting, value = table(Setting), f'"{now.isoformat()}"'
        row = {"name": NAME, "value": value}
        is_ours = bool(desk.store.dialect.insert_new(session.connection(), setting, [row]))
        if not is_ours:
            took = update(setting).where(setting.c.name == NAME, setting.c.value == noted).values(value=value)
            is_ours = session.execute(took.returning(setting.c.name)).first() is not None
    return Noted(is_ours, before if before is not None and before - now >= APART else None)


def _as_stored(session: Session) -> str | None:
    """The note letter by letter: who takes a turn changes just what was read."""
    found = session.get(Setting, NAME)
    return None if found is None else found.value
