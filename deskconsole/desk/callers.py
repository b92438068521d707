"""Who is calling? One field finds clients by anything they may say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, case, or_, select
from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.queries.ticket_filter import LAST_SIGN
from deskconsole.data.tables import CallerKey, Client, table
from deskconsole.domain.text import digits, identifier_key, layout_twins, name_key, words

KEYS, CLIENT = table(CallerKey), table(Client)
NAMES = ("name", "entity", "contact", "site")
NUMBERS = ("inventory", "serial", "contract", "tax")
ENOUGH = 3  # hits by letters; with fewer, typos are looked for
TYPO_SCORE = 75
SHORTEST_NUMBER = 3
SHORTEST_TYPO = 4
LEAST_LENGTH = 0.6


@dataclass(frozen=True)
class Caller:
    """A client found, and by what: `kind` and `row_id` name the contact, site, unit or contract that matched."""

    client_id: int
    client: str
    kind: str
    row_id: int
    label: str
    score: float


@of_the_books
def find(session: Session, typed: str, *, limit: int = 20) -> tuple[Caller, ...]:
    """Clients that what was typed may mean, the likeliest first.

    Finds by name, tax number, phone, contract, inventory or serial number; forgives typing errors, ё for е, and
    text typed on the other keyboard layout.
    """
    hits: dict[tuple[int, str, int], Caller] = {}
    for variant in layout_twins(typed.strip()):
        _keep(hits, _by_number(session, variant))
        _keep(hits, _by_phone(session, variant))
        _keep(hits, _by_name(session, variant))
    if len(hits) < ENOUGH:
        for variant in layout_twins(typed.strip()):
            _keep(hits, _by_likeness(session, variant))
    ranked = sorted(hits.values(), key=lambda hit: (-hit.score, hit.client, hit.label, hit.row_id))
    return tuple(_one_name_each(ranked))[:limit]


def _keep(hits: dict[tuple[int, str, int], Caller], found: Iterable[Caller]) -> None:
    for hit in found:
        place = (hit.client_id, hit.kind, hit.row_id)
        if place not in hits or hits[place].score < hit.score:
            hits[place] = hit


def _one_name_each(ranked: Iterable[Caller]) -> Iterator[Caller]:
    """A client found both by its name and its legal person is one line; units and contacts stay apart."""
    seen = set()
    for hit in ranked:
        place = (hit.client_id, "name" if hit.kind in {"name", "entity", "tax"} else (hit.kind, hit.row_id))
        if place not in seen:
            seen.add(place)
            yield hit


def _by_number(session: Session, typed: str) -> Iterator[Caller]:
    wanted = identifier_key(typed)
    if not any(character.isdecimal() for character in wanted):
        return
    begins = and_(KEYS.c.key >= wanted, KEYS.c.key < wanted + LAST_SIGN)
    said = begins if len(wanted) >= SHORTEST_NUMBER else KEYS.c.key == wanted
    for row in session.execute(_select().where(KEYS.c.kind.in_(NUMBERS), said).order_by(KEYS.c.key).limit(30)):
        yield _caller(row, 100 if row.key == wanted else 90)


def _by_phone(session: Session, typed: str) -> Iterator[Caller]:
    wanted = digits(typed)
    if len(wanted) < SHORTEST_NUMBER or any(character.isalpha() for character in typed):
        return
    forms = {wanted, wanted.removeprefix("00"), wanted.removeprefix("8")} - {""}
    prefixes = [and_(KEYS.c.key >= form, KEYS.c.key < form + ":") for form in forms]
    for row in session.execute(_select().where(KEYS.c.kind == "phone", or_(*prefixes)).limit(30)):
        yield _caller(row, 100 if row.key in forms else 88)


def _by_name(session: Session, typed: str) -> Iterator[Caller]:
    wanted = words(name_key(typed))  # people say the legal form, the keys leave it out
    if not wanted:
        return
    whole = " ".join(wanted)
    has_all = [KEYS.c.key.contains(word, autoescape=True) for word in wanted]
    nearest = case((KEYS.c.key == whole, 0), (KEYS.c.key.startswith(whole, autoescape=True), 1), else_=2)
    query = _select().where(KEYS.c.kind.in_(NAMES), *has_all).order_by(nearest, KEYS.c.key, KEYS.c.id).limit(200)
    for row in session.execute(query):
        yield _caller(row, _name_score(row.key, whole) - NAMES.index(row.kind))


def _name_score(key: str, wanted: str) -> float:
    if key == wanted:
        return 99
    if key.startswith(wanted):
        return 95
    return 85 if f" {wanted}" in f" {key}" else 80


def _by_likeness(session: Session, typed: str) -> Iterator[Caller]:
    from rapidfuzz import fuzz, process

    wanted = name_key(typed)
    if len(wanted) < SHORTEST_TYPO:
        return
    names = session.execute(_select().where(KEYS.c.kind.in_(("name", "entity", "contact")))).all()
    found = process.extract(
        wanted, [row.key for row in names], scorer=fuzz.partial_ratio, score_cutoff=TYPO_SCORE, limit=50
    )
    for key, score, index in found:
        if len(key) >= len(wanted) * LEAST_LENGTH:  # else it is the key that stands in what was typed: "and", "Ltd"
            yield _caller(names[index], score * 0.75)


def _select() -> Select[Any]:
    return (
        select(KEYS, CLIENT.c.name.label("client"))
        .join_from(KEYS, CLIENT, CLIENT.c.id == KEYS.c.client_id)
        .where(CLIENT.c.is_active)
    )


def _caller(row: Row[Any], score: float) -> Caller:
    return Caller(row.client_id, row.client, row.kind, row.row_id, row.label, score)
