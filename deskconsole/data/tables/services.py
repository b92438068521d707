"""Services and what they cost whom."""

from __future__ import annotations

from datetime import date

from sqlmodel import Field, SQLModel

from deskconsole.data.tables.base import Versioned, amount, key, link, owner


class Service(Versioned, table=True):
    """Something the company does, with its usual length and what it needs."""

    id: int | None = key()
    code: str = Field(unique=True)
    name: str
    skill: str = ""
    estimate_minutes: int = 60
    tariff_mode: str = "hours"  # terms.TariffMode of a line that names this service
    is_active: bool = True


class PriceList(Versioned, table=True):
    """Prices for a client, else a client category, else a region, else everybody (all empty)."""

    __tablename__ = "price_list"
    id: int | None = key()
    name: str
    client_id: int | None = link("client.id")
    category: str = ""
    region: str = ""


class PriceMoney(SQLModel, table=True):
    """The price of one unit of a service from a date on, in minor units."""

    __tablename__ = "price_money"
    id: int | None = key()
    price_list_id: int = owner("price_list.id")
    service_id: int = owner("service.id")
    valid_from: date
    price_minor: int = amount()
    currency: str
