"""`deskconsole board`: the live board on this terminal, printed once, recorded, or replayed."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer

from deskconsole.cli import output
from deskconsole.cli.context import Json, front, opened
from deskconsole.cli.front import open_console
from deskconsole.domain.board import BoardState, Burning, Load, share_text
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import countdown, duration_text
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import clean
from deskconsole.i18n import _, say


def board(
    ctx: typer.Context,
    record: Annotated[
        str | None, typer.Option("--record", metavar="FILE", help=mark("Keep in a file what the board shows."))
    ] = None,
    replay: Annotated[
        str | None, typer.Option("--replay", metavar="FILE", help=mark("Show a recording; needs no desk."))
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help=mark("Where the replay begins: 14:05, 2026-03-02T14:05."))
    ] = None,
    once: Annotated[bool, typer.Option("--once", help=mark("Print the board and exit."))] = False,
    target: Annotated[
        str | None, typer.Option("--target", metavar="PERCENT", help=mark("Set the share that is to be on time."))
    ] = None,
    as_json: Json = False,
) -> int:
    """Show the board."""
    if target is not None:
        if record is not None or replay is not None or once or as_json or at is not None:
            raise InvalidInput(mark("--target sets the share on time; it goes with no other option."))
        _set_target(ctx, target)
        return 0
    if record is not None and (replay is not None or once or as_json):
        raise InvalidInput(mark("--record keeps what the open board shows; it goes with no other option."))
    if at is not None and replay is None:
        raise InvalidInput(mark("--at is a time of a recording: name it with --replay."))
    if not (once or as_json):
        if replay is None:
            return open_console(front(ctx), "board", record=Path(record).expanduser() if record is not None else None)
        from deskconsole.console import replay as show_recording

        return show_recording(Path(replay).expanduser(), at, low_bandwidth=front(ctx).low_bandwidth)
    if replay is not None:
        _print_recorded(Path(replay).expanduser(), at, front(ctx).zone(), as_json=as_json)
        return 0
    with opened(ctx) as desk:
        from deskconsole.data.queries import board as queries

        read = desk.read_lately(queries.board, desk.now(), desk.zone)
        _print(read.result, read.result.at, desk.zone, "", as_json=as_json)
        if read.words is not None:
            output.words(say(read.words))
    return 0


def _set_target(ctx: typer.Context, typed: str) -> None:
    try:
        percent = float(typed.removesuffix("%").replace(",", "."))
    except ValueError:
        raise InvalidInput(mark('"{value}" is no share; write 95 or 97.5.'), value=clean(typed)[:40]) from None
    with opened(ctx) as desk:
        from deskconsole.desk import board as verbs

        verbs.set_target(desk, percent)
        output.words(_("{percent} % of the tickets with an SLA are to be on time.").format(percent=f"{percent:g}"))


def _print_recorded(file: Path, at: str | None, zone: tzinfo, *, as_json: bool) -> None:
    """Print what a board showed at a time; without one, the last thing it showed."""
    from deskconsole.board_record import Recording

    recording = Recording(file)
    zone = recording.zone or zone
    moment = recording.moment(at, zone) if at is not None else recording.last
    shown = recording.shown(recording.index_at(moment))
    _print(shown.state, moment, zone, shown.trouble, as_json=as_json)


def _print(state: BoardState, now: datetime, zone: tzinfo, trouble: str, *, as_json: bool) -> None:
    if as_json:
        age = max(0, int((now - state.at).total_seconds()))
        shares = {
            f"on_time_{name}_percent": score.on_time * 100 / score.counted if score.counted else None
            for name, score in (("today", state.today), ("week", state.week))
        }
        document: dict[str, Any] = {"shown_at": now, "age_seconds": age, "trouble": trouble}
        output.document({**output.plain(document, zone), **shares, **output.plain(state, zone)}, zone)
        return
    output.fields(
        [
            (_("Board at"), f"{now.astimezone(zone):%Y-%m-%d %H:%M:%S}"),
            (_("Data of"), f"{state.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"),
            (_("Trouble"), trouble),
            (_("Open"), str(state.open)),
            (_("Overdue"), str(state.overdue)),
            (_("Due soon"), str(state.soon)),
            (_("Unassigned"), str(state.unassigned)),
            (_("Unread"), str(state.unread)),
            (_("Paused"), f"{state.paused} ({say(share_text(state.paused, state.open))})"),
            (_("On time today"), say(state.today.told(state.target))),
            (_("On time this week"), say(state.week.told(state.target))),
        ]
    )
    _print_tickets(_("Overdue"), state.late, state.overdue, now)
    _print_tickets(_("Due soon"), state.next, state.soon, now)
    _print_load(state.loads, state.people)
    output.heading(_("Today by hour"))
    busy = [hour for hour in range(24) if state.arrivals[hour] or state.completions[hour]]
    output.table(
        (_("Hour"), _("Came in"), _("Completed")),
        [(f"{hour:02d}", str(state.arrivals[hour]), str(state.completions[hour])) for hour in busy],
    )
    output.heading(_("Breaches"))
    output.table(
        (_("When"), _("No."), _("Clock"), _("Client"), _("Subject")),
        [
            (output.local(one.at, zone), str(one.ticket_id), say(clock_name(one.clock)), one.client, one.subject)
            for one in state.breaches
        ],
        elastic=4,
    )


def _print_tickets(title: str, tickets: tuple[Burning, ...], total: int, now: datetime) -> None:
    output.heading(f"{title}: {total}")
    output.table(
        (_("Due"), _("No."), _("Prio"), _("Clock"), _("Client"), _("Subject"), _("Assignee")),
        [
            (
                say(countdown(now, one.due).text),
                str(one.ticket_id),
                str(one.priority.value),
                say(clock_name(one.clock)) if one.clock is not None else _("no SLA"),
                one.client,
                one.subject,
                one.assignee or _("nobody"),
            )
            for one in tickets
        ],
        elastic=5,
    )


def _print_load(loads: tuple[Load, ...], people: int) -> None:
    output.heading(_("Load today: {count}").format(count=people))
    output.table(
        (_("Person"), _("Open"), _("Worked"), _("Estimated"), _("Capacity")),
        [
            (
                load.name,
                str(load.open),
                say(duration_text(load.worked)),
                say(duration_text(load.estimated)),
                say(duration_text(load.capacity)) if load.capacity else _("off today"),
            )
            for load in loads
        ],
    )
