"""The ticket under the cursor beside the queue: who, what, where, covered or not, and the last words."""

from __future__ import annotations

from collections.abc import Iterator

from deskconsole.data.queries.ticket_card import MessageRow
from deskconsole.domain.terms import Priority, Visibility
from deskconsole.i18n import _
from deskconsole.screens.queue_source import PreviewRead
from deskconsole.screens.session import Session
from deskconsole.screens.text_lines import Block, TextLines
from deskconsole.widgets.cells import coverage_cell, priority_word
from deskconsole.widgets.line_columns import Cell

LONGEST_MESSAGE = 2000  # characters; the ticket shows the rest
PLAIN = Cell(" ")


class Preview(TextLines, can_focus=False):
    """Shows one ticket; it is read when the cursor rests, and only lines that differ are painted."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="preview")
        self.session = session

    def show_ticket(self, read: PreviewRead | None) -> None:
        """Show a ticket, or nothing."""
        self.show(tuple(self._blocks_of(read)) if read else ())

    def _blocks_of(self, read: PreviewRead) -> Iterator[Block]:
        row = read.row
        yield Block("subject", body=f"{row.id}  {row.subject}", sign=PLAIN, look="strong")
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
