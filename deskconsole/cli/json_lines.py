"""Commands that answer JSON lines: one object a line in, one line out, a bad line is an error of that line only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from deskconsole.cli import output
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.i18n import say


def answer_lines(answer: Callable[[object], dict[str, Any]]) -> None:
    """Answer every line of standard input as soon as it is read; blank lines are passed over.

    A line that is no JSON, or that `answer` refuses with `InvalidInput`, is answered `{"error": sentence}`.
    """
    # As bytes where there are any: JSON says its encoding itself, and one broken letter is one broken line.
    source: Iterable[str | bytes] = getattr(sys.stdin, "buffer", sys.stdin)
    for number, line in enumerate(source, start=1):
        if line.strip():
            output.json_line(_answered(answer, line, number))


def _answered(answer: Callable[[object], dict[str, Any]], line: str | bytes, number: int) -> dict[str, Any]:
    try:
        return answer(_parsed(line, number))
    except InvalidInput as error:
        return {"error": say(error.sentence)}


def _parsed(line: str | bytes, number: int) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInput(mark("Line {number} is not JSON."), number=number) from None
