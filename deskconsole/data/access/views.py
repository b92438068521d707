"""What business intelligence reads: views in the schema `bi`, without texts of messages, phones and e-mails.

They run with their owner's rights (`security_invoker` off), for the group `desk_bi` has none on tables; each asks
`desk_priv.me()` once, so that a login which is no longer of this desk sees nothing. They hide no single rows, so
nothing can leak from one into a condition.
"""

from __future__ import annotations

from collections.abc import Mapping

VIEWS: Mapping[str, str] = {
    "people": "SELECT id, name, role, team_id, capacity_minutes, is_active FROM public.person",
    "teams": "SELECT id, name, is_active FROM public.team",
    "clients": "SELECT id, name, category, region, is_active, created_at FROM public.client",
    "sites": "SELECT id, client_id, name, city, zone FROM public.site",
    "equipment": (
        "SELECT id, client_id, site_id, parent_id, inventory_number, serial_number, kind, maker, model, status,"
        " installed_on, warranty_until FROM public.equipment"
    ),
    "services": "SELECT id, code, name, skill, estimate_minutes, tariff_mode, is_active FROM public.service",
    "statuses": "SELECT code, name, category, position FROM public.status",
    "tickets": (
        "SELECT id, type, subject, channel, priority, status, category, is_open, client_id, site_id, equipment_id,"
        " service_id, team_id, assignee_id, contract_version_id, coverage, is_covered, policy, due_at, wished_at,"
        " planned_at, is_breached, estimate_minutes, created_at, created_by_id, updated_at, first_opened_at,"
        " arrived_at, resolved_at, closed_at, merged_into_id FROM public.ticket"
    ),
    "status_spans": "SELECT id, ticket_id, status, category, began_at, ended_at FROM public.status_span",
    "ticket_clocks": (
        "SELECT c.ticket_id, c.clock, p.name AS policy, c.level, c.target_seconds, c.state, c.started_at, c.ended_at,"
        " c.due_at, c.promised_at, c.left_seconds, c.is_breached"
        " FROM public.sla_clock c LEFT JOIN public.sla_policy p ON p.id = c.policy_id"
    ),
    "ticket_lines": (
        "SELECT l.id, l.ticket_id, l.service_id, l.quantity, l.mode, l.minutes, l.state, l.performed_at,"
        " m.unit_price_minor, m.currency"
        " FROM public.ticket_line l LEFT JOIN public.ticket_line_money m ON m.line_id = l.id"
    ),
    "time_entries": (
        "SELECT e.id, e.ticket_id, e.line_id, e.person_id, e.started_at, e.worked_minutes, e.charged_minutes, e.at,"
        " e.reverses_id, m.hour_cost_minor, m.currency"
        " FROM public.time_entry e LEFT JOIN public.time_entry_money m ON m.entry_id = e.id"
    ),
    "contracts": (
        "SELECT v.id AS contract_version_id, c.id AS contract_id, c.client_id, c.number, v.effective_from,"
        " v.starts_on, v.ends_on, v.is_suspended, v.minutes_per_month, m.fee_minor, m.months, m.currency"
        " FROM public.contract c JOIN public.contract_version v ON v.contract_id = c.id"
        " LEFT JOIN public.contract_version_money m ON m.version_id = v.id"
    ),
    "hour_ledger": (
        "SELECT e.id, e.lot_id, l.client_id, l.contract_id, e.kind, e.minutes, e.at, e.person_id, e.ticket_id,"
        " e.time_entry_id, e.reverses_id, l.bought_on, l.expires_on"
        " FROM public.hour_entry e JOIN public.hour_lot l ON l.id = e.lot_id"
    ),
    "payments": (
        "SELECT p.client_id, p.state, p.overdue_since, p.as_of, m.debt_minor, m.currency"
        " FROM public.payment p LEFT JOIN public.payment_money m ON m.client_id = p.client_id"
    ),
}
"""Name -> what it reads."""

WORDS = (
    "CREATE OR REPLACE VIEW desk_priv.ticket_words AS SELECT ticket_id, words FROM public.ticket_search"
    " WHERE (SELECT desk_priv.reads_all());\n"
    "COMMENT ON VIEW desk_priv.ticket_words IS 'Search words of all tickets, for those who may see all tickets';\n"
)
"""Full-text search of those who see all tickets: under row security its operators could use no index."""


def view_statements() -> str:
    """The views of business intelligence and of search, made anew."""
    made = "".join(
        f"CREATE VIEW bi.{name} AS SELECT * FROM ({query}) AS rows WHERE (SELECT desk_priv.me()) IS NOT NULL;\n"
        for name, query in VIEWS.items()
    )
    gone = "".join(f"DROP VIEW IF EXISTS bi.{name};\n" for name in VIEWS)
    return gone + made + WORDS
