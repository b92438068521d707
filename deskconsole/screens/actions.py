"""The one registry of what a person can do in the console.

Bindings, footer, palette, help, the keymap file's validation and docs/keys.md all come from `ACTIONS`.
Plain: importing it does not import Textual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Role
from deskconsole.screens.keys import expanded, joined, shown, split

if TYPE_CHECKING:
    from textual.binding import Binding

SCOPES: Mapping[str, Sentence] = {
    "app": Sentence(mark("Everywhere")),
    "list": Sentence(mark("Moving in a list")),
    "queue": Sentence(mark("Queue")),
    "register": Sentence(mark("Registering a call")),
    "ticket": Sentence(mark("Ticket")),
    "client": Sentence(mark("Client card")),
    "assign": Sentence(mark("Assigning")),
    "my": Sentence(mark("My work")),
    "alerts": Sentence(mark("Alerts")),
    "recurring": Sentence(mark("Recurring work")),
    "template": Sentence(mark("Writing down recurring work")),
    "explain": Sentence(mark("Why it is due")),
    "replay": Sentence(mark("Recorded board")),
    "dialog": Sentence(mark("Questions")),
    "text": Sentence(mark("Editing text")),
}
"""Every scope and its heading, in the order of the documentation."""

CHAINS: tuple[tuple[str, ...], ...] = (
    *(
        ("list", scope, "app")
        for scope in (
            "queue",
            "register",
            "ticket",
            "client",
            "assign",
            "my",
            "alerts",
            "recurring",
            "template",
            "explain",
        )
    ),
    ("replay", "app"),
    ("list", "dialog"),
    ("text", "register"),
    ("text", "template"),
)
"""Scopes whose keys are live together: one key means one thing inside a chain.

Text fields keep Enter and the arrows for themselves on other screens: `text` is checked beside the two forms.
"""

SENIORITY = (Role.CONTRACTOR, Role.ENGINEER, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True)
class Action:
    """One thing a person can do: `id` is `scope.name`, `keys` the default keys without their layout twins.

    `call` is what Textual runs: `action_<call>` of the screen, of the focused widget in `list` and `text`, or
    of the target before a dot. `role` is the least senior role that may do it. Actions of one `group` are
    shown as one; `quiet` ones come last in the footer.
    """

    id: str
    keys: str
    label: Sentence
    help: Sentence
    call: str
    role: Role | None = None
    dangerous: bool = False
    changes_data: bool = False
    group: str = ""
    quiet: bool = False

    @property
    def scope(self) -> str:
        """The scope the action lives in."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """The id without its scope."""
        return self.id.partition(".")[2]

    def allows(self, role: Role | None) -> bool:
        """Whether a person of that role may do it; an unknown role may try, the storage decides."""
        return self.role is None or role is None or SENIORITY.index(role) >= SENIORITY.index(self.role)


def _action(
    action_id: str,
    keys: str,
    label: str,
    help_text: str,
    *,
    call: str = "",
    role: Role | None = None,
    dangerous: bool = False,
    changes: bool = False,
    group: str = "",
    quiet: bool = False,
) -> Action:
    """Make an action; `call` defaults to the id's name."""
    return Action(
        action_id,
        keys,
        label if isinstance(label, Sentence) else Sentence(label),
        help_text if isinstance(help_text, Sentence) else Sentence(help_text),
        call or action_id.partition(".")[2],
        role,
        dangerous,
        changes,
        group,
        quiet,
    )


def _numbered(scope: str, name: str, label: str, help_text: str) -> Iterator[Action]:
    """Make nine actions `scope.name_1` ... on the digits, shown as one entry."""
    for number in range(1, 10):
        yield _action(
            f"{scope}.{name}_{number}",
            str(number),
            Sentence(label, number=number),
            Sentence(help_text, number=number),
            call=f"{name}({number})",
            group=f"{scope}.{name}",
        )


GROUPS: Mapping[str, Sentence] = {
    "queue.view": Sentence(mark("Views")),
    "client.tab": Sentence(mark("Tabs")),
    "dialog.pick": Sentence(mark("Choose by number")),
}
"""The label of each group of numbered actions."""

_WRITER = Role.ENGINEER
_DISPATCH = Role.DISPATCHER

_TICKET_WORK: tuple[tuple[str, str, str, str, Role | None], ...] = (
    ("reply", "r,f6", mark("Reply"), mark("Write an answer the client sees."), None),
    ("note", "m", mark("Note"), mark("Write an internal note."), _WRITER),
    ("status", "s,f4", mark("Status"), mark("Change the status."), None),
    ("priority", "p", mark("Priority"), mark("Change the priority."), _DISPATCH),
    ("assign", "a,f3", mark("Assign"), mark("Choose who does the work."), _DISPATCH),
    ("log_time", "t,f8", mark("Log time"), mark("Log minutes worked and charged."), None),
    ("timer", "w", mark("Timer"), mark("Start or stop the work timer."), None),
    ("client_said", "v", mark("Client said"), mark("Write down what the client said, by phone for example."), _WRITER),
    ("arrive", "z", mark("Arrived"), mark("Note that somebody is at the client's."), None),
)
_ON_TICKETS = {
    "queue": ("reply", "note", "status", "priority", "assign", "log_time", "timer"),
    "ticket": ("reply", "note", "status", "priority", "assign", "log_time", "timer", "client_said", "arrive"),
    "my": ("note", "status", "log_time", "timer", "client_said", "arrive"),
}


def _ticket_work(scope: str) -> Iterator[Action]:
    """Make the actions on a ticket that `scope` offers, with the same keys everywhere."""
    for name, keys, label, help_text, role in _TICKET_WORK:
        if name in _ON_TICKETS[scope]:
            yield _action(f"{scope}.{name}", keys, label, help_text, role=role, changes=True)


def _all() -> Iterator[Action]:
    """Yield every action, in the order in which footer and help show them."""
    yield _action("queue.register", "n,f2", mark("New call"), mark("Register a call."), role=_WRITER, changes=True)
    yield from _ticket_work("queue")
    yield _action("queue.filter", "/,f7", mark("Filter"), mark("Type a filter for this view."))
    yield from _numbered("queue", "view", mark("View {number}"), mark("Show saved view {number}."))
    yield _action("queue.mark_all", "*", mark("Mark all"), mark("Mark every ticket of the filtered list."))
    yield _action("queue.clear_marks", "minus", mark("Unmark all"), mark("Take all marks away."))
    yield _action("queue.client", "i", mark("Client"), mark("Open the client card."), role=_WRITER)
    yield _action("queue.preview", "v", mark("Preview"), mark("Show or hide the preview."))
    yield _action("queue.board", "b,f9", mark("Board"), mark("Show the live board."), role=_WRITER)
    yield _action(
        "queue.recurring",
        "e",
        mark("Recurring"),
        mark("Show the recurring work: what is raised by itself, and when."),
        role=_DISPATCH,
    )
    yield _action("queue.sort", "o", mark("Sort"), mark("Choose the order of this view."))
    yield _action("queue.columns", "c", mark("Columns"), mark("Choose the columns of this view."))
    yield _action("queue.next_view", "]", mark("Next view"), mark("Show the next saved view."))
    yield _action("queue.previous_view", "[", mark("Previous view"), mark("Show the previous saved view."))
    yield _action("queue.save_view", "ctrl+s", mark("Save view"), mark("Keep filter, order and columns as a view."))

    yield _action(
        "register.save",
        "ctrl+s,f2",
        mark("Save"),
        mark("Register the call and go on to assigning."),
        role=_WRITER,
        changes=True,
    )
    yield _action("register.policy", "f4", mark("Policy"), mark("Choose what happens to work no contract pays for."))
    yield _action(
        "register.duplicates",
        "f6",
        mark("Open tickets"),
        mark("Look at open tickets on the same equipment, and its past ones."),
    )
    yield _action(
        "register.clear", "f9", mark("Start over"), mark("Empty the form; pressed again, bring back what stood there.")
    )

    yield from _on_one_ticket()

    yield _action(
        "client.register",
        "n,f2",
        mark("New call"),
        mark("Register a call of this client."),
        role=_WRITER,
        changes=True,
    )
    yield from _numbered("client", "tab", mark("Tab {number}"), mark("Show tab {number} of the card."))

    yield _action(
        "assign.choose",
        "f2",
        mark("Assign"),
        mark("Assign to the person under the cursor."),
        role=_DISPATCH,
        changes=True,
    )
    yield from _ticket_work("my")
    yield _action("my.resolve", "x,f9", mark("Resolve"), mark("Resolve the ticket."), changes=True)

    yield from _on_alerts()
    yield from _on_recurring_work()

    yield _action("explain.next_clock", "]", mark("Next clock"), mark("Explain the next clock."))
    yield _action("explain.previous_clock", "[", mark("Previous clock"), mark("Explain the clock before."))

    yield from _on_recorded_board()

    yield _action("dialog.send", "ctrl+s,f2", mark("Send"), mark("Send what is written."), changes=True)
    yield _action("dialog.yes", "y", mark("Yes"), mark("Do it."), changes=True)
    yield _action("dialog.no", "n", mark("No"), mark("Don't do it."))
    yield from _numbered("dialog", "pick", mark("Number {number}"), mark("Take choice {number}."))
    yield _action("dialog.cancel", "escape", mark("Back"), mark("Step back; what was typed is kept."))
    yield _action("dialog.help", "f1", mark("Help"), mark("Explain the keys of this question."), call="app.help")
    yield _action(
        "dialog.next_field",
        "tab",
        mark("Next field"),
        mark("Go to the next field."),
        call="app.focus_next",
        quiet=True,
    )
    yield _action(
        "dialog.previous_field",
        "shift+tab",
        mark("Previous field"),
        mark("Go to the previous field."),
        call="app.focus_previous",
        quiet=True,
    )

    yield from _app_actions()
    yield from _list_actions()
    yield from _text_actions()


def _on_one_ticket() -> Iterator[Action]:
    """Yield what the screen of one ticket offers."""
    yield from _ticket_work("ticket")
    yield _action(
        "ticket.explain",
        "x,f9",
        mark("Why due"),
        mark("Explain each clock: policy, target, what counted."),
        role=Role.ENGINEER,
    )
    yield _action(
        "ticket.checklist",
        "n",
        mark("Checklist"),
        mark("Tick points of the checklist off, or take that back."),
        changes=True,
    )
    yield _action("ticket.lines", "l", mark("Lines"), mark("Go to the services on this ticket."))
    yield _action(
        "ticket.equipment", "e", mark("Equipment"), mark("Go to the equipment and its past."), role=Role.ENGINEER
    )
    yield _action(
        "ticket.about",
        "o",
        mark("About"),
        mark("Change the unit, the service or the site of the work."),
        role=_WRITER,
        changes=True,
    )
    yield _action("ticket.client", "i", mark("Client"), mark("Open the client card."), role=_WRITER)
    yield _action("ticket.history", "h", mark("History"), mark("Go to what was changed, when and by whom."))
    yield _action("ticket.attach", "f", mark("Attach"), mark("Attach a file."), changes=True)
    yield _action(
        "ticket.due",
        "d",
        mark("Times"),
        mark("Set the due, the wished or the planned time."),
        role=_WRITER,
        changes=True,
    )
    yield _action(
        "ticket.policy",
        "c",
        mark("Policy"),
        mark("Choose what happens to work no contract pays for."),
        role=_DISPATCH,
        changes=True,
    )
    yield _action("ticket.times", "b", mark("Take back"), mark("Take back time that was logged."), changes=True)


def _on_alerts() -> Iterator[Action]:
    """Yield what the list of alerts offers."""
    yield _action(
        "alerts.acknowledge",
        "a,f2",
        mark("Acknowledge"),
        mark("Take note of the alerts; they ring no more."),
        changes=True,
    )
    yield _action("alerts.mute", "m", mark("Mute"), mark("Silence the alerts for a while."), changes=True)
    yield _action("alerts.show_all", "v", mark("All"), mark("Show all alerts there were, or only those that stand."))
    yield _action("alerts.mark_all", "*", mark("Mark all"), mark("Mark every open alert of the list."))
    yield _action("alerts.clear_marks", "minus", mark("Unmark all"), mark("Take all marks away."))


def _on_recurring_work() -> Iterator[Action]:
    """Yield what the list of recurring work and its form offer."""
    yield _action(
        "recurring.new", "n,f2", mark("New"), mark("Write down recurring work."), role=_DISPATCH, changes=True
    )
    yield _action(
        "recurring.pause",
        "p",
        mark("Rest"),
        mark("Let it rest: nothing is raised until it goes on; pressed again, let it go on."),
        role=_DISPATCH,
        changes=True,
    )
    yield _action("recurring.raised", "h", mark("What came"), mark("Show the tickets it raised, and what it left out."))
    yield _action(
        "template.save", "ctrl+s,f2", mark("Save"), mark("Save the recurring work."), role=_DISPATCH, changes=True
    )
    yield _action("template.dates", "f6", mark("Dates"), mark("Go to the next dates, and back to the field."))
    yield _action(
        "template.clear",
        "f9",
        mark("Start over"),
        mark("Put back what is saved, or an empty form; pressed again, bring back what stood there."),
    )


def _on_recorded_board() -> Iterator[Action]:
    """Yield how to move through a recorded board."""
    steps = (
        ("back", "left", "step(-1)", mark("Before"), mark("Go to what was shown before.")),
        ("forward", "right", "step(1)", mark("After"), mark("Go to what was shown after.")),
        ("minutes_back", "pageup", "minutes(-10)", mark("10 minutes back"), mark("Go ten minutes back.")),
        ("minutes_forward", "pagedown", "minutes(10)", mark("10 minutes on"), mark("Go ten minutes on.")),
        ("first", "home", "first", mark("Beginning"), mark("Go to where the recording begins.")),
        ("last", "end", "last", mark("End"), mark("Go to where the recording ends.")),
        ("time", "t,f7", "ask_time", mark("Time"), mark("Go to a time you type; a digit begins it.")),
    )
    for name, keys, call, label, help_text in steps:
        yield _action(f"replay.{name}", keys, label, help_text, call=call)


def _app_actions() -> Iterator[Action]:
    """Yield what works on every screen; the call says whether the app or its screen does it."""
    yield _action(
        "app.back",
        "escape",
        mark("Back"),
        mark("Step back one level; nothing typed is lost."),
        call="screen.back",
    )
    yield _action("app.help", "?,f1", mark("Help"), mark("Explain the keys that work here."))
    yield _action("app.palette", ":,ctrl+p", mark("Commands"), mark("Find an action by its name."))
    yield _action("app.undo", "u", mark("Undo"), mark("Take the last change back."), call="screen.undo", changes=True)
    yield _action("app.refresh", "f5", mark("Refresh"), mark("Read the desk again."), call="screen.refresh_data")
    yield _action(
        "app.copy",
        "y",
        mark("Copy"),
        mark("Copy what is under the cursor to your clipboard."),
        call="screen.copy",
    )
    yield _action("app.quit", "ctrl+q,q", mark("Quit"), mark("Leave; unsent text is kept."))
    yield _action("app.theme", "ctrl+t", mark("Theme"), mark("Choose the colours."))
    yield _action("app.language", "ctrl+l", mark("Language"), mark("Choose the language."))
    yield _action(
        "app.acknowledge_alert",
        "ctrl+g,f10",
        mark("Acknowledge"),
        mark("Take note of the alert in the line; it rings no more."),
        call="screen.acknowledge_alert",
        quiet=True,
    )
    yield _action("app.alerts", "!,ctrl+r", mark("Alerts"), mark("Show the alerts."), call="screen.alerts", quiet=True)
    yield _action("app.interrupt", "ctrl+c", mark("How to leave"), mark("Say how to leave."), quiet=True)
    yield _action(
        "app.next_field",
        "tab",
        mark("Next field"),
        mark("Go to the next field or pane."),
        call="app.focus_next",
        quiet=True,
    )
    yield _action(
        "app.previous_field",
        "shift+tab",
        mark("Previous field"),
        mark("Go to the previous field or pane."),
        call="app.focus_previous",
        quiet=True,
    )


def _list_actions() -> Iterator[Action]:
    """Yield what every list knows, with the methods of `widgets.line_list`."""
    yield _action("list.choose", "enter", mark("Go in"), mark("Open, or take, what is under the cursor."))
    yield _action("list.mark", "space", mark("Mark"), mark("Mark or unmark the row for a bulk change."))
    moves = (
        ("down", "down,j", "move(1)", mark("Down"), mark("Go down one row.")),
        ("up", "up,k", "move(-1)", mark("Up"), mark("Go up one row.")),
        ("page_down", "pagedown", "page(1)", mark("Page down"), mark("Go down one page.")),
        ("page_up", "pageup", "page(-1)", mark("Page up"), mark("Go up one page.")),
        ("first", "home,g", "first", mark("First row"), mark("Go to the first row.")),
        ("last", "end,G", "last", mark("Last row"), mark("Go to the last row.")),
    )
    for name, keys, call, label, help_text in moves:
        yield _action(f"list.{name}", keys, label, help_text, call=call, quiet=True)


def _text_actions() -> Iterator[Action]:
    """Yield the editing keys; `screens.fields` gives them the method names of one line and of many."""
    edits = (
        ("left", "left", mark("Character left"), mark("Go left one character.")),
        ("right", "right", mark("Character right"), mark("Go right one character.")),
        ("up", "up", mark("Line up"), mark("Go up one line.")),
        ("down", "down", mark("Line down"), mark("Go down one line.")),
        ("page_up", "pageup", mark("Text page up"), mark("Go up one page of text.")),
        ("page_down", "pagedown", mark("Text page down"), mark("Go down one page of text.")),
        ("word_left", "ctrl+left", mark("Word left"), mark("Go left one word.")),
        ("word_right", "ctrl+right", mark("Word right"), mark("Go right one word.")),
        ("start", "home,ctrl+a", mark("Line start"), mark("Go to the start of the line.")),
        ("end", "end,ctrl+e", mark("Line end"), mark("Go to the end of the line.")),
        ("select_left", "shift+left", mark("Select left"), mark("Select one character to the left.")),
        ("select_right", "shift+right", mark("Select right"), mark("Select one character to the right.")),
        ("select_all", "ctrl+shift+a,f12", mark("Select all"), mark("Select the whole text.")),
        ("erase_left", "backspace", mark("Erase left"), mark("Erase the character to the left.")),
        ("erase_right", "delete,ctrl+d", mark("Erase right"), mark("Erase the character to the right.")),
        ("erase_word", "ctrl+w", mark("Erase word"), mark("Erase the word to the left.")),
        ("erase_to_start", "ctrl+u", mark("Erase to start"), mark("Erase to the start of the line.")),
        ("erase_to_end", "ctrl+k", mark("Erase to end"), mark("Erase to the end of the line.")),
        ("cut", "ctrl+x", mark("Cut"), mark("Cut the selection.")),
        ("copy", "ctrl+c", mark("Copy selection"), mark("Copy the selection.")),
        ("paste", "ctrl+v", mark("Paste"), mark("Paste what was cut or copied here.")),
        ("undo", "ctrl+z", mark("Undo typing"), mark("Take the last edit back.")),
        ("redo", "ctrl+y", mark("Redo typing"), mark("Do the edit again.")),
        ("submit", "enter", mark("Accept line"), mark("Take the line as it is.")),
    )
    for name, keys, label, help_text in edits:
        yield _action(f"text.{name}", keys, label, help_text, quiet=name != "submit")


ACTIONS: Mapping[str, Action] = {action.id: action for action in _all()}
"""Every action of the console by its id."""


def actions_of(scope: str) -> tuple[Action, ...]:
    """The actions of one scope, in their order."""
    return tuple(action for action in ACTIONS.values() if action.scope == scope)


def bindings_for(
    scope: str, *, only: Iterable[str] | None = None, calls: Mapping[str, str] | None = None
) -> list[Binding]:
    """The Textual bindings of a scope, each with its id, layout twins, label and tooltip.

    `only` keeps the actions of those names; `calls` gives a widget's own method for an action's name, and
    keeps only what it names.
    """
    from textual.binding import Binding

    chosen = calls.keys() if calls is not None else (set(only) if only is not None else None)
    return [
        Binding(
            key=joined(expanded(action.keys)),
            action=calls[action.name] if calls is not None else action.call,
            description=str(action.label),
            show=not action.quiet,
            tooltip=str(action.help),
            id=action.id,
        )
        for action in actions_of(scope)
        if chosen is None or action.name in chosen
    ]


def keys_table() -> str:
    """All actions as docs/keys.md: a Markdown table for each scope, written from the registry."""
    lines = [
        "# Keys",
        "",
        "Every letter also works on the ЙЦУКЕН layout (`a` is `ф`). The ids are for `keymap.toml`.",
        "This page is written from the registry (`deskconsole.screens.actions.keys_table`).",
    ]
    for scope, heading in SCOPES.items():
        lines += ["", f"## {heading}", "", "| keys | id | what it does |", "|---|---|---|"]
        for action in actions_of(scope):
            keys = " ".join(f"`{shown(key)}`" for key in split(action.keys))
            lines.append(f"| {keys} | `{action.id}` | {action.help} |")
    return "\n".join(lines) + "\n"
