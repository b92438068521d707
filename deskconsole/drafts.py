"""Text somebody is typing, kept so that a hang-up, a crash or `kill -9` loses at most the last second.

One 0600 file a form, written beside its name, synced and put in place in one step, 0.5 s after the last key.
A console holds a lock for as long as it lives, so only the drafts of dead consoles are offered.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from deskconsole.domain.sentences import Sentence, mark

QUIET_SECONDS = 0.5
LONGEST_SECONDS = 1.0
"""A person who never stops typing is still saved this often."""
RETRY_SECONDS = 5.0
DAMAGED = ".damaged"


@dataclass(frozen=True)
class Draft:
    """What was typed into a form by a console that is gone; `path` is the file it is kept in."""

    form: str
    fields: Mapping[str, str]
    saved_at: datetime
    path: Path


class DraftBox:
    """One person's drafts at one desk, as one console keeps them; may be used from any thread.

    `trouble` is called, in the writing thread, with a sentence when a draft can't be written (a full disk).
    """

    def __init__(
        self,
        folder: Path,
        *,
        desk: str,
        login: str,
        quiet_seconds: float = QUIET_SECONDS,
        trouble: Callable[[Sentence], None] | None = None,
    ) -> None:
        self.folder = folder
        self._owner = hashlib.sha256(f"{desk}\0{login}".encode()).hexdigest()[:16]
        self._console = uuid.uuid4().hex
        self._quiet = quiet_seconds
        self._trouble = trouble
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._waiting: dict[str, dict[str, str] | None] = {}
        self._kept: dict[str, dict[str, str]] = {}
        self._first_key = self._last_key = 0.0
        self._closed = False
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._troubled = False
        self._lock: int | None = _held(self._lock_path(self._console))
        self._thread = threading.Thread(target=self._write_for_ever, name="drafts", daemon=True)
        self._thread.start()

    def __enter__(self) -> DraftBox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keep(self, form: str, fields: Mapping[str, str]) -> None:
        """Keep what stands in a form now; written a moment after the last key. Empty fields are no draft."""
        kept = {name: value for name, value in fields.items() if value}
        with self._changed:
            before = self._kept.get(form, {})
        if kept and kept == _without_key(before):
            kept = before
        self._put(form, kept or None)

    def key_of(self, form: str, fields: Mapping[str, str]) -> uuid.UUID:
        """The operation key of exactly these fields of a form: sent again as they are, they are the same operation.

        It is kept with them until they are discarded, also when the console dies in the middle; it is on the disk when
        this comes back.
        """
        self.keep(form, fields)
        kept = self.kept(form)
        if "key" not in kept:
            self.keep(form, {**fields, "key": str(uuid.uuid4())})
        self.flush()
        return uuid.UUID(self.kept(form)["key"])

    def kept(self, form: str) -> Mapping[str, str]:
        """What this console keeps for a form; empty when nothing."""
        with self._changed:
            return dict(self._kept.get(form, {}))

    def take_back(self, draft: Draft) -> None:
        """Make an offered draft this console's own text of its form, unless something newer stands there."""
        if not self.kept(draft.form):
            self.keep(draft.form, draft.fields)
            self.flush()
            self.discard(draft)

    def discard(self, draft: str | Draft) -> None:
        """Forget a form of this console, or a draft that was offered."""
        if isinstance(draft, Draft):
            with self._writing:
                draft.path.unlink(missing_ok=True)
            return
        self._put(draft, None)

    def flush(self) -> None:
        """Write everything that waits, now; comes back when it is on the disk."""
        with self._writing:
            with self._changed:
                waiting, self._waiting = self._waiting, {}
            for form, fields in waiting.items():
                try:
                    self._write(form, fields)
                    self._troubled = False
                except OSError as error:
                    self._try_later(form, fields, error)

    def offered(self) -> list[Draft]:
        """The drafts of this person's dead consoles, newest first; from now on they are this console's.

        Each is offered to one console only. A file that can't be read is set aside as `*.damaged`.
        """
        with self._writing:
            self._take_from_the_dead()
            found = [draft for path in self.folder.glob(self._taken("*")) if (draft := _read(path))]
        return sorted(found, key=lambda draft: draft.saved_at, reverse=True)

    def close(self) -> None:
        """Write what waits, and let other consoles have what is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self.flush()
        if self._lock is not None:
            self._lock_path(self._console).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _put(self, form: str, fields: dict[str, str] | None) -> None:
        now = time.monotonic() - (self._quiet if fields is None else 0.0)
        with self._changed:
            if not self._waiting:
                self._first_key = now
            self._last_key = now
            self._waiting[form] = fields
            if fields is None:
                self._kept.pop(form, None)
            else:
                self._kept[form] = fields
            self._changed.notify_all()

    def _write_for_ever(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (pause := self._pause()) != 0:
                    self._changed.wait(pause)
                if self._closed:
                    return
            self.flush()

    def _pause(self) -> float | None:
        """Seconds until what waits is written; None while nothing waits."""
        if not self._waiting:
            return None
        due = min(self._last_key + self._quiet, self._first_key + max(LONGEST_SECONDS, self._quiet))
        return max(0.0, due - time.monotonic())

    def _write(self, form: str, fields: dict[str, str] | None) -> None:
        path = self._path(form)
        if fields is None:
            path.unlink(missing_ok=True)
            return
        written = {"form": form, "saved_at": datetime.now(UTC).isoformat(), "fields": fields}
        put_in_place(path, json.dumps(written).encode())

    def _try_later(self, form: str, fields: dict[str, str] | None, error: OSError) -> None:
        """Keep what could not be written for another try, and say so once."""
        with self._changed:
            self._waiting.setdefault(form, fields)
            self._first_key = self._last_key = time.monotonic() + RETRY_SECONDS
        if self._trouble is not None and not self._troubled:
            self._troubled = True
            reason = error.strerror or type(error).__name__
            self._trouble(Sentence(mark("What you type can't be kept on disk: {reason}"), reason=reason))

    def _path(self, form: str) -> Path:
        digest = hashlib.sha256(form.encode()).hexdigest()[:16]
        return self.folder / f"{self._owner}-{self._console}-{digest}.json"

    def _lock_path(self, console: str) -> Path:
        return self.folder / f"{console}.lock"

    def _taken(self, unique: str) -> str:
        """The name of a file taken over from a dead console: apart from what this console writes itself."""
        return f"{self._owner}-{self._console}-taken{unique}.json"

    def _take_from_the_dead(self) -> None:
        """Take over this person's files of consoles that hold no lock any more, and sweep up after those."""
        consoles = {path.stem for path in self.folder.glob("*.lock")}
        consoles |= {path.name.split("-")[1] for path in self.folder.glob("*-*-*.json")}
        for console in consoles - {self._console}:
            lock = _locked(self._lock_path(console))
            if lock is None:
                continue
            for path in self.folder.glob(f"{self._owner}-{console}-*.json"):
                path.rename(self.folder / self._taken(uuid.uuid4().hex))
            for path in self.folder.glob(f".*-{console}-*"):
                path.unlink(missing_ok=True)
            self._lock_path(console).unlink(missing_ok=True)
            os.close(lock)


def sweep(folder: Path, before: datetime) -> int:
    """Remove what was typed before an instant into forms of consoles that are gone; returns how many files.

    Whoever typed it was offered it at every start since.
    """
    removed = 0
    for lock_path in {folder / f"{path.name.split('-')[1]}.lock" for path in folder.glob("*-*-*.json*")}:
        lock = _locked(lock_path)
        if lock is None:
            continue
        for path in folder.glob(f"*-{lock_path.stem}-*.json*"):
            with suppress(OSError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    removed += 1
        lock_path.unlink(missing_ok=True)
        os.close(lock)
    return removed


def typed_in(draft: Draft) -> list[str]:
    """The texts of a draft, without the key they were sent under."""
    return list(_without_key(draft.fields).values())


def _without_key(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name != "key"}


def put_in_place(path: Path, content: bytes) -> None:
    """Write a 0600 file so that at any moment either the old or the whole new content stands there."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _held(path: Path) -> int:
    """Lock this console's own file; another console may sweep it up just before it is locked."""
    while True:
        handle = _locked(path)
        if handle is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
            os.close(handle)


def _locked(path: Path) -> int | None:
    """Lock a file, making it if need be; None while another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _read(path: Path) -> Draft | None:
    """The draft in a file; None, and the file set aside, when it is not one."""
    try:
        found = json.loads(path.read_bytes())
        fields = {str(name): str(value) for name, value in found["fields"].items()}
        return Draft(str(found["form"]), fields, datetime.fromisoformat(found["saved_at"]), path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        with suppress(OSError):
            path.rename(path.with_name(path.name + DAMAGED))
        return None
