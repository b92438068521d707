"""Finding a contract by what people say of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import CallerKey, Client, Contract, table
from deskconsole.domain.text import identifier_key


@dataclass(frozen=True)
class FoundContract:
    """A contract and whose it is."""

    id: int
    number: str
    client_id: int
    client: str


@of_the_books
def find(session: Session, typed: str) -> tuple[FoundContract, ...]:
    """The contracts with that number however it is typed, or with the id written `#12`."""
    contract, client, keys = table(Contract), table(Client), table(CallerKey)
    query = (
        select(contract.c.id, contract.c.number, contract.c.client_id, client.c.name)
        .join_from(contract, client, client.c.id == contract.c.client_id)
        .order_by(contract.c.id)
    )
    if typed.startswith("#") and typed[1:].isdecimal() and len(typed) < 20:
        query = query.where(contract.c.id == int(typed[1:]))
    else:
        same = select(keys.c.row_id).where(keys.c.kind == "contract", keys.c.key == identifier_key(typed))
        query = query.where(contract.c.id.in_(same))
    return tuple(FoundContract(row.id, row.number, row.client_id, row.name) for row in session.execute(query))
