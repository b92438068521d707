"""What the company as a whole promises of its work: the share of tickets that are to be on time."""

from __future__ import annotations

from uuid import UUID

from deskconsole.data.queries.board import TARGET
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.settings import write_setting
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Role


def set_target(desk: Desk, percent: float, *, key: UUID | None = None) -> float:
    """Set how many percent of the tickets with an SLA are to be on time.

    Raises:
        InvalidInput: it is no share.
    """
    if not 0 < percent <= 100:
        raise InvalidInput(mark("A share on time lies above 0 and up to 100 %, not at {percent} %."), percent=percent)

    def work(unit: Unit) -> float:
        unit.allow(Role.ADMIN, Role.SUPERVISOR)
        write_setting(unit.session, TARGET, percent)
        unit.changed("setting", None)
        return percent

    return desk.write("board.target", work, key=key)
