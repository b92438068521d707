"""One ticket in plain lines: head, coverage, timeline, lines, time; and the words for money and hours beside it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from deskconsole.cli import output
from deskconsole.domain.countdown import countdown, duration_text
from deskconsole.domain.terms import WAITING, PayState, Role, Visibility
from deskconsole.i18n import _, ngettext, say

if TYPE_CHECKING:
    from deskconsole.data.queries.clients import PaymentRow
    from deskconsole.data.queries.ticket_card import EventRow, MessageRow, TicketCard
    from deskconsole.data.queries.ticket_filter import Viewer
    from deskconsole.desk.desk import Desk


def show(desk: Desk, number: int, viewer: Viewer, *, as_json: bool) -> None:
    """Write the ticket as `viewer` may see it."""
    from deskconsole.data.queries import ticket_card

    card = desk.read(ticket_card.card, number, viewer)
    if as_json:
        shape = output.plain(card, desk.zone)
        output.document({**shape.pop("row"), **shape, "worked": card.worked, "charged": card.charged}, desk.zone)
        return
    _head(desk, card)
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
    left = say(countdown(desk.now(), row.due, paused=row.category in WAITING).text) if row.category.is_open else ""
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
            (_("Due"), f"{output.local(row.due, zone)} ({left})" if row.due and left else output.local(row.due, zone)),
            (_("Wished"), output.local(row.wished, zone)),
            (_("Planned"), output.local(row.planned, zone)),
            (_("Created"), output.local(row.created, zone)),
            (_("Updated"), output.local(row.updated, zone)),
            (_("Resolved"), output.local(card.resolved_at, zone)),
            (_("Closed"), output.local(card.closed_at, zone)),
            (_("Hours"), hours_words(desk, row.client_id) if row.client_id else ""),
        ]
    )


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
    parts = (output.local(event.at, zone), event.actor or "-", change, event.reason, rule)
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
