"""The line of keys at the bottom: what works now in the focused pane, as many as fit, the rest behind `?`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from deskconsole.i18n import say
from deskconsole.screens.actions import ACTIONS, GROUPS, Action
from deskconsole.screens.keys import shown

HELP_KEY = "F1"  # works in text fields too


@dataclass(frozen=True)
class LiveAction:
    """An action that a key runs now: where, by which keys (twins last), and whether it can be done."""

    action: Action
    node: DOMNode
    call: str
    keys: tuple[str, ...]
    enabled: bool

    @property
    def key(self) -> str:
        """The key to show."""
        return shown(self.keys[0])


def live_actions(screen: Screen[object]) -> tuple[LiveAction, ...]:
    """What the live bindings of the focused pane do, each action once, in the registry's order."""
    keys: dict[str, list[str]] = {}
    found: dict[str, tuple[DOMNode, str, bool]] = {}
    for key, active in screen.active_bindings.items():
        action_id = active.binding.id
        if action_id is not None and action_id in ACTIONS:
            keys.setdefault(action_id, []).append(key)
            found.setdefault(action_id, (active.node, active.binding.action, active.enabled))
    order = {action_id: place for place, action_id in enumerate(ACTIONS)}
    live = [LiveAction(ACTIONS[name], *found[name][:2], tuple(keys[name]), found[name][2]) for name in found]
    return tuple(sorted(live, key=lambda one: (one.action.quiet, order[one.action.id])))


def entries(live: tuple[LiveAction, ...]) -> Iterator[tuple[str, str, bool]]:
    """Key, label and whether it can be done, for each action; actions of a group as one (`1-9 Views`)."""
    grouped: set[str] = set()
    for one in live:
        group = one.action.group
        if not group:
            yield one.key, say(one.action.label), one.enabled
        elif group not in grouped:
            grouped.add(group)
            members = [other for other in live if other.action.group == group]
            yield f"{members[0].key}-{members[-1].key}", say(GROUPS[group]), any(m.enabled for m in members)


class KeyLine(Widget):
    """One line of keys; sent to the terminal again only when what it says has changed."""

    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; background: $footer-background; color: $footer-foreground; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[tuple[str, str, bool], ...] = ()

    def on_mount(self) -> None:
        """Follow the screen's live bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_unmount(self) -> None:
        """Stop following."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen is not self.screen:
            return
        now = tuple(entries(live_actions(screen)))
        if now != self._entries:
            self._entries = now
            self.refresh()

    def render(self) -> RenderResult:
        """As many whole entries as fit; where there are more, `…` and the key that tells them all."""
        parts: list[tuple[str, str]] = []
        help_label = say(ACTIONS["app.help"].label)
        more = f" … {HELP_KEY} {help_label}"
        left = self.size.width
        for place, (key, label, enabled) in enumerate(self._entries):
            needed = cell_len(key) + cell_len(label) + 4
            is_last = place == len(self._entries) - 1
            if needed > left - (0 if is_last else cell_len(more)):
                is_told = any(label == help_label for _key, label, _enabled in self._entries[:place])
                parts.append((" …" if is_told else more, "dim"))
                break
            left -= needed
            parts.append((f" {key} ", "bold $footer-key-foreground" if enabled else "dim"))
            parts.append((f"{label}  ", "" if enabled else "dim"))
        return Content.assemble(*parts)
