"""Equipment in the clients' hands."""

from __future__ import annotations

from datetime import date

from sqlmodel import Field

from deskconsole.data.tables.base import Versioned, key, link, owner
from deskconsole.domain.terms import EquipmentStatus


class Equipment(Versioned, table=True):
    """A unit that is served, perhaps a part of another."""

    id: int | None = key()
    client_id: int = owner("client.id")
    site_id: int | None = link("site.id")
    parent_id: int | None = link("equipment.id")
    inventory_number: str = Field(default="", index=True)
    serial_number: str = Field(default="", index=True)
    kind: str = ""
    maker: str = ""
    model: str = ""
    status: str = EquipmentStatus.IN_USE.value
    installed_on: date | None = None
    warranty_until: date | None = None
    note: str = ""
