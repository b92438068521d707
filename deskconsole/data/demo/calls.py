"""Calls of the demo: who calls, about which unit and service, in which words, and who pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random
from typing import TypeVar

from deskconsole.data.demo.customers import Customer, Terms, Unit
from deskconsole.data.demo.phrases import BODIES, SUBJECTS
from deskconsole.data.demo.staff import ServiceInfo, Staff
from deskconsole.domain import coverage
from deskconsole.domain.terms import Channel, Priority

Item = TypeVar("Item")
CHANNELS = (
    *(Channel.PHONE,) * 11,
    *(Channel.EMAIL,) * 5,
    *(Channel.PORTAL,) * 2,
    Channel.MESSENGER,
    Channel.MONITORING,
)
PRIORITIES = (Priority.CRITICAL,) + (Priority.HIGH,) * 4 + (Priority.NORMAL,) * 11 + (Priority.LOW,) * 4
TYPES = ("incident",) * 7 + ("request",) * 2 + ("visit",)
SERVICES: Mapping[str, tuple[str, ...]] = {
    "retail": ("repair", "repair", "repair", "fiscal", "visit", "maintenance", "consultation"),
    "print": ("repair", "repair", "toner", "toner", "maintenance"),
    "it": ("repair", "repair", "consultation", "update", "installation"),
    "lifts": ("repair", "repair", "inspection", "maintenance"),
    "power": ("repair", "charger", "charger", "maintenance"),
    "": ("consultation", "consultation", "update", "installation", "visit"),
}
CATEGORY_WEIGHTS = {"VIP": 6, "A": 4, "B": 2, "C": 1}


@dataclass(frozen=True, slots=True)
class Call:
    """One call, judged; `skill` is empty when no unit is concerned."""

    customer: Customer
    unit: Unit | None
    site_id: int
    contact: tuple[int, str]
    service: ServiceInfo
    skill: str
    type: str
    channel: Channel
    priority: int
    subject: str
    body: tuple[str, ...]
    outcome: str
    is_covered: bool
    version_id: int | None
    line_id: int | None
    charge_unit: int


class Callers:
    """Makes calls of the customers, large and important ones oftener."""

    def __init__(self, random: Random, customers: Sequence[Customer], staff: Staff) -> None:
        self.random = random
        self.customers = customers
        self.services = {skill: [staff.services[code] for code in codes] for skill, codes in SERVICES.items()}
        self.by_id = {info.id: info for info in staff.services.values()}
        weights = (CATEGORY_WEIGHTS[customer.category] * (2 + len(customer.units)) for customer in customers)
        self.weights = list(accumulate(weights))
        self.day = date.min
        self.in_force: dict[int, list[Terms]] = {}
        self.judged: dict[tuple[int, int, int, int, bool], tuple[str, bool, int | None, int | None, int]] = {}

    def call(self, on: date, customer: Customer | None = None, aim: str = "") -> Call:
        """A call on a day, from anybody or from one customer; `aim` picks what the contract doesn't cover."""
        random = self.random
        if customer is None:
            customer = random.choices(self.customers, cum_weights=self.weights)[0]
        unit = self._unit(customer, aim)
        skill = unit.skill if unit else ""
        service = one(random, self.services[skill])
        if aim == "excluded" and customer.excluded:
            service = self.by_id[one(random, customer.excluded)]
        site_id = unit.site_id if unit else one(random, customer.site_ids)
        language = customer.city.language
        subject = one(random, SUBJECTS[unit.kind if unit else ""][language]).replace(
            "{unit}", unit.number if unit else ""
        )
        said = BODIES[language]
        start = int(random.random() * len(said))
        body = (said[start], said[(start + 1 + int(random.random() * 3)) % len(said)])
        outcome, is_covered, version_id, line_id, charge_unit = self._judge(customer, unit, site_id, service.id, on)
        return Call(
            customer=customer,
            unit=unit,
            site_id=site_id,
            contact=one(random, customer.contacts),
            service=service,
            skill=skill,
            type=one(random, TYPES),
            channel=one(random, CHANNELS),
            priority=one(random, PRIORITIES).value,
            subject=subject,
            body=body,
            outcome=outcome,
            is_covered=is_covered,
            version_id=version_id,
            line_id=line_id,
            charge_unit=charge_unit,
        )

    def _unit(self, customer: Customer, aim: str) -> Unit | None:
        if aim == "unlisted" and customer.unlisted:
            return one(self.random, customer.unlisted)
        if not customer.units or (not aim and self.random.random() < 0.12):
            return None
        return one(self.random, customer.units)

    def _judge(
        self, customer: Customer, unit: Unit | None, site_id: int, service_id: int, on: date
    ) -> tuple[str, bool, int | None, int | None, int]:
        """The decision of `domain.coverage` on the day's facts; kept while the day lasts."""
        if on != self.day:
            self.day = on
            self.in_force.clear()
            self.judged.clear()
        has_minutes = customer.hours is not None and customer.hours.has_minutes(on)
        key = (customer.id, unit.id if unit else 0, site_id, service_id, has_minutes)
        if key in self.judged:
            return self.judged[key]
        terms = self.in_force.get(customer.id)
        if terms is None:
            terms = self.in_force[customer.id] = customer.in_force(on)
        verdict = coverage.judge(
            coverage.Subject(
                on=on,
                site_id=site_id,
                equipment_id=unit.id if unit else None,
                ancestors=unit.above if unit else (),
                service_id=service_id,
            ),
            [version.terms for version in terms],
            customer.payment,
            {customer.hours.contract_id: 1} if customer.hours is not None and has_minutes else {},
        )
        charge_unit = next(
            (version.charge_unit for version in terms if version.terms.version_id == verdict.version_id), 0
        )
        found = (verdict.outcome.value, verdict.is_covered, verdict.version_id, verdict.line_id, charge_unit)
        self.judged[key] = found
        return found


def one(random: Random, among: Sequence[Item]) -> Item:
    """One of a sequence; several times quicker than `Random.choice`, which counts at a million tickets."""
    return among[int(random.random() * len(among))]
