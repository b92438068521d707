"""The clock that passes go by, and the note of when the last one ran."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session

from deskconsole.data.tables import Setting, table
from deskconsole.desk.desk import Desk
from deskconsole.desk.settings import read_setting
from deskconsole.domain.terms import RUNNERS

NAME = "last_pass"
APART = timedelta(minutes=1)
"""How often the note is written, and how far a clock may go back before that is worth a word."""


def present(desk: Desk) -> datetime:
    """The present instant: the server's, where one keeps the desk, so that all consoles go by the same; else ours."""
    return desk.read(_server_clock) or desk.now()


def _server_clock(session: Session) -> datetime | None:
    from deskconsole.data.engines import engine_of

    return engine_of(session.get_bind().dialect.name).present(session.connection())


def note_pass(desk: Desk, now: datetime) -> datetime | None:
    """Note that a pass runs now; returns when one ran before if that is later: the clock has gone back.

    Written once a minute at most. Two consoles may both write it; nothing hangs on who was last.
    """
    desk.actor.allow(*RUNNERS)
    noted = desk.read(read_setting, NAME, None)
    before = datetime.fromisoformat(noted) if noted is not None else None
    if before is not None and abs(now - before) < APART:
        return None
    with desk.store.writing() as session:
        setting, value = table(Setting), f'"{now.isoformat()}"'
        row = {"name": NAME, "value": value}
        if not desk.store.dialect.insert_new(session.connection(), setting, [row]):
            session.execute(update(setting).where(setting.c.name == NAME).values(value=value))
    return before if before is not None and before > now else None
