"""The clocks of a ticket in lines: name, how much of the target is used, how it stands, and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from rich.cells import cell_len

from deskconsole.desk.clock_rows import ClockRow, TicketClocks
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import countdown, duration_text, paused_countdown, span_text
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import ClockState, SlaClock
from deskconsole.domain.zones import zone_named
from deskconsole.i18n import _, say
from deskconsole.screens.ticket_columns import short_moment
from deskconsole.widgets.bars import bar
from deskconsole.widgets.cells import left_cell
from deskconsole.widgets.line_columns import Cell

BAR = 10
"""Cells of the bar."""
STATE = 24
"""Cells the state has before the figures begin."""


def clock_lines(
    clocks: TicketClocks, now: datetime, site: tzinfo | None, *, fold: bool
) -> tuple[tuple[Cell, ...], ...]:
    """One line a clock, as cells side by side, with times in the zone of `now`, and of the site where it is given.

    With `fold` the clocks that are through share one line.
    """
    stopped = [row for row in clocks.rows if row.state is ClockState.STOPPED]
    going = [row for row in clocks.rows if row.state is not ClockState.STOPPED]
    if not fold or len(stopped) < 2:
        return tuple(_line(row, now, site) for row in (*going, *stopped))
    return (*(_line(row, now, site) for row in going), _folded(stopped))


def site_zone(name: str) -> tzinfo | None:
    """The site's zone; a name nobody knows is none."""
    try:
        return zone_named(name) if name else None
    except InvalidInput:
        return None


def moment_words(instant: datetime, now: datetime, site: tzinfo | None) -> str:
    """An instant in the zone of `now`, and as the site has it where that differs: `14:00 (site 17:00)`."""
    here, there = instant.astimezone(now.tzinfo), instant.astimezone(site or now.tzinfo)
    said = short_moment(instant, now)
    if here.utcoffset() == there.utcoffset():
        return said
    time = f"{there:%H:%M}" if there.date() == here.date() else f"{there:%m-%d %H:%M}"
    return _("{time} (site {there})").format(time=said, there=time)


def state_cell(row: ClockRow, now: datetime) -> Cell:
    """How a clock stands: the countdown while it runs, what is left while it stands, then kept or broken."""
    if row.state is ClockState.PAUSED:
        return left_cell(paused_countdown(row.left_seconds))
    if row.state is ClockState.RUNNING:
        return left_cell(countdown(now, row.due)) if row.due is not None else Cell(f"- {_('never due')}", "none")
    if row.is_breached:
        late = say(span_text(max(0, -row.left_seconds)))
        return Cell(f"x {_('broken by {time}').format(time=late)}", "uncovered")
    return Cell(f"+ {_('kept')}", "covered")


def _line(row: ClockRow, now: datetime, site: tzinfo | None) -> tuple[Cell, ...]:
    wide = max(cell_len(say(clock_name(clock))) for clock in SlaClock) + 1
    name, state = say(clock_name(row.clock)), state_cell(row, now)
    used = bar(row.elapsed_seconds, 0, row.target_seconds, BAR).plain
    return (
        Cell(f"{name}{' ' * (wide - cell_len(name))}", "muted" if row.state is ClockState.STOPPED else "strong"),
        Cell(f"{used} ", state.look),
        Cell(f"{state.text}{' ' * (STATE - cell_len(state.text))} ", state.look),
        Cell(", ".join(_figures(row, now, site)), "muted"),
    )


def _figures(row: ClockRow, now: datetime, site: tzinfo | None) -> Sequence[str]:
    """When it is due or ended, and the working time it took of its target."""
    said = []
    if row.due is not None:
        said.append(_("due {time}").format(time=moment_words(row.due, now, site)))
    elif row.ended is not None:
        said.append(moment_words(row.ended, now, site))
    if row.is_fixed:
        return [*said, _("set by hand")]
    template = _("worst {time} of {target}") if row.clock is SlaClock.UPDATE else _("{time} of {target}")
    # In whole minutes: it is read anew once a minute, only the countdown beside it counts seconds.
    used, target = (duration_text(seconds // 60) for seconds in (row.elapsed_seconds, row.target_seconds))
    return [*said, template.format(time=say(used), target=say(target))]


def _folded(rows: Sequence[ClockRow]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for row in rows:
        shape, look = ("x", "uncovered") if row.is_breached else ("+", "covered")
        late = span_text(max(0, -row.left_seconds)) if row.is_breached else span_text(row.elapsed_seconds)
        template = _("{clock} broken by {time}") if row.is_breached else _("{clock} kept in {time}")
        words = template.format(clock=say(clock_name(row.clock)), time=say(late))
        cells += [Cell("  ") if cells else Cell(""), Cell(f"{shape} {words}", look)]
    return tuple(cells)
