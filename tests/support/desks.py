"""People and books for the empty desks of the tests."""

from __future__ import annotations

from deskconsole.data.store import open_store
from deskconsole.data.tables import Person
from deskconsole.domain.terms import Role


def add_person(url: str, login: str, role: Role) -> None:
    """Let somebody work at the desk."""
    store = open_store(url)
    try:
        with store.writing() as session:
            session.add(Person(login=login, name=login.title(), role=role.value))
    finally:
        store.close()
