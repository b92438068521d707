"""The whole demo desk, told chapter by chapter into a book that is emptied between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from random import Random

from deskconsole.data.demo import customers, hours, lives, promises, staff, stories
from deskconsole.data.demo.calls import Callers
from deskconsole.data.demo.customers import Customer
from deskconsole.data.demo.phrases import HOSTILE
from deskconsole.data.demo.rows import Book
from deskconsole.data.demo.tickets import Teller
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Category, Policy
from deskconsole.domain.text import clean

CHUNK = 5000
RECENT = 20_000  # tickets of a very large history that are told in full
CLIENTS, HOURS, TICKETS = mark("Clients and contracts"), mark("Prepaid hours"), mark("Tickets")


@dataclass(frozen=True)
class Size:
    """How large the desk shall be."""

    tickets: int
    open_tickets: int
    clients: int


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of ticket of this morning, `policy` when not covered.

    `due` (typed by hand; None: what the SLA promises) and `wished` in minutes from now.
    """

    final: Category
    due: int | None
    wished: int | None = None
    seen: bool = False
    policy: Policy | None = None
    picked: bool = True  # False = the policy is still to be picked


MORNING = (
    Scene(Category.NEW, 25),
    Scene(Category.NEW, None, picked=False),
    Scene(Category.OPEN, -35),
    Scene(Category.IN_PROGRESS, 95, policy=Policy.ONE_OFF),
    Scene(Category.NEW, None, wished=60),
    Scene(Category.WAITING_CLIENT, None),
    Scene(Category.NEW, 7),
    Scene(Category.OPEN, None, seen=True, policy=Policy.SALES),
    Scene(Category.PLANNED, None),
    Scene(Category.NEW, -4, picked=False),
    Scene(Category.WAITING_SUPPLIER, None),
    Scene(Category.IN_PROGRESS, -110),
    Scene(Category.NEW, None, wished=300, seen=True),
    Scene(Category.OPEN, 55, policy=Policy.LOW_PRIORITY),
)
Chapter = tuple[str, int, int]  # what is told, how much of it, of how much


def tell(
    book: Book,
    random: Random,
    present: staff.Present,
    size: Size,
    words: Callable[[str], str],
    now: datetime,
    zone: tzinfo,
) -> Iterator[Chapter]:
    """Tell the desk into the book; at each chapter the rows in it are to be written and taken out."""
    today = now.astimezone(zone).date()
    company = staff.hire(book, random, present, today)
    people = customers.meet(book, random, size.clients, now)
    staff.price_lists(book, company, today, people[0].id)
    promises.promise(book, company, today)
    people[0].is_special = True
    by_story: list[list[Customer]] = [[] for _ in stories.STORIES]
    weights = [story.weight for story in stories.STORIES]
    for index, customer in enumerate(people):
        place = index if index < len(stories.STORIES) else random.choices(range(len(weights)), weights)[0]
        stories.sign(book, random, stories.STORIES[place], customer, company, company.dispatchers[0].id, today)
        by_story[place].append(customer)
    yield CLIENTS, size.clients, size.clients
    teller = Teller(book, random, company, words, now, zone)
    callers = Callers(random, people, company)
    live = min(size.open_tickets, 40 + size.open_tickets // 5, 120)
    past = size.tickets - live
    for number in _history(random, teller, callers, past, size.open_tickets - live, now, zone):
        if number % CHUNK == 0:
            yield TICKETS, number, size.tickets
    _this_morning(random, teller, callers, by_story, live, now, zone)
    yield TICKETS, size.tickets, size.tickets
    for customer in people:
        if customer.hours is not None:
            hours.grant(book, customer.hours, company.dispatchers[0].id, today)
    yield HOURS, size.clients, size.clients


def _history(
    random: Random, teller: Teller, callers: Callers, count: int, open_count: int, now: datetime, zone: tzinfo
) -> Iterator[int]:
    for index, created in enumerate(lives.arrivals(random, count, now, zone)):
        is_light = index < count - RECENT
        call = callers.call(created.astimezone(zone).date())
        if lives.is_open_one(index, count, open_count):
            life = lives.still_open(random, created, now, is_light=is_light)
        else:
            can_merge = call.customer.id in teller.last_of_customer
            life = lives.ended(random, index, created, now, can_merge=can_merge, is_light=is_light)
        teller.tell(call, life)
        yield index + 1


def _this_morning(
    random: Random,
    teller: Teller,
    callers: Callers,
    by_story: list[list[Customer]],
    count: int,
    now: datetime,
    zone: tzinfo,
) -> None:
    """The open tickets of the last hours: every kind of contract and every kind of hurry in turn."""
    stocked = [place for place, found in enumerate(by_story) if found]
    for index in range(count):
        scene = MORNING[(index + index // len(MORNING)) % len(MORNING)]
        place = stocked[index % len(stocked)]
        customer = by_story[place][index // len(stocked) % len(by_story[place])]
        created = now - lives.MORNING * (1 - (index + random.random()) / (count + 1))
        created = min(created.replace(microsecond=0), now - timedelta(minutes=1))
        call = callers.call(created.astimezone(zone).date(), customer, stories.STORIES[place].aim)
        if index % 9 == 4:
            subject, body = HOSTILE[index // 9 % len(HOSTILE)]
            call = replace(call, subject=clean(subject).strip(), body=(clean(body, multiline=True).strip(),))
        life = lives.morning(random, scene.final, created, now, due=scene.due, wished=scene.wished, seen=scene.seen)
        teller.tell(call, life, policy=scene.policy if not call.is_covered else None, has_policy=scene.picked)


def _about(random: Random, minutes: int | None) -> int | None:
    """Roughly so many minutes: two tickets seldom fall due together."""
    return None if minutes is None else round(minutes * random.uniform(0.7, 1.3))
