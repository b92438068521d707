"""Since when a console's screens are not kept true."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from textual.message import Message

from deskconsole.app import DeskApp
from deskconsole.desk import feed as feeds
from deskconsole.desk.desk import AUTOMATON, Desk
from deskconsole.domain.errors import Unreachable
from deskconsole.following import Feed
from deskconsole.screens.changes import DeskLost

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class App:
    """Hears what is told to the console; `heard` is called with each message."""

    screen_stack = ()

    def __init__(self, heard: Callable[[Message], None]) -> None:
        self.post_message = heard


def test_a_lost_desk_is_as_old_as_its_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [NOON]
    feed, told = Feed(), list[Message]()
    desk = Desk(cast("Any", None), AUTOMATON, clock=lambda: clock[0])

    def follow(
        _store: object, _stop: threading.Event, _mark: str | None, *, answered: Callable[[], None]
    ) -> Iterator[feeds.Changed]:
        answered()
        clock[0] += timedelta(seconds=6)
        answered()  # 12:00:06 and 12:00:19
        clock[0] += timedelta(seconds=7)  # a silence before it is noticed
        raise Unreachable("away")
        yield

    def heard(message: Message) -> None:
        told.append(message)
        if sum(isinstance(one, DeskLost) for one in told) == 2:
            feed.stop()

    monkeypatch.setattr(feeds, "where", lambda _store: "0")
    monkeypatch.setattr(feeds, "follow", follow)
    monkeypatch.setattr("deskconsole.following.FIRST_PAUSE", 0.0)
    feed.mark(desk)
    feed._follow(desk, cast("DeskApp[Desk]", App(heard)))
    assert [one.since - NOON for one in told if isinstance(one, DeskLost)] == [
        timedelta(seconds=6),
        timedelta(seconds=19),
    ]


def test_a_desk_that_was_away_from_the_beginning_is_as_old_as_its_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [NOON]
    feed, told = Feed(), list[DeskLost]()
    desk = Desk(cast("Any", None), AUTOMATON, clock=lambda: clock[0])

    def follow(*_args: object, **_more: object) -> Iterator[feeds.Changed]:
        clock[0] += timedelta(seconds=3)
        raise Unreachable("away")

    def heard(message: Message) -> None:
        assert isinstance(message, DeskLost)
        told.append(message)
        if len(told) == 2:
            feed.stop()

    monkeypatch.setattr(feeds, "where", lambda _store: "0")
    monkeypatch.setattr(feeds, "follow", follow)
    monkeypatch.setattr("deskconsole.following.FIRST_PAUSE", 0.0)
    feed.mark(desk)
    feed._follow(desk, cast("DeskApp[Desk]", App(heard)))
    assert [one.since for one in told] == [NOON, NOON]
