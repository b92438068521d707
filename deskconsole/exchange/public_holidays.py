"""Public holidays of countries and their regions, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.domain.special_days import DayKind, SpecialDay
from deskconsole.domain.text import clean, fold
from deskconsole.tomlfile import nearest

MOST_YEARS = 50


def public_holidays(place: str, years: Iterable[int]) -> tuple[SpecialDay, ...]:
    """The days off in a country (`ES`) or its region (`ES-MD`), with their names in the country's own language.

    Raises:
        InvalidInput: the library knows no such country or region; the nearest, or all regions, are named.
    """
    import holidays

    country, _dash, region = place.strip().partition("-")
    known = holidays.list_supported_countries()
    code = country.upper()
    if code not in known:
        raise InvalidInput(
            mark(
                'There are no holidays of the country "{country}"; write its code, such as ES, or ES-MD for a region.'
            ),
            country=clean(country)[:40],
        )
    subdivision = _region(holidays.country_holidays(code), region, code) if region else None
    language = holidays.country_holidays(code).default_language
    found = holidays.country_holidays(code, subdiv=subdivision, years=list(years), language=language)
    return tuple(SpecialDay(day, DayKind.OFF, clean(name).strip()[:200]) for day, name in sorted(found.items()))


def _region(country: Any, typed: str, code: str) -> str:
    """The code of a region by its code or its name."""
    names: dict[str, str] = {**{name: name for name in country.subdivisions}, **country.subdivisions_aliases}
    for name, meant in names.items():
        if fold(name) == fold(typed):
            return meant
    if not names:
        raise InvalidInput(mark("No regions of {country} are known; take the whole country."), country=code)
    if near := nearest(typed, names):
        raise InvalidInput(
            mark('{country} has no region "{region}"; did you mean {near}?'),
            country=code,
            region=clean(typed)[:40],
            near=near,
        )
    raise InvalidInput(
        mark('{country} has no region "{region}"; there is {choices}.'),
        country=code,
        region=clean(typed)[:40],
        choices=", ".join(country.subdivisions),
    )
