"""A console on a real terminal with a note being written: `python -m tests.terminal.typist FOLDER [WHAT]`.

WHAT: `hung-up-ignored` starts with SIGHUP ignored, as under nohup; `stuck` blocks the loop; `crash` fails while open.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Static

from deskconsole.app import run_console
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.dialogs import Compose
from deskconsole.screens.footer import KeyLine
from tests.console.shell import console


class Desk(DeskScreen[None]):
    SCOPE = "ticket"
    what = ""

    def compose(self) -> ComposeResult:
        yield Static("the desk is open")
        yield KeyLine()

    def action_note(self) -> None:
        self.app.push_screen(Compose("Note", str, drafts=self.shell.drafts, form="note:7"))

    def action_status(self) -> None:
        password_of_the_client = "s3cr" + "3t"
        raise ZeroDivisionError(len(password_of_the_client))

    def action_priority(self) -> None:
        self.shell.drafts.keep("note:8", {"text": "stuck"})
        threading.Event().wait()


def main() -> int:
    if "hung-up-ignored" in sys.argv:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return run_console(console(Path(sys.argv[1]), screen=Desk))


if __name__ == "__main__":
    sys.exit(main())
