"""`deskconsole sla replay`: an SLA tried on histories, with the table of standing clocks of a desk or a new desk's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from deskconsole.cli.context import front, opened
from deskconsole.cli.json_lines import answer_lines
from deskconsole.i18n import say

if TYPE_CHECKING:
    from deskconsole.domain.sla_replay import StandingTable


def replay(ctx: typer.Context) -> None:
    """Answer every scenario on standard input; they are all read as of the same present time.

    A desk is opened only where `--desk` names one: a scenario says by itself what is to be tried.
    """
    from deskconsole.domain import sla_replay

    table = sla_replay.DEFAULT_TABLE if front(ctx).desk is None else _desks_table(ctx)
    now = datetime.now(UTC)

    def answer(form: object) -> dict[str, Any]:
        found = sla_replay.replay(form, now, table)
        return {**found, "notes": [say(note) for note in found["notes"]]} if "notes" in found else found

    answer_lines(answer)


def _desks_table(ctx: typer.Context) -> StandingTable:
    """Which clocks stand in the statuses of the desk that is named, by their codes and their names."""
    from deskconsole.data.queries import sla as queries
    from deskconsole.domain.sla_replay import StandingTable, state_name

    with opened(ctx) as desk:
        rows = desk.read(queries.standing)
    named = {state_name(word): row for row in rows for word in (row.name, row.status)}
    return StandingTable(
        stands={name: frozenset(row.clocks) for name, row in named.items()},
        ended=frozenset(name for name, row in named.items() if not row.category.is_open),
        known=frozenset(named),
    )
