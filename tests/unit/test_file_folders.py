"""What the folder of a shared desk's attachments is called on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskconsole.data.store import files_of

DIFFERENT = (
    "postgresql:///desk",
    "postgresql:///desk?host=/tmp/other",
    "postgresql:///desk?port=5433",
    "postgresql://a/desk",
    "postgresql://a:5433/desk",
    "postgresql://a,b/desk",
    "postgresql://a,c/desk",
    "postgresql://a:5433,b:5434/desk",
    "postgresql://a:5434,b:5433/desk",
    "postgresql://a-b/c",
    "postgresql://a/b-c",
    "postgresql:///desk?service=north",
    "postgresql:///desk?service=south",
    "postgresql://[::1]:5433/desk",
)


@pytest.fixture(autouse=True)
def _services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "services.conf"
    file.write_text("[north]\nhost=north.example\ndbname=n\n[south]\nhost=south.example\ndbname=s\n", "utf-8")
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path))


def test_two_desks_never_share_a_folder() -> None:
    folders = [files_of(address) for address in DIFFERENT]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize(
    "same",
    [
        ("postgresql://a,b/desk", "postgresql://b,a/desk", "postgresql://olga@b:5432,a/desk?target_session_attrs=any"),
        ("postgresql://a:5433,b:5434/desk", "postgresql:///desk?host=b,a&port=5434,5433"),
        ("postgresql:///?service=north", "postgresql://north.example/n"),
        ("postgresql://a/desk", "postgresql://olga@a:5432/desk?sslmode=require"),
    ],
)
def test_one_desk_has_one_folder_however_its_address_is_written(same: tuple[str, ...]) -> None:
    assert len({files_of(address) for address in same}) == 1


def test_a_folder_is_one_name_under_the_persons_own_folder(tmp_path: Path) -> None:
    for address in DIFFERENT:
        assert files_of(address).parent == tmp_path / "data" / "files"
    assert files_of("postgresql://db.example/desk").name == "db.example-desk"
