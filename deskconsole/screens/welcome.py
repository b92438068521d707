"""The first run: a greeting, and three ways to begin: a demo desk, an import, an empty desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.dialogs import Ask, Choice, Option
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.text_block import plain

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Beginnings:
    """The ways to begin, each run in a thread, telling how far it is; each returns what came of it in words."""

    demo: Callable[[Progress], str]
    empty: Callable[[], str]
    import_file: Callable[[str, Path, Progress], str]  # what, file


class Ready(Done[str]):
    """A desk is there; the text says what was done."""


class Told(Message):
    """How far it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Welcome(DeskScreen[None]):
    """Greets, asks how to begin, makes the desk, and hands over."""

    DEFAULT_CSS = """
    Welcome #welcome { width: 100%; height: 1fr; content-align: center middle; text-align: center; }
    """

    def __init__(self, location: str, beginnings: Beginnings, begin: Callable[[], None]) -> None:
        super().__init__()
        self._location = location
        self._beginnings = beginnings
        self._begin = begin

    def compose(self) -> ComposeResult:
        """The greeting and the keys."""
        yield Static(plain(self._greeting()), id="welcome")
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask at once."""
        self.call_after_refresh(self._ask)

    def _greeting(self) -> str:
        return _(
            "deskconsole\n\nAt the moment of the call: what is covered, what is paid,\n"
            "how many hours are left, and who should go.\n\nThere is no desk yet at {location}"
        ).format(location=self._location)

    def _ask(self) -> None:
        options = [
            Option("demo", _("Demo desk"), hint=_("a believable service company to try everything on")),
            Option("import", _("Import"), hint=_("your clients, equipment, contracts or tickets from a file")),
            Option("empty", _("Empty desk"), hint=_("start from nothing")),
        ]
        self.app.push_screen(Choice(_("How do you want to begin?"), options), self._chosen)

    def _chosen(self, way: str | None) -> None:
        if way == "demo":
            self._show(_("Making the demo desk..."))
            self.work(lambda: self._beginnings.demo(self._tell), Ready)
        elif way == "empty":
            self.work(self._beginnings.empty, Ready)
        elif way == "import":
            self._ask_what()
        else:
            self._show(f"{self._greeting()}\n\n{_('F5 asks again, Ctrl+Q leaves.')}")

    def why_not(self, action_id: str) -> Sentence | None:
        """Nothing is asked while a desk is being made."""
        if action_id == "app.refresh" and self.is_working():
            return Sentence(mark("Wait a moment: it is being saved."))
        return super().why_not(action_id)

    def action_refresh_data(self) -> None:
        """Ask again."""
        self._ask()

    def _ask_what(self) -> None:
        options = [
            Option("clients", _("Clients")),
            Option("equipment", _("Equipment")),
            Option("contracts", _("Contracts")),
            Option("tickets", _("Tickets of a ServiceNow audit log")),
        ]
        self.app.push_screen(Choice(_("What is in the file?"), options), self._ask_file)

    def _ask_file(self, what: str | None) -> None:
        if what is None:
            self._ask()
            return
        self.app.push_screen(
            Ask(_("Path of the CSV or XLSX file"), Path, hint=_("docs/import.md says which columns")),
            partial(self._import, what),
        )

    def _import(self, what: str, file: Path | None) -> None:
        if file is None:
            self._ask()
            return
        self._show(_("Importing {file}...").format(file=file))
        self.work(lambda: self._beginnings.import_file(what, file.expanduser(), self._tell), Ready)

    def _tell(self, text: str) -> None:
        """Say how far it is; called in the working thread."""
        self.post_message(Told(text))

    def _show(self, text: str) -> None:
        self.query_one("#welcome", Static).update(plain(text))

    @on(Told)
    def _told(self, event: Told) -> None:
        self._show(event.text)

    @on(Ready)
    def _ready(self, event: Ready) -> None:
        if event.result:
            self.app.notify(event.result, timeout=15)
        self._begin()

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        """Say why, and ask again: nothing was made, or what was made is whole."""
        self._show(self._greeting())
        self.app.notify(say(event.sentence), severity="error", timeout=15)
        self._ask()
