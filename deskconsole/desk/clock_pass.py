"""Deriving the clocks of all open tickets anew, after a calendar, a policy or the table of standing clocks changed.

Each ticket remembers the edition of the rules it was last derived by; the pass takes those of older editions, a few
thousand in one transaction. Cut short, it goes on where it stopped; run by two at once, it does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session

from deskconsole.data.queries.clock_facts import ClockFacts, clock_facts
from deskconsole.data.queries.ticket_filter import IS_OPEN
from deskconsole.data.tables import Change, Event, Ticket, table
from deskconsole.desk import alert_end, client_wait, clocks, sla_edition
from deskconsole.domain.terms import RUNNERS

if TYPE_CHECKING:
    from deskconsole.desk.desk import Desk, Unit  # which catches up a ticket before it changes it

BATCH = 2000
"""Tickets in one transaction: about half a second during which nobody else writes to a local desk."""
T = table(Ticket)


@dataclass(frozen=True)
class Recomputed:
    """How many open tickets were derived anew, and the due of how many moved."""

    tickets: int = 0
    moved: int = 0


def recompute(
    desk: Desk, *, limit: int | None = None, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Recomputed:
    """Derive the open tickets that an older edition of the rules derived, at most `limit`.

    `progress` is told how many are done, of how many.
    """
    desk.actor.allow(*RUNNERS)
    done = Recomputed()
    total = desk.read(count_behind)
    if limit is not None:
        total = min(total, limit)
    while done.tickets < total:
        size = min(BATCH, total - done.tickets)
        tickets, moved = desk.write("sla.recompute", partial(_batch, size=size))
        if not tickets:
            break
        done = Recomputed(done.tickets + tickets, done.moved + moved)
        progress(done.tickets, max(total, done.tickets))
    return done


def count_behind(session: Session) -> int:
    """How many open tickets an older edition of the rules derived."""
    edition = sla_edition.current(session).number
    query = select(func.count()).select_from(T).where(IS_OPEN, T.c.sla_edition < edition)
    return int(session.execute(query).scalar_one())


def _batch(unit: Unit, size: int) -> tuple[int, int]:
    session = unit.session
    rules = clocks.load_rules(session)
    edition = rules.edition
    behind = select(T.c.id).where(IS_OPEN, T.c.sla_edition < edition.number).order_by(T.c.sla_edition, T.c.id)
    ids = list(session.execute(behind.limit(size).with_for_update(skip_locked=True)).scalars())
    if not ids:
        return 0, 0
    moved = derive_all(session, rules, ids, clocks.edition_author(edition, unit.author), unit.now)
    if moved:
        session.add(Change(entity="ticket", row_id=None, at=unit.now))
    return len(ids), moved


def catch_up(session: Session, ticket: Ticket, author: clocks.Author, now: datetime) -> None:
    """Derive a ticket that is about to change by the rules of now, if older ones derived it.

    So what the new rules moved stands in its history as theirs, and what the change moves as the writer's.
    """
    if not ticket.is_open or ticket.sla_edition >= sla_edition.current(session).number:
        return
    session.flush()
    rules = clocks.load_rules(session)
    derive_all(session, rules, [ticket.id or 0], clocks.edition_author(rules.edition, author), now)
    session.refresh(ticket, [*clocks.COLUMNS, "sla_edition"])


def derive_all(session: Session, rules: clocks.Rules, ids: Sequence[int], author: clocks.Author, now: datetime) -> int:
    """Derive the clocks of some tickets and store them, all at once; returns how many came out different."""
    found = [(facts, clocks.derive(rules, facts, now)) for facts in clock_facts(session, ids)]
    clocks.store_clocks(session, found)
    moved = [pair for pair in found if any(getattr(pair[0], name) != getattr(pair[1], name) for name in clocks.COLUMNS)]
    _write_columns(session, moved)
    session.execute(update(T).where(T.c.id.in_(ids)).values(sla_edition=rules.edition.number))
    lines = [line for facts, derived in found for line in clocks.moved_dues(facts, derived, author, now)]
    if lines:
        session.execute(insert(table(Event)), lines)
    calendar = rules.calendars[None]
    client_wait.refresh(session, client_wait.rule_of(session), calendar, [facts for facts, _derived in found])
    alert_end.settle(session, ids, now, author.person_id)
    return len(moved)


def _write_columns(session: Session, moved: Sequence[tuple[ClockFacts, clocks.Derived]]) -> None:
    """Write what stands on the tickets themselves; a person's form over one of them stays valid."""
    if not moved:
        return
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in clocks.COLUMNS}
    session.connection().execute(
        update(T).where(T.c.id == bindparam("ticket")).values(values),
        [
            {"ticket": facts.ticket_id, **{f"new_{name}": getattr(derived, name) for name in clocks.COLUMNS}}
            for facts, derived in moved
        ],
    )
