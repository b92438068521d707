"""What `deskconsole doctor` says of passwords, and of the connection to a shared desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deskconsole.cli.findings import Finding, State
from deskconsole.cli.front import Front
from deskconsole.domain.errors import DeskError
from deskconsole.domain.text import without_password
from deskconsole.i18n import _, say
from deskconsole.profiles import is_shared

if TYPE_CHECKING:
    from deskconsole.desk.connection import Connected
    from deskconsole.desk.feed import Way


def keyring(_before: Front) -> Iterator[Finding]:
    """Which keyring keeps passwords here; that there is none is no fault."""
    from deskconsole.credentials import NoKeyringError, keyring_name

    try:
        yield Finding(_("Keyring"), keyring_name())
    except NoKeyringError as error:
        yield Finding(_("Keyring"), say(error.reason))


def connection(before: Front) -> Iterator[Finding]:
    """How this person is let in to a shared desk, through what, and what of it is weak."""
    from deskconsole.desk.connection import doors, report

    location = before.location()
    if not is_shared(location):
        return
    try:
        found = report(location)
        left_open = doors(location)
    except DeskError:
        return  # said of the desk already
    yield Finding(_("Logged in as"), f"{found.login} ({', '.join(found.groups) or '-'})")
    yield from _line(found)
    if found.passfile:
        yield Finding(_("Password file"), found.passfile)
    for sentence in found.weak:
        yield Finding(_("Weak"), say(sentence), State.WARNING)
    for door in left_open:
        words = _("every login of the server has: {right}. The desk's owner takes it away with: deskconsole db upgrade")
        yield Finding(_("Weak"), words.format(right=door), State.WARNING)
    yield from _person(location, found)


def copy(before: Front) -> Iterator[Finding]:
    """The server that boards and reports are read from, if the desk has one; without it the main one answers."""
    from deskconsole.desk.connection import report_copy, share_password
    from deskconsole.desk.copies import lag_words

    read_from = before.reading_location()
    if read_from is None:
        return
    yield Finding(_("Copy"), without_password(read_from))
    if is_shared(before.location()):
        share_password(before.location(), read_from)
    try:
        found, lag = report_copy(read_from)
    except DeskError as error:
        words = _("{reason} Boards and reports are read from the main server.").format(reason=say(error.sentence))
        yield Finding(_("Copy"), words, State.WARNING)
        return
    yield from _line(found, of_copy=True)
    if lag is None:
        yield Finding(_("Copy"), _("it follows no other server: it is a main server itself."), State.WARNING)
    else:
        yield Finding(_("Copy"), say(lag_words(lag)))
    for sentence in found.weak:
        yield Finding(_("Weak"), f"{_('Copy')}: {say(sentence)}", State.WARNING)


def hears(way: Way) -> Finding:
    """How a console on this desk hears of what others change."""
    from deskconsole.desk.feed import Way

    if way is Way.NOTIFY:
        return Finding(_("Hears of changes"), _("by the server's bell"))
    if way is Way.FILE:
        return Finding(_("Hears of changes"), _("by watching the file"))
    words = _("by asking every 1.5 s: no bell comes through (a pooler stands between, or the server is a copy)")
    return Finding(_("Hears of changes"), words)


def _line(found: Connected, *, of_copy: bool = False) -> Iterator[Finding]:
    """By what the person was let in, with which password, through what."""
    before = f"{_('Copy')}: " if of_copy else ""
    source = _("none was needed") if found.password_from is None else say(found.password_from)
    yield Finding(before + _("Let in by"), found.method)
    yield Finding(before + _("Password from"), source)
    safe = State.FINE if found.is_safe else State.WARNING
    yield Finding(before + _("Transport"), _transport(found), safe)


def _transport(found: Connected) -> str:
    if found.is_socket:
        return _("Unix socket")
    if found.tls:
        return _("{tls}, sslmode={mode}").format(tls=found.tls, mode=found.mode)
    return _("TCP without TLS, sslmode={mode}").format(mode=found.mode)


def _person(location: str, found: Connected) -> Iterator[Finding]:
    """Whether the login's group and its person's row say the same: else it sees nothing at this desk."""
    from deskconsole.desk.server_accounts import listed

    if found.is_superuser:
        return
    try:
        people = listed(location)
    except DeskError:
        return  # said of the desk already
    for account in people:
        if account.login == found.login and account.problem is not None:
            yield Finding(_("Weak"), f"{account.login}: {say(account.problem)}", State.WARNING)
