"""`deskconsole alert ...`: the desk's alerts, and how they go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from deskconsole.cli import finding, output, values
from deskconsole.cli.context import Json, Key, opened, viewer
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import SlaClock
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.alerts import AlertRow
    from deskconsole.desk.alert_rules import AlertRules, UnreadRule
    from deskconsole.desk.client_wait import WaitRule
    from deskconsole.desk.desk import Desk
    from deskconsole.domain.quiet import QuietHours

alerts = group("alert", mark("Alerts: list, acknowledge, mute, and the rules they go by."))

NONE = "none"
AlertIds = Annotated[
    str, typer.Argument(metavar="IDS", help=mark("Numbers of alerts: 1-10,15, or - for standard input."))
]


@alerts.command("list", cls=DeskCommand, help=mark("List the alerts that stand and are yours to hear."))
def list_alerts(
    ctx: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help=mark("Those that are done with too, the newest first."))
    ] = False,
    limit: Annotated[str, typer.Option("--limit", metavar="N", help=mark("At most so many; 200."))] = "200",
    as_json: Json = False,
) -> None:
    """List alerts."""
    most = values.number(limit, "--limit", least=1, most=100_000)
    with opened(ctx) as desk:
        from deskconsole.data.queries import alerts as queries

        query = queries.history if everything else queries.mine
        rows = desk.read(query, viewer(desk), desk.now(), most)
        if as_json:
            output.documents(rows, desk.zone)
            return
        if not rows:
            output.words(_("No alerts."))
            return
        titles = (_("Id"), _("Raised"), _("Ticket"), _("Alert"), _("Due"), _("State"), _("Subject"))
        output.table(titles, [_cells(desk, row) for row in rows], elastic=6)


def _cells(desk: Desk, row: AlertRow) -> tuple[str, ...]:
    name = f"{say(clock_name(SlaClock(row.clock)))} {row.percent} %" if row.clock else _("nobody has opened it")
    about = ": ".join(filter(None, (row.client, row.subject)))
    local = (output.local(row.raised_at, desk.zone), output.local(row.due, desk.zone) or "-")
    return (str(row.id), local[0], str(row.ticket_id), name, local[1], _state(desk, row), about)


def _state(desk: Desk, row: AlertRow) -> str:
    if row.acknowledged_by and row.acknowledged_at:
        at = output.local(row.acknowledged_at, desk.zone)
        return _("acknowledged by {name}, {at}").format(name=row.acknowledged_by, at=at)
    if row.state.value == "muted":
        return _("muted by {name}").format(name=row.muted_by or "-")
    words = {"open": _("open"), "held": _("held in the quiet hours"), "settled": _("over by itself")}
    return words.get(row.state.value, row.state.value)


@alerts.command("ack", cls=DeskCommand, help=mark("Take note of alerts; prints those that were open."))
def acknowledge(ctx: typer.Context, ids: AlertIds, key: Key = None) -> None:
    """Take note of alerts."""
    numbers, operation = values.id_set(ids), values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import alerts as verbs

        taken = verbs.acknowledge(desk, numbers, key=operation)
        _say_changed(taken, ngettext("{count} alert acknowledged.", "{count} alerts acknowledged.", len(taken)))


@alerts.command("mute", cls=DeskCommand, help=mark("Silence alerts; who did it stays with them."))
def mute(
    ctx: typer.Context,
    ids: AlertIds,
    length: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help=mark("So long: 30, 2h; else for good."))
    ] = None,
    key: Key = None,
) -> None:
    """Silence alerts."""
    numbers, operation = values.id_set(ids), values.operation_key(key)
    minutes = values.minutes(length) if length is not None else None
    with opened(ctx) as desk:
        from deskconsole.desk import alerts as verbs

        silenced = verbs.mute(desk, numbers, minutes, key=operation)
        _say_changed(silenced, ngettext("{count} alert muted.", "{count} alerts muted.", len(silenced)))


def _say_changed(changed: list[int], template: str) -> None:
    for number in changed:
        output.data(number)
    output.words(template.format(count=len(changed)))


@alerts.command("lead", cls=DeskCommand, help=mark("Say who leads a team and hears of its tickets at 90 %."))
def lead(
    ctx: typer.Context,
    team: Annotated[str, typer.Argument(metavar="TEAM", help=mark("The team's name."))],
    login: Annotated[str, typer.Argument(metavar="LOGIN", help=mark("Login or name; me; none for nobody."))],
    key: Key = None,
) -> None:
    """Say who leads a team."""
    operation = values.operation_key(key)
    with opened(ctx) as desk:
        from deskconsole.desk import alert_rules

        person_id = None if login == NONE else finding.person(desk, login)
        alert_rules.set_lead(desk, finding.team(desk, team), person_id, key=operation)


@alerts.command("rules", cls=DeskCommand, help=mark("Show how alerts go, or set what the options name."))
def rules(
    ctx: typer.Context,
    quiet: Annotated[
        str | None, typer.Option("--quiet", metavar="HOURS", help=mark("Quiet hours: 22:00-07:00, or none."))
    ] = None,
    duty: Annotated[
        str | None,
        typer.Option("--duty", metavar="LOGIN", help=mark("Who hears alerts in them; none: they wait.")),
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help=mark("The zone of quiet hours; else your own."))
    ] = None,
    unread: Annotated[
        str | None, typer.Option("--unread", metavar="on|off", help=mark("Whether unread tickets ring."))
    ] = None,
    unread_after: Annotated[
        str | None, typer.Option("--unread-after", metavar="MINUTES", help=mark("When one rings first."))
    ] = None,
    unread_every: Annotated[
        str | None, typer.Option("--unread-every", metavar="MINUTES", help=mark("And again every so often."))
    ] = None,
    unread_quiet: Annotated[
        str | None, typer.Option("--unread-quiet", metavar="HOURS", help=mark("Their own quiet hours, or none."))
    ] = None,
    wait: Annotated[
        str | None,
        typer.Option("--wait", metavar="TIME", help=mark("Working time a client may be silent; none: for ever.")),
    ] = None,
    reminders: Annotated[
        str | None, typer.Option("--reminders", metavar="N", help=mark("How often a silent client is reminded."))
    ] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help=mark("What the reminder says."))] = None,
    then: Annotated[
        str | None, typer.Option("--then", metavar="close|return", help=mark("What is done after the last one."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Show or set the rules of alerts."""
    with opened(ctx) as desk:
        from deskconsole.desk import alert_rules, client_wait

        name = zone or str(getattr(desk.zone, "key", "UTC"))
        if any(option is not None for option in (quiet, duty, unread, unread_after, unread_every, unread_quiet)):
            before = desk.read(alert_rules.rules_of)
            changed = _alerts_set(desk, before, quiet, duty, name)
            unread_rule = _unread_set(before.unread, unread, unread_after, unread_every, unread_quiet, name)
            alert_rules.set_rules(desk, replace(changed, unread=unread_rule))
        if any(option is not None for option in (wait, reminders, text, then)):
            rule = _wait_set(desk.read(client_wait.rule_of), wait, reminders, text, then)
            alert_rules.set_wait_rule(desk, rule)
        _show_rules(desk, as_json=as_json)


def _alerts_set(desk: Desk, rules: AlertRules, quiet: str | None, duty: str | None, zone: str) -> AlertRules:
    if quiet is not None:
        hours = _hours(quiet, zone)
        rules = replace(rules, quiet=hours, duty_id=rules.duty_id if hours is not None else None)
    if duty is not None:
        rules = replace(rules, duty_id=None if duty == NONE else finding.person(desk, duty))
    return rules


def _unread_set(
    rule: UnreadRule, is_on: str | None, after: str | None, every: str | None, quiet: str | None, zone: str
) -> UnreadRule:
    if is_on is not None:
        rule = replace(rule, is_on=values.choice(is_on, ("on", "off"), "--unread") == "on")
    if after is not None:
        rule = replace(rule, after_minutes=values.minutes(after))
    if every is not None:
        rule = replace(rule, every_minutes=values.minutes(every))
    return replace(rule, quiet=_hours(quiet, zone)) if quiet is not None else rule


def _wait_set(
    rule: WaitRule | None, wait: str | None, reminders: str | None, text: str | None, then: str | None
) -> WaitRule | None:
    from deskconsole.desk.client_wait import CLOSE, RETURN, WaitRule

    if wait == NONE:
        return None
    if rule is None and (wait is None or text is None):
        raise InvalidInput(
            mark("Say how long a client may be silent with --wait, and what the reminder says with --text.")
        )
    minutes = values.minutes(wait) if wait is not None else rule.term_minutes if rule is not None else 0
    made = (
        WaitRule(minutes, text or "") if rule is None else replace(rule, term_minutes=minutes, text=text or rule.text)
    )
    if reminders is not None:
        made = replace(made, reminders=values.number(reminders, "--reminders", most=20))
    return replace(made, then=values.choice(then, (CLOSE, RETURN), "--then")) if then is not None else made


def _hours(typed: str, zone: str) -> QuietHours | None:
    from deskconsole.domain.quiet import read_quiet

    return None if typed == NONE else read_quiet(typed, zone)


def _show_rules(desk: Desk, *, as_json: bool) -> None:
    from deskconsole.data.queries import people
    from deskconsole.desk import alert_rules, client_wait

    rules, wait = desk.read(alert_rules.rules_of), desk.read(client_wait.rule_of)
    names = {person.id: person.code for person in desk.read(people.everybody)}
    duty = names.get(rules.duty_id or 0)
    if as_json:
        output.document({**output.plain(rules, desk.zone), "duty": duty, "client_wait": wait}, desk.zone)
        return
    unread = rules.unread
    template = _("{after} after the ticket came, then every {every}")
    rings = template.format(after=_length(unread.after_minutes), every=_length(unread.every_minutes))
    output.fields(
        (
            (_("Quiet hours"), f"{rules.quiet.text} {rules.quiet.zone}" if rules.quiet is not None else NONE),
            (_("On duty in them"), duty or NONE),
            (_("Unread tickets ring"), rings if unread.is_on else NONE),
            (_("Not rung in"), f"{unread.quiet.text} {unread.quiet.zone}" if unread.quiet is not None else ""),
            (_("A client may be silent"), _length(wait.term_minutes) if wait is not None else _("for ever")),
            (_("Reminders"), str(wait.reminders) if wait is not None else ""),
            (_("Then"), wait.then if wait is not None else ""),
            (_("Reminder"), wait.text if wait is not None else ""),
        )
    )


def _length(minutes: int) -> str:
    return say(duration_text(minutes))
