"""The looks a cell of a line list can have, by name: colours are the theme's, words and shapes the cell's."""

from __future__ import annotations

from types import MappingProxyType

# A countdown's level is a look by its own name (deskconsole.domain.countdown).
_CSS = {
    "overdue": "color: $level-overdue; text-style: bold;",
    "final": "color: $level-final; text-style: bold;",
    "near": "color: $level-near;",
    "soon": "color: $level-soon;",
    "calm": "color: $level-calm;",
    "none": "color: $level-none;",
    "covered": "color: $coverage-covered;",
    "hours": "color: $coverage-hours;",
    "uncovered": "color: $coverage-none; text-style: bold;",
    "strong": "text-style: bold;",
    "muted": "color: $list-muted;",
    "mark": "color: $list-mark; text-style: bold;",
}

CELL_LOOKS = MappingProxyType(_CSS)
"""Name of a look -> its declarations in CSS."""

LOOKS_CSS = "".join(f"LineCanvas > .line-list--{look} {{ {css} }}\n" for look, css in CELL_LOOKS.items())
