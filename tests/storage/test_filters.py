"""The filter language in SQL, against the same terms judged one ticket at a time in Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from deskconsole.data.queries import tickets as lists
from deskconsole.data.queries.tickets import SORTS, Listing, Sort
from deskconsole.data.tables import NO_DUE, Person, SlaPolicy, Ticket, TicketClock, TicketSearch, table
from deskconsole.desk import tickets
from deskconsole.desk.ticket_words import search_words
from deskconsole.domain.terms import ENDED, Category, Channel, ClockState, Coverage, Policy, SlaClock
from deskconsole.domain.text import fold, identifier_key, name_key, words
from deskconsole.domain.ticket_filter import (
    Breached,
    Categories,
    Field,
    Filter,
    Flag,
    Numbers,
    Overdue,
    Span,
    Special,
    Term,
    Text,
    parse,
)
from tests.storage.desks import MORNING, Company

COUNT = 90
POLICIES = {1: "Золотой", 2: "Gold plus", 3: "Silver"}
SUBJECTS = (
    "Ёлка не горит", "Елка упала", "Printer jam 17", "Замятие бумаги", "Lift №3 stuck", "paper jam", "Принтер 7707",
    "ёмкость 12ab", "no power", "Касса КАС-0012", "El camión", "straße", "jam", "1e5 volts", "e5",
)  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What the names of a ticket's rows fold to."""

    clients: dict[int, list[str]]
    people: dict[int, list[str]]
    teams: dict[int, list[str]]
    sites: dict[int, list[str]]
    services: dict[int, list[str]]
    units: dict[int, list[str]]
    clocks: dict[int, list[Any]]  # of a ticket


KNOWN: dict[object, Any] = {}  # what was read of a desk once, for the many examples tried on it


@pytest.fixture
def filled(company: Company) -> Company:
    """A desk with many tickets of every kind."""
    dice = random.Random(5)
    rows = [_ticket(company, dice, number) for number in range(1, COUNT + 1)]
    with company.store.writing() as session:
        session.execute(insert(table(Ticket)), rows)
        policy = {"version": 1, "warn_percents": "100", "is_active": True}
        session.execute(
            insert(table(SlaPolicy)), [{**policy, "id": row, "name": name} for row, name in POLICIES.items()]
        )
        session.execute(insert(table(TicketClock)), [clock for row in rows for clock in _clocks(dice, row)])
        connection = session.connection()
        for row in rows:
            found = search_words(row["subject"])
            session.execute(insert(table(TicketSearch)), {"ticket_id": row["id"], "words": found})
            company.store.dialect.index_words(connection, row["id"], None, found)
    return company


def _ticket(company: Company, dice: random.Random, number: int) -> dict[str, Any]:
    category = dice.choice([*Category, Category.NEW, Category.OPEN])
    client = dice.choice([None, "client", "fee_client", "stranger"])
    places = {"client": ("site", "unit"), "fee_client": (None, "fee_unit")}.get(client or "", (None, None))
    due, wished = _some_time(dice), _some_time(dice)
    coverage = dice.choice([None, *Coverage])
    return {
        "id": number, "version": 1, "type": dice.choice(["incident", "request", "visit"]),
        "subject": dice.choice(SUBJECTS),
        "channel": dice.choice(list(Channel)).value, "priority": dice.randint(1, 4), "status": category.value,
        "category": category.value, "is_open": category.is_open, "client_id": company.rows[client] if client else None,
        "site_id": _row(company, dice, places[0]), "equipment_id": _row(company, dice, places[1]), "caller": "",
        "service_id": dice.choice([None, 1, 4]), "team_id": dice.choice([None, *company.teams.values()]),
        "assignee_id": dice.choice([None, *company.people.values()]),
        "coverage": coverage and coverage.value, "is_covered": coverage is None or coverage.is_covered,
        "policy": dice.choice([None, *(policy.value for policy in Policy)]), "due_at": due, "wished_at": wished,
        "planned_at": _some_time(dice), "next_due": due or wished or NO_DUE, "estimate_minutes": 0,
        "next_clock": dice.choice(["", *SlaClock]) if category.is_open else "", "is_breached": dice.random() < 0.2,
        "paused_seconds": None, "sla_edition": 0,
        "created_at": MORNING - timedelta(hours=dice.randint(0, 400)),
        "updated_at": MORNING - timedelta(hours=dice.randint(0, 50)),
        "first_opened_at": _some_time(dice), "resolved_at": _some_time(dice) if not category.is_open else None,
    }  # fmt: skip


def _clocks(dice: random.Random, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """Some of a ticket's clocks; those of an ended one are through."""
    policy = dice.choice(list(POLICIES))
    states = list(ClockState) if ticket["is_open"] else [ClockState.STOPPED]
    return [
        {"ticket_id": ticket["id"], "clock": clock.value, "policy_id": policy, "level": "default",
         "target_seconds": 3600, "state": dice.choice(states).value, "started_at": MORNING, "left_seconds": 0,
         "is_breached": False, "due_version": 1, "warned_percent": 0}
        for clock in SlaClock if dice.random() < 0.3
    ]  # fmt: skip


def _some_time(dice: random.Random) -> datetime | None:
    return dice.choice([None, MORNING + timedelta(minutes=30 * dice.randint(-200, 200))])


def _row(company: Company, dice: random.Random, name: str | None) -> int | None:
    return company.rows[name] if name and dice.random() < 0.7 else None


def names_of(company: Company) -> Names:
    rows = company.rows
    return Names(
        clients={
            rows["client"]: [name_key("ООО «Ромашка»")],
            rows["fee_client"]: [name_key("Farmacia López S.L.")],
            rows["stranger"]: [name_key("Stranger Ltd")],
        },
        people={
            company.people[row.login]: [fold(row.login), fold(row.name)]
            for row in company.desk().read(lambda session: session.execute(select(table(Person))).all())
        },
        teams={number: [name] for name, number in company.teams.items()},
        sites={rows["site"]: [fold(text) for text in ("Магазин", "Москва", "Ленина 1")]},
        services={1: ["repair"], 4: ["consultation"]},
        units={rows["unit"]: ["KAC0012", "SN99"], rows["fee_unit"]: ["PRN7", "X1"]},
        clocks=_clocks_of(company),
    )


def _clocks_of(company: Company) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {number: [] for number in range(1, COUNT + 1)}
    for row in company.desk().read(lambda session: session.execute(select(table(TicketClock))).all()):
        found[row.ticket_id].append(row)
    return found


def is_met(ticket: Any, wanted: Filter, company: Company, names: Names, me: str) -> bool:
    """Whether a ticket satisfies a filter, by the words of the documentation."""
    said = list(words(ticket.subject))
    folded = [word for phrase in wanted.words for word in words(phrase)]
    has_words = all(any(word.startswith(wish) for word in said) for wish in folded)
    if len(folded) == 1 and folded[0].isdecimal() and int(folded[0]) == ticket.id:
        has_words = True
    unwanted = any(
        all(any(word.startswith(wish) for word in said) for wish in words(phrase)) for phrase in wanted.excluded
    )
    terms = all(
        any(_holds(ticket, term, value, company, names, me) for value in term.values) != term.negated
        for term in wanted.terms
    )
    return has_words and not unwanted and terms


CLOCK_FIELDS = {Field.BREACHED, Field.PAUSED, Field.CLOCK, Field.SLA}
NAMED: dict[Field, str] = {
    Field.CLIENT: "client_id", Field.SITE: "site_id", Field.EQUIPMENT: "equipment_id", Field.SERVICE: "service_id",
    Field.ASSIGNEE: "assignee_id", Field.TEAM: "team_id",
}  # fmt: skip
PLAIN: dict[Field, str] = {
    **NAMED, Field.ID: "id", Field.PRIORITY: "priority", Field.TYPE: "type", Field.CHANNEL: "channel",
    Field.COVERAGE: "coverage", Field.POLICY: "policy", Field.DUE: "next_due", Field.WISHED: "wished_at",
    Field.PLANNED: "planned_at", Field.CREATED: "created_at", Field.UPDATED: "updated_at",
    Field.RESOLVED: "resolved_at",
}  # fmt: skip


def _holds(ticket: Any, term: Term, value: Any, company: Company, names: Names, me: str) -> bool:  # noqa: PLR0911, PLR0912
    if term.field in CLOCK_FIELDS:
        return _clocks_hold(ticket, term.field, value, names.clocks[ticket.id])
    present = getattr(ticket, PLAIN[term.field]) if term.field in PLAIN else None
    if present == NO_DUE:
        present = None
    match value:
        case Categories(categories):
            return ticket.category in {category.value for category in categories}
        case Special.NONE:
            return present is None
        case Special.ME:
            return bool(ticket.assignee_id == company.people[me])
        case Special.MINE:
            return bool(ticket.team_id == company.desk(me).actor.team_id) and ticket.team_id is not None
        case Overdue(at):
            return present is not None and present < at and ticket.category not in ENDED
        case Span():
            return present is not None and present in value
        case Flag(yes) if term.field is Field.COVERED:
            return bool(ticket.is_covered == yes)
        case Flag(yes):
            return (ticket.first_opened_at is None) == yes
        case Numbers(first, last):
            return present is not None and (first is None or present >= first) and (last is None or present <= last)
        case Coverage() | Policy() | Channel():
            return bool(present == value.value)
        case Text(typed) if term.field is Field.STATUS:
            return bool(ticket.status == typed)
        case Text(typed) if term.field is Field.TYPE:
            return bool(present == typed)
        case Text(typed):
            return present in _named(names, term.field, typed)
        case _:
            raise AssertionError(value)


def _clocks_hold(ticket: Any, field: Field, value: Any, clocks: list[Any]) -> bool:
    paused = {clock.clock for clock in clocks if clock.state == "paused"}
    match value:
        case Breached(yes, at):
            late = ticket.is_open and bool(ticket.next_clock) and ticket.next_due < at
            return bool(ticket.is_breached or late) == yes
        case SlaClock() if field is Field.CLOCK:
            return bool(ticket.is_open and ticket.next_clock == value)
        case SlaClock():
            return value in paused
        case Special.ANY:
            return bool(paused)
        case Special.NONE:
            there = {Field.CLOCK: ticket.next_clock, Field.PAUSED: paused, Field.SLA: clocks}
            return not there[field]
        case Text(typed):
            names = {number: fold(name) for number, name in POLICIES.items()}
            return any(fold(typed) in names[clock.policy_id] for clock in clocks)
        case _:
            raise AssertionError(value)


def _named(names: Names, field: Field, typed: str) -> set[int]:
    if field is Field.CLIENT:
        wanted = words(name_key(typed))
        return {row for row, keys in names.clients.items() for key in keys if wanted and all(w in key for w in wanted)}
    if field is Field.EQUIPMENT:
        wish = identifier_key(typed)
        return {row for row, keys in names.units.items() for key in keys if wish and key.startswith(wish)}
    known = {
        Field.ASSIGNEE: names.people,
        Field.TEAM: names.teams,
        Field.SITE: names.sites,
        Field.SERVICE: names.services,
    }
    folded = fold(typed)
    exact = {row for row, all_names in known[field].items() if folded in all_names}
    return exact or {row for row, all_names in known[field].items() if any(folded in name for name in all_names)}


TIMES = (
    "none",
    "today",
    "yesterday",
    "tomorrow",
    "2h",
    "-7d",
    "-1d..2d",
    "2026-03-01",
    "2026-02-20..2026-03-02",
    "..now",
)
VALUES: dict[str, tuple[str, ...]] = {
    "status": ("open", "waiting", "closed", "any", "new", "in_progress", "merged", "new,resolved",
               "open,closed", "planned,waiting"),
    "prio": ("1", "1..2", "high", "3,4", "..2", "2.."), "id": ("1", "5-20", "1-3", "30..40", "2,4,80"),
    "client": ("Ромашка", '"ООО Ромашка"', "лопес", "lopez", '"farmacia sl"', "str", "none", "1", "#2", "%"),
    "site": ("москва", "ленина", "none", "1"), "equipment": ("КАС-0012", "kac", "prn", "none", "x1", "2"),
    "service": ("repair", "cons", "none", "re,cons"), "type": ("incident", "visit", "request,visit"),
    "assignee": ("me", "none", "eva", "фёдор", "елкин", "con", "e", "nobody", "me,none", "eva,ed"),
    "team": ("mine", "none", "field", "d", "night,none"), "channel": tuple(channel.value for channel in Channel),
    "coverage": ("covered", "none", "unpaid,expired", "no_contract"), "covered": ("yes", "no", "yes,no"),
    "policy": ("none", "refuse", "sales,one_off"),
    "breached": ("yes", "no", "yes,no", "нет"),
    "paused": (*SlaClock, "any", "none", "update,resolution", "arrival,none"),
    "clock": (*SlaClock, "none", "resolution,update"), "sla": ("none", "золотой", "gold", "л", "silver,none", "x"),
    "unread": ("yes", "no"), "opened": ("yes", "no"), "due": (*TIMES, "overdue"), "wished": TIMES, "planned": TIMES,
    "created": TIMES, "updated": TIMES, "resolved": TIMES,
}  # fmt: skip
ALONE = [f"{field}:{value}" for field, values in VALUES.items() for value in values]
TERMS = st.one_of(
    st.sampled_from([f"{sign}{term}" for term in ALONE for sign in ("", "-")]),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "-"]),
        st.sampled_from(["due", "wished", "planned", "created", "updated", "resolved"]),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from(["now", "2h", "-3d", "today", "2026-03-01T09:00"]),
    ),
    st.sampled_from(["prio<3", "prio>=high", "-prio>2", "id<=10", "-id>50"]),
    st.sampled_from(
        ["ёлка", "елк", "Jam", '"paper jam"', "-jam", '-"paper jam"', "17", "7", "0012", "кас", "camion", "strasse",
         "12ab", "12", "-принтер", "нет", "1e5", "e5", "№3", "-17", "замятие бумаг"]
    ),
)  # fmt: skip
LINES = st.lists(TERMS, min_size=1, max_size=3).map(" ".join)
SHARED = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def once(company: Company, read: Callable[[Company], Any]) -> Any:
    key = (read.__name__, company.store.location)
    if key not in KNOWN:
        KNOWN[key] = read(company)
    return KNOWN[key]


def everything(company: Company) -> list[Any]:
    return list(company.desk().read(lambda session: session.execute(select(table(Ticket))).all()))


def test_every_term_finds_what_it_says_and_its_negation_the_rest(filled: Company) -> None:
    everyone = {row.id for row in everything(filled)}
    for line in ALONE:
        wanted = parse(line, now=MORNING, zone=UTC)
        expected = {
            row.id for row in once(filled, everything) if is_met(row, wanted, filled, once(filled, names_of), "ann")
        }
        assert set(filled.found(line)) == expected, line
        assert set(filled.found(f"-{line}")) == everyone - expected, line


@SHARED
@given(line=LINES, me=st.sampled_from(["ann", "eva", "root"]))
def test_a_filter_finds_what_its_words_say(filled: Company, line: str, me: str) -> None:
    wanted = parse(line, now=MORNING, zone=UTC)
    names = once(filled, names_of)
    rows = once(filled, everything)
    expected = {row.id for row in rows if is_met(row, wanted, filled, names, me)}
    assert set(filled.found(line, me)) == expected
    listing = Listing(wanted, Sort(), filled.viewer(me))
    assert filled.desk(me).read(lists.count, listing) == len(expected)


KEYS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "due": lambda row: (row.next_due,),
    "priority": lambda row: (row.priority, row.next_due),
    "created": lambda row: (row.created_at,),
    "updated": lambda row: (row.updated_at,),
    "id": lambda row: (),
    "status": lambda row: (row.category, row.next_due),
}


@settings(SHARED, max_examples=30)
@given(
    line=LINES,
    by=st.sampled_from(SORTS),
    descending=st.booleans(),
    login=st.sampled_from(["ann", "con"]),
    offset=st.integers(0, COUNT + 5),
    limit=st.integers(1, 30),
)
def test_pages_from_either_end_positions_and_counts_agree(
    filled: Company, line: str, by: str, descending: bool, login: str, offset: int, limit: int
) -> None:
    desk = filled.desk(login)
    listing = Listing(parse(line, now=MORNING, zone=UTC), Sort(by, descending), filled.viewer(login))
    total = desk.read(lists.count, listing)
    order = desk.read(lists.ids, listing, limit=COUNT)
    assert len(order) == len(set(order)) == total
    assert desk.read(lists.count_to, listing, limit) == min(total, limit + 1)
    shown = tuple(row.id for row in desk.read(lists.page, listing, offset=offset, limit=limit))
    assert shown == order[offset : offset + limit]
    from_end = tuple(row.id for row in desk.read(lists.page, listing, offset=offset, limit=limit, total=total))
    assert from_end == shown
    for place in {0, total // 2, total - 1} & set(range(total)):
        assert desk.read(lists.position, listing, order[place]) == place
    absent = next((number for number in range(1, COUNT + 2) if number not in order), None)
    assert absent is None or desk.read(lists.position, listing, absent) is None
    others = [number for number in range(1, COUNT + 2) if number not in order]
    assert not desk.read(lists.holds_any, listing, others)
    assert desk.read(lists.holds_any, listing, [*others, *order[:1]]) == bool(order)
    if by in KEYS:
        rows = {row.id: row for row in once(filled, everything)}
        keys = [(*KEYS[by](rows[number]), number) for number in order]
        assert keys == sorted(keys, reverse=descending)


def test_not_ann_s_includes_nobody_s(company: Company) -> None:
    nobody, eva = company.ticket(), company.ticket()
    tickets.assign(company.desk(), [eva], company.people["eva"])
    assert company.found("-assignee:eva") == (nobody,)
    assert company.found("-policy:refuse", by="id") == (nobody, eva)
    assert company.found("-due<2h", by="id") == (nobody, eva)


def test_who_has_no_team_has_no_team_queue(company: Company) -> None:
    company.ticket()
    assert company.desk("root").actor.team_id is None
    assert company.found("team:mine", "root") == ()
