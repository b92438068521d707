"""A template of recurring work as the rules see it: what recurs, how it is raised, and what holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from deskconsole.data.tables import Client, Contract, ContractVersion, Recurring, Site, StoredCalendar, table
from deskconsole.domain.calendar_form import calendar_of
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.occurrences import CatchUp, Occurrence, Raising, Shift, check_raising, occurrences
from deskconsole.domain.recurrence import Recurrence, local_of, read_rules
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.zones import zone_named


@dataclass(frozen=True)
class Plan:
    """What a template raises, and when; its contract covers the days from `covered_from` to `covered_to`."""

    recurrence: Recurrence
    raising: Raising
    covered_from: date | None = None
    covered_to: date | None = None

    @property
    def zone(self) -> tzinfo:
        """The zone of the place of work."""
        return self.recurrence.zone

    @property
    def covered(self) -> Raising:
        """How it is raised while the contract lasts."""
        ends = [day for day in (self.raising.ends_on, self.covered_to) if day is not None]
        return replace(self.raising, ends_on=min(ends, default=None))

    def since(self, nominal: datetime) -> datetime:
        """The same nominal moment, or the beginning of the contract if that is later."""
        return nominal if self.covered_from is None else max(nominal, datetime.combine(self.covered_from, time()))

    def occurrences(self, since: datetime) -> Iterator[Occurrence]:
        """The occurrences from a nominal moment on, itself included, while the contract lasts."""
        return occurrences(self.recurrence, self.covered, self.since(since))

    def first(self, since: datetime) -> Occurrence | None:
        """The first occurrence from a nominal moment on, itself included, whether or not the contract lasts so long."""
        return next(occurrences(self.recurrence, self.raising, self.since(since)), None)


def plan_of(session: Session, template: Recurring) -> Plan:
    """Read a template's rules with the calendar, zone and contract they lean on.

    Raises:
        InvalidInput: they can't be meant (any more).
    """
    raising = Raising(
        shift=Shift(template.shift),
        calendar=_calendar(session, template.calendar_id),
        lead_days=template.lead_days,
        catch_up=CatchUp(template.catch_up),
        ends_on=template.ends_on,
    )
    check_raising(raising)
    recurrence = _recurrence(template.rules, template.exclusions, template.starts_local, zone_name(session, template))
    version = newest_version(session, template.contract_id)
    if version is None:
        return Plan(recurrence, raising)
    return Plan(recurrence, raising, version.starts_on, version.ends_on)


def what_holds(session: Session, template: Recurring, now: datetime, zone: tzinfo) -> Sentence | None:
    """Why nothing may be raised at `now`, though it is due; None when nothing holds it."""
    today = local_of(now, zone).date()
    coming = datetime.fromisoformat(template.next_nominal).date() if template.next_nominal is not None else today
    return _lost_place(session, template) or _resting_contract(session, template, today, coming)


def _lost_place(session: Session, template: Recurring) -> Sentence | None:
    if template.client_id is not None:
        client = session.get(Client, template.client_id)
        if client is None or not client.is_active:
            return Sentence(mark("its client is gone"))
    if template.site_id is not None:
        site = session.get(Site, template.site_id)
        if site is None or site.client_id != template.client_id:
            return Sentence(mark("its site is gone"))
    return None


def _resting_contract(session: Session, template: Recurring, today: date, coming: date) -> Sentence | None:
    """What was missed before the contract ended is dealt with; it is held once what is `coming` lies after its end."""
    if template.contract_id is None:
        return None
    contract = session.get(Contract, template.contract_id)
    if contract is None or contract.client_id != template.client_id:
        return Sentence(mark("its contract is gone"))
    version = _version_on(session, template.contract_id, today)
    if version is not None and version.is_suspended:
        return Sentence(mark("contract {number} is suspended"), number=contract.number)
    newest = newest_version(session, template.contract_id)
    if newest is not None and newest.ends_on is not None and newest.ends_on < min(coming, today):
        return Sentence(mark("contract {number} ended on {day}"), number=contract.number, day=str(newest.ends_on))
    return None


def newest_version(session: Session, contract_id: int | None) -> Row[Any] | None:
    """The terms agreed last: they say when the contract begins and ends."""
    version = table(ContractVersion)
    query = select(version).where(version.c.contract_id == contract_id)
    return session.execute(query.order_by(version.c.effective_from.desc()).limit(1)).first()


def _version_on(session: Session, contract_id: int, day: date) -> Row[Any] | None:
    version = table(ContractVersion)
    query = select(version).where(version.c.contract_id == contract_id, version.c.effective_from <= day)
    return session.execute(query.order_by(version.c.effective_from.desc()).limit(1)).first()


def zone_name(session: Session, template: Recurring) -> str:
    """The zone a template's times are read in: its own, else its site's."""
    if template.zone:
        return template.zone
    site = session.get(Site, template.site_id) if template.site_id is not None else None
    return site.zone if site is not None and site.zone else "UTC"


def _calendar(session: Session, calendar_id: int | None) -> Any:
    if calendar_id is None:
        return None
    stored = session.get(StoredCalendar, calendar_id)
    if stored is None:
        raise InvalidInput(mark("its calendar is gone"))
    return calendar_of(stored.definition)


@lru_cache(maxsize=2048)
def _recurrence(rules: str, exclusions: str, starts: str, zone: str) -> Recurrence:
    return read_rules([rules], datetime.fromisoformat(starts), zone_named(zone), [exclusions])
