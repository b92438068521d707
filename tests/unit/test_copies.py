"""A copy to read boards from that is away: it is left alone for a while, and the main server answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlmodel import Session

from deskconsole.data.store import Store
from deskconsole.desk import copies
from deskconsole.desk.copies import Copy, Lately
from deskconsole.desk.desk import AUTOMATON, Desk
from deskconsole.domain.errors import Refused, Unreachable


class Server:
    """A server as a desk reads from it; `asked` counts how often it was, `is_away`: it does not answer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_away = False
        self.asked = 0
        self.dialect = self

    @contextmanager
    def reading(self) -> Iterator[Any]:
        self.asked += 1
        if self.is_away:
            raise Unreachable("away")
        yield self

    def connection(self) -> None:
        """There is no need of one."""

    def lag(self, _connection: None, main: str | None) -> timedelta:
        return timedelta(seconds=3 if main else 99)

    def place(self, _connection: None) -> str:
        return "0/1"


def name_of(session: Session) -> str:
    """Who answers."""
    return cast("Server", session).name


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's seconds, to be moved on."""
    seconds = [1000.0]
    monkeypatch.setattr("deskconsole.desk.copies.time.monotonic", lambda: seconds[0])
    monkeypatch.setattr("deskconsole.desk.copies.random.uniform", lambda _low, high: high)
    return seconds


def said(read: Lately[str]) -> tuple[str, str]:
    return read.result, str(read.words)


def test_a_copy_that_is_away_is_asked_again_after_a_pause_that_grows(now: list[float]) -> None:
    main, standby = Server("main"), Server("standby")
    desk = Desk(cast("Store", main), AUTOMATON, copy=Copy(cast("Store", standby)))
    assert said(desk.read_lately(name_of)) == ("standby", "Read from a copy, 3 s behind.")
    standby.is_away, standby.asked = True, 0
    asked = []
    for _second in range(200):
        assert said(desk.read_lately(name_of)) == ("main", "Copy away.")
        asked.append(standby.asked)
        now[0] += 1
    tries = [second for second, (before, after) in enumerate(zip([0, *asked], asked, strict=False)) if after > before]
    assert tries == [0, 4, 12, 28, 60, 120, 180]


def test_a_copy_that_is_back_is_read_from_again(now: list[float]) -> None:
    main, standby = Server("main"), Server("standby")
    desk = Desk(cast("Store", main), AUTOMATON, copy=Copy(cast("Store", standby)))
    standby.is_away = True
    desk.read_lately(name_of)
    standby.is_away = False
    assert said(desk.read_lately(name_of)) == ("main", "Copy away.")
    now[0] += copies.FIRST_PAUSE
    assert said(desk.read_lately(name_of)) == ("standby", "Read from a copy, 3 s behind.")


def test_a_desk_without_a_copy_has_nothing_to_say_of_one() -> None:
    assert Desk(cast("Store", Server("main")), AUTOMATON).read_lately(name_of).words is None


def test_what_is_refused_on_the_copy_is_refused_and_not_tried_elsewhere() -> None:
    main, standby = Server("main"), Server("standby")
    desk = Desk(cast("Store", main), AUTOMATON, copy=Copy(cast("Store", standby)))

    def refused(_session: Session) -> None:
        raise Refused("no")

    with pytest.raises(Refused):
        desk.read_lately(refused)
    assert said(desk.read_lately(name_of))[0] == "standby"
