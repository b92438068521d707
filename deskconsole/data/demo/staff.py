"""The demo's service company: teams, people with skills and rates, services, price lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from deskconsole.data.demo import numbers
from deskconsole.data.demo.rows import Book
from deskconsole.data.seed import SERVICES
from deskconsole.data.tables import Person, PersonMoney, PriceList, PriceMoney, Service, Skill, Team
from deskconsole.domain.terms import Role

DEMO_LOGIN, DEMO_NAME = "demo", "Анна Диспетчер"
ADMIN_LOGIN, SUPERVISOR_LOGIN, ENGINEER_LOGIN, CONTRACTOR_LOGIN = "admin", "orlova", "ivanov", "extern"
CURRENCY = "RUB"

# (name, the skill its engineers share, more skills that some have)
TEAMS = (
    ("Retail", "retail", ("fiscal", "networks")),
    ("Print", "print", ("retail",)),
    ("IT", "it", ("networks", "windows", "linux")),
    ("Lifts", "lifts", ("electrical",)),
    ("Power & EV", "power", ("electrical", "networks")),
)
# Five for each team, in its order.
ENGINEERS = (
    (ENGINEER_LOGIN, "Иван Иванов"),
    ("petrova", "Мария Петрова"),
    ("garcia", "José García"),
    ("zhukov", "Егор Жуков"),
    ("akhmetov", "Тимур Ахметов"),
    ("fedorov", "Фёдор Фёдоров"),
    ("nunez", "Lucía Núñez"),
    ("smirnova", "Юлия Смирнова"),
    ("taylor", "Grace Taylor"),
    ("korolev", "Артём Королёв"),
    ("sidorov", "Пётр Сидоров"),
    ("munoz", "Íñigo Muñoz"),
    ("semenova", "Алёна Семёнова"),
    ("obrien", "Siobhán O'Brien"),
    ("nurlanov", "Ержан Нурланов"),
    ("schukin", "Николай Щукин"),
    ("ibanez", "Álvaro Ibáñez"),
    ("yolkin", "Семён Ёлкин"),
    ("patel", "Priya Patel"),
    ("solovyov", "Юрий Соловьёв"),
    ("kuznetsov", "Андрей Кузнецов"),
    ("pena", "Inés Peña"),
    ("orazova", "Айгуль Оразова"),
    ("clarke", "William Clarke"),
    ("belov", "Михаил Белов"),
)
IN_A_TEAM = len(ENGINEERS) // len(TEAMS)
DISPATCHERS = ((DEMO_LOGIN, DEMO_NAME), ("olga", "Ольга Кузнецова"), ("carmen", "Carmen Sánchez"))
CONTRACTORS = ((CONTRACTOR_LOGIN, "Подряд Лифтсервис"), ("extern2", "Electro Sur Montajes"))

# Services beside those of every new desk: (code, name, skill, minutes, tariff).
MORE_SERVICES = (
    ("visit", "On-site visit", "", 90, "hours"),
    ("fiscal", "Fiscal drive replacement", "retail", 45, "money"),
    ("toner", "Toner replacement", "print", 20, "money"),
    ("inspection", "Lift inspection", "lifts", 90, "hours"),
    ("charger", "EV charger service", "power", 90, "hours"),
)
# What a service costs everybody, in rubles; the other lists are made from these.
PRICES = {
    "repair": 3200,
    "maintenance": 4500,
    "installation": 6900,
    "consultation": 1500,
    "update": 900,
    "visit": 2800,
    "fiscal": 12500,
    "toner": 1900,
    "inspection": 7400,
    "charger": 8800,
}
EURO_LIST, VIP_LIST = 90, 0.85  # rubles in a euro of the Spanish list; what a VIP pays of the default


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the company; `cost` is an hour in minor units, None = no rate known."""

    id: int
    login: str
    name: str
    team_id: int | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """A service as tickets need it."""

    id: int
    code: str
    minutes: int
    mode: str


@dataclass(frozen=True)
class Staff:
    """The company's people and services; `engineers` and `teams` by the skill a team shares."""

    dispatchers: tuple[Worker, ...]
    engineers: Mapping[str, tuple[Worker, ...]]
    contractors: tuple[Worker, ...]
    teams: Mapping[str, int]
    services: Mapping[str, ServiceInfo]


@dataclass(frozen=True)
class Present:
    """What a desk has before it is filled: people by login, teams by name, services by code."""

    people: Mapping[str, Worker]
    teams: Mapping[str, int]
    services: Mapping[str, ServiceInfo]


def hire(book: Book, random: Random, present: Present, today: date) -> Staff:
    """Put the company's people and services into the book; who has a login at the desk already stays who they are."""
    teams, engineers = {}, {}
    for place, (name, skill, more) in enumerate(TEAMS):
        people = ENGINEERS[place * IN_A_TEAM : (place + 1) * IN_A_TEAM]
        team_id = present.teams.get(name) or book.put(Team, name=name, is_active=True)
        teams[skill] = team_id
        engineers[skill] = tuple(
            _worker(book, random, present, (login, full_name), Role.ENGINEER, today, team_id, (skill, *some))
            for (login, full_name), some in zip(people, _some_of_each(random, more, len(people)), strict=True)
        )
    dispatchers = tuple(_worker(book, random, present, person, Role.DISPATCHER, today) for person in DISPATCHERS)
    contractors = tuple(
        _worker(book, random, present, person, Role.CONTRACTOR, None, teams[skill], (skill,))
        for person, skill in zip(CONTRACTORS, ("lifts", "power"), strict=True)
    )
    _worker(book, random, present, (SUPERVISOR_LOGIN, "Наталья Орлова"), Role.SUPERVISOR, today)
    _worker(book, random, present, (ADMIN_LOGIN, "Администратор"), Role.ADMIN, None)
    return Staff(dispatchers, engineers, contractors, teams, _services(book, present))


def price_lists(book: Book, staff: Staff, today: date, client_id: int) -> None:
    """Put in prices for everybody, for VIP clients, for Spain, and for one client."""
    lists = (
        ({"name": "Default", "client_id": None, "category": "", "region": ""}, 1.0, CURRENCY),
        ({"name": "VIP", "client_id": None, "category": "VIP", "region": ""}, VIP_LIST, CURRENCY),
        ({"name": "España", "client_id": None, "category": "", "region": "España"}, 1 / EURO_LIST, "EUR"),
        ({"name": "Special", "client_id": client_id, "category": "", "region": ""}, 0.7, CURRENCY),
    )
    for head, share, currency in lists:
        number = book.put(PriceList, **head)
        for code, price in PRICES.items():
            for age, raise_ in ((400, 1.0), (40, 1.08)):
                book.put(
                    PriceMoney,
                    price_list_id=number,
                    service_id=staff.services[code].id,
                    valid_from=today - timedelta(days=age),
                    price_minor=round(price * share * raise_) * 100,
                    currency=currency,
                )


def price_of(code: str, category: str, region: str, *, is_special: bool) -> tuple[int, str]:
    """What one unit of a service costs a client now, in minor units, by the lists of `price_lists`."""
    if is_special:
        share, currency = 0.7, CURRENCY
    elif category == "VIP":
        share, currency = VIP_LIST, CURRENCY
    elif region == "España":
        share, currency = 1 / EURO_LIST, "EUR"
    else:
        share, currency = 1.0, CURRENCY
    return round(PRICES[code] * share * 1.08) * 100, currency


def _worker(
    book: Book,
    random: Random,
    present: Present,
    person: tuple[str, str],
    role: Role,
    rate_from: date | None,
    team_id: int | None = None,
    skills: tuple[str, ...] = (),
) -> Worker:
    login, name = person
    if login in present.people:
        return present.people[login]
    number = book.put(
        Person,
        login=login,
        name=name,
        role=role.value,
        team_id=team_id,
        phone=numbers.mobile(random, "RU"),
        email=f"{login}@service.example",
        capacity_minutes=random.choice((480, 480, 480, 360, 240)) if skills else 480,
        is_active=True,
    )
    for skill in skills:
        book.put(Skill, person_id=number, name=skill)
    cost = None
    if rate_from is not None:
        for age in (500, 120):
            cost = random.randrange(700, 1400, 50) * 100
            book.put(
                PersonMoney,
                person_id=number,
                valid_from=rate_from - timedelta(days=age),
                hour_cost_minor=cost,
                currency=CURRENCY,
            )
    return Worker(number, login, name, team_id, cost)


def _some_of_each(random: Random, more: tuple[str, ...], count: int) -> list[list[str]]:
    return [sorted(random.sample(more, random.randrange(len(more) + 1))) for _ in range(count)]


def _services(book: Book, present: Present) -> dict[str, ServiceInfo]:
    found = dict(present.services)
    for code, name, skill, minutes, mode in (*SERVICES, *MORE_SERVICES):
        if code not in found:
            number = book.put(
                Service,
                code=code,
                name=name,
                skill=skill,
                estimate_minutes=minutes,
                tariff_mode=mode,
                is_active=True,
            )
            found[code] = ServiceInfo(number, code, minutes, mode)
    return found
