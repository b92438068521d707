"""Every command as each login of a shared desk: it does its work, or ends with one sentence and the documented code.

Who may what is written by hand, from domain.md (section 1), docs/security.md and docs/cli.md. A command without a line
here fails.
"""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deskconsole.cli import app, main
from deskconsole.data import store as storage
from deskconsole.data.queries import ticket_card
from deskconsole.data.store import Store
from deskconsole.desk import tickets
from deskconsole.domain.terms import Role
from deskconsole.i18n import use_language
from tests.rights.walk import ALL, DESK, KEEPERS, STAFF, WalkedDesk, Walker, denials
from tests.rights.world import BI_LOGIN, LOGINS

NOBODY: frozenset[Role] = frozenset()
ANYBODY = ALL | {Role.BI}
SECRET = "hunter2-of-the-walk"
REFUSED = frozenset({3, 4})  # a right says no, or it is not for these eyes
SHUT = frozenset({4, 6})  # and: the server, or what stands there already, says no before anything was written
DEAF = frozenset({2, 4, 6})  # and: nobody sits at a terminal to type a password
Words = Callable[[Walker], Sequence[object]]


@dataclass(frozen=True)
class Line:
    """A command, who may run it, its words, and the codes it ends with for all others."""

    path: str
    roles: frozenset[Role]
    words: Words = lambda _w: ()
    refused: frozenset[int] = REFUSED
    done: frozenset[int] = frozenset({0})
    json: bool = True  # with --json too, where there is that


def said(*words: object) -> Words:
    """The same words for everybody."""
    return lambda _w: words


def own(*words: object) -> Words:
    """Words after the walker's own ticket."""
    return lambda w: (w.own, *words)


def to_file(what: str) -> Words:
    """What is exported, and a new file for it."""
    return lambda w: (what, w.file.with_name(f"{w.name(what)}.csv"))


def _undo(w: Walker) -> Sequence[object]:
    key = uuid4()
    tickets.set_status(w.desk, [w.given()], "waiting_supplier", key=key)
    return (key,)


def _point(w: Walker) -> Sequence[object]:
    number = w.point()
    card = w.boss.read(ticket_card.card, w.own, w.viewer_of(w.boss))
    return (w.own, next(one.position for one in card.checklist if one.id == number))


def _file(w: Walker, name: str, text: str) -> str:
    path = w.file.with_name(name)
    path.write_text(text, "utf-8")
    return str(path)


def _taken(w: Walker) -> Sequence[object]:
    return ("clients", _file(w, "clients.csv", f"name\n{w.name()}\n"))


def _calendar(w: Walker) -> Sequence[object]:
    form = {"timezone": "UTC", "hours": {"mon": [["09:00", "18:00"]]}}
    return (w.name(), _file(w, "calendar.json", json.dumps(form)))


def _template(w: Walker) -> Sequence[object]:
    return (w.name(), "--start", "2026-03-02T09:00", "--rule", "FREQ=WEEKLY", "--subject", "again")


def _absence(w: Walker) -> Sequence[object]:
    first, last = w.days_off()
    return (w.desk.actor.login, first, last)


WALK = (
    Line("alert list", ALL),
    Line("alert ack", ALL, lambda w: (w.alert(),)),
    Line("alert mute", ALL, lambda w: (w.alert(), "--for", "1h")),
    Line("alert lead", KEEPERS, lambda w: ("field", w.boss.actor.login)),
    Line("alert rules", STAFF),
    Line("alert rules", KEEPERS, said("--unread-every", "7")),
    Line("board", STAFF, said("--once")),
    Line("board", KEEPERS, said("--target", "95"), json=False),
    Line("calendar list", STAFF),
    Line("calendar show", STAFF, said("office")),
    Line("calendar add", STAFF, said("office", "2026-03-02T09:00", "2h")),
    Line("calendar between", STAFF, said("office", "2026-03-02T09:00", "2026-03-03T09:00")),
    Line("calendar compute", ANYBODY),
    Line("calendar absent", STAFF),
    Line("calendar absent", DESK, _absence),
    Line("calendar person", DESK, lambda w: (w.desk.actor.login, "office")),
    Line("calendar set", KEEPERS, lambda w: (w.name(), "--zone", "UTC", "--hours", "24/7")),
    Line("calendar import", KEEPERS, _calendar),
    Line("client list", STAFF),
    Line("client show", STAFF, said("Ромашка")),
    Line("contract show", STAFF, said("К-17/2026")),
    Line("equipment show", STAFF, said("КАС-0012")),
    Line("export", ALL, to_file("tickets")),
    *(Line("export", STAFF, to_file(what)) for what in ("clients", "equipment", "contracts", "hours")),
    Line("import", DESK, _taken),
    Line("hours show", STAFF, said("Ромашка")),
    Line("hours grant", DESK, said("Ромашка", "60")),
    Line("hours adjust", KEEPERS, lambda w: (w.rows["lot"], "5", "--reason", "gift")),
    Line("hours expire", DESK, said("Ромашка")),
    Line("recurring list", STAFF),
    Line("recurring show", STAFF, lambda w: (w.rows["template"],)),
    Line("recurring preview", ANYBODY, said("--start", "2026-03-02T09:00", "--rule", "FREQ=WEEKLY")),
    Line("recurring add", DESK, _template),
    Line("recurring pause", DESK, lambda w: (w.template(),)),
    Line("recurring resume", DESK, lambda w: (w.resting(),)),
    Line("ticket list", ALL),
    Line("ticket list", ALL, said("zebra", "assignee:me", "status:any", "-unread:no")),
    Line("ticket show", ALL, own()),
    Line("ticket new", STAFF, said("--subject", "till", "--client", "Ромашка", "--equipment", "КАС-0012")),
    Line("ticket assign", STAFF, lambda w: (w.given("ed"), "me")),
    Line("ticket assign", DESK, lambda w: (w.given(), w.boss.actor.login)),
    Line("ticket status", ALL, lambda w: (w.given(), "in_progress")),
    Line("ticket priority", DESK, lambda w: (w.given(), "4")),
    Line("ticket undo", ALL, _undo),
    Line("ticket note", STAFF, own("they never pay")),
    Line("ticket reply", ALL, own("on my way")),
    Line("ticket client-said", STAFF, own("thanks")),
    Line("ticket arrive", ALL, lambda w: (w.given(),)),
    Line("ticket check", ALL, _point),
    Line("ticket time", ALL, own("5")),
    Line("user list", ALL),
    Line("user add", NOBODY, said("newcomer", "--role", "admin", "--no-password")),
    Line("user add", ANYBODY, said("newcomer", "--role", "admin", "--no-password", "--print-sql")),
    Line("user disable", NOBODY, lambda w: (w.boss.actor.login,)),
    Line("user passwd", NOBODY, refused=DEAF),
    Line("login", ANYBODY),  # the server of these tests lets everybody in without a password
    Line("logout", ANYBODY),
    Line("doctor", ANYBODY, done=frozenset({0, 1})),
    Line("db check", NOBODY, refused=SHUT),
    Line("db init", NOBODY, refused=SHUT),
    Line("init", NOBODY, refused=SHUT),
    Line("db upgrade", NOBODY, refused=SHUT),
    Line("db backup", NOBODY, lambda w: (w.file.with_name(w.name("copy")),), SHUT),
    Line("db restore", NOBODY, lambda w: (_file(w, "copy", "x"),), SHUT),
    Line("db copy", NOBODY, lambda w: ("--from", w.address, "--to", w.file.with_name(w.name("copy"))), SHUT),
    Line("demo", NOBODY, said("--no-open", "--tickets", "1"), SHUT),
    Line("worker", DESK, said("--once")),
    # What every ticket is derived anew after, last: the others are quicker so.
    Line("sla list", STAFF),
    Line("sla show", STAFF, said("gold")),
    Line("sla explain", STAFF, own()),
    Line("sla replay", STAFF),
    Line("sla calendar", STAFF),
    Line("sla calendar", KEEPERS, said("office")),
    Line("sla clocks", STAFF),
    Line("sla clocks", KEEPERS, said("planned", "--stand", "update")),
    Line("sla set", KEEPERS, lambda w: (w.name(), "--target", "update 8h")),
    Line("sla bind", KEEPERS, lambda w: (w.policy(), "--client", "Ромашка")),
    Line("sla unbind", KEEPERS, lambda w: (w.bound(), "--category", "B")),
    Line("sla retire", KEEPERS, lambda w: (w.policy(),)),
    Line("sla recompute", DESK),
)
CONSOLES = frozenset({"my"})
"""Commands that only open a console: test_walk_screens.py looks at those."""


@functools.cache
def tree() -> Any:
    """The command tree, made once."""
    return TREE()


TREE = app.command


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of the tree by its path."""
    for name, made in group.commands.items():
        if hasattr(made, "commands"):
            yield from commands(made, f"{path}{name} ")
        else:
            yield f"{path}{name}", made


def has_json(path: str) -> bool:
    """Whether a command writes JSON when it is asked to."""
    return any("--json" in param.opts for name, made in commands(tree()) if name == path for param in made.params)


class KeptStore(Store):
    """A store that outlives a command: the next one of the same login need not connect and compile anew."""

    def close(self) -> None:
        """Stay open; the fixture closes it."""


@pytest.fixture(scope="module")
def kept() -> Iterator[Callable[[str], Store]]:
    """Opens each desk once for each login."""
    opened: dict[str, Store] = {}
    open_anew = storage.open_store

    def open_kept(location: str) -> Store:
        if location not in opened:
            opened[location] = open_anew(location)
        found = opened[location]
        return KeptStore(url=found.url, dialect=found.dialect, reader=found.reader, writer=found.writer)

    yield open_kept
    for store in opened.values():
        store.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: Callable[[str], Store]) -> Iterator[Path]:
    """The person's folders for this test; no keyring, and a password in the environment that nobody may repeat."""
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("PGPASSWORD", SECRET)
    for name in ("LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(app, "command", tree)
    monkeypatch.setattr(storage, "open_store", kept)
    yield tmp_path
    use_language("en")


def test_every_command_has_a_line_in_the_walk() -> None:
    assert {path for path, _made in commands(tree())} == {line.path for line in WALK} | CONSOLES


@pytest.mark.parametrize("line", WALK, ids=lambda line: line.path)
@pytest.mark.usefixtures("home")
def test_a_command_works_or_says_no_in_one_sentence(
    walked_postgres: WalkedDesk,
    line: Line,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = []
    for role, login in (*LOGINS.items(), (Role.BI, BI_LOGIN)):
        walker = walked_postgres.walkers.get(role, walked_postgres.walkers[Role.ADMIN])
        walker.address = walked_postgres.address(login)
        asks_for_json = line.json and role in line.roles and has_json(line.path)
        for more in ((), ("--json",)) if asks_for_json else ((),):
            words = [str(word) for word in (*line.words(walker), *more)]
            monkeypatch.setattr("sys.stdin", io.StringIO(""))
            capsys.readouterr()
            with denials() as denied:
                code = main(["--desk", walker.address, *line.path.split(), *words])
            out, err = capsys.readouterr()
            assert SECRET not in out + err
            if why := (denied or trouble(line, role, code, out, err)):
                wrong.append((role.value, words, why, code, out[-200:], err))
    assert not wrong, "\n".join(map(str, wrong))


def trouble(line: Line, role: Role, code: int, out: str, err: str) -> str:
    """What is wrong with how a command ended; empty when nothing is."""
    if "unexpected" in err or "Traceback" in err:
        return "a fault"
    if role in line.roles:
        return "" if code in line.done else "refused"
    if code not in line.refused:
        return "another code"
    sentences = [said for said in err.splitlines() if not said.endswith("%")]  # how far it was, is no sentence
    return "" if out == "" and len(sentences) == 1 else "not one sentence"
