"""The one place that makes a desk's tables for the tests."""

from __future__ import annotations


def create_schema(url: str) -> None:
    """Make an empty desk of the newest schema in the empty database at `url`."""
    from deskconsole.data.store import create_store

    create_store(url).close()
