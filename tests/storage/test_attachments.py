"""Files on tickets."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from deskconsole.data.tables import Attachment
from deskconsole.desk import attachments, tickets
from deskconsole.domain.errors import InvalidInput, NotFound, StorageUnavailable
from tests.storage.desks import Company


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKCONSOLE_HOME", raising=False)
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(tmp_path / "home"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A file to attach."""
    file = tmp_path / "фото чека.jpg"
    file.write_bytes(b"\xff\xd8" * 1000)
    return file


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where copies go."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def kept_files(company: Company) -> list[Path]:
    return [file for file in company.store.files.rglob("*") if file.is_file()]


def test_a_file_is_kept_under_its_hash_and_given_back_as_it_was(company: Company, photo: Path, out: Path) -> None:
    ticket = company.ticket()
    number = attachments.attach(company.desk(), ticket, photo)
    (file,) = company.card(ticket).files
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert (file.id, file.name, file.size, file.sha256) == (number, "фото чека.jpg", 2000, digest)
    assert [kept.name for kept in kept_files(company)] == [digest]
    first = attachments.save_copy(company.desk(), number, out)
    second = attachments.save_copy(company.desk(), number, out)
    assert first.read_bytes() == second.read_bytes() == photo.read_bytes()
    assert [made.name for made in (first, second)] == ["фото чека.jpg", "фото чека-2.jpg"]
    assert company.card(ticket).events[-1].new == "фото чека.jpg"


def test_a_file_that_was_put_down_under_another_address_of_the_desk_is_found(
    postgres_company: Company, photo: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = postgres_company
    number = attachments.attach(company.desk(), company.ticket(), photo)
    company.store.files.rename(company.store.files.with_name("local-None"))  # as an older program called it
    assert attachments.save_copy(company.desk(), number, out).read_bytes() == photo.read_bytes()
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path / "elsewhere"))
    assert company.store.files.is_relative_to(tmp_path / "elsewhere" / "data")
    assert attachments.save_copy(company.desk(), number, out).read_bytes() == photo.read_bytes()


def test_the_same_bytes_twice_are_kept_once(company: Company, photo: Path) -> None:
    for ticket in (company.ticket(), company.ticket()):
        attachments.attach(company.desk(), ticket, photo)
    assert (company.count(Attachment), len(kept_files(company))) == (2, 1)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A umask that hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize(("group", "folder", "file"), [(0, 0o700, 0o600), (0o2070, 0o2770, 0o660)])
def test_files_are_for_the_desk_s_owner_or_group(
    sqlite_company: Company, photo: Path, group: int, folder: int, file: int
) -> None:
    files = sqlite_company.store.files
    files.parent.chmod(0o700 | group)
    attachments.attach(sqlite_company.desk(), sqlite_company.ticket(), photo)
    (kept,) = kept_files(sqlite_company)
    assert [place.stat().st_mode & 0o7777 for place in (files, kept.parent, kept)] == [folder, folder, file]


def test_a_contractor_gets_only_files_of_own_tickets(company: Company, photo: Path, out: Path) -> None:
    own, other = company.ticket(), company.ticket()
    for ticket, login in ((own, "con"), (other, "out")):
        tickets.assign(company.desk(), [ticket], company.people[login])
    mine, foreign = (attachments.attach(company.desk(), ticket, photo) for ticket in (own, other))
    assert attachments.save_copy(company.desk("con"), mine, out).exists()
    with pytest.raises(NotFound, match=f"no attachment {foreign}"):
        attachments.save_copy(company.desk("con"), foreign, out)
    with pytest.raises(NotFound, match="no attachment 999"):
        attachments.save_copy(company.desk(), 999, out)


def test_lost_and_damaged_bytes_are_said_so(company: Company, photo: Path, out: Path) -> None:
    number = attachments.attach(company.desk(), company.ticket(), photo)
    (kept,) = kept_files(company)
    kept.write_bytes(b"other")
    with pytest.raises(StorageUnavailable, match="damaged"):
        attachments.save_copy(company.desk(), number, out)
    kept.unlink()
    with pytest.raises(StorageUnavailable, match="not beside the database"):
        attachments.save_copy(company.desk(), number, out)
    assert list(out.iterdir()) == []


def test_what_is_no_file_or_too_big_can_t_be_attached(
    company: Company, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = company.ticket()
    monkeypatch.setattr(attachments, "MOST_BYTES", 1999)
    os.mkfifo(tmp_path / "pipe")
    for source in (photo, tmp_path, tmp_path / "absent", tmp_path / "pipe"):
        with pytest.raises(InvalidInput, match="can't be attached"):
            attachments.attach(company.desk(), ticket, source)
    assert (company.count(Attachment), kept_files(company)) == (0, [])


def test_a_name_that_would_leave_the_folder_or_steer_a_terminal_does_neither(
    company: Company, tmp_path: Path, out: Path
) -> None:
    source = tmp_path / "evil\x1b]0;x\x07\n.txt"
    source.write_text("x")
    number = attachments.attach(company.desk(), company.ticket(), source)
    saved = attachments.save_copy(company.desk(), number, out)
    assert saved.parent == out
    assert saved.name == "evil]0;x .txt"
    with company.store.writing() as session:
        session.get_one(Attachment, number).name = "../../" + "up.txt"
    assert attachments.save_copy(company.desk(), number, out) == out / "up.txt"


def test_a_copy_goes_into_a_folder_that_is_there(company: Company, photo: Path, tmp_path: Path) -> None:
    number = attachments.attach(company.desk(), company.ticket(), photo)
    with pytest.raises(InvalidInput, match="can't be written"):
        attachments.save_copy(company.desk(), number, tmp_path / "absent")


def test_a_full_disk_leaves_no_half_of_a_file(company: Company, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InvalidInput, match="No space left on device"):
        attachments.attach(company.desk(), company.ticket(), photo)
    assert kept_files(company) == []
