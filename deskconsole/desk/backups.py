"""Copies of a desk, and putting one back."""

from __future__ import annotations

from pathlib import Path

from deskconsole.data import migrations
from deskconsole.data import store as storage
from deskconsole.data.engines import engine_of


def back_up(location: str, target: Path | None = None) -> Path:
    """Write a checked copy of a desk to a new file; returns its path.

    Raises:
        StorageUnavailable: it can't be written, or the server's programs for it are missing.
        Refused: the login sees a part of the desk only.
    """
    store = storage.open_store(location)
    try:
        store.need_whole()
        path = target or storage.backup_path(store, label="copy")
        with store.explaining():
            store.dialect.backup(store.reader, path)
    finally:
        store.close()
    return path


def restore(location: str, source: Path) -> Path | None:
    """Put a desk back as a backup has it; returns the copy of what was there before, if something was.

    A local desk is written over in one transaction, under running consoles; where there is no file yet, one is made.
    A shared one is restored into an empty database.

    Raises:
        StorageUnavailable: the backup is none, is damaged or newer than this program, or can't be put back now.
    """
    if engine_of(storage.parse_location(location).get_backend_name()).IS_FILE:
        return _restore_file(location, source)
    _restore_server(location, source)
    return None


def _restore_file(location: str, source: Path) -> Path | None:
    from deskconsole.data.engines.sqlite import restore as sqlite_restore

    url = storage.parse_location(location)
    with sqlite_restore.draft_of(source, Path(url.database or "")) as draft:
        storage.open_store(str(draft)).close()  # refuses what is newer, brings up to date what is older
        path = Path(url.database or "")
        if not path.exists():
            with engine_of("sqlite").making(url) as made:
                sqlite_restore.write_over(draft, Path(made.database or ""))
            return None
        store = storage.unchecked_store(url)
        try:
            store.dialect.check_location(url)
            sqlite_restore.refuse_damaged(path)
            kept = storage.backup_path(store, label="before-restore")
            sqlite_restore.write_over(draft, path, lambda: store.dialect.backup(store.reader, kept))
        finally:
            store.close()
    return kept


def _restore_server(location: str, source: Path) -> None:
    from deskconsole.data.engines.postgresql import tools as postgresql_tools

    migrations.is_behind(postgresql_tools.revision_of(source), location=source)  # refuses what is newer
    store = storage.unchecked_store(storage.parse_location(location))
    try:
        with store.explaining():
            with store.reader.connect() as connection:
                postgresql_tools.refuse_filled(connection, store.location)
            store.dialect.make_roles(store.reader)
            postgresql_tools.restore(store.reader, source)
            storage.upgrade_store(store, without_backup=True)  # the backup itself is one; and the rights are put right
    finally:
        store.close()
