"""Texts for a CSV that a spreadsheet will open: none of them may run as a formula."""

from __future__ import annotations

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # the full-width signs start formulas too
ESCAPE = "'"


def harmless(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would take it for a formula."""
    return ESCAPE + text if text.startswith(DANGEROUS) or is_escaped(text) else text


def plain(text: str) -> str:
    """What `harmless` made the text of."""
    return text[1:] if is_escaped(text) else text


def is_escaped(text: str) -> bool:
    """Whether apostrophes stand before what would be a formula."""
    return text.startswith(ESCAPE) and text.lstrip(ESCAPE).startswith(DANGEROUS)
