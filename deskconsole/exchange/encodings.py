"""Finding out how a text file is encoded, by reading all of its bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 1 << 20
_HIGH = re.compile(rb"[\x80-\xff]+")


def find_encoding(chunks: Iterable[bytes], file: str) -> str:
    """The encoding of a text given as its bytes: UTF-8, UTF-16 with its mark, windows-1251 or windows-1252.

    The last two are told apart by what their letters look like: Russian words are runs of high bytes, accents
    in Latin words stand alone.

    Raises:
        InvalidInput: the bytes are no text, or in an encoding that must be declared.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    sample = b""
    is_utf8 = True
    for number, chunk in enumerate(chunks):
        if number == 0:
            for bom, name in BOMS:
                if chunk.startswith(bom):
                    return name
            if b"\x00" in chunk[:4096]:
                raise InvalidInput(mark("{file} is no text file; give a CSV or XLSX file."), file=file)
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if not is_utf8:
            sample += chunk
            if len(sample) >= SAMPLE:
                break
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            sample = b""
        else:
            return "utf-8"
    return _one_byte(sample, file)


def _one_byte(sample: bytes, file: str) -> str:
    runs = _HIGH.findall(sample)
    high = sum(map(len, runs))
    in_runs = sum(len(run) for run in runs if len(run) > 1)
    russian = b"".join(runs).decode("cp1251", errors="replace")
    small = sum(letter.islower() for letter in russian)
    if high and in_runs >= 0.7 * high and small >= 0.5 * high:
        return "cp1251"
    latin = b"".join(runs).decode("cp1252", errors="replace")
    if high and in_runs <= 0.3 * high and sum(letter.isalpha() for letter in latin) >= 0.7 * high:
        return "cp1252"
    raise InvalidInput(
        mark('{file} is not UTF-8. Say in the mapping what it is: [format] encoding = "windows-1251", for example.'),
        file=file,
    )
