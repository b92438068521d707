"""The shared desk: presence, what is left to the books, who wrote a line, the chain of a local desk's history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskconsole.data.engines import engine_of
from deskconsole.data.engines.types import RowId, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of a desk with several people on it, and what the engine adds to them."""
    op.create_table(
        "presence",
        sa.Column("console", sa.Uuid(), nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("is_writing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_presence_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_presence_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("console", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_person_id", "presence", ["person_id"], unique=False)
    op.create_index("ix_presence_ticket_id", "presence", ["ticket_id"], unique=False)
    op.create_table(
        "unbooked",
        sa.Column("id", RowId, nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("time_entry_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_unbooked_ticket_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["time_entry_id"], ["time_entry.id"], name=op.f("fk_unbooked_time_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unbooked")),
    )
    op.create_table(
        "seal",
        sa.Column("id", RowId, nullable=False),
        sa.Column("from_event_id", RowId, nullable=False),
        sa.Column("to_event_id", RowId, nullable=False),
        sa.Column("from_entry_id", RowId, nullable=False),
        sa.Column("to_entry_id", RowId, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
    )
    op.add_column("event", sa.Column("login", sa.String(), nullable=False, server_default=""))
    engine_of(op.get_bind().dialect.name).install_shared(op.get_bind())
