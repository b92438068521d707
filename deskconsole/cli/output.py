"""What the commands say: data on standard output, words on standard error; no colour, no drawing."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any

from deskconsole.domain.text import clean
from deskconsole.i18n import _

GAP = "  "
NARROWEST = 12  # cells the elastic column keeps on a small terminal
# Data of a database that others write too: what could steer a terminal is written as its number in JSON.
_STEERING = re.compile("[\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def words(text: str) -> None:
    """Say something to the person, on standard error."""
    print(clean(text, multiline=True), file=sys.stderr)


def data(text: object) -> None:
    """Write one line of data."""
    print(clean(str(text)))


def plain(value: Any, zone: tzinfo) -> Any:
    """`value` as JSON has it: dataclasses as objects, times in ISO with the offset of `zone`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), zone) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item, zone) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, zone) for item in value]
    return _scalar(value, zone)


def _scalar(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def document(value: Any, zone: tzinfo) -> None:
    """Write one JSON document."""
    print(_json(plain(value, zone), indent=2))


def json_line(value: Any) -> None:
    """Write one line of JSON lines and let it go: who asks line by line waits for it."""
    print(_json(value), flush=True)


def documents(values: Iterable[Any], zone: tzinfo) -> None:
    """Write one JSON list, object by object: it may be longer than memory."""
    before = "["
    for value in values:
        print(f"{before}\n  {_json(plain(value, zone))}", end="")
        before = ","
    print("[]" if before == "[" else "\n]")


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, elastic: int | None = None) -> None:
    """Write rows in columns aligned by cell width; on a terminal the `elastic` column gives way to its width."""
    lines = [list(titles), *([clean(cell) for cell in row] for row in rows)]
    widths = [max(_cells(line[column]) for line in lines) for column in range(len(titles))]
    if elastic is not None and sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - (sum(widths) - widths[elastic]) - len(GAP) * (len(widths) - 1)
        widths[elastic] = max(NARROWEST, min(widths[elastic], room))
    for line in lines:
        print(GAP.join(_fitted(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip())


def fields(pairs: Iterable[tuple[str, str]]) -> None:
    """Write `name: value` lines, values under each other; empty values are left out."""
    shown = [(name, clean(value)) for name, value in pairs if value]
    width = max((_cells(name) for name, _value in shown), default=0)
    for name, value in shown:
        print(f"{_fitted(name + ':', width + 1)} {value}")


def heading(text: str) -> None:
    """Write the title of a part, with a blank line before it."""
    print(f"\n{text}")


def indented(text: str) -> None:
    """Write a text of several lines, set in."""
    for line in clean(text, multiline=True).splitlines():
        print(f"    {line}".rstrip())


def local(moment: datetime | None, zone: tzinfo) -> str:
    """An instant as the person's clock had it; empty without one."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""


def money(minor: int | None, currency: str) -> str:
    """A sum in minor units with its currency; empty when it is not known or not for these eyes."""
    if minor is None:
        return ""
    whole, rest = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:02d} {currency}".strip()


class Progress:
    """How far a long run is: one line of standard error rewritten on a terminal, else a line every tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._said = ""

    def __call__(self, done: int, total: int | None = None, part: str = "") -> None:
        """Say it, if it differs from what stands there; `part` is what is being done of the whole."""
        what = f"{self._what}, {part}" if part else self._what
        if total:
            percent = min(100, done * 100 // total)
            live = sys.stderr.isatty()
            text = _("{what}: {percent} %").format(what=what, percent=percent if live else percent // 10 * 10)
        else:
            live = sys.stderr.isatty()
            text = f"{what}: {done if live else done // 10_000 * 10_000}"
        if text != self._said:
            print(
                f"\r{text}{' ' * (len(self._said) - len(text))}" if live else text,
                end="" if live else "\n",
                file=sys.stderr,
                flush=True,
            )
            self._said = text

    def close(self) -> None:
        """Leave the line."""
        if self._said and sys.stderr.isatty():
            print(file=sys.stderr)


def _json(value: Any, indent: int | None = None) -> str:
    is_unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=indent)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitted(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut with an ellipsis."""
    missing = width - _cells(text)
    if missing >= 0:
        return text + " " * missing
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 1) + "…"
