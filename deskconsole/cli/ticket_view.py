"""One ticket in plain lines: head, coverage, timeline, lines, time; and the words for money and hours beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from deskconsole.cli import output
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import countdown, duration_text, paused_countdown, span_text, ticket_countdown
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.terms import ClockState, PayState, Role, Visibility
from deskconsole.domain.zones import zone_named
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.clients import PaymentRow
    from deskconsole.data.queries.ticket_card import EventRow, MessageRow, TicketCard
    from deskconsole.data.queries.ticket_filter import Viewer
    from deskconsole.data.queries.tickets import QueueRow
    from deskconsole.desk.clock_rows import ClockRow, TicketClocks
    from deskconsole.desk.desk import Desk


def show(desk: Desk, number: int, viewer: Viewer, *, as_json: bool) -> None:
    """Write the ticket as `viewer` may see it."""
    from deskconsole.data.queries import ticket_card
    from deskconsole.data.queries.tickets import as_of
    from deskconsole.desk.clock_rows import ticket_clocks

    now = desk.now()
    card = desk.read(ticket_card.card, number, viewer)
    card = replace(card, row=as_of(card.row, now))
    clocks = desk.read(ticket_clocks, number, now, role=viewer.role)
    if as_json:
        shape = output.plain(card, desk.zone)
        sums = {"worked": card.worked, "charged": card.charged, "sla": clocks.policy or None, "clocks": clocks.rows}
        output.document({**shape.pop("row"), **shape, **sums}, desk.zone)
        return
    _head(desk, card)
    _clocks(desk, card, clocks, now)
    _checklist(desk, card)
    _timeline(desk, card)
    _lines(card)
    _time(desk, card)
    _files(card)


def payment_words(payment: PaymentRow, now: datetime) -> str:
    """The pay state and the age of the news, as a dispatcher reads it out."""
    states = {
        PayState.PAID: _("Paid."),
        PayState.OVERDUE: _("Payment is overdue."),
        PayState.UNKNOWN: _("Payment is not known."),
    }
    text = states[payment.state]
    if payment.state is PayState.OVERDUE and payment.overdue_since:
        text = _("Payment is overdue since {day}.").format(day=payment.overdue_since)
    if payment.as_of is None:
        return text
    days = max(0, (now - payment.as_of).days)
    age = ngettext("That is {count} day old.", "That is {count} days old.", days).format(count=days)
    return f"{text} {age}"


def hours_words(desk: Desk, client_id: int) -> str:
    """The prepaid hours left, reserved and expiring; empty for a client that never had any, and for contractors."""
    from deskconsole.data.queries import hours

    if desk.actor.role is Role.CONTRACTOR:
        return ""
    balance = desk.read(hours.balance, client_id, desk.now().astimezone(desk.zone).date())
    if not balance.has_lots:
        return ""
    parts = [_("Prepaid hours left: {time}.").format(time=say(duration_text(balance.free)))]
    if balance.reserved:
        parts.append(_("Reserved: {time}.").format(time=say(duration_text(balance.reserved))))
    if balance.expiring:
        parts.append(
            _("{time} expires on {day}.").format(time=say(duration_text(balance.expiring)), day=balance.expires_on)
        )
    return " ".join(parts)


def _head(desk: Desk, card: TicketCard) -> None:
    row, zone = card.row, desk.zone
    output.data(f"#{row.id} {row.subject}")
    output.fields(
        [
            (_("Client"), f"{row.client} (#{row.client_id})" if row.client_id else ""),
            (_("Caller"), " ".join(filter(None, (card.caller, card.contact_phone)))),
            (_("Site"), ", ".join(dict.fromkeys(f"{card.site_address}, {row.site}".strip(", ").split(", ")))),
            (_("Equipment"), f"{row.equipment} (#{card.equipment_id})" if card.equipment_id else ""),
            (_("Service"), row.service),
            (_("Coverage"), _coverage(card)),
            (_("Status"), _(row.status_name)),
            (_("Priority"), str(row.priority)),
            (_("Type"), row.type),
            (_("Channel"), row.channel),
            (_("Team"), row.team),
            (_("Assignee"), row.assignee or _("nobody")),
            (_("Due"), _due_words(desk, card)),
            (_("Wished"), _wished_words(desk, card)),
            (_("Planned"), moment_words(row.planned, zone, card.site_zone)),
            (_("Arrived"), output.local(card.arrived_at, zone)),
            (_("Created"), output.local(row.created, zone)),
            (_("Updated"), output.local(row.updated, zone)),
            (_("Resolved"), output.local(card.resolved_at, zone)),
            (_("Closed"), output.local(card.closed_at, zone)),
            (_("Hours"), hours_words(desk, row.client_id) if row.client_id else ""),
        ]
    )


def left_words(row: QueueRow, now: datetime) -> str:
    """How long an open ticket has, why nothing is due, or what is left while its clocks stand."""
    if not row.category.is_open:
        return "-"
    return say(ticket_countdown(now, row.due, row.paused_seconds, has_sla=row.has_sla).text)


def moment_words(instant: datetime | None, zone: tzinfo, site_zone: str) -> str:
    """An instant in the reader's zone, and as the site has it where that differs."""
    here = output.local(instant, zone)
    if instant is None or not site_zone:
        return here
    try:
        site = zone_named(site_zone)
    except InvalidInput:
        return here
    there = instant.astimezone(site)
    if there.utcoffset() == instant.astimezone(zone).utcoffset():
        return here
    return _("{time} (site {there})").format(time=here, there=f"{there:%Y-%m-%d %H:%M}")


def _due_words(desk: Desk, card: TicketCard) -> str:
    row = card.row
    due, left = moment_words(row.due, desk.zone, card.site_zone), left_words(row, desk.now())
    if not row.category.is_open:
        return due
    return f"{due} ({left})" if due else left


def _wished_words(desk: Desk, card: TicketCard) -> str:
    row = card.row
    wished = moment_words(row.wished, desk.zone, card.site_zone)
    is_earlier = row.category.is_open and row.wished is not None and row.due is not None and row.wished < row.due
    return f"{wished} ({_('earlier')})" if is_earlier else wished


def _clocks(desk: Desk, card: TicketCard, clocks: TicketClocks, now: datetime) -> None:
    if not clocks.rows:
        return
    output.heading(_("Clocks: {policy}").format(policy=clocks.policy) if clocks.policy else _("Clocks"))
    output.table(
        (_("Clock"), _("State"), _("Due"), _("Ended"), _("Elapsed"), _("Target"), _("Left")),
        [
            (
                say(clock_name(row.clock)),
                _state(row, now),
                moment_words(row.due, desk.zone, card.site_zone) or "-",
                output.local(row.ended, desk.zone) or "-",
                say(span_text(row.elapsed_seconds)),
                _("set by hand") if row.is_fixed else say(span_text(row.target_seconds)),
                ("-" if row.left_seconds < 0 else "") + say(span_text(abs(row.left_seconds))),
            )
            for row in clocks.rows
        ],
    )


def _state(row: ClockRow, now: datetime) -> str:
    if row.state is ClockState.PAUSED:
        return say(paused_countdown(row.left_seconds).text)
    if row.state is ClockState.RUNNING:
        return say(countdown(now, row.due).text) if row.due is not None else _("never due")
    return _("broken") if row.is_breached else _("kept")


def _checklist(desk: Desk, card: TicketCard) -> None:
    if not card.checklist:
        return
    output.heading(_("Checklist"))
    for item in card.checklist:
        done = f"  ({output.local(item.done_at, desk.zone)} {item.done_by})" if item.done_at is not None else ""
        output.data(f"[{'x' if item.done_at is not None else ' '}] {item.position}  {item.text}{done}")


def _coverage(card: TicketCard) -> str:
    """As it was judged when the ticket was registered."""
    parts = [card.row.coverage.value if card.row.coverage else ""]
    if card.contract_number:
        parts.append(_("contract {number}").format(number=card.contract_number))
    if card.row.policy:
        parts.append(_("policy {policy}").format(policy=card.row.policy))
    return ", ".join(filter(None, parts))


def _timeline(desk: Desk, card: TicketCard) -> None:
    output.heading(_("Timeline"))
    zone = desk.zone
    entries = [(item.at, 0, item.id, partial(_message, item, zone)) for item in card.messages]
    entries += [(item.at, 1, item.id, partial(_event, item, zone)) for item in card.events if item.field != "message"]
    for _at, _kind, _id, write in sorted(entries, key=itemgetter(0, 1, 2)):
        write()


def _message(message: MessageRow, zone: tzinfo) -> None:
    kind = _("from the client") if message.is_client else _("reply")
    if message.visibility is Visibility.INTERNAL:
        kind = _("internal note")
    when = output.local(message.at, zone)
    output.data("  ".join(filter(None, (when, message.author, f"{kind} ({message.channel})"))))
    output.indented(message.body)


def _event(event: EventRow, zone: tzinfo) -> None:
    what = event.field.removesuffix("_id").removesuffix("_at") or event.verb
    change = f"{what}: {event.old or '-'} -> {event.new or '-'}" if event.field else what
    rule = _("by the rule {rule}").format(rule=event.rule) if event.rule else ""
    who = event.actor or "-"
    if event.login:
        who = _("{name} (as {login})").format(name=who, login=event.login)
    parts = (output.local(event.at, zone), who, change, event.reason, rule)
    output.data("  ".join(filter(None, parts)))


def _lines(card: TicketCard) -> None:
    if not card.lines:
        return
    output.heading(_("Lines"))
    output.table(
        (_("Id"), _("Service"), _("Quantity"), _("Mode"), _("Time"), _("State"), _("Price"), _("Note")),
        [
            (
                str(line.id),
                line.service,
                str(line.quantity),
                line.mode.value,
                say(duration_text(line.minutes)),
                line.state.value,
                output.money(line.unit_price_minor, line.currency),
                line.note,
            )
            for line in card.lines
        ],
    )


def _time(desk: Desk, card: TicketCard) -> None:
    if not card.times:
        return
    output.heading(
        _("Time: {worked} worked, {charged} charged").format(
            worked=say(duration_text(card.worked)), charged=say(duration_text(card.charged))
        )
    )
    output.table(
        (_("Id"), _("Started"), _("Person"), _("Worked"), _("Charged"), _("Note")),
        [
            (
                str(entry.id),
                output.local(entry.started_at, desk.zone),
                entry.person or "-",
                say(duration_text(entry.worked)),
                say(duration_text(entry.charged)),
                " ".join(filter(None, (entry.note, _("(taken back)") if entry.is_reversed else ""))),
            )
            for entry in card.times
        ],
    )


def _files(card: TicketCard) -> None:
    if card.files:
        output.heading(_("Files"))
        output.table(
            (_("Id"), _("Name"), _("Bytes")), [(str(file.id), file.name, str(file.size)) for file in card.files]
        )
