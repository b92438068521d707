"""`deskconsole equipment ...`: one unit and what happened to it."""

from __future__ import annotations

from typing import Annotated

import typer

from deskconsole.cli import output
from deskconsole.cli.context import Json, opened, refuse_contractors, viewer
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, say

equipment = group("equipment", mark("Equipment: show."))


@equipment.command("show", cls=DeskCommand, help=mark("Show a unit, its coverage today and its tickets."))
def show(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=mark("Inventory or serial number, or #id."))],
    as_json: Json = False,
) -> None:
    """Show one unit."""
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.data.queries import equipment as queries
        from deskconsole.desk import coverage

        unit = desk.read(queries.card, desk.read(queries.find, number))
        today = desk.now().astimezone(desk.zone).date()
        verdict = desk.read(coverage.judge, coverage.Call(unit.client_id, today, unit.site_id, unit.id))
        past = desk.read(queries.tickets_of, unit.id, viewer(desk))
        if as_json:
            covered = {
                "outcome": verdict.outcome.value,
                "sentence": say(verdict.sentence),
                "contract_number": verdict.contract_number,
                "minutes_left": verdict.minutes_left,
            }
            shape = {**output.plain(unit, desk.zone), "coverage": covered, "tickets": output.plain(past, desk.zone)}
            output.document(shape, desk.zone)
            return
        output.data(f"#{unit.id} {unit.name}")
        output.fields(
            [
                (_("Client"), f"{unit.client} (#{unit.client_id})"),
                (_("Site"), unit.site),
                (_("Part of"), f"{unit.parent} (#{unit.parent_id})" if unit.parent_id else ""),
                (_("Inventory number"), unit.inventory_number),
                (_("Serial number"), unit.serial_number),
                (_("Status"), unit.status.value),
                (_("Installed"), str(unit.installed_on or "")),
                (_("Warranty until"), str(unit.warranty_until or "")),
                (_("Coverage"), say(verdict.sentence)),
                (_("Note"), unit.note),
            ]
        )
        if past:
            output.heading(_("Tickets"))
            output.table(
                (_("Id"), _("Created"), _("Status"), _("Assignee"), _("Subject")),
                [
                    (
                        str(row.id),
                        output.local(row.created, desk.zone),
                        _(row.status_name),
                        row.assignee or "-",
                        row.subject,
                    )
                    for row in past
                ],
                elastic=4,
            )
