"""A small desk, and the command line run inside the test's own process."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deskconsole.cli import main
from deskconsole.desk import hours as hours_verbs
from deskconsole.desk import opening, records, tickets
from deskconsole.desk.desk import Unit
from deskconsole.domain.terms import Funding, Role, Scope
from deskconsole.i18n import use_language

Run = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    """What a run ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk: ann (admin), ivanov (engineer), extern (contractor); Ромашка with hours, Oak Tree without a contract."""
    file = tmp_path_factory.mktemp("shop") / "desk.sqlite"
    opening.create_desk(str(file), login="ann", name="Анна")
    desk = opening.open_desk(str(file), login="ann")
    try:
        _people(desk.store.url.database or "")
        client = desk.write("test", _books)
        hours_verbs.grant(desk, client, 120, expires_on=date(2999, 1, 1))
        for subject in ("Не печатает чек", "Кот лёг на кассу", "Printer jams [VIP]"):
            tickets.register(desk, tickets.Registration(subject, client, "A story", equipment_id=1, site_id=1))
    finally:
        desk.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def _people(file: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for login, name, role in (("ivanov", "Иван Иванов", Role.ENGINEER), ("extern", "Подряд", Role.CONTRACTOR)):
            connection.execute(
                "INSERT INTO person (login, name, role, is_active, version, capacity_minutes)"
                " VALUES (?, ?, ?, 1, 1, 480)",
                (login, name, role.value),
            )


def _books(unit: Unit) -> int:
    client = records.put_client(unit, records.ClientRecord("ООО Ромашка", tax_number="7707083893", country="RU"))
    site = records.put_site(unit, client, records.SiteRecord("Store", "Москва", "Ленина 1"))
    records.put_contact(unit, client, records.ContactRecord("Иван Петров", phone="8 495 123-45-67"))
    records.put_unit(unit, client, records.UnitRecord("INV-0012", "SN99", "register", "Atol", "91F", site_id=site))
    line = records.LineRecord(Scope.CLIENT, Funding.HOURS)
    terms = records.ContractRecord("К-17/2026", date(2020, 1, 1), lines=[line], charge_unit_minutes=15)
    records.put_contract(unit, client, terms)
    records.put_client(unit, records.ClientRecord("Oak Tree Schools"))
    records.put_client(unit, records.ClientRecord("Oak Tree Bakery"))
    return client


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The person's folders for this test, with English words and Madrid's time."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DESKCONSOLE_HOME", str(folder))
    for name in ("LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "config.toml").write_text('zone = "Europe/Madrid"\nlogin = "ann"\n', "utf-8")
    yield folder
    use_language("en")


@pytest.fixture
def shop(home: Path, shop_template: Path) -> Path:
    """The person's own desk, a copy of the small one."""
    file = home / "data" / "desk.sqlite"
    file.parent.mkdir()
    file.write_bytes(shop_template.read_bytes())
    file.chmod(0o600)
    return file


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line; `stdin` is what stands on standard input."""

    def run_words(*words: str, stdin: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main(list(words))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run_words


KEY = str(UUID(int=7))
