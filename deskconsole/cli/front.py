"""What the options before the command say; read by hand where they open the console and nothing else is asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Literal

from deskconsole.config import Settings, folders, load_settings
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import holds_password
from deskconsole.i18n import _, say
from deskconsole.profiles import is_shared, names_login, with_login

Mode = Literal["desk", "my", "board"]
VALUES = ("--desk", "--as", "--lang")
"""The options before the command that take a value."""


@dataclass(frozen=True)
class Front:
    """The options before the command."""

    desk: str | None = None
    login: str | None = None
    low_bandwidth: bool = False

    def settings(self) -> Settings:
        """The person's config.toml."""
        return load_settings(folders().settings_file)

    def given_location(self) -> str | None:
        """The desk that is named by the option or the settings; None = the person's own."""
        if self.desk is not None and not self.desk.strip():
            raise InvalidInput(mark("--desk needs a file's path or an address."))
        named = self.desk or self.settings().desk
        return self.resolved(named) if named else None

    def resolved(self, named: str) -> str:
        """The address or path of a desk that is named so: a name in config.toml goes before a file.

        For a shared desk it has the login, and the connections of this process may have the password from then on.

        Raises:
            InvalidInput: a password stands in it.
        """
        if (is_shared(named) or "://" not in named) and holds_password(named):
            raise password_seen()
        settings = self.settings()
        profile = settings.profile(named)
        if profile is None:
            return _served(named, settings.login)
        return _served(profile.url, profile.login or settings.login)

    def reading_location(self) -> str | None:
        """The address that boards and reports may be read from, if the desk has one of its own for that."""
        settings = self.settings()
        profile = settings.profile(self.desk or settings.desk)
        if profile is None or not profile.read_url:
            return None
        return _served(profile.read_url, profile.login or settings.login)

    def location(self) -> str:
        """Where the desk is: as named, else the person's own file in the platform's data folder."""
        return self.given_location() or str(folders().desk_file)

    def who(self) -> str | None:
        """The login that is named by the option, the desk's name or the settings; None = the user's own.

        An address that says itself who connects is not gainsaid by the settings.
        """
        settings = self.settings()
        profile = settings.profile(self.desk or settings.desk)
        if self.login or (profile is not None and profile.login):
            return self.login or (profile.login if profile is not None else None)
        named = profile.url if profile is not None else self.desk or settings.desk
        return None if names_login(named) else settings.login or None

    def zone(self) -> tzinfo:
        """The zone the person reads times in."""
        return self.settings().time_zone()


def open_console(before: Front, mode: Mode, *, record: Path | None = None) -> int:
    """Run the console; its exit code. What a board shows is kept in `record`."""
    location, copy = before.given_location(), before.reading_location()
    if location is not None and is_shared(location):
        _settle(location)  # the last word on who is asked for a password
    from deskconsole.console import run

    return run(
        location,
        login=before.who(),
        mode=mode,
        low_bandwidth=before.low_bandwidth,
        record=record,
        read_from=copy,
    )


def password_seen() -> InvalidInput:
    """A password stands on the command line; it is not repeated."""
    return InvalidInput(
        mark(
            "A password does not belong on a command line: others on this machine can read it there, and your shell"
            " keeps it. Change it, and leave it out: deskconsole login keeps it in the keyring; a .pgpass or service"
            " file holds it too, or you are asked."
        )
    )


def _served(location: str, login: str) -> str:
    """The location; a shared desk's with its login, and this process's connections may have its password."""
    if not is_shared(location):
        return location
    from deskconsole.credentials import serve

    serve()
    _warn(location)
    return with_login(location, login)


@cache
def _warn(location: str) -> None:
    """Say once what of a shared desk's connections was made less safe."""
    from deskconsole.cli.output import words
    from deskconsole.desk.connection import lowered

    for sentence in lowered(location):
        words(_("Less safe: {what}").format(what=say(sentence)))


def _settle(location: str) -> None:
    """Ask for the password while the terminal is plain; the console itself never asks."""
    from deskconsole.credentials import serve
    from deskconsole.desk.connection import settle

    if sys.stdin.isatty():
        settle(location)
    serve(may_ask=False)


def console_asked(argv: Sequence[str]) -> tuple[Front, Mode] | None:
    """The options of a command line that opens the console; None = anything else, a mistake too.

    The command tree says the same, but importing it takes half as long as Textual.
    """
    words = list(argv)
    mode: Mode = "desk"
    given: dict[str, str] = {}
    low_bandwidth = False
    while words:
        option, has_value, value = words.pop(0).partition("=")
        if option in VALUES and (has_value or (words and not words[0].startswith("-"))):
            given[option] = value if has_value else words.pop(0)
        elif option == "--low-bandwidth" and not has_value:
            low_bandwidth = True
        elif option in {"my", "board"} and not has_value and not words:
            mode = "my" if option == "my" else "board"
        else:
            return None
    return Front(given.get("--desk"), given.get("--as"), low_bandwidth), mode
