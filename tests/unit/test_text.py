from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.text import (
    KEY_TWINS,
    clean,
    digits,
    fold,
    identifier_key,
    layout_twins,
    name_key,
    twin_key,
    without_password,
    words,
)

ANY_TEXT = st.text(st.characters(codec=None))
RUSSIAN = st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1)
HOSTILE = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u202a\u202e\u2066\u2069\u200e\u200f\u061c",
]
HOSTILE += [*"\u2028\u2029\u200b\u200d\u2060\ufeff", "\ud800", "\udfff"]


@given(ANY_TEXT)
def test_clean_text_steers_no_terminal(text: str) -> None:
    for made, kept in ((clean(text), ""), (clean(text, multiline=True), "\n")):
        assert not [sign for sign in made if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} - {kept}
                    and sign != kept]  # fmt: skip
        made.encode()


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean(clean(text, multiline=True), multiline=True) == clean(text, multiline=True)


@pytest.mark.parametrize("sign", HOSTILE)
def test_every_hostile_sign_goes(sign: str) -> None:
    assert sign not in clean(f"a{sign}b")
    assert sign == "\n" or sign not in clean(f"a{sign}b", multiline=True)


def test_lines_stay_lines_only_where_there_may_be_lines() -> None:
    assert clean("a\r\nb\tc\rd\u2028e") == "a b c d e"
    assert clean("a\r\nb\tc\rd\u2028e", multiline=True) == "a\nb c\nd\ne"


def test_what_an_escape_sequence_wanted_stays_readable() -> None:
    assert clean("\x1b[31mred\x1b]52;c;aGk=\x07") == "[31mred]52;c;aGk="


def test_markup_and_letters_of_all_scripts_stay() -> None:
    kept = "[VIP] Ñandú «Ромашка» 東京 [/x] ё й ● ▲"
    assert clean(kept) == kept


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  ЁЛКА\t Йод ", "елка йод"),
        ("Café Ñandú Łódź Øre", "cafe nandu lodz ore"),
        ("Рома\u0301шка", "ромашка"),
        ("и\u0306од", "йод"),
        ("ＦＵＬＬ ﬁx Straße", "full fix strasse"),
        ("a\u200bb", "ab"),
    ],
)
def test_folding_forgets_case_accents_and_spaces(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("Принтер HP-1020: не печатает, счёт_№5") == (
        "принтер", "hp", "1020", "не", "печатает", "счет", "no5",
    )  # fmt: skip
    assert words(" — ") == ()


def test_a_name_typed_on_the_wrong_layout_reads_both_ways() -> None:
    assert layout_twins("hjvfirf") == ("hjvfirf", "ромашка")
    assert layout_twins("ромашка") == ("ромашка", "hjvfirf")
    assert "хлебъ жэбюё" in layout_twins("[kt,] ;',.`")
    assert "Ёлка" in layout_twins("~krf")
    assert layout_twins("12 345") == ("12 345",)


@given(RUSSIAN)
def test_every_russian_word_is_found_by_its_keys(word: str) -> None:
    (_, keys) = layout_twins(word)
    assert keys.isascii()
    assert word in layout_twins(keys)
    assert word.upper() in layout_twins(layout_twins(word.upper())[1])


def test_letter_keys_have_twins() -> None:
    assert twin_key("a") == "ф"
    assert twin_key("A") == "Ф"
    assert twin_key("1") == "1"
    assert len({KEY_TWINS[key] for key in KEY_TWINS}) == 66


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ООО «Ромашка»", "ромашка"),
        ('ромашка, "ООО"', "ромашка"),
        ("О.О.О. Ромашка", "ромашка"),
        ("Общество с ограниченной ответственностью «Ромашка»", "ромашка"),
        ("ИП Фёдоров И. И.", "федоров и и"),
        ("Иванов И.П.", "иванов и п"),
        ("«И.П. Иванов А.О.»", "иванов а о"),
        ("Talleres Núñez, S.L.", "talleres nunez"),
        ("Talleres Núñez S. L.", "talleres nunez"),
        ("Sa Pobla SAS", "sa pobla"),
        ("Sociedad Anónima Ríos", "rios"),
        ("Acme Co., Ltd.", "acme"),
        ("Müller GmbH & Co. KG", "muller"),
        ("ТОО Астана-Сервис", "астана сервис"),
        ("ООО", "ооо"),
        ("S.A.", "sa"),
    ],
)
def test_a_company_is_known_without_its_legal_form(name: str, key: str) -> None:
    assert name_key(name) == key


@given(ANY_TEXT)
def test_a_name_with_letters_never_has_an_empty_key(name: str) -> None:
    assert name_key(name) or not any(sign.isalpha() for sign in clean(name))


def test_a_number_is_one_number_on_either_layout() -> None:
    assert identifier_key("кас-0012") == identifier_key("KAC 0012") == "KAC0012"
    assert identifier_key("№ 15/Б") == "NO15Б"


@given(ANY_TEXT)
def test_identifier_keys_are_stable(text: str) -> None:
    key = identifier_key(text)
    assert identifier_key(key) == key
    assert not key or key.isalnum()


def test_a_phone_is_its_digits() -> None:
    assert digits("+7 (495) 123-45-67 доб. ٣") == "749512345673"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/home/ann/desk.sqlite", "/home/ann/desk.sqlite"),
        ("postgresql://ann@db/desk", "postgresql://ann@db/desk"),
        ("postgresql://ann:s3cr3t@db/desk", "postgresql://ann:***@db/desk"),
        ("postgresql+psycopg://ann:s3/c@r3t@db/desk", "postgresql+psycopg://ann:***@db/desk"),
        ("postgresql://db/desk?user=ann&password=s3cr3t&x=1", "postgresql://db/desk?user=ann&password=***&x=1"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert without_password(address) == shown
