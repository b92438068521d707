"""What every table shares: keys, instants, versions and named constraints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, text
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from deskconsole.data.engines.types import RowId, UtcDateTime

# Rows of tables are not validated by pydantic: their validators would be built at import for nothing.
SQLModel.model_config["defer_build"] = True

NO_DUE = datetime(9999, 12, 31, tzinfo=UTC)  # `next_due` of a ticket without a deadline: sorts last on both engines

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def key() -> Any:
    """The row's own number, given by the database."""
    return Field(default=None, primary_key=True, sa_type=RowId)


def link(target: str, *, index: bool = True) -> Any:
    """A reference to another table's row that may be missing."""
    return Field(default=None, sa_type=RowId, foreign_key=target, index=index)


def owner(target: str, *, index: bool = True) -> Any:
    """A reference that must be there; the row goes with its owner."""
    return Field(sa_type=RowId, foreign_key=target, index=index, ondelete="CASCADE")


def owner_key(target: str) -> Any:
    """The owner's number as this row's own: at most one row for each owner."""
    return Field(sa_column=Column(RowId, ForeignKey(target, ondelete="CASCADE"), primary_key=True, autoincrement=False))


def amount() -> Any:
    """Money in minor units of its currency: more than 32 bits, a large client's year in roubles needs them."""
    return Field(sa_type=RowId)


def instant(**options: Any) -> Any:
    """A UTC instant."""
    return Field(sa_type=UtcDateTime, **options)


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over the rows that satisfy `where`, a condition both engines read alike.

    The migrations say the same for PostgreSQL; here it would load that engine's dialect at every start of a local
    desk (26 ms).
    """
    return Index(name, *columns, sqlite_where=text(where))


class Versioned(SQLModel):
    """A row two people may edit: the number grows with every write, and a write over a stale one fails."""

    version: int = Field(default=1, sa_type=Integer, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands the class
        """Let the mapper check and raise the version."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined] # made by the mapper


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model, for queries that return no objects."""
    made: Table = model.__table__  # type: ignore[attr-defined] # SQLModel adds it to table models
    return made
