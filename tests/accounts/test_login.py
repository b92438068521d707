"""Where a password comes from: libpq's own files, the keyring, a person; and what is said where none works."""

from __future__ import annotations

from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend

from deskconsole import credentials
from deskconsole.credentials import NoKeyringError, keyring_name, nothing_found, passfile_line, working_keyring
from deskconsole.data.passwords import Found, Place, Secret, wallet
from deskconsole.domain.sentences import Sentence
from tests.accounts.conftest import PASSWORD, MemoryKeyring, North, Run

PLACE = Place("anna", (("db.example", "5432"), ("::1", "")), "desk")


def test_a_password_is_kept_only_when_the_server_takes_it(
    north: North, anna: str, run: Run, memory_keyring: MemoryKeyring
) -> None:
    wrong = run("--desk", "north", "login", stdin="wrong\n")
    assert (wrong.code, memory_keyring.kept) == (6, {})
    said = run("login", "--desk", "north", stdin=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    assert memory_keyring.kept == {("deskconsole", f"{anna}@127.0.0.1:{north.server.port}/{north.database}"): PASSWORD}
    assert run("--desk", "north", "ticket", "list", "--json").json == []


def test_after_logout_it_is_asked_for_again(north: North, anna: str, run: Run, memory_keyring: MemoryKeyring) -> None:
    run("--desk", "north", "login", stdin=f"{PASSWORD}\n")
    assert "out of the keyring" in run("--desk", "north", "logout").err
    assert memory_keyring.kept == {}
    assert "had no password" in run("--desk", "north", "logout").err
    wallet.forget(Place(anna, (("127.0.0.1", str(north.server.port)),), north.database))
    assert run("--desk", "north", "ticket", "list").code == 6


def test_a_changed_password_is_said_with_where_the_old_one_stands(
    north: North, anna: str, run: Run, memory_keyring: MemoryKeyring
) -> None:
    run("--desk", "north", "login", stdin=f"{PASSWORD}\n")
    assert run("--desk", north.administrator, "user", "passwd", anna, stdin="another\n").code == 0
    said = run("--desk", "north", "ticket", "list")
    assert said.code == 6
    assert "deskconsole login" in said.err
    assert PASSWORD not in said.err
    assert run("--desk", "north", "login", stdin="another\n").code == 0
    assert run("--desk", "north", "ticket", "list").code == 0


def test_a_new_line_in_the_password_file_heals_a_program_that_runs(
    north: North, anna: str, run: Run, home: Path
) -> None:
    place = Place(anna, (("127.0.0.1", str(north.server.port)),), north.database)
    wallet.remember(place, Found(Secret(PASSWORD), Sentence("the keyring")))
    assert run("--desk", "north", "ticket", "list").code == 0
    assert run("--desk", north.administrator, "user", "passwd", anna, stdin="another\n").code == 0
    refused = run("--desk", "north", "ticket", "list")
    assert (refused.code, "the password from the keyring" in refused.err) == (6, True)
    (home / ".pgpass").touch(mode=0o600)
    (home / ".pgpass").write_text(passfile_line(place).removesuffix("PASSWORD") + "another\n", "utf-8")
    assert run("--desk", "north", "ticket", "list").code == 0


def test_an_own_change_reaches_the_keyring(north: North, anna: str, run: Run, memory_keyring: MemoryKeyring) -> None:
    run("--desk", "north", "login", stdin=f"{PASSWORD}\n")
    said = run("--desk", "north", "user", "passwd", stdin=f"{PASSWORD}\nanother\n")
    assert "The keyring has the new one too" in said.err
    assert list(memory_keyring.kept.values()) == ["another"]


def test_where_no_keyring_works_every_other_way_is_named(north: North, anna: str, run: Run) -> None:
    line = f"127.0.0.1:{north.server.port}:{north.database}:{anna}:PASSWORD"
    said = run("--desk", "north", "login", stdin=f"{PASSWORD}\n")
    assert said.code == 6
    for words in ("no keyring works here", ".pgpass, mode 0600", line, "pg_service.conf", "asked"):
        assert words in said.err
    refused = run("--desk", "north", "ticket", "list")
    assert refused.code == 6
    for words in ("no keyring works here", ".pgpass", line, "service", "terminal"):
        assert words in refused.err


def test_the_line_that_is_named_works(north: North, anna: str, run: Run, home: Path) -> None:
    place = Place(anna, (("127.0.0.1", str(north.server.port)),), north.database)
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file = home / ".pgpass"
    file.write_text(passfile_line(place).removesuffix("PASSWORD") + escaped + "\n", "utf-8")
    file.chmod(0o600)
    assert run("--desk", "north", "ticket", "list").code == 0
    assert "needs no password of yours" in run("--desk", "north", "login").err
    file.chmod(0o644)
    assert run("--desk", "north", "ticket", "list").code == 6


def test_a_service_file_names_host_and_login(north: North, anna: str, run: Run, home: Path) -> None:
    (home / ".pg_service.conf").write_text(
        f"# ours\n[north]\nhost=127.0.0.1\nport={north.server.port}\ndbname={north.database}\nuser={anna}\n"
        f"password={PASSWORD}\n",
        "utf-8",
    )
    said = run("--desk", "postgresql:///?service=north", "ticket", "list", "--json")
    assert (said.code, said.json) == (0, []), said.err


def test_a_local_desk_has_no_login(shop: Path, run: Run) -> None:
    assert run("login").code == 2
    assert run("logout").code == 2


class PlainFile(MemoryKeyring):
    """As keyrings.alt has it."""

    priority = 5.0


PlainFile.__module__ = "keyrings.alt.file"


class Weak(MemoryKeyring):
    """One that the library itself would not recommend."""

    priority = 0.5


class Locked(MemoryKeyring):
    """One that fails, as a locked one does."""

    def get_password(self, service: str, username: str) -> str | None:
        raise PermissionError(f"{service} {username} {PASSWORD}")


@pytest.mark.parametrize(("backend", "reason"), [(PlainFile, "plain file"), (Weak, "no keyring works here")])
def test_a_keyring_that_keeps_no_secret_is_not_used(backend: type[KeyringBackend], reason: str) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(NoKeyringError, match=reason):
        working_keyring()


def test_of_several_keyrings_the_first_that_keeps_a_secret_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChainerBackend, "backends", [PlainFile(), Weak(), MemoryKeyring()])
    keyring.set_keyring(ChainerBackend())  # type: ignore[no-untyped-call] # the library has no types there
    assert keyring_name() == "tests.accounts.conftest.MemoryKeyring"


def test_a_keyring_that_is_set_and_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> KeyringBackend:
        raise ModuleNotFoundError("no")

    monkeypatch.setattr(keyring, "get_keyring", missing)
    with pytest.raises(NoKeyringError, match="ModuleNotFoundError"):
        working_keyring()


def test_a_locked_keyring_fails_without_its_words(north: North, anna: str, run: Run) -> None:
    keyring.set_keyring(Locked())
    said = run("--desk", "north", "ticket", "list")
    assert said.code == 6
    assert PASSWORD not in said.err


def test_a_keyring_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    never = threading.Event()

    class Silent(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            never.wait()
            return None

    keyring.set_keyring(Silent())
    monkeypatch.setattr(credentials, "PATIENCE", 0.01)
    with pytest.raises(NoKeyringError, match="does not answer"):
        credentials.kept_password(PLACE)
    never.set()


def test_places_are_told_apart_and_quoted() -> None:
    assert str(PLACE) == "anna@db.example:5432,[::1]/desk"
    assert passfile_line(PLACE) == "db.example:5432:desk:anna:PASSWORD"
    assert passfile_line(PLACE, 1) == "\\:\\:1:5432:desk:anna:PASSWORD"
    assert "no keyring works here" in str(nothing_found(PLACE))


def test_a_secret_shows_itself_to_nobody() -> None:
    found = Found(Secret(PASSWORD), nothing_found(PLACE).sentence)
    wallet.remember(PLACE, found)
    assert PASSWORD not in f"{found} {found!r} {wallet!r} {vars(wallet)}"
    assert found.secret.reveal() == PASSWORD
