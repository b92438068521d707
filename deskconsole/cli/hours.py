"""`deskconsole hours ...`: the ledger of prepaid hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import finding, output, ticket_view, values
from deskconsole.cli.context import Json, Key, opened, refuse_contractors
from deskconsole.cli.usage import DeskCommand, MinutesCommand, group
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.desk.desk import Desk

hours = group("hours", mark("Prepaid hours: show, grant, adjust, expire."))

Who = Annotated[
    str, typer.Argument(metavar="WHO", help=mark("Name, tax number, phone, contract, unit's number, or #id."))
]


@hours.command("show", cls=DeskCommand, help=mark("Show a client's balance, lots and movements."))
def show(ctx: typer.Context, who: Who, as_json: Json = False) -> None:
    """Show a client's hours."""
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.data.queries import hours as queries

        found = finding.caller(desk, who)
        today = desk.now().astimezone(desk.zone).date()
        balance = desk.read(queries.balance, found.client_id, today)
        lots, entries = desk.read(queries.lots_of, found.client_id), desk.read(queries.ledger, found.client_id)
        if as_json:
            shape = {"client_id": found.client_id, "client": found.client, **output.plain(balance, desk.zone)}
            output.document({**shape, "lots": lots, "entries": entries}, desk.zone)
            return
        output.data(f"#{found.client_id} {found.client}")
        output.data(ticket_view.hours_words(desk, found.client_id) or _("No prepaid hours."))
        if lots:
            output.heading(_("Lots"))
            output.table(
                (_("Id"), _("Bought"), _("Expires"), _("Granted"), _("Left"), _("Reserved"), _("Contract"), _("Note")),
                [
                    (
                        str(lot.id),
                        str(lot.bought_on),
                        str(lot.expires_on or "-"),
                        say(duration_text(lot.granted)),
                        say(duration_text(lot.remaining)),
                        say(duration_text(lot.reserved)),
                        lot.contract_number or "-",
                        lot.note,
                    )
                    for lot in lots
                ],
            )
        if entries:
            output.heading(_("Movements"))
            output.table(
                (_("When"), _("Lot"), _("Kind"), _("Time"), _("Ticket"), _("Person"), _("Reason")),
                [
                    (
                        output.local(entry.at, desk.zone),
                        str(entry.lot_id),
                        entry.kind,
                        say(duration_text(entry.minutes)),
                        str(entry.ticket_id or "-"),
                        entry.person or "-",
                        entry.reason,
                    )
                    for entry in entries
                ],
            )


@hours.command("grant", cls=MinutesCommand, help=mark("Give a client a lot of prepaid time; prints its number."))
def grant(
    ctx: typer.Context,
    who: Who,
    time: Annotated[str, typer.Argument(metavar="TIME", help=mark("Minutes or hours: 600, 10h, 1h30."))],
    bought: Annotated[
        str | None, typer.Option("--bought", metavar="DAY", help=mark("When it was bought; else today."))
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DAY", help=mark("The last day it can be used."))
    ] = None,
    contract: Annotated[
        str | None, typer.Option("--contract", metavar="NUMBER", help=mark("For this contract only."))
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help=mark("What for."))] = "",
    key: Key = None,
) -> None:
    """Give a client prepaid time."""
    length, operation = values.signed_minutes(time), values.operation_key(key)
    bought_on, expires_on = values.day(bought), values.day(expires)
    if length <= 0:
        raise InvalidInput(mark("Hours to grant must be more than zero, not {minutes} minutes."), minutes=length)
    with opened(ctx) as desk:
        from deskconsole.desk import hours as verbs

        client_id = finding.caller(desk, who).client_id
        contract_id = finding.contract(desk, contract).id if contract else None
        lot = verbs.grant(
            desk,
            client_id,
            length,
            bought_on=bought_on,
            expires_on=expires_on,
            contract_id=contract_id,
            note=note,
            key=operation,
        )
        output.data(lot)
        _say_balance(desk, client_id)


@hours.command("adjust", cls=MinutesCommand, help=mark("Correct a lot by signed minutes, with the reason."))
def adjust(
    ctx: typer.Context,
    lot: Annotated[str, typer.Argument(metavar="LOT", help=mark("The lot's number, from hours show."))],
    time: Annotated[str, typer.Argument(metavar="TIME", help=mark("Minutes or hours, -30 to take away."))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why; it stays in the ledger."))],
    key: Key = None,
) -> None:
    """Correct a lot."""
    number, length, operation = values.one_id(lot), values.signed_minutes(time), values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import hours as verbs

        output.data(verbs.adjust(desk, number, length, reason=reason, key=operation))
        output.words(_("Lot {id} adjusted by {time}.").format(id=number, time=say(duration_text(length))))


@hours.command("expire", cls=DeskCommand, help=mark("Write off what is left in lots past their last day."))
def expire(ctx: typer.Context, who: Who, key: Key = None) -> None:
    """Write off what has expired."""
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.desk import hours as verbs

        client_id = finding.caller(desk, who).client_id
        lost = verbs.expire(desk, client_id, key=operation)
        output.data(lost)
        output.words(_("{time} written off.").format(time=say(duration_text(lost))))
        _say_balance(desk, client_id)


def _say_balance(desk: Desk, client_id: int) -> None:
    if text := ticket_view.hours_words(desk, client_id):
        output.words(text)
