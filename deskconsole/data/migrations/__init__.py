"""The schema's versions: Alembic scripts inside the package, run through code."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark

HEAD = "0004"  # the newest script; kept here so that opening a desk need not import Alembic (a test compares)


def revision(connection: Connection) -> str | None:
    """The version the desk's schema has; None = no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def is_behind(found: str | None, *, location: object) -> bool:
    """Whether the schema must be upgraded before use.

    Raises:
        StorageUnavailable: a newer program made it, and this one doesn't know what stands in it.
    """
    if found is not None and found > HEAD:
        raise StorageUnavailable(
            mark("The desk {location} has schema {found}, newer than this program's {known}. Update deskconsole."),
            location=location,
            found=found,
            known=HEAD,
        )
    return found != HEAD


def upgrade(connection: Connection) -> None:
    """Bring the schema to `HEAD` inside the transaction of `connection`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
