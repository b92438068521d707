"""How the queue stays true: it reads the list, its rows and counts and the cursor's ticket, and says how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from textual import events, on
from textual.widgets import Static

from deskconsole.data.queries.tickets import QueueRow, Sort
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens import queue_source as source
from deskconsole.screens.changes import DeskChanged, concerns, heard_also
from deskconsole.screens.pace import Pace
from deskconsole.screens.preview import Preview
from deskconsole.screens.queue_source import ListRead, Place, PreviewRead, Wanted, WindowRead
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import TicketActions
from deskconsole.screens.ticket_columns import columns
from deskconsole.screens.view_tabs import ViewTabs
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.line_list import Column, LineList, ListState
from deskconsole.widgets.text_block import plain

REFRESH_EVERY = timedelta(seconds=30)  # time passes into "due soon" without anybody changing anything
PREVIEW_REST = 0.35  # seconds the cursor rests before its ticket is read
STALE_AFTER = timedelta(seconds=90)
LONGEST_PAUSE = timedelta(minutes=2)  # between two tries while reading fails
COUNT_PACE = partial(Pace, busy=0.01, costs=20, longest=60.0)
"""Counting all views is dear on a large desk, and can wait."""

ONE_ONLY = frozenset({"queue.reply", "queue.note", "queue.log_time", "queue.timer", "queue.client"})
"""Actions on one ticket: where several are marked it is not clear which."""

SORT_TITLES = {
    "due": mark("by due"),
    "priority": mark("by priority"),
    "created": mark("by creation"),
    "updated": mark("by last change"),
    "id": mark("by number"),
    "client": mark("by client"),
    "assignee": mark("by assignee"),
    "status": mark("by status"),
}


class Listed(Done[ListRead | None]):
    """The list was read."""


class Totalled(Done[tuple[Wanted, int]]):
    """The list was counted."""


class Windowed(Done[WindowRead]):
    """Rows that came into view were read."""


class Counted(Done[tuple[int, ...]]):
    """The views were counted."""


class Previewed(Done[PreviewRead]):
    """The ticket under the cursor was read."""


class MarksRead(Done[tuple[Wanted, tuple[int, ...]]]):
    """All tickets of the list are known."""


class MarkedRows(Done[tuple[QueueRow, ...]]):
    """The rows of the marked tickets were read."""


class QueueReading(TicketActions):
    """The reading half of the queue's screen: the list, its marks, the preview and the status line."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        first = session.views[0]
        self._wanted = Wanted(first.filter, source.parse_sort(first.sort))
        self._read_at = session.desk.now()
        self._pause = REFRESH_EVERY
        self._read_next = self._read_at + self._pause
        self._is_new = True  # the list is another one than what is shown
        self._dirty = False  # something changed while the list was being read
        self._recount = False  # something changed while the views were being counted
        self._heard: frozenset[int] | None = frozenset()  # what others changed since; None: the list must be read
        self._typing = False
        self._doubt = ""  # what is not understood of the filter
        self._views_counted = False
        self._marked: dict[int, QueueRow] = {}
        self._wants_preview: bool | None = None  # None: when there is room
        self._trouble = ""
        self._columns = first.columns
        # Held, not looked up: the clock may tick while the screen comes or goes.
        self.lines: LineList[QueueRow] = LineList(
            self._shown_columns(), key=lambda row: row.id, now=self._read_at, id="list"
        )
        self._preview = Preview(session)
        self._status = Static(id="status", markup=False)

    def _shown_columns(self) -> tuple[Column[QueueRow], ...]:
        """The view's own columns, else the usual ones as far as there is room; the due one comes first."""
        return columns(dict.fromkeys(("due", *self._columns)) if self._columns else (), self.desk.zone)

    # --- reading -------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the list: a new one from its top, else where the person is; a burst of changes is one reading."""
        if not self._is_new and self.is_working("list"):
            self._dirty = True
            return
        self._dirty, self._heard = False, frozenset()
        read: Callable[[], ListRead]
        if self._is_new:
            rows = max(self.lines.visible_rows, 20)
            read = partial(source.read_head, self.session, self._wanted, rows, lenient=self._typing)
        else:
            read = partial(source.read_list, self.session, self._wanted, self._place(), lenient=self._typing)
        self.work(read, Listed, group="list", overlap=Overlap.LATEST)

    def _read_heard(self) -> None:
        """Read the list if what others changed is in it, or was among the rows that are held."""
        heard, lines = self._heard, self.lines
        if self._is_new or heard is None or any(lines.row_of(one) is not None for one in heard):
            self._read()
            return
        self._heard = frozenset()
        look = partial(source.read_touched, self.session, self._wanted, self._place(), heard, lenient=self._typing)
        self.work(look, Listed, group="list", overlap=Overlap.LATEST)

    def _place(self) -> Place:
        return Place(self.lines.cursor_key, self.lines.cursor_index, self.lines.top, self.lines.visible_rows)

    @on(Listed)
    def _listed(self, event: Listed) -> None:
        if event.result is not None and event.result.wanted == self._wanted:
            self._show_list(event.result)
        if self._dirty:
            self._read()

    def _show_list(self, read: ListRead) -> None:
        lines = self.lines
        lines.reset(len(read.rows) if read.total is None else read.total, keep_place=not self._is_new)
        if self._is_new:
            self._doubt = say(read.doubt) if read.doubt is not None else ""
        self._is_new = False
        if read.total is None:
            count = partial(source.read_total, self.session, read.wanted, lenient=self._typing)
            self.call_after_refresh(self.work, count, Totalled, group="total", overlap=Overlap.LATEST)
        if read.cursor is not None:
            lines.relocate(*read.cursor)
        lines.put(read.first, read.rows)
        if read.total == 0:
            lines.set_state(ListState.EMPTY, self._next_step())
        lines.set_sort(_column_of(read.wanted.sort), descending=read.wanted.sort.descending)
        self._marked.update((row.id, row) for row in read.rows if row.id in lines.marks)
        self._read_at, self._trouble, self._pause = self.desk.now(), "", REFRESH_EVERY
        self._read_next = self._read_at + self._pause
        self._say_status()
        self.refresh_bindings()
        self.call_after_refresh(self._read_preview)  # the rows are painted before more is read
        if not self._views_counted:
            self.call_after_refresh(self._count)

    @on(Totalled)
    def _totalled(self, event: Totalled) -> None:
        wanted, total = event.result
        if wanted == self._wanted:
            self.lines.update_total(total)
            self._say_status()

    def _next_step(self) -> str:
        if self._wanted.text.strip() == "":
            return _("No tickets yet. n registers a call.")
        return _("No ticket matches. Esc in the filter goes back, n registers a call.")

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        event.stop()
        read = partial(
            source.read_window, self.session, self._wanted, event.first, event.count, self.lines.total, event.edition
        )
        self.work(read, Windowed, group="window", overlap=Overlap.LATEST)

    @on(Windowed)
    def _windowed(self, event: Windowed) -> None:
        read = event.result
        self.lines.put(read.first, read.rows, edition=read.edition)
        if read.first <= self.lines.cursor_index < read.first + len(read.rows):
            self._read_preview()
            self.refresh_bindings()

    def _count(self) -> None:
        self._views_counted = True
        read = partial(source.read_counts, self.session, self.session.views)
        self._recount = not self.work(read, Counted, group="count", overlap=Overlap.DROP)

    @on(Counted)
    def _counted(self, event: Counted) -> None:
        self.query_one(ViewTabs).set_counts(event.result)
        if self._recount:
            self._count()

    @on(Failed)
    def _not_done(self, event: Failed) -> None:
        """A reading that failed leaves the old rows with their age; a filter not understood is said."""
        if event.group == "filter":
            event.prevent_default()
            self._doubt = say(event.sentence)
        elif event.group in {"list", "total", "window", "count", "preview"}:
            event.prevent_default()
            self._trouble = say(event.sentence)
            if event.group == "list":
                self._list_failed()
        self._say_status()

    def _list_failed(self) -> None:
        """Try again later and later; the rows of another list than the one asked for don't stay."""
        self._heard = None
        self._read_next = self.desk.now() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if self._is_new:
            self.lines.reset(0)
            self.lines.set_state(ListState.FAILED, f"{self._trouble} {_('F5 tries again.')}")

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if concerns(event.rows, "ticket") or concerns(event.rows, "client"):
            self._heard = heard_also(self._heard, event.rows)
            self.after_rest("list", self._read_heard)
            self.after_rest("count", self._count, COUNT_PACE)
            self.after_rest("marked", self._read_marks)

    def changed(self) -> None:
        """Read again after a change: the list, the counts, and the marked tickets that are not in view."""
        self._read()
        self._count()
        self._read_marks()

    def action_refresh_data(self) -> None:
        """Read the desk again."""
        self.changed()

    def tick(self, now: object) -> None:
        """Let the countdowns run, and read again when time alone may have moved tickets."""
        moment = self.desk.now()
        self.lines.tick(moment)
        self._preview.tick(moment)
        if moment >= self._read_next and not self.is_working("list"):
            self._read_next, self._heard = moment + self._pause, None
            self.after_rest("list", self._read_heard)
            self.after_rest("count", self._count, COUNT_PACE)
        if moment - self._read_at >= STALE_AFTER or self._trouble:
            self._say_status()

    # --- marks ---------------------------------------------------------------------------------------------

    def chosen(self) -> tuple[QueueRow, ...]:
        """The marked tickets, else the one under the cursor."""
        if self.lines.mark_count:
            return tuple(self._known_marks().values())
        row = self.lines.row_at_cursor
        return (row,) if row is not None else ()

    def _known_marks(self) -> dict[int, QueueRow]:
        """The rows of the marked tickets as far as they have been read."""
        found = ((key, self._marked.get(key) or self.lines.row_of(key)) for key in sorted(self.lines.marks))
        return {key: row for key, row in found if row is not None}

    def action_mark_all(self) -> None:
        """Mark every ticket of the filtered list."""
        self.work(partial(source.read_ids, self.session, self._wanted), MarksRead, group="marks")

    @on(MarksRead)
    def _mark_all(self, event: MarksRead) -> None:
        """Mark them, unless the list is another by now."""
        wanted, ids = event.result
        if wanted == self._wanted:
            self.lines.mark_all(ids)

    def action_clear_marks(self) -> None:
        """Take all marks away."""
        self.lines.clear_marks()

    @on(LineList.MarksChanged)
    def _marks_changed(self, event: LineList.MarksChanged) -> None:
        """Keep the rows of what is marked: an act needs what the person saw of each."""
        event.stop()
        self._marked = self._known_marks()
        self._read_marked(event.keys - self._marked.keys())
        self._say_status()
        self.refresh_bindings()

    def _read_marked(self, ids: Iterable[int]) -> None:
        if wanted := sorted(ids):
            read = partial(source.read_rows, self.session, wanted)
            self.work(read, MarkedRows, group="marked", overlap=Overlap.LATEST)

    def _read_marks(self) -> None:
        self._read_marked(self.lines.marks)

    @on(MarkedRows)
    def _marked_rows(self, event: MarkedRows) -> None:
        self.lines.replace({row.id: row for row in event.result})  # nothing is done by what was not seen
        self._marked.update((row.id, row) for row in event.result if row.id in self.lines.marks)
        self.refresh_bindings()

    def why_not(self, action_id: str) -> Sentence | None:
        """Marks are read before something is done to them."""
        name = action_id.partition(".")[2]
        if action_id == "queue.clear_marks" and not self.lines.mark_count:
            return Sentence(mark("Nothing is marked."))
        if self.lines.mark_count > 1 and action_id in ONE_ONLY:
            return Sentence(mark("This is done to one ticket; take the marks away first."))
        if name in {"assign", "status", "priority"} and len(self._known_marks()) < self.lines.mark_count:
            return Sentence(mark("The marked tickets are still being read."))
        return super().why_not(action_id)

    # --- cursor, preview -----------------------------------------------------------------------------------

    @on(LineList.CursorMoved)
    def _cursor_moved(self, event: LineList.CursorMoved) -> None:
        event.stop()
        if self.has_class("-previewing"):
            self.set_timer(PREVIEW_REST, partial(self._rested, event.key))

    def _rested(self, key: int | None) -> None:
        if key == self.lines.cursor_key:
            self._read_preview()

    def _read_preview(self) -> None:
        if not self.has_class("-previewing"):
            return
        key = self.lines.cursor_key
        if key is None:
            self._preview.show_ticket(None)
            return
        self.work(partial(source.read_preview, self.session, key), Previewed, group="preview", overlap=Overlap.LATEST)

    @on(Previewed)
    def _previewed(self, event: Previewed) -> None:
        if event.result.row.id == self.lines.cursor_key:
            self._preview.show_ticket(event.result)

    def action_preview(self) -> None:
        """Show or hide the preview."""
        self._wants_preview = not self.has_class("-previewing")
        self._place_preview()

    @on(events.Resize)
    def _place_preview(self) -> None:
        """There is a preview where there is room for it beside the list, unless the person says otherwise."""
        wanted = self._wants_preview if self._wants_preview is not None else self.app.size.width >= 140
        if wanted != self.has_class("-previewing"):
            self.set_class(wanted, "-previewing")
            self._read_preview()

    # --- status line ---------------------------------------------------------------------------------------

    def _say_status(self) -> None:
        lines = self.lines
        total = lines.total
        parts = [ngettext("{count} ticket", "{count} tickets", total).format(count=f"{total:,}")]
        if marks := lines.mark_count:
            parts.append(ngettext("{count} marked", "{count} marked", marks).format(count=marks))
        parts.append(_(SORT_TITLES[self._wanted.sort.by]))
        age = self.desk.now() - self._read_at
        if self._trouble or age >= STALE_AFTER:
            parts.append(_("as of {time}").format(time=self.session.local(self._read_at).strftime("%H:%M:%S")))
        if wrong := self._trouble or self._doubt:
            parts.insert(0, wrong)
        parts.append(f"{self.desk.actor.name}")
        status = self._status
        status.set_class(bool(wrong), "-loud")
        status.update(plain("  ·  ".join(parts), multiline=False))


def _column_of(sort: Sort) -> str:
    return {"created": "age", "priority": "prio"}.get(sort.by, sort.by)
