"""The filter language as SQL: each term of `domain.ticket_filter` becomes one condition on `ticket`.

`is_open` and `NOT is_covered` are written to the letter as in the partial indexes: SQLite uses such an index only
for a condition it recognises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select, text, true
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session

from deskconsole.data.engines import engine_of
from deskconsole.data.tables import (
    NO_DUE,
    CallerKey,
    Person,
    Service,
    Site,
    SlaPolicy,
    Team,
    Ticket,
    TicketClock,
    TicketSearch,
    table,
)
from deskconsole.domain.terms import ENDED, Category, Channel, ClockState, Coverage, Policy, Role, SlaClock
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
    Value,
)

T = table(Ticket)
SEARCH = table(TicketSearch)
CLOCK = table(TicketClock)
IS_OPEN: ColumnElement[bool] = text("ticket.is_open")  # type: ignore[assignment] # a condition, in its exact letters
IS_BREACHED: ColumnElement[bool] = text("ticket.is_breached")  # type: ignore[assignment] # likewise
NOT_COVERED: ColumnElement[bool] = text("NOT ticket.is_covered")  # type: ignore[assignment] # likewise
OPEN_CATEGORIES = frozenset(Category) - ENDED
LONGEST_WORD = 200  # of a word in the search index, in characters; a longer one is cut
LAST_SIGN = "\U0010ffff"  # sorts behind every letter: the end of the range of all that begins alike
ALWAYS_THERE = frozenset(
    {Field.ID, Field.PRIORITY, Field.TYPE, Field.CHANNEL, Field.UNREAD, Field.CREATED, Field.UPDATED, Field.DUE}
)


@dataclass(frozen=True)
class Viewer:
    """Whose eyes a list is for."""

    person_id: int | None
    role: Role
    team_id: int | None = None


def conditions(session: Session, wanted: Filter, viewer: Viewer) -> list[ColumnElement[bool]]:
    """What a ticket must satisfy to be in a filtered list that `viewer` may see."""
    found = [*allowed(viewer), *(_term(session, term, viewer) for term in wanted.terms)]
    dialect = engine_of(session.get_bind().dialect.name)
    sees_all = viewer.role is not Role.CONTRACTOR
    folded = [word[:LONGEST_WORD] for phrase in wanted.words for word in words(phrase)]
    if folded:
        found.append(_or_is_numbered(dialect.has_words(T.c.id, folded, sees_all=sees_all), folded))
    for phrase in wanted.excluded:
        if unwanted := [word[:LONGEST_WORD] for word in words(phrase)]:
            found.append(not_(dialect.has_words(T.c.id, unwanted, sees_all=sees_all)))
    return found


def alternatives(session: Session, wanted: Filter, viewer: Viewer) -> list[list[ColumnElement[bool]]]:
    """The same as `conditions`, as lists of which a ticket satisfies one at least, each with an index of its own."""
    for place, term in enumerate(wanted.terms):
        match term:
            case Term(Field.BREACHED, (Breached(True, at),), False):
                others = replace(wanted, terms=wanted.terms[:place] + wanted.terms[place + 1 :])
                rest = conditions(session, others, viewer)
                return [[*rest, IS_BREACHED], [*rest, *_overdue(at)]]
    return [conditions(session, wanted, viewer)]


def _overdue(at: datetime) -> list[ColumnElement[bool]]:
    """A clock of an SLA runs and its due has passed."""
    return [IS_OPEN, T.c.next_clock != "", T.c.next_due < at]


def has_all(phrases: Sequence[str]) -> ColumnElement[bool]:
    """What `conditions` asks of the words alone, as a look at one row's own: for a few tickets that are known."""
    return _or_is_numbered(says_all(phrases), [word for phrase in phrases for word in words(phrase)])


def _or_is_numbered(has_words: ColumnElement[bool], folded: Sequence[str]) -> ColumnElement[bool]:
    """A number alone is a ticket's own, too."""
    number = int(folded[0]) if len(folded) == 1 and folded[0].isdecimal() and len(folded[0]) < 19 else None
    return has_words if number is None else or_(has_words, T.c.id == number)


def says_all(phrases: Sequence[str]) -> ColumnElement[bool]:
    """The same search as a look at one row's own words: for walking an order instead of asking the index."""
    spaced = " " + SEARCH.c.words
    folded = [word[:LONGEST_WORD] for phrase in phrases for word in words(phrase)]
    said = [spaced.contains(f" {word}", autoescape=True) for word in folded]
    return exists(select(SEARCH.c.ticket_id).where(SEARCH.c.ticket_id == T.c.id, *said))


def allowed(viewer: Viewer) -> list[ColumnElement[bool]]:
    """What every ticket in a list for `viewer` must satisfy: a contractor sees the own ones only."""
    return [_is(T.c.assignee_id, viewer.person_id)] if viewer.role is Role.CONTRACTOR else []


def _term(session: Session, term: Term, viewer: Viewer) -> ColumnElement[bool]:
    if term.field is Field.STATUS:
        return _statuses(term)
    if term.field is Field.COVERED:
        return _covered(term)
    if term.field in _CLOCK_TERMS:
        met = or_(*(_of_clocks(session, term.field, value) for value in term.values))
        return not_(met) if term.negated else met
    either = [_condition(session, term.field, value, viewer) for value in term.values]
    met = either[0] if len(either) == 1 else or_(*either)
    if not term.negated:
        return met
    # "Not Ann's" includes nobody's: in SQL the plain NOT of a comparison with nothing is no yes.
    return not_(met) if term.field in ALWAYS_THERE else met.is_not(true())


def _covered(term: Term) -> ColumnElement[bool]:
    """Worked out here: a condition written to the letter can't be negated, and `-covered:yes` may use its index."""
    wanted = {value.yes != term.negated for value in term.values if isinstance(value, Flag)}
    if len(wanted) > 1:
        return false() if term.negated else true()
    return T.c.is_covered if True in wanted else NOT_COVERED


def _statuses(term: Term) -> ColumnElement[bool]:
    """Categories are worked out here, so that what comes down to "open" or "ended" can use its index."""
    codes = [value.text for value in term.values if isinstance(value, Text)]
    categories = frozenset().union(*(value.categories for value in term.values if isinstance(value, Categories)))
    if codes:
        met = or_(T.c.status.in_(codes), T.c.category.in_(sorted(categories))) if categories else T.c.status.in_(codes)
        return not_(met) if term.negated else met
    if term.negated:
        categories = frozenset(Category) - categories
    if categories == frozenset(Category):
        return true()
    if categories == OPEN_CATEGORIES:
        return IS_OPEN
    if categories == ENDED:
        return not_(T.c.is_open)
    met = T.c.category.in_(sorted(categories))
    return and_(IS_OPEN, met) if categories <= OPEN_CATEGORIES else met


_TIMES: dict[Field, ColumnElement[object]] = {
    Field.DUE: T.c.next_due,
    Field.WISHED: T.c.wished_at,
    Field.PLANNED: T.c.planned_at,
    Field.CREATED: T.c.created_at,
    Field.UPDATED: T.c.updated_at,
    Field.RESOLVED: T.c.resolved_at,
}
_COLUMNS: dict[Field, ColumnElement[object]] = {
    Field.ID: T.c.id,
    Field.PRIORITY: T.c.priority,
    Field.CLIENT: T.c.client_id,
    Field.SITE: T.c.site_id,
    Field.EQUIPMENT: T.c.equipment_id,
    Field.SERVICE: T.c.service_id,
    Field.TYPE: T.c.type,
    Field.ASSIGNEE: T.c.assignee_id,
    Field.TEAM: T.c.team_id,
    Field.CHANNEL: T.c.channel,
    Field.COVERAGE: T.c.coverage,
    Field.POLICY: T.c.policy,
}


def _condition(session: Session, field: Field, value: Value, viewer: Viewer) -> ColumnElement[bool]:  # noqa: PLR0911
    match value:
        case Span():
            return _within(_TIMES[field], value)
        case Overdue(at):
            return and_(IS_OPEN, T.c.next_due < at)
        case Special.NONE if field is Field.DUE:
            return T.c.next_due == NO_DUE
        case Special.NONE:
            return {**_COLUMNS, **_TIMES}[field].is_(None)
        case Special.ME:
            return _is(T.c.assignee_id, viewer.person_id)
        case Special.MINE:
            return _is(T.c.team_id, viewer.team_id)
        case Flag(yes):
            return T.c.first_opened_at.is_(None) if yes else T.c.first_opened_at.is_not(None)
        case Numbers(first, last):
            return _between(_COLUMNS[field], first, last)
        case Coverage() | Policy() | Channel():
            return _COLUMNS[field] == value.value
        case Text(typed):
            return _NAMED[field](session, typed)
        case _:
            raise AssertionError(f"{field} was read as {value!r}")


_CLOCK_TERMS = frozenset({Field.BREACHED, Field.PAUSED, Field.CLOCK, Field.SLA})


def _of_clocks(session: Session, field: Field, value: Value) -> ColumnElement[bool]:  # noqa: PLR0911 - one line a kind
    """What a term says of the clocks, on the ticket's own columns where they know it."""
    match value:
        case Breached(yes, at):
            late = or_(IS_BREACHED, and_(*_overdue(at)))
            return late if yes else not_(late)
        case SlaClock() if field is Field.CLOCK:
            return and_(IS_OPEN, T.c.next_clock == value.value)
        case Special.NONE if field is Field.CLOCK:
            return T.c.next_clock == ""
        case SlaClock():
            return T.c.id.in_(_paused().where(CLOCK.c.clock == value.value))
        case Special.ANY:
            return T.c.id.in_(_paused())
        case Special.NONE if field is Field.PAUSED:
            return T.c.id.not_in(_paused())
        case Special.NONE:
            return not_(exists(select(CLOCK.c.ticket_id).where(CLOCK.c.ticket_id == T.c.id)))
        case Text(typed):
            policy = table(SlaPolicy)
            named = _folded_matches(session, policy.c.id, (policy.c.name,), typed)
            return exists(select(CLOCK.c.ticket_id).where(CLOCK.c.ticket_id == T.c.id, CLOCK.c.policy_id.in_(named)))
        case _:
            raise AssertionError(f"{field} was read as {value!r}")


def _paused() -> Select[tuple[int]]:
    """The tickets with a clock that stands."""
    return select(CLOCK.c.ticket_id).where(CLOCK.c.state == ClockState.PAUSED.value)


def _is(column: ColumnElement[int], number: int | None) -> ColumnElement[bool]:
    """Whether a column names that row; who has no number has no tickets, not those of nobody."""
    return false() if number is None else column == number


def _within(column: ColumnElement[object], span: Span) -> ColumnElement[bool]:
    met = [column < NO_DUE] if column is T.c.next_due else []  # a ticket without a deadline is due at no time
    if span.start is not None:
        met.append(column >= span.start)
    if span.end is not None:
        met.append(column < span.end)
    return and_(*met) if met else column.is_not(None)


def _between(column: ColumnElement[object], first: int | None, last: int | None) -> ColumnElement[bool]:
    if first == last:
        return column == first
    met: list[ColumnElement[bool]] = []
    if first is not None:
        met.append(column >= first)
    if last is not None:
        met.append(column <= last)
    return and_(*met) if met else column.is_not(None)


def _of_client(_session: Session, typed: str) -> ColumnElement[bool]:
    keys = table(CallerKey)
    named = [keys.c.key.contains(word, autoescape=True) for word in words(name_key(typed))]
    if not named:
        return false()
    return T.c.client_id.in_(select(keys.c.client_id).where(keys.c.kind.in_(("name", "entity")), *named))


def _of_unit(_session: Session, typed: str) -> ColumnElement[bool]:
    keys = table(CallerKey)
    wanted = identifier_key(typed)
    if not wanted:
        return false()
    return T.c.equipment_id.in_(
        select(keys.c.row_id).where(
            keys.c.kind.in_(("inventory", "serial")), keys.c.key >= wanted, keys.c.key < wanted + LAST_SIGN
        )
    )


def _of_site(session: Session, typed: str) -> ColumnElement[bool]:
    site = table(Site)
    return T.c.site_id.in_(_folded_matches(session, site.c.id, (site.c.name, site.c.city, site.c.address), typed))


def _of_person(session: Session, typed: str) -> ColumnElement[bool]:
    person = table(Person)
    return T.c.assignee_id.in_(_folded_matches(session, person.c.id, (person.c.login, person.c.name), typed))


def _of_team(session: Session, typed: str) -> ColumnElement[bool]:
    team = table(Team)
    return T.c.team_id.in_(_folded_matches(session, team.c.id, (team.c.name,), typed))


def _of_service(session: Session, typed: str) -> ColumnElement[bool]:
    service = table(Service)
    return T.c.service_id.in_(_folded_matches(session, service.c.id, (service.c.code, service.c.name), typed))


_NAMED: dict[Field, Callable[[Session, str], ColumnElement[bool]]] = {
    Field.CLIENT: _of_client,
    Field.EQUIPMENT: _of_unit,
    Field.SITE: _of_site,
    Field.ASSIGNEE: _of_person,
    Field.TEAM: _of_team,
    Field.SERVICE: _of_service,
    Field.TYPE: lambda _session, typed: T.c.type == typed,
}


def _folded_matches(
    session: Session, row_id: SQLCoreOperations[int], names: Sequence[ColumnElement[str]], typed: str
) -> list[int]:
    """Rows of a small table with a name that is, else that has, what was typed.

    Folded in Python: SQLite's own case folding knows only ASCII.
    """
    wanted = fold(typed)
    folded = [(row[0], [fold(name or "") for name in row[1:]]) for row in session.execute(select(row_id, *names))]
    exact = [found for found, all_names in folded if wanted in all_names]
    return exact or [found for found, all_names in folded if any(wanted in name for name in all_names)]
