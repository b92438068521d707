from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.idset import format_ids, parse_ids, parse_ranges


def test_ranges_and_single_numbers_make_one_rising_set() -> None:
    assert parse_ids("15, 1-3,#2") == (1, 2, 3, 15)
    assert parse_ranges("15,1-3") == ((15, 15), (1, 3))
    assert format_ids([15, 3, 1, 2, 2]) == "1-3,15"


@pytest.mark.parametrize("text", ["", " ", ",", "1,", "a", "1-", "-1", "0", "5-1", "1..3", "²", "9" * 19, "9" * 5000])
def test_what_is_no_set_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_ids(text)


@pytest.mark.parametrize("text", ["1-6", "1-3,7-9", "1-9000000000000000000"])
def test_a_set_beyond_the_limit_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="at most 5"):
        parse_ids(text, limit=5)


def test_a_set_as_large_as_the_limit_is_taken() -> None:
    assert parse_ids("1-5", limit=5) == (1, 2, 3, 4, 5)


@given(st.sets(st.integers(1, 300), min_size=1))
def test_what_is_written_reads_back(ids: set[int]) -> None:
    assert parse_ids(format_ids(ids)) == tuple(sorted(ids))


@given(st.text() | st.text("0123456789-, #"))
def test_any_text_is_a_set_or_a_sentence(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert parse_ids(text, limit=100)
