"""The chain of seals over a local desk's history: whoever changes the past is noticed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import text

from deskconsole.data import seals
from deskconsole.data.seals import Chain
from deskconsole.data.store import open_store
from deskconsole.desk import opening, tickets
from deskconsole.domain.errors import Refused
from tests.storage.desks import Company, address


@pytest.fixture
def sealed(sqlite_company: Company) -> Company:
    """A local desk with history and ledger."""
    sqlite_company.grant(100)
    for subject in ("first", "second", "third"):
        sqlite_company.ticket(subject)
    return sqlite_company


def chain(company: Company) -> Chain:
    with company.store.reading() as session:
        return seals.examine(session.connection())


def forge(company: Company, *statements: str) -> None:
    """Change the file as somebody with sqlite3 does, triggers out of the way."""
    with closing(sqlite3.connect(company.store.location)) as raw, raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _words in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert raw.execute(statement).rowcount
        for _name, words in triggers:
            raw.execute(words)


def test_each_write_that_adds_history_adds_one_seal(sealed: Company) -> None:
    before = chain(sealed)
    tickets.set_status(sealed.desk(), [1, 2], "open")
    after = chain(sealed)
    assert (after.links, after.broken, after.unsealed, after.older) == (before.links + 1, None, 0, 0)
    assert after.digest != before.digest
    sealed.desk().read(lambda session: session.execute(text("SELECT 1")).all())
    assert chain(sealed) == after


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE event SET actor = 'Somebody Else' WHERE id = 2",
        "UPDATE event SET at = at + 1 WHERE id = 2",
        "UPDATE event SET operation = NULL WHERE id = 2",
        "UPDATE event SET login = 'boss' WHERE id = 2",
        "DELETE FROM event WHERE id = 2",
        "UPDATE hour_entry SET minutes = 1000 WHERE id = 1",
        "UPDATE seal SET digest = digest || '0' WHERE id = 2",
        "DELETE FROM seal WHERE id = 2",
    ],
)
def test_a_changed_past_is_found_and_the_first_broken_seal_named(sealed: Company, words: str) -> None:
    forge(sealed, words)
    broken = chain(sealed).broken
    assert broken is not None
    location = sealed.store.location
    sealed.store.close()
    assert any(f"seal {broken.id} does not fit" in fault for fault in opening.check(location))


def test_swapping_two_lines_is_found(sealed: Company) -> None:
    forge(sealed, "UPDATE event SET id = -1 WHERE id = 1", "UPDATE event SET id = 1 WHERE id = 2",
          "UPDATE event SET id = 2 WHERE id = -1")  # fmt: skip
    assert chain(sealed).broken is not None


def test_a_line_written_round_the_program_is_counted(sealed: Company) -> None:
    forge(
        sealed,
        "INSERT INTO event (ticket_id, at, actor, login, channel, rule, verb, field, old, new, reason)"
        " VALUES (1, 0, 'x', '', '', '', '', '', '', '', '')",
    )
    assert chain(sealed).unsealed == 1
    assert any("not sealed" in fault for fault in opening.check(sealed.store.location))


@pytest.mark.parametrize("words", ["UPDATE seal SET digest = ''", "DELETE FROM seal"])
def test_seals_stay_as_they_were_made(sealed: Company, words: str) -> None:
    with pytest.raises(Exception, match="append-only"), sealed.store.writer.begin() as connection:
        connection.execute(text(words))


def test_a_desk_older_than_the_seals_begins_with_what_comes(sealed: Company) -> None:
    forge(sealed, "DELETE FROM seal")
    with sealed.store.writer.begin() as connection:
        seals.begin(connection)
    older = chain(sealed)
    assert (older.broken, older.links, older.unsealed) == (None, 0, 0)
    assert older.older > 3
    sealed.ticket("after")
    found = chain(sealed)
    assert (found.links, found.older) == (1, older.older)
    said: list[str] = []
    assert opening.check(sealed.store.location, tell=said.append) == []
    assert any("older than the seals" in note for note in said)
    forge(sealed, "UPDATE event SET actor = 'x' WHERE id = (SELECT max(id) FROM event)")
    assert chain(sealed).broken is not None


def test_a_write_that_fails_seals_nothing(sealed: Company) -> None:
    before = chain(sealed)
    with pytest.raises(Refused):
        tickets.set_status(sealed.desk(), [1], "resolved")
    assert chain(sealed) == before


def test_a_server_keeps_no_seals(postgres_company: Company, count: Callable[[Company], int]) -> None:
    postgres_company.ticket("x")
    assert count(postgres_company) == 0


@pytest.fixture
def count() -> Callable[[Company], int]:
    def seals_of(company: Company) -> int:
        store = open_store(address(company))
        with store.reading() as session:
            found = int(session.execute(text("SELECT count(*) FROM seal")).scalar_one())
        store.close()
        return found

    return seals_of
