"""Time: calendars, SLA policies and clocks, alerts, recurring work (domain.md, sections 2, 3 and 5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskconsole.data.engines.types import RowId, UtcDateTime

revision = "0002"
down_revision = "0001"

STANDING = {"waiting_client": ("update", "resolution")}
"""Clocks that stand in a status of the category; in an ended one all do, without a row."""


def upgrade() -> None:
    """Make the tables of time, and what tickets and messages need for them."""
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "work_calendar",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_calendar")),
        sa.UniqueConstraint("name", name=op.f("uq_work_calendar_name")),
    )
    op.create_table(
        "sla_policy",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("calendar_id", RowId, nullable=True),
        sa.Column("warn_percents", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["work_calendar.id"], name=op.f("fk_sla_policy_calendar_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy")),
        sa.UniqueConstraint("name", name=op.f("uq_sla_policy_name")),
    )
    op.create_table(
        "standing_clock",
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["status"], ["status.code"], name=op.f("fk_standing_clock_status"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("status", "clock", name=op.f("pk_standing_clock")),
    )
    op.create_table(
        "absence",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_absence_created_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"], unique=False)
    op.create_table(
        "person_calendar",
        sa.Column("person_id", RowId, autoincrement=False, nullable=False),
        sa.Column("calendar_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["work_calendar.id"], name=op.f("fk_person_calendar_calendar_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_calendar_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_calendar")),
    )
    op.create_table(
        "sla_binding",
        sa.Column("id", RowId, nullable=False),
        sa.Column("policy_id", RowId, nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("row_id", RowId, nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["sla_policy.id"], name=op.f("fk_sla_binding_policy_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_binding")),
    )
    op.create_index(op.f("ix_sla_binding_policy_id"), "sla_binding", ["policy_id"], unique=False)
    op.create_table(
        "sla_target",
        sa.Column("id", RowId, nullable=False),
        sa.Column("policy_id", RowId, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("ticket_type", sa.String(), nullable=False),
        sa.Column("service_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["sla_policy.id"], name=op.f("fk_sla_target_policy_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_sla_target_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_target")),
    )
    op.create_index(op.f("ix_sla_target_policy_id"), "sla_target", ["policy_id"], unique=False)
    op.create_table(
        "team_lead",
        sa.Column("team_id", RowId, autoincrement=False, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_lead_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_lead_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_lead")),
    )
    op.create_table(
        "recurring",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("exclusions", sa.String(), nullable=False),
        sa.Column("starts_local", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("shift", sa.String(), nullable=False),
        sa.Column("catch_up", sa.String(), nullable=False),
        sa.Column("calendar_id", RowId, nullable=True),
        sa.Column("client_id", RowId, nullable=True),
        sa.Column("contract_id", RowId, nullable=True),
        sa.Column("site_id", RowId, nullable=True),
        sa.Column("one_per_unit", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("service_id", RowId, nullable=True),
        sa.Column("team_id", RowId, nullable=True),
        sa.Column("assignee_id", RowId, nullable=True),
        sa.Column("estimate_minutes", sa.Integer(), nullable=False),
        sa.Column("checklist", sa.String(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("next_nominal", sa.String(), nullable=True),
        sa.Column("next_raise_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_recurring_assignee_id")),
        sa.ForeignKeyConstraint(["calendar_id"], ["work_calendar.id"], name=op.f("fk_recurring_calendar_id")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_recurring_client_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_recurring_contract_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_recurring_created_by_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_recurring_service_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_recurring_site_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_recurring_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring")),
        sa.UniqueConstraint("name", name=op.f("uq_recurring_name")),
    )
    op.create_index(op.f("ix_recurring_client_id"), "recurring", ["client_id"], unique=False)
    op.create_index(
        "ix_recurring_next",
        "recurring",
        ["next_raise_at", "id"],
        unique=False,
        sqlite_where=sa.text("next_raise_at IS NOT NULL"),
        postgresql_where=sa.text("next_raise_at IS NOT NULL"),
    )
    op.create_table(
        "occurrence",
        sa.Column("id", RowId, nullable=False),
        sa.Column("recurring_id", RowId, nullable=False),
        sa.Column("nominal", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("shifted_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recurring_id"], ["recurring.id"], name=op.f("fk_occurrence_recurring_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("recurring_id", "nominal", name=op.f("uq_occurrence_recurring_id_nominal")),
    )
    op.create_table(
        "recurring_unit",
        sa.Column("recurring_id", RowId, nullable=False),
        sa.Column("equipment_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_recurring_unit_equipment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recurring_id"], ["recurring.id"], name=op.f("fk_recurring_unit_recurring_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recurring_id", "equipment_id", name=op.f("pk_recurring_unit")),
    )
    op.create_table(
        "alert",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("person_id", RowId, nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("is_loud", sa.Boolean(), nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("next_ring_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by_id", RowId, nullable=True),
        sa.Column("muted_at", UtcDateTime(), nullable=True),
        sa.Column("muted_by_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["acknowledged_by_id"], ["person.id"], name=op.f("fk_alert_acknowledged_by_id")),
        sa.ForeignKeyConstraint(["muted_by_id"], ["person.id"], name=op.f("fk_alert_muted_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alert_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_alert_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "ticket_id",
            "kind",
            "clock",
            "percent",
            "due_version",
            name=op.f("uq_alert_ticket_id_kind_clock_percent_due_version"),
        ),
    )
    op.create_index(
        "ix_alert_open",
        "alert",
        ["raised_at", "id"],
        unique=False,
        sqlite_where=sa.text("acknowledged_at IS NULL"),
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index(
        "ix_alert_ring",
        "alert",
        ["next_ring_at", "id"],
        unique=False,
        sqlite_where=sa.text("next_ring_at IS NOT NULL"),
        postgresql_where=sa.text("next_ring_at IS NOT NULL"),
    )
    op.create_table(
        "checklist_item",
        sa.Column("id", RowId, nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_checklist_item_done_by_id")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_checklist_item_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
    )
    op.create_index(op.f("ix_checklist_item_ticket_id"), "checklist_item", ["ticket_id"], unique=False)
    op.create_table(
        "client_wait",
        sa.Column("ticket_id", RowId, autoincrement=False, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_client_wait_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_client_wait")),
    )
    op.create_index(
        "ix_client_wait_next",
        "client_wait",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "occurrence_ticket",
        sa.Column("ticket_id", RowId, autoincrement=False, nullable=False),
        sa.Column("occurrence_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_occurrence_ticket_occurrence_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_occurrence_ticket_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_occurrence_ticket")),
    )
    op.create_index(op.f("ix_occurrence_ticket_occurrence_id"), "occurrence_ticket", ["occurrence_id"], unique=False)
    op.create_table(
        "sla_clock",
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("policy_id", RowId, nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("target_seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("promised_at", UtcDateTime(), nullable=True),
        sa.Column("left_seconds", sa.Integer(), nullable=False),
        sa.Column("is_breached", sa.Boolean(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("warned_percent", sa.Integer(), nullable=False),
        sa.Column("next_check_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["policy_id"], ["sla_policy.id"], name=op.f("fk_sla_clock_policy_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_sla_clock_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "clock", name=op.f("pk_sla_clock")),
    )
    op.create_index(
        "ix_sla_clock_check",
        "sla_clock",
        ["next_check_at", "ticket_id"],
        unique=False,
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )
    op.create_index("ix_sla_clock_promised", "sla_clock", ["promised_at", "ticket_id"], unique=False)
    op.create_index("ix_sla_clock_state", "sla_clock", ["state", "clock", "ticket_id"], unique=False)
    op.add_column("message", sa.Column("is_automatic", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("ticket", sa.Column("next_clock", sa.String(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("paused_seconds", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("is_breached", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("ticket", sa.Column("sla_edition", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("ticket", sa.Column("arrived_at", UtcDateTime(), nullable=True))
    op.drop_index("ix_ticket_queue_assignee", "ticket")
    op.create_index(
        "ix_ticket_queue_assignee",
        "ticket",
        ["assignee_id", "next_due", "id", "estimate_minutes"],
        unique=False,
        sqlite_where=sa.text("is_open AND assignee_id IS NOT NULL"),
        postgresql_where=sa.text("is_open AND assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_resolved",
        "ticket",
        ["resolved_at", "category", "is_breached", "id"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NOT NULL"),
        postgresql_where=sa.text("resolved_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_queue_breached",
        "ticket",
        ["next_due", "id"],
        unique=False,
        sqlite_where=sa.text("is_open AND is_breached"),
        postgresql_where=sa.text("is_open AND is_breached"),
    )
    op.create_index(
        "ix_ticket_breached",
        "ticket",
        ["next_due", "id"],
        unique=False,
        sqlite_where=sa.text("is_breached"),
        postgresql_where=sa.text("is_breached"),
    )
    op.create_index(
        "ix_ticket_sla_edition",
        "ticket",
        ["sla_edition", "id"],
        unique=False,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_ticket_unread",
        "ticket",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_open AND first_opened_at IS NULL"),
        postgresql_where=sa.text("is_open AND first_opened_at IS NULL"),
    )
    _stand_as_usual()


def _stand_as_usual() -> None:
    """Let the clocks of a desk that has statuses already stand as those of a new one do (domain.md, section 3)."""
    status = sa.table("status", sa.column("code"), sa.column("category"))
    standing = sa.table("standing_clock", sa.column("status"), sa.column("clock"))
    connection = op.get_bind()
    rows = [
        {"status": row.code, "clock": clock}
        for row in connection.execute(sa.select(status))
        for clock in STANDING.get(row.category, ())
    ]
    if rows:
        connection.execute(sa.insert(standing), rows)
