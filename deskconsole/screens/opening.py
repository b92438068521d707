"""The first frame: painted before the data layer is imported; here a desk that won't open says why."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Static

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.footer import KeyLine
from deskconsole.widgets.text_block import plain


class Opening(DeskScreen[None]):
    """Says what is being opened, then what went wrong if it did; F5 tries again."""

    DEFAULT_CSS = """
    Opening #opening { width: 100%; height: 1fr; content-align: center middle; }
    """

    def __init__(self, desk_name: str, again: Callable[[], None]) -> None:
        super().__init__()
        self._desk_name = desk_name
        self._again = again
        self._problem: str | None = None

    def compose(self) -> ComposeResult:
        """One line and the keys."""
        yield Static(plain(self._words()), id="opening")
        yield KeyLine()

    def failed(self, sentence: str) -> None:
        """Say why the desk can't be opened."""
        self._problem = sentence
        self._show()

    def why_not(self, action_id: str) -> Sentence | None:
        """Opening again makes sense only after it failed."""
        if action_id == "app.refresh" and self._problem is None:
            return Sentence(mark("The desk is being opened."))
        return super().why_not(action_id)

    def action_refresh_data(self) -> None:
        """Try again."""
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
