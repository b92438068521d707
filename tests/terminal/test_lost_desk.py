"""A console whose server goes away: it stays, keeps what is on it and what is typed, says so, and comes back."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deskconsole.data.queries import ticket_card
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk import opening, tickets
from deskconsole.desk.desk import Desk
from tests.support.cluster import Cluster
from tests.support.terminal import Terminal

LONG = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of these tests' own, to be stopped."""
    with Cluster() as made:
        made.primary.run("CREATE DATABASE desk")
        opening.create_desk(made.primary.url("desk"), login="ann", name="Ann")
        yield made


@pytest.fixture
def desk(cluster: Cluster) -> Iterator[Desk]:
    opened = opening.open_desk(cluster.primary.url("desk"), login="ann")
    yield opened
    opened.close()


@pytest.fixture
def console(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[[], Terminal]]:
    """Open consoles on the desk; all are closed at the end."""
    opened: list[Terminal] = []

    def start() -> Terminal:
        argv = [sys.executable, "-m", "deskconsole", "--desk", cluster.primary.url("desk"), "--as", "ann"]
        opened.append(Terminal(argv, columns=110, rows=24, env={"DESKCONSOLE_HOME": str(tmp_path / "home")}))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def _is_there(words: str) -> Callable[[list[str]], bool]:
    return lambda rows: any(words in row for row in rows)


def _is_gone(words: str) -> Callable[[list[str]], bool]:
    return lambda rows: not any(words in row for row in rows)


def messages(desk: Desk, ticket: int) -> list[str]:
    """What stands written on a ticket."""
    viewer = Viewer(desk.actor.id, desk.actor.role, desk.actor.team_id)
    return [message.body for message in desk.read(ticket_card.card, ticket, viewer).messages]


def test_a_restart_under_a_half_written_reply_loses_nothing_and_is_over_by_itself(
    cluster: Cluster, desk: Desk, console: Callable[[], Terminal]
) -> None:
    ticket = tickets.register(desk, tickets.Registration("Printer is dead"))
    terminal = console()
    terminal.wait_for("Printer is dead", LONG)
    terminal.send("r")
    terminal.wait_for("Reply to the client", LONG)
    terminal.send("we come at ")
    cluster.primary.stop(signal.SIGQUIT)
    terminal.wait_for("As of", LONG)
    terminal.send("nine")
    terminal.press("ctrl+s")
    terminal.wait_for("Saving", LONG)
    terminal.wait_for("no server answers at that address", LONG)
    assert _is_there("we come at nine")(terminal.screen())
    cluster.primary.start()
    terminal.wait_for(_is_gone("As of"), LONG)
    terminal.press("ctrl+s")
    terminal.wait_for("Written on ticket", LONG)
    assert messages(desk, ticket) == ["we come at nine"]
    tickets.register(desk, tickets.Registration("Another call"))
    terminal.wait_for("Another call", LONG)


def test_a_console_started_while_the_server_is_away_opens_when_it_is_there(
    cluster: Cluster, console: Callable[[], Terminal]
) -> None:
    cluster.primary.stop()
    terminal = console()
    terminal.wait_for("no server answers at that address", LONG)
    cluster.primary.start()
    terminal.wait_for("7 All open", LONG)


def test_ended_connections_are_made_again_without_a_key(
    cluster: Cluster, desk: Desk, console: Callable[[], Terminal]
) -> None:
    terminal = console()
    terminal.wait_for("7 All open", LONG)
    cluster.primary.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'desk'")
    tickets.register(desk, tickets.Registration("After the end"))
    terminal.wait_for("After the end", LONG)
    terminal.wait_for(_is_gone("As of"), LONG)


def test_a_console_on_a_server_that_stands_still_can_be_left(cluster: Cluster, console: Callable[[], Terminal]) -> None:
    terminal = console()
    terminal.wait_for("7 All open", LONG)
    cluster.primary.freeze()
    try:
        terminal.press("f5")
        terminal.press("ctrl+q")
        assert terminal.wait(8.0) == 0
        assert not terminal.on_alternate_screen
    finally:
        cluster.primary.thaw()
