"""The form of a stored row that both engines give alike, and checksums over it.

A stored row is a tuple of whole numbers, texts and None: instants are microseconds since 1970 (UTC), booleans 0 and 1,
days ISO texts, UUIDs 32 hexadecimal digits. That is what SQLite keeps as it is; PostgreSQL is asked for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from json import JSONEncoder

Stored = tuple[int | str | None, ...]
"""One row, in the order of its table's columns."""

# Line ends inside texts are escaped, so `],` and a line end stand between rows and nowhere else.
_encode = JSONEncoder(separators=(",\n", ":"), check_circular=False).encode
_BETWEEN = b"],\n["
_MODULUS = 1 << 256


def rows_bytes(rows: Sequence[Stored]) -> list[bytes]:
    """Each row as bytes that no other row gives: its values as JSON in ASCII; many at once, for there are millions."""
    return _encode(rows)[2:-2].encode("ascii").split(_BETWEEN) if rows else []


@dataclass
class Checksum:
    """A checksum of a set of rows, whatever their order: the sum of their SHA-256 digests, and how many they are."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Sequence[Stored]) -> None:
        """Take in some rows."""
        added = rows_bytes(rows)
        digest, number = hashlib.sha256, int.from_bytes
        self.total = (self.total + sum([number(digest(row).digest(), "big") for row in added])) % _MODULUS
        self.rows += len(added)

    @property
    def text(self) -> str:
        """The checksum as 64 hexadecimal digits."""
        return f"{self.total:064x}"
