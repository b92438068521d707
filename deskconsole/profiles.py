"""Desks by name: the `[desks.NAME]` tables of config.toml, and how an address of a shared desk is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import SECRET_PARAMETERS, holds_password
from deskconsole.tomlfile import TomlFile

KEYS = ("url", "read_url", "login")
_SHARED = re.compile(r"^postgres(?:ql)?(?:\+[a-z0-9]+)?://([^/?#]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """A desk under a name: its address (or a file's path), another to read boards and reports from, a login."""

    name: str
    url: str
    read_url: str = ""
    login: str = ""


def is_shared(location: str) -> bool:
    """Whether a desk stands on a server."""
    return _SHARED.match(location) is not None


def with_login(location: str, login: str) -> str:
    """The address with `login` as the one to connect as, unless it names one or isn't a shared desk's."""
    found = _SHARED.match(location)
    if not login or found is None or names_login(location):
        return location
    return f"{location[: found.start(1)]}{quote(login, safe='')}@{location[found.start(1) :]}"


def names_login(location: str) -> bool:
    """Whether the address of a shared desk says itself who connects; a service may say it."""
    found = _SHARED.match(location)
    if found is None:
        return False
    names = {name for name, _value in parse_qsl(location.partition("?")[2])}
    return "@" in found[1] or bool(names & {"user", "service"})


def read_profiles(file: TomlFile) -> tuple[Profile, ...]:
    """The desks that config.toml names.

    Raises:
        InvalidInput: something there isn't meant, or a password stands there; with its line, never its value.
    """
    tables = file.data.get("desks", {})
    if not isinstance(tables, dict):
        raise file.wrong(Sentence(mark("a desk begins with [desks.NAME].")), key="desks")
    return tuple(_profile(file, name, table) for name, table in tables.items())


def _profile(file: TomlFile, name: str, table: object) -> Profile:
    where = f"desks.{name}"

    def wrong(template: str, at: str = "", /, **values: object) -> InvalidInput:
        return file.wrong(Sentence(template, **values), table=where, key=at, names=() if at in {"", *KEYS} else KEYS)

    if not isinstance(table, dict):
        raise file.wrong(Sentence(mark("a desk begins with [desks.NAME].")), table="desks", key=name)
    if not name.strip() or "/" in name or "\\" in name or name.startswith("-"):
        raise wrong(mark('"{name}" is no name for a desk: letters, digits and dashes.'), name=name)
    for key, value in table.items():
        if key in SECRET_PARAMETERS or (isinstance(value, str) and holds_password(value)):
            problem = Sentence(
                mark("a password does not belong here; take it out, and run: deskconsole --desk {name} login"),
                name=name,
            )
            raise file.wrong(problem, table=where, key=key)
        if key not in KEYS:
            raise wrong(mark("a desk has no {key}."), key, key=key)
        if not isinstance(value, str) or not value.strip():
            raise wrong(mark("{key} is a text in quotes."), key, key=key)
    if "url" not in table:
        raise wrong(mark('a desk needs url = "postgresql://..." or a path.'))
    return Profile(name, *(str(table.get(key, "")).strip() for key in KEYS))
