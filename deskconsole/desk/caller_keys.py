"""What a caller may say of themselves, as rows of the look-up table `caller_key`.

Every writer of clients, equipment and contracts (use cases, imports, the demo) makes its keys here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session

from deskconsole.data.tables import CallerKey, table
from deskconsole.desk.identifiers import phone_digits
from deskconsole.domain.text import fold, identifier_key, name_key

Key = tuple[str, str, str]  # kind, folded key, label


def of_client(name: str) -> Iterator[Key]:
    """Keys of a client's name."""
    yield "name", name_key(name), name


def of_entity(name: str, tax_number: str) -> Iterator[Key]:
    """Keys of a legal person."""
    yield "entity", name_key(name), name
    if tax_number:
        yield "tax", identifier_key(tax_number), tax_number


def of_site(name: str, city: str, address: str) -> Iterator[Key]:
    """Keys of a place."""
    label = ", ".join(filter(None, (city, name, address)))
    yield "site", fold(label), label


def of_contact(name: str, phone: str) -> Iterator[Key]:
    """Keys of a person to call."""
    yield "contact", fold(name), name
    for digits in phone_digits(phone):
        yield "phone", digits, f"{phone} {name}"


def of_unit(label: str, inventory_number: str, serial_number: str) -> Iterator[Key]:
    """Keys of a unit of equipment; `label` is what people call it."""
    if inventory_number:
        yield "inventory", identifier_key(inventory_number), label
    if serial_number:
        yield "serial", identifier_key(serial_number), f"{label} s/n {serial_number}"


def of_contract(number: str) -> Iterator[Key]:
    """Keys of a contract."""
    yield "contract", identifier_key(number), number


def rows(client_id: int, row_id: int, keys: Iterator[Key]) -> list[dict[str, Any]]:
    """Rows for a bulk insert; keys that fold to nothing are left out."""
    return [
        {"client_id": client_id, "row_id": row_id, "kind": kind, "key": key, "label": label}
        for kind, key, label in keys
        if key
    ]


def replace(session: Session, client_id: int, row_id: int, kinds: tuple[str, ...], keys: Iterator[Key]) -> None:
    """Put a row's keys of some kinds in place of those it had."""
    column = table(CallerKey).c
    session.execute(delete(CallerKey).where(column.row_id == row_id, column.kind.in_(kinds)))
    session.add_all(CallerKey(**row) for row in rows(client_id, row_id, keys))
