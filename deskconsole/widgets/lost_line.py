"""The line at the top while the desk is out of reach: since when, and why; there is none while it is not."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from deskconsole.widgets.text_block import fit


class LostLine(Widget):
    """One line that says how old what stands below it is; painted again only when its words change."""

    DEFAULT_CSS = """
    LostLine { dock: top; height: 1; background: $error; color: $text; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def show(self, words: str) -> None:
        """Say something else."""
        if words != self._words:
            self._words = words
            self.refresh()

    def render(self) -> RenderResult:
        """The words, cut where the line ends."""
        return Content(fit(f" {self._words}", self.size.width))
