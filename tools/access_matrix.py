"""The permission matrix of docs/security.md, written from `deskconsole.data.access` between the file's two marks.

python -m tools.access_matrix           rewrite the file
python -m tools.access_matrix --check   fail where it is not up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from deskconsole.data.access import ACCESS, Grant, Rights, Scope, Verb
from deskconsole.domain.terms import Role

DOCUMENT = Path(__file__).parent.parent / "docs" / "security.md"
BEGIN, END = "<!-- matrix -->\n", "<!-- end of matrix -->\n"
ROLES = (Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN, Role.ENGINEER, Role.CONTRACTOR)
ORDER = (Verb.READ, Verb.ADD, Verb.CHANGE, Verb.REMOVE, Verb.LOCK)


def matrix() -> str:
    """The matrix as a table of Markdown: a line for each table, a column for each role."""
    head = f"| table | {' | '.join(role.value for role in ROLES)} |\n|{'---|' * (len(ROLES) + 1)}\n"
    return head + "".join(_line(table) for table in sorted(ACCESS))


def _line(table: str) -> str:
    cells = (_cell(ACCESS[table].get(role, {})) for role in ROLES)
    return f"| `{table}` | {' | '.join(cells)} |\n"


def _cell(rights: Rights) -> str:
    return "<br>".join(_words(rights)) or "-"


def _words(rights: Rights) -> Iterator[str]:
    """The verbs of one scope together, in the order of `ORDER`."""
    by_grant: dict[Grant, list[str]] = {}
    for verb in ORDER:
        if verb in rights:
            by_grant.setdefault(rights[verb], []).append(verb.value)
    for grant, verbs in by_grant.items():
        scope = "no rows" if grant.scope is Scope.NONE else grant.scope.value
        columns = f" ({', '.join(grant.columns)})" if grant.columns else ""
        yield f"{', '.join(verbs)}: {scope}{columns}"


def with_matrix(document: str) -> str:
    """The document with the matrix of now between its marks."""
    before, _, rest = document.partition(BEGIN)
    _old, _, after = rest.partition(END)
    return before + BEGIN + matrix() + END + after


def main() -> int:
    """Bring the document up to date, or say that it is not."""
    document = DOCUMENT.read_text(encoding="utf-8")
    wanted = with_matrix(document)
    if sys.argv[1:] == ["--check"]:
        return int(document != wanted)
    DOCUMENT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
