"""The panes of the live board as lines: pure functions of what it shows, the time, and the room there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from rich.cells import cell_len

from deskconsole.domain.board import SOON, BoardState, Breach, Burning, Load, Score
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import duration_text
from deskconsole.i18n import _, ngettext, say
from deskconsole.widgets.bars import bar
from deskconsole.widgets.big_digits import ROWS, big
from deskconsole.widgets.cells import countdown_cell, priority_cell
from deskconsole.widgets.line_columns import Cell
from deskconsole.widgets.line_paint import Kind, Line
from deskconsole.widgets.line_pane import row
from deskconsole.widgets.text_block import fit

STALE_AFTER = timedelta(seconds=90)
"""From this age on the data says loudly that it is old."""
SECONDS_WITHIN = timedelta(minutes=5)
SECONDS_FOR = 12
"""Tickets whose countdown runs by the second, those nearest to their due: each costs some 65 bytes a second."""
COARSE = timedelta(seconds=15)
BLOCKS = " ▁▂▃▄▅▆▇█"


def heading(text: str, right: str, width: int) -> Line:
    """The title of a pane, with a note at its right end."""
    room = width - cell_len(right) - 3
    note = right if room >= cell_len(text) else ""
    left = fit(f" {text}", width - cell_len(note) - (1 if note else 0))
    return row([Cell(left), *([Cell(note), Cell(" ")] if note else [])], width, Kind.HEADER)


def age_words(age: timedelta) -> str:
    """How old the data is, in words that change once a minute."""
    minutes = max(0, age // timedelta(minutes=1))
    if minutes == 0:
        return _("less than a minute old")
    return _("{time} old").format(time=say(duration_text(minutes)))


def head_line(title: str, clock: str, state: BoardState | None, now: datetime, zone: tzinfo, width: int) -> Line:
    """What this is, the time, and how old the data is."""
    if state is None:
        return heading(f"{title}  {clock}", "", width)
    age = now - state.at
    read = f"{state.at.astimezone(zone):%H:%M:%S}"
    words = _("data of {time}, {age}").format(time=read, age=age_words(age))
    return heading(f"{title}  {clock}", f"!! {words}" if age >= STALE_AFTER else words, width)


# --- numbers -----------------------------------------------------------------------------------------------


def numbers(state: BoardState, width: int, *, is_big: bool) -> list[Line]:
    """How many tickets are overdue, about to be, nobody's, unread, paused, open; and the share on time."""
    within = _("due within {time}").format(time=say(duration_text(SOON // timedelta(minutes=1))))
    counts = [
        ("!! ", state.overdue, _("overdue"), "overdue"),
        ("▼ ", state.soon, within, "soon"),
        ("", state.unassigned, _("unassigned"), "strong"),
        ("* ", state.unread, _("unread"), "strong"),
        ("|| ", state.paused, _("paused"), "muted"),
        ("", state.open, _("open"), "muted"),
    ]
    scores = [
        _score_cell(_("on time today"), state.today, state.target),
        _score_cell(_("on time this week"), state.week, state.target),
    ]
    if not is_big:
        small = [Cell(f"{sign}{count} {label}", look if count else "none") for sign, count, label, look in counts]
        return [*_flow(small, width), *_flow(scores, width)]
    blocks = [_block(str(count), sign + label, look if count else "none") for sign, count, label, look in counts]
    for label, score in ((_("on time today"), state.today), (_("on time this week"), state.week)):
        blocks.append(_block(say(score.percent).replace(" ", ""), label, _score_look(score, state.target)))
    return [*_beside(blocks, width), *_flow(scores, width)]


def _score_cell(label: str, score: Score, target: float) -> Cell:
    """The share on time in words; where it is too low they begin with `!!`."""
    look = _score_look(score, target)
    words = _("{label}: {told}").format(label=label, told=say(score.told(target)))
    return Cell(f"!! {words}" if look == "overdue" else words, look)


def _score_look(score: Score, target: float) -> str:
    if not score.counted:
        return "none"
    return "covered" if score.meets(target) else "overdue"


def _flow(cells: Iterable[Cell], width: int) -> list[Line]:
    """Cells one after the other, over as many lines as they need."""
    lines: list[list[Cell]] = []
    left = 0
    for cell in cells:
        needed = cell_len(cell.text)
        if not lines or needed + 2 > left:
            lines.append([Cell(" ")])
            left = width - 1
        lines[-1] += [cell, Cell("   ")]
        left -= needed + 3
    return [row(line, width) for line in lines]


Block = tuple[list[str], str]
"""Lines of one width, and their look."""


def _block(number: str, label: str, look: str) -> Block:
    """A number that can be read across a room, under its label."""
    lines = [label, *big(number)]
    width = max(cell_len(line) for line in lines)
    return [fit(line, width) for line in lines], look


def _beside(blocks: Sequence[Block], width: int) -> list[Line]:
    """Blocks side by side with equal gaps."""
    taken = sum(cell_len(lines[0]) for lines, _look in blocks)
    gap = " " * max(1, min(6, (width - taken - 1) // max(1, len(blocks))))
    return [
        row([Cell(" "), *(cell for lines, look in blocks for cell in (Cell(lines[y], look), Cell(gap)))], width)
        for y in range(ROWS + 1)
    ]


# --- tickets -----------------------------------------------------------------------------------------------


def shown_tickets(state: BoardState, height: int) -> tuple[tuple[Burning, ...], tuple[Burning, ...]]:
    """The overdue tickets and those that are due soon for which there is room; neither crowds the other out."""
    room = max(0, height - 2)
    least_next = min(len(state.next), room // 3)
    late = state.late[: room - least_next]
    return late, state.next[: room - len(late)]


def tickets(state: BoardState, now: datetime, width: int, height: int, cursor: int | None = None) -> list[Line]:
    """The overdue tickets over those that are due soon, with their countdowns; `cursor` is a ticket's number."""
    late, soon = shown_tickets(state, height)
    near = [one for one in (*late, *soon) if abs(one.due - now) < SECONDS_WITHIN]
    near.sort(key=lambda one: abs(one.due - now))
    coarse = {one.ticket_id for one in near[SECONDS_FOR:]}
    step = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % COARSE

    def line(one: Burning) -> Line:
        return _ticket(one, step if one.ticket_id in coarse else now, width, cursor)

    lines = [heading(_("Overdue: {count}").format(count=state.overdue), _rest(state.overdue, len(late)), width)]
    lines += [line(one) for one in late]
    within = say(duration_text(SOON // timedelta(minutes=1)))
    title = _("Due within {time}: {count}").format(time=within, count=state.soon)
    lines.append(heading(title, _rest(state.soon, len(soon)), width))
    lines += [line(one) for one in soon]
    return lines


def _rest(total: int, shown: int) -> str:
    """How many there are besides those that are shown."""
    left = total - shown
    return ngettext("{count} more", "{count} more", left).format(count=left) if left > 0 and shown else ""


def _ticket(one: Burning, now: datetime, width: int, cursor: int | None) -> Line:
    """The countdown first: what ticks is sent with everything left of it on its line."""
    left, priority = countdown_cell(now, one.due, compact=True), priority_cell(one.priority)
    has_room = width >= 90
    clock = say(clock_name(one.clock)) if one.clock is not None else _("no SLA")
    about = " ".join(filter(None, (f"{one.client}:" if one.client else "", one.subject)))
    cells = [
        Cell(fit(f" {left.text}", 15), left.look),
        Cell(
            fit(f"{'*' if one.is_unread else ' '}{one.ticket_id}", 8, "right"), "strong" if one.is_unread else "muted"
        ),
        Cell(" "),
        Cell(fit(priority.text, 4), priority.look),
        Cell(" "),
        Cell(fit(clock, 16 if has_room else 11), "muted"),
        Cell(" "),
    ]
    who = 16 if has_room else 0
    used = sum(cell_len(cell.text) for cell in cells)
    cells.append(Cell(fit(about, width - used - who), "strong" if one.is_unread else ""))
    if has_room:
        cells.append(Cell(fit(f" {one.assignee or _('nobody')}", who), "muted"))
    return row(cells, width, Kind.CURSOR if one.ticket_id == cursor else Kind.ROW)


# --- people, hours, breaches -------------------------------------------------------------------------------


def people(state: BoardState, width: int, height: int) -> list[Line]:
    """Everybody's open tickets, and today's minutes against the capacity as a bar."""
    room = max(0, height - 1)
    shown = state.loads[:room]
    lines = [heading(_("Load today"), _rest(state.people, len(shown)), width)]
    if not shown:
        lines.append(row([Cell(f" {_('Nobody takes tickets at this desk yet.')}", "muted")], width))
    return lines + [_person(load, width) for load in shown]


def _person(load: Load, width: int) -> Line:
    """`Eva  12  ████▒▒░░  5 h of 8 h`: worked full, estimated shaded, free light."""
    minutes = load.worked + load.estimated
    name_width = max(10, min(22, width // 4))
    cells = [
        Cell(fit(f" {load.name}", name_width - 2)),
        Cell(fit("●" if load.is_working else "", 2), "soon"),
        Cell(fit(str(load.open), 5, "right"), "strong"),
        Cell(" "),
    ]
    if load.capacity <= 0:
        words, look = (
            (_("off today, {time} to do").format(time=say(duration_text(minutes))), "near")
            if minutes
            else (_("off today"), "muted")
        )
        return row([*cells, Cell(words, look)], width)
    is_over = minutes > load.capacity
    words = _("{time} of {all}").format(time=say(duration_text(minutes)), all=say(duration_text(load.capacity)))
    words = f"{'!! ' if is_over else ''}{words}"
    bar_width = max(0, width - name_width - 6 - (19 if width < 60 else 24))
    drawn = bar(load.worked, load.estimated, load.capacity, bar_width).plain
    cells += [Cell(drawn, "overdue" if is_over else "calm"), Cell(" "), Cell(words, "overdue" if is_over else "muted")]
    return row(cells, width)


def hours(state: BoardState, width: int, height: int) -> list[Line]:
    """Arrivals over completions, a column an hour, with the day's totals."""
    rows = max(1, min(6, (height - 4) // 2))
    column = max(1, min(6, (width - 2) // 24))
    lines = [heading(_("Today by hour"), "", width)]
    for label, counts, look in (
        (_("arrived: {count}, most in an hour {most}"), state.arrivals, "soon"),
        (_("completed: {count}, most in an hour {most}"), state.completions, "covered"),
    ):
        most = max(counts, default=0)
        lines.append(row([Cell(f" {label.format(count=sum(counts), most=most)}", look)], width))
        lines += [row([Cell(f" {text}", look)], width) for text in _columns(counts, rows, column)]
    axis = "".join(fit(str(hour), 3 * column) for hour in range(0, 24, 3))
    return [*lines, row([Cell(f" {axis}", "muted")], width)]


def _columns(counts: Sequence[int], rows: int, width: int) -> Iterable[str]:
    """Counts as columns of blocks, the highest as high as there is room; the lowest above none is still seen."""
    most = max(counts, default=0)
    steps = [max(1, count * rows * 8 // most) if count else 0 for count in counts]
    body = width if width == 1 else width - 1
    for level in reversed(range(rows)):
        yield "".join((BLOCKS[max(0, min(8, step - 8 * level))] * body).ljust(width) for step in steps)


def breaches(state: BoardState, now: datetime, zone: tzinfo, width: int, height: int) -> list[Line]:
    """The clocks that ran out last: when, whose, which."""
    lines = [heading(_("Breaches"), "", width)]
    if not state.breaches:
        return [*lines, row([Cell(f" {_('No clock ran out in the last 7 days.')}", "muted")], width)]
    today = now.astimezone(zone).date()
    return lines + [_breach(one, zone, width, today) for one in state.breaches[: max(0, height - 1)]]


def _breach(one: Breach, zone: tzinfo, width: int, today: date) -> Line:
    at = one.at.astimezone(zone)
    when = f"{at:%H:%M}" if at.date() == today else f"{at:%m-%d %H:%M}"
    about = " ".join(filter(None, (f"{one.client}:" if one.client else "", one.subject)))
    cells = [
        Cell(fit(when, 12, "right"), "overdue" if at.date() == today else "muted"),
        Cell(fit(str(one.ticket_id), 8, "right"), "muted"),
        Cell(" "),
        Cell(fit(say(clock_name(one.clock)), 16), ""),
        Cell(" "),
    ]
    used = sum(cell_len(cell.text) for cell in cells)
    return row([*cells, Cell(fit(about, width - used))], width)
