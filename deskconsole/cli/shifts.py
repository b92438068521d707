"""`deskconsole calendar person|absent`: by which calendar people work, and when they are away."""

from __future__ import annotations

from typing import Annotated

import typer

from deskconsole.cli import finding, output, values
from deskconsole.cli.context import Json, Key, opened, refuse_contractors
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _

NOBODYS = "-"

Login = Annotated[str, typer.Argument(metavar="LOGIN", help=mark("The person's login or name; me is you."))]


def person(
    ctx: typer.Context,
    login: Login,
    name: Annotated[str, typer.Argument(metavar="NAME", help=mark("The calendar's name; - takes it away."))],
    key: Key = None,
) -> None:
    """Say by which calendar a person works."""
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import shifts

        chosen = None if name == NOBODYS else name
        if shifts.set_calendar(desk, finding.person(desk, login), chosen, key=operation):
            output.words(_("Set."))
        else:
            output.words(_("It was so already."))


def absent(
    ctx: typer.Context,
    login: Annotated[
        str | None, typer.Argument(metavar="LOGIN", help=mark("The person's login or name; without it, everybody."))
    ] = None,
    first: Annotated[
        str | None, typer.Argument(metavar="FIRST", help=mark("The first day away; without it, they are shown."))
    ] = None,
    last: Annotated[
        str | None, typer.Argument(metavar="LAST", help=mark("The last day away; without it, the first."))
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why."))] = "",
    remove: Annotated[str | None, typer.Option("--remove", metavar="ID", help=mark("Strike this absence out."))] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show or write down absences."""
    operation = values.operation_key(key)
    first_day, last_day = values.day(first), values.day(last)
    struck = values.one_id(remove) if remove is not None else None
    if struck is not None and first_day is not None:
        raise InvalidInput(mark("Either write an absence down or strike one out."))
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.data.queries import calendars as queries
        from deskconsole.desk import shifts

        who = finding.person(desk, login) if login is not None else None
        if struck is not None:
            who = shifts.remove_absence(desk, struck, key=operation)
        elif who is not None and first_day is not None:
            shifts.add_absence(desk, who, first_day, last_day or first_day, reason=reason, key=operation)
        today = desk.now().astimezone(desk.zone).date()
        rows = desk.read(queries.absences, who, since=today if first_day is None else min(today, first_day))
        if as_json:
            output.document(rows, desk.zone)
            return
        output.table(
            (_("Id"), _("Person"), _("First day"), _("Last day"), _("Reason")),
            [(str(row.id), row.person, str(row.first_day), str(row.last_day), row.reason) for row in rows],
        )
