"""How tickets of the demo live: when they come in, through which statuses, until when they are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from random import Random

from deskconsole.domain.terms import Category

HISTORY_DAYS = 90
MORNING = timedelta(hours=5)
SLOT = timedelta(minutes=30)
STEPS: dict[Category, tuple[Category, ...]] = {
    Category.NEW: (),
    Category.OPEN: (Category.OPEN,),
    Category.IN_PROGRESS: (Category.OPEN, Category.IN_PROGRESS),
    Category.WAITING_CLIENT: (Category.OPEN, Category.IN_PROGRESS, Category.WAITING_CLIENT),
    Category.WAITING_SUPPLIER: (Category.OPEN, Category.IN_PROGRESS, Category.WAITING_SUPPLIER),
    Category.PLANNED: (Category.OPEN, Category.PLANNED),
    Category.RESOLVED: (Category.OPEN, Category.IN_PROGRESS, Category.RESOLVED),
    Category.CLOSED: (Category.OPEN, Category.IN_PROGRESS, Category.RESOLVED, Category.CLOSED),
    Category.CANCELLED: (Category.CANCELLED,),
    Category.MERGED: (Category.MERGED,),
}
OPEN_MIX = (
    (Category.OPEN,) * 7
    + (Category.IN_PROGRESS,) * 4
    + (Category.WAITING_CLIENT,) * 4
    + (Category.WAITING_SUPPLIER,) * 2
    + (Category.PLANNED,) * 3
)
# Minutes from the step before, at least and at most.
_PACE = {
    Category.OPEN: (3, 50),
    Category.IN_PROGRESS: (10, 400),
    Category.WAITING_CLIENT: (20, 120),
    Category.WAITING_SUPPLIER: (20, 120),
    Category.PLANNED: (5, 60),
    Category.RESOLVED: (40, 600),
    Category.CLOSED: (1440, 4300),
    Category.CANCELLED: (5, 90),
    Category.MERGED: (5, 90),
}
# When what is open is due, in minutes from now: at least, at most, how often.
DUE_SOON = ((-2800, -5, 8), (3, 59, 6), (60, 480, 22), (481, 2880, 30), (2881, 9000, 34))


@dataclass(frozen=True, slots=True)
class Life:
    """What becomes of a ticket: its last status, and the instants at which it came into each."""

    created: datetime
    final: Category
    steps: tuple[tuple[Category, datetime], ...]
    opened: datetime | None
    due: datetime | None = None
    wished: datetime | None = None
    planned: datetime | None = None
    is_light: bool = False  # old and one of very many: fewer messages


def arrivals(random: Random, count: int, now: datetime, zone: tzinfo) -> Iterator[datetime]:
    """When the tickets of the past months came in, in order: by the hours and days people work."""
    slots = _slots(now, zone)
    total = sum(weight for _, weight in slots)
    index, before = 0, 0.0
    for number in range(count):
        place = (number + random.random()) / count * total
        while place > before + slots[index][1] and index < len(slots) - 1:
            before += slots[index][1]
            index += 1
        start, weight = slots[index]
        yield start + SLOT * min(1.0, (place - before) / weight)


def _slots(now: datetime, zone: tzinfo) -> list[tuple[datetime, float]]:
    end = now - MORNING
    count = HISTORY_DAYS * 48
    return [(start, _busy(start.astimezone(zone))) for start in (end - SLOT * left for left in range(count, 0, -1))]


def _busy(local: datetime) -> float:
    if local.weekday() >= 5:
        return 1.2 if 9 <= local.hour < 18 else 0.2
    if 9 <= local.hour < 18:
        return 8.0 if local.hour in {9, 10, 14} else 6.0
    return 1.5 if 7 <= local.hour < 21 else 0.25


def is_open_one(index: int, count: int, open_count: int) -> bool:
    """Whether ticket `index` of `count` is one of exactly `open_count` that are open; of the late ones more are."""
    if open_count <= 0:
        return False
    power = min(4.0, count / open_count)

    def until(number: int) -> int:
        return int(open_count * (number / count) ** power + 0.5)

    return until(index + 1) > until(index)


def ended(random: Random, index: int, created: datetime, now: datetime, *, can_merge: bool, is_light: bool) -> Life:
    """The life of a ticket that is over."""
    final = Category.CLOSED
    if index % 19 == 7:
        final = Category.CANCELLED
    elif index % 47 == 11 and can_merge:
        final = Category.MERGED
    steps = _steps(random, final, created, is_light=is_light)
    if final is Category.CLOSED and steps[-1][1] >= now:
        final, steps = Category.RESOLVED, steps[:-1]
    steps = _by(steps, created, now)
    due = None
    if random.random() < 0.85:
        due = created + timedelta(hours=16 + int(random.random() * 4) * 12)
    wished = created + timedelta(hours=int(random.random() * 30) + 2) if random.random() < 0.08 else None
    return Life(created, final, steps, _opened(random, created, steps), due, wished, None, is_light)


def still_open(random: Random, created: datetime, now: datetime, *, is_light: bool) -> Life:
    """The life of an older ticket that is not over."""
    final = OPEN_MIX[int(random.random() * len(OPEN_MIX))]
    steps = _by(_steps(random, final, created, is_light=False), created, now)
    first, last, _ = random.choices(DUE_SOON, [weight for _, _, weight in DUE_SOON])[0]
    due: datetime | None = max(now + timedelta(minutes=random.randrange(first, last)), created + timedelta(minutes=90))
    if final is Category.WAITING_CLIENT:
        due = None  # promised by the SLA, so that its clock stands
    wished = None
    if random.random() < 0.1:
        wished = now + timedelta(minutes=random.randrange(30, 5000))
    return Life(
        created, final, steps, _opened(random, created, steps), due, wished, planned_for(random, final, now), is_light
    )


def morning(
    random: Random,
    final: Category,
    created: datetime,
    now: datetime,
    *,
    due: int | None,
    wished: int | None,
    seen: bool,
) -> Life:
    """The life of a ticket of this morning; `due` and `wished` in minutes from now."""
    steps = _by(_steps(random, final, created, is_light=False), created, now)
    opened = _opened(random, created, steps) if steps or not seen else created + (now - created) * 0.4
    return Life(
        created,
        final,
        steps,
        opened,
        None if due is None else now + timedelta(minutes=due),
        None if wished is None else now + timedelta(minutes=wished),
        planned_for(random, final, now),
    )


def planned_for(random: Random, final: Category, now: datetime) -> datetime | None:
    """The hour of a visit, for planned work."""
    if final is not Category.PLANNED:
        return None
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour + timedelta(hours=random.choice((2, 4, 20, 24, 26, 48, 72)))


def _steps(
    random: Random, final: Category, created: datetime, *, is_light: bool
) -> tuple[tuple[Category, datetime], ...]:
    way = STEPS[final]
    if is_light and final is Category.CLOSED:
        way = (Category.OPEN, Category.CLOSED)
    elif final is Category.CLOSED and random.random() < 0.2:
        waiting = Category.WAITING_CLIENT if random.random() < 0.6 else Category.WAITING_SUPPLIER
        way = (Category.OPEN, Category.IN_PROGRESS, waiting, Category.IN_PROGRESS, Category.RESOLVED, Category.CLOSED)
    at = created
    steps = []
    for category in way:
        least, most = _PACE[category]
        at += timedelta(seconds=int((least + random.random() * (most - least)) * 60))
        steps.append((category, at))
    return tuple(steps)


def _by(
    steps: tuple[tuple[Category, datetime], ...], created: datetime, now: datetime
) -> tuple[tuple[Category, datetime], ...]:
    """The same steps, drawn together where they would reach beyond now."""
    if not steps or steps[-1][1] < now:
        return steps
    shrink = (now - created) * 0.92 / (steps[-1][1] - created)
    return tuple((category, created + _whole_seconds((at - created) * shrink)) for category, at in steps)


def _whole_seconds(length: timedelta) -> timedelta:
    return timedelta(seconds=int(length.total_seconds()))


def _opened(random: Random, created: datetime, steps: tuple[tuple[Category, datetime], ...]) -> datetime | None:
    if not steps:
        return None
    return created + _whole_seconds((steps[0][1] - created) * (0.2 + 0.7 * random.random()))
