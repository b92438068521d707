"""`deskconsole recurring ...`: what recurs, when, and what came of it."""

from __future__ import annotations

from datetime import tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import finding, output, recurring_new, recurring_view, values
from deskconsole.cli.context import Json, Key, front, opened, refuse_contractors
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.day_words import day_and_time
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.data.queries.recurring import TemplateRow
    from deskconsole.desk.desk import Desk
    from deskconsole.domain.worktime import WorkCalendar

MOST_SHOWN = 1000
SHIFTS = ("none", "previous", "next")
CATCH_UPS = ("none", "latest", "all")

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
Id = Annotated[str, typer.Argument(metavar="TEMPLATE", help=mark("The template's number or name."))]


@recurring.command("list", cls=DeskCommand, help=mark("List the templates: those due next first."))
def list_templates(ctx: typer.Context, as_json: Json = False) -> None:
    """List the templates."""
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.data.queries import recurring as queries

        rows = desk.read(queries.templates)
        if as_json:
            output.document([recurring_view.template_shape(row) for row in rows], desk.zone)
            return
        output.table(
            (_("Id"), _("Name"), _("Client"), _("Next"), _("State"), _("Trouble")),
            [
                (
                    str(row.id),
                    row.name,
                    row.client or "-",
                    day_and_time(row.next_nominal) if row.next_nominal else "-",
                    recurring_view.state_of(row),
                    say(row.trouble) if row.trouble else "",
                )
                for row in rows
            ],
            elastic=1,
        )


@recurring.command("show", cls=DeskCommand, help=mark("Show a template: what it means, what is next, what came of it."))
def show(ctx: typer.Context, template: Id, as_json: Json = False) -> None:
    """Show one template."""
    with opened(ctx) as desk:
        refuse_contractors(desk)
        row = _found(desk, template)
        (recurring_view.write_json if as_json else recurring_view.write)(desk, row)


@recurring.command("add", cls=DeskCommand, help=mark("Make a template."))
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=mark("What it is called."))],
    start: Start,
    subject: Annotated[str, typer.Option("--subject", metavar="TEXT", help=mark("The subject of its tickets."))],
    rules: Rules = None,
    exclude: Exclude = None,
    zone: Zone = None,
    shift: ShiftOption = "none",
    calendar: Annotated[
        str | None, typer.Option("--calendar", metavar="NAME", help=mark("The calendar that knows the working days."))
    ] = None,
    lead: Lead = "0",
    catch_up: Annotated[
        str, typer.Option("--catch-up", metavar="none|latest|all", help=mark("What is raised of what was missed."))
    ] = "latest",
    ends: Annotated[str | None, typer.Option("--ends", metavar="DAY", help=mark("Its last day."))] = None,
    client: Annotated[
        str | None, typer.Option("--client", metavar="WHO", help=mark("The client: name, number, phone, #id."))
    ] = None,
    contract: Annotated[
        str | None, typer.Option("--contract", metavar="NUMBER", help=mark("The contract it ends and rests with."))
    ] = None,
    site: Annotated[str | None, typer.Option("--site", metavar="SITE", help=mark("The client's site."))] = None,
    units: Annotated[
        list[str] | None, typer.Option("--unit", metavar="NUMBER", help=mark("A unit it is about; several may be."))
    ] = None,
    each_unit: Annotated[
        bool, typer.Option("--each-unit", help=mark("One ticket for each unit, not one for all."))
    ] = False,
    body: Annotated[str, typer.Option("--body", metavar="TEXT", help=mark("What is to be done; - reads it."))] = "",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help=mark("The type of its tickets."))] = "visit",
    priority: Annotated[str, typer.Option("--priority", metavar="P", help=mark("1 critical ... 4 low."))] = "3",
    service: Annotated[str | None, typer.Option("--service", metavar="CODE", help=mark("The service."))] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help=mark("Whose queue."))] = None,
    assign: Annotated[str | None, typer.Option("--assign", metavar="LOGIN", help=mark("Who does it."))] = None,
    estimate: Annotated[str, typer.Option("--estimate", metavar="TIME", help=mark("How long it takes."))] = "0",
    points: Annotated[
        list[str] | None, typer.Option("--point", metavar="TEXT", help=mark("A point of its checklist."))
    ] = None,
    key: Key = None,
) -> None:
    """Make a template."""
    operation = values.operation_key(key)
    typed = recurring_new.Typed(
        name=name,
        rules=rules or (),
        exclusions=exclude or (),
        start=start,
        zone=zone or "",
        subject=subject,
        body=values.text(body),
        shift=values.choice(shift, SHIFTS, "--shift"),
        catch_up=values.choice(catch_up, CATCH_UPS, "--catch-up"),
        lead_days=_lead(lead),
        ends_on=values.day(ends),
        kind=kind,
        priority=values.number(priority, "--priority", least=1, most=4),
        estimate=values.minutes(estimate),
        points=points or (),
        calendar=calendar,
        client=client,
        contract=contract,
        site=site,
        units=units or (),
        each_unit=each_unit,
        service=service,
        team=team,
        assignee=assign,
    )
    with opened(ctx) as desk:
        from deskconsole.desk import recurring_templates as verbs

        made = verbs.put_recurring(desk, recurring_new.template(desk, typed), key=operation)
        output.data(made)
        _say_next(_found(desk, f"#{made}"))


@recurring.command("pause", cls=DeskCommand, help=mark("Let a template rest: nothing is raised until it goes on."))
def pause(ctx: typer.Context, template: Id, key: Key = None) -> None:
    """Let a template rest."""
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import recurring_templates as verbs

        row = _found(desk, template)
        is_new = verbs.pause(desk, row.id, key=operation)
        output.data(row.id)
        output.words(_("It rests.") if is_new else _("It rests already."))


@recurring.command(
    "resume", cls=DeskCommand, help=mark("Let a template go on, and raise what it missed by its catch-up policy.")
)
def resume(ctx: typer.Context, template: Id, key: Key = None) -> None:
    """Let a template go on."""
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import recurring_templates as verbs

        row = _found(desk, template)
        verbs.resume(desk, row.id, key=operation)
        output.data(row.id)
        _say_next(_found(desk, f"#{row.id}"))


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
    from deskconsole.domain.occurrences import Raising, Shift, check_raising, occurrences
    from deskconsole.domain.recurrence import read_rules, read_start
    from deskconsole.domain.zones import zone_named
    from deskconsole.recurring_words import raising_words, recurrence_words

    shown = values.number(count, "--count", least=1, most=MOST_SHOWN)
    place: tzinfo = zone_named(zone) if zone is not None else front(ctx).zone()
    raising = Raising(
        shift=Shift(values.choice(shift, SHIFTS, "--shift")),
        calendar=_calendar(ctx, calendar) if calendar is not None else None,
        lead_days=_lead(lead),
    )
    check_raising(raising)
    recurrence = read_rules(rules or (), read_start(start, place), place, exclude or ())
    found = list(islice(occurrences(recurrence, raising), shown))
    if as_json:
        said = {"words": recurrence_words(recurrence), "zone": str(place)}
        output.document(
            {**said, "occurrences": [recurring_view.occurrence_shape(each, raising) for each in found]}, place
        )
        return
    output.data(recurrence_words(recurrence))
    for words in raising_words(raising):
        output.data(words)
    recurring_view.write_occurrences(found, place, raising)


def _found(desk: Desk, typed: str) -> TemplateRow:
    from deskconsole.data.queries import recurring as queries

    return desk.read(queries.template, finding.recurring_template(desk, typed))


def _say_next(row: TemplateRow) -> None:
    if row.next_nominal is None:
        output.words(_("Nothing is to come."))
    else:
        output.words(_("Next: {moment}").format(moment=day_and_time(row.next_nominal)))


def _lead(typed: str) -> int:
    from deskconsole.domain.occurrences import LONGEST_LEAD

    return values.number(typed, "--lead", most=LONGEST_LEAD)


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
