"""The ticket under the cursor beside the queue: who, what, where, covered or not, and the last words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from deskconsole.domain.terms import Priority, Visibility
from deskconsole.i18n import _
from deskconsole.screens.queue_source import PreviewRead
from deskconsole.screens.session import Session
from deskconsole.widgets.cells import coverage_cell, priority_word
from deskconsole.widgets.text_block import plain


class Preview(VerticalScroll, can_focus=False):
    """Shows one ticket; it is read when the cursor rests."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="preview")
        self.session = session

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(markup=False, id="preview-text")

    def show(self, read: PreviewRead | None) -> None:
        """Show a ticket, or nothing."""
        self.query_one("#preview-text", Static).update(self._content(read) if read else "")
        self.scroll_home(animate=False)

    def _content(self, read: PreviewRead) -> Content:
        row = read.row
        verdict = coverage_cell(row.coverage)
        lines = [
            Content.assemble((f"{row.id}  ", "bold"), plain(row.subject).stylize("bold")),
            plain(row.client),
            plain(" · ".join(filter(None, (row.site, row.equipment)))),
            Content.assemble(
                plain(verdict.text).stylize("" if row.coverage is None or row.coverage.is_covered else "bold $error"),
                plain(f"  {read.coverage_line}"),
            ),
            plain(
                " · ".join(
                    filter(
                        None,
                        (
                            priority_word(Priority(row.priority)),
                            _(row.status_name),
                            row.assignee or _("nobody"),
                            _(row.service),
                        ),
                    )
                )
            ),
        ]
        for message in read.messages:
            when = self.session.local(message.at).strftime("%d.%m %H:%M")
            mark = _("note") if message.visibility is Visibility.INTERNAL else ""
            lines += [
                Content(""),
                plain(" ".join(filter(None, (when, message.author or _("client"), mark)))).stylize("bold"),
                plain(message.body[:2000]),
            ]
        return Content("\n").join(lines)
