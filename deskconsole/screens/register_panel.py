"""What a dispatcher must know while the caller speaks: verdict, payment, hours, duplicates, repairs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, tzinfo

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from deskconsole.data.queries.clients import PaymentRow
from deskconsole.data.queries.hours import Balance
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk.call_facts import CallFacts
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.terms import PayState
from deskconsole.domain.text import clean
from deskconsole.i18n import _, say
from deskconsole.widgets.cells import age_cell, coverage_cell
from deskconsole.widgets.text_block import fit, plain

LOOKS = {"covered": "bold $coverage-covered", "hours": "bold $coverage-hours", "uncovered": "bold $coverage-none"}
MUTED = "$list-muted"


class FactsPanel(Static, can_focus=False):
    """The facts on a call, as many lines as there is room for; the verdict comes first."""

    ALLOW_SELECT = False

    def __init__(self, *, zone: tzinfo, now: Callable[[], datetime], id: str) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.zone = zone
        self.now = now
        self.facts: CallFacts | None = None
        self.words = ""

    def show(self, facts: CallFacts) -> None:
        """Show what was read."""
        self.facts, self.words = facts, ""
        self._draw()

    def say(self, words: str, *, keep: bool = False) -> None:
        """Show a sentence, in place of the facts or, with `keep`, over them."""
        self.facts = self.facts if keep else None
        self.words = words
        self._draw()

    def on_resize(self) -> None:
        """Use the new room."""
        self._draw()

    def _draw(self) -> None:
        size = self.content_size
        if not size.width:
            return
        lines = plain(self.words).wrap(size.width) if self.words else []
        if self.facts is not None:
            now = self.now()
            lines += facts_lines(self.facts, now, self.zone, size.width, max(0, size.height - len(lines)))
        self.update(Content("\n").join(lines))


def facts_lines(facts: CallFacts, now: datetime, zone: tzinfo, width: int, height: int) -> list[Content]:
    """The facts in at most `height` lines of `width` cells; the lists share what the rest leaves."""
    today = now.astimezone(zone).date()
    cell = coverage_cell(facts.verdict.outcome)
    words = Content.assemble((cell.text.upper(), LOOKS[cell.look]), "  ", str(plain(say(facts.verdict.sentence))))
    lines = words.wrap(width)
    if facts.payment is not None:
        lines += payment_words(facts.payment, today, zone).wrap(width)
    if facts.balance is not None:
        lines += hours_words(facts.balance).wrap(width)
    left = height - len(lines)
    if facts.payment is None or left < 1:
        return lines[:height]
    is_roomy = left >= 12
    opened, past = _shares(len(facts.open_tickets), len(facts.past), left - (4 if is_roomy else 2))
    sections = [
        [open_heading(facts), *(_ticket_line(row, now, width) for row in facts.open_tickets[:opened])],
        [past_heading(facts), *(_ticket_line(row, now, width) for row in facts.past[:past])],
    ]
    for section in sections if facts.call.equipment_id is not None else sections[:1]:
        lines += [Content(""), *section] if is_roomy else section
    return [line.truncate(width, ellipsis=True) for line in lines[:height]]


def payment_words(payment: PaymentRow, today: date, zone: tzinfo) -> Content:
    """Whether the client pays, by shape, word and colour, and how old the news is."""
    if payment.state is PayState.PAID:
        state = (_("+ paid"), LOOKS["covered"])
    elif payment.state is PayState.OVERDUE:
        since = payment.overdue_since
        words = _("x payment overdue since {day}").format(day=since) if since else _("x payment overdue")
        state = (words, LOOKS["uncovered"])
    else:
        state = (_("? payment not known"), "bold")
    if payment.as_of is None:
        return Content.assemble(state)
    told = payment.as_of.astimezone(zone).date()
    age = _(", as of {day} ({days} d ago)").format(day=told, days=max(0, (today - told).days))
    return Content.assemble(state, (age, MUTED))


def hours_words(balance: Balance) -> Content:
    """Prepaid hours: free, reserved, and what is lost soon."""
    if not balance.has_lots:
        return Content.styled(_("No prepaid hours"), MUTED)
    parts = [(_("Hours: {time} left").format(time=say(duration_text(balance.free))), "bold")]
    if balance.reserved:
        parts.append((", " + _("{time} reserved").format(time=say(duration_text(balance.reserved))), "$hours-reserved"))
    if balance.expiring:
        expiring = _("! {time} expire from {day} on").format(
            time=say(duration_text(balance.expiring)), day=balance.expires_on
        )
        parts.append((", " + expiring, "$level-soon"))
    return Content.assemble(*parts)


def open_heading(facts: CallFacts) -> Content:
    """How many tickets are open: on the unit they may be the same call."""
    count = len(facts.open_tickets)
    if facts.call.equipment_id is None:
        return Content.styled(_("Open tickets of this client: {count}").format(count=count), "bold")
    if count:
        words = _("! Open on this unit: {count}, perhaps the same call").format(count=count)
        return Content.styled(words, "bold $level-soon")
    return Content.styled(_("Nothing open on this unit"), MUTED)


def past_heading(facts: CallFacts) -> Content:
    """How often the unit was repaired."""
    if facts.past:
        return Content.styled(_("Repairs of this unit: {count}").format(count=len(facts.past)), "bold")
    return Content.styled(_("No repairs of this unit yet"), MUTED)


def ticket_words(row: QueueRow) -> str:
    """The state of a ticket, and who has it."""
    return ", ".join(filter(None, (_(row.status_name), row.assignee)))


def _ticket_line(row: QueueRow, now: datetime, width: int) -> Content:
    head = f" {row.id:>5} {age_cell(now, row.created).text:>6}  "
    state = clean(ticket_words(row))
    tail = min(cell_len(state), width // 3)
    subject = fit(row.subject, max(1, width - cell_len(head) - tail - 2))
    return Content.assemble((head, MUTED), subject, "  ", (fit(state, tail), MUTED))


def _shares(first: int, second: int, room: int) -> tuple[int, int]:
    """How many rows of two lists are shown in `room` lines: half each, and what one leaves is the other's."""
    room = max(0, room)
    taken = min(first, max(room - room // 2, room - second))
    return taken, min(second, room - taken)
