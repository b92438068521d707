"""The desk's languages: English is the source, ru and es are gettext catalogues inside the package."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from deskconsole.domain.sentences import Sentence

LANGUAGES = ("en", "ru", "es")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use_language(name: str) -> None:
    """Say everything from now on in `name`, one of `LANGUAGES`."""
    global _catalogue, _language  # noqa: PLW0603 - one language a process, as gettext itself has it
    _catalogue = (
        gettext.NullTranslations()
        if name == "en"
        else gettext.translation("deskconsole", LOCALE_FOLDER, languages=[name])
    )
    _language = name


def language() -> str:
    """The language in use."""
    return _language


def language_of_environment() -> str:
    """The first of LC_ALL, LC_MESSAGES and LANG that is set and one of ours, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            name = value.split(".")[0].split("_")[0].lower()
            return name if name in LANGUAGES else "en"
    return "en"


def _(text: str) -> str:
    """Say `text` in the language in use; no text stays none (a catalogue keeps its header under it)."""
    return _catalogue.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Say the form of a counted phrase that `count` asks for."""
    return _catalogue.ngettext(one, many, count)


def say(sentence: str) -> str:
    """Say a sentence of the rules or of an error in the language in use; plain text stays as it is."""
    if not isinstance(sentence, Sentence):
        return sentence
    values = {name: say(value) if isinstance(value, str) else value for name, value in sentence.values.items()}
    return _(sentence.template).format(**values)
