"""`deskconsole ticket ...`: listing and changing tickets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import typer

from deskconsole.cli import finding, output, ticket_view, ticket_work, values
from deskconsole.cli.context import Id, Ids, Json, Key, opened, viewer
from deskconsole.cli.usage import DeskCommand, MinutesCommand, WordsCommand, group
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.idset import format_ids
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Priority
from deskconsole.domain.ticket_filter import Filter, parse
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.tickets import QueueRow, Sort
    from deskconsole.desk.desk import Desk
    from deskconsole.desk.time import Logged

DEFAULT_FILTER = "status:open"
USUAL_ROWS = 100
CHUNK = 500
EVERYTHING = 2**62
PRIORITIES = {**{str(value.value): value for value in Priority}, **{value.name.lower(): value for value in Priority}}

tickets = group("ticket", mark("Tickets: register, list, assign, move, write, log time."))


@tickets.command("list", cls=WordsCommand, help=mark("List tickets by the queue's filter language."))
def list_tickets(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILTER", help=mark("As in the queue; without one: status:open.")),
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", metavar="FIELD", help=mark("The order: due, -created, priority, client ..."))
    ] = "due",
    limit: Annotated[
        str | None,
        typer.Option("--limit", metavar="N", help=mark("At most so many; 0 = all (the table's usual is 100).")),
    ] = None,
    ids: Annotated[bool, typer.Option("--ids", help=mark("Numbers only, one a line."))] = False,
    as_json: Json = False,
) -> None:
    """List tickets."""
    most = values.number(limit, "--limit") if limit is not None else None
    order = read_sort(sort)
    with opened(ctx) as desk:
        from deskconsole.data.queries import tickets as queries

        wanted = read_filter(desk, " ".join(words or ()).strip() or DEFAULT_FILTER)
        listing = queries.Listing(wanted, order, viewer(desk))
        usual = 0 if ids or as_json else USUAL_ROWS
        room = (usual if most is None else most) or EVERYTHING
        found = desk.read(queries.ids, listing, limit=room)
        if ids:
            for number in found:
                output.data(number)
        elif as_json:
            output.documents(rows_of(desk, found), desk.zone)
        else:
            _table(desk, list(rows_of(desk, found)))
            total = desk.read(queries.count, listing) if len(found) == room else len(found)
            if total > len(found):
                output.words(
                    _("{shown} of {total} tickets; --limit 0 lists all.").format(shown=len(found), total=total)
                )
            elif not found:
                output.words(_("No tickets."))


@tickets.command("show", cls=DeskCommand, help=mark("Show a ticket with its history."))
def show(ctx: typer.Context, ticket: Id, as_json: Json = False) -> None:
    """Show one ticket."""
    number = values.one_id(ticket)
    with opened(ctx) as desk:
        ticket_view.show(desk, number, viewer(desk), as_json=as_json)


@tickets.command("new", cls=DeskCommand, help=mark("Register a call; prints the ticket's number."))
def new(
    ctx: typer.Context,
    subject: Annotated[str, typer.Option("--subject", metavar="TEXT", help=mark("What is wrong, in a few words."))],
    client: Annotated[
        str | None,
        typer.Option("--client", metavar="WHO", help=mark("Name, tax number, phone, contract, unit's number, or #id.")),
    ] = None,
    equipment: Annotated[
        str | None, typer.Option("--equipment", metavar="NUMBER", help=mark("Inventory or serial number, or #id."))
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="CODE", help=mark("The service asked for, by code or name."))
    ] = None,
    body: Annotated[
        str, typer.Option("--body", metavar="TEXT", help=mark("The caller's story; - for standard input."))
    ] = "",
    priority: Annotated[
        str, typer.Option("--priority", metavar="P", help=mark("1 critical, 2 high, 3 normal, 4 low."))
    ] = "3",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help=mark("incident, request or visit."))] = "incident",
    channel: Annotated[
        str, typer.Option("--channel", metavar="CHANNEL", help=mark("How the call came: phone, email, portal ..."))
    ] = "phone",
    due: Annotated[
        str | None, typer.Option("--due", metavar="TIME", help=mark("Deadline: 2h, 2026-12-01 14:00 or ISO."))
    ] = None,
    wished: Annotated[
        str | None, typer.Option("--wished", metavar="TIME", help=mark("When the client wishes it done."))
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="POLICY", help=mark("Not covered: refuse, sales, one_off, low_priority.")),
    ] = None,
    assign: Annotated[
        str | None, typer.Option("--assign", metavar="LOGIN", help=mark("Give it to a person at once."))
    ] = None,
    key: Key = None,
) -> None:
    """Register a call."""
    from deskconsole.cli.registering import Typed, register

    typed = Typed(
        subject=subject,
        client=client,
        equipment=equipment,
        service=service,
        body=values.text(body),
        priority=read_priority(priority, "--priority"),
        kind=kind,
        channel=channel,
        due=due,
        wished=wished,
        policy=policy,
        assign=assign,
    )
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        register(desk, typed, operation)


@tickets.command("assign", cls=DeskCommand, help=mark("Give tickets to a person, in one transaction."))
def assign_tickets(
    ctx: typer.Context,
    ids: Ids,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help=mark("Login or name; me; none for nobody."))],
    key: Key = None,
) -> None:
    """Assign tickets."""
    numbers, operation = values.id_set(ids), values.operation_key(key) or uuid4()
    with opened(ctx) as desk:
        from deskconsole.desk.tickets import assign

        who = None if login == "none" else finding.person(desk, login)
        _changed(numbers, assign(desk, numbers, who, key=operation) if numbers else [], operation)


@tickets.command("status", cls=DeskCommand, help=mark("Move tickets into a status, all or none."))
def set_tickets_status(
    ctx: typer.Context,
    ids: Ids,
    status: Annotated[str, typer.Argument(metavar="STATUS", help=mark("The status's code or name."))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why, where it must be said."))] = "",
    key: Key = None,
) -> None:
    """Move tickets into a status."""
    numbers, operation = values.id_set(ids), values.operation_key(key) or uuid4()
    with opened(ctx) as desk:
        from deskconsole.desk.tickets import set_status

        code = finding.status(desk, status)
        _changed(numbers, set_status(desk, numbers, code, reason=reason, key=operation) if numbers else [], operation)


@tickets.command("priority", cls=DeskCommand, help=mark("Give tickets a priority, in one transaction."))
def set_tickets_priority(
    ctx: typer.Context,
    ids: Ids,
    priority: Annotated[str, typer.Argument(metavar="P", help=mark("1 critical, 2 high, 3 normal, 4 low."))],
    key: Key = None,
) -> None:
    """Give tickets a priority."""
    numbers, operation = values.id_set(ids), values.operation_key(key) or uuid4()
    wanted = read_priority(priority, _("The priority"))
    with opened(ctx) as desk:
        from deskconsole.desk.tickets import set_priority

        _changed(numbers, set_priority(desk, numbers, wanted, key=operation) if numbers else [], operation)


@tickets.command("undo", cls=DeskCommand, help=mark("Take back an assignment, status or priority by its key."))
def undo_operation(
    ctx: typer.Context,
    operation: Annotated[str, typer.Argument(metavar="UUID", help=mark("The key the command said or was given."))],
    key: Key = None,
) -> None:
    """Take a change back."""
    wanted, own = values.operation_key(operation), values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk.undo import undo

        if wanted is not None:
            changed = undo(desk, wanted, key=own)
            _say_ids(changed)
            output.words(_("Taken back on {ids}.").format(ids=format_ids(changed)))


@tickets.command("note", cls=DeskCommand, help=mark("Write an internal note; clients never see it."))
def note(
    ctx: typer.Context,
    ticket: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=mark("The text; - for standard input."))],
    key: Key = None,
) -> None:
    """Write an internal note."""
    number, operation, said = values.one_id(ticket), values.operation_key(key), values.text(text)
    with opened(ctx) as desk:
        from deskconsole.desk import tickets as verbs

        output.data(verbs.note(desk, number, said, key=operation))
        output.words(_("Note written on ticket {id}.").format(id=number))


@tickets.command("reply", cls=DeskCommand, help=mark("Write an answer to the client."))
def reply(
    ctx: typer.Context,
    ticket: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=mark("The text; - for standard input."))],
    key: Key = None,
) -> None:
    """Answer the client."""
    number, operation, said = values.one_id(ticket), values.operation_key(key), values.text(text)
    with opened(ctx) as desk:
        from deskconsole.desk import tickets as verbs

        output.data(verbs.reply(desk, number, said, key=operation))
        output.words(_("Reply written on ticket {id}.").format(id=number))


@tickets.command("time", cls=MinutesCommand, help=mark("Log time worked; prints the entry's number."))
def log_time(
    ctx: typer.Context,
    ticket: Id,
    worked: Annotated[str, typer.Argument(metavar="MINUTES", help=mark("90, 1h30 or 2h."))],
    charged: Annotated[
        str | None,
        typer.Option("--charged", metavar="MINUTES", help=mark("Charged; else rounded by the contract.")),
    ] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="LOGIN", help=mark("Who worked; else you."))] = None,
    text: Annotated[str, typer.Option("--note", metavar="TEXT", help=mark("What was done."))] = "",
    key: Key = None,
) -> None:
    """Log time worked."""
    number, operation, length = values.one_id(ticket), values.operation_key(key), values.minutes(worked)
    charge = values.minutes(charged) if charged is not None else None
    with opened(ctx) as desk:
        from deskconsole.desk import time as verbs

        who = finding.person(desk, person) if person else None
        logged = verbs.log_time(desk, number, length, charged=charge, person_id=who, note=text, key=operation)
        output.data(logged.entry_id)
        _say_logged(desk, number, logged)


tickets.command("client-said", cls=DeskCommand, help=mark("Write down what the client said, by phone for example."))(
    ticket_work.client_said
)
tickets.command("arrive", cls=DeskCommand, help=mark("Note that somebody is at the client's."))(ticket_work.arrive)
tickets.command("check", cls=DeskCommand, help=mark("Tick a point of a ticket's checklist off."))(ticket_work.check)


def read_filter(desk: Desk, text: str) -> Filter:
    """A filter line as the person at the desk means it."""
    from deskconsole.desk.workflow import load

    codes = [status.code for status in desk.read(load).statuses]
    return parse(text, now=desk.now(), zone=desk.zone, statuses=codes)


def read_sort(typed: str) -> Sort:
    """An order as it is typed: `due`, `-created`."""
    from deskconsole.data.queries.tickets import SORTS, Sort

    name = typed.removeprefix("-")
    by = "priority" if name == "prio" else values.choice(name, SORTS, "--sort")
    return Sort(by, typed.startswith("-"))


def read_priority(typed: str, option: str) -> Priority:
    """A priority as it is typed: `1` to `4`, or its name."""
    return PRIORITIES[values.choice(typed, PRIORITIES, option)]


def rows_of(desk: Desk, numbers: Sequence[int]) -> Iterator[QueueRow]:
    """The rows of tickets, read in chunks: there may be a million; a clock that is overdue now is breached."""
    from deskconsole.data.queries import tickets as queries

    now = desk.now()
    for start in range(0, len(numbers), CHUNK):
        for row in desk.read(queries.rows, numbers[start : start + CHUNK]):
            yield queries.as_of(row, now)


def _table(desk: Desk, rows: Sequence[QueueRow]) -> None:
    now = desk.now()
    output.table(
        (
            _("Id"),
            _("Prio"),
            _("Status"),
            _("Due"),
            _("Left"),
            _("Coverage"),
            _("Assignee"),
            _("Client"),
            _("Subject"),
        ),
        [
            (
                str(row.id),
                str(row.priority),
                _(row.status_name),
                output.local(row.due, desk.zone),
                ticket_view.left_words(row, now),
                row.coverage.value if row.coverage else "-",
                row.assignee or "-",
                row.client or "-",
                row.subject,
            )
            for row in rows
        ],
        elastic=8,
    )


def _changed(asked: Sequence[int], changed: Sequence[int], operation: UUID) -> None:
    """Print the tickets that changed; say what stayed, and how to take it back."""
    _say_ids(changed)
    if not asked:
        output.words(_("No tickets; nothing was written."))
        return
    text = ngettext("{count} ticket changed.", "{count} tickets changed.", len(changed)).format(count=len(changed))
    if same := len(set(asked)) - len(changed):
        text += " " + ngettext("{count} was so already.", "{count} were so already.", same).format(count=same)
    if changed:
        text += " " + _("Take it back with: deskconsole ticket undo {key}").format(key=operation)
    output.words(text)


def _say_ids(changed: Sequence[int]) -> None:
    for number in changed:
        output.data(number)


def _say_logged(desk: Desk, number: int, logged: Logged) -> None:
    """The balance moves; say where it stands."""
    parts = [
        _("{worked} worked, {charged} charged.").format(
            worked=say(duration_text(logged.worked)), charged=say(duration_text(logged.charged))
        )
    ]
    if spent := sum(minutes for _lot, minutes in logged.spent):
        parts.append(_("{time} taken from prepaid hours.").format(time=say(duration_text(spent))))
    if logged.uncovered:
        parts.append(
            _("{time} is covered by no hours and will be priced.").format(time=say(duration_text(logged.uncovered)))
        )
    if spent or logged.uncovered:
        from deskconsole.data.queries import tickets as queries

        (row,) = desk.read(queries.rows, [number])
        if row.client_id is not None:
            parts.append(ticket_view.hours_words(desk, row.client_id))
    output.words(" ".join(part for part in parts if part))
