from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import ENDED, WAITING, Category, Channel, Coverage, Policy, SlaClock
from deskconsole.domain.ticket_filter import (
    Breached,
    Categories,
    Field,
    Filter,
    Flag,
    Numbers,
    Overdue,
    Span,
    Special,
    Text,
    Value,
    parse,
)

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
TICK = timedelta(microseconds=1)


def read(text: str, *, lenient: bool = False, statuses: list[str] | None = None) -> Filter:
    return parse(text, now=NOW, zone=MADRID, statuses=statuses, lenient=lenient)


def values(text: str) -> tuple[Value, ...]:
    (term,) = read(text).terms
    assert not term.negated
    return term.values


def test_the_whole_line_of_a_dispatcher() -> None:
    line = read(
        'status:open prio:1..2 client:"Ромашка" assignee:me due<2h created>-7d covered:no -channel:email '
        'paper jam -test "не печатает"'
    )
    assert [(term.field, term.values, term.negated) for term in line.terms] == [
        (Field.STATUS, (Categories(frozenset(Category) - ENDED),), False),
        (Field.PRIORITY, (Numbers(1, 2),), False),
        (Field.CLIENT, (Text("Ромашка"),), False),
        (Field.ASSIGNEE, (Special.ME,), False),
        (Field.DUE, (Span(None, NOW + timedelta(hours=2)),), False),
        (Field.CREATED, (Span(NOW - timedelta(days=7) + TICK, None),), False),
        (Field.COVERED, (Flag(False),), False),
        (Field.CHANNEL, (Channel.EMAIL,), True),
    ]
    assert line.words == ("paper", "jam", "не печатает")
    assert line.excluded == ("test",)
    assert line.terms[1].column == 13


def test_an_empty_line_means_everything() -> None:
    assert read("  ") == Filter()
    assert read("- — !") == Filter()


def test_a_comma_means_any_of() -> None:
    assert values("prio:critical,3") == (Numbers(1, 1), Numbers(3, 3))
    assert values('client:"a, b",Ромашка,#12') == (Text("a, b"), Text("Ромашка"), Numbers(12, 12))
    assert values("id:1-10,15,20..30") == (Numbers(1, 10), Numbers(15, 15), Numbers(20, 30))


def test_statuses_are_groups_categories_and_the_desk_s_own_codes() -> None:
    assert values("status:waiting") == (Categories(WAITING),)
    assert values("status:closed") == values("status:ended") == (Categories(ENDED),)
    assert values("status:resolved") == (Categories(frozenset({Category.RESOLVED})),)
    assert values("status:waiting-client") == (Categories(frozenset({Category.WAITING_CLIENT})),)
    (term,) = read("status:at_depot", statuses=["at_depot"]).terms
    assert term.values == (Text("at_depot"),)
    with pytest.raises(InvalidInput, match='At 8: status has no "opne"; did you mean "open"'):
        read("status:opne")


def test_quotes_make_a_word_of_what_would_be_special() -> None:
    assert values('assignee:"me"') == (Text("me"),)
    assert values(r'client:"a \"b\" \\ c"') == (Text(r'a "b" \ c'),)
    assert values("client:«ООО Ромашка»") == (Text("ООО Ромашка"),)
    assert read('"status:open"').words == ("status:open",)
    assert read('5" 10:30 -"bad phrase"') == Filter(words=('5"', "10:30"), excluded=("bad phrase",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("team:mine", Special.MINE),
        ("team:none", Special.NONE),
        ("owner:ivan", Text("ivan")),
        ("coverage:not_in_list", Coverage.NOT_IN_LIST),
        ("policy:sales", Policy.SALES),
        ("equipment:КАС-12", Text("КАС-12")),
        ("service:none", Special.NONE),
        ("type:visit", Text("visit")),
        ("unread:yes", Flag(True)),
        ("opened:yes", Flag(False)),
        ("covered:нет", Flag(False)),
        ("prio<=2", Numbers(None, 2)),
        ("prio>high", Numbers(3, None)),
        ("id>=100", Numbers(100, None)),
        ("prio=2", Numbers(2, 2)),
        ("prio:2..", Numbers(2, None)),
        ("ЗКШЩ:1", Numbers(1, 1)),
        ("due:overdue", Overdue(NOW)),
        ("due:none", Special.NONE),
        ("breached:yes", Breached(True, NOW)),
        ("breached:нет", Breached(False, NOW)),
        ("paused:resolution", SlaClock.RESOLUTION),
        ("paused:any", Special.ANY),
        ("paused:none", Special.NONE),
        ("clock:first-response", SlaClock.FIRST_RESPONSE),
        ("clock:none", Special.NONE),
        ("sla:none", Special.NONE),
        ("sla:Gold", Text("Gold")),
        ("due<30m", Span(None, NOW + timedelta(minutes=30))),
        ("wished:-1h", Span(NOW - timedelta(hours=1), NOW)),
    ],
)
def test_each_field_reads_its_own_values(text: str, value: Value) -> None:
    assert values(text) == (value,)


def test_days_are_the_reader_s_days() -> None:
    today = Span(datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC))
    assert values("created:today") == values("created=2026-03-28") == (today,)
    assert values("created<today") == (Span(None, today.start),)
    assert values("created<=today") == (Span(None, today.end),)
    assert values("created>today") == (Span(today.end, None),)
    assert values("created>=today") == (Span(today.start, None),)
    assert values("planned:2026-03-28..2026-03-29") == (Span(today.start, datetime(2026, 3, 29, 22, tzinfo=UTC)),)
    assert values("resolved>2026-03-28T10:00") == (Span(datetime(2026, 3, 28, 9, tzinfo=UTC) + TICK, None),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("words! pirority:1", 'At 8: there is no field "pirority"; did you mean "priority"?'),
        ("http://desk", 'At 1: there is no field "http"; put words to search for in quotes'),
        ("client:", "At 8: client needs a value"),
        ("prio:1, x", "At 8: prio needs a value"),
        ('client:"Ром', "At 8: the quote is not closed"),
        ("channel:emial", 'At 9: channel has no "emial"; did you mean "email"?'),
        ("breeched:yes", 'At 1: there is no field "breeched"; did you mean "breached"?'),
        ("pausd:any", 'At 1: there is no field "pausd"; did you mean "paused"?'),
        ("paused:resolutoin", 'At 8: paused has no "resolutoin"; did you mean "resolution"?'),
        ("breached:maybe", 'At 10: breached has no "maybe"; there is yes'),
        ("breached<yes", "At 1: breached has no order; write breached:value"),
        ("clock:any", 'At 7: clock has no "any"; there is acknowledge, first_response'),
        ("covered:perhaps", 'At 9: covered has no "perhaps"; there is yes, y, true'),
        ("prio:5", 'At 6: priority has no "5"; there is 1, 2, 3, 4, critical'),
        ("prio:3..1", 'At 6: the range "3..1" runs backwards'),
        ("client<x", "At 1: client has no order; write client:value"),
        ("due<2h,3h", "At 1: < compares with one value only"),
        ("due<soon", 'At 5: "soon" is not a time; write 2h'),
        ("due:2026-02-30", 'At 5: "2026-02-30" is not in the calendar'),
        ("id:7-3", 'At 4: The range "7-3" runs backwards'),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert str(refused.value).startswith(sentence)


def test_a_pasted_page_is_refused() -> None:
    with pytest.raises(InvalidInput, match="4000"):
        read("x" * 10_000_000)


@pytest.mark.parametrize(
    "text", ["prio:1 client:", 'prio:1 client:"Ром', "prio:1 status:op", "prio:1 due<2", "prio:1 -сhan:"]
)
def test_what_is_still_being_typed_does_not_disturb(text: str) -> None:
    assert read(text, lenient=True) == read("prio:1")


def test_a_finished_mistake_is_named_even_while_typing() -> None:
    with pytest.raises(InvalidInput):
        read("pirority:1 client:", lenient=True)


LINES = st.text() | st.lists(
    st.sampled_from(
        [
            *'-:<>=,."«» \\',
            "..",
            "status",
            "prio",
            "due",
            "id",
            "client",
            "open",
            "2h",
            "today",
            "1",
            "none",
            "#3",
            "x",
        ]
    )
).map("".join)


@given(LINES, st.booleans())
@example("id:" + "9" * 3000, False)
@example('"\\', True)
def test_any_line_is_a_filter_or_a_sentence(text: str, lenient: bool) -> None:
    with contextlib.suppress(InvalidInput):
        read(text, lenient=lenient)


@given(LINES)
def test_lenient_reading_takes_every_line_strict_reading_takes(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert read(text, lenient=True) == read(text)
