"""`deskconsole recurring ...`: what recurs, and when."""

from __future__ import annotations

from datetime import datetime, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import Json, front, opened
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _

if TYPE_CHECKING:
    from deskconsole.domain.occurrences import Occurrence, Raising
    from deskconsole.domain.worktime import WorkCalendar

MOST_SHOWN = 1000
SHIFTS = ("none", "previous", "next")
DAY_NAMES = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))

recurring = group("recurring", mark("Recurring work: list, show, preview, add, pause, resume."))

Rules = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="RULE", help=mark("A rule of RFC 5545: FREQ=WEEKLY;BYDAY=MO. Several are united.")),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="DAY|TIME|RULE", help=mark("What is left out: 2026-05-01, or a rule.")),
]
Start = Annotated[
    str, typer.Option("--start", metavar="TIME", help=mark("When it begins, local time: 2026-01-30T09:00."))
]
Zone = Annotated[
    str | None, typer.Option("--zone", metavar="ZONE", help=mark("The time zone of the place: Europe/Moscow."))
]
Lead = Annotated[str, typer.Option("--lead", metavar="DAYS", help=mark("Raise the ticket so many days before."))]
ShiftOption = Annotated[
    str, typer.Option("--shift", metavar="none|previous|next", help=mark("Where a day off moves to."))
]
CalendarOption = Annotated[
    str | None,
    typer.Option("--calendar", metavar="NAME|FILE.json", help=mark("The calendar that knows the working days.")),
]


@recurring.command("preview", cls=DeskCommand, help=mark("Say what rules mean and when they fire; needs no desk."))
def preview(
    ctx: typer.Context,
    start: Start,
    rules: Rules = None,
    exclude: Exclude = None,
    zone: Zone = None,
    count: Annotated[str, typer.Option("--count", metavar="N", help=mark("How many to show."))] = "12",
    shift: ShiftOption = "none",
    calendar: CalendarOption = None,
    lead: Lead = "0",
    as_json: Json = False,
) -> None:
    """Say what rules mean and when they fire."""
    from deskconsole.domain.occurrences import LONGEST_LEAD, Raising, Shift, check_raising, occurrences
    from deskconsole.domain.recurrence import read_rules, read_start
    from deskconsole.domain.zones import zone_named
    from deskconsole.recurring_words import raising_words, recurrence_words

    shown = values.number(count, "--count", least=1, most=MOST_SHOWN)
    place: tzinfo = zone_named(zone) if zone is not None else front(ctx).zone()
    raising = Raising(
        shift=Shift(values.choice(shift, SHIFTS, "--shift")),
        calendar=_calendar(ctx, calendar) if calendar is not None else None,
        lead_days=values.number(lead, "--lead", most=LONGEST_LEAD),
    )
    check_raising(raising)
    recurrence = read_rules(rules or (), read_start(start, place), place, exclude or ())
    found = list(islice(occurrences(recurrence, raising), shown))
    if as_json:
        said = {"words": recurrence_words(recurrence), "zone": str(place)}
        output.document({**said, "occurrences": [_shape(each, place, raising) for each in found]}, place)
        return
    output.data(recurrence_words(recurrence))
    for words in raising_words(raising):
        output.data(words)
    write_occurrences(found, place, raising)


def write_occurrences(found: list[Occurrence], zone: tzinfo, raising: Raising) -> None:
    """Write dates as a table; what is the same as the rule's own moment is left out."""
    is_shifted, is_early = bool(raising.calendar), bool(raising.lead_days)
    titles = [_("By the rule"), _("Takes place"), *([_("Working day")] if is_shifted else [])]
    rows = []
    for each in found:
        row = [_day_and_time(each.nominal), _with_offset(each.at, zone)]
        row += [_day_and_time(each.shifted)] if is_shifted else []
        rows.append([*row, *([_with_offset(each.raise_at, zone)] if is_early else [])])
    output.heading(_("Occurrences"))
    output.table([*titles, *([_("Raised from")] if is_early else [])], rows)


def _shape(each: Occurrence, zone: tzinfo, raising: Raising) -> dict[str, Any]:
    shape = {"nominal": each.nominal.isoformat(), "at": each.at, "utc": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"}
    if raising.calendar is not None:
        shape |= {"shifted": each.shifted.isoformat(), "shifted_at": each.shifted_at}
    if raising.lead_days:
        shape["raise_at"] = each.raise_at
    return shape


def _calendar(ctx: typer.Context, typed: str) -> WorkCalendar:
    """A calendar out of a JSON file, or the desk's one of that name."""
    if typed.endswith(".json"):
        return _calendar_of_file(typed)
    from deskconsole.desk import calendars

    with opened(ctx) as desk:
        return desk.read(calendars.load, typed)


def _calendar_of_file(path: str) -> WorkCalendar:
    import json
    from pathlib import Path

    from deskconsole.domain.calendar_form import read_calendar

    try:
        form = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        raise InvalidInput(mark("There is no file {path}."), path=path) from None
    except OSError as error:
        raise InvalidInput(
            mark("{file} can't be read: {reason}"), file=path, reason=error.strerror or str(error)
        ) from None
    except (ValueError, RecursionError):
        raise InvalidInput(mark("{file} is not JSON."), file=path) from None
    return read_calendar(form)


def _day_and_time(local: datetime) -> str:
    return f"{_(DAY_NAMES[local.weekday()])} {local:%Y-%m-%d %H:%M}"


def _with_offset(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone)
    return f"{_day_and_time(local)} {local:%z}"
