"""What row security costs: the first page of the queue as somebody, beside the same statements as the owner."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

from benchmarks.load.people import BUSY_CONTRACTOR, Town
from benchmarks.load.server import BigServer
from benchmarks.measures import Figure, high
from deskconsole.config import BUILT_IN_VIEWS, View
from deskconsole.data.queries import tickets
from deskconsole.data.queries.tickets import Listing
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.domain.terms import Role
from deskconsole.domain.ticket_filter import parse
from deskconsole.screens.queue_source import parse_sort
from deskconsole.screens.session import Session

ROUNDS, FIRST_ROUNDS = 40, 6
LIMIT = 3 * 42
MOST = 2.0
ASKED = (Role.CONTRACTOR, Role.DISPATCHER, Role.ENGINEER)


def figures(server: BigServer, town: Town) -> list[Figure]:
    """The built-in views' first pages as each role: the medians, and the p95 of all of them together."""
    people = {f"{role.value}": next(one.login for one in town.members if one.role is role) for role in ASKED}
    people["busy contractor"] = BUSY_CONTRACTOR
    found: list[Figure] = []
    for name, login in people.items():
        with ExitStack() as stack:
            own = stack.enter_context(closing(open_desk(server.url(login))))
            owner = stack.enter_context(closing(open_desk(server.url(), login=login)))
            found += _of(name, own, owner)
    return found


def _of(name: str, own: Desk, owner: Desk) -> Iterator[Figure]:
    mine: list[float] = []
    theirs: list[float] = []
    for view in BUILT_IN_VIEWS:
        rounds = [(_milliseconds(own, view), _milliseconds(owner, view)) for _round in range(FIRST_ROUNDS + ROUNDS)]
        as_self, as_owner = (list(times) for times in zip(*rounds[FIRST_ROUNDS:], strict=True))
        mine += as_self
        theirs += as_owner
        medians = statistics.median(as_self), statistics.median(as_owner)
        yield Figure(f"{name}, {view.name}", medians[0], "ms", medians[1], most_ratio=MOST)
    yield Figure(f"{name}, all views, p95", high(mine), "ms", high(theirs), most_ratio=MOST)


def _milliseconds(desk: Desk, view: View) -> float:
    """The first page of a view, as the queue reads it."""
    wanted = parse(view.filter, now=desk.now(), zone=desk.zone)
    listing = Listing(wanted, parse_sort(view.sort), Session(desk, ()).viewer)
    began = time.perf_counter()
    desk.read(tickets.page, listing, offset=0, limit=LIMIT)
    return (time.perf_counter() - began) * 1000
