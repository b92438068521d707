"""Bars and trees drawn in characters: they say the same without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.content import Content

USED, RESERVED, LEFT = "█", "▒", "░"


def bar(used: int, reserved: int, total: int, width: int) -> Content:
    """Draw a lot of `total` as `width` cells: used `█`, reserved `▒`, left `░`.

    Any use shows as at least one cell, and a lot looks spent only when nothing is left.
    """
    used, reserved = max(0, used), max(0, reserved)
    if total <= 0 or width <= 0:
        return Content(LEFT * max(0, width))
    taken = _cells(min(used + reserved, total), total, width)
    used_cells = min(taken, _cells(min(used, total), total, width))
    if reserved and used < total and used_cells == taken and taken > 1:
        used_cells -= 1
    drawn = USED * used_cells + RESERVED * (taken - used_cells)
    return Content.assemble(
        (USED * used_cells, "$hours-used"),
        (RESERVED * (taken - used_cells), "$hours-reserved"),
        (LEFT * (width - len(drawn)), "$hours-left"),
    )


def _cells(part: int, total: int, width: int) -> int:
    """How many of `width` cells show `part` of `total`; rounding gives neither none nor all of them."""
    if part <= 0:
        return 0
    if part >= total:
        return width
    return min(max(1, (part * width * 2 + total) // (2 * total)), max(1, width - 1))


def tree_lines(parents: Mapping[int, int | None]) -> tuple[tuple[int, str], ...]:
    """Order nodes under their parents and give each its box-drawing prefix (`├─ `, `└─ `, `│  `).

    `parents` maps a node to its parent, in the order siblings are to stand. A node whose parent isn't among
    them stands at the top, and so does the first node of a ring: every node stands exactly once.
    """
    children: dict[int, list[int]] = {}
    roots: list[int] = []
    for node, parent in parents.items():
        if parent is None or parent not in parents:
            roots.append(node)
        else:
            children.setdefault(parent, []).append(node)
    seen: set[int] = set()
    lines: list[tuple[int, str]] = []
    for root in (*roots, *parents):
        if root not in seen:
            lines.extend(_branch(root, children, seen))
    return tuple(lines)


def _branch(root: int, children: Mapping[int, Sequence[int]], seen: set[int]) -> Iterable[tuple[int, str]]:
    """The lines of one top node; a stack, because a chain of units may be longer than Python recurses."""
    seen.add(root)
    waiting: list[tuple[int, str, str]] = [(root, "", "")]
    while waiting:
        node, prefix, below = waiting.pop()
        yield node, prefix
        own = [child for child in children.get(node, ()) if child not in seen]
        seen.update(own)
        for place, child in reversed(list(enumerate(own, 1))):
            last = place == len(own)
            waiting.append((child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")))
