"""Contracts of every kind and trouble: what a client of the demo has signed, and whether it pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from deskconsole.data.demo import hours as prepaid
from deskconsole.data.demo.customers import Customer, Terms
from deskconsole.data.demo.names import CURRENCIES
from deskconsole.data.demo.rows import Book
from deskconsole.data.demo.staff import Staff
from deskconsole.data.tables import (
    Contract,
    ContractLine,
    ContractLineService,
    ContractVersion,
    ContractVersionMoney,
    Payment,
    PaymentMoney,
)
from deskconsole.domain import coverage
from deskconsole.domain.terms import Funding, PayState, Scope

SOURCE = "1C"


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of client; days count from today, `aim` is the call that shows the trouble."""

    name: str
    weight: int
    scope: Scope | None = Scope.CLIENT
    children: bool = True
    excluded: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    starts: int | None = None  # None = a good while ago
    ends: int | None = None  # None = far ahead, or open
    suspended: bool = False
    overdue: int | None = None
    grace: int = 10
    hours: str = ""  # a plan of `hours.PLANS`
    renewal: int | None = None
    versions: int = 1
    aim: str = ""  # "unlisted", "excluded"


STORIES = (
    Story("sites", 12, Scope.SITE),
    Story("client", 14),
    Story("hours", 8, hours="plenty"),
    Story("units with parts", 12, Scope.UNIT, aim="unlisted"),
    Story("unpaid", 4, overdue=45),
    Story("expired", 4, ends=-20),
    Story("nearly", 4, hours="nearly"),
    Story("none", 8, None),
    Story("excluded", 6, excluded=("installation", "fiscal"), aim="excluded"),
    Story("renewal", 3, ends=-5, renewal=10),
    Story("suspended", 3, suspended=True),
    Story("used up", 4, hours="used_up"),
    Story("units", 8, Scope.UNIT, children=False, aim="unlisted"),
    Story("grace", 4, overdue=6, grace=14),
    Story("versions", 6, Scope.UNIT, versions=3),
    Story("expiring", 4, hours="expiring"),
    Story("not started", 3, starts=12),
    Story("several", 4, hours="several"),
    Story("included", 4, Scope.SITE, included=("maintenance", "inspection", "update", "repair"), aim="excluded"),
)


def sign(
    book: Book, random: Random, story: Story, customer: Customer, staff: Staff, author_id: int, today: date
) -> None:
    """Put a client's contracts, hour lots and pay state into the book, and tell the client object of them."""
    _pay(book, random, story, customer, today)
    if story.scope is None:
        return
    customer.excluded = tuple(staff.services[code].id for code in story.excluded)
    if story.included:
        customer.excluded = tuple(info.id for code, info in staff.services.items() if code not in story.included)
    listed = _listed(random, story, customer)
    starts = today + timedelta(days=-random.randrange(150, 700) if story.starts is None else story.starts)
    ends = _end(random, story, today)
    _contract(book, random, story, customer, staff, author_id, today, starts, ends, listed)
    if story.renewal is not None:
        starts = today + timedelta(days=story.renewal)
        ends = starts + timedelta(days=364)
        _contract(book, random, story, customer, staff, author_id, today, starts, ends, listed)
    if story.hours:
        customer.hours = prepaid.open_lots(book, story.hours, customer.id, customer.contracts[0][0].terms.id, today)


def _end(random: Random, story: Story, today: date) -> date | None:
    if story.ends is not None:
        return today + timedelta(days=story.ends)
    return None if random.random() < 0.25 else today + timedelta(days=random.randrange(15, 420))


def _listed(random: Random, story: Story, customer: Customer) -> list[int]:
    """The units a list names: two of three trees, so that there is one to fall outside."""
    if story.scope is not Scope.UNIT:
        return []
    tops = [unit for unit in customer.units if not unit.above]
    listed = {unit.id for unit in random.sample(tops, max(1, len(tops) * 2 // 3))}
    if not story.children:
        listed |= {
            unit.id for unit in customer.units if unit.above and unit.above[-1] in listed and random.random() < 0.5
        }
    customer.unlisted = [
        unit
        for unit in customer.units
        if unit.id not in listed and not (story.children and listed.intersection(unit.above))
    ]
    return sorted(listed)


def _contract(
    book: Book,
    random: Random,
    story: Story,
    customer: Customer,
    staff: Staff,
    author_id: int,
    today: date,
    starts: date,
    ends: date | None,
    listed: list[int],
) -> None:
    number = _number(book, customer, starts)
    contract_id = book.put(
        Contract,
        client_id=customer.id,
        legal_entity_id=customer.entity_id,
        number=number,
        title=story.name.capitalize(),
    )
    effective = [starts]
    if story.versions > 1:
        effective += [today - timedelta(days=30), today + timedelta(days=21)][: story.versions - 1]
    grace = story.grace if story.overdue is not None else random.choice((0, 5, 10, 14))
    unit = random.choice((15, 15, 30, 60)) if story.hours else random.choice((0, 0, 15))
    must_be_paid = story.overdue is not None or random.random() < 0.8
    versions = []
    for index, day in enumerate(effective):
        version_id = book.put(
            ContractVersion,
            contract_id=contract_id,
            effective_from=day,
            starts_on=starts,
            ends_on=ends,
            is_suspended=story.suspended,
            must_be_paid=must_be_paid,
            grace_days=grace,
            charge_unit_minutes=unit,
            minutes_per_month=600 if story.hours else 0,
            created_at=datetime.combine(min(day, today) - timedelta(days=3), time(9), UTC),
            created_by_id=author_id,
        )
        book.put(
            ContractVersionMoney,
            version_id=version_id,
            fee_minor=random.randrange(8, 90) * 1000_00 * (10 + index) // 10,
            months=random.choice((1, 1, 3, 12)),
            currency=CURRENCIES[customer.city.country],
        )
        shown = listed if index or story.versions == 1 else listed[: max(1, len(listed) // 2)]
        terms = coverage.ContractTerms(
            id=contract_id,
            version_id=version_id,
            number=number,
            starts_on=starts,
            ends_on=ends,
            suspended=story.suspended,
            lines=_lines(book, story, customer, staff, version_id, shown),
            grace_days=grace,
            must_be_paid=must_be_paid,
        )
        versions.append(Terms(day, terms, unit))
    customer.contracts.append(tuple(versions))


def _lines(
    book: Book, story: Story, customer: Customer, staff: Staff, version_id: int, listed: list[int]
) -> tuple[coverage.Line, ...]:
    places: list[tuple[int | None, int | None]] = [(None, None)]
    if story.scope is Scope.SITE:
        places = [(None, site) for site in customer.site_ids]
    elif story.scope is Scope.UNIT:
        places = [(unit, None) for unit in listed]
    scope = story.scope or Scope.CLIENT
    funding = Funding.HOURS if story.hours else Funding.FEE
    children = story.children and scope is Scope.UNIT
    included = frozenset(staff.services[code].id for code in story.included)
    excluded = frozenset(staff.services[code].id for code in story.excluded)
    lines = []
    for unit_id, site_id in places:
        line_id = book.put(
            ContractLine,
            version_id=version_id,
            scope=scope.value,
            equipment_id=unit_id,
            site_id=site_id,
            includes_children=children,
            funding=funding.value,
        )
        for services, is_included in ((included, True), (excluded, False)):
            for service_id in sorted(services):
                book.put(ContractLineService, line_id=line_id, service_id=service_id, is_included=is_included)
        lines.append(coverage.Line(line_id, scope, unit_id, site_id, children, funding, included, excluded))
    return tuple(lines)


def _number(book: Book, customer: Customer, starts: date) -> str:
    count = book[Contract].last_id + 1
    match customer.city.country:
        case "ES":
            return f"CT-{starts.year}-{count:04}"
        case "GB":
            return f"SLA/{starts.year}/{count:04}"
        case _:
            return f"К-{count:04}/{starts.year}"


def _pay(book: Book, random: Random, story: Story, customer: Customer, today: date) -> None:
    as_of = datetime.combine(today - timedelta(days=random.choice((0, 1, 1, 2, 4))), time(3), UTC)
    state, since, debt = PayState.PAID, None, None
    if story.overdue is not None:
        state, since = PayState.OVERDUE, today - timedelta(days=story.overdue)
        debt = random.randrange(20, 900) * 1000_00
    elif random.random() < 0.12:
        state = PayState.UNKNOWN
        as_of -= timedelta(days=40)
        if random.random() < 0.5:
            return
    customer.payment = coverage.Payment(state, since, as_of)
    book.put(Payment, client_id=customer.id, state=state.value, overdue_since=since, as_of=as_of, source=SOURCE)
    if debt is not None:
        book.put(PaymentMoney, client_id=customer.id, debt_minor=debt, currency=CURRENCIES[customer.city.country])
