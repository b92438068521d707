"""One run of the command line: the language first, then the command; every end is a sentence and an exit code."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import suppress
from typing import TextIO

from deskconsole.cli.front import VALUES, console_asked, open_console, password_seen
from deskconsole.cli.output import words
from deskconsole.crash import write_crash_report
from deskconsole.domain.errors import DeskError, InDoubt, InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import holds_password
from deskconsole.i18n import LANGUAGES, _, language_of_environment, say, use_language

UNEXPECTED = 1
INTERRUPTED = 128 + signal.SIGINT
PIPE_CLOSED = 128 + signal.SIGPIPE
_ADDRESS = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)


def run(argv: list[str]) -> int:
    """Run `argv` (without the program's name); never raises, never shows a traceback."""
    _never_fail_to_encode(sys.stdout)
    try:
        use_language(chosen_language(argv))
        _refuse_passwords(argv)
        asked = console_asked(argv)
        code = open_console(*asked) if asked else _run_command(argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except DeskError as error:
        words(say(error.sentence))
        if isinstance(error, InDoubt) and error.key is not None:
            words(_("Its key: --key {key}").format(key=error.key))
        return error.exit_code
    except Exception as error:  # the last door: whatever it is, the person gets a sentence
        return _explain_unexpected(error)
    return code


def chosen_language(argv: list[str]) -> str:
    """`--lang` before the command, else the settings' language, else the environment's.

    Broken settings say nothing here: what needs them complains, and `--help` and `doctor` don't.

    Raises:
        InvalidInput: `--lang` names no language of ours.
    """
    if (asked := _value_of("--lang", argv)) is not None:
        if asked in LANGUAGES:
            return asked
        choices = ", ".join(LANGUAGES)
        raise InvalidInput(mark("There is no language {name}; there is {choices}."), name=asked[:40], choices=choices)
    from deskconsole.config import folders, load_settings

    with suppress(DeskError):
        if wanted := load_settings(folders().settings_file).language:
            return wanted
    return language_of_environment()


def _refuse_passwords(argv: list[str]) -> None:
    """Go no further with a password on the command line: any sentence might repeat it.

    Raises:
        InvalidInput: there is one.
    """
    if any(_shows_password(word) for word in argv):
        raise password_seen()


def _shows_password(word: str) -> bool:
    """Whether a desk's address with a password in it stands in a word, wherever it was put."""
    found = _ADDRESS.search(word)
    return found is not None and holds_password(word[found.start() :])


def _value_of(option: str, argv: list[str]) -> str | None:
    """The value of an option that stands before the command, read before the options are built."""
    waiting = ""
    for word in argv:
        if waiting:
            if waiting == option:
                return word
            waiting = ""
        elif word in VALUES:
            waiting = word
        elif word.startswith(f"{option}="):
            return word.partition("=")[2]
        elif not word.startswith("-"):
            return None
    return None


def _run_command(argv: list[str]) -> int:
    """Run the command tree's parts and not its `main`, which ends the process by itself on a closed pipe."""
    from typer.exceptions import Exit, TyperException

    from deskconsole.cli.app import command
    from deskconsole.cli.usage import explained

    tree = command()
    try:
        with tree.make_context("deskconsole", argv) as ctx:
            result = tree.invoke(ctx)
    except Exit as ended:
        return ended.exit_code
    except TyperException as error:
        raise explained(error, []) from None
    return result if isinstance(result, int) else 0


def _never_fail_to_encode(stream: TextIO) -> None:
    """A terminal that can't show a letter gets its number: output is never half written."""
    if reconfigure := getattr(stream, "reconfigure", None):
        reconfigure(errors="backslashreplace")


def _pipe_closed() -> int:
    """The reader has had enough."""
    _drop_output()
    return PIPE_CLOSED


def _drop_output() -> None:
    """Output can't be written: what is still buffered must not complain again at the interpreter's end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _explain_unexpected(error: Exception) -> int:
    """A sentence, and a report that holds no values (deskconsole/crash.py)."""
    if isinstance(error, OSError) and error.strerror:
        _drop_output()
        place = f"{error.filename}: " if error.filename else ""
        words(_("That did not work: {reason}").format(reason=f"{place}{error.strerror}"))
        return UNEXPECTED
    from deskconsole.config import folders

    path = write_crash_report(folders().log, error)
    words(
        _("Something unexpected happened; nothing unfinished was written. The report is in {path}").format(path=path)
        if path
        else _("Something unexpected happened; nothing unfinished was written.")
    )
    return UNEXPECTED
