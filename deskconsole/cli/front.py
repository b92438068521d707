"""What the options before the command say; read by hand where they open the console and nothing else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Literal

from deskconsole.config import Settings, folders, load_settings
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark

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
        return self.desk or self.settings().desk or None

    def location(self) -> str:
        """Where the desk is: as named, else the person's own file in the platform's data folder."""
        return self.given_location() or str(folders().desk_file)

    def who(self) -> str | None:
        """The login that is named by the option or the settings; None = the user's own."""
        return self.login or self.settings().login or None

    def zone(self) -> tzinfo:
        """The zone the person reads times in."""
        return self.settings().time_zone()


def open_console(before: Front, mode: Mode, *, record: Path | None = None) -> int:
    """Run the console; its exit code. What a board shows is kept in `record`."""
    from deskconsole.console import run

    return run(
        before.given_location(), login=before.who(), mode=mode, low_bandwidth=before.low_bandwidth, record=record
    )


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
