"""`deskconsole client ...`: who the clients are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import finding, output, ticket_view, values
from deskconsole.cli.context import Json, opened, refuse_contractors, viewer
from deskconsole.cli.contracts import state_of
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import words as words_of
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.data.queries.clients import ClientCard, ClientRow
    from deskconsole.desk.desk import Desk

CHUNK = 1000

clients = group("client", mark("Clients: list, show."))


@clients.command("list", cls=DeskCommand, help=mark("List clients, all or those with these words in their name."))
def list_clients(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help=mark("Words of the name, in any case."))
    ] = None,
    limit: Annotated[str, typer.Option("--limit", metavar="N", help=mark("At most so many; 0 = all."))] = "0",
    as_json: Json = False,
) -> None:
    """List clients."""
    most = values.number(limit, "--limit")
    with opened(ctx) as desk:
        refuse_contractors(desk)
        wanted = words_of(" ".join(words or ()))
        found = [row for row in _all(desk) if all(word in " ".join(words_of(row.name)) for word in wanted)]
        shown = found[:most] if most else found
        if as_json:
            output.documents(shown, desk.zone)
            return
        output.table(
            (_("Id"), _("Has open"), _("Payment"), _("Category"), _("Region"), _("Name")),
            [
                (str(row.id), str(row.open_tickets), row.pay_state.value, row.category, row.region, row.name)
                for row in shown
            ],
            elastic=5,
        )
        if len(shown) < len(found):
            output.words(_("{shown} of {total} clients.").format(shown=len(shown), total=len(found)))


@clients.command("show", cls=DeskCommand, help=mark("Show a client: payment, contracts, hours, equipment, people."))
def show(
    ctx: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="WHO", help=mark("Name, tax number, phone, contract, unit's number, or #id."))
    ],
    as_json: Json = False,
) -> None:
    """Show one client."""
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.data.queries import clients as queries
        from deskconsole.data.queries import hours

        number = finding.caller(desk, who).client_id
        today = desk.now().astimezone(desk.zone).date()
        card = desk.read(queries.card, number, viewer(desk), today)
        if as_json:
            balance = output.plain(desk.read(hours.balance, number, today), desk.zone)
            months = output.plain(desk.read(queries.time_by_month, number), desk.zone)
            shape = {**output.plain(card, desk.zone), "hours": balance, "time_by_month": months}
            output.document(shape, desk.zone)
            return
        _head(desk, card)
        _contracts(card, today)
        _places(card)
        _units(card)
        _months(desk, card)


def _all(desk: Desk) -> list[ClientRow]:
    """Every client; names are compared here, where ё and е, and all cases, are known."""
    from deskconsole.data.queries import clients as queries

    found: list[ClientRow] = []
    while len(page := desk.read(queries.clients, limit=CHUNK, offset=len(found))) == CHUNK:
        found += page
    return found + list(page)


def _head(desk: Desk, card: ClientCard) -> None:
    output.data(f"#{card.id} {card.name}")
    debt = output.money(card.payment.debt_minor, card.payment.currency)
    output.fields(
        [
            (_("Category"), card.category),
            (_("Region"), card.region),
            (_("Payment"), " ".join(filter(None, (ticket_view.payment_words(card.payment, desk.now()), debt)))),
            (_("Hours"), ticket_view.hours_words(desk, card.id)),
            (_("Tickets"), _("{open} open of {all}").format(open=card.open_tickets, all=card.all_tickets)),
            (_("Legal persons"), "; ".join(f"{row.name} {row.country} {row.tax_number}" for row in card.entities)),
            (_("Note"), card.note),
        ]
    )


def _contracts(card: ClientCard, today: date) -> None:
    if not card.contracts:
        return
    output.heading(_("Contracts"))
    output.table(
        (_("Id"), _("Number"), _("From"), _("To"), _("State"), _("Lines")),
        [
            (
                str(row.id),
                row.number,
                str(row.starts_on),
                str(row.ends_on or "-"),
                state_of(row, today),
                str(len(row.lines)),
            )
            for row in card.contracts
        ],
    )


def _places(card: ClientCard) -> None:
    if card.sites:
        output.heading(_("Sites"))
        rows = [(str(row.id), row.name, row.city, row.address) for row in card.sites]
        output.table((_("Id"), _("Name"), _("City"), _("Address")), rows)
    if card.contacts:
        output.heading(_("People"))
        people = [(row.name, row.position, row.phone, row.email) for row in card.contacts]
        output.table((_("Name"), _("Position"), _("Phone"), _("E-mail")), people)


def _units(card: ClientCard) -> None:
    if not card.units:
        return
    output.heading(_("Equipment"))
    output.table(
        (_("Id"), _("Status"), _("Inventory number"), _("Serial number"), _("Name")),
        [
            (str(row.id), row.status.value, row.inventory_number, row.serial_number, "  " * row.depth + row.name)
            for row in card.units
        ],
    )


def _months(desk: Desk, card: ClientCard) -> None:
    from deskconsole.data.queries import clients as queries

    months = desk.read(queries.time_by_month, card.id)
    if not months:
        return
    output.heading(_("Time by month"))
    output.table(
        (_("Month"), _("Worked"), _("Charged"), _("Tickets")),
        [
            (
                f"{row.year}-{row.month:02d}",
                say(duration_text(row.worked)),
                say(duration_text(row.charged)),
                str(row.tickets),
            )
            for row in months
        ],
    )
