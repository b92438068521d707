"""A line of a form that is chosen from a list: type to narrow, Enter takes, the list lies over what is below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.widgets.option_list import Option as Row

from deskconsole.domain.text import clean, identifier_key
from deskconsole.i18n import say
from deskconsole.screens.dialogs import Option, narrowed
from deskconsole.screens.fields import OptionRows, TextLine
from deskconsole.widgets.text_block import plain

Value = TypeVar("Value")
MOST_ROWS = 200
"""Options shown at once; typing narrows the rest."""
SHORTEST_NUMBER = 2


class PickList(OptionRows):
    """The list of a pick; it never takes the focus."""

    can_focus = False


class Pick(Vertical, Generic[Value]):
    """One labelled line and its list.

    With `searched` the screen gives the options for what is typed (`Typed`, then `offer`), else the field
    narrows its own. With `free` a text that is not taken from the list may stand.
    """

    class PickMessage(Message):
        """Something a pick says to its screen."""

        def __init__(self, pick: Pick[Any]) -> None:
            super().__init__()
            self.pick = pick

        @property
        def control(self) -> Pick[Any]:
            """The pick that speaks, for `@on(..., selector)`."""
            return self.pick

    class Typed(PickMessage):
        """A person changed the text; what was taken is not any more."""

    class Taken(PickMessage):
        """A person took an option; `go_on` when the next field is wanted."""

        def __init__(self, pick: Pick[Any], *, go_on: bool) -> None:
            super().__init__(pick)
            self.go_on = go_on

    class Passed(PickMessage):
        """Enter, with nothing to take."""

    def __init__(
        self,
        label: str,
        *,
        id: str,  # noqa: A002 - Textual's name
        options: Sequence[Option[Value]] = (),
        placeholder: str = "",
        searched: bool = False,
        free: bool = False,
    ) -> None:
        super().__init__(id=id, classes="field")
        self.label = label
        self.placeholder = placeholder
        self.searched = searched
        self.free = free
        self.options = tuple(options)
        self.shown: list[Option[Value]] = []
        self.taken: Option[Value] | None = None

    def compose(self) -> ComposeResult:
        """The label and the line, and under them the list."""
        with Horizontal(classes="line"):
            yield Static(plain(self.label), classes="label")
            yield TextLine(placeholder=self.placeholder)
        yield PickList()

    # --- what the screen reads and sets ---------------------------------------------------------------------

    @property
    def line(self) -> TextLine:
        """The text line."""
        return self.query_one(TextLine)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.line.value

    @property
    def value(self) -> Value | None:
        """What was taken from the list."""
        return self.taken.value if self.taken else None

    @property
    def is_open(self) -> bool:
        """Whether the list is shown."""
        return bool(self.query_one(PickList).display)

    @property
    def is_undecided(self) -> bool:
        """Whether a text stands in the line that means nothing yet."""
        return not self.free and self.taken is None and bool(self.text.strip())

    def set_options(self, options: Sequence[Option[Value]]) -> None:
        """Take other options; what was taken stays if it is among them."""
        self.options = tuple(options)
        if self.taken is not None and not self.searched:
            self.put(self.taken.value)

    def put(self, value: Value | None, text: str = "") -> None:
        """Take the option with that value, or none: then `text` stands in the line."""
        option = None if value is None else next((one for one in self.options if one.value == value), None)
        self.show(option, text)

    def show(self, option: Option[Value] | None, text: str = "") -> None:
        """Show an option as taken, or a text."""
        self.taken = option
        shown = clean(say(option.label)).strip() if option is not None else text
        line = self.line
        if line.value != shown:
            with line.prevent(Input.Changed):
                line.value = shown
            line.cursor_position = len(shown)
        self.close()

    def offer(self, options: Sequence[Option[Value]]) -> None:
        """Show what was found for what is typed; nothing closes the list."""
        self.options = tuple(options)
        self._list(list(options), 0)

    def open(self) -> None:
        """Show all options, the taken one under the cursor."""
        place = next((place for place, one in enumerate(self.options) if self.taken and one == self.taken), 0)
        self._list(list(self.options), place)

    def like(self, typed: str) -> list[Option[Value]]:
        """The options like `typed`: by words on either layout, or by a number however its letters are typed."""
        number = identifier_key(typed)
        found = narrowed(self.options, typed)
        if len(number) < SHORTEST_NUMBER:
            return found
        taken = {id(option) for option in found}
        return [
            option
            for option in self.options
            if id(option) in taken or number in identifier_key(f"{say(option.label)} {say(option.hint)}")
        ]

    def narrow(self) -> None:
        """Show the options like what is typed."""
        self._list(self.like(self.text), 0)

    def close(self) -> None:
        """Put the list away."""
        self.query_one(PickList).display = False
        self.shown = []

    def go(self) -> None:
        """Put the focus here."""
        self.screen.set_focus(self.line)

    # --- keys -----------------------------------------------------------------------------------------------

    def move(self, rows: int) -> None:
        """Move in the list; open it first if need be."""
        if not self.is_open:
            self.open()
            return
        rows_shown = self.query_one(PickList)
        if self.shown:
            place = (rows_shown.highlighted or 0) + rows
            rows_shown.highlighted = max(0, min(place, len(self.shown) - 1))

    @property
    def under_cursor(self) -> Option[Value] | None:
        """The option under the cursor of the open list."""
        place = self.query_one(PickList).highlighted
        return self.shown[place] if self.is_open and place is not None and place < len(self.shown) else None

    def take(self, *, go_on: bool) -> bool:
        """Take what is under the cursor of the list; False when there is nothing."""
        option = self.under_cursor
        if option is None:
            return False
        self.show(option)
        self.post_message(self.Taken(self, go_on=go_on))
        return True

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.taken = None
        if self.searched or not event.value.strip():
            self.close()
        else:
            self.narrow()
        self.post_message(self.Typed(self))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.take(go_on=True):
            self.post_message(self.Passed(self))

    @on(events.DescendantFocus)
    def _entered(self) -> None:
        """Let the first key replace what was taken."""
        if self.taken is not None:
            self.line.action_select_all()

    @on(events.DescendantBlur)
    def _left(self) -> None:
        """Take what the typed text was narrowed to; a caller is never taken by merely leaving."""
        if self.is_open and self.text.strip() and self.taken is None and not (self.searched or self.free):
            self.take(go_on=False)
        self.close()

    @on(OptionRows.OptionSelected)
    def _clicked(self, event: OptionRows.OptionSelected) -> None:
        event.stop()
        self.query_one(PickList).highlighted = event.option_index
        self.take(go_on=True)

    def _list(self, shown: list[Option[Value]], place: int) -> None:
        self.shown = shown[:MOST_ROWS]
        rows = self.query_one(PickList)
        rows.clear_options()
        rows.add_options([Row(_prompt(option)) for option in self.shown])
        rows.display = bool(self.shown) and self.screen.focused is self.line
        rows.highlighted = min(place, len(self.shown) - 1) if self.shown else None


def _prompt(option: Option[Any]) -> Content:
    hint = clean(say(option.hint))
    return Content.assemble(clean(say(option.label)), (f"  {hint}" if hint else "", "dim"))
