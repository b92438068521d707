"""Tickets of the demo told in rows: the ticket, its words, messages, history, status spans, time and hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from random import Random

from deskconsole.data.demo import phrases
from deskconsole.data.demo.calls import Call, one
from deskconsole.data.demo.lives import Life
from deskconsole.data.demo.rows import Book
from deskconsole.data.demo.staff import CURRENCY, Staff, Worker, price_of
from deskconsole.data.tables import (
    NO_DUE,
    Event,
    HourEntry,
    HourReservation,
    Message,
    StatusSpan,
    Ticket,
    TicketLine,
    TicketLineMoney,
    TicketSearch,
    TimeEntry,
    TimeEntryMoney,
    WorkTimer,
)
from deskconsole.domain.hours import charged_minutes
from deskconsole.domain.terms import (
    WAITING,
    Category,
    Channel,
    Coverage,
    EntryKind,
    LineState,
    Policy,
    Priority,
    TariffMode,
    Visibility,
)

BY_PEOPLE = frozenset({Channel.PHONE})  # a dispatcher writes these down; the others come in by themselves
SLIP, SLIP_REASON = 97, "Списано не на ту заявку"  # one time entry in so many is taken back
POLICIES = (Policy.ONE_OFF, Policy.ONE_OFF, Policy.SALES, Policy.LOW_PRIORITY, None)
NOBODY = Worker(0, "", "")


# How often we write to the client on coming into a status.
ANSWERED = {Category.OPEN: 0.9, Category.WAITING_CLIENT: 1.0}


class Teller:
    """Tells tickets into a book; `words` gives the folded search words of a text."""

    def __init__(
        self, book: Book, random: Random, staff: Staff, words: Callable[[str], str], now: datetime, zone: tzinfo
    ) -> None:
        self.book, self.random, self.staff, self.words, self.zone = book, random, staff, words, zone
        self.today = now.astimezone(zone).date()
        self.everybody = tuple(worker for team in staff.engineers.values() for worker in team)
        self.last_of_customer: dict[int, int] = {}
        self.busy: set[int] = set()

    def tell(self, call: Call, life: Life, *, policy: Policy | None = None, has_policy: bool = True) -> int:
        """Put one ticket with all that hangs on it into the book; returns its number."""
        random, book = self.random, self.book
        ticket_id = book[Ticket].new_id()
        final = life.final
        if not call.is_covered and has_policy and policy is None:
            policy = POLICIES[int(random.random() * len(POLICIES))]
        if final is Category.CANCELLED:
            policy = None if call.is_covered else Policy.REFUSE
        if policy is Policy.LOW_PRIORITY:
            call = replace(call, priority=Priority.LOW.value)
        worker = self._worker(call) if any(step is Category.OPEN for step, _ in life.steps) else None
        dispatcher = self.staff.dispatchers[ticket_id % len(self.staff.dispatchers)]
        by_hand = call.channel in BY_PEOPLE
        merged_into = self.last_of_customer.get(call.customer.id) if final is Category.MERGED else None
        self._ticket(ticket_id, call, life, policy, worker, dispatcher if by_hand else None, merged_into)
        said = self._request(ticket_id, call, life)
        self._registered(ticket_id, call, life, dispatcher if by_hand else None)
        said += self._way(ticket_id, call, life, worker, dispatcher, merged_into)
        segments = [self.words(call.subject), self.words(call.customer.name)]
        if call.unit:
            segments.append(self.words(call.unit.words))
        segments += map(self.words, said)
        book[TicketSearch].add((ticket_id, " ".join(dict.fromkeys(" ".join(segments).split()))))
        if final is not Category.MERGED:
            self.last_of_customer[call.customer.id] = ticket_id
        return ticket_id

    def _ticket(
        self,
        ticket_id: int,
        call: Call,
        life: Life,
        policy: Policy | None,
        worker: Worker | None,
        author: Worker | None,
        merged_into: int | None,
    ) -> None:
        final, customer, unit = life.final, call.customer, call.unit
        ends = dict(life.steps)
        closed = ends.get(Category.CLOSED)
        team_id = worker.team_id if worker else self.staff.teams.get(call.skill)
        self.book[Ticket].add(
            (
                ticket_id,
                1,
                call.type,
                call.subject,
                call.channel.value,
                call.priority,
                final.value,
                final.value,
                final.is_open,
                customer.id,
                call.site_id,
                call.contact[0],
                "",
                unit.id if unit else None,
                call.service.id,
                team_id,
                worker.id if worker else None,
                call.version_id,
                call.line_id,
                call.outcome,
                call.is_covered,
                policy.value if policy else None,
                life.due,
                life.wished,
                life.planned,
                life.due or life.wished or NO_DUE,
                call.service.minutes,
                life.created,
                author.id if author else None,
                life.steps[-1][1] if life.steps else life.opened or life.created,
                life.opened,
                ends.get(Category.RESOLVED, closed),
                closed,
                merged_into,
            )
        )

    def _worker(self, call: Call) -> Worker:
        random = self.random
        if call.skill in {"lifts", "power"} and random.random() < 0.15:
            return self.staff.contractors[call.skill == "power"]
        team = self.staff.engineers.get(call.skill, self.everybody)
        return team[int(random.random() * len(team))]

    def _request(self, ticket_id: int, call: Call, life: Life) -> list[str]:
        if life.is_light and self.random.random() < 0.3:
            return []
        body = "\n".join(call.body)
        self._message(ticket_id, life.created, None, call.contact[1], Visibility.PUBLIC, call.channel, body)
        return list(call.body)

    def _message(
        self,
        ticket_id: int,
        at: datetime,
        person_id: int | None,
        author: str,
        visibility: Visibility,
        channel: Channel,
        body: str,
    ) -> int:
        rows = self.book[Message]
        number = rows.new_id()
        rows.add((number, ticket_id, at, person_id, author, visibility.value, channel.value, body))
        return number

    def _event(
        self,
        ticket_id: int,
        at: datetime,
        who: Worker,
        verb: str,
        field: str = "",
        old: str = "",
        new: str = "",
        *,
        rule: str = "",
        reason: str = "",
        channel: Channel = Channel.CONSOLE,
    ) -> None:
        rows = self.book[Event]
        rows.add(
            (rows.new_id(), ticket_id, at, who.id or None, who.name, channel.value, rule, verb, field, old, new, reason)
        )

    def _registered(self, ticket_id: int, call: Call, life: Life, author: Worker | None) -> None:
        if author is None:
            outcome = call.outcome
            self._event(
                ticket_id,
                life.created,
                NOBODY,
                "register",
                "coverage",
                "",
                outcome,
                rule="intake",
                channel=call.channel,
            )
        else:
            self._event(ticket_id, life.created, author, "register", "coverage", "", call.outcome)

    def _way(
        self,
        ticket_id: int,
        call: Call,
        life: Life,
        worker: Worker | None,
        dispatcher: Worker,
        merged_into: int | None,
    ) -> list[str]:
        """The statuses one after another, with what was said and done at each; returns what was said in public."""
        said: list[str] = []
        spans = self.book[StatusSpan]
        if life.opened is not None and not life.is_light:
            self._event(ticket_id, life.opened, dispatcher, "open")
        before, began = Category.NEW, life.created
        for index, (category, at) in enumerate(life.steps):
            who, rule, reason = worker or dispatcher, "", ""
            if category is Category.OPEN and worker is not None:
                self._event(ticket_id, at, dispatcher, "assign", "assignee_id", "", str(worker.id))
                who, rule = dispatcher, "assigned"
                if not life.is_light:
                    said += self._talk(ticket_id, call, category, before, began, at, worker)
            elif category is Category.CANCELLED:
                who, rule, reason = dispatcher, *(("", "duplicate") if call.is_covered else ("policy", "not covered"))
            elif category is Category.MERGED:
                who, reason = dispatcher, f"#{merged_into}"
            elif worker is not None and not life.is_light:
                said += self._talk(ticket_id, call, category, before, began, at, worker)
            if worker is not None and (
                category is Category.RESOLVED or (life.is_light and category is Category.CLOSED)
            ):
                self._work(ticket_id, call, life, worker, began, at)
            self._event(ticket_id, at, who, "status", "status", before.value, category.value, rule=rule, reason=reason)
            spans.add((spans.new_id(), ticket_id, before.value, before.value, began, at))
            before, began = category, at
            if worker is not None and life.final.is_open and index == len(life.steps) - 1:
                self._unfinished(ticket_id, call, life, worker, at)
        spans.add((spans.new_id(), ticket_id, before.value, before.value, began, None))
        return said

    def _talk(
        self,
        ticket_id: int,
        call: Call,
        category: Category,
        before: Category,
        since: datetime,
        at: datetime,
        worker: Worker,
    ) -> list[str]:
        random = self.random
        language = call.customer.city.language
        said = []
        if before is Category.WAITING_CLIENT:
            answer = one(random, phrases.ANSWERS[language])
            answered = since + (at - since) * 0.7
            self._message(ticket_id, answered, None, call.contact[1], Visibility.PUBLIC, call.channel, answer)
            said.append(answer)
        if random.random() < ANSWERED.get(category, 0.5) and category in phrases.REPLIES:
            reply = one(random, phrases.REPLIES[category][language])
            number = self._message(ticket_id, at, worker.id, worker.name, Visibility.PUBLIC, Channel.CONSOLE, reply)
            self._event(ticket_id, at, worker, "reply", "message", "", str(number))
            said.append(reply)
        if category in WAITING or random.random() < 0.12:
            note = one(random, phrases.NOTES)
            number = self._message(ticket_id, at, worker.id, worker.name, Visibility.INTERNAL, Channel.CONSOLE, note)
            self._event(ticket_id, at, worker, "note", "message", "", str(number))
        return said

    def _work(self, ticket_id: int, call: Call, life: Life, worker: Worker, since: datetime, at: datetime) -> None:
        """The time worked before the ticket was done, and sometimes the line it was done under."""
        random = self.random
        room = max(1, int((at - since).total_seconds() // 60))
        worked = min(room, 10 + int(random.random() * random.random() * 170))
        began = at - timedelta(minutes=worked)
        if not life.is_light and ticket_id % SLIP == 0:
            self._slip(ticket_id, call, worker, began, worked)
        self._time(ticket_id, call, worker, began, worked)
        if not life.is_light and (not call.is_covered or random.random() < 0.1):
            self._performed_line(ticket_id, call, worked, at)

    def _slip(self, ticket_id: int, call: Call, worker: Worker, began: datetime, worked: int) -> None:
        """An entry on the wrong ticket, taken back at once: an opposite entry, its hours given back."""
        wrong, charged, spent = self._time(ticket_id, call, worker, began, worked)
        at, entries, ledger = began + timedelta(minutes=worked), self.book[TimeEntry], self.book[HourEntry]
        opposite = entries.new_id()
        entries.add((opposite, ticket_id, worker.id, began, -worked, -charged, SLIP_REASON, at, wrong))
        if worker.cost is not None:
            self.book[TimeEntryMoney].add((opposite, worker.cost, CURRENCY))
        for number, lot_id, minutes in spent:
            kind = EntryKind.REVERSAL.value
            ledger.add((ledger.new_id(), lot_id, kind, minutes, at, worker.id, ticket_id, wrong, number, SLIP_REASON))
            if call.customer.hours is not None:
                call.customer.hours.give_back(lot_id, minutes)
        old, new = str(wrong), str(opposite)
        self._event(ticket_id, at, worker, "time", "time_entry", old, new, reason=SLIP_REASON)

    def _time(
        self, ticket_id: int, call: Call, worker: Worker, began: datetime, worked: int
    ) -> tuple[int, int, list[tuple[int, int, int]]]:
        """Log time; returns the entry, the minutes charged, and what was taken: (ledger entry, lot, minutes)."""
        book = self.book
        charged = charged_minutes(worked, call.charge_unit)
        entry_id, ledger = book[TimeEntry].new_id(), book[HourEntry]
        at = began + timedelta(minutes=worked)
        note = one(self.random, phrases.WORK_NOTES)
        book[TimeEntry].add((entry_id, ticket_id, worker.id, began, worked, charged, note, at, None))
        if worker.cost is not None:
            book[TimeEntryMoney].add((entry_id, worker.cost, CURRENCY))
        spent = []
        if call.outcome == Coverage.COVERED_BY_HOURS.value and call.customer.hours is not None:
            kind = EntryKind.DEDUCTION.value
            for lot_id, minutes in call.customer.hours.spend(charged, began.astimezone(self.zone).date()):
                number = ledger.new_id()
                ledger.add((number, lot_id, kind, -minutes, at, worker.id, ticket_id, entry_id, None, ""))
                spent.append((number, lot_id, minutes))
        self._event(ticket_id, at, worker, "time", "time_entry", "", str(entry_id))
        return entry_id, charged, spent

    def _performed_line(self, ticket_id: int, call: Call, minutes: int, at: datetime) -> None:
        mode = TariffMode.FREE if call.is_covered else TariffMode.MONEY
        line_id = self.book.put(
            TicketLine,
            ticket_id=ticket_id,
            service_id=call.service.id,
            quantity=1,
            mode=mode.value,
            minutes=minutes,
            state=LineState.PERFORMED.value,
            performed_at=at,
            note="",
        )
        if mode is TariffMode.MONEY:
            customer = call.customer
            price, currency = price_of(
                call.service.code, customer.category, customer.city.region, is_special=customer.is_special
            )
            self.book.put(
                TicketLineMoney, line_id=line_id, unit_price_minor=price, currency=currency, price_list_id=None
            )

    def _unfinished(self, ticket_id: int, call: Call, life: Life, worker: Worker, at: datetime) -> None:
        """What stands on a ticket that is being worked on: time so far, a running timer, a planned line."""
        if life.final is Category.PLANNED:
            self._planned_line(ticket_id, call)
        elif life.final in WAITING:
            began = dict(life.steps)[Category.IN_PROGRESS]
            worked = int((at - began).total_seconds() // 60)
            if worked > 0:
                self._time(ticket_id, call, worker, began, min(worked, 90))
        elif life.final is Category.IN_PROGRESS and not life.is_light and worker.id not in self.busy:
            self.busy.add(worker.id)
            if len(self.busy) % 4 == 0:
                self.book.put(WorkTimer, person_id=worker.id, ticket_id=ticket_id, started_at=at)

    def _planned_line(self, ticket_id: int, call: Call) -> None:
        is_hours = call.outcome == Coverage.COVERED_BY_HOURS.value
        mode = TariffMode.HOURS if is_hours else TariffMode.FREE if call.is_covered else TariffMode.MONEY
        line_id = self.book.put(
            TicketLine,
            ticket_id=ticket_id,
            service_id=call.service.id,
            quantity=1,
            mode=mode.value,
            minutes=call.service.minutes,
            state=LineState.PLANNED.value,
            performed_at=None,
            note="",
        )
        if is_hours and call.customer.hours is not None:
            lot_id = call.customer.hours.reserve(call.service.minutes, self.today)
            if lot_id is not None:
                self.book.put(HourReservation, lot_id=lot_id, line_id=line_id, minutes=call.service.minutes)
