"""The account of one clock as blocks of text: target, every stretch that counted or did not, and the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from rich.cells import cell_len

from deskconsole.desk.explanation import ClockAccount, Explanation, Run, Stretch, length_text
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.zones import zone_named
from deskconsole.i18n import _, say
from deskconsole.screens.text_lines import Block
from deskconsole.widgets.line_columns import Cell
from deskconsole.widgets.line_paint import Kind
from deskconsole.widgets.text_block import fit

ROOMY = 100
"""Cells from which on a stretch shows its years."""
LENGTH = 12
"""Cells of a length of time: `99999:59:59`, or its title."""
Chosen = tuple[ClockAccount, Run]


class Times:
    """Instants as the viewer's clock shows them, and the site's where that differs."""

    def __init__(self, zone: tzinfo, site_zone: str) -> None:
        self._zone = zone
        self.site_zone = site_zone
        self._site = zone_named(site_zone) if site_zone else None

    def whole(self, moment: datetime | None) -> str:
        """With the year, and the site's time behind it."""
        if moment is None:
            return "-"
        here = f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"
        return f"{here} ({self.at_site(moment)} {self.site_zone})" if self._site is not None else here

    def short(self, moment: datetime | None) -> str:
        """Without the year."""
        return f"{moment.astimezone(self._zone):%m-%d %H:%M:%S}" if moment is not None else "-"

    def long(self, moment: datetime) -> str:
        """With the year."""
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def at_site(self, moment: datetime) -> str:
        """As the site's clock shows it."""
        return f"{moment.astimezone(self._site):%m-%d %H:%M:%S}"


def account_blocks(read: Explanation, chosen: Chosen | None, times: Times, width: int) -> tuple[Block, ...]:
    """The account of a run in `width` cells; then what holds for the ticket as a whole."""
    return tuple(_blocks(read, chosen, times, width))


def _blocks(read: Explanation, chosen: Chosen | None, times: Times, width: int) -> Iterator[Block]:
    if chosen is not None:
        account, run = chosen
        yield from _facts(account, run, times)
        yield from _table("past", _("What has been"), run.stretches, times, width)
        if run.ahead:
            yield from _table("ahead", _("Still to come until it is due"), run.ahead, times, width)
    if read.passed_over:
        yield _heading("passed", _("Policies passed over"))
        for place, passed in enumerate(read.passed_over):
            yield Block(f"passed:{place}", body=f"{passed.policy}: {say(passed.why)}")
    if read.absent:
        yield _heading("absent", _("Clocks it does not have"))
        for one in read.absent:
            yield Block(f"absent:{one.clock}", body=f"{say(clock_name(one.clock))}: {say(one.why)}")
    yield from _moves(read, times)


def _facts(account: ClockAccount, run: Run, times: Times) -> Iterator[Block]:
    if account.note is not None:
        yield Block("note", body=say(account.note), sign=Cell("! ", "mark"))
    target, elapsed, left = map(length_text, (account.target_seconds, run.elapsed_seconds, run.left_seconds))
    others = "; ".join(f"{length_text(60 * other.minutes)} {say(other.why)}" for other in account.others)
    rows = [
        (_("Target"), f"{target}, {say(account.target_why)}"),
        (_("Not taken"), others),
        (_("Started"), times.whole(run.started)),
        (_("Due"), times.whole(run.promised)),
        (_("Ended"), times.whole(run.ended) if run.ended is not None else ""),
        (_("Left"), f"{target} - {elapsed} = {left}"),
    ]
    shown = [(name, text) for name, text in rows if text]
    wide = max(cell_len(name) for name, _text in shown) + 2
    for place, (name, text) in enumerate(shown):
        yield Block(f"fact:{place}", body=text, sign=Cell(fit(name, wide), "muted"))


def _table(key: str, title: str, stretches: Sequence[Stretch], times: Times, width: int) -> Iterator[Block]:
    """One line a stretch: from, to, what counted, what did not, why; then both sums."""
    is_roomy = width >= ROOMY
    clock = times.long if is_roomy else times.short
    instant = 19 if is_roomy else 14
    yield _heading(key, title)
    titles = (_("From"), _("To"), _("Counted"), _("Not counted"), _("Why"))
    yield Block(f"{key}:titles", tuple(Cell(text) for text in _columns(titles, instant)), kind=Kind.HEADER)
    room = width - 2 * instant - 2 * LENGTH - 5
    for place, stretch in enumerate(stretches):
        length, notes = length_text(stretch.seconds), [say(stretch.why)]
        if times.site_zone:
            notes.append(f"{times.at_site(stretch.began)} - {times.at_site(stretch.ended)} {times.site_zone}")
        beside, under = _parted(notes, room)
        shown = (
            clock(stretch.began),
            clock(stretch.ended),
            length if stretch.counted else "",
            "" if stretch.counted else length,
            beside,
        )
        look = "" if stretch.counted else "muted"
        cells = tuple(Cell(text, look) for text in _columns(shown, instant))
        yield Block(f"{key}:{place}", cells, under, Cell("    "), "muted")
    counted = sum(stretch.seconds for stretch in stretches if stretch.counted)
    rest = sum(stretch.seconds for stretch in stretches if not stretch.counted)
    sums = (_("Sum"), "", length_text(counted), length_text(rest), "")
    yield Block(f"{key}:sum", tuple(Cell(text, "strong") for text in _columns(sums, instant)))


def _parted(notes: Sequence[str], room: int) -> tuple[str, str]:
    """The notes that fit beside a stretch, and those that go under it."""
    count = max(count for count in range(len(notes) + 1) if cell_len("  ".join(notes[:count])) <= room)
    return "  ".join(notes[:count]), "  ".join(notes[count:])


def _columns(texts: Sequence[str], instant: int) -> tuple[str, ...]:
    began, ended, counted, rest, why = texts
    return (
        f"{fit(began, instant)} ",
        f"{fit(ended, instant)} ",
        f"{fit(counted, LENGTH, 'right')} ",
        f"{fit(rest, LENGTH, 'right')}  ",
        why,
    )


def _moves(read: Explanation, times: Times) -> Iterator[Block]:
    if not read.moves:
        return
    yield _heading("moves", _("How the due moved"))
    for place, move in enumerate(read.moves):
        when = times.short(move.at)
        what = f"{say(clock_name(move.clock))}: {times.whole(move.old)} -> {times.whole(move.new)}"
        why = move.reason or ("" if move.rule else _("typed by hand"))
        yield Block(f"move:{place}", (Cell(f"{when} {move.actor}  ", "muted"), Cell(why)), what)


def _heading(key: str, title: str) -> Block:
    return Block(f"heading:{key}", (Cell(title, "strong"),))
