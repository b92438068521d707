"""The live board: it follows the desk by itself, and keeps what it showed, with its age, while the desk is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from textual import events, on

from deskconsole.board_record import Recorder
from deskconsole.data.queries import board as queries
from deskconsole.data.queries.board import Earlier
from deskconsole.domain.board import BoardState, Burning
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say
from deskconsole.screens.board_panes import shown_tickets
from deskconsole.screens.board_view import BoardView
from deskconsole.screens.changes import DeskChanged
from deskconsole.screens.session import Session
from deskconsole.screens.work import Done, Failed, Overlap

READ_EVERY = timedelta(seconds=30)  # time passes into "overdue" without anybody changing anything
SHORTEST_PAUSE = timedelta(seconds=3)  # between two readings, however much changes
COSTS = 20  # a reading is followed by a pause of so many times its length: on a large desk it comes less often
LONGEST_PAUSE = timedelta(minutes=1)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=2), timedelta(seconds=15)
EARLIER_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class BoardReading:
    """The board, what was completed before today, how long reading it took, and what is to be said of a copy."""

    state: BoardState
    earlier: Earlier
    took: timedelta
    source: Sentence | None


class BoardRead(Done[BoardReading]):
    """The board was read."""


class Recorded(Done[None]):
    """What the board shows is kept."""


class BoardScreen(BoardView):
    """What burns and how the day goes. On a wall it only shows; opened from the queue, Enter goes into a ticket."""

    SCOPE = "board"
    LIST_CALLS = {  # noqa: RUF012 - as the base class has it
        "down": "step(1)",
        "up": "step(-1)",
        "first": "step_to(0)",
        "last": "step_to(-1)",
        "choose": "open",
    }

    def __init__(self, session: Session, *, is_wall: bool = False, recorder: Recorder | None = None) -> None:
        super().__init__(session.desk.zone)
        self.session = session
        self.desk = session.desk
        self._is_wall = is_wall
        self._recorder = recorder
        self._is_failing = False  # said once, not every minute
        self._earlier: Earlier | None = None
        self._earlier_at = self.desk.now()
        self._changed = False
        self._tried_at = self.desk.now()
        self._pause = SHORTEST_PAUSE
        self._retry = FIRST_RETRY
        self._trouble = ""
        self._source: Sentence | None = None

    def on_mount(self) -> None:
        """Read the board."""
        self._read()

    # --- reading -------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._changed = False
        self._tried_at = self.desk.now()
        is_old = not timedelta() <= self._tried_at - self._earlier_at < EARLIER_EVERY
        read = partial(self._read_board, None if is_old else self._earlier)
        self.work(read, BoardRead, group="board", overlap=Overlap.DROP)

    def _read_board(self, earlier: Earlier | None) -> BoardReading:
        """Read it; in a thread."""
        now = self.desk.now()
        if earlier is None:
            earlier = self.desk.read_lately(queries.earlier_this_week, now, self.zone).result
        read = self.desk.read_lately(queries.board, now, self.zone, earlier)
        return BoardReading(read.result, earlier, read.took, read.words)

    @on(BoardRead)
    def _was_read(self, event: BoardRead) -> None:
        read = event.result
        if read.earlier is not self._earlier:
            self._earlier, self._earlier_at = read.earlier, read.state.at
        self.state, self._trouble, self._retry = read.state, "", FIRST_RETRY
        self._source = read.source
        self._pause = min(max(SHORTEST_PAUSE, COSTS * read.took), LONGEST_PAUSE)
        self._keep_cursor()
        self.paint()
        self.refresh_bindings()
        if self._recorder is not None:
            self.work(partial(self._recorder.write, read.state), Recorded, group="record")

    @on(Failed)
    def _not_read(self, event: Failed) -> None:
        """Keep what was shown, and try again soon; a recording that fails is told once."""
        event.prevent_default()
        if event.group == "board":
            self._trouble = say(event.sentence)
            self._retry = min(2 * self._retry, LONGEST_RETRY)
            self.paint_time()
        elif event.group == "record" and not self._is_failing:
            self._is_failing = True
            self.app.notify(say(event.sentence), severity="error")

    @on(Recorded)
    def _was_recorded(self, _event: Recorded) -> None:
        self._is_failing = False

    @on(DeskChanged)
    def _desk_changed(self, _event: DeskChanged) -> None:
        """Read again, once the pause is over."""
        self._changed = True

    @on(events.ScreenResume)
    def _seen_again(self) -> None:
        self._changed = True

    def tick(self, now: datetime) -> None:
        """Let the countdowns run, and read again when something changed or time has moved on."""
        if not self.is_working("board") and self._is_time(now):
            self._read()
        self.paint_time()
        if self._recorder is not None and self.state is not None and self._recorder.is_beat_due(now):
            beat = partial(self._recorder.beat, now, self.state.at, self._trouble)
            self.work(beat, Recorded, group="record", overlap=Overlap.DROP)

    def _is_time(self, now: datetime) -> bool:
        """Whether to read: after a failure soon, after a change when the pause is over, else now and then."""
        waited = now - self._tried_at
        if waited < timedelta():  # the clock was set back
            return True
        if self._trouble:
            return waited >= self._retry
        is_new = self._changed or (self.state is not None and any(one.due <= now for one in self.state.next[:1]))
        return waited >= (self._pause if is_new else max(READ_EVERY, self._pause))

    def action_refresh_data(self) -> None:
        """Read the desk again."""
        self._read()

    def notice(self) -> str:
        """Why the board is not fresh."""
        if self._trouble or self._source is None:
            return self._trouble
        return say(self._source)

    # --- cursor --------------------------------------------------------------------------------------------

    def _tickets(self) -> tuple[Burning, ...]:
        """The tickets on the screen, from top to bottom."""
        if self.state is None:
            return ()
        late, soon = shown_tickets(self.state, self._panes["tickets"].size.height)
        return (*late, *soon)

    def _keep_cursor(self) -> None:
        """The cursor stays on its ticket; when that is gone it goes to the first."""
        shown = [one.ticket_id for one in self._tickets()]
        if self._is_wall or not shown:
            self.cursor = None
        elif self.cursor not in shown:
            self.cursor = shown[0]

    def action_step(self, count: int) -> None:
        """Move the cursor."""
        shown = [one.ticket_id for one in self._tickets()]
        if self.cursor in shown:
            self.cursor = shown[max(0, min(len(shown) - 1, shown.index(self.cursor) + count))]
            self.paint_time()

    def action_step_to(self, place: int) -> None:
        """Move the cursor to the first or the last ticket."""
        if self.cursor is not None and (shown := self._tickets()):
            self.cursor = shown[place].ticket_id
            self.paint_time()

    def action_open(self) -> None:
        """Go into the ticket under the cursor."""
        from deskconsole.screens.ticket import TicketScreen

        if self._is_wall:
            self.app.notify(_("This board only shows. Opened from the queue, Enter goes into a ticket."))
        elif self.cursor is not None:
            self.app.push_screen(TicketScreen(self.session, self.cursor))

    def why_not(self, action_id: str) -> Sentence | None:
        """There is one reading at a time."""
        if action_id == "app.refresh" and self.is_working("board"):
            return Sentence(mark("The board is being read."))
        return super().why_not(action_id)
