"""The ticket under the cursor beside the queue: who, what, where, covered or not, and the last words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from deskconsole.data.queries.ticket_card import MessageRow
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.terms import Priority, Visibility
from deskconsole.i18n import _, say
from deskconsole.screens.queue_source import PreviewRead
from deskconsole.screens.session import Session
from deskconsole.screens.text_lines import Block, TextLines
from deskconsole.screens.ticket_columns import left_of, wished_earlier, wished_words
from deskconsole.widgets.cells import coverage_cell, priority_word
from deskconsole.widgets.line_columns import Cell

LONGEST_MESSAGE = 2000  # characters; the ticket shows the rest
PLAIN = Cell(" ")


class Preview(TextLines, can_focus=False):
    """Shows one ticket; it is read when the cursor rests, and only lines that differ are painted."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="preview")
        self.session = session
        self._read: PreviewRead | None = None
        self._due: tuple[Cell, ...] = ()

    def show_ticket(self, read: PreviewRead | None) -> None:
        """Show a ticket, or nothing."""
        self._read = read
        self._due = self._due_of(read.row, self.session.desk.now()) if read else ()
        self.show(tuple(self._blocks_of(read)) if read else ())

    def tick(self, now: datetime) -> None:
        """Let the countdown run; what is shown is made again when it says something else."""
        if self._read is not None and self._due_of(self._read.row, now) != self._due:
            self.show_ticket(self._read)

    def _due_of(self, row: QueueRow, now: datetime) -> tuple[Cell, ...]:
        """How long is left on which clock, and what the client wished."""
        local = now.astimezone(self.session.desk.zone)
        is_open = row.category.is_open
        clock = say(clock_name(row.clock)) if row.clock is not None and is_open else ""
        early = wished_earlier(row) and is_open
        is_overdue = is_open and row.due is not None and row.due <= now  # which is said already
        return (
            PLAIN,
            left_of(row, local, compact=False),
            Cell(f"  {clock}" if clock else "", "muted"),
            Cell(f"  x {_('broken')}" if row.is_breached and not is_overdue else "", "uncovered"),
            Cell(f"  {wished_words(row, local)}", "near" if early else "muted"),
        )

    def _blocks_of(self, read: PreviewRead) -> Iterator[Block]:
        row = read.row
        yield Block("subject", body=f"{row.id}  {row.subject}", sign=PLAIN, look="strong")
        yield Block("due", head=self._due)
        yield Block("client", body=row.client, sign=PLAIN)
        yield Block("place", body=_joined(row.site, row.equipment), sign=PLAIN)
        yield Block("coverage", head=(PLAIN, coverage_cell(row.coverage), Cell(f"  {read.coverage_line}")))
        facts = _joined(
            priority_word(Priority(row.priority)), _(row.status_name), row.assignee or _("nobody"), _(row.service)
        )
        yield Block("facts", body=facts, sign=PLAIN)
        for message in read.messages:
            yield Block(f"gap{message.id}", head=(PLAIN,))
            yield self._said(message)

    def _said(self, message: MessageRow) -> Block:
        is_note = message.visibility is Visibility.INTERNAL
        when = self.session.local(message.at).strftime("%d.%m %H:%M")
        author = message.author or _("client")
        return Block(
            f"message{message.id}",
            head=(
                PLAIN,
                Cell(f"{when} ", "muted"),
                Cell(f"{author} ", "strong"),
                Cell(_("note") if is_note else "", "mark"),
            ),
            body=message.body[:LONGEST_MESSAGE],
            sign=PLAIN,
            look="muted" if is_note else "",
        )


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
