"""What a rule means, in words that people of three languages would use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.occurrences import Raising, Shift
from deskconsole.domain.recurrence import read_rules
from deskconsole.i18n import use_language
from deskconsole.recurring_words import raising_words, recurrence_words
from tests.unit.test_recurrence import rules

START = datetime(2026, 1, 30, 9)  # a Friday
ZONE = ZoneInfo("Europe/Madrid")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use_language("en")


def said(*rules: str, exclusions: tuple[str, ...] = (), start: datetime = START) -> str:
    return recurrence_words(read_rules(rules, start, ZONE, exclusions))


ENGLISH = {
    "FREQ=DAILY": "every day at 09:00",
    "FREQ=DAILY;INTERVAL=2": "every 2 days at 09:00",
    "FREQ=DAILY;BYHOUR=9,13,17": "every day at 09:00, 13:00 and 17:00",
    "FREQ=WEEKLY": "every Friday at 09:00",
    "FREQ=WEEKLY;BYDAY=MO,FR": "every week on Monday and Friday at 09:00",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR": "every 2 weeks on Monday and Friday at 09:00",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR": "from Monday to Friday at 09:00",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU": "every day at 09:00",
    "FREQ=MONTHLY;BYDAY=-1FR": "on the last Friday of every month at 09:00",
    "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=2": "on the second Friday of every month at 09:00",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": ("on the last weekday (Monday to Friday) of every month at 09:00"),
    "FREQ=MONTHLY;BYMONTHDAY=-1": "on the last day of every month at 09:00",
    "FREQ=MONTHLY;BYMONTHDAY=31": "on day 31 of the months that have it at 09:00",
    "FREQ=MONTHLY;BYMONTHDAY=1,31": (
        "on days 1 and 31 of every month at 09:00; months without such a day are left out"
    ),
    "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO": "every 3 months on the first Monday of the month at 09:00",
    "FREQ=YEARLY": "every year on 30 January at 09:00",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,30": (
        "every year on 29 February at 09:00; years without 29 February are left out"
    ),
    "FREQ=YEARLY;BYMONTH=3,6;BYDAY=-1FR": "every year on the last Friday of March and June at 09:00",
    "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30": "every day at 09:00, 09:30, 14:00 and 14:30",
    "FREQ=HOURLY;BYMINUTE=15,45": "every hour at :15 and :45, counted from 2026-01-30 09:00",
    "FREQ=HOURLY;INTERVAL=2": "every 2 hours, counted from 2026-01-30 09:00",
    "FREQ=HOURLY;INTERVAL=2;BYHOUR=9,11": "every 2 hours, counted from 2026-01-30 09:00, only at 09:00 and 11:00",
    "FREQ=WEEKLY;UNTIL=20261231": "every Friday at 09:00, until 2026-12-31",
    "FREQ=WEEKLY;UNTIL=20261231T080000": "every Friday at 09:00, until 2026-12-31 08:00",
    "FREQ=WEEKLY;COUNT=1": "every Friday at 09:00, 1 time in all",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13": "every month, only on day 13 of the month, only on Friday at 09:00",
    "FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO": (
        "every year, only in the weeks of the year 20, 1 from the end, only on Monday at 09:00"
    ),
    "FREQ=MONTHLY;BYDAY=MO,1TU": "every month, only every Monday and on the first Tuesday at 09:00",
}


@pytest.mark.parametrize("rule", ENGLISH)
def test_a_rule_reads_naturally(rule: str) -> None:
    assert said(rule) == ENGLISH[rule]


@pytest.mark.parametrize(
    ("language", "rule", "words"),
    [
        ("ru", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "каждые 2 недели во вторник и пятницу в 09:00"),
        ("ru", "FREQ=WEEKLY;INTERVAL=21", "каждую 21 неделю в пятницу в 09:00"),
        ("ru", "FREQ=DAILY;INTERVAL=5;COUNT=3", "каждые 5 дней в 09:00, всего 3 раза"),
        ("ru", "FREQ=MONTHLY;BYDAY=-1FR", "в последнюю пятницу каждого месяца в 09:00"),
        ("ru", "FREQ=MONTHLY;BYDAY=2SU", "во второе воскресенье каждого месяца в 09:00"),
        ("ru", "FREQ=MONTHLY;BYMONTHDAY=31", "31-го числа тех месяцев, в которых оно есть, в 09:00"),
        ("ru", "FREQ=YEARLY;BYMONTH=3,6;BYMONTHDAY=8", "каждый год 8 марта и 8 июня в 09:00"),
        ("es", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "cada 2 semanas los lunes y viernes a las 09:00"),
        ("es", "FREQ=MONTHLY;BYDAY=-1FR", "el último viernes de cada mes a las 09:00"),
        ("es", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8", "cada año el 8 de marzo a las 09:00"),
    ],
)
def test_grammar_is_right_in_russian_and_spanish(language: str, rule: str, words: str) -> None:
    use_language(language)
    assert said(rule) == words


def test_several_rules_and_exclusions_are_said() -> None:
    assert said("FREQ=DAILY", "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=18", exclusions=("FREQ=WEEKLY;BYDAY=SA,SU",)) == (
        "every day at 09:00; and also on day 1 of every month at 18:00;"
        " except: every week on Saturday and Sunday at 09:00"
    )
    many = ",".join(f"2026-05-{day:02d}" for day in range(1, 10))
    assert said("FREQ=DAILY", exclusions=(many, "2026-06-01T09:00")).endswith(
        "2026-05-05; 2026-05-06 and 4 more".replace("; ", ", ")
    )


def test_seconds_are_said_where_there_are_any() -> None:
    assert said("FREQ=DAILY", start=datetime(2026, 1, 30, 9, 0, 30)) == "every day at 09:00:30"


def test_how_days_are_treated_is_said() -> None:
    assert raising_words(Raising()) == []
    assert raising_words(Raising(Shift.NEXT, None, 1, ends_on=date(2026, 12, 31))) == [
        "a day off moves to the next working day",
        "raised 1 day before",
        "ends on 2026-12-31",
    ]
    assert raising_words(Raising(Shift.PREVIOUS, None, 3))[1] == "raised 3 days before"


@settings(deadline=None)
@given(rules())
def test_every_rule_has_words_without_a_hole_in_them(rule: str) -> None:
    try:
        words = said(rule)
    except InvalidInput:
        assume(False)
    assert words
    assert not {"{", "}", "|"} & set(words)
    assert "  " not in words
