"""Full-text search: prefixes, folding, numbers, words in any script."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.text import words
from tests.storage.desks import Company

BEGINNINGS = [
    "Ёлка", "елка", "ЁЛКА", "ёлк", "ел", "горит ёлка", '"ёлка горит"', "straße", "STRASSE", "camión", "camion", "12AB",
    "12", "№3", "снято-с-учёта", "учета",
]  # fmt: skip


def test_a_ticket_is_found_by_the_beginning_of_any_of_its_words(company: Company) -> None:
    ticket = company.ticket("Ёлка горит! Straße 12ab, el camión №3 — снято-с-учёта")
    company.ticket("something else")
    for typed in BEGINNINGS:
        assert company.found(typed) == (ticket,), typed


def test_a_ticket_is_not_found_by_the_middle_of_a_word_or_by_one_it_lacks(company: Company) -> None:
    company.ticket("Ёлка горит! Straße 12ab, el camión")
    company.ticket("something else")
    for typed in ("лка", "орит", "горит снег", "camiones", "ab", "-ёлка -else", "ёлка*x"):
        assert company.found(typed) == (), typed
    for typed in ("%", "*", "-"):
        assert len(company.found(typed)) == 2  # no word at all asks for nothing
    with pytest.raises(InvalidInput, match="quote"):
        company.found('"')


def test_digits_alone_find_the_ticket_of_that_number_too(company: Company) -> None:
    first = company.ticket("printer")
    second = company.ticket(f"about ticket {first}0")
    assert set(company.found(str(first))) == {first, second}
    assert company.found(str(second)) == (second,)
    assert company.found("9" * 30) == ()


def test_excluded_words_and_phrases_leave_tickets_out(company: Company) -> None:
    jam, dead = company.ticket("paper jam"), company.ticket("paper dead")
    assert company.found("paper -jam") == (dead,)
    assert company.found('paper -"jam paper"') == (dead,)
    assert set(company.found('-"jam dead"')) == {jam, dead}


def test_client_and_unit_are_words_of_the_ticket(company: Company) -> None:
    ticket = company.ticket(equipment_id=company.rows["unit"])
    for typed in ("ромашка", "atol 91f", "касса", "sn99", "register"):
        assert company.found(typed) == ((ticket,) if typed != "касса" else ())


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(st.characters(categories=["L", "N", "M", "P", "Z", "S"]), min_size=1, max_size=30))
def test_whatever_is_written_is_found_by_its_words(company: Company, subject: str) -> None:
    said = [word for word in words(subject) if len(word) < 100]
    if not said or not subject.strip():
        return
    ticket = company.ticket(subject)
    typed = " ".join(f'"{word}"' for word in said)
    assert ticket in company.found(typed)
    assert ticket in company.found(f'"{said[0][:2]}"')
    assert ticket not in company.found(f'-"{said[-1]}"')


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=40))
def test_whatever_is_typed_in_quotes_is_a_search_and_no_error(company: Company, typed: str) -> None:
    quoted = typed.replace("\\", "").replace('"', "")
    assert isinstance(company.found(f'"{quoted}"' if words(quoted) else ""), tuple)
