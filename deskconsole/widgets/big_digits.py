"""Numbers three lines high: what a wall says across a room."""

from __future__ import annotations

from types import MappingProxyType

ROWS = 3
_GLYPHS = MappingProxyType(
    {
        "0": ("█▀█", "█ █", "▀▀▀"),
        "1": ("▀█ ", " █ ", "▀▀▀"),
        "2": ("▀▀█", "█▀▀", "▀▀▀"),
        "3": ("▀▀█", " ▀█", "▀▀▀"),
        "4": ("█ █", "▀▀█", "  ▀"),
        "5": ("█▀▀", "▀▀█", "▀▀▀"),
        "6": ("█▀▀", "█▀█", "▀▀▀"),
        "7": ("▀▀█", "  █", "  ▀"),
        "8": ("█▀█", "█▀█", "▀▀▀"),
        "9": ("█▀█", "▀▀█", "▀▀▀"),
        ".": (" ", " ", "▀"),
        "%": ("▀ █", " █ ", "█ ▀"),
        "-": ("   ", "▀▀▀", "   "),
    }
)


def big(number: str) -> list[str]:
    """A number of digits, `.`, `%` and `-` as `ROWS` lines of blocks."""
    return [" ".join(_GLYPHS[sign][line] for sign in number) for line in range(ROWS)]
