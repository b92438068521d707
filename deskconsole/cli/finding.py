"""Who and what is meant: clients, units, contracts, people, services and statuses by the words typed for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskconsole.domain.errors import InvalidInput, NotFound
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import fold
from deskconsole.tomlfile import nearest

if TYPE_CHECKING:
    from deskconsole.data.queries.clients import SiteRow
    from deskconsole.data.queries.contracts import FoundContract
    from deskconsole.data.queries.people import Named
    from deskconsole.desk.callers import Caller
    from deskconsole.desk.desk import Desk

EXACT = 96
"""A hit scored at least so is the whole name or number (desk/callers.py)."""
LITERAL = 76
"""A hit scored less is only like what was typed: never taken without asking."""
MOST_SHOWN = 8


def caller(desk: Desk, typed: str) -> Caller:
    """The client that is meant, and by what: a name, tax number, phone, contract, unit, or `#12` for the id.

    Raises:
        NotFound: nobody is like that.
        InvalidInput: several are; the sentence lists them with their ids.
    """
    from deskconsole.data.queries import clients
    from deskconsole.desk import callers

    if (number := _id_of(typed)) is not None:
        name = desk.read(clients.name_of, number)
        return callers.Caller(number, name, "name", number, name, 100)
    hits = desk.read(callers.find, typed, limit=50)
    for least in (EXACT, LITERAL):
        meant = [hit for hit in hits if hit.score >= least]
        if len({hit.client_id for hit in meant}) == 1:
            return meant[0]
        if meant:
            break
    if not hits:
        raise NotFound(mark('Nobody is found by "{typed}"; name a client by #id.'), typed=typed[:80])
    names = {hit.client_id: hit.client for hit in hits}
    shown = "; ".join(f"#{number} {name}" for number, name in list(names.items())[:MOST_SHOWN])
    if hits[0].score < LITERAL:
        raise NotFound(mark('Nobody is called "{typed}"; did you mean: {names}?'), typed=typed[:80], names=shown)
    raise InvalidInput(mark('"{typed}" may be several; name one by #id: {names}'), typed=typed[:80], names=shown)


def contract(desk: Desk, typed: str) -> FoundContract:
    """The contract with that number or `#id`.

    Raises:
        NotFound: there is none.
        InvalidInput: several clients have one of that number.
    """
    from deskconsole.data.queries import contracts

    found = desk.read(contracts.find, typed)
    if not found:
        raise NotFound(mark('There is no contract "{number}".'), number=typed[:40])
    if len(found) > 1:
        shown = "; ".join(f"#{row.id} {row.number} {row.client}" for row in found[:MOST_SHOWN])
        raise InvalidInput(mark('"{typed}" may be several; name one by #id: {names}'), typed=typed[:40], names=shown)
    return found[0]


def person(desk: Desk, typed: str) -> int:
    """The person with that login or name; `me` is who asks.

    Raises:
        NotFound: there is none; the nearest login is named.
        InvalidInput: several have that name.
    """
    from deskconsole.data.queries import people

    if typed == "me" and desk.actor.id is not None:
        return desk.actor.id
    return _one(desk.read(people.everybody), typed, mark('There is nobody "{typed}"; there is {names}.')).id


def team(desk: Desk, typed: str) -> int:
    """The team with that name."""
    from deskconsole.data.queries import people

    return _one(desk.read(people.teams), typed, mark('There is no team "{typed}"; there is {names}.')).id


def site(desk: Desk, client_id: int | None, typed: str) -> SiteRow:
    """The client's site of that name or `#id`.

    Raises:
        NotFound: the client has none like that.
        InvalidInput: no client is named, or several sites are called so.
    """
    from deskconsole.data.queries.clients import sites

    if client_id is None:
        raise InvalidInput(mark("A site is found among a client's; name the client."))
    rows, number = desk.read(sites, client_id), _id_of(typed)
    found = [row for row in rows if row.id == number or (number is None and fold(row.name) == fold(typed))]
    if len(found) == 1:
        return found[0]
    shown = "; ".join(f"#{row.id} {row.name}" for row in (found or rows)[:MOST_SHOWN]) or "-"
    if found:
        raise InvalidInput(mark('"{typed}" may be several; name one by #id: {names}'), typed=typed[:40], names=shown)
    raise NotFound(mark('There is no site "{typed}"; there is {names}.'), typed=typed[:40], names=shown)


def recurring_template(desk: Desk, typed: str) -> int:
    """The template of recurring work with that number or name.

    Raises:
        NotFound: there is none.
        InvalidInput: several names hold these words.
    """
    from deskconsole.data.queries.recurring import find

    found = desk.read(find, typed)
    if len(found) == 1:
        return found[0][0]
    if not found:
        raise NotFound(mark('There is no template "{typed}".'), typed=typed[:40])
    shown = "; ".join(f"#{number} {name}" for number, name in found[:MOST_SHOWN])
    raise InvalidInput(mark('"{typed}" may be several; name one by #id: {names}'), typed=typed[:40], names=shown)


def service(desk: Desk, typed: str) -> int:
    """The service with that code or name."""
    from deskconsole.data.queries.services import services

    return _one(desk.read(services), typed, mark('There is no service "{typed}"; there is {names}.')).id


def status(desk: Desk, typed: str) -> str:
    """The code of the status with that code or name; an unknown one goes on as typed and is refused by the rules."""
    from deskconsole.desk.workflow import load
    from deskconsole.i18n import _

    wanted = fold(typed)
    for known in desk.read(load).statuses:
        names = (known.code, known.code.replace("_", "-"), known.name, _(known.name))
        if wanted in map(fold, names):
            return known.code
    return typed


def _one(rows: Sequence[Named], typed: str, nobody: str) -> Named:
    wanted = fold(typed)
    for names in ([row for row in rows if wanted in (fold(row.code), fold(row.name))], _holding(rows, wanted)):
        if len(names) == 1:
            return names[0]
        if names:
            shown = ", ".join(f"{row.code} ({row.name})" for row in names[:MOST_SHOWN])
            raise InvalidInput(mark('"{typed}" may be several: {names}'), typed=typed[:40], names=shown)
    near = nearest(typed, [row.code for row in rows])
    if near is not None:
        raise NotFound(mark('There is no "{typed}"; did you mean {near}?'), typed=typed[:40], near=near)
    raise NotFound(nobody, typed=typed[:40], names=", ".join(row.code for row in rows[:MOST_SHOWN]) or "-")


def _holding(rows: Sequence[Named], wanted: str) -> list[Named]:
    return [row for row in rows if wanted and wanted in fold(row.name)]


def _id_of(typed: str) -> int | None:
    return int(typed[1:]) if typed[:1] == "#" and typed[1:].isdecimal() and len(typed) < 20 else None
