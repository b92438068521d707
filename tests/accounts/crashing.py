"""The program, whose first screen fails while a password is known: `python -m tests.accounts.crashing WORDS...`."""

from __future__ import annotations

import sys

from deskconsole.cli import main
from deskconsole.data.passwords import wallet
from deskconsole.screens.queue import QueueScreen


def crash(_screen: QueueScreen) -> None:
    """Fail with the password in a local variable, in the error's words and in what caused it."""
    (found,) = wallet._known.values()
    password = found.secret.reveal()
    try:
        int(f"password={password}")
    except ValueError as error:
        raise RuntimeError(f"could not use {password}") from error


QueueScreen.on_mount = crash  # type: ignore[method-assign, assignment] # what is tried here
sys.exit(main())
