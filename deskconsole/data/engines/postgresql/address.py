"""Addresses of PostgreSQL desks: several hosts, and what a connection to a host that is not local must hold to.

What the address says counts, then a service file, then libpq's environment variables; where none of them says a
thing, the safe choice is made here (design: storage.md, "Passwords").
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL

from deskconsole.data.passwords import GIVEN, Found, Place, Secret, wallet
from deskconsole.domain.sentences import Sentence, mark

PROGRAM = "deskconsole"
LOCAL_NAMES = frozenset({"", "localhost", "127.0.0.1", "::1"})
VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "require_auth": "PGREQUIREAUTH",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "application_name": "PGAPPNAME",
    "passfile": "PGPASSFILE",
}
"""What a parameter is called in the environment."""
SAFE_MODE, SAFE_AUTH, SAFE_BINDING = "verify-full", "scram-sha-256", "require"
ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_SEVERAL = re.compile(r"^(postgres[^:/]*://)(?:([^/?#]*)@)?([^/?#@]*,[^/?#@]*)([/?#].*)?$", re.DOTALL)
_HOST = re.compile(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::([0-9]{1,5}))?")


def hosts_as_parameters(address: str) -> str:
    """`...://user@a:5432,b/desk` with its hosts as parameters, as SQLAlchemy reads them; another address as it is.

    Raises:
        ValueError: a host of several can't be read.
    """
    match = _SEVERAL.match(address)
    if match is None:
        return address
    scheme, user, places, rest = match.groups()
    hosts, ports = [], []
    for place in places.split(","):
        found = _HOST.fullmatch(place.strip())
        if found is None or not (found[1] or found[2]):
            raise ValueError("no host")
        hosts.append(found[1] or found[2])
        ports.append(found[3] or "")
    path, sign, query = (rest or "").partition("?")
    named = f"host={','.join(hosts)}" + (f"&port={','.join(ports)}" if any(ports) else "")
    return f"{scheme}{'' if user is None else f'{user}@'}{path or '/'}?{named}{'&' if sign and query else ''}{query}"


@dataclass(frozen=True)
class Said:
    """What is said of a connection: by its address, a service file, the environment."""

    url: URL
    service: Mapping[str, str] = field(repr=False)  # these two may hold a password
    environment: Mapping[str, str] = field(repr=False)
    service_file: Path | None = None  # where the service was found

    def __getitem__(self, name: str) -> str:
        """The value of libpq's parameter `name`; empty where nobody says."""
        own = {"user": self.url.username, "dbname": self.url.database, "host": self.url.host}
        if name == "port" and self.url.port:
            own["port"] = str(self.url.port)
        return (
            own.get(name)
            or _as_text(self.url.query.get(name))
            or self.service.get(name)
            or self.environment.get(VARIABLES.get(name, ""))
            or ""
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that are asked in turn; an empty one is the Unix socket."""
        return tuple((self["host"] or self["hostaddr"]).split(","))

    @property
    def is_local(self) -> bool:
        """Whether nothing leaves this machine."""
        addresses = self["hostaddr"].split(",") if self["hostaddr"] else ()
        return all(host in LOCAL_NAMES or host.startswith(("/", "@")) for host in (*self.hosts, *addresses))

    @property
    def is_socket(self) -> bool:
        """Whether it goes through a Unix socket."""
        return not self["hostaddr"] and all(not host or host.startswith(("/", "@")) for host in self.hosts)

    @property
    def place(self) -> Place:
        """Whose password is needed where."""
        ports = self["port"].split(",")
        each = ports if len(ports) == len(self.hosts) else ports[:1] * len(self.hosts)  # one port is for all hosts
        login = self["user"] or _system_name()
        return Place(login, tuple(zip(self.hosts, each, strict=True)), self["dbname"] or login)


def said_of(url: URL, environment: Mapping[str, str] | None = None) -> Said:
    """What is said of a connection to `url`."""
    known = os.environ if environment is None else environment
    name = _as_text(url.query.get("service")) or known.get("PGSERVICE", "")
    file, service = _service(name, url, known) if name else (None, {})
    return Said(url, service, known, file)


def prepared(url: URL, environment: Mapping[str, str] | None = None) -> URL:
    """The address with everything added that makes the connection safe, and nobody has said otherwise."""
    said = said_of(url, environment)
    wanted = {} if said["application_name"] else {"application_name": PROGRAM}
    if len(said.hosts) > 1 and not said["target_session_attrs"]:
        wanted["target_session_attrs"] = "read-write"
    if said.is_local:
        if not said["require_auth"]:
            # Whoever listens on a port or in /tmp while the server is down must not be handed a clear password.
            wanted["require_auth"] = "!password"
        return url.update_query_dict(wanted)
    mode = said["sslmode"] or SAFE_MODE
    auth = said["require_auth"] or SAFE_AUTH
    wanted |= {"sslmode": mode, "require_auth": auth}
    if not said["channel_binding"] and mode in ENCRYPTED and auth == SAFE_AUTH:
        wanted["channel_binding"] = SAFE_BINDING
    if mode.startswith("verify-") and not said["sslrootcert"] and not _own_roots().exists():
        wanted["sslrootcert"] = _roots_of_the_system()
    return url.update_query_dict(wanted)


def lowered(url: URL, environment: Mapping[str, str] | None = None) -> list[Sentence]:
    """What somebody has made less safe than it would be by itself, in words."""
    said = said_of(url, environment)
    if said.is_local:
        return []
    host, mode, auth = ",".join(said.hosts), said["sslmode"], said["require_auth"]
    words = []
    if mode and mode not in ENCRYPTED:
        words.append(
            Sentence(
                mark("sslmode={mode}: what goes to {host} and back may cross the network in the clear."),
                mode=mode,
                host=host,
            )
        )
    elif mode and mode != SAFE_MODE:
        words.append(
            Sentence(mark("sslmode={mode}: nobody checks that it is {host} who answers."), mode=mode, host=host)
        )
    if auth and auth != SAFE_AUTH:
        words.append(
            Sentence(
                mark("require_auth={auth}: {host} may ask for the password in a weaker way than SCRAM."),
                auth=auth,
                host=host,
            )
        )
    binding = said["channel_binding"]
    if binding and binding != SAFE_BINDING:
        words.append(
            Sentence(
                mark("channel_binding={binding}: somebody between here and {host} would not be noticed."),
                binding=binding,
                host=host,
            )
        )
    return words


def without_secret(url: URL) -> URL:
    """The address without its password, which this process remembers for it."""
    given = url.password or _as_text(url.query.get("password"))
    bare = URL.create(
        url.drivername, url.username, None, url.host, url.port, url.database, url.query
    ).difference_update_query(["password"])
    if given:
        wallet.remember(said_of(bare).place, Found(Secret(given), GIVEN))
    return bare


def passfile(said: Said) -> Path:
    """The password file that libpq reads."""
    return Path(said["passfile"]).expanduser() if said["passfile"] else Path("~/.pgpass").expanduser()


def _service(name: str, url: URL, environment: Mapping[str, str]) -> tuple[Path | None, Mapping[str, str]]:
    """The parameters of a service and its file, the person's or the system's; none when libpq will complain itself."""
    import configparser

    own = _as_text(url.query.get("servicefile")) or environment.get("PGSERVICEFILE") or "~/.pg_service.conf"
    files = [Path(own).expanduser()]
    if folder := environment.get("PGSYSCONFDIR"):
        files.append(Path(folder) / "pg_service.conf")
    for file in files:
        parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=False)
        try:
            parser.read_string(file.read_text("utf-8", "replace"))
        except (OSError, configparser.Error):
            continue
        if parser.has_section(name):
            return file, dict(parser.items(name))
    return None, {}


def _own_roots() -> Path:
    """Where libpq looks for trusted certificates by itself."""
    return Path("~/.postgresql/root.crt").expanduser()


def _roots_of_the_system() -> str:
    """The file of certificates this system trusts.

    libpq's own word `system` asks its OpenSSL, and the one inside psycopg's wheels knows no system's folders.
    """
    import ssl

    found = ssl.get_default_verify_paths().cafile
    for name in (found, *BUNDLES):
        if name and Path(name).is_file():
            return name
    return "system"


def _as_text(value: str | tuple[str, ...] | None) -> str:
    return ",".join(value) if isinstance(value, tuple) else value or ""


def _system_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
