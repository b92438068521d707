"""The first frame: painted before the data layer is imported; here a desk that won't open says why."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Static

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.footer import KeyLine
from deskconsole.widgets.text_block import plain

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
"""Seconds between two tries while the desk is out of reach."""


class Opening(DeskScreen[None]):
    """Says what is being opened, then what went wrong if it did; F5 tries again, and time does where that may help."""

    DEFAULT_CSS = """
    Opening #opening { width: 100%; height: 1fr; content-align: center middle; }
    """

    def __init__(self, desk_name: str, again: Callable[[], None]) -> None:
        super().__init__()
        self._desk_name = desk_name
        self._again = again
        self._problem: str | None = None
        self._pause = FIRST_PAUSE
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """One line and the keys."""
        yield Static(plain(self._words()), id="opening")
        yield KeyLine()

    def failed(self, sentence: str, *, may_pass: bool = False) -> None:
        """Say why the desk can't be opened; the words stay while it is tried again."""
        self._problem = sentence
        self._show()
        if self._timer is not None:
            self._timer.stop()
        if may_pass:
            self._timer = self.set_timer(self._pause, self._again)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def why_not(self, action_id: str) -> Sentence | None:
        """Opening again makes sense only after it failed."""
        if action_id == "app.refresh" and self._problem is None:
            return Sentence(mark("The desk is being opened."))
        return super().why_not(action_id)

    def action_refresh_data(self) -> None:
        """Try again now."""
        if self._timer is not None:
            self._timer.stop()
        self._problem = None
        self._show()
        self._again()

    def _show(self) -> None:
        self.query_one("#opening", Static).update(plain(self._words()))
        self.refresh_bindings()

    def _words(self) -> str:
        if self._problem is None:
            return _("Opening {desk}...").format(desk=self._desk_name)
        return f"{say(self._problem)}\n{_('F5 tries again, Ctrl+Q leaves.')}"
