"""The questions screens ask: yes or no, one of several, one line, a text. The keyboard is enough for each.

What fails is said in the dialog in one sentence, and what was typed stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ScreenResultType
from textual.types import CSSPathType
from textual.widgets import Button, Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option as Row

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import fold, layout_twins
from deskconsole.drafts import DraftBox
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskDialog
from deskconsole.screens.fields import LIST_CALLS, OptionRows, TextBox, TextLine
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.text_block import plain

Value = TypeVar("Value")
Result = TypeVar("Result")

ALWAYS = ("cancel", "help", "next_field", "previous_field")
EFFECTS_SHOWN = 10


class Saved(Done[Any]):
    """What the dialog was for is done."""


class Question(DeskDialog[ScreenResultType]):
    """A box with a title, a body, a line for what went wrong, and its keys."""

    CSS_PATH: ClassVar[CSSPathType | None] = "dialogs.tcss"

    def __init__(self, title: str) -> None:
        super().__init__()
        self.question = title

    def compose(self) -> ComposeResult:
        """Put the body between title and problem."""
        with Vertical(id="box"):
            yield Static(plain(say(self.question)), id="title")
            yield from self.body()
            yield Static(id="problem")
            yield KeyLine()

    def body(self) -> ComposeResult:
        """What stands between the title and the keys."""
        yield from ()

    def why_not(self, action_id: str) -> Sentence | None:
        """Nothing can be done twice, or be left alone, while it is being saved."""
        if self.is_working():
            return Sentence(mark("Wait a moment: it is being saved."))
        return super().why_not(action_id)

    def save(self, function: Callable[[], object]) -> None:
        """Do the storage work of this dialog in a thread; it closes when that went well."""
        if self.work(function, Saved, overlap=Overlap.DROP):
            self.say_problem(_("Saving..."), calm=True)

    def say_problem(self, sentence: str, *, calm: bool = False) -> None:
        """Show one sentence under the body."""
        line = self.query_one("#problem", Static)
        line.set_class(calm, "-calm")
        line.update(plain(say(sentence)))

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self.say_problem(event.sentence)

    @on(Saved)
    def _saved(self, event: Saved) -> None:
        event.stop()
        self.finish(event.result)

    def finish(self, result: Any) -> None:
        """Close with the result of the work."""
        self.dismiss(result)


class Confirm(Question[bool]):
    """Asks before what can't be undone: Cancel has the focus, `effects` lists what will happen.

    `asked_by` is the action that asks: where its key is also the key of Yes, that key does not answer.
    """

    OFFERS = (*ALWAYS, "yes", "no")

    def __init__(self, title: str, effects: Sequence[str] = (), *, yes: str = "", asked_by: str = "") -> None:
        super().__init__(title)
        self.effects = effects
        self.yes_label = yes
        self.asked_by = asked_by

    def body(self) -> ComposeResult:
        """The effects, then Cancel and Yes."""
        with VerticalScroll(id="effects", can_focus=False):
            for effect in self.effects[:EFFECTS_SHOWN]:
                yield Static(plain(f"- {say(effect)}", multiline=False))
            if (rest := len(self.effects) - EFFECTS_SHOWN) > 0:
                yield Static(plain(_("- and {count} more").format(count=rest)))
        with Horizontal(id="answers"):
            yield Button(Content(_("Cancel")), id="cancel")
            yield Button(Content(say(self.yes_label) if self.yes_label else _("Yes")), id="yes")

    def on_mount(self) -> None:
        """Let Enter mean no."""
        self.query_one("#cancel", Button).focus()

    def why_not(self, action_id: str) -> Sentence | None:
        """The key that asked is not the key that answers."""
        shell = self.shell
        if action_id == "dialog.yes" and self.asked_by:
            same = set(shell.keys_of(self.asked_by)) & set(shell.keys_of("dialog.yes"))
            if same:
                return Sentence(mark("Choose Yes with Tab and Enter."))
        return super().why_not(action_id)

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def action_no(self) -> None:
        """Don't."""
        self.dismiss(False)

    def action_cancel(self) -> None:
        """Step back: that is a no."""
        self.dismiss(False)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")


@dataclass(frozen=True)
class Option(Generic[Value]):
    """One choice: what it gives, what it says, a dim hint, and why it can't be taken now."""

    value: Value
    label: str
    hint: str = ""
    why_not: str = ""


class Choice(Question[Value]):
    """Choose one of `options`: type to narrow (on either layout), digits while nothing is typed, Enter.

    Closes with the option's value, after `save(value)` went well where there is one.
    """

    LIST_CALLS: ClassVar[Mapping[str, str]] = {**LIST_CALLS, "choose": "choose"}
    OFFERS = (*ALWAYS, *(f"pick_{number}" for number in range(1, 10)))

    def __init__(
        self,
        title: str,
        options: Sequence[Option[Value]],
        *,
        save: Callable[[Value], object] | None = None,
        numbered: bool = True,
    ) -> None:
        super().__init__(title)
        self.options = options
        self.shown: list[Option[Value]] = list(options)
        self.numbered = numbered
        self._save = save
        self._chosen: Option[Value] | None = None

    def body(self) -> ComposeResult:
        """The narrowing line over the list."""
        yield TextLine(placeholder=_("Type to narrow"), passes="123456789" if self.numbered else "", id="narrow")
        yield OptionRows(id="options")

    def on_mount(self) -> None:
        """Show everything."""
        self.query_one(OptionRows).can_focus = False
        self.query_one("#narrow", TextLine).focus()
        self._show()

    def _show(self) -> None:
        rows = self.query_one(OptionRows)
        rows.clear_options()
        rows.add_options([Row(self._prompt(place, option)) for place, option in enumerate(self.shown, 1)])
        if self.shown:
            rows.highlighted = 0
        self.say_problem("" if self.shown else _("Nothing like that. Erase something."), calm=True)

    def _prompt(self, place: int, option: Option[Value]) -> Content:
        number = f"{place} " if self.numbered and place <= 9 else "  "
        hint = say(option.why_not) if option.why_not else say(option.hint)
        look = "dim" if option.why_not else ""
        return Content.assemble(
            (number, "bold"), (str(plain(say(option.label), multiline=False)), look),
            (f"  {plain(hint, multiline=False)}" if hint else "", "dim"),
        )  # fmt: skip

    @on(Input.Changed, "#narrow")
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self.shown = narrowed(self.options, event.value)
        self._show()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_choose()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option_index)

    def action_choose(self) -> None:
        """Take the option under the cursor."""
        place = self.query_one(OptionRows).highlighted
        if place is not None:
            self._take(place)

    def action_pick(self, number: int) -> None:
        """Take an option by its number."""
        if number <= len(self.shown):
            self._take(number - 1)

    def _take(self, place: int) -> None:
        option = self.shown[place]
        if self.is_working():
            return
        if option.why_not:
            self.say_problem(option.why_not)
        elif self._save is None:
            self.dismiss(option.value)
        else:
            self._chosen, do = option, self._save
            self.save(lambda: do(option.value))

    def finish(self, result: Any) -> None:
        """Close with the value that was chosen."""
        assert self._chosen is not None
        self.dismiss(self._chosen.value)

    def action_cursor_up(self) -> None:
        """Go up one option."""
        self.query_one(OptionRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        """Go down one option."""
        self.query_one(OptionRows).action_cursor_down()

    def action_page_up(self) -> None:
        """Go up one page."""
        self.query_one(OptionRows).action_page_up()  # type: ignore[no-untyped-call]  # Textual's

    def action_page_down(self) -> None:
        """Go down one page."""
        self.query_one(OptionRows).action_page_down()  # type: ignore[no-untyped-call]  # Textual's

    def action_first(self) -> None:
        """Go to the first option."""
        self.query_one(OptionRows).action_first()

    def action_last(self) -> None:
        """Go to the last option."""
        self.query_one(OptionRows).action_last()


class Ask(Question[Result]):
    """Ask for one line; closes with what `save(text)` gives, run in a thread; it may refuse."""

    OFFERS = (*ALWAYS, "send")
    WRITES = True

    def __init__(self, title: str, save: Callable[[str], Result], *, value: str = "", hint: str = "") -> None:
        super().__init__(title)
        self._save = save
        self.value = value
        self.hint = hint

    def body(self) -> ComposeResult:
        """The line."""
        yield TextLine(self.value, placeholder=say(self.hint), id="line")

    @on(Input.Submitted, "#line")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    def action_send(self) -> None:
        """Take the line."""
        text, do = self.query_one("#line", TextLine).value, self._save
        self.save(lambda: do(text))


class Compose(Question[Result]):
    """Write a text; kept as a draft of `form` while it is typed, and after Esc, until it is saved."""

    OFFERS = (*ALWAYS, "send")
    WRITES = True

    def __init__(
        self, title: str, save: Callable[[str], Result], *, drafts: DraftBox, form: str, text: str = ""
    ) -> None:
        super().__init__(title)
        self._save = save
        self.drafts = drafts
        self.form = form
        self.text = drafts.kept(form).get("text", "") or text

    def body(self) -> ComposeResult:
        """The text."""
        yield TextBox(self.text, id="text")

    def on_mount(self) -> None:
        """Go on where the text ends."""
        box = self.query_one(TextBox)
        box.move_cursor(box.document.end)
        box.focus()

    @on(TextArea.Changed)
    def _keep(self, event: TextArea.Changed) -> None:
        event.stop()
        self.drafts.keep(self.form, {"text": event.text_area.text})

    def action_send(self) -> None:
        """Send the text."""
        text, do = self.query_one(TextBox).text, self._save
        if not text.strip():
            self.say_problem(_("Write something first, or step back with Esc."))
            return
        self.save(lambda: do(text))

    def finish(self, result: Any) -> None:
        """Forget the draft: it is saved."""
        self.drafts.discard(self.form)
        self.dismiss(result)


def narrowed(options: Sequence[Option[Value]], typed: str) -> list[Option[Value]]:
    """The options in which every word typed stands, in one of its readings on the two keyboard layouts."""
    readings = [fold(reading).split() for reading in layout_twins(typed)]
    return [option for option in options if _is_like(option, readings)]


def _is_like(option: Option[Any], readings: Sequence[Sequence[str]]) -> bool:
    """Whether every word typed, in one of its readings, stands in the option."""
    words = fold(f"{say(option.label)} {say(option.hint)}")
    return any(all(word in words for word in reading) for reading in readings)
