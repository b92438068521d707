"""Client text on the screen: never markup, never raw control codes, always the asked number of cells."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from deskconsole.domain.text import clean

Align = Literal["left", "right"]
ELLIPSIS = "…"
# Terminals disagree on how wide these make the letter before them; without them all agree.
_VARIATION_SELECTORS = dict.fromkeys((0xFE0E, 0xFE0F))


def plain(text: str, *, multiline: bool = True) -> Content:
    """Show `text` literally: no markup is read in it and nothing in it can steer the terminal."""
    return Content(clean(text, multiline=multiline))


def fit(text: str, width: int, align: Align = "left") -> str:
    """Make `text` safe and exactly `width` cells wide: padded, or cut with `…`.

    Only the start of a very long text is looked at, so that a 10 MB subject costs what a short one does.
    """
    if width <= 0:
        return ""
    start = text[: 8 * width + 64]
    safe = clean(start).translate(_VARIATION_SELECTORS)
    cells = cell_len(safe)
    if cells > width or len(start) < len(text):
        safe = set_cell_size(safe, min(width - 1, cells)) + ELLIPSIS
        cells = cell_len(safe)
    padding = " " * (width - cells)
    return padding + safe if align == "right" else safe + padding
