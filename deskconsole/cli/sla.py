"""`deskconsole sla ...`: policies, what they are bound to, which clocks stand, and why a ticket is due when it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import finding, output, sla_account, sla_replay, sla_values, values
from deskconsole.cli.context import Json, Key, opened, refuse_contractors
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.sla_policy import Level
from deskconsole.domain.text import fold
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.sla import PolicyRow
    from deskconsole.desk.clock_pass import Recomputed
    from deskconsole.desk.desk import Desk

WHERE = ("--line", "--contract", "--client", "--category", "--service", "--default")

sla = group("sla", mark("SLA policies, the clocks of tickets, and why a ticket is due when it is."))

Name = Annotated[str, typer.Argument(metavar="NAME", help=mark("The policy's name."))]
OfClient = Annotated[
    str | None, typer.Option("--client", metavar="WHO", help=mark("Name, tax number, phone, or #id of the client."))
]
OfContract = Annotated[
    str | None, typer.Option("--contract", metavar="NUMBER", help=mark("The contract's number, or #id."))
]
OfLine = Annotated[
    str | None, typer.Option("--line", metavar="ID", help=mark("A line of a contract, from contract show."))
]
OfCategory = Annotated[str | None, typer.Option("--category", metavar="NAME", help=mark("Clients of that category."))]
OfService = Annotated[str | None, typer.Option("--service", metavar="CODE", help=mark("Work of that service."))]
OfAll = Annotated[bool, typer.Option("--default", help=mark("Everything nothing else is bound to."))]


@dataclass(frozen=True)
class Bond:
    """What a policy is bound to: a row of the level's table or a client category."""

    level: Level
    row_id: int | None = None
    category: str = ""


@sla.command("list", cls=DeskCommand, help=mark("List the policies, and the calendar of those that name none."))
def list_policies(ctx: typer.Context, as_json: Json = False) -> None:
    """List the policies."""
    with opened(ctx) as desk:
        from deskconsole.data.queries import sla as queries
        from deskconsole.desk import sla as verbs

        found, usual = desk.read(queries.policies), desk.read(verbs.default_calendar)
        if as_json:
            output.document({"default_calendar": usual or None, "policies": found}, desk.zone)
            return
        output.table(
            (_("Name"), _("Calendar"), _("Targets"), _("Warnings"), _("Bound to"), _("In use")),
            [
                (
                    row.name,
                    row.calendar or "-",
                    str(len(row.targets)),
                    sla_values.percents_text(row.warn_percents),
                    "; ".join(sla_values.bond_text(bond) for bond in row.bindings) or "-",
                    _("yes") if row.is_active else _("no"),
                )
                for row in found
            ],
            elastic=4,
        )
        output.words(_usual_calendar(usual))


@sla.command("show", cls=DeskCommand, help=mark("Show a policy: its targets, calendar, warnings and bindings."))
def show(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Show one policy."""
    with opened(ctx) as desk:
        from deskconsole.desk import sla as verbs

        row = _policy(desk, name)
        if as_json:
            output.document(row, desk.zone)
            return
        output.data(row.name)
        usual = desk.read(verbs.default_calendar)
        output.fields(
            [
                (_("Calendar"), row.calendar or _usual_calendar(usual)),
                (_("Warnings"), sla_values.percents_text(row.warn_percents)),
                (_("In use"), _("yes") if row.is_active else _("no")),
            ]
        )
        output.heading(_("Targets"))
        output.table(
            (_("Clock"), _("Time"), _("Priority"), _("Type"), _("Service")),
            [
                (
                    say(clock_name(target.clock)),
                    sla_values.minutes_text(target.minutes),
                    str(target.priority or _("any")),
                    target.ticket_type or _("any"),
                    target.service or _("any"),
                )
                for target in row.targets
            ],
        )
        if row.bindings:
            output.heading(_("Bound to"))
            for bond in row.bindings:
                output.data(sla_values.bond_text(bond))


@sla.command("set", cls=DeskCommand, help=mark("Make a policy or change one; what is not named stays."))
def set_policy(
    ctx: typer.Context,
    name: Name,
    calendar: Annotated[
        str | None, typer.Option("--calendar", metavar="NAME", help=mark("The calendar it runs on."))
    ] = None,
    desk_calendar: Annotated[
        bool, typer.Option("--desk-calendar", help=mark("It runs on the calendar of the desk."))
    ] = False,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="TEXT",
            help=mark(
                'For example "resolution 8h" or "first_response 1h prio=1 type=visit service=repair"; replaces all.'
            ),
        ),
    ] = None,
    warn: Annotated[
        str | None, typer.Option("--warn", metavar="LIST", help=mark("Warn at these percents: 50,75,90,100; or none."))
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make or change a policy."""
    operation = values.operation_key(key)
    percents = sla_values.read_percents(warn) if warn is not None else None
    if calendar and desk_calendar:
        raise InvalidInput(mark("Name either --calendar or --desk-calendar."))
    with opened(ctx) as desk:
        from deskconsole.desk import sla as verbs

        read = [sla_values.read_target(text, lambda typed: finding.service(desk, typed)) for text in targets or ()]
        verbs.put_policy(
            desk,
            name,
            calendar=verbs.DESK_CALENDAR if desk_calendar else calendar,
            targets=read or None,
            warn_percents=percents,
            key=operation,
        )
        _done(desk, name, as_json=as_json)


@sla.command("bind", cls=DeskCommand, help=mark("Let a policy hold for a client, contract, line, category or service."))
def bind(
    ctx: typer.Context,
    name: Name,
    line: OfLine = None,
    contract: OfContract = None,
    client: OfClient = None,
    category: OfCategory = None,
    service: OfService = None,
    default: OfAll = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Bind a policy."""
    operation = values.operation_key(key)
    typed = (line, contract, client, category, service, default)
    with opened(ctx) as desk:
        from deskconsole.desk import sla as verbs

        bond = _bond(desk, *typed)
        before = verbs.bind(desk, name, bond.level, row_id=bond.row_id, category=bond.category, key=operation)
        for other in before:
            output.words(_('"{name}" is bound there no longer.').format(name=other))
        _done(desk, name, as_json=as_json)


@sla.command("unbind", cls=DeskCommand, help=mark("Let a policy hold there no longer."))
def unbind(
    ctx: typer.Context,
    name: Name,
    line: OfLine = None,
    contract: OfContract = None,
    client: OfClient = None,
    category: OfCategory = None,
    service: OfService = None,
    default: OfAll = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Unbind a policy."""
    operation = values.operation_key(key)
    typed = (line, contract, client, category, service, default)
    with opened(ctx) as desk:
        from deskconsole.desk import sla as verbs

        bond = _bond(desk, *typed)
        verbs.unbind(desk, name, bond.level, row_id=bond.row_id, category=bond.category, key=operation)
        _done(desk, name, as_json=as_json)


@sla.command("retire", cls=DeskCommand, help=mark("Put a policy out of use; sla set takes it into use again."))
def retire(ctx: typer.Context, name: Name, key: Key = None, as_json: Json = False) -> None:
    """Put a policy out of use."""
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import sla as verbs

        verbs.retire(desk, name, key=operation)
        _done(desk, name, as_json=as_json)


@sla.command("calendar", cls=DeskCommand, help=mark("Show or choose the calendar of policies that name none."))
def calendar(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help=mark("The calendar; without it, it is shown."))
    ] = None,
    none: Annotated[bool, typer.Option("--none", help=mark("Time runs day and night."))] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show or choose the calendar of the desk."""
    operation = values.operation_key(key)
    if name and none:
        raise InvalidInput(mark("Name either a calendar or --none."))
    with opened(ctx) as desk:
        from deskconsole.desk import sla as verbs

        moved = None
        if name or none:
            verbs.set_default_calendar(desk, name, key=operation)
            moved = recomputed(desk)
        usual = desk.read(verbs.default_calendar)
        if as_json:
            shape = {"default_calendar": usual or None}
            output.document({**shape, "recomputed": moved} if moved is not None else shape, desk.zone)
        else:
            output.data(usual or "-")


@sla.command("clocks", cls=DeskCommand, help=mark("Show or change which clocks stand in which status."))
def clocks(
    ctx: typer.Context,
    status: Annotated[
        str | None, typer.Argument(metavar="STATUS", help=mark("The status to change; without it, all are shown."))
    ] = None,
    stand: Annotated[
        str | None, typer.Option("--stand", metavar="CLOCKS", help=mark("Clocks that stand in it: resolution,update."))
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="CLOCKS", help=mark("Clocks that run in it: resolution,update."))
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show or change the table of standing clocks."""
    operation = values.operation_key(key)
    standing, running = sla_values.read_clocks(stand), sla_values.read_clocks(run)
    if bool(standing or running) != bool(status):
        raise InvalidInput(mark("Name a status, and which clocks --stand or --run in it; or nothing, to see all."))
    with opened(ctx) as desk:
        from deskconsole.data.queries import sla as queries
        from deskconsole.desk import sla as verbs

        moved = None
        if status:
            verbs.set_standing(desk, finding.status(desk, status), stand=standing, run=running, key=operation)
            moved = recomputed(desk)
        rows = desk.read(queries.standing)
        if as_json:
            output.document({"statuses": rows, "recomputed": moved} if moved else {"statuses": rows}, desk.zone)
            return
        output.table(
            (_("Status"), _("Name"), _("Clocks that stand")),
            [
                (
                    row.status,
                    _(row.name),
                    ", ".join(clock.value for clock in row.clocks) if row.category.is_open else _("all"),
                )
                for row in rows
            ],
        )


@sla.command("recompute", cls=DeskCommand, help=mark("Derive the open tickets that the rules have changed for."))
def recompute(ctx: typer.Context, as_json: Json = False) -> None:
    """Derive open tickets anew."""
    with opened(ctx) as desk:
        moved = recomputed(desk)
        if as_json:
            output.document(moved, desk.zone)


sla.command("explain", cls=DeskCommand, help=mark("Explain a ticket's clocks: policy, target, every interval."))(
    sla_account.explain
)
sla.command("replay", cls=DeskCommand, help=mark("Try an SLA on histories: JSON lines in, JSON lines out."))(
    sla_replay.replay
)


def recomputed(desk: Desk) -> Recomputed:
    """Derive what the rules have changed for, and say how many dues moved; how far it is goes to standard error."""
    from deskconsole.desk import clock_pass

    progress = output.Progress(_("Clocks"))
    moved = clock_pass.recompute(desk, progress=progress)
    progress.close()
    said = ngettext(
        "{tickets} open ticket derived anew; the due of {moved} moved.",
        "{tickets} open tickets derived anew; the due of {moved} moved.",
        moved.tickets,
    )
    output.words(said.format(tickets=moved.tickets, moved=moved.moved))
    return moved


def _done(desk: Desk, name: str, *, as_json: bool) -> None:
    """Bring the tickets in step with a change of a policy, and say how it stands."""
    moved = recomputed(desk)
    if as_json:
        output.document({**output.plain(_policy(desk, name), desk.zone), "recomputed": moved}, desk.zone)


def _policy(desk: Desk, name: str) -> PolicyRow:
    from deskconsole.data.queries import sla as queries

    rows = desk.read(queries.policies)
    found = [row for row in rows if row.name == name] or [row for row in rows if fold(row.name) == fold(name)]
    if not found:
        names = ", ".join(row.name for row in rows) or "-"
        raise NotFound(mark('There is no SLA policy "{name}"; there is {names}.'), name=name[:40], names=names)
    return found[0]


def _usual_calendar(usual: str) -> str:
    if not usual:
        return _("The desk has no calendar: time runs day and night.")
    return _("the desk's: {name}").format(name=usual)


def _bond(
    desk: Desk,
    line: str | None,
    contract: str | None,
    client: str | None,
    category: str | None,
    service: str | None,
    default: bool,
) -> Bond:
    """The one thing the options name.

    Raises:
        InvalidInput: they name none or several.
    """
    refuse_contractors(desk)
    named = [
        option
        for option, typed in zip(WHERE, (line, contract, client, category, service, default), strict=True)
        if typed
    ]
    if len(named) != 1:
        raise InvalidInput(mark("Name exactly one of {options}."), options=", ".join(WHERE))
    if line:
        return Bond(Level.CONTRACT_LINE, values.one_id(line))
    if contract:
        return Bond(Level.CONTRACT, finding.contract(desk, contract).id)
    if client:
        return Bond(Level.CLIENT, finding.caller(desk, client).client_id)
    if category:
        return Bond(Level.CATEGORY, category=category)
    return Bond(Level.SERVICE, finding.service(desk, service)) if service else Bond(Level.DEFAULT)
