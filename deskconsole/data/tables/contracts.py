"""Contracts, their versions by effective date, and what each line covers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from deskconsole.data.tables.base import Versioned, amount, instant, key, link, owner, owner_key


class Contract(Versioned, table=True):
    """An agreement with a client; its terms stand in versions that are never edited."""

    id: int | None = key()
    client_id: int = owner("client.id")
    legal_entity_id: int | None = link("legal_entity.id")
    number: str = Field(index=True)
    title: str = ""


class ContractVersion(SQLModel, table=True):
    """The terms in force from `effective_from` until the next version; append-only."""

    __tablename__ = "contract_version"
    __table_args__ = (UniqueConstraint("contract_id", "effective_from"),)
    id: int | None = key()
    contract_id: int = owner("contract.id")
    effective_from: date
    starts_on: date
    ends_on: date | None = None  # the last day that is covered
    is_suspended: bool = False
    must_be_paid: bool = True
    grace_days: int = 0
    charge_unit_minutes: int = 0  # worked time is rounded up to this; 0 = not rounded
    minutes_per_month: int = 0  # prepaid minutes that accrue
    created_at: datetime = instant()
    created_by_id: int | None = link("person.id", index=False)


class ContractVersionMoney(SQLModel, table=True):
    """The fee of a contract version, in minor units."""

    __tablename__ = "contract_version_money"
    version_id: int = owner_key("contract_version.id")
    fee_minor: int = amount()
    months: int = 1  # the period one fee pays for
    currency: str


class ContractLine(SQLModel, table=True):
    """What a version covers: one unit, a site's equipment, or all the client's."""

    __tablename__ = "contract_line"
    id: int | None = key()
    version_id: int = owner("contract_version.id")
    scope: str  # terms.Scope
    equipment_id: int | None = link("equipment.id")
    site_id: int | None = link("site.id", index=False)
    includes_children: bool = False
    funding: str  # terms.Funding


class ContractLineService(SQLModel, table=True):
    """A service a line names: without any included one, all are included but the excluded."""

    __tablename__ = "contract_line_service"
    line_id: int = Field(primary_key=True, foreign_key="contract_line.id", ondelete="CASCADE")
    service_id: int = Field(primary_key=True, foreign_key="service.id", ondelete="CASCADE")
    is_included: bool
