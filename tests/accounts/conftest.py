"""A server that asks for passwords, a desk on it, and a keyring of the test's own."""

from __future__ import annotations

import getpass
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keyring
import psycopg
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from psycopg import sql

from deskconsole.data.passwords import nobody, wallet
from deskconsole.desk import opening
from tests.cli.conftest import Run, Said, home, run, shop, shop_template
from tests.support.postgres import TemporaryPostgres, create_database, drop_database

__all__ = ["Run", "Said", "home", "run", "shop", "shop_template"]

HBA = """
local all peer_anna peer map=desk
host all trusted_anna 127.0.0.1/32 trust
host all clear_anna 127.0.0.1/32 password
host all md5_anna 127.0.0.1/32 md5
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""
PASSWORD = "Пароль: s3cr:et\\'"  # letters, a colon and quotes: what passfiles and SQL have to quote
_numbers = itertools.count(1)


class MemoryKeyring(KeyringBackend):
    """Keeps passwords as a desktop's keyring does."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the library has no types there
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@dataclass
class North:
    """A desk called `north`: where it is, and people that only this test knows."""

    server: TemporaryPostgres
    database: str
    config: Path

    def login(self, name: str) -> str:
        """A login of this test's own: logins belong to the whole server."""
        return f"{name}_{self.database}"

    def address(self, login: str) -> str:
        """The desk over TCP."""
        return f"postgresql://{login}@127.0.0.1:{self.server.port}/{self.database}"

    def socket_address(self, login: str) -> str:
        """The desk over the Unix socket; `postgres` is let in there without a password."""
        return f"postgresql://{login}@/{self.database}?host={self.server.socket_folder}&port={self.server.port}"

    @property
    def administrator(self) -> str:
        """The server's administrator's own connection."""
        return self.socket_address("postgres")

    def sql(self, words: str) -> list[tuple[object, ...]]:
        """Run a statement as the server's administrator; the rows, if it has any."""
        with psycopg.connect(self.administrator, autocommit=True) as connection:
            cursor = connection.execute(words.encode())
            return cursor.fetchall() if cursor.description else []

    def can_log_in(self, login: str, password: str) -> bool:
        """Whether the server lets a login into the desk's database."""
        try:
            psycopg.connect(self.address(login), password=password).close()
        except psycopg.OperationalError:
            return False
        return True

    def work_as(self, login: str) -> None:
        """Let config.toml say that `north` is this login's."""
        self.config.write_text(f'zone = "UTC"\n[desks.north]\nurl = "{self.address(login)}"\n', "utf-8")


@pytest.fixture(scope="session")
def scram_server() -> Iterator[TemporaryPostgres]:
    """A server where everybody but `postgres` on the socket needs a password."""
    with TemporaryPostgres(hba=HBA) as server:
        map_of_peers = Path(server.socket_folder) / "cluster" / "pg_ident.conf"
        map_of_peers.write_text(f"desk {getpass.getuser()} peer_anna\n", "utf-8")
        with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
        yield server


@pytest.fixture(scope="session")
def north_template(scram_server: TemporaryPostgres) -> str:
    """A database that holds an empty desk whose administrator is `boss`."""
    opening.create_desk(create_database(scram_server, "north_template"), login="boss")
    return "north_template"


@pytest.fixture(autouse=True)
def plain_surroundings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No password file, no service, no keyring, nothing remembered from another test."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(wallet, "_known", {})
    monkeypatch.setattr(wallet, "ask", nobody)
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call] # the library has no types there
    yield
    keyring.set_keyring(before)


@pytest.fixture
def memory_keyring() -> MemoryKeyring:
    """A keyring that works."""
    made = MemoryKeyring()
    keyring.set_keyring(made)
    return made


@pytest.fixture
def north(scram_server: TemporaryPostgres, north_template: str, home: Path) -> Iterator[North]:
    """A shared desk of this test's own."""
    name = f"north{next(_numbers)}"
    create_database(scram_server, name, north_template)
    with psycopg.connect(scram_server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        # A clone has no rights of its own on the database.
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    yield North(scram_server, name, home / "config" / "config.toml")
    drop_database(scram_server, name)
    with psycopg.connect(scram_server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        for login in ("peer_anna", "trusted_anna", "clear_anna", "md5_anna"):
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


@pytest.fixture
def anna(north: North, run: Run) -> str:
    """A dispatcher of `north`, whose password is PASSWORD; config.toml is hers."""
    login = north.login("anna")
    said = run("--desk", north.administrator, "user", "add", login, "--role", "dispatcher", stdin=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    north.work_as(login)
    return login
