"""Files on tickets: bytes beside the database under their hash, names in it."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import tempfile
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from deskconsole.data.tables import Attachment, table
from deskconsole.desk.desk import Desk, Unit
from deskconsole.domain.errors import InvalidInput, NotFound, StorageUnavailable
from deskconsole.domain.sentences import mark
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
    file = table(Attachment)
    row = desk.read(lambda session: session.execute(select(file).where(file.c.id == attachment_id)).first())
    if row is None:
        raise NotFound(mark("There is no attachment {id}."), id=attachment_id)
    kept = _place(desk.store.files, row.sha256)
    try:
        content = kept.read_bytes()
    except OSError:
        raise StorageUnavailable(
            mark("The bytes of {name} are not beside the database; look in a backup."), name=row.name
        ) from None
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise StorageUnavailable(mark("The bytes of {name} are damaged; look in a backup."), name=row.name)
    target = folder / (Path(row.name).name or "file")
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{Path(row.name).stem}-{number}{Path(row.name).suffix}"
    target.write_bytes(content)
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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with source.open("rb") as reading, tempfile.NamedTemporaryFile(dir=folder, delete=False) as writing:
            while chunk := reading.read(CHUNK):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        place = _place(folder, digest.hexdigest())
        place.parent.mkdir(mode=0o700, exist_ok=True)
        os.replace(writing.name, place)
    except OSError as error:
        raise InvalidInput(mark("{path} can't be attached: {reason}"), path=source, reason=error.strerror) from None
    return digest.hexdigest(), size


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest
