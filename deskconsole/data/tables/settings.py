"""What the desk as a whole is set to."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class Setting(SQLModel, table=True):
    """One setting of the desk; `value` is JSON."""

    name: str = Field(primary_key=True)
    value: str
