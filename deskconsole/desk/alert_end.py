"""What ends an alert by itself: its ticket gives no reason for it any more.

`desk.clocks` asks in the transaction that changed the ticket, so that no console ever shows what is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from deskconsole.data.queries.alerts import stands
from deskconsole.data.queries.ticket_filter import T
from deskconsole.data.tables import Alert, Change, table
from deskconsole.domain.terms import AlertKind

A = table(Alert)


def settle(session: Session, ticket_ids: Sequence[int], now: datetime, person_id: int | None) -> None:
    """End the alerts of tickets that give no reason for them any more.

    An unread alert was answered by whoever opened or ended the ticket; a clock's ends without anybody's note.
    """
    query = (
        select(A.c.id, A.c.kind)
        .join_from(A, T, T.c.id == A.c.ticket_id)
        .where(A.c.ticket_id.in_(ticket_ids), A.c.acknowledged_at.is_(None), ~stands())
    )
    over = session.execute(query).all()
    for kind, taker in ((AlertKind.UNREAD, person_id), (AlertKind.THRESHOLD, None)):
        ids = [row.id for row in over if row.kind == kind.value]
        if ids:
            ended = {"acknowledged_at": now, "acknowledged_by_id": taker, "next_ring_at": None}
            session.execute(update(A).where(A.c.id.in_(ids)).values(ended))
    if over:
        session.add(Change(entity="alert", row_id=None, at=now))
