"""What stands in the form of recurring work, as texts by the field's name, and the template that they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import TypeVar

from deskconsole.data.queries.recurring import TemplateRow
from deskconsole.desk.recurring_templates import Template, check_days
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.minutes import read_minutes
from deskconsole.domain.occurrences import CatchUp, Raising, Shift, check_raising
from deskconsole.domain.recurrence import read_rules, read_start
from deskconsole.domain.recurrence_rule import read_moment_or_day, shown
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Priority
from deskconsole.domain.zones import zone_named

Fields = Mapping[str, str]
Value = TypeVar("Value")

IDS = ("client", "site", "contract", "calendar", "service", "team", "assignee")
"""Fields that hold the id of a row; `client name` and the like hold what the row is called."""
EACH = "each"


class WrongField(InvalidInput):
    """What is typed in one field can't be meant."""

    def __init__(self, field: str, sentence: Sentence) -> None:
        super().__init__(sentence.template, **sentence.values)
        self.field = field


def fields_of(row: TemplateRow) -> dict[str, str]:
    """The form of a template as it is stored."""
    ids = {name: str(getattr(row, f"{name}_id") or "") for name in IDS}
    return {
        "name": row.name,
        "rules": "\n".join(row.rules),
        "except": "\n".join(row.exclusions),
        "start": row.starts.isoformat(" ", "seconds" if row.starts.second else "minutes"),
        "ends": row.ends_on.isoformat() if row.ends_on else "",
        "zone": row.zone,
        "lead": str(row.lead_days or ""),
        "shift": row.shift.value,
        "catch_up": row.catch_up.value,
        **ids,
        **{f"{name} name": getattr(row, name) for name in IDS},
        "units": ",".join(str(unit.id) for unit in row.units),
        "tickets": EACH if row.one_per_unit else "",
        "subject": row.subject,
        "text": row.body,
        "points": "\n".join(row.checklist),
        "type": row.type,
        "priority": str(row.priority.value),
        "estimate": length_text(row.estimate_minutes),
    }


def template_of(fields: Fields, site_zone: str, desk_zone: tzinfo) -> Template:
    """The template that a form means; names, texts and what belongs to whom are for the desk to judge.

    Raises:
        WrongField: a field can't be meant.
    """
    zone = in_field("zone", lambda: zone_named(fields["zone"].strip())) if fields["zone"].strip() else None
    place: tzinfo = zone or (zone_named(site_zone) if site_zone else desk_zone)
    wanted = Template(
        name=fields["name"],
        rules=[fields["rules"]],
        exclusions=[fields["except"]],
        starts=in_field("start", lambda: _start(fields["start"], place)),
        ends_on=in_field("ends", lambda: _day(fields["ends"], place)),
        zone=zone.key if zone is not None else "",
        lead_days=in_field("lead", lambda: _lead(fields["lead"])),
        shift=Shift(fields["shift"] or Shift.NONE),
        catch_up=CatchUp(fields["catch_up"] or CatchUp.LATEST),
        calendar_id=_id(fields["calendar"]),
        client_id=_id(fields["client"]),
        contract_id=_id(fields["contract"]),
        site_id=_id(fields["site"]),
        units=[int(unit) for unit in fields["units"].split(",") if unit],
        one_per_unit=fields["tickets"] == EACH,
        subject=fields["subject"],
        body=fields["text"],
        type=fields["type"],
        priority=Priority(int(fields["priority"])),
        service_id=_id(fields["service"]),
        team_id=_id(fields["team"]),
        assignee_id=_id(fields["assignee"]),
        estimate_minutes=in_field("estimate", lambda: _minutes(fields["estimate"])),
        checklist=[point.strip() for point in fields["points"].splitlines() if point.strip()],
    )
    in_field("ends", lambda: check_days(wanted.starts, wanted.ends_on))
    in_field("rules", lambda: read_rules(wanted.rules, wanted.starts, place))
    in_field("except", lambda: read_rules(wanted.rules, wanted.starts, place, wanted.exclusions))
    if wanted.shift is not Shift.NONE and wanted.calendar_id is None:
        in_field("calendar", lambda: check_raising(Raising(shift=wanted.shift)))
    return wanted


def typed(fields: Fields) -> dict[str, str]:
    """What a person put into the form: its fields without the names of the rows."""
    return {name: text for name, text in fields.items() if not name.endswith(" name")}


def in_field(name: str, read: Callable[[], Value]) -> Value:
    """What `read` gives; what is wrong with it is said of that field."""
    try:
        return read()
    except InvalidInput as error:
        raise WrongField(name, error.sentence) from None


def length_text(minutes: int) -> str:
    """A length of work as one types it; nothing for none."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(rest or "")
    return f"{hours}:{rest:02d}"


def _start(typed: str, zone: tzinfo) -> datetime:
    if not typed.strip():
        raise InvalidInput(mark("Say when it begins: 2026-01-30 09:00."))
    return read_start(typed, zone)


def _day(typed: str, zone: tzinfo) -> date | None:
    if not typed.strip():
        return None
    found = read_moment_or_day(typed, zone)
    if found is None:
        raise InvalidInput(mark('"{value}" is no day of the calendar; write 2026-12-31.'), value=shown(typed))
    return found.date() if isinstance(found, datetime) else found


def _lead(typed: str) -> int:
    days = typed.strip() or "0"
    if not (days.isascii() and days.isdecimal() and len(days) < 6):
        raise InvalidInput(mark('"{value}" is no number of days.'), value=shown(typed))
    check_raising(Raising(lead_days=int(days)))
    return int(days)


def _minutes(typed: str) -> int:
    return read_minutes(typed) if typed.strip() else 0


def _id(text: str) -> int | None:
    return int(text) if text else None
