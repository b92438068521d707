"""What is kept of a crash: where the program was, without the values it held."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from deskconsole import __version__


def write_crash_report(folder: Path, error: BaseException) -> Path | None:
    """Write a 0600 report without local variables; None when it can't be written.

    Values can hold a client's words or a password, and messages quote them: only the kinds of the errors and the
    lines of code stand in it.
    """
    now = datetime.now(UTC)
    path = folder / f"crash-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    lines = [f"deskconsole {__version__}, {now.isoformat()}\n", *_where(error)]
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(lines)
        return path
    return None


def _where(error: BaseException) -> Iterator[str]:
    """The chain of errors, the first cause first: each one's way through the code, and its kind."""
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    for cause in reversed(seen):
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(cause.__traceback__)
        yield f"{type(cause).__module__}.{type(cause).__qualname__}\n\n"
