"""`deskconsole login` and `logout`: a shared desk's password, kept in the keyring."""

from __future__ import annotations

import sys

import typer

from deskconsole.cli import output
from deskconsole.cli.context import DeskOption, asked
from deskconsole.cli.front import Front
from deskconsole.domain.errors import InvalidInput, LoginRefused, StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _, say
from deskconsole.profiles import is_shared

TRIES = 3


def login(ctx: typer.Context, desk: DeskOption = None) -> None:
    """Ask for the password, try it, keep it."""
    from deskconsole import credentials
    from deskconsole.data.passwords import Secret
    from deskconsole.desk import connection

    location = _shared_location(asked(ctx, desk))
    place = connection.place_of(location)
    if connection.is_let_in(location, None):
        output.words(_("{place} needs no password of yours: the server lets you in already.").format(place=place))
        return
    try:
        name = credentials.keyring_name()
    except credentials.NoKeyringError as error:
        for line in credentials.explain_fallbacks(place, error.reason):
            output.words(line)
        raise StorageUnavailable(mark("The password was not kept.")) from None
    prompt = _("Password of {login} at {server}: ").format(login=place.login, server=place.server)
    for _try in range(TRIES if sys.stdin.isatty() else 1):
        typed = credentials.typed_password(prompt)
        if not typed:
            raise InvalidInput(mark("No password was given; nothing was kept."))
        secret = Secret(typed)
        if connection.is_let_in(location, secret):
            break
        output.words(_("The server refuses that password."))
    else:
        raise LoginRefused(mark("{place}: no password that the server takes; nothing was kept."), place=str(place))
    try:
        credentials.keep_password(place, secret)
    except credentials.NoKeyringError as error:
        for line in credentials.explain_fallbacks(place, error.reason):
            output.words(line)
        raise StorageUnavailable(mark("The password was not kept.")) from None
    output.words(_("The password of {place} is kept in {keyring}.").format(place=place, keyring=name))


def logout(ctx: typer.Context, desk: DeskOption = None) -> None:
    """Take the password out of the keyring."""
    from deskconsole import credentials
    from deskconsole.desk import connection

    place = connection.place_of(_shared_location(asked(ctx, desk)))
    try:
        was_there = credentials.drop_password(place)
    except credentials.NoKeyringError as error:
        output.words(_("Nothing is kept here: {reason}.").format(reason=say(error.reason)))
        return
    output.words(
        _("The password of {place} is out of the keyring.").format(place=place)
        if was_there
        else _("The keyring had no password of {place}.").format(place=place)
    )


def _shared_location(before: Front) -> str:
    location = before.location()
    if not is_shared(location):
        raise InvalidInput(mark("A local desk needs no login: whoever owns its file owns the data."))
    return location
