"""`deskconsole calendar ...`: working hours, holidays, and what they say about a deadline."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deskconsole.cli import output, shifts, values
from deskconsole.cli.context import Json, Key, opened
from deskconsole.cli.json_lines import answer_lines
from deskconsole.cli.sla import recomputed
from deskconsole.cli.usage import DeskCommand, MinutesCommand, group
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.desk.desk import Desk
    from deskconsole.domain.special_days import DayChange, SpecialDay
    from deskconsole.domain.worktime import WorkCalendar

MOST_YEARS = 50
MINUTE = timedelta(minutes=1)

calendars = group("calendar", mark("Working hours, holidays and shifts, and what they say about a deadline."))

Name = Annotated[str, typer.Argument(metavar="NAME", help=mark("The calendar's name."))]


@calendars.command("list", cls=DeskCommand, help=mark("List the calendars and who goes by them."))
def list_calendars(ctx: typer.Context, as_json: Json = False) -> None:
    """List the calendars."""
    with opened(ctx) as desk:
        from deskconsole.data.queries import calendars as queries
        from deskconsole.desk.sla import default_calendar
        from deskconsole.domain.calendar_form import calendar_of
        from deskconsole.domain.week_text import week_text

        usual = desk.read(default_calendar)
        shapes, rows = [], []
        for row in desk.read(queries.calendars):
            calendar = calendar_of(row.definition)
            hours = week_text(calendar.week)
            shapes.append(
                {
                    "id": row.id,
                    "name": row.name,
                    "timezone": calendar.zone,
                    "hours": hours,
                    "dates": len(calendar.days),
                    "policies": row.policies,
                    "people": row.people,
                    "is_default": row.name == usual,
                }
            )
            marked = f"{row.name} *" if row.name == usual else row.name
            counts = [str(len(calendar.days)), str(row.policies), str(row.people)]
            rows.append([marked, calendar.zone, *counts, hours or "-"])
        if as_json:
            output.document(shapes, desk.zone)
            return
        output.table((_("Name"), _("Zone"), _("Dates"), _("Policies"), _("People"), _("Hours")), rows, elastic=5)
        if usual:
            output.words(_("* the desk's: for policies that name none."))


@calendars.command("show", cls=DeskCommand, help=mark("Show a calendar: hours, dates that differ, working time."))
def show(
    ctx: typer.Context,
    name: Name,
    year: Annotated[str | None, typer.Option("--year", metavar="YEAR", help=mark("Of which year; else this."))] = None,
    as_json: Json = False,
) -> None:
    """Show a calendar."""
    chosen = values.number(year, "--year", least=FIRST_YEAR + 1, most=LAST_YEAR - 1) if year is not None else None
    with opened(ctx) as desk:
        from deskconsole.desk import calendars as verbs
        from deskconsole.domain.calendar_form import calendar_of, read_names
        from deskconsole.domain.week_text import week_text

        row = desk.read(verbs.card, name)
        calendar, form = calendar_of(row.definition), json.loads(row.definition)
        number = chosen or desk.now().astimezone(desk.zone).year
        minutes = _working_minutes(calendar, number)
        if as_json:
            shape = {"id": row.id, "name": row.name, "policies": row.policies, "people": row.people}
            output.document({**shape, **form, "year": number, "working_minutes": minutes}, desk.zone)
            return
        output.data(row.name)
        output.fields(
            [
                (_("Zone"), calendar.zone),
                (_("Hours"), week_text(calendar.week) or "-"),
                (_("Policies"), str(row.policies)),
                (_("People"), str(row.people)),
                (str(number), say(duration_text(minutes))),
            ]
        )
        names = read_names(form)
        _dates(calendar, {day.isoformat(): called for day, called in names.items()}, number)


@calendars.command("set", cls=DeskCommand, help=mark("Make a calendar, or change its zone or hours; its dates stay."))
def set_hours(
    ctx: typer.Context,
    name: Name,
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help=mark("The time zone: Europe/Moscow."))
    ] = None,
    hours: Annotated[
        str | None,
        typer.Option("--hours", metavar="HOURS", help=mark('"mon-fri 09:00-18:00, sat 10:00-14:00", or 24/7.')),
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make or change a calendar."""
    from deskconsole.domain.week_text import read_week
    from deskconsole.domain.zones import zone_named

    operation = values.operation_key(key)
    week = read_week(hours) if hours is not None else None
    if zone is not None:
        zone_named(zone)
    if zone is None and week is None:
        raise InvalidInput(mark("Name what is to be set: --zone, --hours."))
    with opened(ctx) as desk:
        from deskconsole.desk import calendars as verbs

        verbs.set_hours(desk, name, zone=zone, week=week, key=operation)
        _done(desk, name, as_json=as_json)


@calendars.command("import", cls=DeskCommand, help=mark("Take days off into a calendar, or a whole calendar of JSON."))
def import_days(
    ctx: typer.Context,
    name: Name,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILES", help=mark("A calendar as .json, or xmlcalendar files (.xml).")),
    ] = None,
    holidays: Annotated[
        str | None,
        typer.Option("--holidays", metavar="CC[-REGION]", help=mark("Public holidays of a country: ES, or ES-MD.")),
    ] = None,
    years: Annotated[
        str | None,
        typer.Option("--years", metavar="YEARS", help=mark("Of which years: 2026-2028; else this and the next.")),
    ] = None,
    xmlcalendar: Annotated[
        list[str] | None,
        typer.Option("--xmlcalendar", metavar="FILE", help=mark("A production calendar; can be given again.")),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help=mark("Also change dates that have other hours here."))
    ] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Take days into a calendar."""
    operation = values.operation_key(key)
    given = list(files or ())
    whole = [file for file in given if file.lower().endswith(".json")]
    sheets = [Path(file) for file in (*(xmlcalendar or ()), *given) if file not in whole]
    if len(whole) + bool(holidays) + bool(sheets) != 1:
        raise InvalidInput(mark("Name one source: --holidays, --xmlcalendar or a calendar as .json."))
    if years is not None and holidays is None:
        raise InvalidInput(mark("--years goes with --holidays."))
    form = _json_file(Path(whole[0])) if whole else None
    days = _days(holidays, years, sheets)
    with opened(ctx) as desk:
        from deskconsole.desk import calendars as verbs

        if form is not None:
            verbs.put_calendar(desk, name, form, key=operation)
            _done(desk, name, as_json=as_json)
            return
        changes = verbs.add_days(desk, name, days, overwrite=replace, key=operation)
        moved = recomputed(desk) if any(not change.is_kept for change in changes) else None
        if as_json:
            shape = {"name": name, "days": len(days), "changes": [_shape(change) for change in changes]}
            output.document({**shape, "recomputed": moved} if moved is not None else shape, desk.zone)
            return
        _say_changes(changes)


@calendars.command("add", cls=MinutesCommand, help=mark("Say when so much working time after a moment has passed."))
def add(
    ctx: typer.Context,
    name: Name,
    start: Annotated[str, typer.Argument(metavar="START", help=mark("When: 2026-03-02T09:00, now."))],
    duration: Annotated[str, typer.Argument(metavar="DURATION", help=mark("How much: 8h, 1h30, 90; -2h goes back."))],
    as_json: Json = False,
) -> None:
    """Say when working time has passed."""
    minutes = values.signed_minutes(duration)
    with opened(ctx) as desk:
        calendar = _load(desk, name)
        began = _instant(desk, start)
        due = calendar.add(began, minutes * MINUTE)
        if as_json:
            shape = {"calendar": name, "start": began, "minutes": minutes, "due": due}
            output.document(shape, desk.zone)
            return
        output.data(output.local(due, desk.zone) if due is not None else _("never"))
        _say_other_zone(desk, calendar, due)


@calendars.command("between", cls=DeskCommand, help=mark("Say how much working time lies between two moments."))
def between(
    ctx: typer.Context,
    name: Name,
    first: Annotated[str, typer.Argument(metavar="FROM", help=mark("When: 2026-03-02T09:00, now."))],
    last: Annotated[str, typer.Argument(metavar="TO", help=mark("Until when; an earlier moment gives a minus."))],
    as_json: Json = False,
) -> None:
    """Say how much working time there is."""
    with opened(ctx) as desk:
        began, ended = _instant(desk, first), _instant(desk, last)
        length = _load(desk, name).between(began, ended)
        if as_json:
            seconds = length // timedelta(seconds=1) if not length.microseconds else length.total_seconds()
            output.document({"calendar": name, "start": began, "end": ended, "seconds": seconds}, desk.zone)
            return
        output.data(say(duration_text(int(length / MINUTE))))


@calendars.command("compute", cls=DeskCommand, help=mark("Answer cases on standard input, one JSON object a line."))
def compute() -> None:
    """Answer cases; no desk is opened."""
    from deskconsole.domain.calendar_cases import compute as answer

    answer_lines(answer)


calendars.command("person", cls=DeskCommand, help=mark("Say by which calendar a person works."))(shifts.person)
calendars.command("absent", cls=DeskCommand, help=mark("Show or write down when people are away."))(shifts.absent)


def _load(desk: Desk, name: str) -> WorkCalendar:
    from deskconsole.desk import calendars as verbs

    return desk.read(verbs.load, name)


def _instant(desk: Desk, typed: str) -> datetime:
    found = values.instant(typed, desk.now(), desk.zone)
    assert found is not None  # something was typed
    return found


def _days(holidays: str | None, years: str | None, sheets: Sequence[Path]) -> list[SpecialDay]:
    """The days off of all sources named."""
    if holidays is not None:
        from deskconsole.exchange.public_holidays import public_holidays

        return list(public_holidays(holidays, _years(years)))
    from deskconsole.exchange.production_calendar import read_production_calendar

    return [day for sheet in sheets for day in read_production_calendar(sheet)]


def _years(typed: str | None) -> range:
    if typed is None:
        this = datetime.now(UTC).year
        return range(this, this + 2)
    match = re.fullmatch(r"([0-9]{4})(?:\s*-\s*([0-9]{4}))?", typed.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not FIRST_YEAR <= first <= last <= LAST_YEAR or last - first >= MOST_YEARS:
        raise InvalidInput(
            mark('--years is a year or a range of at most {most}, such as 2026-2028, not "{value}".'),
            most=MOST_YEARS,
            value=typed[:40],
        )
    return range(first, last + 1)


def _json_file(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InvalidInput(
            mark("{file} can't be read: {reason}"), file=str(path), reason=error.strerror or str(error)
        ) from None
    except (ValueError, RecursionError):
        raise InvalidInput(mark("{file} is not JSON."), file=str(path)) from None


def _working_minutes(calendar: WorkCalendar, year: int) -> int:
    """The working time of a year as the calendar's own zone has it."""
    from deskconsole.domain.zones import zone_named

    zone = zone_named(calendar.zone)
    length = calendar.between(datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone))
    return length // MINUTE


def _dates(calendar: WorkCalendar, names: dict[str, str], year: int) -> None:
    """The dates of a year that differ from their weekday."""
    from deskconsole.domain.week_text import hours_text
    from deskconsole.domain.worktime import WEEKDAYS

    rows = [(day, hours_text(windows) if windows else _("closed")) for day, windows in calendar.days.items()]
    rows += [(day, _("break {hours}").format(hours=hours_text(cut))) for day, cut in calendar.breaks.items() if cut]
    shown = [
        (day.isoformat(), WEEKDAYS[day.weekday()], hours, names.get(day.isoformat(), ""))
        for day, hours in sorted(rows)
        if day.year == year
    ]
    if shown:
        output.heading(_("Dates that differ"))
        output.table((_("Day"), _("Weekday"), _("Hours"), _("Name")), shown)


def _say_changes(changes: Sequence[DayChange]) -> None:
    from deskconsole.domain.week_text import hours_text

    changed = [change for change in changes if not change.is_kept]
    kept = [change for change in changes if change.is_kept]
    for title, rows in ((_("Changed"), changed), (_("Kept as they were"), kept)):
        if rows:
            output.heading(title)
            output.table(
                (_("Day"), _("Before"), _("After"), _("Name")),
                [(row.day.isoformat(), hours_text(row.before), hours_text(row.after), row.name) for row in rows],
            )
    output.words(
        ngettext("{count} day has new hours.", "{count} days have new hours.", len(changed)).format(count=len(changed))
    )
    if kept:
        output.words(_("Dates with hours of their own were kept; --replace changes them too."))


def _shape(change: DayChange) -> dict[str, Any]:
    from deskconsole.domain.week_text import hours_text

    return {
        "day": change.day,
        "name": change.name,
        "before": hours_text(change.before),
        "after": hours_text(change.after),
        "is_kept": change.is_kept,
    }


def _say_other_zone(desk: Desk, calendar: WorkCalendar, due: datetime | None) -> None:
    """The due as the calendar's zone has it, where the person's clock shows another time."""
    from deskconsole.domain.zones import zone_named

    zone = zone_named(calendar.zone)
    if due is not None and due.astimezone(zone).utcoffset() != due.astimezone(desk.zone).utcoffset():
        output.words(f"{output.local(due, zone)} {calendar.zone}")


def _done(desk: Desk, name: str, *, as_json: bool) -> None:
    """Bring the tickets in step with a change, and say how the calendar stands."""
    from deskconsole.desk import calendars as verbs

    moved = recomputed(desk)
    row = desk.read(verbs.card, name)
    if as_json:
        output.document({"id": row.id, "name": row.name, **json.loads(row.definition), "recomputed": moved}, desk.zone)
    else:
        output.data(row.id)
