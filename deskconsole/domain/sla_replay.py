"""An SLA tried on a history, both given as plain JSON values: the format of `deskconsole sla replay` (docs/sla.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from deskconsole.domain.calendar_form import read_calendar
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.sla import DEFAULT_STANDS, History, Reading, Said, Stands, Stay, read_clock
from deskconsole.domain.sla_policy import MOST_MINUTES
from deskconsole.domain.terms import ENDED, Category, SlaClock
from deskconsole.domain.text import clean

CLOCKS = {
    "first_response": SlaClock.FIRST_RESPONSE,
    "update": SlaClock.UPDATE,
    "solution": SlaClock.RESOLUTION,
}
"""The clocks of the format, by the names it gives them."""

EVENTS = ("created", "customer_message", "agent_message", "first_response", "note", "state", "closed")
KEYS = ("calendar", "sla_minutes", "stops", "events", "now")

_STANDING_NAMES = {**CLOCKS, **{clock.value: clock for clock in SlaClock}}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StandingTable:
    """What a status does to the clocks: those that stand in it, which ones end a ticket, and all that are known.

    `known` is None when any word may be a status.
    """

    stands: Stands
    ended: frozenset[str]
    known: frozenset[str] | None = None


DEFAULT_TABLE = StandingTable(
    DEFAULT_STANDS,
    frozenset(category.value for category in ENDED),
    frozenset(category.value for category in Category),
)
"""What a new desk begins with."""


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    kind: str
    state: str


def replay(form: object, now: datetime, table: StandingTable = DEFAULT_TABLE) -> dict[str, Any]:
    """What every clock of the scenario `form` says, as plain JSON values.

    `now` is the present time, which counts unless the scenario has its own; a scenario that ends later is read as of
    its end. What happens after the scenario's own `now` has not happened yet. Names under `table` are as
    `state_name` has them.

    Raises:
        InvalidInput: something can't be meant that way; the sentence names the place.
    """
    if not isinstance(form, dict):
        raise InvalidInput(mark("A scenario is a JSON object."))
    calendar = read_calendar(_needed(form, "calendar"))
    targets = _targets(_needed(form, "sla_minutes"))
    events = sorted(_events(_needed(form, "events")), key=lambda event: event.at)
    if form.get("stops") is not None:
        table = _own_table(form["stops"])
    if form.get("now") is not None:
        now = _instant(form["now"], "now")
        events = [event for event in events if event.at <= now]
    history = _history(events, table)
    now = max(now, *(event.at for event in events))
    readings = {
        name: read_clock(clock, targets.get(name), history, table.stands, calendar, now)
        for name, clock in CLOCKS.items()
    }
    answer = _answer({name: reading for name, reading in readings.items() if reading}, ZoneInfo(calendar.zone))
    notes = [*_unread(form), *_unknown(events, table)]
    return {**answer, "notes": notes} if notes else answer


def state_name(text: str) -> str:
    """A status as the tables have it: upper case, blanks and dashes make no difference."""
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def _answer(readings: Mapping[str, Reading], zone: ZoneInfo) -> dict[str, Any]:
    dues = {name: reading.due for name, reading in readings.items()}
    written = {f"{name}_due": due.astimezone(zone).isoformat() if (due := dues.get(name)) else None for name in CLOCKS}
    first = min((due for due in dues.values() if due is not None), default=None)
    return {
        **written,
        "next_due": first.astimezone(zone).isoformat() if first else None,
        "elapsed_minutes": {name: _minutes(reading.elapsed) for name, reading in readings.items()},
        "slack_minutes": {name: _minutes(reading.left) for name, reading in readings.items()},
        "breached": [name for name, reading in readings.items() if reading.is_breached],
    }


def _minutes(length: timedelta) -> int | float:
    minutes = round(length / _MINUTE, 4)
    return int(minutes) if minutes.is_integer() else minutes


def _history(events: Iterable[_Event], table: StandingTable) -> History:
    """The events, in order of time, as what clocks are read from.

    Raises:
        InvalidInput: the ticket is not created, or twice.
    """
    events = list(events)
    created = [event for event in events if event.kind == "created"]
    if len(created) != 1:
        raise InvalidInput(mark('A scenario has one event "created" by its now, not {count}.'), count=len(created))
    moves = [event for event in events if event.state and event.kind != "created"]
    began = _Event(created[0].at, "created", created[0].state or Category.NEW.value)
    return History(
        created=created[0].at,
        stays=tuple(_stay(event, table) for event in (began, *moves)),
        said=tuple(
            Said(event.at, event.kind == "customer_message")
            for event in events
            if event.kind in {"customer_message", "agent_message"}
        ),
        responded=next((event.at for event in events if event.kind == "first_response"), None),
    )


def _stay(event: _Event, table: StandingTable) -> Stay:
    return Stay(event.state, event.kind == "closed" or event.state in table.ended, event.at)


def _events(value: object) -> Iterator[_Event]:
    if not isinstance(value, list) or not value:
        raise InvalidInput(mark('"{place}" is a list of objects'), place="events")
    for number, item in enumerate(value, start=1):
        place = f"events[{number}]"
        if not isinstance(item, dict):
            raise InvalidInput(mark('"{place}" is an object with "at" and "event"'), place=place)
        kind = item.get("event")
        if kind not in EVENTS:
            raise _no_choice(f"{place}.event", kind, EVENTS)
        yield _Event(_instant(item.get("at"), f"{place}.at"), kind, _state(item.get("state"), kind, place))


def _state(value: object, kind: str, place: str) -> str:
    """The status an event moves the ticket into; "" = it stays where it is."""
    if value is None and kind != "state":
        return Category.CLOSED.value if kind == "closed" else ""
    if not isinstance(value, str) or not state_name(value):
        raise InvalidInput(mark('"{place}" is the name of a status'), place=f"{place}.state")
    return state_name(value)


def _targets(value: object) -> dict[str, timedelta]:
    if not isinstance(value, dict):
        raise InvalidInput(mark('"{place}" is an object'), place="sla_minutes")
    found = {}
    for name, minutes in value.items():
        if name not in CLOCKS:
            raise _no_choice("sla_minutes", name, CLOCKS)
        if minutes is None:
            continue
        if not _is_number(minutes) or not 0 < minutes <= MOST_MINUTES:
            raise InvalidInput(
                mark('"{place}" is a number of minutes above 0, up to {most}'),
                place=f"sla_minutes.{name}",
                most=MOST_MINUTES,
            )
        found[name] = timedelta(minutes=minutes)
    return found


def _own_table(value: object) -> StandingTable:
    """The scenario's own table: it says all there is to say about the statuses it names."""
    if not isinstance(value, dict):
        raise InvalidInput(mark('"{place}" is an object'), place="stops")
    stands = {}
    for status, names in value.items():
        place = f"stops.{status}"
        if not isinstance(names, list):
            raise InvalidInput(mark('"{place}" is a list of clocks'), place=clean(place)[:60])
        for name in names:
            if not isinstance(name, str) or name not in _STANDING_NAMES:
                raise _no_choice(place, name, CLOCKS)
        stands[state_name(status)] = frozenset(_STANDING_NAMES[name] for name in names)
    return StandingTable(stands, DEFAULT_TABLE.ended - stands.keys())


def _instant(value: object, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidInput(mark('"{place}" is a time like 2026-03-02T09:00:00+03:00, with its offset'), place=place)
    return found


def _unread(form: Mapping[Any, Any]) -> list[Sentence]:
    return [Sentence(mark('"{name}" is not read.'), name=clean(str(key))[:40]) for key in form if key not in KEYS]


def _unknown(events: Iterable[_Event], table: StandingTable) -> list[Sentence]:
    if table.known is None:
        return []
    names = dict.fromkeys(event.state for event in events if event.state and event.state not in table.known)
    return [
        Sentence(mark('The desk knows no status "{name}"; all clocks run in it.'), name=clean(n)[:40]) for n in names
    ]


def _needed(form: Mapping[Any, Any], key: str) -> object:
    if form.get(key) is None:
        raise InvalidInput(mark('"{place}" is missing'), place=key)
    return form[key]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _no_choice(place: str, value: object, choices: Iterable[str]) -> InvalidInput:
    return InvalidInput(
        mark('"{value}" at "{place}" is none of {choices}'),
        place=clean(place)[:60],
        value=clean(str(value))[:40],
        choices=", ".join(choices),
    )
