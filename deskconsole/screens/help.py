"""`?`: the keys that work in the focused pane now, from its live bindings, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from deskconsole.i18n import _, say
from deskconsole.screens.actions import GROUPS, SCOPES, Action, bindings_for
from deskconsole.screens.base import DeskDialog
from deskconsole.screens.footer import KeyLine, LiveAction
from deskconsole.screens.keys import shown

_SCROLLS = {
    "up": "scroll_up",
    "down": "scroll_down",
    "page_up": "page_up",
    "page_down": "page_down",
    "first": "scroll_home",
    "last": "scroll_end",
}


class HelpText(VerticalScroll, inherit_bindings=False):
    """The text, scrolled by the list keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("list", calls=_SCROLLS)]


class Help(DeskDialog[None]):
    """Explains what the keys do where the person was, what they can't do now and why."""

    OFFERS = ("cancel",)
    CSS_PATH = "help.tcss"

    def __init__(self, title: str, lines: Sequence[Content]) -> None:
        super().__init__()
        self.heading = title
        self.lines = lines

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with Vertical(id="box"):
            yield Static(Content(self.heading), id="title")
            with HelpText(id="keys"):
                yield Static(Content("\n").join(self.lines))
            yield KeyLine()


def help_lines(live: Sequence[LiveAction], reasons: dict[str, str]) -> list[Content]:
    """A heading for each scope and a line for each action; `reasons` says why an action can't be done now."""
    lines: list[Content] = []
    for scope in _nearest_first(live):
        lines += [Content(""), Content.styled(say(SCOPES[scope]), "bold")]
        rows = _rows([one for one in live if one.action.scope == scope])
        width = max(cell_len(keys) for keys, _action in rows)
        for keys, action in rows:
            text = say(GROUPS[action.group]) if action.group else f"{say(action.label)}: {say(action.help)}"
            padding = " " * (width - cell_len(keys))
            reason = reasons.get(action.id, "")
            note = f" ({reason})" if reason else ""
            lines.append(
                Content.assemble((f"  {keys}{padding}  ", "bold"), (text, "dim" if reason else ""), (note, "dim"))
            )
    return lines[1:] or [Content(_("No keys work here."))]


def _nearest_first(live: Sequence[LiveAction]) -> list[str]:
    """The scopes that are live: the screen's own, the pane's, then what works everywhere."""
    found = {one.action.scope for one in live}
    own = [scope for scope in SCOPES if scope in found and scope not in {"app", "list", "text"}]
    return own + [scope for scope in ("list", "text", "app") if scope in found]


def _rows(live: Sequence[LiveAction]) -> list[tuple[str, Action]]:
    """All keys of each action, twins too; a group of numbered actions as one row."""
    rows: list[tuple[str, Action]] = []
    grouped: set[str] = set()
    for one in live:
        group = one.action.group
        if not group:
            rows.append((" ".join(shown(key) for key in one.keys), one.action))
        elif group not in grouped:
            grouped.add(group)
            members = [other for other in live if other.action.group == group]
            rows.append((f"{members[0].key}-{members[-1].key}", one.action))
    return rows
