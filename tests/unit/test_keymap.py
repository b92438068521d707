"""Keys: the registry is whole; a keymap file that can't be meant is refused with line and nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.keys import _character_to_key

from deskconsole.domain.errors import InvalidInput
from deskconsole.screens.actions import ACTIONS, SCOPES, bindings_for, keys_table
from deskconsole.screens.keymap import PRESETS, clashes, load_keymap
from deskconsole.screens.keys import PUNCTUATION, SWALLOWED, expanded, is_known, shown, split
from deskconsole.widgets.line_list import LineList

KEYS_PAGE = Path(__file__).parents[2] / "docs" / "keys.md"


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "keymap.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as error:
        load_keymap(path)
    return str(error.value.sentence).replace(str(path), "keymap.toml")


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.id)
def test_every_action_is_explained_bound_documented_and_reachable(action: object) -> None:
    from deskconsole.screens.actions import Action

    assert isinstance(action, Action)
    assert action.scope in SCOPES
    assert action.label
    assert action.help.endswith(".")
    keys = split(action.keys)
    assert all(is_known(key) for key in keys)
    assert set(keys) - SWALLOWED
    binding = next(one for one in bindings_for(action.scope) if one.id == action.id)
    assert binding.key.split(",") == list(expanded(action.keys))
    assert binding.tooltip == action.help
    assert f"`{action.id}`" in keys_table()


def test_the_page_of_keys_is_written_from_the_registry() -> None:
    assert KEYS_PAGE.read_text("utf-8") == keys_table()


def test_the_lists_own_keys_are_those_of_the_registry() -> None:
    for binding in LineList.BINDINGS:
        assert not isinstance(binding, tuple)
        assert binding.id is not None
        assert set(binding.key.split(",")) == set(expanded(ACTIONS[binding.id].keys))


def test_punctuation_is_named_as_textual_names_it() -> None:
    assert {name: _character_to_key(character) for name, character in PUNCTUATION.items()} == {
        name: name for name in PUNCTUATION
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_one_key_two_meanings(preset: str, tmp_path: Path) -> None:
    keymap = load_keymap(tmp_path / "none.toml", preset)
    assert list(clashes(keymap.keys)) == []
    assert "down" in keymap.keys_of("list.down")


def test_a_letter_brings_its_twin_of_the_other_layout() -> None:
    assert expanded("a,f3") == ("a", "f3", "ф")
    assert expanded("ф") == ("ф", "a")
    assert expanded("G") == ("G", "П")
    assert shown("ctrl+s") == "Ctrl+S"


def test_a_remapped_action_takes_its_keys_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text('[keys]\n"queue.assign" = "z,f11"\nqueue.sort = "ctrl+shift+a"\n')
    keymap = load_keymap(path)
    assert keymap.for_textual() == {"queue.assign": "z,f11,я", "queue.sort": "ctrl+shift+a"}
    assert keymap.keys_of("ticket.assign") == ("a", "f3", "ф")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '# mine\n[keys]\n"queue.asign" = "z"\n',
            "keymap.toml, line 3: there is no action queue.asign. Did you mean queue.assign?",
        ),
        (
            '[keys]\n"queue.assign" = "pagedwn"\n',
            "keymap.toml, line 2: there is no key pagedwn. Did you mean pagedown?",
        ),
        (
            '[keys]\n"queue.assign" = "ctrl+A"\n',
            "keymap.toml, line 2: there is no key ctrl+A. Did you mean ctrl+shift+a?",
        ),
        (
            '[keys]\n"queue.sort" = "s"\n',
            "keymap.toml, line 2: s is already the key of queue.status.",
        ),
        (
            '[keys]\n"queue.sort" = "ы"\n',
            "keymap.toml, line 2: ы is already the key of queue.status.",
        ),
        (
            '[keys]\n"queue.sort" = "j"\n',
            "keymap.toml, line 2: j is already the key of list.down.",
        ),
        (
            '[keys]\n"queue.sort" = "ctrl+h"\n',
            "keymap.toml, line 2: terminals keep Ctrl+H for themselves; give queue.sort another key too.",
        ),
        ('\npreset = "emacs"\n', "keymap.toml, line 2: the preset is one of default, vim, not emacs."),
        ("[kees]\n", "keymap.toml, line 1: there is no kees here. Did you mean keys?"),
        ('[keys]\n"queue.sort" = 3\n', 'keymap.toml, line 2: the keys of queue.sort are a text like "a,f3".'),
        (
            '[keys\nx = "a"\n',
            "keymap.toml, line 1: this is not TOML: Expected ']' at the end of a table declaration",
        ),
    ],
)
def test_a_wrong_keymap_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    assert refused(tmp_path, text) == sentence
