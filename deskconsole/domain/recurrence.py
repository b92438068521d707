"""When recurring work is due: several rules united, less what is excluded, in local times of the place of work.

The nominal moment of an occurrence, a naive local time, is its name: whoever raises it, with whatever zone data, and
however its day is shifted. The next one is always computed from the nominal one, so nothing drifts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from heapq import merge
from itertools import groupby, islice, takewhile

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.moments import FIRST_YEAR, LAST_YEAR
from deskconsole.domain.recurrence_rule import Rule, nearest, read_moment_or_day, read_rule, shown
from deskconsole.domain.sentences import mark
from deskconsole.domain.zones import zone_named

MOST_EXCLUDED = 10_000
"""So many moments excluded in a row (27 years of days, 13 months of hours) are taken for the end of the work."""

MOST_LINES = 1_000  # rules and exclusions of one template
_LINES = ("RRULE", "EXRULE", "EXDATE", "DTSTART")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What recurs: `start` is naive local time of `zone`; exclusions are days, moments and rules."""

    start: datetime
    zone: tzinfo
    rules: tuple[Rule, ...]
    excluded_days: frozenset[date] = frozenset()
    excluded_moments: frozenset[datetime] = frozenset()
    excluded_rules: tuple[Rule, ...] = ()

    def since(self, moment: datetime | None = None) -> Iterator[datetime]:
        """The nominal moments, rising and each once, from `moment` on (itself included; None: from the start).

        A moment that the clock jumps over moves forward by the jump; if the work recurs there too, it does not count
        a second time.
        """
        for at in self._not_excluded(moment):
            if not self._falls_on_another(at):
                yield at

    def after(self, moment: datetime, *, inclusive: bool = False) -> datetime | None:
        """The first nominal moment after `moment`, or at it if `inclusive`; None when there are no more."""
        return next((at for at in self.since(moment) if inclusive or at > moment), None)

    def between(self, first: datetime, end: datetime) -> Iterator[datetime]:
        """The nominal moments from `first` on and before `end`."""
        return takewhile(lambda at: at < end, self.since(first))

    def first(self, count: int) -> list[datetime]:
        """The first `count` nominal moments; fewer when there are no more."""
        return list(islice(self.since(), count))

    def _not_excluded(self, moment: datetime | None) -> Iterator[datetime]:
        excluded = _united(_at_hours_of(self.rules, self.excluded_rules), moment)
        next_excluded = next(excluded, None)
        in_a_row = 0
        for at in _united(self.rules, moment):
            while next_excluded is not None and next_excluded < at:
                next_excluded = next(excluded, None)
            if at == next_excluded or at in self.excluded_moments or at.date() in self.excluded_days:
                in_a_row += 1
                if in_a_row == MOST_EXCLUDED:
                    return
                continue
            in_a_row = 0
            yield at

    def _falls_on_another(self, at: datetime) -> bool:
        moved = local_of(instant_of(at, self.zone), self.zone)
        return moved != at and next(self._not_excluded(moved), None) == moved


def read_rules(rules: Sequence[str], start: datetime, zone: tzinfo, exclusions: Sequence[str] = ()) -> Recurrence:
    """Read what recurs from `start` (naive local time of `zone`) on.

    Each text is one or more lines: a rule (`FREQ=...`, `RRULE:FREQ=...`); among the exclusions days, moments and rules
    (`2026-05-01`, `20260501T090000`, `EXDATE;TZID=Europe/Moscow:...`, `FREQ=...`). What is excluded may stand
    among the rules if it says so (`EXDATE:`, `EXRULE:`), and a `DTSTART` that names the start itself.

    Raises:
        InvalidInput: a line can't be read or never fires, or nothing is left after the exclusions.
    """
    start = start.replace(microsecond=0)
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise InvalidInput(mark('"{value}" is too far away'), value=start.isoformat(" ", "minutes"))
    found: list[Rule] = []
    days: set[date] = set()
    moments: set[datetime] = set()
    excluded: list[Rule] = []
    lines = [*_lines(rules, "RRULE"), *_lines(exclusions, "EXDATE")]
    if len(lines) > MOST_LINES:
        raise InvalidInput(
            mark("{count} rules and exclusions are too many; {limit} go."), count=len(lines), limit=MOST_LINES
        )
    for kind, line_zone, value in lines:
        if kind == "RRULE":
            found.append(read_rule(value, start, zone))
        elif kind == "EXRULE":
            excluded.append(read_rule(value, start, zone))
        elif kind == "DTSTART":
            _check_start(value, start, zone, line_zone)
        else:
            for each in _excluded_moments(value, zone, line_zone):
                if isinstance(each, datetime):
                    moments.add(each)
                else:
                    days.add(each)
    if not found:
        raise InvalidInput(mark("Recurring work needs a rule, such as FREQ=WEEKLY;BYDAY=MO."))
    made = Recurrence(start, zone, tuple(found), frozenset(days), frozenset(moments), tuple(excluded))
    if next(made.since(), None) is None:
        raise InvalidInput(mark("The exclusions leave nothing of the rules; nothing would ever be raised."))
    return made


def read_start(text: str, zone: tzinfo) -> datetime:
    """Read a start, `2026-01-30T09:00` or a day (its midnight), as naive local time of `zone`.

    Raises:
        InvalidInput: it is no moment of the calendar.
    """
    found = read_moment_or_day(text, zone)
    if found is None:
        raise InvalidInput(mark('"{value}" is no start; write 2026-01-30T09:00.'), value=shown(text))
    return found if isinstance(found, datetime) else datetime(found.year, found.month, found.day)


def instant_of(local: datetime, zone: tzinfo) -> datetime:
    """The instant (UTC) of a naive local time.

    One that the clock jumps over moves forward by the jump; of two readings the first one counts.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local_of(instant: datetime, zone: tzinfo) -> datetime:
    """The naive local time of an instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _united(rules: Sequence[Rule], moment: datetime | None) -> Iterator[datetime]:
    return (at for at, _same in groupby(merge(*(rule.moments(moment) for rule in rules))))


def _lines(texts: Sequence[str], usual: str) -> Iterator[tuple[str, tzinfo | None, str]]:
    """Each line's kind, the zone it names, and its value; a line that names no kind is of the `usual` one."""
    for text in texts:
        for line in text.splitlines():
            if not line.strip():
                continue
            head, sign, value = line.strip().partition(":")
            kind, *_parameters = head.upper().split(";")
            if not sign or "=" in kind or not kind.isalpha():  # FREQ=..., 2026-05-01T09:00
                is_rule = "=" in line
                yield ("EXRULE" if is_rule and usual == "EXDATE" else usual), None, line.strip()
                continue
            if kind not in _LINES:
                raise InvalidInput(
                    mark('"{line}": a line can\'t be {part} here; did you mean {near}?'),
                    line=shown(line),
                    part=kind[:40],
                    near=nearest(kind, _LINES),
                )
            if kind == "RRULE" and usual == "EXDATE":
                kind = "EXRULE"
            zone_names = [name for name in head.split(";")[1:] if name.upper().startswith("TZID=")]
            yield kind, zone_named(zone_names[0][5:].strip('"')) if zone_names else None, value.strip()


def _at_hours_of(rules: Sequence[Rule], excluded: Sequence[Rule]) -> list[Rule]:
    """The excluding rules, kept to the hours at which there is something to exclude: hourly ones are long walks."""
    hours = {hour for rule in rules for hour in rule.hours}
    if not all(rule.hours for rule in rules):
        return list(excluded)
    kept = []
    for rule in excluded:
        common = hours.intersection(rule.hours or hours)
        if rule.count is not None:  # counts what it excludes at other hours, too
            kept.append(rule)
        elif common:
            kept.append(replace(rule, hours=tuple(sorted(common))))
    return kept


def _excluded_moments(value: str, zone: tzinfo, line_zone: tzinfo | None) -> Iterator[date | datetime]:
    for word in value.split(","):
        found = read_moment_or_day(word, line_zone or zone)
        if found is None:
            raise InvalidInput(
                mark('"{value}" excludes nothing; write a day 2026-05-01, a time 2026-05-01T09:00 or a rule FREQ=...'),
                value=shown(word),
            )
        if isinstance(found, datetime) and line_zone is not None:
            found = local_of(instant_of(found, line_zone), zone)
        yield found


def _check_start(value: str, start: datetime, zone: tzinfo, line_zone: tzinfo | None) -> None:
    """A pasted DTSTART may repeat the start, not contradict it."""
    (found, *_more) = _excluded_moments(value, zone, line_zone)
    if found not in {start, start.date()}:
        raise InvalidInput(
            mark("The rules start at {pasted} and the work at {start}; leave DTSTART out, or make them agree."),
            pasted=found.isoformat(),
            start=start.isoformat(),
        )
