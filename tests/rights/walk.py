"""A desk on each engine for walking through it as every role: rows to act on, own ones and others'."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

import deskconsole
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.store import Store
from deskconsole.data.tables import Alert, ChecklistItem, Person
from deskconsole.desk import attachments, hours, lines, presence, recurring_templates, shifts, sla, tickets, time
from deskconsole.desk import calendars as calendar_verbs
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import Role, SlaClock
from deskconsole.domain.week_text import read_week
from tests.rights.world import LOGINS
from tests.storage.desks import MORNING, Company

KEEPERS = frozenset({Role.ADMIN, Role.SUPERVISOR})
DESK = KEEPERS | {Role.DISPATCHER}
STAFF = DESK | {Role.ENGINEER}
ALL = STAFF | {Role.CONTRACTOR}
NO_RIGHT = "42501"
_numbers = itertools.count(1)


@dataclass
class Walker:
    """Somebody who walks through the desk, with rows made for these feet alone."""

    role: Role
    desk: Desk
    boss: Desk
    store: Store  # above the rights
    rows: dict[str, int]
    people: dict[str, int]
    teams: dict[str, int]
    own: int = 0  # stays the walker's
    spare: int = 0  # goes from hand to hand
    file: Path = Path()
    address: str = ""  # the desk as the walker names it

    @property
    def me(self) -> int:
        """The walker's number."""
        return self.desk.actor.id or 0

    @property
    def viewer(self) -> Viewer:
        """The walker's eyes."""
        return self.viewer_of(self.desk)

    @staticmethod
    def viewer_of(desk: Desk) -> Viewer:
        """The eyes of who has a desk open."""
        return Viewer(desk.actor.id, desk.actor.role, desk.actor.team_id)

    def name(self, what: str = "new") -> str:
        """A name nobody has yet."""
        return f"{what} {self.role.value} {next(_numbers)}"

    def ticket(self) -> int:
        """A new ticket of the walker's."""
        made = tickets.register(self.boss, self.call())
        tickets.assign(self.boss, [made], self.me)
        return made

    def given(self, person: str = "") -> int:
        """A ticket that is a person's at this moment: the walker's unless another is named."""
        tickets.assign(self.boss, [self.spare], self.people[person] if person else self.me)
        return self.spare

    def line(self) -> int:
        """A planned line on the own ticket."""
        return lines.add_line(self.boss, self.own, 1, minutes=5)["line"]

    def entry(self) -> int:
        """Time the walker logged on the own ticket."""
        return time.log_time(self.desk, self.own, 5).entry_id

    def alert(self) -> int:
        """An alert for the walker, of the own ticket."""
        said: dict[str, Any] = {
            "kind": "threshold",
            "clock": "resolution",
            "audience": "assignee",
            "person_id": self.me,
        }
        return self._add(Alert(ticket_id=self.own, due_version=next(_numbers), raised_at=self.desk.now(), **said))

    def point(self) -> int:
        """A point on the own ticket's checklist."""
        return self._add(ChecklistItem(ticket_id=self.own, position=next(_numbers), text="look"))

    def attachment(self) -> int:
        """A file on the own ticket."""
        return attachments.attach(self.desk, self.own, self.file)

    def lot(self) -> int:
        """Hours of the covered client."""
        return hours.grant(self.boss, self.rows["client"], 60)

    def template(self) -> int:
        """A template of recurring work."""
        return recurring_templates.put_recurring(self.boss, template_named(self.name("weekly")))

    def login(self) -> str:
        """A login nobody has yet."""
        return self.name("n").replace(" ", "_")

    def somebody(self) -> str:
        """The login of a person who is nobody else's."""
        login = self.login()
        self._add(Person(login=login, name=login, role=Role.BI.value))
        return login

    def call(self) -> tickets.Registration:
        """A call as it is written down."""
        return tickets.Registration(
            "zebra",
            self.rows["client"],
            "help",
            type="visit",
            site_id=self.rows["site"],
            equipment_id=self.rows["unit"],
        )

    def here(self) -> UUID:
        """A console of the walker's that is on the own ticket."""
        console = uuid4()
        presence.be_here(self.desk, console, self.own)
        return console

    def after_new_rules(self, made: Callable[[], Any]) -> Callable[[], Any]:
        """The same, with open tickets that the rules have changed for."""
        sla.put_policy(self.boss, self.name(), targets=[Target(SlaClock.UPDATE, 60)])
        return made

    def resting(self) -> int:
        """A template that rests."""
        made = self.template()
        recurring_templates.pause(self.boss, made)
        return made

    def days_off(self) -> tuple[date, date]:
        """A day nobody is away on yet."""
        day = date(2027, 1, 1) + timedelta(days=next(_numbers))
        return day, day

    def absence(self) -> int:
        """Days the walker is away."""
        return shifts.add_absence(self.boss, self.me, *self.days_off())

    def policy(self) -> str:
        """An SLA policy."""
        name = self.name("policy")
        sla.put_policy(self.boss, name, targets=[Target(SlaClock.UPDATE, 60)])
        return name

    def bound(self) -> str:
        """An SLA policy that holds for clients of a category."""
        name = self.policy()
        sla.bind(self.boss, name, Level.CATEGORY, category="B")
        return name

    def standing(self) -> dict[str, Any]:
        """A change of the clocks that stand in a status, another one each time."""
        return {"stand" if next(_numbers) % 2 else "run": [SlaClock.UPDATE]}

    def worked(self) -> int:
        """An own ticket with the time on it that resolving needs."""
        made = self.given()
        time.log_time(self.desk, made, 5)
        return made

    def entry_of_another(self) -> int:
        """Time that somebody else logged on the own ticket."""
        return time.log_time(self.boss, self.own, 5, person_id=self.people["ed"]).entry_id

    def unit(self, work: Callable[..., Any], *given: Any, **said: Any) -> Callable[[], Any]:
        """A use case that takes a unit of work, in a transaction of its own."""
        return partial(self.desk.write, "walk", lambda unit: plain(work(unit, *given, **said)))

    def _add(self, row: Any) -> int:
        with self.store.writing() as session:
            session.add(row)
            session.flush()
            made: int = row.id
        return made


def plain(made: object) -> object:
    """What a use case gave, as far as it is plain JSON."""
    return made if isinstance(made, int | str | list | dict | None) else None


def template_named(name: str) -> recurring_templates.Template:
    """Something that recurs on Mondays."""
    return recurring_templates.Template(name, ["FREQ=WEEKLY;BYDAY=MO"], MORNING.replace(tzinfo=None), "again")


@dataclass
class WalkedDesk:
    """A desk with a walker of every role."""

    engine: str
    url: str
    prefix: str
    company: Company
    store: Store  # above the rights
    walkers: dict[Role, Walker] = field(default_factory=dict)

    def address(self, login: str) -> str:
        """The desk as that person names it."""
        from sqlalchemy.engine import make_url

        if self.engine == "sqlite":
            return self.url.removeprefix("sqlite:///")
        return make_url(self.url).set(username=self.prefix + login).render_as_string(hide_password=False)

    def open(self, login: str) -> Desk:
        """The desk as that person has it open."""
        return open_desk(self.address(login), login=self.prefix + login)

    def close(self) -> None:
        """Let go of all."""
        for walker in self.walkers.values():
            walker.desk.close()
        self.store.close()


def walked_desk(engine: str, url: str, prefix: str, company: Company, store: Store, folder: Path) -> WalkedDesk:
    """Put what everybody finds on the company's desk, and a ticket of each role."""
    made = WalkedDesk(engine, url, prefix, company, store)
    desks = {role: made.open(login) for role, login in LOGINS.items()}
    boss = desks[Role.ADMIN]
    file = folder / "photo.txt"
    file.write_text("photo", "utf-8")
    calendar_verbs.set_hours(boss, "office", zone="UTC", week=read_week("mon-fri 09:00-18:00"))
    sla.put_policy(boss, "gold", targets=[Target(SlaClock.RESOLUTION, 480)])
    sla.bind(boss, "gold", Level.DEFAULT)
    hours.grant(boss, company.rows["client"], 60_000, bought_on=(MORNING - timedelta(days=9)).date())
    rows = dict(company.rows)
    rows["lot"] = hours.grant(boss, rows["client"], 600)
    rows["template"] = recurring_templates.put_recurring(boss, template_named("weekly"))
    for role, desk in desks.items():
        walker = Walker(role, desk, boss, store, rows, company.people, company.teams, file=file)
        walker.own, walker.spare = walker.ticket(), walker.ticket()
        made.walkers[role] = walker
    return made


@contextmanager
def denials() -> Iterator[list[str]]:
    """What the database itself has to forbid meanwhile: statements whose right the program had not looked at."""
    found: list[str] = []

    def heard(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == NO_RIGHT:
            found.append(f"{context.original_exception} in {context.statement}"[:400])

    event.listen(Engine, "handle_error", heard)
    try:
        yield found
    finally:
        event.remove(Engine, "handle_error", heard)


def public_functions(package: str) -> Iterator[tuple[str, Callable[..., Any], frozenset[str]]]:
    """The public functions of a package's modules: name, function, the types of its parameters as written."""
    parent = importlib.import_module(package)
    for found in pkgutil.iter_modules(parent.__path__):
        module = importlib.import_module(f"{package}.{found.name}")
        for name, made in vars(module).items():
            if inspect.isfunction(made) and made.__module__ == module.__name__ and not name.startswith("_"):
                takes = (str(kind) for what, kind in made.__annotations__.items() if what != "return")
                yield called(made), made, frozenset(takes)


def called(made: Callable[..., Any]) -> str:
    """What a function is called in the walk: its module and its own name."""
    return f"{made.__module__.removeprefix('deskconsole.')}.{made.__name__}"


@cache
def used_outside() -> frozenset[str]:
    """The names in the use cases and read models that the rest of the program calls by name."""
    root = Path(deskconsole.__file__ or "").parent
    inner = {root / name for name in ("desk", "data", "domain")}
    files = (file for file in root.rglob("*.py") if not inner & set(file.parents))
    return frozenset(name for file in files for name in _named_in(ast.parse(file.read_text("utf-8"))))


def _named_in(tree: ast.Module) -> Iterator[str]:
    packages = ("deskconsole.desk", "deskconsole.data.queries")
    known: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(packages):
            for one in node.names:
                whole = f"{node.module}.{one.name}".removeprefix("deskconsole.")
                known.setdefault(one.asname or one.name, set()).add(whole)
                yield whole
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            for module in known.get(node.value.id, ()):
                yield f"{module}.{node.attr}"
