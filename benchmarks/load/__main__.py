"""`python -m benchmarks.load`: see the package."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from benchmarks.console_speed import COLUMNS, ENVIRONMENT, ROWS, megabytes, settle
from benchmarks.load import crowd, people, policies
from benchmarks.load.crowd import Cost, Shift
from benchmarks.load.people import Town
from benchmarks.load.server import SETTINGS, BigServer
from benchmarks.load.tally import Tally
from benchmarks.measures import OPEN, TICKETS, Figure, show
from deskconsole.domain.terms import Role
from tests.support.terminal import Terminal

PERCENTILES = (50, 95, 99)
STARTS, PASSES_BEGUN = 3, 5.0


def main() -> int:
    asked = _arguments()
    open_tickets = asked.tickets * OPEN // TICKETS
    with BigServer(asked.tickets, open_tickets) as server:
        town = people.settle(server.url(), max(asked.consoles))
        print(f"{asked.tickets:,} tickets; consoles in {crowd.PROCESSES} processes of this machine; seed {asked.seed}.")
        print(f"PostgreSQL: {' '.join(SETTINGS[2:])}; fsync and synchronous_commit on.\n")
        missed = sum(PARTS[name](server, town, asked) for name in asked.only)
    return 1 if missed else 0


def _policies(server: BigServer, town: Town, _asked: argparse.Namespace) -> int:
    print("The first page of each view under row security, beside the same statements as the owner:\n")
    return show(policies.figures(server, town))


def _memory(server: BigServer, town: Town, _asked: argparse.Namespace) -> int:
    """The real program on a terminal of its own, at rest on the queue: the median of some starts."""
    login = next(one.login for one in town.members if one.role is Role.DISPATCHER)
    argv = (sys.executable, "-m", "deskconsole", "--desk", server.url(login))
    found = []
    for _start in range(STARTS):
        with Terminal(argv, COLUMNS, ROWS, env=ENVIRONMENT) as terminal:
            terminal.wait_for(lambda rows: any(row.startswith("▌") and len(row.split()) > 4 for row in rows), 60)
            settle(terminal)
            time.sleep(PASSES_BEGUN)
            found.append((megabytes([terminal.pid, *terminal.descendants()]), server.connections(login)))
    memory, connections = (statistics.median(values) for values in zip(*found, strict=True))
    print("\nA dispatcher's console, the program itself, at rest on the queue:\n")
    return show([Figure("memory (PSS with the guard)", memory, "MB"), Figure("connections", connections, "")])


def _day(server: BigServer, town: Town, asked: argparse.Namespace) -> int:
    shift = Shift(asked.minutes * 60, asked.think, asked.seed)
    missed = 0
    for count in asked.consoles:
        print(f"\n{count} consoles, {shift.seconds:g} s of a working day; each thinks {shift.think:g} s in the mean\n")
        missed += _tell(*crowd.work(server, replace(town, members=town.members[:count]), shift))
    return missed


PARTS = {"policies": _policies, "memory": _memory, "day": _day}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--consoles", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--minutes", type=float, default=2, help="of the working day")
    parser.add_argument("--think", type=float, default=20, help="seconds between two acts of a person, the mean")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--tickets", type=int, default=TICKETS)
    return parser.parse_args()


def _tell(tally: Tally, cost: Cost) -> int:
    """Print what a run did and cost; how many limits it missed."""
    _table("what people wait for", ((verb, took) for verb, took in tally.seconds.items() if verb[0] != "~"), cost)
    _table("behind the screens", ((verb[1:], took) for verb, took in tally.seconds.items() if verb[0] == "~"), cost)
    for title, counted in (("told", tally.told), ("errors", tally.errors), ("of the program's own", tally.retried)):
        _counted(title, counted)
    acts = sum(len(took) for verb, took in tally.seconds.items() if verb[0] != "~")
    machine = cost.machine_cpu or 1
    return show(
        [
            Figure("acts a second", acts / cost.seconds, ""),
            Figure("errors", sum(tally.errors.values()), "", most=0),
            Figure("begun and not ended when it was over", tally.begun - tally.ended, ""),
            Figure("transactions a second, of bells and readings too", cost.commits / cost.seconds, ""),
            Figure("connections of a console, mean", cost.connections, ""),
            Figure("  most", cost.most_connections, ""),
            Figure("memory of a connection, its own", cost.backend_megabytes, "MB"),
            Figure("memory of the server, all of it (PSS)", cost.server_megabytes, "MB"),
            Figure("cores in use", machine / cost.seconds, ""),
            Figure("  by the server", 100 * cost.server_cpu / machine, "%"),
            Figure("  by the people's consoles", 100 * cost.people_cpu / machine, "%"),
        ]
    )


def _table(title: str, found: Iterable[tuple[str, Sequence[float]]], cost: Cost) -> None:
    print(f"{title:<24}{'count':>9}{'a second':>10}" + "".join(f"{f'p{one}':>9}" for one in PERCENTILES) + "  ms")
    for verb, seconds in sorted(found, key=lambda one: -len(one[1])):
        ordered = sorted(seconds)
        values = "".join(f"{ordered[len(ordered) * one // 100] * 1000:>9.0f}" for one in PERCENTILES)
        print(f"{verb:<24}{len(ordered):>9,}{len(ordered) / cost.seconds:>10.2f}{values}")
    print()


def _counted(title: str, counted: Counter[str]) -> None:
    for what, count in counted.most_common():
        print(f"{title}: {count} x {what}")
    if counted:
        print()


if __name__ == "__main__":
    sys.exit(main())
