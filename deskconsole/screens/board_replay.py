"""A recorded board: what it showed at any time, without a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from textual import events

from deskconsole.board_record import Recording, Shown
from deskconsole.domain.errors import InvalidInput
from deskconsole.i18n import _, say
from deskconsole.screens.board_view import BoardView
from deskconsole.screens.dialogs import Ask


class RecordedDesk:
    """What the app needs of a desk, where there is none."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)


class ReplayScreen(BoardView):
    """Steps through a recording; the countdowns stand as they stood then."""

    SCOPE = "replay"
    CLOCK = "%Y-%m-%d %H:%M:%S"

    def __init__(self, recording: Recording, zone: tzinfo, at: datetime) -> None:
        super().__init__(zone)
        self._recording = recording
        self._at = at
        self._shown: Shown | None = None

    def on_mount(self) -> None:
        """Begin at the time asked for."""
        self.go_to(self._at)

    def moment(self) -> datetime:
        """The time that is shown: of the recording, not of the wall."""
        return self._at

    def title_words(self) -> str:
        """That this is not now."""
        return _("REPLAY")

    def notice(self) -> str:
        """Which frame it is, and what kept the board from reading then."""
        place = _("frame {number} of {count}").format(
            number=self._recording.index_at(self._at) + 1, count=len(self._recording)
        )
        trouble = self._shown.trouble if self._shown is not None else ""
        return "  ".join(filter(None, (f"▶ {place}", trouble)))

    def go_to(self, at: datetime) -> None:
        """Show what the board showed at an instant, or at the nearest end of the recording."""
        at = min(max(at, self._recording.first), self._recording.last)
        try:
            self._shown = self._recording.shown(self._recording.index_at(at))
        except InvalidInput as error:
            self.app.notify(say(error.sentence), severity="error")
            return
        self._at, self.state = at, self._shown.state
        self.paint()

    def action_step(self, count: int) -> None:
        """Go to another frame."""
        index = self._recording.index_at(self._at)
        if count < 0 and self._at > self._recording.time_of(index):
            count += 1  # first back to where the frame began
        wanted = min(max(0, index + count), len(self._recording) - 1)
        self.go_to(self._recording.time_of(wanted))

    def action_minutes(self, count: int) -> None:
        """Go on or back in time."""
        self.go_to(self._at + timedelta(minutes=count))

    def action_first(self) -> None:
        """Go to the beginning."""
        self.go_to(self._recording.first)

    def action_last(self) -> None:
        """Go to the end."""
        self.go_to(self._recording.last)

    def action_ask_time(self, begun: str = "") -> None:
        """Ask for a time and go there."""

        def read(text: str) -> datetime:
            return self._recording.moment(text, self.zone, self._at)

        def chosen(at: datetime | None) -> None:
            if at is not None:
                self.go_to(at)

        title = _("What did the board show at")
        self.app.push_screen(Ask(title, read, value=begun, hint=_("14:05, or 2026-03-02 14:05")), chosen)

    def on_key(self, event: events.Key) -> None:
        """A digit begins the time to go to."""
        if event.character is not None and event.character in "0123456789":
            event.stop()
            self.action_ask_time(event.character)
