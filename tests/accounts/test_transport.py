"""Who is let in how, through what; what doctor says of it; and that nobody gets a password in the clear."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from deskconsole.data.engines.postgresql.address import said_of
from deskconsole.data.engines.postgresql.report import weak_server
from deskconsole.data.passwords import wallet
from deskconsole.data.store import parse_location
from deskconsole.desk import connection, opening
from tests.accounts.conftest import HBA, PASSWORD, MemoryKeyring, North, Run
from tests.support import postgres
from tests.support.postgres import TemporaryPostgres, create_database


def add(north: North, run: Run, login: str, *words: str) -> None:
    """Add an engineer; the password, where one is wanted, is PASSWORD."""
    said = run("--desk", north.administrator, "user", "add", login, "--role", "engineer", *words, stdin=f"{PASSWORD}\n")
    assert said.code == 0, said.err


def weak(run: Run) -> str:
    """All that doctor warns of."""
    return "\n".join(item["value"] for item in run("--desk", "north", "doctor", "--json").json if item["state"] != "ok")


def found(run: Run, name: str) -> str:
    """What doctor says of one thing."""
    values = [item["value"] for item in run("--desk", "north", "doctor", "--json").json if item["name"] == name]
    return str(values[0])


def test_over_ssh_the_system_says_who_it_is_and_nothing_is_typed(north: North, run: Run) -> None:
    add(north, run, "peer_anna", "--no-password")
    north.config.write_text(f'[desks.north]\nurl = "{north.socket_address("peer_anna")}"\n', "utf-8")
    assert run("--desk", "north", "ticket", "list").code == 0
    assert "needs no password of yours" in run("--desk", "north", "login").err
    assert found(run, "Transport") == "Unix socket"
    assert found(run, "Let in by") in {"peer", "peer or trust"}
    assert "peer_anna (desk_engineer)" in found(run, "Logged in as")
    assert weak(run) == ""


def test_doctor_tells_of_a_server_that_trusts_anybody(north: North, run: Run) -> None:
    add(north, run, "trusted_anna", "--no-password")
    north.work_as("trusted_anna")
    assert "(trust)" in weak(run)


def test_doctor_tells_of_md5_and_what_to_do(north: North, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    add(north, run, "md5_anna")
    north.sql("SET password_encryption = md5; ALTER ROLE md5_anna PASSWORD 'old way'")
    monkeypatch.setenv("PGPASSWORD", "old way")
    north.work_as("md5_anna")
    said = weak(run)
    assert "lets people in by md5" in said
    assert "deskconsole user passwd" in said
    address = f"postgresql://md5_anna@/{north.database}?host=db.example&hostaddr=127.0.0.1&port={north.server.port}"
    refused = run("--desk", f"{address}&sslmode=disable", "ticket", "list")
    assert refused.code == 6
    assert "the old, weak way (md5)" in refused.err
    asked = run("--desk", f"{address}&sslmode=disable&require_auth=md5", "ticket", "list")
    assert asked.code == 0, asked.err


def test_doctor_tells_where_the_password_came_from(
    north: North, anna: str, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, memory_keyring: MemoryKeyring
) -> None:
    assert run("--desk", "north", "login", stdin=f"{PASSWORD}\n").code == 0
    assert found(run, "Password from") == "what was typed"
    monkeypatch.setattr(wallet, "_known", {})
    assert found(run, "Password from") == "the keyring"
    monkeypatch.setattr(wallet, "_known", {})
    passfile = home / ".pgpass"
    passfile.touch(mode=0o600)
    quoted = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    passfile.write_text(f"*:*:*:*:{quoted}\n", "utf-8")
    assert found(run, "Password from") == str(passfile)
    services = home / "services.conf"
    services.write_text(f"[n]\nhost=127.0.0.1\nport={north.server.port}\npassword={PASSWORD}\n", "utf-8")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    north.config.write_text(f'[desks.north]\nurl = "postgresql:///{north.database}?service=n&user={anna}"\n', "utf-8")
    assert found(run, "Password from") == "the service file"
    assert PASSWORD not in run("--desk", "north", "doctor").out


def test_doctor_tells_of_the_copy_of_doors_and_of_the_bell(
    north: North, anna: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert found(run, "Hears of changes") == "by the server's bell"
    assert "Copy" not in run("--desk", "north", "doctor").out
    north.sql(f'GRANT TEMP ON DATABASE "{north.database}" TO PUBLIC')
    north.config.write_text(f'{north.config.read_text("utf-8")}read_url = "{north.address(anna)}"\n', "utf-8")
    said = weak(run)
    assert "every login of the server has: TEMP on the database" in said
    assert "it follows no other server" in said
    assert found(run, "Copy: Password from") == "PGPASSWORD in the environment"
    north.config.write_text(north.config.read_text("utf-8").replace("read_url", "#"), "utf-8")
    gone = f'read_url = "postgresql://{anna}@127.0.0.1:1/{north.database}"\n'
    north.config.write_text(north.config.read_text("utf-8") + gone, "utf-8")
    assert "no server answers at that address. Is it running? Boards and reports are read from the main" in weak(run)


def test_doctor_tells_of_the_environment_and_of_an_open_passfile(
    north: North, anna: str, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    (home / ".pgpass").touch(mode=0o644)
    said = weak(run)
    assert "PGPASSWORD is set" in said
    assert "has mode 0644" in said
    assert PASSWORD not in said


@pytest.mark.parametrize(
    ("mode", "secret", "is_warned"), [(0o644, True, True), (0o600, True, False), (0o644, False, False)]
)
def test_doctor_tells_of_an_open_service_file_with_a_password(
    north: North,
    anna: str,
    run: Run,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    secret: bool,
    is_warned: bool,
) -> None:
    services = home / ".pg_service.conf"
    password = f"password={PASSWORD}\n" if secret else ""
    services.write_text(f"[n]\nhost=127.0.0.1\nport={north.server.port}\n{password}", "utf-8")
    services.chmod(mode)
    if not secret:
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    north.config.write_text(f'[desks.north]\nurl = "postgresql:///{north.database}?service=n&user={anna}"\n', "utf-8")
    said = weak(run)
    assert (f"{services} has mode 0644: others may read the password in it" in said) == is_warned
    assert PASSWORD not in said


def test_doctor_tells_of_a_login_that_does_not_fit(north: North, anna: str, run: Run, home: Path) -> None:
    passfile = home / ".pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(
        f"*:*:*:*:{PASSWORD}".replace(PASSWORD, PASSWORD.replace("\\", "\\\\").replace(":", "\\:")), "utf-8"
    )
    assert weak(run) == ""
    north.sql(f"GRANT desk_engineer TO {anna}")
    assert "several groups" in weak(run)
    north.sql(f"REVOKE desk_dispatcher FROM {anna}")
    assert "another role here" in weak(run)


def test_doctor_tells_of_a_superuser_at_the_desk(north: North, run: Run) -> None:
    north.config.write_text(f'[desks.north]\nurl = "{north.administrator}"\n', "utf-8")
    assert "postgres is a superuser" in weak(run)


def test_doctor_tells_of_an_old_server() -> None:
    said = said_of(parse_location("postgresql:///desk"), {})
    assert [str(one) for one in weak_server(13, "peer", said)] == [
        "The server is PostgreSQL 13; this program needs 14."
    ]
    assert not list(weak_server(14, "peer", said))


def test_a_server_that_asks_for_the_clear_password_does_not_get_it(
    north: North, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(north, run, "clear_anna")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    for parameters in ("", "?host=db.example&hostaddr=127.0.0.1&sslmode=disable"):
        address = north.address("clear_anna") + parameters
        if parameters:
            address = f"postgresql://clear_anna@/{north.database}{parameters}&port={north.server.port}"
        assert run("--desk", address, "ticket", "list").code == 6
    asked = north.address("clear_anna") + "?require_auth=password"
    assert run("--desk", asked, "ticket", "list").code == 0


def test_a_server_elsewhere_without_tls_gets_no_word(
    north: North, anna: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    address = f"postgresql://{anna}@/{north.database}?host=db.example&hostaddr=127.0.0.1&port={north.server.port}"
    refused = run("--desk", address, "ticket", "list")
    assert refused.code == 6
    assert "TLS failed" in refused.err
    lowered = run("--desk", f"{address}&sslmode=disable", "ticket", "list")
    assert lowered.code == 0, lowered.err
    assert "Less safe: sslmode=disable" in lowered.err


# --- TLS, where a full server stands -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sure:
    """A server with TLS whose certificate is for `db.example`, and the authority that says so."""

    server: TemporaryPostgres
    authority: Path

    def address(self, *, host: str = "db.example", more: str = "") -> str:
        """The desk there, as if the server stood elsewhere."""
        return f"postgresql://tls_anna@/sure?host={host}&hostaddr=127.0.0.1&port={self.server.port}{more}"


def _with_tls() -> Path | None:
    """The binaries of a server that was built with TLS."""
    places = [Path(named)] if (named := os.environ.get("DESK_TEST_PG_BIN")) else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        told = subprocess.run([place / "pg_config", "--configure"], capture_output=True, text=True, check=False)
        if "openssl" in told.stdout and (place / "initdb").exists():
            return place
    return None


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sure]:
    """A server that proves who it is."""
    binaries = _with_tls()
    if binaries is None or shutil.which("openssl") is None:
        pytest.skip("no PostgreSQL with TLS stands here (apt-get install postgresql)")
    folder = tmp_path_factory.mktemp("tls")
    new = ("req", "-new", "-newkey", "rsa:2048", "-nodes")
    _openssl(folder, *new, "-x509", "-days", "2", "-subj", "/CN=ours", "-keyout", "ca.key", "-out", "ca.crt")
    _openssl(folder, *new, "-subj", "/CN=db.example", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:db.example\n", "ascii")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2")
    _openssl(folder, "x509", "-req", "-in", "server.csr", *signing, "-out", "server.crt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESK_TEST_PG_BIN", str(binaries))
        with TemporaryPostgres(hba=HBA.replace("\nhost ", "\nhostssl ")) as server:
            for name in ("server.key", "server.crt"):
                there = Path(server.socket_folder) / "cluster" / name
                there.write_bytes((folder / name).read_bytes())
                there.chmod(0o600)
                if (login := postgres._login()) is not None:
                    os.chown(there, login.pw_uid, login.pw_gid)
            with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as link:
                link.execute("ALTER SYSTEM SET ssl = on")
                link.execute("SELECT pg_reload_conf()")
            opening.create_desk(create_database(server, "sure"), login="boss")
            yield Sure(server, folder / "ca.crt")


@pytest.fixture
def tls_anna(sure: Sure, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engineer there, whose password is at hand."""
    administrator = sure.server.url("sure").replace("+psycopg", "")
    words = ("--desk", administrator, "user", "add", "tls_anna", "--role", "engineer")
    assert run(*words, stdin=f"{PASSWORD}\n").code == 0
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.mark.full_postgres
@pytest.mark.usefixtures("tls_anna")
def test_a_server_that_proves_itself_is_talked_to_over_tls(sure: Sure, run: Run) -> None:
    address = sure.address(more=f"&sslrootcert={sure.authority}")
    said = run("--desk", address, "ticket", "list")
    assert said.code == 0, said.err
    told = connection.report(address)
    assert told.tls.startswith("TLSv1.")
    assert (told.mode, told.is_safe, told.is_socket) == ("verify-full", True, False)
    assert told.goes_by_password


@pytest.mark.full_postgres
@pytest.mark.usefixtures("tls_anna")
def test_a_certificate_for_another_name_or_of_an_unknown_authority_ends_it(sure: Sure, run: Run) -> None:
    known = f"&sslrootcert={sure.authority}"
    for address in (sure.address(host="other.example", more=known), sure.address()):
        refused = run("--desk", address, "ticket", "list")
        assert (refused.code, "TLS failed" in refused.err) == (6, True), refused.err
    lowered = run("--desk", sure.address(more="&sslmode=require"), "ticket", "list")
    assert lowered.code == 0, lowered.err
    assert "Less safe: sslmode=require: nobody checks" in lowered.err


@pytest.mark.full_postgres
@pytest.mark.usefixtures("tls_anna")
def test_the_authority_of_a_desk_may_stand_where_libpq_looks(sure: Sure, run: Run, home: Path) -> None:
    (home / ".postgresql").mkdir()
    shutil.copy(sure.authority, home / ".postgresql" / "root.crt")
    assert run("--desk", sure.address(), "ticket", "list").code == 0
