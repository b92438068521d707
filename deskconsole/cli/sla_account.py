"""`deskconsole sla explain`: a ticket's clocks with every number that makes a due, to be checked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import Id, Json, opened
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.sentences import mark
from deskconsole.domain.zones import zone_named
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.desk.explanation import ClockAccount, Explanation, Run, Stretch


def explain(
    ctx: typer.Context,
    ticket: Id,
    now: Annotated[
        str | None, typer.Option("--now", metavar="ISO", help=mark("As of that time: 2026-03-02T14:05; else now."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain a ticket's clocks."""
    number = values.one_id(ticket)
    with opened(ctx) as desk:
        from deskconsole.desk import sla_explain

        found = sla_explain.explain(desk, number, values.instant(now, desk.now(), desk.zone))
        if as_json:
            output.document(_shape(found, desk.zone), desk.zone)
        else:
            _Account(found, desk.zone).write()


def _shape(found: Explanation, zone: tzinfo) -> dict[str, Any]:
    """The explanation as JSON: minutes beside the seconds, and what did not count summed up."""
    shape: dict[str, Any] = output.plain(found, zone)
    for clock, account in zip(shape["clocks"], found.clocks, strict=True):
        _add_minutes(clock)
        for run, explained in zip(clock["runs"], account.runs, strict=True):
            _add_minutes(run)
            run["not_counted_seconds"] = explained.not_counted_seconds
            for stretch in (*run["stretches"], *run["ahead"]):
                stretch["minutes"] = _minutes(stretch["seconds"])
    return shape


def _add_minutes(shape: dict[str, Any]) -> None:
    for name in ("target", "elapsed", "left"):
        if f"{name}_seconds" in shape:
            shape[f"{name}_minutes"] = _minutes(shape[f"{name}_seconds"])


def _minutes(seconds: int) -> int | float:
    return seconds // 60 if seconds % 60 == 0 else round(seconds / 60, 4)


class _Account:
    """Writes one explanation in lines."""

    def __init__(self, found: Explanation, zone: tzinfo) -> None:
        self._found = found
        self._zone = zone
        self._site = zone_named(found.site_zone) if found.site_zone else None

    def write(self) -> None:
        """Write the policy and why, then clock by clock, then how dues moved."""
        found = self._found
        output.data(f"#{found.ticket_id} {found.subject}")
        always = _("none: time runs day and night")
        output.fields(
            [
                (_("As of"), f"{self._time(found.now)} {found.now.astimezone(self._zone):%z}"),
                (_("SLA policy"), found.policy or _("none")),
                (_("Because"), say(found.why)),
                *((_("Passed over"), say(passed.why)) for passed in found.passed_over),
                (_("Calendar"), f"{found.calendar} ({found.calendar_zone})" if found.calendar else always),
                (_("Site's zone"), found.site_zone),
            ]
        )
        for account in found.clocks:
            self._clock(account)
        if found.absent:
            output.heading(_("Clocks it does not have"))
            output.fields((say(clock_name(one.clock)), say(one.why)) for one in found.absent)
        self._moves()

    def _clock(self, account: ClockAccount) -> None:
        from deskconsole.desk.explanation import length_text

        output.heading(f"{say(clock_name(account.clock))}: {say(account.verdict)}")
        if account.note is not None:
            output.data(say(account.note))
        target = f"{length_text(account.target_seconds)}, {say(account.target_why)}"
        others = "; ".join(f"{length_text(60 * other.minutes)} {say(other.why)}" for other in account.others)
        promise = [(_("Target"), target), (_("Not taken"), others)]
        if len(account.runs) == 1:
            self._run(account.runs[0], account, promise)
            return
        output.fields(promise)
        for number, run in enumerate(account.runs, 1):
            output.heading(_("Exchange {number}: {verdict}").format(number=number, verdict=say(run.verdict)))
            self._run(run, account, [])

    def _run(self, run: Run, account: ClockAccount, promise: list[tuple[str, str]]) -> None:
        from deskconsole.desk.explanation import length_text

        target, elapsed, left = map(length_text, (account.target_seconds, run.elapsed_seconds, run.left_seconds))
        output.fields(
            [
                *promise,
                (_("Started"), self._both(run.started)),
                (_("Ended"), self._both(run.ended)),
                (_("Due"), self._both(run.promised)),
                (_("Elapsed"), elapsed),
                (_("Left"), f"{target} - {elapsed} = {left}"),
            ]
        )
        self._stretches(run.stretches)
        if run.ahead:
            output.data(_("Still to come until it is due:"))
            self._stretches(run.ahead)

    def _stretches(self, stretches: Sequence[Stretch]) -> None:
        from deskconsole.desk.explanation import length_text

        counted = sum(stretch.seconds for stretch in stretches if stretch.counted)
        rest = sum(stretch.seconds for stretch in stretches if not stretch.counted)
        at_site = [_("At the site")] if self._site is not None else []
        rows = [
            (
                self._time(stretch.began),
                self._time(stretch.ended),
                length_text(stretch.seconds) if stretch.counted else "-",
                "-" if stretch.counted else length_text(stretch.seconds),
                say(stretch.why),
                *([self._at_site(stretch)] if self._site is not None else []),
            )
            for stretch in stretches
        ]
        output.table(
            (_("From"), _("To"), _("Counted"), _("Not counted"), _("Why"), *at_site),
            [*rows, (_("Sum"), "", length_text(counted), length_text(rest), "", *("" for _site in at_site))],
        )

    def _moves(self) -> None:
        if not self._found.moves:
            return
        output.heading(_("How the due moved"))
        output.table(
            (_("When"), _("Clock"), _("From"), _("To"), _("Who"), _("Why")),
            [
                (
                    self._time(move.at),
                    say(clock_name(move.clock)),
                    self._time(move.old) or "-",
                    self._time(move.new) or "-",
                    move.actor or "-",
                    move.reason or ("" if move.rule else _("typed by hand")),
                )
                for move in self._found.moves
            ],
        )

    def _time(self, moment: datetime | None) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}" if moment is not None else ""

    def _both(self, moment: datetime | None) -> str:
        """An instant as the viewer's clock shows it, and the site's where that differs."""
        if moment is None or self._site is None:
            return self._time(moment)
        there = _("at the site {time}").format(time=f"{moment.astimezone(self._site):%Y-%m-%d %H:%M:%S}")
        return f"{self._time(moment)} ({there})"

    def _at_site(self, stretch: Stretch) -> str:
        began, ended = stretch.began.astimezone(self._site), stretch.ended.astimezone(self._site)
        return f"{began:%m-%d %H:%M:%S} - {ended:%m-%d %H:%M:%S}"
