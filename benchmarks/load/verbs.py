"""What the people do: the use cases behind the keys, chosen by role and by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from benchmarks.load.console import LINES, Console
from deskconsole.data.queries import tickets as ticket_lists
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import call_facts, callers, coverage, tickets, workflow
from deskconsole.desk.time import log_time
from deskconsole.domain.terms import Category, Role
from deskconsole.screens import queue_source as source
from deskconsole.screens.queue_source import Wanted
from deskconsole.screens.ticket_reading import read_ticket

SEARCHED = ("касса", "не печатает чек", "ромашка", "лифт", "printer", "balanza", "núñez", "щётка", "кас-1866", "zzz")
"""Words of every frequency, two languages, a name, an inventory number, nothing at all (`database_speed`)."""
SUBJECTS = ("Касса не печатает чек", "The lift stands between two floors", "La balanza no pesa", "Принтер жуёт бумагу")
REPLY = "We have looked at it: a part is on its way, and the engineer comes tomorrow before noon. " * 3
HITS = 20
LONGEST_WORK = 90
WAY_TO_RESOLVED = 0.3

Verb = Callable[[Console, Random], None]


def page(console: Console, chance: Random) -> None:
    """Another view of the queue: its first rows stand there; the list is counted behind them."""
    view = chance.choice(console.session.views)
    _show_list(console, "queue page", Wanted(view.filter, source.parse_sort(view.sort)), lenient=False)


def turn(console: Console, _chance: Random) -> None:
    """A page further down the list."""
    if console.shown != "queue" or len(console.rows) < LINES:
        _show_list(console, "queue page", console.wanted, lenient=False)
        return
    with console.tally.timing("page further"):
        console.first += 3 * LINES
        total = 1_000_000  # far from the end, which is read the other way round
        source.read_window(console.session, console.wanted, console.first, 3 * LINES, total, 0)


def search(console: Console, chance: Random) -> None:
    """What is typed behind the filter of a view."""
    view = chance.choice(console.session.views)
    words = f"{view.filter} {chance.choice(SEARCHED)}"
    _show_list(console, "search", Wanted(words, source.parse_sort(view.sort)), lenient=True)


def own_work(console: Console, _chance: Random) -> None:
    """An engineer looks at the own list."""
    if console.shown != "my":
        console.show("my")
    with console.tally.timing("own work"):
        console.read_my()


def look(console: Console, chance: Random) -> None:
    """Open a ticket and stay on it; others see that somebody is there."""
    if (row := _some_row(console, chance)) is None:
        _home(console, chance)
        return
    console.ticket_id = row.id
    console.show("ticket")
    with console.tally.timing("ticket"):
        read_ticket(console.session, row.id)
    with console.tally.timing("open ticket"):
        tickets.open_ticket(console.desk, row.id)
    console.ask("presence")


def board(console: Console, _chance: Random) -> None:
    """The live board."""
    console.show("board")
    with console.tally.timing("board"):
        console.read_board()


def register(console: Console, chance: Random) -> None:
    """A call: who is calling, what they have and whether anybody pays, then the ticket."""
    desk, session = console.desk, console.session
    said = chance.choice(console.town.said)
    call = tickets.Registration(chance.choice(SUBJECTS), body=REPLY)
    with console.tally.timing("caller"):
        hits = desk.read(callers.find, said[: chance.randint(4, 12)], limit=HITS)
        client_id = hits[0].client_id if hits else None
        unit = None
        if client_id is not None:
            units = desk.read(call_facts.client_sheet, client_id, session.today()).units
            unit = chance.choice(units).id if units else None
        asked = coverage.Call(client_id, session.today(), None, unit, None)
        desk.read(call_facts.facts, asked, session.viewer)
        call = tickets.Registration(call.subject, client_id, call.body, equipment_id=unit)
    with console.tally.timing("register"):
        tickets.register(desk, call)
    console.show("queue")


def assign(console: Console, chance: Random) -> None:
    """Give what is nobody's to an engineer."""
    view = console.session.views[0]
    if console.shown != "queue" or console.wanted.text != view.filter:
        _show_list(console, "queue page", Wanted(view.filter, source.parse_sort(view.sort)), lenient=False)
    if (row := _some_row(console, chance)) is None:
        page(console, chance)
        return
    with console.tally.timing("assign"):
        seen = {row.id: row.assignee_id}
        tickets.assign(console.desk, [row.id], chance.choice(console.town.engineers), seen=seen)
    console.show("queue")


def status(console: Console, chance: Random) -> None:
    """Move an own ticket on; where it is done, its time is logged first."""
    row = _some_row(console, chance)
    if row is None or not row.category.is_open:
        _home(console, chance)
        return
    if is_end := chance.random() < WAY_TO_RESOLVED:
        _log(console, row, chance)
    with console.tally.timing("status"):
        ways = console.desk.read(workflow.load).targets(row.type, row.status)
        wanted = [way for way in ways if (way.category is Category.RESOLVED if is_end else way.category.is_open)]
        if wanted:
            seen = {row.id: row.status}
            tickets.set_status(console.desk, [row.id], chance.choice(wanted).code, reason="Load", seen=seen)
    console.show(console.home)


def log(console: Console, chance: Random) -> None:
    """Time worked."""
    if (row := _some_row(console, chance)) is None:
        _home(console, chance)
        return
    _log(console, row, chance)
    console.show(console.home)


def reply(console: Console, chance: Random) -> None:
    """An answer to the client."""
    if (row := _some_row(console, chance)) is None:
        _home(console, chance)
        return
    with console.tally.timing("reply"):
        tickets.reply(console.desk, row.id, REPLY)
    console.show(console.home)


WAYS: Mapping[Role, Mapping[Verb, int]] = {
    Role.DISPATCHER: {page: 22, turn: 8, search: 14, register: 18, assign: 18, look: 10, status: 4, reply: 4, board: 2},
    Role.ENGINEER: {own_work: 30, look: 26, status: 14, log: 14, reply: 8, search: 6, turn: 2},
    Role.CONTRACTOR: {page: 38, look: 26, status: 12, log: 14, reply: 10},
    Role.SUPERVISOR: {board: 30, page: 30, search: 15, look: 15, turn: 6, assign: 4},
}
"""How often each is done, out of a hundred."""


def next_verb(role: Role, chance: Random) -> Verb:
    """What somebody does next."""
    ways = WAYS[role]
    return chance.choices(list(ways), list(ways.values()))[0]


def _home(console: Console, chance: Random) -> None:
    """What somebody does who has nothing on the screen to act on: look at the own list."""
    (own_work if console.home == "my" else page)(console, chance)


def _show_list(console: Console, verb: str, wanted: Wanted, *, lenient: bool) -> None:
    """Read the head of a list, as the queue does for a new one; the count and the preview come behind it."""
    with console.tally.timing(verb):
        read = source.read_head(console.session, wanted, LINES, lenient=lenient)
        console.wanted, console.rows, console.first = wanted, read.rows, 0
        if console.shown == "ticket":
            console.ask("leaving")
        console.shown = "queue"
        console.ask(*(("total", "preview") if read.total is None else ("preview",)))


def _some_row(console: Console, chance: Random) -> QueueRow | None:
    """A ticket of those on the screen, as it stands now: nobody acts on what was read minutes ago."""
    if not console.rows:
        return None
    found: tuple[QueueRow, ...] = ()
    with console.tally.timing("~row"):
        found = console.desk.read(ticket_lists.rows, [chance.choice(console.rows[:LINES]).id])
    return found[0] if found else None


def _log(console: Console, row: QueueRow, chance: Random) -> None:
    with console.tally.timing("time"):
        log_time(console.desk, row.id, chance.randint(5, LONGEST_WORK), note="Load")
