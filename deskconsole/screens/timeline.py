"""A ticket's timeline as blocks of text: what was said, done and changed, merged by time, newest last.

A shape, a word and a colour tell the kinds apart: `>` the client, `<` our answer, `#` an internal note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

from deskconsole.data.queries.ticket_card import (
    EventRow,
    FileRow,
    MessageRow,
    SpanRow,
    TicketCard,
    TimeRow,
)
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Coverage, LineState, Policy, Priority, SlaClock, Visibility
from deskconsole.i18n import _, say
from deskconsole.screens.text_lines import Block
from deskconsole.screens.ticket_columns import channel_word
from deskconsole.widgets.cells import coverage_cell, priority_word
from deskconsole.widgets.line_columns import Cell

ALWAYS_SHOWN = frozenset({"status", "assign", "undo", "priority", "arrive", "breach"})
"""The changes that stand in the timeline even without the full history."""

HAS_OWN_ENTRY = frozenset({"reply", "note", "client", "attach"})

POLICY_WORDS: Mapping[Policy, str] = MappingProxyType(
    {
        Policy.REFUSE: mark("refuse"),
        Policy.SALES: mark("hand to sales"),
        Policy.ONE_OFF: mark("one-off priced work"),
        Policy.LOW_PRIORITY: mark("low priority"),
    }
)
STATE_WORDS: Mapping[LineState, str] = MappingProxyType(
    {LineState.PLANNED: mark("planned"), LineState.PERFORMED: mark("performed"), LineState.CANCELLED: mark("cancelled")}
)
_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "status": mark("Status"),
        "assignee_id": mark("Assignee"),
        "assignee": mark("Assignee"),  # imported history names people in words
        "team_id": mark("Team"),
        "team": mark("Team"),
        "priority": mark("Priority"),
        "due_at": mark("Due"),
        "wished_at": mark("Wished"),
        "planned_at": mark("Planned"),
        "coverage": mark("Coverage"),
        "policy": mark("Policy"),
        "equipment_id": mark("Equipment"),
        "service_id": mark("Service"),
        "site_id": mark("Site"),
        "line": mark("Line"),
        "line_state": mark("Line"),
        "timer": mark("Timer"),
        "time_entry": mark("Time entry"),
        "checklist": mark("Checklist"),
    }
)
_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "register": mark("registered"),
        "open": mark("opened for the first time"),
        "arrive": mark("arrived at the client's"),
        "undo": mark("taken back"),
    }
)
_TIMES = frozenset({"due_at", "wished_at", "planned_at"})
CLOCKS = frozenset(SlaClock)


@dataclass(frozen=True)
class Names:
    """What the codes in a history are called, and the zone of its times."""

    zone: tzinfo
    statuses: Mapping[str, str]
    teams: Mapping[str, str]


def timeline(card: TicketCard, names: Names, *, full: bool) -> tuple[Block, ...]:
    """The blocks of a ticket's timeline; with `full`, every line of its history."""
    entries = sorted(_entries(card, names, full=full), key=lambda entry: entry[0])
    blocks: list[Block] = []
    day = None
    for at, block in entries:
        local = at.astimezone(names.zone)
        if local.date() != day:
            day = local.date()
            title = f"── {day.isoformat()} ──"
            blocks.append(Block(f"day:{day.isoformat()}", (Cell(title, "muted"),)))
        blocks.append(block)
    return tuple(blocks)


def _entries(card: TicketCard, names: Names, *, full: bool) -> Iterator[tuple[datetime, Block]]:
    for message in card.messages:
        yield message.at, _message(message, names)
    for entry in card.times:
        yield entry.started_at, _time(entry, names)
    for file in card.files:
        yield file.at, _file(file, names)
    has_events = any(event.field == "status" for event in card.events)
    for event in card.events:
        if event.verb not in HAS_OWN_ENTRY and (full or event.verb in ALWAYS_SHOWN) and event.field != "time_entry":
            yield event.at, _event(event, names)
    if not has_events:
        for span in card.spans:
            yield span.began_at, _span(span, names)


def _message(message: MessageRow, names: Names) -> Block:
    """Who speaks stands last in the heading: a long name can't push out what kind of message it is."""
    when = f"{_hour(message.at, names)} "
    key = f"m{message.id}"
    if message.visibility is Visibility.INTERNAL:
        head = (Cell("# ", "mark"), Cell(when), Cell(_("INTERNAL NOTE"), "mark"), Cell(f"  {message.author}", "strong"))
        return Block(key, head, message.body, Cell("┆ ", "mark"), "mark")
    channel = channel_word(message.channel)
    sign, kind, look, bar = ("<", _("reply"), "covered", "║ ")
    author = message.author
    if message.is_client:
        sign, kind, look, bar = (">", _("client"), "near", "│ ")
    head = (Cell(f"{sign} ", look), Cell(when), Cell(f"{kind}, {channel}", look), Cell(f"  {author}", "strong"))
    return Block(key, head, message.body, Cell(bar, look))


def time_words(entry: TimeRow) -> str:
    """Worked and charged minutes of an entry, and what became of it."""
    words = _("{worked} worked, {charged} charged").format(
        worked=say(duration_text(entry.worked)), charged=say(duration_text(entry.charged))
    )
    if entry.is_reversed:
        return f"{words} ({_('taken back')})"
    return f"{words} ({_('takes back an entry')})" if entry.reverses_id is not None else words


def _time(entry: TimeRow, names: Names) -> Block:
    look = "muted" if entry.is_reversed or entry.reverses_id is not None else "hours"
    head = (Cell("+ ", look), Cell(f"{_hour(entry.started_at, names)} {entry.person}  "), Cell(time_words(entry), look))
    return Block(f"t{entry.id}", head, entry.note)


def _file(file: FileRow, names: Names) -> Block:
    head = (Cell("@ ", "soon"), Cell(f"{_hour(file.at, names)} {file.person}  "))
    return Block(f"f{file.id}", (*head, Cell(f"{_('file')} {file.name} ({size_words(file.size)})", "soon")))


def size_words(size: int) -> str:
    """The size of a file as people say it."""
    if size < 1024:
        return _("{count} bytes").format(count=size)
    if size < 1024 * 1024:
        return _("{count} kB").format(count=size // 1024)
    return _("{count} MB").format(count=size // (1024 * 1024))


def _event(event: EventRow, names: Names) -> Block:
    is_status = event.field == "status"
    look = "strong" if is_status else "muted"
    who = event.actor or _("the desk")
    if event.login:
        who = _("{name} (as {login})").format(name=who, login=event.login)
    if event.rule:
        who = f"{who} ({_('rule')} {event.rule})" if event.actor else f"{_('rule')} {event.rule}"
    head = (Cell("* " if is_status else "- ", look), Cell(f"{_hour(event.at, names)} {who}  "))
    return Block(f"e{event.id}", (*head, Cell(_what(event, names), look)), event.reason)


def _what(event: EventRow, names: Names) -> str:
    verb = _(_VERBS[event.verb]) if event.verb in _VERBS else ""
    field = _(_FIELDS[event.field]) if event.field in _FIELDS else event.field
    if not event.field:
        return verb or event.verb
    if event.field in CLOCKS:
        name = say(clock_name(SlaClock(event.field)))
        if event.verb == "breach":
            return _("{clock} overdue since {time}").format(clock=name, time=_moment(event.new, names))
        field = _("{clock} due").format(clock=name)
    change = f"{field}: {_value(event.field, event.old, names)} -> {_value(event.field, event.new, names)}"
    return f"{verb}; {change}" if verb else change


def _value(field: str, text: str, names: Names) -> str:  # noqa: PLR0911 - one line a kind of value
    if not text:
        return "-"
    if field in _TIMES or field in CLOCKS:
        return _moment(text, names)
    if field == "status":
        return status_name(text, names)
    if field == "team_id":
        return names.teams.get(text, f"#{text}")
    if field == "priority" and text in {str(priority.value) for priority in Priority}:
        return priority_word(Priority(int(text)))
    if field == "coverage" and text in set(Coverage):
        return coverage_cell(Coverage(text)).text
    if field == "policy" and text in set(Policy):
        return _(POLICY_WORDS[Policy(text)])
    if field == "line_state" and text in set(LineState):
        return _(STATE_WORDS[LineState(text)])
    return f"#{text}" if text.isdecimal() else text


def status_name(code: str, names: Names) -> str:
    """A status by its own name, in the reader's language where it has one."""
    name = names.statuses.get(code, code)
    return _(name) if name else code


def _span(span: SpanRow, names: Names) -> Block:
    words = f"{_('Status')}: {status_name(span.status, names)}"
    key = f"s{span.began_at.isoformat()}:{span.status}"
    return Block(key, (Cell("* ", "strong"), Cell(f"{_hour(span.began_at, names)}  "), Cell(words, "strong")))


def _hour(at: datetime, names: Names) -> str:
    return f"{at.astimezone(names.zone):%H:%M}"


def _moment(text: str, names: Names) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone(names.zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):  # history may be written round the program
        return text
