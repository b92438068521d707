"""Costs and prices as they stand when work is done, written beside it by the storage (domain.md, sections 4 and 8).

An engineer or a contractor who logs time or ends a line may not read what an hour or a service costs: on a shared
desk these statements run as functions of the database's owner (`desk_priv`), on a local one as they are.
"""

from __future__ import annotations

COST = (
    # What is taken back costs what it cost.
    "INSERT INTO {schema}time_entry_money (entry_id, hour_cost_minor, currency)"
    " SELECT entry.id, before.hour_cost_minor, before.currency"
    " FROM {schema}time_entry AS entry JOIN {schema}time_entry_money AS before ON before.entry_id = entry.reverses_id"
    " WHERE entry.id = {number} ON CONFLICT DO NOTHING",
    "INSERT INTO {schema}time_entry_money (entry_id, hour_cost_minor, currency)"
    " SELECT entry.id, rate.hour_cost_minor, rate.currency"
    " FROM {schema}time_entry AS entry JOIN {schema}person_money AS rate ON rate.person_id = entry.person_id"
    " WHERE entry.id = {number} AND entry.reverses_id IS NULL AND rate.valid_from <= {day}"
    " ORDER BY rate.valid_from DESC, rate.id DESC LIMIT 1 ON CONFLICT DO NOTHING",
)
"""The rate of the entry's person that is in force on the day; none = uncosted hours."""

PRICE = (
    # Client's list > category's > region's > default list, the latest price by date.
    "INSERT INTO {schema}ticket_line_money (line_id, unit_price_minor, currency, price_list_id)"
    " SELECT line.id, price.price_minor, price.currency, list.id"
    " FROM {schema}ticket_line AS line"
    " JOIN {schema}ticket AS ticket ON ticket.id = line.ticket_id"
    " LEFT JOIN {schema}client AS client ON client.id = ticket.client_id"
    " JOIN {schema}price_money AS price ON price.service_id = line.service_id AND price.valid_from <= {day}"
    " JOIN {schema}price_list AS list ON list.id = price.price_list_id"
    " AND (list.client_id = client.id OR list.client_id IS NULL"
    " AND list.category IN ('', coalesce(client.category, '')) AND list.region IN ('', coalesce(client.region, '')))"
    " WHERE line.id = {number} AND line.state = 'performed' AND line.mode = 'money'"
    " ORDER BY CASE WHEN list.client_id IS NOT NULL THEN 0 WHEN list.category <> '' THEN 1"
    " WHEN list.region <> '' THEN 2 ELSE 3 END, price.valid_from DESC, price.id DESC"
    " LIMIT 1 ON CONFLICT DO NOTHING",
)
"""The price of a line that is done in the mode `money`, as of the day; no list has one = no row."""
