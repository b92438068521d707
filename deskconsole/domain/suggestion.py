"""Who should go: a simple and honest order of the people who could take a job (design: domain.md, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import fold


class Worker(Protocol):
    """What is looked at in a person; minutes are today's."""

    @property
    def id(self) -> int:
        """The person's id."""

    @property
    def team_id(self) -> int | None:
        """The team, if any."""

    @property
    def skills(self) -> tuple[str, ...]:
        """What the person can do."""

    @property
    def open_tickets(self) -> int:
        """How many open tickets the person has."""

    @property
    def logged_minutes(self) -> int:
        """Minutes worked today."""

    @property
    def estimated_minutes(self) -> int:
        """Estimated minutes of the open tickets."""

    @property
    def capacity_minutes(self) -> int:
        """Minutes the person can work in a day."""


Person = TypeVar("Person", bound=Worker)


@dataclass(frozen=True)
class Need:
    """What a job (or several at once) asks for: all of `skills`, preferably of a team; `held_by` have it now."""

    skills: frozenset[str] = frozenset()
    team_id: int | None = None
    held_by: frozenset[int] = frozenset()


def load_percent(person: Worker) -> int | None:
    """Today's worked and estimated minutes in percent of the capacity, rounded up; None without capacity."""
    if person.capacity_minutes <= 0:
        return None
    return -(-100 * (person.logged_minutes + person.estimated_minutes) // person.capacity_minutes)


def missing_skills(person: Worker, need: Need) -> tuple[str, ...]:
    """The skills asked for that the person does not have, however they are spelled."""
    own = {fold(skill) for skill in person.skills}
    return tuple(sorted(skill for skill in need.skills if fold(skill) not in own))


def ranked(people: Iterable[Person], need: Need) -> tuple[Person, ...]:
    """The people in the order they are suggested in.

    Who has all skills comes first, then the same team, then the least load, the fewest open tickets, the id.
    Who has the whole job already comes last: giving it to the same person changes nothing.
    """
    return tuple(sorted(people, key=lambda person: _rank(person, need)))


def reason(people: Sequence[Worker], need: Need) -> Sentence:
    """Why the first of `people` (as `ranked` gives them) is suggested, in words that hold."""
    first = people[0]
    parts: list[Sentence] = []
    missing = missing_skills(first, need)
    if missing:
        parts.append(Sentence(mark("nobody has every skill, lacks {skills}"), skills=", ".join(missing)))
    elif need.skills:
        parts.append(Sentence(mark("has the skill {skills}"), skills=", ".join(sorted(need.skills))))
    if need.team_id is not None and first.team_id == need.team_id:
        parts.append(Sentence(mark("of the ticket's team")))
    parts.append(_load_reason(first, is_of_some=bool(parts or need.held_by)))
    said = parts[0]
    for part in parts[1:]:
        said = Sentence("{said}, {part}", said=said, part=part)
    return said


def _load_reason(person: Worker, *, is_of_some: bool) -> Sentence:
    percent = load_percent(person)
    if percent is None:
        return Sentence(mark("no working time today"))
    if is_of_some:
        return Sentence(mark("the least busy of those: {percent} % of the day"), percent=percent)
    return Sentence(mark("the least busy: {percent} % of the day"), percent=percent)


def _rank(person: Worker, need: Need) -> tuple[bool, int, bool, float, int, int]:
    capacity = person.capacity_minutes
    load = (person.logged_minutes + person.estimated_minutes) / capacity if capacity > 0 else float("inf")
    return (
        need.held_by == {person.id},
        len(missing_skills(person, need)),
        need.team_id is not None and person.team_id != need.team_id,
        load,
        person.open_tickets,
        person.id,
    )
