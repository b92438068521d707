from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from deskconsole.domain.errors import InvalidInput
from deskconsole.exchange.fields import What
from deskconsole.exchange.mapping import find_mapping, load_mapping, shipped_mappings

GOOD = """\
what = "tickets"
source = "old desk"
key = "Nr"

[format]
dates = ["%d.%m.%Y"]
zone = "Europe/Moscow"

[fields]
subject = { template = "{Kind}[: {Text}]" }
created = "Created"
status = { column = "State", values = { "in work" = "in_progress" }, otherwise = "new" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str, what: What = What.TICKETS) -> str:
    with pytest.raises(InvalidInput) as caught:
        load_mapping(written(folder, text), what)
    return str(caught.value)


def test_a_mapping_is_read_into_one_value(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, GOOD), What.TICKETS)
    assert mapping.name == "map"
    assert mapping.source == "old desk"
    assert mapping.columns == ("Nr", "Kind", "Text", "Created", "State")
    assert mapping.fields["status"].values == {"in work": "in_progress"}
    assert mapping.layout.zone is not UTC
    assert mapping.layout.nulls == {""}


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_mapping_that_comes_with_the_program_is_sound(name: str) -> None:
    what = What(name) if name in set(What) else What.TICKETS
    assert load_mapping(name, what).fields


def test_a_mapping_of_our_own_is_found_by_its_name() -> None:
    assert find_mapping("servicenow_audit_log").is_file()


def test_a_misspelled_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="Nearest: servicenow_audit_log"):
        find_mapping("servicenow_audit")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('key = "Nr"', 'kee = "Nr"', 3, "Did you mean key?"),
        ('created = "Created"', 'creatd = "Created"', 11, "Did you mean created?"),
        ('zone = "Europe/Moscow"', 'zone = "Europe/Moskva"', 7, "no time zone Europe/Moskva"),
        ('dates = ["%d.%m.%Y"]', 'dates = ["%d.%m"]', 6, '"%d.%m" is no date format'),
        ('dates = ["%d.%m.%Y"]', 'dates = "%d.%m.%Y"', 6, "must be a list of texts"),
        ("[: {Text}]", "[: {Text}", 10, "bracket that does not match"),
        ('otherwise = "new"', 'elsewise = "new"', 12, "Did you mean otherwise?"),
        ('what = "tickets"', 'what = "clients"', 1, "this mapping is for clients, not for tickets"),
        ('what = "tickets"', 'rows = "events"', 1, "Did you mean event?"),
        ('what = "tickets"', 'rows = "event"', 1, "time names the column"),
        ('key = "Nr"', "", 1, "must be named as key"),
        ('created = "Created"', "", 9, '"created" must be filled'),
        ('created = "Created"', 'created = { column = "a", constant = "b" }', 11, "exactly one of"),
        ('created = "Created"', "created = 5", 11, "is a column, or a table"),
        ("[format]", '[format]\nencoding = "utf-9"', 6, "no encoding utf-9"),
        ("[format]", '[format]\ndelimiter = ";;"', 6, "one character"),
        ("[fields]", '[unknown]\npeople = "make"\n\n[fields]', 10, '"people" is "create" or "name"'),
        ('key = "Nr"', "key = ", 3, "this is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_nearest_name(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    said = complaint(tmp_path, GOOD.replace(old, new, 1))
    assert f"map.toml, line {line}:" in said
    assert words in said
