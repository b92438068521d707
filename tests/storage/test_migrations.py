"""The schema's versions: newer ones refused, older ones upgraded behind a backup, models and scripts alike."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from deskconsole.data import migrations
from deskconsole.data.engines.postgresql import migrating as postgresql_migrating
from deskconsole.data.engines.postgresql import tools as postgresql_tools
from deskconsole.data.store import Store, open_store, parse_location, unchecked_store
from deskconsole.data.tables import metadata
from deskconsole.desk import opening
from deskconsole.domain.errors import StorageUnavailable
from tests.storage.desks import company_on

ENGINES_OWN = frozenset({"audit", "ix_ticket_assignee", "ix_ticket_search_words", "ix_unbooked_time_entry"})
"""Tables and indexes that one engine has, and the models do not know."""
LATER = '''"""A later schema, for the tests."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    with op.batch_alter_table("client") as client:
        client.add_column(sa.Column("nickname", sa.String(), nullable=False, server_default="none"))
'''


@pytest.fixture
def later_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it will be after a change of the schema."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder)
    (folder / "versions" / "9999_later.py").write_text(LATER.format(head=migrations.HEAD))
    monkeypatch.setattr(migrations, "__file__", str(folder / "__init__.py"))
    monkeypatch.setattr(migrations, "HEAD", "9999")


def columns_of(store: Store, name: str) -> set[str]:
    with store.reader.connect() as connection:
        return {str(column["name"]) for column in inspect(connection).get_columns(name)}


def test_the_program_s_newest_version_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
@pytest.mark.filterwarnings("ignore:Can't validate argument 'dialect_options'")  # of a check NOT VALID, by SQLAlchemy
def test_the_migrated_schema_is_what_the_models_say(store: Store) -> None:
    with store.reader.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, _kind, _parents: name not in ENGINES_OWN}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engines_own = ("ticket_words", "'txid'")  # the full-text index, the transaction's number
    assert [change for change in found if not any(name in str(change) for name in engines_own)] == []


def test_a_newer_schema_is_refused_by_name(store: Store, desk_url: str) -> None:
    with store.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (open_store, opening.upgrade, opening.check, opening.engine_report):
        with pytest.raises(StorageUnavailable, match=f"schema 9999, newer than this program's {migrations.HEAD}"):
            act(desk_url)


@pytest.mark.usefixtures("later_program")
def test_an_older_local_desk_is_upgraded_when_opened_behind_a_backup(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    assert "nickname" in columns_of(store, "client")
    company = company_on(store)
    ticket = company.ticket("after")
    assert company.found("after") == (ticket,)
    store.close()
    (copy,) = tmp_path.glob("*.backup")
    assert "before-9999" in copy.name
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() != ("9999",)
    kept.close()
    assert opening.check(sqlite_url) == []
    assert opening.upgrade(sqlite_url) is None


@pytest.mark.usefixtures("later_program")
def test_an_upgrade_keeps_history_append_only_and_child_rows(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(migrations, "HEAD", _version(sqlite_url))
        store = open_store(sqlite_url)
        company = company_on(store)
        company.ticket("kept")
        rows = {name: company.desk().read(_rows, name) for name in ("site", "event")}
        store.close()
    store = open_store(sqlite_url)
    with store.reading() as session:
        assert {name: _rows(session, name) for name in ("site", "event")} == rows
    with pytest.raises(Exception, match="append-only"), store.writer.begin() as connection:
        connection.execute(text("DELETE FROM event"))
    store.close()


@pytest.mark.usefixtures("later_program")
def test_six_consoles_that_open_an_older_desk_at_once_upgrade_it_once(sqlite_url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as consoles:
        stores = list(consoles.map(open_store, [sqlite_url] * 6))
    assert all("nickname" in columns_of(store, "client") for store in stores)
    assert len(list(tmp_path.glob("*.backup"))) == 1
    for store in stores:
        store.close()


@pytest.mark.usefixtures("later_program", "programs")
def test_an_older_shared_desk_is_upgraded_by_its_administrator_behind_a_backup(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageUnavailable, match="deskconsole db upgrade"):
        open_store(postgres_url)
    before = opening.engine_report(postgres_url)[1]
    copy = opening.upgrade(postgres_url)
    assert copy is not None
    assert copy.stat().st_mode & 0o777 == 0o600
    assert postgresql_tools.revision_of(copy) == before
    store = open_store(postgres_url)
    assert "nickname" in columns_of(store, "client")
    store.close()


@pytest.mark.usefixtures("later_program")
def test_without_pg_dump_a_shared_desk_is_upgraded_only_on_the_administrator_s_word(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_tools, "find", lambda _name, _version: None)
    with pytest.raises(StorageUnavailable, match="--no-backup"):
        opening.upgrade(postgres_url)
    assert opening.engine_report(postgres_url)[1] != "9999"
    assert opening.upgrade(postgres_url, without_backup=True) is None
    assert opening.engine_report(postgres_url)[1] == "9999"


@pytest.mark.usefixtures("later_program")
def test_who_upgrades_a_shared_desk_meanwhile_is_named(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_migrating, "WAITS", "50ms")
    store = unchecked_store(parse_location(postgres_url))
    with store.dialect.migrating(store.reader), pytest.raises(StorageUnavailable, match="postgres makes or upgrades"):
        opening.upgrade(postgres_url, without_backup=True)
    store.close()


@pytest.mark.usefixtures("later_program")
def test_what_an_upgrade_makes_belongs_to_the_desk_s_owner(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    users: list[str] = []
    real = migrations.upgrade

    def upgrade(connection: Connection) -> None:
        users.append(str(connection.execute(text("SELECT current_user")).scalar()))
        real(connection)

    monkeypatch.setattr(migrations, "upgrade", upgrade)
    opening.upgrade(postgres_url, without_backup=True)
    assert users == ["desk_owner"]


def test_a_server_that_is_too_old_is_refused_by_name(blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_migrating, "OLDEST", 99)
    with pytest.raises(StorageUnavailable, match=r"The server runs PostgreSQL \d+.*; a desk needs 99 or newer"):
        opening.create_desk(blank_postgres_url, login="ann")


@pytest.mark.usefixtures("later_program")
def test_an_upgrade_that_fails_leaves_the_desk_as_it_was(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = migrations.upgrade

    def breaks(connection: Connection) -> None:
        real(connection)
        raise StorageUnavailable("in the middle")

    version = _version(sqlite_url)
    with monkeypatch.context() as broken:
        broken.setattr(migrations, "upgrade", breaks)
        with pytest.raises(StorageUnavailable, match="in the middle"):
            open_store(sqlite_url)
    assert _version(sqlite_url) == version
    store = open_store(sqlite_url)
    assert "nickname" in columns_of(store, "client")
    store.close()


def _version(url: str) -> str:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
        found = raw.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    raw.close()
    return str(found)


def _rows(session: Session, name: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())
