"""Business time: adding and measuring beside businesstimedelta 1.0.1, and 10,000 cases of `calendar compute`.

Run `python -m benchmarks.worktime`. A hundred of our additions stand beside one of the reference, so a ratio of 1 is
a hundred times as fast. Each figure is the best of several runs; the answers are compared before they are timed.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import pytz

from benchmarks.measures import Figure, show
from deskconsole.domain.week_text import read_week
from deskconsole.domain.worktime import WorkCalendar

ZONE = "Europe/Madrid"
START = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
TEN_DAYS, YEAR = timedelta(hours=90), timedelta(hours=2250)  # of nine working hours
CASES, MOST_SECONDS = 10_000, 20
RUNS = 15
ZONES = (ZONE, "Europe/Moscow", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def microseconds(work: Callable[[], object], times: int) -> float:
    """The best time of one run of `work`."""
    best = float("inf")
    for _ in range(RUNS):
        began = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - began) / times)
    return best * 1e6


def reference_rule() -> Any:
    """Monday to Friday 09-18 as the reference has it."""
    return businesstimedelta.WorkDayRule(
        start_time=day_time(9), end_time=day_time(18), working_days=[0, 1, 2, 3, 4], tz=pytz.timezone(ZONE)
    )


def beside_the_reference() -> list[Figure]:
    """Ours and the reference's, ten working days and a year away."""
    office, rule = WorkCalendar(ZONE, read_week("mon-fri 09:00-18:00")), reference_rule()
    figures = []
    for name, length, most in (("ten working days", TEN_DAYS, 1.0), ("a year", YEAR, None)):
        theirs = businesstimedelta.BusinessTimeDelta(rule, timedelta=length)
        due = office.add(START, length)
        if due is None or due != START + theirs:
            raise SystemExit(f"{name}: ours {due}, the reference's {START + theirs}")
        ours = microseconds(lambda wanted=length: office.add(START, wanted), 1000)  # type: ignore[misc] # bound now
        their_time = microseconds(lambda wanted=theirs: START + wanted, 3)  # type: ignore[misc] # bound now
        figures.append(Figure(f"add {name}, 100 times", ours * 100, "us", reference=their_time, most_ratio=most))
    near, far = (figure.value / 100 for figure in figures)
    figures.append(Figure("add a year beside ten days", far, "us", reference=near, most_ratio=1.5))
    end = START + timedelta(days=365)
    figures.append(Figure("between, a year", microseconds(lambda: office.between(START, end), 1000), "us"))
    week = read_week("mon-fri 09:00-18:00")
    fresh = microseconds(lambda: WorkCalendar(ZONE, week).add(START, TEN_DAYS), 100)
    figures.append(Figure("a new calendar and its first add, ten days", fresh, "us"))
    fresh = microseconds(lambda: WorkCalendar(ZONE, week).add(START, YEAR), 20)
    figures.append(Figure("a new calendar and its first add, a year", fresh, "us"))
    return figures


def one_case(chance: random.Random) -> dict[str, Any]:
    """A case with a calendar nobody else has."""

    def windows(count: int) -> list[list[str]]:
        marks = sorted(chance.sample(range(0, 1440, 5), 2 * count))
        return [
            [f"{opens // 60:02d}:{opens % 60:02d}", f"{closes // 60:02d}:{closes % 60:02d}"]
            for opens, closes in zip(marks[::2], marks[1::2], strict=True)
        ]

    def day() -> str:
        return (date(2025, 1, 1) + timedelta(days=chance.randrange(730))).isoformat()

    calendar = {
        "timezone": chance.choice(ZONES),
        "hours": {name: windows(chance.randint(1, 2)) for name in chance.sample(WEEKDAYS, chance.randint(3, 7))},
        "holidays": [day() for _ in range(12)],
        "shifts": {day(): windows(1) for _ in range(4)},
        "breaks": {day(): windows(1) for _ in range(4)},
    }
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(500 * 86_400))
    written = start.astimezone(ZoneInfo(calendar["timezone"])).isoformat()  # type: ignore[arg-type] # a text
    if chance.random() < 0.5:
        return {"op": "add", "calendar": calendar, "start": written, "minutes": chance.randrange(1, 20_000)}
    end = (start + timedelta(seconds=chance.randrange(100 * 86_400))).isoformat()
    return {"op": "between", "calendar": calendar, "start": written, "end": end}


def cases() -> Figure:
    """`calendar compute` as a process of its own."""
    chance = random.Random(7)
    text = "\n".join(json.dumps(one_case(chance)) for _ in range(CASES))
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "deskconsole", "calendar", "compute"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != CASES or any("error" in answer for answer in answers):
        raise SystemExit("calendar compute did not answer every case")
    return Figure(f"calendar compute, {CASES:,} distinct calendars", seconds, "s", most=MOST_SECONDS)


def main() -> int:
    return 1 if show([*beside_the_reference(), cases()]) else 0


if __name__ == "__main__":
    sys.exit(main())
