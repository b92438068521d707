"""The person's keys: a preset and keymap.toml over the registry's defaults, refused when wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.screens.actions import ACTIONS, CHAINS, SCOPES
from deskconsole.screens.keys import SWALLOWED, expanded, is_known, joined, known_names, shown, split
from deskconsole.tomlfile import TomlFile, nearest, read_toml

PRESETS: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "vim": {
        "list.page_down": "pagedown,ctrl+d",
        "list.page_up": "pageup,ctrl+u",
    },
}
"""Keys of each preset that differ from the registry's."""


@dataclass(frozen=True)
class Keymap:
    """The keys of every action, by id, as people write them; `changed` has those of no default."""

    keys: Mapping[str, str]
    changed: Mapping[str, str]

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action with their layout twins."""
        return expanded(self.keys[action_id])

    def for_textual(self) -> dict[str, str]:
        """What `App.set_keymap` is to be given: only what differs, twins included."""
        return {action_id: joined(expanded(keys)) for action_id, keys in self.changed.items()}


def load_keymap(path: Path, preset: str = "") -> Keymap:
    """Read keymap.toml; `preset` is config.toml's, used when the file names none.

    An unknown preset, action or key, a key no terminal sends, and one key for two actions live together are
    refused with the line and the nearest right name.
    """
    file = read_toml(path)
    for key in file.data:
        if key not in {"preset", "keys"}:
            raise file.wrong(Sentence(mark("there is no {key} here."), key=key), key=key, names=["preset", "keys"])
    changed = dict(_preset(file, preset))
    written = _written(file)
    changed.update(written)
    keys = {action_id: changed.get(action_id, action.keys) for action_id, action in ACTIONS.items()}
    for key, first, second in clashes(keys):
        blamed, other = (second, first) if second in written else (first, second)
        problem = Sentence(mark("{key} is already the key of {other}."), key=shown(key), other=other)
        raise file.wrong(problem, table="keys", key=blamed)
    return Keymap(keys, {name: value for name, value in changed.items() if value != ACTIONS[name].keys})


def clashes(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each key that means two things in one chain of scopes, with the two actions in the registry's order."""
    for chain in CHAINS + tuple((scope,) for scope in SCOPES):
        owners: dict[str, str] = {}
        for action_id, written in keys.items():
            if ACTIONS[action_id].scope not in chain:
                continue
            for key in expanded(written):
                if owners.setdefault(key, action_id) != action_id:
                    yield key, owners[key], action_id


def _preset(file: TomlFile, preset: str) -> Mapping[str, str]:
    name = file.data.get("preset", preset or "default")
    if not isinstance(name, str) or name not in PRESETS:
        problem = Sentence(mark("the preset is one of {choices}, not {value}."), choices=", ".join(PRESETS), value=name)
        raise file.wrong(problem, key="preset")
    return PRESETS[name]


def _written(file: TomlFile) -> dict[str, str]:
    """The `[keys]` table, checked action by action."""
    table = file.data.get("keys", {})
    if not isinstance(table, dict):
        raise file.wrong(Sentence(mark("the keys stand under [keys].")), key="keys")
    written = dict(_flat(table))
    return {action_id: _checked(file, action_id, keys) for action_id, keys in written.items()}


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """The table with `queue.assign = "a"` (TOML reads a table in a table) as one id."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _checked(file: TomlFile, action_id: str, keys: object) -> str:
    """The keys of one action as written, when the action and each key exist."""
    if action_id not in ACTIONS:
        raise file.wrong(
            Sentence(mark("there is no action {name}."), name=action_id),
            table="keys",
            key=action_id,
            names=ACTIONS,
        )
    if not isinstance(keys, str) or not split(keys):
        problem = Sentence(mark('the keys of {name} are a text like "a,f3".'), name=action_id)
        raise file.wrong(problem, table="keys", key=action_id)
    for key in split(keys):
        if not is_known(key):
            raise _unknown_key(file, action_id, key)
    if all(key in SWALLOWED for key in split(keys)):
        problem = Sentence(
            mark("terminals keep {key} for themselves; give {name} another key too."),
            key=", ".join(shown(key) for key in split(keys)),
            name=action_id,
        )
        raise file.wrong(problem, table="keys", key=action_id)
    return keys


def _unknown_key(file: TomlFile, action_id: str, key: str) -> InvalidInput:
    """What to say of a key that no terminal sends."""
    *modifiers, last = key.split("+")
    line = file.line_of("keys", action_id)
    if "ctrl" in modifiers and len(last) == 1 and last != last.lower():
        near: str | None = "+".join(sorted({*modifiers, "shift"})) + f"+{last.lower()}"
    else:
        near = nearest(key, known_names())
    values = {"file": str(file.path), "line": line, "key": key}
    if near is None:
        return InvalidInput(mark("{file}, line {line}: there is no key {key}."), **values)
    return InvalidInput(mark("{file}, line {line}: there is no key {key}. Did you mean {near}?"), near=near, **values)
