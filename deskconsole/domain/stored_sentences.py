"""Sentences of the desk as texts that can be stored and said later, in the language of whoever reads them."""

from __future__ import annotations

import json

from deskconsole.domain.sentences import Sentence


def packed(sentence: str) -> str:
    """A sentence as one text; its values are kept as they are if JSON has them, else as their text."""
    if not sentence:
        return ""
    if not isinstance(sentence, Sentence):
        return json.dumps([sentence, {}], ensure_ascii=False)
    values = {name: _plain(value) for name, value in sentence.values.items()}
    return json.dumps([sentence.template, values], ensure_ascii=False)


def unpacked(text: str) -> Sentence | None:
    """The sentence that was packed; None if nothing was, and a text of another hand as it stands."""
    if not text:
        return None
    try:
        template, values = json.loads(text)
        return Sentence(template, **values)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return Sentence("{text}", text=text)


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)
