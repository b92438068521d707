"""What PostgreSQL and libpq report, as one sentence with what to do; never their details, which may name hidden values.

A statement's error carries a SQLSTATE. A connection that could not be made carries only libpq's words: the first of
`WORDS` that stands in them says why. A server that speaks another language than English is then only "out of reach".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.engine import URL
from sqlalchemy.exc import TimeoutError as PoolTimeout

from deskconsole.domain.errors import Conflict, DeskError, InvalidInput, Refused, StorageUnavailable, Unreachable
from deskconsole.domain.sentences import mark

RETRYABLE = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available
RACES = frozenset({"23503", "23505", "23P01"})  # foreign key, unique, exclusion
READ_ONLY = "25006"

LOGIN_REFUSED = mark(
    "The server refused the login {login} for {desk}: the password is wrong or was changed, or the login was"
    " switched off. Its administrator knows; a new password is kept with: deskconsole login"
)
LOGIN_OFF = mark("The login {login} for {desk} is switched off or does not exist; ask its administrator.")
NOT_LET_IN = mark("The login {login} may not open {desk} from here; ask its administrator.")
MD5_ONLY = mark(
    "The server of {desk} wants the password of {login} in the old, weak way (md5), and was not given it. Its"
    " administrator sets password_encryption = scram-sha-256 and writes scram-sha-256 in pg_hba.conf; then the password"
    " is set anew. Until then, on your own risk: ?require_auth=md5"
)
IN_THE_CLEAR = mark(
    "The server of {desk} asks for the password of {login} in the clear, and was not given it: perhaps another answers"
    " in its place. Its administrator writes scram-sha-256 in pg_hba.conf."
)
NO_DATABASE = mark("There is no database {desk}; ask its administrator to make it, or check the address.")
STARTING = mark("The server of {desk} is starting or stopping; nothing was written. It is tried again.")
POOLER = mark(
    "The pooler before {desk} refuses the program's settings: its administrator adds options to"
    " ignore_startup_parameters (see docs/operations.md)."
)
ENDED = mark(
    "The server of {desk} was restarted, or ended this connection; nothing was written. The next try makes a new one."
)
NO_ROOM = mark("The server of {desk} has no free connection: wait a moment, or ask its administrator.")
ONLY_COPY = mark("{desk} takes no changes now: what answers is a copy. Nothing was written; it is tried again.")
BUSY = mark("The desk {desk} was too busy; nothing was written. Try again.")
SLOW = mark("The desk {desk} took too long to answer, so it was stopped; nothing was written. Ask for less, or again.")
FULL = mark("The disk of the server of {desk} is full: nothing was written. Its administrator frees some room.")
LOST = mark("The desk {desk} can't be reached: the line fell or its server is gone; nothing was written.")
REFUSED = mark("The desk {desk} can't be reached: no server answers at that address. Is it running?")
SILENT = mark("The desk {desk} can't be reached: its server does not answer. Is the network up?")
NO_NAME = mark("The desk {desk} can't be reached: the network does not know that name.")
NO_TRUST = mark(
    "The desk {desk} can't be reached safely: TLS failed. Check the certificate (sslrootcert) or ask its administrator."
)
DAMAGED = mark("The server of {desk} found its data damaged or unreadable. Don't work on; tell its administrator.")
NO_RIGHT = mark("Your login at {desk} has no right to this; nothing was written.")
STALE = mark("Somebody else changed this at the same moment; look again and repeat.")
WRONG_CLOCK = mark(
    "The clock of this machine is not the server's any more; nothing was written. Set it right, and open the desk"
    " again."
)
NO_DESK = mark(
    "{desk} shows the login {login} no desk: its role was taken away, or there is none of this program. Its"
    " administrator looks: user list, db upgrade"
)
AGAINST_RULE = mark("The database refuses that by its rule {rule}; nothing was written.")
ALL_TAKEN = mark("All connections of this console wait for {desk}; nothing was written. It is tried again.")

STATES: Sequence[tuple[str, type[DeskError], str]] = (
    ("28P01", StorageUnavailable, LOGIN_REFUSED),
    ("28", StorageUnavailable, LOGIN_OFF),
    ("3D000", StorageUnavailable, NO_DATABASE),
    ("3F000", StorageUnavailable, NO_DESK),
    ("42P01", StorageUnavailable, NO_DESK),
    ("42501", Refused, NO_RIGHT),
    ("DK409", Conflict, STALE),
    ("DK408", Refused, WRONG_CLOCK),
    ("57P03", Unreachable, STARTING),
    ("57P04", StorageUnavailable, NO_DATABASE),
    ("57P", Unreachable, ENDED),
    ("25P03", Unreachable, ENDED),  # it idled in a transaction: this process stood still
    ("25P04", Unreachable, ENDED),
    (READ_ONLY, Unreachable, ONLY_COPY),
    ("53300", Unreachable, NO_ROOM),
    ("53100", StorageUnavailable, FULL),
    ("53", Unreachable, NO_ROOM),
    ("40", StorageUnavailable, BUSY),
    ("55P03", StorageUnavailable, BUSY),
    ("57014", StorageUnavailable, SLOW),
    ("58", StorageUnavailable, DAMAGED),
    ("XX001", StorageUnavailable, DAMAGED),
    ("XX002", StorageUnavailable, DAMAGED),
    ("08", Unreachable, LOST),
)

WORDS: Sequence[tuple[str, type[DeskError], str]] = (
    ("password authentication failed", StorageUnavailable, LOGIN_REFUSED),
    ("no password supplied", StorageUnavailable, LOGIN_REFUSED),
    ("peer authentication failed", StorageUnavailable, NOT_LET_IN),
    ("ident authentication failed", StorageUnavailable, NOT_LET_IN),
    ("no pg_hba.conf entry", StorageUnavailable, NOT_LET_IN),
    ("permission denied for database", StorageUnavailable, NOT_LET_IN),
    ("connection slots", Unreachable, NO_ROOM),
    ("too many clients", Unreachable, NO_ROOM),
    ("too many connections", Unreachable, NO_ROOM),
    ("not permitted to log in", StorageUnavailable, LOGIN_OFF),
    ('role "" does not exist', StorageUnavailable, LOGIN_OFF),
    ('database "" does not exist', StorageUnavailable, NO_DATABASE),
    ("requested a hashed password", StorageUnavailable, MD5_ONLY),
    ("requested a cleartext password", StorageUnavailable, IN_THE_CLEAR),
    ("certificate", StorageUnavailable, NO_TRUST),
    ("ssl", StorageUnavailable, NO_TRUST),
    ("channel binding", StorageUnavailable, NO_TRUST),
    ("authentication method", StorageUnavailable, NO_TRUST),
    ("unsupported startup parameter", StorageUnavailable, POOLER),
    ("starting up", Unreachable, STARTING),
    ("shutting down", Unreachable, STARTING),
    ("in recovery", Unreachable, STARTING),
    ("not yet accepting", Unreachable, STARTING),
    ("not accepting", Unreachable, STARTING),
    ("read-only", Unreachable, ONLY_COPY),
    ("hot standby", Unreachable, ONLY_COPY),
    ("translate host name", Unreachable, NO_NAME),
    ("failed to resolve", Unreachable, NO_NAME),
    ("timeout", Unreachable, SILENT),
    ("timed out", Unreachable, SILENT),
    ("does not answer", Unreachable, SILENT),
    ("no route", Unreachable, SILENT),
    ("unreachable", Unreachable, SILENT),
    ("refused", Unreachable, REFUSED),
    ("no such file", Unreachable, REFUSED),
)
"""In this order: with several hosts the words of all stand together, and what needs a person's hand comes first."""


CONNECTING = ("connection failed", "connection is bad", "connection timeout", "failed to resolve", "does not answer")


def explained(error: BaseException, url: URL) -> DeskError:
    """The driver's error as a sentence; what may pass by itself is `Unreachable`, what rights forbid `Refused`."""
    desk, login = f"{_host(url)}/{url.database}", url.username or "-"
    cause = getattr(error, "orig", error)
    state = getattr(cause, "sqlstate", None)
    if isinstance(error, PoolTimeout):
        return Unreachable(ALL_TAKEN, desk=desk)
    if state is None:
        kind, template = _by_words(str(cause).lower())
        return kind(template, desk=desk, login=login)
    for prefix, kind, template in STATES:
        if state.startswith(prefix):
            return kind(template, desk=desk, login=login)
    if state.startswith("23"):
        rule = getattr(getattr(cause, "diag", None), "constraint_name", None)
        return InvalidInput(AGAINST_RULE, rule=rule or state)
    return StorageUnavailable(mark("The desk {desk} gave error {state}; nothing was written."), desk=desk, state=state)


def _by_words(words: str) -> tuple[type[DeskError], str]:
    """What libpq's words mean; names in quotes are not its words. A line that fell while it was used is just lost."""
    if not any(begin in words for begin in CONNECTING):
        return Unreachable, LOST
    plain = re.sub(r'"[^"]*"', '""', words)
    return next(((kind, template) for sign, kind, template in WORDS if sign in plain), (Unreachable, LOST))


def _host(url: URL) -> str:
    """The host or hosts of an address, as a person calls them."""
    hosts = url.host or url.query.get("host") or "localhost"
    return hosts if isinstance(hosts, str) else ",".join(hosts)
