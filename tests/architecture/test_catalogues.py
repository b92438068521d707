from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from deskconsole.i18n import LANGUAGES as SPOKEN
from tools import catalogues


def test_every_catalogue_is_complete_and_in_step_with_the_sources() -> None:
    assert catalogues.faults() == []


def test_every_language_of_the_program_but_the_source_has_a_catalogue() -> None:
    assert set(SPOKEN) == {"en", *catalogues.LANGUAGES}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_compiled_catalogue_says_what_the_written_one_says(language: str) -> None:
    with catalogues.po_file(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogues.read(catalogues.po_file(language), language):
        if isinstance(message.id, str) and message.id and message.string:
            assert compiled.gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("language", "forms"),
    [("ru", {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1}), ("es", {0: 1, 1: 0, 2: 1, 1000: 1})],
)
def test_a_language_counts_as_its_grammar_does(language: str, forms: dict[int, int]) -> None:
    with catalogues.po_file(language).with_suffix(".mo").open("rb") as file:
        plural = gettext.GNUTranslations(file).plural  # type: ignore[attr-defined] # typeshed leaves it out
    assert {count: plural(count) for count in forms} == forms


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("{count} left", "осталось {count}"), None),
        (Message("{count} left", ""), "not translated"),
        (Message("{count} left", "осталось {left}"), "different {fields}"),
        (Message("{count} left", "осталось {count"), "no template"),
        (Message("{count} left", "осталось {count}", flags=["fuzzy"]), "fuzzy"),
        (Message(("{n} ticket", "{n} tickets"), ("{n} заявка", "{n} заявки", "{n} заявок")), None),
        (Message(("{n} ticket", "{n} tickets"), ("{n} заявка", "{n} заявки", "")), "all 3 forms"),
        (Message(("{n} ticket", "{n} tickets"), ("{n} заявка", "{n} заявки")), "all 3 forms"),
    ],
)
def test_a_fault_of_a_translation_is_found(message: Message, fault: str | None) -> None:
    found = catalogues.faults_of_message(message, plural_forms=3)
    assert (fault is None and not found) or (fault is not None and fault in found[0])


def test_all_ways_to_mark_a_string_reach_the_template(tmp_path: Path) -> None:
    (tmp_path / "screen.py").write_text(
        '_("a title")\nngettext("{n} ticket", "{n} tickets", n)\nmark("one "\n  "sentence")\nprint("no")\n',
        encoding="utf-8",
    )
    found = {message.id for message in catalogues.extract(tmp_path) if message.id}
    assert found == {"a title", ("{n} ticket", "{n} tickets"), "one sentence"}
