"""Text as people type it: safe for a terminal, folded for search, read through the wrong keyboard layout."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl

# What moves a terminal's cursor, reorders a line or hides a letter. Surrogates can't be encoded at all.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 (with ESC), DEL, C1 (with CSI and OSC)
    "\u00ad\u034f\u061c\u180e\u200b-\u200f"  # soft hyphen, joiners, zero width, left/right marks
    "\u2028-\u202e\u2060-\u206f\ufeff"  # separators, bidi embeddings, overrides and isolates, BOM
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations, invisible tags
    "\ud800-\udfff]"
)
_UNSAFE_BUT_NEWLINE = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_LINE_BREAK = re.compile("\r\n|[\n\r\u2028\u2029]")
_BLANK_CONTROL = re.compile("[\t\v\f]")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+")


def clean(text: str, *, multiline: bool = False) -> str:
    """Take out of `text` everything that could steer a terminal or lie about what is written; never raises.

    Line breaks (also U+2028 and U+2029) become line feeds when `multiline`, else spaces; tabs become spaces.
    Of an escape sequence only the introducer goes: what it tried to do stays readable as plain text.
    """
    if text.isascii() and text.isprintable():
        return text
    unsafe = _UNSAFE_BUT_NEWLINE if multiline else _UNSAFE
    if not unsafe.search(text):
        return text
    text = _LINE_BREAK.sub("\n" if multiline else " ", text)
    return unsafe.sub("", _BLANK_CONTROL.sub(" ", text))


# These Latin letters carry their stroke inside: Unicode does not decompose them.
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"}
)
# Letters of their own, not letters with an accent.
_KEPT_MARKS = frozenset({"и\u0306", "у\u0306", "і\u0308"})
_MARK = re.compile("(.?)([\u0300-\u036f]+)", re.DOTALL)


def _without_marks(match: re.Match[str]) -> str:
    letter, marks = match.groups()
    return letter + (marks[0] if letter + marks[0] in _KEPT_MARKS else "")


def fold(text: str) -> str:
    """Fold `text` for comparing: compatibility forms, case, ё = е, no accents (й stays й), single spaces."""
    if text.isascii():
        folded = text.lower()
    else:
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).casefold()
        folded = unicodedata.normalize("NFC", _MARK.sub(_without_marks, plain)).translate(_STROKES)
    return _SPACES.sub(" ", clean(folded)).strip()


def words(text: str) -> tuple[str, ...]:
    """The folded words of `text` (runs of letters and digits), in order, as full-text search has them."""
    return tuple(_WORD.findall(fold(text)))


_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?@#$^&|'
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю." + 'ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"№;:?/'
_TO_RUSSIAN = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_TO_LATIN = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)
_RUSSIAN_LETTER = re.compile("[А-Яа-яЁё]")

KEY_TWINS: Mapping[str, str] = MappingProxyType(
    {
        latin: russian
        for latin, russian in zip(_LATIN_KEYS, _RUSSIAN_KEYS, strict=True)
        if _RUSSIAN_LETTER.match(russian)
    }
)
"""What each key of a QWERTY keyboard types on the ЙЦУКЕН layout, for the keys that are Russian letters."""

_TWINNED_KEY = re.compile("[" + re.escape("".join(KEY_TWINS)) + "]")


def twin_key(letter: str) -> str:
    """What the key of `letter` types on the ЙЦУКЕН layout (`a` is `ф`); a key without a twin is its own."""
    return KEY_TWINS.get(letter, letter)


def layout_twins(text: str) -> tuple[str, ...]:
    """`text` as typed, then as the same keys would have written it on the other layout (QWERTY or ЙЦУКЕН).

    Every key counts, punctuation that is a Russian letter too; no reading stands twice: `hjvfirf`, `ромашка`.
    """
    readings = [text]
    if _TWINNED_KEY.search(text):
        readings.append(text.translate(_TO_RUSSIAN))
    if _RUSSIAN_LETTER.search(text):
        readings.append(text.translate(_TO_LATIN))
    return tuple(dict.fromkeys(readings))


_LEGAL_FORMS = (
    "ооо ип ао зао оао пао нао тоо чп гуп муп фгуп мку мбу гбу фгбу нко ано одо ooo oao zao pao "
    "llc llp ltd limited inc incorporated corp corporation gmbh plc sarl srl slu sll sau slp ug"
)
_LAST_LEGAL_FORMS = "sl sa sas sc scp sca cb ag kg co ab as oy bv nv se cv lda kft spa ou uab sia"
# Never a word of a name, wherever they stand ...
_FORMS = frozenset(_LEGAL_FORMS.split())
# ... and those that are also words or names, so they count at the end only.
_LAST_FORMS = frozenset(_LAST_LEGAL_FORMS.split())
_SPELLED_FORMS = re.compile(
    r"\bобщество с (?:ограниченной|дополнительной) ответственностью\b"
    r"|\b(?:(?:открытое|закрытое|публичное|непубличное) )?акционерное общество\b"
    r"|\bтоварищество с ограниченной ответственностью\b"
    r"|\bиндивидуальный предприниматель\b"
    r"|\bsociedad (?:de responsabilidad )?limitada(?: unipersonal| laboral)?\b"
    r"|\bsociedad anonima(?: unipersonal| laboral)?\b"
)
_SPACED_INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")


def _closed_up(match: re.Match[str]) -> str:
    letters = _WORD.findall(match.group())
    # After a surname, "И.П." and "А.О." are a person's initials, not a legal form.
    is_person = len(letters) == 2 and _RUSSIAN_LETTER.match(letters[0]) and _WORD.search(match.string, 0, match.start())
    return (" " if is_person else "").join(letters) + " "


def name_key(text: str) -> str:
    """The name of a company without its legal form, quotes and punctuation, for finding and comparing.

    A name that is nothing but a legal form keeps it: only a `text` with no letter or digit has an empty key.
    """
    whole = _SPACED_INITIALS.sub(_closed_up, fold(text))
    parts = _WORD.findall(whole)
    kept = [part for part in _WORD.findall(_SPELLED_FORMS.sub(" ", " ".join(parts))) if part not in _FORMS]
    while len(kept) > 1 and kept[-1] in _LAST_FORMS:
        kept.pop()
    return " ".join(kept or parts) or whole.strip()


_PASSWORD = re.compile(r"^([^:/]*://[^:/?#@]*):.*@")
SECRET_PARAMETERS = frozenset({"password", "passwd", "pwd", "sslpassword", "oauth_client_secret"})
_PASSWORD_WORD = re.compile(r"(?:^|\s)(?:ssl)?password\s*=", re.IGNORECASE)
_PASSWORD_PARAMETER = re.compile("((?:password|passwd|pwd)=)[^&]*", re.IGNORECASE)
_LOOK_ALIKES = str.maketrans("АВЕЁКМНОРСТУХ", "ABEEKMHOPCTYX")


def identifier_key(text: str) -> str:
    """An inventory, serial or contract number for comparing: letters and digits only, upper case.

    Cyrillic letters that look like Latin ones become them, so `КАС-0012` is one number however it was typed.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", clean(text)).upper())
    return "".join(sign for sign in plain.translate(_LOOK_ALIKES) if sign.isalnum())


def without_password(address: str) -> str:
    """A desk's address as it may be shown: a password in it, wherever it stands, is `***`; a path is as it is."""
    if "://" not in address:
        return address
    return _PASSWORD_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", clean(address)))


def holds_password(address: str) -> bool:
    """Whether a password stands in a desk's address, or in libpq's own way of writing one (`host=x password=y`)."""
    if "://" not in address:
        return _PASSWORD_WORD.search(address) is not None
    parameters = parse_qsl(address.partition("?")[2], keep_blank_values=True)
    return without_password(address) != clean(address) or any(
        name.strip().lower() in SECRET_PARAMETERS for name, _value in parameters
    )


def digits(text: str) -> str:
    """The decimal digits of `text` in order, of any script, as ASCII: a phone number for comparing."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())
