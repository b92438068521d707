"""Bounds to what is written round the program: words of closed sets, and when work began."""

from __future__ import annotations

from alembic import op

from deskconsole.data.engines import engine_of

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them where the engine can hold a login to them."""
    engine_of(op.get_bind().dialect.name).install_bounds(op.get_bind())
