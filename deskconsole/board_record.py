"""What a board showed, kept in a file, and read back: one line of JSON for each change, and one each minute.

The format stands in docs/board.md. A line is written whole, at once and behind what is there already; what a crash
cut short is left out at reading.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from bisect import bisect_right
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from deskconsole.domain.board import BoardState
from deskconsole.domain.errors import InvalidInput, NotFound, StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean

VERSION = 1
BEAT = timedelta(minutes=1)
WHOLE_EVERY = timedelta(minutes=10)
"""A whole board is written again that often, so that a damaged line spoils no more than that."""


class Recorder:
    """Writes what a board shows to the end of `path`, one recorder a file.

    Raises:
        InvalidInput: the file is something else, is being written by another board, or can't be written.
    """

    def __init__(self, path: Path, zone: tzinfo) -> None:
        self._path = path
        self._zone = str(zone)
        self._last: BoardState | None = None
        self._written_at = self._whole_at = datetime.min.replace(tzinfo=UTC)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _not_written(path, error) from error
        try:
            self._begin()
        except BaseException:
            os.close(self._file)
            raise

    def _begin(self) -> None:
        """See that the file is free and ours; a line that was cut short gets its end."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InvalidInput(mark("Another board is recording to {path}."), path=clean(str(self._path))) from error
        size = os.fstat(self._file).st_size
        if size and not _is_ours(os.pread(self._file, 200, 0)):
            raise InvalidInput(mark("{path} is no recording of a board."), path=clean(str(self._path)))
        self._is_cut = bool(size) and os.pread(self._file, 1, size - 1) != b"\n"

    def write(self, state: BoardState) -> None:
        """Keep a state, unless it says the same as the last one.

        Raises:
            StorageUnavailable: it can't be written.
        """
        is_whole = self._last is None or state.at - self._whole_at >= WHOLE_EVERY or state.at < self._whole_at
        if not is_whole and self._last is not None and self._last.says_the_same(state):
            return
        now = _plain(state)
        if is_whole:
            self._put({"at": now["at"], "board": VERSION, "zone": self._zone, "state": now})
            self._whole_at = state.at
        else:
            before = _plain(self._last)
            changed = {name: value for name, value in now.items() if value != before[name] and name != "at"}
            self._put({"at": now["at"], "set": changed})
        self._last, self._written_at = state, state.at

    def is_beat_due(self, now: datetime) -> bool:
        """Whether nothing was written for a minute."""
        return self._last is not None and not timedelta() <= now - self._written_at < BEAT

    def beat(self, now: datetime, read_at: datetime, trouble: str = "") -> None:
        """Keep that the board still stood there, with data of `read_at`, and what kept it from reading newer.

        Raises:
            StorageUnavailable: it can't be written.
        """
        age = max(now - read_at, timedelta()) // timedelta(seconds=1)
        self._put({"at": _text(now), "age": age, **({"trouble": trouble} if trouble else {})})
        self._written_at = now

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _put(self, line: dict[str, Any]) -> None:
        data = json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            if self._is_cut:
                data = b"\n" + data
            self._is_cut = True
            written = os.write(self._file, data)
        except OSError as error:
            self._last = None
            raise StorageUnavailable(
                mark("The recording could not be written: {reason}"), reason=error.strerror or str(error)
            ) from error
        self._is_cut = written < len(data)
        if self._is_cut:
            self._last = None  # the next line is a whole board
            raise StorageUnavailable(
                mark("The recording could not be written: {reason}"), reason=os.strerror(errno.ENOSPC)
            )


@dataclass(frozen=True)
class Shown:
    """What a board showed from `at` on: the state it had, and what kept it from reading a newer one."""

    at: datetime
    state: BoardState
    trouble: str


@dataclass(frozen=True)
class _Frame:
    at: datetime
    offset: int
    is_whole: bool


class Recording:
    """A recorded board: its frames in order of time, each read from the file when it is asked for.

    Raises:
        InvalidInput: the file can't be read, is no recording, or holds no whole board.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.zone: tzinfo | None = None
        """The zone of the board's hours; None where it is not known here."""
        self._frames: list[_Frame] = []
        try:
            with path.open("rb") as file:
                self._index(file)
        except OSError as error:
            raise InvalidInput(
                mark("{path} can't be read: {reason}"), path=clean(str(path)), reason=error.strerror or str(error)
            ) from error
        if not self._frames:
            raise InvalidInput(mark("There is no whole board in {path}."), path=clean(str(path)))
        self._times = [frame.at for frame in self._frames]

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def first(self) -> datetime:
        """When it begins."""
        return self._times[0]

    @property
    def last(self) -> datetime:
        """When it ends."""
        return self._times[-1]

    def time_of(self, index: int) -> datetime:
        """The instant of a frame."""
        return self._times[index]

    def index_at(self, instant: datetime) -> int:
        """The frame that was on the screen at an instant; the first one before there was any."""
        return max(0, bisect_right(self._times, instant) - 1)

    def moment(self, text: str, zone: tzinfo, near: datetime | None = None) -> datetime:
        """An instant that is typed; a time alone is that of `near`'s day, else the last one of the recording.

        Raises:
            InvalidInput: it is no time.
            NotFound: the recording does not reach so far.
        """
        at = read_time(text, (near or self.last).astimezone(zone).date(), zone)
        if near is None and at > self.last and not _names_a_day(text):
            at = read_time(text, (self.last.astimezone(zone) - timedelta(days=1)).date(), zone)
        if not self.first - BEAT < at < self.last + BEAT:
            first, last = (f"{end.astimezone(zone):%Y-%m-%d %H:%M:%S}" for end in (self.first, self.last))
            raise NotFound(mark("The recording runs from {first} to {last}."), first=first, last=last)
        return max(at, self.first)

    def shown(self, index: int) -> Shown:
        """A frame.

        Raises:
            InvalidInput: the file has changed since it was opened.
        """
        start = next(place for place in range(index, -1, -1) if self._frames[place].is_whole)
        values: dict[str, Any] = {}
        trouble = ""
        try:
            with self._path.open("rb") as file:
                for frame in self._frames[start : index + 1]:
                    file.seek(frame.offset)
                    line = json.loads(file.readline())
                    values |= line.get("state", {}) | line.get("set", {})
                    read_at = datetime.fromisoformat(line["at"]) - timedelta(seconds=int(line.get("age", 0)))
                    values["at"] = _text(read_at)
                    trouble = str(line.get("trouble", ""))
            state = _made(BoardState, values)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged() from error
        return Shown(self._times[index], state, trouble)

    def _index(self, file: Any) -> None:
        """Note where each line stands; after one that can't be read, nothing counts until the next whole board."""
        latest = datetime.min.replace(tzinfo=UTC)
        is_complete = False
        offset = 0
        for number, text in enumerate(file):
            if number == 0 and not _is_ours(text):
                raise InvalidInput(mark("{path} is no recording of a board."), path=clean(str(self._path)))
            frame = _frame(text, offset)
            offset += len(text)
            if text.strip() and (frame is None or not (is_complete or frame.is_whole)):
                is_complete = False
                continue
            if frame is None:
                continue
            if frame.is_whole:
                self.zone = self.zone or _zone(json.loads(text).get("zone"))
            is_complete = True
            latest = max(latest, frame.at)  # a clock that was set back does not turn the order round
            self._frames.append(_Frame(latest, frame.offset, frame.is_whole))

    def _damaged(self) -> InvalidInput:
        return InvalidInput(mark("The recording {path} is damaged there."), path=clean(str(self._path)))


def _is_ours(beginning: bytes) -> bool:
    """Whether a file begins as a recording does; a newer form is not ours."""
    return b'"board":%d,' % VERSION in beginning[:200]


def _frame(text: bytes, offset: int) -> _Frame | None:
    """A line of the file; None = it was cut short or is something else."""
    if not text.endswith(b"\n"):
        return None
    try:
        line = json.loads(text)
        at = _instant(line["at"])
        if "state" in line:
            _made(BoardState, line["state"])
        elif not isinstance(line.get("set", {}), dict) or not ("set" in line or "age" in line):
            return None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return _Frame(at, offset, "state" in line)


def _zone(name: object) -> tzinfo | None:
    try:
        return ZoneInfo(str(name)) if name else None
    except (KeyError, ValueError, OSError):
        return None


def _not_written(path: Path, error: OSError) -> InvalidInput:
    reason = error.strerror or str(error)
    return InvalidInput(mark("{path} can't be written: {reason}"), path=clean(str(path)), reason=reason)


_TIME = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ])?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


def _names_a_day(text: str) -> bool:
    found = _TIME.fullmatch(text.strip())
    return found is not None and found[1] is not None


def read_time(text: str, day: date, zone: tzinfo) -> datetime:
    """Read a time as it stood on the board: `14:05`, `14:05:30` of `day`, or `2026-03-02 14:05`, in UTC.

    Raises:
        InvalidInput: it is none.
    """
    refusal = InvalidInput(
        mark('"{value}" is no time of a recording; write 14:05 or 2026-03-02 14:05.'), value=clean(text)[:40]
    )
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise refusal
    try:
        on = date.fromisoformat(found[1]) if found[1] else day
        local = datetime(on.year, on.month, on.day, int(found[2]), int(found[3]), int(found[4] or 0), tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal from None


# --- values as JSON and back -------------------------------------------------------------------------------


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)


def _plain(value: Any) -> Any:
    """A value of the board as JSON has it."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _text(value) if isinstance(value, datetime) else value


def _made(kind: Any, value: Any) -> Any:
    """The value of that kind; ValueError, KeyError or TypeError when it is none."""
    if get_origin(kind) is tuple:
        return tuple(_made(get_args(kind)[0], item) for item in value)
    if isinstance(kind, UnionType):
        return None if value is None else _made(get_args(kind)[0], value)
    if is_dataclass(kind):
        parts = {name: _made(part, value[name]) for name, part in _parts(cast("type", kind)).items()}
        return cast("type", kind)(**parts)
    return _instant(value) if kind is datetime else _simple(kind, value)


def _simple(kind: type, value: Any) -> Any:
    """A number, text, yes or no, or one word of a closed set."""
    if issubclass(kind, Enum):
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(kind)
    return value


@cache
def _parts(kind: Any) -> dict[str, Any]:
    """The fields of a dataclass and what they hold."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
