"""Clients: who is served, where, whom to call, and whether they pay."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import KeyText
from deskconsole.data.tables.base import Versioned, amount, instant, key, link, owner, owner_key


class Client(Versioned, table=True):
    """A company served under contract, or one that merely calls."""

    id: int | None = key()
    name: str = Field(index=True)
    category: str = Field(default="", index=True)
    region: str = ""
    note: str = ""
    is_active: bool = True
    created_at: datetime = instant()


class LegalEntity(Versioned, table=True):
    """A legal person behind a client; contracts and invoices are made out to it."""

    __tablename__ = "legal_entity"
    id: int | None = key()
    client_id: int = owner("client.id")
    name: str
    country: str = ""  # ISO 3166-1 alpha-2
    tax_number: str = Field(default="", index=True)  # compact form of python-stdnum


class Site(Versioned, table=True):
    """A place of a client's where equipment stands."""

    id: int | None = key()
    client_id: int = owner("client.id")
    name: str
    city: str = ""
    address: str = ""
    zone: str = ""  # IANA name; empty = the desk's


class Contact(Versioned, table=True):
    """A person to call or who calls."""

    id: int | None = key()
    client_id: int = owner("client.id")
    site_id: int | None = link("site.id")
    name: str
    position: str = ""
    phone: str = Field(default="", index=True)  # E.164
    email: str = ""


class Payment(Versioned, table=True):
    """The client's pay state as accounting last told it; the amounts are in `payment_money`."""

    client_id: int = owner_key("client.id")
    state: str  # terms.PayState
    overdue_since: date | None = None
    as_of: datetime = instant()
    source: str = ""


class PaymentMoney(SQLModel, table=True):
    """What the client owes, in minor units."""

    __tablename__ = "payment_money"
    client_id: int = owner_key("client.id")
    debt_minor: int = amount()
    currency: str


class CallerKey(SQLModel, table=True):
    """One thing a caller may say of themselves, folded for look-up, and whose it is.

    `kind` is one of name, entity, contact, site, phone, tax, contract, inventory, serial; `key` is the folded form
    (domain.text), `label` what a person reads.
    """

    __tablename__ = "caller_key"
    id: int | None = key()
    client_id: int = owner("client.id")
    kind: str
    row_id: int = Field(index=True)  # the row of the table that `kind` names
    key: str = Field(sa_type=KeyText, index=True)
    label: str
