"""What the ticket's screen reads, in a thread, and the lines of its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from deskconsole.data.queries import charging, clients, equipment, hours, people, ticket_card
from deskconsole.data.queries.charging import Held
from deskconsole.data.queries.clients import PaymentRow
from deskconsole.data.queries.hours import Balance
from deskconsole.data.queries.ticket_card import TicketCard
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import coverage, workflow
from deskconsole.desk.clock_rows import TicketClocks, ticket_clocks
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.coverage import Verdict
from deskconsole.domain.terms import Policy, Priority, Role
from deskconsole.i18n import _, say
from deskconsole.screens.client_words import balance_words, payment_words
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_clocks import clock_lines, moment_words, site_zone
from deskconsole.screens.ticket_columns import left_of, status_words, wished_earlier, wished_words
from deskconsole.screens.timeline import POLICY_WORDS, Names
from deskconsole.widgets.cells import coverage_cell, priority_cell, priority_word, status_cell
from deskconsole.widgets.line_columns import Cell
from deskconsole.widgets.text_block import plain

SEPARATOR = " · "
PAST_SHOWN = 20

LOOK_STYLES = {
    "overdue": "bold $level-overdue",
    "final": "bold $level-final",
    "near": "$level-near",
    "soon": "$level-soon",
    "none": "$level-none",
    "covered": "$coverage-covered",
    "hours": "$coverage-hours",
    "uncovered": "bold $coverage-none",
    "strong": "bold",
    "muted": "$list-muted",
    "mark": "bold $list-mark",
}
"""The looks of cells as styles of a text that is not in a list."""


@dataclass(frozen=True)
class TicketRead:
    """A ticket with what stands beside it; `verdict` is how the same call would be judged today.

    Pay state, hours and verdict are None for contractors and where there is no client.
    """

    card: TicketCard
    names: Names
    verdict: Verdict | None
    payment: PaymentRow | None
    balance: Balance | None
    held: tuple[Held, ...]
    past: tuple[QueueRow, ...]
    clocks: TicketClocks


def read_ticket(session: Session, ticket_id: int) -> TicketRead:
    """Read all that the screen shows; a handful of short queries on indexes.

    Raises:
        NotFound: there is no such ticket for this person.
    """
    desk = session.desk
    card = desk.read(ticket_card.card, ticket_id, session.viewer)
    flow = desk.read(workflow.load)
    teams = desk.read(people.teams)
    names = Names(
        zone=desk.zone,
        statuses={status.code: status.name for status in flow.statuses},
        teams={str(team.id): team.name for team in teams},
    )
    client_id = card.row.client_id
    own = session.viewer.role is not Role.CONTRACTOR
    verdict, payment, balance = None, None, None
    held: tuple[Held, ...] = ()
    if own:
        held = desk.read(charging.reservations, ticket_id)
    if own and client_id is not None:
        call = coverage.Call(client_id, session.today(), card.site_id, card.equipment_id, card.service_id)
        verdict = desk.read(coverage.judge, call)
        payment = desk.read(clients.payment, client_id, session.viewer)
        balance = desk.read(hours.balance, client_id, session.today())
    past: tuple[QueueRow, ...] = ()
    if own and card.equipment_id is not None:
        found = desk.read(equipment.tickets_of, card.equipment_id, session.viewer, limit=PAST_SHOWN)
        past = tuple(row for row in found if row.id != ticket_id)
    clocks = desk.read(ticket_clocks, ticket_id, desk.now(), role=session.viewer.role)
    return TicketRead(card, names, verdict, payment, balance, held, past, clocks)


def styled(cell: Cell) -> Content:
    """A cell as text outside a list; safe."""
    return plain(cell.text, multiline=False).stylize(LOOK_STYLES.get(cell.look, ""))


def side_by_side(parts: Sequence[Content]) -> Content:
    """The parts that say something, with dots between them."""
    return Content(SEPARATOR).join([part for part in parts if part.plain])


def subject_line(read: TicketRead) -> Content:
    """Number and subject."""
    row = read.card.row
    return Content.assemble((f"{row.id}  ", "bold $list-mark"), plain(row.subject, multiline=False).stylize("bold"))


def state_line(read: TicketRead, now: datetime) -> Content:
    """How long is left, status, who has it, priority, then the times; made again every second."""
    row = read.card.row
    parts = [styled(left_of(row, now, compact=False))]
    local = now.astimezone(read.names.zone)
    parts += [
        styled(status_cell(status_words(row), row.category)),
        plain(row.assignee or _("nobody"), multiline=False).stylize("" if row.assignee_id else LOOK_STYLES["near"]),
        styled(Cell(priority_word(Priority(row.priority)), priority_cell(Priority(row.priority)).look)),
    ]
    if row.timer_started is not None:
        minutes = int((now - row.timer_started).total_seconds() // 60)
        parts.append(styled(Cell(f"● {_('timer')} {say(duration_text(minutes))}", "soon")))
    early = wished_earlier(row) and row.category.is_open
    parts.append(styled(Cell(wished_words(row, local), "near" if early else "")))
    if row.planned is not None:
        planned = moment_words(row.planned, local, site_zone(read.card.site_zone))
        parts.append(Content(_("planned {time}").format(time=planned)))
    parts.append(plain(row.team, multiline=False))
    return side_by_side(parts)


def clock_contents(read: TicketRead, now: datetime, *, fold: bool) -> tuple[Content, ...]:
    """The clocks, a line each; made again every second."""
    site = site_zone(read.card.site_zone)
    lines = clock_lines(read.clocks, now.astimezone(read.names.zone), site, fold=fold)
    return tuple(Content("").join([styled(cell) for cell in line]) for line in lines)


def who_line(read: TicketRead) -> Content:
    """Client, site, caller."""
    card, row = read.card, read.card.row
    caller = " ".join(filter(None, (card.caller, card.contact_phone)))
    place = row.site + (f" ({card.site_address})" if card.site_address and card.site_address not in row.site else "")
    client = plain(row.client or _("no client"), multiline=False).stylize("bold")
    return side_by_side([client, plain(place, multiline=False), plain(caller, multiline=False)])


def what_line(read: TicketRead) -> Content:
    """Equipment, service and time so far."""
    card, row = read.card, read.card.row
    parts = [plain(row.equipment or _("no equipment"), multiline=False), plain(_(row.service) if row.service else "")]
    if card.times:
        spent = _("{worked} worked, {charged} charged").format(
            worked=say(duration_text(card.worked)), charged=say(duration_text(card.charged))
        )
        parts.append(Content(spent))
    if card.checklist:
        done = sum(item.done_at is not None for item in card.checklist)
        parts.append(Content(_("checklist {done} of {count}").format(done=done, count=len(card.checklist))))
    if planned := sum(held.minutes for held in read.held):
        parts.append(Content(_("{time} reserved").format(time=say(duration_text(planned)))))
    return side_by_side(parts)


def coverage_line(read: TicketRead) -> Content:
    """What was decided when it was registered, the policy, and today's sentence where it says more."""
    card, row = read.card, read.card.row
    verdict = coverage_cell(row.coverage)
    parts = [styled(verdict)]
    if card.contract_number:
        parts.append(plain(card.contract_number, multiline=False))
    if row.policy:
        word = _(POLICY_WORDS[Policy(row.policy)]) if row.policy in set(Policy) else row.policy
        parts.append(styled(Cell(_("policy: {policy}").format(policy=word), "mark")))
    if read.verdict is not None:
        said = say(read.verdict.sentence)
        if read.verdict.outcome is row.coverage:
            parts.append(plain(said, multiline=False))
        else:
            template = _("today: {sentence}")
            look = "covered" if read.verdict.is_covered else "uncovered"
            parts.append(styled(Cell(template.format(sentence=said), look)))
    return side_by_side(parts)


def money_line(read: TicketRead, now: datetime) -> Content:
    """Pay state with its age, and the hours left."""
    parts = []
    if read.payment is not None:
        parts.append(styled(payment_words(read.payment, now.astimezone(read.names.zone).date())))
    if read.balance is not None:
        parts.append(styled(balance_words(read.balance)))
    return side_by_side(parts)
