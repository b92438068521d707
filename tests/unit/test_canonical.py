"""The stored form of rows: a checksum that knows no order, and bytes that tell rows apart."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from deskconsole.data.canonical import Checksum, Stored, rows_bytes

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=12)


def row_bytes(row: Stored) -> bytes:
    (made,) = rows_bytes([row])
    return made


def checksum(*batches: list[Stored]) -> Checksum:
    summed = Checksum()
    for batch in batches:
        summed.add(batch)
    return summed


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_their_batches_change_nothing(rows: list[Stored], dice: random.Random) -> None:
    shuffled = dice.sample(rows, len(rows))
    cut = dice.randint(0, len(rows))
    assert checksum(rows) == checksum(shuffled[:cut], shuffled[cut:])


@given(ROWS, ROWS)
def test_other_rows_have_another_checksum(first: list[Stored], second: list[Stored]) -> None:
    assert (checksum(first) == checksum(second)) == (sorted(first, key=repr) == sorted(second, key=repr))


@given(st.tuples(VALUES, VALUES), st.tuples(VALUES, VALUES))
def test_no_two_rows_have_the_same_bytes(first: Stored, second: Stored) -> None:
    assert (row_bytes(first) == row_bytes(second)) == (first == second)


@given(ROWS)
def test_many_rows_at_once_give_what_each_gives_alone(rows: list[Stored]) -> None:
    assert rows_bytes(rows) == [row_bytes(row) for row in rows]


def test_text_that_looks_like_the_end_of_a_row_is_text() -> None:
    rows: list[Stored] = [("],\n[", 1), ("]", "],["), ('"],\n["', None)]
    assert len(rows_bytes(rows)) == 3


def test_a_number_is_not_its_text_and_nothing_is_not_empty() -> None:
    assert len({row_bytes(row) for row in ((1,), ("1",), (None,), ("",), ("null",), (0,))}) == 6


def test_a_row_twice_is_not_the_row_once_nor_none() -> None:
    assert len({checksum([("a",)] * times).text for times in range(4)}) == 4
