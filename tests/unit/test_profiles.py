"""Desks by name, and addresses of shared desks."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from deskconsole import credentials
from deskconsole.cli.front import Front, open_console
from deskconsole.config import load_settings, save_setting
from deskconsole.data.engines.postgresql.address import hosts_as_parameters, lowered, prepared, said_of
from deskconsole.data.engines.postgresql.login import is_password_wanted
from deskconsole.data.passwords import Found, Secret, nobody, wallet
from deskconsole.data.store import parse_location
from deskconsole.desk.connection import place_of, share_password
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence
from deskconsole.domain.text import holds_password
from deskconsole.profiles import Profile, with_login

NORTH = '[desks.north]\nurl = "postgresql://db.example/desk"\nlogin = "anna"\n'
SECRET = "hunter2-secret"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PGHOST", "PGSSLMODE", "PGSERVICE", "PGSERVICEFILE", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path))
    monkeypatch.setattr(wallet, "_known", {})
    (tmp_path / "config").mkdir()
    return tmp_path


def configure(home: Path, text: str) -> None:
    (home / "config" / "config.toml").write_text(text, "utf-8")


def test_a_name_goes_before_a_file_only_where_config_has_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    (home / "north").touch()
    configure(home, "")
    assert Front("north").location() == "north"
    configure(home, NORTH)
    assert Front("north").location() == "postgresql://anna@db.example/desk"
    assert Front("./north").location() == "./north"
    assert Front("postgresql://x@other/desk").location() == "postgresql://x@other/desk"


def test_the_usual_desk_may_be_a_name(home: Path) -> None:
    configure(home, f'desk = "north"\n{NORTH}read_url = "postgresql://copy.example/desk"\n')
    assert Front().location() == "postgresql://anna@db.example/desk"
    assert Front().reading_location() == "postgresql://anna@copy.example/desk"
    assert Front().who() == "anna"


def test_who_is_asked_for_comes_from_the_nearest_place(home: Path) -> None:
    configure(
        home, f'login = "ann"\n{NORTH}[desks.south]\nurl = "postgresql://b.olga@db/south"\n[desks.file]\nurl = "x"\n'
    )
    assert Front("north").who() == "anna"
    assert Front("south").who() is None
    assert Front("south", "boss").who() == "boss"
    assert Front("file").who() == "ann"
    assert Front("postgresql://db/desk").location() == "postgresql://ann@db/desk"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'[desks.north]\nurl = "postgresql://anna:{SECRET}@db/desk"\n', "line 2: a password does not belong here"),
        (f'[desks.north]\nurl = "x"\nread_url = "postgresql://db/d?password={SECRET}"\n', "line 3: a password"),
        (f'[desks.north]\nurl = "x"\npassword = "{SECRET}"\n', "line 3: a password does not belong here"),
        (f'desk = "postgresql://anna:{SECRET}@db/desk"\n', "line 1: a password does not belong here"),
        ('[desks.north]\nurll = "x"\n', "line 2: a desk has no urll. Did you mean url?"),
        ('[desks.north]\nlogin = "anna"\n', 'line 1: a desk needs url = "postgresql://..."'),
        ("[desks.north]\nurl = 3\n", "line 2: url is a text in quotes"),
        ('[desks]\nnorth = "x"\n', "line 2: a desk begins with [desks.NAME]"),
        ("desks = 3\n", "line 1: a desk begins with [desks.NAME]"),
        ('[desks."a/b"]\nurl = "x"\n', "is no name for a desk"),
    ],
)
def test_what_a_desk_can_not_be_is_said_with_its_line(home: Path, text: str, words: str) -> None:
    configure(home, text)
    with pytest.raises(InvalidInput) as refused:
        load_settings(home / "config" / "config.toml")
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_setting_is_never_written_into_a_desks_table(home: Path) -> None:
    file = home / "config" / "config.toml"
    configure(home, NORTH)
    save_setting(file, "login", "olga")
    settings = load_settings(file)
    assert (settings.login, settings.desks) == (
        "olga",
        (Profile("north", "postgresql://db.example/desk", "", "anna"),),
    )


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{SECRET}@host/desk",
        f"postgresql://u:{SECRET}@a:1,b:2/desk",
        f"postgresql://host/desk?user=u&password={SECRET}",
        f"postgresql://host/desk?user=u&pass%77ord={SECRET}",
        f"postgresql://host/desk?sslpassword={SECRET}",
        f"host=db user=u password={SECRET}",
    ],
)
def test_a_password_is_noticed_wherever_it_stands(home: Path, address: str) -> None:
    configure(home, "")
    assert holds_password(address)
    with pytest.raises(InvalidInput) as refused:
        Front(address).location()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["postgresql://u@host:5432/desk", "/srv/desk.sqlite", "postgresql:///desk?host=/run"]
)
def test_no_password_is_seen_where_there_is_none(address: str) -> None:
    assert not holds_password(address)


def test_a_password_given_by_a_program_leaves_the_address(home: Path) -> None:
    url = parse_location(f"postgresql://u:{SECRET}@db.example/desk?password={SECRET}")
    assert SECRET not in f"{url.render_as_string(hide_password=False)} {url!r} {tuple(url)}"
    known = wallet.known(said_of(url).place)
    assert known is not None
    assert known.secret.reveal() == SECRET


HOSTS = st.from_regex(r"[a-z][a-z0-9.-]{0,10}[a-z0-9]", fullmatch=True) | st.just("::1")
PORTS = st.none() | st.integers(1, 65535)


@given(st.lists(st.tuples(HOSTS, PORTS), min_size=2, max_size=4), st.booleans())
def test_several_hosts_reach_libpq_in_their_order(hosts: list[tuple[str, int | None]], has_login: bool) -> None:
    written = ",".join((f"[{host}]" if ":" in host else host) + (f":{port}" if port else "") for host, port in hosts)
    url = parse_location(f"postgresql://{'anna@' if has_login else ''}{written}/desk?sslmode=require")
    _none, words = create_engine(prepared(url, {})).dialect.create_connect_args(prepared(url, {}))
    assert words["host"] == ",".join(host for host, _port in hosts)
    assert [port or "5432" for port in words["port"].split(",")] == [str(port or 5432) for _host, port in hosts]
    assert words["target_session_attrs"] == "read-write"
    assert (words["dbname"], words["sslmode"], words.get("user")) == ("desk", "require", "anna" if has_login else None)


def test_an_own_choice_of_server_stays(home: Path) -> None:
    url = prepared(parse_location("postgresql://a,b/desk?target_session_attrs=any"), {})
    assert url.query["target_session_attrs"] == "any"
    assert "target_session_attrs" not in prepared(parse_location("postgresql://a/desk"), {}).query


@pytest.mark.parametrize("address", ["postgresql://a,/desk", "postgresql://a:x,b/desk", "postgresql://[::1,b/desk"])
def test_hosts_that_can_not_be_read_are_said(address: str) -> None:
    with pytest.raises(InvalidInput, match="no address of a desk"):
        parse_location(address)


def test_a_host_elsewhere_must_prove_itself(home: Path) -> None:
    query = prepared(parse_location("postgresql://anna@db.example/desk"), {}).query
    assert (query["sslmode"], query["require_auth"], query["channel_binding"]) == (
        "verify-full",
        "scram-sha-256",
        "require",
    )
    assert query["application_name"] == "deskconsole"
    assert query["sslrootcert"] == "system" or Path(str(query["sslrootcert"])).is_file()


@pytest.mark.parametrize(
    "address",
    ["postgresql:///desk", "postgresql://localhost/desk", "postgresql://[::1]/desk", "postgresql:///d?host=/run"],
)
def test_this_machine_needs_no_tls_and_gets_no_clear_password(home: Path, address: str) -> None:
    query = prepared(parse_location(address), {}).query
    assert "sslmode" not in query
    assert query["require_auth"] == "!password"


@pytest.mark.parametrize(
    ("parameters", "environment", "mode", "binding", "warned"),
    [
        ("", {}, "verify-full", "require", 0),
        ("?sslmode=require", {}, "require", "require", 1),
        ("?sslmode=disable", {}, "disable", None, 1),
        ("", {"PGSSLMODE": "prefer"}, "prefer", None, 1),
        ("?require_auth=md5", {}, "verify-full", None, 1),
        ("?channel_binding=disable", {}, "verify-full", "disable", 1),
        ("?sslmode=verify-ca&require_auth=scram-sha-256", {}, "verify-ca", "require", 1),
    ],
)
def test_who_lowers_the_safety_is_told(
    home: Path, parameters: str, environment: dict[str, str], mode: str, binding: str | None, warned: int
) -> None:
    url = parse_location(f"postgresql://anna@db.example/desk{parameters}")
    query = prepared(url, environment).query
    assert (query["sslmode"], query.get("channel_binding")) == (mode, binding)
    assert len(lowered(url, environment)) == warned


def test_a_service_file_says_where_and_how(home: Path) -> None:
    (home / ".pg_service.conf").write_text("[north]\nhost=db.example\nsslmode=verify-ca\nuser=anna\n", "utf-8")
    url = parse_location("postgresql:///desk?service=north")
    assert not said_of(url, {}).is_local
    assert prepared(url, {}).query["sslmode"] == "verify-ca"
    assert said_of(url, {}).place.login == "anna"
    assert with_login("postgresql:///desk?service=north", "olga") == "postgresql:///desk?service=north"
    assert said_of(parse_location("postgresql:///desk"), {"PGSERVICE": "north"}).hosts == ("db.example",)


def test_one_host_is_left_to_sqlalchemy() -> None:
    for address in ("postgresql://u@h:1/d", "postgresql:///d?host=a,b", "/srv/a,b.sqlite"):
        assert hosts_as_parameters(address) == address


def test_a_console_that_draws_asks_for_no_password_whatever_else_its_desk_has(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, f'desk = "north"\n{NORTH}read_url = "postgresql://copy.example/desk"\n')

    def run(*_args: object, **_more: object) -> int:
        assert wallet.ask is credentials._offers
        return 0

    monkeypatch.setattr("deskconsole.console.run", run)
    monkeypatch.setattr(wallet, "ask", nobody)
    assert open_console(Front(), "board") == 0


def test_the_copy_is_tried_with_the_password_that_the_main_server_took(home: Path) -> None:
    main, copy = "postgresql://anna@db.example/desk", "postgresql://anna@copy.example/desk"
    share_password(main, copy)
    assert wallet.known(place_of(copy)) is None
    kept = Found(Secret(SECRET), Sentence("the keyring"))
    wallet.remember(place_of(main), kept)
    share_password(main, copy)
    assert wallet.known(place_of(copy)) == kept
    own = Found(Secret("own"), Sentence("the keyring"))
    wallet.remember(place_of(copy), own)
    share_password(main, copy)
    assert wallet.known(place_of(copy)) == own


@pytest.mark.parametrize(
    "words",
    [
        'password authentication failed for user "anna"',
        "Passwort-Authentifizierung für Benutzer »anna« fehlgeschlagen",
        "la autentificación password falló para el usuario «anna»",
        "authentification par mot de passe échouée pour l'utilisateur  « anna »",
        'autenticazione con password fallita per l\'utente "anna"',
        'ユーザー"anna"のパスワード認証に失敗しました',
        'პაროლით ავთენტიფიკაცია მომხმარებლისთვის "anna" ვერ მოხერხდა',
        '사용자 "anna"의 password 인증을 실패했습니다',
        'пользователь "anna" не прошёл проверку подлинности (по паролю)',
        'Lösenordsautentisering misslyckades för användare "anna"',
        'користувач "anna" не пройшов автентифікацію за допомогою пароля',
        '用户 "anna" Password 认证失败',
    ],
)
def test_a_wrong_password_is_known_in_the_languages_of_the_server(words: str) -> None:
    assert is_password_wanted(psycopg.OperationalError(f"connection failed: FATAL:  {words}"))
    assert not is_password_wanted(psycopg.OperationalError("connection failed: Connection refused"))


def test_a_wrong_password_is_known_by_its_state_in_any_language() -> None:
    assert is_password_wanted(psycopg.errors.InvalidPassword("?"))
    assert not is_password_wanted(psycopg.errors.InvalidAuthorizationSpecification("?"))
