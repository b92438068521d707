"""Which reading is of the company's books (clients, units, contracts, hours), and so not for contractors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Query = TypeVar("Query", bound=Callable[..., Any])
_MARK = "is_of_the_books"


def of_the_books(query: Query) -> Query:
    """Mark a query that a contractor may not ask; `Desk.read`, the one door of reading, looks at it."""
    setattr(query, _MARK, True)
    return query


def is_of_the_books(query: Callable[..., Any]) -> bool:
    """Whether a query is marked so."""
    return getattr(query, _MARK, False)
