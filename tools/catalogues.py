"""The translation catalogues: `python -m tools.catalogues update` makes them, `check` says what they lack.

`update` takes the strings out of the sources into `deskconsole.pot`, brings each language's `.po` up to
date, and compiles it to `.mo`. Written so that the same strings make the same bytes: no dates, no line
numbers, no paths of a machine. A string that is gone leaves the catalogues; one that is new comes in empty,
never as a guess.
"""

from __future__ import annotations

import ast
import io
import string
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WORK_TREE = Path(__file__).resolve().parent.parent
PACKAGE = WORK_TREE / "deskconsole"
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "deskconsole.pot"
LANGUAGES = ("ru", "es")
SHOWN = 10


class SteadyCatalog(Catalog):
    """A catalogue whose header holds only what gettext needs."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Language, encoding and plural rule: no dates, which would change with every run."""
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
        if self.locale is not None:
            headers = [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms), *headers]
        return headers


def po_file(language: str) -> Path:
    """Where a language's catalogue stands."""
    return LOCALE / language / "LC_MESSAGES" / "deskconsole.po"


def extract(package: Path = PACKAGE) -> Catalog:
    """Every string of the sources that a person may read, with the files it stands in.

    Read from the syntax tree: before Python 3.12 a tokenizer doesn't see the calls inside f-strings.
    """
    catalogue = SteadyCatalog()
    for file in sorted(package.rglob("*.py")):
        for text in _marked(ast.parse(file.read_text("utf-8"))):
            catalogue.add(text, locations=[(file.relative_to(package).as_posix(), 0)])
    return catalogue


def _marked(tree: ast.AST) -> Iterator[str | tuple[str, str]]:
    """The literal texts given to `_`, `mark` and `ngettext`, in the order they stand."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in {"_", "mark"} and texts and texts[0]:
            yield texts[0]
        elif name == "ngettext" and len(texts) >= 2:
            yield (texts[0], texts[1])


def read(file: Path, language: str | None = None) -> Catalog:
    """A catalogue from its file; an absent file is an empty catalogue."""
    catalogue = SteadyCatalog(locale=language)
    if file.exists():
        with file.open("rb") as text:
            for message in read_po(text, locale=language, abort_invalid=True):
                if message.id:
                    catalogue[message.id] = message
    return catalogue


def update() -> None:
    """Write the template, and bring every language's written and compiled catalogue up to date."""
    template = extract()
    _write(TEMPLATE, _as_po(template))
    for language in LANGUAGES:
        catalogue = read(po_file(language), language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        _write(po_file(language), _as_po(catalogue))
        _write(po_file(language).with_suffix(".mo"), as_mo(catalogue))


def as_mo(catalogue: Catalog) -> bytes:
    """The compiled form; what is not translated stays out of it, and is then said in English."""
    translated = SteadyCatalog(locale=catalogue.locale)
    for message in catalogue:
        if message.id and all(_forms(message.string)):
            translated[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, translated)
    return compiled.getvalue()


def faults() -> list[str]:
    """What the catalogues lack, a sentence each; none when all is well."""
    template = extract()
    found = [] if _ids(read(TEMPLATE)) == _ids(template) else ["deskconsole.pot is not in step with the sources"]
    for language in LANGUAGES:
        of_language = [f"{language}: {fault}" for fault in _faults_of(language, template)]
        found += of_language[:SHOWN]
        if len(of_language) > SHOWN:
            found.append(f"{language}: and {len(of_language) - SHOWN} more")
    return [*found, *(["make locale brings the files up to date; the translating is yours"] if found else [])]


def faults_of_message(message: Message, plural_forms: int) -> list[str]:
    """What is wrong with one translated message: fuzzy, missing, or other `{fields}` than the source has."""
    sources, translations = _forms(message.id), _forms(message.string)
    wanted = plural_forms if isinstance(message.id, tuple) else 1
    if message.fuzzy:
        return [f"{sources[0]!r} is fuzzy"]
    if len(translations) != wanted or not all(translations):
        return [f"{sources[0]!r} is not translated" + (f" in all {wanted} forms" if wanted > 1 else "")]
    found = []
    for translation in translations:
        try:
            same = _fields(translation) == _fields(sources[-1])
        except ValueError as error:
            found.append(f"{translation!r} is no template: {error}")
        else:
            if not same:
                found.append(f"{sources[0]!r} and {translation!r} have different {{fields}}")
    return found


def _faults_of(language: str, template: Catalog) -> Iterator[str]:
    file = po_file(language)
    catalogue = read(file, language)
    if _ids(catalogue) != _ids(template):
        missing, left_over = _ids(template) - _ids(catalogue), _ids(catalogue) - _ids(template)
        yield f"{len(missing)} strings of the sources are missing, {len(left_over)} are not there any more"
    for message in catalogue:
        if message.id:
            yield from faults_of_message(message, catalogue.num_plurals)
    compiled = file.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != as_mo(catalogue):
        yield f"{compiled.name} is not in step with {file.name}"


def _forms(said: str | Sequence[str] | None) -> tuple[str, ...]:
    return (said or "",) if isinstance(said, str | None) else tuple(said)


def _fields(template: str) -> set[str]:
    return {field for _text, field, _form, _conversion in string.Formatter().parse(template) if field is not None}


def _ids(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


def _as_po(catalogue: Catalog) -> bytes:
    text = io.BytesIO()
    write_po(text, catalogue, width=110, include_lineno=False, omit_header=True)
    header = "".join(f'"{name}: {value}\\n"\n' for name, value in catalogue.mime_headers)
    return f'msgid ""\nmsgstr ""\n{header}\n'.encode() + text.getvalue()


def _write(file: Path, content: bytes) -> None:
    """Write a file if its content is other than it was."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)


def main(arguments: list[str]) -> int:
    """Run `update` or `check`; 1 when `check` finds that the catalogues lack something."""
    if arguments == ["update"]:
        update()
    elif arguments != ["check"]:
        print("usage: python -m tools.catalogues update|check", file=sys.stderr)
        return 2
    found = faults()
    print("\n".join(found) or "The catalogues are complete.", file=sys.stderr)
    return 1 if found and arguments == ["check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
