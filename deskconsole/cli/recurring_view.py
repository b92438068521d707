"""What the commands about recurring work show: dates, a template, what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Any

from deskconsole.cli import output
from deskconsole.day_words import day_and_time
from deskconsole.domain.countdown import duration_text
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.recurring import OccurrenceRow, TemplateRow
    from deskconsole.desk.desk import Desk
    from deskconsole.domain.occurrences import Occurrence, Raising

COMING, PAST, PAST_IN_JSON = 12, 12, 1000


def write_occurrences(found: Iterable[Occurrence], zone: tzinfo, raising: Raising) -> None:
    """Write dates as a table: the rule's own, the one it takes place on, and with lead days when it is raised."""
    is_early = bool(raising.lead_days)
    rows = []
    for each in found:
        row = [day_and_time(each.nominal), _with_offset(each.shifted_at, zone)]
        rows.append([*row, _with_offset(each.raise_at, zone)] if is_early else row)
    output.heading(_("Occurrences"))
    output.table([_("By the rule"), _("Takes place"), *([_("Raised from")] if is_early else [])], rows)


def occurrence_shape(each: Occurrence, raising: Raising) -> dict[str, Any]:
    """An occurrence as JSON; the shifted and the raising time only where they may differ."""
    shape = {"nominal": each.nominal.isoformat(), "at": each.at, "utc": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"}
    if raising.calendar is not None:
        shape |= {"shifted": each.shifted.isoformat(), "shifted_at": each.shifted_at}
    if raising.lead_days:
        shape["raise_at"] = each.raise_at
    return shape


def _with_offset(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone)
    return f"{day_and_time(local)} {local:%z}"


def state_of(row: TemplateRow) -> str:
    """How a template stands, in a word."""
    if row.is_paused:
        return _("resting")
    if row.next_nominal is None:
        return _("ended")
    return _("look at it") if row.trouble else _("goes on")


def _fields_of(row: TemplateRow, zone: tzinfo) -> list[tuple[str, str]]:
    """What `recurring show` says of a template, name by name; empty values are left out."""
    units = ", ".join(" ".join(filter(None, (unit.kind, unit.inventory_number))) or f"#{unit.id}" for unit in row.units)
    catch_up = {"none": _("nothing of it"), "latest": _("the latest"), "all": _("all, marked late")}
    return [
        (_("State"), state_of(row)),
        (_("Trouble"), say(row.trouble) if row.trouble else ""),
        (_("Client"), f"{row.client} (#{row.client_id})" if row.client_id else ""),
        (_("Contract"), row.contract),
        (_("Site"), row.site),
        (_("Equipment"), f"{units} ({_('one ticket each') if row.one_per_unit else _('one ticket')})" if units else ""),
        (_("Subject"), row.subject),
        (_("Type"), row.type),
        (_("Priority"), str(row.priority.value)),
        (_("Service"), _(row.service)),
        (_("Team"), row.team),
        (_("Assignee"), row.assignee),
        (_("Estimate"), say(duration_text(row.estimate_minutes)) if row.estimate_minutes else ""),
        (_("Checklist"), "; ".join(row.checklist)),
        (_("Zone"), str(zone)),
        (_("Calendar"), row.calendar),
        (_("Raised of what was missed"), catch_up[row.catch_up.value]),
    ]


def write(desk: Desk, row: TemplateRow) -> None:
    """Write a template as text: what it means, its fields, what is next, what came of it."""
    from deskconsole.data.queries import recurring as queries
    from deskconsole.desk.recurring_templates import plan_by_id
    from deskconsole.recurring_words import raising_words, recurrence_words

    plan = desk.read(plan_by_id, row.id)
    output.data(f"#{row.id} {row.name}")
    output.data(recurrence_words(plan.recurrence))
    for words in raising_words(plan.covered):
        output.data(words)
    output.fields(_fields_of(row, plan.zone))
    if row.next_nominal is not None:
        write_occurrences(islice(plan.occurrences(row.next_nominal), COMING), plan.zone, plan.covered)
    past = desk.read(queries.occurrences, row.id, limit=PAST)
    if past:
        output.heading(_("What came of it"))
        output.table(
            (_("By the rule"), _("State"), _("Tickets"), _("Why")),
            [(day_and_time(one.nominal), _state_word(one), _numbers(one), _why(one)) for one in past],
            elastic=3,
        )


def write_json(desk: Desk, row: TemplateRow) -> None:
    """Write a template as one JSON document."""
    from deskconsole.data.queries import recurring as queries
    from deskconsole.desk.recurring_templates import plan_by_id
    from deskconsole.recurring_words import recurrence_words

    plan = desk.read(plan_by_id, row.id)
    coming = islice(plan.occurrences(row.next_nominal), COMING) if row.next_nominal is not None else ()
    shape = template_shape(row)
    shape["words"] = recurrence_words(plan.recurrence)
    shape["occurrences"] = [occurrence_shape(each, plan.covered) for each in coming]
    shape["past"] = [
        {
            "nominal": one.nominal.isoformat(),
            "at": one.at,
            "shifted_at": one.shifted_at,
            "created": one.created_at,
            "state": one.state,
            "is_late": one.is_late,
            "reason": _why(one) or None,
            "tickets": one.tickets,
        }
        for one in desk.read(queries.occurrences, row.id, limit=PAST_IN_JSON)
    ]
    output.document(shape, desk.zone)


def template_shape(row: TemplateRow) -> dict[str, Any]:
    """A template as JSON; its local times carry no offset."""
    shape = {field.name: getattr(row, field.name) for field in fields(row)}
    local = {"starts": row.starts.isoformat(), "next_nominal": row.next_nominal and row.next_nominal.isoformat()}
    return shape | local | {"trouble": say(row.trouble) if row.trouble else None}


def _state_word(one: OccurrenceRow) -> str:
    if one.state == "skipped":
        return _("skipped")
    return _("raised late") if one.is_late else _("raised")


def _numbers(one: OccurrenceRow) -> str:
    if len(one.tickets) <= 3:
        return ", ".join(map(str, one.tickets)) or "-"
    count = len(one.tickets)
    return ngettext("{first} ... {last}, {count} ticket", "{first} ... {last}, {count} tickets", count).format(
        first=one.tickets[0], last=one.tickets[-1], count=count
    )


def _why(one: OccurrenceRow) -> str:
    return say(one.reason) if one.reason else ""
