"""The queue: saved views as tabs, a filter line, the live list, a preview, and all that is done to tickets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.widgets import Input, Label

from deskconsole.config import View, folders, save_views
from deskconsole.data.queries.tickets import SORTS, Sort
from deskconsole.i18n import _
from deskconsole.screens import queue_source as source
from deskconsole.screens.dialogs import Ask, Choice, Option
from deskconsole.screens.fields import TextLine
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.queue_reading import SORT_TITLES, QueueReading
from deskconsole.screens.queue_source import Wanted
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_columns import TITLES
from deskconsole.screens.view_tabs import ViewTabs
from deskconsole.screens.work import Done, Overlap
from deskconsole.widgets.line_list import LineList

TYPING_REST = 0.12  # seconds between the last key in the filter and the search


class FilterTaken(Done[str]):
    """Every word of the filter is understood."""


class ViewsKept(Done[None]):
    """The views stand in their file."""


class QueueScreen(QueueReading):
    """Where dispatchers live."""

    SCOPE = "queue"
    CSS_PATH = "queue.tcss"
    AUTO_FOCUS = "LineList"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._view: int | None = 0

    def compose(self) -> ComposeResult:
        """Tabs, filter, list with preview, status, keys."""
        yield ViewTabs([view.title for view in self.session.views])
        with Horizontal(id="filter-line"):
            yield Label("/", markup=False)
            yield TextLine(self._wanted.text, placeholder=_("filter: status:open prio:1..2 words"), id="filter")
        with Container(id="body"):
            yield self.lines
            yield self._preview
        yield self._status
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the first view; the others are counted once it is there."""
        self._place_preview()
        self._read()

    # --- views, filter, order ------------------------------------------------------------------------------

    def _show(self, wanted: Wanted, view: int | None) -> None:
        self._wanted, self._view = wanted, view
        self._is_new = True
        self.query_one(ViewTabs).set_active(view)
        self._read()

    def action_view(self, number: int) -> None:
        """Show a saved view."""
        if number > len(self.session.views):
            self.app.notify(_("There is no view {number}.").format(number=number), severity="warning")
            return
        view = self.session.views[number - 1]
        self._typing = False
        self.query_one("#filter", TextLine).value = view.filter
        self._columns = view.columns
        self.lines.set_columns(self._shown_columns())
        self._show(Wanted(view.filter, source.parse_sort(view.sort)), number - 1)
        self.lines.focus()

    def action_next_view(self) -> None:
        """Show the next saved view."""
        self.action_view(((self._view if self._view is not None else -1) + 1) % len(self.session.views) + 1)

    def action_previous_view(self) -> None:
        """Show the previous saved view."""
        self.action_view(((self._view or 0) - 1) % len(self.session.views) + 1)

    def action_filter(self) -> None:
        """Type a filter."""
        line = self.query_one("#filter", TextLine)
        line.focus()
        if line.value.strip():
            line.value = f"{line.value.rstrip()} "  # what is typed now narrows what is shown
        line.cursor_position = len(line.value)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip() == self._wanted.text.strip():
            return
        self._typing = True
        text = event.value
        self.set_timer(TYPING_REST, lambda: self._search(text))

    def _search(self, text: str) -> None:
        """Search for what was typed, once the typing rests."""
        if self.query_one("#filter", TextLine).value == text and text.strip() != self._wanted.text.strip():
            self._show(Wanted(text, self._wanted.sort), None)

    @on(Input.Submitted, "#filter")
    def _filter_taken(self, event: Input.Submitted) -> None:
        """Take the filter: now every word of it must be understood."""
        event.stop()
        read = partial(source.read_taken, self.session, event.value.strip())
        self.work(read, FilterTaken, group="filter", overlap=Overlap.LATEST)

    @on(FilterTaken)
    def _filter_understood(self, event: FilterTaken) -> None:
        """Show what it finds, unless something else is typed by now."""
        text = event.result
        if text != self.query_one("#filter", TextLine).value.strip():
            return
        self._typing = False
        is_view = self._view is not None and text == self.session.views[self._view].filter
        self._show(Wanted(text, self._wanted.sort), self._view if is_view else None)
        self.lines.focus()

    @property
    def is_expecting(self) -> bool:
        """Enter in the filter leads to the list."""
        return super().is_expecting or self.is_working("filter")

    def action_back(self) -> None:
        """From the filter to the list; from a filter of one's own to the view; then one screen back."""
        if self.focused is self.query_one("#filter"):
            self.lines.focus()
        elif self.lines.mark_count:
            self.action_clear_marks()
        elif self._view is None:
            self.action_view(1)
        else:
            super().action_back()

    def action_sort(self) -> None:
        """Choose the order; the same one again turns it round."""
        options = [Option(by, _(SORT_TITLES[by])) for by in SORTS]

        def chosen(by: str | None) -> None:
            if by is not None:
                now = self._wanted.sort
                turned = not now.descending if by == now.by else by in {"created", "updated"}
                self._show(Wanted(self._wanted.text, Sort(by, turned)), self._view)
                self._keep_view()

        self.app.push_screen(Choice(_("Order"), options), chosen)

    def action_columns(self) -> None:
        """Add or take away a column."""
        shown = tuple(dict.fromkeys(column.id for column in self._shown_columns()))
        options = [
            Option(name, _(title), hint=_("shown") if name in shown else "")
            for name, title in TITLES.items()
            if name != "due"
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                kept = tuple(other for other in shown if other != name)
                self._columns = kept if name in shown else (*shown, name)
                self.lines.set_columns(self._shown_columns())
                self._keep_view()

        self.app.push_screen(Choice(_("Columns"), options), chosen)

    def _keep_view(self) -> None:
        """Remember the order and the columns of the saved view that is shown, for good."""
        if self._view is None:
            return
        views = list(self.session.views)
        views[self._view] = replace(views[self._view], sort=source.sort_text(self._wanted.sort), columns=self._columns)
        self.session.views = tuple(views)
        self.work(partial(save_views, folders().views_file, self.session.views), ViewsKept, group="views")

    def action_save_view(self) -> None:
        """Keep filter, order and columns as a view."""

        def save(name: str) -> str:
            view = View(name.strip(), self._wanted.text, source.sort_text(self._wanted.sort), self._columns)
            source.check_view(view, statuses=source.status_codes(self.desk))
            views = (*(old for old in self.session.views if old.name != view.name), view)
            save_views(folders().views_file, views)
            self.session.views = views
            return view.name

        def saved(name: str | None) -> None:
            if name is not None:
                self.query_one(ViewTabs).set_titles([view.title for view in self.session.views])
                view = len(self.session.views) - 1
                self.query_one(ViewTabs).set_active(view)
                self.query_one("#filter", TextLine).value = self.session.views[view].filter
                self._view = view
                self._count()

        self.app.push_screen(Ask(_("Name of the view"), save), saved)

    @on(LineList.Chosen)
    def _open(self, event: LineList.Chosen) -> None:
        event.stop()
        from deskconsole.screens.ticket import TicketScreen

        self.app.push_screen(TicketScreen(self.session, event.key))

    def action_register(self) -> None:
        """Register a call."""
        from deskconsole.screens.register import Register

        self.app.push_screen(Register(self.session), self._told)

    def action_board(self) -> None:
        """Show the live board."""
        from deskconsole.screens.board import BoardScreen

        self.app.push_screen(BoardScreen(self.session))

    def action_recurring(self) -> None:
        """Show the recurring work."""
        from deskconsole.screens.recurring import RecurringScreen

        self.app.push_screen(RecurringScreen(self.session))

    def speak_again(self) -> None:
        """Say everything in another language; the list, its cursor and the filter stay."""
        self.query_one(ViewTabs).set_titles([view.title for view in self.session.views])
        self.lines.set_columns(self._shown_columns())
        self._say_status()
        self.changed()
        self.refresh_bindings()
