"""A person's TOML file read strictly: every complaint names the file, the line and the nearest right name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark

LARGEST_FILE = 1_000_000
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$|\s*\(at end of document\)$")
_HEADER = re.compile(r"^\s*(\[\[?)\s*(.*?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*((?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[\w.-])+(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[\w-]+))*)\s*=")
_FENCE = re.compile(r'"""|\'\'\'')


@dataclass(frozen=True)
class TomlFile:
    """A TOML file as read: where it is, what it says, and its text for finding the line of a key."""

    path: Path
    data: dict[str, Any]
    text: str = ""

    def line_of(self, table: str, key: str, index: int = 0) -> int:
        """The line (from 1) on which `key` stands in `[table]` ("" is the top), or `index`-th `[[table]]`.

        Falls back to the table's header, then to line 1.
        """
        wanted = ".".join(filter(None, (table, key)))
        here, fence, seen, header = "", "", -1, 1
        for number, line in enumerate(self.text.splitlines(), 1):
            if fence:
                fence = "" if fence in line else fence
            elif match := _HEADER.match(line):
                here = _plain(match[2])
                if here == table:
                    seen += 1
                    header = number if seen <= index else header
            elif seen in {-1, index} and (match := _KEY.match(line)):
                if ".".join(filter(None, (here, _plain(match[1])))) == wanted:
                    return number
                fence = _left_open(line)
        return header

    def wrong(
        self, problem: Sentence, *, table: str = "", key: str = "", index: int = 0, names: Iterable[str] = ()
    ) -> InvalidInput:
        """An error about a key: file, line, `problem`, and the nearest of `names` to the key's last word."""
        values = {"file": str(self.path), "line": self.line_of(table, key, index), "problem": problem}
        near = nearest(key, names)
        if near is None:
            return InvalidInput(mark("{file}, line {line}: {problem}"), **values)
        return InvalidInput(mark("{file}, line {line}: {problem} Did you mean {near}?"), near=near, **values)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name most like `word`, if any is like it."""
    by_folded = {name.casefold(): name for name in names}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[found[0]] if found else None


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file; a missing one is empty. Says what is wrong with a file that can't be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidInput(mark("{file} is too large to be a settings file."), file=str(path))
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return TomlFile(path, {})
    except UnicodeDecodeError as error:
        raise InvalidInput(mark("{file} is not UTF-8 text; save it in UTF-8."), file=str(path)) from error
    except OSError as error:
        raise InvalidInput(
            mark("{file} can't be read: {reason}"), file=str(path), reason=error.strerror or str(error)
        ) from error
    try:
        return TomlFile(path, tomllib.loads(text.removeprefix("\ufeff")), text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad_syntax(path, text, str(error)) from error


def _bad_syntax(path: Path, text: str, complaint: str) -> InvalidInput:
    """The parser's complaint with the line it names; at the end of the text, the last line."""
    match = _AT_LINE.search(complaint)
    line = int(match[1]) if match and match[1] else max(1, len(text.splitlines()))
    reason = complaint[: match.start()] if match else complaint
    return InvalidInput(
        mark("{file}, line {line}: this is not TOML: {reason}"), file=str(path), line=line, reason=reason
    )


def _left_open(line: str) -> str:
    """The fence of a text over several lines that begins in `line` and does not end there."""
    fences = _FENCE.findall(line)
    return fences[-1] if len(fences) % 2 else ""


def _plain(name: str) -> str:
    """A key or header without quotes and spaces around dots."""
    parts = re.findall(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([\w-]+)", name)
    return ".".join(next((part for part in found if part), "") for found in parts)
