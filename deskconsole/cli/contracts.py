"""`deskconsole contract ...`: a contract and what it covers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import finding, output
from deskconsole.cli.context import Json, opened, refuse_contractors
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.clients import ContractLineRow, ContractRow
    from deskconsole.data.queries.contracts import FoundContract

contracts = group("contract", mark("Contracts: show."))


@contracts.command("show", cls=DeskCommand, help=mark("Show a contract in the version in force, with its lines."))
def show(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=mark("The contract's number, or #id."))],
    as_json: Json = False,
) -> None:
    """Show one contract."""
    with opened(ctx) as desk:
        refuse_contractors(desk)
        from deskconsole.data.queries import clients as queries

        found = finding.contract(desk, number)
        today = desk.now().astimezone(desk.zone).date()
        (row,) = [row for row in desk.read(queries.contracts, found.client_id, today) if row.id == found.id]
        if as_json:
            shape = {**output.plain(row, desk.zone), "client_id": found.client_id, "client": found.client}
            output.document(shape, desk.zone)
        else:
            _write(found, row, today)


def _write(found: FoundContract, row: ContractRow, today: date) -> None:
    output.data(f"#{row.id} {row.number} {row.title}".rstrip())
    output.fields(
        [
            (_("Client"), f"{found.client} (#{found.client_id})"),
            (_("From"), str(row.starts_on)),
            (_("To"), str(row.ends_on or _("open end"))),
            (_("State"), state_of(row, today)),
            (_("Version"), _("from {day}, one of {count}").format(day=row.effective_from, count=row.versions)),
            (_("Payment"), _payment(row)),
            (_("Rounding"), say(duration_text(row.charge_unit_minutes)) if row.charge_unit_minutes else _("none")),
            (_("Hours a month"), say(duration_text(row.minutes_per_month)) if row.minutes_per_month else ""),
        ]
    )
    output.heading(_("Lines"))
    output.table(
        (_("Id"), _("Covers"), _("What"), _("Paid by"), _("Services"), _("Not")),
        [
            (
                str(line.id),
                line.scope.value,
                _what(line),
                line.funding.value,
                ", ".join(_(name) for name in line.included_services) or _("all"),
                ", ".join(_(name) for name in line.excluded_services) or "-",
            )
            for line in row.lines
        ],
    )


def state_of(row: ContractRow, today: date) -> str:
    """Whether the contract is in force on a day, in a word."""
    if row.ends_on is not None and row.ends_on < today:
        return _("ended")
    if today < row.starts_on:
        return _("not begun")
    return _("suspended") if row.is_suspended else _("in force")


def _payment(row: ContractRow) -> str:
    if not row.must_be_paid:
        return _("covers unpaid too")
    return ngettext("{count} day of grace", "{count} days of grace", row.grace_days).format(count=row.grace_days)


def _what(line: ContractLineRow) -> str:
    name = line.equipment or line.site or _("all of the client's")
    return _("{unit} with its parts").format(unit=name) if line.includes_children else name
