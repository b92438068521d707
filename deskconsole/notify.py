"""Ways an alert leaves the console: a desktop notification through the terminal, and a command of the person's.

Plain: importing it imports neither Textual nor the data layer.
"""

from __future__ import annotations

import os
import shlex
import signal
import threading
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import clean

if TYPE_CHECKING:
    import subprocess

ESC, BEL, ST = "\x1b", "\a", "\x1b\\"
LONGEST_TITLE, LONGEST_BODY = 80, 240
"""Characters of a notification: GNU screen passes no string longer than 768 bytes on."""
LONGEST_SPEECH = 300
"""Characters that a command is given."""
COMMAND_SECONDS = 20.0
"""How long a command may run."""
PLACE = "{text}"
"""Where in a command the text of the alert goes."""


# --- through the terminal ------------------------------------------------------------------------------------


class Way(StrEnum):
    """The escape sequences by which terminals show a desktop notification."""

    OSC9 = "osc9"
    OSC777 = "osc777"
    OSC99 = "osc99"
    NONE = "off"


class Wrap(StrEnum):
    """How a sequence gets through a multiplexer to the terminal round it."""

    BARE = "bare"
    TMUX = "tmux"
    SCREEN = "screen"


AUTO = "auto"
WAYS = (AUTO, *(way.value for way in Way))
"""What the setting `desktop_alerts` may say."""

# By a part of TERM, TERM_PROGRAM, LC_TERMINAL or TERMINAL_EMULATOR, in lower case; the first that is found counts.
# kitty, foot, iTerm2, WezTerm, Ghostty, Konsole, contour and urxvt as their manuals say; VS Code and Windows
# Terminal since 2026, and before that they swallow the sequence. To ConEmu `OSC 9` means other things, the Linux
# console can't read OSC at all, and the rest here show nothing.
_BY_NAME: tuple[tuple[str, Way], ...] = (
    ("kitty", Way.OSC99),
    ("vscode", Way.OSC99),
    ("ghostty", Way.OSC777),
    ("wezterm", Way.OSC777),
    ("foot", Way.OSC777),
    ("rxvt-unicode", Way.OSC777),
    ("contour", Way.OSC777),
    ("konsole", Way.OSC777),
    ("iterm", Way.OSC9),
    ("warpterminal", Way.OSC9),
    ("apple_terminal", Way.NONE),
    ("alacritty", Way.NONE),
    ("jetbrains", Way.NONE),
)
# By a variable that only this terminal sets; they seldom cross SSH.
_BY_VARIABLE: tuple[tuple[str, Way], ...] = (
    ("KITTY_WINDOW_ID", Way.OSC99),
    ("GHOSTTY_RESOURCES_DIR", Way.OSC777),
    ("WEZTERM_PANE", Way.OSC777),
    ("WEZTERM_EXECUTABLE", Way.OSC777),
    ("KONSOLE_VERSION", Way.OSC777),
    ("ITERM_SESSION_ID", Way.OSC9),
    ("ConEmuPID", Way.NONE),
    ("WT_SESSION", Way.OSC777),
    ("VTE_VERSION", Way.OSC777),
)
_OLDEST_VTE = 4600
"""VTE before 0.46 prints a sequence it doesn't know."""
_MULTIPLEXERS = ("tmux", "screen")


def way_for(environ: Mapping[str, str]) -> Way:
    """The sequence the person's terminal understands, as far as its environment tells.

    Over SSH little more than TERM comes along, and a plain `xterm` may be any of a dozen terminals: those get
    OSC 777, which most of them show and the others swallow. A terminal by another name gets nothing.
    """
    names = [environ.get(name, "").lower() for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL", "TERMINAL_EMULATOR")]
    for part, way in _BY_NAME:
        if any(part in name for name in names):
            return way
    for variable, way in _BY_VARIABLE:
        if value := environ.get(variable):
            is_old = variable == "VTE_VERSION" and value.isdecimal() and int(value) < _OLDEST_VTE
            return Way.NONE if is_old else way
    return Way.OSC777 if names[0].startswith(("xterm", "vte", *_MULTIPLEXERS)) else Way.NONE


def chosen_way(setting: str, environ: Mapping[str, str]) -> Way:
    """The way the setting `desktop_alerts` names, one of `WAYS`; `auto` or nothing looks at the terminal."""
    return way_for(environ) if setting in {AUTO, ""} else Way(setting)


def wrap_for(environ: Mapping[str, str]) -> Wrap:
    """What stands between the program and the terminal; one at the far end of SSH shows in TERM alone."""
    if environ.get("TMUX"):
        return Wrap.TMUX
    if environ.get("STY"):
        return Wrap.SCREEN
    return Wrap.TMUX if environ.get("TERM", "").startswith(_MULTIPLEXERS) else Wrap.BARE


def escape(way: Way, title: str, body: str, *, wrap: Wrap = Wrap.BARE) -> str:
    """The bytes that make the terminal show a notification, or none; nothing in the texts can end or steer them."""
    title, body = _field(title, LONGEST_TITLE), _field(body, LONGEST_BODY)
    return "".join(_wrapped(piece, wrap) for piece in _pieces(way, title, body))


def _pieces(way: Way, title: str, body: str) -> Iterator[str]:
    """The sequences of one notification.

    They end in BEL, which all these terminals take: GNU screen would take the other end, ST, for its own.
    """
    if way is Way.OSC9:
        # A word comes first: a number there would be one of ConEmu's commands, which others have taken over.
        yield f"{ESC}]9;deskconsole: {' - '.join(filter(None, (title, body)))}{BEL}"
    elif way is Way.OSC777:
        yield f"{ESC}]777;notify;{title};{body}{BEL}"
    elif way is Way.OSC99:
        # An alert that rings again takes its own notification's place.
        name = f"desk{zlib.crc32(f'{title}{body}'.encode()):08x}"
        yield f"{ESC}]99;i={name}:d=0:p=title;{title}{BEL}"
        yield f"{ESC}]99;i={name}:d=1:p=body;{body}{BEL}"


def _field(text: str, longest: int) -> str:
    """`text` safe inside a sequence: no controls, and no `;`, which parts its fields."""
    safe = " ".join(clean(text[: longest * 4]).replace(";", ",").split())
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def _wrapped(sequence: str, wrap: Wrap) -> str:
    if not sequence or wrap is Wrap.BARE:
        return sequence
    if wrap is Wrap.SCREEN:
        return f"{ESC}P{sequence}{ST}"
    return f"{ESC}Ptmux;{sequence.replace(ESC, ESC + ESC)}{ST}"


# --- a command of the person's -------------------------------------------------------------------------------


def command_words(command: str) -> tuple[str, ...]:
    """The words of the setting `alert_command` as a shell would part them; no shell runs them.

    Raises:
        InvalidInput: a quote is left open, or a word holds a control character.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError:
        raise InvalidInput(mark("a quote in alert_command is left open.")) from None
    if any(not sign.isprintable() for sign in command) or (words and not words[0]):
        raise InvalidInput(mark("alert_command is a program and its words on one line."))
    return words


def speech(text: str) -> str:
    """`text` as a command may be given it: letters, digits, spaces and `.,:`, beginning with a letter or digit.

    So it is never taken for an option, and says nothing to a shell or to a speech synthesiser, whatever the
    command does with it. A `-` or `/` stays between two letters or digits.
    """
    plain = unicodedata.normalize("NFC", clean(text[: LONGEST_SPEECH * 4])).replace("'", "’")
    kept = [sign if _is_spoken(plain, place) else " " for place, sign in enumerate(plain)]
    said = " ".join("".join(kept).split())
    first = next((place for place, sign in enumerate(said) if sign.isalnum()), len(said))
    return said[first : first + LONGEST_SPEECH].rstrip()


def _is_spoken(text: str, place: int) -> bool:
    sign = text[place]
    if sign in "-/’":
        return 0 < place < len(text) - 1 and text[place - 1].isalnum() and text[place + 1].isalnum()
    return sign in " .,:" or unicodedata.category(sign)[0] in "LNM"


class AlertCommand:
    """Runs the person's command for each alert, in a thread of its own, one at a time; may be used from any thread.

    While one runs, the latest alert waits and those before it are passed over. `trouble` is told once, in that
    thread, when the command fails.
    """

    def __init__(self, command: str, *, trouble: Callable[[Sentence], None], seconds: float = COMMAND_SECONDS) -> None:
        self._words = command_words(command)
        self._trouble = trouble
        self._seconds = seconds
        self._lock = threading.Lock()
        self._waiting: str | None = None
        self._is_busy = False
        self._is_stopped = False
        self._has_complained = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, text: str) -> None:
        """Say `text` soon; does not wait and never fails."""
        said = speech(text)
        if not self._words or not said:
            return
        with self._lock:
            self._waiting = said
            if self._is_busy or self._is_stopped:
                return
            self._is_busy = True
        threading.Thread(target=self._run_all, name="alert-command", daemon=True).start()

    def stop(self) -> None:
        """Run nothing more, and end what runs."""
        with self._lock:
            self._is_stopped = True
            self._waiting = None
            if self._process is not None:
                _end(self._process)

    def _run_all(self) -> None:
        while (text := self._next()) is not None:
            problem = self._run_one(text)
            if problem is not None and not self._has_complained:
                self._has_complained = True
                self._trouble(problem)

    def _next(self) -> str | None:
        with self._lock:
            text, self._waiting = self._waiting, None
            self._is_busy = text is not None
            return text

    def _run_one(self, text: str) -> Sentence | None:
        """Run the command once to its end; why it failed, if it did."""
        from subprocess import TimeoutExpired

        program = self._words[0]
        try:
            with self._lock:
                if self._is_stopped:
                    return None
                self._process = process = _start(_filled(self._words, text))
        except OSError as error:
            reason = error.strerror or str(error)
            return Sentence(
                mark("The alert command {program} can't be started: {reason}"), program=program, reason=reason
            )
        try:
            code = process.wait(self._seconds)
        except TimeoutExpired:
            with self._lock:
                _end(process)
            process.wait()
            return Sentence(
                mark("The alert command {program} was stopped after {seconds:g} s."),
                program=program,
                seconds=self._seconds,
            )
        finally:
            with self._lock:
                self._process = None
        if code == 0 or self._is_stopped:
            return None
        return Sentence(mark("The alert command {program} failed with exit code {code}."), program=program, code=code)


def _filled(words: tuple[str, ...], text: str) -> list[str]:
    """The command with the text where it asks for it, else as its last word."""
    if any(PLACE in word for word in words):
        return [word.replace(PLACE, text) for word in words]
    return [*words, text]


def _start(words: list[str]) -> subprocess.Popen[bytes]:
    """Start a command away from the terminal: a session of its own has none, so it can't write over the screen."""
    import subprocess

    nothing = subprocess.DEVNULL
    return subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all it has started; once it has ended, its number is left alone."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
