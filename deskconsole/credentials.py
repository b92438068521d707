"""Where a shared desk's password comes from, when libpq finds none by itself: the keyring, then the person.

Before either, libpq tries what needs no word of ours: peer authentication, a service file, a password file
(design: storage.md, "Passwords"). Importing this imports neither Textual, the data layer nor a keyring.
"""

from __future__ import annotations

import getpass
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from deskconsole.data.passwords import Found, Place, Secret, wallet
from deskconsole.domain.errors import InvalidInput, LoginRefused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "deskconsole"  # under this name the keyring keeps our passwords
LEAST_PRIORITY = 1  # of a keyring; the library's own measure for one that keeps a secret
PATIENCE = 60.0  # seconds a keyring may take: it may ask the person to unlock it, perhaps on a screen elsewhere
TRIES = 3
Result = TypeVar("Result")


class NoKeyringError(Exception):
    """No keyring keeps passwords here; `reason` says why."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


def serve(*, may_ask: bool = True) -> None:
    """Let this process's connections have the passwords of the keyring, and those a person types."""
    wallet.ask = _offers_and_asks if may_ask else _offers


def _offers_and_asks(place: Place, refused: Sentence | None) -> Iterator[Found]:
    offered = refused is not None
    for found in _kept(place):
        offered = True
        yield found
    if can_ask():
        prompt = _("Password of {login} at {server}: ").format(login=place.login, server=place.server)
        for _try in range(TRIES):
            typed = typed_password(prompt)
            if not typed:
                break
            offered = True
            yield Found(Secret(typed), Sentence(mark("what was typed")))
    if not offered:
        raise nothing_found(place)


def _offers(place: Place, refused: Sentence | None) -> Iterator[Found]:
    """Without a person: a console that draws on the terminal, a process in the background."""
    offered = refused is not None
    for found in _kept(place):
        offered = True
        yield found
    if not offered:
        raise nothing_found(place)


def _kept(place: Place) -> Iterator[Found]:
    try:
        if kept := kept_password(place):
            yield Found(kept, Sentence(mark("the keyring")))
    except NoKeyringError:
        return  # said by `nothing_found`, if nothing else helps


def can_ask() -> bool:
    """Whether a person at a terminal can be asked now: by the thread that has the terminal."""
    return threading.current_thread() is threading.main_thread() and sys.stdin.isatty()


def typed_password(prompt: str) -> str:
    """A password typed on the terminal without showing it, or a line of standard input; empty when none comes.

    Raises:
        InvalidInput: it holds what no password can.
    """
    try:
        typed = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except (EOFError, OSError, UnicodeDecodeError):
        return ""
    if "\0" in typed:
        raise InvalidInput(mark("A password can't hold a zero byte."))
    return typed


def new_password(login: str) -> Secret:
    """A new password, typed twice on a terminal; one line of standard input elsewhere.

    Raises:
        InvalidInput: none was given, or the two differ.
    """
    typed = typed_password(_("New password of {login}: ").format(login=login))
    if not typed:
        raise InvalidInput(mark("No password was given; nothing was changed."))
    if sys.stdin.isatty() and typed_password(_("The same again: ")) != typed:
        raise InvalidInput(mark("The two passwords differ; nothing was changed."))
    return Secret(typed)


def nothing_found(place: Place) -> LoginRefused:
    """There is no password: every way to give one, as a sentence."""
    try:
        working_keyring()
        keyring = Sentence(mark("the keyring has none (deskconsole login puts one there)"))
    except NoKeyringError as error:
        keyring = error.reason
    return LoginRefused(
        mark(
            "{login} needs a password at {server}: {keyring}. Add to {file} (mode 0600) the line {line} ; or name a"
            " service file's service: postgresql:///?service=NAME ; or run this on a terminal, to be asked"
            " (docs/accounts.md)."
        ),
        login=place.login,
        server=place.server,
        keyring=keyring,
        file=str(passfile()),
        line=passfile_line(place),
    )


def passfile() -> Path:
    """The password file that libpq reads."""
    return Path(os.environ.get("PGPASSFILE") or "~/.pgpass").expanduser()


def passfile_line(place: Place, host: int = 0) -> str:
    """The line of the password file for one of a place's hosts, PASSWORD standing for the password."""
    name, port = place.hosts[host]
    parts = (name or "localhost", port or "5432", place.database, place.login)
    return ":".join((*(part.replace("\\", "\\\\").replace(":", "\\:") for part in parts), "PASSWORD"))


# --- the keyring ---------------------------------------------------------------------------------------------


def working_keyring() -> KeyringBackend:
    """The keyring that keeps passwords here; over headless SSH there is none.

    Raises:
        NoKeyringError: none does, or the one that is set keeps them where anybody reads them.
    """
    try:
        import keyring
        from keyring.backends.chainer import ChainerBackend

        chosen = keyring.get_keyring()
        choices = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
        for backend in choices:
            if _is_plain(backend):
                reason = Sentence(
                    mark("the keyring {name} keeps passwords in a plain file and is not used"), name=_name(backend)
                )
            elif backend.priority >= LEAST_PRIORITY:
                return backend
            else:
                reason = Sentence(mark("no keyring works here"))
    except Exception as error:  # whatever a backend meets: a bus that is not there, a module that is not installed
        raise NoKeyringError(Sentence(mark("the keyring fails ({kind})"), kind=type(error).__name__)) from None
    raise NoKeyringError(reason if choices else Sentence(mark("no keyring works here")))


def keyring_name() -> str:
    """What the keyring is called: `SecretService.Keyring`."""
    return _name(working_keyring())


def kept_password(place: Place) -> Secret | None:
    """The password that the keyring has.

    Raises:
        NoKeyringError: there is no keyring, it is locked or fails.
    """
    backend = working_keyring()
    kept = _patiently(lambda: backend.get_password(SERVICE, str(place)))
    return Secret(kept) if kept else None


def keep_password(place: Place, secret: Secret) -> None:
    """Put a password into the keyring.

    Raises:
        NoKeyringError: there is no keyring, it is locked or fails.
    """
    backend = working_keyring()
    _patiently(lambda: backend.set_password(SERVICE, str(place), secret.reveal()))


def drop_password(place: Place) -> bool:
    """Take a password out of the keyring; False when there was none.

    Raises:
        NoKeyringError: there is no keyring, it is locked or fails.
    """
    backend = working_keyring()
    if not _patiently(lambda: backend.get_password(SERVICE, str(place))):
        return False
    _patiently(lambda: backend.delete_password(SERVICE, str(place)))
    return True


def _patiently(work: Callable[[], Result]) -> Result:
    """What the keyring says within `PATIENCE`; a locked one waits for a person who may sit elsewhere."""
    results: list[Result] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # handed to who waits
            failures.append(error)

    worker = threading.Thread(target=run, name="keyring", daemon=True)
    worker.start()
    worker.join(PATIENCE)
    if failures:
        kind = type(failures[0]).__name__
        raise NoKeyringError(Sentence(mark("the keyring fails ({kind})"), kind=kind)) from None
    if not results:
        raise NoKeyringError(Sentence(mark("the keyring does not answer: unlock it, or do without")))
    return results[0]


def _is_plain(backend: KeyringBackend) -> bool:
    return type(backend).__module__.startswith("keyrings.alt")


def _name(backend: KeyringBackend) -> str:
    kind = type(backend)
    return f"{kind.__module__.removeprefix('keyring.backends.')}.{kind.__qualname__}"


def explain_fallbacks(place: Place, reason: Sentence) -> list[str]:
    """What to do where no keyring works, each way with the exact words."""
    lines = [passfile_line(place, number) for number in range(len(place.hosts))]
    return [
        _("No password was kept: {reason}. What works instead:").format(reason=say(reason)),
        _("- {file}, mode 0600, with: {lines}").format(file=passfile(), lines="  ".join(lines)),
        _("- a service: [NAME] in ~/.pg_service.conf, and the address postgresql:///?service=NAME"),
        _("- being asked: the console and the commands ask on a terminal"),
    ]
