"""What a template of recurring work raises: its moments shifted to working days, and what is done with missed ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.recurrence import Recurrence, instant_of, local_of
from deskconsole.domain.sentences import Sentence, mark

if TYPE_CHECKING:
    from deskconsole.domain.worktime import WorkCalendar

LONGEST_LEAD = 366  # days
LONGEST_SHIFT = 366  # days without a working one among them

_DAY = timedelta(days=1)


class Shift(StrEnum):
    """Where an occurrence goes that falls on a day off."""

    NONE = "none"
    PREVIOUS = "previous"
    NEXT = "next"


class CatchUp(StrEnum):
    """Which of the occurrences that were missed are raised after all."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"


class OccurrenceState(StrEnum):
    """What became of an occurrence."""

    RAISED = "raised"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Raising:
    """How a template treats its moments; `ends_on` is the last day that may stand in a nominal one."""

    shift: Shift = Shift.NONE
    calendar: WorkCalendar | None = None
    lead_days: int = 0
    catch_up: CatchUp = CatchUp.LATEST
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment of a template.

    `nominal` (naive local time) is what the rule says and the key; `at` is its instant; `shifted` and `shifted_at`
    are the same on a working day; from `raise_at` on its ticket may be raised. Instants are UTC.
    """

    nominal: datetime
    at: datetime
    shifted: datetime
    shifted_at: datetime
    raise_at: datetime
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """What a pass has to do: raise, record as skipped (each with its reason), and come back for `next`, if any."""

    to_raise: tuple[Occurrence, ...]
    skipped: tuple[tuple[Occurrence, Sentence], ...]
    next: Occurrence | None


def check_raising(raising: Raising) -> None:
    """Refuse what can't be meant.

    Raises:
        InvalidInput: a lead that is negative or too long, or a shift without a calendar to shift by.
    """
    if not 0 <= raising.lead_days <= LONGEST_LEAD:
        raise InvalidInput(
            mark("Lead days go from 0 to {limit}, not {days}."), limit=LONGEST_LEAD, days=raising.lead_days
        )
    if raising.shift is not Shift.NONE and raising.calendar is None:
        raise InvalidInput(mark("Shifting to working days needs a calendar."))


def occurrences(recurrence: Recurrence, raising: Raising, since: datetime | None = None) -> Iterator[Occurrence]:
    """The occurrences in nominal order, from the nominal moment `since` on (itself included).

    Raises:
        InvalidInput: the calendar has no working day to shift one to.
    """
    ends_on = raising.ends_on
    moments = recurrence.since(since)
    if ends_on is not None:
        moments = takewhile(lambda at: at.date() <= ends_on, moments)
    return (_occurrence(recurrence, raising, nominal) for nominal in moments)


def due_occurrences(recurrence: Recurrence, raising: Raising, since: datetime, now: datetime, *, limit: int) -> Due:
    """Decide over what is due at `now`, at most `limit` occurrences from the nominal moment `since` on.

    What lies ahead (due early for its lead days) is raised. Of what has come, the newest is the one to do; it is late
    once its day is over. Any older one was missed, and the template's catch-up policy says what becomes of it:

    - `all` raises every one, the missed ones marked late;
    - `latest` raises the newest only;
    - `none` raises the newest only while its day lasts.

    Whatever is not raised comes back as skipped, with the reason; the policy holds across calls, however small `limit`.
    """
    taken: list[Occurrence] = []
    following = newest = None
    for each in occurrences(recurrence, raising, since):
        if each.raise_at > now or len(taken) == limit:
            following = following or each
        if each.raise_at > now:
            break
        if following is None:
            taken.append(each)
        elif each.shifted_at <= now:
            newest = max(newest or each.shifted_at, each.shifted_at)
            # A shift can bring moments together; looking ahead ends with one that is newer than all that are taken.
            if newest > max(one.shifted_at for one in taken):
                break
    to_raise: list[Occurrence] = []
    skipped: list[tuple[Occurrence, Sentence]] = []
    today = local_of(now, recurrence.zone).date()
    for each in reversed(taken):
        is_missed = newest is not None and each.shifted_at < newest
        is_late = each.shifted_at <= now and (is_missed or each.shifted.date() < today)
        if is_missed and raising.catch_up is not CatchUp.ALL:
            skipped.append((each, Sentence(mark("missed; a later one is due already"))))
        elif is_late and raising.catch_up is CatchUp.NONE:
            skipped.append((each, Sentence(mark("missed; its day is over"))))
        else:
            to_raise.append(replace(each, is_late=is_late))
        if each.shifted_at <= now:
            newest = max(newest or each.shifted_at, each.shifted_at)
    return Due(tuple(reversed(to_raise)), tuple(reversed(skipped)), following)


def is_working_day(calendar: WorkCalendar, day: date) -> bool:
    """Whether the calendar has working hours that begin on this day."""
    return bool(calendar.days.get(day, calendar.week[day.weekday()]))


def _occurrence(recurrence: Recurrence, raising: Raising, nominal: datetime) -> Occurrence:
    day = nominal.date()
    shifted_day = _shifted(day, raising)
    at = instant_of(nominal, recurrence.zone)
    shifted = datetime.combine(shifted_day, nominal.time())
    shifted_at = at if shifted_day == day else instant_of(shifted, recurrence.zone)
    raise_at = shifted_at
    if raising.lead_days:
        raise_at = instant_of(shifted - raising.lead_days * _DAY, recurrence.zone)
    return Occurrence(nominal, at, shifted, shifted_at, raise_at)


def _shifted(day: date, raising: Raising) -> date:
    if raising.shift is Shift.NONE or raising.calendar is None:
        return day
    step = _DAY if raising.shift is Shift.NEXT else -_DAY
    moved = day
    for _tried in range(LONGEST_SHIFT):
        if is_working_day(raising.calendar, moved):
            return moved
        moved += step
    raise InvalidInput(mark("The calendar has no working day within a year of {day}."), day=day.isoformat())
