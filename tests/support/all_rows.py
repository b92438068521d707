"""The whole content of a desk's database, for saying that nothing in it has changed."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from deskconsole.data.tables import metadata


def all_rows(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, by the table's name."""
    return {
        table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for table in metadata.sorted_tables
    }
