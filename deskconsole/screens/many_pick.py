"""A line of a form that takes several from a list: Enter adds what is under the cursor, or takes it out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from textual import events, on

from deskconsole.i18n import _
from deskconsole.screens.dialogs import Option
from deskconsole.screens.pick_field import Pick

Value = TypeVar("Value")
Chosen = tuple[Value, ...]


def toggled(chosen: Chosen[Any], value: Any) -> Chosen[Any]:
    """The chosen ones with another, or without it if it was chosen."""
    return tuple(one for one in chosen if one != value) if value in chosen else (*chosen, value)


class ManyPick(Pick[Value]):
    """`words` say what is chosen; `combine(chosen, taken)` is what is chosen once an option was taken."""

    def __init__(
        self,
        label: str,
        *,
        id: str,  # noqa: A002 - Textual's name
        words: Callable[[Chosen[Value]], str],
        combine: Callable[[Chosen[Value], Value], Chosen[Value]] = toggled,
        placeholder: str = "",
    ) -> None:
        super().__init__(label, id=id, placeholder=placeholder)
        self.chosen: Chosen[Value] = ()
        self._words = words
        self._combine = combine

    def choose(self, chosen: Sequence[Value]) -> None:
        """Choose exactly these."""
        self.chosen = tuple(chosen)
        self._say()

    def set_options(self, options: Sequence[Option[Value]]) -> None:
        """Take other options; what is chosen stays."""
        self.options = tuple(options)
        if not self.is_undecided:
            self._say()

    def take(self, *, go_on: bool) -> bool:
        """Add what is under the cursor, or take it out; merely leaving never takes out."""
        option = self.under_cursor
        if option is None:
            return False
        if go_on or option.value not in self.chosen:
            self.chosen = self._combine(self.chosen, option.value)
        self._say()
        self.line.action_select_all()  # the next letters look for another one
        self.post_message(self.Taken(self, go_on=False))
        return True

    def _say(self) -> None:
        words = self._words(self.chosen) if self.chosen else ""
        self.show(Option(self.chosen[0], words) if words else None)

    def _list(self, shown: list[Option[Value]], place: int) -> None:
        super()._list([replace(one, hint=self._hint(one)) for one in shown], place)

    def _hint(self, option: Option[Value]) -> str:
        return f"+ {_('chosen')}  {option.hint}" if option.value in self.chosen else option.hint

    @on(events.DescendantBlur)
    def _emptied(self) -> None:
        """An emptied line takes nothing out."""
        if not self.text.strip():
            self._say()
