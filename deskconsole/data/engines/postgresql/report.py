"""How a connection to PostgreSQL stands: who was let in by what, through what, and what of it is weak."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psycopg
from sqlalchemy import Connection
from sqlalchemy.engine import URL

from deskconsole.data import access
from deskconsole.data.engines.postgresql.address import Said, lowered, passfile, said_of
from deskconsole.data.engines.postgresql.link import ASKING, Link
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Role

OLDEST = 14
TELLS_METHOD = 16  # from this version on the server says by which method it let somebody in
GROUPS = tuple(access.group(role) for role in Role)
FACTS = """
SELECT session_user AS login,
       rolsuper AS is_superuser,
       current_setting('server_version') AS version,
       current_setting('server_version_num')::int / 10000 AS major,
       ssl.version AS tls,
       ssl.cipher
FROM pg_catalog.pg_roles LEFT JOIN pg_catalog.pg_stat_ssl AS ssl ON ssl.pid = pg_backend_pid()
WHERE rolname = session_user
"""
MEMBER_OF = """
SELECT upper.rolname FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS upper ON upper.oid = m.roleid
JOIN pg_catalog.pg_roles AS lower ON lower.oid = m.member
WHERE lower.rolname = session_user ORDER BY 1
"""
BY_PASSWORD = frozenset({"scram-sha-256", "md5", "password", "ldap", "pam", "radius"})
PEER_OR_TRUST = "peer or trust"


@dataclass(frozen=True)
class Connected:
    """A connection: the login, the server's version, the method that let it in, the transport, what is weak.

    `method` is the server's word (`scram-sha-256`, `peer`, `trust`); an old server does not tell all of them apart.
    `password_from`: where the password came from; None: none was needed. `tls` is empty without TLS; `is_safe`: nobody
    on a network reads along; `mode` is libpq's sslmode.
    """

    login: str
    groups: tuple[str, ...]
    is_superuser: bool
    version: str
    method: str
    is_socket: bool
    is_safe: bool
    tls: str
    mode: str
    password_from: Sentence | None
    passfile: str
    weak: tuple[Sentence, ...]

    @property
    def goes_by_password(self) -> bool:
        """Whether the server asked for a password to let this login in."""
        return self.method in BY_PASSWORD


def connected(connection: Connection, url: URL) -> Connected:
    """How this connection stands."""
    said = said_of(url)
    facts = connection.exec_driver_sql(FACTS).one()
    groups = tuple(name for (name,) in connection.exec_driver_sql(MEMBER_OF) if name in GROUPS)
    link = cast("Link", connection.connection.driver_connection)
    method = _method(connection, link, facts.major, is_encrypted=facts.tls is not None)
    weak = (
        *weak_server(facts.major, method, said),
        *_weak_login(facts.login, groups, is_superuser=facts.is_superuser),
        *lowered(url),
        *_weak_here(said),
    )
    return Connected(
        login=facts.login,
        groups=groups,
        is_superuser=facts.is_superuser,
        version=facts.version,
        method=method,
        is_socket=said.is_socket,
        is_safe=said.is_local or facts.tls is not None,
        tls=f"{facts.tls} {facts.cipher}" if facts.tls else "",
        mode=said["sslmode"] or ("prefer" if said.is_local else "verify-full"),
        password_from=_password_from(link, said),
        passfile=str(passfile(said)) if passfile(said).exists() else "",
        weak=weak,
    )


def _method(connection: Connection, link: Link, major: int, *, is_encrypted: bool) -> str:
    """How the login was let in: by the server's word, else by what the library had to do."""
    if major >= TELLS_METHOD:
        told = connection.exec_driver_sql("SELECT system_user").scalar_one()
        return str(told).partition(":")[0] if told else "trust"
    if link.pgconn.used_gssapi:
        return "gss"
    if link.pgconn.used_password:
        return "md5" if _is_md5(link) else "password"
    return "cert or trust" if is_encrypted else PEER_OR_TRUST


def _is_md5(link: Link) -> bool:
    """Whether the server insists on the old exchange: it is tried with another that allows SCRAM only."""
    try:
        psycopg.connect(
            link.info.dsn, password=link.info.password, require_auth="scram-sha-256", connect_timeout=ASKING
        ).close()
    except psycopg.OperationalError as error:
        return "hashed password" in str(error)
    return False


def _password_from(link: Link, said: Said) -> Sentence | None:
    """Where the password came from: what this program gave, else what libpq looks through, in its order."""
    if not link.pgconn.used_password:
        return None
    if link.password_from is not None:
        return link.password_from
    if said.service.get("password"):
        return Sentence(mark("the service file"))
    if said.environment.get("PGPASSWORD"):
        return Sentence(mark("PGPASSWORD in the environment"))
    return Sentence("{file}", file=str(passfile(said)))


def weak_server(major: int, method: str, said: Said) -> Iterator[Sentence]:
    """What is weak about the server of this major version, which let somebody in by `method`."""
    if major < OLDEST:
        yield Sentence(
            mark("The server is PostgreSQL {major}; this program needs {oldest}."), major=major, oldest=OLDEST
        )
    if method == "trust":
        yield Sentence(
            mark("The server lets anybody in under any name (trust); use peer or scram-sha-256 in pg_hba.conf.")
        )
    elif method == "md5":
        yield Sentence(
            mark(
                "The server lets people in by md5: a password that is kept so is weak, who copies it can log in with"
                " it. Set it anew with: deskconsole user passwd ; when everybody has, its administrator writes"
                " scram-sha-256 for md5 in pg_hba.conf."
            )
        )
    elif method == PEER_OR_TRUST and not said.is_socket:
        yield Sentence(mark("The server asked for no password: perhaps it lets anybody in under any name (trust)."))


def _weak_login(login: str, groups: tuple[str, ...], *, is_superuser: bool) -> Iterator[Sentence]:
    if is_superuser:
        yield Sentence(
            mark("{login} is a superuser of the server: no rights hold for it; work under a login of your own."),
            login=login,
        )
    if len(groups) > 1:
        yield Sentence(
            mark("{login} is a member of several groups ({groups}); a person has one."),
            login=login,
            groups=", ".join(groups),
        )


def _weak_here(said: Said) -> Iterator[Sentence]:
    if os.environ.get("PGPASSWORD"):
        yield Sentence(
            mark("PGPASSWORD is set: other processes of yours can read it. Use deskconsole login or a .pgpass.")
        )
    file = passfile(said)
    if mode := _open_mode(file):
        yield Sentence(
            mark("{file} has mode {mode}: others may read it, so it is not used. Do: chmod 600"),
            file=str(file),
            mode=mode,
        )
    if said.service_file is not None and said.service.get("password") and (mode := _open_mode(said.service_file)):
        yield Sentence(
            mark("{file} has mode {mode}: others may read the password in it. Do: chmod 600"),
            file=str(said.service_file),
            mode=mode,
        )


def _open_mode(file: Path) -> str:
    """The mode of a file that others may read, in octal; empty when they may not, or it is not there."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return ""
    return f"{mode:04o}" if mode & (stat.S_IRWXG | stat.S_IRWXO) else ""
