"""What must hold of a desk, looked at on its rows: storage, ledger, history, clocks (domain.md, section 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data import seals
from deskconsole.data.engines.bulk import bulk_of
from deskconsole.data.queries import invariants
from deskconsole.data.queries.clock_facts import StoredClock, clock_facts
from deskconsole.data.store import Store
from deskconsole.data.tables import Attachment, Ticket, Unbooked, table
from deskconsole.desk import attachments, clocks, sla_edition
from deskconsole.desk.desk import utc_now
from deskconsole.domain.sentences import Sentence, mark

MOST = 20
"""Faults named of one kind; more of the same say nothing new."""
BATCH = 2000
DERIVED = ("state", "target_seconds", "started_at", "ended_at", "due_at", "promised_at")
"""What of a stored clock its history alone says; the rest is as of when it was derived."""
Tell = Callable[[Sentence], None]


def faults(store: Store, tell: Tell) -> list[Sentence]:
    """All that is wrong, and through `tell` what is worth knowing.

    Raises:
        Refused: the login sees a part of the desk only.
    """
    store.need_whole()
    with store.explaining():
        found = store.dialect.check(store.reader)
    # One moment of the whole desk, and all of it: who may see only a part gets an error instead of a clean bill.
    with (
        store.explaining(),
        bulk_of(store.dialect.NAME).snapshot(store.reader) as connection,
        Session(connection, autoflush=False) as session,
    ):
        for rule in invariants.RULES:
            found += rule(session, MOST)
        found += _clock_faults(session)
        found += _file_faults(store, session, tell)
        if store.dialect.IS_FILE:
            found += _seal_faults(session, tell)
    return found


def _clock_faults(session: Session) -> list[Sentence]:
    """Clocks of open tickets that are not what history and the rules of now give; those left to a pass are left out."""
    ticket, left = table(Ticket), table(Unbooked)
    rules, now = clocks.load_rules(session), utc_now()
    wanted = (
        select(ticket.c.id)
        .where(ticket.c.is_open, ticket.c.sla_edition == sla_edition.current(session).number)
        .where(ticket.c.id.not_in(select(left.c.ticket_id)))
    )
    found: list[Sentence] = []
    last = 0
    while ids := list(session.execute(wanted.where(ticket.c.id > last).order_by(ticket.c.id).limit(BATCH)).scalars()):
        last = ids[-1]
        for facts in clock_facts(session, ids):
            derived = clocks.derive(rules, facts, now).clocks
            for which in sorted({*facts.stored, *derived}):
                if _differs(facts.stored.get(which), derived.get(which)):
                    found.append(
                        Sentence(
                            mark("ticket {ticket}: its clock {clock} is not what its history says"),
                            ticket=facts.ticket_id,
                            clock=which.value,
                        )
                    )
        if len(found) >= MOST:
            break
    return found[:MOST]


def _differs(stored: StoredClock | None, derived: StoredClock | None) -> bool:
    if stored is None or derived is None:
        return stored is not derived
    return any(getattr(stored, name) != getattr(derived, name) for name in DERIVED)


def _file_faults(store: Store, session: Session, tell: Tell) -> list[Sentence]:
    """Attachments whose bytes are missing or damaged; of a shared desk they stand on several machines."""
    row = table(Attachment)
    query = select(row.c.sha256, row.c.name, row.c.ticket_id).order_by(row.c.id)
    folders, seen = store.file_folders, dict[str, bool]()
    bad = []
    for digest, name, ticket_id in session.execute(query):
        if digest not in seen:
            seen[digest] = attachments.kept_in(folders, digest) is not None
        if not seen[digest]:
            bad.append((name, ticket_id))
    if not store.dialect.IS_FILE:
        if bad:
            tell(Sentence(mark("The bytes of {count} attachments are not on this machine."), count=len(bad)))
        return []
    return [
        Sentence(
            mark("ticket {ticket}: the bytes of its attachment {name} are missing or damaged"), ticket=number, name=name
        )
        for name, number in bad[:MOST]
    ]


def _seal_faults(session: Session, tell: Tell) -> Iterator[Sentence]:
    chain = seals.examine(session.connection())
    if chain.older:
        tell(Sentence(mark("{count} lines of history are older than the seals."), count=chain.older))
    if chain.broken is not None:
        yield Sentence(
            mark(
                "history was changed after it was written: seal {seal} does not fit (history lines {first} to {last},"
                " ledger entries {from_entry} to {to_entry})"
            ),
            seal=chain.broken.id,
            first=chain.broken.from_event,
            last=chain.broken.to_event,
            from_entry=chain.broken.from_entry,
            to_entry=chain.broken.to_entry,
        )
        return
    if chain.unsealed:
        yield Sentence(
            mark("{count} lines of history or ledger are not sealed: they were written round the program"),
            count=chain.unsealed,
        )
    if chain.links:
        tell(
            Sentence(
                mark("The history is sealed by {count} seals; note the last one elsewhere: {digest}"),
                count=chain.links,
                digest=chain.digest,
            )
        )
