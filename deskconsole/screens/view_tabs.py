"""The queue's saved views as numbered tabs with live counts, on one line, or two where one is too short."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from deskconsole.widgets.text_block import fit

MOST_LINES = 2
SHORTEST = 3  # cells of a name that has to be cut
MOST_COUNTED = 9_999
"""More tickets than these are not counted: the tab says that there are more."""


class ViewTabs(Widget):
    """`1 Unassigned 12  2 Mine 3 ...`; where two lines are too short, the names of the others are cut."""

    DEFAULT_CSS = """
    ViewTabs { height: 1; background: $panel; color: $text-muted; }
    """
    ALLOW_SELECT = False

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._titles = tuple(titles)
        self._counts: tuple[int, ...] = ()
        self._active: int | None = 0

    def set_titles(self, titles: Sequence[str]) -> None:
        """Show other views."""
        self._titles, self._counts = tuple(titles), ()
        self._lay_out()

    def set_counts(self, counts: Sequence[int]) -> None:
        """Show how many tickets each view has."""
        if tuple(counts) != self._counts:
            self._counts = tuple(counts)
            self._lay_out()

    def set_active(self, index: int | None) -> None:
        """Show which view is open; None = a filter of the person's own."""
        if index != self._active:
            self._active = index
            self._lay_out()

    def on_resize(self) -> None:
        """Take as many lines as the width asks for."""
        self._lay_out()

    def _lay_out(self) -> None:
        lines = len(self._lines())
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines
        self.refresh()

    def render(self) -> RenderResult:
        """The open view is reversed, so that no colour is needed."""
        return Content("\n").join(
            Content.assemble(
                *((f" {words} ", "bold reverse" if index == self._active else "") for index, words in line)
            )
            for line in self._lines()
        )

    def _lines(self) -> list[list[tuple[int, str]]]:
        longest = max((cell_len(title) for title in self._titles), default=SHORTEST)
        for cut in range(longest, SHORTEST - 1, -1):
            lines = self._wrapped([self._words(index, cut) for index in range(len(self._titles))])
            if len(lines) <= MOST_LINES:
                break
        return lines[:MOST_LINES]

    def _wrapped(self, words: Sequence[str]) -> list[list[tuple[int, str]]]:
        lines: list[list[tuple[int, str]]] = [[]]
        left = self.size.width
        for index, word in enumerate(words):
            needed = cell_len(word) + 2
            if needed > left and lines[-1]:
                lines.append([])
                left = self.size.width
            lines[-1].append((index, word))
            left -= needed
        return lines

    def _words(self, index: int, cut: int) -> str:
        count = count_words(self._counts[index]) if index < len(self._counts) else ""
        title = self._titles[index]
        if index != self._active and cell_len(title) > cut:
            title = fit(title, cut).rstrip()
        return " ".join(filter(None, (str(index + 1), title, count)))


def count_words(count: int) -> str:
    """A count as a tab shows it."""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"
