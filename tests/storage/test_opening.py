"""Making and opening desks: what is there, what is not, what is somebody else's."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from deskconsole.data.engines.sqlite import dialect as sqlite
from deskconsole.data.store import create_store, open_store
from deskconsole.data.tables import Person, table
from deskconsole.desk import opening, tickets
from deskconsole.desk.opening import create_desk, open_desk
from deskconsole.domain.errors import DeskError, InvalidInput, NotFound, Refused, StorageUnavailable
from deskconsole.domain.terms import Role
from tests.storage.desks import Company, company_on
from tests.support.writers import context


@pytest.fixture
def umask() -> Iterator[None]:
    """A umask that would open every file to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_desk_has_its_first_person_and_nothing_else(blank_url: str) -> None:
    create_desk(blank_url, login="ann", name="Анна\x1b")
    desk = open_desk(blank_url, login="ann")
    assert (desk.actor.name, desk.actor.role) == ("Анна", Role.ADMIN)
    assert tickets.register(desk, tickets.Registration("first")) == 1
    desk.close()
    assert opening.check(blank_url) == []
    with pytest.raises(StorageUnavailable, match="already"):
        create_desk(blank_url, login="bob")
    with pytest.raises(NotFound, match="bob"):
        open_desk(blank_url, login="bob")


def test_a_desk_needs_a_first_person_with_a_login(blank_url: str) -> None:
    with pytest.raises(InvalidInput, match="login"):
        create_desk(blank_url, login="\x1b")
    with pytest.raises(StorageUnavailable):
        open_store(blank_url)


def test_a_login_that_is_switched_off_opens_nothing(company: Company) -> None:
    with pytest.raises(Refused, match="switched off"):
        company.desk("gone")


@pytest.mark.usefixtures("umask")
def test_the_desk_s_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "desk.db"
    create_desk(str(file), login="ann")
    desk = open_desk(str(file), login="ann")
    tickets.register(desk, tickets.Registration("x"))
    assert [mode_of(made) for made in sorted(file.parent.iterdir())] == [0o600] * 3  # with its -shm and -wal
    assert mode_of(file.parent) == 0o700
    desk.close()


def test_in_a_folder_of_a_group_the_desk_is_the_group_s(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        tmp_path.chmod(0o2770)
        create_desk(str(tmp_path / "desk.db"), login="ann")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "desk.db") == 0o660


def test_a_missing_desk_is_not_made_by_opening(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    with pytest.raises(StorageUnavailable, match=f"no desk at {file}. Make one with: deskconsole --desk"):
        open_desk(str(file), login="ann")
    assert list(tmp_path.iterdir()) == []


def test_a_desk_that_has_gone_meanwhile_is_not_made_anew(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    company = company_on(store)
    file = Path(store.location)
    store.close()
    file.unlink()
    with pytest.raises(StorageUnavailable, match="can't be reached"):
        company.ticket()
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0", b"\0" * 5000, os.urandom(9000)])
def test_what_is_no_desk_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.db"
    file.write_bytes(content)
    for act in (lambda: open_store(str(file)), lambda: create_store(str(file)), lambda: opening.upgrade(str(file))):
        with pytest.raises(StorageUnavailable, match="left as it is"):
            act()
    assert file.read_bytes() == content
    assert [made.name for made in tmp_path.iterdir()] == ["notes.db"]


def test_another_program_s_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE ticket (id int)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(StorageUnavailable, match="is not a desk of deskconsole"):
        open_store(str(file))
    assert file.read_bytes() == before


def test_a_folder_is_no_desk(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="is not a desk"):
        open_store(str(tmp_path))


def test_a_symbolic_link_is_not_followed_when_a_desk_is_made(tmp_path: Path) -> None:
    link, victim = tmp_path / "desk.db", tmp_path / "victim"
    link.symlink_to(victim)
    with pytest.raises(StorageUnavailable, match="already"):
        create_desk(str(link), login="ann")
    assert not victim.exists()


def test_a_place_nobody_may_write_to_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable, match="can't be made"):
        create_desk(str(tmp_path / "file" / "desk.db"), login="ann")


@pytest.mark.parametrize(
    "address", ["mysql://u@h/d", "postgresql://u:geheim@[bad/d", "nonsense://geheim", "postgresql://u:geheim@h:port/d"]
)
def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(DeskError) as refusal:
        open_store(address)
    assert "geheim" not in str(refusal.value)


MOUNTS = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 22 0:40 / /home/shared rw,relatime shared:20 - nfs4 server:/export rw
41 40 0:41 / /home/shared/local rw,relatime shared:21 - ext4 /dev/vdb rw
42 22 0:42 / /mnt/two\\040words rw - fuse.sshfs host:/ rw
43 22 0:43 / /mnt/Общая rw - cifs //server/share rw
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/shared/desk.db", "nfs4"), ("/home/shared/local/desk.db", ""), ("/home/other/desk.db", ""),
        ("/mnt/two words/desk.db", "fuse.sshfs"), ("/mnt/Общая/папка/desk.db", "cifs"), ("/home/sharedother/d.db", ""),
    ],
)  # fmt: skip
def test_network_file_systems_are_known_by_the_mount_table(tmp_path: Path, place: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS, encoding="utf-8")
    assert sqlite.network_file_system(Path(place), table) == kind
    assert sqlite.network_file_system(Path(place), tmp_path / "absent") == ""


def test_a_desk_on_a_network_file_system_is_neither_made_nor_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "desk.db"
    create_desk(str(file), login="ann")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 254:1 / / rw - ext4 /dev/vda1 rw\n40 22 0:40 / {tmp_path} rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(sqlite, "MOUNTS", mounts)
    for act, place in ((open_store, file), (create_store, tmp_path / "new.db")):
        with pytest.raises(StorageUnavailable, match=r"network file system \(nfs4\)"):
            act(str(place))
    assert not (tmp_path / "new.db").exists()


def make_here(location: str, told: str) -> None:
    """One of several consoles that make a desk at once, telling a file how it went."""
    try:
        create_desk(location, login=f"p{os.getpid()}")
        word = "made"
    except DeskError as refusal:
        word = f"refused {refusal}"
    with Path(told).open("a", encoding="utf-8") as journal:
        journal.write(word + "\n")


def test_of_six_consoles_that_make_a_desk_at_once_one_does(blank_url: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    makers = [context().Process(target=make_here, args=(blank_url, str(told))) for _ in range(6)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    words = told.read_text(encoding="utf-8").splitlines()
    assert len(words) == 6
    assert [word for word in words if word == "made"] == ["made"]
    assert all("already" in word for word in words if word != "made")
    store = open_store(blank_url)
    with store.reading() as session:
        people = session.execute(select(table(Person))).all()
    store.close()
    assert len(people) == 1
    assert opening.check(blank_url) == []
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".new")] == []


def test_a_copied_desk_opens_like_the_first(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    ticket = company_on(store).ticket("to be copied")
    location = Path(store.location)
    store.close()
    moved = tmp_path / "имя с пробелом %20?x=1#.db"
    shutil.move(location, moved)
    desk = open_desk(str(moved), login="ann")
    assert tickets.reply(desk, ticket, "still here") > 0
    desk.close()
