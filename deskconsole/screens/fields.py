"""Text fields whose keys come from the registry and whose cursor does not blink (3 kB/s over SSH)."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import Input, OptionList, TextArea

from deskconsole.screens.actions import bindings_for

_LINE_CALLS = {
    "left": "cursor_left",
    "right": "cursor_right",
    "word_left": "cursor_left_word",
    "word_right": "cursor_right_word",
    "start": "home",
    "end": "end",
    "select_left": "cursor_left(True)",
    "select_right": "cursor_right(True)",
    "select_all": "select_all",
    "erase_left": "delete_left",
    "erase_right": "delete_right",
    "erase_word": "delete_left_word",
    "erase_to_start": "delete_left_all",
    "erase_to_end": "delete_right_all",
    "cut": "cut",
    "copy": "copy",
    "paste": "paste",
    "submit": "submit",
}
_BOX_CALLS = {
    "left": "cursor_left",
    "right": "cursor_right",
    "up": "cursor_up",
    "down": "cursor_down",
    "page_up": "cursor_page_up",
    "page_down": "cursor_page_down",
    "word_left": "cursor_word_left",
    "word_right": "cursor_word_right",
    "start": "cursor_line_start",
    "end": "cursor_line_end",
    "select_left": "cursor_left(True)",
    "select_right": "cursor_right(True)",
    "select_all": "select_all",
    "erase_left": "delete_left",
    "erase_right": "delete_right",
    "erase_word": "delete_word_left",
    "erase_to_start": "delete_to_start_of_line",
    "erase_to_end": "delete_to_end_of_line_or_delete_line",
    "cut": "cut",
    "copy": "copy",
    "paste": "paste",
    "undo": "undo",
    "redo": "redo",
}
LIST_CALLS = {
    "up": "cursor_up",
    "down": "cursor_down",
    "page_up": "page_up",
    "page_down": "page_down",
    "first": "first",
    "last": "last",
}


class TextLine(Input, inherit_bindings=False):
    """One line of text; `passes` are characters it leaves to the screen's keys while it is empty."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("text", calls=_LINE_CALLS)]

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        passes: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(value, placeholder, select_on_focus=False, id=id, classes=classes)
        self.cursor_blink = False
        self.passes = passes

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is typed text."""
        return super().check_consume_key(key, character) and not self._is_passed(character)

    def on_key(self, event: events.Key) -> None:
        """Leave the passed characters to the bindings of the screen."""
        if self._is_passed(event.character):
            event.prevent_default()

    def _is_passed(self, character: str | None) -> bool:
        return bool(character) and not self.value and character in (self.passes or ())


class TextBox(TextArea, inherit_bindings=False):
    """Many lines of text."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("text", calls=_BOX_CALLS)]

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(text, id=id, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False


class OptionRows(OptionList, inherit_bindings=False):
    """A short list of options, moved in by the registry's list keys; the screen decides what Enter does."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("list", calls=LIST_CALLS)]
