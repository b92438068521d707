"""Names of keys: which exist, which terminals swallow, each letter's twin on the other keyboard layout."""

from __future__ import annotations

from collections.abc import Iterable

from deskconsole.domain.text import KEY_TWINS

MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")
PUNCTUATION = {
    "question_mark": "?",
    "slash": "/",
    "backslash": "\\",
    "colon": ":",
    "semicolon": ";",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "plus": "+",
    "asterisk": "*",
    "at": "@",
    "underscore": "_",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "quotation_mark": '"',
    "apostrophe": "'",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "circumflex_accent": "^",
    "grave_accent": "`",
    "vertical_line": "|",
    "tilde": "~",
}
"""Textual's names of punctuation keys and the character each types."""

_NAME_OF = {character: name for name, character in PUNCTUATION.items()}
_LATIN_TWINS = {russian: latin for latin, russian in KEY_TWINS.items()}
NAMED = (
    *(f"f{number}" for number in range(1, 25)),
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "pageup",
    "pagedown",
    "insert",
    "delete",
    "backspace",
    "enter",
    "escape",
    "tab",
    "space",
)
SWALLOWED = frozenset(
    {
        "ctrl+h",
        "ctrl+i",
        "ctrl+j",
        "ctrl+m",
        "ctrl+left_square_bracket",
        "ctrl+enter",
        "alt+f",
        "alt+b",
        "ctrl+b",
    }
)
"""Keys that terminals, shells or tmux keep or alias: no action may live only there."""

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
}


def split(keys: str) -> tuple[str, ...]:
    """The keys of a comma-separated list, each by Textual's name; a lone comma is written `comma`."""
    return tuple(normal(key) for key in keys.split(",") if key.strip())


def joined(keys: Iterable[str]) -> str:
    """Keys as Textual's comma-separated list."""
    return ",".join(keys)


def normal(key: str) -> str:
    """The one name of a key, as Textual's parser says it: punctuation by name, modifiers in order."""
    *modifiers, last = key.strip().split("+") if key.strip() != "+" else ["+"]
    return "+".join([*sorted(modifier.lower() for modifier in modifiers), _NAME_OF.get(last, last)])


def is_known(key: str) -> bool:
    """Whether a terminal can send the (normal) key: a printable character or a named key, modified or not.

    A capital letter with Ctrl is dead: it is written `ctrl+shift+a`.
    """
    *modifiers, last = key.split("+")
    if any(modifier not in MODIFIERS for modifier in modifiers) or len(set(modifiers)) < len(modifiers):
        return False
    if last in NAMED or last in PUNCTUATION:
        return True
    return len(last) == 1 and last.isprintable() and not (modifiers and last != last.lower())


def known_names() -> tuple[str, ...]:
    """Names a person may write for keys, for suggesting the nearest one."""
    return (*NAMED, *PUNCTUATION, *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))


def twin(key: str) -> str | None:
    """What the same physical key sends on the other layout (`a` and `ф`), or None without a twin."""
    typed = PUNCTUATION.get(key, key)
    if len(typed) != 1:
        return None
    other = KEY_TWINS.get(typed) or _LATIN_TWINS.get(typed)
    return None if other is None else normal(other)


def expanded(keys: str) -> tuple[str, ...]:
    """The keys of a list, as written, and after them the layout twins they have."""
    written = split(keys)
    return tuple(dict.fromkeys((*written, *(other for key in written if (other := twin(key)) is not None))))


def shown(key: str) -> str:
    """A key as people write it: `Ctrl+S`, `?`, `F2`, `a`."""
    *modifiers, last = key.split("+")
    last = PUNCTUATION.get(last, last)
    if last in _SHOWN:
        last = _SHOWN[last]
    elif (last[:1] == "f" and last[1:].isdigit()) or (modifiers and len(last) == 1):
        last = last.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), last])
