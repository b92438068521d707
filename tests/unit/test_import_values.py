from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import Channel, Priority
from deskconsole.exchange.fields import Kind
from deskconsole.exchange.mapping import Layout
from deskconsole.exchange.safe_csv import harmless, plain
from deskconsole.exchange.values import converter

LAYOUT = Layout(dates=("%d/%m/%Y %H:%M", "%d.%m.%Y"), zone=ZoneInfo("Europe/Moscow"))


@given(st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2900, 1, 1)))
def test_a_local_time_is_the_same_instant_however_it_is_written(moment: datetime) -> None:
    read = converter(Kind.INSTANT, LAYOUT)
    local = moment.replace(second=0, microsecond=0)
    instant = local.replace(tzinfo=LAYOUT.zone).astimezone(UTC)
    assert read(f"{local:%d/%m/}{local.year:04d}{local: %H:%M}") == instant
    assert read(local.isoformat()) == instant
    assert read(instant.isoformat()) == instant


def test_a_day_begins_at_local_midnight() -> None:
    assert converter(Kind.INSTANT, LAYOUT)("03.05.2016") == datetime(2016, 5, 2, 21, tzinfo=UTC)


@pytest.mark.parametrize("text", ["31/2/2016 10:00", "05/03", "yesterday", "20160503", "", "1" * 300])
def test_what_is_no_date_is_told_with_the_formats(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"is no date in the formats %d/%m/%Y %H:%M, %d\.%m\.%Y, ISO"):
        converter(Kind.INSTANT, LAYOUT)(text)


@pytest.mark.parametrize("text", ["1/1/1970 00:00", "0001-01-01", "9999-12-31 23:59"])
def test_a_date_no_desk_can_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no date a desk can have"):
        converter(Kind.INSTANT, LAYOUT)(text)


def test_minutes_below_zero_are_refused() -> None:
    with pytest.raises(InvalidInput, match="-15 is below zero"):
        converter(Kind.WHOLE, LAYOUT)("-15")


@pytest.mark.parametrize(("text", "minor"), [("12", 1200), ("1 234,5", 123450), ("0.07", 7), ("1'000.00", 100000)])
def test_money_is_whole_minor_units(text: str, minor: int) -> None:
    assert converter(Kind.MONEY, LAYOUT)(text) == minor


@pytest.mark.parametrize("text", ["-1", "1.234", "12 rubles", "1e3"])
def test_what_is_no_sum_of_money_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        converter(Kind.MONEY, LAYOUT)(text)


def test_a_field_of_ten_megabytes_is_told_by_its_length() -> None:
    with pytest.raises(InvalidInput, match="10000000 characters, more than 1000000"):
        converter(Kind.STORY, LAYOUT)("x" * 10_000_000)


def test_words_of_closed_sets_forgive_case_and_spaces() -> None:
    assert converter(Kind.CHANNEL, LAYOUT)("Phone") is Channel.PHONE
    assert converter(Kind.PRIORITY, LAYOUT)("HIGH") is Priority.HIGH
    assert converter(Kind.STATUS, LAYOUT, ["waiting_client"])("Waiting client") == "waiting_client"
    with pytest.raises(InvalidInput, match='"fax" is none of: phone'):
        converter(Kind.CHANNEL, LAYOUT)("fax")


def test_control_codes_of_a_cell_reach_nobody() -> None:
    assert converter(Kind.TEXT, LAYOUT)(" a\x1b]52;c;x\x07\u202eb ") == "a]52;c;xb"


@given(st.text())
def test_a_text_made_harmless_comes_back_as_it_was(text: str) -> None:
    assert plain(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@"))


def test_every_instant_is_exact_to_the_minute() -> None:
    read = converter(Kind.INSTANT, Layout(dates=("%d/%m/%Y %H:%M",)))
    first, second = read("29/2/2016 01:16"), read("29/2/2016 01:17")
    assert isinstance(first, datetime)
    assert isinstance(second, datetime)
    assert second - first == timedelta(minutes=1)
