"""The edition of the rules that clocks are derived by.

Whoever changes a calendar, a policy or which clocks stand calls `bump` in the same transaction; open tickets that
were derived by an older edition are then derived anew by one background pass (`desk.clock_pass`), however often
that is cut short.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session

from deskconsole.data.tables import Setting
from deskconsole.desk.settings import read_setting, write_setting

if TYPE_CHECKING:
    from deskconsole.desk.desk import Unit  # which derives clocks at the end of every write

NAME = "sla_edition"


@dataclass(frozen=True)
class Edition:
    """Which edition of the rules holds, and whose change made it."""

    number: int = 1  # a ticket that was never derived has edition 0
    person_id: int | None = None
    actor: str = ""
    why: str = ""


def current(session: Session) -> Edition:
    """The edition that holds now."""
    return Edition(**read_setting(session, NAME, {}))


def bump(unit: Unit, why: str) -> None:
    """Begin a new edition; `why` says in a few words what was changed, for the history of the tickets it moves."""
    unit.session.get(Setting, NAME, with_for_update=True)  # two changes at once are two editions
    number = current(unit.session).number + 1
    write_setting(unit.session, NAME, asdict(Edition(number, unit.actor.id, unit.actor.name, why)))
    unit.changed("sla", None)
