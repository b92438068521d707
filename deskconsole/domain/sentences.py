"""Sentences the desk says: an English template and its values, so that the edge can say it in any language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mark(template: str) -> str:
    """Mark an English template for the translation catalogues and return it unchanged."""
    return template


class Sentence(str):
    """An English sentence that remembers the template and the values it was made of.

    It *is* its English text; `deskconsole.i18n.say` renders the same template in the reader's language.
    """

    template: str
    values: Mapping[str, Any]
    __slots__ = ("template", "values")

    def __new__(cls, template: str, **values: Any) -> Sentence:
        """Fill `template` (`str.format` fields) with `values`."""
        made = super().__new__(cls, template.format(**values))
        made.template = template
        made.values = values
        return made
