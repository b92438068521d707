"""Desks for the storage tests: a service company with people, clients, contracts, equipment, hours and tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, select
from sqlmodel import Session, SQLModel

from deskconsole.data.queries import ticket_card
from deskconsole.data.queries import tickets as lists
from deskconsole.data.queries.hours import lots_of
from deskconsole.data.queries.ticket_card import TicketCard
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.store import Store
from deskconsole.data.tables import HourEntry, HourLot, Person, Team, table
from deskconsole.desk import hours, records, tickets
from deskconsole.desk.desk import Desk, Unit, find_actor
from deskconsole.domain.terms import Funding, PayState, Role, Scope
from deskconsole.domain.ticket_filter import parse

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
TODAY = MORNING.date()
PEOPLE = (
    ("ann", "Анна Белова", Role.DISPATCHER, "desk"),
    ("bob", "Bob Stone", Role.DISPATCHER, "desk"),
    ("sue", "Sue Field", Role.SUPERVISOR, "desk"),
    ("root", "Root Admin", Role.ADMIN, ""),
    ("eva", "Eva Núñez", Role.ENGINEER, "field"),
    ("ed", "Фёдор Ёлкин", Role.ENGINEER, "field"),
    ("con", "Con Tractor", Role.CONTRACTOR, ""),
    ("out", "Out Sider", Role.CONTRACTOR, ""),
    ("gone", "Gone Away", Role.ENGINEER, "field"),
)


@dataclass
class FakeClock:
    """A clock that moves when it is told to."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def forward(self, minutes: int = 0, *, days: int = 0) -> datetime:
        """Let time pass."""
        self.now += timedelta(minutes=minutes, days=days)
        return self.now


@dataclass(frozen=True)
class Company:
    """A desk with what stands on it, and everybody who may sit at it."""

    store: Store
    clock: FakeClock
    people: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def desk(self, login: str = "ann") -> Desk:
        """The desk as that person has it open."""
        return Desk(self.store, find_actor(self.store, login), UTC, clock=self.clock)

    def viewer(self, login: str = "ann") -> Viewer:
        """Whose eyes."""
        actor = self.desk(login).actor
        return Viewer(actor.id, actor.role, actor.team_id)

    def ticket(self, subject: str = "Printer is dead", *, login: str = "ann", **said: Any) -> int:
        """Register a call of the covered client unless another is named."""
        said.setdefault("client_id", self.rows["client"])
        return tickets.register(self.desk(login), tickets.Registration(subject, **said))

    def card(self, ticket_id: int, login: str = "root") -> TicketCard:
        """The ticket as that person sees it."""
        return self.desk(login).read(ticket_card.card, ticket_id, self.viewer(login))

    def found(self, line: str, login: str = "ann", **sort: Any) -> tuple[int, ...]:
        """The tickets a filter line gives that person, in order."""
        wanted = parse(line, now=self.clock(), zone=UTC)
        listing = lists.Listing(wanted, lists.Sort(**sort), self.viewer(login))
        return self.desk(login).read(lists.ids, listing, limit=1000)

    def write(self, work: Callable[[Unit], Any], login: str = "root") -> Any:
        """Run some of the bookkeeping use cases in one transaction."""
        return self.desk(login).write("test", work)

    def grant(self, minutes: int, client: str = "client", **said: Any) -> int:
        """Give a client hours."""
        said.setdefault("bought_on", date(2026, 1, 1))
        return hours.grant(self.desk(), self.rows[client], minutes, **said)

    def free(self, client: str = "client") -> int:
        """Minutes nobody has spent or promised."""
        return sum(lot.free for lot in self.desk().read(lots_of, self.rows[client]))

    def count(self, model: type[SQLModel], **where: Any) -> int:
        """How many rows of a table are so."""
        rows = table(model)
        return self.desk().read(lambda session: _count(session, rows, where))

    def entries(self, client: str = "client") -> list[tuple[int, str, int]]:
        """The client's ledger as (lot, kind, minutes), oldest first."""
        entry, lot = table(HourEntry), table(HourLot)
        query = (
            select(entry.c.lot_id, entry.c.kind, entry.c.minutes)
            .join_from(entry, lot, lot.c.id == entry.c.lot_id)
            .where(lot.c.client_id == self.rows[client])
            .order_by(entry.c.id)
        )
        return self.desk().read(lambda session: [(row[0], row[1], row[2]) for row in session.execute(query)])


def address(company: Company) -> str:
    """Where a company's desk is, as a command is told."""
    return company.store.url.render_as_string(hide_password=False)


def _count(session: Session, rows: Table, where: dict[str, Any]) -> int:
    met = [rows.c[name] == value for name, value in where.items()]
    return int(session.execute(select(func.count()).select_from(rows).where(*met)).scalar_one())


def staff(store: Store, clock: FakeClock) -> Company:
    """A company of people and teams, without a client yet."""
    with store.writing() as session:
        teams = {name: Team(name=name) for name in ("desk", "field", "night")}
        session.add_all(teams.values())
        session.flush()
        people = [
            Person(
                login=login,
                name=name,
                role=role.value,
                team_id=teams[team].id if team else None,
                is_active=login != "gone",
            )
            for login, name, role, team in PEOPLE
        ]
        session.add_all(people)
        session.flush()
        company = Company(store, clock)
        company.people.update({person.login: person.id or 0 for person in people})
        company.teams.update({name: team.id or 0 for name, team in teams.items()})
    return company


def company_on(store: Store, clock: FakeClock | None = None) -> Company:
    """Staff, a client served by prepaid hours (charged by 15 minutes), one by a fee, and one that merely calls."""
    company = staff(store, clock or FakeClock())
    names = (
        "client",
        "site",
        "contact",
        "unit",
        "part",
        "contract",
        "fee_client",
        "fee_unit",
        "fee_contract",
        "stranger",
    )
    made = company.write(_books)
    company.rows.update(zip(names, made, strict=True))
    return company


def _books(unit: Unit) -> list[int]:
    client = records.put_client(unit, records.ClientRecord("ООО «Ромашка»", "A", tax_number="7707083893", country="RU"))
    site = records.put_site(unit, client, records.SiteRecord("Магазин", "Москва", "Ленина 1"))
    contact = records.put_contact(unit, client, records.ContactRecord("Пётр Сёмин", phone="8 495 123-45-67"))
    register = records.UnitRecord("КАС-0012", "SN99", "cash register", "Atol", "91F", site_id=site)
    equipment = records.put_unit(unit, client, register)
    part = records.put_unit(unit, client, records.UnitRecord("КАС-0012/1", kind="drawer", parent_id=equipment))
    contract = put_contract(unit, client, "К-17/2026", Funding.HOURS, charge_unit_minutes=15)
    records.put_payment(unit, client, records.PaymentRecord(PayState.PAID, MORNING - timedelta(days=2)))
    fee_client = records.put_client(unit, records.ClientRecord("Farmacia López S.L.", "B"))
    printer = records.put_unit(unit, fee_client, records.UnitRecord("PRN-7", "X1", "receipt printer", "Epson"))
    fee = put_contract(unit, fee_client, "C-2", Funding.FEE)
    owed = records.PaymentRecord(
        PayState.OVERDUE, MORNING, overdue_since=TODAY, debt_minor=9900, currency="EUR", source="books"
    )
    records.put_payment(unit, fee_client, owed)
    stranger = records.put_client(unit, records.ClientRecord("Stranger Ltd"))
    return [client, site, contact, equipment, part, contract, fee_client, printer, fee, stranger]


def put_contract(unit: Unit, client_id: int, number: str, funding: Funding, **terms: Any) -> int:
    """A contract that covers all of the client's equipment, with a month of grace."""
    terms.setdefault("starts_on", date(2026, 1, 1))
    terms.setdefault("grace_days", 30)
    terms.setdefault("lines", [records.LineRecord(Scope.CLIENT, funding)])
    return records.put_contract(unit, client_id, records.ContractRecord(number, **terms))
