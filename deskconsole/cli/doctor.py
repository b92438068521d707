"""`deskconsole doctor`: what this machine, terminal, settings and desk are like, and what is broken."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from itertools import chain

import typer

from deskconsole import __version__
from deskconsole.cli import doctor_connection, output
from deskconsole.cli.context import Json, front
from deskconsole.cli.findings import Finding, State
from deskconsole.cli.front import Front
from deskconsole.config import folders, load_settings, load_views
from deskconsole.domain.errors import DeskError
from deskconsole.domain.text import without_password
from deskconsole.i18n import _, language, say

LIBRARIES = ("textual", "sqlalchemy", "sqlmodel", "alembic", "psycopg", "typer")
SMALLEST = (80, 24)
BROKEN_CODE = 1


def doctor(ctx: typer.Context, as_json: Json = False) -> int:
    """Examine everything; one broken thing never hides the next."""
    before = front(ctx)
    found = tuple(examined(before))
    if as_json:
        from datetime import UTC

        output.document(found, UTC)
    else:
        states = {State.FINE: _("ok"), State.WARNING: _("!  warning"), State.BROKEN: _("!! broken")}
        output.table(
            (_("State"), _("What"), _("Found")), [(states[item.state], item.name, item.value) for item in found]
        )
    broken = sum(item.state is State.BROKEN for item in found)
    if broken:
        output.words(_("Broken: {count}. Each line above says what to do.").format(count=broken))
    return BROKEN_CODE if broken else 0


def examined(before: Front) -> Iterator[Finding]:
    """Every finding, part after part."""
    probes: tuple[tuple[str, Callable[[Front], Iterable[Finding]]], ...] = (
        (_("Program"), _program),
        (_("Settings"), _settings),
        (_("Views"), _views),
        (_("Keys"), _keys),
        (_("Terminal"), _terminal),
        (_("Storage engine"), _sqlite),
        (_("Keyring"), doctor_connection.keyring),
        (_("Desk"), _desk),
        (_("Connection"), doctor_connection.connection),
        (_("Copy"), doctor_connection.copy),
        (_("You"), _person),
    )
    return chain.from_iterable(_probed(name, probe, before) for name, probe in probes)


def _probed(name: str, probe: Callable[[Front], Iterable[Finding]], before: Front) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(probe(before))
    except DeskError as error:
        found.append(Finding(name, say(error.sentence), State.BROKEN))
    except Exception as error:  # doctor is asked when things are broken in ways nobody thought of
        found.append(Finding(name, f"{type(error).__name__}: {error}", State.BROKEN))
    return found


def _program(before: Front) -> Iterator[Finding]:
    yield Finding("deskconsole", __version__)
    yield Finding("Python", f"{platform.python_version()} ({sys.executable})")
    yield Finding(_("System"), platform.platform())
    yield Finding(_("Libraries"), ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES))
    yield Finding(_("Language"), language())
    yield Finding(_("Log folder"), str(folders().log))
    yield Finding(_("Time zone"), str(before.zone()))


def _settings(_before: Front) -> Iterator[Finding]:
    path = folders().settings_file
    load_settings(path)
    yield Finding(_("Settings"), _file(path.exists(), str(path)))


def _views(_before: Front) -> Iterator[Finding]:
    path = folders().views_file
    load_views(path)
    yield Finding(_("Views"), _file(path.exists(), str(path)))


def _keys(_before: Front) -> Iterator[Finding]:
    from deskconsole.screens.keymap import load_keymap

    path = folders().keymap_file
    load_keymap(path)
    yield Finding(_("Keys"), _file(path.exists(), str(path)))


def _file(exists: bool, path: str) -> str:
    return path if exists else _("{path} (not there: the defaults hold)").format(path=path)


def _terminal(_before: Front) -> Iterator[Finding]:
    term = os.environ.get("TERM", "")
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    dumb = State.WARNING if is_terminal and term in {"", "dumb", "linux"} else State.FINE
    yield Finding("TERM", (term or "-") + ("" if is_terminal else f" ({_('this run is not on a terminal')})"), dumb)
    yield Finding(_("Colours"), _colours(term))
    encoding = locale.getpreferredencoding(False)
    is_utf = encoding.lower().replace("-", "") == "utf8"
    yield Finding(
        _("Encoding"),
        encoding
        if is_utf
        else _("{encoding}: letters may be lost; set LANG to a UTF-8 locale").format(encoding=encoding),
        State.FINE if is_utf else State.WARNING,
    )
    size = shutil.get_terminal_size()
    small = is_terminal and (size.columns < SMALLEST[0] or size.lines < SMALLEST[1])
    text = f"{size.columns}x{size.lines}"
    yield Finding(
        _("Size"),
        _("{size}: smaller than 80x24, parts will be hidden").format(size=text) if small else text,
        State.WARNING if small else State.FINE,
    )
    around = [
        name for name, variable in (("tmux", "TMUX"), ("screen", "STY"), ("SSH", "SSH_TTY")) if os.environ.get(variable)
    ]
    yield Finding(_("Inside"), ", ".join(around) or "-")


def _colours(term: str) -> str:
    if os.environ.get("NO_COLOR"):
        return _("none (NO_COLOR)")
    if os.environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return _("16 million")
    return "256" if "256" in term else "16"


def _sqlite(_before: Front) -> Iterator[Finding]:
    yield Finding("SQLite", sqlite3.sqlite_version)


def _desk(before: Front) -> Iterator[Finding]:
    from deskconsole.desk.opening import engine_report

    location = before.location()
    engine, schema, weak = engine_report(location)
    yield Finding(_("Desk"), without_password(location))
    yield Finding(_("Storage engine"), engine)
    yield Finding(_("Schema"), schema)
    for weakness in weak:
        yield Finding(_("Weak"), _(weakness), State.WARNING)


def _person(before: Front) -> Iterator[Finding]:
    from deskconsole.desk.feed import hears_by
    from deskconsole.desk.opening import SCHEMA, engine_report, open_desk

    try:
        _engine, schema, _weak = engine_report(before.location())
    except DeskError:
        return  # said above; there is nobody to ask for
    if schema != SCHEMA:
        return  # opening would upgrade it; doctor changes nothing
    desk = open_desk(before.location(), login=before.who(), zone=before.zone())
    try:
        yield Finding(_("You"), f"{desk.actor.name} ({desk.actor.login}, {desk.actor.role.value})")
        yield doctor_connection.hears(hears_by(desk.store))
        yield Finding(_("Attachments"), str(desk.store.files))
    finally:
        desk.close()
