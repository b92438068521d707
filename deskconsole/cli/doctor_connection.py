"""What `deskconsole doctor` says of passwords, and of the connection to a shared desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deskconsole.cli.findings import Finding, State
from deskconsole.cli.front import Front
from deskconsole.domain.errors import DeskError
from deskconsole.i18n import _, say
from deskconsole.profiles import is_shared

if TYPE_CHECKING:
    from deskconsole.desk.connection import Connected


def keyring(_before: Front) -> Iterator[Finding]:
    """Which keyring keeps passwords here; that there is none is no fault."""
    from deskconsole.credentials import NoKeyringError, keyring_name

    try:
        yield Finding(_("Keyring"), keyring_name())
    except NoKeyringError as error:
        yield Finding(_("Keyring"), say(error.reason))


def connection(before: Front) -> Iterator[Finding]:
    """How this person is let in to a shared desk, through what, and what of it is weak."""
    from deskconsole.desk.connection import report

    location = before.location()
    if not is_shared(location):
        return
    try:
        found = report(location)
    except DeskError:
        return  # said of the desk already
    yield Finding(_("Logged in as"), f"{found.login} ({', '.join(found.groups) or '-'})")
    yield Finding(_("Let in by"), found.method)
    yield Finding(_("Transport"), _transport(found), State.FINE if found.is_safe else State.WARNING)
    if found.passfile:
        yield Finding(_("Password file"), found.passfile)
    for sentence in found.weak:
        yield Finding(_("Weak"), say(sentence), State.WARNING)
    yield from _person(location, found)


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
