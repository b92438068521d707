"""A part of a screen that shows data, and its states: loading, empty, failed; old data stays."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from deskconsole.i18n import _, ngettext, say
from deskconsole.widgets.text_block import plain

STATES = ("loading", "empty", "failed", "ready")


class StateLine(Static):
    """The pane's one line of state."""


class Pane(Vertical):
    """A pane: put the data widgets inside, and tell it how the reading went.

    CSS finds it as `Pane.-loading`, `.-empty`, `.-failed` or `.-ready`; data stays visible in `-failed` once
    there was some, and is hidden in `-empty` and before the first data.
    """

    DEFAULT_CSS = """
    Pane { height: 1fr; }
    Pane > StateLine { height: auto; padding: 0 1; color: $text-muted; }
    Pane.-failed > StateLine { color: $text-error; }
    Pane.-ready > StateLine { display: none; }
    Pane.-blank > .pane--data { display: none; }
    """

    def compose(self) -> ComposeResult:
        """Put the state line above the data."""
        yield StateLine(markup=False)

    def on_mount(self) -> None:
        """Begin by loading."""
        self._fresh_at: datetime | None = None
        self._problem = ""
        for child in self.children:
            if not isinstance(child, StateLine):
                child.add_class("pane--data")
        self.loading_data()

    def loading_data(self) -> None:
        """Data is being read; what was there stays."""
        if self._fresh_at is None:
            self._show("loading", _("Loading..."), blank=True)

    def ready(self, now: datetime) -> None:
        """Data is there, as of `now`."""
        self._fresh_at = now
        self._show("ready", "")

    def empty(self, what_to_do: str, now: datetime) -> None:
        """There is nothing; `what_to_do` says the next step."""
        self._fresh_at = now
        self._show("empty", say(what_to_do), blank=True)

    def failed(self, sentence: str, now: datetime) -> None:
        """Reading failed: say why, how old the data on screen is, and how to try again."""
        self._problem = say(sentence)
        self._show("failed", self._failure(now), blank=self._fresh_at is None)

    def tick(self, now: datetime) -> None:
        """Keep the age of old data true."""
        if self.has_class("-failed"):
            self.query_one(StateLine).update(plain(self._failure(now)))

    def _failure(self, now: datetime) -> str:
        parts = [self._problem]
        if self._fresh_at is not None:
            minutes = int((now - self._fresh_at).total_seconds() // 60)
            shown = ngettext("What you see is {n} minute old.", "What you see is {n} minutes old.", minutes)
            parts.append(shown.format(n=minutes))
        parts.append(_("F5 tries again."))
        return " ".join(parts)

    def _show(self, state: str, text: str, *, blank: bool = False) -> None:
        for name in STATES:
            self.set_class(name == state, f"-{name}")
        self.set_class(blank, "-blank")
        self.query_one(StateLine).update(plain(text))
