"""A standby: boards are read from it with its lag, decisions never; after a failover clients find the new main server.

The tests stand in the order of a server's life: the last one loses the main server.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from deskconsole.data.engines.postgresql import link as postgresql_link
from deskconsole.data.store import create_store, open_store
from deskconsole.desk import tickets
from deskconsole.desk.copies import lag_words
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.domain.sentences import Sentence
from tests.storage.desks import company_on
from tests.support.cluster import Cluster, Node


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A main server with a synchronous standby, and a company's desk."""
    with Cluster() as made:
        made.primary.run("CREATE DATABASE desk")
        create_store(made.primary.url("desk")).close()
        company_on(open_store(made.primary.url("desk"))).store.close()
        made.add_standby(is_synchronous=True)
        yield made


@pytest.fixture
def standby(cluster: Cluster) -> Node:
    (found,) = (node for node in cluster.nodes if node is not cluster.primary)
    return found


@pytest.fixture
def desk(cluster: Cluster, standby: Node) -> Iterator[Desk]:
    """A desk whose boards are read from the standby."""
    opened = open_desk(cluster.url("desk"), login="ann", read_from=standby.url("desk"))
    yield opened
    opened.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something the servers do by themselves."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline


def port(session: Session) -> int:
    """Which server answers."""
    return int(session.execute(text("SHOW port")).scalar_one())


def test_a_board_is_read_from_the_copy_and_a_decision_is_not(desk: Desk, cluster: Cluster, standby: Node) -> None:
    read = desk.read_lately(port)
    assert read.result == standby.port
    assert read.lag is not None
    assert desk.read(port) == cluster.primary.port


def test_a_copy_of_a_server_where_nobody_writes_is_not_behind(desk: Desk, cluster: Cluster) -> None:
    cluster.primary.run("SELECT pg_switch_wal()")
    until(lambda: desk.read_lately(port).lag == timedelta())


def test_a_copy_that_follows_nobody_any_more_is_as_old_as_what_it_last_heard(
    desk: Desk, cluster: Cluster, standby: Node
) -> None:
    cluster.primary.stop()
    until(lambda: not standby.run("SELECT 1 FROM pg_stat_wal_receiver"))
    lag = desk.read_lately(port).lag
    assert lag is not None
    assert lag > timedelta()
    cluster.primary.start()


def test_where_the_copy_is_away_the_main_server_answers(desk: Desk, cluster: Cluster, standby: Node) -> None:
    standby.stop()
    read = desk.read_lately(port)
    assert (read.result, read.lag, str(read.words)) == (cluster.primary.port, None, "Copy away.")
    standby.start()
    until(lambda: desk.read_lately(port).result == standby.port)


def test_how_far_a_copy_is_behind_is_said_in_seconds_then_minutes() -> None:
    assert str(lag_words(timedelta(seconds=3))) == "Read from a copy, 3 s behind."
    assert "h" in str(lag_words(timedelta(hours=3)))


def test_a_commit_that_no_standby_confirms_is_said_to_stand_on_the_main_server_only(
    desk: Desk, standby: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_link, "SILENCE", 0.1)
    monkeypatch.setattr(postgresql_link, "COMMIT_WAITS", 0.2)
    said: list[Sentence] = []
    ticket = tickets.register(replace(desk, warned=said.append), tickets.Registration("confirmed"))
    assert said == []
    standby.stop(signal.SIGQUIT)
    tickets.reply(replace(desk, warned=said.append), ticket, "not confirmed")
    assert [str(sentence) for sentence in said] == ["Saved on the main server only: its standby did not confirm it."]
    standby.start()


def test_after_a_failover_the_same_desk_goes_on_at_the_new_main_server(
    desk: Desk, cluster: Cluster, standby: Node
) -> None:
    until(lambda: bool(cluster.primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")))
    ticket = tickets.register(desk, tickets.Registration("before"))
    cluster.primary.stop(signal.SIGKILL)
    standby.promote()
    tickets.reply(desk, ticket, "after")
    assert desk.read(port) == standby.port
    assert desk.read_lately(port).lag is None  # it follows nobody: it is the main server


def test_a_server_that_was_the_main_one_is_left_when_it_is_a_copy(desk: Desk, cluster: Cluster, standby: Node) -> None:
    """The old main server comes back by itself as a copy: connections to it would only read."""
    assert desk.read(port) == standby.port
    (cluster.primary.data / "standby.signal").touch()
    cluster.primary.start()
    tickets.register(desk, tickets.Registration("after all"))
    assert desk.read(port) == standby.port
