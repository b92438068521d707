"""Who is suggested for a job, and why."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.suggestion import Need, load_percent, missing_skills, ranked, reason


@dataclass(frozen=True)
class Somebody:
    id: int
    team_id: int | None = None
    skills: tuple[str, ...] = ()
    open_tickets: int = 0
    logged_minutes: int = 0
    estimated_minutes: int = 0
    capacity_minutes: int = 480


somebody = st.builds(
    Somebody,
    id=st.integers(1, 9),
    team_id=st.none() | st.integers(1, 2),
    skills=st.lists(st.sampled_from(["lifts", "Printers"])).map(tuple),
    open_tickets=st.integers(0, 5),
    logged_minutes=st.integers(-60, 600),
    estimated_minutes=st.integers(0, 600),
    capacity_minutes=st.integers(0, 480),
)
people = st.lists(somebody, min_size=1, max_size=6, unique_by=lambda one: one.id)
a_need = st.builds(
    Need, skills=st.frozensets(st.sampled_from(["Lifts", "printers"])), team_id=st.none() | st.integers(1, 2)
)


def test_skill_goes_before_team_and_team_before_load() -> None:
    skilled = Somebody(1, team_id=2, skills=("Lifts",), logged_minutes=400)
    team_mate = Somebody(2, team_id=1, logged_minutes=100)
    idle = Somebody(3, team_id=2)
    need = Need(frozenset({"lifts"}), team_id=1)
    assert ranked([idle, team_mate, skilled], need) == (skilled, team_mate, idle)


def test_load_is_measured_against_the_persons_own_day() -> None:
    half_day = Somebody(1, estimated_minutes=120, capacity_minutes=240)
    full_day = Somebody(2, estimated_minutes=180)
    away = Somebody(3, capacity_minutes=0)
    assert ranked([away, half_day, full_day], Need()) == (full_day, half_day, away)
    assert [load_percent(person) for person in (half_day, full_day, away)] == [50, 38, None]


def test_equals_are_told_apart_by_open_tickets_then_by_id() -> None:
    busy, first, second = Somebody(1, open_tickets=2), Somebody(2), Somebody(3)
    assert ranked([second, busy, first], Need()) == (first, second, busy)


def test_who_has_the_job_is_not_suggested_for_it_again() -> None:
    holder, other = Somebody(1), Somebody(2, logged_minutes=400)
    assert ranked([holder, other], Need(held_by=frozenset({1}))) == (other, holder)


def test_the_reason_names_skill_team_and_load() -> None:
    person = Somebody(1, team_id=7, skills=("Lifts",), logged_minutes=60)
    said = reason([person], Need(frozenset({"lifts"}), team_id=7))
    assert said == "has the skill lifts, of the ticket's team, the least busy of those: 13 % of the day"
    assert reason([person], Need()) == "the least busy: 13 % of the day"
    assert reason([person], Need(frozenset({"x"}))).startswith("nobody has every skill, lacks x")


@given(people, a_need)
def test_nobody_is_lost_and_order_does_not_depend_on_the_order_given(crowd: list[Somebody], need: Need) -> None:
    order = ranked(crowd, need)
    assert sorted(person.id for person in order) == sorted(person.id for person in crowd)
    assert ranked(list(reversed(crowd)), need) == order
    fewest = min(len(missing_skills(person, need)) for person in crowd)
    assert len(missing_skills(order[0], need)) == fewest
    assert reason(order, need)
