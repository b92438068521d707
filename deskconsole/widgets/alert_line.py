"""The line above the keys that stays until the alerts are acknowledged; there is none when there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from deskconsole.i18n import ngettext
from deskconsole.widgets.alert_words import Alert, alert_about, alert_cell, clock_word
from deskconsole.widgets.text_block import fit

LEAST_FOR_TEXT = 30
"""Cells that the alert's text has at least, before the keys are told."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the line says: how many, how the first of them stands, what it is about, and the keys."""

    count: str
    state: str
    look: str
    about: str
    keys: tuple[str, ...]


class AlertLine(Widget):
    """One line: how many alerts there are, the most urgent one, and the keys; painted again only when it changes."""

    DEFAULT_CSS = """
    AlertLine { dock: bottom; height: 1; margin-bottom: 1; background: $panel; color: $foreground; display: none; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._said: Said | None = None

    def show(self, alerts: Sequence[Alert], now: datetime, keys: tuple[str, ...]) -> None:
        """Say how the alerts, the most urgent first, stand now; `keys` are told as far as there is room."""
        said = _said(alerts, now, keys) if alerts else None
        if said != self._said:
            self._said = said
            self.display = said is not None
            self.refresh()

    def render(self) -> RenderResult:
        """The count and the state whole, the text as far as there is room, the keys at the right."""
        if self._said is None:
            return Content()
        said = self._said
        head = f" {said.count}  "
        room = self.size.width - cell_len(head) - cell_len(said.state) - 2
        keys = ""
        for key in said.keys:
            if room - cell_len(keys) - cell_len(key) - 3 >= LEAST_FOR_TEXT:
                keys += f"  {key}"
        keys += " " if keys else ""
        return Content.assemble(
            (head, "bold"),
            (said.state, f"bold $level-{said.look}" if said.look != "muted" else "$list-muted"),
            f"  {fit(said.about, room - cell_len(keys))}",
            (keys, "$list-muted"),
        )


def _said(alerts: Sequence[Alert], now: datetime, keys: tuple[str, ...]) -> Said:
    first, count = alerts[0], len(alerts)
    state, look = alert_cell(first, now)
    about = "  ".join(filter(None, (f"#{first.ticket_id}", clock_word(first.clock), alert_about(first))))
    return Said(ngettext("{count} alert", "{count} alerts", count).format(count=count), state, look, about, keys)
