"""The easy way to a rule: what is chosen is what the rule says, and a rule that says more is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.recurrence import read_rules
from deskconsole.i18n import use_language
from deskconsole.recurring_words import recurrence_words
from deskconsole.screens.easy_rule import EVERY, Easy, day_choices, day_options, days_said, easy_of, rule_text, with_day

START = datetime(2026, 1, 30, 9)  # a Friday


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def chosen(every: str, *days: str) -> tuple[str, ...]:
    taken: tuple[str, ...] = ()
    for day in days:
        taken = with_day(taken, day)
    return taken


@given(st.data())
def test_every_choice_is_a_rule_that_reads_back_as_that_choice(data: st.DataObject) -> None:
    every = data.draw(st.sampled_from(sorted(EVERY)))
    days = (
        data.draw(st.lists(st.sampled_from(day_choices(every)), unique=True, max_size=4)) if day_choices(every) else []
    )
    easy = Easy(every, chosen(every, *days))
    text = rule_text(easy, START)
    read = easy_of(text)
    assert read is not None
    assert (read.every, read.days) == (easy.every, easy.days)
    assert rule_text(read, START.replace(month=7)) == text
    assert read_rules([text], START, UTC).first(1)


@pytest.mark.parametrize(
    ("easy", "words"),
    [
        (Easy("day"), "every day at 09:00"),
        (Easy("working"), "from Monday to Friday at 09:00"),
        (Easy("week", ("MO", "TH")), "every week on Monday and Thursday at 09:00"),
        (Easy("week"), "every Friday at 09:00"),
        (Easy("month", ("-1FR",)), "on the last Friday of every month at 09:00"),
        (Easy("month", ("1WD",)), "on the first weekday (Monday to Friday) of every month at 09:00"),
        (Easy("quarter", ("-1",)), "every 3 months on the last day of the month at 09:00"),
        (Easy("year", ("15",)), "every year on 15 January at 09:00"),
    ],
)
def test_a_choice_means_what_it_says(easy: Easy, words: str) -> None:
    assert recurrence_words(read_rules([rule_text(easy, START)], START, UTC)) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO;WKST=SU",
        "FREQ=WEEKLY;COUNT=5",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=1,1",
        "FREQ=MONTHLY;BYMONTH=3;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=DAILY;FREQ=DAILY",
        "EXDATE:20260101",
    ],
)
def test_a_rule_that_says_more_or_nothing_has_no_easy_reading(text: str) -> None:
    assert easy_of(text) is None


@pytest.mark.parametrize(
    "text", ["RRULE:FREQ=WEEKLY;BYDAY=MO", "freq=weekly;interval=1;byday=mo;", " FREQ=WEEKLY;BYDAY=MO "]
)
def test_a_rule_may_be_written_otherwise(text: str) -> None:
    assert easy_of(text) == Easy("week", ("MO",))


def test_days_of_another_kind_give_way_and_the_same_day_again_is_taken_out() -> None:
    assert chosen("week", "TH", "MO") == ("MO", "TH")
    assert chosen("month", "15", "1") == ("1", "15")
    assert chosen("month", "15", "-1FR") == ("-1FR",)
    assert chosen("month", "1WD", "-1WD") == ("-1WD",)
    assert chosen("week", "MO", "TH", "MO") == ("TH",)


def test_each_day_is_offered_in_words_of_its_own() -> None:
    labels = [option.label for option in day_options("month")]
    assert len(set(labels)) == len(labels) == 31 + 1 + 35 + 2
    assert {"on day 31", "on the last day", "on the first Monday", "on the last Friday"} <= set(labels)
    assert days_said(("MO", "TH")) == "on Monday and Thursday"
