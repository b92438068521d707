"""`deskconsole ticket client-said|arrive|check`: what happens on a ticket besides what we write and log."""

from __future__ import annotations

from typing import Annotated

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import Id, Key, opened, viewer
from deskconsole.domain.errors import NotFound
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _


def client_said(
    ctx: typer.Context,
    ticket: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=mark("The text; - for standard input."))],
    key: Key = None,
) -> None:
    """Write down what the client said."""
    number, operation, said = values.one_id(ticket), values.operation_key(key), values.text(text)
    with opened(ctx) as desk:
        from deskconsole.desk import tickets as verbs

        output.data(verbs.client_said(desk, number, said, key=operation))
        output.words(_("Written on ticket {id}.").format(id=number))


def arrive(ctx: typer.Context, ticket: Id, key: Key = None) -> None:
    """Note an arrival."""
    number, operation = values.one_id(ticket), values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import tickets as verbs

        if verbs.arrive(desk, number, key=operation):
            output.data(number)
            output.words(_("Arrived for ticket {id}.").format(id=number))
        else:
            output.words(_("The arrival is noted already."))


def check(
    ctx: typer.Context,
    ticket: Id,
    item: Annotated[str, typer.Argument(metavar="POINT", help=mark("The point's place on the list, from 1."))],
    undone: Annotated[bool, typer.Option("--undone", help=mark("It is to be done again."))] = False,
    key: Key = None,
) -> None:
    """Tick a point off."""
    number, place, operation = values.one_id(ticket), values.number(item, "POINT"), values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.data.queries import ticket_card
        from deskconsole.desk.checklists import tick

        card = desk.read(ticket_card.card, number, viewer(desk))
        point = next((point for point in card.checklist if point.position == place), None)
        if point is None:
            raise NotFound(
                mark("Ticket {id} has {count} points on its checklist, and no {place}."),
                id=number,
                count=len(card.checklist),
                place=place,
            )
        is_done = tick(desk, point.id, done=not undone, key=operation)
        output.data(number)
        words = _("Done: {text}") if is_done else _("To do again: {text}")
        output.words(words.format(text=point.text))
