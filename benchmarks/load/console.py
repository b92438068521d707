"""One console without a screen: everything the program does with its desk, whoever sits before it.

As the program does, it follows the desk on a connection of its own and at every bell reads again what is on the
screen, at the pace of `DeskScreen.after_rest` and `BoardScreen`. It reads again by the clock, gives signs of presence,
and where the role runs the passes, it runs them on a desk of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.engine.interfaces import ExceptionContext

from benchmarks.load.people import Member, Town
from benchmarks.load.tally import Tally
from deskconsole.config import BUILT_IN_VIEWS
from deskconsole.data.queries import alerts, charging, people, tickets
from deskconsole.data.queries import board as board_queries
from deskconsole.data.queries.board import Earlier
from deskconsole.data.queries.tickets import Listing, QueueRow, Sort
from deskconsole.desk import presence
from deskconsole.desk.desk import Desk
from deskconsole.desk.feed import follow, where
from deskconsole.desk.opening import open_desk, open_unattended
from deskconsole.domain.errors import DeskError
from deskconsole.domain.terms import Role
from deskconsole.domain.ticket_filter import parse
from deskconsole.jobs.passes import PassReport, may_run, run_pass
from deskconsole.jobs.schedule import Schedule
from deskconsole.screens import queue_source as source
from deskconsole.screens.alert_watch import EVERY_SECONDS
from deskconsole.screens.alert_watch import PACE as ALERT_PACE
from deskconsole.screens.board import COSTS, LONGEST_PAUSE, READ_EVERY, SHORTEST_PAUSE
from deskconsole.screens.changes import concerns, heard_also
from deskconsole.screens.my import OWN_WORK, REREAD_SECONDS
from deskconsole.screens.pace import Pace
from deskconsole.screens.queue_reading import COUNT_PACE, REFRESH_EVERY
from deskconsole.screens.queue_source import Place, Wanted
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_presence import BEAT_SECONDS
from deskconsole.screens.ticket_reading import read_ticket
from deskconsole.screens.ticket_rows import read_snapshot

LINES = 42  # of the list on a terminal of 45
PAUSE_SECONDS = 0.5  # before following is tried again
BEHIND = {"queue": ("list", "counts"), "my": ("my",)}
REREAD = {"queue": REFRESH_EVERY.total_seconds(), "my": REREAD_SECONDS}
"""What each screen reads by itself, and after how many seconds though nobody changed anything."""


class Group:
    """One reading at a time; what asks meanwhile gets one more, and what others changed waits for the rest (`Pace`)."""

    def __init__(self, pool: Executor, tally: Tally, verb: str, read: Callable[[], object], pace: Pace) -> None:
        self._pool, self._tally, self._verb, self._read, self._pace = pool, tally, verb, read, pace
        self._turn = threading.Lock()
        self._is_running = self._again = self._waits = False

    def ask(self) -> None:
        """Read now."""
        with self._turn:
            self._again = self._is_running
            if self._is_running:
                return
            self._is_running, self._waits = True, False
        self._pool.submit(self._run)

    def ask_after_rest(self) -> None:
        """Read what others changed (`DeskScreen.after_rest`)."""
        self._waits = True
        self.wake()

    def wake(self) -> None:
        """Read what waits, if the rest is over."""
        if self._waits and not self._is_running and not self._pace.rest():
            self.ask()

    def _run(self) -> None:
        self._pace.begin()
        with self._tally.timing(self._verb):
            self._read()
        self._pace.end()
        with self._turn:
            self._is_running = False
            again = self._again
        if again:
            self.ask()


class Console:
    """What a person's console holds and does by itself; `shown` is the screen it is on."""

    def __init__(self, location: str, member: Member, town: Town, tally: Tally, pool: Executor) -> None:
        self.member, self.town, self.tally = member, town, tally
        self.desk = open_desk(location)
        self._mark = where(self.desk.store)
        event.listen(self.desk.store.reader, "handle_error", self._note_retry)
        self.session = Session(self.desk, BUILT_IN_VIEWS)
        self.home = "my" if member.role is Role.ENGINEER else "queue"
        self.shown = self.home
        self.rows: tuple[QueueRow, ...] = ()
        self.wanted = Wanted(BUILT_IN_VIEWS[0].filter, source.parse_sort(BUILT_IN_VIEWS[0].sort))
        self.first = 0
        self.ticket_id = 0
        self._earlier: Earlier | None = None
        self._board_pause, self._board_changed = SHORTEST_PAUSE, False
        self._done_at: dict[str, float] = {}
        self._heard: frozenset[int] | None = None  # what others changed since the list was read; None: read it
        reads = {
            "list": lambda: self._as_heard(self._list_asked, self.read_list),
            "counts": lambda: source.read_counts(self.session, self.session.views),
            "preview": self._read_preview,
            "total": lambda: source.read_total(self.session, self.wanted, lenient=False),
            "my": lambda: self._as_heard(self._work_asked, self.read_my),
            "ticket": lambda: read_ticket(self.session, self.ticket_id),
            "board": self.read_board,
            "alerts": lambda: self.desk.read(alerts.mine, self.session.viewer, self.desk.now()),
            "presence": lambda: presence.be_here(self.desk, self.session.console, self.ticket_id),
            "leaving": lambda: presence.leave(self.desk, self.session.console),
        }
        paces = {"counts": COUNT_PACE(), "alerts": ALERT_PACE()}
        self._groups = {
            name: Group(pool, tally, f"~{name}", read, paces.get(name) or Pace()) for name, read in reads.items()
        }
        self._feed = threading.Thread(target=self._follow, daemon=True)
        self._passes = self._schedule(location) if may_run(self.desk) else None

    def start(self) -> None:
        """Show the first screen, and begin with what goes on behind it."""
        self._feed.start()
        if self._passes is not None:
            self._passes.start()
        self.show(self.home)
        self.ask("alerts")

    def ask(self, *names: str) -> None:
        """Let something be read in the background."""
        for name in names:
            self._done_at[name] = time.monotonic()
            self._groups[name].ask()

    def show(self, screen: str) -> None:
        """Go to another screen, and let it be read."""
        if self.shown == "ticket" and screen != "ticket":
            self.ask("leaving")
        self.shown = screen
        self._read_again()

    def heard(self, rows: frozenset[tuple[str, int | None]]) -> None:
        """Read again what others changed, if it is on the screen."""
        if concerns(rows, "alert"):
            self._groups["alerts"].ask_after_rest()
        if self.shown == "ticket":
            if concerns(rows, "ticket", self.ticket_id):
                self.ask("ticket")
        elif self.shown == "board":
            self._board_changed = True
        elif concerns(rows, "ticket") or (self.shown == "queue" and concerns(rows, "client")):
            self._heard = heard_also(self._heard, rows)
            for name in BEHIND.get(self.shown, ()):
                self._groups[name].ask_after_rest()

    def tick(self) -> None:
        """Do what a new second asks for."""
        every, shown = {"alerts": EVERY_SECONDS}, self.shown  # the person may go on meanwhile
        if shown == "ticket":
            every["presence"] = BEAT_SECONDS
        elif shown == "board":
            pause = self._board_pause if self._board_changed else max(READ_EVERY, self._board_pause)
            every["board"] = pause.total_seconds()
        now = time.monotonic()
        self.ask(*(name for name, seconds in every.items() if now - self._done_at.get(name, 0.0) >= seconds))
        self._groups["alerts"].wake()
        for name in BEHIND.get(shown, ()):
            if now - self._done_at.get(name, 0.0) >= REREAD[shown]:
                self._done_at[name], self._heard = now, None
                self._groups[name].ask_after_rest()
            self._groups[name].wake()

    def _read_again(self) -> None:
        self._heard = None
        self.ask(*BEHIND.get(self.shown, ()))

    # --- what the screens read -----------------------------------------------------------------------------

    def _as_heard(self, asked: Callable[[], Listing], read: Callable[[], None]) -> None:
        """Read a list if what others changed is in it or was, or if nobody knows (`QueueReading`, `MyScreen`)."""
        heard, self._heard = self._heard, frozenset()
        is_shown = heard is None or any(row.id in heard for row in self.rows)
        if is_shown or self.desk.read(tickets.holds_any, asked(), heard or ()):
            read()

    def _list_asked(self) -> Listing:
        return Listing(source.read_filter(self.session, self.wanted.text), self.wanted.sort, self.session.viewer)

    def _work_asked(self) -> Listing:
        wanted = parse(OWN_WORK, now=self.desk.now(), zone=self.desk.zone)
        return Listing(wanted, Sort("due"), self.session.viewer)

    def read_list(self) -> None:
        """The queue's list round the cursor, which stands on its first line."""
        key = self.rows[0].id if self.rows else None
        read = source.read_list(self.session, self.wanted, Place(key, self.first, self.first, LINES), lenient=False)
        self.rows = read.rows
        self.ask("preview")

    def _read_preview(self) -> None:
        if rows := self.rows:
            source.read_preview(self.session, rows[0].id)

    def read_my(self) -> None:
        """The engineer's own work, as `MyScreen` reads it."""
        desk, person = self.desk, self.desk.actor.id or 0
        desk.read(people.timer_of, person)
        desk.read(charging.logged_since, person, self.session.day_began())
        cursor = self.rows[0].id if self.rows else None
        self.rows = read_snapshot(desk, self._work_asked(), cursor).rows

    def read_board(self) -> None:
        """The board; the larger the desk, the longer the pause after it."""
        now, zone = self.desk.now(), self.desk.zone
        self._board_changed = False
        if self._earlier is None:
            self._earlier = self.desk.read_lately(board_queries.earlier_this_week, now, zone).result
        began = time.perf_counter()
        self.desk.read_lately(board_queries.board, now, zone, self._earlier)
        took = timedelta(seconds=time.perf_counter() - began)
        self._board_pause = min(max(SHORTEST_PAUSE, COSTS * took), LONGEST_PAUSE)
        self._done_at["board"] = time.monotonic()

    # --- behind the screens --------------------------------------------------------------------------------

    def _follow(self) -> None:
        while True:
            try:
                for changed in follow(self.desk.store, threading.Event(), self._mark):
                    self._mark = changed.mark
                    self.tally.note(self.tally.retried, "bells heard")
                    self.heard(changed.rows)
            except Exception as error:  # whatever it is, it is counted, and the console follows anew
                self.tally.note(self.tally.errors, f"~feed: {error}"[:200])
                time.sleep(PAUSE_SECONDS)

    def _schedule(self, location: str) -> Schedule:
        def once(desk: Desk, is_stopped: Callable[[], bool]) -> PassReport:
            began = time.monotonic()
            with self._counting("~pass"):
                report = run_pass(desk, is_stopped=is_stopped, by_turns=True)
            self.tally.took("~pass", began)
            for problem in report.errors:
                self.tally.note(self.tally.errors, f"~pass: {problem}", began)
            return report

        def opened() -> Desk:
            with self._counting("~desk of the passes"):
                desk = open_unattended(location, zone=self.desk.zone)
            event.listen(desk.store.reader, "handle_error", self._note_retry)
            return desk

        return Schedule(opened, once)

    @contextmanager
    def _counting(self, what: str) -> Iterator[None]:
        """Count what the schedule would write into a log."""
        try:
            yield
        except DeskError as error:
            self.tally.note(self.tally.errors, f"{what}: {error.sentence}")
            raise

    def _note_retry(self, context: ExceptionContext) -> None:
        state = getattr(context.original_exception, "sqlstate", None)
        self.tally.note(self.tally.retried, f"SQLSTATE {state}")
