"""Files on tickets: bytes beside the database under their hash, names in it."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session

from deskconsole.data.tables import Attachment, Ticket, table
from deskconsole.desk.desk import Actor, Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound, StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Role
from deskconsole.domain.text import clean

MOST_BYTES = 100 * 1024 * 1024
CHUNK = 1024 * 1024


def attach(desk: Desk, ticket_id: int, source: Path, *, key: UUID | None = None) -> int:
    """Put a copy of a file on a ticket; returns the attachment's id."""
    digest, size = _store_bytes(desk.store.files, source)

    def work(unit: Unit) -> int:
        ticket = unit.ticket(ticket_id)
        name = clean(source.name)[:255]
        row = Attachment(
            ticket_id=ticket_id,
            name=name,
            media_type=mimetypes.guess_type(name)[0] or "",
            size=size,
            sha256=digest,
            at=unit.now,
            person_id=unit.actor.id,
        )
        unit.session.add(row)
        unit.session.flush()
        unit.note_change(ticket, "attach", "attachment", "", name)
        return row.id or 0

    return desk.write("ticket.attach", work, key=key)


def save_copy(desk: Desk, attachment_id: int, folder: Path) -> Path:
    """Write an attachment's bytes to a new file in `folder`, checked against their hash; returns its path."""
    row = desk.read(_visible, attachment_id, desk.actor)
    content = _sound_bytes(desk.store.file_folders, row.sha256, row.name)
    return _write_new(folder, Path(row.name), content)


def bring(sources: Sequence[Path], target: Path, digest: str) -> bool:
    """Copy a file from one desk's folders into another's; False when it is not there, or is not what its hash says.

    Raises:
        StorageUnavailable: it can't be written.
    """
    if kept_in([target], digest) is not None:
        return True
    source = kept_in(sources, digest)
    if source is None:
        return False
    try:
        return _keep(target, _place(source, digest)) == digest
    except OSError as error:
        raise StorageUnavailable(
            mark("The attachments can't be copied to {path}: {reason}"), path=target, reason=error.strerror
        ) from None


def kept_in(folders: Sequence[Path], digest: str) -> Path | None:
    """The first of the folders where the bytes of an attachment stand and are what their hash says."""
    for folder in folders:
        with suppress(OSError), _place(folder, digest).open("rb") as reading:
            if hashlib.file_digest(reading, "sha256").hexdigest() == digest:
                return folder
    return None


def _sound_bytes(folders: Sequence[Path], digest: str, name: str) -> bytes:
    is_damaged = False
    for folder in folders:
        with suppress(OSError):
            content = _place(folder, digest).read_bytes()
            if hashlib.sha256(content).hexdigest() == digest:
                return content
            is_damaged = True
    if is_damaged:
        raise StorageUnavailable(mark("The bytes of {name} are damaged; look in a backup."), name=name)
    raise StorageUnavailable(mark("The bytes of {name} are not beside the database; look in a backup."), name=name)


def _visible(session: Session, attachment_id: int, actor: Actor) -> Row[Any]:
    file, ticket = table(Attachment), table(Ticket)
    query = select(file).join_from(file, ticket, ticket.c.id == file.c.ticket_id).where(file.c.id == attachment_id)
    if actor.role is Role.CONTRACTOR:
        query = query.where(ticket.c.assignee_id == actor.id)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(mark("There is no attachment {id}."), id=attachment_id)
    return row


def _write_new(folder: Path, name: Path, content: bytes) -> Path:
    target = folder / (name.name or "file")
    number = 1
    while True:
        try:
            with target.open("xb") as writing:
                writing.write(content)
        except FileExistsError:
            number += 1
            target = folder / f"{name.stem or 'file'}-{number}{name.suffix}"
        except OSError as error:
            with suppress(OSError):
                target.unlink(missing_ok=True)
            raise InvalidInput(
                mark("The file can't be written to {path}: {reason}"), path=target, reason=error.strerror
            ) from None
        else:
            return target


def _store_bytes(folder: Path, source: Path) -> tuple[str, int]:
    """Copy first, under a temporary name, then rename to the hash: a row never names bytes that are not there."""
    try:
        size = source.stat().st_size
        if not source.is_file() or size > MOST_BYTES:
            raise InvalidInput(
                mark("{path} can't be attached: it must be a file of at most {megabytes} MB."),
                path=source,
                megabytes=MOST_BYTES // CHUNK,
            )
        return _keep(folder, source), size
    except OSError as error:
        raise InvalidInput(mark("{path} can't be attached: {reason}"), path=source, reason=error.strerror) from None


def _keep(folder: Path, source: Path) -> str:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_shared = folder.parent.stat().st_mode & 0o2000  # as the desk's file: for its owner alone, or for the group
    _make_folder(folder, 0o2770 if is_shared else 0o700)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as writing:
        try:
            with source.open("rb") as reading:
                while chunk := reading.read(CHUNK):
                    digest.update(chunk)
                    writing.write(chunk)
            writing.flush()
            os.fchmod(writing.fileno(), 0o660 if is_shared else 0o600)
            os.fsync(writing.fileno())
            place = _place(folder, digest.hexdigest())
            _make_folder(place.parent, 0o2770 if is_shared else 0o700)
            os.replace(writing.name, place)
        except BaseException:
            Path(writing.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest()


def _make_folder(folder: Path, mode: int) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        return
    folder.chmod(mode)  # whatever the umask says


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest
