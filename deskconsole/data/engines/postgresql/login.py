"""Opening a connection with the password that is found at that moment, and kept in no address."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL

from deskconsole.data.engines.postgresql.address import passfile, said_of
from deskconsole.data.engines.postgresql.link import open_link
from deskconsole.data.passwords import Found, wallet
from deskconsole.domain.errors import LoginRefused
from deskconsole.domain.sentences import Sentence, mark

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

WRONG_PASSWORD = "28P01"
# libpq hands out no SQLSTATE of a connection that was not made: the server's words tell, in each language that
# PostgreSQL's own catalogues have. In another one it is taken for another trouble.
_REFUSED = re.compile(
    "|".join(
        (
            "password authentication failed",
            "Passwort-Authentifizierung für Benutzer .* fehlgeschlagen",
            "autentificación password falló",
            "authentification par mot de passe échouée",
            "autenticazione con password fallita",
            "のパスワード認証に失敗",
            "პაროლით ავთენტიფიკაცია .* ვერ მოხერხდა",
            "password 인증을 실패",
            "не прошёл проверку подлинности",
            "Lösenordsautentisering misslyckades",
            "не пройшов автентифікацію за допомогою пароля",
            "Password 认证失败",
        )
    ),
    re.IGNORECASE,
)


def give_passwords(engine: Engine, url: URL) -> None:
    """Let the engine open its connections with a password of this process, where the server wants one."""
    event.listen(engine, "do_connect", partial(_connect, url))


def is_password_wanted(error: psycopg.OperationalError) -> bool:
    """Whether a connection failed for want of the right password."""
    return _is_missing(error) or _is_wrong(error)


def _is_missing(error: psycopg.OperationalError) -> bool:
    # Of several hosts only the last is at hand; the words of all stand in the message.
    return (error.pgconn is not None and error.pgconn.needs_password) or "no password supplied" in str(error)


def _is_wrong(error: psycopg.OperationalError) -> bool:
    return error.sqlstate == WRONG_PASSWORD or _REFUSED.search(str(error)) is not None


def _connect(url: URL, _dialect: Any, _record: Any, cargs: Any, cparams: dict[str, Any]) -> DBAPIConnection:
    """Connect as the server wants it: with the password known, what libpq finds itself, then those offered.

    Raises:
        psycopg.OperationalError: for another reason than the password.
        DeskError: no password is right, or none is there.
    """
    place = said_of(url).place
    known = wallet.known(place)
    last = None
    # What somebody typed to prove who they are stands alone: libpq would find the right one in a file.
    tries = (known,) if known is None or wallet.proves else (known, None)
    for tried in tries:
        try:
            return _opened(cargs, cparams, tried)
        except psycopg.OperationalError as error:
            if not is_password_wanted(error):
                raise
            if _is_wrong(error):
                last = tried.source if tried is not None else _from_passfile(url)
    for found in wallet.offers(place, last):
        try:
            link = _opened(cargs, cparams, found)
        except psycopg.OperationalError as error:
            if not is_password_wanted(error):
                raise
            last = found.source
        else:
            wallet.remember(place, found)
            return link
    if last is None:
        raise LoginRefused(mark("{desk} wants a password for {login}."), desk=place.server, login=place.login)
    raise LoginRefused(
        mark(
            "{desk} refused {login} with the password from {source}: it is wrong or was changed, or the login was"
            " switched off. A new password is kept with: deskconsole login"
        ),
        desk=place.server,
        login=place.login,
        source=last,
    )


def _opened(cargs: Any, cparams: dict[str, Any], found: Found | None) -> DBAPIConnection:
    secret = {} if found is None else {"password": found.secret.reveal()}
    link = open_link(*cargs, **cparams, **secret)
    link.password_from = None if found is None else found.source
    return cast("DBAPIConnection", link)


def _from_passfile(url: URL) -> Sentence:
    return Sentence("{file}", file=str(passfile(said_of(url))))
