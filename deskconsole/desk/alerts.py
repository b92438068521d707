"""What people do about alerts: take note of them, and silence them.

They are raised by `desk.alert_pass`, and end by themselves by `desk.alert_end`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from deskconsole.data.queries import alerts as queries
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.tables import Alert, table
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark

A = table(Alert)
LONGEST_MUTE = 7 * 24 * 60


def acknowledge(desk: Desk, alert_ids: Sequence[int], *, key: UUID | None = None) -> list[int]:
    """Take note of alerts; returns those that nobody had taken note of.

    Raises:
        NotFound: one of them is not there, or not for this person's eyes.
    """

    def work(unit: Unit) -> list[int]:
        taken = {"acknowledged_at": unit.now, "acknowledged_by_id": unit.actor.id, "next_ring_at": None}
        return _change(unit, alert_ids, taken)

    return desk.write("alert.acknowledge", work, key=key)


def mute(desk: Desk, alert_ids: Sequence[int], minutes: int | None = None, *, key: UUID | None = None) -> list[int]:
    """Silence alerts for so many minutes (None: for good); returns those that were not done with.

    Raises:
        NotFound: one of them is not there, or not for this person's eyes.
        InvalidInput: the minutes are out of bounds.
    """
    if minutes is not None and not 1 <= minutes <= LONGEST_MUTE:
        raise InvalidInput(mark("An alert is muted for 1 to {most} minutes, or for good."), most=LONGEST_MUTE)

    def work(unit: Unit) -> list[int]:
        until = unit.now + timedelta(minutes=minutes) if minutes is not None else None
        silence = {"muted_at": unit.now, "muted_by_id": unit.actor.id, "held_until": until, "next_ring_at": until}
        return _change(unit, alert_ids, silence)

    return desk.write("alert.mute", work, key=key)


def _change(unit: Unit, alert_ids: Sequence[int], values: Mapping[str, object]) -> list[int]:
    """Write the same to some alerts that are not done with, and tell the other consoles."""
    viewer = Viewer(unit.actor.id, unit.actor.role, unit.actor.team_id)
    wanted = sorted(set(alert_ids))
    seen = queries.visible(unit.session, viewer, wanted)
    if missing := sorted(set(wanted) - set(seen)):
        raise NotFound(mark("There is no alert {id}."), id=missing[0])
    is_open = (A.c.id.in_(seen), A.c.acknowledged_at.is_(None))
    changed = list(unit.session.execute(update(A).where(*is_open).values(values).returning(A.c.id)).scalars())
    if changed:
        unit.changed("alert", None)
    return sorted(changed)
